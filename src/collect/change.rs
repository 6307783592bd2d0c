//! Corrections and retractions: what happened to a story after it was collected, and what must follow from it.
//!
//! In: what a feed, its words or a command says. Out: the article's state, and a row of `article_change` as long as
//! something that is queued may not have it yet. `issue::withdraw` brings it there; the fence reads it until then.
//! Each change moves the generation on, in its own transaction: whoever composed before that must compose again.

use jiff::Timestamp;
use sqlx::types::Json;

use super::store::ArticleDetail;
use crate::db::{self, Db, Sql, Tx, either};

/// How an article stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArticleState {
    /// Digests may carry it.
    Active = 1,
    /// The paper took it back: no mail carries it.
    Retracted = 2,
}

impl ArticleState {
    /// The state behind a number of the database.
    pub fn from_number(number: i16) -> ArticleState {
        if number == 1 {
            ArticleState::Active
        } else {
            ArticleState::Retracted
        }
    }

    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            ArticleState::Active => "active",
            ArticleState::Retracted => "retracted",
        }
    }
}

/// The generation of all stories. Read it before what is composed, on the same connection.
pub async fn generation(sql: &mut impl Sql) -> db::Result<i64> {
    sql.sql("SELECT generation FROM article_generation WHERE id = 1")
        .value()
        .await
}

/// Whether nothing was corrected, retracted or folded since `generation` was read. Until `tx` ends, nothing can be: so
/// what it writes is of that generation.
pub async fn still(tx: &mut Tx, generation: i64) -> db::Result<bool> {
    let text = either(
        "SELECT generation FROM article_generation WHERE id = 1",
        "SELECT generation FROM article_generation WHERE id = 1 FOR SHARE",
    );
    Ok(tx.sql(text).value::<i64>().await? == generation)
}

/// Moves the generation on.
pub(super) async fn move_on(tx: &mut Tx) -> db::Result<i64> {
    tx.sql("UPDATE article_generation SET generation = generation + 1 WHERE id = 1 RETURNING generation")
        .value()
        .await
}

/// Says that no message may leave with a revision of this article before `revision`, or with none of it at all.
pub(super) async fn announce(
    tx: &mut Tx,
    article_id: i64,
    revision: Option<i64>,
) -> db::Result<()> {
    const SQL: &str = "
        INSERT INTO article_change (article_id, revision, generation) VALUES ($1, $2, $3)
        ON CONFLICT (article_id) DO UPDATE SET generation = excluded.generation,
               revision = CASE WHEN article_change.revision IS NULL THEN NULL ELSE excluded.revision END";
    let generation = move_on(tx).await?;
    tx.sql(SQL)
        .bind(article_id)
        .bind(revision)
        .bind(generation)
        .run()
        .await?;
    Ok(())
}

/// Takes an active article back, because of `why`; whether it was active.
pub(super) async fn retract_one(
    tx: &mut Tx,
    article_id: i64,
    why: &str,
    now: Timestamp,
) -> db::Result<bool> {
    let retracted = tx
        .sql("UPDATE article SET state = 2, retracted_at = $1, retraction = $2 WHERE id = $3 AND state = 1")
        .bind(now.as_millisecond())
        .bind(why)
        .bind(article_id)
        .run()
        .await?
        == 1;
    if retracted {
        announce(tx, article_id, None).await?;
    }
    Ok(retracted)
}

/// Takes this article back, and every copy that is folded with it; how many were active.
pub async fn retract(db: &Db, article_id: i64, why: &str, now: Timestamp) -> db::Result<u64> {
    db::again(async || {
        let mut tx = db.begin().await?;
        let mut retracted = 0;
        for id in told_with(&mut tx, article_id).await? {
            retracted += u64::from(retract_one(&mut tx, id, why, now).await?);
        }
        tx.commit().await?;
        Ok(retracted)
    })
    .await
}

