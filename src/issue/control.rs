//! What people ask of issues: which there are, how they stand, and to hold, resume or cancel one.

use jiff::Timestamp;
use serde::Serialize;

use super::compose::{Cohort, Composer, Wish};
use super::had::{Readers, elsewhere, had};
use super::plan::{due_now, weigh};
use super::turn::{Due, Serve, at_its_time, at_once, published_since};
use super::{Edition, Issue, IssueState, draft, find, pool};
use crate::app::App;
use crate::audience::{Coming, EmailAddress, Known, Preferences, Subscription, zone_of};
use crate::config::{Cadence, Newsletter, Tier};
use crate::db::{self, Db, Sql};
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
    let newsletter_id = app.newsletter_ids[&newsletter.slug];
    let mut conn = app.db.read().await?;
    let mut due = due_of(&mut conn, newsletter, newsletter_id, reader, now).await?;
    if due.cadence() == Cadence::Instant {
        // As if all of the last day had just come in.
        let yesterday = now.as_millisecond() - 24 * 60 * 60 * 1000;
        due.held_since = due.held_since.or(Some(yesterday));
    }
    let serve = serve(newsletter, &due, edition, now);
    let issue = match find(&mut conn, serve.edition.issue_id(newsletter_id)).await? {
        Some(there) => there,
        None => draft(app, newsletter, &serve.edition),
    };
    let listed = pool::select(&mut conn, newsletter, now).await?;
    let pool = pool::build(&mut conn, &listed).await?;
    let readers = [(reader.id, due.cadence())];
    let asked = Readers {
        newsletter_id,
        who: &readers,
        but: (issue.id, serve.n),
        from: pool.had_since(serve.since),
        as_of: i64::MAX,
    };
    let elsewhere = elsewhere(&mut conn, app, newsletter_id, &readers).await?;
    let had = had(&mut conn, &pool, &asked, &elsewhere).await?;
    let had: Vec<usize> = had.values().flatten().map(|h| h.rank).collect();
    let tier: Tier = reader.preferences.tier;
    let language = due.language(newsletter);
    let weights = weigh(app, &mut conn, &issue, language, &listed, &pool).await?;
    let digest = Composer::new(&issue.setting.rules, &pool).compose(&Wish {
        since: serve.since.as_millisecond(),
        published_since: published_since(due.cadence(), serve.since).as_millisecond(),
        follows: &due.follows,
        only_followed: due.only_followed,
        had: &had,
        tier,
        weights: &weights,
    });
    Ok(Draft {
        id: MessageId {
            issue_id: issue.id,
            subscriber_id: reader.id,
            n: serve.n,
        },
        issue,
        cohort: (!digest.stories.is_empty()).then_some(Cohort {
            language: language.to_owned(),
            tier,
            stories: digest.stories,
            more: digest.more,
        }),
        scheduled_at: serve.scheduled_at.as_millisecond(),
    })
}

/// The reader's time in that edition; a reader whose time does not fall into it gets the issue at its beginning.
fn serve(newsletter: &Newsletter, due: &Due, edition: Option<&Edition>, now: Timestamp) -> Serve {
    let zone = zone_of(newsletter, due.zone.as_deref());
    let first = edition
        .and_then(|edition| edition.day.to_zoned_datetime(zone.clone()).ok())
        .map_or(now, |day| day.timestamp());
    let rhythm = due.rhythm(newsletter);
    let Some(at) = rhythm.next(first - jiff::SignedDuration::from_millis(1), &zone) else {
        return at_once(newsletter, due, now);
    };
    let coming = rhythm.last(at, &zone).unwrap_or(Coming { meant: at, at });
    let mut serve = at_its_time(newsletter, due, coming, now);
    if let Some(edition) = edition {
        serve.edition = edition.clone();
    }
    serve
}

/// The reader's place on the newsletter, as it is or would be.
async fn due_of(
    sql: &mut impl Sql,
    newsletter: &Newsletter,
    newsletter_id: i64,
    reader: &Known,
    now: Timestamp,
) -> db::Result<Due> {
    if let Some(due) = due_now(sql, newsletter_id, reader.id).await? {
        return Ok(due);
    }
    let p = &reader.preferences;
    let subscription = p.subscriptions.get(&newsletter.slug).cloned();
    let s = subscription.unwrap_or_else(|| Subscription::new(newsletter, now));
    Ok(Due::of(reader.id, &s, p))
}
