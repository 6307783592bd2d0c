//! `postrider status --metrics`: gauges in Prometheus' text format, for node_exporter's textfile collector.
//!
//! Only what still lives is read: issues that are open or held, and what waits in them.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};

use super::out::Out;
use super::{Done, log};
use crate::app::App;
use crate::db::{self, Sql};
use crate::dispatch::hold::{Hold, all};
use crate::feedback::inlet::{Standing, standing};
use crate::message::{State, Stream};

#[derive(sqlx::FromRow)]
struct Waiting {
    stream: i16,
    state: i16,
    messages: i64,
    oldest: Option<i64>,
}

type Counted = (String, String, i16, i64);

pub(super) async fn print(app: &App, out: &mut Out) -> Done {
    let now = app.clock.now().as_millisecond();
    let mut conn = app.db.read().await?;
    let node = log::node(&mut conn, now).await?;
    let mut text = String::new();
    let running = [(vec![], i64::from(node.is_some()))];
    gauge(
        &mut text,
        "running",
        "Whether a daemon gave a sign of life in the last minute.",
        &running,
    );
    let error = node.is_some_and(|node| node.1.is_some());
    gauge(
        &mut text,
        "relay_error",
        "Whether a relay cannot be used.",
        &[(vec![], i64::from(error))],
    );
    holds(&mut text, &all(&mut conn).await?, now);
    waiting(&mut text, waiting_rows(&mut conn, now).await?, now);
    issues(&mut text, &issue_rows(&mut conn).await?);
    feedback(&mut text, &standing(&mut conn, app).await?);
    Ok(out.write(text.as_bytes())?)
}

/// What waits in live issues; `oldest` is the first time of those that are due.
async fn waiting_rows(sql: &mut impl Sql, now: i64) -> db::Result<Vec<Waiting>> {
    const LIVE: &str = "SELECT id, stream FROM issue WHERE state IN (1, 2) ORDER BY stream, id";
    const SQL: &str = "
        SELECT $3 AS stream, m.state, count(*) AS messages, min(CASE WHEN m.due_at <= $2 THEN m.due_at END) AS oldest
          FROM provider p JOIN message m ON m.provider_id = p.id
         WHERE m.issue_id = $1 AND m.due_at IS NOT NULL GROUP BY m.state";
    let live: Vec<(i64, i16)> = sql.sql(LIVE).all().await?;
    let mut rows = Vec::new();
    for (id, stream) in live {
        let more: Vec<Waiting> = sql.sql(SQL).bind(id).bind(now).bind(stream).all().await?;
        rows.extend(more);
    }
    Ok(rows)
}

async fn issue_rows(sql: &mut impl Sql) -> db::Result<Vec<Counted>> {
    const SQL: &str = "SELECT l.slug, i.edition, m.state, count(*) FROM issue i
                         JOIN newsletter l ON l.id = i.newsletter_id JOIN message m ON m.issue_id = i.id
                        WHERE i.state IN (1, 2) GROUP BY i.id, l.slug, i.edition, m.state ORDER BY i.id, m.state";
    sql.sql(SQL).all().await
}

fn holds(text: &mut String, holds: &[Hold], now: i64) {
    let count = |kind: &str| holds.iter().filter(|hold| hold.kind == kind).count() as i64;
    let kinds = ["issue", "relay", "provider", "domain"].map(|kind| {
        let label = ("kind", kind.to_owned());
        (vec![label], count(kind))
    });
    gauge(text, "holds", "Parts of the sending that are held.", &kinds);
    let each: Vec<_> = holds
        .iter()
        .map(|hold| {
            let by = if hold.reason.is_some() {
                "breaker"
            } else {
                "hand"
            };
            let labels = vec![
                ("kind", hold.kind.to_owned()),
                ("name", hold.name.clone()),
                ("by", by.to_owned()),
            ];
            (labels, (now - hold.since.unwrap_or(now)) / 1000)
        })
        .collect();
    gauge(
        text,
        "held_seconds",
        "For how long each of them has been held.",
        &each,
    );
}

