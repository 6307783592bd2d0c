//! One round: asks every source whose time has come, a few at once. A dead source is a warning that names it and never
//! stops the others.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::task::JoinSet;

use super::change::retract_deleted;
use super::feed::parse;
use super::fetch::{Body, FetchError, FetchOptions, Fetched, Fetcher, Validators};
use super::pace::Pace;
use super::queue::{Away, Queue};
use super::source::{Known, record, take_due};
use super::store::{Stored, store};
use super::{Feed, ParseError};
use crate::app::App;
use crate::config::{Collect, Source};
use crate::db;

/// So many answers are written down at once.
const GROUP: usize = 500;

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Sources asked.
    pub sources: u64,
    /// Of those, the ones that had nothing new to say.
    pub unchanged: u64,
    /// Sources that failed, each with why.
    pub failed: BTreeMap<String, String>,
    /// Sources left for another round, since their host did not answer one of those that failed.
    pub put_off: u64,
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
    /// The database takes everything but its stories; a defect on our side.
    #[error("its stories could not be stored: {0}")]
    Store(db::Error),
}

/// How a source has answered.
#[derive(Debug)]
pub struct Answer {
    /// What it holds; nothing if that is as it was when the validators were given.
    pub feed: Option<Feed>,
    /// For the next time.
    pub validators: Validators,
    /// Where it has moved for good.
    pub moved_to: Option<String>,
    /// For how many seconds the server says that nothing will change.
    pub fresh_s: u64,
}

/// Asks sources over the network, as the configuration wants it.
#[derive(Clone)]
pub struct Collector {
    public: Fetcher,
    private: Fetcher,
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

    /// Fetches and reads one source; without a feed if it is as it was when `validators` were given.
    pub async fn ask(
        &self,
        source: &Source,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Answer, SourceError> {
        let fetcher = if source.private {
            &self.private
        } else {
            &self.public
        };
        let Fetched {
            body,
            validators,
            moved_to,
            fresh_s,
        } = fetcher.fetch(&source.url, validators, now).await?;
        let feed = match body {
            Some(body) => Some(read(body, now).await?),
            None => None,
        };
        Ok(Answer {
            feed,
            validators,
            moved_to,
            fresh_s,
        })
    }
}

/// Reading a large feed takes a second or two of a core.
async fn read(body: Body, now: Timestamp) -> Result<Feed, ParseError> {
    let read = move || {
        parse(
            &body.bytes,
            body.content_type.as_deref(),
            &body.final_url,
            now,
        )
    };
    let feed = tokio::task::spawn_blocking(read).await;
    feed.unwrap_or_else(|_| Err(ParseError::Broken("it broke our reader".into())))
}

/// Asks every source whose time has come.
pub async fn round(app: &App, collector: &Collector) -> db::Result<Collected> {
    let now = app.clock.now();
    let config = &app.config.collect;
    let pace = Pace::of(config);
    let sources = app.config.sources.iter();
    let sources: HashMap<&str, &Source> = sources.map(|s| (s.name.as_str(), s)).collect();
    let due = take_due(&app.db, &app.config.sources, now, pace.shortest).await?;
    let mut queue = Queue::new(due, config.per_host);
    let mut asked = JoinSet::new();
    let mut collected = Collected::default();
    let mut answered = Vec::new();
    loop {
        while asked.len() < config.at_once as usize
            && let Some(known) = queue.next()
        {
            let (source, collector) = (sources[&*known.name].clone(), collector.clone());
            asked.spawn(async move {
                let answer = collector.ask(&source, &known.validators, now).await;
                (known, answer)
            });
        }
        let (mut known, answer) = match asked.join_next().await {
            Some(Ok(answer)) => answer,
            // It stays leased, and is asked when that is over.
            Some(Err(error)) => {
                tracing::error!(%error, "asking a source broke off");
                continue;
            }
            None => break,
        };
        collected.sources += 1;
        let source = sources[&*known.name];
        let answer = match answer {
            Ok(answer) => take(app, source, &mut known, answer, now, &mut collected).await?,
            Err(error) => Err(error),
        };
        let pause = match &answer {
            Ok(fresh_s) => pace.after_answer(known.silent(now), *fresh_s),
            Err(error) => fail(&mut known, error, pace, now, &mut collected),
        };
        known.next_check_at = (now + pause).as_millisecond();
        queue.answered(&known.url, away(&answer, known.next_check_at));
        answered.push(known);
        if answered.len() >= GROUP {
            record(&app.db, &answered).await?;
            answered.clear();
        }
    }
    for (mut known, back_at) in queue.rest() {
        collected.put_off += 1;
        known.next_check_at = back_at.unwrap_or(now.as_millisecond());
        answered.push(known);
    }
    record(&app.db, &answered).await?;
    Ok(collected)
}

/// Stores what a source has answered; how long that stays good, in seconds, or why it was no use.
async fn take(
    app: &App,
    source: &Source,
    known: &mut Known,
    answer: Answer,
    now: Timestamp,
    collected: &mut Collected,
) -> db::Result<Result<u64, SourceError>> {
    let mut has_news = false;
    if let Some(feed) = answer.feed {
        for warning in &feed.warnings {
            tracing::warn!(source.name = %source.name, "{warning}");
        }
        let language = feed.language.as_deref();
        let stored = store(
            &app.db,
            &app.config.collect,
            source,
            known.id,
            &feed.entries,
            language,
            now,
        );
        match stored.await {
            Ok(stored) => {
                has_news = stored.new + stored.revised > 0;
                collected.articles.new += stored.new;
                collected.articles.revised += stored.revised;
                collected.articles.unchanged += stored.unchanged;
                let deleted: Vec<String> = feed.deleted.into_iter().map(|d| d.id).collect();
                retract_deleted(&app.db, known.id, &deleted, now).await?;
            }
            Err(error @ (db::Error::Down(_) | db::Error::Again(_))) => return Err(error),
            Err(error) => return Ok(Err(SourceError::Store(error))),
        }
    } else {
        collected.unchanged += 1;
    }
    if answer.moved_to.is_some() && answer.moved_to != known.moved_to {
        tracing::warn!(
            source.name = %source.name,
            "the source has moved for good; `postrider source list` says where to"
        );
    }
    known.has_answered(now, answer.validators, answer.moved_to, has_news);
    Ok(Ok(answer.fresh_s))
}

/// Notes that a source has failed; the pause until it is asked again.
fn fail(
    known: &mut Known,
    error: &SourceError,
    pace: Pace,
    now: Timestamp,
    collected: &mut Collected,
) -> SignedDuration {
    let said = error.to_string();
    tracing::warn!(source.name = %known.name, error = said, "the source gave nothing");
    let pause = pace.after_failure(&known.name, known.failures, error);
    known.has_failed(now, &said);
    collected.failed.insert(known.name.clone(), said);
    pause
}

/// Whether a host is away after this answer of one of its sources, which is asked again at `next`.
fn away<T>(answer: &Result<T, SourceError>, next: i64) -> Option<Away> {
    let Err(SourceError::Fetch(error)) = answer else {
        return None;
    };
    match error {
        FetchError::Status {
            code: 429 | 503,
            retry_after_s,
        } => Some(Away {
            back_at: retry_after_s.map(|_| next),
        }),
        FetchError::TimedOut(_)
        | FetchError::UnknownName
        | FetchError::Certificate(_)
        | FetchError::Unreachable(_) => Some(Away { back_at: None }),
        _ => None,
    }
}
