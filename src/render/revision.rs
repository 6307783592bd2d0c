//! What mails show of the database: articles as they were at a revision, and the names of terms.

use std::sync::Arc;

use sqlx::types::Json;

use super::view::{Picture, StoryView};
use super::words::Words;
use crate::collect::ArticleDetail;
use crate::config::Tier;
use crate::db::{self, Sql, either};

/// An article's revision, as stories are made from.
#[derive(Debug)]
pub struct StoryText {
    /// The headline.
    pub headline: String,
    /// The language it is written in, where the feed says it.
    pub language: Option<String>,
    /// All else.
    pub detail: ArticleDetail,
}

impl StoryText {
    /// The story as readers of this tier see it, in a mail that says `words`; a short item says all in its headline.
    pub fn view(&self, words: Words<'_>, tier: Tier, is_short: bool) -> StoryView {
        let detail = &self.detail;
        let gated = detail.premium && tier == Tier::Free;
        let corrected = detail.correction.as_ref();
        let mark = corrected.map(|_| words.say("correction", &[]));
        let headline = match &mark {
            Some(mark) if is_short => format!("{mark}: {}", self.headline),
            _ => self.headline.clone(),
        };
        let said = corrected.zip(mark).map(|(note, mark)| match note.as_str() {
            "" => mark,
            note => format!("{mark}: {note}"),
        });
        StoryView {
            url: detail.link.clone(),
            headline,
            standfirst: Some(detail.standfirst.clone()).filter(|s| !s.is_empty()),
            authors: words.list(&detail.authors),
            detail: said,
            premium: detail.premium,
            premium_note: gated.then(|| words.say("premium_note", &[])),
            image: detail.image.as_ref().map(|i| Picture {
                url: i.url.clone(),
                alt: i.alt.clone(),
            }),
            language: self.language.clone(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    article_id: i64,
    revision: i64,
    headline: String,
    language: Option<String>,
    detail: Json<ArticleDetail>,
}

/// The texts of these articles at these revisions.
pub async fn revisions(
    sql: &mut impl Sql,
    keys: &[(i64, i64)],
) -> db::Result<Vec<((i64, i64), Arc<StoryText>)>> {
    let text = either(
        "SELECT r.article_id, r.revision, r.headline, a.language, r.detail
           FROM jsonb_each($1) o CROSS JOIN article_revision r JOIN article a ON a.id = r.article_id
          WHERE r.article_id = o.value->>0 AND r.revision = o.value->>1",
        "SELECT r.article_id, r.revision, r.headline, a.language, r.detail
           FROM jsonb_array_elements($1) o
           JOIN article_revision r ON r.article_id = (o->>0)::int8 AND r.revision = (o->>1)::int8
           JOIN article a ON a.id = r.article_id",
    );
    let rows: Vec<RevisionRow> = sql.sql(text).bind(Json(keys)).all().await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let text = StoryText {
                headline: r.headline,
                language: r.language,
                detail: r.detail.0,
            };
            ((r.article_id, r.revision), Arc::new(text))
        })
        .collect())
}

/// The names of these terms, as people write them.
pub(super) async fn term_names(sql: &mut impl Sql, ids: &[i64]) -> db::Result<Vec<(i64, String)>> {
    let text = either(
        "SELECT t.id, t.name FROM json_each($1) o CROSS JOIN term t WHERE t.id = o.value",
        "SELECT t.id, t.name FROM jsonb_array_elements($1) o JOIN term t ON t.id = (o #>> '{}')::int8",
    );
    sql.sql(text).bind(Json(ids)).all().await
}
