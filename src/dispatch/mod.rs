//! Dispatch: takes due messages to the relays and writes down what became of each.
//!
//! In: messages that are due. Out: an outcome each. Nothing here knows what a newsletter is.
//! Flow: `pick` reads what is due onto the `desk` → a connection takes a job, renders, marks (`record`) and sends it
//! (`line`), and tells `record` what came of it, which commits for all connections at once. A message is marked `sending`
//! by a commit before MAIL: that commit claims it among all nodes, and is the last check of consent. Any step may be cut
//! off by kill -9; `node::recover` says what the next start does about it. `brake` and `desk` keep relays and providers
//! from being sent more than they want; `reply`, `retry` and `breaker` decide what follows from a refusal, for the one message
//! and for those like it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use lettre::Address;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod bounce;
mod brake;
mod breaker;
mod desk;
mod dial;
pub mod dkim;
mod heed;
pub mod hold;
mod line;
mod node;
mod outcome;
mod patience;
mod pick;
pub(crate) mod provider;
mod record;
pub(crate) mod reply;
mod retry;
mod trip;
pub mod trust;
mod warmup;

pub use dial::{Dial, OpenError};
pub use line::Line;
pub(crate) use line::strike_addresses;
pub(crate) use reply::Class;

use crate::app::App;
use crate::config::{Config, Problems};
use crate::db::{self, Sender};
use crate::message::{Reason, State, Stream};
use crate::render::mail::{Mail, RenderError, Renderer};
use breaker::Breaker;
use desk::{Braked, Desk, Job, Shut};
use heed::Streak;
use line::{Fate, Step};
use outcome::allowed;
use pick::{POLL, Part, Picker, Round};
use record::{Mark, Recorder, Settled, Tally, Wanted};

/// How every configured relay is reached. Reads the certificate and password files.
pub fn dials(config: &Config) -> Result<Vec<Dial>, Problems> {
    let dial = |relay| Dial::new(relay, config.dispatch.timeout_s);
    config.relay.iter().map(dial).collect()
}

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
    /// Cancelled: pick up no more, finish what is begun.
    pub stop: CancellationToken,
    /// Cancelled: drop the connections; recovery does the rest.
    pub kill: CancellationToken,
    /// Something may be due.
    pub wake: Arc<Notify>,
}

struct Run {
    app: Arc<App>,
    owner: i64,
    relays: Vec<Relay>,
    desk: Arc<Desk>,
    renderer: Renderer,
    recorder: Recorder,
    handle: Handle,
    until: Until,
    part: Mutex<Part>,
    breaker: Arc<Mutex<Breaker>>,
    /// Whether the fence has put back a message whose stories have changed since it was picked up.
    changed: AtomicBool,
    /// Those who ask whether a relay is back, as long as there is something to send.
    probes: TaskTracker,
    over: CancellationToken,
}

/// A relay as a run sees it.
struct Relay {
    dial: Dial,
    standing: watch::Sender<Standing>,
    /// Why it cannot be used, as long as it cannot.
    trouble: Mutex<Option<String>>,
    /// Why it takes no mails though it can be reached, as long as it does not.
    unwilling: Mutex<Option<String>>,
    streak: Mutex<Streak>,
}

/// A relay's connections.
#[derive(Default)]
struct Standing {
    lines: usize,
    /// How many were opened so far.
    opened: u64,
    /// Those that are being opened, by number, in the order in which they were begun.
    opening: BTreeSet<u64>,
    next: u64,
}

