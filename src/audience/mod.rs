//! Audience: who gets what. Subscribers, their subscriptions, follows and consent, and whom we must not mail.
//!
//! In: what a person at a terminal, a file or a page says. Out: subscriptions that are due, packed follows, addresses.
//! Flow: `address` and `follow` parse → `preference` is the document → `store` writes it as a new revision with the rows
//! that planning reads. `import` and `export` carry it in bulk, `spreadsheet` between them.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::types::Json;

pub mod bounce;
pub mod budget;
pub mod export;
pub mod import;
pub mod newsletter;
pub mod suppression;

mod address;
mod follow;
mod preference;
mod spreadsheet;
mod store;
mod words;

pub use address::{AddressError, EmailAddress};
pub use follow::{Term, TermError, TermKind, pack, term_ids, unpack};
pub use import::{language, minute_of, tidy_name};
pub use preference::{
    Coming, Preferences, Rhythm, Subscription, SubscriptionState, next_due, parse_days, print_days,
    zone_of,
};
pub use store::{Change, Consent, ConsentAct, Known, Paper, known, leave, store};
pub use suppression::{Suppression, SuppressionReason, suppress, suppressed, suppression};
pub use words::{fold, fold_words};

use crate::db::{self, Db, Sql};
use crate::secret::Keys;

/// The subscriber with this address, if there is one.
pub async fn find(
    sql: &mut impl Sql,
    keys: &Keys,
    email: &EmailAddress,
) -> db::Result<Option<Known>> {
    let (there, _) = known(sql, &[keys.address(&email.normal())]).await?;
    Ok(there.into_values().next())
}

/// One consent record, as it is told.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct ConsentRecord {
    /// The newsletter's slug.
    pub newsletter: Option<String>,
    /// When, in UTC milliseconds.
    pub at: i64,
    /// What was done: 1 joined, 2 left.
    pub act: i16,
    /// Through what.
    pub source: String,
    /// What shows it.
    pub evidence: Option<String>,
}

/// All consent records of a subscriber, the oldest first.
pub async fn consents(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Vec<ConsentRecord>> {
    const SQL: &str =
        "SELECT n.slug AS newsletter, c.at, c.act, c.source, c.evidence FROM consent c
                         LEFT JOIN newsletter n ON n.id = c.newsletter_id
                        WHERE c.subscriber_id = $1 ORDER BY c.id";
    sql.sql(SQL).bind(subscriber_id).all().await
}

/// The preferences as a subscriber had them at `revision`.
pub async fn preferences_at(
    sql: &mut impl Sql,
    subscriber_id: i64,
    revision: i64,
) -> db::Result<Option<Preferences>> {
    let found: Option<(Json<Preferences>,)> = sql
        .sql("SELECT document FROM preference WHERE subscriber_id = $1 AND revision = $2")
        .bind(subscriber_id)
        .bind(revision)
        .first()
        .await?;
    Ok(found.map(|(Json(preferences),)| preferences))
}

/// Erases a subscriber: what stays is the hash of the address among the suppressed, and messages that name nobody.
/// Whether there was one.
pub async fn erase(db: &Db, keys: &Keys, email: &EmailAddress, now: Timestamp) -> db::Result<bool> {
    let key = keys.address(&email.normal());
    let mut tx = db.begin().await?;
    let found: Option<(i64,)> = tx
        .sql("SELECT id FROM subscriber WHERE email_key = $1")
        .bind(&key)
        .first()
        .await?;
    let Some((id,)) = found else { return Ok(false) };
    for text in [
        "DELETE FROM follow WHERE subscription_id IN (SELECT id FROM subscription WHERE subscriber_id = $1)",
        "DELETE FROM subscription WHERE subscriber_id = $1",
        "DELETE FROM preference WHERE subscriber_id = $1",
        "DELETE FROM consent WHERE subscriber_id = $1",
        "DELETE FROM subscriber WHERE id = $1",
    ] {
        tx.sql(text).bind(id).run().await?;
    }
    bounce::forget(&mut tx, &key).await?;
    let erased = SuppressionReason::Erased;
    suppress(&mut tx, &key, erased, "", None, now).await?;
    tx.commit().await?;
    Ok(true)
}
