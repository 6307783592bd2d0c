//! Group commit: what the connections have to write down is written by one task, as much as has piled up while the last
//! commit ran.
//!
//! Two things come in. A *mark* asks whether a message may be handed over, and is the fence: it goes through only where
//! the message is still ours, still due, and the reader still wants it. An *outcome* says what became of one. DATA waits
//! for the mark's commit; the outcome before it was in the same commit or an earlier one, so at most one message a
//! connection can be in doubt.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use sqlx::types::Json;
use tokio::sync::{mpsc, oneshot};

use super::node;
use super::pick::day_number;
use crate::app::App;
use crate::db::{self, Sql, Tx, either};
use crate::issue::{IssueState, withdraw};
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
}

/// A message that is to be handed over, and as what it was picked up and rendered.
pub(super) struct Wanted {
    pub(super) id: MessageId,
    pub(super) cohort_id: i64,
    /// Tries before this one: whoever tried it since has it.
    pub(super) attempts: i16,
    /// Where it counts as given, while that is new.
    pub(super) warmed: Vec<String>,
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

enum Entry {
    Mark(Wanted, oneshot::Sender<Mark>),
    Outcome(Outcome),
}

/// Where connections put what is to be written down.
#[derive(Clone)]
pub(super) struct Recorder(mpsc::Sender<Entry>);

impl Recorder {
    /// Whether this message may be handed over now, as it was rendered.
    pub(super) async fn mark(&self, wanted: Wanted) -> Mark {
        let (tell, told) = oneshot::channel();
        // If nobody takes it, nobody tells.
        let _ = self.0.send(Entry::Mark(wanted, tell)).await;
        told.await.unwrap_or(Mark::Stopped)
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

/// Starts the task; it ends when no recorder is left, and gives the count of outcomes by state. `alone`: nobody else can
/// take this node for dead.
pub(super) fn start(
    app: std::sync::Arc<App>,
    owner: i64,
    alone: bool,
) -> (Recorder, tokio::task::JoinHandle<Tally>) {
    let (sender, mut entries) = mpsc::channel(BATCH);
    let task = tokio::spawn(async move {
        let mut tally = Tally::new();
        let mut batch = Vec::with_capacity(BATCH);
        while entries.recv_many(&mut batch, BATCH).await > 0 {
            write_down(&app, (owner, alone), &mut batch, &mut tally).await;
        }
        tally
    });
    (Recorder(sender), task)
}

/// Writes a batch, however long the database takes to be there again: sending stops before something goes unlogged,
/// since every connection waits for its mark.
async fn write_down(app: &App, node: (i64, bool), batch: &mut Vec<Entry>, tally: &mut Tally) {
    let mut marks = Vec::new();
    let mut outcomes = Vec::new();
    let mut wanted = Vec::new();
    for entry in batch.drain(..) {
        match entry {
            Entry::Mark(one, tell) => {
                marks.push((one.id, tell));
                wanted.push(one);
            }
            Entry::Outcome(outcome) => outcomes.push(outcome),
        }
    }
    // All nodes lock rows in one order.
    wanted.sort_unstable_by_key(|w| w.id);
    outcomes.sort_unstable_by_key(|o| o.id);
    let mut told = false;
    let (marked, stopped) = loop {
        match commit(app, node, &wanted, &outcomes).await {
            Ok(done) => break done,
            Err(error) => {
                if !told {
                    tracing::error!(%error, "what was sent cannot be written down; sending waits until it can");
                    told = true;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    };
    if told {
        tracing::info!("the database takes what was sent again; sending goes on");
    }
    outcomes
        .iter()
        .map(|o| o.state)
        .chain(stopped)
        .for_each(|state| *tally.entry(state).or_default() += 1);
    for (id, tell) in marks {
        // A connection that is gone leaves its message to recovery.
        let mark = marked.get(&id).copied();
        let _ = tell.send(mark.unwrap_or(Mark::Stopped));
    }
}

/// One transaction: outcomes, then marks, then an end for what the fence stopped.
async fn commit(
    app: &App,
    (owner, alone): (i64, bool),
    wanted: &[Wanted],
    outcomes: &[Outcome],
) -> db::Result<(HashMap<MessageId, Mark>, Vec<State>)> {
    db::again(async || {
        let now = app.clock.now().as_millisecond();
        let mut tx = app.db.begin().await?;
        if !outcomes.is_empty() {
            write_outcomes(&mut tx, owner, outcomes, now).await?;
        }
        let mut marked = HashMap::new();
        let mut stopped = Vec::new();
        if !wanted.is_empty() {
            if !alone {
                node::live(&mut tx, owner, now).await?;
            }
            let passed = write_marks(&mut tx, owner, wanted, now).await?;
            count_warmed(&mut tx, app, wanted, &passed).await?;
            let rest: Vec<MessageId> = wanted
                .iter()
                .map(|wanted| wanted.id)
                .filter(|id| !passed.contains(id))
                .collect();
            if !rest.is_empty() {
                let (states, changed) = end_stopped(&mut tx, app, owner, &rest, now).await?;
                stopped = states;
                marked.extend(changed.into_iter().map(|id| (id, Mark::Changed)));
            }
            marked.extend(passed.into_iter().map(|id| (id, Mark::Passed)));
        }
        tx.commit().await?;
        Ok((marked, stopped))
    })
    .await
}

fn keys(ids: &[MessageId]) -> Json<Vec<(i64, i64, i16)>> {
    Json(
        ids.iter()
            .map(|id| (id.issue_id, id.subscriber_id, id.n))
            .collect(),
    )
}

/// What was rendered must be what may leave: the message's cohort, and no story of it since corrected or retracted. Most
/// of the time `article_change` is empty, and that costs one look at it.
///
/// Nobody had it so far: it has no owner, and no try since it was picked up. A message that is `sending` and ours passes
/// again: its mark was committed, and only the word of it was lost.
async fn write_marks(
    tx: &mut Tx,
    owner: i64,
    wanted: &[Wanted],
    now: i64,
) -> db::Result<HashSet<MessageId>> {
    let text = either(
        "UPDATE message SET state = 2, owner = $2, at = $3,
                attempts = attempts + CASE WHEN state = 2 THEN 0 ELSE 1 END FROM json_each($1) o
          WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2
            AND (owner IS NULL AND state IN (1, 4) AND attempts = o.value->>4 OR owner = $2 AND state = 2)
            AND expires_at > $3 AND cohort_id = o.value->>3
            AND (state = 2 OR NOT EXISTS (SELECT 1 FROM article_change) OR NOT EXISTS (SELECT 1 FROM article_change x
                  WHERE EXISTS (SELECT 1 FROM cohort c CROSS JOIN json_each(c.stories) s
                                 WHERE c.id = message.cohort_id AND s.value->>1 = x.article_id
                                   AND (x.revision IS NULL OR s.value->>2 < x.revision))))
            AND EXISTS (SELECT 1 FROM issue i
                          JOIN subscription u ON u.newsletter_id = i.newsletter_id
                           AND u.subscriber_id = message.subscriber_id
                          JOIN subscriber s ON s.id = u.subscriber_id
                         WHERE i.id = message.issue_id AND i.state = 1 AND u.state = 1
                           AND (u.paused_until IS NULL OR u.paused_until <= $3)
                           AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = s.email_key))
         RETURNING issue_id, subscriber_id, n",
        "UPDATE message m SET state = 2, owner = $2, at = $3,
                attempts = m.attempts + CASE WHEN m.state = 2 THEN 0 ELSE 1 END FROM jsonb_array_elements($1) o
          WHERE m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
            AND (m.owner IS NULL AND m.state IN (1, 4) AND m.attempts = (o->>4)::int2 OR m.owner = $2 AND m.state = 2)
            AND m.expires_at > $3 AND m.cohort_id = (o->>3)::int8
            AND (m.state = 2 OR NOT EXISTS (SELECT 1 FROM article_change) OR NOT EXISTS (SELECT 1 FROM article_change x
                  WHERE EXISTS (SELECT 1 FROM cohort c CROSS JOIN jsonb_array_elements(c.stories) s
                                 WHERE c.id = m.cohort_id AND (s->>1)::int8 = x.article_id
                                   AND (x.revision IS NULL OR (s->>2)::int8 < x.revision))))
            AND EXISTS (SELECT 1 FROM issue i
                          JOIN subscription u ON u.newsletter_id = i.newsletter_id
                           AND u.subscriber_id = m.subscriber_id
                          JOIN subscriber s ON s.id = u.subscriber_id
                         WHERE i.id = m.issue_id AND i.state = 1 AND u.state = 1
                           AND (u.paused_until IS NULL OR u.paused_until <= $3)
                           AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = s.email_key))
         RETURNING m.issue_id, m.subscriber_id, m.n",
    );
    let marks: Vec<_> = wanted
        .iter()
        .map(|w| {
            (
                w.id.issue_id,
                w.id.subscriber_id,
                w.id.n,
                w.cohort_id,
                w.attempts,
            )
        })
        .collect();
    let rows: Vec<(i64, i64, i16)> = tx
        .sql(text)
        .bind(Json(marks))
        .bind(owner)
        .bind(now)
        .all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(issue_id, subscriber_id, n)| MessageId {
            issue_id,
            subscriber_id,
            n,
        })
        .collect())
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

/// A message that another node has taken meanwhile is its own to write. One that was taken from us while we slept, and
/// nobody has begun anew, is still what came of it here.
async fn write_outcomes(tx: &mut Tx, owner: i64, outcomes: &[Outcome], now: i64) -> db::Result<()> {
    let rows: Vec<_> = outcomes
        .iter()
        .map(|o| {
            let id = (o.id.issue_id, o.id.subscriber_id, o.id.n);
            (
                id,
                o.state as i16,
                o.reason.map(|r| r as i16),
                o.due_at,
                o.code,
                &o.reply,
            )
        })
        .collect();
    tx.sql(either(
        "UPDATE message SET state = o.value->>1, reason = o.value->>2, due_at = o.value->>3, code = o.value->>4,
                reply = o.value->>5, at = $3, owner = NULL FROM json_each($1) o
          WHERE issue_id = o.value->0->>0 AND subscriber_id = o.value->0->>1 AND n = o.value->0->>2
            AND (owner = $2 OR owner IS NULL AND state IN (1, 4))",
        "UPDATE message m SET state = (o->>1)::int2, reason = (o->>2)::int2, due_at = (o->>3)::int8,
                code = (o->>4)::int2, reply = o->>5, at = $3, owner = NULL FROM jsonb_array_elements($1) o
          WHERE m.issue_id = (o->0->>0)::int8 AND m.subscriber_id = (o->0->>1)::int8 AND m.n = (o->0->>2)::int2
            AND (m.owner = $2 OR m.owner IS NULL AND m.state IN (1, 4))",
    ))
    .bind(Json(rows))
    .bind(owner)
    .bind(now)
    .run()
    .await?;
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
        "SELECT m.issue_id, m.subscriber_id, m.n, m.expires_at, i.state AS issue_state, s.id IS NOT NULL AS known,
                coalesce(u.state = 1, FALSE) AS wants, coalesce(u.paused_until > $3, FALSE) AS paused,
                x.reason IS NOT NULL AS suppressed
           FROM json_each($1) o CROSS JOIN message m JOIN issue i ON i.id = m.issue_id
           LEFT JOIN subscriber s ON s.id = m.subscriber_id
           LEFT JOIN subscription u ON u.newsletter_id = i.newsletter_id AND u.subscriber_id = m.subscriber_id
           LEFT JOIN suppression x ON x.email_key = s.email_key
          WHERE m.issue_id = o.value->>0 AND m.subscriber_id = o.value->>1 AND m.n = o.value->>2
            AND (m.owner IS NULL AND m.state IN (1, 4) OR m.owner = $2 AND m.state = 2)",
        "SELECT m.issue_id, m.subscriber_id, m.n, m.expires_at, i.state AS issue_state, s.id IS NOT NULL AS known,
                coalesce(u.state = 1, FALSE) AS wants, coalesce(u.paused_until > $3, FALSE) AS paused,
                x.reason IS NOT NULL AS suppressed
           FROM jsonb_array_elements($1) o
           JOIN message m ON m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
           JOIN issue i ON i.id = m.issue_id
           LEFT JOIN subscriber s ON s.id = m.subscriber_id
           LEFT JOIN subscription u ON u.newsletter_id = i.newsletter_id AND u.subscriber_id = m.subscriber_id
           LEFT JOIN suppression x ON x.email_key = s.email_key
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
        });
    }
    if !ends.is_empty() {
        write_outcomes(tx, owner, &ends, now).await?;
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
