//! Offers: early access that readers hear of by mail, if they asked to.
//!
//! In: an offer's file. Out: one issue per offer and one message for each reader of its audience, in the queue from the
//! start of its window until the end. From rendering on, an alert takes the digests' road.
//! Flow: [`add`] opens the issue → `plan` goes through the audience when the window opens.

use jiff::tz::TimeZone;
use serde::Serialize;
use sqlx::types::Json;

pub mod plan;

use crate::app::App;
use crate::config::{Newsletter, OfferDetail};
use crate::db::{self, Sql, ensure_partition};
use crate::issue::{Issue, IssueState, Setting, first_offer_issue, insert};
use crate::message::Stream;

/// An offer with what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Offer {
    /// What it is.
    #[serde(flatten)]
    pub detail: OfferDetail,
    /// Its issue.
    pub issue_id: i64,
    /// Its issue's state.
    pub state: &'static str,
    /// Whether its audience has been gone through.
    pub planned: bool,
}

/// Why an offer could not be added.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// One of this name is there, and says something else.
    #[error("an offer called {0:?} is already there and says something else")]
    Differs(String),
    /// Its window is over.
    #[error("its window ended before now")]
    Over,
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The issue that this offer's alert would be.
pub fn draft(app: &App, newsletter: &Newsletter, detail: &OfferDetail, issue_id: i64) -> Issue {
    Issue {
        id: issue_id,
        newsletter_id: app.newsletter_ids[&newsletter.slug],
        edition: detail.slug.clone(),
        stream: Stream::Alert,
        state: IssueState::Open,
        template_id: app.template_id,
        key_number: app.keys.newest(),
        setting: Setting::of(app, newsletter, Some(detail.clone())),
    }
}

/// Adds an offer and opens its issue; `false` if just this offer is there already.
pub async fn add(
    app: &App,
    newsletter: &Newsletter,
    detail: &OfferDetail,
) -> Result<bool, OfferError> {
    let now = app.clock.now();
    if detail.until <= now.as_millisecond() {
        return Err(OfferError::Over);
    }
    let day = crate::clock::from_millis(detail.from)
        .to_zoned_datetime(TimeZone::UTC)
        .date();
    let first = first_offer_issue(day);
    let mut tx = app.db.begin().await?;
    ensure_partition(&mut tx, first).await?;
    if let Some(there) = find(&mut tx, &detail.slug).await? {
        return if there.detail == *detail {
            Ok(false)
        } else {
            Err(OfferError::Differs(detail.slug.clone()))
        };
    }
    let last: Option<i64> = tx
        .sql("SELECT max(id) FROM issue WHERE id >= $1 AND id < $2")
        .bind(first)
        .bind((first | 0x7ffff) + 1)
        .value()
        .await?;
    let issue = draft(app, newsletter, detail, last.map_or(first, |id| id + 1));
    insert(
        &mut tx,
        &issue,
        crate::clock::from_millis(detail.until),
        now,
    )
    .await?;
    tx.sql(
        "INSERT INTO offer (slug, newsletter_id, issue_id, from_at, all_from_at, until_at, planned_to, detail)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
    )
    .bind(&detail.slug)
    .bind(issue.newsletter_id)
    .bind(issue.id)
    .bind(detail.from)
    .bind(detail.all_from)
    .bind(detail.until)
    .bind(Json(detail))
    .run()
    .await?;
    tx.commit().await?;
    Ok(true)
}

type Row = (Json<OfferDetail>, i64, i16, Option<i64>);

fn offer((Json(detail), issue_id, state, planned_to): Row) -> Offer {
    Offer {
        detail,
        issue_id,
        state: IssueState::from_number(state).word(),
        planned: planned_to.is_none(),
    }
}

/// The offer of this slug.
pub async fn find(sql: &mut impl Sql, slug: &str) -> db::Result<Option<Offer>> {
    const SQL: &str = "SELECT f.detail, f.issue_id, i.state, f.planned_to
                         FROM offer f JOIN issue i ON i.id = f.issue_id WHERE f.slug = $1";
    Ok(sql.sql(SQL).bind(slug).first::<Row>().await?.map(offer))
}

/// Every offer, the earliest window first.
pub async fn all(sql: &mut impl Sql) -> db::Result<Vec<Offer>> {
    const SQL: &str = "SELECT f.detail, f.issue_id, i.state, f.planned_to
                         FROM offer f JOIN issue i ON i.id = f.issue_id ORDER BY f.from_at, f.id";
    Ok(sql
        .sql(SQL)
        .all::<Row>()
        .await?
        .into_iter()
        .map(offer)
        .collect())
}
