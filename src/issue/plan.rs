//! Planning: every due subscription becomes a message, exactly once.
//!
//! A tick only asks what is due. It pages through due subscriptions; each page is read, composed outside any
//! transaction, and written in short ones, each of which inserts cohorts and messages with DO NOTHING and moves `next_due_at` on
//! where it is still the old one. So a tick that comes twice, late or on three machines at once plans each message
//! once, and a kill between pages loses nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::compose::{Cohort, Composer, Weights, Wish};
use super::had::{Readers, elsewhere, had};
use super::pool::{self, Listed, Pool};
use super::turn::{Due, Serve, Turn, published_since, turn};
use super::write::{Composed, Row, write};
use super::{Edition, Issue, IssueState, draft, instant, open};
use crate::app::App;
use crate::aside::aside;
use crate::audience::budget::Week;
use crate::clock::from_millis;
use crate::collect::change;
use crate::config::{Cadence, Newsletter, Tier};
use crate::db::{self, Sql};
use crate::message::{Reason, State};

/// Subscriptions that are read and composed at a time.
const PAGE: i64 = 1000;

/// What a tick did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Messages in the queue.
    pub queued: u64,
    /// Messages that will not be sent, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// The issues they belong to, as newsletter and edition.
    pub issues: std::collections::BTreeSet<(String, String)>,
}

impl Planned {
    /// Adds what another tick did.
    pub fn add(&mut self, other: Planned) {
        self.queued += other.queued;
        other
            .skipped
            .into_iter()
            .for_each(|(why, n)| *self.skipped.entry(why).or_default() += n);
        self.issues.extend(other.issues);
    }
}

/// What a tick's digests of a newsletter are picked from.
pub(super) struct Stock {
    listed: Vec<Listed>,
    pool: Pool,
    pub(super) pool_id: i64,
    /// When that was so; the instant of everything that is planned from it.
    pub(super) at: Timestamp,
    /// The generation of the stories then.
    pub(super) generation: i64,
    /// What they weigh, by issue and language.
    weights: HashMap<(i64, String), Weights>,
}

/// One pass over all newsletters: plans whatever is due at the clock's now.
pub async fn tick(app: &App) -> db::Result<Planned> {
    let mut all = Planned::default();
    instant::wake(app).await?;
    for newsletter in app.config.newsletters.iter().filter(|n| !n.is_offers()) {
        all.add(tick_of(app, newsletter).await?);
    }
    close(app).await?;
    Ok(all)
}

async fn tick_of(app: &App, newsletter: &Newsletter) -> db::Result<Planned> {
    let mut planned = Planned::default();
    let mut editions = HashMap::new();
    let mut stock: Option<Stock> = None;
    // A page that moved nothing was planned by another node meanwhile; what is due is asked anew.
    let mut idle = 0;
    while idle < 3 {
        let now = app.clock.now();
        let newsletter_id = app.newsletter_ids[&newsletter.slug];
        let page = due(&mut app.db.read().await?, newsletter_id, now).await?;
        if page.is_empty() {
            break;
        }
        // Whoever became due since it was taken may be waiting for a story that it lacks.
        let is_stale = |stock: &mut Stock| {
            page.iter()
                .any(|due| due.next_due_at > stock.at.as_millisecond())
        };
        if stock.as_mut().is_none_or(is_stale) {
            stock = Some(Stock::take(app, newsletter).await?);
        }
        let taken = stock.as_mut().expect("it was taken a line above");
        let done = plan_page(app, newsletter, &page, taken, &mut editions, now).await?;
        let is_first = planned.queued == 0;
        planned.add(done.planned);
        if is_first && planned.queued > 0 {
            // They need not wait for the rest of the newsletter's readers.
            app.due.notify_one();
        }
        if done.is_stale {
            stock = None;
        } else {
            idle = if done.moved == 0 { idle + 1 } else { 0 };
        }
    }
    Ok(planned)
}

