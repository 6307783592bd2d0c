//! A reader who calls a mail spam.

use jiff::Timestamp;

use super::{MessageId, State};
use crate::db::{self, Sql, Tx};

/// Writes down that the reader called this mail spam, and counts it for its issue; whether that is news. Once is enough,
/// however often they say it.
pub async fn complained(tx: &mut Tx, id: MessageId, now: Timestamp) -> db::Result<bool> {
    const SQL: &str = "UPDATE message SET state = $1, reason = NULL, at = $2
                        WHERE issue_id = $3 AND subscriber_id = $4 AND n = $5 AND state IN (3, 7, 8)";
    let news = tx
        .sql(SQL)
        .bind(State::Complained as i16)
        .bind(now.as_millisecond())
        .bind(id.issue_id)
        .bind(id.subscriber_id)
        .bind(id.n)
        .run()
        .await?;
    if news > 0 {
        tx.sql("UPDATE issue SET complaints = complaints + 1 WHERE id = $1")
            .bind(id.issue_id)
            .run()
            .await?;
    }
    Ok(news > 0)
}
