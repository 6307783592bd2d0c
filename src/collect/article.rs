//! What commands ask of articles: which there are, all there is to know of one, and which one an address means.

use serde::Serialize;
use sqlx::types::Json;

use super::change::ArticleState;
use super::store::ArticleDetail;
use super::{canonical, key};
use crate::audience::{Term, TermKind};
use crate::db::{self, Sql};

/// An article as it is listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// Where readers open it.
    pub link: String,
    /// Its headline now.
    pub headline: String,
    /// The source that tells it.
    pub source: String,
    /// How it stands.
    pub state: &'static str,
    /// Its revision.
    pub revision: i64,
    /// The newest revision that is a correction.
    pub corrected: Option<i64>,
    /// The article that it tells the same story as, and was collected first.
    pub same_as: Option<i64>,
    /// When it was collected, in UTC milliseconds.
    pub collected_at: i64,
}

/// All there is to know of an article.
#[derive(Debug, Serialize)]
pub struct Article {
    /// What stands in a list, too.
    #[serde(flatten)]
    pub listed: Listed,
    /// What tells it from others.
    pub key: String,
    /// Its source's own id of it.
    pub guid: Option<String>,
    /// Its language, if that is known.
    pub language: Option<String>,
    /// When it was published.
    pub published_at: i64,
    /// When it was last retracted, and why. A restored one keeps both.
    pub retracted_at: Option<i64>,
    /// Why.
    pub retraction: Option<String>,
    /// Why it is folded, or that it was parted by command.
    pub same_why: Option<String>,
    /// Its section, topics and authors, as `section:Schools`.
    pub terms: Vec<String>,
    /// What it said, the oldest first.
    pub revisions: Vec<Revision>,
    /// Others that tell the same story.
    pub copies: Vec<Copy>,
}

/// What an article said from some time on.
#[derive(Debug, Serialize)]
pub struct Revision {
    /// Its number.
    pub revision: i64,
    /// Since when, in UTC milliseconds.
    pub at: i64,
    /// The headline.
    pub headline: String,
    /// The rest.
    #[serde(flatten)]
    pub detail: ArticleDetail,
}

/// Another article with the same story.
#[derive(Debug, Serialize)]
pub struct Copy {
    /// Its number.
    pub id: i64,
    /// Where readers open it.
    pub link: String,
    /// Its headline now.
    pub headline: String,
    /// The source that tells it.
    pub source: String,
    /// Why they are one; none for the first.
    pub why: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    url: String,
    guid: Option<String>,
    language: Option<String>,
    state: i16,
    revision: i64,
    corrected: Option<i64>,
    same_as: Option<i64>,
    same_why: Option<String>,
    retracted_at: Option<i64>,
    retraction: Option<String>,
    published_at: i64,
    collected_at: i64,
    source: String,
    headline: String,
    detail: Json<ArticleDetail>,
}

impl Row {
    fn listed(&self) -> Listed {
        Listed {
            id: self.id,
            link: self.detail.link.clone(),
            headline: self.headline.clone(),
            source: self.source.clone(),
            state: ArticleState::from_number(self.state).word(),
            revision: self.revision,
            corrected: self.corrected,
            same_as: self.same_as,
            collected_at: self.collected_at,
        }
    }
}

/// The articles collected since `since`, the newest first, at most `limit`.
pub async fn list(sql: &mut impl Sql, since: i64, limit: i64) -> db::Result<Vec<Listed>> {
    const SQL: &str = "
        SELECT a.id, a.url, a.guid, a.language, a.state, a.revision, a.corrected, a.same_as, a.same_why, a.retracted_at,
               a.retraction, a.published_at, a.collected_at, s.name AS source, r.headline, r.detail
          FROM article a JOIN source s ON s.id = a.source_id
          JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
         WHERE a.collected_at >= $1 ORDER BY a.collected_at DESC, a.id DESC LIMIT $2";
    let rows: Vec<Row> = sql.sql(SQL).bind(since).bind(limit).all().await?;
    Ok(rows.iter().map(Row::listed).collect())
}

/// The article that a person means by an address, in whatever form, or by a number. An address that it has left counts,
/// since a mail that was sent before has it.
pub async fn find(sql: &mut impl Sql, asked: &str) -> db::Result<Option<i64>> {
    let found: Option<(i64,)> = if let Ok(id) = asked.trim().parse::<i64>() {
        let by_id = sql.sql("SELECT id FROM article WHERE id = $1");
        by_id.bind(id).first().await?
    } else if let Some(key) = key(&with_scheme(asked)) {
        let by_url = sql.sql("SELECT id FROM article WHERE url = $1");
        match by_url.bind(key).first().await? {
            Some(found) => Some(found),
            None => moved(sql, &with_scheme(asked)).await?,
        }
    } else {
        None
    };
    Ok(found.map(|(id,)| id))
}

