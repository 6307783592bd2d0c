//! Addresses that must not be mailed: kept as keyed hashes, which outlive the subscriber.
//!
//! In: what came back, what readers and the paper say, a file (`file`). Out: the answer for one address, and the whole list
//! (`list`). An address is here once, with one reason: a bounce gives way to an erasure, both to a complaint or the paper's
//! word, and nothing to a bounce.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::bounce;
use crate::db::{Result, Sql, Tx};

pub mod file;
pub mod list;

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
    /// A mailbox that may exist, and from which mails came back again and again.
    SoftBounces = 5,
}

impl SuppressionReason {
    /// Every one.
    pub const ALL: [SuppressionReason; 5] = [
        SuppressionReason::HardBounce,
        SuppressionReason::SoftBounces,
        SuppressionReason::Complaint,
        SuppressionReason::Erased,
        SuppressionReason::Manual,
    ];

    /// The reason behind a number of the database.
    pub fn from_number(number: i16) -> SuppressionReason {
        match number {
            1 => SuppressionReason::HardBounce,
            2 => SuppressionReason::Complaint,
            3 => SuppressionReason::Erased,
            5 => SuppressionReason::SoftBounces,
            _ => SuppressionReason::Manual,
        }
    }

    /// The word for it in commands and files.
    pub fn word(self) -> &'static str {
        match self {
            SuppressionReason::HardBounce => "hard-bounce",
            SuppressionReason::Complaint => "complaint",
            SuppressionReason::Erased => "erased",
            SuppressionReason::Manual => "manual",
            SuppressionReason::SoftBounces => "soft-bounces",
        }
    }

    /// Whether a reader who asks for mail again, and shows that it arrives, lifts it: the mailbox is there, or who wanted to
    /// be forgotten wants mail.
    pub fn can_be_lifted(self) -> bool {
        match self {
            SuppressionReason::HardBounce
            | SuppressionReason::SoftBounces
            | SuppressionReason::Erased => true,
            SuppressionReason::Complaint | SuppressionReason::Manual => false,
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
            SuppressionReason::SoftBounces => "mails to it came back again and again",
        })
    }
}

impl Serialize for SuppressionReason {
    /// As its word, for programs.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl FromStr for SuppressionReason {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<SuppressionReason, String> {
        let found = SuppressionReason::ALL
            .into_iter()
            .find(|r| r.word() == text);
        found.ok_or_else(|| {
            let words = SuppressionReason::ALL.map(SuppressionReason::word);
            format!("it must be one of {}", words.join(", "))
        })
    }
}

/// A suppression as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// Why.
    pub reason: SuppressionReason,
    /// Since when, in UTC milliseconds.
    pub at: i64,
    /// Through what: "the relay's reply", "maildir", "command line", a file's name; empty where nobody kept it.
    pub source: String,
    /// What was said, without addresses.
    pub note: Option<String>,
}

impl fmt::Display for Suppression {
    /// The reason, through what, and what was said: "the mailbox does not exist (the relay's reply: 550 5.1.1 no such user)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)?;
        match (self.source.as_str(), &self.note) {
            ("", None) => Ok(()),
            ("", Some(note)) => write!(f, " ({note})"),
            (source, None) => write!(f, " ({source})"),
            (source, Some(note)) => write!(f, " ({source}: {note})"),
        }
    }
}

/// All that is kept of this address's suppression, if there is one.
pub async fn suppression(sql: &mut impl Sql, email_key: &[u8]) -> Result<Option<Suppression>> {
    let row: Option<(i16, i64, String, Option<String>)> = sql
        .sql("SELECT reason, at, source, note FROM suppression WHERE email_key = $1")
        .bind(email_key)
        .first()
        .await?;
    Ok(row.map(|(reason, at, source, note)| Suppression {
        reason: SuppressionReason::from_number(reason),
        at,
        source,
        note,
    }))
}

/// Why and since when this address must not be mailed, if so.
pub async fn suppressed(
    sql: &mut impl Sql,
    email_key: &[u8],
) -> Result<Option<(SuppressionReason, i64)>> {
    let found = suppression(sql, email_key).await?;
    Ok(found.map(|s| (s.reason, s.at)))
}

/// From now on nothing is sent to this address; whether that is news. The first reason stays, except that one which
/// the reader cannot lift takes the place of one that they can, and an erasure that of a bounce.
pub async fn suppress(
    sql: &mut impl Sql,
    email_key: &[u8],
    reason: SuppressionReason,
    source: &str,
    note: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO suppression (email_key, reason, at, source, note) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (email_key) DO UPDATE SET reason = excluded.reason, at = excluded.at, source = excluded.source,
               note = excluded.note
         WHERE suppression.reason IN (1, 5) AND excluded.reason NOT IN (1, 5)
            OR suppression.reason = 3 AND excluded.reason IN (2, 4)";
    let news = sql
        .sql(SQL)
        .bind(email_key)
        .bind(reason as i16)
        .bind(now.as_millisecond())
        .bind(source)
        .bind(note)
        .run()
        .await?;
    Ok(news > 0)
}

/// What became of the suppression of an address whose reader asked for mail again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifted {
    /// There was none.
    Free,
    /// It was a bounce or an erasure, and is no more.
    Lifted,
    /// It stays: a complaint or the paper's own word is not taken back by a subscription.
    Stays(SuppressionReason),
}

/// Lifts the suppression of an address that bounced or was erased, since its reader has just shown that mail arrives there
/// and is wanted (double opt-in). What it bounced before counts no more.
pub async fn lift(tx: &mut Tx, email_key: &[u8]) -> Result<Lifted> {
    let lifted = tx
        .sql("DELETE FROM suppression WHERE email_key = $1 AND reason IN (1, 3, 5)")
        .bind(email_key)
        .run()
        .await?;
    bounce::forget(tx, email_key).await?;
    if lifted > 0 {
        return Ok(Lifted::Lifted);
    }
    let left = suppressed(tx, email_key).await?;
    Ok(left.map_or(Lifted::Free, |(reason, _)| Lifted::Stays(reason)))
}
