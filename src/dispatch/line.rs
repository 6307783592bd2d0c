//! One SMTP connection (RFC 5321): our own socket and TLS, lettre's protocol.
//!
//! lettre sets no TCP_NODELAY, has no limit on a reply's time and believes what a relay said before TLS; so the socket,
//! the timeouts and STARTTLS (RFC 3207) are ours.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::trust::{self, Shown};
use crate::config::{Problems, Relay, Tls};

/// How a relay is reached, ready to be dialled again and again.
#[derive(Clone)]
pub struct Dial {
    /// Its name in logs.
    pub name: String,
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    helo: ClientId,
    timeout: Duration,
}

#[derive(Clone)]
enum Security {
    None,
    StartTls(Arc<ClientConfig>),
    Implicit(Arc<ClientConfig>),
}

/// A reply of the relay, with every address in it struck out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: i16,
    /// The text after them.
    pub text: String,
}

/// Why a relay cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The name, the network or TLS.
    #[error("relay {0} cannot be reached: {1}")]
    Unreachable(String, io::Error),
    /// It answered, and wants nothing of us: greeting, EHLO, STARTTLS or login.
    #[error("relay {0} refused us: {1}")]
    Refused(String, String),
    /// It did not answer in time.
    #[error("relay {0} did not answer within {1} s")]
    Silent(String, u64),
}

/// Why a step of one mail did not succeed. Each variant is one course of action.
#[derive(Debug, PartialEq, Eq)]
pub enum StepError {
    /// The relay said no to this mail; the line can go on after RSET.
    Refused(Reply),
    /// The line is of no more use: broken, timed out, or closed by a 421.
    Lost(Option<Reply>),
}

/// A relay's connection, greeted and logged in.
pub struct Line {
    smtp: AsyncSmtpConnection,
    timeout: Duration,
    /// What the relay offers, as EHLO said it.
    pub offers: Vec<String>,
}

