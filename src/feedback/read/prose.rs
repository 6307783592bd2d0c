//! Recipients from a report's own words, for the many bounces that state them nowhere else.

use super::address;
use super::mail::{Mail, push_new};
use super::text;

/// How many recipients one mail may name. A mail of ours has one.
pub(super) const MAX_RECIPIENTS: usize = 100;

/// How many addresses in a text are looked at.
const MAX_ADDRESSES: usize = 500;

/// What stands before an address of a recipient, from the surest to the vaguest.
const BEFORE: [(&[&str], u8); 3] = [
    (
        &[
            "rcpt to",
            "recipient",
            "recipients",
            "failed address",
            "mail address",
            "email address",
            "e-mail address",
            "address",
            "userid",
            "delivered to",
            "deliver to",
            "delivering to",
            "empfänger",
            "destinataire",
            "destinatario",
            "destinatário",
            "получатель",
            "宛先",
            "送信先",
            "收件人",
        ],
        4,
    ),
    (
        &[
            "mail to",
            "message to",
            "messages to",
            "sent to",
            "delivery to",
            "delivered message to",
            "reach",
            "user",
            "mailbox",
            "account",
            "errors",
            "error",
            "following",
        ],
        3,
    ),
    (
        &[
            "to",
            "for",
            "an",
            "à",
            "a",
            "para",
            "til",
            "till",
            "aan",
            "do",
            "для",
            "до",
            "адрес",
            "адресу",
        ],
        2,
    ),
];

/// What stands before an address that is somebody else's.
const NOT_BEFORE: [&str; 17] = [
    "from",
    "sender",
    "mail from",
    "reply-to",
    "by",
    "contact",
    "sent by",
    "support",
    "postmaster",
    "envelope-from",
    "von",
    "de",
    "dear",
    "hello",
    "sorry",
    "hi",
    "forward to",
];

/// Whose mailboxes these are, nobody subscribes.
const OFFICES: [&str; 9] = [
    "postmaster",
    "post_master",
    "mailer-daemon",
    "mailerdaemon",
    "hostmaster",
    "helpdesk",
    "double-bounce",
    "mail-daemon",
    "support",
];

/// A recipient, and the lines about it.
pub(super) struct Named {
    pub(super) address: String,
    pub(super) around: String,
}

/// The recipients that `mail` tells of in its header and its own words, each with what is said of it.
pub(super) fn recipients(mail: &Mail) -> Vec<Named> {
    let mut names = Vec::new();
    for value in mail.header.all("x-failed-recipients") {
        for address in value.split(',').filter_map(address::of_field) {
            if names.len() < MAX_RECIPIENTS {
                push_new(&mut names, address);
            }
        }
    }
    if names.is_empty() {
        names = in_text(mail);
    }
    if names.is_empty() {
        names = one_of(
            mail.returned
                .all("x-failed-recipients")
                .chain(mail.returned.all("to")),
        );
    }
    if names.is_empty() {
        names.extend(local_part(mail));
    }
    about(mail, names)
}

/// Each of `names` with the lines that are about it.
pub(super) fn about(mail: &Mail, names: Vec<String>) -> Vec<Named> {
    if names.len() == 1 {
        let around = text::plain(&address::strike(&mail.own));
        return names
            .into_iter()
            .map(|address| Named {
                address,
                around: around.clone(),
            })
            .collect();
    }
    // A line is about whom it names, and so are those that follow until another is named.
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let mut lines: Vec<String> = vec![String::new(); names.len()];
    let mut current: Option<usize> = None;
    for line in mail.own.lines() {
        let first = address::find(line).take(20).find_map(|found| {
            let found = found.address.to_lowercase();
            lower.iter().position(|name| *name == found)
        });
        current = first.or(current);
        if let Some(current) = current {
            lines[current].push_str(line);
            lines[current].push('\n');
        }
    }
    names
        .into_iter()
        .zip(lines)
        .map(|(address, lines)| Named {
            address,
            around: text::plain(&address::strike(&lines)),
        })
        .collect()
}

