//! Dispatch: takes due messages to the relay and writes down what became of each.
//!
//! In: messages that are due. Out: an outcome each. Nothing here knows what a newsletter is.
//! Flow: `lease` takes a few → a connection renders, sends (`line`) and tells `record`, which commits for all of them at
//! once. A message is marked `sending` by a commit before DATA: that commit is the fence against other nodes and the
//! last check of consent. Any step may be cut off by kill -9; `node::recover` says what the next start does about it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use lettre::Address;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

pub mod dkim;
mod lease;
mod line;
mod node;
mod outcome;
mod record;
pub mod trust;

pub use line::{Dial, Line, OpenError};

use crate::app::App;
use crate::db::{self, Sender};
use crate::message::{Reason, State};
use crate::render::letter::Letter;
use crate::render::mail::{Mail, RenderError, Renderer};
use line::StepError;
use outcome::{Fate, allowed};
use record::{Mark, Recorder, Tally};

/// Runs until it is stopped, or until nothing is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Waits for more; a relay that is away is tried again and again.
    Stopped,
    /// Ends when nothing is due now, or when the relay cannot be used.
    Idle,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Sent {
    /// Outcomes by state.
    pub by_state: BTreeMap<&'static str, u64>,
    /// Why the relay could not be used, if it could not.
    pub relay_error: Option<String>,
}

/// How the daemon steers a run.
#[derive(Clone, Default)]
pub struct Handle {
    /// Cancelled: lease no more, finish what is begun.
    pub stop: CancellationToken,
    /// Cancelled: drop the connections; recovery does the rest.
    pub kill: CancellationToken,
    /// Something may be due.
    pub wake: Arc<Notify>,
}

/// How long a run that has nothing to do waits before it looks by itself.
const POLL: Duration = Duration::from_secs(1);

struct Run {
    app: Arc<App>,
    owner: i64,
    dial: Dial,
    renderer: Renderer,
    recorder: Recorder,
    handle: Handle,
    until: Until,
    /// Why the relay cannot be used, as long as it cannot.
    trouble: Mutex<Option<String>>,
    /// Whether the fence has put back a message whose stories have changed since it was leased.
    changed: AtomicBool,
}

/// Sends what is due.
pub async fn run(app: Arc<App>, dial: Dial, handle: Handle, until: Until) -> db::Result<Sent> {
    let Some(sender) = become_sender(&app, &handle, until).await? else {
        return Ok(Sent::default());
    };
    let owner = node::register(&app).await?;
    // Whoever else had a lease in our file is dead, or we would not have its lock.
    let alone = matches!(sender, Sender::Sole(_));
    let caught = node::recover(&app, owner, alone).await?;
    if caught > 0 {
        tracing::warn!(
            messages = caught,
            "an earlier run was killed while it handed these mails over"
        );
    }
    let (recorder, writing) = record::start(app.clone(), owner);
    let run = Arc::new(Run {
        renderer: Renderer::new(app.clone()),
        app: app.clone(),
        owner,
        dial,
        recorder,
        handle,
        until,
        trouble: Mutex::new(None),
        changed: AtomicBool::new(false),
    });
    let beat = tokio::spawn(heartbeat(run.clone()));
    let mut worked = work(&run).await;
    while worked.is_ok() && run.changed.swap(false, Ordering::Relaxed) && !run.is_over() {
        worked = work(&run).await;
    }
    beat.abort();
    let _ = beat.await;
    let run = Arc::into_inner(run).expect("the connections and the heartbeat have ended");
    let relay_error = run.trouble.into_inner().unwrap_or_default();
    drop(run.recorder);
    drop(run.renderer);
    let tally = writing.await.unwrap_or_default();
    node::release(&app, owner).await?;
    worked?;
    Ok(Sent {
        by_state: by_word(&tally),
        relay_error,
    })
}

