//! Group commit: what the connections have to write down is written by one task, as much as has piled up while the last
//! commit ran.
//!
//! Two things come in. A *mark* asks whether a message may be handed over, and is the fence: it goes through only where
//! the message is still nobody's, still due, and the reader still wants it. An *outcome* says what became of one. MAIL waits
//! for the mark's commit, and the mail itself for the disk to have it; the outcome before it was in the same commit or an
//! earlier one, so at most one message a connection can be in doubt.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

mod commit;
mod fence;
mod stopped;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::db::{self, Db, Warm};
use crate::message::bounce::Bounce;
use crate::message::{MessageId, Reason, State};
use commit::commit;

/// What became of one try.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) id: MessageId,
    pub(super) state: State,
    pub(super) reason: Option<Reason>,
    /// When to try again; none when it is final.
    pub(super) due_at: Option<i64>,
    /// The relay's reply.
    pub(super) code: Option<i16>,
    pub(super) reply: Option<String>,
    /// Kept in the table of attempts when a later try would overwrite it: its number and its own state.
    pub(super) attempt: Option<(i16, State)>,
    /// What it says of the address, where it failed because of that.
    pub(super) bounce: Option<Bounce>,
    /// There was no try: what an earlier one left there, its reply and its reason, stays if nothing takes its place.
    pub(super) is_untried: bool,
}

/// A message that is to be handed over, and as what it was picked up and rendered.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) id: MessageId,
    pub(super) cohort_id: i64,
    /// Tries before this one: whoever tried it since has it.
    pub(super) attempts: i16,
    /// Where it counts as given, while that is new.
    pub(super) warmed: Vec<String>,
    /// Whether a ceiling there stops it.
    pub(super) is_bounded: bool,
}

/// What the fence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// It may be handed over, and that is committed.
    Passed,
    /// It may not, and has what comes of that.
    Stopped,
    /// What it shows has changed since it was rendered: it is back in the queue, changed.
    Changed,
}

/// That a mark will last, when the disk has it.
pub(super) struct Settled(Option<oneshot::Receiver<()>>);

impl Settled {
    /// Waits for that; false if it will never be known.
    pub(super) async fn wait(&mut self) -> bool {
        if let Some(told) = &mut self.0
            && told.await.is_err()
        {
            return false;
        }
        self.0 = None;
        true
    }
}

/// Whom to tell of a mark: when it is committed, and when it lasts.
struct Asking {
    marked: oneshot::Sender<Mark>,
    settled: oneshot::Sender<()>,
}

enum Entry {
    Mark(Wanted, Asking),
    Outcome(Outcome),
}

/// Where connections put what is to be written down.
#[derive(Clone)]
pub(super) struct Recorder(mpsc::Sender<Entry>);

impl Recorder {
    /// Whether this message may be handed over now, as it was rendered. Its final dot has to wait for the second.
    pub(super) async fn mark(&self, wanted: Wanted) -> (Mark, Settled) {
        let (marked, mark) = oneshot::channel();
        let (settled, settling) = oneshot::channel();
        // If nobody takes it, nobody tells.
        let asking = Asking { marked, settled };
        let _ = self.0.send(Entry::Mark(wanted, asking)).await;
        let mark = mark.await.unwrap_or(Mark::Stopped);
        (mark, Settled(Some(settling)))
    }

    /// Writes down what became of a message, with whatever is written next.
    pub(super) async fn outcome(&self, outcome: Outcome) {
        // The task ends only after every connection has.
        let _ = self.0.send(Entry::Outcome(outcome)).await;
    }
}

/// What came of all outcomes so far.
pub(super) type Tally = HashMap<State, u64>;

/// The most that one commit takes.
const BATCH: usize = 512;

/// Starts the task; it ends when no recorder is left, and gives the count of outcomes by state.
pub(super) fn start(
    app: std::sync::Arc<App>,
    owner: i64,
) -> (Recorder, tokio::task::JoinHandle<Tally>) {
    let (sender, mut entries) = mpsc::channel(BATCH);
    let (committed, to_settle) = mpsc::unbounded_channel();
    let settling = tokio::spawn(settle_each(app.db.clone(), to_settle));
    let task = tokio::spawn(async move {
        let mut tally = Tally::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut under_way = HashSet::new();
        let warm = Warm::default();
        while entries.recv_many(&mut batch, BATCH).await > 0 {
            gather(&mut entries, &mut batch, &under_way).await;
            let marked =
                write_down(&app, &warm, owner, &mut batch, &mut tally, &mut under_way).await;
            // While the disk is asked, connections bring their envelopes to the relay, and others have their commit.
            let _ = committed.send(marked);
        }
        drop(committed);
        let _ = settling.await;
        tally
    });
    (Recorder(sender), task)
}

