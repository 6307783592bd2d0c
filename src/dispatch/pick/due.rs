//! The statement that finds what is due.

use jiff::Timestamp;
use sqlx::types::Json;

use super::Part;
use crate::db::{self, Sql, either};
use crate::message::MessageId;

/// The next due messages, each with its time. Those without an owner are nobody's yet.
#[expect(
    clippy::too_many_arguments,
    reason = "each is a value of the statement"
)]
pub(super) async fn due(
    sql: &mut impl Sql,
    issue_id: i64,
    provider_id: i64,
    after: Option<(i64, i64)>,
    part: Part,
    backwards: bool,
    limit: usize,
    now: Timestamp,
) -> db::Result<Vec<(MessageId, i64)>> {
    // One row, since each costs a step between threads on SQLite.
    let forwards = either(
        "SELECT json_group_array(json_array(due_at, subscriber_id, n)) FROM (SELECT due_at, subscriber_id, n FROM message
          WHERE issue_id = $1 AND provider_id = $2 AND due_at IS NOT NULL AND due_at <= $3
            AND (due_at, subscriber_id) > ($4, $5) AND subscriber_id % $6 = $7 AND owner IS NULL
          ORDER BY due_at, subscriber_id LIMIT $8)",
        "SELECT coalesce(json_agg(json_build_array(due_at, subscriber_id, n)), '[]')
           FROM (SELECT due_at, subscriber_id, n FROM message
          WHERE issue_id = $1 AND provider_id = $2 AND due_at IS NOT NULL AND due_at <= $3
            AND (due_at, subscriber_id) > ($4, $5) AND subscriber_id % $6 = $7 AND owner IS NULL
          ORDER BY due_at, subscriber_id LIMIT $8) d",
    );
    let backwards_from_the_end = either(
        "SELECT json_group_array(json_array(due_at, subscriber_id, n)) FROM (SELECT due_at, subscriber_id, n FROM message
          WHERE issue_id = $1 AND provider_id = $2 AND due_at IS NOT NULL AND due_at <= $3
            AND (due_at, subscriber_id) < ($4, $5) AND subscriber_id % $6 = $7 AND owner IS NULL
          ORDER BY due_at DESC, subscriber_id DESC LIMIT $8)",
        "SELECT coalesce(json_agg(json_build_array(due_at, subscriber_id, n)), '[]')
           FROM (SELECT due_at, subscriber_id, n FROM message
          WHERE issue_id = $1 AND provider_id = $2 AND due_at IS NOT NULL AND due_at <= $3
            AND (due_at, subscriber_id) < ($4, $5) AND subscriber_id % $6 = $7 AND owner IS NULL
          ORDER BY due_at DESC, subscriber_id DESC LIMIT $8) d",
    );
    let begin = if backwards {
        (i64::MAX, i64::MAX)
    } else {
        (i64::MIN, i64::MIN)
    };
    let (due_at, subscriber_id) = after.unwrap_or(begin);
    let Json(mut rows): Json<Vec<(i64, i64, i16)>> = sql
        .sql(if backwards {
            backwards_from_the_end
        } else {
            forwards
        })
        .bind(issue_id)
        .bind(provider_id)
        .bind(now.as_millisecond())
        .bind(due_at)
        .bind(subscriber_id)
        .bind(i64::from(part.of))
        .bind(i64::from(part.which))
        .bind(limit as i64)
        .value()
        .await?;
    rows.sort_unstable();
    if backwards {
        rows.reverse();
    }
    let id = |(due_at, subscriber_id, n)| {
        let id = MessageId {
            issue_id,
            subscriber_id,
            n,
        };
        (id, due_at)
    };
    Ok(rows.into_iter().map(id).collect())
}
