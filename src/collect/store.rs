//! Entries become articles: a new address is a new article, a changed text is a revision, and nothing else is anything.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::feed::{Entry, Image};
use crate::audience::{Term, TermKind, term_ids};
use crate::config::Source;
use crate::db::{self, Db, Sql, Tx, either};

/// What an article's revision says beside its headline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleDetail {
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

#[derive(sqlx::FromRow)]
struct Known {
    id: i64,
    url: String,
    guid: Option<String>,
    revision: i64,
    leads: bool,
    headline: String,
    detail: Json<ArticleDetail>,
}

/// Writes what a source published, in one transaction.
pub async fn store(
    db: &Db,
    source: &Source,
    source_id: i64,
    entries: &[Entry],
    feed_language: Option<&str>,
    now: Timestamp,
) -> db::Result<Stored> {
    let terms = terms_by_name(db, source, entries).await?;
    db::again(async || {
        let mut tx = db.begin().await?;
        let mut stored = Stored::default();
        let mut known = known(&mut tx, source, source_id, entries).await?;
        for entry in entries {
            let detail = detail(source, entry);
            let by_guid = entry
                .guid
                .as_ref()
                .filter(|_| source.trust_guid)
                .and_then(|g| known.by_guid.get(g));
            let found = known.by_url.get(&entry.url).or(by_guid).copied();
            let article_id = match found.map(|at| &known.rows[at]) {
                Some(k) if same(k, source, entry, &detail) => {
                    stored.unchanged += 1;
                    continue;
                }
                Some(k) => {
                    stored.revised += 1;
                    revise(&mut tx, k, source, entry, &detail, now).await?;
                    k.id
                }
                None => {
                    let language = entry
                        .language
                        .as_deref()
                        .or(source.language.as_deref())
                        .or(feed_language);
                    match insert(&mut tx, source, source_id, entry, &detail, language, now).await? {
                        Some(id) => {
                            stored.new += 1;
                            id
                        }
                        // Another node was faster.
                        None => continue,
                    }
                }
            };
            let ids: Vec<i64> = terms_of(source, entry).iter().map(|t| terms[t]).collect();
            write_terms(&mut tx, article_id, &ids).await?;
            known.by_url.entry(entry.url.clone()).or_insert_with(|| {
                known.rows.push(Known {
                    id: article_id,
                    url: entry.url.clone(),
                    guid: entry.guid.clone(),
                    revision: 1,
                    leads: entry.leading || source.leading,
                    headline: entry.headline.clone(),
                    detail: Json(detail),
                });
                known.rows.len() - 1
            });
        }
        tx.commit().await?;
        Ok(stored)
    })
    .await
}

#[derive(Default)]
struct KnownSet {
    rows: Vec<Known>,
    by_url: HashMap<String, usize>,
    by_guid: HashMap<String, usize>,
}

