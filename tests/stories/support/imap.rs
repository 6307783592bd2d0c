//! An IMAP server with mailboxes in memory, of the commands that Postrider gives and a few more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// A mail in a mailbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) uid: u32,
    pub(crate) flags: Vec<String>,
    pub(crate) bytes: Vec<u8>,
}

/// How the server behaves.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) offers: &'static str,
    pub(crate) starttls: bool,
    pub(crate) login: (String, String),
    /// A command at which something happens, and what.
    pub(crate) fault: Option<(&'static str, Fault)>,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No answer ever comes.
    Hang,
    /// The connection ends.
    Drop,
    /// The answer is no.
    No,
    /// The answer has no end.
    Babble,
}

#[derive(Default)]
struct State {
    boxes: BTreeMap<String, Vec<Kept>>,
    next: u32,
    said: Vec<String>,
    connections: usize,
}

/// The server.
#[derive(Clone)]
pub(crate) struct ImapServer {
    state: Arc<Mutex<State>>,
    options: Arc<Mutex<Options>>,
    news: watch::Sender<u32>,
    idling: watch::Sender<u32>,
    pub(crate) port: u16,
}

pub(crate) const LOGIN: (&str, &str) = ("bounces", "quite \"secret\" quay");

impl Default for Options {
    fn default() -> Options {
        Options {
            offers: "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE UIDPLUS MOVE",
            starttls: false,
            login: (LOGIN.0.to_owned(), LOGIN.1.to_owned()),
            fault: None,
        }
    }
}

