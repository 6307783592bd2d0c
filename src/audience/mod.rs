//! Audience: who gets what. Subscribers, their subscriptions, follows and consent, and whom we must not mail.
//!
//! In: what a person at a terminal, a file or a page says. Out: subscriptions that are due, packed follows, addresses.
//! Flow: `address` and `follow` parse → `preference` is the document → `store` writes it as a new revision with the rows
//! that planning reads. `import` and `export` carry it in bulk, `spreadsheet` between them. `signup` is how readers come by
//! themselves. What a reader does then is an `edit`, done by `act`, told by `record`, taken back by `undo`; whatever makes them
//! leave comes through `leaving`, and why is an `answer`. `moving` changes their address, `erasure` forgets them.

use serde::Serialize;
use sqlx::types::Json;

pub mod act;
pub mod answer;
pub mod bounce;
pub mod budget;
pub mod edit;
pub mod erasure;
pub mod export;
pub mod history;
pub mod import;
pub mod leaving;
pub mod moving;
pub mod newsletter;
pub mod record;
pub mod signup;
pub mod source;
pub mod standing;
pub mod suggest;
pub mod suppression;

mod address;
mod follow;
mod preference;
mod spreadsheet;
mod store;
mod undo;
mod words;

use edit::is_active;
use standing::lock;

pub use act::{Act, ActError, Done, How};
pub use address::{AddressError, EmailAddress};
pub use edit::{Edit, Refusal, When};
pub use erasure::erase;
pub use follow::{Term, TermError, TermKind, pack, term_ids, term_keys, unpack};
pub use import::{LONGEST_NAME, language, minute_of, one_line};
pub use preference::{
    Coming, Preferences, Rhythm, Subscription, SubscriptionState, has_more_than_followed, next_due,
    parse_days, print_days, zone_of,
};
pub use standing::Standing;
pub use store::{Change, Consent, ConsentAct, Known, Paper, Stored, known, store};
pub use suppression::{Suppression, SuppressionReason, suppress, suppressed, suppression};
pub use words::{fold, fold_words};

use crate::db::{self, Sql};
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

/// The language that this reader has chosen; none where each newsletter's own is to do, or nobody is there.
pub async fn language_of(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Option<String>> {
    let found: Option<(Option<String>,)> = sql
        .sql("SELECT language FROM subscriber WHERE id = $1")
        .bind(subscriber_id)
        .first()
        .await?;
    Ok(found.and_then(|(language,)| language))
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
