//! What readers already had from a newsletter: message → cohort → stories, for the issues that can still matter.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::types::Json;

use super::compose::Story;
use super::pool::Pool;
use crate::db::{self, Sql, either};

/// For each of these subscribers, the articles of the pool that they had in another issue of the newsletter that was
/// open after `from`.
pub(super) async fn had(
    sql: &mut impl Sql,
    newsletter_id: i64,
    issue_id: i64,
    pool: &Pool,
    from: Timestamp,
    subscribers: &[i64],
) -> db::Result<HashMap<i64, Vec<usize>>> {
    let text =
        "SELECT id FROM issue WHERE newsletter_id = $1 AND closes_at > $2 AND id <> $3 ORDER BY id";
    let issues: Vec<(i64,)> = sql
        .sql(text)
        .bind(newsletter_id)
        .bind(from.as_millisecond())
        .bind(issue_id)
        .all()
        .await?;
    let subscribers = Json(subscribers);
    let mut sent: Vec<(i64, i64)> = Vec::new();
    for (issue_id,) in issues {
        // Not those that ended without leaving: failed, skipped, cancelled, suppressed, expired.
        let text = either(
            "SELECT m.subscriber_id, m.cohort_id FROM json_each($2) o CROSS JOIN message m
              WHERE m.issue_id = $1 AND m.subscriber_id = o.value AND m.cohort_id IS NOT NULL
                AND m.state NOT IN (5, 6, 10, 11, 12)",
            "SELECT m.subscriber_id, m.cohort_id FROM jsonb_array_elements($2) o
               JOIN message m ON m.issue_id = $1 AND m.subscriber_id = (o #>> '{}')::int8
              WHERE m.cohort_id IS NOT NULL AND m.state NOT IN (5, 6, 10, 11, 12)",
        );
        sent.extend(
            sql.sql(text)
                .bind(issue_id)
                .bind(subscribers)
                .all::<(i64, i64)>()
                .await?,
        );
    }
    let mut cohorts: Vec<i64> = sent.iter().map(|(_, cohort_id)| *cohort_id).collect();
    cohorts.sort_unstable();
    cohorts.dedup();
    let text = either(
        "SELECT c.id, c.stories FROM json_each($1) o CROSS JOIN cohort c WHERE c.id = o.value",
        "SELECT c.id, c.stories FROM jsonb_array_elements($1) o JOIN cohort c ON c.id = (o #>> '{}')::int8",
    );
    let stories: HashMap<i64, Vec<usize>> = sql
        .sql(text)
        .bind(Json(&cohorts))
        .all::<(i64, Json<Vec<Story>>)>()
        .await?
        .into_iter()
        .map(|(id, Json(stories))| {
            (
                id,
                stories
                    .iter()
                    .filter_map(|s| pool.rank_of.get(&s.article_id).copied())
                    .collect(),
            )
        })
        .collect();
    let mut had: HashMap<i64, Vec<usize>> = HashMap::new();
    for (subscriber_id, cohort_id) in sent {
        if let Some(ranks) = stories.get(&cohort_id) {
            had.entry(subscriber_id).or_default().extend(ranks);
        }
    }
    Ok(had)
}
