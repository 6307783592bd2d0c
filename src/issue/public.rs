//! An issue as anybody may see it: as a reader who follows nothing and pays nothing would have got it.
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

/// What an issue brought to everybody.
#[derive(Debug)]
pub struct Public {
    /// The issue.
    pub issue_id: i64,
    /// Its stories; at least one.
    pub cohort: Cohort,
    /// The time it was meant for, in UTC milliseconds.
    pub scheduled_at: i64,
}

/// The newest edition of a newsletter; none if nothing of it went out, or nothing that is for everybody.
pub async fn newest(app: &App, newsletter_id: i64) -> db::Result<Option<Public>> {
    let mut conn = app.db.read().await?;
    let newest = editions(&mut conn, newsletter_id, app.clock.now(), 1).await?;
    drop(conn);
    match newest.first() {
        Some((name, _)) => edition(app, newsletter_id, name).await,
        None => Ok(None),
    }
}

/// An edition; none if nothing of it went out, or nothing that is for everybody.
pub async fn edition(app: &App, newsletter_id: i64, edition: &str) -> db::Result<Option<Public>> {
    const ISSUE: &str = "SELECT id FROM issue WHERE newsletter_id = $1 AND edition = $2 AND stream = 3 AND state <> 4";
    const FIRST: &str = "
        SELECT pool_id, since_at, scheduled_at FROM message
         WHERE issue_id = $1 AND state = 3 AND n = 0 AND pool_id IS NOT NULL AND since_at IS NOT NULL
         ORDER BY subscriber_id LIMIT 1";
    let mut conn = app.db.read().await?;
    let found: Option<(i64,)> = conn
        .sql(ISSUE)
        .bind(newsletter_id)
        .bind(edition)
        .first()
        .await?;
    let Some((id,)) = found else { return Ok(None) };
    let first: Option<(i64, i64, i64)> = conn.sql(FIRST).bind(id).first().await?;
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
    let published_since = published_since(Cadence::Scheduled, from_millis(since));
    let digest = Composer::new(&issue.setting.rules, &pool).compose(&Wish {
        since,
        published_since: published_since.as_millisecond(),
        follows: &[],
        only_followed: false,
        had: &[],
        tier: Tier::Free,
        weights: &weights,
    });
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
