//! A session at an IMAP server: reaching it, and the commands we need.
//!
//! Read by UID in rising order, each mail only looked at (BODY.PEEK) and marked when its reports are written down.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::Trouble;
use super::wire::{Response, Stream, Wire, is_word, quoted};
use crate::config::{Imap, Problems, Tls, WhenRead};
use crate::dispatch::trust;
use crate::feedback::maildir::MAX_MAIL_BYTES;

/// The longest that a server is left in IDLE; after 30 minutes it may hang up (RFC 2177).
const IDLE: Duration = Duration::from_mins(20);

/// How a server is reached, ready to be dialled again and again.
pub(super) struct Dial {
    imap: Imap,
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
}

/// A mailbox that is open.
pub(super) struct Session {
    wire: Wire<Box<dyn Stream>>,
    offers: Vec<String>,
    imap: Imap,
}

impl Dial {
    /// From the configuration; reads the certificate file.
    pub(super) fn new(imap: &Imap) -> Result<Dial, Problems> {
        let tls = match imap.tls {
            Tls::None => None,
            Tls::Starttls | Tls::Implicit => Some(trust::secured(
                imap.ca_file.as_deref(),
                "feedback.imap.ca_file",
                None,
            )?),
        };
        Ok(Dial {
            timeout: Duration::from_secs(u64::from(imap.timeout_s)),
            imap: imap.clone(),
            tls,
        })
    }

    /// Connects, secures, logs in and opens the mailbox.
    pub(super) async fn open(&self) -> Result<Session, Trouble> {
        let address = (self.imap.host.as_str(), self.imap.port());
        let tcp = self.within(TcpStream::connect(address)).await?;
        let stream: Box<dyn Stream> = match (self.imap.tls, &self.tls) {
            (Tls::Implicit, Some(tls)) => Box::new(self.secure(tls, tcp).await?),
            (Tls::Starttls, Some(tls)) => {
                let mut wire = self.wire(tcp);
                greeted(&wire.response().await?)?;
                wire.ask("STARTTLS", "STARTTLS").await?;
                // What was said in the clear after that may be an attacker's.
                let tcp = wire.into_plain().ok_or(Trouble::Garbled)?;
                Box::new(self.secure(tls, tcp).await?)
            }
            _ => Box::new(tcp),
        };
        let mut wire = self.wire(stream);
        let mut is_known = false;
        if self.imap.tls != Tls::Starttls {
            is_known = greeted(&wire.response().await?)?;
        }
        let mut session = Session {
            wire,
            offers: Vec::new(),
            imap: self.imap.clone(),
        };
        session.look_at_offers().await?;
        if !is_known {
            session.log_in().await?;
            session.look_at_offers().await?;
        }
        session.select().await?;
        Ok(session)
    }

    fn wire<S: Stream>(&self, stream: S) -> Wire<S> {
        Wire::new(stream, self.timeout, MAX_MAIL_BYTES)
    }

    async fn secure(
        &self,
        tls: &Arc<ClientConfig>,
        tcp: TcpStream,
    ) -> Result<impl Stream + use<>, Trouble> {
        let name = ServerName::try_from(self.imap.host.clone()).map_err(io::Error::other);
        let name = name.map_err(Trouble::Unreachable)?;
        let connector = TlsConnector::from(tls.clone());
        self.within(connector.connect(name, tcp)).await
    }

    async fn within<T>(&self, step: impl Future<Output = io::Result<T>>) -> Result<T, Trouble> {
        match tokio::time::timeout(self.timeout, step).await {
            Ok(done) => done.map_err(Trouble::Unreachable),
            Err(_) => Err(Trouble::Silent(self.timeout.as_secs())),
        }
    }
}

/// Whether a greeting lets us in, and knows us already.
fn greeted(greeting: &Response) -> Result<bool, Trouble> {
    let text = greeting.text.strip_prefix("* ").ok_or(Trouble::Garbled)?;
    if is_word(text, "OK") {
        Ok(false)
    } else if is_word(text, "PREAUTH") {
        Ok(true)
    } else {
        Err(Trouble::refused("our connection", text))
    }
}

/// Whether a response says that there is more in the mailbox than before.
fn tells_news(text: &str) -> bool {
    text.starts_with("* ") && text.to_ascii_uppercase().ends_with(" EXISTS")
}

impl Session {
    /// The UIDs of the mails that are to be read, rising; and whether the server says that something came meanwhile, which
    /// it will not say again to IDLE.
    pub(super) async fn search(&mut self) -> Result<(Vec<u32>, bool), Trouble> {
        // What is read goes away, if it does; so what is there is new, whoever looked at it.
        let leaves = self.imap.when_read == WhenRead::Delete || self.imap.move_to.is_some();
        let command = if leaves {
            "UID SEARCH UNDELETED"
        } else {
            "UID SEARCH UNSEEN UNDELETED"
        };
        let responses = self.wire.ask("UID SEARCH", command).await?;
        let found = responses.iter().filter_map(|r| r.text.strip_prefix("* "));
        let found = found.filter(|text| is_word(text, "SEARCH"));
        let mut uids: Vec<u32> = found
            .flat_map(|text| text.split(' ').skip(1).filter_map(|uid| uid.parse().ok()))
            .collect();
        uids.sort_unstable();
        uids.dedup();
        let has_news = responses.iter().any(|response| tells_news(&response.text));
        Ok((uids, has_news))
    }

