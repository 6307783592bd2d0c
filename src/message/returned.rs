//! What came back of messages after the relay had them: kept to be told, and so that nothing is acted upon twice.

use std::fmt::{self, Write};

use jiff::Timestamp;

use super::{MessageId, numbered};
use crate::db::{self, Sql, Tx};

numbered! {
    /// What came back.
    What {
        /// The mail, for good.
        Bounced = 1 "bounced",
        /// The mail, from a mailbox that may be fine.
        CameBack = 2 "came back",
        /// Word that it is still on its way.
        Delayed = 3 "on its way: the recipient's host has not taken it yet",
        /// The reader's complaint.
        Complained = 4 "the reader called it spam",
        /// The reader's wish to leave.
        Left = 5 "the reader wrote to leave",
    }
}

/// One report, as it is kept.
#[derive(Clone, Debug)]
pub struct Kept<'a> {
    /// What tells it from every other.
    pub event: &'a [u8],
    /// What came back.
    pub what: What,
    /// Through what.
    pub source: &'a str,
    /// The message, if it was found.
    pub message: Option<MessageId>,
    /// The reader; the message's, or one of whom no message was found.
    pub subscriber_id: Option<i64>,
    /// When the message had come into the state that this report ended.
    pub left_at: Option<i64>,
    /// Why, as a word.
    pub reason: &'a str,
    /// RFC 3463's status.
    pub status: Option<&'a str>,
    /// The SMTP reply code.
    pub code: Option<i16>,
    /// What was said, without addresses.
    pub said: Option<&'a str>,
}

/// Whether this report is here already.
pub async fn is_known(sql: &mut impl Sql, event: &[u8]) -> db::Result<bool> {
    sql.sql("SELECT EXISTS (SELECT 1 FROM feedback WHERE event = $1)")
        .bind(event)
        .value()
        .await
}

/// Keeps a report; false if another node did so meanwhile, and then nothing of this transaction may stay.
pub async fn keep(tx: &mut Tx, kept: &Kept<'_>, now: Timestamp) -> db::Result<bool> {
    const SQL: &str = "
        INSERT INTO feedback (event, at, kind, source, issue_id, subscriber_id, n, left_at, reason, status, code, said)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
    let rows = tx
        .sql(SQL)
        .bind(kept.event)
        .bind(now.as_millisecond())
        .bind(kept.what as i16)
        .bind(kept.source)
        .bind(kept.message.map(|m| m.issue_id))
        .bind(kept.subscriber_id)
        .bind(kept.message.map(|m| m.n))
        .bind(kept.left_at)
        .bind(kept.reason)
        .bind(kept.status)
        .bind(kept.code)
        .bind(kept.said)
        .run()
        .await?;
    Ok(rows > 0)
}

/// Deletes some of what came before this.
pub async fn prune(tx: &mut Tx, before: i64) -> db::Result<u64> {
    const SQL: &str = "DELETE FROM feedback WHERE event IN
                         (SELECT event FROM feedback WHERE at < $1 ORDER BY at LIMIT 100)";
    tx.sql(SQL).bind(before).run().await
}

/// A report as it is told.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Told {
    /// The message's issue; none where no message was found.
    pub issue_id: Option<i64>,
    /// Which of several.
    pub n: Option<i16>,
    /// When it came.
    pub at: i64,
    /// What it was.
    pub kind: i16,
    /// Through what it came.
    pub source: String,
    /// When the message had come into the state that it ended.
    pub left_at: Option<i64>,
    /// RFC 3463's status.
    pub status: Option<String>,
    /// The SMTP reply code.
    pub code: Option<i16>,
    /// What was said.
    pub said: Option<String>,
}

impl Told {
    /// What it was.
    pub fn what(&self) -> Option<What> {
        What::from_number(self.kind)
    }

    /// What was said of it, in one line: "(5.1.1): 550 no such user".
    pub fn words(&self) -> String {
        words(self.status.as_deref(), self.code, self.said.as_deref())
    }
}

/// Status and words of a report, to be put behind a sentence.
pub(super) fn words(status: Option<&str>, code: Option<i16>, said: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(status) = status {
        let _ = write!(out, " ({status})");
    }
    let code = code.map(|c| c.to_string());
    let rest: Vec<&str> = code.as_deref().into_iter().chain(said).collect();
    if !rest.is_empty() {
        let _ = write!(out, ": {}", rest.join(" "));
    }
    out
}

/// What came back of this reader's mails, the oldest first, at most the last few hundred.
pub async fn of_reader(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Vec<Told>> {
    const SQL: &str =
        "SELECT issue_id, n, at, kind, source, left_at, status, code, said FROM feedback
                        WHERE subscriber_id = $1 ORDER BY at DESC, kind DESC LIMIT 300";
    let mut rows: Vec<Told> = sql.sql(SQL).bind(subscriber_id).all().await?;
    rows.reverse();
    Ok(rows)
}
