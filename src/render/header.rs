//! Headers: folded at 76 columns, encoded words (RFC 2047) where they are not ASCII, and nothing that could end a line.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Where lines are folded.
const LINE: usize = 76;
/// The longest word we leave as it is, or encode into one: it fits beside every header's name.
const WORD: usize = 60;
/// `=?utf-8?q?` and `?=`.
const AROUND: usize = 12;

/// One header being written. Every method folds; [`Header::end`] ends the line.
pub(super) struct Header<'a> {
    out: &'a mut Vec<u8>,
    column: usize,
    /// Whether nothing stands behind the name yet.
    bare: bool,
}

impl<'a> Header<'a> {
    /// Begins the header `name`.
    pub(super) fn begin(out: &'a mut Vec<u8>, name: &str) -> Header<'a> {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        Header {
            column: name.len() + 1,
            bare: true,
            out,
        }
    }

    /// One word, behind a space or on a new line. The first one stays beside the name however long it is: a mailbox that
    /// reads only the first line would see an empty List-Unsubscribe.
    pub(super) fn word(mut self, word: &str) -> Self {
        if word.is_empty() {
            return self;
        }
        if self.column + 1 + word.len() > LINE && !self.bare {
            self.out.extend_from_slice(b"\r\n");
            self.column = 0;
        }
        self.out.push(b' ');
        self.out.extend_from_slice(word.as_bytes());
        self.column += 1 + word.len();
        self.bare = false;
        self
    }

    /// Free text, such as a subject.
    pub(super) fn text(self, value: &str) -> Self {
        let value = clean(value);
        if is_plain(&value) && fits(&value) {
            value.split(' ').fold(self, Header::word)
        } else {
            self.encoded(&value)
        }
    }

    /// A display name (RFC 5322, `phrase`): as it is, quoted, or encoded.
    pub(super) fn phrase(self, name: &str) -> Self {
        let name = clean(name);
        if name.is_empty() {
            return self;
        }
        if name.bytes().all(|b| is_atom(b) || b == b' ') && fits(&name) {
            return name.split(' ').fold(self, Header::word);
        }
        let quoted = format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        if is_plain(&name) && quoted.len() <= WORD && fits(&name) {
            self.word(&quoted)
        } else {
            self.encoded(&name)
        }
    }

    /// A display name and an address.
    pub(super) fn mailbox(self, name: Option<&str>, address: &str) -> Self {
        let address = address_only(address);
        match name.map(clean).filter(|name| !name.is_empty()) {
            Some(name) => self.phrase(&name).word(&format!("<{address}>")),
            None => self.word(&address),
        }
    }

    fn encoded(self, value: &str) -> Self {
        encoded_words(value)
            .iter()
            .fold(self, |header, word| header.word(word))
    }

    /// Ends the header.
    pub(super) fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

/// `value` on one line: controls and runs of white space become one space.
pub(super) fn clean(value: &str) -> String {
    let is_clean = is_plain(value) && !value.contains("  ");
    if is_clean && !value.starts_with(' ') && !value.ends_with(' ') {
        return value.to_owned();
    }
    let words =
        value.split(|c: char| c.is_control() || c == ' ' || c == '\u{2028}' || c == '\u{2029}');
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What an address or a URL in angle brackets may hold, and nothing else.
pub(super) fn address_only(value: &str) -> Cow<'_, str> {
    let may_stand = |c: char| c.is_ascii_graphic() && c != '<' && c != '>';
    if value.chars().all(may_stand) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(value.chars().filter(|c| may_stand(*c)).collect())
    }
}

/// Whether `value` can be folded as it is, and nobody takes it for an encoded word.
fn fits(value: &str) -> bool {
    !value.contains("=?") && value.split(' ').all(|word| word.len() <= WORD)
}

fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| (b' '..=b'~').contains(&b))
}

fn is_atom(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet)
}

/// `value` as encoded words (RFC 2047, section 2), cut between characters: Q where most of
/// it can still be read, else B.
fn encoded_words(value: &str) -> Vec<String> {
    let by_q = value.chars().map(|c| q_char(c).len()).sum::<usize>() <= value.len() * 2;
    let mut words = Vec::new();
    let mut word = String::new();
    let mut size = 0;
    for c in value.chars() {
        let (limit, cost) = if by_q {
            (WORD - AROUND, q_char(c).len())
        } else {
            ((WORD - AROUND) / 4 * 3, c.len_utf8())
        };
        if size + cost > limit {
            words.push(encoded_word(&word, by_q));
            word.clear();
            size = 0;
        }
        word.push(c);
        size += cost;
    }
    words.push(encoded_word(&word, by_q));
    words
}

