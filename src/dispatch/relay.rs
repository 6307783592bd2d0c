//! A relay as a run sees it: its connections, what keeps it from being used, and whoever asks whether it is back.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::desk::Shut;
use super::heed::Streak;
use super::{Dial, Line, OpenError, Run, Until};

/// A relay as a run sees it.
pub(super) struct Relay {
    pub(super) dial: Dial,
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

/// Why a relay gives no line.
enum OpenFailure {
    /// Others stand.
    Full(OpenError),
    /// None does.
    Away(OpenError),
}

impl Relay {
    pub(super) fn new(dial: Dial) -> Relay {
        Relay {
            dial,
            standing: watch::Sender::default(),
            trouble: Mutex::default(),
            unwilling: Mutex::default(),
            streak: Mutex::default(),
        }
    }

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

    pub(super) fn trouble(&self) -> Option<String> {
        let read = |why: &Mutex<Option<String>>| why.lock().ok().and_then(|why| why.clone());
        read(&self.trouble).or_else(|| read(&self.unwilling))
    }

    fn set_trouble(&self, now: Option<String>) -> Option<String> {
        let lock = self.trouble.lock();
        lock.ok().and_then(|mut t| std::mem::replace(&mut *t, now))
    }

    pub(super) fn set_unwilling(&self, now: Option<String>) -> Option<String> {
        let lock = self.unwilling.lock();
        lock.ok().and_then(|mut t| std::mem::replace(&mut *t, now))
    }

    pub(super) fn streak(&self) -> MutexGuard<'_, Streak> {
        self.streak.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// A new line to this relay; `None` if there is none to be had now. The last who finds the relay away says so, and
    /// somebody asks from time to time whether it is back. Where other lines stand it is only full.
    pub(super) async fn open(self: &Arc<Self>, relay: usize) -> Option<Line> {
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

    pub(super) fn dropped(&self, relay: usize) {
        let standing = &self.relays[relay].standing;
        standing.send_modify(|standing| standing.lines -= 1);
    }

    pub(super) async fn close(&self, relay: usize, line: Option<Line>) {
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
                run.app.due.notify_one();
                return line.close().await;
            }
            Err(error) => drop(this.set_trouble(Some(error.to_string()))),
        }
    }
}
