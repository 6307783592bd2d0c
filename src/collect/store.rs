//! Entries become articles: a new key is a new article, a changed text is a revision, and nothing else is anything.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::change::{announce, retract_one};
use super::feed::{Entry, Image};
use super::fold::fold_new;
use super::key;
use super::words::{corrects, retracts};
use crate::audience::{Term, TermKind, term_ids};
use crate::config::{Collect, Source};
use crate::db::{self, Db, Sql, Tx, either};

/// What an article's revision says beside its headline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleDetail {
    /// Where readers open it, as it was published.
    #[serde(default)]
    pub link: String,
    /// The sentence or two under the headline.
    pub standfirst: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Its section.
    pub section: Option<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// Whether it is for paying readers.
    #[serde(default)]
    pub premium: bool,
    /// Its picture.
    pub image: Option<Image>,
    /// When the source last changed it, in UTC milliseconds.
    pub updated_at: Option<i64>,
    /// What an earlier revision had wrong, if this one puts it right; empty where nobody says what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
}

/// What came of a source's entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stored {
    /// Articles that were not known.
    pub new: u64,
    /// Articles that now say something else.
    pub revised: u64,
    /// Articles that are as they were.
    pub unchanged: u64,
}

#[derive(Clone, sqlx::FromRow)]
struct Known {
    id: i64,
    url: String,
    guid: Option<String>,
    source_id: i64,
    /// When its source was last asked.
    checked_at: Option<i64>,
    revision: i64,
    leads: bool,
    headline: String,
    detail: Json<ArticleDetail>,
}

/// A source that was not asked for so long does not speak for its stories any more: another may.
const SILENT: SignedDuration = SignedDuration::from_hours(24);

/// One story of a source, however often it is listed.
struct Told<'a> {
    /// What tells it from others.
    key: String,
    /// The listing that counts: the newest, and of several of one time the first.
    entry: &'a Entry,
    /// What all of its listings bear.
    terms: Vec<Term>,
}

/// Writes what a source published, in one transaction: new articles, revisions, corrections and retractions, and what is
/// folded with what.
pub async fn store(
    db: &Db,
    collect: &Collect,
    source: &Source,
    source_id: i64,
    entries: &[Entry],
    feed_language: Option<&str>,
    now: Timestamp,
) -> db::Result<Stored> {
    let stories = stories(source, entries);
    let terms = terms_by_name(db, &stories).await?;
    db::again(async || {
        let mut desk = Desk {
            tx: db.begin().await?,
            collect,
            source,
            source_id,
            feed_language,
            now,
        };
        let mut stored = Stored::default();
        let mut new = Vec::new();
        let known = known(&mut desk.tx, source, source_id, &stories).await?;
        for told in &stories {
            let article_id = match known.find(source, told) {
                Some(k) if !desk.speaks_for(k) => {
                    stored.unchanged += 1;
                    k.id
                }
                Some(k) => {
                    if !desk.revise(k, told).await? {
                        stored.unchanged += 1;
                        continue;
                    }
                    stored.revised += 1;
                    k.id
                }
                None => {
                    let Some(id) = desk.insert(told).await? else {
                        // Another node was faster.
                        continue;
                    };
                    stored.new += 1;
                    new.push(id);
                    id
                }
            };
            let ids: Vec<i64> = told.terms.iter().map(|t| terms[t]).collect();
            if write_terms(&mut desk.tx, article_id, &ids).await? > 0 {
                tell_again(&mut desk.tx, article_id).await?;
            }
        }
        let folded = fold_new(&mut desk.tx, &new, now).await?;
        desk.tx.commit().await?;
        if folded > 0 {
            tracing::info!(source.name = %source.name, folded, "new stories tell what others tell already");
        }
        Ok(stored)
    })
    .await
}

