//! Writing what a page of due subscriptions came to, in one short transaction: cohorts, messages, places in readers' weeks,
//! and the subscriptions moved on, each only where it is still as it was read.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sqlx::types::Json;

use super::compose::Cohort;
use super::plan::Stock;
use super::turn::Due;
use crate::audience::budget::{Place, take};
use crate::collect::change;
use crate::config::Cadence;
use crate::db::{self, Sql, Tx, either};
use crate::message::{Reason, State};

/// A message as it will be written, or why there is none yet.
pub(super) struct Row<'a> {
    pub(super) due: &'a Due,
    pub(super) next: Option<Timestamp>,
    /// None where quiet hours hold it.
    pub(super) message: Option<Composed>,
}

/// A message as it will be written.
pub(super) struct Composed {
    pub(super) issue_id: i64,
    pub(super) n: i16,
    pub(super) cohort: Option<Cohort>,
    pub(super) state: State,
    pub(super) reason: Option<Reason>,
    pub(super) scheduled_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) since: Timestamp,
    /// What another newsletter's planner must not have moved meanwhile.
    pub(super) place: Option<Place>,
}

/// Writes some of a page; how many subscriptions moved on, and which of them have a message of it. None if it must be composed
/// again, and nothing of it kept: the stories, or a reader, are no longer what they were.
pub(super) async fn write(
    tx: &mut Tx,
    rows: &[Row<'_>],
    stock: &Stock,
    now: Timestamp,
) -> db::Result<Option<(u64, HashSet<i64>)>> {
    if !change::still(tx, stock.generation).await? {
        return Ok(None);
    }
    let there = there(tx, rows).await?;
    let is_there = |row: &Row<'_>| {
        let message = row.message.as_ref();
        message.is_some_and(|m| there.contains(&(m.issue_id, row.due.subscriber_id, m.n)))
    };
    let mut places: Vec<Place> = Vec::new();
    for row in rows.iter().filter(|row| !is_there(row)) {
        places.extend(row.message.as_ref().and_then(|m| m.place));
    }
    let taken: HashSet<i64> = take(tx, &places).await?.into_iter().collect();
    let has_place = |row: &&Row<'_>| {
        let place = row.message.as_ref().and_then(|m| m.place);
        place.is_none() || is_there(row) || taken.contains(&row.due.subscriber_id)
    };
    let moves = rows
        .iter()
        .filter(has_place)
        .map(|row| moved(row, is_there(row), now));
    let moved = move_on(tx, moves.collect()).await?;
    let mut marks: HashMap<(i64, &Cohort), String> = HashMap::new();
    let mut messages = Vec::with_capacity(rows.len());
    let mut written = HashSet::new();
    for row in rows.iter().filter(has_place) {
        let Row { due, message, .. } = row;
        if !moved.contains(&due.id) {
            let place = message.as_ref().and_then(|m| m.place);
            if place.is_some() && taken.contains(&due.subscriber_id) {
                // It was made due anew since its place was taken: all of it again.
                return Ok(None);
            }
            continue;
        }
        let Some(m) = message.as_ref().filter(|_| !is_there(row)) else {
            continue;
        };
        let mark = m.cohort.as_ref().map(|cohort| {
            let mark = marks.entry((m.issue_id, cohort));
            mark.or_insert_with(|| cohort.mark()).clone()
        });
        let scheduled_at = m.scheduled_at.as_millisecond();
        written.insert(due.id);
        messages.push((
            (
                m.issue_id,
                due.subscriber_id,
                m.n,
                mark,
                due.revision,
                m.since.as_millisecond(),
            ),
            (
                scheduled_at,
                m.expires_at.as_millisecond(),
                (m.state == State::Queued).then_some(scheduled_at),
                m.state as i16,
                m.reason.map(|r| r as i16),
            ),
        ));
    }
    let cohorts = marks
        .into_iter()
        .map(|((issue_id, cohort), mark)| ((issue_id, mark), cohort))
        .collect();
    insert_cohorts(tx, &cohorts).await?;
    insert_messages(tx, Json(&messages), stock, now).await?;
    Ok(Some((moved.len() as u64, written)))
}

