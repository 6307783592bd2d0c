//! What mails show of the database: articles as they were at a revision, and the names of terms.

use std::sync::Arc;

use sqlx::types::Json;

use crate::collect::ArticleDetail;
use crate::db::{self, Sql, either};

/// An article's revision, as stories are made from.
pub(super) struct StoryText {
    pub(super) url: String,
    pub(super) headline: String,
    pub(super) detail: ArticleDetail,
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    article_id: i64,
    revision: i64,
    url: String,
    headline: String,
    detail: Json<ArticleDetail>,
}

/// The texts of these articles at these revisions.
pub(super) async fn revisions(
    sql: &mut impl Sql,
    keys: &[(i64, i64)],
) -> db::Result<Vec<((i64, i64), Arc<StoryText>)>> {
    let text = either(
        "SELECT r.article_id, r.revision, a.url, r.headline, r.detail
           FROM json_each($1) o CROSS JOIN article_revision r JOIN article a ON a.id = r.article_id
          WHERE r.article_id = o.value->>0 AND r.revision = o.value->>1",
        "SELECT r.article_id, r.revision, a.url, r.headline, r.detail
           FROM jsonb_array_elements($1) o
           JOIN article_revision r ON r.article_id = (o->>0)::int8 AND r.revision = (o->>1)::int8
           JOIN article a ON a.id = r.article_id",
    );
    let rows: Vec<RevisionRow> = sql.sql(text).bind(Json(keys)).all().await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let text = StoryText {
                url: r.url,
                headline: r.headline,
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
