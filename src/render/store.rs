//! The versions of the templates that mails were made from, kept whole, so that a mail can be made again to the byte.

use std::collections::BTreeMap;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::types::Json;

use super::{TemplateError, Templates};
use crate::app::StartError;
use crate::db::{self, Db, Sql};

/// Keeps the templates that are in force, our own with those of `folder` over them, and gives their number. Those that this
/// version of the program has kept before it knows to be whole.
pub async fn keep(db: &Db, folder: Option<&Path>) -> Result<i64, StartError> {
    let files = Templates::load(folder)?;
    let said = serde_json::to_vec(&(env!("CARGO_PKG_VERSION"), &files));
    let mark = digest(&SHA256, &said.expect("a map of texts is plain data"));
    if let Some(id) = kept(&mut db.read().await?, mark.as_ref()).await? {
        return Ok(id);
    }
    Templates::compile(&files)?;
    let mut tx = db.begin().await?;
    tx.sql("INSERT INTO template (digest, files) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(mark.as_ref())
        .bind(Json(&files))
        .run()
        .await?;
    let id = kept(&mut tx, mark.as_ref()).await?;
    tx.commit().await?;
    Ok(id.ok_or(db::Error::Missing)?)
}

async fn kept(sql: &mut impl Sql, mark: &[u8]) -> db::Result<Option<i64>> {
    let found: Option<(i64,)> = sql
        .sql("SELECT id FROM template WHERE digest = $1")
        .bind(mark)
        .first()
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The templates of this number, compiled.
pub(super) async fn compiled(
    sql: &mut impl Sql,
    id: i64,
) -> db::Result<Result<Templates, TemplateError>> {
    let (Json(files),): (Json<BTreeMap<String, String>>,) = sql
        .sql("SELECT files FROM template WHERE id = $1")
        .bind(id)
        .one()
        .await?;
    Ok(Templates::compile(&files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_kept_once_is_whole_and_what_is_broken_is_never_kept() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!(
            "sqlite:{}",
            folder.path().join("postrider.sqlite").display()
        );
        let db = Db::open(&url).await.unwrap();
        let own = folder.path().join("templates");
        std::fs::create_dir(&own).unwrap();
        let whole = keep(&db, Some(&own)).await.unwrap();
        assert_eq!(keep(&db, Some(&own)).await.unwrap(), whole);
        let file = own.join("more.txt");
        std::fs::write(&file, "{{#if stories}}").unwrap();
        for _ in 0..2 {
            assert!(keep(&db, Some(&own)).await.is_err());
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(keep(&db, Some(&own)).await.unwrap(), whole);
    }
}
