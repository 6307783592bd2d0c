//! The dialogue of one mail.
//!
//! With PIPELINING (RFC 2920) MAIL, RCPT and DATA are one packet, and the mail is the next. With CHUNKING (RFC 3030) all
//! of it is one. What a mail is made of is never copied: commands, signature and message are one gathered write.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::MailParameter;

use super::answer::Reply;
use super::{Fate, Lack, Line, Step};

impl Line {
    /// What the relay lacks for a mail of `size` octets to this address, as EHLO has it.
    pub fn lacks(&self, to: &Address, size: usize) -> Option<Lack> {
        // 0 or nothing: as large as you like (RFC 1870, section 4).
        let room = self.offer("SIZE").and_then(|room| room.trim().parse().ok());
        if room.is_some_and(|room: usize| room != 0 && room < size) {
            return Some(Lack::Size);
        }
        let needs_utf8 = !<Address as AsRef<str>>::as_ref(to).is_ascii();
        (needs_utf8 && !self.can("SMTPUTF8")).then_some(Lack::Smtputf8)
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
        if let Some(lack) = self.lacks(to, size) {
            return Fate::Unfit(lack);
        }
        let mut parameters = Vec::new();
        if self.can("SIZE") {
            parameters.push(MailParameter::Size(size));
        }
        if !<Address as AsRef<str>>::as_ref(to).is_ascii() {
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
}

/// What the reply to a whole mail means: a 421 is a no, too.
fn ended(reply: Reply) -> Fate {
    match reply.code {
        200..300 => Fate::Accepted(reply),
        421 => Fate::Lost(Some(reply), Step::Data),
        _ => Fate::Refused(reply, Step::Data),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::super::{Io, Limits};
    use super::*;

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
