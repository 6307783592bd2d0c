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
    let due_now = still_due(tx, rows).await?;
    let mut marks: HashMap<(i64, &Cohort), String> = HashMap::new();
    let mut messages = Vec::with_capacity(rows.len());
    let mut moves = Vec::with_capacity(rows.len());
    let mut written = HashSet::new();
    for row in rows {
        let Row { due, next, message } = row;
        let place = message.as_ref().and_then(|m| m.place);
        let has_place = place.is_none() || is_there(row) || taken.contains(&due.subscriber_id);
        if !has_place || !due_now.contains(&due.id) {
            if place.is_some() && taken.contains(&due.subscriber_id) {
                // It was made due anew since its place was taken: all of it again.
                return Ok(None);
            }
            continue;
        }
        let (mut served_at, mut held_since) = (due.served_at, due.held_since);
        let mut next = *next;
        if is_there(row) {
            // The reader has the mail of this edition, by an hour or a zone that was changed since. Of those that leave
            // at once, the next one leaves a minute later.
            if due.cadence() == Cadence::Instant {
                next = Some(now + SignedDuration::from_mins(1));
            }
        } else if let Some(m) = message {
            let mark = m.cohort.as_ref().map(|cohort| {
                let mark = marks.entry((m.issue_id, cohort));
                mark.or_insert_with(|| cohort.mark()).clone()
            });
            let scheduled_at = m.scheduled_at.as_millisecond();
            let since = m.since.as_millisecond();
            match m.reason {
                None => (served_at, held_since) = (Some(scheduled_at), None),
                Some(Reason::BudgetSpent) => {
                    held_since = Some(held_since.map_or(since, |held| held.min(since)));
                }
                // What woke an instant reader was looked at; what a digest holds is still to come.
                Some(_) if due.cadence() == Cadence::Instant => held_since = None,
                Some(_) => {}
            }
            written.insert(due.id);
            messages.push((
                (
                    m.issue_id,
                    due.id,
                    due.next_due_at,
                    mark,
                    due.revision,
                    m.n,
                    since,
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
        let next = next.map(Timestamp::as_millisecond);
        moves.push((due.id, due.next_due_at, next, served_at, held_since));
    }
    let cohorts = marks
        .into_iter()
        .map(|((issue_id, cohort), mark)| ((issue_id, mark), cohort))
        .collect();
    insert_cohorts(tx, &cohorts).await?;
    insert_messages(tx, Json(&messages), stock, now).await?;
    let moved = tx
        .sql(either(
            "UPDATE subscription SET next_due_at = o.value->>2, served_at = o.value->>3, held_since = o.value->>4
               FROM jsonb_each($1) o WHERE subscription.id = o.value->>0 AND next_due_at = o.value->>1",
            "UPDATE subscription SET next_due_at = (o->>2)::int8, served_at = (o->>3)::int8,
                    held_since = (o->>4)::int8
               FROM jsonb_array_elements($1) o
              WHERE subscription.id = (o->>0)::int8 AND next_due_at = (o->>1)::int8",
        ))
        .bind(Json(&moves))
        .run()
        .await?;
    Ok(Some((moved, written)))
}

/// A message's issue, subscription, when that was due, cohort, revision, `n` and `since_at`; then its times, state, reason.
type MessageRow = (
    (i64, i64, i64, Option<String>, i64, i16, i64),
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
         SELECT o.value->0->>0, u.subscriber_id, o.value->0->>5, c.id, o.value->0->>4, o.value->1->>0, o.value->1->>1,
                $2, o.value->1->>2, $4, o.value->1->>3, o.value->1->>4, 0, $3, o.value->0->>6,
                coalesce(d.provider_id, 0)
           FROM jsonb_each($1) o CROSS JOIN subscription u CROSS JOIN subscriber s
           LEFT JOIN provider_domain d ON d.domain = substr(s.email, instr(s.email, '@') + 1)
           LEFT JOIN cohort c ON c.issue_id = o.value->0->>0 AND c.mark = o.value->0->>3
          WHERE u.id = o.value->0->>1 AND u.next_due_at = o.value->0->>2 AND s.id = u.subscriber_id
         ON CONFLICT (issue_id, subscriber_id, n) DO UPDATE SET cohort_id = excluded.cohort_id,
                preference_revision = excluded.preference_revision, scheduled_at = excluded.scheduled_at,
                expires_at = excluded.expires_at, planned_at = excluded.planned_at, due_at = excluded.due_at,
                at = excluded.at, state = excluded.state, reason = excluded.reason, pool_id = excluded.pool_id,
                since_at = excluded.since_at, provider_id = excluded.provider_id
          WHERE message.state = 6",
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, reason, attempts, pool_id, since_at, provider_id)
         SELECT (o->0->>0)::int8, u.subscriber_id, (o->0->>5)::int2, c.id, (o->0->>4)::int8, (o->1->>0)::int8,
                (o->1->>1)::int8, $2, (o->1->>2)::int8, $4, (o->1->>3)::int2, (o->1->>4)::int2, 0, $3, (o->0->>6)::int8,
                coalesce(d.provider_id, 0)
           FROM jsonb_array_elements($1) o
           JOIN subscription u ON u.id = (o->0->>1)::int8 AND u.next_due_at = (o->0->>2)::int8
           JOIN subscriber s ON s.id = u.subscriber_id
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

/// Which of these subscriptions are still due as they were read. Nobody moves them until `tx` ends.
async fn still_due(tx: &mut Tx, rows: &[Row<'_>]) -> db::Result<HashSet<i64>> {
    let keys: Vec<(i64, i64)> = rows
        .iter()
        .map(|row| (row.due.id, row.due.next_due_at))
        .collect();
    let found: Vec<(i64,)> = tx
        .sql(either(
            "SELECT u.id FROM jsonb_each($1) o CROSS JOIN subscription u
              WHERE u.id = o.value->>0 AND u.next_due_at = o.value->>1",
            "SELECT u.id FROM jsonb_array_elements($1) o JOIN subscription u
                 ON u.id = (o->>0)::int8 AND u.next_due_at = (o->>1)::int8 ORDER BY u.id FOR UPDATE OF u",
        ))
        .bind(Json(keys))
        .all()
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
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
