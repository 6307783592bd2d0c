//! This process among those that share the database: its number, its heartbeat, and what the dead left behind.

use std::time::Duration;

use jiff::SignedDuration;
use sqlx::types::Json;

use super::pick::Part;
use crate::app::App;
use crate::db::{self, Sql, Tx, either};
use crate::message::{Reason, State, Stream};

/// A heartbeat is this often.
pub(super) const BEAT: Duration = Duration::from_secs(5);
/// A node silent for this long is taken for dead, and what it had in hand is anyone's. One that only slept is stopped by
/// the fence, but for the mails it was handing over: at most one a connection, marked `uncertain` and sent again by its
/// stream's rule.
const STALE: SignedDuration = SignedDuration::from_secs(60);

/// Instead of a heartbeat: the node has nothing in hand, and nobody need look.
const ENDED: i64 = 0;
/// Instead of a heartbeat: the node is gone, and has left something.
const LEFT: i64 = 1;

/// Takes a new number, which no earlier start had.
pub(super) async fn register(app: &App) -> db::Result<i64> {
    let now = app.clock.now().as_millisecond();
    let mut tx = app.db.begin().await?;
    tx.sql("DELETE FROM node WHERE heartbeat_at = 0 AND started_at < $1")
        .bind(now - 86_400_000)
        .run()
        .await?;
    let owner = tx
        .sql(
            "INSERT INTO node (name, started_at, heartbeat_at) VALUES ($1, $2, $2) RETURNING owner",
        )
        .bind(name())
        .bind(now)
        .value()
        .await?;
    tx.commit().await?;
    Ok(owner)
}

/// Says that this node is alive, and what keeps it from sending, if anything does.
pub(super) async fn beat(app: &App, owner: i64, trouble: Option<&str>) -> db::Result<()> {
    const SQL: &str = "
        UPDATE node SET relay_error = $2,
               relay_error_at = CASE WHEN $2 IS NULL THEN NULL ELSE coalesce(relay_error_at, $1) END
         WHERE owner = $3";
    let now = app.clock.now().as_millisecond();
    let mut tx = app.db.begin().await?;
    live(&mut tx, owner, now).await?;
    tx.sql(SQL)
        .bind(now)
        .bind(trouble)
        .bind(owner)
        .run()
        .await?;
    tx.commit().await
}

/// Keeps this node among the living until `tx` ends, and from then on. Whoever takes it for dead does so before, and it
/// sees that what it had is no longer its own; or after, and finds it alive.
pub(super) async fn live(tx: &mut Tx, owner: i64, now: i64) -> db::Result<()> {
    let there = tx
        .sql("UPDATE node SET heartbeat_at = $1 WHERE owner = $2")
        .bind(now)
        .bind(owner)
        .run()
        .await?;
    if there == 0 {
        tx.sql("INSERT INTO node (owner, name, started_at, heartbeat_at) VALUES ($1, $2, $3, $3)")
            .bind(owner)
            .bind(name())
            .bind(now)
            .run()
            .await?;
    }
    Ok(())
}

fn name() -> String {
    format!("pid {}", std::process::id())
}

/// Ends this node's part. `has_left`: something is still in hand, for the next recovery.
pub(super) async fn release(app: &App, owner: i64, has_left: bool) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    tx.sql("UPDATE node SET heartbeat_at = $2 WHERE owner = $1")
        .bind(owner)
        .bind(if has_left { LEFT } else { ENDED })
        .run()
        .await?;
    tx.commit().await
}

/// Which of the living this node is, and how many they are.
pub(super) async fn part(app: &App, owner: i64) -> db::Result<Part> {
    let now = app.clock.now();
    let living: Vec<(i64,)> = app
        .db
        .read()
        .await?
        .sql("SELECT owner FROM node WHERE heartbeat_at >= $1 ORDER BY owner")
        .bind((now - STALE).as_millisecond())
        .all()
        .await?;
    let which = living.iter().position(|(o,)| *o == owner);
    Ok(which.map_or(Part::WHOLE, |which| Part {
        which: which as u32,
        of: living.len() as u32,
    }))
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

/// Ends what dead nodes had in hand; how many messages that were.
///
/// What was `sending` may have been taken by the relay: a digest is sent again with the same Message-ID, an alert and a
/// notice stay `uncertain`. `alone`: there can be no other node, so whoever had something is dead, however young its
/// heartbeat.
pub(super) async fn recover(app: &App, owner: i64, alone: bool) -> db::Result<u64> {
    let now = app.clock.now();
    let dead: Vec<(i64,)> = app
        .db
        .read()
        .await?
        .sql("SELECT owner FROM node WHERE owner <> $1 AND heartbeat_at > 0 AND ($2 OR heartbeat_at < $3)")
        .bind(owner)
        .bind(alone)
        .bind((now - STALE).as_millisecond())
        .all()
        .await?;
    let mut caught = 0;
    for (dead,) in dead {
        caught += db::again(async || {
            let mut tx = app.db.begin().await?;
            let ended = tx
                .sql("UPDATE node SET heartbeat_at = 0 WHERE owner = $1 AND ($2 OR heartbeat_at < $3)")
                .bind(dead)
                .bind(alone)
                .bind((now - STALE).as_millisecond())
                .run()
                .await?;
            let caught = match ended {
                0 => 0,
                _ => end_hold(&mut tx, dead, now.as_millisecond()).await?,
            };
            tx.commit().await?;
            Ok(caught)
        })
        .await?;
    }
    Ok(caught)
}

async fn end_hold(tx: &mut Tx, dead: i64, now: i64) -> db::Result<u64> {
    // What is in hand is in the index of what is due, issue by issue.
    let caught: Vec<Left> = tx
        .sql(
            "SELECT m.issue_id, m.subscriber_id, m.n, m.state, m.attempts, i.stream FROM issue i
               JOIN message m ON m.issue_id = i.id AND m.due_at IS NOT NULL AND m.owner = $1",
        )
        .bind(dead)
        .all()
        .await?;
    // A node of an older version puts its number on what it only leased.
    let (caught, leased): (Vec<Left>, Vec<Left>) = caught
        .into_iter()
        .partition(|m| m.state == State::Sending as i16);
    for m in leased {
        tx.sql(
            "UPDATE message SET owner = NULL WHERE issue_id = $1 AND subscriber_id = $2 AND n = $3",
        )
        .bind(m.issue_id)
        .bind(m.subscriber_id)
        .bind(m.n)
        .run()
        .await?;
    }
    let rows: Vec<_> = caught
        .iter()
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
         SELECT o.value->>0, o.value->>1, o.value->>2, o.value->>5, $2, 7, NULL, NULL FROM jsonb_each($1) o
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
           FROM jsonb_each($1) o WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2",
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
