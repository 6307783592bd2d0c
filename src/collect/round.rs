//! One round: asks every source whose time has come, a few at once. A dead source is a warning that names it and never
//! stops the others.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::types::Json;

use super::feed::parse;
use super::fetch::{FetchError, FetchOptions, Fetched, Fetcher, Validators};
use super::store::{Stored, store};
use super::{Feed, ParseError};
use crate::app::App;
use crate::config::{Collect, Source};
use crate::db::{self, Sql, either};

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Sources asked.
    pub sources: u64,
    /// Of those, the ones that had nothing new to say.
    pub unchanged: u64,
    /// Sources that failed, each with why.
    pub failed: BTreeMap<String, String>,
    /// Articles.
    pub articles: Stored,
}

/// Why a source gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What came is no feed.
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// Asks sources over the network, as the configuration wants it.
pub struct Collector {
    public: Fetcher,
    private: Fetcher,
}

#[derive(sqlx::FromRow)]
struct Asked {
    id: i64,
    name: String,
    etag: Option<String>,
    last_modified: Option<String>,
    failures: i64,
}

impl Collector {
    /// Sets up the clients.
    pub fn new(config: &Collect) -> Result<Collector, FetchError> {
        let agent = concat!("postrider/", env!("CARGO_PKG_VERSION"));
        let options = |private| FetchOptions {
            user_agent: config
                .user_agent
                .clone()
                .unwrap_or_else(|| agent.to_owned()),
            timeout: Duration::from_secs(u64::from(config.timeout_s)),
            max_body_bytes: config.max_body_mb as usize * 1_000_000,
            max_redirects: 5,
            private,
        };
        Ok(Collector {
            public: Fetcher::new(options(config.private_addresses))?,
            private: Fetcher::new(options(true))?,
        })
    }