async fn known(
    tx: &mut Tx,
    source: &Source,
    source_id: i64,
    entries: &[Entry],
) -> db::Result<KnownSet> {
    let urls = Json(entries.iter().map(|e| e.url.as_str()).collect::<Vec<_>>());
    let by_url = either(
        "SELECT a.id, a.url, a.guid, a.revision, a.leads, r.headline, r.detail
           FROM json_each($1) o CROSS JOIN article a
           JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision WHERE a.url = o.value",
        "SELECT a.id, a.url, a.guid, a.revision, a.leads, r.headline, r.detail
           FROM jsonb_array_elements($1) o JOIN article a ON a.url = o #>> '{}'
           JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision",
    );
    let mut rows: Vec<Known> = tx.sql(by_url).bind(urls).all().await?;
    if source.trust_guid {
        let guids = Json(
            entries
                .iter()
                .filter_map(|e| e.guid.as_deref())
                .collect::<Vec<_>>(),
        );
        let by_guid = either(
            "SELECT a.id, a.url, a.guid, a.revision, a.leads, r.headline, r.detail
               FROM json_each($1) o CROSS JOIN article a
               JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
              WHERE a.source_id = $2 AND a.guid = o.value",
            "SELECT a.id, a.url, a.guid, a.revision, a.leads, r.headline, r.detail
               FROM jsonb_array_elements($1) o JOIN article a ON a.source_id = $2 AND a.guid = o #>> '{}'
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

fn detail(source: &Source, entry: &Entry) -> ArticleDetail {
    ArticleDetail {
        standfirst: entry.standfirst.clone(),
        authors: entry.authors.clone(),
        section: entry.section.clone().or_else(|| source.section.clone()),
        topics: entry.topics.clone(),
        premium: entry.premium || source.premium,
        image: entry.image.clone(),
        updated_at: entry.updated_at.map(Timestamp::as_millisecond),
    }
}

/// Whether a reader would see no difference. A new time of change alone is none.
fn same(known: &Known, source: &Source, entry: &Entry, detail: &ArticleDetail) -> bool {
    let still = ArticleDetail {
        updated_at: detail.updated_at,
        ..known.detail.0.clone()
    };
    known.headline == entry.headline
        && still == *detail
        && known.leads == (entry.leading || source.leading)
}

async fn insert(
    tx: &mut Tx,
    source: &Source,
    source_id: i64,
    entry: &Entry,
    detail: &ArticleDetail,
    language: Option<&str>,
    now: Timestamp,
) -> db::Result<Option<i64>> {
    const SQL: &str = "
        INSERT INTO article (url, guid, source_id, language, premium, leads, state, revision, published_at, collected_at)
        VALUES ($1, $2, $3, $4, $5, $6, 1, 1, $7, $8) ON CONFLICT DO NOTHING RETURNING id";
    let now = now.as_millisecond();
    let id: Option<(i64,)> = tx
        .sql(SQL)
        .bind(&entry.url)
        .bind(&entry.guid)
        .bind(source_id)
        .bind(language)
        .bind(detail.premium)
        .bind(entry.leading || source.leading)
        .bind(
            entry
                .published_at
                .or(entry.updated_at)
                .map_or(now, Timestamp::as_millisecond),
        )
        .bind(now)
        .first()
        .await?;
    if let Some((id,)) = id {
        write_revision(tx, id, 1, entry, detail, now).await?;
    }
    Ok(id.map(|(id,)| id))
}

async fn revise(
    tx: &mut Tx,
    known: &Known,
    source: &Source,
    entry: &Entry,
    detail: &ArticleDetail,
    now: Timestamp,
) -> db::Result<()> {
    let revision = known.revision + 1;
    tx.sql("UPDATE article SET revision = $1, premium = $2, leads = $3 WHERE id = $4")
        .bind(revision)
        .bind(detail.premium)
        .bind(entry.leading || source.leading)
        .bind(known.id)
        .run()
        .await?;
    tx.sql("DELETE FROM article_term WHERE article_id = $1")
        .bind(known.id)
        .run()
        .await?;
    write_revision(tx, known.id, revision, entry, detail, now.as_millisecond()).await
}

async fn write_revision(
    tx: &mut Tx,
    article_id: i64,
    revision: i64,
    entry: &Entry,
    detail: &ArticleDetail,
    now: i64,
) -> db::Result<()> {
    tx.sql("INSERT INTO article_revision (article_id, revision, at, headline, detail) VALUES ($1, $2, $3, $4, $5)")
        .bind(article_id)
        .bind(revision)
        .bind(now)
        .bind(&entry.headline)
        .bind(Json(detail))
        .run()
        .await?;
    Ok(())
}

async fn write_terms(tx: &mut Tx, article_id: i64, terms: &[i64]) -> db::Result<()> {
    tx.sql(either(
        "INSERT INTO article_term (article_id, term_id) SELECT $1, o.value FROM json_each($2) o
          WHERE TRUE ON CONFLICT DO NOTHING",
        "INSERT INTO article_term (article_id, term_id) SELECT $1, (o #>> '{}')::int8 FROM jsonb_array_elements($2) o
          ON CONFLICT DO NOTHING",
    ))
    .bind(article_id)
    .bind(Json(terms))
    .run()
    .await?;
    Ok(())
}

/// The terms that an entry bears: its section, topics and authors.
fn terms_of(source: &Source, entry: &Entry) -> Vec<Term> {
    let section = entry.section.as_ref().or(source.section.as_ref());
    let named =
        |kind, names: &[String]| names.iter().map(|n| Term::new(kind, n)).collect::<Vec<_>>();
    let mut terms: Vec<Term> = section
        .map(|s| Term::new(TermKind::Section, s))
        .into_iter()
        .collect();
    terms.extend(named(TermKind::Topic, &entry.topics));
    terms.extend(named(TermKind::Author, &entry.authors));
    terms.retain(|t| !t.folded().is_empty());
    terms
}

async fn terms_by_name(
    db: &Db,
    source: &Source,
    entries: &[Entry],
) -> db::Result<HashMap<Term, i64>> {
    let mut all: Vec<Term> = entries.iter().flat_map(|e| terms_of(source, e)).collect();
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
