//! What readers already had: message → cohort → stories, for the issues that can still matter.
//!
//! From the newsletter itself, and from any other that they get at another cadence: who is told of a story at once does
//! not find it again in the morning's digest.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::types::Json;

use super::compose::Story;
use super::pool::Pool;
use crate::app::App;
use crate::config::Cadence;
use crate::db::{self, Sql, either};
use crate::message::MessageId;

/// A story that a reader had, and in which message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Had {
    /// Its rank in the pool.
    pub(super) rank: usize,
    /// The issue that carried it.
    pub(super) issue_id: i64,
}

/// For whom it is asked.
pub(super) struct Readers<'a> {
    pub(super) newsletter_id: i64,
    /// Each reader, and how often they get this newsletter.
    pub(super) who: &'a [(i64, Cadence)],
    /// The message that is composed, of which nothing counts: its issue and its `n`.
    pub(super) but: (i64, i16),
    /// Issues that were closed by then do not count.
    pub(super) from: Timestamp,
    /// What counts is what was so at this time; `i64::MAX` is now.
    pub(super) as_of: i64,
}

/// The other newsletters that these readers get at another cadence, as (newsletter, readers).
pub(super) async fn elsewhere(
    sql: &mut impl Sql,
    app: &App,
    newsletter_id: i64,
    readers: &[(i64, Cadence)],
) -> db::Result<HashMap<i64, Vec<i64>>> {
    let digests = app.config.newsletters.iter().filter(|n| !n.is_offers());
    let others: Vec<i64> = digests
        .map(|n| app.newsletter_ids[&n.slug])
        .filter(|id| *id != newsletter_id)
        .collect();
    let mut found: HashMap<i64, Vec<i64>> = HashMap::new();
    if others.is_empty() {
        return Ok(found);
    }
    let text = either(
        "SELECT u.newsletter_id, u.subscriber_id FROM jsonb_each($1) o CROSS JOIN subscription u
          ON u.subscriber_id = o.value->>0 WHERE u.newsletter_id <> $2 AND u.cadence <> o.value->>1
         ORDER BY u.newsletter_id, u.subscriber_id",
        "SELECT u.newsletter_id, u.subscriber_id FROM jsonb_array_elements($1) o JOIN subscription u
          ON u.subscriber_id = (o->>0)::int8 WHERE u.newsletter_id <> $2 AND u.cadence <> (o->>1)::int2
         ORDER BY u.newsletter_id, u.subscriber_id",
    );
    let readers: Vec<(i64, i16)> = readers.iter().map(|(id, c)| (*id, c.as_i16())).collect();
    let rows: Vec<(i64, i64)> = sql
        .sql(text)
        .bind(Json(readers))
        .bind(newsletter_id)
        .all()
        .await?;
    for (newsletter_id, subscriber_id) in rows {
        if others.contains(&newsletter_id) {
            found.entry(newsletter_id).or_default().push(subscriber_id);
        }
    }
    Ok(found)
}

/// For each of these readers, the stories of the pool that they had, here or `elsewhere`.
pub(super) async fn had(
    sql: &mut impl Sql,
    pool: &Pool,
    asked: &Readers<'_>,
    elsewhere: &HashMap<i64, Vec<i64>>,
) -> db::Result<HashMap<i64, Vec<Had>>> {
    let own: Vec<i64> = asked.who.iter().map(|(id, _)| *id).collect();
    let mut sent = sent(sql, asked.newsletter_id, &own, asked).await?;
    for (newsletter_id, readers) in elsewhere {
        sent.extend(self::sent(sql, *newsletter_id, readers, asked).await?);
    }
    let mut cohorts: Vec<i64> = sent.iter().map(|(_, _, cohort_id)| *cohort_id).collect();
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
            let rank = |s: &Story| pool.rank_of.get(&s.article_id).copied();
            (id, stories.iter().filter_map(rank).collect())
        })
        .collect();
    let mut had: HashMap<i64, Vec<Had>> = HashMap::new();
    for (subscriber_id, id, cohort_id) in sent {
        if let Some(ranks) = stories.get(&cohort_id) {
            let all = ranks.iter().map(|rank| Had {
                rank: *rank,
                issue_id: id.issue_id,
            });
            had.entry(subscriber_id).or_default().extend(all);
        }
    }
    Ok(had)
}

/// The messages that these readers got, or are to get, from a newsletter: reader, message, cohort.
async fn sent(
    sql: &mut impl Sql,
    newsletter_id: i64,
    readers: &[i64],
    asked: &Readers<'_>,
) -> db::Result<Vec<(i64, MessageId, i64)>> {
    let text = "SELECT id FROM issue WHERE newsletter_id = $1 AND closes_at > $2 ORDER BY id";
    let issues: Vec<(i64,)> = sql
        .sql(text)
        .bind(newsletter_id)
        .bind(asked.from.as_millisecond())
        .all()
        .await?;
    let readers = Json(readers);
    let mut sent = Vec::new();
    for (issue_id,) in issues {
        // A digest, which has no number, is all that its issue has for a reader.
        if asked.but == (issue_id, 0) {
            continue;
        }
        // Not those that had ended by then without leaving: failed, skipped, cancelled, suppressed, expired.
        let text = either(
            "SELECT m.subscriber_id, m.n, m.cohort_id FROM json_each($2) o CROSS JOIN message m
              WHERE m.issue_id = $1 AND m.subscriber_id = o.value AND m.cohort_id IS NOT NULL
                AND m.planned_at <= $3 AND NOT (m.state IN (5, 6, 10, 11, 12) AND m.at <= $3)
                AND NOT (m.issue_id = $4 AND m.n = $5)",
            "SELECT m.subscriber_id, m.n, m.cohort_id FROM jsonb_array_elements($2) o
               JOIN message m ON m.issue_id = $1 AND m.subscriber_id = (o #>> '{}')::int8
              WHERE m.cohort_id IS NOT NULL
                AND m.planned_at <= $3 AND NOT (m.state IN (5, 6, 10, 11, 12) AND m.at <= $3)
                AND NOT (m.issue_id = $4 AND m.n = $5)",
        );
        let rows: Vec<(i64, i16, i64)> = sql
            .sql(text)
            .bind(issue_id)
            .bind(readers)
            .bind(asked.as_of)
            .bind(asked.but.0)
            .bind(asked.but.1)
            .all()
            .await?;
        sent.extend(rows.into_iter().map(|(subscriber_id, n, cohort_id)| {
            let id = MessageId {
                issue_id,
                subscriber_id,
                n,
            };
            (subscriber_id, id, cohort_id)
        }));
    }
    Ok(sent)
}
