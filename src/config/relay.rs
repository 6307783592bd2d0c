//! `[[relay]]`: the SMTP server that mails are handed to, and how it is reached.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::check::{check_filled, check_line, check_range, is_host, is_local};
use super::document::Spot;
use super::problem::Problems;
use super::secret::Secret;
use crate::message::Stream;

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

impl Relay {
    pub(super) fn check(&self, at: &Spot<'_, '_>, problems: &mut Problems) {
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
