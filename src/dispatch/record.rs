//! Group commit: what the connections have to write down is written by one task, as much as has piled up while the last
//! commit ran.
//!
//! Two things come in. A *mark* asks whether a message may be handed over, and is the fence: it goes through only where
//! the message is still nobody's, still due, and the reader still wants it. An *outcome* says what became of one. MAIL waits
//! for the mark's commit, and the mail itself for the disk to have it; the outcome before it was in the same commit or an
//! earlier one, so at most one message a connection can be in doubt.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use serde_json::json;
use sqlx::types::Json;
use tokio::sync::{mpsc, oneshot};

use super::bounce;
use super::pick::day_number;
use super::warmup;
use crate::app::App;
use crate::db::{self, Db, Sql, Tx, either};
use crate::issue::{IssueState, withdraw};
use crate::message::bounce::Bounce;
use crate::message::{MessageId, Reason, State};

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
    let task = tokio::spawn(async move {
        let mut tally = Tally::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut under_way = HashSet::new();
        while entries.recv_many(&mut batch, BATCH).await > 0 {
            gather(&mut entries, &mut batch, &under_way).await;
            let marked = write_down(&app, owner, &mut batch, &mut tally, &mut under_way).await;
            // Meanwhile the connections bring their envelopes to the relay.
            settle(&app.db, marked).await;
        }
        tally
    });
    (Recorder(sender), task)
}

/// So often others have their turn before a commit.
const TURNS: usize = 10;

/// Lets others have their turn until as many ask for their mark as have their mail under way: a commit costs much the same
/// for one as for ten. It waits for who is ready, not for a relay.
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
        match commit(app, owner, &wanted, &outcomes, trouble.0).await {
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
        }
        asking.settled
    });
    told.collect()
}

/// Outcomes and marks in one statement, which is a transaction of its own; then an end for what the fence stopped.
async fn commit(
    app: &App,
    owner: i64,
    wanted: &[Wanted],
    outcomes: &[Outcome],
    after_trouble: bool,
) -> db::Result<(HashMap<MessageId, Mark>, Vec<State>)> {
    let kept = outcomes
        .iter()
        .any(|o| o.attempt.is_some() || o.bounce.is_some());
    let counted = wanted.iter().any(|w| !w.warmed.is_empty());
    let passed = db::again(async || {
        let now = app.clock.now().as_millisecond();
        // To begin a transaction mends a connection that trouble has left useless.
        if !kept && !counted && !after_trouble {
            return write(&mut app.db.write().await?, owner, wanted, outcomes, now).await;
        }
        let mut tx = app.db.begin().await?;
        let wanted = warmup::admit(&mut tx, app, wanted).await?;
        let passed = write(&mut tx, owner, &wanted, outcomes, now).await?;
        keep_attempts(&mut tx, outcomes, now).await?;
        bounce::weigh(&mut tx, app, outcomes, now).await?;
        count_warmed(&mut tx, app, &wanted, &passed).await?;
        tx.commit().await?;
        Ok(passed)
    })
    .await?;
    let is_stopped = |id: &MessageId| !passed.contains(id);
    let rest: Vec<MessageId> = wanted.iter().map(|w| w.id).filter(is_stopped).collect();
    let mut marked: HashMap<MessageId, Mark> =
        passed.iter().map(|id| (*id, Mark::Passed)).collect();
    let mut stopped = Vec::new();
    if !rest.is_empty() {
        let changed = db::again(async || {
            let mut tx = app.db.begin().await?;
            let now = app.clock.now().as_millisecond();
            let ended = end_stopped(&mut tx, app, owner, &rest, now).await?;
            tx.commit().await?;
            Ok(ended)
        });
        let (states, changed) = changed.await?;
        stopped = states;
        marked.extend(changed.into_iter().map(|id| (id, Mark::Changed)));
    }
    Ok((marked, stopped))
}

fn keys(ids: &[MessageId]) -> Json<Vec<(i64, i64, i16)>> {
    Json(
        ids.iter()
            .map(|id| (id.issue_id, id.subscriber_id, id.n))
            .collect(),
    )
}

