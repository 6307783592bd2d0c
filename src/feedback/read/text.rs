//! A report's own words: text out of HTML, and without the mail that was sent back inside it.

use quick_xml::escape::resolve_html5_entity;

/// Of a report's own words, how much is read. Reports say what they have to say in one screen.
pub(super) const MAX_OWN_BYTES: usize = 32 * 1024;

/// Of what follows them, how much: the header of the mail that came back stands at its beginning.
const MAX_RETURNED_BYTES: usize = 64 * 1024;

/// Tags after which a reader sees a new line.
const BLOCKS: [&str; 21] = [
    "br",
    "p",
    "div",
    "tr",
    "td",
    "th",
    "li",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "hr",
    "blockquote",
    "title",
    "center",
];

/// Tags whose content nobody sees.
const UNSEEN: [&str; 3] = ["style", "script", "template"];

/// What a reader would see of `html`, in lines. Linear; broken markup yields whatever text it has.
pub(super) fn of_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut unseen: Option<&str> = None;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if unseen.is_none() {
            push(&mut out, &rest[..at]);
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = rest.find('>') else {
            rest = "";
            break;
        };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        let (closes, name) = tag
            .strip_prefix('/')
            .map_or((false, tag), |name| (true, name));
        let name = name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match unseen {
            Some(open) if closes && name == open => unseen = None,
            Some(_) => {}
            None => {
                if !closes {
                    unseen = UNSEEN.iter().copied().find(|tag| *tag == name);
                }
                if BLOCKS.contains(&name.as_str()) && !out.ends_with('\n') {
                    out.push('\n');
                }
            }
        }
    }
    if unseen.is_none() {
        push(&mut out, rest);
    }
    out
}

/// Text between two tags, its white space folded and its entities resolved.
fn push(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = c.len_utf8();
        if c.is_whitespace() {
            if !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        } else if let Some((shown, used)) = (c == '&').then(|| entity(rest)).flatten() {
            out.push_str(&shown);
            rest = &rest[used..];
            continue;
        } else {
            out.push(c);
        }
        rest = &rest[length..];
    }
}

/// The entity that `text` begins with, and how long it is.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let shown = match name.strip_prefix('#') {
        Some(number) => {
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?.to_string()
        }
        None => resolve_html5_entity(name)?.to_owned(),
    };
    Some((shown.replace('\u{a0}', " "), end + 1))
}

/// `text` in two: the report's own words, and the mail it returns if it stands in the same part.
pub(super) fn split(text: &str) -> (&str, &str) {
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        if at > MAX_OWN_BYTES || is_header_of_mail(line) || announces(line, next) {
            break;
        }
        at += line.len();
    }
    let own = head(&text[..at], MAX_OWN_BYTES);
    let returned = head(&text[at..], MAX_RETURNED_BYTES);
    (own, returned)
}

/// At most `bytes` of the beginning, without cutting a character.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Fields that only a mail on its way has: nobody writes them into a sentence.
fn is_header_of_mail(line: &str) -> bool {
    const FIELDS: [&str; 7] = [
        "received:",
        "return-path:",
        "dkim-signature:",
        "x-received:",
        "authentication-results:",
        "arc-seal:",
        "x-originating-ip:",
    ];
    let line = line.trim_start_matches(['>', ' ', '\t']);
    FIELDS.iter().any(|field| {
        line.get(..field.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(field))
    })
}

/// Whether `line` says that the mail follows: a heading between dashes, or a short sentence that ends there.
fn announces(line: &str, next: &str) -> bool {
    const WHAT: [&str; 22] = [
        "original message",
        "original mail",
        "message header",
        "returned message",
        "returned mail",
        "unsent message",
        "undelivered message",
        "rejected message",
        "copy of the message",
        "copy of your message",
        "copy of the original",
        "copy of the mail",
        "copy of the header",
        "message body",
        "bounced e-mail",
        "bounced message",
        "header of the original",
        "headers of the original",
        "ursprüngliche nachricht",
        "originalnachricht",
        "message d'origine",
        "mensaje original",
    ];
    let line = line.trim();
    if line.len() > 120 {
        return false;
    }
    let lower = line.to_lowercase();
    let ruled = ["---", "===", "***", "___", "###"]
        .iter()
        .any(|rule| lower.starts_with(rule) || next.trim_start().starts_with(rule));
    let follows = lower.ends_with(':')
        || lower.trim_end_matches(['-', '.', ' ']).ends_with("follow")
        || lower.trim_end_matches(['-', '.', ' ']).ends_with("follows")
        || lower
            .trim_end_matches(['-', '.', ' '])
            .ends_with("following");
    (ruled || follows)
        && (WHAT.iter().any(|what| lower.contains(what)) || lower.contains("below this line"))
        // "The original message was received at …" is a sentence about it.
        && !lower.contains(" was received")
        && !lower.contains("could not")
}

/// One line in lower case, white space folded: what phrases are looked for in.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars() {
            match c {
                '\u{2018}' | '\u{2019}' | '\u{b4}' => out.push('\''),
                _ => out.extend(c.to_lowercase()),
            }
        }
    }
    out
}
