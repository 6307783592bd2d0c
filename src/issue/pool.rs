//! The stories that an issue may carry, in the order in which they are offered, with a set for every term.
//!
//! What was chosen from is kept, so that it can be said for ever why a story was carried and another was not: `select`
//! lists the articles, `keep` writes the list down, and `build` makes the pool of a list, today's or one that was kept.

use std::collections::{BTreeSet, HashMap};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::bits::Bits;
use super::keyword::Words;
use crate::audience::{TermKind, fold};
use crate::clock::from_millis;
use crate::collect::ArticleDetail;
use crate::config::Newsletter;
use crate::db::{self, Db, Sql, either};

/// A story that an issue may carry.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    /// The article that is shown.
    pub article_id: i64,
    /// The revision it had, which is what a digest composed from the pool shows.
    pub revision: i64,
    /// Whether everyone must read it.
    pub leads: bool,
    /// Whether it is behind the paywall.
    pub premium: bool,
    /// Its section, folded, and those of its copies.
    pub sections: Vec<String>,
    /// Its terms, sections first, then topics, authors and keywords.
    pub terms: Vec<i64>,
    /// When it, or its newest copy, was collected, in UTC milliseconds.
    pub collected_at: i64,
    /// When that was published, or collected if that was earlier.
    pub published_at: i64,
}

/// What may be carried, ranked: what sources mark as leading, then the newest.
#[derive(Debug, Default)]
pub struct Pool {
    /// By rank.
    pub(super) candidates: Vec<Candidate>,
    /// Rank by article; copies of one story have one rank.
    pub(super) rank_of: HashMap<i64, usize>,
    /// Which stories bear a term.
    pub(super) by_term: HashMap<i64, Bits>,
    /// Those that sources mark as leading.
    pub(super) leading: Bits,
    /// Those behind the paywall.
    pub(super) premium: Bits,
    /// By folded section name: its number, and its stories.
    pub(super) sections: HashMap<String, (u16, Bits)>,
    /// When the oldest article was collected that is one story with others.
    pub(super) oldest_copy: Option<i64>,
}

/// The longest pause between two digests of one reader that a digest looks back over, in days.
pub const LONGEST_PAUSE: usize = 7;

/// Articles of a pool are at most so many: the best.
const MOST: usize = 5000;

/// One story as a pool's list keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Listed {
    /// The article that is shown.
    pub article_id: i64,
    /// Its revision then.
    pub revision: i64,
    /// Whether everyone must read it.
    pub leads: bool,
    /// The articles that say the same, each with its revision. One of revision 0 is too old to match by; whoever had it
    /// has had the story.
    pub copies: Vec<(i64, i64)>,
    /// The sections, topics and authors of them all.
    pub terms: Vec<i64>,
}

type Packed = (i64, i64, bool, Vec<(i64, i64)>, Vec<i64>);

impl From<Packed> for Listed {
    fn from((article_id, revision, leads, copies, terms): Packed) -> Listed {
        Listed {
            article_id,
            revision,
            leads,
            copies,
            terms,
        }
    }
}

impl From<Listed> for Packed {
    fn from(l: Listed) -> Packed {
        (l.article_id, l.revision, l.leads, l.copies, l.terms)
    }
}

impl Listed {
    /// The articles that are this story.
    pub fn articles(&self) -> impl Iterator<Item = i64> {
        std::iter::once(self.article_id).chain(self.copies.iter().map(|(id, _)| *id))
    }
}

/// How far back a digest looks that comes `days` after the one before: what that did not carry may still find its place.
fn lookback(newsletter: &Newsletter, days: usize) -> SignedDuration {
    let hours = newsletter
        .lookback_hours
        .map_or(days as i64 * 24 + 12, i64::from);
    SignedDuration::from_hours(hours)
}

/// The instant since when any digest has its stories: what a spent budget or quiet hours held is not lost.
pub(super) fn longest_since(newsletter: &Newsletter, now: Timestamp) -> Timestamp {
    let week = SignedDuration::from_hours(LONGEST_PAUSE as i64 * 24 + 12);
    now - lookback(newsletter, LONGEST_PAUSE).max(week)
}

/// The instant since when a digest that comes `days` after the one before has its stories.
pub(super) fn since(newsletter: &Newsletter, days: usize, now: Timestamp) -> Timestamp {
    now - lookback(newsletter, days)
}

