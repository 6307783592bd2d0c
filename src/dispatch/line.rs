//! One SMTP connection (RFC 5321), greeted and logged in: a mail at a time, in as few round trips as the relay allows.
//!
//! With PIPELINING (RFC 2920) MAIL, RCPT and DATA are one packet, and the mail is the next. With CHUNKING (RFC 3030) all
//! of it is one. What a mail is made of is never copied: commands, signature and message are one gathered write.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::MailParameter;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// How long we wait for what (RFC 5321, section 4.5.3.2), each at most the longest that is configured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) longest: Duration,
    pub(super) greeting: Duration,
    command: Duration,
    data: Duration,
    block: Duration,
    end: Duration,
}

impl Limits {
    /// The standard's, none longer than `longest`.
    pub(super) fn within(longest: Duration) -> Limits {
        let minutes = |n| Duration::from_mins(n).min(longest);
        Limits {
            longest,
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            block: minutes(3),
            end: minutes(10),
        }
    }
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

    fn is_ok(&self) -> bool {
        (200..300).contains(&self.code)
    }
}

/// Why there is no reply. The line is of no more use.
#[derive(Debug)]
pub(super) enum Silence {
    /// None came in this time.
    Late(Duration),
    /// The connection broke.
    Gone(io::Error),
    /// What came is no SMTP, or does not end.
    Babble,
}

/// A step of one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// MAIL: what the relay thinks of us.
    Mail,
    /// RCPT: what it, or the mailbox's host, thinks of the recipient.
    Rcpt,
    /// DATA or what follows it, up to the reply to the final dot.
    Data,
}

/// How a try ended. Each variant is one course of action.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// The relay has it.
    Accepted(Reply),
    /// The relay said no at this step: for good (5yz) or for now (4yz).
    Refused(Reply, Step),
    /// The line broke before the relay could have the mail, or a 421 closed it: the relay has nothing.
    Lost(Option<Reply>, Step),
    /// The line broke after the mail was handed over.
    InDoubt,
    /// The relay cannot take such a mail, and was not asked.
    Unfit(Lack),
}

/// What a relay lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// SMTPUTF8 (RFC 6531), for an address beyond ASCII.
    Smtputf8,
    /// Room: SIZE (RFC 1870) is less than the mail has.
    Size,
}

/// A relay's connection, greeted and logged in.
pub struct Line {
    io: Io,
    limits: Limits,
    read: Vec<u8>,
    /// What the relay offers, as EHLO said it.
    pub offers: Vec<String>,
    /// A mail was begun that the relay is to forget.
    begun: bool,
    usable: bool,
}

pub(super) enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The most that one reply may hold; the longest ones we know of have under 2 kB.
const MAX_REPLY: usize = 32 * 1024;

impl Line {
    pub(super) fn new(io: Io, limits: Limits) -> Line {
        Line {
            io,
            limits,
            read: Vec::new(),
            offers: Vec::new(),
            begun: false,
            usable: true,
        }
    }

    /// The bare socket, if the relay has said nothing more than it was asked.
    pub(super) fn into_plain(self) -> Option<TcpStream> {
        match self.io {
            Io::Plain(tcp) if self.read.is_empty() => Some(tcp),
            _ => None,
        }
    }

    /// Whether EHLO named this extension.
    pub fn can(&self, extension: &str) -> bool {
        self.offer(extension).is_some()
    }

    fn offer(&self, extension: &str) -> Option<&str> {
        self.offers.iter().find_map(|o| {
            let (word, rest) = o.split_once(' ').unwrap_or((o, ""));
            (word == extension).then_some(rest)
        })
    }

    /// Whether another mail can go over it.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Whether the relay has closed it, or said something unasked, while it lay idle: an idle relay says 421 and goes.
    pub async fn is_stale(&mut self) -> bool {
        let mut byte = [0; 1];
        let io = &mut self.io;
        let unasked = std::future::poll_fn(|cx| {
            let mut buf = ReadBuf::new(&mut byte);
            Poll::Ready(io.poll_read(cx, &mut buf).is_ready())
        });
        !self.read.is_empty() || unasked.await
    }