/// Every story among `entries` once. Two entries with one guid are one story only where the source's guids are trusted.
fn stories<'a>(source: &Source, entries: &'a [Entry]) -> Vec<Told<'a>> {
    let mut stories: Vec<Told<'a>> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    let mut by_guid: HashMap<&str, usize> = HashMap::new();
    for entry in entries {
        let Some(key) = key(&entry.url) else { continue };
        let guid = entry.guid.as_deref().filter(|_| source.trust_guid);
        let there = by_key
            .get(&key)
            .or_else(|| by_guid.get(guid?))
            .copied()
            .unwrap_or(stories.len());
        by_key.entry(key.clone()).or_insert(there);
        if let Some(guid) = guid {
            by_guid.entry(guid).or_insert(there);
        }
        let terms = terms_of(source, entry);
        let Some(told) = stories.get_mut(there) else {
            stories.push(Told { key, entry, terms });
            continue;
        };
        told.terms.extend(terms);
        let at = |entry: &Entry| entry.updated_at.or(entry.published_at);
        if at(entry) > at(told.entry) {
            (told.key, told.entry) = (key, entry);
        }
    }
    stories
}

#[derive(Default)]
struct KnownSet {
    rows: Vec<Known>,
    by_url: HashMap<String, usize>,
    by_guid: HashMap<String, usize>,
}

impl KnownSet {
    fn find(&self, source: &Source, told: &Told<'_>) -> Option<&Known> {
        let guid = told.entry.guid.as_ref().filter(|_| source.trust_guid);
        let at = self
            .by_url
            .get(&told.key)
            .or_else(|| self.by_guid.get(guid?))?;
        Some(&self.rows[*at])
    }
}

async fn known(
    tx: &mut Tx,
    source: &Source,
    source_id: i64,
    stories: &[Told<'_>],
) -> db::Result<KnownSet> {
    let keys = Json(stories.iter().map(|t| t.key.as_str()).collect::<Vec<_>>());
    let by_url = either(
        "SELECT a.id, a.url, a.guid, a.source_id, s.checked_at, a.revision, a.leads, r.headline, r.detail
           FROM json_each($1) o CROSS JOIN article a JOIN source s ON s.id = a.source_id
           JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision WHERE a.url = o.value",
        "SELECT a.id, a.url, a.guid, a.source_id, s.checked_at, a.revision, a.leads, r.headline, r.detail
           FROM jsonb_array_elements($1) o JOIN article a ON a.url = o #>> '{}' JOIN source s ON s.id = a.source_id
           JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision",
    );
    let mut rows: Vec<Known> = tx.sql(by_url).bind(keys).all().await?;
    if source.trust_guid {
        let guids = Json(
            stories
                .iter()
                .filter_map(|t| t.entry.guid.as_deref())
                .collect::<Vec<_>>(),
        );
        let by_guid = either(
            "SELECT a.id, a.url, a.guid, a.source_id, s.checked_at, a.revision, a.leads, r.headline, r.detail
               FROM json_each($1) o CROSS JOIN article a JOIN source s ON s.id = a.source_id
               JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
              WHERE a.source_id = $2 AND a.guid = o.value",
            "SELECT a.id, a.url, a.guid, a.source_id, s.checked_at, a.revision, a.leads, r.headline, r.detail
               FROM jsonb_array_elements($1) o JOIN article a ON a.source_id = $2 AND a.guid = o #>> '{}'
               JOIN source s ON s.id = a.source_id
               JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision",
        );
        rows.extend(
            tx.sql(by_guid)
                .bind(guids)
                .bind(source_id)
                .all::<Known>()
                .await?,
        );
    }
    let mut set = KnownSet::default();
    for (at, row) in rows.iter().enumerate() {
        set.by_url.insert(row.url.clone(), at);
        if let Some(guid) = &row.guid {
            set.by_guid.insert(guid.clone(), at);
        }
    }
    set.rows = rows;
    Ok(set)
}

/// What one source says now, on its way into the database.
struct Desk<'a> {
    tx: Tx,
    collect: &'a Collect,
    source: &'a Source,
    source_id: i64,
    feed_language: Option<&'a str>,
    now: Timestamp,
}

