//! What the database remembers of each source: when to ask it, with what, and how it has answered.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::types::Json;

use super::fetch::Validators;
use crate::config::Source;
use crate::db::{self, Db, Sql, either};

/// More of what a feed broke on helps nobody.
const MAX_ERROR_CHARS: usize = 500;

/// A tick may come some milliseconds before or after the one a pause was counted from.
const EARLY: SignedDuration = SignedDuration::from_secs(5);

/// A source's row.
#[derive(Clone, Debug, Default, Serialize, sqlx::FromRow)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) url: String,
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub(super) validators: Validators,
    pub(super) checked_at: Option<i64>,
    pub(super) changed_at: Option<i64>,
    pub(super) next_check_at: i64,
    pub(super) failing_since: Option<i64>,
    pub(super) failures: i64,
    pub(super) error: Option<String>,
    pub(super) moved_to: Option<String>,
}

impl Known {
    /// It has answered at `now`; `has_news` if that brought something.
    pub(super) fn has_answered(
        &mut self,
        now: Timestamp,
        validators: Validators,
        moved_to: Option<String>,
        has_news: bool,
    ) {
        let now = now.as_millisecond();
        self.checked_at = Some(now);
        if has_news || self.changed_at.is_none() {
            self.changed_at = Some(now);
        }
        self.validators = validators;
        self.moved_to = moved_to;
        (self.failures, self.failing_since, self.error) = (0, None, None);
    }

    /// It has failed at `now`. Its validators stay: they are of the last answer that was read.
    pub(super) fn has_failed(&mut self, now: Timestamp, error: &str) {
        let now = now.as_millisecond();
        self.checked_at = Some(now);
        self.failures += 1;
        self.failing_since.get_or_insert(now);
        // PostgreSQL takes no NUL, and a feed may have put one here.
        let error = error.chars().filter(|c| *c != '\0');
        self.error = Some(error.take(MAX_ERROR_CHARS).collect());
    }

    /// For how long it has had nothing new at `now`.
    pub(super) fn silent(&self, now: Timestamp) -> SignedDuration {
        let since = self.changed_at.unwrap_or(now.as_millisecond());
        SignedDuration::from_millis(now.as_millisecond() - since)
    }
}

