//! `postrider log` and `postrider status`.

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::hold::tell;
use super::metrics;
use super::out::{Out, count, counted, when, when_or};
use super::source::unknown_newsletter;
use super::source::{failing, moved};
use super::subscriber::address;
use super::{Done, Failure, at_least_one};
use crate::app::App;
use crate::audience::{EmailAddress, find};
use crate::collect::{SourceStatus, statuses};
use crate::db::{self, Sql};
use crate::dispatch::hold::{Hold, all};
use crate::feedback::inlet::{self, standing};
use crate::issue::control::{Listed, list};
use crate::issue::{NOTICES, NOTICES_SLUG, first_issue_of};
use crate::message::log::{Entry, Filter, complaints, entries, entries_of};
use crate::message::{STRANGERS, State};

#[derive(Args)]
pub(super) struct LogArgs {
    /// Only this newsletter's; @notice for notices
    #[arg(long)]
    newsletter: Option<String>,
    /// Only this edition's
    #[arg(long)]
    edition: Option<String>,
    /// Only those to this address
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Only messages in this state: queued, accepted, deferred, failed, skipped, …
    #[arg(long)]
    state: Option<String>,
    /// Issues of so many days [default: 7, or all with --edition]
    #[arg(long, value_parser = at_least_one())]
    days: Option<i64>,
    /// How many
    #[arg(long, default_value_t = 100, value_parser = at_least_one())]
    limit: i64,
}

/// How far back the log is read where nothing says it.
const DAYS: i64 = 7;

#[derive(Args)]
pub(super) struct StatusArgs {
    /// As metrics in Prometheus' text format
    #[arg(long)]
    metrics: bool,
}

/// The number of the newsletter of this name; notices are those of `@notice`.
pub(super) fn newsletter_id(slug: Option<&str>, app: &App) -> Result<Option<i64>, Failure> {
    let Some(slug) = slug else { return Ok(None) };
    if slug == NOTICES_SLUG {
        return Ok(Some(NOTICES));
    }
    let newsletter = app
        .newsletter(slug)
        .ok_or_else(|| unknown_newsletter(&app.config, slug))?;
    Ok(Some(app.newsletter_ids[&newsletter.slug]))
}

pub(super) async fn log(args: &LogArgs, app: &App, out: &mut Out) -> Done {
    let days = args.days.or(args.edition.is_none().then_some(DAYS));
    let rows = found(args, days, app).await?;
    if out.json {
        let facts = rows.iter().map(|m| {
            json!({
                "newsletter": m.newsletter, "edition": m.edition, "subscriber_id": m.subscriber_id,
                "state": m.state().word(), "reason": m.reason().map(crate::message::Reason::word),
                "planned_at": m.planned_at, "scheduled_at": m.scheduled_at, "due_at": m.due_at, "at": m.at,
                "attempts": m.attempts, "code": m.code, "reply": m.reply, "returned_status": m.returned_status,
                "returned_code": m.returned_code, "returned": m.returned,
            })
        });
        return Ok(out.json(&facts.collect::<Vec<_>>())?);
    }
    let zone = app.config.paper.zone.tz();
    let rows = rows.into_iter().map(|m| {
        let to = m.email.clone().map(|e| EmailAddress::stored(e).masked());
        let to = to.unwrap_or_else(|| match m.subscriber_id {
            STRANGERS.. => "not kept".to_owned(),
            _ => "erased".to_owned(),
        });
        let reason = m.reason().map(|r| r.to_string());
        let why = match m.state() {
            // The relay had taken it; what came back says more.
            State::Bounced | State::Complained => {
                let why = reason.unwrap_or_default() + &m.came_back();
                why.trim_start_matches(": ").trim_start().to_owned()
            }
            _ => reason
                .into_iter()
                .chain(m.relay_said())
                .collect::<Vec<_>>()
                .join("; "),
        };
        [
            when(m.at, zone),
            m.newsletter.clone(),
            m.edition.clone(),
            to,
            m.state().to_string(),
            why,
        ]
    });
    let nothing = match days {
        Some(days) => format!(
            "No such message in issues of the last {}; --days looks further back.",
            counted(days, "day", "days")
        ),
        None => "No such message.".to_owned(),
    };
    Ok(out.list(
        &nothing,
        ["at", "newsletter", "edition", "to", "state", "why"],
        rows.collect(),
    )?)
}