impl Dial {
    /// From the configuration; reads the certificate and password files.
    pub fn new(relay: &Relay, timeout_s: u32) -> Result<Dial, Problems> {
        let security = match relay.tls {
            Tls::None => Security::None,
            Tls::Starttls => Security::StartTls(trust::secured(relay.ca_file.as_deref(), None)?),
            Tls::Implicit => Security::Implicit(trust::secured(relay.ca_file.as_deref(), None)?),
        };
        let login = match (&relay.username, relay.password()?) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.expose().to_owned()))
            }
            _ => None,
        };
        let helo = relay
            .helo
            .clone()
            .map_or_else(ClientId::default, ClientId::Domain);
        let timeout = Duration::from_secs(u64::from(timeout_s));
        let (host, port) = (relay.host.clone(), relay.port());
        Ok(Dial {
            name: format!("{host}:{port}"),
            host,
            port,
            security,
            login,
            helo,
            timeout,
        })
    }

    /// The same without a login, and where the certificate that the relay shows is then put.
    pub fn watched(relay: &Relay, timeout_s: u32) -> Result<(Dial, Arc<Shown>), Problems> {
        let mut dial = Dial::new(relay, timeout_s)?;
        dial.login = None;
        let shown = Arc::new(Shown::default());
        if let Security::StartTls(config) | Security::Implicit(config) = &mut dial.security {
            *config = trust::secured(relay.ca_file.as_deref(), Some(shown.clone()))?;
        }
        Ok((dial, shown))
    }

    /// Connects, greets, secures and logs in.
    pub async fn open(&self) -> Result<Line, OpenError> {
        // Reaching a relay is no reply of its own (RFC 5321, section 4.5.3.2.1 gives five minutes for the greeting).
        let limit = self.timeout.min(Duration::from_mins(1));
        match tokio::time::timeout(limit, self.dial()).await {
            Ok(done) => done,
            Err(_) => Err(OpenError::Silent(self.name.clone(), limit.as_secs())),
        }
    }

    async fn dial(&self) -> Result<Line, OpenError> {
        let unreachable = |e| OpenError::Unreachable(self.name.clone(), e);
        let refused = |text: String| OpenError::Refused(self.name.clone(), strike_addresses(&text));
        let tcp = connect(&self.host, self.port).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        let (io, greeting): (Io, &'static [u8]) = match &self.security {
            Security::None => (Io::Plain(tcp), b""),
            Security::Implicit(config) => {
                (self.secure(config, tcp).await.map_err(unreachable)?, b"")
            }
            Security::StartTls(config) => {
                let tcp = self.start_tls(tcp).await?;
                (
                    self.secure(config, tcp).await.map_err(unreachable)?,
                    b"220 secured\r\n",
                )
            }
        };
        let said = |e: lettre::transport::smtp::Error| {
            refused(match (e.status(), std::error::Error::source(&e)) {
                (Some(code), Some(text)) => format!("{code} {text}"),
                (Some(code), None) => code.to_string(),
                (None, _) => e.to_string(),
            })
        };
        let wire = Box::new(Wire { io, greeting });
        let mut smtp = AsyncSmtpConnection::connect_with_transport(wire, &self.helo)
            .await
            .map_err(said)?;
        if let Some(login) = &self.login {
            smtp.auth(&[Mechanism::Plain, Mechanism::Login], login)
                .await
                .map_err(said)?;
        }
        let ehlo = smtp
            .command(Ehlo::new(self.helo.clone()))
            .await
            .map_err(said)?;
        let offers = ehlo
            .message()
            .skip(1)
            .map(str::to_ascii_uppercase)
            .collect();
        Ok(Line {
            smtp,
            timeout: self.timeout,
            offers,
        })
    }

    async fn secure(&self, config: &Arc<ClientConfig>, tcp: TcpStream) -> io::Result<Io> {
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        Ok(Io::Tls(Box::new(
            TlsConnector::from(config.clone())
                .connect(name, tcp)
                .await?,
        )))
    }

    /// RFC 3207. What follows "220 go ahead" in the clear may be an attacker's, so not a byte more is read.
    async fn start_tls(&self, mut tcp: TcpStream) -> Result<TcpStream, OpenError> {
        let refused =
            |text: &str| OpenError::Refused(self.name.clone(), strike_addresses(text.trim_end()));
        let unreachable = |e| OpenError::Unreachable(self.name.clone(), e);
        let expect = async |tcp: &mut TcpStream, want: &str| {
            let text = clear_reply(tcp).await.map_err(unreachable)?;
            if text.starts_with(want) {
                Ok(text)
            } else {
                Err(refused(&text))
            }
        };
        expect(&mut tcp, "220").await?;
        tcp.write_all(format!("EHLO {}\r\n", self.helo).as_bytes())
            .await
            .map_err(unreachable)?;
        let can = expect(&mut tcp, "250").await?.to_ascii_uppercase();
        if !can.lines().any(|l| l.get(4..) == Some("STARTTLS")) {
            return Err(refused("it offers no STARTTLS"));
        }
        tcp.write_all(b"STARTTLS\r\n").await.map_err(unreachable)?;
        expect(&mut tcp, "220").await?;
        Ok(tcp)
    }
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let found: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    for address in found {
        match TcpStream::connect(address).await {
            Ok(tcp) => return Ok(tcp),
            Err(e) => last = e,
        }
    }
    Err(last)
}

/// One whole reply in the clear and not a byte more.
async fn clear_reply(s: &mut TcpStream) -> io::Result<String> {
    let mut got = Vec::new();
    loop {
        if got.len() > 8192 || s.read_buf(&mut got).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !got.ends_with(b"\r\n") {
            continue;
        }
        let text = std::str::from_utf8(&got).map_err(io::Error::other)?;
        let mut lines = text.split_terminator("\r\n");
        if lines
            .position(|l| l.as_bytes().get(3) != Some(&b'-'))
            .is_none()
        {
            continue;
        }
        if lines.next().is_some() {
            return Err(io::Error::other("the relay spoke twice before TLS"));
        }
        return Ok(text.to_owned());
    }
}

impl Line {
    /// Whether EHLO named this extension.
    pub fn can(&self, extension: &str) -> bool {
        self.offers
            .iter()
            .any(|o| o.split(' ').next() == Some(extension))
    }

