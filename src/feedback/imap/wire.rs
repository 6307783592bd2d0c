//! The wire of IMAP (RFC 9051, section 4): commands out, responses in, literals within them.
//!
//! Everything that a server says is bounded: the length of a line, of a literal, of all that it says to one command, and
//! the time it takes.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use super::Trouble;

/// The longest line, in bytes. The answer to a search of a large mailbox is one line.
const MAX_LINE_BYTES: u64 = 8 << 20;

/// How many responses may come to one command; a flood of them is no answer.
const MAX_RESPONSES: usize = 100_000;

/// What a connection reads and writes.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One response: its text without literals, and these, in order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) text: String,
    pub(super) literals: Vec<Vec<u8>>,
}

/// A connection on which commands are sent one after the other.
pub(super) struct Wire<S> {
    stream: BufReader<S>,
    timeout: Duration,
    max_literal_bytes: u64,
    /// How many bytes more may come to this command.
    left: u64,
    tag: u32,
}

impl<S: Stream> Wire<S> {
    pub(super) fn new(stream: S, timeout: Duration, max_literal_bytes: u64) -> Wire<S> {
        Wire {
            stream: BufReader::new(stream),
            timeout,
            max_literal_bytes,
            left: MAX_LINE_BYTES + max_literal_bytes,
            tag: 0,
        }
    }

    /// The stream, if nothing that was said is unread.
    pub(super) fn into_plain(self) -> Option<S> {
        self.stream
            .buffer()
            .is_empty()
            .then(|| self.stream.into_inner())
    }

    /// Sends a command and waits for its end; the responses that came before that. `shown` is what the command is called
    /// where it is refused.
    pub(super) async fn ask(
        &mut self,
        shown: &str,
        command: &str,
    ) -> Result<Vec<Response>, Trouble> {
        let tag = self.send(command).await?;
        self.until_done(shown, &tag).await
    }

    /// Sends a command that the server answers by asking for more, and then that; `None` where it asks for nothing.
    pub(super) async fn ask_twice(
        &mut self,
        shown: &str,
        command: &str,
        more: &str,
    ) -> Result<Vec<Response>, Trouble> {
        let tag = self.send(command).await?;
        self.until_continued(shown, &tag).await?;
        self.write(format!("{more}\r\n").as_bytes()).await?;
        self.until_done(shown, &tag).await
    }

    /// Sends a command; its tag.
    pub(super) async fn send(&mut self, command: &str) -> Result<String, Trouble> {
        self.tag += 1;
        // Enough for the longest search, or for a mail and whatever else the server has to say meanwhile.
        self.left = MAX_LINE_BYTES + self.max_literal_bytes;
        let tag = format!("p{}", self.tag);
        self.write(format!("{tag} {command}\r\n").as_bytes())
            .await?;
        Ok(tag)
    }

    /// Sends these bytes as they are.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let timeout = self.timeout;
        let written = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match tokio::time::timeout(timeout, written).await {
            Ok(written) => written.map_err(Trouble::Gone),
            Err(_) => Err(Trouble::Silent(timeout.as_secs())),
        }
    }

    /// Waits until the server asks for more.
    pub(super) async fn until_continued(&mut self, shown: &str, tag: &str) -> Result<(), Trouble> {
        for _ in 0..MAX_RESPONSES {
            let response = self.response().await?;
            if response.text.starts_with('+') {
                return Ok(());
            }
            if let Some(end) = ended(&response.text, tag) {
                let said = end.strip_prefix("OK").unwrap_or(end);
                return Err(Trouble::refused(shown, said));
            }
        }
        Err(Trouble::Garbled)
    }

    /// Waits for the end of the command that has this tag.
    pub(super) async fn until_done(
        &mut self,
        shown: &str,
        tag: &str,
    ) -> Result<Vec<Response>, Trouble> {
        let mut responses = Vec::new();
        for _ in 0..MAX_RESPONSES {
            let response = self.response().await?;
            match ended(&response.text, tag) {
                Some(end) if is_word(end, "OK") => return Ok(responses),
                Some(end) => return Err(Trouble::refused(shown, end)),
                None if is_word(response.text.strip_prefix("* ").unwrap_or_default(), "BYE") => {
                    // To LOGOUT it is the right answer, and an OK follows.
                    if shown != "LOGOUT" {
                        return Err(Trouble::refused(shown, &response.text[2..]));
                    }
                }
                None => responses.push(response),
            }
        }
        Err(Trouble::Garbled)
    }

    /// The next response, within the usual time.
    pub(super) async fn response(&mut self) -> Result<Response, Trouble> {
        let timeout = self.timeout;
        match tokio::time::timeout(timeout, self.read()).await {
            Ok(read) => read,
            Err(_) => Err(Trouble::Silent(timeout.as_secs())),
        }
    }

    /// The next response, whenever it comes. To be dropped only between responses, or for good.
    pub(super) async fn read(&mut self) -> Result<Response, Trouble> {
        let mut response = Response::default();
        loop {
            let line = self.line().await?;
            let Some(length) = literal_after(&line) else {
                response.text.push_str(&line);
                return Ok(response);
            };
            let is_long = length > self.max_literal_bytes.min(self.left);
            if is_long || response.literals.len() > 16 {
                return Err(Trouble::Garbled);
            }
            self.left -= length;
            let begin = line.rfind('{').unwrap_or(line.len());
            response.text.push_str(&line[..begin]);
            let mut literal = vec![0; length as usize];
            self.stream
                .read_exact(&mut literal)
                .await
                .map_err(Trouble::Gone)?;
            response.literals.push(literal);
        }
    }

    async fn line(&mut self) -> Result<String, Trouble> {
        let mut line = Vec::new();
        let longest = MAX_LINE_BYTES.min(self.left);
        let mut limited = (&mut self.stream).take(longest);
        limited
            .read_until(b'\n', &mut line)
            .await
            .map_err(Trouble::Gone)?;
        self.left -= line.len() as u64;
        if line.last() != Some(&b'\n') {
            return Err(if line.len() as u64 == longest {
                Trouble::Garbled
            } else {
                Trouble::Gone(io::ErrorKind::UnexpectedEof.into())
            });
        }
        while matches!(line.last(), Some(b'\r' | b'\n')) {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

/// What follows this tag, if the response is the end of its command.
fn ended<'r>(text: &'r str, tag: &str) -> Option<&'r str> {
    text.strip_prefix(tag)?.strip_prefix(' ')
}

