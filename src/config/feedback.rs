//! `[feedback]`: the ways by which bounces, complaints and the like come in.
//!
//! In: a Maildir, an IMAP mailbox, and hooks that providers call. Their secrets come from files or from the environment,
//! and are read at the start, so that a missing one is told with its line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::check::{check_filled, check_present, check_range, is_host, is_local};
use super::dkim::domain;
use super::document::Spot;
use super::problem::{Problem, Problems};
use super::relay::Tls;
use super::secret::{self, Secret};
use super::value::is_slug;

/// `[feedback]`: what comes back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Feedback {
    /// The domain whose addresses are the envelope's senders, one for each message, so that a bounce names its message; as
    /// A-labels in lower case once loaded. Without it, the sender of the envelope is the one of the header.
    pub bounce_domain: Option<String>,
    /// So many soft bounces of an address, counted once a day, suppress it …
    pub soft_bounces: u32,
    /// … if all of them came within so many days.
    pub soft_days: u32,
    /// A Maildir whose mails are read: the folder that holds `new` and `cur`.
    pub maildir: Option<PathBuf>,
    /// What becomes of a mail of the Maildir that was read.
    pub maildir_when_read: WhenRead,
    /// A mailbox on a server.
    pub imap: Option<Imap>,
    /// What providers call.
    pub hook: Vec<Hook>,
}

impl Default for Feedback {
    fn default() -> Feedback {
        Feedback {
            bounce_domain: None,
            soft_bounces: 7,
            soft_days: 60,
            maildir: None,
            maildir_when_read: WhenRead::default(),
            imap: None,
            hook: Vec::new(),
        }
    }
}

/// What becomes of a mail that was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenRead {
    /// It stays, marked as seen.
    #[default]
    Keep,
    /// It is deleted.
    Delete,
}

/// `[feedback.imap]`: a mailbox that is read by IMAP (RFC 9051, RFC 3501).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Imap {
    /// Its host name or IP address.
    pub host: String,
    /// Its port, where it is not the usual one: ask [`Imap::port`].
    pub port: Option<u16>,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Certificates (PEM) to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The login.
    pub username: String,
    /// A file that holds the password and nothing else; `POSTRIDER_IMAP_PASSWORD` stands in for it.
    pub password_file: Option<PathBuf>,
    /// The password, once loaded.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// The mailbox that is read.
    pub mailbox: String,
    /// What becomes of a mail that was read.
    pub when_read: WhenRead,
    /// The mailbox into which mails go that were read, instead of staying.
    pub move_to: Option<String>,
    /// The pause between two looks. A server that knows IDLE (RFC 2177) says of itself when there is something.
    pub every_minutes: u32,
    /// The longest wait for one answer.
    pub timeout_s: u32,
}

impl Default for Imap {
    fn default() -> Imap {
        Imap {
            host: String::new(),
            port: None,
            tls: Tls::Implicit,
            ca_file: None,
            username: String::new(),
            password_file: None,
            password: None,
            mailbox: "INBOX".to_owned(),
            when_read: WhenRead::default(),
            move_to: None,
            every_minutes: 5,
            timeout_s: 60,
        }
    }
}

/// Who calls a hook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookKind {
    /// Amazon SES by way of SNS.
    Ses,
    /// Postmark.
    Postmark,
    /// Mailgun.
    Mailgun,
    /// SendGrid's Event Webhook.
    Sendgrid,
    /// Anything that can sign as docs/operations.md says.
    #[default]
    Generic,
}

impl HookKind {
    /// Its word in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            HookKind::Ses => "ses",
            HookKind::Postmark => "postmark",
            HookKind::Mailgun => "mailgun",
            HookKind::Sendgrid => "sendgrid",
            HookKind::Generic => "generic",
        }
    }

    /// Whether it is known by a secret that both sides have.
    fn has_secret(self) -> bool {
        matches!(
            self,
            HookKind::Postmark | HookKind::Mailgun | HookKind::Generic
        )
    }
}

/// `[[feedback.hook]]`: what a provider calls, at `/hooks/NAME`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hook {
    /// Who calls it.
    pub kind: HookKind,
    /// The end of its address; the kind's word once loaded, unless it is set.
    pub name: String,
    /// Where the secret is: Mailgun's signing key, Postmark's password or header's value, what a generic one signs with.
    /// `POSTRIDER_HOOK_NAME_SECRET` stands in for it.
    pub secret_file: Option<PathBuf>,
    /// The secret, once loaded.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// Postmark: the user of its basic authentication.
    pub username: Option<String>,
    /// Postmark: the header that holds the secret, instead of basic authentication.
    pub header: Option<String>,
    /// SES: the topics that are listened to, as ARNs.
    pub topics: Vec<String>,
    /// SendGrid: its verification key.
    pub public_key: Option<String>,
}

