//! Addresses that must not be mailed: kept as keyed hashes, which outlive the subscriber.

use std::fmt;

use jiff::Timestamp;

use crate::db::{Result, Sql};

/// Why an address must not be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressionReason {
    /// A mailbox that does not exist.
    HardBounce = 1,
    /// The reader called a mail spam (RFC 5965).
    Complaint = 2,
    /// The reader's data were erased.
    Erased = 3,
    /// Someone at the paper said so.
    Manual = 4,
}

impl SuppressionReason {
    /// The reason behind a number of the database.
    pub fn from_number(number: i16) -> SuppressionReason {
        match number {
            1 => SuppressionReason::HardBounce,
            2 => SuppressionReason::Complaint,
            3 => SuppressionReason::Erased,
            _ => SuppressionReason::Manual,
        }
    }
}

impl fmt::Display for SuppressionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SuppressionReason::HardBounce => "the mailbox does not exist",
            SuppressionReason::Complaint => "the reader complained",
            SuppressionReason::Erased => "the reader's data were erased",
            SuppressionReason::Manual => "the paper said so",
        })
    }
}

/// Why and since when this address must not be mailed, if so.
pub async fn suppressed(
    sql: &mut impl Sql,
    email_key: &[u8],
) -> Result<Option<(SuppressionReason, i64)>> {
    let row = sql
        .sql("SELECT reason, at FROM suppression WHERE email_key = $1")
        .bind(email_key)
        .first()
        .await?;
    Ok(row.map(|(reason, at)| (SuppressionReason::from_number(reason), at)))
}

/// From now on nothing is sent to this address. The first reason stays.
pub async fn suppress(
    sql: &mut impl Sql,
    email_key: &[u8],
    reason: SuppressionReason,
    now: Timestamp,
) -> Result<()> {
    sql.sql("INSERT INTO suppression (email_key, reason, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(email_key)
        .bind(reason as i16)
        .bind(now.as_millisecond())
        .run()
        .await?;
    Ok(())
}
