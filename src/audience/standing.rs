//! A reader as they stand: what is asked before an act, and held from other acts while it is done.

use std::collections::HashMap;

use sqlx::types::Json;

use super::{EmailAddress, Preferences};
use crate::db::{self, Sql, Tx, either};

/// Keeps other acts from the subscriber with this key until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, email_key: &[u8]) -> db::Result<()> {
    tx.sql(either(
        "SELECT id FROM subscriber WHERE email_key = $1",
        "SELECT id FROM subscriber WHERE email_key = $1 FOR UPDATE",
    ))
    .bind(email_key)
    .first::<(i64,)>()
    .await?;
    Ok(())
}

/// The reader of this number, kept from other acts until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, subscriber_id: i64) -> db::Result<Option<Standing>> {
    Ok(lock_all(tx, &[subscriber_id]).await?.remove(&subscriber_id))
}

/// The same of several readers: those that there are, by their number.
pub(super) async fn lock_all(
    tx: &mut Tx,
    subscriber_ids: &[i64],
) -> db::Result<HashMap<i64, Standing>> {
    // Its own statement: on PostgreSQL one that waited for a row would join it to the document of before. In the order in
    // which `store` writes several. SQLite has one writer, who is us.
    tx.sql(either(
        "SELECT 1 WHERE $1 IS NULL",
        "SELECT s.id FROM jsonb_array_elements($1) o JOIN subscriber s ON s.id = o::int8
          ORDER BY s.email_key FOR UPDATE OF s",
    ))
    .bind(Json(subscriber_ids))
    .run()
    .await?;
    let readers = standing_all(tx, subscriber_ids).await?.into_iter();
    Ok(readers.map(|reader| (reader.id, reader)).collect())
}

/// A reader as they stand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The subscriber's number.
    pub id: i64,
    /// Where their mail goes.
    pub email: EmailAddress,
    /// The newest revision of the preferences.
    pub revision: i64,
    /// The preferences.
    pub preferences: Preferences,
    /// When they are erased, if they asked for it, in UTC milliseconds.
    pub erase_at: Option<i64>,
    /// What a fresh link must name to open anything.
    pub epoch: i64,
    /// Since when we know them.
    pub created_at: i64,
    /// The week that `spent` counts in: see [`super::budget::Week`].
    pub spent_week: i64,
    /// How many mails they got in that week.
    pub spent: i16,
}

#[derive(sqlx::FromRow)]
struct StandingRow {
    id: i64,
    email: String,
    revision: i64,
    document: Json<Preferences>,
    erase_at: Option<i64>,
    epoch: i64,
    created_at: i64,
    spent_week: i64,
    spent: i16,
}

/// The reader of this number, unless they were erased.
pub async fn standing(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Option<Standing>> {
    Ok(standing_all(sql, &[subscriber_id]).await?.pop())
}

async fn standing_all(sql: &mut impl Sql, subscriber_ids: &[i64]) -> db::Result<Vec<Standing>> {
    let rows: Vec<StandingRow> = sql
        .sql(either(
            "SELECT s.id, s.email, s.revision, p.document, s.erase_at, s.epoch, s.created_at, s.spent_week, s.spent
               FROM json_each($1) o CROSS JOIN subscriber s ON s.id = o.value
               JOIN preference p ON p.subscriber_id = s.id AND p.revision = s.revision",
            "SELECT s.id, s.email, s.revision, p.document, s.erase_at, s.epoch, s.created_at, s.spent_week, s.spent
               FROM jsonb_array_elements($1) o JOIN subscriber s ON s.id = o::int8
               JOIN preference p ON p.subscriber_id = s.id AND p.revision = s.revision",
        ))
        .bind(Json(subscriber_ids))
        .all()
        .await?;
    let readers = rows.into_iter().map(|row| Standing {
        id: row.id,
        email: EmailAddress::stored(row.email),
        revision: row.revision,
        preferences: row.document.0,
        erase_at: row.erase_at,
        epoch: row.epoch,
        created_at: row.created_at,
        spent_week: row.spent_week,
        spent: row.spent,
    });
    Ok(readers.collect())
}
