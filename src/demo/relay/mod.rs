//! Relay: an SMTP server (RFC 5321) that catches every mail and passes none on.
//!
//! In: connections on a loopback port of its own. Out: the mails, in memory and as files, with what was wrong with their
//! lines. Flow: `line` (bytes → commands and bodies) → `session` (the dialogue) → `mails`; `answer` says who is refused
//! and `hold` lets a test stop the dialogue at the two moments that matter. No client is timed out, so a
//! test that stands still, or has paused the time, loses none.

mod answer;
mod hold;
mod line;
mod mails;
mod session;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use answer::{Answer, Phase};
pub use hold::Hold;
pub use mails::{Caught, Mails};

use answer::Script;
use hold::Holds;

/// Connections served at once; the next is answered 421.
pub const MAX_CONNECTIONS: usize = 200;

/// Greatest size of a mail, as announced by SIZE (RFC 1870).
pub const MAX_MAIL_BYTES: usize = 10_485_760;

/// How the relay is to be spoken to. The default is the plainest: no TLS, no login, mails kept in memory only.
#[derive(Clone)]
pub struct RelayOptions {
    /// Whether, and from when on, a connection is encrypted.
    pub tls: RelayTls,
    /// User name and password that MAIL asks for, offered by AUTH PLAIN and LOGIN (once TLS is up, where there is TLS).
    pub login: Option<(String, String)>,
    /// Where each mail is also written, as `0001-recipient.eml` from 1 upwards, before it is answered for. Made if missing.
    pub folder: Option<PathBuf>,
    /// Whether mails stay in memory. Without, they are counted and, if there is a folder, written.
    pub keep: bool,
}

impl Default for RelayOptions {
    fn default() -> RelayOptions {
        RelayOptions {
            tls: RelayTls::None,
            login: None,
            folder: None,
            keep: true,
        }
    }
}

impl fmt::Debug for RelayOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayOptions")
            .field("tls", &self.tls)
            .field("login", &self.login.is_some())
            .field("folder", &self.folder)
            .field("keep", &self.keep)
            .finish()
    }
}

/// Whether, and from when on, a connection is encrypted.
#[derive(Clone, Default)]
pub enum RelayTls {
    /// Never.
    #[default]
    None,
    /// From STARTTLS on (RFC 3207). A client may still send in the clear, unless a login is wanted.
    StartTls(Arc<ServerConfig>),
    /// From the first byte on (RFC 8314).
    Implicit(Arc<ServerConfig>),
}

impl fmt::Debug for RelayTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RelayTls::None => "None",
            RelayTls::StartTls(_) => "StartTls",
            RelayTls::Implicit(_) => "Implicit",
        })
    }
}

/// A running relay. Dropped, it closes its port and all connections, in the midst of whatever they say.
#[derive(Debug)]
pub struct CatchingRelay {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl CatchingRelay {
    /// Listens on a free port of 127.0.0.1.
    pub async fn start(options: RelayOptions) -> io::Result<CatchingRelay> {
        if let Some(folder) = &options.folder {
            tokio::fs::create_dir_all(folder).await?;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(options));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(accept(
            listener,
            Arc::clone(&shared),
            stop.clone(),
            tasks.clone(),
        ));
        Ok(CatchingRelay {
            address,
            shared,
            stop,
            tasks,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails caught so far, one for each recipient, in the order in which they came.
    pub fn mails(&self) -> Vec<Caught> {
        self.shared.mails.all()
    }

    /// The mails as they come, for whoever shows them; it outlives the relay.
    pub fn store(&self) -> Mails {
        self.shared.mails.clone()
    }

    /// How many mails were caught, kept or not.
    pub fn count(&self) -> usize {
        self.shared.mails.count()
    }

    /// How many faults the strict reader found in all mails together; see [`Caught::line_errors`].
    pub fn line_error_count(&self) -> usize {
        self.shared.mails.line_error_count()
    }

    /// Returns when `n` mails have been caught. It sets no deadline; the caller does.
    pub async fn until_count(&self, n: usize) {
        self.shared.mails.until_count(n).await;
    }

    /// The next mail is received whole and recorded, but its reply is held.
    pub fn hold_after_data(&self) -> Hold {
        self.shared.after_data.add()
    }

    /// The reply to the next RCPT is held.
    pub fn hold_before_data(&self) -> Hold {
        self.shared.before_data.add()
    }

    /// From now on `script` is asked first, with each recipient. What it has no answer for is answered by local part:
    /// "full…" 452, "gone…" 550, "later…" 451 once, "policy…" 554 after DATA, "busy…" 421 and closed, any other 250.
    pub fn refuse(&self, script: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static) {
        *lock(&self.shared.script) = Some(Arc::new(script));
    }

    /// Closes the port and all connections, and returns when that is done.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for CatchingRelay {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What all connections of a relay have in common.
pub(crate) struct Shared {
    options: RelayOptions,
    mails: Mails,
    script: Mutex<Option<Script>>,
    tried_before: Mutex<HashSet<String>>,
    before_data: Holds,
    after_data: Holds,
}

impl Shared {
    fn new(options: RelayOptions) -> Shared {
        Shared {
            mails: Mails::new(options.keep, options.folder.clone()),
            options,
            script: Mutex::default(),
            tried_before: Mutex::default(),
            before_data: Holds::default(),
            after_data: Holds::default(),
        }
    }

    /// What `recipient` is to be told; none means welcome.
    fn answer(&self, recipient: &str) -> Option<Answer> {
        let script = lock(&self.script).clone();
        script.and_then(|script| script(recipient)).or_else(|| {
            answer::by_local_part(recipient, |address| {
                lock(&self.tried_before).insert(address.to_owned())
            })
        })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Nothing under our locks can be left half done by a panic, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connection = 0;
    loop {
        let accepted = tokio::select! { () = stop.cancelled() => return, accepted = listener.accept() => accepted };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, as a rule. Accepting again at once would spin until one is free.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            turn_away(stream).await;
            continue;
        };
        connection += 1;
        let (shared, stop) = (Arc::clone(&shared), stop.clone());
        tasks.spawn(async move {
            let _place = place;
            tokio::select! {
                () = stop.cancelled() => {}
                ended = session::serve(stream, &shared, connection) => if let Err(error) = ended {
                    tracing::debug!(connection, %error, "a client of the catching relay broke off");
                },
            }
        });
    }
}

/// A few bytes fit into any socket's buffer, so this does not keep the next client waiting.
async fn turn_away(mut stream: TcpStream) {
    let _ = stream
        .write_all(b"421 4.7.0 too many connections, try again later\r\n")
        .await;
}