/// The configured sources that are due, the longest waiting first; those not yet known are written down first.
///
/// What this gives is due for nobody else until `lease` is over: another node asks other sources, and what a killed
/// one was to ask is asked then.
pub(super) async fn take_due(
    db: &Db,
    sources: &[Source],
    now: Timestamp,
    lease: SignedDuration,
) -> db::Result<Vec<Known>> {
    let by = (now + EARLY).as_millisecond();
    let rows: Vec<(String, String, i64)> = db
        .read()
        .await?
        .sql("SELECT name, url, next_check_at FROM source")
        .all()
        .await?;
    let known: HashMap<&str, (&str, i64)> = rows
        .iter()
        .map(|(name, url, next)| (name.as_str(), (url.as_str(), *next)))
        .collect();
    let is_known = |s: &&Source| matches!(known.get(&*s.name), Some((url, _)) if *url == s.url);
    let (old, new): (Vec<&Source>, Vec<&Source>) = sources.iter().partition(is_known);
    let is_due = |s: &&&Source| known[&*s.name].1 <= by;
    let due: Vec<&str> = old
        .iter()
        .filter(is_due)
        .chain(&new)
        .map(|s| s.name.as_str())
        .collect();
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let due = Json(due);
    let mut taken: Vec<Known> = db::again(async || {
        let mut tx = db.begin().await?;
        if !new.is_empty() {
            let new: Vec<_> = new.iter().map(|s| (&s.name, &s.url)).collect();
            write_down(&mut tx, Json(new)).await?;
        }
        let taken = tx
            .sql(either(
                "UPDATE source SET next_check_at = $1
                  WHERE next_check_at <= $2 AND name IN (SELECT o.value FROM json_each($3) o)
                  RETURNING id, name, url, etag, last_modified, digest, checked_at, changed_at, next_check_at,
                            failing_since, failures, error, moved_to",
                "UPDATE source SET next_check_at = $1
                  WHERE next_check_at <= $2 AND name IN (SELECT o #>> '{}' FROM jsonb_array_elements($3) o)
                  RETURNING id, name, url, etag, last_modified, digest, checked_at, changed_at, next_check_at,
                            failing_since, failures, error, moved_to",
            ))
            .bind((now + lease).as_millisecond())
            .bind(by)
            .bind(&due)
            .all()
            .await?;
        tx.commit().await?;
        Ok(taken)
    })
    .await?;
    taken.sort_by_key(|known| (known.checked_at, known.id));
    Ok(taken)
}

/// Another address is another source: what we remember of the old one's answers does not hold for it.
async fn write_down(tx: &mut db::Tx, sources: Json<Vec<(&String, &String)>>) -> db::Result<u64> {
    tx.sql(either(
        "INSERT INTO source (name, url, next_check_at, failures)
         SELECT o.value->>0, o.value->>1, 0, 0 FROM jsonb_each($1) o WHERE TRUE
         ON CONFLICT (name) DO UPDATE SET url = excluded.url, etag = NULL, last_modified = NULL, digest = NULL,
                moved_to = NULL, next_check_at = 0, failures = 0, failing_since = NULL, error = NULL
          WHERE source.url <> excluded.url",
        "INSERT INTO source (name, url, next_check_at, failures)
         SELECT o->>0, o->>1, 0, 0 FROM jsonb_array_elements($1) o
         ON CONFLICT (name) DO UPDATE SET url = excluded.url, etag = NULL, last_modified = NULL, digest = NULL,
                moved_to = NULL, next_check_at = 0, failures = 0, failing_since = NULL, error = NULL
          WHERE source.url <> excluded.url",
    ))
    .bind(sources)
    .run()
    .await
}

/// Writes down how these sources have answered, in one statement; what has got another address meanwhile is left.
pub(super) async fn record(db: &Db, sources: &[Known]) -> db::Result<()> {
    if sources.is_empty() {
        return Ok(());
    }
    let sources = Json(sources);
    db::again(async || {
        let mut tx = db.begin().await?;
        tx.sql(either(
            "UPDATE source SET etag = o.value->>'etag', last_modified = o.value->>'last_modified',
                    digest = o.value->>'digest', checked_at = o.value->>'checked_at',
                    changed_at = o.value->>'changed_at', next_check_at = o.value->>'next_check_at',
                    failing_since = o.value->>'failing_since', failures = o.value->>'failures',
                    error = o.value->>'error', moved_to = o.value->>'moved_to'
               FROM jsonb_each($1) o WHERE source.id = o.value->>'id' AND source.url = o.value->>'url'",
            "UPDATE source SET etag = o->>'etag', last_modified = o->>'last_modified',
                    digest = o->>'digest', checked_at = (o->>'checked_at')::int8,
                    changed_at = (o->>'changed_at')::int8, next_check_at = (o->>'next_check_at')::int8,
                    failing_since = (o->>'failing_since')::int8, failures = (o->>'failures')::int8,
                    error = o->>'error', moved_to = o->>'moved_to'
               FROM jsonb_array_elements($1) o WHERE source.id = (o->>'id')::int8 AND source.url = o->>'url'",
        ))
        .bind(sources)
        .run()
        .await?;
        tx.commit().await
    })
    .await
}

/// How a source stands.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct SourceStatus {
    /// Its name.
    pub name: String,
    /// When it was last asked, in UTC milliseconds.
    pub checked_at: Option<i64>,
    /// When it is asked next.
    pub next_check_at: i64,
    /// The pause between these two, in seconds.
    pub pause_s: Option<i64>,
    /// When it last had something new.
    pub changed_at: Option<i64>,
    /// Since when it fails.
    pub failing_since: Option<i64>,
    /// How often in a row it has failed.
    pub failures: i64,
    /// Why.
    pub error: Option<String>,
    /// Where it has moved for good, if that is not yet in the configuration.
    pub moved_to: Option<String>,
}

/// How each of `sources` stands that was ever asked at this address.
pub async fn statuses(
    sql: &mut impl Sql,
    sources: &[Source],
) -> db::Result<HashMap<String, SourceStatus>> {
    const SQL: &str = "SELECT name, url, checked_at, next_check_at, (next_check_at - checked_at) / 1000 AS pause_s,
                              changed_at, failing_since, failures, error, moved_to FROM source";
    #[derive(sqlx::FromRow)]
    struct Row {
        url: String,
        #[sqlx(flatten)]
        status: SourceStatus,
    }
    let configured: HashSet<(&str, &str)> = sources.iter().map(|s| (&*s.name, &*s.url)).collect();
    let rows: Vec<Row> = sql.sql(SQL).all().await?;
    let rows = rows.into_iter().filter(|row| {
        row.status.checked_at.is_some() && configured.contains(&(&*row.status.name, &*row.url))
    });
    Ok(rows
        .map(|row| (row.status.name.clone(), row.status))
        .collect())
}

/// How many articles each source has given, by its name.
pub async fn article_counts(sql: &mut impl Sql) -> db::Result<HashMap<String, i64>> {
    const SQL: &str = "SELECT s.name, count(*) FROM source s JOIN article a ON a.source_id = s.id GROUP BY s.name";
    let rows: Vec<(String, i64)> = sql.sql(SQL).all().await?;
    Ok(rows.into_iter().collect())
}