    /// MAIL and RCPT, in one packet where the relay allows it (RFC 2920).
    pub async fn begin(&mut self, from: &Address, to: &Address) -> Result<(), StepError> {
        let mut parameters = Vec::new();
        let plain = <Address as AsRef<str>>::as_ref(to).is_ascii();
        if !plain {
            if !self.can("SMTPUTF8") {
                let text = "the relay does not take addresses beyond ASCII (SMTPUTF8)".to_owned();
                return Err(StepError::Refused(Reply { code: 553, text }));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let mail = Mail::new(Some(from.clone()), parameters);
        let rcpt = Rcpt::new(to.clone(), Vec::new());
        if self.can("PIPELINING") {
            let mail = self.command(format!("{mail}{rcpt}")).await;
            if matches!(mail, Err(StepError::Lost(_))) {
                return mail.map(drop);
            }
            return match limited(self.timeout, self.smtp.read_response()).await {
                Err(StepError::Lost(last)) => Err(StepError::Lost(last)),
                rcpt => mail.and(rcpt).map(drop),
            };
        }
        self.command(mail).await?;
        self.command(rcpt).await.map(drop)
    }

    /// DATA: the relay is ready for the mail.
    pub async fn ask(&mut self) -> Result<(), StepError> {
        self.command(Data).await.map(drop)
    }

    /// The mail in one write, which ends with the final dot, and what the relay says to it. A line lost from here on
    /// leaves it open whether the relay has the mail.
    pub async fn hand_over(&mut self, mail: &str) -> Result<Reply, StepError> {
        debug_assert!(mail.ends_with("\r\n.\r\n"));
        self.command(mail).await.map(|r| reply(&r))
    }

    /// Forgets a mail begun.
    pub async fn reset(&mut self) -> Result<(), StepError> {
        self.command(Rset).await.map(drop)
    }

    /// Says goodbye, not waiting long for the answer.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.smtp.command(Quit)).await;
    }

    async fn command(&mut self, command: impl std::fmt::Display) -> Result<Response, StepError> {
        limited(self.timeout, self.smtp.command(command)).await
    }
}

async fn limited(
    limit: Duration,
    step: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
) -> Result<Response, StepError> {
    match tokio::time::timeout(limit, step).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(step_error(&error)),
        // Half a command may be out: the line cannot be used again.
        Err(_) => Err(StepError::Lost(None)),
    }
}

fn step_error(error: &lettre::transport::smtp::Error) -> StepError {
    let Some(code) = error.status() else {
        return StepError::Lost(None);
    };
    let text = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    let reply = Reply {
        code: u16::from(code) as i16,
        text: tidy(&text),
    };
    if reply.code == 421 {
        StepError::Lost(Some(reply))
    } else {
        StepError::Refused(reply)
    }
}

fn reply(response: &Response) -> Reply {
    let text = response.message().collect::<Vec<_>>().join(" ");
    Reply {
        code: u16::from(response.code()) as i16,
        text: tidy(&text),
    }
}

fn tidy(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    strike_addresses(&text)
        .chars()
        .take(400)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A relay's words with every address in them struck out, so that the log holds none.
fn strike_addresses(text: &str) -> String {
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

/// Reads and writes go to `io`, after `greeting`: lettre waits for one, and STARTTLS has used up the relay's.
#[derive(Debug)]
struct Wire {
    io: Io,
    greeting: &'static [u8],
}

#[derive(Debug)]
enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.greeting.is_empty() {
            let n = self.greeting.len().min(buf.remaining());
            let (now, later) = self.greeting.split_at(n);
            buf.put_slice(now);
            self.greeting = later;
            return Poll::Ready(Ok(()));
        }
        match &mut self.io {
            Io::Plain(s) => Pin::new(s).poll_read(cx, buf),
            Io::Tls(s) => Pin::new(s).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(s) => Pin::new(s).poll_write(cx, buf),
            Io::Tls(s) => Pin::new(s).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(s) => Pin::new(s).poll_flush(cx),
            Io::Tls(s) => Pin::new(s).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Io::Tls(s) => Pin::new(s).poll_shutdown(cx),
        }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.io {
            Io::Plain(s) => s.peer_addr(),
            Io::Tls(s) => s.get_ref().0.peer_addr(),
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
}
