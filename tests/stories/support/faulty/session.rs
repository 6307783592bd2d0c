//! One dialogue with the misbehaving relay.

use std::io;
use std::sync::Arc;

use mail_parser::MessageParser;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{Act, Hit, Manner, Packets, Shared, Taken, Verb};

enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

struct Session {
    shared: Arc<Shared>,
    manner: Manner,
    number: usize,
    io: Io,
    read: Vec<u8>,
    /// Replies that wait to be written together.
    waiting: Vec<u8>,
    from: Option<String>,
    to: Vec<String>,
    /// How many it took.
    mails: usize,
}

/// The connection is over.
fn over<T>() -> io::Result<T> {
    Err(io::ErrorKind::ConnectionAborted.into())
}

/// Speaks with one client until either has had enough.
pub(super) async fn serve(stream: TcpStream, number: usize, shared: Arc<Shared>) {
    let manner = shared.manner.lock().unwrap().clone();
    let _ = stream.set_nodelay(true);
    let implicit = manner.implicit;
    let session = Session {
        shared,
        manner,
        number,
        io: Io::Plain(stream),
        read: Vec::new(),
        waiting: Vec::new(),
        from: None,
        to: Vec::new(),
        mails: 0,
    };
    let session = if implicit {
        session.secure().await
    } else {
        Ok(session)
    };
    if let Ok(session) = session {
        let _ = session.speak().await;
    }
}

