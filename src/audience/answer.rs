//! Why a reader left a newsletter, if they cared to say: one of four reasons, some words, or both. The last answer counts.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::edit::is_active;
use super::standing::lock;
use super::words::turns_writing;
use crate::db::{self, Sql, Tx};

/// The most characters of a reader's own words.
pub const LONGEST_ANSWER: usize = 500;

/// A reason that the page offers. The numbers are kept in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Too many mails.
    Many = 1,
    /// Not about what the reader cares for.
    About = 2,
    /// It was all known from the site.
    Known = 3,
    /// The reader never asked for it.
    Never = 4,
}

impl Why {
    /// Every one, in the order of its number.
    pub const ALL: [Why; 4] = [Why::Many, Why::About, Why::Known, Why::Never];

    /// Its word in a form.
    pub fn word(self) -> &'static str {
        match self {
            Why::Many => "many",
            Why::About => "about",
            Why::Known => "known",
            Why::Never => "never",
        }
    }

    /// The one of this word.
    pub fn of(word: &str) -> Option<Why> {
        Why::ALL.into_iter().find(|why| why.word() == word)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Many => "too many mails",
            Why::About => "not about what I care for",
            Why::Known => "I had read it all on the site",
            Why::Never => "I never asked for it",
        })
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Why an answer is none. Each is one sentence of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing is ticked or written.
    #[error("nothing is ticked or written")]
    Empty,
    /// There are more words than are kept.
    #[error("there are more than {LONGEST_ANSWER} characters")]
    Long,
}

/// An answer that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    why: Option<Why>,
    words: String,
}

impl Answer {
    /// What a form says: a reason's word and the reader's own words, either of them empty.
    ///
    /// # Errors
    /// If it says nothing, or too much.
    pub fn of(why: &str, words: &str) -> Result<Answer, NoAnswer> {
        let is_plain = |c: &char| c.is_whitespace() || !(c.is_control() || turns_writing(*c));
        let words: String = words.chars().filter(is_plain).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let why = Why::of(why);
        if words.chars().count() > LONGEST_ANSWER {
            return Err(NoAnswer::Long);
        }
        if why.is_none() && words.is_empty() {
            return Err(NoAnswer::Empty);
        }
        Ok(Answer { why, words })
    }
}

/// Keeps why a reader left this newsletter; whether it was kept. Of what they get, or have been erased from, there is nothing
/// to say.
pub async fn keep(
    tx: &mut Tx,
    subscriber_id: i64,
    (newsletter_id, slug): (i64, &str),
    answer: &Answer,
    now: Timestamp,
) -> db::Result<bool> {
    const SQL: &str = "INSERT INTO leaving_answer (subscriber_id, newsletter_id, at, why, words)
         VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (subscriber_id, newsletter_id)
             DO UPDATE SET at = excluded.at, why = excluded.why, words = excluded.words";
    let reader = lock(tx, subscriber_id).await?;
    if reader.is_none_or(|reader| is_active(&reader.preferences, slug)) {
        return Ok(false);
    }
    tx.sql(SQL)
        .bind(subscriber_id)
        .bind(newsletter_id)
        .bind(now.as_millisecond())
        .bind(answer.why.map(|why| why as i16))
        .bind(&answer.words)
        .run()
        .await?;
    Ok(true)
}

/// An answer, as it is told.
#[derive(Debug, Serialize)]
pub struct AnswerRecord {
    /// The newsletter's slug.
    pub newsletter: String,
    /// When, in UTC milliseconds.
    pub at: i64,
    /// The reason that was ticked.
    pub why: Option<Why>,
    /// The reader's own words; empty if there are none.
    pub words: String,
}

/// All answers of a subscriber, the oldest first.
pub async fn answers(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Vec<AnswerRecord>> {
    const SQL: &str =
        "SELECT n.slug, a.at, a.why, a.words FROM leaving_answer a JOIN newsletter n ON n.id = a.newsletter_id
          WHERE a.subscriber_id = $1 ORDER BY a.at, n.id";
    let rows: Vec<(String, i64, Option<i16>, String)> =
        sql.sql(SQL).bind(subscriber_id).all().await?;
    let record = |(newsletter, at, why, words)| AnswerRecord {
        newsletter,
        at,
        why: Why::ALL.into_iter().find(|one| Some(*one as i16) == why),
        words,
    };
    Ok(rows.into_iter().map(record).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_reason_or_some_words_and_not_too_many() {
        let answer = |why, words: &str| Answer {
            why,
            words: words.to_owned(),
        };
        assert_eq!(Answer::of("many", ""), Ok(answer(Some(Why::Many), "")));
        assert_eq!(
            Answer::of("anything", " too\r\nmuch \u{202e}\u{1b}[31mred\u{2066} "),
            Ok(answer(None, "too much [31mred"))
        );
        assert_eq!(Answer::of("", " \n\u{0} "), Err(NoAnswer::Empty));
        let long = "é".repeat(LONGEST_ANSWER);
        assert_eq!(Answer::of("", &long), Ok(answer(None, &long)));
        assert_eq!(Answer::of("", &(long + "é")), Err(NoAnswer::Long));
        for why in Why::ALL {
            assert_eq!(Why::of(why.word()), Some(why));
        }
    }
}
