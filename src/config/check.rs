//! Checks that several settings share. Each says its finding of the spot it was given.

use super::document::Spot;
use super::problem::Problems;
use super::value::is_language;

/// Whether `host` may be a host name or an IP address; one that is empty is missing, not wrong.
pub(super) fn is_host(host: &str) -> bool {
    host.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        || host.parse::<std::net::Ipv6Addr>().is_ok()
}

/// Whether `host` is this machine.
pub(super) fn is_local(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A setting that has no default is there, and not empty.
pub(super) fn check_present(
    at: &Spot<'_, '_>,
    header: Option<&str>,
    example: &str,
    problems: &mut Problems,
) {
    let predicate = match at.text() {
        Some(text) if text.trim().is_empty() => "is empty",
        None if !at.is_set() => "is missing",
        _ => return,
    };
    let under = header
        .map(|header| format!(" it under {header},"))
        .unwrap_or_default();
    at.say(
        problems,
        predicate,
        &format!("write{under} for example {} = {example}", at.last_key()),
    );
}

/// A setting that may be left out is not there with nothing in it.
pub(super) fn check_filled(at: &Spot<'_, '_>, problems: &mut Problems) {
    if at.text().is_some_and(|text| text.trim().is_empty()) {
        at.say(
            problems,
            "is empty",
            "write something, or leave the line out",
        );
    }
}

/// `text` fits one line, as what goes into a header must.
pub(super) fn check_line(text: &str, at: &Spot<'_, '_>, problems: &mut Problems) {
    if text.chars().any(char::is_control) {
        at.say(
            problems,
            "holds a line break or another control character",
            "write it in one line",
        );
    }
}

/// `value` lies between 1 and `most`.
pub(super) fn check_range(value: u32, most: u32, at: &Spot<'_, '_>, problems: &mut Problems) {
    if !(1..=most).contains(&value) {
        at.say(problems, &format!("is not from 1 to {most}"), "");
    }
}

/// `text` has the form of a language tag.
pub(super) fn check_language(text: &str, at: &Spot<'_, '_>, problems: &mut Problems) {
    if !is_language(text) {
        at.say(
            problems,
            "is not a language tag",
            "write the short form, such as \"en\" or \"pt-BR\"",
        );
    }
}

/// `text`, unless it is empty and so missing, is a web address.
pub(super) fn check_url(text: &str, at: &Spot<'_, '_>, problems: &mut Problems) {
    let good = |url: url::Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && !text.contains(char::is_whitespace)
    };
    if !text.is_empty() && !url::Url::parse(text).is_ok_and(good) {
        at.say(
            problems,
            "is not a web address",
            "write the whole of it, beginning with https://",
        );
    }
}

/// `text` can begin the links in mails; it loses its slash at the end.
pub(super) fn check_public_url(text: &mut String, at: &Spot<'_, '_>, problems: &mut Problems) {
    if text.is_empty() {
        return;
    }
    let bare = |url: &url::Url| {
        url.username().is_empty() && url.query().is_none() && url.fragment().is_none()
    };
    match url::Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !bare(&url) => {
            at.say(
                problems,
                "is not a plain web address",
                "write scheme, host and path only, such as https://mail.example.org",
            );
        }
        // RFC 8058, section 3.1: one-click unsubscribing works over HTTPS only.
        Ok(url) if url.scheme() == "http" && !url.host_str().is_some_and(is_local) => {
            at.say(
                problems,
                "is not encrypted",
                "mail programs unsubscribe by https:// only; http:// is for localhost",
            );
        }
        Ok(url) => url.as_str().trim_end_matches('/').clone_into(text),
        Err(_) => at.say(
            problems,
            "is not a web address",
            "write the whole of it, beginning with https://",
        ),
    }
}
