//! An issue as anybody may see it: as a reader who follows nothing and pays nothing would have got it. A sample of what brings
//! nothing to such a reader is as one got it who follows every section.
//!
//! Composed anew from the pool that the issue's first mails were picked from, by what the issue keeps of its newsletter;
//! so nothing of any reader is in it. A story that was withdrawn since is left out.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::types::Json;

use super::compose::{Cohort, Composer, Wish};
use super::find;
use super::plan::weigh;
use super::pool;
use super::turn::published_since;
use crate::app::App;
use crate::audience::pack;
use crate::clock::from_millis;
use crate::config::{Cadence, Tier};
use crate::db::{self, Sql, either};

/// The newest `most` editions of a newsletter of which a mail was accepted, the newest first, each with the instant it was
/// opened, in UTC milliseconds. What instant readers were told is in them already, and no edition of its own.
pub async fn editions(
    sql: &mut impl Sql,
    newsletter_id: i64,
    now: Timestamp,
    most: i64,
) -> db::Result<Vec<(String, i64)>> {
    const SQL: &str = "
        SELECT i.edition, i.opened_at FROM issue i
         WHERE i.newsletter_id = $1 AND i.stream = 3 AND i.state <> 4 AND i.opened_at <= $2
           AND EXISTS (SELECT 1 FROM message m WHERE m.issue_id = i.id AND m.state = 3 AND m.n = 0)
         ORDER BY i.id DESC LIMIT $3";
    sql.sql(SQL)
        .bind(newsletter_id)
        .bind(now.as_millisecond())
        .bind(most)
        .all()
        .await
}

/// What an issue brought.
#[derive(Debug)]
pub struct Public {
    /// The issue.
    pub issue_id: i64,
    /// Its stories; at least one.
    pub cohort: Cohort,
    /// The time it was meant for, in UTC milliseconds.
    pub scheduled_at: i64,
    /// Whether it is what came to who follows every section, since it brought nothing to everybody.
    pub followed: bool,
}

/// What stands for a newsletter as its sample: the newest edition, or the newest mail of those that leave at once. None if
/// nothing of it went out, or nothing by its section.
pub async fn newest(app: &App, newsletter_id: i64) -> db::Result<Option<Public>> {
    const SQL: &str = "
        SELECT i.id FROM issue i
         WHERE i.newsletter_id = $1 AND i.stream = 3 AND i.state <> 4 AND i.opened_at <= $2
           AND EXISTS (SELECT 1 FROM message m WHERE m.issue_id = i.id AND m.state = 3 AND (m.n > 0) = $3)
         ORDER BY i.id DESC LIMIT 1";
    let now = app.clock.now().as_millisecond();
    for cadence in [Cadence::Scheduled, Cadence::Instant] {
        let mut conn = app.db.read().await?;
        let query = conn.sql(SQL).bind(newsletter_id).bind(now);
        let found: Option<(i64,)> = query.bind(cadence == Cadence::Instant).first().await?;
        drop(conn);
        if let Some((id,)) = found {
            return brought(app, id, cadence, true).await;
        }
    }
    Ok(None)
}

/// An edition; none if nothing of it went out, or nothing that is for everybody.
pub async fn edition(app: &App, newsletter_id: i64, edition: &str) -> db::Result<Option<Public>> {
    const ISSUE: &str = "SELECT id FROM issue WHERE newsletter_id = $1 AND edition = $2 AND stream = 3 AND state <> 4";
    let mut conn = app.db.read().await?;
    let found: Option<(i64,)> = conn
        .sql(ISSUE)
        .bind(newsletter_id)
        .bind(edition)
        .first()
        .await?;
    drop(conn);
    match found {
        Some((id,)) => brought(app, id, Cadence::Scheduled, false).await,
        None => Ok(None),
    }
}

/// What an issue brought to everybody or, if that is nothing and is asked for, to who follows every section.
async fn brought(
    app: &App,
    id: i64,
    cadence: Cadence,
    or_followed: bool,
) -> db::Result<Option<Public>> {
    const FIRST: &str = "
        SELECT pool_id, since_at, scheduled_at FROM message
         WHERE issue_id = $1 AND state = 3 AND (n > 0) = $2 AND pool_id IS NOT NULL AND since_at IS NOT NULL
         ORDER BY subscriber_id, n DESC LIMIT 1";
    let mut conn = app.db.read().await?;
    let query = conn.sql(FIRST).bind(id).bind(cadence == Cadence::Instant);
    let first: Option<(i64, i64, i64)> = query.first().await?;
    let (Some((pool_id, since, scheduled_at)), Some(issue)) = (first, find(&mut conn, id).await?)
    else {
        return Ok(None);
    };
    let mut listed = pool::kept(&mut conn, pool_id).await?;
    let ids: Vec<i64> = listed.iter().map(|l| l.article_id).collect();
    let gone = withdrawn(&mut conn, &ids).await?;
    listed.retain(|l| !gone.contains(&l.article_id));
    let pool = pool::build(&mut conn, &listed).await?;
    let language = issue.setting.language.clone();
    let weights = weigh(app, &mut conn, &issue, &language, &listed, &pool).await?;
    let published_since = published_since(cadence, from_millis(since)).as_millisecond();
    let mut composer = Composer::new(&issue.setting.rules, &pool);
    let mut compose = |follows: &[u8]| {
        composer.compose(&Wish {
            since,
            published_since,
            follows,
            only_followed: false,
            had: &[],
            tier: Tier::Free,
            weights: &weights,
        })
    };
    let mut digest = compose(&[]);
    let followed = or_followed && digest.stories.is_empty();
    if followed {
        let sections = pool::sections(&mut conn, &listed).await?;
        digest = compose(&pack(&sections.into_keys().collect::<Vec<_>>(), &[]));
        // The page is to tell no stranger that they follow it.
        for story in &mut digest.stories {
            story.term_id = 0;
        }
    }
    let cohort = Cohort {
        language,
        tier: Tier::Free,
        stories: digest.stories,
        more: digest.more,
    };
    Ok((!cohort.stories.is_empty()).then_some(Public {
        issue_id: id,
        cohort,
        scheduled_at,
        followed,
    }))
}

/// Those of these articles that do not stand any more.
async fn withdrawn(sql: &mut impl Sql, ids: &[i64]) -> db::Result<HashSet<i64>> {
    let text = either(
        "SELECT a.id FROM json_each($1) o CROSS JOIN article a ON a.id = o.value WHERE a.state <> 1 ORDER BY a.id",
        "SELECT a.id FROM jsonb_array_elements($1) o JOIN article a ON a.id = (o #>> '{}')::int8
          WHERE a.state <> 1 ORDER BY a.id",
    );
    let rows: Vec<(i64,)> = sql.sql(text).bind(Json(ids)).all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
