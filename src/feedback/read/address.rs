//! Addresses as they stand in fields and in sentences. Found, not judged: whoever acts on one parses it.

/// Longest local part and domain that are looked at (RFC 5321, section 4.5.3.1), in bytes, with room for other scripts.
const MAX_LOCAL: usize = 256;
const MAX_DOMAIN: usize = 255;

/// An address in a text, and the bytes it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) address: &'a str,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The addresses in `text`, in order.
pub(super) fn all(text: &str) -> impl Iterator<Item = String> {
    find(text).map(|found| found.address.to_owned())
}

/// The addresses in `text`, with their places. Linear: each `@` is looked at a few hundred bytes around.
pub(super) fn find(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut from = 0;
    let mut ats = text.match_indices('@');
    std::iter::from_fn(move || {
        for (at, _) in ats.by_ref() {
            let begin = from.max(text.ceil_char_boundary(at.saturating_sub(MAX_LOCAL)));
            if begin > at {
                continue;
            }
            let local = local(&text[begin..at]);
            let domain = domain(text::head(&text[at + 1..], MAX_DOMAIN));
            if local > 0 && domain > 0 {
                let (start, end) = (at - local, at + 1 + domain);
                from = end;
                return Some(Found {
                    address: &text[start..end],
                    from: start,
                    to: end,
                });
            }
        }
        None
    })
}

use super::text;

/// How many bytes at the end of `text` are a local part.
fn local(text: &str) -> usize {
    if let Some(quoted) = text.strip_suffix('"') {
        let begin = quoted.rfind('"');
        return begin.map_or(0, |begin| text.len() - begin);
    }
    let is_latin = text.chars().next_back().is_some_and(|c| c.is_ascii());
    let end = text.trim_end_matches(|c: char| {
        if c.is_ascii() {
            c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
        } else {
            // In a language that puts no blank between words an address ends where its own letters do.
            !c.is_whitespace()
                && !c.is_control()
                && (!is_latin || (c.is_alphabetic() && c < '\u{590}'))
        }
    });
    let found = &text[end.len()..];
    found
        .trim_start_matches(['.', '\'', '*', '-', '=', '/', '|', '!', '`'])
        .len()
}

/// How many bytes at the beginning of `text` are a domain of more than one label, or an address literal.
fn domain(text: &str) -> usize {
    if text.starts_with('[') {
        return text.find(']').map_or(0, |end| end + 1);
    }
    let is_latin = text.starts_with(|c: char| c.is_ascii());
    let length = text
        .find(|c: char| {
            if c.is_ascii() {
                !(c.is_ascii_alphanumeric() || c == '.' || c == '-')
            } else {
                c.is_whitespace()
                    || (is_latin && !(c.is_alphabetic() && c < '\u{590}'))
                    || !c.is_alphanumeric()
            }
        })
        .unwrap_or(text.len());
    let found = text[..length].trim_end_matches(['.', '-']);
    let is_domain = found.contains('.') && !found.starts_with('.') && !found.contains("..");
    if is_domain { found.len() } else { 0 }
}

/// An address from a field of a report: `rfc822; <kim@courier.example>`. What is no address is given as written.
pub(super) fn of_field(value: &str) -> Option<String> {
    let value = match value.split_once(';') {
        Some((kind, value)) if !kind.contains('@') => value,
        _ => value,
    };
    let value = value.trim();
    let inside = value
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(value, |(inside, _)| inside);
    // A comment, or words behind it.
    let inside = match find(inside).next() {
        Some(found) if found.from == 0 => found.address,
        _ => inside.split([' ', '\t', '(']).next().unwrap_or_default(),
    };
    let inside = inside.trim_matches(['<', '>', '"', '\'', ',', ';']);
    (inside.len() > 2 && inside.contains('@') && inside.len() < 1000 && !inside.starts_with('@'))
        .then(|| inside.to_owned())
}

/// `text` with each address struck out.
pub(super) fn strike(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for found in find(text) {
        out.push_str(&text[at..found.from]);
        out.push('…');
        at = found.to;
    }
    out.push_str(&text[at..]);
    out
}
