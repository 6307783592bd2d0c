//! A relay that writes down each mail that was handed over whole, and can stop its connections at any point of the
//! dialogue.
//!
//! It keeps no bodies, so thousands of mails cost little. What a client had sent before it was killed is still read, as
//! any relay does: a mail whose final dot lies in the buffer is taken, though its sender is dead by then.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use super::world::DEADLINE;

/// A point of the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// EHLO is read and not answered.
    Hello,
    /// MAIL is read and not answered.
    Mail,
    /// RCPT is read and not answered.
    Rcpt,
    /// DATA, or the first BDAT, is read and not answered.
    Data,
    /// The mail has begun to come.
    Body,
    /// The mail is here, its final dot too, and written down; there is no answer yet.
    Dot,
    /// The answer to the final dot is sent.
    Answered,
}

/// A mail that was handed over whole.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Whom it is for.
    pub(crate) to: String,
    /// Its Message-ID.
    pub(crate) message_id: String,
    /// Its Date, in seconds since 1970.
    pub(crate) date_s: i64,
}

/// A connection that stands at a point of the dialogue.
#[derive(Clone, Debug)]
pub(crate) struct Stopped {
    /// What the client called itself in EHLO.
    pub(crate) helo: String,
    /// The recipient, from RCPT on.
    pub(crate) to: String,
}

/// The relay. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct Recorder {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    offers: &'static str,
    seen: Mutex<Vec<Seen>>,
    count: watch::Sender<usize>,
    open: watch::Sender<usize>,
    trap: Mutex<Option<Armed>>,
    traps: AtomicU64,
    /// One recipient in so many is answered 451 at first; 0: none.
    greylisted: AtomicU64,
    tried: Mutex<HashSet<String>>,
    pause_ms: AtomicU64,
}

struct Armed {
    number: u64,
    stage: Stage,
    left: u64,
    everyone: bool,
    stopped: watch::Sender<Vec<Stopped>>,
    release: watch::Receiver<()>,
}

/// A point of the dialogue at which connections are stopped, until this is dropped.
pub(crate) struct Trap {
    number: u64,
    stage: Stage,
    shared: Arc<Shared>,
    stopped: watch::Receiver<Vec<Stopped>>,
    /// Dropped, it lets them go on.
    _release: watch::Sender<()>,
}

impl Trap {
    /// Returns when a connection has come to the point; the first.
    pub(crate) async fn reached(&self) -> Stopped {
        self.reached_by(1).await.remove(0)
    }

    /// Returns when so many connections stand at the point.
    pub(crate) async fn reached_by(&self, n: usize) -> Vec<Stopped> {
        let mut stopped = self.stopped.clone();
        match timeout(DEADLINE, stopped.wait_for(|all| all.len() >= n)).await {
            Ok(stopped) => stopped.expect("the relay lives").clone(),
            Err(late) => panic!("no mail came to {:?}: {late}", self.stage),
        }
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        let mut trap = self.shared.trap.lock().unwrap();
        // Another may have taken its place.
        if trap
            .as_ref()
            .is_some_and(|armed| armed.number == self.number)
        {
            *trap = None;
        }
    }
}