/// What [`write`] runs, with an end to it. On PostgreSQL all that is asked of other tables stands before the join (`OFFSET 0`
/// keeps it there): beside the join it would be so dear, by the planner's book, that it reads the whole issue instead.
macro_rules! writing {
    ($end:literal) => {
        either(
            concat!(
                "UPDATE message SET at = $3,
                state = CASE WHEN o.value->>3 THEN 2 ELSE o.value->>4 END,
                owner = CASE WHEN o.value->>3 THEN $2 END,
                attempts = attempts + (o.value->>3 AND state <> 2),
                reason = CASE WHEN o.value->>3 THEN reason ELSE o.value->>5 END,
                due_at = CASE WHEN o.value->>3 THEN due_at ELSE o.value->>6 END,
                code = CASE WHEN o.value->>3 THEN code ELSE o.value->>7 END,
                reply = CASE WHEN o.value->>3 THEN reply ELSE o.value->>8 END
           FROM json_each($1) o
          WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2
            AND CASE WHEN NOT o.value->>3 THEN owner = $2 OR owner IS NULL AND state IN (1, 4)
                ELSE (owner IS NULL AND state IN (1, 4) AND attempts = o.value->>5 AND due_at <= $3
                      OR owner = $2 AND state = 2 AND attempts = o.value->>5 + 1)
                 AND expires_at > $3 AND cohort_id = o.value->>4
                 AND (state = 2 OR NOT EXISTS (SELECT 1 FROM article_change) OR NOT EXISTS (SELECT 1 FROM article_change x
                       WHERE EXISTS (SELECT 1 FROM cohort c CROSS JOIN json_each(c.stories) s
                                      WHERE c.id = message.cohort_id AND s.value->>1 = x.article_id
                                        AND (x.revision IS NULL OR s.value->>2 < x.revision))))
                 AND (EXISTS (SELECT 1 FROM issue i
                               JOIN subscription u ON u.newsletter_id = i.newsletter_id
                                AND u.subscriber_id = message.subscriber_id
                               JOIN subscriber s ON s.id = u.subscriber_id
                              WHERE i.id = message.issue_id AND i.state = 1 AND u.state = 1
                                AND (u.paused_until IS NULL OR u.paused_until <= $3)
                                AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = s.email_key))
                      OR EXISTS (SELECT 1 FROM issue i
                                   JOIN notice w ON w.issue_id = i.id AND w.subscriber_id = message.subscriber_id AND w.n = message.n
                                  WHERE i.id = message.issue_id AND i.state = 1
                                    AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = w.email_key
                                                       AND NOT (x.reason IN (1, 3, 5) AND w.kind IN (1, 3))))) END",
                $end
            ),
            concat!(
                "WITH living AS (UPDATE node SET heartbeat_at = $3 WHERE node.owner = $2 AND node.heartbeat_at < $3 - 1000)
         UPDATE message m SET at = $3,
                state = CASE WHEN o.wanted THEN 2 ELSE (o.v->>4)::int2 END,
                owner = CASE WHEN o.wanted THEN $2 END,
                attempts = m.attempts + CASE WHEN o.wanted AND m.state <> 2 THEN 1 ELSE 0 END,
                reason = CASE WHEN o.wanted THEN m.reason ELSE (o.v->>5)::int2 END,
                due_at = CASE WHEN o.wanted THEN m.due_at ELSE (o.v->>6)::int8 END,
                code = CASE WHEN o.wanted THEN m.code ELSE (o.v->>7)::int2 END,
                reply = CASE WHEN o.wanted THEN m.reply ELSE o.v->>8 END
           FROM (SELECT v, wanted, CASE WHEN wanted THEN NOT EXISTS (SELECT 1 FROM article_change)
                           OR NOT EXISTS (SELECT 1 FROM article_change x
                               WHERE EXISTS (SELECT 1 FROM cohort c CROSS JOIN jsonb_array_elements(c.stories) s
                                              WHERE c.id = (v->>4)::int8 AND (s->>1)::int8 = x.article_id
                                                AND (x.revision IS NULL OR (s->>2)::int8 < x.revision))) END AS current,
                        CASE WHEN wanted THEN EXISTS (SELECT 1 FROM issue i
                               JOIN subscription u ON u.newsletter_id = i.newsletter_id
                                AND u.subscriber_id = (v->>1)::int8
                               JOIN subscriber s ON s.id = u.subscriber_id
                              WHERE i.id = (v->>0)::int8 AND i.state = 1 AND u.state = 1
                                AND (u.paused_until IS NULL OR u.paused_until <= $3)
                                AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = s.email_key))
                      OR EXISTS (SELECT 1 FROM issue i
                                   JOIN notice w ON w.issue_id = i.id AND w.subscriber_id = (v->>1)::int8 AND w.n = (v->>2)::int2
                                  WHERE i.id = (v->>0)::int8 AND i.state = 1
                                    AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = w.email_key
                                                       AND NOT (x.reason IN (1, 3, 5) AND w.kind IN (1, 3)))) END AS agreed
                   FROM (SELECT v, (v->>3)::int2 = 1 AS wanted FROM jsonb_array_elements($1) v) r OFFSET 0) o
          WHERE m.issue_id = (o.v->>0)::int8 AND m.subscriber_id = (o.v->>1)::int8 AND m.n = (o.v->>2)::int2
            AND CASE WHEN NOT o.wanted THEN m.owner = $2 OR m.owner IS NULL AND m.state IN (1, 4)
                ELSE (m.owner IS NULL AND m.state IN (1, 4) AND m.attempts = (o.v->>5)::int2 AND m.due_at <= $3
                      OR m.owner = $2 AND m.state = 2 AND m.attempts = (o.v->>5)::int2 + 1)
                 AND m.expires_at > $3 AND m.cohort_id = (o.v->>4)::int8
                 AND (m.state = 2 OR o.current) AND o.agreed END",
                $end
            ),
        )
    };
}

