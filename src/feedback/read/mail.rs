//! A mail taken apart, as far as a report needs it, and bounded: whoever wrote it may mean us harm.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::address;
use super::text;

/// Of a mail, how much is read. What a report says stands at its beginning; the rest is the mail that came back.
const MAX_MAIL_BYTES: usize = 1024 * 1024;

/// Of the mail that came back, how much is kept.
const MAX_RETURNED_BYTES: usize = 64 * 1024;

/// How deep mails may be inside one another, and multiparts. A report needs three.
const MAX_CONTAINERS: usize = 40;

/// How many parts are looked at.
const MAX_PARTS: usize = 60;

/// How many fields of one header, or of one block of a report.
const MAX_FIELDS: usize = 400;

/// How many blocks of a delivery status are read: one for the mail, and one for each recipient.
pub(super) const MAX_BLOCKS: usize = 101;

/// How many candidates of one kind are handed on.
const MAX_CANDIDATES: usize = 20;

/// Fields of a header, or of a block of a report: names in lower case, values unfolded.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads fields until an empty line. A blank before the colon is let pass.
    pub(super) fn read(text: &str) -> Fields {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            if line.trim().is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut()
                    && value.len() < 4096
                {
                    value.push(' ');
                    value.push_str(text::head(line.trim(), 4096));
                }
                continue;
            }
            if fields.len() == MAX_FIELDS {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.len() < 100
                && !name.trim_end().contains(char::is_whitespace)
            {
                let name = name.trim_end().to_ascii_lowercase();
                fields.push((name, text::head(value.trim(), 4096).to_owned()));
            }
        }
        Fields(fields)
    }

    /// The first field of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|field| field.0 == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = move |field: &&(String, String)| field.0 == name;
        self.0
            .iter()
            .filter(of_name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a report can be read from.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// The header of the mail itself.
    pub(super) header: Fields,
    /// Decoded.
    pub(super) subject: String,
    /// The report's own words, decoded, in lines; nothing of the mail that came back.
    pub(super) own: String,
    /// The blocks of all delivery-status parts.
    pub(super) status: Vec<Fields>,
    /// The blocks of a feedback report (RFC 5965).
    pub(super) feedback: Option<Fields>,
    /// The type is `multipart/report`, and of what.
    pub(super) report_type: Option<String>,
    /// It tells that a mail was shown or deleted (RFC 8098).
    pub(super) is_read_receipt: bool,
    /// The header of the mail that came back.
    pub(super) returned: Fields,
    /// The mail that came back, as far as it is here.
    pub(super) returned_raw: Vec<u8>,
    /// The body, in one way of writing lines: the mail is known again by it.
    pub(super) body_at: usize,
    /// All that was read, lines ended by LF.
    pub(super) raw: Vec<u8>,
}

impl Mail {
    pub(super) fn read(bytes: &[u8]) -> Mail {
        let raw = lines(&bytes[..bytes.len().min(MAX_MAIL_BYTES)]);
        let raw = shallow(raw);
        let mut mail = Mail::default();
        let body_at = find(&raw, b"\n\n").map_or(raw.len(), |at| at + 2);
        mail.body_at = body_at;
        mail.header = Fields::read(&String::from_utf8_lossy(&raw[..body_at]));
        if let Some(message) = MessageParser::default().parse(&raw) {
            mail.subject = text::head(message.subject().unwrap_or_default(), 1000).to_owned();
            mail.take_parts(&message);
        }
        // Broken markup of parts: what a person would see of it.
        if mail.own.trim().is_empty()
            && mail.status.is_empty()
            && mail.feedback.is_none()
            && mail.returned.is_empty()
        {
            let body =
                String::from_utf8_lossy(&raw[body_at..raw.len().min(body_at + MAX_RETURNED_BYTES)]);
            let is_text = |line: &&str| {
                !line.starts_with("--") && !line.to_ascii_lowercase().starts_with("content-")
            };
            let lines: Vec<&str> = body.lines().filter(is_text).collect();
            mail.take_text(&lines.join("\n"));
        }
        mail.forget_title();
        if mail.own.len() > text::MAX_OWN_BYTES {
            mail.own
                .truncate(mail.own.floor_char_boundary(text::MAX_OWN_BYTES));
        }
        mail.raw = raw;
        mail
    }

    /// Strikes out what the mail that came back was called: a headline is no reason.
    fn forget_title(&mut self) {
        let header = MessageParser::default().parse_headers(&self.returned_raw);
        let title = header
            .as_ref()
            .and_then(Message::subject)
            .unwrap_or_default();
        let title = text::head(title.trim(), 300);
        if title.len() > 7 {
            self.subject = self.subject.replace(title, "…");
            self.own = self.own.replace(title, "…");
        }
    }

