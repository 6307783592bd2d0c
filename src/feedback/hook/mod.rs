//! Hooks: what providers tell us over HTTP.
//!
//! In: a request's headers and body, as they came. Out: the reports in it, or why it is refused. Nothing of a request is
//! read before it is known whose it is, except for what that takes. Each kind has a file of its own; none of them knows
//! the network or the database, except that `sns` needs a certificate, which [`Certificates`] fetches and keeps.

pub mod certificate;
pub mod generic;
pub mod mailgun;
pub mod postmark;
pub mod sendgrid;
mod ses;
pub mod sns;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderMap;
use data_encoding::HEXLOWER;
use jiff::Timestamp;

use super::report::Kind;
use crate::dispatch::{Class, enhanced, strike_addresses};

pub use certificate::Certificates;

/// The most that a body may hold, in bytes. SendGrid sends up to 768 KB at once, SNS 256 KB.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// For how long a request counts that its provider may send again as it was, in seconds: all of them have given up
/// after a day.
const RETRIED_S: i64 = 25 * 3600;

/// By how much a provider's clock may be ahead of ours, in seconds.
const AHEAD_S: i64 = 5 * 60;

/// Why a request is refused. What is said of it is the same for everybody, and names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no signature, or no login, in it.
    #[error("it does not say whose it is")]
    Unsigned,
    /// The signature, or the secret, is another one.
    #[error("its signature does not fit")]
    Forged,
    /// It was signed too long ago, or in the future.
    #[error("it was signed too long ago, or by a clock that is wrong")]
    Stale,
    /// Its signature was used before, for another request.
    #[error("its token was used before")]
    Replayed,
    /// It comes from a topic that is not configured.
    #[error("it is of a topic that is not configured")]
    Topic,
    /// Its certificate is at an address that is none of Amazon's.
    #[error("its certificate is not at an address of Amazon SNS")]
    Certificate,
    /// It is known whose it is, and cannot be read.
    #[error("it cannot be read")]
    Garbled,
    /// What it takes to know whose it is cannot be had now.
    #[error("the certificate it is signed with cannot be fetched")]
    Unavailable,
}

impl Refused {
    /// The HTTP status to answer with.
    pub fn status(self) -> u16 {
        match self {
            Refused::Unsigned => 401,
            Refused::Forged
            | Refused::Stale
            | Refused::Replayed
            | Refused::Topic
            | Refused::Certificate => 403,
            Refused::Garbled => 400,
            Refused::Unavailable => 503,
        }
    }
}

/// A header's value, if it is there once and is text.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str, Refused> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Refused::Unsigned),
        _ => Err(Refused::Unsigned),
    }
}

/// Whether what was signed at this second counts now.
fn fresh(signed_s: i64, now: Timestamp, longest_s: i64) -> Result<(), Refused> {
    let age = now.as_second().saturating_sub(signed_s);
    if (-AHEAD_S..=longest_s).contains(&age) {
        Ok(())
    } else {
        Err(Refused::Stale)
    }
}

/// A key by which the same event is known again. Hashed, as its parts may be addresses, and of any length.
fn event(kind: &str, parts: &[&str]) -> String {
    let mut text = Vec::new();
    for part in parts {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend(part.as_bytes());
    }
    let hash = digest(&SHA256, &text);
    format!("{kind}:{}", HEXLOWER.encode(&hash.as_ref()[..16]))
}

/// What was said, in one line of at most 500 characters and without addresses.
fn said(text: &str) -> Option<String> {
    const LONGEST: usize = 500;
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .take(LONGEST)
        .collect();
    let line: String = strike_addresses(&words.join(" "))
        .chars()
        .take(LONGEST)
        .collect();
    (!line.is_empty()).then_some(line)
}

/// A Message-ID without its brackets.
fn message_id(text: &str) -> Option<String> {
    let id = text.trim().trim_start_matches('<').trim_end_matches('>');
    (!id.is_empty() && id.len() <= 998).then(|| id.to_owned())
}

