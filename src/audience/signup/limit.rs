//! How often one network may ask. Counted in the database, so that it holds for all nodes, in one row for each network
//! and hour.

use jiff::Timestamp;

use crate::db::{self, Sql, Tx};

pub(super) fn hour(now: Timestamp) -> i64 {
    now.as_second().div_euclid(3600)
}

/// Whether this network asked fewer than `most` times in this hour. Reads only: a flood writes nothing.
pub async fn is_within(
    sql: &mut impl Sql,
    network: &str,
    most: u32,
    now: Timestamp,
) -> db::Result<bool> {
    let counted: Option<(i64,)> = sql
        .sql("SELECT requests FROM signup_network WHERE hour = $1 AND network = $2")
        .bind(hour(now))
        .bind(network)
        .first()
        .await?;
    Ok(counted.is_none_or(|(requests,)| requests < i64::from(most)))
}

/// Counts one more request of this network; whether there may be so many in this hour. Of many at once each sees the others.
pub async fn count(tx: &mut Tx, network: &str, most: u32, now: Timestamp) -> db::Result<bool> {
    const COUNT: &str = "INSERT INTO signup_network (hour, network, requests) VALUES ($1, $2, 1)
        ON CONFLICT (hour, network) DO UPDATE SET requests = signup_network.requests + 1 RETURNING requests";
    let query = tx.sql(COUNT).bind(hour(now)).bind(network);
    let requests: i64 = query.value().await?;
    Ok(requests <= i64::from(most))
}