    fn take_parts(&mut self, message: &Message<'_>) {
        let has_text = |part: &mail_parser::MessagePart<'_>| {
            matches!(&part.body, PartType::Text(text) if !text.trim().is_empty())
                && !is_type(part, "text", &["rfc822-headers", "rfc822-header"])
                && !is_type(part, "message", &[])
        };
        let any_text = message.parts.iter().any(has_text);
        let mut own_ended = false;
        for part in message.parts.iter().take(MAX_PARTS) {
            let kind = content_type(part);
            let (main, sub) = kind.split_once('/').unwrap_or((kind.as_str(), ""));
            match (&part.body, main, sub) {
                (PartType::Multipart(_), _, "report") if self.report_type.is_none() => {
                    let report = part
                        .content_type()
                        .and_then(|kind| kind.attribute("report-type"));
                    self.report_type = Some(report.unwrap_or_default().to_ascii_lowercase());
                }
                (PartType::Multipart(_), ..) => {}
                (_, "message", "delivery-status" | "global-delivery-status") => {
                    self.take_status(&String::from_utf8_lossy(part.contents()));
                }
                (_, "message", "feedback-report") => {
                    let fields =
                        Fields::read(String::from_utf8_lossy(part.contents()).trim_start());
                    self.feedback.get_or_insert(fields);
                }
                (_, "message", "disposition-notification" | "global-disposition-notification") => {
                    self.is_read_receipt = true;
                }
                (PartType::Message(inner), ..) => {
                    self.take_returned_mail(raw_of(inner.raw_message(), message, part));
                    own_ended = true;
                }
                (_, "message", _) | (_, "text", "rfc822-headers" | "rfc822-header") => {
                    self.take_returned_mail(part.contents().trim_ascii_start());
                    own_ended = true;
                }
                // What stands behind the mail that came back is its own, or a footer of somebody between.
                _ if own_ended => {}
                (PartType::Text(text), ..) => self.take_text(text),
                (PartType::Html(html), ..) if !any_text => {
                    let html = text::head(html, 8 * text::MAX_OWN_BYTES);
                    self.take_text(&text::of_html(html));
                }
                _ => {}
            }
        }
    }

    fn take_text(&mut self, text: &str) {
        let (own, returned) = text::split(text);
        if self.own.len() < text::MAX_OWN_BYTES {
            self.own.push_str(own);
            self.own.push('\n');
        }
        if !returned.is_empty() && self.returned.is_empty() {
            let header = quoted(returned);
            self.returned = header.0;
            self.returned_raw = header.1.as_bytes().to_vec();
        }
    }

    fn take_status(&mut self, text: &str) {
        for block in blocks(text) {
            if self.status.len() == MAX_BLOCKS {
                return;
            }
            let fields = Fields::read(block);
            // Some write sentences in there.
            if fields.is_empty() || !fields.names().any(is_of_status) {
                self.own.push_str(text::head(block, 2048));
                self.own.push('\n');
            } else {
                self.status.push(fields);
            }
        }
    }

    fn take_returned_mail(&mut self, raw: &[u8]) {
        if self.returned.is_empty() {
            let raw = &raw[..raw.len().min(MAX_RETURNED_BYTES)];
            let end = find(raw, b"\n\n").unwrap_or(raw.len());
            self.returned = Fields::read(&String::from_utf8_lossy(&raw[..end]));
            self.returned_raw = raw.to_vec();
        }
    }

    /// The values of these fields of the header, each an address or many.
    pub(super) fn addresses(&self, names: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for name in names {
            for value in self.header.all(name).take(MAX_CANDIDATES) {
                for address in address::all(value).take(MAX_CANDIDATES) {
                    if found.len() < MAX_CANDIDATES {
                        push_new(&mut found, address);
                    }
                }
            }
        }
        found
    }

    /// Where the mail went, as far as its header tells, and then from where the mail that came back had been sent.
    pub(super) fn sent_to(&self) -> Vec<String> {
        let mut found = self.addresses(&[
            "x-original-to",
            "delivered-to",
            "x-delivered-to",
            "envelope-to",
            "x-envelope-to",
            "x-rcpt-to",
            "apparently-to",
            "to",
            "cc",
        ]);
        let senders = ["return-path", "x-envelope-from", "errors-to"];
        let returned = senders.iter().flat_map(|name| self.returned.all(name));
        let reported = self
            .status
            .iter()
            .flat_map(|block| block.all("x-postfix-sender"));
        let complained = self
            .feedback
            .iter()
            .flat_map(|block| block.all("original-mail-from"));
        for value in returned.chain(reported).chain(complained) {
            for address in address::all(value) {
                if found.len() < MAX_CANDIDATES {
                    push_new(&mut found, address);
                }
            }
        }
        found
    }

    /// The Message-IDs of the mail that this one is about.
    pub(super) fn message_ids(&self) -> Vec<String> {
        let mut found = Vec::new();
        let returned = self.returned.all("message-id");
        let blocks = self.status.iter().chain(&self.feedback);
        let reported = blocks.flat_map(|block| {
            ["x-original-message-id", "original-message-id", "message-id"]
                .into_iter()
                .flat_map(|name| block.all(name))
        });
        let answered = self
            .header
            .all("in-reply-to")
            .chain(self.header.all("references"));
        for value in returned.chain(reported).chain(answered) {
            for id in message_ids(value) {
                if found.len() < MAX_CANDIDATES {
                    push_new(&mut found, id);
                }
            }
        }
        found
    }
}