impl Recorder {
    /// Listens on a free port of loopback, and offers these extensions beside SIZE and 8BITMIME.
    pub(crate) async fn start(offers: &'static str) -> Recorder {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            offers,
            seen: Mutex::default(),
            count: watch::Sender::new(0),
            open: watch::Sender::new(0),
            trap: Mutex::default(),
            traps: AtomicU64::new(0),
            greylisted: AtomicU64::new(0),
            tried: Mutex::default(),
            pause_ms: AtomicU64::new(0),
        });
        let all = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = all.clone();
                shared.open.send_modify(|n| *n += 1);
                tokio::spawn(async move {
                    // A client that was killed breaks off in the midst of anything.
                    let _ = Session::new(&shared, stream).talk().await;
                    shared.open.send_modify(|n| *n -= 1);
                });
            }
        });
        Recorder { port, shared }
    }

    /// What stands in `[[relay]]` for it, with so many connections.
    pub(crate) fn settings(&self, connections: usize) -> String {
        let port = self.port;
        format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = {connections}")
    }

    /// The first recipient in so many is answered 451, once.
    pub(crate) fn greylist_one_in(&self, n: u64) {
        self.shared.greylisted.store(n, Ordering::Relaxed);
    }

    /// From now on the answer to each mail takes so long.
    pub(crate) fn take_ms(&self, pause_ms: u64) {
        self.shared.pause_ms.store(pause_ms, Ordering::Relaxed);
    }

    /// The connection that is the nth to come to this point from now on stops there; with `everyone`, each that comes
    /// after it, too. It takes the place of the trap before it, whose connections stand until that one is dropped.
    pub(crate) fn stop_at(&self, stage: Stage, nth: u64, everyone: bool) -> Trap {
        let (tell, stopped) = watch::channel(Vec::new());
        let (release, released) = watch::channel(());
        let number = self.shared.traps.fetch_add(1, Ordering::Relaxed);
        *self.shared.trap.lock().unwrap() = Some(Armed {
            number,
            stage,
            left: nth,
            everyone,
            stopped: tell,
            release: released,
        });
        Trap {
            number,
            stage,
            shared: self.shared.clone(),
            stopped,
            _release: release,
        }
    }

    /// The mails, in the order in which they came.
    pub(crate) fn mails(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// How many mails there are.
    pub(crate) fn count(&self) -> usize {
        *self.shared.count.borrow()
    }

    /// Returns when there are `n` mails.
    pub(crate) async fn until_count(&self, n: usize) {
        let mut count = self.shared.count.subscribe();
        let seen = timeout(DEADLINE, count.wait_for(|count| *count >= n)).await;
        assert!(seen.is_ok(), "{} of {n} mails have come", self.count());
    }

    /// Returns when no connection is open: whatever a killed client had sent is read.
    pub(crate) async fn until_alone(&self) {
        let mut open = self.shared.open.subscribe();
        let seen = timeout(DEADLINE, open.wait_for(|open| *open == 0)).await;
        assert!(seen.is_ok(), "a connection stays open");
    }
}

impl Shared {
    async fn point(&self, stage: Stage, helo: &str, to: &str) {
        let mut release = {
            let mut trap = self.trap.lock().unwrap();
            let Some(armed) = trap.as_mut().filter(|armed| armed.stage == stage) else {
                return;
            };
            if armed.left == 0 && !armed.everyone {
                return;
            }
            armed.left = armed.left.saturating_sub(1);
            if armed.left > 0 {
                return;
            }
            let (helo, to) = (helo.to_owned(), to.to_owned());
            armed
                .stopped
                .send_modify(|all| all.push(Stopped { helo, to }));
            armed.release.clone()
        };
        // It changes never; it ends.
        let _ = release.changed().await;
    }

    /// Whether this recipient is to come again later.
    fn is_greylisted(&self, to: &str) -> bool {
        let one_in = self.greylisted.load(Ordering::Relaxed);
        if one_in == 0 {
            return false;
        }
        let mut hasher = DefaultHasher::new();
        to.hash(&mut hasher);
        hasher.finish().is_multiple_of(one_in) && self.tried.lock().unwrap().insert(to.to_owned())
    }
}

struct Session<'a> {
    shared: &'a Shared,
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
    helo: String,
    to: String,
    mail: Vec<u8>,
}