impl Stock {
    async fn take(app: &App, newsletter: &Newsletter) -> db::Result<Stock> {
        let at = app.stamp();
        let mut conn = app.db.read().await?;
        let generation = change::generation(&mut conn).await?;
        let listed = pool::select(&mut conn, newsletter, at).await?;
        let pool = pool::build(&mut conn, &listed).await?;
        drop(conn);
        let pool_id = pool::keep(&app.db, &listed).await?;
        Ok(Stock {
            listed,
            pool,
            pool_id,
            at,
            generation,
            weights: HashMap::new(),
        })
    }
}

/// Subscriptions of a newsletter that are due at `now`, the longest waiting first.
async fn due(sql: &mut impl Sql, newsletter_id: i64, now: Timestamp) -> db::Result<Vec<Due>> {
    const SQL: &str = "
        SELECT u.id, u.subscriber_id, u.cadence, u.at_minute, u.days, u.paused_until, u.joined_at, u.next_due_at,
               u.served_at, u.held_since, u.follows, u.only_followed, s.revision, s.language, s.zone, s.tier,
               s.quiet_from, s.quiet_to, s.weekly_budget, s.turn, s.spent_week, s.spent
          FROM subscription u JOIN subscriber s ON s.id = u.subscriber_id
         WHERE u.newsletter_id = $1 AND u.next_due_at <= $2
         ORDER BY u.next_due_at, u.id LIMIT $3";
    sql.sql(SQL)
        .bind(newsletter_id)
        .bind(now.as_millisecond())
        .bind(PAGE)
        .all()
        .await
}

/// A reader's subscription to a newsletter as if it were due, if there is one.
pub(super) async fn due_now(
    sql: &mut impl Sql,
    newsletter_id: i64,
    subscriber_id: i64,
) -> db::Result<Option<Due>> {
    const SQL: &str = "
        SELECT u.id, u.subscriber_id, u.cadence, u.at_minute, u.days, u.paused_until, u.joined_at,
               coalesce(u.next_due_at, 0) AS next_due_at, u.served_at, u.held_since, u.follows,
               u.only_followed, s.revision, s.language, s.zone, s.tier, s.quiet_from, s.quiet_to, s.weekly_budget, s.turn, s.spent_week, s.spent
          FROM subscription u JOIN subscriber s ON s.id = u.subscriber_id
         WHERE u.newsletter_id = $1 AND u.subscriber_id = $2";
    sql.sql(SQL)
        .bind(newsletter_id)
        .bind(subscriber_id)
        .first()
        .await
}

/// What came of a page.
#[derive(Default)]
struct Page {
    planned: Planned,
    /// Subscriptions that moved on.
    moved: u64,
    /// Whether a story was corrected, retracted or folded since the stock was taken: the rest is to be composed again.
    is_stale: bool,
}

async fn plan_page(
    app: &App,
    newsletter: &Newsletter,
    page: &[Due],
    stock: &mut Stock,
    editions: &mut HashMap<String, Issue>,
    now: Timestamp,
) -> db::Result<Page> {
    let mut rows = Vec::with_capacity(page.len());
    let mut by_edition: BTreeMap<String, Vec<(&Due, Serve)>> = BTreeMap::new();
    let turns: Vec<Turn> = aside(|| page.iter().map(|due| turn(newsletter, due, now)).collect());
    for (due, turn) in page.iter().zip(turns) {
        match turn {
            Turn::Wait(until) => rows.push(Row {
                due,
                next: Some(until),
                message: None,
            }),
            Turn::Serve(serve) => by_edition
                .entry(serve.edition.name.clone())
                .or_default()
                .push((due, serve)),
        }
    }
    let mut done = Page::default();
    for (name, members) in by_edition {
        if !editions.contains_key(&name) {
            let edition = &members[0].1.edition;
            let closes_at = closes_at(newsletter, edition);
            let issue = open(app, &draft(app, newsletter, edition), closes_at, now).await?;
            editions.insert(name.clone(), issue);
        }
        done.planned
            .issues
            .insert((newsletter.slug.clone(), name.clone()));
        rows.extend(compose_all(app, newsletter, &editions[&name], stock, members, now).await?);
    }
    for rows in rows.chunks(app.db.written_at_once()) {
        let written = db::again(async || {
            let mut tx = app.db.begin().await?;
            let written = write(&mut tx, rows, stock, now).await?;
            // What is to be composed again leaves nothing behind, no place in a week either.
            if written.is_some() {
                tx.commit().await?;
            }
            Ok(written)
        })
        .await?;
        let Some((moved, written)) = written else {
            done.is_stale = true;
            break;
        };
        done.moved += moved;
        for row in rows.iter().filter(|row| written.contains(&row.due.id)) {
            match row.message.as_ref().map(|m| m.reason) {
                Some(Some(reason)) => {
                    *done
                        .planned
                        .skipped
                        .entry(reason.word().to_owned())
                        .or_default() += 1;
                }
                Some(None) => done.planned.queued += 1,
                None => {}
            }
        }
    }
    Ok(done)
}