/// The stories that this newsletter may carry at `now`, in their order.
pub async fn select(
    sql: &mut impl Sql,
    newsletter: &Newsletter,
    now: Timestamp,
) -> db::Result<Vec<Listed>> {
    const SQL: &str = "
        SELECT a.id, coalesce(a.same_as, a.id) AS root, a.revision, a.premium, a.leads, a.language FROM article a
         WHERE a.collected_at > $1 AND a.collected_at <= $2 AND a.published_at > $1 AND a.state = 1
         ORDER BY a.leads DESC, a.published_at DESC, a.id DESC LIMIT $3";
    let from = longest_since(newsletter, now);
    let rows: Vec<(i64, i64, i64, bool, bool, Option<String>)> = sql
        .sql(SQL)
        .bind(from.as_millisecond())
        .bind(now.as_millisecond())
        .bind(MOST as i64)
        .all()
        .await?;
    let mut stories: Vec<(bool, Listed)> = Vec::with_capacity(rows.len());
    let mut place: HashMap<i64, usize> = HashMap::new();
    for (article_id, root, revision, premium, leads, language) in rows {
        if !reads(newsletter, language.as_deref()) {
            continue;
        }
        let Some(at) = place.get(&root) else {
            place.insert(root, stories.len());
            let listed = Listed {
                article_id,
                revision,
                leads,
                copies: Vec::new(),
                terms: Vec::new(),
            };
            stories.push((premium, listed));
            continue;
        };
        let (shown_premium, shown) = &mut stories[*at];
        shown.leads |= leads;
        // The first that everyone may open stands for the others.
        if (premium, article_id) < (*shown_premium, shown.article_id) {
            *shown_premium = premium;
            shown.copies.push((shown.article_id, shown.revision));
            (shown.article_id, shown.revision) = (article_id, revision);
        } else {
            shown.copies.push((article_id, revision));
        }
    }
    let mut listed: Vec<Listed> = stories.into_iter().map(|(_, listed)| listed).collect();
    for (article_id, root) in copies_of(sql, place.keys()).await? {
        let story = &mut listed[place[&root]];
        if story.articles().all(|id| id != article_id) {
            story.copies.push((article_id, 0));
        }
    }
    let at: HashMap<i64, usize> = listed
        .iter()
        .enumerate()
        .flat_map(|(at, l)| l.articles().map(move |id| (id, at)))
        .collect();
    for (article_id, term_id) in terms_of(sql, at.keys()).await? {
        let terms = &mut listed[at[&article_id]].terms;
        if !terms.contains(&term_id) {
            terms.push(term_id);
        }
    }
    Ok(listed)
}