/// Takes back the active articles of this source whose guid or key is among `ids`, as its feed says that they are
/// deleted (RFC 6721, section 3). One that was restored by command stays.
pub async fn retract_deleted(
    db: &Db,
    source_id: i64,
    ids: &[String],
    now: Timestamp,
) -> db::Result<u64> {
    if ids.is_empty() {
        return Ok(0);
    }
    let keys: Vec<String> = ids.iter().filter_map(|id| super::key(id)).collect();
    db::again(async || {
        let text = either(
            "SELECT a.id FROM json_each($1) o CROSS JOIN article a
              WHERE a.source_id = $3 AND a.guid = o.value AND a.state = 1 AND a.retracted_at IS NULL
              UNION SELECT a.id FROM json_each($2) o CROSS JOIN article a
              WHERE a.url = o.value AND a.source_id = $3 AND a.state = 1 AND a.retracted_at IS NULL ORDER BY 1",
            "SELECT a.id FROM jsonb_array_elements($1) o JOIN article a ON a.source_id = $3 AND a.guid = o #>> '{}'
              WHERE a.state = 1 AND a.retracted_at IS NULL
              UNION SELECT a.id FROM jsonb_array_elements($2) o JOIN article a ON a.url = o #>> '{}'
              WHERE a.source_id = $3 AND a.state = 1 AND a.retracted_at IS NULL ORDER BY 1",
        );
        let mut tx = db.begin().await?;
        let gone: Vec<(i64,)> = tx
            .sql(text)
            .bind(Json(ids))
            .bind(Json(&keys))
            .bind(source_id)
            .all()
            .await?;
        let mut retracted = 0;
        for (id,) in gone {
            let why = "its feed says that it is deleted";
            retracted += u64::from(retract_one(&mut tx, id, why, now).await?);
        }
        tx.commit().await?;
        Ok(retracted)
    })
    .await
}

/// Lets digests carry this article and its copies again; how many were retracted. What was taken out of messages stays out.
pub async fn restore(db: &Db, article_id: i64) -> db::Result<u64> {
    db::again(async || {
        let mut tx = db.begin().await?;
        let mut restored = 0;
        for id in told_with(&mut tx, article_id).await? {
            let back: Option<(Option<i64>,)> = tx
                .sql("UPDATE article SET state = 1 WHERE id = $1 AND state = 2 RETURNING corrected")
                .bind(id)
                .first()
                .await?;
            let Some((corrected,)) = back else { continue };
            restored += 1;
            tx.sql("DELETE FROM article_change WHERE article_id = $1")
                .bind(id)
                .run()
                .await?;
            match corrected {
                Some(revision) => announce(&mut tx, id, Some(revision)).await?,
                None => drop(move_on(&mut tx).await?),
            }
        }
        tx.commit().await?;
        Ok(restored)
    })
    .await
}

/// Makes a revision that says that the text there now is a correction, with what was wrong; its number.
pub async fn correct(db: &Db, article_id: i64, note: &str, now: Timestamp) -> db::Result<i64> {
    db::again(async || {
        let mut tx = db.begin().await?;
        // First the row that another correction waits for, then what it left.
        tx.sql("UPDATE article SET revision = revision + 1, corrected = revision + 1 WHERE id = $1")
            .bind(article_id)
            .run()
            .await?;
        let before = "SELECT r.revision, r.headline, r.detail FROM article_revision r WHERE r.article_id = $1
                       ORDER BY r.revision DESC LIMIT 1";
        let (last, headline, Json(mut detail)): (i64, String, Json<ArticleDetail>) =
            tx.sql(before).bind(article_id).one().await?;
        detail.correction = Some(note.to_owned());
        let revision = last + 1;
        tx.sql("INSERT INTO article_revision (article_id, revision, at, headline, detail) VALUES ($1, $2, $3, $4, $5)")
            .bind(article_id)
            .bind(revision)
            .bind(now.as_millisecond())
            .bind(&headline)
            .bind(Json(&detail))
            .run()
            .await?;
        announce(&mut tx, article_id, Some(revision)).await?;
        tx.commit().await?;
        Ok(revision)
    })
    .await
}

/// This article and those that tell the same story, in the order of their ids.
pub(super) async fn told_with(tx: &mut Tx, article_id: i64) -> db::Result<Vec<i64>> {
    let root: i64 = tx
        .sql("SELECT coalesce(same_as, id) FROM article WHERE id = $1")
        .bind(article_id)
        .value()
        .await?;
    let ids: Vec<(i64,)> = tx
        .sql("SELECT id FROM article WHERE id = $1 OR same_as = $1 ORDER BY id")
        .bind(root)
        .all()
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}
