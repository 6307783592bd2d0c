//! Where a story went: the issues whose messages carry it, and how those stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use sqlx::types::Json;

use super::compose::Story;
use crate::audience::term_keys;
use crate::db::{self, Sql};
use crate::message::{MessageId, State};

/// An issue that carries the story.
#[derive(Debug, Serialize)]
pub struct Carried {
    /// The newsletter's slug.
    pub newsletter: String,
    /// The issue's edition.
    pub edition: String,
    /// Messages by the revision that they show, and by state.
    pub revisions: BTreeMap<i64, BTreeMap<&'static str, i64>>,
}

/// Cohorts read at a time.
const PAGE: i64 = 2000;

/// The issues that carry this article or one that says the same, the newest first. Looks at all that were open after it was
/// collected.
pub async fn carried(sql: &mut impl Sql, article_id: i64) -> db::Result<Vec<Carried>> {
    const ISSUES: &str = "
        SELECT i.id, l.slug, i.edition FROM issue i JOIN newsletter l ON l.id = i.newsletter_id
         WHERE i.closes_at > (SELECT collected_at FROM article WHERE id = $1) ORDER BY i.id DESC";
    const COPIES: &str = "SELECT a.id FROM article b JOIN article a
                            ON a.same_as = coalesce(b.same_as, b.id) OR a.id = coalesce(b.same_as, b.id)
                         WHERE b.id = $1 ORDER BY a.id";
    const COUNTS: &str = "SELECT cohort_id, state, count(*) FROM message
                           WHERE issue_id = $1 AND cohort_id IS NOT NULL GROUP BY cohort_id, state";
    let issues: Vec<(i64, String, String)> = sql.sql(ISSUES).bind(article_id).all().await?;
    let articles: Vec<(i64,)> = sql.sql(COPIES).bind(article_id).all().await?;
    let articles: Vec<i64> = articles.into_iter().map(|(id,)| id).collect();
    let mut carried = Vec::new();
    for (issue_id, newsletter, edition) in issues {
        let shown = cohorts_with(sql, issue_id, &articles).await?;
        if shown.is_empty() {
            continue;
        }
        let mut revisions: BTreeMap<i64, BTreeMap<&'static str, i64>> = BTreeMap::new();
        let counts: Vec<(i64, i16, i64)> = sql.sql(COUNTS).bind(issue_id).all().await?;
        for (cohort_id, state, count) in counts {
            if let (Some(revision), Some(state)) =
                (shown.get(&cohort_id), State::from_number(state))
            {
                *revisions
                    .entry(*revision)
                    .or_default()
                    .entry(state.word())
                    .or_default() += count;
            }
        }
        if !revisions.is_empty() {
            carried.push(Carried {
                newsletter,
                edition,
                revisions,
            });
        }
    }
    Ok(carried)
}

/// The follows that brought this message its stories, as (kind, folded name): what stands above them in the mail.
pub async fn named(sql: &mut impl Sql, id: MessageId) -> db::Result<Vec<(i16, String)>> {
    const SQL: &str = "SELECT c.stories FROM message m JOIN cohort c ON c.id = m.cohort_id
                        WHERE m.issue_id = $1 AND m.subscriber_id = $2 AND m.n = $3";
    let query = sql.sql(SQL).bind(id.issue_id).bind(id.subscriber_id);
    let found: Option<(Json<Vec<Story>>,)> = query.bind(id.n).first().await?;
    let stories = found.map(|(Json(stories),)| stories).unwrap_or_default();
    let terms: BTreeSet<i64> = stories.iter().map(|story| story.term_id).collect();
    term_keys(sql, &terms.into_iter().collect::<Vec<_>>()).await
}

/// The cohorts of an issue that show the article, and the revision that they show.
async fn cohorts_with(
    sql: &mut impl Sql,
    issue_id: i64,
    articles: &[i64],
) -> db::Result<HashMap<i64, i64>> {
    const SQL: &str = "SELECT id, mark, stories FROM cohort WHERE issue_id = $1 AND mark > $2 ORDER BY mark LIMIT $3";
    let mut shown = HashMap::new();
    let mut from = String::new();
    loop {
        let page: Vec<(i64, String, Json<Vec<Story>>)> = sql
            .sql(SQL)
            .bind(issue_id)
            .bind(&from)
            .bind(PAGE)
            .all()
            .await?;
        let Some((_, last, _)) = page.last() else {
            return Ok(shown);
        };
        from.clone_from(last);
        let with = page.iter().filter_map(|(id, _, stories)| {
            let story = stories.iter().find(|s| articles.contains(&s.article_id))?;
            Some((*id, story.revision))
        });
        shown.extend(with);
    }
}