/// Those in the words themselves, by what stands before each.
fn in_text(mail: &Mail) -> Vec<String> {
    let ours: Vec<String> = mail.sent_to();
    let from = mail.addresses(&["from", "sender", "reply-to"]);
    let mut found: Vec<(String, u8, bool)> = Vec::new();
    let mut before_line = String::new();
    for line in mail.own.lines() {
        let mut at = 0;
        for one in address::find(line).take(50) {
            if found.len() == MAX_ADDRESSES {
                break;
            }
            let address = one.address;
            let before = &line[at..one.from];
            at = one.to;
            if is_office(address) || from.iter().any(|from| from.eq_ignore_ascii_case(address)) {
                continue;
            }
            let surety = surety(before, &before_line, &line[one.to..]);
            let is_ours = ours.iter().any(|ours| ours.eq_ignore_ascii_case(address));
            found.push((address.to_owned(), surety, is_ours));
        }
        if !line.trim().is_empty() {
            before_line.clear();
            before_line.push_str(line);
        }
    }
    // Our own address is named as well, but it is not whom the mail was for; unless nobody else is.
    for with_ours in [false, true] {
        let them = || found.iter().filter(|(.., is_ours)| with_ours || !is_ours);
        let Some(best) = them()
            .map(|(_, surety, _)| *surety)
            .max()
            .filter(|best| *best > 0)
        else {
            continue;
        };
        let mut names = Vec::new();
        for (address, ..) in them().filter(|(_, surety, _)| *surety == best) {
            if names.len() < MAX_RECIPIENTS {
                push_new(&mut names, address.clone());
            }
        }
        // One that only occurs somewhere is believed if it is the only one.
        if best > 1 || names.len() == 1 {
            return names;
        }
    }
    Vec::new()
}

fn is_office(address: &str) -> bool {
    let local = address
        .split('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    OFFICES.contains(&local.as_str())
}

/// How sure it is that an address is a recipient's, by the text before it on its line, the line before, and what follows.
fn surety(before: &str, line_before: &str, after: &str) -> u8 {
    let bare = |text: &str| {
        let text = text.to_lowercase();
        let end = text.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        text[..end].to_owned()
    };
    let ends_with = |text: &str, word: &str| {
        text.strip_suffix(word)
            .is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() && c < '\u{2e80}'))
    };
    let told = |text: &str| {
        if NOT_BEFORE.iter().any(|word| ends_with(text, word)) {
            return Some(0);
        }
        let words = BEFORE
            .iter()
            .find(|(words, _)| words.iter().any(|word| ends_with(text, word)));
        words.map(|(_, surety)| *surety)
    };
    let lead = bare(before);
    if lead.is_empty() {
        // Alone at the begin of a line, or behind a bullet. The line before may say whose it is.
        let heading = bare(line_before);
        if NOT_BEFORE.iter().any(|word| ends_with(&heading, word)) {
            return 0;
        }
        // A signature is a line of its own, too; a report goes on, or has said what is coming.
        let goes_on = after.trim_start_matches(['>', '"', '\'']).trim_start();
        let is_announced = line_before
            .trim_end()
            .ends_with([':', '：', ')', '-', '.', '=', '。'])
            || line_before.contains('@');
        return if goes_on.starts_with([':', '(', '[', '.', '-'])
            || is_announced
            || !goes_on.is_empty()
        {
            3
        } else {
            2
        };
    }
    if let Some(told) = told(&lead) {
        return told;
    }
    // Behind a reply code: `554 <kim@courier.example>... Host unknown`.
    let ends_in_number = lead.ends_with(|c: char| c.is_ascii_digit());
    if ends_in_number { 3 } else { 1 }
}

/// The only address in these values, if there is only one.
fn one_of<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    for address in values.take(20).flat_map(address::all).take(20) {
        push_new(&mut found, address);
    }
    if found.len() == 1 { found } else { Vec::new() }
}

/// A lone word below a line that announces recipients: some leave out the domain, which is that of whoever writes.
fn local_part(mail: &Mail) -> Option<String> {
    let from = mail.addresses(&["from"]);
    let (_, domain) = from.first()?.rsplit_once('@')?;
    let mut announced = false;
    for line in mail.own.lines() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let is_word = line.len() <= 64
            && line
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b))
            && line.bytes().any(|b| b.is_ascii_alphanumeric());
        if announced && is_word {
            return Some(format!("{line}@{domain}"));
        }
        announced = line.ends_with(':');
    }
    None
}
