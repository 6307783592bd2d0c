//! Instant readers: a new story wakes the subscriptions that it may be for, found by its terms.
//!
//! To wake is to make due. The planner then composes for each of them as for everyone, and finds what mutes, the past
//! and quiet hours leave of it. A story is `told` when all it may be for were woken; a kill before that wakes them again,
//! and those who had the story get nothing twice.

use sqlx::types::Json;

use super::pool::{self, Pool};
use crate::app::App;
use crate::audience::fold;
use crate::config::{BlockKind, Cadence, Newsletter};
use crate::db::{self, Sql, either};

/// Articles that are told together.
const ARTICLES: i64 = 500;
/// What was collected longer ago wakes nobody: a term that an old story is given is no news.
const NEWS_MS: i64 = 24 * 60 * 60 * 1000;
/// Subscriptions that one transaction wakes.
const PAGE: i64 = 1000;

/// Wakes whoever is to be told of articles that nobody was told of.
pub(super) async fn wake(app: &App) -> db::Result<()> {
    const SQL: &str = "SELECT id, collected_at FROM article WHERE NOT told ORDER BY id LIMIT $1";
    loop {
        let mut conn = app.db.read().await?;
        let untold: Vec<(i64, i64)> = conn.sql(SQL).bind(ARTICLES).all().await?;
        drop(conn);
        if untold.is_empty() {
            return Ok(());
        }
        let yesterday = app.clock.now().as_millisecond() - NEWS_MS;
        let news = untold.iter().filter(|(_, at)| *at > yesterday);
        if let Some(since) = news.clone().map(|(_, at)| at - 1).min() {
            let news: Vec<i64> = news.map(|(id, _)| *id).collect();
            let instant = app.config.newsletters.iter().filter(|n| n.offers_instant());
            for newsletter in instant {
                wake_readers(app, newsletter, &news, since).await?;
            }
        }
        let articles: Vec<i64> = untold.into_iter().map(|(id, _)| id).collect();
        let mut tx = app.db.begin().await?;
        tx.sql(either(
            "UPDATE article SET told = 1 WHERE id IN (SELECT o.value FROM json_each($1) o)",
            "UPDATE article SET told = TRUE WHERE id IN (SELECT (o #>> '{}')::int8 FROM jsonb_array_elements($1) o)",
        ))
        .bind(Json(&articles))
        .run()
        .await?;
        tx.commit().await?;
    }
}

/// Whom a newsletter has to wake.
#[derive(Debug, PartialEq, Eq)]
enum Whom {
    /// Everyone, a block takes the story whatever a reader follows; but who wants only what they follow, if they follow
    /// one of these.
    All(Vec<i64>),
    /// Who follows one of these.
    Followers(Vec<i64>),
}

async fn wake_readers(
    app: &App,
    newsletter: &Newsletter,
    articles: &[i64],
    since: i64,
) -> db::Result<()> {
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let mut listed = pool::select(&mut conn, newsletter, now).await?;
    listed.retain(|l| l.articles().any(|id| articles.contains(&id)));
    if listed.is_empty() {
        return Ok(());
    }
    let pool = pool::build(&mut conn, &listed).await?;
    drop(conn);
    let alarm = Alarm {
        app,
        newsletter,
        newsletter_id: app.newsletter_ids[&newsletter.slug],
        now: now.as_millisecond(),
        since,
    };
    match whom(newsletter, &pool) {
        Whom::All(terms) => alarm.wake_all(&terms).await,
        Whom::Followers(terms) => {
            for term_id in terms {
                alarm.wake_followers(term_id).await?;
            }
            Ok(())
        }
    }
}

fn whom(newsletter: &Newsletter, pool: &Pool) -> Whom {
    let takes_one = |kind, section: Option<&str>| match kind {
        BlockKind::Latest => true,
        BlockKind::MustRead => pool.leading.ranks().next().is_some(),
        BlockKind::Section => pool
            .sections
            .contains_key(&fold(section.unwrap_or_default())),
        BlockKind::Followed => false,
    };
    let mut blocks = newsletter.blocks.iter();
    if blocks.any(|b| takes_one(b.kind, b.section.as_deref())) {
        return Whom::All(pool.terms());
    }
    Whom::Followers(pool.terms())
}

