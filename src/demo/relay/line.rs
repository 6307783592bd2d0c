//! Bytes into commands and bodies, and replies back into bytes.
//!
//! Replies pile up and are flushed only when there is nothing left to read, so a batch of pipelined commands gets one
//! packet of answers (RFC 2920, section 3.2).

use std::io::{self, BufRead};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::MAX_MAIL_BYTES;

/// Longest command line, its end included. RFC 5321, section 4.5.3.1.4, asks for 512; AUTH and long addresses need more.
const MAX_COMMAND_BYTES: usize = 2048;

/// Longest line of a mail, its end not included (RFC 5322, section 2.1.1).
const MAX_LINE_BYTES: usize = 998;

/// Faults told in words for one mail; the others are only counted.
const MAX_TOLD: usize = 20;

const READ_BYTES: usize = 32 * 1024;

/// What is set aside on the word of a client alone.
const MAX_RESERVED_BYTES: usize = 256 * 1024;

/// One command line.
pub(super) enum Command {
    /// What came before CR LF.
    Text(String),
    /// Over 2048 octets, not UTF-8, with a bare CR, or ended by a bare LF.
    Unreadable,
    /// The client closed the connection.
    End,
}

/// A mail's text, or why there is none.
pub(super) enum Body {
    Whole(Text),
    /// Over the size that EHLO announced. It was read to its end, so the dialogue can go on.
    TooBig,
    /// The client closed the connection before the final dot.
    End,
}

/// A mail's text with its doubled dots undone, and what was wrong with its lines.
#[derive(Default)]
pub(super) struct Text {
    pub bytes: Vec<u8>,
    pub line_errors: Vec<String>,
    pub line_error_count: usize,
}

/// One connection, encrypted or not.
pub(super) struct Line<S> {
    stream: S,
    input: Vec<u8>,
    taken: usize,
    output: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    pub(super) fn new(stream: S) -> Line<S> {
        Line {
            stream,
            input: Vec::new(),
            taken: 0,
            output: Vec::new(),
        }
    }

    /// The stream, to be encrypted from here on. None if the client already sent what it thought would be encrypted:
    /// whoever stands between could have put that there (RFC 3207, section 6).
    pub(super) fn into_stream(self) -> Option<S> {
        (self.taken == self.input.len()).then_some(self.stream)
    }

    /// Adds a reply to the batch; each line of `text` becomes one of it.
    pub(super) fn reply(&mut self, code: u16, text: &str) {
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let mark = if lines.peek().is_some() { '-' } else { ' ' };
            self.output
                .extend_from_slice(format!("{code}{mark}{line}\r\n").as_bytes());
        }
    }

    /// Sends what has piled up.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        if !self.output.is_empty() {
            self.stream.write_all(&self.output).await?;
            self.output.clear();
        }
        self.stream.flush().await
    }

    /// Says goodbye properly, which TLS needs.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.flush().await?;
        self.stream.shutdown().await
    }

    /// The next command.
    pub(super) async fn command(&mut self) -> io::Result<Command> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            self.take_line(&mut line);
            let ended = line.last() == Some(&b'\n');
            if line.len() > MAX_COMMAND_BYTES {
                too_long = true;
                line.clear();
            }
            if ended {
                return Ok(if too_long {
                    Command::Unreadable
                } else {
                    as_command(line)
                });
            }
            if self.fill().await? == 0 {
                return Ok(Command::End);
            }
        }
    }

    /// A mail up to its final dot. `eight_bit_header` is what SMTPUTF8 allows (RFC 6532).
    pub(super) async fn body(
        &mut self,
        size_hint: usize,
        eight_bit_header: bool,
    ) -> io::Result<Body> {
        let mut reader = BodyReader::new(size_hint, eight_bit_header);
        loop {
            while self.take_line(&mut reader.text.bytes) {
                if reader.line_came() {
                    return Ok(reader.finish());
                }
            }
            if self.fill().await? == 0 {
                return Ok(Body::End);
            }
        }
    }

    /// Moves the bytes up to and with the next LF into `into`, or all there are; says whether there were any.
    fn take_line(&mut self, into: &mut Vec<u8>) -> bool {
        let mut rest = &self.input[self.taken..];
        // Reading from a slice cannot fail. It looks for the LF with memchr, many bytes at a time.
        let count = rest.read_until(b'\n', into).unwrap_or(0);
        self.taken += count;
        count > 0
    }

    /// Waits for more bytes, after everything we have to say is said. 0 means that none will come.
    async fn fill(&mut self) -> io::Result<usize> {
        self.flush().await?;
        self.input.clear();
        self.taken = 0;
        self.input.reserve(READ_BYTES);
        self.stream.read_buf(&mut self.input).await
    }
}

fn as_command(mut line: Vec<u8>) -> Command {
    if !line.ends_with(b"\r\n") {
        return Command::Unreadable;
    }
    line.truncate(line.len() - 2);
    match String::from_utf8(line) {
        Ok(text) if !text.contains(['\r', '\0']) => Command::Text(text),
        _ => Command::Unreadable,
    }
}

