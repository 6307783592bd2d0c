//! `postrider.toml`: the sections, their defaults, and what must hold between their settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::check::{
    check_filled, check_language, check_line, check_present, check_range, check_url,
};
use super::dispatch::Dispatch;
use super::dkim::Dkim;
use super::document::{Document, Spot};
use super::feedback::Feedback;
use super::limits::{Breaker, Provider, Warmup};
use super::problem::Problems;
use super::relay::Relay;
use super::secret::Secrets;
use super::value::Zone;
use super::web::Web;
use crate::message::Stream;

/// The sections in which a variable `POSTRIDER_SECTION_KEY` can set something.
pub(super) const SECTIONS: [&str; 10] = [
    "paper", "database", "web", "secrets", "collect", "relay", "dispatch", "breaker", "feedback",
    "mail",
];

/// What no default can stand in for, each with an example.
pub(super) const REQUIRED: [(&str, &str, &str); 6] = [
    ("paper", "name", "\"The Harbour Courier\""),
    ("paper", "url", "\"https://courier.example.org\""),
    ("paper", "zone", "\"Europe/London\""),
    ("paper", "postal_address", "\"4 Quay Street, Harbour\""),
    ("web", "public_url", "\"https://mail.courier.example.org\""),
    ("relay", "host", "\"smtp.example.org\""),
];

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) paper: Paper,
    pub(super) database: Database,
    pub(super) web: Web,
    pub(super) secrets: Secrets,
    pub(super) collect: Collect,
    pub(super) relay: Vec<Relay>,
    pub(super) dkim: Vec<Dkim>,
    pub(super) provider: Vec<Provider>,
    pub(super) warmup: Vec<Warmup>,
    pub(super) dispatch: Dispatch,
    pub(super) breaker: Breaker,
    pub(super) feedback: Feedback,
    pub(super) mail: Mail,
}

/// `[paper]`: who publishes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paper {
    /// As readers know it.
    pub name: String,
    /// Its front page.
    pub url: String,
    /// Where its clocks are; a newsletter may have a zone of its own.
    pub zone: Zone,
    /// The language of pages and mails, as a tag such as `en`.
    pub language: String,
    /// The address of the house, which the foot of every mail must show (CAN-SPAM, 15 U.S.C. 7704(a)(5)).
    pub postal_address: String,
}

impl Default for Paper {
    fn default() -> Paper {
        Paper {
            name: String::new(),
            url: String::new(),
            zone: Zone::default(),
            language: "en".to_owned(),
            postal_address: String::new(),
        }
    }
}

/// `[database]`: where everything is kept.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:` and a path, absolute once loaded, or `postgres://…`.
    pub url: String,
}

impl Default for Database {
    fn default() -> Database {
        Database {
            url: "sqlite:../postrider.sqlite".to_owned(),
        }
    }
}

impl std::fmt::Debug for Database {
    /// Without what may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Database({}:…)",
            self.url.split(':').next().unwrap_or_default()
        )
    }
}

/// `[collect]`: how sources are asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Collect {
    /// The shortest pause between two looks at a source.
    pub every_minutes: u32,
    /// The longest, for a source that seldom changes; never shorter than `every_minutes`.
    pub longest_minutes: u32,
    /// The limit for one answer.
    pub timeout_s: u32,
    /// The most that one answer may hold, after decompression.
    pub max_body_mb: u32,
    /// How many sources are asked at a time.
    pub at_once: u32,
    /// How many sources of one host are asked at a time.
    pub per_host: u32,
    /// Whether sources may be on a private network.
    pub private_addresses: bool,
    /// What we call ourselves, instead of the usual name and version.
    pub user_agent: Option<String>,
    /// What begins a sentence of a story that was corrected, whatever its case.
    pub correction_words: Vec<String>,
    /// What begins a sentence of a story that was withdrawn.
    pub retraction_words: Vec<String>,
}

impl Default for Collect {
    fn default() -> Collect {
        Collect {
            every_minutes: 5,
            longest_minutes: 30,
            timeout_s: 20,
            max_body_mb: 10,
            at_once: 8,
            per_host: 2,
            private_addresses: false,
            user_agent: None,
            correction_words: ["Correction:", "Corrected:", "This story has been corrected"]
                .map(str::to_owned)
                .to_vec(),
            retraction_words: ["Retracted:", "Withdrawn:"].map(str::to_owned).to_vec(),
        }
    }
}

/// `[mail]`: how mails look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// A folder of templates that replace ours, file by file.
    pub templates: Option<PathBuf>,
}