/// Composes the digests of one issue for these readers.
async fn compose_all<'a>(
    app: &App,
    newsletter: &Newsletter,
    issue: &Issue,
    stock: &mut Stock,
    members: Vec<(&'a Due, Serve)>,
    now: Timestamp,
) -> db::Result<Vec<Row<'a>>> {
    let readers: Vec<(i64, Cadence)> = members
        .iter()
        .map(|(due, _)| (due.subscriber_id, due.cadence()))
        .collect();
    let from = members.iter().map(|(_, serve)| serve.since).min();
    let asked = Readers {
        newsletter_id: issue.newsletter_id,
        who: &readers,
        // A mail that leaves at once is a new one of its issue; what the day's others carried counts.
        but: if members[0].1.edition.is_instant() {
            (0, 0)
        } else {
            (issue.id, 0)
        },
        from: stock.pool.had_since(from.unwrap_or(now)),
        as_of: i64::MAX,
    };
    let mut conn = app.db.read().await?;
    let elsewhere = elsewhere(&mut conn, app, issue.newsletter_id, &readers).await?;
    let had = had(&mut conn, &stock.pool, &asked, &elsewhere).await?;
    for (due, _) in &members {
        let language = due.language(newsletter);
        let key = (issue.id, language.to_owned());
        if !stock.weights.contains_key(&key) {
            let (listed, pool) = (&stock.listed, &stock.pool);
            let weights = weigh(app, &mut conn, issue, language, listed, pool).await?;
            stock.weights.insert(key, weights);
        }
    }
    let stock = &*stock;
    let weights: HashMap<&str, &Weights> = stock
        .weights
        .iter()
        .filter(|((issue_id, _), _)| *issue_id == issue.id)
        .map(|((_, language), weights)| (language.as_str(), weights))
        .collect();
    let elsewhere: HashSet<i64> = elsewhere.into_values().flatten().collect();
    let mut composer = Composer::new(&issue.setting.rules, &stock.pool);
    let mut ranks = Vec::new();
    let rows = members.into_iter().map(|(due, serve)| {
        ranks.clear();
        ranks.extend(
            had.get(&due.subscriber_id)
                .into_iter()
                .flatten()
                .map(|h| h.rank),
        );
        let wish = Wish {
            since: serve.since.as_millisecond(),
            published_since: published_since(due.cadence(), serve.since).as_millisecond(),
            follows: &due.follows,
            only_followed: due.only_followed,
            had: &ranks,
            tier: Tier::from_number(due.tier),
            weights: weights[due.language(newsletter)],
        };
        let mut message = compose_one(newsletter, issue, &mut composer, due, &serve, &wish, now);
        let zone = due
            .zone
            .as_deref()
            .and_then(|zone| TimeZone::get(zone).ok());
        let zone = zone.as_ref().unwrap_or(app.config.paper.zone.tz());
        let mut next = serve.next;
        if message.state == State::Queued && due.weekly_budget.is_some() {
            let week = Week::of(now, zone);
            let spent = if due.spent_week == week.number {
                due.spent
            } else {
                0
            };
            if due.weekly_budget.is_some_and(|budget| spent >= budget) {
                message.cohort = None;
                message.state = State::Skipped;
                message.reason = Some(Reason::BudgetSpent);
                next = next.or(Some(week.ends_at));
            } else {
                message.place = Some(due.place(week.number, spent + 1));
            }
        } else if message.state == State::Queued && elsewhere.contains(&due.subscriber_id) {
            message.place = Some(due.place(due.spent_week, due.spent));
        }
        Row {
            due,
            next,
            message: Some(message),
        }
    });
    Ok(aside(|| rows.collect()))
}