fn encoded_word(word: &str, by_q: bool) -> String {
    if by_q {
        format!(
            "=?utf-8?q?{}?=",
            word.chars().map(q_char).collect::<String>()
        )
    } else {
        format!("=?utf-8?b?{}?=", STANDARD.encode(word))
    }
}

/// One character as the strictest place, a phrase, allows it (RFC 2047, section 5).
fn q_char(c: char) -> String {
    match c {
        ' ' => "_".to_owned(),
        c if c.is_ascii_alphanumeric() || "!*+-/".contains(c) => c.to_string(),
        c => c
            .encode_utf8(&mut [0; 4])
            .bytes()
            .fold(String::new(), |mut out, b| {
                let _ = write!(out, "={b:02X}");
                out
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::Header;

    fn text(value: &str) -> String {
        let mut out = Vec::new();
        Header::begin(&mut out, "Subject").text(value).end();
        String::from_utf8(out).unwrap()
    }

    fn mailbox(name: &str) -> String {
        let mut out = Vec::new();
        Header::begin(&mut out, "To")
            .mailbox(Some(name), "a@example.org")
            .end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_subject_is_folded_or_encoded() {
        let long = "Night crews clear the east channel, and the port reopens two days early, says the harbour master";
        for (value, header) in [
            ("Gale", "Subject: Gale\r\n"),
            (
                " a\r\nBcc: b@example.org\0 ",
                "Subject: a Bcc: b@example.org\r\n",
            ),
            ("", "Subject:\r\n"),
            ("Fähre", "Subject: =?utf-8?q?F=C3=A4hre?=\r\n"),
            (
                "=?utf-8?q?x?=",
                "Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n",
            ),
            (
                "潮の満ち引き",
                "Subject: =?utf-8?b?5r2u44Gu5rqA44Gh5byV44GN?=\r\n",
            ),
            (
                long,
                "Subject: Night crews clear the east channel, and the port reopens two days\r\n \
                 early, says the harbour master\r\n",
            ),
        ] {
            assert_eq!(text(value), header);
        }
    }

    #[test]
    fn the_first_word_stands_beside_the_name() {
        let link = format!("<https://mail.courier.example/leave/{}>", "x".repeat(60));
        let mut out = Vec::new();
        Header::begin(&mut out, "List-Unsubscribe")
            .word(&link)
            .end();
        let header = String::from_utf8(out).unwrap();
        assert_eq!(header, format!("List-Unsubscribe: {link}\r\n"));
    }

    #[test]
    fn encoded_words_are_short_and_whole() {
        let header = text(&"Ebbe und Flut, über Nacht 🌊🌊🌊🌊🌊🌊🌊🌊🌊🌊🌊🌊 ".repeat(9));
        for line in header.trim_end().split("\r\n") {
            assert!(line.len() <= 76);
            for word in line.trim_start_matches("Subject:").split_whitespace() {
                let alone = format!("Subject: {word}\r\n\r\n");
                let read = mail_parser::MessageParser::default()
                    .parse(alone.as_bytes())
                    .unwrap();
                assert!(
                    !read.subject().unwrap().contains('\u{fffd}'),
                    "{word} cuts a character"
                );
            }
        }
    }

    #[test]
    fn a_name_is_quoted_or_encoded() {
        assert_eq!(mailbox("Asha Rao"), "To: Asha Rao <a@example.org>\r\n");
        assert_eq!(
            mailbox("Rao, Asha \"A.\" \\"),
            "To: \"Rao, Asha \\\"A.\\\" \\\\\" <a@example.org>\r\n"
        );
        assert_eq!(
            mailbox("Äsha Rao, Harbour"),
            "To: =?utf-8?q?=C3=84sha_Rao=2C_Harbour?= <a@example.org>\r\n"
        );
        assert_eq!(mailbox(" \r\n "), "To: a@example.org\r\n");
    }
}