/// A subscription, when it was due, when it is due next, `served_at` and `held_since`.
type Move = (i64, i64, Option<i64>, Option<i64>, Option<i64>);

/// Where a subscription moves on to. Where its reader has the mail already, it is by an hour or a zone that was changed since.
fn moved(row: &Row<'_>, is_there: bool, now: Timestamp) -> Move {
    let Row { due, next, message } = row;
    let is_instant = due.cadence() == Cadence::Instant;
    let (mut next, mut served_at, mut held_since) = (*next, due.served_at, due.held_since);
    match message {
        // Of those that leave at once, the next one leaves a minute later.
        Some(_) if is_there && is_instant => next = Some(now + SignedDuration::from_mins(1)),
        Some(m) if !is_there => match m.reason {
            None => (served_at, held_since) = (Some(m.scheduled_at.as_millisecond()), None),
            Some(Reason::BudgetSpent) => {
                let since = m.since.as_millisecond();
                held_since = Some(held_since.map_or(since, |held| held.min(since)));
            }
            // What woke an instant reader was looked at; what a digest holds is still to come.
            Some(_) if is_instant => held_since = None,
            Some(_) => {}
        },
        _ => {}
    }
    let next = next.map(Timestamp::as_millisecond);
    (due.id, due.next_due_at, next, served_at, held_since)
}

/// Moves subscriptions on; those that were still due as they were read. Nobody else moves them until `tx` ends.
async fn move_on(tx: &mut Tx, mut moves: Vec<Move>) -> db::Result<HashSet<i64>> {
    // In one order everywhere, so that two planners never wait for each other.
    moves.sort_unstable();
    let moved: Vec<(i64,)> = tx
        .sql(either(
            "UPDATE subscription SET next_due_at = o.value->>2, served_at = o.value->>3, held_since = o.value->>4
               FROM jsonb_each($1) o WHERE subscription.id = o.value->>0 AND next_due_at = o.value->>1 RETURNING id",
            "UPDATE subscription u SET next_due_at = (o->>2)::int8, served_at = (o->>3)::int8, held_since = (o->>4)::int8
               FROM jsonb_array_elements($1) o
              WHERE u.id = (o->>0)::int8 AND u.next_due_at = (o->>1)::int8 RETURNING u.id",
        ))
        .bind(Json(moves))
        .all()
        .await?;
    Ok(moved.into_iter().map(|(id,)| id).collect())
}

/// A message's issue, reader, `n`, cohort, revision and `since_at`; then its times, state, reason.
type MessageRow = (
    (i64, i64, i16, Option<String>, i64, i64),
    (i64, i64, Option<i64>, i16, Option<i16>),
);

