//! Messages that have no letter: their reader is gone, or what they are made of cannot be read here.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::types::Json;

use super::Key;
use crate::app::App;
use crate::db::{self, Sql, either};
use crate::dispatch::hold;
use crate::message::{Reason, State};
use crate::render::letter::{self, Cohorts, Letter};

/// The letters of these messages, as far as they have one. A row that cannot be read costs no other its letter.
pub(super) async fn letters(
    sql: &mut impl Sql,
    keys: &[Key],
    cohorts: &mut Cohorts,
) -> db::Result<Vec<Letter>> {
    let loaded = letter::load(sql, keys, cohorts).await;
    if !matches!(loaded, Err(db::Error::Other(_))) {
        return loaded;
    }
    let mut letters = Vec::new();
    for key in keys {
        match letter::load(sql, &[*key], cohorts).await {
            Ok(one) => letters.extend(one),
            Err(db::Error::Other(error)) => {
                tracing::error!(
                    issue.id = key.0,
                    subscriber.id = key.1,
                    error,
                    "a message cannot be read"
                );
            }
            Err(error) => return Err(error),
        }
    }
    Ok(letters)
}

/// Those of these messages that have no letter.
pub(super) fn missing(keys: &[Key], letters: &[Letter]) -> Vec<Key> {
    let found: HashSet<Key> = letters
        .iter()
        .map(|l| (l.id.issue_id, l.id.subscriber_id, l.id.n))
        .collect();
    keys.iter()
        .copied()
        .filter(|k| !found.contains(k))
        .collect()
}

/// Ends those whose reader was erased while they were queued, and puts the others aside: perhaps a newer version wrote them,
/// and can send them. What ended otherwise since it was picked up is left alone.
pub(super) async fn settle(app: &App, keys: &[Key], now: Timestamp) -> db::Result<()> {
    db::again(async || end_gone(app, keys, now).await).await?;
    let unread = hold::put_aside(&app.db, keys, now).await?;
    if unread > 0 {
        tracing::error!(
            messages = unread,
            issue.id = keys[0].0,
            "what these messages are made of cannot be read by this version; they stay queued, and are looked at again in some minutes"
        );
    }
    Ok(())
}

async fn end_gone(app: &App, keys: &[Key], now: Timestamp) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    tx.sql(either(
        "UPDATE message SET state = $2, reason = $3, at = $4, due_at = NULL FROM jsonb_each($1) o
          WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2 AND state IN (1, 4)
            AND CASE WHEN (SELECT stream FROM issue i WHERE i.id = message.issue_id) = 1
                THEN NOT EXISTS (SELECT 1 FROM notice w WHERE w.issue_id = message.issue_id
                                    AND w.subscriber_id = message.subscriber_id AND w.n = message.n AND w.email IS NOT NULL)
                ELSE NOT EXISTS (SELECT 1 FROM subscriber s WHERE s.id = message.subscriber_id AND s.email IS NOT NULL) END",
        "UPDATE message m SET state = $2, reason = $3, at = $4, due_at = NULL FROM jsonb_array_elements($1) o
          WHERE m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2 AND m.state IN (1, 4)
            AND CASE WHEN (SELECT stream FROM issue i WHERE i.id = m.issue_id) = 1
                THEN NOT EXISTS (SELECT 1 FROM notice w WHERE w.issue_id = m.issue_id
                                    AND w.subscriber_id = m.subscriber_id AND w.n = m.n AND w.email IS NOT NULL)
                ELSE NOT EXISTS (SELECT 1 FROM subscriber s WHERE s.id = m.subscriber_id AND s.email IS NOT NULL) END",
    ))
    .bind(Json(keys))
    .bind(State::Cancelled as i16)
    .bind(Reason::Erased as i16)
    .bind(now.as_millisecond())
    .run()
    .await?;
    tx.commit().await
}
