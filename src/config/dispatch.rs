//! `[dispatch]`: how long we try, in which order, and to whom we may write at all.

use std::net::SocketAddr;

use serde::Deserialize;

use super::document::Document;
use super::problem::Problems;
use crate::message::Stream;

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
    /// How long after its first try a message is still tried.
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

impl Dispatch {
    pub(super) fn check(&self, document: &Document<'_>, problems: &mut Problems) {
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