/// The messages that are asked for.
async fn found(args: &LogArgs, days: Option<i64>, app: &App) -> Result<Vec<Entry>, Failure> {
    let state = match &args.state {
        None => None,
        Some(word) => Some(
            State::ALL
                .iter()
                .copied()
                .find(|s| s.word() == word)
                .ok_or_else(|| {
                    let words: Vec<&str> = State::ALL.iter().map(|s| s.word()).collect();
                    Failure::Start(format!(
                        "{word:?} is no state of a message\nhint: they are {}",
                        words.join(", ")
                    ))
                })?,
        ),
    };
    let mut conn = app.db.read().await?;
    let to = args.to.as_deref().map(address).transpose()?;
    let newsletter_id = newsletter_id(args.newsletter.as_deref(), app)?;
    if let Some(edition) = &args.edition
        && !has_edition(&mut conn, newsletter_id, edition).await?
    {
        let whose = args.newsletter.as_deref().unwrap_or("no newsletter");
        let has = if newsletter_id.is_some() {
            "has no"
        } else {
            "has an"
        };
        return Err(Failure::not(format!(
            "{whose} {has} issue {edition}\nhint: postrider issue list shows which there are"
        )));
    }
    let filter = Filter {
        newsletter_id,
        edition: args.edition.clone(),
        state,
        from_issue: days.map_or(0, |days| first_issue_of(app.clock.now(), days.min(36_500))),
        limit: args.limit,
        ..Filter::default()
    };
    Ok(match to {
        None => entries(&mut conn, &filter).await?,
        Some(email) => {
            let key = app.keys.address(&email.normal());
            let reader = find(&mut conn, &app.keys, &email).await?.map(|s| s.id);
            let rows = entries_of(&mut conn, reader, &key, &filter).await?;
            if reader.is_none() && rows.is_empty() {
                return Err(Failure::not("no subscriber has this address"));
            }
            rows
        }
    })
}

/// Whether an issue is called so, of this newsletter or of any.
async fn has_edition(
    sql: &mut impl Sql,
    newsletter_id: Option<i64>,
    edition: &str,
) -> db::Result<bool> {
    const SQL: &str =
        "SELECT id FROM issue WHERE edition = $1 AND ($2 IS NULL OR newsletter_id = $2) LIMIT 1";
    let found: Option<(i64,)> = sql
        .sql(SQL)
        .bind(edition)
        .bind(newsletter_id)
        .first()
        .await?;
    Ok(found.is_some())
}

pub(super) async fn status(args: &StatusArgs, app: &App, out: &mut Out) -> Done {
    if args.metrics {
        return metrics::print(app, out).await;
    }
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let mut sources: Vec<SourceStatus> = statuses(&mut conn, &app.config.sources)
        .await?
        .into_values()
        .filter(|s| s.error.is_some() || s.moved_to.is_some())
        .collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    let standing = Standing {
        node: node(&mut conn, now.as_millisecond()).await?,
        holds: all(&mut conn).await?,
        unplanned: unplanned(&mut conn, app, now - LATE).await?,
        unsent: unsent(&mut conn, now - LATE).await?,
        said: complaints(&mut conn, first_issue_of(now, 2)).await?,
        sources,
        inlets: standing(&mut conn, app).await?,
        issues: list(&mut conn, None, 12).await?,
    };
    if out.json {
        Ok(out.json(&standing.facts())?)
    } else {
        Ok(standing.tell(app.config.paper.zone.tz(), app.clock.now(), out)?)
    }
}

/// What is not done within this time is late.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// So long `status` tells of requests that were refused.
const REFUSED: SignedDuration = SignedDuration::from_hours(24);

type Node = (String, Option<String>, Option<i64>);

/// The node that was started last, of those that gave a sign of life in the last minute; and what its relays lack, since
/// when.
pub(super) async fn node(sql: &mut impl Sql, now: i64) -> db::Result<Option<Node>> {
    const SQL: &str = "SELECT name, relay_error, relay_error_at FROM node
                        WHERE heartbeat_at > $1 ORDER BY owner DESC LIMIT 1";
    sql.sql(SQL).bind(now - 60_000).first().await
}

/// Subscriptions that should have been planned by `by`: since when, and how many.
async fn unplanned(sql: &mut impl Sql, app: &App, by: Timestamp) -> db::Result<(Option<i64>, i64)> {
    const SQL: &str = "SELECT min(next_due_at), count(*) FROM subscription WHERE newsletter_id = $1 AND next_due_at <= $2";
    let mut all = (None, 0);
    for newsletter in app.config.newsletters.iter().filter(|n| !n.is_offers()) {
        let id = app.newsletter_ids[&newsletter.slug];
        add(
            &mut all,
            sql.sql(SQL)
                .bind(id)
                .bind(by.as_millisecond())
                .one()
                .await?,
        );
    }
    Ok(all)
}

