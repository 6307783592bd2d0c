//! A reply (RFC 5321, section 4.2), or why there is none.

use std::io;
use std::time::Duration;

/// Why there is no reply. The line is of no more use.
#[derive(Debug)]
pub(in crate::dispatch) enum Silence {
    /// None came in this time.
    Late(Duration),
    /// The connection broke.
    Gone(io::Error),
    /// What came is no SMTP, or does not end.
    Babble,
}

/// A reply of the relay, with every address in it struck out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: i16,
    /// The texts after them, line by line, without control characters.
    pub lines: Vec<String>,
}

impl Reply {
    /// All of its text in one line of at most 400 characters.
    pub fn text(&self) -> String {
        let text: String = self.lines.join(" ").chars().take(400).collect();
        text.trim().to_owned()
    }

    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Adds one line (RFC 5321, section 4.2); whether it is the last, or `None` if it is none.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<bool> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (code, rest) = line.split_at_checked(3)?;
        if !code.iter().all(u8::is_ascii_digit) || !(b'2'..=b'5').contains(&code[0]) {
            return None;
        }
        let last = match rest.first() {
            None | Some(b' ') => true,
            Some(b'-') => false,
            Some(_) => return None,
        };
        self.code = code
            .iter()
            .fold(0, |n, digit| n * 10 + i16::from(digit - b'0'));
        let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default());
        self.lines.push(tidy(&text));
        Some(last)
    }
}

fn tidy(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    strike_addresses(text.trim())
}

/// A relay's words with every address in them struck out, so that the log holds none.
pub(crate) fn strike_addresses(text: &str) -> String {
    let edge = |c: char| c.is_whitespace() || "<>()[]{},;:\"'".contains(c);
    text.split_inclusive(edge)
        .map(|piece| {
            let word = piece.trim_end_matches(edge);
            if word.contains('@') {
                format!("…{}", &piece[word.len()..])
            } else {
                piece.to_owned()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_replies_are_struck_out() {
        for (said, kept) in [
            (
                "5.1.1 <asha@example.org>: no such user",
                "5.1.1 <…>: no such user",
            ),
            (
                "queued as 4F1B2 for asha@example.org, thanks",
                "queued as 4F1B2 for …, thanks",
            ),
            ("2.0.0 Ok: queued", "2.0.0 Ok: queued"),
            ("to=(a@b.example)", "to=(…)"),
        ] {
            assert_eq!(strike_addresses(said), kept);
        }
    }
}