/// What a secret has at the least, in characters.
const SHORTEST: usize = 16;

/// How DER of a public key of ECDSA P-256 begins (RFC 5480, section 2).
const P256: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

impl Feedback {
    /// The names under which `status` tells of the ways in.
    pub fn ways(&self) -> Vec<String> {
        let hooks = self.hook.iter().map(Hook::way);
        let maildir = self.maildir.iter().map(|_| "maildir".to_owned());
        let imap = self.imap.iter().map(|_| "imap".to_owned());
        maildir.chain(imap).chain(hooks).collect()
    }

    pub(super) fn check(&mut self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let spot = |key: &str| at.clone().key(key);
        if let Some(wanted) = &self.bounce_domain {
            match domain(wanted) {
                Some(domain) => self.bounce_domain = Some(domain),
                None => spot("bounce_domain").say(
                    problems,
                    "is not a domain",
                    "write one whose mail comes to you, such as \"bounces.courier.example.org\"",
                ),
            }
        }
        check_filled(&spot("maildir"), problems);
        if let Some(imap) = &self.imap {
            imap.check(&spot("imap"), problems);
        }
        for i in 0..self.hook.len() {
            let (before, rest) = self.hook.split_at_mut(i);
            let at = spot("hook").item(i);
            rest[0].check(&at, problems);
            if before.iter().any(|hook| hook.name == rest[0].name) {
                let predicate = format!("is called \"{}\", as another one is", rest[0].name);
                at.say(problems, &predicate, "give it a `name` of its own");
            }
        }
    }

    /// Takes the secrets that variables hold; those of hooks that are not there are told.
    pub(super) fn take_secrets(&mut self, env: &BTreeMap<String, String>, problems: &mut Problems) {
        let set = |(name, value): (&String, &String)| {
            let hook = name.strip_prefix("POSTRIDER_HOOK_")?;
            let hook = hook.strip_suffix("_SECRET")?;
            (!value.is_empty()).then(|| (name.clone(), hook.to_owned(), value.clone()))
        };
        for (variable, name, value) in env.iter().filter_map(set) {
            match self.hook.iter_mut().find(|h| h.variable_part() == name) {
                Some(hook) => hook.secret = Some(Secret::new(value.trim())),
                None => problems.add(Problem::of(
                    variable,
                    "this variable is for a hook that is not there",
                    "see [[feedback.hook]] in postrider.toml: the variable has its name in capitals, _ for -",
                )),
            }
        }
        let password = env.get("POSTRIDER_IMAP_PASSWORD");
        if let Some(password) = password.filter(|text| !text.is_empty()) {
            match &mut self.imap {
                Some(imap) => imap.password = Some(Secret::new(password.as_str())),
                None => problems.add(Problem::of(
                    "POSTRIDER_IMAP_PASSWORD",
                    "this variable is for an IMAP mailbox that is not there",
                    "write [feedback.imap] in postrider.toml, or leave it out",
                )),
            }
        }
    }

    /// Makes paths absolute and reads the secrets.
    pub(super) fn resolve(
        &mut self,
        absolute: impl Fn(&Path) -> PathBuf,
        at: &Spot<'_, '_>,
        problems: &mut Problems,
    ) {
        if let Some(folder) = &mut self.maildir {
            *folder = absolute(folder);
        }
        if let Some(imap) = &mut self.imap {
            let spot = |key: &str| at.clone().key("imap").key(key);
            if let Some(file) = &mut imap.ca_file {
                *file = absolute(file);
                if !file.is_file() {
                    spot("ca_file").say(problems, "is not there", FROM_HERE);
                }
            }
            let read = (&mut imap.password_file, &mut imap.password);
            resolve_secret(read, &absolute, &spot("password_file"), problems);
        }
        for (i, hook) in self.hook.iter_mut().enumerate() {
            let spot = at.clone().key("hook").item(i).key("secret_file");
            let from_file = hook.secret.is_none();
            let read = (&mut hook.secret_file, &mut hook.secret);
            resolve_secret(read, &absolute, &spot, problems);
            if let Some(secret) = &hook.secret
                && hook.kind.has_secret()
                && secret.expose().chars().count() < SHORTEST
            {
                let says = format!("holds a secret of fewer than {SHORTEST} characters");
                let hint = "write a longer one, such as what this prints: head -c 24 /dev/urandom | base64";
                if from_file {
                    spot.say(problems, &says, hint);
                } else {
                    let variable = format!("POSTRIDER_HOOK_{}_SECRET", hook.variable_part());
                    problems.add(Problem::of(variable, says, hint));
                }
            }
        }
    }
}

