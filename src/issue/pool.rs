//! The articles that an issue may carry, in the order in which they are offered, with a bitset for every term.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sqlx::types::Json;

use crate::audience::{TermKind, fold_words};
use crate::collect::ArticleDetail;
use crate::config::Newsletter;
use crate::db::{self, Sql, either};

/// A set of articles of one pool, by their rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// No article of `n`.
    pub fn none(n: usize) -> Bits {
        Bits(vec![0; n.div_ceil(64)])
    }

    /// Adds the article of this rank.
    pub fn set(&mut self, rank: usize) {
        self.0[rank / 64] |= 1 << (rank % 64);
    }

    /// Adds what `other` holds.
    pub fn add(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    /// Takes away what `other` holds.
    pub fn remove(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    /// Takes away what `other` does not hold.
    pub fn keep(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    /// Whether the article of this rank is in it.
    pub fn has(&self, rank: usize) -> bool {
        self.0[rank / 64] >> (rank % 64) & 1 == 1
    }

    /// The ranks in it, the best first.
    pub fn ranks(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

/// An article that an issue may carry.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The article.
    pub article_id: i64,
    /// The revision it has now, which is what a digest composed now will show.
    pub revision: i64,
    /// Its terms, sections first, then topics, authors and keywords.
    pub terms: Vec<i64>,
}

/// What may be carried, ranked: what sources mark as leading, then the newest.
#[derive(Debug, Default)]
pub struct Pool {
    /// By rank.
    pub candidates: Vec<Candidate>,
    /// Rank by article.
    pub rank_of: HashMap<i64, usize>,
    /// Which articles bear a term.
    pub by_term: HashMap<i64, Bits>,
    /// Those that are young enough for a reader whose last digest was so many days ago; none for no days.
    pub within: [Bits; LONGEST_PAUSE + 1],
    /// Those that sources mark as leading.
    pub leading: Bits,
    /// Those behind the paywall.
    pub premium: Bits,
    /// By folded section name, for section blocks.
    pub sections: HashMap<String, Bits>,
}

/// The longest pause between two digests of one reader, in days.
pub const LONGEST_PAUSE: usize = 7;

/// How far back a digest looks that comes `days` after the one before: what that did not carry may still find its place.
fn lookback(newsletter: &Newsletter, days: usize) -> SignedDuration {
    let hours = newsletter
        .lookback_hours
        .map_or(days as i64 * 24 + 12, i64::from);
    SignedDuration::from_hours(hours)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    revision: i64,
    premium: bool,
    leads: bool,
    language: Option<String>,
    collected_at: i64,
    published_at: i64,
    headline: String,
    detail: Json<ArticleDetail>,
}

/// The pool of this newsletter as it stands at `now`.
pub async fn pool(sql: &mut impl Sql, newsletter: &Newsletter, now: Timestamp) -> db::Result<Pool> {
    const SQL: &str = "
        SELECT a.id, a.revision, a.premium, a.leads, a.language, a.collected_at, a.published_at, r.headline, r.detail
          FROM article a JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
         WHERE a.collected_at > $1 AND a.collected_at <= $2 AND a.published_at > $1 AND a.state = 1
         ORDER BY a.leads DESC, a.published_at DESC, a.id DESC LIMIT 5000";
    let from = now - lookback(newsletter, LONGEST_PAUSE);
    let rows: Vec<Row> = sql
        .sql(SQL)
        .bind(from.as_millisecond())
        .bind(now.as_millisecond())
        .all()
        .await?;
    let base = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    let language = base(&newsletter.language);
    let rows: Vec<Row> = rows
        .into_iter()
        .filter(|r| r.language.as_deref().is_none_or(|l| base(l) == language))
        .collect();

    let n = rows.len();
    let mut pool = Pool {
        within: std::array::from_fn(|_| Bits::none(n)),
        leading: Bits::none(n),
        premium: Bits::none(n),
        ..Pool::default()
    };
    let mut phrases: HashMap<String, Vec<usize>> = HashMap::new();
    for (rank, row) in rows.iter().enumerate() {
        let old = row.collected_at.min(row.published_at);
        for (days, within) in pool.within.iter_mut().enumerate().skip(1) {
            if old > (now - lookback(newsletter, days)).as_millisecond() {
                within.set(rank);
            }
        }
        if row.leads {
            pool.leading.set(rank);
        }
        if row.premium {
            pool.premium.set(rank);
        }
        if let Some(section) = &row.detail.section {
            pool.sections
                .entry(section.to_lowercase())
                .or_insert_with(|| Bits::none(n))
                .set(rank);
        }
        for phrase in phrases_of(&format!("{}. {}", row.headline, row.detail.standfirst)) {
            let ranks = phrases.entry(phrase).or_default();
            if ranks.last() != Some(&rank) {
                ranks.push(rank);
            }
        }
        pool.rank_of.insert(row.id, rank);
        pool.candidates.push(Candidate {
            article_id: row.id,
            revision: row.revision,
            terms: Vec::new(),
        });
    }
    for (term_id, article_id) in terms_of(sql, &pool).await? {
        mark(&mut pool, term_id, article_id, n);
    }
    for (term_id, phrase) in keywords_among(sql, phrases.keys()).await? {
        for rank in &phrases[&phrase] {
            let article_id = pool.candidates[*rank].article_id;
            mark(&mut pool, term_id, article_id, n);
        }
    }
    Ok(pool)
}

fn mark(pool: &mut Pool, term_id: i64, article_id: i64, n: usize) {
    let rank = pool.rank_of[&article_id];
    pool.by_term
        .entry(term_id)
        .or_insert_with(|| Bits::none(n))
        .set(rank);
    pool.candidates[rank].terms.push(term_id);
}

/// The instant since when a digest that comes `days` after the one before can have had a story of now.
pub(super) fn since(newsletter: &Newsletter, days: usize, now: Timestamp) -> Timestamp {
    now - lookback(newsletter, days)
}

/// The sections, topics and authors of the pool's articles, as (term, article), by kind.
async fn terms_of(sql: &mut impl Sql, pool: &Pool) -> db::Result<Vec<(i64, i64)>> {
    let ids = Json(
        pool.candidates
            .iter()
            .map(|c| c.article_id)
            .collect::<Vec<_>>(),
    );
    sql.sql(either(
        "SELECT at.term_id, at.article_id FROM json_each($1) o CROSS JOIN article_term at ON at.article_id = o.value
           JOIN term t ON t.id = at.term_id ORDER BY at.article_id, t.kind, t.id",
        "SELECT at.term_id, at.article_id FROM jsonb_array_elements($1) o
           JOIN article_term at ON at.article_id = (o #>> '{}')::int8
           JOIN term t ON t.id = at.term_id ORDER BY at.article_id, t.kind, t.id",
    ))
    .bind(ids)
    .all()
    .await
}

/// Which of these phrases somebody follows or mutes as a keyword. The cost grows with the articles' words, not with
/// the keywords that readers have.
async fn keywords_among(
    sql: &mut impl Sql,
    phrases: impl Iterator<Item = &String>,
) -> db::Result<Vec<(i64, String)>> {
    let phrases: Vec<&String> = phrases.collect();
    let mut found = Vec::new();
    for some in phrases.chunks(5000) {
        let text = either(
            "SELECT t.id, t.folded FROM json_each($2) o CROSS JOIN term t ON t.kind = $1 AND t.folded = o.value ORDER BY t.id",
            "SELECT t.id, t.folded FROM jsonb_array_elements($2) o
               JOIN term t ON t.kind = $1 AND t.folded = o #>> '{}' ORDER BY t.id",
        );
        let rows: Vec<(i64, String)> = sql
            .sql(text)
            .bind(TermKind::Keyword as i16)
            .bind(Json(some))
            .all()
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Every run of one to four words of a text, folded.
fn phrases_of(text: &str) -> Vec<String> {
    let folded = fold_words(text);
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
    let mut phrases = Vec::with_capacity(words.len() * 4);
    for length in 1..=4 {
        phrases.extend(words.windows(length).map(|run| run.join(" ")));
    }
    phrases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_give_back_their_ranks_in_order() {
        let mut bits = Bits::none(200);
        for rank in [199, 0, 64, 63] {
            bits.set(rank);
        }
        assert_eq!(bits.ranks().collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert!(bits.has(64) && !bits.has(65));
    }

    #[test]
    fn phrases_are_whole_words() {
        let phrases = phrases_of("Flood-wall vote");
        assert_eq!(
            phrases,
            [
                "flood",
                "wall",
                "vote",
                "flood wall",
                "wall vote",
                "flood wall vote"
            ]
        );
    }
}