async fn insert_messages(
    tx: &mut Tx,
    messages: Json<&Vec<MessageRow>>,
    stock: &Stock,
    now: Timestamp,
) -> db::Result<()> {
    tx.sql(either(
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, reason, attempts, pool_id, since_at, provider_id)
         SELECT o.value->0->>0, s.id, o.value->0->>2, c.id, o.value->0->>4, o.value->1->>0, o.value->1->>1,
                $2, o.value->1->>2, $4, o.value->1->>3, o.value->1->>4, 0, $3, o.value->0->>5,
                coalesce(d.provider_id, 0)
           FROM jsonb_each($1) o CROSS JOIN subscriber s
           LEFT JOIN provider_domain d ON d.domain = substr(s.email, instr(s.email, '@') + 1)
           LEFT JOIN cohort c ON c.issue_id = o.value->0->>0 AND c.mark = o.value->0->>3
          WHERE s.id = o.value->0->>1
         ON CONFLICT (issue_id, subscriber_id, n) DO UPDATE SET cohort_id = excluded.cohort_id,
                preference_revision = excluded.preference_revision, scheduled_at = excluded.scheduled_at,
                expires_at = excluded.expires_at, planned_at = excluded.planned_at, due_at = excluded.due_at,
                at = excluded.at, state = excluded.state, reason = excluded.reason, pool_id = excluded.pool_id,
                since_at = excluded.since_at, provider_id = excluded.provider_id
          WHERE message.state = 6",
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, reason, attempts, pool_id, since_at, provider_id)
         SELECT (o->0->>0)::int8, s.id, (o->0->>2)::int2, c.id, (o->0->>4)::int8, (o->1->>0)::int8,
                (o->1->>1)::int8, $2, (o->1->>2)::int8, $4, (o->1->>3)::int2, (o->1->>4)::int2, 0, $3, (o->0->>5)::int8,
                coalesce(d.provider_id, 0)
           FROM jsonb_array_elements($1) o
           JOIN subscriber s ON s.id = (o->0->>1)::int8
           LEFT JOIN provider_domain d ON d.domain = substr(s.email, strpos(s.email, '@') + 1)
           LEFT JOIN cohort c ON c.issue_id = (o->0->>0)::int8 AND c.mark = o->0->>3
         ON CONFLICT (issue_id, subscriber_id, n) DO UPDATE SET cohort_id = excluded.cohort_id,
                preference_revision = excluded.preference_revision, scheduled_at = excluded.scheduled_at,
                expires_at = excluded.expires_at, planned_at = excluded.planned_at, due_at = excluded.due_at,
                at = excluded.at, state = excluded.state, reason = excluded.reason, pool_id = excluded.pool_id,
                since_at = excluded.since_at, provider_id = excluded.provider_id
          WHERE message.state = 6",
    ))
    .bind(messages)
    .bind(stock.at.as_millisecond())
    .bind(stock.pool_id)
    .bind(now.as_millisecond())
    .run()
    .await?;
    Ok(())
}

/// Which of these messages there are already and were not skipped, as (issue, reader, n). What was skipped had nothing to
/// say then; another look at the same edition may have.
async fn there(tx: &mut Tx, rows: &[Row<'_>]) -> db::Result<HashSet<(i64, i64, i16)>> {
    let keys: Vec<(i64, i64, i16)> = rows
        .iter()
        .filter_map(|row| {
            let m = row.message.as_ref()?;
            Some((m.issue_id, row.due.subscriber_id, m.n))
        })
        .collect();
    let found: Vec<(i64, i64, i16)> = tx
        .sql(either(
            "SELECT m.issue_id, m.subscriber_id, m.n FROM jsonb_each($1) o CROSS JOIN message m
              WHERE m.issue_id = o.value->>0 AND m.subscriber_id = o.value->>1 AND m.n = o.value->>2 AND m.state <> 6",
            "SELECT m.issue_id, m.subscriber_id, m.n FROM jsonb_array_elements($1) o JOIN message m
                 ON m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
              WHERE m.state <> 6",
        ))
        .bind(Json(keys))
        .all()
        .await?;
    Ok(found.into_iter().collect())
}

/// Writes cohorts that are not there yet.
pub(crate) async fn insert_cohorts(
    tx: &mut Tx,
    cohorts: &BTreeMap<(i64, String), &Cohort>,
) -> db::Result<()> {
    let rows: Vec<_> = cohorts
        .iter()
        .map(|((issue_id, mark), c)| {
            let tier = c.tier as i16;
            (issue_id, mark, &c.language, tier, &c.stories, c.more)
        })
        .collect();
    tx.sql(either(
        "INSERT INTO cohort (issue_id, mark, language, tier, stories, more)
         SELECT o.value->>0, o.value->>1, o.value->>2, o.value->>3, o.value->4, o.value->>5 FROM jsonb_each($1) o WHERE TRUE
         ON CONFLICT DO NOTHING",
        "INSERT INTO cohort (issue_id, mark, language, tier, stories, more)
         SELECT (o->>0)::int8, o->>1, o->>2, (o->>3)::int2, o->4, (o->>5)::int8 FROM jsonb_array_elements($1) o
         ON CONFLICT DO NOTHING",
    ))
    .bind(Json(rows))
    .run()
    .await?;
    Ok(())
}
