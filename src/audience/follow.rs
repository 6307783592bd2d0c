//! What readers follow and mute: terms, and the packed form that stands beside each subscription.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::words::{fold, fold_words, turns_writing};
use crate::db::{self, Sql, either};

/// What a term names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// A section of the paper.
    Section = 1,
    /// A topic that stories are tagged with.
    Topic = 2,
    /// Who wrote it.
    Author = 3,
    /// A word or phrase in a headline or standfirst.
    Keyword = 4,
}

impl TermKind {
    /// Every kind, in the order of its number.
    pub const ALL: [TermKind; 4] = [
        TermKind::Section,
        TermKind::Topic,
        TermKind::Author,
        TermKind::Keyword,
    ];

    fn word(self) -> &'static str {
        match self {
            TermKind::Section => "section",
            TermKind::Topic => "topic",
            TermKind::Author => "author",
            TermKind::Keyword => "keyword",
        }
    }
}

/// Something that can be followed or muted, written `section:Schools`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Term {
    /// What it names.
    pub kind: TermKind,
    /// The name as people write it.
    pub name: String,
}

impl Term {
    /// A term of this kind; its name is one line.
    pub fn new(kind: TermKind, name: &str) -> Term {
        let name = name.replace(char::is_control, " ");
        Term {
            kind,
            name: name.trim().to_owned(),
        }
    }

    /// The form by which two spellings are found to be one.
    pub fn folded(&self) -> String {
        match self.kind {
            TermKind::Keyword => fold_words(&self.name),
            _ => fold(&self.name)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.name)
    }
}

impl From<Term> for String {
    fn from(term: Term) -> String {
        term.to_string()
    }
}

/// A text that is no term.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("write section:, topic:, author: or keyword: and a name, as in section:Schools")]
pub struct TermError;

impl FromStr for Term {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Term, TermError> {
        let (word, name) = text.split_once(':').ok_or(TermError)?;
        let word = word.trim().to_lowercase();
        let kind = TermKind::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or(TermError)?;
        let term = Term::new(kind, &name.replace(turns_writing, ""));
        if term.folded().is_empty() || term.name.chars().count() > 200 {
            Err(TermError)
        } else {
            Ok(term)
        }
    }
}

impl TryFrom<String> for Term {
    type Error = TermError;

    fn try_from(text: String) -> Result<Term, TermError> {
        text.parse()
    }
}

/// The ids of these terms, in their order; those not yet known are made. Run outside a larger transaction: a term,
/// once made, does no harm.
pub async fn term_ids(sql: &mut impl Sql, terms: &[Term]) -> db::Result<Vec<i64>> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    // In one order everywhere, so that two writers never wait for each other.
    let mut rows: Vec<(i16, String, String)> = terms
        .iter()
        .map(|t| (t.kind as i16, t.folded(), t.name.clone()))
        .collect();
    let wanted: Vec<(i16, String)> = rows
        .iter()
        .map(|(kind, folded, _)| (*kind, folded.clone()))
        .collect();
    rows.sort();
    rows.dedup_by(|a, b| (a.0, &a.1) == (b.0, &b.1));
    let rows = Json(rows);
    let find = either(
        "SELECT t.id, t.kind, t.folded FROM jsonb_each($1) o CROSS JOIN term t ON t.kind = o.value->>0 AND t.folded = o.value->>1",
        "SELECT t.id, t.kind, t.folded FROM jsonb_array_elements($1) o
           JOIN term t ON t.kind = (o->>0)::int2 AND t.folded = o->>1",
    );
    let mut known: Vec<(i64, i16, String)> = sql.sql(find).bind(&rows).all().await?;
    if known.len() < rows.len() {
        let add = either(
            "INSERT INTO term (kind, folded, name) SELECT o.value->>0, o.value->>1, o.value->>2 FROM jsonb_each($1) o
              WHERE TRUE ON CONFLICT DO NOTHING",
            "INSERT INTO term (kind, folded, name) SELECT (o->>0)::int2, o->>1, o->>2 FROM jsonb_array_elements($1) o
              ON CONFLICT DO NOTHING",
        );
        sql.sql(add).bind(&rows).run().await?;
        known = sql.sql(find).bind(&rows).all().await?;
    }
    let by_name: std::collections::HashMap<(i16, String), i64> = known
        .into_iter()
        .map(|(id, kind, folded)| ((kind, folded), id))
        .collect();
    wanted
        .iter()
        .map(|key| by_name.get(key).copied().ok_or(db::Error::Missing))
        .collect()
}

/// What tells each of these terms from the others: its kind and its folded name.
pub async fn term_keys(sql: &mut impl Sql, ids: &[i64]) -> db::Result<Vec<(i16, String)>> {
    sql.sql(either(
        "SELECT kind, folded FROM term WHERE id IN (SELECT o.value FROM json_each($1) o) ORDER BY id",
        "SELECT kind, folded FROM term WHERE id IN (SELECT (o #>> '{}')::int8 FROM jsonb_array_elements($1) o)
          ORDER BY id",
    ))
    .bind(Json(ids))
    .all()
    .await
}

/// Follows and mutes as one column holds them: four octets a term, its id and, in the lowest bit, whether it is muted.
pub fn pack(follows: &[i64], mutes: &[i64]) -> Vec<u8> {
    let one = |id: &i64, muted: u32| ((*id as u32) << 1 | muted).to_le_bytes();
    follows
        .iter()
        .map(|id| one(id, 0))
        .chain(mutes.iter().map(|id| one(id, 1)))
        .flatten()
        .collect()
}

/// Reads [`pack`]'s form: each term's id, and whether it is muted.
pub fn unpack(packed: &[u8]) -> impl Iterator<Item = (i64, bool)> {
    packed.chunks_exact(4).map(|c| {
        let both = u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
        (i64::from(both >> 1), both & 1 == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_its_kind_and_its_name_whatever_the_case() {
        let term: Term = " Section:  City  Hall ".parse().unwrap();
        assert_eq!(
            (term.kind, term.name.as_str(), term.folded().as_str()),
            (TermKind::Section, "City  Hall", "city hall")
        );
        assert_eq!(
            "topic:\u{202e}Tea\u{2066}".parse::<Term>().unwrap().name,
            "Tea"
        );
        assert_eq!(
            "keyword:Flood-wall!".parse::<Term>().unwrap().folded(),
            "flood wall"
        );
        for bad in [
            "",
            "Schools",
            "section:",
            "section: ",
            "keyword:!!",
            "colour:blue",
        ] {
            assert_eq!(bad.parse::<Term>(), Err(TermError), "{bad}");
        }
    }

    #[test]
    fn packing_keeps_ids_and_mutes() {
        let packed = pack(&[1, 70_000], &[9]);
        assert_eq!(
            unpack(&packed).collect::<Vec<_>>(),
            [(1, false), (70_000, false), (9, true)]
        );
    }
}
