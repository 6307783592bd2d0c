//! "Did she get it, and if not, why?": a reader's messages, each as a timeline.

use std::collections::BTreeMap;
use std::collections::btree_map;

use serde::Serialize;

use super::happened::{Happened, Tried};
use super::log::{Entry, Filter, entries_of};
use super::returned::{Told, What, of_reader};
use super::{Reason, State};
use crate::audience::{Suppression, suppression};
use crate::config::Cadence;
use crate::db::{self, Sql};

/// The answer for one address.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The reader's number; none where no such reader is known.
    pub subscriber_id: Option<i64>,
    /// Why, through what and since when the address is suppressed.
    pub suppressed: Option<Suppression>,
    /// What the reader has joined.
    pub subscriptions: Vec<Standing>,
    /// The reader's messages, the newest issue first.
    pub messages: Vec<Life>,
    /// What came back that names the reader and no message, the oldest first.
    pub returned: Vec<Event>,
}

/// A subscription as it stands.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// The newsletter's slug.
    pub newsletter: String,
    /// Whether the reader is on it.
    pub active: bool,
    /// How often it comes.
    pub cadence: String,
    /// Whether it brings only what is followed.
    pub only_followed: bool,
    /// Until when it is paused, in UTC milliseconds.
    pub paused_until: Option<i64>,
    /// When it is next looked at.
    pub next_due_at: Option<i64>,
}

/// One message's life.
#[derive(Debug, Serialize)]
pub struct Life {
    /// The newsletter's slug.
    pub newsletter: String,
    /// The issue's edition.
    pub edition: String,
    /// Its state.
    pub state: &'static str,
    /// Why, where the state alone does not say.
    pub reason: Option<&'static str>,
    /// The relay's last reply.
    pub relay: Option<String>,
    /// The time it is meant for, in UTC milliseconds.
    #[serde(skip)]
    pub scheduled_at: i64,
    /// What happened, in order.
    pub timeline: Vec<Event>,
}

/// Something that happened, or will.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When, in UTC milliseconds.
    pub at: i64,
    /// What, as a sentence.
    pub what: Happened,
}

#[derive(sqlx::FromRow)]
struct StandingRow {
    newsletter: String,
    state: i16,
    cadence: i16,
    only_followed: bool,
    paused_until: Option<i64>,
    next_due_at: Option<i64>,
}

/// The answer for the reader whose address has this hash.
pub async fn why(
    sql: &mut impl Sql,
    email_key: &[u8],
    newsletter_id: Option<i64>,
    limit: i64,
) -> db::Result<Answer> {
    const STANDING: &str =
        "SELECT l.slug AS newsletter, u.state, u.cadence, u.only_followed, u.paused_until, u.next_due_at
                              FROM subscription u JOIN newsletter l ON l.id = u.newsletter_id
                             WHERE u.subscriber_id = $1 ORDER BY l.slug";
    let found: Option<(i64,)> = sql
        .sql("SELECT id FROM subscriber WHERE email_key = $1")
        .bind(email_key)
        .first()
        .await?;
    let mut answer = Answer {
        subscriber_id: found.map(|(id,)| id),
        suppressed: suppression(sql, email_key).await?,
        subscriptions: Vec::new(),
        messages: Vec::new(),
        returned: Vec::new(),
    };
    let rows: Vec<StandingRow> = sql.sql(STANDING).bind(answer.subscriber_id).all().await?;
    answer.subscriptions = rows
        .into_iter()
        .map(|r| Standing {
            newsletter: r.newsletter,
            active: r.state == 1,
            cadence: Cadence::try_from(r.cadence)
                .map(|c| c.to_string())
                .unwrap_or_default(),
            only_followed: r.only_followed,
            paused_until: r.paused_until,
            next_due_at: r.next_due_at,
        })
        .collect();
    let filter = Filter {
        newsletter_id,
        limit,
        ..Filter::default()
    };
    let mut returned: BTreeMap<i64, Vec<Told>> = BTreeMap::new();
    if let Some(id) = answer.subscriber_id {
        returned.insert(id, of_reader(sql, id).await?);
    }
    for entry in entries_of(sql, answer.subscriber_id, email_key, &filter).await? {
        let id = entry.subscriber_id;
        if let btree_map::Entry::Vacant(place) = returned.entry(id) {
            place.insert(of_reader(sql, id).await?);
        }
        let tries = attempts(sql, entry.issue_id, id, entry.n).await?;
        let of_it = |told: &&Told| (told.issue_id, told.n) == (Some(entry.issue_id), Some(entry.n));
        let returned: Vec<&Told> = returned[&id].iter().filter(of_it).collect();
        answer.messages.push(life(&entry, &tries, &returned));
    }
    let of_none = returned.values().flatten();
    let of_none = of_none.filter(|told| told.issue_id.is_none());
    answer.returned = of_none.filter_map(|told| came(told, None)).collect();
    Ok(answer)
}