/// What the parts of this issue's mails weigh. Where that cannot be told, nothing is cut: the mails cannot be rendered
/// either, and will say why.
pub(super) async fn weigh(
    app: &App,
    sql: &mut impl Sql,
    issue: &Issue,
    language: &str,
    listed: &[Listed],
    pool: &Pool,
) -> db::Result<Weights> {
    match app.scales.weights(sql, issue, language, listed, pool).await {
        Ok(weights) => Ok(weights),
        Err(error) => {
            tracing::error!(issue.id = issue.id, %error, "the stories of an issue cannot be weighed");
            Ok(Weights::none(pool, &issue.setting.rules))
        }
    }
}

/// What one reader gets, or why nothing.
fn compose_one(
    newsletter: &Newsletter,
    issue: &Issue,
    composer: &mut Composer<'_>,
    due: &Due,
    serve: &Serve,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Composed {
    let expires_at = serve.scheduled_at + SignedDuration::from_millis(issue.setting.lateness_ms);
    let ends = |cohort, state, reason| Composed {
        issue_id: issue.id,
        n: serve.n,
        cohort,
        state,
        reason,
        scheduled_at: serve.scheduled_at,
        expires_at,
        since: serve.since,
        place: None,
    };
    if issue.state == IssueState::Cancelled {
        return ends(None, State::Cancelled, Some(Reason::IssueCancelled));
    }
    if expires_at <= now {
        return ends(None, State::Skipped, Some(Reason::TooLate));
    }
    let paused = due.paused_until.map(from_millis);
    if paused.is_some_and(|until| until > now) {
        return ends(None, State::Skipped, Some(Reason::Paused));
    }
    let digest = composer.compose(wish);
    if digest.stories.is_empty() {
        let reason = if wish.only_followed {
            Reason::NothingFollowed
        } else {
            Reason::NoStories
        };
        return ends(None, State::Skipped, Some(reason));
    }
    let cohort = Cohort {
        language: due.language(newsletter).to_owned(),
        tier: wish.tier,
        stories: digest.stories,
        more: digest.more,
    };
    ends(Some(cohort), State::Queued, None)
}

/// When no more messages of an edition can come: its last day is over in the last zone on Earth, and late ones too.
fn closes_at(newsletter: &Newsletter, edition: &Edition) -> Timestamp {
    let day_after = edition
        .day
        .saturating_add(jiff::Span::new().days(edition.span_days()));
    let midnight = day_after
        .to_zoned_datetime(TimeZone::UTC)
        .map_or(Timestamp::MAX, |at| at.timestamp());
    midnight + SignedDuration::from_hours(12 + i64::from(newsletter.lateness_hours))
}

/// Marks as done the issues that nothing more will happen in.
async fn close(app: &App) -> db::Result<()> {
    const SQL: &str = "
        UPDATE issue SET state = 3 WHERE state = 1 AND closes_at < $1
           AND NOT EXISTS (SELECT 1 FROM message m
                            WHERE m.issue_id = issue.id AND m.due_at IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM offer f WHERE f.issue_id = issue.id AND f.planned_to IS NOT NULL)";
    let mut tx = app.db.begin().await?;
    tx.sql(SQL)
        .bind(app.clock.now().as_millisecond())
        .run()
        .await?;
    tx.commit().await
}
