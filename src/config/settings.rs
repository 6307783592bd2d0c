//! `postrider.toml`: the sections, their defaults, and what must hold between their settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::check::{
    check_filled, check_language, check_line, check_present, check_range, check_url, is_host,
    is_local,
};
use super::dkim::Dkim;
use super::document::{Document, Spot};
use super::feedback::Feedback;
use super::limits::{Breaker, Provider, Warmup};
use super::problem::Problems;
use super::secret::{Secret, Secrets};
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

/// How a connection to a relay is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Not at all.
    None,
    /// From the STARTTLS command on, never without it (RFC 3207).
    #[default]
    Starttls,
    /// From the first byte (RFC 8314, section 3.3).
    Implicit,
}

/// `[[relay]]`: the SMTP server that mails are handed to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    /// What logs and pages call it.
    pub name: String,
    /// Its host name or IP address.
    pub host: String,
    /// Its port, where it is not the usual one: ask [`Relay::port`].
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Certificates (PEM) to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The login.
    pub username: Option<String>,
    /// A file that holds the password and nothing else; `POSTRIDER_RELAY_PASSWORD` stands in for it.
    pub password_file: Option<PathBuf>,
    /// What `POSTRIDER_RELAY_PASSWORD` holds: ask [`Relay::password`].
    #[serde(skip)]
    pub password: Option<Secret>,
    /// How many connections are open at a time, those of all nodes together.
    pub connections: u32,
    /// The most mails it is given in a minute, by all nodes together; nothing means as many as it takes.
    pub per_minute: Option<u32>,
    /// Its part of the mails, beside the other relays' weights. One that is busy or away passes its turn on.
    pub weight: u32,
    /// The streams it is for; nothing means all. A stream for which no relay is named goes by those that name none.
    pub streams: Vec<Stream>,
    /// The name we give in EHLO, instead of the machine's.
    pub helo: Option<String>,
}

impl Default for Relay {
    fn default() -> Relay {
        Relay {
            name: "main".to_owned(),
            host: String::new(),
            port: None,
            tls: Tls::default(),
            ca_file: None,
            username: None,
            password_file: None,
            password: None,
            connections: 4,
            per_minute: None,
            weight: 1,
            streams: Vec::new(),
            helo: None,
        }
    }
}

impl Relay {
    /// Whether mails of `stream` may go by it, beside these relays.
    pub fn takes(&self, stream: Stream, relays: &[Relay]) -> bool {
        let named = relays.iter().any(|r| r.streams.contains(&stream));
        self.streams.contains(&stream) || (!named && self.streams.is_empty())
    }

    /// Its port, or the usual one for its encryption.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::None => 25,
            Tls::Starttls => 587,
            Tls::Implicit => 465,
        })
    }

    /// Whether it is on this machine.
    pub fn is_local(&self) -> bool {
        is_local(&self.host)
    }

    /// The password, read now; none if there is no login.
    pub fn password(&self) -> Result<Option<Secret>, Problems> {
        if self.username.is_none() || self.password.is_some() {
            return Ok(self.password.clone());
        }
        let Some(file) = &self.password_file else {
            return Ok(None);
        };
        let text = super::secret::read(
            file,
            "write the password to it, or set POSTRIDER_RELAY_PASSWORD",
        )?;
        Ok(Some(Secret::new(
            text.expose().trim_end_matches(['\r', '\n']),
        )))
    }
}

/// `[dispatch]`: how long we try, and to whom we may write at all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dispatch {
    /// The pauses after the first, second, … deferral; the last one is used again until `give_up_hours`.
    pub retry_minutes: Vec<u32>,
    /// The same after a reply that says that we are not known yet (greylisting).
    pub greylist_minutes: Vec<u32>,
    /// The same after a reply that says that the mailbox is full.
    pub full_minutes: Vec<u32>,
    /// How long after its time a message is still tried.
    pub give_up_hours: u32,
    /// How long a stop waits for mails that are on their way.
    pub grace_s: u32,
    /// The longest wait for one reply of the relay, where RFC 5321, section 4.5.3.2, has no shorter one.
    pub timeout_s: u32,
    /// The streams whose newest messages leave first; of the others the oldest do.
    pub newest_first: Vec<Stream>,
    /// The only addresses, or whole domains as `@example.org`, that get mail: for trials. Nothing means everyone.
    pub only_to: Option<Vec<String>>,
    /// The DNS server, with its port, that `relay check` asks instead of the system's.
    pub dns: Option<SocketAddr>,
}