impl Session {
    async fn speak(mut self) -> io::Result<()> {
        self.answer(Verb::Greeting, "220 faulty.example\r\n")
            .await?;
        while let Some(line) = self.line().await? {
            self.shared.heard.lock().unwrap().push(line.clone());
            let word = line.split([' ', ':']).next().unwrap_or_default();
            match word.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    self.forget();
                    let offers = self.offers();
                    self.answer(Verb::Ehlo, &offers).await?;
                }
                "STARTTLS" if self.has_starttls() => {
                    self.alone("STARTTLS");
                    if self.answer(Verb::StartTls, "220 go ahead\r\n").await? {
                        self = self.secure().await?;
                    }
                }
                "AUTH" => {
                    if self.has_starttls() {
                        self.wrong("a login in the clear");
                    }
                    self.answer(Verb::Auth, "235 2.7.0 come in\r\n").await?;
                }
                "MAIL" => self.mail(&line).await?,
                "RCPT" => self.rcpt(&line).await?,
                "DATA" => self.data().await?,
                "BDAT" => self.chunk(&line).await?,
                "RSET" => {
                    self.forget();
                    self.answer(Verb::Rset, "250 2.0.0 forgotten\r\n").await?;
                }
                "QUIT" => {
                    self.answer(Verb::Quit, "221 2.0.0 farewell\r\n").await?;
                    return self.flush().await;
                }
                _ => self.say("502 5.5.1 never heard of it\r\n").await?,
            }
            if !self.manner.pipelining {
                self.alone(word);
            }
        }
        Ok(())
    }

    fn offers(&self) -> String {
        let manner = &self.manner;
        let mut offers = vec!["faulty.example".to_owned(), "8BITMIME".to_owned()];
        for (is, offer) in [
            (manner.pipelining, "PIPELINING"),
            (manner.chunking, "CHUNKING"),
            (manner.smtputf8, "SMTPUTF8"),
            (self.has_starttls() && !manner.stripped, "STARTTLS"),
            (manner.login, "AUTH PLAIN"),
        ] {
            offers.extend(is.then(|| offer.to_owned()));
        }
        offers.extend(manner.size.map(|size| format!("SIZE {size}")));
        let last = offers.len() - 1;
        let line = |(i, offer)| format!("250{}{offer}\r\n", if i == last { ' ' } else { '-' });
        offers.iter().enumerate().map(line).collect()
    }

    fn has_starttls(&self) -> bool {
        self.manner.tls.is_some() && matches!(self.io, Io::Plain(_))
    }

    async fn secure(mut self) -> io::Result<Session> {
        if let Some(act) = self.fault(Verb::Tls) {
            self.act(act).await?;
            return over();
        }
        self.flush().await?;
        let config = self.manner.tls.clone().expect("it has a certificate");
        let Io::Plain(stream) = self.io else {
            return over();
        };
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        Ok(Session {
            io: Io::Tls(Box::new(stream)),
            ..self
        })
    }

    async fn mail(&mut self, line: &str) -> io::Result<()> {
        if self.from.is_some() {
            self.wrong("a mail begun within another");
        }
        if line.contains("SMTPUTF8") && !self.manner.smtputf8 {
            self.wrong("SMTPUTF8, which it does not offer");
        }
        let size = line.split_once("SIZE=").map_or("0", |(_, size)| size);
        let size: usize = size.split(' ').next().unwrap_or_default().parse().unwrap();
        let large = self.manner.size.is_some_and(|most| most < size);
        let usual = if large {
            "552 5.3.4 too large\r\n"
        } else {
            "250 2.1.0 go on\r\n"
        };
        if self.answer(Verb::Mail, usual).await? {
            self.from = Some(line.to_owned());
        }
        Ok(())
    }

    async fn rcpt(&mut self, line: &str) -> io::Result<()> {
        let Some(address) = recipient(line).filter(|_| self.from.is_some()) else {
            return self.say("503 5.5.1 whose mail?\r\n").await;
        };
        self.to.push(address);
        if !self.answer(Verb::Rcpt, "250 2.1.5 go on\r\n").await? {
            self.to.pop();
        }
        Ok(())
    }

    async fn data(&mut self) -> io::Result<()> {
        self.alone("DATA");
        if self.to.is_empty() {
            if !self.manner.asks_for_nobodys_mail {
                return self.say("554 5.5.1 no valid recipients\r\n").await;
            }
            self.say("354 go on\r\n").await?;
        } else if !self.answer(Verb::Data, "354 go on\r\n").await? {
            return Ok(());
        }
        let mut mail = Vec::new();
        self.begin_body().await?;
        loop {
            let line = self.raw_line().await?;
            if line == b".\r\n" {
                break;
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        self.take(mail).await
    }

    async fn chunk(&mut self, line: &str) -> io::Result<()> {
        if !self.manner.chunking {
            self.wrong("BDAT, which it does not offer");
        }
        let mut words = line.split(' ').skip(1);
        let size: usize = words.next().unwrap_or_default().parse().unwrap();
        assert_eq!(words.next(), Some("LAST"), "one chunk is all");
        self.begin_body().await?;
        while self.read.len() < size {
            self.more().await?;
        }
        let mail = self.read.drain(..size).collect();
        self.take(mail).await
    }

    /// The mail begins to come.
    async fn begin_body(&mut self) -> io::Result<()> {
        if self.read.is_empty() {
            self.more().await?;
        }
        if self.to.is_empty() {
            return Ok(());
        }
        match self.fault(Verb::Body) {
            Some(act) => {
                self.act(act).await?;
                over()
            }
            None => Ok(()),
        }
    }

    /// The whole mail has come.
    async fn take(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        if self.to.is_empty() {
            self.forget();
            return self.say("554 5.5.1 no valid recipients\r\n").await;
        }
        let parsed = MessageParser::default().parse(&bytes[..]);
        let id = parsed.and_then(|mail| mail.message_id().map(str::to_owned));
        let mail = Taken {
            connection: self.number,
            to: self.to.join(", "),
            message_id: id.unwrap_or_default(),
            bytes,
            told: false,
        };
        let act = self.fault(Verb::Dot);
        let says_no = |text: &str| text.starts_with(['4', '5']);
        let no = matches!(act, Some(Act::Say(text) | Act::SayAndClose(text)) if says_no(text));
        let place = {
            let mut taken = self.shared.taken.lock().unwrap();
            if !no {
                taken.push(mail);
            }
            taken.len().wrapping_sub(1)
        };
        self.forget();
        let told = match act {
            None => {
                self.say("250 2.0.0 taken\r\n").await?;
                self.flush().await?;
                true
            }
            Some(act) => self.act(act).await?,
        };
        if told && !no {
            self.mails += 1;
            self.shared.taken.lock().unwrap()[place].told = true;
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// What came after this command came too early.
    fn alone(&self, word: &str) {
        if !self.read.is_empty() {
            self.wrong(&format!("more before the answer to {word}"));
        }
    }

    fn wrong(&self, what: &str) {
        let mut wrongs = self.shared.wrongs.lock().unwrap();
        wrongs.push(format!("connection {}: {what}", self.number));
    }

    /// The fault that is to come here, which it then has.
    fn fault(&self, verb: Verb) -> Option<Act> {
        let to = self.to.last().cloned().or_else(|| {
            let read = String::from_utf8_lossy(&self.read);
            read.lines().next().and_then(recipient)
        });
        let mut faults = self.shared.faults.lock().unwrap();
        let fault = faults.iter_mut().find(|fault| {
            fault.verb == verb
                && fault.times > 0
                && self.number > fault.after_connection
                && self.mails >= fault.after_mails
                && fault.to.is_none_or(|want| to.as_deref() == Some(want))
        })?;
        fault.times -= 1;
        let mut hits = self.shared.hits.lock().unwrap();
        hits.push(Hit {
            verb,
            connection: self.number,
            to,
        });
        Some(fault.act)
    }

    /// Says this, or does what it is to do instead; whether it said yes.
    async fn answer(&mut self, verb: Verb, usual: &str) -> io::Result<bool> {
        if let Some(act) = self.fault(verb) {
            return self.act(act).await;
        }
        self.say(usual).await?;
        Ok(usual.starts_with(['2', '3']))
    }

    /// Does it; whether that was a yes.
    async fn act(&mut self, act: Act) -> io::Result<bool> {
        match act {
            Act::Say(text) => {
                self.say(text).await?;
                Ok(text.starts_with(['2', '3']))
            }
            Act::SayAndClose(text) => {
                self.say(text).await?;
                self.flush().await?;
                // Unread bytes would turn the close into a reset, which may overtake what was said.
                self.end_writing().await?;
                self.drain().await
            }
            Act::Hang => {
                self.flush().await?;
                self.drain().await
            }
            Act::Close => over(),
            Act::Reset => {
                let socket = match &self.io {
                    Io::Plain(stream) => stream,
                    Io::Tls(stream) => stream.get_ref().0,
                };
                socket.set_zero_linger()?;
                over()
            }
            Act::Endless => self.pour("250", "-and another thing\r\n250").await,
            Act::LongLine => self.pour("250 ", "and so on ").await,
        }
    }

    /// Reads until the client goes.
    async fn drain(&mut self) -> io::Result<bool> {
        loop {
            self.read.clear();
            self.more().await?;
        }
    }

    /// Writes without end, until the client goes.
    async fn pour(&mut self, begin: &str, more: &str) -> io::Result<bool> {
        self.say(begin).await?;
        self.flush().await?;
        let more = more.repeat(1000);
        loop {
            self.write(more.as_bytes()).await?;
            *self.shared.poured.lock().unwrap() += more.len() as u64;
        }
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        match self.manner.packets {
            Packets::Each => self.write(text.as_bytes()).await,
            Packets::Together => {
                self.waiting.extend_from_slice(text.as_bytes());
                Ok(())
            }
            Packets::Bytes => {
                for byte in text.bytes() {
                    self.write(&[byte]).await?;
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        self.write(&waiting).await
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.io {
            Io::Plain(stream) => stream.write_all(bytes).await,
            Io::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    async fn end_writing(&mut self) -> io::Result<()> {
        match &mut self.io {
            Io::Plain(stream) => stream.shutdown().await,
            Io::Tls(stream) => stream.shutdown().await,
        }
    }

    /// Reads on; what waits to be said is said before.
    async fn more(&mut self) -> io::Result<()> {
        self.flush().await?;
        let read = match &mut self.io {
            Io::Plain(stream) => stream.read_buf(&mut self.read).await?,
            Io::Tls(stream) => stream.read_buf(&mut self.read).await?,
        };
        if read == 0 { over() } else { Ok(()) }
    }

    async fn raw_line(&mut self) -> io::Result<Vec<u8>> {
        let mut seen = 0;
        loop {
            if let Some(at) = self.read[seen..].iter().position(|b| *b == b'\n') {
                return Ok(self.read.drain(..=seen + at).collect());
            }
            seen = self.read.len();
            self.more().await?;
        }
    }

    /// The next command; none when the client has gone between two.
    async fn line(&mut self) -> io::Result<Option<String>> {
        if self.read.is_empty() && self.more().await.is_err() {
            return Ok(None);
        }
        let line = self.raw_line().await?;
        let line = String::from_utf8(line).map_err(io::Error::other)?;
        if !line.ends_with("\r\n") {
            self.wrong("a line that ends with LF alone");
        }
        Ok(Some(line.trim_end().to_owned()))
    }
}

/// The address of `RCPT TO:<…>`.
fn recipient(line: &str) -> Option<String> {
    let rest = line.strip_prefix("RCPT TO:<")?;
    rest.split_once('>').map(|(address, _)| address.to_owned())
}
