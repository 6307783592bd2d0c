//! Reaching a relay: the socket, TLS, the greeting and the login.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::commands::{Auth, Ehlo, Starttls};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Code, Response};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::line::{Io, Limits, Line, Reply, Silence};
use super::trust::{self, Shown};
use crate::config::{Problems, Relay, Tls};

/// How a relay is reached, ready to be dialled again and again.
#[derive(Clone)]
pub struct Dial {
    /// Its address in logs.
    pub name: String,
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    helo: ClientId,
    limits: Limits,
}

#[derive(Clone)]
enum Security {
    None,
    StartTls(Arc<ClientConfig>),
    Implicit(Arc<ClientConfig>),
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

/// How long a connection and its TLS may take to stand. What the relay says then has the limits of RFC 5321.
const REACH: Duration = Duration::from_mins(1);

const CA_FILE: &str = "relay.ca_file";

impl Dial {
    /// From the configuration; reads the certificate and password files.
    pub fn new(relay: &Relay, timeout_s: u32) -> Result<Dial, Problems> {
        let ca_file = relay.ca_file.as_deref();
        let security = match relay.tls {
            Tls::None => Security::None,
            Tls::Starttls => Security::StartTls(trust::secured(ca_file, CA_FILE, None)?),
            Tls::Implicit => Security::Implicit(trust::secured(ca_file, CA_FILE, None)?),
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
        let (host, port) = (relay.host.clone(), relay.port());
        Ok(Dial {
            name: format!("{host}:{port}"),
            host,
            port,
            security,
            login,
            helo,
            limits: Limits::within(Duration::from_secs(u64::from(timeout_s))),
        })
    }

    /// The same without a login, and where the certificate that the relay shows is then put.
    pub fn watched(relay: &Relay, timeout_s: u32) -> Result<(Dial, Arc<Shown>), Problems> {
        let mut dial = Dial::new(relay, timeout_s)?;
        dial.login = None;
        let shown = Arc::new(Shown::default());
        if let Security::StartTls(config) | Security::Implicit(config) = &mut dial.security {
            *config = trust::secured(relay.ca_file.as_deref(), CA_FILE, Some(shown.clone()))?;
        }
        Ok((dial, shown))
    }

    /// Connects, greets, secures and logs in.
    pub async fn open(&self) -> Result<Line, OpenError> {
        let tcp = self.reach(self.connect()).await?;
        let io = match &self.security {
            Security::Implicit(config) => self.reach(self.secure(config, tcp)).await?,
            _ => Io::Plain(tcp),
        };
        let mut line = Line::new(io, self.limits);
        self.expect(line.reply(self.limits.greeting).await, 220)?;
        self.greet(&mut line).await?;
        if let Security::StartTls(config) = &self.security {
            if !line.can("STARTTLS") {
                return Err(self.refused("it offers no STARTTLS"));
            }
            self.expect(line.ask(&Starttls).await, 220)?;
            // What followed "220 go ahead" in the clear may be an attacker's (RFC 3207, section 4.2).
            let tcp = line
                .into_plain()
                .ok_or_else(|| self.refused("it spoke twice before TLS"))?;
            let io = self.reach(self.secure(config, tcp)).await?;
            line = Line::new(io, self.limits);
            self.greet(&mut line).await?;
        }
        if let Some(login) = &self.login {
            self.log_in(&mut line, login).await?;
        }
        // With an answer too many each later one would be taken for that of the command before it.
        if line.is_stale().await {
            return Err(self.refused("it says more than it was asked"));
        }
        Ok(line)
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let found: Vec<SocketAddr> = lookup_host((self.host.as_str(), self.port))
            .await?
            .collect();
        for address in found {
            match TcpStream::connect(address).await {
                Ok(tcp) => {
                    tcp.set_nodelay(true)?;
                    return Ok(tcp);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn secure(&self, config: &Arc<ClientConfig>, tcp: TcpStream) -> io::Result<Io> {
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        let connector = TlsConnector::from(config.clone());
        Ok(Io::Tls(Box::new(connector.connect(name, tcp).await?)))
    }

    async fn reach<T>(&self, step: impl Future<Output = io::Result<T>>) -> Result<T, OpenError> {
        let limit = REACH.min(self.limits.longest);
        match tokio::time::timeout(limit, step).await {
            Ok(done) => done.map_err(|error| OpenError::Unreachable(self.name.clone(), error)),
            Err(_) => Err(OpenError::Silent(self.name.clone(), limit.as_secs())),
        }
    }

    async fn greet(&self, line: &mut Line) -> Result<(), OpenError> {
        let reply = line.ask(&Ehlo::new(self.helo.clone())).await;
        let reply = self.expect(reply, 250)?;
        line.offers = reply
            .lines
            .iter()
            .skip(1)
            .filter(|l| !l.is_empty())
            .map(|l| l.to_ascii_uppercase())
            .collect();
        Ok(())
    }

    async fn log_in(&self, line: &mut Line, login: &Credentials) -> Result<(), OpenError> {
        let offered = |mechanism: &str| {
            let offer = line.offers.iter().find_map(|o| o.strip_prefix("AUTH"));
            offer.is_some_and(|o| o.split([' ', '=']).any(|word| word == mechanism))
        };
        let mechanism = match (offered("PLAIN"), offered("LOGIN")) {
            (false, true) => Mechanism::Login,
            (true, _) => Mechanism::Plain,
            _ => return Err(self.refused("it offers neither AUTH PLAIN nor AUTH LOGIN")),
        };
        let refused = |_| self.refused("it asks for a login in a way we do not know");
        let first = Auth::new(mechanism, login.clone(), None).map_err(refused)?;
        let mut reply = line.ask(&first).await;
        // LOGIN asks for the user and for the password; whoever asks more often than that is no such server.
        for _ in 0..3 {
            let Ok(Reply {
                code: 334, lines, ..
            }) = &reply
            else {
                break;
            };
            let asked = Response::new(
                Code::new(
                    lettre::transport::smtp::response::Severity::PositiveIntermediate,
                    lettre::transport::smtp::response::Category::Unspecified3,
                    lettre::transport::smtp::response::Detail::Four,
                ),
                lines.clone(),
            );
            let answer =
                Auth::new_from_response(mechanism, login.clone(), &asked).map_err(refused)?;
            reply = line.ask(&answer).await;
        }
        self.expect(reply, 235).map(drop)
    }

    fn refused(&self, why: &str) -> OpenError {
        OpenError::Refused(self.name.clone(), why.to_owned())
    }

    /// The reply, if it has the code that it should.
    fn expect(&self, reply: Result<Reply, Silence>, code: i16) -> Result<Reply, OpenError> {
        match reply {
            Ok(reply) if reply.code == code => Ok(reply),
            Ok(reply) => Err(self.refused(&format!("{} {}", reply.code, reply.text()))),
            Err(Silence::Late(limit)) => Err(OpenError::Silent(self.name.clone(), limit.as_secs())),
            Err(Silence::Gone(error)) => Err(OpenError::Unreachable(self.name.clone(), error)),
            Err(Silence::Babble) => Err(self.refused("what it says is no SMTP")),
        }
    }
}