/// Writes outcomes, and marks what may be handed over; which of the wanted passed.
///
/// A message passes if nobody had it so far: it has no owner, no try since it was picked up, and none between its being
/// found due and its being read, after which its time is another. What was rendered must be what may leave: the message's cohort, and no story of it since corrected or retracted; most of the time `article_change`
/// is empty, and that costs one look at it. A notice needs no subscription and knows no pause; what stops it is its
/// address being suppressed: see `notice::send`. A message that is `sending` and ours passes again if that is this very try: its
/// mark was committed, and only the word of it was lost.
///
/// An outcome is ours to write if the message is still ours, or was taken from us while we slept and nobody has begun it
/// anew. Where other nodes could take this one for dead (PostgreSQL), what it writes says that it lives: see `node::live`. A row's values are those of the message if it is wanted: 1, its cohort and its attempts; else 0 and what came of it.
async fn write(
    sql: &mut impl Sql,
    owner: i64,
    wanted: &[Wanted],
    outcomes: &[Outcome],
    now: i64,
) -> db::Result<HashSet<MessageId>> {
    let mut rows: Vec<serde_json::Value> = outcomes
        .iter()
        .map(|o| {
            let id = o.id;
            let reason = o.reason.map(|r| r as i16);
            json!([
                id.issue_id,
                id.subscriber_id,
                id.n,
                0,
                o.state as i16,
                reason,
                o.due_at,
                o.code,
                o.reply
            ])
        })
        .collect();
    rows.extend(wanted.iter().map(|w| {
        json!([
            w.id.issue_id,
            w.id.subscriber_id,
            w.id.n,
            1,
            w.cohort_id,
            w.attempts
        ])
    }));
    let (all, rows) = (rows.len() as u64, Json(rows));
    let written = sql
        .sql(writing!(""))
        .bind(&rows)
        .bind(owner)
        .bind(now)
        .run()
        .await?;
    if written == all || wanted.is_empty() {
        return Ok(wanted.iter().map(|w| w.id).collect());
    }
    // Seldom: who it was that did not pass. Whoever did passes again.
    let passed: Vec<(i64, i64, i16)> = sql
        .sql(writing!(" RETURNING issue_id, subscriber_id, n"))
        .bind(&rows)
        .bind(owner)
        .bind(now)
        .all()
        .await?;
    Ok(passed
        .into_iter()
        .map(|(issue_id, subscriber_id, n)| MessageId {
            issue_id,
            subscriber_id,
            n,
        })
        .filter(|id| wanted.iter().any(|w| w.id == *id))
        .collect())
}

