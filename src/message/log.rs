//! What became of messages: rows for `postrider log`, counts for `status` and for an issue.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::returned::words;
use super::{Reason, STRANGERS, State};
use crate::db::{self, Sql};

/// What to look for. Everything that is not set is not looked at.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One newsletter.
    pub newsletter_id: Option<i64>,
    /// One edition.
    pub edition: Option<String>,
    /// One reader.
    pub subscriber_id: Option<i64>,
    /// One state.
    pub state: Option<State>,
    /// Issues of this number or later: their ids begin with their day.
    pub from_issue: i64,
    /// At most so many rows.
    pub limit: i64,
}

/// One message as the log tells it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    /// The newsletter's slug.
    pub newsletter: String,
    /// The issue's edition.
    pub edition: String,
    /// The issue.
    pub issue_id: i64,
    /// The reader.
    pub subscriber_id: i64,
    /// Which of several to one reader in one issue.
    pub n: i16,
    /// Their address, unless they were erased; of a notice the one it goes to, until it is final.
    pub email: Option<String>,
    /// Its state's number.
    pub state: i16,
    /// Its reason's number.
    pub reason: Option<i16>,
    /// When it was decided, in UTC milliseconds.
    pub planned_at: i64,
    /// The time it is meant for.
    pub scheduled_at: i64,
    /// When someone looks at it next.
    pub due_at: Option<i64>,
    /// When it came into its state.
    pub at: i64,
    /// Tries.
    pub attempts: i16,
    /// The relay's last reply.
    pub code: Option<i16>,
    /// Its text.
    pub reply: Option<String>,
    /// The status (RFC 3463) of what came back and ended it.
    pub returned_status: Option<String>,
    /// The SMTP reply code in it.
    pub returned_code: Option<i16>,
    /// What it said.
    pub returned: Option<String>,
}

impl Entry {
    /// Its state.
    pub fn state(&self) -> State {
        State::from_number(self.state).unwrap_or(State::Planned)
    }

    /// Its reason.
    pub fn reason(&self) -> Option<Reason> {
        self.reason.and_then(Reason::from_number)
    }

    /// What came back of it as one line, to be put behind its reason.
    pub fn came_back(&self) -> String {
        words(
            self.returned_status.as_deref(),
            self.returned_code,
            self.returned.as_deref(),
        )
    }

    /// The relay's reply as one line.
    pub fn relay_said(&self) -> Option<String> {
        self.code.map(|code| {
            format!("{code} {}", self.reply.as_deref().unwrap_or_default())
                .trim_end()
                .to_owned()
        })
    }
}

/// Messages by issue, the newest issue first.
pub async fn entries(sql: &mut impl Sql, filter: &Filter) -> db::Result<Vec<Entry>> {
    const SQL: &str = "
        SELECT l.slug AS newsletter, i.edition, m.issue_id, m.subscriber_id, m.n, coalesce(w.email, s.email) AS email,
               m.state, m.reason, m.planned_at, m.scheduled_at, m.due_at, m.at, m.attempts, m.code, m.reply,
               f.status AS returned_status, f.code AS returned_code, f.said AS returned
          FROM issue i JOIN newsletter l ON l.id = i.newsletter_id
          JOIN message m ON m.issue_id = i.id
          LEFT JOIN subscriber s ON s.id = m.subscriber_id
          LEFT JOIN notice w ON w.issue_id = m.issue_id AND w.subscriber_id = m.subscriber_id AND w.n = m.n
          LEFT JOIN feedback f ON f.subscriber_id = m.subscriber_id AND f.issue_id = m.issue_id AND f.n = m.n
           AND f.at = m.at AND f.left_at IS NOT NULL AND f.kind = CASE m.state WHEN 8 THEN f.kind WHEN 9 THEN 4 END
         WHERE i.id >= $1 AND ($2 IS NULL OR i.newsletter_id = $2) AND ($3 IS NULL OR i.edition = $3)
           AND ($4 IS NULL OR m.subscriber_id = $4) AND ($5 IS NULL OR m.state = $5)
         ORDER BY m.issue_id DESC, m.subscriber_id, m.n LIMIT $6";
    sql.sql(SQL)
        .bind(filter.from_issue)
        .bind(filter.newsletter_id)
        .bind(&filter.edition)
        .bind(filter.subscriber_id)
        .bind(filter.state.map(|s| s as i16))
        .bind(filter.limit)
        .all()
        .await
}

