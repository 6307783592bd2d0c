//! What the fence stopped, and the end that each gets.

use sqlx::types::Json;

use super::Wanted;
use super::fence::write;
use crate::app::App;
use crate::db::{self, Sql, Tx, either};
use crate::dispatch::outcome::ended;
use crate::issue::{IssueState, withdraw};
use crate::message::{MessageId, Reason, State};

fn keys(ids: &[MessageId]) -> Json<Vec<(i64, i64, i16)>> {
    Json(
        ids.iter()
            .map(|id| (id.issue_id, id.subscriber_id, id.n))
            .collect(),
    )
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
pub(super) async fn end_stopped(
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
           FROM jsonb_each($1) o CROSS JOIN message m JOIN issue i ON i.id = m.issue_id
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
        ends.push(ended(id, state, reason));
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
               FROM jsonb_each($1) o
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

/// So long waits what the fence stopped without a reason to be seen.
const DELAY_MS: i64 = 60_000;

/// Of what the fence stopped and [`end_stopped`] found fit to leave, that which is due, open and just as it was rendered would
/// be picked up without end: it waits.
pub(super) async fn delay(
    tx: &mut Tx,
    refused: impl Iterator<Item = &Wanted>,
    now: i64,
) -> db::Result<()> {
    let rows: Vec<_> = refused
        .map(|w| {
            let id = w.id;
            (id.issue_id, id.subscriber_id, id.n, w.cohort_id, w.attempts)
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let delayed = tx
        .sql(either(
            "UPDATE message SET due_at = $3 FROM jsonb_each($1) o
              WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2
                AND cohort_id = o.value->>3 AND attempts = o.value->>4 AND owner IS NULL AND state IN (1, 4) AND due_at <= $2",
            "UPDATE message m SET due_at = $3 FROM jsonb_array_elements($1) o
              WHERE m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
                AND m.cohort_id = (o->>3)::int8 AND m.attempts = (o->>4)::int2 AND m.owner IS NULL
                AND m.state IN (1, 4) AND m.due_at <= $2",
        ))
        .bind(Json(rows))
        .bind(now)
        .bind(now + DELAY_MS)
        .run()
        .await?;
    if delayed > 0 {
        tracing::error!(
            messages = delayed,
            "messages were stopped for no reason to be seen; they wait a minute"
        );
    }
    Ok(())
}
