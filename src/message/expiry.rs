//! Ending what stood in the queue past its time.

use jiff::Timestamp;

use super::{Reason, State};
use crate::db::{self, Db, Sql};

/// Messages that one transaction ends.
const PAGE: i64 = 1000;

/// Ends every message whose time has passed and that nobody has in hand, held issues' too; how many.
///
/// A message that waits for another try is found when it has been due for its issue's lateness; if it is picked up
/// before that, the fence stops it. So the search is a range of the index of what is due, however much is in the queue.
pub async fn expire(db: &Db, now: Timestamp) -> db::Result<u64> {
    const LIVE: &str =
        "SELECT id, lateness_ms FROM issue WHERE state IN (1, 2) ORDER BY stream, id";
    const ANY: &str = "SELECT EXISTS (SELECT 1 FROM provider p JOIN message m ON m.provider_id = p.id
                        WHERE m.issue_id = $1 AND m.due_at <= $2 AND m.due_at IS NOT NULL AND m.owner IS NULL)";
    let now = now.as_millisecond();
    let live: Vec<(i64, i64)> = db.read().await?.sql(LIVE).all().await?;
    let mut ended = 0;
    for (issue_id, lateness_ms) in live {
        let dead = now - lateness_ms;
        while db
            .read()
            .await?
            .sql(ANY)
            .bind(issue_id)
            .bind(dead)
            .value::<bool>()
            .await?
        {
            ended += db::again(async || end_page(db, issue_id, dead, now).await).await?;
        }
    }
    Ok(ended)
}

async fn end_page(db: &Db, issue_id: i64, dead: i64, now: i64) -> db::Result<u64> {
    const SQL: &str = "
        UPDATE message SET state = $1, reason = $2, at = $3, due_at = NULL
         WHERE (issue_id, subscriber_id, n) IN (SELECT m.issue_id, m.subscriber_id, m.n
               FROM provider p JOIN message m ON m.provider_id = p.id
               WHERE m.issue_id = $4 AND m.due_at <= $5 AND m.due_at IS NOT NULL AND m.owner IS NULL LIMIT $6)";
    let mut tx = db.begin().await?;
    let ended = tx
        .sql(SQL)
        .bind(State::Expired as i16)
        .bind(Reason::Expired as i16)
        .bind(now)
        .bind(issue_id)
        .bind(dead)
        .bind(PAGE)
        .run()
        .await?;
    tx.commit().await?;
    Ok(ended)
}
