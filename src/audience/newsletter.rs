//! The numbers that newsletters have in the database. The newsletters themselves are files.

use std::collections::HashMap;

use sqlx::types::Json;

use crate::db::{Db, Result, Sql, either};

/// The id of each slug; those not yet known are made.
pub async fn ids(db: &Db, slugs: &[&str]) -> Result<HashMap<String, i64>> {
    let mut tx = db.begin().await?;
    tx.sql(either(
        "INSERT INTO newsletter (slug) SELECT o.value FROM json_each($1) o WHERE TRUE ON CONFLICT DO NOTHING",
        "INSERT INTO newsletter (slug) SELECT o #>> '{}' FROM jsonb_array_elements($1) o ON CONFLICT DO NOTHING",
    ))
    .bind(Json(slugs))
    .run()
    .await?;
    let all: Vec<(String, i64)> = tx.sql("SELECT slug, id FROM newsletter").all().await?;
    tx.commit().await?;
    Ok(all.into_iter().collect())
}