impl Default for Dispatch {
    fn default() -> Dispatch {
        Dispatch {
            retry_minutes: vec![5, 15, 30, 60, 120, 240],
            greylist_minutes: vec![1, 3, 5, 10, 30, 60, 120, 240],
            full_minutes: vec![60, 240, 720],
            give_up_hours: 24,
            grace_s: 30,
            timeout_s: 600,
            newest_first: Vec::new(),
            only_to: None,
            dns: None,
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
        if !document.at("provider").is_set() {
            self.provider = Provider::usual();
        }
        self.provider.iter_mut().for_each(Provider::normalize);
        self.check_names(document, problems);
        if document.at("provider").is_set() {
            for (i, provider) in self.provider.iter().enumerate() {
                provider.check(&document.at("provider").item(i), problems);
            }
        }
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

impl Dispatch {
    fn check(&self, document: &Document<'_>, problems: &mut Problems) {
        let at = |key: &str| document.at("dispatch").key(key);
        for (key, pauses, example) in [
            (
                "retry_minutes",
                &self.retry_minutes,
                "[5, 15, 30, 60, 120, 240]",
            ),
            (
                "greylist_minutes",
                &self.greylist_minutes,
                "[1, 3, 5, 10, 30, 60, 120, 240]",
            ),
            ("full_minutes", &self.full_minutes, "[60, 240, 720]"),
        ] {
            if pauses.is_empty() || pauses.iter().any(|pause| !(1..=1440).contains(pause)) {
                at(key).say(
                    problems,
                    "needs one pause or more, each of 1 to 1440 minutes",
                    &format!("for example {key} = {example}"),
                );
            }
        }
        let wrong = |entry: &String| match entry.strip_prefix('@') {
            Some(domain) => format!("a@{domain}").parse::<lettre::Address>().is_err(),
            None => entry.parse::<lettre::Address>().is_err(),
        };
        let hint = "write whole addresses, or a domain with its @, as in [\"desk@example.org\", \"@example.org\"]";
        if let Some(only_to) = &self.only_to {
            if let Some(index) = only_to.iter().position(wrong) {
                // The entry itself may be somebody's address: its number has to do.
                let predicate = format!(
                    "has an entry (number {}) that is neither an address nor a domain",
                    index + 1
                );
                at("only_to").say(problems, &predicate, hint);
            } else if only_to.is_empty() {
                at("only_to").say(
                    problems,
                    "is empty, so nobody would get mail",
                    "leave the line out to write to everyone",
                );
            }
        }
    }
}

impl Relay {
    fn check(&self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let at = |key: &str| at.clone().key(key);
        for key in ["name", "ca_file", "username", "password_file", "helo"] {
            check_filled(&at(key), problems);
        }
        let port = "write a number such as 465, or leave it out for the usual one";
        if self.port == Some(0) {
            at("port").say(problems, "is not a port number", port);
        }
        if !is_host(&self.host) {
            at("host").say(
                problems,
                "is not a host name",
                "write the name alone; the port has a line of its own",
            );
        }
        if self.helo.as_deref().is_some_and(|name| !is_host(name)) {
            at("helo").say(
                problems,
                "is not a host name",
                "write the name that this machine has in DNS",
            );
        }
        check_line(&self.name, &at("name"), problems);
        check_range(self.connections, 1000, &at("connections"), problems);
        check_range(self.weight, 1000, &at("weight"), problems);
        if let Some(limit) = self.per_minute {
            check_range(limit, 10_000_000, &at("per_minute"), problems);
        }
        match &self.username {
            Some(_) if self.password.is_none() && !at("password_file").is_set() => {
                at("username").say(
                    problems,
                    "needs relay.password_file",
                    "or set POSTRIDER_RELAY_PASSWORD",
                );
            }
            Some(_) if self.tls == Tls::None && !is_local(&self.host) => {
                let hint = "choose starttls or implicit, or leave the login out";
                at("tls").say(problems, "would send the password unencrypted", hint);
            }
            None if at("username").is_set() => {}
            None if self.password.is_some() => {
                at("username").say(
                    problems,
                    "is missing, though POSTRIDER_RELAY_PASSWORD is set",
                    "set both, or neither",
                );
            }
            None if self.password_file.is_some() => {
                at("password_file").say(problems, "needs relay.username", "write both, or neither");
            }
            _ => {}
        }
    }
}
