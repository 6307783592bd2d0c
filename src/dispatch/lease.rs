//! Leasing: small batches of due messages become this node's to look after. They stay `queued`.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::types::Json;

use crate::app::App;
use crate::db::{self, Sql, either};
use crate::message::{Reason, State};
use crate::render::letter::{self, Letter};

/// Takes up to `limit` due messages, the most urgent stream first.
pub(super) async fn lease(app: &App, owner: i64, limit: usize) -> db::Result<Vec<Letter>> {
    let now = app.clock.now();
    let live: Vec<(i64,)> = app
        .db
        .read()
        .await?
        .sql("SELECT id FROM issue WHERE state = 1 ORDER BY stream, id")
        .all()
        .await?;
    let mut taken = Vec::new();
    for (issue_id,) in live {
        let left = limit - taken.len();
        if left == 0 {
            break;
        }
        if any_due(app, issue_id, now).await? {
            taken.extend(
                db::again(async || take(app, owner, issue_id, now, left as i64).await).await?,
            );
        }
    }
    if taken.is_empty() {
        Ok(Vec::new())
    } else {
        load(app, &taken).await
    }
}

async fn any_due(app: &App, issue_id: i64, now: Timestamp) -> db::Result<bool> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM message
                        WHERE issue_id = $1 AND due_at <= $2 AND due_at IS NOT NULL AND owner IS NULL)";
    app.db
        .read()
        .await?
        .sql(SQL)
        .bind(issue_id)
        .bind(now.as_millisecond())
        .value()
        .await
}

type Key = (i64, i64, i16);

async fn take(
    app: &App,
    owner: i64,
    issue_id: i64,
    now: Timestamp,
    limit: i64,
) -> db::Result<Vec<Key>> {
    let text = either(
        "UPDATE message SET owner = $1 WHERE (issue_id, subscriber_id, n) IN (SELECT issue_id, subscriber_id, n
            FROM message WHERE issue_id = $2 AND due_at <= $3 AND due_at IS NOT NULL AND owner IS NULL
           ORDER BY due_at LIMIT $4) RETURNING issue_id, subscriber_id, n",
        "WITH due AS MATERIALIZED (SELECT issue_id, subscriber_id, n FROM message
           WHERE issue_id = $2 AND due_at <= $3 AND due_at IS NOT NULL AND owner IS NULL
           ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
         UPDATE message m SET owner = $1 FROM due
          WHERE m.issue_id = $2 AND m.subscriber_id = due.subscriber_id AND m.n = due.n
         RETURNING m.issue_id, m.subscriber_id, m.n",
    );
    let mut tx = app.db.begin().await?;
    let taken = tx
        .sql(text)
        .bind(owner)
        .bind(issue_id)
        .bind(now.as_millisecond())
        .bind(limit)
        .all()
        .await?;
    tx.commit().await?;
    Ok(taken)
}

/// Reads what these messages need. One whose reader is gone since ends here.
async fn load(app: &App, keys: &[Key]) -> db::Result<Vec<Letter>> {
    let letters = letter::load(&mut app.db.read().await?, keys).await?;
    let found: HashSet<Key> = letters
        .iter()
        .map(|l| (l.id.issue_id, l.id.subscriber_id, l.id.n))
        .collect();
    let gone: Vec<&Key> = keys.iter().filter(|k| !found.contains(*k)).collect();
    if !gone.is_empty() {
        end_gone(app, &gone).await?;
    }
    Ok(letters)
}

/// Messages whose reader was erased while they were queued; not those that ended otherwise since they were leased.
async fn end_gone(app: &App, keys: &[&Key]) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    tx.sql(either(
        "UPDATE message SET state = $2, reason = $3, at = $4, due_at = NULL, owner = NULL FROM json_each($1) o
          WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2 AND state IN (1, 4)",
        "UPDATE message SET state = $2, reason = $3, at = $4, due_at = NULL, owner = NULL
           FROM jsonb_array_elements($1) o
          WHERE issue_id = (o->>0)::int8 AND subscriber_id = (o->>1)::int8 AND n = (o->>2)::int2 AND state IN (1, 4)",
    ))
    .bind(Json(keys))
    .bind(State::Cancelled as i16)
    .bind(Reason::Erased as i16)
    .bind(app.clock.now().as_millisecond())
    .run()
    .await?;
    tx.commit().await
}