impl ImapServer {
    /// Starts one, by TLS where there is a certificate.
    pub(crate) async fn start(tls: Option<Arc<ServerConfig>>, options: Options) -> ImapServer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let mut state = State::default();
        for name in ["INBOX", "Done"] {
            state.boxes.insert(name.to_owned(), Vec::new());
        }
        let server = ImapServer {
            state: Arc::new(Mutex::new(state)),
            options: Arc::new(Mutex::new(options)),
            news: watch::Sender::new(0),
            idling: watch::Sender::new(0),
            port: listener.local_addr().unwrap().port(),
        };
        let own = server.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (server, tls) = (own.clone(), tls.clone());
                server.state.lock().unwrap().connections += 1;
                tokio::spawn(async move {
                    let starttls = server.options.lock().unwrap().starttls;
                    match tls.map(TlsAcceptor::from) {
                        Some(tls) if !starttls => {
                            if let Ok(stream) = tls.accept(tcp).await {
                                server.serve(BufReader::new(stream), true).await;
                            }
                        }
                        tls => {
                            let plain = server.serve(BufReader::new(tcp), true).await;
                            if let (Some(plain), Some(tls)) = (plain, tls)
                                && let Ok(stream) = tls.accept(plain.into_inner()).await
                            {
                                server.serve(BufReader::new(stream), false).await;
                            }
                        }
                    }
                });
            }
        });
        server
    }

    /// A mail comes.
    pub(crate) fn deliver(&self, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap();
        state.next += 1;
        let uid = state.next;
        let kept = Kept {
            uid,
            flags: Vec::new(),
            bytes: bytes.to_vec(),
        };
        // Out of order, as a server may keep them.
        state.boxes.get_mut("INBOX").unwrap().insert(0, kept);
        drop(state);
        self.news.send_modify(|n| *n += 1);
    }

    pub(crate) fn mails(&self, mailbox: &str) -> Vec<Kept> {
        self.state.lock().unwrap().boxes[mailbox].clone()
    }

    /// Every command that was given, without tags.
    pub(crate) fn said(&self) -> Vec<String> {
        self.state.lock().unwrap().said.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    pub(crate) fn fault(&self, fault: Option<(&'static str, Fault)>) {
        self.options.lock().unwrap().fault = fault;
    }

    /// Returns when somebody has waited in IDLE so many times.
    pub(crate) async fn until_idle(&self, times: u32) {
        self.idling
            .subscribe()
            .wait_for(|n| *n >= times)
            .await
            .unwrap();
    }

    /// Serves a connection to its end; gives it back where TLS is to begin.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        greets: bool,
    ) -> Option<BufReader<S>> {
        if greets
            && self
                .step(
                    "greeting",
                    &mut stream,
                    b"* OK ready for asha@example.org\r\n",
                )
                .await
        {
            return None;
        }
        let mut selected = String::new();
        let mut is_known = false;
        loop {
            let line = read_line(&mut stream).await?;
            let (tag, command) = line.split_once(' ')?;
            self.state.lock().unwrap().said.push(command.to_owned());
            let upper = command.to_ascii_uppercase();
            let name = match upper.strip_prefix("UID ") {
                Some(rest) => format!("UID {}", rest.split(' ').next().unwrap_or_default()),
                None => upper.split(' ').next().unwrap_or_default().to_owned(),
            };
            let options = self.options.lock().unwrap().clone();
            if let Some((at, fault)) = options.fault
                && at == name
            {
                let no = format!("{tag} NO not for asha@example.org\r\n");
                if self.fail(fault, &mut stream, no.as_bytes()).await {
                    return None;
                }
                continue;
            }
            let answer = match &*name {
                "CAPABILITY" => format!("* CAPABILITY {}\r\n{tag} OK\r\n", options.offers),
                "STARTTLS" => {
                    say(&mut stream, &format!("{tag} OK go ahead\r\n")).await?;
                    return Some(stream);
                }
                "AUTHENTICATE" => {
                    let login = if let Some(login) = command.split(' ').nth(2) {
                        login.to_owned()
                    } else {
                        say(&mut stream, "+ \r\n").await?;
                        read_line(&mut stream).await?
                    };
                    let login = String::from_utf8(STANDARD.decode(login).unwrap()).unwrap();
                    is_known = login == format!("\0{}\0{}", options.login.0, options.login.1);
                    known(tag, is_known)
                }
                "LOGIN" => {
                    let quoted = |text: &str| {
                        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
                    };
                    let wanted = format!(
                        "LOGIN {} {}",
                        quoted(&options.login.0),
                        quoted(&options.login.1)
                    );
                    is_known = command == wanted;
                    known(tag, is_known)
                }
                "LOGOUT" => {
                    say(&mut stream, &format!("* BYE\r\n{tag} OK\r\n")).await?;
                    return None;
                }
                _ if !is_known => format!("{tag} BAD who are you?\r\n"),
                "SELECT" => {
                    let wanted = command[7..].trim_matches('"').to_owned();
                    match self.state.lock().unwrap().boxes.get(&wanted) {
                        Some(mails) => {
                            selected = wanted;
                            format!(
                                "* {} EXISTS\r\n* FLAGS (\\Seen \\Deleted)\r\n{tag} OK\r\n",
                                mails.len()
                            )
                        }
                        None => format!("{tag} NO there is no such mailbox\r\n"),
                    }
                }
                "IDLE" => {
                    self.wait(&mut stream, &selected).await?;
                    format!("{tag} OK\r\n")
                }
                name if name.starts_with("UID ") => {
                    let mut answer = self.uid(&selected, &command[4..]);
                    answer.extend(format!("{tag} OK\r\n").bytes());
                    stream.write_all(&answer).await.ok()?;
                    stream.flush().await.ok()?;
                    continue;
                }
                _ => format!("{tag} BAD what?\r\n"),
            };
            say(&mut stream, &answer).await?;
        }
    }

    /// IDLE, until the client has heard enough.
    async fn wait<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        selected: &str,
    ) -> Option<()> {
        let mut news = self.news.subscribe();
        say(stream, "+ idling\r\n").await?;
        self.idling.send_modify(|n| *n += 1);
        let line = tokio::select! {
            line = read_line(stream) => line?,
            changed = news.changed() => {
                changed.ok()?;
                let n = self.mails(selected).len();
                say(stream, &format!("* {n} EXISTS\r\n")).await?;
                read_line(stream).await?
            }
        };
        assert_eq!(line, "DONE");
        Some(())
    }

    async fn step<S: AsyncWrite + Unpin>(&self, at: &str, stream: &mut S, answer: &[u8]) -> bool {
        let fault = self.options.lock().unwrap().fault;
        match fault {
            Some((here, fault)) if here == at => self.fail(fault, stream, b"* BYE\r\n").await,
            _ => stream.write_all(answer).await.is_err() || stream.flush().await.is_err(),
        }
    }

    /// Whether the connection is over.
    async fn fail<S: AsyncWrite + Unpin>(&self, fault: Fault, stream: &mut S, no: &[u8]) -> bool {
        match fault {
            Fault::Hang => std::future::pending().await,
            Fault::Drop => true,
            Fault::No => stream.write_all(no).await.is_err() || stream.flush().await.is_err(),
            Fault::Babble => {
                let line = vec![b'x'; 1 << 16];
                while stream.write_all(&line).await.is_ok() {}
                true
            }
        }
    }

    fn uid(&self, selected: &str, command: &str) -> Vec<u8> {
        let mut state = self.state.lock().unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        let mails = state.boxes.get_mut(selected).unwrap();
        let uid = words.get(1).and_then(|word| word.parse::<u32>().ok());
        let place = mails.iter().position(|mail| Some(mail.uid) == uid);
        match (words[0].to_ascii_uppercase().as_str(), place) {
            ("SEARCH", _) => {
                let has = |mail: &Kept, flag: &str| mail.flags.iter().any(|f| f == flag);
                let found = mails.iter().filter(|mail| {
                    let is_read = command.contains("UNSEEN") && has(mail, "\\Seen");
                    !has(mail, "\\Deleted") && !is_read
                });
                let found: Vec<String> = found.map(|mail| mail.uid.to_string()).collect();
                let found = found.join(" ");
                format!("* SEARCH {found}\r\n")
                    .replace("  ", " ")
                    .into_bytes()
            }
            ("FETCH", Some(place)) => {
                let mail = &mails[place];
                let most = command
                    .split('.')
                    .next_back()
                    .and_then(|end| end.trim_end_matches(">)").parse().ok());
                let bytes = &mail.bytes[..mail.bytes.len().min(most.unwrap_or(usize::MAX))];
                let head = format!(
                    "* {} FETCH (UID {} BODY[]<0> {{{}}}\r\n",
                    place + 1,
                    mail.uid,
                    bytes.len()
                );
                [head.as_bytes(), bytes, b")\r\n"].concat()
            }
            ("STORE", Some(place)) => {
                let (_, flags) = command.split_once('(').unwrap();
                let flags = flags.trim_end_matches(')').split(' ').map(str::to_owned);
                mails[place].flags.extend(flags);
                Vec::new()
            }
            ("EXPUNGE", Some(place)) => {
                if mails[place].flags.iter().any(|flag| flag == "\\Deleted") {
                    mails.remove(place);
                }
                Vec::new()
            }
            (word @ ("MOVE" | "COPY"), Some(place)) => {
                let mail = match word {
                    "MOVE" => mails.remove(place),
                    _ => mails[place].clone(),
                };
                let to = words[2].trim_matches('"');
                state.boxes.get_mut(to).unwrap().push(mail);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

fn known(tag: &str, is_known: bool) -> String {
    if is_known {
        format!("{tag} OK\r\n")
    } else {
        format!("{tag} NO [AUTHENTICATIONFAILED] not asha@example.org\r\n")
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> Option<()> {
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn read_line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