    /// Hands one mail over: `head` and then `mail`, which ends with the final dot and needs no other stuffing. The relay
    /// gets none of it before `go` says so; if that says no, it gets nothing.
    pub async fn send(
        &mut self,
        from: &Address,
        to: &Address,
        head: &str,
        mail: &str,
        go: impl Future<Output = bool>,
    ) -> Fate {
        let message = mail.strip_suffix(".\r\n").unwrap_or(mail);
        let size = head.len() + message.len();
        let mut parameters = Vec::new();
        if let Some(room) = self.offer("SIZE") {
            // 0 or nothing: as large as you like (RFC 1870, section 4).
            if room
                .trim()
                .parse()
                .is_ok_and(|room: usize| room != 0 && room < size)
            {
                return Fate::Unfit(Lack::Size);
            }
            parameters.push(MailParameter::Size(size));
        }
        if !<Address as AsRef<str>>::as_ref(to).is_ascii() {
            if !self.can("SMTPUTF8") {
                return Fate::Unfit(Lack::Smtputf8);
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let rset = if self.begun {
            Rset.to_string()
        } else {
            String::new()
        };
        let mail_from = Mail::new(Some(from.clone()), parameters);
        let rcpt = Rcpt::new(to.clone(), Vec::new());
        let pipelining = self.can("PIPELINING");
        let fate = if self.can("CHUNKING") && pipelining {
            let group = format!("{rset}{mail_from}{rcpt}BDAT {size} LAST\r\n");
            if go.await {
                self.chunk(&group, head, message).await
            } else {
                Fate::Lost(None, Step::Mail)
            }
        } else if pipelining {
            let group = format!("{rset}{mail_from}{rcpt}{Data}");
            self.pipeline(&group, head, mail, go).await
        } else {
            self.by_turns([mail_from.to_string(), rcpt.to_string()], head, mail, go)
                .await
        };
        self.usable &= match &fate {
            Fate::Lost(..) | Fate::InDoubt => false,
            // A yes that is none where it came: we no longer know what it answers.
            Fate::Refused(reply, _) => reply.code >= 400,
            Fate::Accepted(_) | Fate::Unfit(_) => true,
        };
        self.begun = matches!(fate, Fate::Refused(..));
        fate
    }

    /// MAIL, RCPT and DATA in one packet, then the mail.
    async fn pipeline(
        &mut self,
        group: &str,
        head: &str,
        mail: &str,
        go: impl Future<Output = bool>,
    ) -> Fate {
        if self.write(&[group], self.limits.command).await.is_err() {
            return self.parting(Step::Mail).await;
        }
        let refused = match self.read_envelope().await {
            Ok(refused) => refused,
            Err(fate) => return fate,
        };
        let ready = self.reply(self.limits.data).await;
        match (ready, refused) {
            (Ok(reply), _) if reply.code == 421 => Fate::Lost(Some(reply), Step::Data),
            (Ok(reply), None) if reply.code == 354 => self.body(head, mail, go).await,
            // It waits for a mail that nobody is to get: an empty one ends that (RFC 2920, section 3.1).
            (Ok(reply), Some(fate)) if reply.code == 354 => {
                let ended = self.write(&[".\r\n"], self.limits.block).await;
                if ended.is_err() || self.reply(self.limits.end).await.is_err() {
                    self.usable = false;
                }
                fate
            }
            (Ok(_), Some(fate)) => fate,
            (Ok(reply), None) => Fate::Refused(reply, Step::Data),
            (Err(_), Some(fate)) => {
                self.usable = false;
                fate
            }
            (Err(_), None) => Fate::Lost(None, Step::Data),
        }
    }

    /// The envelope and the mail in one packet.
    async fn chunk(&mut self, group: &str, head: &str, message: &str) -> Fate {
        let whole = [group, head, message];
        if self.write(&whole, self.limits.block).await.is_err() {
            let envelope = tokio::time::timeout(self.parting_limit(), self.read_envelope()).await;
            return match envelope {
                Ok(Ok(None)) => self.parting(Step::Data).await,
                Ok(Ok(Some(fate)) | Err(fate)) => self.broken(fate),
                Err(_) => Fate::Lost(None, Step::Data),
            };
        }
        let refused = match self.read_envelope().await {
            Ok(refused) => refused,
            // Replies come in order, but all at once from some: it may have had the mail before it broke.
            Err(Fate::Lost(None, _)) => return Fate::InDoubt,
            Err(fate) => return fate,
        };
        match (self.reply(self.limits.end).await, refused) {
            (Ok(reply), None) => ended(reply),
            (Ok(reply), Some(fate)) => {
                self.usable &= reply.code != 421;
                fate
            }
            (Err(_), Some(fate)) => {
                self.usable = false;
                fate
            }
            (Err(_), None) => Fate::InDoubt,
        }
    }

    /// The replies to RSET, MAIL and RCPT of a group; the first no, if there is one.
    async fn read_envelope(&mut self) -> Result<Option<Fate>, Fate> {
        if self.begun {
            self.step(Step::Mail).await?;
        }
        let mail = self.step(Step::Mail).await?;
        match (self.step(Step::Rcpt).await, mail) {
            (Ok(rcpt), mail) => Ok(mail.or(rcpt)),
            // It said no before it broke.
            (Err(_), Some(refused)) => {
                self.usable = false;
                Err(refused)
            }
            (Err(lost), None) => Err(lost),
        }
    }

    /// One reply of a group: what it refuses, if it does. An error ends the line.
    async fn step(&mut self, step: Step) -> Result<Option<Fate>, Fate> {
        match self.reply(self.limits.command).await {
            Ok(reply) if reply.code == 421 => Err(Fate::Lost(Some(reply), step)),
            Ok(reply) if reply.is_ok() => Ok(None),
            Ok(reply) => Ok(Some(Fate::Refused(reply, step))),
            Err(_) => Err(Fate::Lost(None, step)),
        }
    }

    /// A command, its reply, the next command: for relays without PIPELINING.
    async fn by_turns(
        &mut self,
        envelope: [String; 2],
        head: &str,
        mail: &str,
        go: impl Future<Output = bool>,
    ) -> Fate {
        if self.begun {
            match self.ask(&Rset).await {
                Ok(reply) if reply.code == 421 => return Fate::Lost(Some(reply), Step::Mail),
                Ok(_) => {}
                Err(_) => return Fate::Lost(None, Step::Mail),
            }
        }
        for (command, step) in envelope.iter().zip([Step::Mail, Step::Rcpt]) {
            if self.write(&[command], self.limits.command).await.is_err() {
                return self.parting(step).await;
            }
            match self.step(step).await {
                Ok(None) => {}
                Ok(Some(fate)) | Err(fate) => return fate,
            }
        }
        let data = Data.to_string();
        if self.write(&[&data], self.limits.data).await.is_err() {
            return self.parting(Step::Data).await;
        }
        match self.reply(self.limits.data).await {
            Ok(reply) if reply.code == 354 => self.body(head, mail, go).await,
            Ok(reply) if reply.code == 421 => Fate::Lost(Some(reply), Step::Data),
            Ok(reply) => Fate::Refused(reply, Step::Data),
            Err(_) => Fate::Lost(None, Step::Data),
        }
    }

    /// The mail with its final dot, and what the relay says to it.
    async fn body(&mut self, head: &str, mail: &str, go: impl Future<Output = bool>) -> Fate {
        if !go.await {
            return Fate::Lost(None, Step::Data);
        }
        if self.write(&[head, mail], self.limits.block).await.is_err() {
            return self.parting(Step::Data).await;
        }
        match self.reply(self.limits.end).await {
            Ok(reply) => ended(reply),
            Err(_) => Fate::InDoubt,
        }
    }

    /// The line broke before all was written, so the relay has no whole mail; it may have said why it went.
    async fn parting(&mut self, step: Step) -> Fate {
        let fate = match self.reply(self.parting_limit()).await {
            Ok(reply) if reply.code == 421 => Fate::Lost(Some(reply), step),
            Ok(reply) if reply.code >= 400 => Fate::Refused(reply, step),
            _ => Fate::Lost(None, step),
        };
        self.broken(fate)
    }

    fn parting_limit(&self) -> Duration {
        Duration::from_secs(1).min(self.limits.longest)
    }

    fn broken(&mut self, fate: Fate) -> Fate {
        self.usable = false;
        fate
    }

    /// Says goodbye, not waiting long for the answer.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.ask(&Quit)).await;
    }

    /// A command and its reply.
    pub(super) async fn ask(&mut self, command: &impl std::fmt::Display) -> Result<Reply, Silence> {
        let limit = self.limits.command;
        let text = command.to_string();
        self.write(&[&text], limit).await.map_err(Silence::Gone)?;
        self.reply(limit).await
    }

    /// Writes these texts as one, and flushes. On an error some of it was not written.
    ///
    /// `limit` is for each part that the socket takes, as RFC 5321 has it for a mail's blocks.
    async fn write(&mut self, texts: &[&str], limit: Duration) -> io::Result<()> {
        let mut slices: Vec<IoSlice<'_>> = texts
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| IoSlice::new(text.as_bytes()))
            .collect();
        let mut slices = slices.as_mut_slice();
        let io = &mut self.io;
        while !slices.is_empty() {
            let written = std::future::poll_fn(|cx| io.poll_write_vectored(cx, slices));
            let written = tokio::time::timeout(limit, written).await??;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut slices, written);
        }
        if let Io::Tls(stream) = io {
            tokio::time::timeout(limit, stream.flush()).await??;
        }
        Ok(())
    }

    /// The next whole reply, which must have come within `limit`.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Reply, Silence> {
        match tokio::time::timeout(limit, self.whole_reply()).await {
            Ok(reply) => reply,
            Err(_) => Err(Silence::Late(limit)),
        }
    }

    async fn whole_reply(&mut self) -> Result<Reply, Silence> {
        let mut reply = Reply {
            code: 0,
            lines: Vec::new(),
        };
        let (mut begin, mut seen) = (0, 0);
        loop {
            if let Some(at) = self.read[seen..].iter().position(|b| *b == b'\n') {
                let end = seen + at;
                let last = reply.take(&self.read[begin..end]).ok_or(Silence::Babble)?;
                (begin, seen) = (end + 1, end + 1);
                if last {
                    self.read.drain(..begin);
                    return Ok(reply);
                }
                continue;
            }
            seen = self.read.len();
            if seen > MAX_REPLY {
                return Err(Silence::Babble);
            }
            let read = match &mut self.io {
                Io::Plain(tcp) => tcp.read_buf(&mut self.read).await,
                Io::Tls(tls) => tls.read_buf(&mut self.read).await,
            };
            match read {
                Ok(0) => return Err(Silence::Gone(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(Silence::Gone(error)),
            }
        }
    }
}

/// What the reply to a whole mail means: a 421 is a no, too.
fn ended(reply: Reply) -> Fate {
    match reply.code {
        200..300 => Fate::Accepted(reply),
        421 => Fate::Lost(Some(reply), Step::Data),
        _ => Fate::Refused(reply, Step::Data),
    }
}

impl Reply {
    /// Adds one line (RFC 5321, section 4.2); whether it is the last, or `None` if it is none.
    fn take(&mut self, line: &[u8]) -> Option<bool> {
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

impl Io {
    fn poll_read(
        &mut self,
        cx: &mut std::task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Io::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Io::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut std::task::Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Io::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Io::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        }
    }
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

    /// A relay that reads so much, then says this and goes, so that a large mail cannot have been written whole.
    async fn told_while_writing(chunking: bool, before: &'static str, last: &'static str) -> Fate {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = TcpStream::connect(listener.local_addr().unwrap());
        let (tcp, accepted) = tokio::join!(relay, listener.accept());
        let mut line = Line::new(
            Io::Plain(tcp.unwrap()),
            Limits::within(Duration::from_secs(20)),
        );
        line.offers = vec!["PIPELINING".to_owned()];
        line.offers.extend(chunking.then(|| "CHUNKING".to_owned()));
        let saying = tokio::spawn(async move {
            let mut socket = accepted.unwrap().0;
            let mut some = vec![0; 50];
            socket.read_exact(&mut some).await.unwrap();
            socket.write_all(before.as_bytes()).await.unwrap();
            let mut more = vec![0; 1000];
            socket.read_exact(&mut more).await.unwrap();
            socket.write_all(last.as_bytes()).await.unwrap();
            // Read no more, and close: a reset for whoever still writes.
        });
        let address: Address = "asha@example.org".parse().unwrap();
        let mail = format!("{}.\r\n", "A long story.\r\n".repeat(2_000_000));
        let fate = line
            .send(&address, &address, "", &mail, async { true })
            .await;
        saying.await.unwrap();
        assert!(!line.is_usable());
        fate
    }

    #[tokio::test]
    async fn what_a_relay_says_while_a_mail_is_written_is_its_answer() {
        let envelope = "250 go on\r\n250 go on\r\n354 go on\r\n";
        let reply = |code, text: &str| Reply {
            code,
            lines: vec![text.to_owned()],
        };
        let large = || Fate::Refused(reply(552, "too large"), Step::Data);
        let closing = || Fate::Lost(Some(reply(421, "closing")), Step::Data);
        let chunked = "250 go on\r\n250 go on\r\n";
        for (chunking, before, last, wanted) in [
            (false, envelope, "552 too large\r\n", large()),
            (false, envelope, "421 closing\r\n", closing()),
            (false, envelope, "", Fate::Lost(None, Step::Data)),
            (true, chunked, "552 too large\r\n", large()),
            (true, chunked, "421 closing\r\n", closing()),
            (true, chunked, "", Fate::Lost(None, Step::Data)),
            (
                true,
                "552 too large\r\n",
                "",
                Fate::Refused(reply(552, "too large"), Step::Mail),
            ),
        ] {
            let fate = told_while_writing(chunking, before, last).await;
            assert_eq!(fate, wanted, "{chunking} {last:?}");
        }
    }

    #[tokio::test]
    async fn a_relay_gets_nothing_of_a_mail_that_may_not_go() {
        for offers in ["PIPELINING", "CHUNKING PIPELINING", ""] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let relay = TcpStream::connect(listener.local_addr().unwrap());
            let (tcp, accepted) = tokio::join!(relay, listener.accept());
            let limits = Limits::within(Duration::from_secs(20));
            let mut line = Line::new(Io::Plain(tcp.unwrap()), limits);
            line.offers = offers.split_whitespace().map(str::to_owned).collect();
            let hearing = tokio::spawn(async move {
                let mut socket = accepted.unwrap().0;
                let said = b"250 go on\r\n250 go on\r\n354 go on\r\n";
                socket.write_all(said).await.unwrap();
                let mut heard = String::new();
                socket.read_to_string(&mut heard).await.unwrap();
                heard
            });
            let address: Address = "asha@example.org".parse().unwrap();
            let mail = "A long story.\r\n.\r\n";
            let fate = line.send(&address, &address, "", mail, async { false });
            assert!(matches!(fate.await, Fate::Lost(None, _)), "{offers}");
            assert!(!line.is_usable());
            drop(line);
            let heard = hearing.await.unwrap();
            assert!(!heard.contains("story"), "{offers}: {heard}");
            assert_eq!(
                heard.contains("DATA"),
                !offers.contains("CHUNKING"),
                "{heard}"
            );
        }
    }
}
