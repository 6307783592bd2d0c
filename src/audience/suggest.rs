//! What the paper itself has to follow: the sections, topics and writers of its newest stories, with how many stories a
//! week each has. And which of them a reader means by what they typed.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::follow::{Term, TermKind};
use super::words::fold;
use crate::db::{self, Sql};

/// How far back the stories go that are counted.
const WEEKS: i64 = 4;

/// How many there are at most.
const MOST: i64 = 300;

/// Something that can be followed or muted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is.
    pub term: Term,
    /// Stories a week, of the last four weeks, at least one.
    pub a_week: u32,
}

/// The terms of the stories of the last weeks, those with the most stories first. It reads each of these stories: what it
/// gives is kept for some minutes.
pub async fn suggestions(sql: &mut impl Sql, now: Timestamp) -> db::Result<Vec<Suggestion>> {
    const SQL: &str = "
        SELECT t.kind, t.name, count(*) AS n FROM article a
          JOIN article_term x ON x.article_id = a.id JOIN term t ON t.id = x.term_id
         WHERE a.collected_at > $1 AND a.collected_at <= $2 AND a.same_as IS NULL AND t.kind IN (1, 2, 3)
         GROUP BY t.id, t.kind, t.name ORDER BY n DESC, t.name, t.kind LIMIT $3";
    let since = now - SignedDuration::from_hours(WEEKS * 7 * 24);
    let rows: Vec<(i16, String, i64)> = sql
        .sql(SQL)
        .bind(since.as_millisecond())
        .bind(now.as_millisecond())
        .bind(MOST)
        .all()
        .await?;
    let known = rows.into_iter().filter_map(|(kind, name, n)| {
        let kind = TermKind::ALL.into_iter().find(|k| *k as i16 == kind)?;
        Some(Suggestion {
            term: Term::new(kind, &name),
            a_week: u32::try_from((n + WEEKS / 2) / WEEKS).unwrap_or(1).max(1),
        })
    });
    Ok(known.collect())
}

/// What a reader means: a section, topic or writer of this name, the one with the most stories, or else a word of
/// headlines. What stands in quotation marks is always a word. Nothing where there is nothing to look for.
pub fn meant(typed: &str, known: &[Suggestion]) -> Option<Term> {
    let typed = typed.trim();
    if let Ok(term) = typed.parse::<Term>() {
        return Some(term);
    }
    let bare = typed.trim_matches(['"', '“', '”', '„', '«', '»']).trim();
    let quoted = bare.len() < typed.len();
    let mut by_name: HashMap<String, &Term> = HashMap::new();
    for s in known {
        by_name.entry(s.term.folded()).or_insert(&s.term);
    }
    let folded = fold(bare).split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(term) = by_name.get(&folded).filter(|_| !quoted) {
        return Some((*term).clone());
    }
    format!("keyword:{bare}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_the_paper_has_or_a_word() {
        let known: Vec<Suggestion> = ["section:City hall", "author:Mirren Oake", "topic:city hall"]
            .iter()
            .map(|t| Suggestion {
                term: t.parse().unwrap(),
                a_week: 1,
            })
            .collect();
        for (typed, want) in [
            (" City  HALL ", Some("section:City hall")),
            ("topic:City hall", Some("topic:City hall")),
            ("mirren oake", Some("author:Mirren Oake")),
            ("“city hall”", Some("keyword:city hall")),
            ("ferry", Some("keyword:ferry")),
            ("ferry\r\nBcc: x", Some("keyword:ferry  Bcc: x")),
            ("  ", None),
            ("!!", None),
        ] {
            let term = meant(typed, &known).map(|t| t.to_string());
            assert_eq!(term.as_deref(), want, "{typed:?}");
        }
    }
}
