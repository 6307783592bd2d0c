//! A message with all that rendering it needs, as it was pinned when it was planned.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use sqlx::types::Json;

use super::notice::{Notice, Says};
use crate::audience::{EmailAddress, Preferences};
use crate::config::Tier;
use crate::db::{self, Sql, either};
use crate::issue::compose::{Cohort, Story};
use crate::message::{MessageId, NoticeKind};

/// One message, before it is bytes.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Which.
    pub id: MessageId,
    /// To whom.
    pub email: EmailAddress,
    /// What the reader had asked for when it was composed.
    pub preferences: Preferences,
    /// What it says.
    pub cohort: Arc<Cohort>,
    /// The number of that cohort; 0 in a preview, which is not to be sent.
    pub cohort_id: i64,
    /// The time it is meant for, in UTC milliseconds.
    pub scheduled_at: i64,
    /// When it is too late.
    pub expires_at: i64,
    /// Tries before this one.
    pub attempts: i16,
    /// What it says, if it is a notice: then preferences and cohort are empty.
    pub notice: Option<Box<Notice>>,
}

/// A letter as the database gives it, in this order.
#[derive(Deserialize)]
struct Row {
    /// Which of the keys.
    at: usize,
    scheduled_at: i64,
    expires_at: i64,
    attempts: i16,
    email: String,
    preferences: Preferences,
    cohort_id: i64,
}

/// The letter of one message, if it has one.
pub async fn find(sql: &mut impl Sql, key: (i64, i64, i16)) -> db::Result<Option<Letter>> {
    Ok(load(sql, &[key], &mut Cohorts::default()).await?.pop())
}

/// The letters of these messages, in their order. A message whose reader is gone, or that says nothing, has none.
pub async fn load(
    sql: &mut impl Sql,
    keys: &[(i64, i64, i16)],
    cohorts: &mut Cohorts,
) -> db::Result<Vec<Letter>> {
    // One row, since each costs a step between threads on SQLite; and put together as text, since its JSON functions would
    // read each document before they write it down again.
    let text = either(
        "SELECT '[' || coalesce(group_concat('[' || o.key || ',' || m.scheduled_at || ',' || m.expires_at || ',' || m.attempts
                || ',' || json_quote(s.email) || ',' || p.document || ',' || m.cohort_id || ']'), '') || ']'
           FROM jsonb_each($1) o CROSS JOIN message m
           JOIN subscriber s ON s.id = m.subscriber_id
           JOIN preference p ON p.subscriber_id = m.subscriber_id AND p.revision = m.preference_revision
          WHERE m.issue_id = o.value->>0 AND m.subscriber_id = o.value->>1 AND m.n = o.value->>2
            AND m.cohort_id IS NOT NULL",
        "SELECT coalesce(json_agg(json_build_array(o.id - 1, m.scheduled_at, m.expires_at, m.attempts, s.email, p.document,
                  m.cohort_id)), '[]')
           FROM jsonb_array_elements($1) WITH ORDINALITY AS o(value, id)
           JOIN message m ON m.issue_id = (o.value->>0)::int8 AND m.subscriber_id = (o.value->>1)::int8
            AND m.n = (o.value->>2)::int2
           JOIN subscriber s ON s.id = m.subscriber_id
           JOIN preference p ON p.subscriber_id = m.subscriber_id AND p.revision = m.preference_revision
          WHERE m.cohort_id IS NOT NULL",
    );
    let Json(mut rows): Json<Vec<Row>> = sql.sql(text).bind(Json(keys)).value().await?;
    rows.sort_unstable_by_key(|row| row.at);
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.cohort_id).collect();
    cohorts.fetch(sql, ids).await?;
    let letter = |row: Row| {
        let (issue_id, subscriber_id, n) = keys[row.at];
        Some(Letter {
            id: MessageId {
                issue_id,
                subscriber_id,
                n,
            },
            email: EmailAddress::stored(row.email),
            preferences: row.preferences,
            cohort: cohorts.0.get(&row.cohort_id)?.clone(),
            cohort_id: row.cohort_id,
            scheduled_at: row.scheduled_at,
            expires_at: row.expires_at,
            attempts: row.attempts,
            notice: None,
        })
    };
    let mut letters: Vec<Letter> = rows.into_iter().filter_map(letter).collect();
    if letters.len() < keys.len() {
        letters.extend(notices(sql, keys).await?);
    }
    Ok(letters)
}