fn waiting(text: &mut String, rows: Vec<Waiting>, now: i64) {
    let mut messages: BTreeMap<(i16, i16), i64> = BTreeMap::new();
    let mut oldest: BTreeMap<i16, i64> = BTreeMap::new();
    for stream in Stream::ALL {
        oldest.insert(*stream as i16, now);
        for state in [State::Queued, State::Sending, State::Deferred] {
            messages.insert((*stream as i16, state as i16), 0);
        }
    }
    for row in rows {
        *messages.entry((row.stream, row.state)).or_default() += row.messages;
        let first = oldest.entry(row.stream).or_insert(now);
        *first = row.oldest.map_or(*first, |at| at.min(*first));
    }
    let stream = |number: i16| {
        (
            "stream",
            Stream::from_number(number)
                .map_or("", Stream::word)
                .to_owned(),
        )
    };
    let state = |number: i16| {
        (
            "state",
            State::from_number(number)
                .map_or("", State::word)
                .to_owned(),
        )
    };
    let messages: Vec<_> = messages
        .into_iter()
        .map(|((s, n), count)| (vec![stream(s), state(n)], count))
        .collect();
    gauge(
        text,
        "messages",
        "Messages that wait in open and held issues.",
        &messages,
    );
    let oldest: Vec<_> = oldest
        .into_iter()
        .map(|(s, at)| (vec![stream(s)], (now - at) / 1000))
        .collect();
    gauge(
        text,
        "oldest_due_seconds",
        "For how long the first of them has been due; 0 if none is.",
        &oldest,
    );
}

fn issues(text: &mut String, rows: &[Counted]) {
    let rows: Vec<_> = rows
        .iter()
        .map(|(newsletter, edition, state, n)| {
            let labels = vec![
                ("newsletter", newsletter.clone()),
                ("edition", edition.clone()),
                (
                    "state",
                    State::from_number(*state)
                        .map_or("", State::word)
                        .to_owned(),
                ),
            ];
            (labels, *n)
        })
        .collect();
    gauge(
        text,
        "issue_messages",
        "Messages of open and held issues, by state.",
        &rows,
    );
}

/// What came back by each way in.
fn feedback(text: &mut String, ways: &[Standing]) {
    let each = |value: fn(&Standing) -> i64| -> Vec<Sample> {
        let sample = |way: &Standing| (vec![("way", way.name.clone())], value(way));
        ways.iter().map(sample).collect()
    };
    gauge(
        text,
        "feedback_reports",
        "Reports that came by each way in.",
        &each(|way| way.taken),
    );
    gauge(
        text,
        "feedback_refused",
        "Requests of each hook that were refused.",
        &each(|way| way.refused),
    );
    gauge(
        text,
        "feedback_trouble",
        "Whether nothing, or not all, comes by a way in.",
        &each(|way| i64::from(way.trouble.is_some())),
    );
}

type Sample = (Vec<(&'static str, String)>, i64);

fn gauge(text: &mut String, name: &str, help: &str, samples: &[Sample]) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "# HELP postrider_{name} {help}\n# TYPE postrider_{name} gauge"
    );
    for (labels, value) in samples {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{}\"", Escaped(value)))
            .collect();
        let labels = match labels.join(",") {
            none if none.is_empty() => none,
            some => format!("{{{some}}}"),
        };
        let _ = writeln!(text, "postrider_{name}{labels} {value}");
    }
}

/// A label's value as the format wants it.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' | '"' => write!(f, "\\{c}"),
            '\n' => f.write_str("\\n"),
            other => f.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_left_out_where_there_are_none() {
        let mut text = String::new();
        let odd = vec![("name", "a \"b\" \\ c\nd".to_owned())];
        gauge(&mut text, "held", "What is held.", &[(odd, 7), (vec![], 1)]);
        let want = "# HELP postrider_held What is held.\n# TYPE postrider_held gauge\n\
                    postrider_held{name=\"a \\\"b\\\" \\\\ c\\nd\"} 7\npostrider_held 1\n";
        assert_eq!(text, want);
    }
}