/// The numbers that stand for an address in notices of its own: of a sign-up, say, that nobody has confirmed. They are
/// known by the address's hash for as long as that is kept, which is a week.
async fn numbers_of(sql: &mut impl Sql, email_key: &[u8]) -> db::Result<Vec<i64>> {
    const SQL: &str =
        "SELECT DISTINCT subscriber_id FROM notice WHERE email_key = $1 AND subscriber_id >= $2";
    let rows: Vec<(i64,)> = sql.sql(SQL).bind(email_key).bind(STRANGERS).all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The messages of an address: its reader's, if there is one, and the notices of its own. The newest issue first.
pub async fn entries_of(
    sql: &mut impl Sql,
    subscriber_id: Option<i64>,
    email_key: &[u8],
    filter: &Filter,
) -> db::Result<Vec<Entry>> {
    let mut found = Vec::new();
    let numbers = numbers_of(sql, email_key).await?;
    for id in subscriber_id.into_iter().chain(numbers) {
        let of_one = Filter {
            subscriber_id: Some(id),
            ..filter.clone()
        };
        found.extend(entries(sql, &of_one).await?);
    }
    found.sort_by_key(|m| (Reverse(m.issue_id), m.subscriber_id, m.n));
    found.truncate(usize::try_from(filter.limit).unwrap_or_default());
    Ok(found)
}

/// One message to one reader, if there is one.
pub async fn of_reader(
    sql: &mut impl Sql,
    issue_id: i64,
    subscriber_id: i64,
) -> db::Result<Option<(i16, Option<i64>)>> {
    sql.sql(
        "SELECT state, cohort_id FROM message WHERE issue_id = $1 AND subscriber_id = $2 AND n = 0",
    )
    .bind(issue_id)
    .bind(subscriber_id)
    .first()
    .await
}

/// A count of an issue's messages, by state and reason.
pub async fn counts(sql: &mut impl Sql, issue_id: i64) -> db::Result<Counts> {
    const SQL: &str =
        "SELECT state, reason, count(*) FROM message WHERE issue_id = $1 GROUP BY state, reason";
    let rows: Vec<(i16, Option<i16>, i64)> = sql.sql(SQL).bind(issue_id).all().await?;
    let mut counts = Counts::default();
    for (state, reason, n) in rows {
        let word = State::from_number(state).map_or("unknown", State::word);
        *counts.by_state.entry(word).or_default() += n;
        if let Some(reason) = reason.and_then(Reason::from_number) {
            *counts.by_reason.entry(reason.word()).or_default() += n;
        }
    }
    Ok(counts)
}

/// Messages by state, and those that have a reason by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// By state.
    pub by_state: BTreeMap<&'static str, i64>,
    /// By reason.
    pub by_reason: BTreeMap<&'static str, i64>,
}

/// What the relay said to messages of these issues that failed or wait, and how often.
pub async fn complaints(
    sql: &mut impl Sql,
    from_issue: i64,
) -> db::Result<Vec<(i16, Option<i16>, Option<String>, i64)>> {
    const SQL: &str = "SELECT state, code, reply, count(*) AS n FROM message
                        WHERE issue_id >= $1 AND state IN (4, 5, 7)
                        GROUP BY state, code, reply ORDER BY n DESC, code, reply LIMIT 20";
    sql.sql(SQL).bind(from_issue).all().await
}