impl Desk<'_> {
    /// A story listed by several sources has its text from the first; the others add where it stands. Else two sources
    /// that tell it in other words would revise it in turns, for ever.
    fn speaks_for(&self, known: &Known) -> bool {
        let silent = (self.now - SILENT).as_millisecond();
        known.source_id == self.source_id || known.checked_at.is_none_or(|at| at < silent)
    }

    fn detail(&self, entry: &Entry) -> ArticleDetail {
        ArticleDetail {
            link: entry.url.clone(),
            standfirst: entry.standfirst.clone(),
            authors: entry.authors.clone(),
            section: entry
                .section
                .clone()
                .or_else(|| self.source.section.clone()),
            topics: entry.topics.clone(),
            premium: entry.premium || self.source.premium,
            image: entry.image.clone(),
            updated_at: entry.updated_at.map(Timestamp::as_millisecond),
            correction: None,
        }
    }

    fn leads(&self, entry: &Entry) -> bool {
        entry.leading || self.source.leading
    }

    async fn insert(&mut self, told: &Told<'_>) -> db::Result<Option<i64>> {
        const SQL: &str = "
            INSERT INTO article (url, guid, source_id, language, premium, leads, state, revision, published_at, collected_at)
            VALUES ($1, $2, $3, $4, $5, $6, 1, 1, $7, $8) ON CONFLICT DO NOTHING RETURNING id";
        let entry = told.entry;
        let detail = self.detail(entry);
        let leads = self.leads(entry);
        let now = self.now.as_millisecond();
        let published_at = entry.published_at.or(entry.updated_at);
        let language = entry
            .language
            .as_deref()
            .or(self.source.language.as_deref())
            .or(self.feed_language);
        let id: Option<(i64,)> = self
            .tx
            .sql(SQL)
            .bind(&told.key)
            .bind(&entry.guid)
            .bind(self.source_id)
            .bind(language)
            .bind(detail.premium)
            .bind(leads)
            .bind(published_at.map_or(now, Timestamp::as_millisecond))
            .bind(now)
            .first()
            .await?;
        let Some((id,)) = id else { return Ok(None) };
        write_revision(&mut self.tx, id, 1, &entry.headline, &detail, now).await?;
        self.retract_by_words(id, entry).await?;
        Ok(Some(id))
    }

    /// Writes a revision if the story says something else now; whether it does.
    async fn revise(&mut self, known: &Known, told: &Told<'_>) -> db::Result<bool> {
        let entry = told.entry;
        let moved = known.url != told.key;
        let flagged = corrects(self.collect, entry);
        let mut detail = self.detail(entry);
        // That it was corrected stays true, whatever else is changed later.
        detail.correction = known
            .detail
            .correction
            .clone()
            .or_else(|| flagged.then(String::new));
        let leads = self.leads(entry);
        if same(known, leads, moved, &entry.headline, &detail) {
            return Ok(false);
        }
        let says_else = known.headline != entry.headline
            || known.detail.standfirst != detail.standfirst
            || known.detail.correction != detail.correction;
        let revision = known.revision + 1;
        let guid = entry.guid.as_ref().filter(|_| self.source.trust_guid);
        self.tx
            .sql(
                "UPDATE article SET revision = $1, premium = $2, leads = $3, url = $4, guid = coalesce($5, guid),
                        source_id = $6 WHERE id = $7",
            )
            .bind(revision)
            .bind(detail.premium)
            .bind(leads)
            .bind(&told.key)
            .bind(guid)
            .bind(self.source_id)
            .bind(known.id)
            .run()
            .await?;
        // What other sources say of it stays.
        let now_borne: BTreeSet<Term> = told.terms.iter().cloned().collect();
        let gone: Vec<Term> = terms(
            known.detail.section.as_ref(),
            &known.detail.topics,
            &known.detail.authors,
        )
        .into_iter()
        .filter(|term| !now_borne.contains(term))
        .collect();
        remove_terms(&mut self.tx, known.id, &gone).await?;
        let now = self.now.as_millisecond();
        write_revision(
            &mut self.tx,
            known.id,
            revision,
            &entry.headline,
            &detail,
            now,
        )
        .await?;
        if flagged && says_else {
            self.tx
                .sql("UPDATE article SET corrected = $1 WHERE id = $2")
                .bind(revision)
                .bind(known.id)
                .run()
                .await?;
            announce(&mut self.tx, known.id, Some(revision)).await?;
        }
        self.retract_by_words(known.id, entry).await?;
        Ok(true)
    }

    async fn retract_by_words(&mut self, article_id: i64, entry: &Entry) -> db::Result<()> {
        if retracts(self.collect, entry) {
            let why = "its text says that it is withdrawn";
            retract_one(&mut self.tx, article_id, why, self.now).await?;
        }
        Ok(())
    }
}