impl Settings {
    pub(super) fn check(&mut self, document: &Document<'_>, problems: &mut Problems) {
        Settings::check_required(document, problems);
        let at = |section: &str, key: &str| document.at(section).key(key);
        check_line(&self.paper.name, &at("paper", "name"), problems);
        check_url(&self.paper.url, &at("paper", "url"), problems);
        check_language(&self.paper.language, &at("paper", "language"), problems);
        self.web.check(&document.at("web"), problems);
        for (section, key, value, most) in [
            ("collect", "every_minutes", self.collect.every_minutes, 1440),
            (
                "collect",
                "longest_minutes",
                self.collect.longest_minutes,
                1440,
            ),
            ("collect", "timeout_s", self.collect.timeout_s, 600),
            ("collect", "max_body_mb", self.collect.max_body_mb, 1000),
            ("collect", "at_once", self.collect.at_once, 1000),
            ("collect", "per_host", self.collect.per_host, 1000),
            (
                "dispatch",
                "give_up_hours",
                self.dispatch.give_up_hours,
                240,
            ),
            ("dispatch", "grace_s", self.dispatch.grace_s, 3600),
            ("dispatch", "timeout_s", self.dispatch.timeout_s, 3600),
            ("feedback", "soft_bounces", self.feedback.soft_bounces, 100),
            ("feedback", "soft_days", self.feedback.soft_days, 365),
        ] {
            check_range(value, most, &at(section, key), problems);
        }
        let longest = at("collect", "longest_minutes");
        if longest.is_set() && self.collect.longest_minutes < self.collect.every_minutes {
            longest.say(
                problems,
                "is shorter than collect.every_minutes",
                "write the same number to ask every source equally often",
            );
        }
        if self
            .collect
            .user_agent
            .as_deref()
            .is_some_and(|name| !name.bytes().all(|b| (b' '..=b'~').contains(&b)))
        {
            at("collect", "user_agent").say(
                problems,
                "does not fit a header",
                "use plain ASCII letters and signs",
            );
        }
        self.dispatch.check(document, problems);
        self.breaker.check(&document.at("breaker"), problems);
        self.feedback.check(&document.at("feedback"), problems);
        for (i, key) in self.dkim.iter_mut().enumerate() {
            key.check(&document.at("dkim").item(i), problems);
        }
        for (section, key) in [
            ("secrets", "key_file"),
            ("collect", "user_agent"),
            ("mail", "templates"),
        ] {
            check_filled(&at(section, key), problems);
        }
        for (i, relay) in self.relay.iter().enumerate() {
            relay.check(&document.at("relay").item(i), problems);
        }
        self.provider.iter_mut().for_each(Provider::normalize);
        self.check_names(document, problems);
        for (i, provider) in self.provider.iter().enumerate() {
            provider.check(&document.at("provider").item(i), problems);
        }
        Provider::add_usual(&mut self.provider);
        for (i, warmup) in self.warmup.iter().enumerate() {
            let relays = self.relay.iter().map(|r| r.name.as_str());
            warmup.check(&document.at("warmup").item(i), relays, problems);
        }
    }

    /// Names tell relays, providers and their domains, and signing keys apart.
    fn check_names(&self, document: &Document<'_>, problems: &mut Problems) {
        for (i, relay) in self.relay.iter().enumerate() {
            let at = document.at("relay").item(i);
            if self.relay[..i].iter().any(|r| r.name == relay.name) {
                let predicate = format!("is called \"{}\", as another one is", relay.name);
                at.say(
                    problems,
                    &predicate,
                    "give each [[relay]] a name of its own",
                );
            }
        }
        let mut say = |at: Spot<'_, '_>, twice: bool, hint: &str| {
            if twice {
                at.say(problems, "is there twice", hint);
            }
        };
        for (i, provider) in self.provider.iter().enumerate() {
            let (at, before) = (document.at("provider").item(i), &self.provider[..i]);
            let twice = before.iter().any(|p| p.name == provider.name);
            say(
                at.clone().key("name"),
                twice,
                "give each [[provider]] a name of its own",
            );
            let shared = |domain: &String| before.iter().any(|p| p.domains.contains(domain));
            let twice = provider.domains.iter().any(shared);
            say(at.key("domains"), twice, "a domain belongs to one provider");
        }
        for (i, key) in self
            .dkim
            .iter()
            .enumerate()
            .filter(|(_, k)| !k.selector.is_empty())
        {
            let twice = self.dkim[..i]
                .iter()
                .any(|k| k.record_name() == key.record_name());
            let at = document.at("dkim").item(i).key("selector");
            say(at, twice, "give each key of a domain a selector of its own");
        }
        let served = |stream: Stream| self.relay.iter().any(|r| r.takes(stream, &self.relay));
        if let Some(stream) = Stream::ALL
            .iter()
            .find(|s| !self.relay.is_empty() && !served(**s))
        {
            let predicate = format!("has no relay for the stream {}", stream.word());
            document.at("relay").say(
                problems,
                &predicate,
                "leave `streams` out of one [[relay]], or add it there",
            );
        }
    }

    fn check_required(document: &Document<'_>, problems: &mut Problems) {
        let has_relay = document.at("relay").is_set();
        if !has_relay {
            let hint = "add [[relay]] with host = \"smtp.example.org\": the SMTP server that sends for you";
            document.at("relay").say(problems, "is missing", hint);
        }
        for (section, key, example) in REQUIRED {
            let (spot, header) = match section {
                "relay" if !has_relay => continue,
                "relay" => (document.at("relay").item(0), "[[relay]]".to_owned()),
                _ => (document.at(section), format!("[{section}]")),
            };
            check_present(&spot.key(key), Some(&header), example, problems);
        }
    }
}