const FROM_HERE: &str = "a path here is meant from the folder of this file";

fn resolve_secret(
    (file, kept): (&mut Option<PathBuf>, &mut Option<Secret>),
    absolute: &impl Fn(&Path) -> PathBuf,
    at: &Spot<'_, '_>,
    problems: &mut Problems,
) {
    let Some(file) = file else { return };
    *file = absolute(file);
    if kept.is_some() {
        return;
    }
    match secret::read(file, FROM_HERE) {
        Ok(text) if text.expose().trim().is_empty() => {
            at.say(
                problems,
                "is empty",
                "write the secret to it, and nothing else",
            );
        }
        Ok(text) => *kept = Some(Secret::new(text.expose().trim_end_matches(['\r', '\n']))),
        Err(problem) => {
            let says = format!("cannot be used: {}", problem.message);
            at.say(problems, &says, &problem.hint.unwrap_or_default());
        }
    }
}

impl Imap {
    /// Its port, or the usual one for its encryption (RFC 8314, section 3.2).
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::None | Tls::Starttls => 143,
            Tls::Implicit => 993,
        })
    }

    fn check(&self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let header = Some("[feedback.imap]");
        let at = |key: &str| at.clone().key(key);
        check_present(&at("host"), header, "\"imap.example.org\"", problems);
        check_present(&at("username"), header, "\"bounces\"", problems);
        for key in ["ca_file", "password_file", "mailbox", "move_to"] {
            check_filled(&at(key), problems);
        }
        if self.port == Some(0) {
            let hint = "write a number such as 993, or leave it out for the usual one";
            at("port").say(problems, "is not a port number", hint);
        }
        if !is_host(&self.host) {
            let hint = "write the name alone; the port has a line of its own";
            at("host").say(problems, "is not a host name", hint);
        }
        let plain = |text: &str| text.bytes().all(|b| (b' '..=b'~').contains(&b));
        for (key, name) in [
            ("mailbox", self.mailbox.as_str()),
            ("move_to", self.move_to.as_deref().unwrap_or_default()),
        ] {
            if !plain(name) {
                let hint = "write it as the server does, in plain ASCII (RFC 3501, section 5.1.3)";
                at(key).say(problems, "is not the name of a mailbox", hint);
            }
        }
        if self.username.chars().any(char::is_control) {
            at("username").say(
                problems,
                "holds a control character",
                "write it in one line",
            );
        }
        check_range(self.every_minutes, 1440, &at("every_minutes"), problems);
        check_range(self.timeout_s, 600, &at("timeout_s"), problems);
        if self.move_to.is_some() && self.when_read == WhenRead::Delete {
            let hint = "leave one of them out: what is moved is not deleted";
            at("move_to").say(problems, "stands beside when_read = \"delete\"", hint);
        }
        if self.move_to.as_deref() == Some(&*self.mailbox) {
            at("move_to").say(
                problems,
                "is the mailbox that is read",
                "name another one, or leave the line out",
            );
        }
        if self.tls == Tls::None && !is_local(&self.host) {
            let hint = "choose implicit or starttls";
            at("tls").say(problems, "would send the password unencrypted", hint);
        }
        if self.password.is_none() && !at("password_file").is_set() {
            let hint = "write for example password_file = \"imap.password\", or set POSTRIDER_IMAP_PASSWORD";
            at("password_file").say(problems, "is missing", hint);
        }
    }
}

impl Hook {
    /// What `status` and the log call it.
    pub fn way(&self) -> String {
        format!("hook {}", self.name)
    }

    /// Its name as variables have it.
    fn variable_part(&self) -> String {
        let name = match &*self.name {
            "" => self.kind.word(),
            name => name,
        };
        name.replace('-', "_").to_uppercase()
    }

