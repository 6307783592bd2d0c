//! The stages, wired to the scheduler: start, drain, stop.
//!
//! The scheduler only wakes stages; each asks the database what is due. So a tick that comes late, twice or never is
//! made good by the next one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::app::App;
use crate::audience::moving::drop_unconfirmed;
use crate::audience::{erasure, signup};
use crate::collect::{Collected, Collector, FetchError, round};
use crate::config::Problems;
use crate::db;
use crate::dispatch::{self, Dial, Handle, Sent, Until, dials};
use crate::feedback::{imap, inlet, maildir};
use crate::issue::plan::{self, Planned};
use crate::issue::withdraw::sweep;
use crate::message::{Reason, expire};
use crate::notice;
use crate::offer;
use crate::web::{Server, WebStartError};

/// Why the daemon could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The relay's certificates or password.
    #[error(transparent)]
    Config(#[from] Problems),
    /// The web client.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The pages.
    #[error(transparent)]
    Web(#[from] WebStartError),
    /// The scheduler.
    #[error("the scheduler could not be set up: {0}")]
    Scheduler(#[from] JobSchedulerError),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The signals.
    #[error("signals cannot be heard: {0}")]
    Signals(#[from] std::io::Error),
}

/// What one pass of every stage did.
#[derive(Debug, Serialize)]
pub struct Pass {
    /// Collecting.
    pub collected: Collected,
    /// Planning and composing.
    pub planned: Planned,
    /// Dispatching: outcomes by message state.
    pub sent: std::collections::BTreeMap<&'static str, u64>,
    /// Why the relay could not be used, if it could not.
    pub relay_error: Option<String>,
    /// Reports that came back, by Maildir and IMAP.
    pub reports: u64,
    /// Why the mailbox of bounces could not be read, if it could not.
    pub mailbox_error: Option<String>,
    /// How long each stage took, in milliseconds: collecting, planning, sending.
    pub took_ms: [u64; 3],
}

impl Pass {
    /// Whether no part failed: every source answered, the relay could be used, and no message waited past its time.
    pub fn all_well(&self) -> bool {
        let expired = self.planned.skipped.contains_key(Reason::Expired.word());
        self.collected.failed.is_empty()
            && self.relay_error.is_none()
            && self.mailbox_error.is_none()
            && !expired
    }
}

/// Plans digests and alerts that are due, and ends messages whose time has passed. What was corrected or withdrawn is
/// changed in what is queued before that. Readers whose grace period has ended are erased.
pub async fn plan(app: &App) -> db::Result<Planned> {
    sweep(app).await?;
    let erased = erasure::sweep(&app.db, app.clock.now()).await?;
    if erased > 0 {
        tracing::info!(erased, "readers who asked to be forgotten were erased");
    }
    drop_unconfirmed(&app.db, app.clock.now()).await?;
    let mut expired = expire(&app.db, app.clock.now()).await?;
    expired += notice::sweep(&app.db, app.clock.now()).await?;
    signup::sweep(&app.db, app.clock.now()).await?;
    let mut planned = plan::tick(app).await?;
    if expired > 0 {
        let reason = Reason::Expired.word().to_owned();
        *planned.skipped.entry(reason).or_default() += expired;
    }
    planned.add(offer::plan::tick(app).await?);
    Ok(planned)
}

/// Sends what is due, until nothing is.
pub async fn send(app: &Arc<App>, handle: Handle) -> Result<Sent, DaemonError> {
    let dials = dials(&app.config)?;
    Ok(dispatch::run(app.clone(), dials, handle, Until::Idle).await?)
}

/// Reads what is in the Maildir and the mailbox now: how many reports, and why the mailbox could not be read.
pub async fn hear(app: &App) -> db::Result<(u64, Option<String>)> {
    let laid = maildir::pass(app).await?;
    let (fetched, error) = match imap::pass(app).await {
        Ok(passed) => (passed.reports, None),
        Err(imap::Trouble::Database(error)) => return Err(error),
        Err(trouble) => (0, Some(trouble.to_string())),
    };
    inlet::write_down(app).await?;
    Ok((laid.reports + fetched, error))
}

/// One pass of every stage.
pub async fn once(app: &Arc<App>, handle: Handle) -> Result<Pass, DaemonError> {
    // Before anything is sent: whoever left by mail gets no other.
    let (reports, mailbox_error) = hear(app).await?;
    let begun = Instant::now();
    let collected = round(app, &Collector::new(&app.config.collect)?).await?;
    let collect_ended = Instant::now();
    let planned = plan(app).await?;
    let plan_ended = Instant::now();
    let sent = send(app, handle).await?;
    let ms = |from: Instant, to: Instant| to.duration_since(from).as_millis() as u64;
    Ok(Pass {
        collected,
        planned,
        sent: sent.by_state,
        relay_error: sent.relay_error,
        reports,
        mailbox_error,
        took_ms: [
            ms(begun, collect_ended),
            ms(collect_ended, plan_ended),
            ms(plan_ended, Instant::now()),
        ],
    })
}

/// Runs every stage until a signal: the first lets what is begun end, within `dispatch.grace_s`; a second stops at once.
pub async fn serve(app: Arc<App>) -> Result<(), DaemonError> {
    let mut signals = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let handle = Handle::default();
    let dials = dials(&app.config)?;
    let collector = Collector::new(&app.config.collect)?;
    let server = Server::bind(app.clone()).await?;
    let address = server.address();
    let [collect, plan, hear] = [(); 3].map(|()| Arc::new(Notify::new()));
    let mut scheduler = JobScheduler::new().await?;
    wake(&scheduler, "0 * * * * *", &collect).await?;
    wake(&scheduler, "*/5 * * * * *", &plan).await?;
    wake(&scheduler, "*/5 * * * * *", &hear).await?;
    scheduler.start().await?;
    // What became due while we were down does not wait for the first tick.
    collect.notify_one();
    plan.notify_one();
    hear.notify_one();

    let collecting = tokio::spawn(collect_stage(
        app.clone(),
        collector,
        handle.clone(),
        collect,
        plan.clone(),
    ));
    let planning = tokio::spawn(plan_stage(app.clone(), handle.clone(), plan));
    let sending = tokio::spawn(dispatch_stage(app.clone(), dials, handle.clone()));
    let serving = tokio::spawn(web_stage(server, handle.clone()));
    let hearing = tokio::spawn(feedback_stage(app.clone(), handle.clone(), hear));
    tell_systemd(sd_notify::NotifyState::Ready);
    tracing::info!(database = app.db.kind(), pages = %address, "ready");

    either_signal(&mut signals).await;
    handle.stop.cancel();
    tracing::info!("stopping: what is on its way is finished, nothing more is begun");
    tell_systemd(sd_notify::NotifyState::Stopping);
    let drained = async {
        let _ = tokio::join!(collecting, planning, sending, serving, hearing);
    };
    tokio::pin!(drained);
    let grace = Duration::from_secs(u64::from(app.config.dispatch.grace_s));
    tokio::select! {
        () = &mut drained => {}
        () = async { tokio::select! { () = tokio::time::sleep(grace) => {} () = either_signal(&mut signals) => {} } } => {
            tracing::warn!("stopping at once; the next start looks after what was cut off");
            handle.kill.cancel();
            let _ = tokio::time::timeout(Duration::from_secs(5), drained).await;
        }
    }
    let _ = scheduler.shutdown().await;
    app.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn wake(
    scheduler: &JobScheduler,
    cron: &str,
    stage: &Arc<Notify>,
) -> Result<(), JobSchedulerError> {
    let stage = stage.clone();
    let job = Job::new_async(cron, move |_, _| {
        stage.notify_one();
        Box::pin(std::future::ready(()))
    })?;
    scheduler.add(job).await.map(drop)
}

async fn either_signal(signals: &mut (Signal, Signal)) {
    tokio::select! {
        _ = signals.0.recv() => {}
        _ = signals.1.recv() => {}
    }
}

fn tell_systemd(state: sd_notify::NotifyState<'_>) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(&[state]);
}

async fn collect_stage(
    app: Arc<App>,
    collector: Collector,
    handle: Handle,
    wake: Arc<Notify>,
    next: Arc<Notify>,
) {
    while woken(&handle, &wake).await {
        let done = tokio::select! {
            done = round(&app, &collector) => done,
            () = handle.stop.cancelled() => return,
        };
        match done {
            Ok(c) if c.articles.new + c.articles.revised > 0 => {
                tracing::info!(
                    new = c.articles.new,
                    revised = c.articles.revised,
                    "collected"
                );
                next.notify_one();
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "collecting stopped; it goes on at the next tick");
            }
        }
    }
}

async fn plan_stage(app: Arc<App>, handle: Handle, wake: Arc<Notify>) {
    while woken(&handle, &wake).await {
        // A page is planned whole or not at all, so to stop between pages loses nothing.
        let done = tokio::select! {
            done = plan(&app) => done,
            () = handle.stop.cancelled() => return,
        };
        match done {
            Ok(p) => {
                let skipped: u64 = p.skipped.values().sum();
                if p.queued + skipped > 0 {
                    tracing::info!(queued = p.queued, skipped, "planned");
                }
            }
            Err(error) => tracing::error!(%error, "planning stopped; it goes on at the next tick"),
        }
        app.due.notify_one();
    }
}

/// The mailbox by itself, and the Maildir and what is to be told of all ways in at each tick.
async fn feedback_stage(app: Arc<App>, handle: Handle, wake: Arc<Notify>) {
    let ticking = async {
        while woken(&handle, &wake).await {
            // A mail that is begun is ended: it is short, and would only be read again.
            if let Err(error) = maildir::pass(&app).await {
                tracing::error!(%error, "the Maildir was not read to its end; it goes on at the next tick");
            }
            if let Err(error) = inlet::write_down(&app).await {
                tracing::error!(%error, "what came in could not be counted; it is at the next tick");
            }
        }
    };
    tokio::join!(imap::keep(&app, &handle.stop), ticking);
    // What is lost of it is a count, and is told where nothing can be written.
    let _ = inlet::write_down(&app).await;
}

async fn dispatch_stage(app: Arc<App>, dials: Vec<Dial>, handle: Handle) {
    while !handle.stop.is_cancelled() {
        match dispatch::run(app.clone(), dials.clone(), handle.clone(), Until::Stopped).await {
            Ok(sent) => tracing::info!(sent = ?sent.by_state, "dispatch has stopped"),
            Err(error) => {
                tracing::error!(%error, "dispatch stopped; it starts again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Answers for the pages; at the stop, what was asked is answered still.
async fn web_stage(server: Server, handle: Handle) {
    let served = tokio::select! {
        served = server.run(handle.stop.clone()) => served,
        () = handle.kill.cancelled() => return,
    };
    if let Err(error) = served {
        tracing::error!(%error, "the pages have stopped");
    }
}

/// Waits for the next tick; `false` when the daemon stops.
async fn woken(handle: &Handle, wake: &Notify) -> bool {
    tokio::select! {
        () = handle.stop.cancelled() => false,
        () = wake.notified() => true,
    }
}
