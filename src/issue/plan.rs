//! Planning: every due subscription becomes a message, exactly once.
//!
//! A tick only asks what is due. It pages through due subscriptions; each page is read, composed outside any
//! transaction, and written in a short one that inserts cohorts and messages with DO NOTHING and moves `next_due_at` on
//! where it is still the old one. So a tick that comes twice, late or on three machines at once plans each message
//! once, and a kill between pages loses nothing.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::types::Json;

use super::compose::{Cohort, Story, compose};
use super::had::had;
use super::pool::{Pool, pool, since};
use super::{Edition, Issue, IssueState, draft, open};
use crate::app::App;
use crate::audience::{Rhythm, zone_of};
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter, Tier};
use crate::db::{self, Sql, Tx, either};
use crate::message::{Reason, State};

/// Subscriptions a transaction deals with: small, so that on SQLite a reader's click never waits long.
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

/// A subscription whose time has come.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    pub(super) id: i64,
    pub(super) subscriber_id: i64,
    pub(super) cadence: i16,
    pub(super) at_minute: Option<i16>,
    pub(super) days: Option<i16>,
    pub(super) paused_until: Option<i64>,
    pub(super) next_due_at: i64,
    pub(super) follows: Vec<u8>,
    pub(super) revision: i64,
    pub(super) language: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) tier: i16,
}

/// A message as it will be written.
pub(super) struct Composed {
    pub(super) cohort: Option<Cohort>,
    pub(super) state: State,
    pub(super) reason: Option<Reason>,
    pub(super) scheduled_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// One pass over all newsletters: plans whatever is due at the clock's now.
pub async fn tick(app: &App) -> db::Result<Planned> {
    let mut all = Planned::default();
    for newsletter in app.config.newsletters.iter().filter(|n| !n.is_offers()) {
        all.add(tick_of(app, newsletter).await?);
    }
    close(app).await?;
    Ok(all)
}

async fn tick_of(app: &App, newsletter: &Newsletter) -> db::Result<Planned> {
    let mut planned = Planned::default();
    let mut editions = HashMap::new();
    let mut stories = None;
    // A page that moved nothing was planned by another node meanwhile; what is due is asked anew.
    let mut idle = 0;
    while idle < 3 {
        let now = app.clock.now();
        let page = due(
            &mut app.db.read().await?,
            app.newsletter_ids[&newsletter.slug],
            now,
        )
        .await?;
        if page.is_empty() {
            break;
        }
        let stories = match &mut stories {
            Some(stories) => stories,
            none => none.insert(pool(&mut app.db.read().await?, newsletter, now).await?),
        };
        let (moved, more) = plan_page(app, newsletter, &page, stories, &mut editions, now).await?;
        idle = if moved == 0 { idle + 1 } else { 0 };
        planned.add(more);
    }
    Ok(planned)
}

/// Subscriptions of a newsletter that are due at `now`, the longest waiting first.
async fn due(sql: &mut impl Sql, newsletter_id: i64, now: Timestamp) -> db::Result<Vec<Due>> {
    const SQL: &str = "
        SELECT u.id, u.subscriber_id, u.cadence, u.at_minute, u.days, u.paused_until, u.next_due_at, u.follows,
               s.revision, s.language, s.zone, s.tier
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

/// When a due subscription is served, and when it must be looked at next.
pub(super) struct Turn {
    pub(super) edition: Edition,
    pub(super) scheduled_at: Timestamp,
    /// Days since the digest before.
    pub(super) days: usize,
    pub(super) next: Option<Timestamp>,
}

/// A daemon that was down serves the latest time that has passed, not each that it missed.
pub(super) fn turn(newsletter: &Newsletter, due: &Due, now: Timestamp) -> Turn {
    let zone = zone_of(newsletter, due.zone.as_deref());
    let rhythm = rhythm(newsletter, due);
    let first = from_millis(due.next_due_at);
    let scheduled_at = rhythm
        .last(now, &zone)
        .map_or(first, |last| last.max(first));
    let edition = Edition::of(newsletter, rhythm.cadence, scheduled_at, &zone);
    Turn {
        edition,
        days: rhythm.pause_days(scheduled_at, &zone),
        scheduled_at,
        next: next_after(&rhythm, due.paused_until, scheduled_at.max(now), &zone),
    }
}

fn rhythm<'a>(newsletter: &'a Newsletter, due: &Due) -> Rhythm<'a> {
    Rhythm {
        newsletter,
        cadence: Cadence::try_from(due.cadence).unwrap_or(Cadence::Scheduled),
        at_minute: due.at_minute,
        days: due.days.map(|d| d as u8),
    }
}

