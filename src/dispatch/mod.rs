//! Dispatch: takes due messages to the relays and writes down what became of each.
//!
//! In: messages that are due. Out: an outcome each. Nothing here knows what a newsletter is.
//! Flow: `pick` reads what is due onto the `desk` → a connection takes a job, renders, marks (`record`) and sends it
//! (`line`), and tells `record` what came of it, which commits for all connections at once. A message is marked `sending`
//! by a commit before MAIL: that commit claims it among all nodes, and is the last check of consent. Any step may be cut
//! off by kill -9; `node::recover` says what the next start does about it. `brake` and `desk` keep relays and providers
//! from being sent more than they want; `reply`, `retry` and `breaker` decide what follows from a refusal, for the one message
//! and for those like it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod bounce;
mod brake;
mod breaker;
mod connection;
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
mod relay;
pub(crate) mod reply;
mod retry;
mod trip;
pub mod trust;
mod warmup;

pub use dial::{Dial, OpenError};
pub use line::Line;
pub(crate) use line::strike_addresses;
pub(crate) use reply::{Class, enhanced};

use crate::app::App;
use crate::config::{Config, Problems};
use crate::db::{self, Sender};
use crate::render::mail::Renderer;
use breaker::Breaker;
use desk::Desk;
use pick::{POLL, Part, Picker, Round};
use record::{Recorder, Tally};
use relay::Relay;

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
    let run = Arc::new(Run {
        renderer: Renderer::new(app.clone()),
        desk: Arc::new(Desk::new(
            &app.config.relay,
            &app.config.provider,
            &providers,
        )),
        app: app.clone(),
        owner,
        relays: dials.into_iter().map(Relay::new).collect(),
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
    run.weigh_what_came_back().await?;
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
            run.weigh_what_came_back().await?;
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
            lines.spawn(connection::live(run.clone(), relay, number));
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
        let woken = run.app.due.notified();
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
        self.desk.share(now);
        Ok(())
    }
}