/// Sends what is due, by these relays: [`dials`].
pub async fn run(
    app: Arc<App>,
    dials: Vec<Dial>,
    handle: Handle,
    until: Until,
) -> db::Result<Sent> {
    let Some(sender) = become_sender(&app, &handle, until).await? else {
        return Ok(Sent::default());
    };
    let owner = node::register(&app).await?;
    // Whoever else had something in hand in our file is dead, or we would not have its lock.
    let alone = matches!(sender, Sender::Sole(_));
    let caught = node::recover(&app, owner, alone).await?;
    if caught > 0 {
        tracing::warn!(
            messages = caught,
            "an earlier run was killed while it handed these mails over"
        );
    }
    let providers = provider::numbers(&app).await?;
    let breaker = Breaker::new(app.config.breaker.clone(), &providers, app.clock.now());
    let breaker = Arc::new(Mutex::new(breaker));
    let (recorder, writing) = record::start(app.clone(), owner);
    let relay = |dial| Relay {
        dial,
        standing: watch::Sender::default(),
        trouble: Mutex::default(),
        unwilling: Mutex::default(),
        streak: Mutex::default(),
    };
    let run = Arc::new(Run {
        renderer: Renderer::new(app.clone()),
        desk: Arc::new(Desk::new(
            &app.config.relay,
            &app.config.provider,
            &providers,
        )),
        app: app.clone(),
        owner,
        relays: dials.into_iter().map(relay).collect(),
        recorder,
        handle,
        until,
        part: Mutex::new(Part::WHOLE),
        breaker: breaker.clone(),
        changed: AtomicBool::new(false),
        probes: TaskTracker::new(),
        over: CancellationToken::new(),
    });
    run.take_part().await?;
    run.weigh_complaints().await?;
    let beat = tokio::spawn(heartbeat(run.clone()));
    let mut picker = Picker::new(app.clone(), run.desk.clone(), breaker, &providers);
    let worked = work(&run, &mut picker).await;
    beat.abort();
    let _ = beat.await;
    run.over.cancel();
    run.probes.close();
    run.probes.wait().await;
    drop(picker);
    let has_left = run.handle.kill.is_cancelled();
    let run =
        Arc::into_inner(run).expect("the connections, the heartbeat and the probes have ended");
    let relay_error = run.trouble();
    drop(run.recorder);
    drop(run.renderer);
    let tally = writing.await.unwrap_or_default();
    node::release(&app, owner, has_left).await?;
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
            run.take_part().await?;
            run.weigh_complaints().await?;
            node::recover(&run.app, run.owner, false).await
        };
        if let Err(error) = beaten.await {
            tracing::warn!(%error, "the heartbeat could not be written");
        }
    }
}

/// Picks up for the connections until the run ends, then waits for them.
async fn work(run: &Arc<Run>, picker: &mut Picker) -> db::Result<()> {
    let mut lines = tokio::task::JoinSet::new();
    for (relay, settings) in run.app.config.relay.iter().enumerate() {
        for number in 0..settings.connections as usize {
            lines.spawn(connection(run.clone(), relay, number));
        }
    }
    let picked = pick_all(run, picker).await;
    run.desk.close(run.is_over());
    tokio::select! {
        () = async { while lines.join_next().await.is_some() {} } => {}
        () = run.handle.kill.cancelled() => lines.shutdown().await,
    }
    picked
}