impl Session<'_> {
    fn new(shared: &Shared, stream: TcpStream) -> Session<'_> {
        let _ = stream.set_nodelay(true);
        let (read, write) = stream.into_split();
        Session {
            shared,
            read: BufReader::with_capacity(64 * 1024, read),
            write,
            helo: String::new(),
            to: String::new(),
            mail: Vec::new(),
        }
    }

    async fn point(&self, stage: Stage) {
        self.shared.point(stage, &self.helo, &self.to).await;
    }

    /// The client may be dead, and what it sent still be to be read.
    async fn say(&mut self, text: &str) {
        let _ = self.write.write_all(text.as_bytes()).await;
    }

    async fn talk(&mut self) -> io::Result<()> {
        self.say("220 recorder.example ESMTP\r\n").await;
        let mut line = String::new();
        loop {
            line.clear();
            if self.read.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            match line.get(..4).unwrap_or("").to_ascii_uppercase().as_str() {
                "EHLO" => {
                    line[4..].trim().clone_into(&mut self.helo);
                    self.point(Stage::Hello).await;
                    let mut answer = "250-recorder.example\r\n".to_owned();
                    for offer in self.shared.offers.split_ascii_whitespace() {
                        answer.push_str(&format!("250-{offer}\r\n"));
                    }
                    self.say(&format!("{answer}250-8BITMIME\r\n250 SIZE 10485760\r\n"))
                        .await;
                }
                "MAIL" => {
                    self.to.clear();
                    self.mail.clear();
                    self.point(Stage::Mail).await;
                    self.say("250 2.1.0 sender noted\r\n").await;
                }
                "RCPT" => self.recipient(&line).await,
                "DATA" => self.data().await?,
                "BDAT" => self.chunk(&line).await?,
                "RSET" => {
                    self.to.clear();
                    self.mail.clear();
                    self.say("250 2.0.0 forgotten\r\n").await;
                }
                "QUIT" => {
                    self.say("221 2.0.0 goodbye\r\n").await;
                    return Ok(());
                }
                _ => self.say("250 2.0.0 as you say\r\n").await,
            }
        }
    }

    async fn recipient(&mut self, line: &str) {
        let to = line
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'));
        let to = to.map(|(to, _)| to.to_owned()).unwrap_or_default();
        self.shared.point(Stage::Rcpt, &self.helo, &to).await;
        if self.shared.is_greylisted(&to) {
            self.say("451 4.7.1 greylisted, come again\r\n").await;
        } else {
            self.to = to;
            self.say("250 2.1.5 recipient noted\r\n").await;
        }
    }

    async fn data(&mut self) -> io::Result<()> {
        if self.to.is_empty() {
            self.say("554 5.5.1 nobody to send it to\r\n").await;
            return Ok(());
        }
        self.point(Stage::Data).await;
        self.say("354 end with a dot\r\n").await;
        let mut from = 0;
        loop {
            if self.read.read_until(b'\n', &mut self.mail).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if from == 0 {
                self.point(Stage::Body).await;
            }
            if &self.mail[from..] == b".\r\n" {
                break;
            }
            from = self.mail.len();
        }
        self.whole().await;
        Ok(())
    }

    /// BDAT (RFC 3030, section 2).
    async fn chunk(&mut self, line: &str) -> io::Result<()> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let size: usize = words.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let is_last = words.next().is_some();
        if self.mail.is_empty() {
            self.point(Stage::Data).await;
        }
        let from = self.mail.len();
        self.mail.resize(from + size, 0);
        let some = size.min(64);
        self.read
            .read_exact(&mut self.mail[from..from + some])
            .await?;
        if from == 0 {
            self.point(Stage::Body).await;
        }
        self.read.read_exact(&mut self.mail[from + some..]).await?;
        if self.to.is_empty() {
            self.say("554 5.5.1 nobody to send it to\r\n").await;
        } else if is_last {
            self.whole().await;
        } else {
            self.say("250 2.0.0 more\r\n").await;
        }
        Ok(())
    }

    async fn whole(&mut self) {
        let mail = std::mem::take(&mut self.mail);
        let to = std::mem::take(&mut self.to);
        let text = String::from_utf8_lossy(&mail);
        let header = |name: &str| {
            let mut lines = text.lines().take_while(|line| !line.is_empty());
            let value = lines.find_map(|line| {
                let (head, value) = line.split_once(':')?;
                head.eq_ignore_ascii_case(name).then(|| value.trim())
            });
            value.unwrap_or_else(|| panic!("a mail without {name}"))
        };
        let date = jiff::fmt::rfc2822::parse(header("Date")).expect("a date");
        let seen = Seen {
            message_id: header("Message-ID").to_owned(),
            date_s: date.timestamp().as_second(),
            to: to.clone(),
        };
        self.shared.seen.lock().unwrap().push(seen);
        self.shared.count.send_modify(|count| *count += 1);
        self.shared.point(Stage::Dot, &self.helo, &to).await;
        let pause_ms = self.shared.pause_ms.load(Ordering::Relaxed);
        if pause_ms > 0 {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        }
        self.say("250 2.0.0 written down\r\n").await;
        self.shared.point(Stage::Answered, &self.helo, &to).await;
    }
}