/// Whether a text begins with this word, whatever its case.
pub(super) fn is_word(text: &str, word: &str) -> bool {
    let first = text.split([' ', ']']).next().unwrap_or_default();
    first.eq_ignore_ascii_case(word)
}

/// The length of the literal that a line ends with: `{123}`.
fn literal_after(line: &str) -> Option<u64> {
    let (_, length) = line.strip_suffix('}')?.rsplit_once('{')?;
    let is_number = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    // One beyond all bounds is no text either.
    is_number.then(|| length.parse().unwrap_or(u64::MAX))
}

/// A text as a quoted string (RFC 9051, section 4.3); nothing where it cannot be one.
pub(super) fn quoted(text: &str) -> Option<String> {
    let is_one = !text.chars().any(|c| matches!(c, '\r' | '\n' | '\0'));
    is_one.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn said(bytes: &[u8]) -> Result<Response, Trouble> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        let mut wire = Wire::new(ours, Duration::from_secs(5), 100);
        theirs.write_all(bytes).await.unwrap();
        drop(theirs);
        wire.response().await
    }

    #[tokio::test]
    async fn literals_are_taken_out_of_the_text() {
        let response = said(b"* 1 FETCH (UID 7 BODY[] {5}\r\na\r\n)} FLAGS (\\Seen))\r\n")
            .await
            .unwrap();
        assert_eq!(response.text, "* 1 FETCH (UID 7 BODY[]  FLAGS (\\Seen))");
        assert_eq!(response.literals, [b"a\r\n)}"]);
        let plain = said(b"* OK ready {x}\r\n").await.unwrap();
        assert_eq!(plain.text, "* OK ready {x}");
    }

    #[tokio::test]
    async fn what_has_no_bounds_is_not_read() {
        let long = [b"* 1 FETCH (BODY[] {101}\r\n", &[b'x'; 101][..], b")\r\n"].concat();
        for bytes in [
            &long[..],
            b"* 1 FETCH (BODY[] {99999999999999999999}\r\n",
            b"* 1 FETCH (BODY[] {5}\r\nab",
            b"* OK",
            b"",
        ] {
            assert!(said(bytes).await.is_err(), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn what_is_said_to_one_command_has_bounds_together() {
        const MAIL: usize = 4 << 20;
        let begin = format!("* 1 FETCH (BODY[] {{{MAIL}}}\r\n");
        let mail = [begin.as_bytes(), &vec![b'x'; MAIL], b")\r\n"].concat();
        let line = [b"* OK ", &vec![b'x'; MAIL][..], b"\r\n"].concat();
        for (said, times, is_good) in [
            (&mail, 2, true),
            (&mail, 3, false),
            (&line, 2, true),
            (&line, 3, false),
        ] {
            let (ours, mut theirs) = tokio::io::duplex(1 << 16);
            let mut wire = Wire::new(ours, Duration::from_mins(1), MAIL as u64);
            let said = said.clone();
            tokio::spawn(async move {
                for tag in ["p1", "p2"] {
                    for _ in 0..times {
                        theirs.write_all(&said).await?;
                    }
                    theirs.write_all(format!("{tag} OK\r\n").as_bytes()).await?;
                }
                io::Result::Ok(())
            });
            // Each command has its own.
            for _ in 0..2 {
                let answer = wire.ask("NOOP", "NOOP").await;
                match answer {
                    Ok(responses) => assert_eq!((responses.len(), is_good), (times, true)),
                    Err(error) => {
                        assert!(matches!(error, Trouble::Garbled) && !is_good, "{error}");
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn a_quoted_string_ends_where_we_say() {
        assert_eq!(quoted(r#"a "b" \c"#).as_deref(), Some(r#""a \"b\" \\c""#));
        assert_eq!(quoted("a\r\nb"), None);
    }
}