#[derive(sqlx::FromRow)]
struct Try {
    number: i16,
    at: i64,
    state: i16,
    code: Option<i16>,
    reply: Option<String>,
}

async fn attempts(
    sql: &mut impl Sql,
    issue_id: i64,
    subscriber_id: i64,
    n: i16,
) -> db::Result<Vec<Try>> {
    const SQL: &str = "SELECT try AS number, at, state, code, reply FROM attempt
                        WHERE issue_id = $1 AND subscriber_id = $2 AND n = $3 ORDER BY try";
    let query = sql.sql(SQL).bind(issue_id).bind(subscriber_id).bind(n);
    query.all().await
}

fn life(m: &Entry, tries: &[Try], returned: &[&Told]) -> Life {
    let state = m.state();
    let mut timeline = vec![Event {
        at: m.planned_at,
        what: planned(m),
    }];
    timeline.extend(tries.iter().map(|t| Event {
        at: t.at,
        what: tried(t),
    }));
    // What came back took the place of the relay's acceptance in the message.
    let accepted_at = match state {
        State::Bounced | State::Complained => returned.iter().find_map(|told| told.left_at),
        _ => None,
    };
    let (at, what) = match accepted_at {
        Some(at) => (at, ended(m, State::Accepted)),
        None => (m.at, ended(m, state)),
    };
    timeline.extend(what.map(|what| Event { at, what }));
    let came = returned.iter().filter_map(|told| came(told, m.reason()));
    timeline.extend(came);
    if let Some(due) = m
        .due_at
        .filter(|_| matches!(state, State::Queued | State::Deferred))
    {
        let what = match m.attempts {
            0 => Happened::ToLeave,
            _ => Happened::NextTry,
        };
        timeline.push(Event { at: due, what });
    }
    Life {
        newsletter: m.newsletter.clone(),
        edition: m.edition.clone(),
        state: state.word(),
        reason: m.reason().map(Reason::word),
        relay: m.relay_said(),
        scheduled_at: m.scheduled_at,
        timeline,
    }
}

fn planned(m: &Entry) -> Happened {
    // What was retracted had been composed before.
    let skipped = m
        .reason()
        .filter(|r| m.state() == State::Skipped && *r != Reason::Retracted);
    skipped.map_or(Happened::Planned, |reason| Happened::Ended {
        state: State::Skipped,
        reason: Some(reason),
        said: None,
    })
}

fn tried(t: &Try) -> Happened {
    let said = t.code.map(|c| {
        format!("{c} {}", t.reply.as_deref().unwrap_or_default())
            .trim_end()
            .to_owned()
    });
    let how = match (State::from_number(t.state), &said) {
        (Some(State::Uncertain), _) => Tried::Uncertain,
        (_, Some(_)) if t.code >= Some(500) => Tried::Refused,
        (_, Some(_)) => Tried::Later,
        (_, None) => Tried::Broke,
    };
    Happened::Tried {
        number: t.number,
        how,
        // What is in doubt got no reply.
        said: said.filter(|_| how != Tried::Uncertain),
    }
}

/// What came back. `reason` is the message's, which a bounce gave it.
fn came(told: &Told, reason: Option<Reason>) -> Option<Event> {
    let what = told.what()?;
    let reason = match what {
        What::Bounced => Some(Reason::NoMailbox),
        What::CameBack => reason.filter(|reason| *reason != Reason::NoMailbox),
        _ => None,
    };
    let words = told.words();
    Some(Event {
        at: told.at,
        what: Happened::Came {
            what,
            reason,
            words,
        },
    })
}

fn ended(m: &Entry, state: State) -> Option<Happened> {
    let said = m.relay_said();
    let said = said.filter(|_| matches!(state, State::Accepted | State::Failed));
    let reason = m
        .reason()
        .filter(|_| !matches!(state, State::Accepted | State::Sending));
    match state {
        State::Skipped if reason != Some(Reason::Retracted) => None,
        State::Planned | State::Queued | State::Deferred => None,
        _ => Some(Happened::Ended {
            state,
            reason,
            said,
        }),
    }
}
