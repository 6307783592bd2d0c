//! What is over: notices whose time has passed, addresses that are no longer needed, and hashes after a week.

use jiff::{SignedDuration, Timestamp};

use crate::db::{self, Db, Sql, Tx};
use crate::message::{Reason, State};

/// How long the hash of an address stays: a bounce comes within days.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Rows that one transaction touches.
const PAGE: i64 = 1000;

/// Ends the notices whose time has passed and that nobody has in hand; how many. Address and words of those that are final
/// go now, and what counts them a week later.
pub async fn sweep(db: &Db, now: Timestamp) -> db::Result<u64> {
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM notice WHERE email IS NOT NULL)
                           OR EXISTS (SELECT 1 FROM notice WHERE at < $1)";
    let kept_from = (now - KEPT).as_millisecond();
    let conn = &mut db.read().await?;
    if !conn.sql(ANY).bind(kept_from).value::<bool>().await? {
        return Ok(0);
    }
    let mut all = 0;
    loop {
        let (ended, touched) = db::again(async || {
            let mut tx = db.begin().await?;
            let ended = end(&mut tx, now.as_millisecond()).await?;
            let touched = ended.max(forget(&mut tx, kept_from).await?);
            tx.commit().await?;
            Ok((ended, touched))
        })
        .await?;
        all += ended;
        if touched < PAGE as u64 {
            return Ok(all);
        }
    }
}

async fn end(tx: &mut Tx, now: i64) -> db::Result<u64> {
    const SQL: &str = "
        UPDATE message SET state = $1, reason = $2, at = $3, due_at = NULL
         WHERE (issue_id, subscriber_id, n) IN (SELECT m.issue_id, m.subscriber_id, m.n FROM notice w
                 JOIN message m ON m.issue_id = w.issue_id AND m.subscriber_id = w.subscriber_id AND m.n = w.n
                WHERE w.email IS NOT NULL AND m.expires_at <= $3 AND m.due_at IS NOT NULL AND m.owner IS NULL LIMIT $4)
           AND owner IS NULL";
    let query = tx.sql(SQL).bind(State::Expired as i16);
    let query = query.bind(Reason::Expired as i16).bind(now).bind(PAGE);
    query.run().await
}

/// The larger of the two numbers of rows.
async fn forget(tx: &mut Tx, kept_from: i64) -> db::Result<u64> {
    const FINAL: &str = "
        UPDATE notice SET email = NULL, document = NULL
         WHERE (issue_id, subscriber_id, n) IN (SELECT w.issue_id, w.subscriber_id, w.n FROM notice w
                WHERE w.email IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m
                       WHERE m.issue_id = w.issue_id AND m.subscriber_id = w.subscriber_id AND m.n = w.n
                         AND m.due_at IS NOT NULL) LIMIT $1)";
    const OLD: &str = "
        DELETE FROM notice WHERE (issue_id, subscriber_id, n) IN
               (SELECT issue_id, subscriber_id, n FROM notice WHERE at < $1 AND email IS NULL LIMIT $2)";
    let forgotten = tx.sql(FINAL).bind(PAGE).run().await?;
    let gone = tx.sql(OLD).bind(kept_from).bind(PAGE).run().await?;
    Ok(forgotten.max(gone))
}