/// The article that was once at this address. Looks through all there is, so it comes last.
async fn moved(sql: &mut impl Sql, asked: &str) -> db::Result<Option<(i64,)>> {
    const SQL: &str = "SELECT article_id FROM article_revision WHERE detail->>'link' = $1
                        ORDER BY article_id DESC LIMIT 1";
    match canonical(asked) {
        Some(link) => sql.sql(SQL).bind(link).first().await,
        None => Ok(None),
    }
}

/// Links of articles whose address is like the one asked for, the likest first, at most three.
pub async fn near(sql: &mut impl Sql, asked: &str) -> db::Result<Vec<String>> {
    const SQL: &str = "SELECT a.url, r.detail FROM article a
                         JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
                        ORDER BY a.id DESC LIMIT 5000";
    let Some(asked) = key(&with_scheme(asked)) else {
        return Ok(Vec::new());
    };
    let rows: Vec<(String, Json<ArticleDetail>)> = sql.sql(SQL).all().await?;
    let mut like: Vec<(f64, String)> = rows
        .into_iter()
        .map(|(url, detail)| {
            (
                strsim::normalized_damerau_levenshtein(&asked, &url),
                detail.0.link,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.8)
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    like.truncate(3);
    Ok(like.into_iter().map(|(_, link)| link).collect())
}

/// People leave the scheme out.
fn with_scheme(asked: &str) -> String {
    let asked = asked.trim();
    if asked.contains("://") {
        asked.to_owned()
    } else {
        format!("https://{asked}")
    }
}

/// All there is to know of this article.
pub async fn show(sql: &mut impl Sql, id: i64) -> db::Result<Article> {
    const SQL: &str = "
        SELECT a.id, a.url, a.guid, a.language, a.state, a.revision, a.corrected, a.same_as, a.same_why, a.retracted_at,
               a.retraction, a.published_at, a.collected_at, s.name AS source, r.headline, r.detail
          FROM article a JOIN source s ON s.id = a.source_id
          JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision WHERE a.id = $1";
    const REVISIONS: &str = "SELECT revision, at, headline, detail FROM article_revision WHERE article_id = $1 ORDER BY revision";
    const TERMS: &str =
        "SELECT t.kind, t.name FROM article_term at JOIN term t ON t.id = at.term_id
                          WHERE at.article_id = $1 ORDER BY t.kind, t.folded";
    const COPIES: &str = "
        SELECT a.id, a.url, a.guid, a.language, a.state, a.revision, a.corrected, a.same_as, a.same_why, a.retracted_at,
               a.retraction, a.published_at, a.collected_at, s.name AS source, r.headline, r.detail
          FROM article a JOIN source s ON s.id = a.source_id
          JOIN article_revision r ON r.article_id = a.id AND r.revision = a.revision
         WHERE (a.id = $1 OR a.same_as = $1) AND a.id <> $2 ORDER BY a.id";
    let row: Row = sql.sql(SQL).bind(id).one().await?;
    let revisions: Vec<(i64, i64, String, Json<ArticleDetail>)> =
        sql.sql(REVISIONS).bind(id).all().await?;
    let terms: Vec<(i16, String)> = sql.sql(TERMS).bind(id).all().await?;
    let root = row.same_as.unwrap_or(row.id);
    let copies: Vec<Row> = sql.sql(COPIES).bind(root).bind(id).all().await?;
    let named = |(kind, name): (i16, String)| {
        let kind = TermKind::ALL.into_iter().find(|k| *k as i16 == kind)?;
        Some(Term { kind, name }.to_string())
    };
    Ok(Article {
        listed: row.listed(),
        key: row.url,
        guid: row.guid,
        language: row.language,
        published_at: row.published_at,
        retracted_at: row.retracted_at,
        retraction: row.retraction,
        same_why: row.same_why,
        terms: terms.into_iter().filter_map(named).collect(),
        revisions: revisions
            .into_iter()
            .map(|(revision, at, headline, detail)| Revision {
                revision,
                at,
                headline,
                detail: detail.0,
            })
            .collect(),
        copies: copies
            .into_iter()
            .map(|c| Copy {
                id: c.id,
                link: c.detail.0.link,
                headline: c.headline,
                source: c.source,
                why: c.same_why.filter(|_| c.same_as.is_some()),
            })
            .collect(),
    })
}