/// One more, if it is none of those already there.
pub(super) fn push_new(found: &mut Vec<String>, one: String) {
    if !found.iter().any(|other| other.eq_ignore_ascii_case(&one)) {
        found.push(one);
    }
}

fn message_ids(value: &str) -> impl Iterator<Item = String> {
    let fits = |id: &&str| id.contains('@') && id.len() < 1000;
    value
        .split([' ', '\t', '<', '>', ','])
        .filter(fits)
        .map(str::to_owned)
}

fn is_of_status(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "reporting-mta",
        "final-recipient",
        "original-recipient",
        "action",
        "status",
        "diagnostic-code",
        "remote-mta",
        "arrival-date",
        "original-envelope-id",
    ];
    NAMES.contains(&name)
}

/// The blocks between empty lines.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(['\n', '\r', ' ', '\t']);
        if rest.is_empty() {
            return None;
        }
        let end = rest.find("\n\n").unwrap_or(rest.len());
        let (block, after) = rest.split_at(end);
        rest = after;
        Some(block)
    })
}

/// The header of a mail that was pasted into a text: after a heading, maybe indented, maybe behind `>`.
fn quoted(text: &str) -> (Fields, String) {
    let is_field = |line: &&str| {
        line.split_once(':').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    let strip =
        |line: &str| -> usize { line.len() - line.trim_start_matches(['>', ' ', '\t']).len() };
    let Some(first) = text
        .lines()
        .take(30)
        .find(|line| is_field(&&line[strip(line)..]))
    else {
        return Default::default();
    };
    let indent = strip(first);
    let begin = first.as_ptr() as usize - text.as_ptr() as usize;
    let mut mail = String::new();
    for line in text[begin..].lines() {
        mail.push_str(line.get(indent..).unwrap_or_default());
        mail.push('\n');
    }
    (Fields::read(&mail), mail)
}

/// A mail inside one that was not encoded has no text of its own with the parser, only places in the outer one.
fn raw_of<'a>(
    raw: &'a [u8],
    outer: &'a Message<'_>,
    part: &mail_parser::MessagePart<'_>,
) -> &'a [u8] {
    if raw.is_empty() {
        let (from, to) = (part.offset_body as usize, part.offset_end as usize);
        outer
            .raw_message
            .get(from..to.max(from))
            .unwrap_or_default()
    } else {
        raw
    }
}

fn content_type(part: &mail_parser::MessagePart<'_>) -> String {
    let kind = part.content_type();
    kind.map_or_else(String::new, |kind| {
        let sub = kind.subtype().unwrap_or_default();
        format!("{}/{sub}", kind.ctype()).to_ascii_lowercase()
    })
}

fn is_type(part: &mail_parser::MessagePart<'_>, main: &str, subs: &[&str]) -> bool {
    let kind = content_type(part);
    kind.split_once('/')
        .is_some_and(|(is, sub)| is == main && (subs.is_empty() || subs.contains(&sub)))
}

pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The same with LF at the end of each line, whether it had CR LF, CR or LF.
fn lines(bytes: &[u8]) -> Vec<u8> {
    if !bytes.contains(&b'\r') {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut after_cr = false;
    for &byte in bytes {
        match byte {
            b'\r' => out.push(b'\n'),
            b'\n' if after_cr => {}
            _ => out.push(byte),
        }
        after_cr = byte == b'\r';
    }
    out
}

/// Cut off where containers come too often: what the parser makes of a mail in a mail in a mail… is as deep, and is
/// taken down by recursion.
fn shallow(mut raw: Vec<u8>) -> Vec<u8> {
    let mut containers = 0;
    let mut at = 0;
    while let Some(next) = raw[at..]
        .iter()
        .position(|byte| matches!(byte, b'm' | b'M' | b'd' | b'D'))
    {
        at += next;
        let starts = |word: &[u8]| {
            raw.get(at..at + word.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        };
        if starts(b"message/") || starts(b"multipart/") || starts(b"message (") || starts(b"digest")
        {
            containers += 1;
            if containers > MAX_CONTAINERS {
                raw.truncate(at);
                break;
            }
        }
        at += 1;
    }
    raw
}