/// Takes a mail line by line as it comes off the wire. The line at hand is the end of `text.bytes`.
struct BodyReader {
    text: Text,
    line_start: usize,
    line_number: usize,
    ascii_wanted: bool,
    after_crlf: bool,
    too_big: bool,
}

impl BodyReader {
    fn new(size_hint: usize, eight_bit_header: bool) -> BodyReader {
        BodyReader {
            text: Text {
                bytes: Vec::with_capacity(size_hint.min(MAX_RESERVED_BYTES) + 256),
                ..Text::default()
            },
            line_start: 0,
            line_number: 1,
            ascii_wanted: !eight_bit_header,
            after_crlf: true,
            too_big: false,
        }
    }

    /// Looks at the line at hand, which may not be whole yet; says whether it was the final dot.
    fn line_came(&mut self) -> bool {
        let bytes = &mut self.text.bytes;
        let whole = bytes.last() == Some(&b'\n');
        if !whole {
            self.too_big |= bytes.len() > MAX_MAIL_BYTES;
            if self.too_big {
                // Enough to see later that this is not the final dot.
                bytes.truncate(self.line_start + 8);
            }
            return false;
        }
        // Only CR LF ends a line. A dot after a bare LF ends no mail, or one mail could be made to smuggle in another.
        if self.after_crlf && &bytes[self.line_start..] == b".\r\n" {
            bytes.truncate(self.line_start);
            return true;
        }
        if self.after_crlf && bytes[self.line_start] == b'.' {
            bytes.copy_within(self.line_start + 1.., self.line_start);
            bytes.truncate(bytes.len() - 1);
        }
        self.after_crlf = bytes.ends_with(b"\r\n");
        self.check_line();
        self.line_number += 1;
        self.too_big |= self.text.bytes.len() > MAX_MAIL_BYTES;
        if self.too_big {
            self.text.bytes.clear();
        }
        self.line_start = self.text.bytes.len();
        false
    }

    fn check_line(&mut self) {
        let line = &self.text.bytes[self.line_start..];
        let content = line
            .strip_suffix(b"\r\n")
            .or(line.strip_suffix(b"\n"))
            .unwrap_or(line);
        let faults = [
            (!line.ends_with(b"\r\n"), "bare LF"),
            (content.contains(&b'\r'), "bare CR"),
            (content.len() > MAX_LINE_BYTES, "over 998 octets"),
            (
                self.ascii_wanted && !content.is_ascii(),
                "8-bit in the header",
            ),
        ];
        // The header ends at the first empty line; the body may be 8-bit.
        self.ascii_wanted &= !content.is_empty();
        for (_, fault) in faults.iter().filter(|(found, _)| *found) {
            self.text.line_error_count += 1;
            if self.text.line_errors.len() < MAX_TOLD {
                self.text
                    .line_errors
                    .push(format!("line {}: {fault}", self.line_number));
            }
        }
    }

    fn finish(self) -> Body {
        if self.too_big {
            Body::TooBig
        } else {
            Body::Whole(self.text)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a client puts on the wire for lines without CR or LF in them (RFC 5321, section 4.5.2).
    fn stuffed(lines: &[Vec<u8>]) -> Vec<u8> {
        let mut wire = Vec::new();
        for line in lines {
            wire.extend_from_slice(if line.starts_with(b".") { b"." } else { b"" });
            wire.extend_from_slice(line);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b".\r\nNOOP\r\n");
        wire
    }

    proptest! {
        #[test]
        fn however_a_mail_is_cut_up_it_comes_out_whole(
            lines in prop::collection::vec(prop::collection::vec(prop_oneof![Just(b'.'), 14_u8..], 0..9), 0..9),
            cuts in prop::collection::vec(1_usize..9, 1..9),
        ) {
            let mail: Vec<u8> = lines.iter().flat_map(|line| [line, &b"\r\n"[..]].concat()).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (caught, next) = runtime.block_on(async {
                let (mut client, server) = tokio::io::duplex(64);
                let mut line = Line::new(server);
                let send = async {
                    let wire = stuffed(&lines);
                    let (mut rest, mut cuts) = (&wire[..], cuts.iter().cycle());
                    while !rest.is_empty() {
                        let (piece, after) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
                        client.write_all(piece).await.unwrap();
                        tokio::task::yield_now().await;
                        rest = after;
                    }
                };
                let read = async { (line.body(0, true).await.unwrap(), line.command().await.unwrap()) };
                tokio::join!(read, send).0
            });
            let Body::Whole(text) = caught else { panic!("the mail came to its dot") };
            prop_assert_eq!(text.bytes, mail);
            prop_assert_eq!(text.line_errors, Vec::<String>::new());
            prop_assert!(matches!(next, Command::Text(text) if text == "NOOP"));
        }
    }
}