    fn check(&mut self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let at = |key: &str| at.clone().key(key);
        if !at("kind").is_set() {
            let hint =
                "write kind = \"ses\", \"postmark\", \"mailgun\", \"sendgrid\" or \"generic\"";
            at("kind").say(problems, "is missing", hint);
            return;
        }
        if at("kind").is_refused(problems) {
            return;
        }
        for key in ["name", "secret_file", "username", "header"] {
            check_filled(&at(key), problems);
        }
        if self.name.is_empty() {
            self.kind.word().clone_into(&mut self.name);
        }
        if !is_slug(&self.name) {
            let hint = "use 1 to 64 of a-z, 0-9 and hyphens: it is the end of the hook's address";
            at("name").say(problems, "cannot be a hook's name", hint);
        }
        self.check_kind(&at, problems);
        if self.kind.has_secret() && self.secret.is_none() && !at("secret_file").is_set() {
            let hint = format!(
                "write for example secret_file = \"{}.secret\", or set POSTRIDER_HOOK_{}_SECRET",
                self.name,
                self.variable_part()
            );
            at("secret_file").say(problems, "is missing", &hint);
        }
    }

    /// What each kind needs, and that nothing is there which it would not look at.
    fn check_kind<'s>(&self, at: &impl Fn(&str) -> Spot<'s, 's>, problems: &mut Problems) {
        for (key, kind, is_set) in [
            ("secret_file", None, self.secret_file.is_some()),
            (
                "username",
                Some(HookKind::Postmark),
                self.username.is_some(),
            ),
            ("header", Some(HookKind::Postmark), self.header.is_some()),
            ("topics", Some(HookKind::Ses), !self.topics.is_empty()),
            (
                "public_key",
                Some(HookKind::Sendgrid),
                self.public_key.is_some(),
            ),
        ] {
            let fits = kind.map_or(self.kind.has_secret(), |kind| kind == self.kind);
            if is_set && !fits {
                let says = format!("is nothing for kind = \"{}\"", self.kind.word());
                at(key).say(problems, &says, "leave the line out");
            }
        }
        match self.kind {
            HookKind::Ses => {
                let wrong = |arn: &String| region(arn).is_none();
                if self.topics.is_empty() || self.topics.iter().any(wrong) {
                    let hint =
                        "for example topics = [\"arn:aws:sns:eu-west-1:123456789012:bounces\"]";
                    at("topics").say(problems, "needs the ARN of one SNS topic or more", hint);
                }
            }
            HookKind::Postmark => match (&self.username, &self.header) {
                (None, None) => {
                    let hint =
                        "write it for basic authentication, or `header` for a header of your own";
                    at("username").say(problems, "is missing", hint);
                }
                (Some(_), Some(_)) => {
                    at("header").say(
                        problems,
                        "stands beside `username`",
                        "leave one of them out",
                    );
                }
                (None, Some(name)) => {
                    let good = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
                    if !name.bytes().all(good) {
                        let hint = "use letters, digits and hyphens, such as \"X-Courier-Secret\"";
                        at("header").say(problems, "is not the name of a header", hint);
                    }
                }
                (Some(name), None) => {
                    if name.contains(':') || name.chars().any(char::is_control) {
                        let hint = "write one without a colon";
                        at("username").say(problems, "cannot be a user name", hint);
                    }
                }
            },
            HookKind::Sendgrid => {
                if self.public_key.is_none() {
                    let hint =
                        "copy the verification key that SendGrid shows beside its Event Webhook";
                    at("public_key").say(problems, "is missing", hint);
                } else if self.public_key_der().is_none() {
                    let hint = "copy all of the verification key, which begins with MFkw";
                    at("public_key").say(problems, "is not a key of ECDSA P-256", hint);
                }
            }
            HookKind::Mailgun | HookKind::Generic => {}
        }
    }

    /// SendGrid's key as DER (SubjectPublicKeyInfo), if it is one of ECDSA P-256.
    pub fn public_key_der(&self) -> Option<Vec<u8>> {
        let der = STANDARD.decode(self.public_key.as_ref()?.trim()).ok()?;
        (der.len() == 91 && der.starts_with(&P256)).then_some(der)
    }
}

/// The region of an SNS topic: the fourth part of `arn:aws:sns:REGION:ACCOUNT:NAME`.
pub fn region(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "sns", region, account, name] = parts[..] else {
        return None;
    };
    let good = |text: &str, extra: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || extra.contains(&b))
    };
    let is_one = partition.starts_with("aws")
        && good(region, b"-")
        && good(account, b"")
        && good(name, b"-_.");
    is_one.then_some(region)
}