fn next_after(
    rhythm: &Rhythm<'_>,
    paused_until: Option<i64>,
    now: Timestamp,
    zone: &TimeZone,
) -> Option<Timestamp> {
    rhythm.next(
        paused_until.map_or(now, |until| now.max(from_millis(until))),
        zone,
    )
}

async fn plan_page(
    app: &App,
    newsletter: &Newsletter,
    page: &[Due],
    pool: &Pool,
    editions: &mut HashMap<String, Issue>,
    now: Timestamp,
) -> db::Result<(u64, Planned)> {
    let turns: Vec<Turn> = page.iter().map(|due| turn(newsletter, due, now)).collect();
    let mut by_edition: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, turn) in turns.iter().enumerate() {
        by_edition.entry(&turn.edition.name).or_default().push(at);
    }
    let mut rows = Vec::with_capacity(page.len());
    let mut planned = Planned::default();
    for (name, members) in by_edition {
        if !editions.contains_key(name) {
            let edition = &turns[members[0]].edition;
            let closes_at = closes_at(newsletter, edition);
            let issue = open(app, &draft(app, newsletter, edition), closes_at, now).await?;
            editions.insert(name.to_owned(), issue);
        }
        let issue = &editions[name];
        planned
            .issues
            .insert((newsletter.slug.clone(), name.to_owned()));
        let readers: Vec<i64> = members.iter().map(|at| page[*at].subscriber_id).collect();
        let days = members.iter().map(|at| turns[*at].days).max().unwrap_or(1);
        let mut had = had(
            &mut app.db.read().await?,
            issue.newsletter_id,
            issue.id,
            pool,
            since(newsletter, days, now),
            &readers,
        )
        .await?;
        for at in members {
            let (due, turn) = (&page[at], &turns[at]);
            let had = had.remove(&due.subscriber_id).unwrap_or_default();
            let composed = compose_one(newsletter, issue, pool, due, turn, &had, now);
            match composed.reason {
                Some(reason) => *planned.skipped.entry(reason.word().to_owned()).or_default() += 1,
                None => planned.queued += 1,
            }
            rows.push((issue.id, due, turn.next, composed));
        }
    }
    let moved = db::again(async || {
        let mut tx = app.db.begin().await?;
        let moved = write(&mut tx, &rows, now).await?;
        tx.commit().await?;
        Ok(moved)
    })
    .await?;
    Ok(if moved == 0 {
        (0, Planned::default())
    } else {
        (moved, planned)
    })
}

/// What one reader gets, or why nothing.
pub(super) fn compose_one(
    newsletter: &Newsletter,
    issue: &Issue,
    pool: &Pool,
    due: &Due,
    turn: &Turn,
    had: &[usize],
    now: Timestamp,
) -> Composed {
    let expires_at = turn.scheduled_at + SignedDuration::from_millis(issue.setting.lateness_ms);
    let skipped = |state, reason| Composed {
        cohort: None,
        state,
        reason: Some(reason),
        scheduled_at: turn.scheduled_at,
        expires_at,
    };
    if issue.state == IssueState::Cancelled {
        return skipped(State::Cancelled, Reason::IssueCancelled);
    }
    if expires_at <= now {
        return skipped(State::Skipped, Reason::TooLate);
    }
    if due
        .paused_until
        .is_some_and(|until| until > now.as_millisecond())
    {
        return skipped(State::Skipped, Reason::Paused);
    }
    let tier = Tier::from_number(due.tier);
    let stories: Vec<Story> = compose(newsletter, pool, turn.days, &due.follows, had, tier);
    if stories.is_empty() {
        return skipped(State::Skipped, Reason::NoStories);
    }
    let language = due
        .language
        .clone()
        .unwrap_or_else(|| newsletter.language.clone());
    Composed {
        cohort: Some(Cohort {
            language,
            tier,
            stories,
        }),
        state: State::Queued,
        reason: None,
        scheduled_at: turn.scheduled_at,
        expires_at,
    }
}

type Row<'a> = (i64, &'a Due, Option<Timestamp>, Composed);

