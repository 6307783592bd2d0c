//! What is held: parts of the sending that a person or the breaker has stopped, on every node, until they are resumed.
//!
//! A hold is one row, however many messages wait behind it. Whoever picks up what is due reads the rows first. An issue
//! that is held has a state of its own, which the fence asks for as well; its row only says since when and why.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::types::Json;

use crate::db::{self, Db, Sql, either};
use crate::issue::IssueState;

/// A part that can be held.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Held {
    /// An issue, by its number.
    Issue(i64),
    /// A relay, by its name.
    Relay(String),
    /// A mailbox provider with all its domains, by its name.
    Provider(String),
    /// A domain of recipients, as A-labels in lower case.
    Domain(String),
}

impl Held {
    /// As a person names a domain; `None` if it cannot be one.
    pub fn domain(text: &str) -> Option<Held> {
        let domain = idna::domain_to_ascii(text.trim().trim_start_matches('@')).ok()?;
        let good = format!("a@{domain}").parse::<lettre::Address>().is_ok();
        good.then_some(Held::Domain(domain))
    }

    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Held::Issue(_) => "issue",
            Held::Relay(_) => "relay",
            Held::Provider(_) => "provider",
            Held::Domain(_) => "domain",
        }
    }

    fn number(&self) -> i16 {
        match self {
            Held::Issue(_) => 1,
            Held::Relay(_) => 2,
            Held::Provider(_) => 3,
            Held::Domain(_) => 4,
        }
    }

    fn name(&self) -> String {
        match self {
            Held::Issue(id) => id.to_string(),
            Held::Relay(name) | Held::Provider(name) | Held::Domain(name) => name.clone(),
        }
    }

    fn stored(kind: i16, name: String) -> Option<Held> {
        match kind {
            1 => name.parse().ok().map(Held::Issue),
            2 => Some(Held::Relay(name)),
            3 => Some(Held::Provider(name)),
            4 => Some(Held::Domain(name)),
            _ => None,
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

/// Everything that is held now.
pub type Holds = HashSet<Held>;

/// A hold as it is told.
#[derive(Clone, Debug, Serialize)]
pub struct Hold {
    /// What is held.
    #[serde(skip)]
    pub what: Held,
    /// The word for its kind.
    pub kind: &'static str,
    /// Its name; of an issue the newsletter's slug and the edition.
    pub name: String,
    /// Since when, in UTC milliseconds.
    pub since: Option<i64>,
    /// Why the breaker holds it; none where a person does.
    pub reason: Option<String>,
    /// The command that ends it.
    pub resume: String,
}

/// What is held now.
pub async fn current(sql: &mut impl Sql) -> db::Result<Holds> {
    let rows: Vec<(i16, String)> = sql.sql("SELECT kind, name FROM hold").all().await?;
    let held = |(kind, name)| Held::stored(kind, name);
    Ok(rows.into_iter().filter_map(held).collect())
}

#[derive(sqlx::FromRow)]
struct HeldIssue {
    id: i64,
    slug: String,
    edition: String,
    since: Option<i64>,
    reason: Option<String>,
}

/// What is held now, issues first, each with its reason.
pub async fn all(sql: &mut impl Sql) -> db::Result<Vec<Hold>> {
    const ISSUES: &str = "SELECT i.id, l.slug, i.edition, h.at AS since, h.reason
                            FROM issue i JOIN newsletter l ON l.id = i.newsletter_id
                            LEFT JOIN hold h ON h.kind = 1 AND h.name = CAST(i.id AS TEXT)
                           WHERE i.state = 2 ORDER BY i.id";
    const OTHERS: &str =
        "SELECT kind, name, at, reason FROM hold WHERE kind <> 1 ORDER BY kind, name";
    let issues: Vec<HeldIssue> = sql.sql(ISSUES).all().await?;
    let others: Vec<(i16, String, i64, Option<String>)> = sql.sql(OTHERS).all().await?;
    let issues = issues.into_iter().map(|i| Hold {
        what: Held::Issue(i.id),
        kind: "issue",
        resume: format!("postrider resume issue {} --edition {}", i.slug, i.edition),
        name: format!("{} {}", i.slug, i.edition),
        since: i.since,
        reason: i.reason,
    });
    let others = others.into_iter().filter_map(|(kind, name, at, reason)| {
        let what = Held::stored(kind, name.clone())?;
        Some(Hold {
            kind: what.kind(),
            resume: format!("postrider resume {what}"),
            what,
            name,
            since: Some(at),
            reason,
        })
    });
    Ok(issues.chain(others).collect())
}

/// Holds this part, for `reason` or because a person wants it; whether that is news. An issue that is not open is left
/// as it is.
pub async fn put(db: &Db, what: &Held, reason: Option<&str>, now: Timestamp) -> db::Result<bool> {
    const SQL: &str = "INSERT INTO hold (kind, name, at, reason) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (kind, name) DO NOTHING";
    db::again(async || {
        let mut tx = db.begin().await?;
        if let Held::Issue(id) = what {
            let held = move_issue(&mut tx, *id, IssueState::Open, IssueState::Held).await?;
            if !held {
                return Ok(false);
            }
            delete(&mut tx, what).await?;
        }
        let news = tx
            .sql(SQL)
            .bind(what.number())
            .bind(what.name())
            .bind(now.as_millisecond())
            .bind(reason.map(str::to_owned))
            .run()
            .await?;
        tx.commit().await?;
        Ok(news > 0)
    })
    .await
}

/// Ends a hold; whether there was one. What is counted for it begins anew.
pub async fn end(db: &Db, what: &Held) -> db::Result<bool> {
    db::again(async || {
        let mut tx = db.begin().await?;
        let deleted = delete(&mut tx, what).await?;
        let ended = match what {
            Held::Issue(id) => {
                tx.sql("UPDATE issue SET complaints = 0, no_mailbox = 0, not_wanted = 0 WHERE id = $1 AND state = 2")
                    .bind(*id)
                    .run()
                    .await?;
                move_issue(&mut tx, *id, IssueState::Held, IssueState::Open).await?
            }
            _ => deleted,
        };
        tx.commit().await?;
        Ok(ended)
    })
    .await
}

async fn move_issue(
    tx: &mut db::Tx,
    id: i64,
    from: IssueState,
    to: IssueState,
) -> db::Result<bool> {
    let moved = tx
        .sql("UPDATE issue SET state = $1 WHERE id = $2 AND state = $3")
        .bind(to as i16)
        .bind(id)
        .bind(from as i16)
        .run()
        .await?;
    Ok(moved > 0)
}

async fn delete(tx: &mut db::Tx, what: &Held) -> db::Result<bool> {
    let deleted = tx
        .sql("DELETE FROM hold WHERE kind = $1 AND name = $2")
        .bind(what.number())
        .bind(what.name())
        .run()
        .await?;
    Ok(deleted > 0)
}

/// How long a message to a domain that is held is not looked at, in milliseconds; so that those who pick up do not
/// read it again and again.
const ASIDE_MS: i64 = 5 * 60 * 1000;

/// Puts these messages aside for a while, not all for the same, and at most until their time is over; how many still were
/// in the queue.
pub(super) async fn put_aside(
    db: &Db,
    keys: &[(i64, i64, i16)],
    now: Timestamp,
) -> db::Result<u64> {
    let text = either(
        "UPDATE message SET due_at = min($2 - subscriber_id % 60000, expires_at) FROM jsonb_each($1) o
          WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2
            AND owner IS NULL AND state IN (1, 4)",
        "UPDATE message m SET due_at = least($2 - m.subscriber_id % 60000, m.expires_at)
           FROM jsonb_array_elements($1) o
          WHERE m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
            AND m.owner IS NULL AND m.state IN (1, 4)",
    );
    db::again(async || {
        let mut tx = db.begin().await?;
        let aside = tx
            .sql(text)
            .bind(Json(keys))
            .bind(now.as_millisecond() + ASIDE_MS)
            .run()
            .await?;
        tx.commit().await?;
        Ok(aside)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_held_by_the_name_that_its_mails_go_to() {
        for (text, want) in [
            ("Slow.Example", Some("slow.example")),
            ("@bücher.example", Some("xn--bcher-kva.example")),
            ("two words", None),
            ("", None),
        ] {
            let want = want.map(|name| Held::Domain(name.to_owned()));
            assert_eq!(Held::domain(text), want, "{text}");
        }
    }

    #[test]
    fn what_is_stored_comes_back() {
        let name = || "a.example".to_owned();
        for held in [
            Held::Issue(7),
            Held::Relay(name()),
            Held::Provider(name()),
            Held::Domain(name()),
        ] {
            assert_eq!(Held::stored(held.number(), held.name()), Some(held));
        }
    }
}