/// Keeps the tries that a later one would overwrite.
async fn keep_attempts(tx: &mut Tx, outcomes: &[Outcome], now: i64) -> db::Result<()> {
    let kept: Vec<_> = outcomes
        .iter()
        .filter_map(|o| {
            let (number, state) = o.attempt?;
            Some((
                (o.id.issue_id, o.id.subscriber_id, o.id.n),
                number,
                state as i16,
                o.code,
                &o.reply,
            ))
        })
        .collect();
    if kept.is_empty() {
        return Ok(());
    }
    tx.sql(either(
        "INSERT INTO attempt (issue_id, subscriber_id, n, try, at, state, code, reply)
         SELECT o.value->0->>0, o.value->0->>1, o.value->0->>2, o.value->>1, $2, o.value->>2, o.value->>3, o.value->>4
           FROM json_each($1) o WHERE TRUE ON CONFLICT DO NOTHING",
        "INSERT INTO attempt (issue_id, subscriber_id, n, try, at, state, code, reply)
         SELECT (o->0->>0)::int8, (o->0->>1)::int8, (o->0->>2)::int2, (o->>1)::int2, $2, (o->>2)::int2,
                (o->>3)::int2, o->>4 FROM jsonb_array_elements($1) o ON CONFLICT DO NOTHING",
    ))
    .bind(Json(kept))
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Counts what was given, by the paper's day, where that is new.
async fn count_warmed(
    tx: &mut Tx,
    app: &App,
    wanted: &[Wanted],
    passed: &HashSet<MessageId>,
) -> db::Result<()> {
    let mut given: BTreeMap<&str, i64> = BTreeMap::new();
    for name in wanted
        .iter()
        .filter(|w| passed.contains(&w.id))
        .flat_map(|w| &w.warmed)
    {
        *given.entry(name).or_default() += 1;
    }
    let today = app
        .clock
        .now()
        .to_zoned_datetime(app.config.paper.zone.tz().clone())
        .date();
    for (name, messages) in given {
        tx.sql(
            "INSERT INTO warmed (name, day, messages) VALUES ($1, $2, $3)
             ON CONFLICT (name, day) DO UPDATE SET messages = warmed.messages + excluded.messages",
        )
        .bind(name.to_owned())
        .bind(day_number(today))
        .bind(messages)
        .run()
        .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Stopped {
    issue_id: i64,
    subscriber_id: i64,
    n: i16,
    expires_at: i64,
    issue_state: i16,
    known: bool,
    wants: bool,
    paused: bool,
    suppressed: bool,
}

/// What the fence stopped gets the end that fits; what another node has is left alone. What was rendered from stories that
/// have changed since goes back in the queue, changed. The states of what ended, and what changed.
async fn end_stopped(
    tx: &mut Tx,
    app: &App,
    owner: i64,
    ids: &[MessageId],
    now: i64,
) -> db::Result<(Vec<State>, Vec<MessageId>)> {
    let text = either(
        "SELECT m.issue_id, m.subscriber_id, m.n, m.expires_at, i.state AS issue_state,
                CASE WHEN i.stream = 1 THEN w.email_key IS NOT NULL ELSE s.email IS NOT NULL END AS known,
                i.stream = 1 OR coalesce(u.state = 1, FALSE) AS wants, coalesce(u.paused_until > $3, FALSE) AS paused,
                x.reason IS NOT NULL AND NOT (x.reason IN (1, 3, 5) AND coalesce(w.kind, 0) IN (1, 3)) AS suppressed
           FROM json_each($1) o CROSS JOIN message m JOIN issue i ON i.id = m.issue_id
           LEFT JOIN subscriber s ON s.id = m.subscriber_id
           LEFT JOIN subscription u ON u.newsletter_id = i.newsletter_id AND u.subscriber_id = m.subscriber_id
           LEFT JOIN notice w ON w.issue_id = m.issue_id AND w.subscriber_id = m.subscriber_id AND w.n = m.n
           LEFT JOIN suppression x ON x.email_key = CASE WHEN i.stream = 1 THEN w.email_key ELSE s.email_key END
          WHERE m.issue_id = o.value->>0 AND m.subscriber_id = o.value->>1 AND m.n = o.value->>2
            AND (m.owner IS NULL AND m.state IN (1, 4) OR m.owner = $2 AND m.state = 2)",
        "SELECT m.issue_id, m.subscriber_id, m.n, m.expires_at, i.state AS issue_state,
                CASE WHEN i.stream = 1 THEN w.email_key IS NOT NULL ELSE s.email IS NOT NULL END AS known,
                i.stream = 1 OR coalesce(u.state = 1, FALSE) AS wants, coalesce(u.paused_until > $3, FALSE) AS paused,
                x.reason IS NOT NULL AND NOT (x.reason IN (1, 3, 5) AND coalesce(w.kind, 0) IN (1, 3)) AS suppressed
           FROM jsonb_array_elements($1) o
           JOIN message m ON m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
           JOIN issue i ON i.id = m.issue_id
           LEFT JOIN subscriber s ON s.id = m.subscriber_id
           LEFT JOIN subscription u ON u.newsletter_id = i.newsletter_id AND u.subscriber_id = m.subscriber_id
           LEFT JOIN notice w ON w.issue_id = m.issue_id AND w.subscriber_id = m.subscriber_id AND w.n = m.n
           LEFT JOIN suppression x ON x.email_key = CASE WHEN i.stream = 1 THEN w.email_key ELSE s.email_key END
          WHERE m.owner IS NULL AND m.state IN (1, 4) OR m.owner = $2 AND m.state = 2",
    );
    let stopped: Vec<Stopped> = tx
        .sql(text)
        .bind(keys(ids))
        .bind(owner)
        .bind(now)
        .all()
        .await?;
    let mut ends = Vec::new();
    let mut held = Vec::new();
    let mut changed = Vec::new();
    for m in &stopped {
        let id = MessageId {
            issue_id: m.issue_id,
            subscriber_id: m.subscriber_id,
            n: m.n,
        };
        let issue = IssueState::from_number(m.issue_state);
        let (state, reason) = match () {
            () if !m.known => (State::Cancelled, Reason::Erased),
            () if m.suppressed => (State::Suppressed, Reason::Suppressed),
            () if !m.wants => (State::Cancelled, Reason::Left),
            () if m.paused => (State::Cancelled, Reason::Paused),
            () if issue == IssueState::Cancelled => (State::Cancelled, Reason::IssueCancelled),
            () if m.expires_at <= now => (State::Expired, Reason::Expired),
            () => {
                held.push(id);
                if issue == IssueState::Open {
                    changed.push(id);
                }
                continue;
            }
        };
        ends.push(Outcome {
            id,
            state,
            reason: Some(reason),
            due_at: None,
            code: None,
            reply: None,
            attempt: None,
            bounce: None,
        });
    }
    if !ends.is_empty() {
        write(tx, owner, &[], &ends, now).await?;
    }
    let mut states: Vec<State> = ends.into_iter().map(|e| e.state).collect();
    if !held.is_empty() {
        let skipped = withdraw::renew(tx, app, &changed, now).await?;
        states.extend((0..skipped).map(|_| State::Skipped));
        // Marked by a commit that nobody heard of, and not begun.
        tx.sql(either(
            "UPDATE message SET owner = NULL, state = CASE WHEN attempts > 1 THEN 4 ELSE 1 END, attempts = attempts - 1
               FROM json_each($1) o
              WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2
                AND owner = $2 AND state = 2",
            "UPDATE message m SET owner = NULL, state = CASE WHEN m.attempts > 1 THEN 4 ELSE 1 END,
                    attempts = m.attempts - 1 FROM jsonb_array_elements($1) o
              WHERE m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
                AND m.owner = $2 AND m.state = 2",
        ))
        .bind(keys(&held))
        .bind(owner)
        .run()
        .await?;
    }
    Ok((states, changed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::HiddenLog;

    const ID: MessageId = MessageId {
        issue_id: 1,
        subscriber_id: 1,
        n: 0,
    };
    const ROWS: [&str; 8] = [
        "INSERT INTO newsletter (id, slug) VALUES (1, 'morning')",
        "INSERT INTO template (id, digest, files) VALUES (1, $1, '{}')",
        "INSERT INTO subscriber (id, email, email_key, name, tier, state, revision, created_at)
         VALUES (1, 'a@example.org', $1, '', 0, 1, 1, 0)",
        "INSERT INTO subscription (newsletter_id, subscriber_id, state, cadence, joined_at, follows) VALUES (1, 1, 1, 1, 0, $1)",
        "INSERT INTO issue (id, newsletter_id, edition, stream, state, template_id, key_number, setting, opened_at, closes_at,
                            lateness_ms) VALUES (1, 1, '2026-11-24', 3, 1, 1, 1, '{}', 0, 0, 0)",
        "INSERT INTO cohort (id, issue_id, mark, language, tier, stories) VALUES (1, 1, '', 'en', 0, '[]')",
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at, planned_at,
                              due_at, at, state, attempts) VALUES (1, 1, 0, 1, 1, 0, 9999, 0, 0, 0, 1, 0)",
        "UPDATE node SET heartbeat_at = 0",
    ];

    async fn one_message(folder: &std::path::Path) -> Db {
        let file = folder.join("postrider.sqlite");
        let db = Db::open(&format!("sqlite:{}", file.display()))
            .await
            .unwrap();
        for row in ROWS {
            let mut conn = db.write().await.unwrap();
            let statement = conn.sql(row);
            let statement = if row.contains("$1") {
                statement.bind(vec![1_u8])
            } else {
                statement
            };
            statement.run().await.unwrap();
        }
        db
    }

    /// Whether the message passes, picked up after so many tries.
    async fn passes(db: &Db, owner: i64, attempts: i16) -> bool {
        let wanted = Wanted {
            id: ID,
            cohort_id: 1,
            attempts,
            warmed: Vec::new(),
            is_bounded: true,
        };
        let mut conn = db.write().await.unwrap();
        let passed = write(&mut conn, owner, &[wanted], &[], 10).await.unwrap();
        passed.contains(&ID)
    }

    fn outcome(state: State, due_at: Option<i64>) -> Outcome {
        Outcome {
            id: ID,
            state,
            reason: None,
            due_at,
            code: None,
            reply: None,
            attempt: None,
            bounce: None,
        }
    }

    #[tokio::test]
    async fn a_message_that_is_being_sent_passes_as_this_try_only() {
        let folder = tempfile::tempdir().unwrap();
        let db = one_message(folder.path()).await;
        assert!(passes(&db, 7, 0).await);
        assert!(passes(&db, 7, 0).await, "the answer to its mark was lost");
        assert!(
            !passes(&db, 7, 1).await,
            "it was picked up while it was sent"
        );
        assert!(!passes(&db, 8, 0).await, "another node has it");
    }

    #[tokio::test]
    async fn a_message_that_was_put_off_since_does_not_pass_before_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let db = one_message(folder.path()).await;
        assert!(passes(&db, 7, 0).await);
        let mut conn = db.write().await.unwrap();
        let deferred = [outcome(State::Deferred, Some(60))];
        write(&mut conn, 7, &[], &deferred, 10).await.unwrap();
        drop(conn);
        assert!(!passes(&db, 7, 0).await, "it was tried since");
        assert!(!passes(&db, 7, 1).await, "it is not due");
        let mut conn = db.write().await.unwrap();
        let due = "UPDATE message SET due_at = 10";
        conn.sql(due).run().await.unwrap();
        drop(conn);
        assert!(
            !passes(&db, 7, 0).await,
            "its time has come, but not to a try that is over"
        );
        assert!(passes(&db, 7, 1).await);
    }

    #[tokio::test]
    async fn a_commit_waits_for_who_is_ready_while_mails_are_under_way() {
        let (sender, mut entries) = mpsc::channel(BATCH);
        let late = tokio::spawn(async move {
            for _ in 0..TURNS / 2 {
                tokio::task::yield_now().await;
            }
            let late = Entry::Outcome(outcome(State::Accepted, None));
            assert!(sender.send(late).await.is_ok());
        });
        let other = MessageId { n: 1, ..ID };
        let mut batch = Vec::new();
        gather(&mut entries, &mut batch, &HashSet::new()).await;
        assert_eq!(batch.len(), 0, "nobody is under way");
        gather(&mut entries, &mut batch, &HashSet::from([ID, other])).await;
        assert_eq!(batch.len(), 1);
        late.await.unwrap();
    }

    #[tokio::test]
    async fn a_mark_lasts_when_the_disk_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let db = one_message(folder.path()).await;
        let hidden = HiddenLog::of(&folder.path().join("postrider.sqlite"));
        let (tell, told) = oneshot::channel();
        let mut settled = Settled(Some(told));
        let mut settling = Box::pin(settle(&db, vec![tell]));
        assert!(futures_util::poll!(&mut settling).is_pending());
        assert!(futures_util::poll!(Box::pin(settled.wait())).is_pending());
        drop(hidden);
        settling.await;
        assert!(settled.wait().await && settled.wait().await);
    }

    #[tokio::test]
    async fn an_outcome_is_written_by_whoever_has_the_message() {
        let folder = tempfile::tempdir().unwrap();
        let db = one_message(folder.path()).await;
        assert!(passes(&db, 7, 0).await);
        for (owner, state) in [(8, 2), (7, 3)] {
            let mut conn = db.write().await.unwrap();
            let accepted = [outcome(State::Accepted, None)];
            write(&mut conn, owner, &[], &accepted, 10).await.unwrap();
            let now: i64 = conn.sql("SELECT state FROM message").value().await.unwrap();
            assert_eq!(now, state, "{owner}");
        }
    }
}
