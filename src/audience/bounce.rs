//! Soft bounces of an address: mails that came back from a mailbox which may be fine tomorrow.
//!
//! Only what counts is kept, by the hash of the address. Counting, falling and suppressing are `message::bounce`'s.

use sqlx::types::Json;

use crate::db::{Result, Sql, Tx};

/// The soft bounces of one address that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soft {
    /// Their instants, in UTC milliseconds, the oldest first.
    pub times: Vec<i64>,
    /// Until when accepted mails have let them fall.
    pub settled_at: i64,
}

/// The soft bounces of this address; a transaction on PostgreSQL holds them until it ends.
pub async fn soft(tx: &mut Tx, email_key: &[u8]) -> Result<Option<Soft>> {
    let text = crate::db::either(
        "SELECT times, settled_at FROM soft_bounce WHERE email_key = $1",
        "SELECT times, settled_at FROM soft_bounce WHERE email_key = $1 FOR UPDATE",
    );
    let row: Option<(Json<Vec<i64>>, i64)> = tx.sql(text).bind(email_key).first().await?;
    Ok(row.map(|(Json(times), settled_at)| Soft { times, settled_at }))
}

/// The instants of the soft bounces of this address, in UTC milliseconds, the oldest first.
pub async fn times(sql: &mut impl Sql, email_key: &[u8]) -> Result<Vec<i64>> {
    let row: Option<(Json<Vec<i64>>,)> = sql
        .sql("SELECT times FROM soft_bounce WHERE email_key = $1")
        .bind(email_key)
        .first()
        .await?;
    Ok(row.map(|(Json(times),)| times).unwrap_or_default())
}

/// Keeps them.
pub async fn keep(tx: &mut Tx, email_key: &[u8], soft: &Soft) -> Result<()> {
    const SQL: &str = "
        INSERT INTO soft_bounce (email_key, times, last_at, settled_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (email_key) DO UPDATE SET times = excluded.times, last_at = excluded.last_at,
               settled_at = excluded.settled_at";
    tx.sql(SQL)
        .bind(email_key)
        .bind(Json(&soft.times))
        .bind(soft.times.last().copied().unwrap_or_default())
        .bind(soft.settled_at)
        .run()
        .await?;
    Ok(())
}

/// Forgets them: the address is suppressed, proven to work, or erased.
pub async fn forget(tx: &mut Tx, email_key: &[u8]) -> Result<()> {
    tx.sql("DELETE FROM soft_bounce WHERE email_key = $1")
        .bind(email_key)
        .run()
        .await?;
    Ok(())
}

/// Deletes some of those whose last is older than this.
pub async fn prune(tx: &mut Tx, before: i64) -> Result<u64> {
    const SQL: &str = "DELETE FROM soft_bounce WHERE email_key IN
                         (SELECT email_key FROM soft_bounce WHERE last_at < $1 ORDER BY last_at LIMIT 100)";
    tx.sql(SQL).bind(before).run().await
}