/// What wakes the readers of one newsletter.
struct Alarm<'a> {
    app: &'a App,
    newsletter: &'a Newsletter,
    newsletter_id: i64,
    now: i64,
    /// The stories came in after this.
    since: i64,
}

impl Alarm<'_> {
    async fn wake_all(&self, terms: &[i64]) -> db::Result<()> {
        let text = either(
            "SELECT u.id FROM subscription u WHERE u.newsletter_id = $1 AND u.cadence = 4 AND u.id > $2
                AND (NOT u.only_followed OR EXISTS (SELECT 1 FROM follow f WHERE f.subscription_id = u.id
                     AND f.term_id IN (SELECT o.value FROM json_each($4) o)))
              ORDER BY u.id LIMIT $3",
            "SELECT u.id FROM subscription u WHERE u.newsletter_id = $1 AND u.cadence = 4 AND u.id > $2
                AND (NOT u.only_followed OR EXISTS (SELECT 1 FROM follow f WHERE f.subscription_id = u.id
                     AND f.term_id IN (SELECT (o #>> '{}')::int8 FROM jsonb_array_elements($4) o)))
              ORDER BY u.id LIMIT $3",
        );
        let mut after = 0;
        loop {
            let mut conn = self.app.db.read().await?;
            let query = conn
                .sql(text)
                .bind(self.newsletter_id)
                .bind(after)
                .bind(PAGE)
                .bind(Json(terms));
            let page: Vec<(i64,)> = query.all().await?;
            let Some((last,)) = page.last() else {
                return Ok(());
            };
            after = *last;
            self.make_due(page).await?;
        }
    }

    async fn wake_followers(&self, term_id: i64) -> db::Result<()> {
        const SQL: &str = "SELECT subscription_id FROM follow
                            WHERE term_id = $1 AND newsletter_id = $2 AND subscription_id > $3
                            ORDER BY subscription_id LIMIT $4";
        let mut after = 0;
        loop {
            let mut conn = self.app.db.read().await?;
            let query = conn.sql(SQL).bind(term_id).bind(self.newsletter_id);
            let page: Vec<(i64,)> = query.bind(after).bind(PAGE).all().await?;
            let Some((last,)) = page.last() else {
                return Ok(());
            };
            after = *last;
            self.make_due(page).await?;
        }
    }

    /// Makes these subscriptions due: now, or when the burst that their last mail began is over. They keep since when
    /// stories wait for them. One that was due already is due anew, so that a planner which has not seen the story, and
    /// has the subscription in hand, does not pass it over.
    async fn make_due(&self, page: Vec<(i64,)>) -> db::Result<()> {
        let burst = i64::from(self.newsletter.burst_minutes) * 60_000;
        let ids: Vec<i64> = page.into_iter().map(|(id,)| id).collect();
        db::again(async || {
            let mut tx = self.app.db.begin().await?;
            tx.sql(either(
                "UPDATE subscription SET next_due_at = max($2, coalesce(next_due_at, coalesce(served_at, 0) + $3)),
                        held_since = min(coalesce(held_since, $4), $4)
                  WHERE id IN (SELECT o.value FROM json_each($1) o) AND cadence = $5 AND state = 1
                    AND (next_due_at IS NULL OR next_due_at < $2 OR held_since > $4)
                    AND (paused_until IS NULL OR paused_until <= $2)",
                "UPDATE subscription SET
                        next_due_at = greatest($2, coalesce(next_due_at, coalesce(served_at, 0) + $3)),
                        held_since = least(held_since, $4)
                  WHERE id IN (SELECT (o #>> '{}')::int8 FROM jsonb_array_elements($1) o) AND cadence = $5
                    AND state = 1 AND (next_due_at IS NULL OR next_due_at < $2 OR held_since > $4)
                    AND (paused_until IS NULL OR paused_until <= $2)",
            ))
            .bind(Json(&ids))
            .bind(self.now)
            .bind(burst)
            .bind(self.since)
            .bind(Cadence::Instant.as_i16())
            .run()
            .await?;
            tx.commit().await
        })
        .await
    }
}
