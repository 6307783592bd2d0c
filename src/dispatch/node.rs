//! This process among those that share the database: its number, its heartbeat, and what the dead left behind.

use std::time::Duration;

use jiff::SignedDuration;
use sqlx::types::Json;

use crate::app::App;
use crate::db::{self, Sql, either};
use crate::message::{Reason, State, Stream};

/// A heartbeat is this often.
pub(super) const BEAT: Duration = Duration::from_secs(5);
/// A node silent for this long is taken for dead, and its leases end. One that only slept is stopped by the fence, but
/// for the mails it was handing over: at most one a connection, marked `uncertain` and sent again by its stream's rule.
const STALE: SignedDuration = SignedDuration::from_secs(60);

/// Takes a new number, which no earlier start had.
pub(super) async fn register(app: &App) -> db::Result<i64> {
    let now = app.clock.now().as_millisecond();
    let name = format!("pid {}", std::process::id());
    let mut tx = app.db.begin().await?;
    // A number never comes again, so a node that left nothing behind can be forgotten.
    tx.sql(
        "DELETE FROM node WHERE heartbeat_at < $1
            AND NOT EXISTS (SELECT 1 FROM message m WHERE m.owner = node.owner)",
    )
    .bind(now - 86_400_000)
    .run()
    .await?;
    let owner = tx
        .sql(
            "INSERT INTO node (name, started_at, heartbeat_at) VALUES ($1, $2, $2) RETURNING owner",
        )
        .bind(name)
        .bind(now)
        .value()
        .await?;
    tx.commit().await?;
    Ok(owner)
}

/// Says that this node is alive, and what keeps it from sending, if anything does.
pub(super) async fn beat(app: &App, owner: i64, trouble: Option<&str>) -> db::Result<()> {
    const SQL: &str = "
        UPDATE node SET heartbeat_at = $1, relay_error = $2,
               relay_error_at = CASE WHEN $2 IS NULL THEN NULL ELSE coalesce(relay_error_at, $1) END
         WHERE owner = $3";
    let mut tx = app.db.begin().await?;
    tx.sql(SQL)
        .bind(app.clock.now().as_millisecond())
        .bind(trouble)
        .bind(owner)
        .run()
        .await?;
    tx.commit().await
}

/// Gives this node's leases back: what it had not begun is anyone's again.
pub(super) async fn release(app: &App, owner: i64) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    tx.sql("UPDATE message SET owner = NULL WHERE owner = $1 AND state <> 2")
        .bind(owner)
        .run()
        .await?;
    tx.sql("UPDATE node SET heartbeat_at = 0 WHERE owner = $1")
        .bind(owner)
        .run()
        .await?;
    tx.commit().await
}

#[derive(sqlx::FromRow)]
struct Left {
    issue_id: i64,
    subscriber_id: i64,
    n: i16,
    state: i16,
    attempts: i16,
    stream: i16,
}

/// Ends the leases of dead nodes; how many messages were caught while they were handed over.
///
/// What was only leased is queued again. What was `sending` may have been taken by the relay: a digest is sent again
/// with the same Message-ID, an alert and a notice stay `uncertain`. `alone`: there can be no other node, so whoever had a
/// lease is dead, however young its heartbeat.
pub(super) async fn recover(app: &App, owner: i64, alone: bool) -> db::Result<u64> {
    let now = app.clock.now();
    let dead: Vec<(i64,)> = app
        .db
        .read()
        .await?
        .sql("SELECT DISTINCT m.owner FROM message m LEFT JOIN node n ON n.owner = m.owner
               WHERE m.owner IS NOT NULL AND m.owner <> $1 AND ($2 OR n.heartbeat_at IS NULL OR n.heartbeat_at < $3)")
        .bind(owner)
        .bind(alone)
        .bind((now - STALE).as_millisecond())
        .all()
        .await?;
    let mut caught = 0;
    for (dead,) in dead {
        caught += db::again(async || {
            let mut tx = app.db.begin().await?;
            let caught = end_leases(&mut tx, dead, now.as_millisecond()).await?;
            tx.commit().await?;
            Ok(caught)
        })
        .await?;
    }
    Ok(caught)
}

async fn end_leases(tx: &mut db::Tx, dead: i64, now: i64) -> db::Result<u64> {
    tx.sql("UPDATE message SET owner = NULL WHERE owner = $1 AND state <> 2")
        .bind(dead)
        .run()
        .await?;
    let caught: Vec<Left> = tx
        .sql(
            "SELECT m.issue_id, m.subscriber_id, m.n, m.state, m.attempts, i.stream FROM message m
                JOIN issue i ON i.id = m.issue_id WHERE m.owner = $1",
        )
        .bind(dead)
        .all()
        .await?;
    let rows: Vec<_> = caught
        .iter()
        .filter(|m| m.state == State::Sending as i16)
        .map(|m| {
            let again = m.stream == Stream::Digest as i16;
            let state = if again {
                State::Deferred
            } else {
                State::Uncertain
            };
            let due = again.then_some(now);
            (
                m.issue_id,
                m.subscriber_id,
                m.n,
                state as i16,
                due,
                m.attempts,
            )
        })
        .collect();
    let count = rows.len() as u64;
    let rows = Json(rows);
    tx.sql(either(
        "INSERT INTO attempt (issue_id, subscriber_id, n, try, at, state, code, reply)
         SELECT o.value->>0, o.value->>1, o.value->>2, o.value->>5, $2, 7, NULL, NULL FROM json_each($1) o
          WHERE TRUE ON CONFLICT DO NOTHING",
        "INSERT INTO attempt (issue_id, subscriber_id, n, try, at, state, code, reply)
         SELECT (o->>0)::int8, (o->>1)::int8, (o->>2)::int2, (o->>5)::int2, $2, 7, NULL, NULL
           FROM jsonb_array_elements($1) o ON CONFLICT DO NOTHING",
    ))
    .bind(&rows)
    .bind(now)
    .run()
    .await?;
    tx.sql(either(
        "UPDATE message SET owner = NULL, state = o.value->>3, due_at = o.value->>4, at = $2, reason = $3
           FROM json_each($1) o WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2",
        "UPDATE message SET owner = NULL, state = (o->>3)::int2, due_at = (o->>4)::int8, at = $2, reason = $3
           FROM jsonb_array_elements($1) o
          WHERE issue_id = (o->>0)::int8 AND subscriber_id = (o->>1)::int8 AND n = (o->>2)::int2",
    ))
    .bind(&rows)
    .bind(now)
    .bind(Reason::NodeDied as i16)
    .run()
    .await?;
    Ok(count)
}