/// What to think of a refusal that the provider calls final: blocks, full mailboxes and what is said of the content are no
/// reason to give an address up.
fn refusal(status: Option<&str>, code: Option<u16>, text: &str) -> (Kind, &'static str) {
    let code = code.filter(|code| (400..600).contains(code)).unwrap_or(
        if status.is_some_and(|status| status.starts_with('4')) {
            450
        } else {
            550
        },
    );
    let text = match status {
        Some(status) if !text.contains(status) => format!("{status} {text}"),
        _ => words_of_reply(text).to_owned(),
    };
    match Class::of(code as i16, &text) {
        Class::NoSuchMailbox => (Kind::Hard, "user-unknown"),
        Class::MailboxFull => (Kind::Soft, "mailbox-full"),
        Class::Blocked | Class::Stranger => (Kind::Soft, "blocked"),
        Class::TooLarge => (Kind::Soft, "too-large"),
        Class::Greylisted | Class::RateLimited | Class::Temporary => (Kind::Soft, "temporary"),
        // Of the mail, the server or the conversation (RFC 3463, section 3), which say nothing of the mailbox.
        Class::Permanent => match enhanced(&text) {
            Some((6, _)) => (Kind::Soft, "content"),
            Some((3 | 5, _)) => (Kind::Soft, "system"),
            // The answer to a mail's last line, which nothing else explains.
            _ if code == 554 => (Kind::Soft, "content"),
            _ => (Kind::Hard, "rejected"),
        },
    }
}

/// The text of a diagnostic such as `smtp; 550 5.1.1 no such user`, from its enhanced code on.
fn words_of_reply(text: &str) -> &str {
    let text = text.trim_start();
    let text = match text.split_once(';') {
        Some((kind, rest)) if kind.trim().eq_ignore_ascii_case("smtp") => rest.trim_start(),
        _ => text,
    };
    match text.split_once([' ', '-']) {
        Some((code, rest)) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => text,
    }
}

/// The reply code that a diagnostic begins with.
fn code_in(text: &str) -> Option<u16> {
    let text = text.trim_start();
    let text = match text.split_once(';') {
        Some((kind, rest)) if kind.trim().eq_ignore_ascii_case("smtp") => rest.trim_start(),
        _ => text,
    };
    let digits = text.get(..3)?.parse().ok()?;
    let ends = !text[3..].starts_with(|c: char| c.is_ascii_digit());
    (ends && (200..600).contains(&digits)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_known_again_and_no_two_are_taken_for_one() {
        let one = event("ses", &["a", "bc"]);
        assert_eq!(one, event("ses", &["a", "bc"]));
        assert_ne!(one, event("ses", &["ab", "c"]));
        assert_ne!(one, event("generic", &["a", "bc"]));
        assert!(!event("ses", &["asha@example.org"]).contains("asha"));
    }

    #[test]
    fn what_was_said_is_one_short_line_without_addresses() {
        let told = said("550 5.1.1\r\n <asha@example.org>:\tno such user\u{0}").unwrap();
        assert_eq!(told, "550 5.1.1 <…>: no such user");
        assert_eq!(said(" \r\n"), None);
        assert_eq!(said(&"é".repeat(2000)).unwrap().chars().count(), 500);
    }

    #[test]
    fn a_block_or_a_full_mailbox_is_not_hard_whatever_the_provider_calls_it() {
        for (status, code, text, kind) in [
            (
                Some("5.1.1"),
                None,
                "smtp; 550 5.1.1 user unknown",
                Kind::Hard,
            ),
            (None, Some(550), "No such user", Kind::Hard),
            (Some("5.2.2"), Some(552), "mailbox full", Kind::Soft),
            (Some("5.7.1"), Some(550), "blocked by policy", Kind::Soft),
            (None, Some(554), "listed by a dnsbl", Kind::Soft),
            (Some("4.4.7"), None, "expired", Kind::Soft),
            (Some("5.6.0"), Some(554), "invalid MIME", Kind::Soft),
            (
                None,
                None,
                "smtp; 550 5.6.1 media not supported",
                Kind::Soft,
            ),
            (Some("5.5.2"), Some(500), "syntax error", Kind::Soft),
            (None, Some(554), "transaction failed", Kind::Soft),
            (None, Some(554), "no such user here", Kind::Hard),
            (Some("5.0.0"), Some(550), "refused", Kind::Hard),
            (None, None, "", Kind::Hard),
        ] {
            assert_eq!(refusal(status, code, text).0, kind, "{text}");
        }
        assert_eq!(code_in("smtp; 550 5.1.1 no"), Some(550));
        assert_eq!(code_in("550-5.1.1 no"), Some(550));
        assert_eq!(code_in("5501 no"), None);
        assert_eq!(code_in("né"), None);
    }

    #[test]
    fn what_was_signed_counts_for_a_while() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(fresh(1_000_000 - 300, now, 300), Ok(()));
        assert_eq!(fresh(1_000_000 - 301, now, 300), Err(Refused::Stale));
        assert_eq!(fresh(1_000_000 + 301, now, 300), Err(Refused::Stale));
        assert_eq!(fresh(i64::MIN, now, 300), Err(Refused::Stale));
    }
}