async fn pick_all(run: &Run, picker: &mut Picker) -> db::Result<()> {
    loop {
        // Made before we look, so no wake-up falls between.
        let woken = run.handle.wake.notified();
        if run.is_over() {
            return Ok(());
        }
        picker.set_part(run.part());
        let was_empty = run.desk.is_empty();
        let pause = match (picker.round().await, run.until) {
            (Ok(Round::Picked(_)), _) if run.desk.wants_more() => continue,
            // Rates give room by and by, and tell nobody.
            (Ok(Round::Full), _) => Duration::from_millis(50),
            (Ok(Round::Picked(_)), _) | (Ok(Round::Nothing), Until::Stopped) => POLL,
            (Ok(Round::Nothing), Until::Idle) => {
                if was_empty && !run.changed.swap(false, Ordering::Relaxed) {
                    return Ok(());
                }
                // What was in hand may come back changed, or have kept a place under a ceiling.
                picker.look_again();
                Duration::from_millis(20)
            }
            (Err(error), Until::Idle) => return Err(error),
            (Err(error), Until::Stopped) => {
                tracing::error!(%error, "what is due cannot be read; trying again");
                POLL
            }
        };
        tokio::select! {
            () = run.handle.stop.cancelled() => {}
            () = woken => picker.look_again(),
            () = run.desk.hungry.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Why a relay gives no line.
enum OpenFailure {
    /// Others stand.
    Full(OpenError),
    /// None does.
    Away(OpenError),
}

impl Relay {
    /// A new line. Whether one that fails is one too many or the relay is away, those tell that were begun before.
    async fn open(&self) -> Result<Line, OpenFailure> {
        let (mut number, mut before) = (0, 0);
        self.standing.send_modify(|standing| {
            number = standing.next;
            before = standing.opened;
            standing.next += 1;
            standing.opening.insert(number);
        });
        let opened = self.dial.open().await;
        let mut next = 0;
        self.standing.send_modify(|standing| {
            standing.opening.remove(&number);
            standing.lines += usize::from(opened.is_ok());
            standing.opened += u64::from(opened.is_ok());
            next = standing.next;
        });
        let error = match opened {
            Ok(line) => return Ok(line),
            Err(error) => error,
        };
        let is_full = |standing: &Standing| standing.lines > 0 || standing.opened > before;
        let is_known = |standing: &Standing| {
            is_full(standing) || standing.opening.first().is_none_or(|n| *n >= next)
        };
        let mut standing = self.standing.subscribe();
        let known = standing.wait_for(is_known).await;
        Err(if known.is_ok_and(|standing| is_full(&standing)) {
            OpenFailure::Full(error)
        } else {
            OpenFailure::Away(error)
        })
    }

    fn trouble(&self) -> Option<String> {
        let read = |why: &Mutex<Option<String>>| why.lock().ok().and_then(|why| why.clone());
        read(&self.trouble).or_else(|| read(&self.unwilling))
    }

    fn set_trouble(&self, now: Option<String>) -> Option<String> {
        let lock = self.trouble.lock();
        lock.ok().and_then(|mut t| std::mem::replace(&mut *t, now))
    }

    fn set_unwilling(&self, now: Option<String>) -> Option<String> {
        let lock = self.unwilling.lock();
        lock.ok().and_then(|mut t| std::mem::replace(&mut *t, now))
    }

    fn streak(&self) -> MutexGuard<'_, Streak> {
        self.streak.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// What keeps the relays from being used.
    fn trouble(&self) -> Option<String> {
        let troubles: Vec<String> = self.relays.iter().filter_map(Relay::trouble).collect();
        (!troubles.is_empty()).then(|| troubles.join("; "))
    }

    /// Whether nothing more is to be begun.
    fn is_over(&self) -> bool {
        let dead = || self.relays.iter().all(|relay| relay.trouble().is_some());
        self.handle.stop.is_cancelled() || (self.until == Until::Idle && dead())
    }

    fn part(&self) -> Part {
        self.part.lock().map_or(Part::WHOLE, |part| *part)
    }

    async fn take_part(&self) -> db::Result<()> {
        let now = node::part(&self.app, self.owner).await?;
        if let Ok(mut part) = self.part.lock() {
            *part = now;
        }
        self.desk.share_with(now.of);
        Ok(())
    }

    /// A new line to this relay; `None` if there is none to be had now. The last who finds the relay away says so, and
    /// somebody asks from time to time whether it is back. Where other lines stand it is only full.
    async fn open(self: &Arc<Self>, relay: usize) -> Option<Line> {
        let this = &self.relays[relay];
        let error = match this.open().await {
            Ok(line) => {
                if this.set_trouble(None).is_some() {
                    tracing::info!(relay.name = %this.dial.name, "the relay is back");
                    self.desk.shut(relay, Shut::Away, false);
                }
                return Some(line);
            }
            Err(OpenFailure::Full(error)) => {
                tracing::debug!(%error, "the relay takes no further connection");
                // The mail that it was for is still in the queue.
                self.changed.store(true, Ordering::Relaxed);
                return None;
            }
            Err(OpenFailure::Away(error)) => error,
        };
        self.desk.shut(relay, Shut::Away, true);
        let first = this.set_trouble(Some(error.to_string())).is_none();
        // Whoever asked for one run is told when it ends.
        if first && self.until == Until::Stopped {
            tracing::error!(%error, "messages stay queued; they leave by themselves when it is mended");
            self.probes.spawn(probe(self.clone(), relay));
        }
        None
    }

    fn dropped(&self, relay: usize) {
        let standing = &self.relays[relay].standing;
        standing.send_modify(|standing| standing.lines -= 1);
    }

    async fn close(&self, relay: usize, line: Option<Line>) {
        if let Some(line) = line {
            self.dropped(relay);
            line.close().await;
        }
    }
}

/// Asks a relay that is away, one try at a time and ever more seldom, until it is back.
async fn probe(run: Arc<Run>, relay: usize) {
    let this = &run.relays[relay];
    let mut pause = Duration::from_secs(1);
    loop {
        tokio::select! {
            () = run.over.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(Duration::from_mins(1));
        let opened = tokio::select! {
            () = run.over.cancelled() => return,
            opened = this.dial.open() => opened,
        };
        match opened {
            Ok(line) => {
                this.set_trouble(None);
                tracing::info!(relay.name = %this.dial.name, "the relay is back");
                run.desk.shut(relay, Shut::Away, false);
                run.handle.wake.notify_one();
                return line.close().await;
            }
            Err(error) => drop(this.set_trouble(Some(error.to_string()))),
        }
    }
}

/// One connection's life: jobs, one after the other, over a line that stays open.
async fn connection(run: Arc<Run>, relay: usize, number: usize) {
    // An idle relay would close the line by itself, in the middle of our next mail.
    const IDLE: Duration = Duration::from_secs(20);
    let mut line = None;
    let mut rest = Duration::ZERO;
    loop {
        let next = run.desk.take(relay, number, || run.app.clock.now());
        let Ok(next) = tokio::time::timeout(IDLE, next).await else {
            run.close(relay, line.take()).await;
            continue;
        };
        let Some(taken) = next else { break };
        if run.handle.stop.is_cancelled() {
            run.desk.done(relay, &taken);
            break;
        }
        if let Some(until) = taken.put_off {
            put_off(&run, &taken.job, until).await;
            run.desk.done(relay, &taken);
            continue;
        }
        line = send(&run, relay, &taken.job, line).await;
        run.desk.done(relay, &taken);
        let refused = line.is_none() && run.relays[relay].trouble().is_none();
        rest = if refused {
            (rest * 2).clamp(Duration::from_millis(10), Duration::from_secs(30))
        } else {
            Duration::ZERO
        };
        if !rest.is_zero() {
            tokio::select! {
                () = run.handle.stop.cancelled() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }
    run.close(relay, line).await;
}

/// Whoever this is for wants no more now. A provider is left alone by those who pick up; a domain is found out here.
async fn put_off(run: &Run, job: &Job, until: Timestamp) {
    if matches!(job.braked(), Braked::Domain(_)) {
        let put_off = outcome::put_off(&run.app, job, until);
        run.recorder.outcome(put_off).await;
    }
}

/// Sends one message and says what became of it; the line, if it can be used again.
async fn send(run: &Arc<Run>, relay: usize, job: &Job, line: Option<Line>) -> Option<Line> {
    let letter = &job.letter;
    if !allowed(
        run.app.config.dispatch.only_to.as_deref(),
        letter.email.as_smtp(),
    ) {
        let ended = outcome::ended(letter, State::Cancelled, Reason::NotAllowed);
        run.recorder.outcome(ended).await;
        return line;
    }
    let mail = match run.renderer.mail(letter).await {
        Ok(mail) => mail,
        Err(RenderError::Database(error)) => {
            tracing::error!(issue.id = letter.id.issue_id, subscriber.id = letter.id.subscriber_id, %error,
                            "what a mail shows could not be read; it is tried again");
            run.recorder
                .outcome(outcome::postponed(&run.app, job))
                .await;
            return line;
        }
        Err(error) => {
            tracing::error!(issue.id = letter.id.issue_id, subscriber.id = letter.id.subscriber_id, %error,
                            "a mail could not be rendered");
            run.recorder
                .outcome(outcome::ended(letter, State::Failed, Reason::NotRendered))
                .await;
            return line;
        }
    };
    let Ok(to) = letter.email.as_smtp().parse::<Address>() else {
        run.recorder
            .outcome(outcome::ended(letter, State::Failed, Reason::NotRendered))
            .await;
        return line;
    };
    let signatures = run
        .app
        .signers
        .sign(mail.author.domain(), mail.message().as_bytes());
    let (line, used) = match line {
        Some(mut line) => {
            if line.is_stale().await {
                run.dropped(relay);
                (run.open(relay).await?, false)
            } else {
                (line, true)
            }
        }
        None => (run.open(relay).await?, false),
    };
    if run.is_held(job) {
        return Some(line);
    }
    let mark = run.recorder.mark(Wanted {
        id: letter.id,
        cohort_id: letter.cohort_id,
        attempts: letter.attempts,
        warmed: job.warmed.clone(),
        is_bounded: job.stream != Stream::Notice,
    });
    let (mark, settled) = mark.await;
    match mark {
        Mark::Passed => {}
        Mark::Stopped => return Some(line),
        Mark::Changed => {
            run.changed.store(true, Ordering::Relaxed);
            run.handle.wake.notify_one();
            return Some(line);
        }
    }
    let parcel = Parcel {
        mail: &mail,
        to,
        signatures,
        settled,
    };
    let (fate, line) = hand_over(run, relay, line, used, parcel).await;
    run.heed(relay, &job.braked(), &fate);
    run.recorder
        .outcome(outcome::decide(&run.app, job, &fate))
        .await;
    run.count(job, &fate).await;
    line
}

/// A mail that may be handed over.
struct Parcel<'a> {
    mail: &'a Mail,
    to: Address,
    /// Headers before its own.
    signatures: String,
    settled: Settled,
}

impl Parcel<'_> {
    async fn send(&mut self, line: &mut Line) -> Fate {
        let Mail { from, bytes, .. } = self.mail;
        let go = self.settled.wait();
        line.send(from, &self.to, &self.signatures, bytes, go).await
    }
}

/// Hands a mail over by this line; the line, if it can be used again.
///
/// One that is `used`, having brought mails before, may come to its end by number or by time: a fresh one then tells how
/// the relay is.
async fn hand_over(
    run: &Arc<Run>,
    relay: usize,
    mut line: Line,
    used: bool,
    mut parcel: Parcel<'_>,
) -> (Fate, Option<Line>) {
    let mut fate = parcel.send(&mut line).await;
    if used && matches!(fate, Fate::Lost(_, Step::Mail)) {
        run.dropped(relay);
        let Some(fresh) = run.open(relay).await else {
            return (fate, None);
        };
        line = fresh;
        fate = parcel.send(&mut line).await;
    }
    if line.is_usable() {
        return (fate, Some(line));
    }
    run.dropped(relay);
    (fate, None)
}