/// A cohort as the database gives it, in this order.
#[derive(Deserialize)]
struct CohortRow {
    id: i64,
    language: String,
    tier: i16,
    stories: Vec<Story>,
    more: u32,
}

/// Cohorts by their number, which many letters share. None of them ever changes.
#[derive(Default)]
pub struct Cohorts(HashMap<i64, Arc<Cohort>>);

/// The most that are kept: beyond it all are read anew.
const MOST_COHORTS: usize = 1000;

impl Cohorts {
    /// Reads those of these that are not at hand.
    async fn fetch(&mut self, sql: &mut impl Sql, mut ids: BTreeSet<i64>) -> db::Result<()> {
        if self.0.len() > MOST_COHORTS {
            self.0.clear();
        }
        ids.retain(|id| !self.0.contains_key(id));
        if ids.is_empty() {
            return Ok(());
        }
        let text = either(
            "SELECT '[' || coalesce(group_concat('[' || c.id || ',' || json_quote(c.language) || ',' || c.tier || ',' || c.stories
                    || ',' || c.more || ']'), '') || ']' FROM json_each($1) o CROSS JOIN cohort c ON c.id = o.value",
            "SELECT coalesce(json_agg(json_build_array(c.id, c.language, c.tier, c.stories, c.more)), '[]')
               FROM jsonb_array_elements($1) o JOIN cohort c ON c.id = o::int8",
        );
        let Json(rows): Json<Vec<CohortRow>> = sql.sql(text).bind(Json(ids)).value().await?;
        self.0.extend(rows.into_iter().map(|row| {
            let cohort = Cohort {
                language: row.language,
                tier: Tier::from_number(row.tier),
                stories: row.stories,
                more: row.more,
            };
            (row.id, Arc::new(cohort))
        }));
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct NoticeRow {
    issue_id: i64,
    subscriber_id: i64,
    n: i16,
    scheduled_at: i64,
    expires_at: i64,
    attempts: i16,
    email: String,
    kind: i16,
    document: Json<Says>,
}

/// The letters of those that are notices.
async fn notices(sql: &mut impl Sql, keys: &[(i64, i64, i16)]) -> db::Result<Vec<Letter>> {
    let text = either(
        "SELECT m.issue_id, m.subscriber_id, m.n, m.scheduled_at, m.expires_at, m.attempts, w.email, w.kind, w.document
           FROM jsonb_each($1) o CROSS JOIN message m
           JOIN notice w ON w.issue_id = m.issue_id AND w.subscriber_id = m.subscriber_id AND w.n = m.n
          WHERE m.issue_id = o.value->>0 AND m.subscriber_id = o.value->>1 AND m.n = o.value->>2
            AND w.email IS NOT NULL ORDER BY o.id",
        "SELECT m.issue_id, m.subscriber_id, m.n, m.scheduled_at, m.expires_at, m.attempts, w.email, w.kind, w.document
           FROM jsonb_array_elements($1) WITH ORDINALITY AS o(value, id)
           JOIN message m ON m.issue_id = (o.value->>0)::int8 AND m.subscriber_id = (o.value->>1)::int8
            AND m.n = (o.value->>2)::int2
           JOIN notice w ON w.issue_id = m.issue_id AND w.subscriber_id = m.subscriber_id AND w.n = m.n
          WHERE w.email IS NOT NULL ORDER BY o.id",
    );
    let rows: Vec<NoticeRow> = sql.sql(text).bind(Json(keys)).all().await?;
    let letter = |row: NoticeRow| {
        let kind = NoticeKind::from_number(row.kind)?;
        Some(Letter {
            id: MessageId {
                issue_id: row.issue_id,
                subscriber_id: row.subscriber_id,
                n: row.n,
            },
            email: EmailAddress::stored(row.email),
            preferences: Preferences::default(),
            cohort: Arc::new(Cohort {
                language: row.document.language.clone(),
                tier: Tier::from_number(0),
                stories: Vec::new(),
                more: 0,
            }),
            cohort_id: 0,
            scheduled_at: row.scheduled_at,
            expires_at: row.expires_at,
            attempts: row.attempts,
            notice: Some(Box::new(Notice {
                kind,
                says: row.document.0,
            })),
        })
    };
    Ok(rows.into_iter().filter_map(letter).collect())
}
