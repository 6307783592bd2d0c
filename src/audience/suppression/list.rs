//! The list of suppressed addresses: some of it to look at, all of it as a file, and a part of it taken back.

use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;
use sqlx::types::Json;

use super::SuppressionReason;
use crate::audience::EmailAddress;
use crate::audience::spreadsheet::defuse;
use crate::audience::store::to_hex;
use crate::clock::from_millis;
use crate::db::{self, Db, Sql, Tx, either};

/// The columns of a file that [`export`] writes and `file` reads.
pub const COLUMNS: [&str; 6] = ["hash", "reason", "at", "source", "note", "address"];

/// One suppressed address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its hash, in hexadecimal digits.
    pub hash: String,
    /// Why.
    pub reason: &'static str,
    /// Since when, in UTC milliseconds.
    pub at: i64,
    /// Through what; empty where nobody kept it.
    pub source: String,
    /// What was said.
    pub note: Option<String>,
    /// The address as people may see it, while its subscriber is there.
    pub address: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    email_key: Vec<u8>,
    reason: i16,
    at: i64,
    source: String,
    note: Option<String>,
    email: Option<String>,
}

impl From<Row> for Listed {
    fn from(row: Row) -> Listed {
        Listed {
            hash: to_hex(&row.email_key),
            reason: SuppressionReason::from_number(row.reason).word(),
            at: row.at,
            source: row.source,
            note: row.note,
            address: row.email.map(|e| EmailAddress::stored(e).masked()),
        }
    }
}

/// Which suppressions. Everything that is not set is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// For this reason.
    pub reason: Option<SuppressionReason>,
    /// Not before this instant, in UTC milliseconds.
    pub since: Option<i64>,
    /// Before this instant.
    pub until: Option<i64>,
    /// Through this.
    pub source: Option<String>,
}

/// The newest suppressions, at most so many.
pub async fn list(sql: &mut impl Sql, which: &Which, limit: i64) -> db::Result<Vec<Listed>> {
    const SQL: &str = "
        SELECT x.email_key, x.reason, x.at, x.source, x.note, s.email
          FROM suppression x LEFT JOIN subscriber s ON s.email_key = x.email_key
         WHERE ($1 IS NULL OR x.reason = $1) AND ($2 IS NULL OR x.at >= $2) AND ($3 IS NULL OR x.at < $3)
           AND ($4 IS NULL OR x.source = $4)
         ORDER BY x.at DESC, x.email_key LIMIT $5";
    let rows: Vec<Row> = sql
        .sql(SQL)
        .bind(which.reason.map(|r| r as i16))
        .bind(which.since)
        .bind(which.until)
        .bind(&which.source)
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(Listed::from).collect())
}

/// How many there are, by reason.
pub async fn counts(sql: &mut impl Sql) -> db::Result<Vec<(SuppressionReason, i64)>> {
    let rows: Vec<(i16, i64)> = sql
        .sql("SELECT reason, count(*) FROM suppression GROUP BY reason ORDER BY reason")
        .all()
        .await?;
    let named = |(reason, n)| (SuppressionReason::from_number(reason), n);
    Ok(rows.into_iter().map(named).collect())
}

/// How many of these there are.
pub async fn count_of(sql: &mut impl Sql, which: &Which) -> db::Result<i64> {
    const SQL: &str = "
        SELECT count(*) FROM suppression
         WHERE ($1 IS NULL OR reason = $1) AND ($2 IS NULL OR at >= $2) AND ($3 IS NULL OR at < $3)
           AND ($4 IS NULL OR source = $4)";
    sql.sql(SQL)
        .bind(which.reason.map(|r| r as i16))
        .bind(which.since)
        .bind(which.until)
        .bind(&which.source)
        .value()
        .await
}

/// Takes suppressions back, at most so many at once; how many.
pub async fn remove(tx: &mut Tx, which: &Which, limit: i64) -> db::Result<u64> {
    const SQL: &str = "
        DELETE FROM suppression WHERE email_key IN (SELECT email_key FROM suppression
         WHERE ($1 IS NULL OR reason = $1) AND ($2 IS NULL OR at >= $2) AND ($3 IS NULL OR at < $3)
           AND ($4 IS NULL OR source = $4) ORDER BY email_key LIMIT $5) RETURNING email_key";
    let removed: Vec<(Vec<u8>,)> = tx
        .sql(SQL)
        .bind(which.reason.map(|r| r as i16))
        .bind(which.since)
        .bind(which.until)
        .bind(&which.source)
        .bind(limit)
        .all()
        .await?;
    let keys: Vec<Vec<u8>> = removed.into_iter().map(|(key,)| key).collect();
    begin_anew(tx, &keys).await?;
    Ok(keys.len() as u64)
}

/// Takes back the suppression of one address if it is still for this reason; whether it was.
pub async fn remove_one(
    tx: &mut Tx,
    email_key: &[u8],
    reason: SuppressionReason,
) -> db::Result<bool> {
    let removed = tx
        .sql("DELETE FROM suppression WHERE email_key = $1 AND reason = $2")
        .bind(email_key)
        .bind(reason as i16)
        .run()
        .await?;
    if removed > 0 {
        begin_anew(tx, &[email_key.to_vec()]).await?;
    }
    Ok(removed > 0)
}

/// What bounced before counts no more; and who has asked in vain meanwhile is mailed at once the next time.
async fn begin_anew(tx: &mut Tx, keys: &[Vec<u8>]) -> db::Result<()> {
    let hex = Json(keys.iter().map(|key| to_hex(key)).collect::<Vec<_>>());
    for text in [
        either(
            "DELETE FROM soft_bounce WHERE email_key IN (SELECT unhex(value) FROM json_each($1))",
            "DELETE FROM soft_bounce WHERE email_key IN (SELECT decode(o #>> '{}', 'hex') FROM jsonb_array_elements($1) o)",
        ),
        either(
            "DELETE FROM signup_mail WHERE email_key IN (SELECT unhex(value) FROM json_each($1))",
            "DELETE FROM signup_mail WHERE email_key IN (SELECT decode(o #>> '{}', 'hex') FROM jsonb_array_elements($1) o)",
        ),
    ] {
        tx.sql(text).bind(&hex).run().await?;
    }
    Ok(())
}

/// Why a list could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Where it goes.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> ExportError {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            other => std::io::Error::other(format!("{other:?}")).into(),
        }
    }
}

/// Writes the whole list as CSV, paged by key; how many addresses. Whole addresses are not in it.
pub async fn export(db: &Db, out: impl Write) -> Result<u64, ExportError> {
    const PAGE: &str = "
        SELECT x.email_key, x.reason, x.at, x.source, x.note, s.email
          FROM suppression x LEFT JOIN subscriber s ON s.email_key = x.email_key
         WHERE x.email_key > $1 ORDER BY x.email_key LIMIT 1000";
    let mut out = csv::Writer::from_writer(out);
    out.write_record(COLUMNS)?;
    let (mut after, mut count) = (Vec::new(), 0);
    loop {
        let page: Vec<Row> = db.read().await?.sql(PAGE).bind(&after).all().await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.email_key);
        for one in page.into_iter().map(Listed::from) {
            let at = from_millis(one.at).to_string();
            let fields = [
                one.hash.as_str(),
                one.reason,
                &at,
                &one.source,
                one.note.as_deref().unwrap_or_default(),
                one.address.as_deref().unwrap_or_default(),
            ];
            out.write_record(fields.map(defuse).map(Cow::into_owned))?;
            count += 1;
        }
    }
    out.flush()?;
    Ok(count)
}