/// The articles that are one story with these, as (article, the first of them).
async fn copies_of(
    sql: &mut impl Sql,
    roots: impl Iterator<Item = &i64>,
) -> db::Result<Vec<(i64, i64)>> {
    sql.sql(either(
        "SELECT a.id, a.same_as FROM json_each($1) o CROSS JOIN article a ON a.same_as = o.value
         UNION SELECT a.same_as, a.same_as FROM json_each($1) o CROSS JOIN article a ON a.same_as = o.value ORDER BY 1",
        "SELECT a.id, a.same_as FROM jsonb_array_elements($1) o JOIN article a ON a.same_as = (o #>> '{}')::int8
         UNION SELECT a.same_as, a.same_as FROM jsonb_array_elements($1) o
           JOIN article a ON a.same_as = (o #>> '{}')::int8 ORDER BY 1",
    ))
    .bind(Json(roots.collect::<Vec<_>>()))
    .all()
    .await
}

/// The sections, topics and authors of these articles, as (article, term), sections first.
async fn terms_of(
    sql: &mut impl Sql,
    articles: impl Iterator<Item = &i64>,
) -> db::Result<Vec<(i64, i64)>> {
    sql.sql(either(
        "SELECT at.article_id, at.term_id FROM json_each($1) o CROSS JOIN article_term at ON at.article_id = o.value
           JOIN term t ON t.id = at.term_id ORDER BY at.article_id, t.kind, t.id",
        "SELECT at.article_id, at.term_id FROM jsonb_array_elements($1) o
           JOIN article_term at ON at.article_id = (o #>> '{}')::int8
           JOIN term t ON t.id = at.term_id ORDER BY at.article_id, t.kind, t.id",
    ))
    .bind(Json(articles.collect::<Vec<_>>()))
    .all()
    .await
}

/// Whether readers of the newsletter read this language.
pub(super) fn reads(newsletter: &Newsletter, language: Option<&str>) -> bool {
    let base = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    language.is_none_or(|l| base(l) == base(&newsletter.language))
}

/// Writes the list down, if it is not there yet, and gives its number.
pub async fn keep(db: &Db, listed: &[Listed]) -> db::Result<i64> {
    let said = serde_json::to_vec(listed).expect("a list of numbers is plain data");
    let mark = digest(&SHA256, &said);
    let find = "SELECT id FROM pool WHERE digest = $1";
    let there: Option<(i64,)> = db
        .read()
        .await?
        .sql(find)
        .bind(mark.as_ref())
        .first()
        .await?;
    if let Some((id,)) = there {
        return Ok(id);
    }
    let mut tx = db.begin().await?;
    tx.sql("INSERT INTO pool (digest, articles) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(mark.as_ref())
        .bind(Json(listed))
        .run()
        .await?;
    let id = tx.sql(find).bind(mark.as_ref()).value().await?;
    tx.commit().await?;
    Ok(id)
}

/// The list of this number.
pub async fn kept(sql: &mut impl Sql, id: i64) -> db::Result<Vec<Listed>> {
    let list: Json<Vec<Listed>> = sql
        .sql("SELECT articles FROM pool WHERE id = $1")
        .bind(id)
        .value()
        .await?;
    Ok(list.0)
}

#[derive(sqlx::FromRow)]
struct Row {
    article_id: i64,
    collected_at: i64,
    published_at: i64,
    headline: String,
    detail: Json<ArticleDetail>,
}

/// The pool of a list. Nothing in it changes later: articles' revisions are never overwritten.
pub async fn build(sql: &mut impl Sql, listed: &[Listed]) -> db::Result<Pool> {
    let texts = texts(sql, listed).await?;
    let sections = sections(sql, listed).await?;
    let mut words = Words::default();
    let mut candidates = Vec::with_capacity(listed.len());
    for (rank, l) in listed.iter().enumerate() {
        let shown = texts.get(&l.article_id);
        let own = shown.and_then(|row| row.detail.section.as_deref());
        let mut candidate = Candidate {
            article_id: l.article_id,
            revision: l.revision,
            leads: l.leads,
            premium: shown.is_some_and(|row| row.detail.premium),
            sections: own.map(fold).into_iter().collect(),
            ..Candidate::default()
        };
        for row in l.articles().filter_map(|id| texts.get(&id)) {
            candidate.collected_at = candidate.collected_at.max(row.collected_at);
            let old = row.collected_at.min(row.published_at);
            candidate.published_at = candidate.published_at.max(old);
            words.add(rank, [&row.headline, &row.detail.standfirst]);
        }
        for name in l.terms.iter().filter_map(|id| sections.get(id)) {
            if !candidate.sections.contains(name) {
                candidate.sections.push(name.clone());
            }
        }
        candidates.push(candidate);
    }
    let mut pool = Pool::of(candidates);
    pool.oldest_copy = oldest_copy(sql, listed).await?;
    for (rank, l) in listed.iter().enumerate() {
        pool.rank_of.extend(l.articles().map(|id| (id, rank)));
        l.terms.iter().for_each(|term_id| pool.mark(*term_id, rank));
    }
    for (term_id, rank) in words.keywords(sql).await? {
        pool.mark(term_id, rank);
    }
    Ok(pool)
}

impl Pool {
    /// The pool of these, in their order; their terms are marked afterwards.
    pub fn of(candidates: Vec<Candidate>) -> Pool {
        let n = candidates.len();
        let mut pool = Pool {
            leading: Bits::none(n),
            premium: Bits::none(n),
            ..Pool::default()
        };
        for (rank, c) in candidates.iter().enumerate() {
            pool.rank_of.insert(c.article_id, rank);
            if c.leads {
                pool.leading.set(rank);
            }
            if c.premium {
                pool.premium.set(rank);
            }
            for section in &c.sections {
                let number = pool.sections.len() as u16;
                let there = pool.sections.entry(section.clone());
                there.or_insert_with(|| (number, Bits::none(n))).1.set(rank);
            }
        }
        pool.candidates = candidates;
        pool
    }

    /// Every term that a story of it bears.
    pub fn terms(&self) -> Vec<i64> {
        let mut terms: Vec<i64> = self.by_term.keys().copied().collect();
        terms.sort_unstable();
        terms
    }

    /// Since when what readers had matters for a digest that looks back to `since`: a copy makes a story young again.
    pub(super) fn had_since(&self, since: Timestamp) -> Timestamp {
        self.oldest_copy
            .map_or(since, |at| since.min(from_millis(at)))
    }

    /// The number of the section that a story is counted in.
    pub(super) fn section(&self, rank: usize) -> Option<usize> {
        let name = self.candidates[rank].sections.first()?;
        Some(usize::from(self.sections[name].0))
    }

    /// Says that the story of this rank bears the term.
    pub fn mark(&mut self, term_id: i64, rank: usize) {
        let n = self.candidates.len();
        let bits = self.by_term.entry(term_id).or_insert_with(|| Bits::none(n));
        if !bits.has(rank) {
            bits.set(rank);
            self.candidates[rank].terms.push(term_id);
        }
    }

    /// The stories that came in after `since`, and are not older than `published_since`.
    pub fn fresh(&self, since: i64, published_since: i64) -> Bits {
        let mut bits = Bits::none(self.candidates.len());
        for (rank, c) in self.candidates.iter().enumerate() {
            if c.collected_at > since && c.published_at > published_since {
                bits.set(rank);
            }
        }
        bits
    }
}

async fn oldest_copy(sql: &mut impl Sql, listed: &[Listed]) -> db::Result<Option<i64>> {
    let folded = listed.iter().filter(|l| !l.copies.is_empty());
    let articles: Vec<i64> = folded.flat_map(Listed::articles).collect();
    if articles.is_empty() {
        return Ok(None);
    }
    let text = either(
        "SELECT min(a.collected_at) FROM json_each($1) o CROSS JOIN article a ON a.id = o.value",
        "SELECT min(a.collected_at) FROM jsonb_array_elements($1) o JOIN article a ON a.id = (o #>> '{}')::int8",
    );
    sql.sql(text).bind(Json(articles)).value().await
}

/// What the listed revisions say, by article.
async fn texts(sql: &mut impl Sql, listed: &[Listed]) -> db::Result<HashMap<i64, Row>> {
    let shown = listed.iter().map(|l| (l.article_id, l.revision));
    let copies = listed.iter().flat_map(|l| l.copies.iter().copied());
    let keys: Vec<(i64, i64)> = shown.chain(copies.filter(|copy| copy.1 > 0)).collect();
    let text = either(
        "SELECT r.article_id, a.collected_at, a.published_at, r.headline, r.detail FROM jsonb_each($1) o
          CROSS JOIN article_revision r ON r.article_id = o.value->>0 AND r.revision = o.value->>1
           JOIN article a ON a.id = r.article_id",
        "SELECT r.article_id, a.collected_at, a.published_at, r.headline, r.detail FROM jsonb_array_elements($1) o
           JOIN article_revision r ON r.article_id = (o->>0)::int8 AND r.revision = (o->>1)::int8
           JOIN article a ON a.id = r.article_id",
    );
    let rows: Vec<Row> = sql.sql(text).bind(Json(keys)).all().await?;
    Ok(rows.into_iter().map(|row| (row.article_id, row)).collect())
}

/// The names of those listed terms that are sections, folded.
pub(super) async fn sections(
    sql: &mut impl Sql,
    listed: &[Listed],
) -> db::Result<HashMap<i64, String>> {
    let terms: BTreeSet<i64> = listed
        .iter()
        .flat_map(|l| l.terms.iter().copied())
        .collect();
    let rows: Vec<(i64, String)> = sql
        .sql(either(
            "SELECT t.id, t.folded FROM json_each($1) o CROSS JOIN term t ON t.id = o.value WHERE t.kind = $2",
            "SELECT t.id, t.folded FROM jsonb_array_elements($1) o JOIN term t ON t.id = (o #>> '{}')::int8
              WHERE t.kind = $2",
        ))
        .bind(Json(terms))
        .bind(TermKind::Section as i16)
        .all()
        .await?;
    Ok(rows.into_iter().collect())
}
