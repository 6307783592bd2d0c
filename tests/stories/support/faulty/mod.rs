//! A relay written for misbehaving: a real SMTP server (RFC 5321) on a loopback port that does what a story scripts.
//!
//! In: a [`Manner`] (what it offers, how it writes) and [`Fault`]s (what it does at which verb, to whom, how often). Out:
//! every mail that it took, whether its client heard so, which faults came about, and what the client did that no client
//! may. Nothing here times a client out.

mod session;

use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio_rustls::rustls::ServerConfig;

/// Where in the dialogue a fault comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    Greeting,
    Ehlo,
    StartTls,
    /// Instead of the handshake.
    Tls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// As the mail begins to come, before its end is looked at.
    Body,
    /// In answer to the final dot, or to the last chunk (RFC 3030).
    Dot,
    Rset,
    Quit,
}

/// What the relay does instead of its usual answer. At [`Verb::Dot`] it has taken the mail, unless it says no.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Says this, line ends and all, and goes on; it means what it says if it begins with 2 or 3.
    Say(&'static str),
    /// Says this and closes.
    SayAndClose(&'static str),
    /// Never says anything again.
    Hang,
    /// Closes.
    Close,
    /// Resets the connection (RST).
    Reset,
    /// A reply of ever more lines.
    Endless,
    /// A reply of one line without an end.
    LongLine,
}

/// A fault that is to come.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    verb: Verb,
    act: Act,
    to: Option<&'static str>,
    after_connection: usize,
    after_mails: usize,
    times: usize,
}

impl Fault {
    /// At this verb, whenever it comes.
    pub(crate) fn at(verb: Verb, act: Act) -> Fault {
        Fault {
            verb,
            act,
            to: None,
            after_connection: 0,
            after_mails: 0,
            times: usize::MAX,
        }
    }

    /// The first time only.
    pub(crate) fn once(verb: Verb, act: Act) -> Fault {
        Fault {
            times: 1,
            ..Fault::at(verb, act)
        }
    }

    /// For this recipient only. Before RCPT it is known only if it came in the same packet.
    pub(crate) fn to(self, address: &'static str) -> Fault {
        Fault {
            to: Some(address),
            ..self
        }
    }

    /// Not on the first `n` connections.
    pub(crate) fn after_connection(self, n: usize) -> Fault {
        Fault {
            after_connection: n,
            ..self
        }
    }

    /// Not before a connection has brought `n` mails.
    pub(crate) fn after_mails(self, n: usize) -> Fault {
        Fault {
            after_mails: n,
            ..self
        }
    }
}

/// How replies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packets {
    /// Each as soon as it is known.
    Each,
    /// Those to commands that came together, together.
    Together,
    /// A byte at a time.
    Bytes,
}

/// What the relay offers, and how it speaks.
#[derive(Clone)]
pub(crate) struct Manner {
    pub(crate) pipelining: bool,
    pub(crate) chunking: bool,
    pub(crate) smtputf8: bool,
    /// What SIZE announces (RFC 1870); a mail that says it is larger is refused at MAIL.
    pub(crate) size: Option<usize>,
    /// Offers STARTTLS, or is TLS from the first byte on.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) implicit: bool,
    /// Does not say in EHLO that it has STARTTLS.
    pub(crate) stripped: bool,
    /// Offers AUTH PLAIN, and takes any login.
    pub(crate) login: bool,
    pub(crate) packets: Packets,
    /// Asks for the mail at DATA even if it is to go to nobody.
    pub(crate) asks_for_nobodys_mail: bool,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            pipelining: true,
            chunking: false,
            smtputf8: true,
            size: None,
            tls: None,
            implicit: false,
            stripped: false,
            login: false,
            packets: Packets::Each,
            asks_for_nobodys_mail: false,
        }
    }
}

/// A mail that the relay took.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) connection: usize,
    pub(crate) to: String,
    pub(crate) message_id: String,
    /// Without the stuffing of dots.
    pub(crate) bytes: Vec<u8>,
    /// Whether the client was told.
    pub(crate) told: bool,
}

/// A fault that came about.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) verb: Verb,
    pub(crate) connection: usize,
    /// Whose mail it met, where that was known.
    pub(crate) to: Option<String>,
}

/// The relay; it stops with its runtime.
pub(crate) struct FaultyRelay {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    manner: Mutex<Manner>,
    faults: Mutex<Vec<Fault>>,
    taken: Mutex<Vec<Taken>>,
    hits: Mutex<Vec<Hit>>,
    heard: Mutex<Vec<String>>,
    wrongs: Mutex<Vec<String>>,
    connections: Mutex<usize>,
    /// Bytes of endless replies that the client's side took.
    poured: Mutex<u64>,
}

impl FaultyRelay {
    pub(crate) async fn start(manner: Manner) -> FaultyRelay {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            manner: Mutex::new(manner),
            ..Shared::default()
        });
        let all = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut connections = all.connections.lock().unwrap();
                    *connections += 1;
                    *connections
                };
                tokio::spawn(session::serve(stream, number, all.clone()));
            }
        });
        FaultyRelay { port, shared }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// From now on it does these things, and no others.
    pub(crate) fn misbehave(&self, faults: Vec<Fault>) {
        *self.shared.faults.lock().unwrap() = faults;
        self.shared.hits.lock().unwrap().clear();
        self.shared.heard.lock().unwrap().clear();
    }

    /// It is mended.
    pub(crate) fn behave(&self) {
        self.misbehave(Vec::new());
    }

    /// From the next connection on it speaks so.
    pub(crate) fn speak(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// The mails that it took, in order.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// How often it took a mail for this address.
    pub(crate) fn count_to(&self, address: &str) -> usize {
        self.taken().iter().filter(|t| t.to == address).count()
    }

    /// The faults that came about since the last [`FaultyRelay::misbehave`].
    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.shared.hits.lock().unwrap().clone()
    }

    /// The commands that it heard since the last [`FaultyRelay::misbehave`], in order.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// How many bytes of endless replies were taken from it.
    pub(crate) fn poured(&self) -> u64 {
        *self.shared.poured.lock().unwrap()
    }

    /// How many connections it had.
    pub(crate) fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }

    /// Panics if the client did what no client may.
    pub(crate) fn was_treated_well(&self) {
        let wrongs = self.shared.wrongs.lock().unwrap();
        assert!(wrongs.is_empty(), "{wrongs:?}");
    }
}