/// The right to send from this database; `None` if another process has it, and we are not to wait for it.
async fn become_sender(app: &App, handle: &Handle, until: Until) -> db::Result<Option<Sender>> {
    let mut told = false;
    loop {
        match db::sender(&app.config.database.url)? {
            Sender::Taken => {}
            sender => return Ok(Some(sender)),
        }
        if !told {
            tracing::info!("another process is sending from this database");
            told = true;
        }
        if until == Until::Idle || handle.stop.is_cancelled() {
            return Ok(None);
        }
        tokio::select! {
            () = handle.stop.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

fn by_word(tally: &Tally) -> BTreeMap<&'static str, u64> {
    tally.iter().map(|(state, n)| (state.word(), *n)).collect()
}

async fn heartbeat(run: Arc<Run>) {
    loop {
        tokio::time::sleep(node::BEAT).await;
        let beaten = async {
            node::beat(&run.app, run.owner, run.trouble().as_deref()).await?;
            node::recover(&run.app, run.owner, false).await
        };
        if let Err(error) = beaten.await {
            tracing::warn!(%error, "the heartbeat could not be written");
        }
    }
}

/// Leases for the connections until the run ends, then waits for them.
async fn work(run: &Arc<Run>) -> db::Result<()> {
    let connections = run
        .app
        .config
        .relay
        .first()
        .map_or(1, |r| r.connections as usize);
    // As many wait as are being sent: enough that no connection idles while the next lease is taken.
    let (give, letters) = mpsc::channel(connections * 2);
    let letters = Arc::new(tokio::sync::Mutex::new(letters));
    let mut lines = tokio::task::JoinSet::new();
    for _ in 0..connections {
        lines.spawn(connection(run.clone(), letters.clone()));
    }
    drop(letters);
    let leased = lease_all(run, &give, connections).await;
    drop(give);
    tokio::select! {
        () = async { while lines.join_next().await.is_some() {} } => {}
        () = run.handle.kill.cancelled() => lines.shutdown().await,
    }
    leased
}

async fn lease_all(run: &Run, give: &mpsc::Sender<Letter>, connections: usize) -> db::Result<()> {
    let batch = (connections * 16).clamp(64, 500);
    loop {
        // Made before we look, so no wake-up falls between.
        let woken = run.handle.wake.notified();
        let letters = if run.is_over() {
            return Ok(());
        } else {
            lease::lease(&run.app, run.owner, batch).await
        };
        let letters = match (letters, run.until) {
            (Ok(letters), _) => letters,
            (Err(error), Until::Idle) => return Err(error),
            (Err(error), Until::Stopped) => {
                tracing::error!(%error, "what is due cannot be read; trying again");
                Vec::new()
            }
        };
        if letters.is_empty() {
            if run.until == Until::Idle {
                return Ok(());
            }
            tokio::select! {
                () = run.handle.stop.cancelled() => {}
                () = woken => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        for letter in letters {
            tokio::select! {
                sent = give.send(letter) => if sent.is_err() { return Ok(()) },
                () = run.handle.stop.cancelled() => return Ok(()),
            }
        }
    }
}

impl Run {
    fn trouble(&self) -> Option<String> {
        self.trouble.lock().ok().and_then(|t| t.clone())
    }

    fn set_trouble(&self, now: Option<String>) -> Option<String> {
        self.trouble
            .lock()
            .ok()
            .and_then(|mut t| std::mem::replace(&mut *t, now))
    }

    /// Whether nothing more is to be begun.
    fn is_over(&self) -> bool {
        self.handle.stop.is_cancelled() || (self.until == Until::Idle && self.trouble().is_some())
    }

    /// A line to the relay, however long that takes; `None` when the run ends first.
    async fn open(&self) -> Option<Line> {
        let mut pause = Duration::from_secs(1);
        while !self.is_over() {
            match self.dial.open().await {
                Ok(line) => {
                    if self.set_trouble(None).is_some() {
                        tracing::info!(relay.name = %self.dial.name, "the relay is back");
                    }
                    return Some(line);
                }
                Err(error) => {
                    let first = self.set_trouble(Some(error.to_string())).is_none();
                    // Whoever asked for one run is told when it ends.
                    if first && self.until == Until::Stopped {
                        tracing::error!(%error, "messages stay queued; they leave by themselves when it is mended");
                    }
                }
            }
            if self.is_over() {
                break;
            }
            tokio::select! {
                () = self.handle.stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(Duration::from_mins(1));
        }
        None
    }
}

/// One connection's life: messages, one after the other, over a line that stays open.
async fn connection(run: Arc<Run>, letters: Arc<tokio::sync::Mutex<mpsc::Receiver<Letter>>>) {
    let mut line = None;
    loop {
        let next = async { letters.lock().await.recv().await };
        let letter = match (
            &line,
            tokio::time::timeout(Duration::from_secs(20), next).await,
        ) {
            // Once stopped, what waited here goes back with the lease.
            (_, Ok(Some(letter))) if !run.handle.stop.is_cancelled() => letter,
            (_, Ok(_)) => break,
            // An idle relay would close the line by itself, in the middle of our next mail.
            (Some(_), Err(_)) => {
                close(line.take()).await;
                continue;
            }
            (None, Err(_)) => continue,
        };
        line = send(&run, letter, line).await;
    }
    close(line).await;
}

async fn close(line: Option<Line>) {
    if let Some(line) = line {
        line.close().await;
    }
}

/// Sends one message and says what became of it; the line, if it can be used again.
async fn send(run: &Run, letter: Letter, line: Option<Line>) -> Option<Line> {
    if !allowed(
        run.app.config.dispatch.only_to.as_deref(),
        letter.email.as_smtp(),
    ) {
        run.recorder
            .outcome(outcome::ended(
                &letter,
                State::Cancelled,
                Reason::NotAllowed,
            ))
            .await;
        return line;
    }
    let mut mail = match run.renderer.mail(&letter).await {
        Ok(mail) => mail,
        Err(RenderError::Database(error)) => {
            tracing::error!(issue.id = letter.id.issue_id, subscriber.id = letter.id.subscriber_id, %error,
                            "what a mail shows could not be read; it is tried again");
            run.recorder
                .outcome(outcome::postponed(&run.app, &letter))
                .await;
            return line;
        }
        Err(error) => {
            tracing::error!(issue.id = letter.id.issue_id, subscriber.id = letter.id.subscriber_id, %error,
                            "a mail could not be rendered");
            run.recorder
                .outcome(outcome::ended(&letter, State::Failed, Reason::NotRendered))
                .await;
            return line;
        }
    };
    let Ok(to) = letter.email.as_smtp().parse::<Address>() else {
        run.recorder
            .outcome(outcome::ended(&letter, State::Failed, Reason::NotRendered))
            .await;
        return line;
    };
    let signatures = run
        .app
        .signers
        .sign(mail.author.domain(), mail.message().as_bytes());
    mail.bytes.insert_str(0, &signatures);
    let used = line.is_some();
    let mut line = match line {
        Some(line) => line,
        None => run.open().await?,
    };
    // MAIL and RCPT are in flight while the mark is committed.
    let (mut begun, marked) = tokio::join!(
        line.begin(&mail.from, &to),
        run.recorder.mark(letter.id, letter.cohort_id)
    );
    if used && matches!(begun, Err(StepError::Lost(_))) {
        // A line that lay idle may have been closed meanwhile; a fresh one tells whether the relay is well.
        match run.open().await {
            Some(fresh) => {
                line = fresh;
                begun = if marked == Mark::Passed {
                    line.begin(&mail.from, &to).await
                } else {
                    Ok(())
                };
            }
            None => begun = Err(StepError::Lost(None)),
        }
    }
    if marked == Mark::Changed {
        run.changed.store(true, Ordering::Relaxed);
        run.handle.wake.notify_one();
    }
    if marked != Mark::Passed {
        return match begun {
            Err(StepError::Lost(_)) => None,
            _ => line.reset().await.is_ok().then_some(line),
        };
    }
    let fate = hand_over(&mut line, begun, &mail).await;
    let usable = match &fate {
        Fate::Accepted(_) => true,
        Fate::Refused(_) => line.reset().await.is_ok(),
        Fate::Lost(_) | Fate::InDoubt => false,
    };
    run.recorder
        .outcome(outcome::decide(&run.app, &letter, mail.stream, &fate))
        .await;
    usable.then_some(line)
}

async fn hand_over(line: &mut Line, begun: Result<(), StepError>, mail: &Mail) -> Fate {
    let before = |error| match error {
        StepError::Refused(reply) => Fate::Refused(reply),
        StepError::Lost(reply) => Fate::Lost(reply),
    };
    if let Err(error) = begun {
        return before(error);
    }
    if let Err(error) = line.ask().await {
        return before(error);
    }
    match line.hand_over(&mail.bytes).await {
        Ok(reply) => Fate::Accepted(reply),
        Err(StepError::Refused(reply)) => Fate::Refused(reply),
        // A 421 in answer to the final dot is a no; silence may be a yes.
        Err(StepError::Lost(Some(reply))) => Fate::Lost(Some(reply)),
        Err(StepError::Lost(None)) => Fate::InDoubt,
    }
}

/// How long after `n` tries the next one comes.
fn backoff(retry_minutes: &[u32], n: i16) -> SignedDuration {
    let at = (n.max(1) as usize - 1).min(retry_minutes.len().saturating_sub(1));
    SignedDuration::from_mins(i64::from(retry_minutes.get(at).copied().unwrap_or(5)))
}