/// So often others have their turn before a commit.
const TURNS: usize = 10;

/// Lets others have their turn until half of those whose mail is under way have told what came of it and ask for the next: a
/// commit costs much the same for one as for ten, and while one half has its commit the other sends. It waits for who is ready,
/// not for a relay.
async fn gather(
    entries: &mut mpsc::Receiver<Entry>,
    batch: &mut Vec<Entry>,
    under_way: &HashSet<MessageId>,
) {
    for _ in 0..TURNS {
        let (mut asking, mut ended) = (0, 0);
        for entry in batch.iter() {
            match entry {
                Entry::Mark(..) => asking += 1,
                Entry::Outcome(outcome) => ended += usize::from(under_way.contains(&outcome.id)),
            }
        }
        if asking + ended >= under_way.len() {
            return;
        }
        // The relay and the database may be on this machine and want its core.
        std::thread::yield_now();
        tokio::task::yield_now().await;
        while batch.len() < BATCH
            && let Ok(entry) = entries.try_recv()
        {
            batch.push(entry);
        }
    }
}

/// Settles what each commit tells of, all that has been committed meanwhile at once.
async fn settle_each(db: Db, mut committed: mpsc::UnboundedReceiver<Vec<oneshot::Sender<()>>>) {
    let mut waiting = Vec::new();
    while committed.recv_many(&mut waiting, BATCH).await > 0 {
        settle(&db, waiting.drain(..).flatten().collect()).await;
    }
}

/// Waits for the disk to have what was committed, and tells those who wait for that.
async fn settle(db: &Db, waiting: Vec<oneshot::Sender<()>>) {
    let mut trouble = Trouble::default();
    while let Err(error) = db.settle().await {
        trouble.wait(&error).await;
    }
    trouble.is_over();
    for tell in waiting {
        // A connection that is gone leaves its message to recovery.
        let _ = tell.send(());
    }
}

/// What keeps us from writing down, told once.
#[derive(Default)]
struct Trouble(bool);

impl Trouble {
    async fn wait(&mut self, error: &db::Error) {
        if !self.0 {
            tracing::error!(%error, "what was sent cannot be written down; sending waits until it can");
            self.0 = true;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    fn is_over(&self) {
        if self.0 {
            tracing::info!("the database takes what was sent again; sending goes on");
        }
    }
}

/// Writes a batch, however long the database takes to be there again: sending stops before something goes unlogged,
/// since every connection waits for its mark. Whom to tell when the marks last.
async fn write_down(
    app: &App,
    warm: &Warm,
    owner: i64,
    batch: &mut Vec<Entry>,
    tally: &mut Tally,
    under_way: &mut HashSet<MessageId>,
) -> Vec<oneshot::Sender<()>> {
    let mut marks = Vec::new();
    let mut outcomes = Vec::new();
    let mut wanted = Vec::new();
    for entry in batch.drain(..) {
        match entry {
            Entry::Mark(one, asking) => {
                marks.push((one.id, asking));
                wanted.push(one);
            }
            Entry::Outcome(outcome) => outcomes.push(outcome),
        }
    }
    // Whoever read it before its try ended asks for it once more: what came of the try is the answer.
    let ended: HashSet<MessageId> = outcomes.iter().map(|o: &Outcome| o.id).collect();
    wanted.retain(|w: &Wanted| !ended.contains(&w.id));
    // All nodes lock rows in one order.
    wanted.sort_unstable_by_key(|w| w.id);
    outcomes.sort_unstable_by_key(|o| o.id);
    let mut trouble = Trouble::default();
    let (marked, stopped) = loop {
        match commit(app, warm, owner, &wanted, &outcomes, trouble.0).await {
            Ok(done) => break done,
            Err(error) => trouble.wait(&error).await,
        }
    };
    trouble.is_over();
    outcomes
        .iter()
        .map(|o| o.state)
        .chain(stopped)
        .for_each(|state| *tally.entry(state).or_default() += 1);
    under_way.retain(|id| !ended.contains(id));
    let told = marks.into_iter().map(|(id, asking)| {
        let mark = marked.get(&id).copied().unwrap_or(Mark::Stopped);
        // A connection that is gone leaves its message to recovery.
        if asking.marked.send(mark).is_ok() && mark == Mark::Passed {
            under_way.insert(id);
        } else {
            // It may have passed before, and been taken from us since.
            under_way.remove(&id);
        }
        asking.settled
    });
    told.collect()
}