    /// The beginning of a mail; nothing if it is gone.
    pub(super) async fn fetch(&mut self, uid: u32) -> Result<Option<Vec<u8>>, Trouble> {
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[]<0.{MAX_MAIL_BYTES}>)");
        let responses = self.wire.ask("UID FETCH", &command).await?;
        let is_of = |response: &Response| {
            let mut words = response.text.split(['(', ')', ' ']);
            words.any(|word| word.eq_ignore_ascii_case("UID"))
                && words.next() == Some(&uid.to_string())
        };
        let found = responses
            .into_iter()
            .find(|r| is_of(r) && !r.literals.is_empty());
        Ok(found.map(|mut response| response.literals.swap_remove(0)))
    }

    /// Puts a mail away that was read.
    pub(super) async fn done(&mut self, uid: u32) -> Result<(), Trouble> {
        if let Some(folder) = self.imap.move_to.clone() {
            let folder = quoted(&folder).ok_or(Trouble::Garbled)?;
            self.flag(uid, "\\Seen").await?;
            if self.can("MOVE") {
                let command = format!("UID MOVE {uid} {folder}");
                return self.wire.ask("UID MOVE", &command).await.map(drop);
            }
            let command = format!("UID COPY {uid} {folder}");
            self.wire.ask("UID COPY", &command).await?;
            return self.delete(uid).await;
        }
        match self.imap.when_read {
            WhenRead::Keep => self.flag(uid, "\\Seen").await,
            WhenRead::Delete => self.delete(uid).await,
        }
    }

    async fn delete(&mut self, uid: u32) -> Result<(), Trouble> {
        self.flag(uid, "\\Seen \\Deleted").await?;
        // Without it, EXPUNGE would take what others marked, too: then ours are left marked, and not read again.
        if self.can("UIDPLUS") {
            let command = format!("UID EXPUNGE {uid}");
            self.wire.ask("UID EXPUNGE", &command).await?;
        }
        Ok(())
    }

    async fn flag(&mut self, uid: u32, flags: &str) -> Result<(), Trouble> {
        let command = format!("UID STORE {uid} +FLAGS.SILENT ({flags})");
        self.wire.ask("UID STORE", &command).await.map(drop)
    }

    /// Whether the server says of itself when there is something.
    pub(super) fn can_idle(&self) -> bool {
        self.can("IDLE")
    }

    /// Waits until the server says that something came, or for as long as it may be left waiting.
    pub(super) async fn idle(&mut self) -> Result<(), Trouble> {
        let tag = self.wire.send("IDLE").await?;
        self.wire.until_continued("IDLE", &tag).await?;
        let news = async {
            loop {
                let text = self.wire.read().await?.text;
                if tells_news(&text) {
                    return Ok(());
                }
                if is_word(text.strip_prefix("* ").unwrap_or_default(), "BYE") {
                    return Err(Trouble::refused("IDLE", &text[2..]));
                }
                if text.starts_with(&tag) {
                    return Err(Trouble::Garbled);
                }
            }
        };
        if let Ok(news) = tokio::time::timeout(IDLE, news).await {
            news?;
        }
        self.wire.write(b"DONE\r\n").await?;
        self.wire.until_done("IDLE", &tag).await.map(drop)
    }

    /// Takes leave.
    pub(super) async fn close(mut self) {
        // Whether it hears us or not, we are gone.
        let _ = self.wire.ask("LOGOUT", "LOGOUT").await;
    }

    fn can(&self, offer: &str) -> bool {
        self.offers.iter().any(|o| o == offer)
    }

    async fn look_at_offers(&mut self) -> Result<(), Trouble> {
        let responses = self.wire.ask("CAPABILITY", "CAPABILITY").await?;
        let found = responses.iter().filter_map(|r| r.text.strip_prefix("* "));
        let found = found.filter(|text| is_word(text, "CAPABILITY"));
        self.offers = found
            .flat_map(|text| text.split(' ').skip(1))
            .map(str::to_ascii_uppercase)
            .collect();
        Ok(())
    }

    async fn log_in(&mut self) -> Result<(), Trouble> {
        let user = self.imap.username.clone();
        let password = self.imap.password.clone();
        let password = password.as_ref().map_or("", |password| password.expose());
        if self.can("AUTH=PLAIN") {
            // RFC 4616.
            let login = STANDARD.encode(format!("\0{user}\0{password}"));
            if self.can("SASL-IR") {
                let command = format!("AUTHENTICATE PLAIN {login}");
                return self.wire.ask("our login", &command).await.map(drop);
            }
            let asked = self
                .wire
                .ask_twice("our login", "AUTHENTICATE PLAIN", &login);
            return asked.await.map(drop);
        }
        if self.can("LOGINDISABLED") {
            return Err(Trouble::refused(
                "our login",
                "it offers neither LOGIN nor AUTH=PLAIN",
            ));
        }
        match (quoted(&user), quoted(password)) {
            (Some(user), Some(password)) => {
                let command = format!("LOGIN {user} {password}");
                self.wire.ask("our login", &command).await.map(drop)
            }
            _ => Err(Trouble::refused(
                "our login",
                "a password of several lines cannot be sent",
            )),
        }
    }

    async fn select(&mut self) -> Result<(), Trouble> {
        let mailbox = quoted(&self.imap.mailbox).ok_or(Trouble::Garbled)?;
        // Case is nothing to IMAP; in capitals it would look like SQL.
        let command = format!("Select {mailbox}");
        self.wire.ask("the mailbox", &command).await.map(drop)
    }
}
