//! What people ask of issues: which there are, how they stand, and to hold, resume or cancel one.

use serde::Serialize;

use super::{Edition, IssueState, draft, find, had, pool};
use crate::app::App;
use crate::audience::{EmailAddress, Known, Preferences, Rhythm, zone_of};
use crate::config::{Cadence, Newsletter, Tier};
use crate::db::{self, Db, Sql};
use crate::issue::Issue;
use crate::issue::compose::{Cohort, compose};
use crate::message::log::{Counts, counts};
use crate::message::{MessageId, Reason, State};

/// An issue as it is listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The newsletter's slug.
    pub newsletter: String,
    /// What it stands for.
    pub edition: String,
    /// Its number.
    pub issue_id: i64,
    /// Its state.
    pub state: &'static str,
    /// When it was opened, in UTC milliseconds.
    pub opened_at: i64,
    /// Its messages.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The newest issues, at most `limit`.
pub async fn list(
    sql: &mut impl Sql,
    newsletter_id: Option<i64>,
    limit: i64,
) -> db::Result<Vec<Listed>> {
    const SQL: &str = "SELECT l.slug, i.edition, i.id, i.state, i.opened_at FROM issue i
                         JOIN newsletter l ON l.id = i.newsletter_id
                        WHERE $1 IS NULL OR i.newsletter_id = $1 ORDER BY i.id DESC LIMIT $2";
    let rows: Vec<(String, String, i64, i16, i64)> =
        sql.sql(SQL).bind(newsletter_id).bind(limit).all().await?;
    let mut listed = Vec::new();
    for (newsletter, edition, issue_id, state, opened_at) in rows {
        let state = IssueState::from_number(state).word();
        let counts = counts(sql, issue_id).await?;
        listed.push(Listed {
            newsletter,
            edition,
            issue_id,
            state,
            opened_at,
            counts,
        });
    }
    Ok(listed)
}

/// The issue of this newsletter's edition; without an edition, its newest.
pub async fn of_edition(
    sql: &mut impl Sql,
    newsletter_id: i64,
    edition: Option<&str>,
) -> db::Result<Option<Issue>> {
    const SQL: &str =
        "SELECT id FROM issue WHERE newsletter_id = $1 AND ($2 IS NULL OR edition = $2)
                        ORDER BY id DESC LIMIT 1";
    let id: Option<(i64,)> = sql
        .sql(SQL)
        .bind(newsletter_id)
        .bind(edition)
        .first()
        .await?;
    match id {
        Some((id,)) => find(sql, id).await,
        None => Ok(None),
    }
}

/// Moves an issue from one of `from` to `to`; whether it was in one of them. One row, however many messages there are.
pub async fn set_state(
    db: &Db,
    issue_id: i64,
    from: &[IssueState],
    to: IssueState,
) -> db::Result<bool> {
    let mut moved = 0;
    let mut tx = db.begin().await?;
    for state in from {
        moved += tx
            .sql("UPDATE issue SET state = $1 WHERE id = $2 AND state = $3")
            .bind(to as i16)
            .bind(issue_id)
            .bind(*state as i16)
            .run()
            .await?;
    }
    tx.commit().await?;
    Ok(moved > 0)
}

/// Ends every message of a cancelled issue that nobody has in hand; what is in hand ends at the fence.
pub async fn end_cancelled(app: &App, issue_id: i64) -> db::Result<u64> {
    let mut tx = app.db.begin().await?;
    let ended = tx
        .sql(
            "UPDATE message SET state = $1, reason = $2, at = $3, due_at = NULL
               WHERE issue_id = $4 AND due_at IS NOT NULL AND owner IS NULL",
        )
        .bind(State::Cancelled as i16)
        .bind(Reason::IssueCancelled as i16)
        .bind(app.clock.now().as_millisecond())
        .bind(issue_id)
        .run()
        .await?;
    tx.commit().await?;
    Ok(ended)
}

/// What a reader would get in an edition that is not planned for them yet.
pub struct Draft {
    /// The issue, as it is or would be opened.
    pub issue: Issue,
    /// The message's name.
    pub id: MessageId,
    /// The digest; none if there is nothing to say.
    pub cohort: Option<Cohort>,
    /// When it would be sent, in UTC milliseconds.
    pub scheduled_at: i64,
}

/// A sample reader for a preview that names nobody: follows nothing, number 0.
pub fn nobody(newsletter: &Newsletter, app: &App) -> (EmailAddress, Known) {
    let mut preferences = Preferences::default();
    let joined = crate::audience::Subscription::new(newsletter, app.clock.now());
    preferences
        .subscriptions
        .insert(newsletter.slug.clone(), joined);
    (
        EmailAddress::stored("reader@example.org".into()),
        Known {
            id: 0,
            revision: 0,
            preferences,
        },
    )
}

/// Composes for one reader as planning would, and writes nothing.
pub async fn rehearse(
    app: &App,
    newsletter: &Newsletter,
    edition: Option<&Edition>,
    reader: &Known,
) -> db::Result<Draft> {
    let now = app.clock.now();
    let zone = zone_of(newsletter, reader.preferences.zone.as_deref());
    let subscription = reader.preferences.subscriptions.get(&newsletter.slug);
    let cadence = subscription.map_or(Cadence::Scheduled, |s| s.cadence);
    let rhythm = Rhythm {
        newsletter,
        cadence,
        at_minute: subscription.and_then(|s| s.at_minute),
        days: subscription.and_then(|s| s.days),
    };
    let first = match edition {
        Some(edition) => edition
            .day
            .to_zoned_datetime(zone.clone())
            .map_or(now, |at| at.timestamp()),
        None => now,
    };
    // The reader's time in that edition; a reader whose time does not fall into it gets the issue at its beginning.
    let due = rhythm
        .next(first - jiff::SignedDuration::from_millis(1), &zone)
        .unwrap_or(first);
    let edition = edition
        .cloned()
        .unwrap_or_else(|| Edition::of(newsletter, cadence, due, &zone));
    let newsletter_id = app.newsletter_ids[&newsletter.slug];
    let mut conn = app.db.read().await?;
    let issue = match find(&mut conn, edition.issue_id(newsletter_id)).await? {
        Some(there) => there,
        None => draft(app, newsletter, &edition),
    };
    let pool = pool::pool(&mut conn, newsletter, now).await?;
    let packed: Option<(Vec<u8>,)> = conn
        .sql("SELECT follows FROM subscription WHERE newsletter_id = $1 AND subscriber_id = $2")
        .bind(newsletter_id)
        .bind(reader.id)
        .first()
        .await?;
    let packed = packed.map(|(p,)| p).unwrap_or_default();
    let days = rhythm.pause_days(due, &zone);
    let from = pool::since(newsletter, days, now);
    let had = had::had(
        &mut conn,
        newsletter_id,
        issue.id,
        &pool,
        from,
        &[reader.id],
    )
    .await?;
    let had = had.get(&reader.id).cloned().unwrap_or_default();
    let tier: Tier = reader.preferences.tier;
    let stories = compose(newsletter, &pool, days, &packed, &had, tier);
    let language = reader
        .preferences
        .language
        .clone()
        .unwrap_or_else(|| newsletter.language.clone());
    Ok(Draft {
        id: MessageId {
            issue_id: issue.id,
            subscriber_id: reader.id,
            n: 0,
        },
        issue,
        cohort: (!stories.is_empty()).then_some(Cohort {
            language,
            tier,
            stories,
        }),
        scheduled_at: due.as_millisecond(),
    })
}