    /// Fetches and reads one source; `None` if it is as it was when `validators` were given.
    pub async fn ask(
        &self,
        source: &Source,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Option<(Feed, Validators)>, SourceError> {
        let fetcher = if source.private {
            &self.private
        } else {
            &self.public
        };
        match fetcher.fetch(&source.url, validators).await? {
            Fetched::Unchanged => Ok(None),
            Fetched::Body {
                bytes,
                content_type,
                validators,
                moved_to,
                final_url,
            } => {
                if let Some(to) = moved_to {
                    tracing::warn!(source.name = %source.name, to, "the source has moved for good; change its url");
                }
                // Reading a large feed takes a second or two of a core.
                let feed = tokio::task::spawn_blocking(move || {
                    parse(&bytes, content_type.as_deref(), &final_url, now)
                });
                let feed = feed
                    .await
                    .unwrap_or_else(|_| Err(ParseError::Broken("it broke our reader".into())))?;
                Ok(Some((feed, validators)))
            }
        }
    }
}

/// Asks every source whose time has come.
pub async fn round(app: &App, collector: &Collector) -> db::Result<Collected> {
    let now = app.clock.now();
    let due = due(app, now).await?;
    let mut asked = futures_util::stream::iter(due)
        .map(|row| async {
            let source = app
                .config
                .sources
                .iter()
                .find(|s| s.name == row.name)
                .expect("due() gives configured sources");
            let validators = Validators {
                etag: row.etag.clone(),
                last_modified: row.last_modified.clone(),
            };
            let answer = collector.ask(source, &validators, now).await;
            (source, row, answer)
        })
        .buffer_unordered(app.config.collect.at_once as usize);
    let mut collected = Collected::default();
    while let Some((source, row, answer)) = asked.next().await {
        collected.sources += 1;
        match answer {
            Ok(None) => {
                collected.unchanged += 1;
                succeeded(app, &row, None, now).await?;
            }
            Ok(Some((feed, validators))) => {
                for warning in &feed.warnings {
                    tracing::warn!(source.name = %source.name, "{warning}");
                }
                let language = feed.language.as_deref();
                let stored = store(
                    &app.db,
                    &app.config.collect,
                    source,
                    row.id,
                    &feed.entries,
                    language,
                    now,
                )
                .await?;
                collected.articles.new += stored.new;
                collected.articles.revised += stored.revised;
                collected.articles.unchanged += stored.unchanged;
                succeeded(app, &row, Some(&validators), now).await?;
            }
            Err(error) => {
                tracing::warn!(source.name = %source.name, %error, "the source gave nothing");
                collected
                    .failed
                    .insert(source.name.clone(), error.to_string());
                failed(app, &row, &error, now).await?;
            }
        }
    }
    Ok(collected)
}

/// The configured sources that are due; those not yet known are written down first.
async fn due(app: &App, now: Timestamp) -> db::Result<Vec<Asked>> {
    let sources: Vec<(&str, &str)> = app
        .config
        .sources
        .iter()
        .map(|s| (s.name.as_str(), s.url.as_str()))
        .collect();
    let sources = Json(sources);
    let mut tx = app.db.begin().await?;
    // Another address is another source: what we remember of the old one's answers does not hold for it.
    tx.sql(either(
        "INSERT INTO source (name, url, next_check_at, failures)
         SELECT o.value->>0, o.value->>1, 0, 0 FROM json_each($1) o WHERE TRUE
         ON CONFLICT (name) DO UPDATE SET url = excluded.url, etag = NULL, last_modified = NULL, next_check_at = 0
          WHERE source.url <> excluded.url",
        "INSERT INTO source (name, url, next_check_at, failures)
         SELECT o->>0, o->>1, 0, 0 FROM jsonb_array_elements($1) o
         ON CONFLICT (name) DO UPDATE SET url = excluded.url, etag = NULL, last_modified = NULL, next_check_at = 0
          WHERE source.url <> excluded.url",
    ))
    .bind(&sources)
    .run()
    .await?;
    let due = tx
        .sql(either(
            "SELECT s.id, s.name, s.etag, s.last_modified, s.failures FROM json_each($1) o
               CROSS JOIN source s ON s.name = o.value->>0 WHERE s.next_check_at <= $2 ORDER BY s.next_check_at, s.id",
            "SELECT s.id, s.name, s.etag, s.last_modified, s.failures FROM jsonb_array_elements($1) o
               JOIN source s ON s.name = o->>0 WHERE s.next_check_at <= $2 ORDER BY s.next_check_at, s.id",
        ))
        .bind(&sources)
        .bind(now.as_millisecond())
        .all()
        .await?;
    tx.commit().await?;
    Ok(due)
}

fn pause(app: &App) -> SignedDuration {
    SignedDuration::from_mins(i64::from(app.config.collect.every_minutes))
}

async fn succeeded(
    app: &App,
    row: &Asked,
    changed: Option<&Validators>,
    now: Timestamp,
) -> db::Result<()> {
    let next = (now + pause(app)).as_millisecond();
    let mut tx = app.db.begin().await?;
    tx.sql("UPDATE source SET checked_at = $1, next_check_at = $2, failures = 0, failing_since = NULL, error = NULL
             WHERE id = $3")
        .bind(now.as_millisecond())
        .bind(next)
        .bind(row.id)
        .run()
        .await?;
    if let Some(validators) = changed {
        tx.sql("UPDATE source SET changed_at = $1, etag = $2, last_modified = $3 WHERE id = $4")
            .bind(now.as_millisecond())
            .bind(&validators.etag)
            .bind(&validators.last_modified)
            .bind(row.id)
            .run()
            .await?;
    }
    tx.commit().await
}

/// Every failure doubles the pause, up to 32 times; a source that says when to come back is believed, up to a day.
async fn failed(app: &App, row: &Asked, error: &SourceError, now: Timestamp) -> db::Result<()> {
    let doubled = pause(app) * (1 << row.failures.min(5));
    let wanted = match error {
        SourceError::Fetch(FetchError::Status {
            retry_after_s: Some(s),
            ..
        }) => SignedDuration::from_secs((*s).min(86_400) as i64),
        _ => SignedDuration::ZERO,
    };
    let next = (now + doubled.max(wanted)).as_millisecond();
    let mut tx = app.db.begin().await?;
    tx.sql(
        "UPDATE source SET checked_at = $1, next_check_at = $2, failures = failures + 1,
                   failing_since = coalesce(failing_since, $1), error = $3 WHERE id = $4",
    )
    .bind(now.as_millisecond())
    .bind(next)
    .bind(error.to_string())
    .bind(row.id)
    .run()
    .await?;
    tx.commit().await
}

/// A source as the database remembers it.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct SourceStatus {
    /// Its name.
    pub name: String,
    /// When it was last asked, in UTC milliseconds.
    pub checked_at: Option<i64>,
    /// When it last had something new.
    pub changed_at: Option<i64>,
    /// Since when it fails.
    pub failing_since: Option<i64>,
    /// Why.
    pub error: Option<String>,
    /// How many of its articles there are.
    pub articles: i64,
}

/// Every source that was ever asked, by name.
pub async fn statuses(sql: &mut impl Sql) -> db::Result<Vec<SourceStatus>> {
    const SQL: &str = "SELECT s.name, s.checked_at, s.changed_at, s.failing_since, s.error,
                              (SELECT count(*) FROM article a WHERE a.source_id = s.id) AS articles
                         FROM source s ORDER BY s.name";
    sql.sql(SQL).all().await
}