/// Writes one page; how many subscriptions moved on.
async fn write(tx: &mut Tx, rows: &[Row<'_>], now: Timestamp) -> db::Result<u64> {
    let mut cohorts = BTreeMap::new();
    let mut messages = Vec::with_capacity(rows.len());
    let mut moves = Vec::with_capacity(rows.len());
    for (issue_id, due, next, c) in rows {
        let mark = c.cohort.as_ref().map(Cohort::mark);
        if let (Some(mark), Some(cohort)) = (&mark, &c.cohort) {
            cohorts.insert((*issue_id, mark.clone()), cohort);
        }
        let scheduled_at = c.scheduled_at.as_millisecond();
        let due_at = (c.state == State::Queued).then_some(scheduled_at);
        messages.push((
            (*issue_id, due.id, due.next_due_at, mark, due.revision),
            (
                scheduled_at,
                c.expires_at.as_millisecond(),
                due_at,
                c.state as i16,
                c.reason.map(|r| r as i16),
            ),
        ));
        moves.push((due.id, due.next_due_at, next.map(Timestamp::as_millisecond)));
    }
    insert_cohorts(tx, &cohorts).await?;
    tx.sql(either(
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, reason, attempts)
         SELECT o.value->0->>0, u.subscriber_id, 0, c.id, o.value->0->>4, o.value->1->>0, o.value->1->>1, $2,
                o.value->1->>2, $2, o.value->1->>3, o.value->1->>4, 0
           FROM json_each($1) o CROSS JOIN subscription u
           LEFT JOIN cohort c ON c.issue_id = o.value->0->>0 AND c.mark = o.value->0->>3
          WHERE u.id = o.value->0->>1 AND u.next_due_at = o.value->0->>2 ON CONFLICT DO NOTHING",
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, reason, attempts)
         SELECT (o->0->>0)::int8, u.subscriber_id, 0, c.id, (o->0->>4)::int8, (o->1->>0)::int8, (o->1->>1)::int8, $2,
                (o->1->>2)::int8, $2, (o->1->>3)::int2, (o->1->>4)::int2, 0
           FROM jsonb_array_elements($1) o
           JOIN subscription u ON u.id = (o->0->>1)::int8 AND u.next_due_at = (o->0->>2)::int8
           LEFT JOIN cohort c ON c.issue_id = (o->0->>0)::int8 AND c.mark = o->0->>3 ON CONFLICT DO NOTHING",
    ))
    .bind(Json(&messages))
    .bind(now.as_millisecond())
    .run()
    .await?;
    tx.sql(either(
        "UPDATE subscription SET next_due_at = o.value->>2 FROM json_each($1) o
          WHERE subscription.id = o.value->>0 AND next_due_at = o.value->>1",
        "UPDATE subscription SET next_due_at = (o->>2)::int8 FROM jsonb_array_elements($1) o
          WHERE subscription.id = (o->>0)::int8 AND next_due_at = (o->>1)::int8",
    ))
    .bind(Json(&moves))
    .run()
    .await
}

/// Writes cohorts that are not there yet.
pub(crate) async fn insert_cohorts(
    tx: &mut Tx,
    cohorts: &BTreeMap<(i64, String), &Cohort>,
) -> db::Result<()> {
    let rows: Vec<_> = cohorts
        .iter()
        .map(|((issue_id, mark), c)| (issue_id, mark, &c.language, c.tier as i16, &c.stories))
        .collect();
    tx.sql(either(
        "INSERT INTO cohort (issue_id, mark, language, tier, stories)
         SELECT o.value->>0, o.value->>1, o.value->>2, o.value->>3, o.value->4 FROM json_each($1) o WHERE TRUE
         ON CONFLICT DO NOTHING",
        "INSERT INTO cohort (issue_id, mark, language, tier, stories)
         SELECT (o->>0)::int8, o->>1, o->>2, (o->>3)::int2, o->4 FROM jsonb_array_elements($1) o
         ON CONFLICT DO NOTHING",
    ))
    .bind(Json(rows))
    .run()
    .await?;
    Ok(())
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
                            WHERE m.issue_id = issue.id AND m.due_at IS NOT NULL AND m.owner IS NULL)
           AND NOT EXISTS (SELECT 1 FROM message m WHERE m.issue_id = issue.id AND m.owner IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM offer f WHERE f.issue_id = issue.id AND f.planned_to IS NOT NULL)";
    let mut tx = app.db.begin().await?;
    tx.sql(SQL)
        .bind(app.clock.now().as_millisecond())
        .run()
        .await?;
    tx.commit().await
}