/// Messages of open issues that should have left by `by`.
async fn unsent(sql: &mut impl Sql, by: Timestamp) -> db::Result<(Option<i64>, i64)> {
    const SQL: &str = "SELECT min(m.due_at), count(*) FROM provider p JOIN message m ON m.provider_id = p.id
                        WHERE m.issue_id = $1 AND m.due_at <= $2 AND m.due_at IS NOT NULL AND m.owner IS NULL";
    let open: Vec<(i64,)> = sql
        .sql("SELECT id FROM issue WHERE state = 1 ORDER BY id")
        .all()
        .await?;
    let mut all = (None, 0);
    for (id,) in open {
        add(
            &mut all,
            sql.sql(SQL)
                .bind(id)
                .bind(by.as_millisecond())
                .one()
                .await?,
        );
    }
    Ok(all)
}

fn add(all: &mut (Option<i64>, i64), more: (Option<i64>, i64)) {
    *all = ([all.0, more.0].into_iter().flatten().min(), all.1 + more.1);
}

struct Standing {
    node: Option<Node>,
    holds: Vec<Hold>,
    unplanned: (Option<i64>, i64),
    unsent: (Option<i64>, i64),
    said: Vec<(i16, Option<i16>, Option<String>, i64)>,
    sources: Vec<SourceStatus>,
    inlets: Vec<inlet::Standing>,
    issues: Vec<Listed>,
}

impl Standing {
    fn facts(&self) -> serde_json::Value {
        let said = self.said.iter().map(|(state, code, reply, n)| {
            json!({ "state": State::from_number(*state).map(State::word), "code": code, "reply": reply, "messages": n })
        });
        let failing = self.sources.iter().filter(|s| s.error.is_some());
        let moved = self.sources.iter().filter(|s| s.moved_to.is_some());
        json!({
            "running": self.node.is_some(),
            "relay_error": self.node.as_ref().and_then(|n| n.1.clone()),
            "relay_error_at": self.node.as_ref().and_then(|n| n.2),
            "holds": self.holds,
            "unplanned": { "subscriptions": self.unplanned.1, "since": self.unplanned.0 },
            "unsent": { "messages": self.unsent.1, "since": self.unsent.0 },
            "failing_sources": failing.collect::<Vec<_>>(),
            "moved_sources": moved.collect::<Vec<_>>(),
            "relay_said": said.collect::<Vec<_>>(),
            "feedback": self.inlets,
            "issues": self.issues,
        })
    }

    fn tell(self, zone: &TimeZone, now: Timestamp, out: &mut Out) -> std::io::Result<()> {
        out.line(match &self.node {
            Some(_) => "The daemon is running.",
            None => "No daemon has been seen in the last minute.",
        })?;
        if let Some((_, Some(error), since)) = &self.node {
            out.line(format!(
                "It cannot send since {}: {error}",
                when_or(*since, zone, "now")
            ))?;
        }
        tell(&self.holds, zone, out)?;
        match self.unplanned {
            (Some(since), n) => {
                out.line(format!(
                    "Waiting to be planned: {}, the first since {}.",
                    counted(n, "subscription", "subscriptions"),
                    when(since, zone)
                ))?;
            }
            (None, _) => out.line("Planning is up to date.")?,
        }
        if let (Some(since), n) = self.unsent {
            out.line(format!(
                "Waiting to be sent: {}, the first since {}.",
                counted(n, "message", "messages"),
                when(since, zone)
            ))?;
        }
        for s in self.sources {
            if let Some(how) = failing(&s, zone) {
                out.line(format!("Source {} fails {how}", s.name))?;
            }
            if let Some(to) = &s.moved_to {
                out.line(format!("Source {} {}", s.name, moved(to)))?;
            }
        }
        for i in &self.inlets {
            if let Some(trouble) = &i.trouble {
                let since = when_or(i.trouble_at, zone, "now");
                out.line(format!(
                    "Feedback by {} fails since {since}: {trouble}",
                    i.name
                ))?;
            }
            let lately = (now - REFUSED).as_millisecond();
            if let (Some(at), Some(why)) = (i.refused_at.filter(|at| *at > lately), &i.refusal) {
                let requests = counted(i.refused, "request", "requests");
                let at = when(at, zone);
                out.line(format!(
                    "Feedback by {}: {requests} refused, the last at {at}: {why}",
                    i.name
                ))?;
            }
        }
        for (state, code, reply, n) in self.said {
            let state = State::from_number(state).map_or("", State::word);
            let code = code.map_or_else(|| "no reply".to_owned(), |c| c.to_string());
            out.line(format!(
                "{} {state}: {code} {}",
                counted(n, "message", "messages"),
                reply.unwrap_or_default()
            ))?;
        }
        let rows = self.issues.into_iter().map(|i| {
            let messages = i
                .counts
                .by_state
                .iter()
                .map(|(state, n)| format!("{} {state}", count(*n)));
            [
                i.newsletter,
                i.edition,
                i.state.to_owned(),
                messages.collect::<Vec<_>>().join(", "),
            ]
        });
        out.table(
            ["newsletter", "edition", "state", "messages"],
            rows.collect(),
        )
    }
}