/// Whether a reader would see no difference. A new time of change alone is none, nor is another form of its address.
fn same(known: &Known, leads: bool, moved: bool, headline: &str, detail: &ArticleDetail) -> bool {
    let still = ArticleDetail {
        updated_at: detail.updated_at,
        link: detail.link.clone(),
        ..known.detail.0.clone()
    };
    !moved && known.headline == headline && still == *detail && known.leads == leads
}

async fn write_revision(
    tx: &mut Tx,
    article_id: i64,
    revision: i64,
    headline: &str,
    detail: &ArticleDetail,
    now: i64,
) -> db::Result<()> {
    tx.sql("INSERT INTO article_revision (article_id, revision, at, headline, detail) VALUES ($1, $2, $3, $4, $5)")
        .bind(article_id)
        .bind(revision)
        .bind(now)
        .bind(headline)
        .bind(Json(detail))
        .run()
        .await?;
    Ok(())
}

/// Says that the story bears terms whose followers were not told of it.
async fn tell_again(tx: &mut Tx, article_id: i64) -> db::Result<()> {
    tx.sql(either(
        "UPDATE article SET told = 0 WHERE id = $1 AND told",
        "UPDATE article SET told = FALSE WHERE id = $1 AND told",
    ))
    .bind(article_id)
    .run()
    .await?;
    Ok(())
}

/// How many of them the article did not bear.
async fn write_terms(tx: &mut Tx, article_id: i64, terms: &[i64]) -> db::Result<u64> {
    tx.sql(either(
        "INSERT INTO article_term (article_id, term_id) SELECT $1, o.value FROM json_each($2) o
          WHERE TRUE ON CONFLICT DO NOTHING",
        "INSERT INTO article_term (article_id, term_id) SELECT $1, (o #>> '{}')::int8 FROM jsonb_array_elements($2) o
          ON CONFLICT DO NOTHING",
    ))
    .bind(article_id)
    .bind(Json(terms))
    .run()
    .await
}

async fn remove_terms(tx: &mut Tx, article_id: i64, gone: &[Term]) -> db::Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let gone: Vec<(i16, String)> = gone.iter().map(|t| (t.kind as i16, t.folded())).collect();
    tx.sql(either(
        "DELETE FROM article_term WHERE article_id = $1 AND term_id IN (SELECT t.id FROM jsonb_each($2) o
          CROSS JOIN term t WHERE t.kind = o.value->>0 AND t.folded = o.value->>1)",
        "DELETE FROM article_term WHERE article_id = $1 AND term_id IN (SELECT t.id FROM jsonb_array_elements($2) o
           JOIN term t ON t.kind = (o->>0)::int2 AND t.folded = o->>1)",
    ))
    .bind(article_id)
    .bind(Json(gone))
    .run()
    .await?;
    Ok(())
}

/// The terms that an entry bears: its section, topics and authors.
fn terms_of(source: &Source, entry: &Entry) -> Vec<Term> {
    let section = entry.section.as_ref().or(source.section.as_ref());
    terms(section, &entry.topics, &entry.authors)
}

fn terms(section: Option<&String>, topics: &[String], authors: &[String]) -> Vec<Term> {
    let named =
        |kind, names: &[String]| names.iter().map(|n| Term::new(kind, n)).collect::<Vec<_>>();
    let mut terms: Vec<Term> = section
        .map(|s| Term::new(TermKind::Section, s))
        .into_iter()
        .collect();
    terms.extend(named(TermKind::Topic, topics));
    terms.extend(named(TermKind::Author, authors));
    terms.retain(|t| !t.folded().is_empty());
    terms
}

async fn terms_by_name(db: &Db, stories: &[Told<'_>]) -> db::Result<HashMap<Term, i64>> {
    let mut all: Vec<Term> = stories.iter().flat_map(|t| t.terms.clone()).collect();
    all.sort();
    all.dedup();
    let ids = db::again(async || {
        let mut tx = db.begin().await?;
        let ids = term_ids(&mut tx, &all).await?;
        tx.commit().await?;
        Ok(ids)
    })
    .await?;
    Ok(all.into_iter().zip(ids).collect())
}
