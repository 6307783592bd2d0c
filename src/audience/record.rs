//! The record of acts: what was done to a reader's preferences, when, from where and through what, and in whose sight.
//!
//! A row is written in the transaction of its act, is never changed, and goes only with the reader; triggers see to both.
//! The one that belongs to a revision says how it came about; `act` writes those of readers, [`record`] those of the paper.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::types::Json;

use super::act::Act;
use super::preference::Preferences;
use super::store::Stored;
use crate::db::{self, Sql, Tx, either};

/// Records that these revisions, which were just stored, came about by `act`, through `source`.
pub async fn record(
    tx: &mut Tx,
    stored: &[Stored],
    act: Act,
    source: &str,
    now: Timestamp,
) -> db::Result<()> {
    let rows: Vec<(i64, i64)> = stored
        .iter()
        .map(|s| (s.subscriber_id, s.revision))
        .collect();
    tx.sql(either(
        "INSERT INTO preference_act (subscriber_id, revision, at, act, source)
         SELECT o.value->>0, o.value->>1, $2, $3, $4 FROM jsonb_each($1) o",
        "INSERT INTO preference_act (subscriber_id, revision, at, act, source)
         SELECT (o->>0)::int8, (o->>1)::int8, $2, $3, $4 FROM jsonb_array_elements($1) o",
    ))
    .bind(Json(&rows))
    .bind(now.as_millisecond())
    .bind(act as i16)
    .bind(source)
    .run()
    .await?;
    Ok(())
}

/// The revision by which a reader last asked to be forgotten. To undo it keeps everything.
pub async fn last_erasing(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Option<i64>> {
    sql.sql("SELECT max(revision) FROM preference_act WHERE subscriber_id = $1 AND act = $2")
        .bind(subscriber_id)
        .bind(Act::Erase as i16)
        .value()
        .await
}

/// By which act this revision came about, where a reader made it.
pub async fn act_of(
    sql: &mut impl Sql,
    subscriber_id: i64,
    revision: i64,
) -> db::Result<Option<Act>> {
    let found: Option<(i16,)> = sql
        .sql("SELECT act FROM preference_act WHERE subscriber_id = $1 AND revision = $2")
        .bind(subscriber_id)
        .bind(revision)
        .first()
        .await?;
    Ok(found.and_then(|(number,)| Act::from_number(number)))
}

/// The newest revision that came about by this act.
pub async fn newest_by(
    sql: &mut impl Sql,
    subscriber_id: i64,
    act: Act,
) -> db::Result<Option<i64>> {
    sql.sql("SELECT max(revision) FROM preference_act WHERE subscriber_id = $1 AND act = $2")
        .bind(subscriber_id)
        .bind(act as i16)
        .value()
        .await
}

/// When the revision was made that so many others have followed; none if there are not that many.
pub async fn made_before(
    sql: &mut impl Sql,
    subscriber_id: i64,
    others: i64,
) -> db::Result<Option<i64>> {
    // A reader's revisions are numbered without gaps.
    let found: Option<(i64,)> = sql
        .sql(
            "SELECT p.at FROM subscriber s JOIN preference p ON p.subscriber_id = s.id AND p.revision = s.revision - $2
              WHERE s.id = $1",
        )
        .bind(subscriber_id)
        .bind(others)
        .first()
        .await?;
    Ok(found.map(|(at,)| at))
}

/// What the record says of one act.
#[derive(Clone, Debug)]
pub struct Told {
    /// When, in UTC milliseconds.
    pub at: i64,
    /// What was done.
    pub act: Act,
    /// To which newsletter.
    pub newsletter_id: Option<i64>,
    /// What was followed, muted or taken away.
    pub detail: Option<String>,
}

/// What the record says of how this revision came about.
pub async fn told(
    sql: &mut impl Sql,
    subscriber_id: i64,
    revision: i64,
) -> db::Result<Option<Told>> {
    let row: Option<(i64, i16, Option<i64>, Option<String>)> = sql
        .sql(
            "SELECT at, act, newsletter_id, detail FROM preference_act WHERE subscriber_id = $1 AND revision = $2",
        )
        .bind(subscriber_id)
        .bind(revision)
        .first()
        .await?;
    Ok(row.and_then(|(at, act, newsletter_id, detail)| {
        Some(Told {
            at,
            act: Act::from_number(act)?,
            newsletter_id,
            detail,
        })
    }))
}

/// When a reader last used a form: by what was done and, where it was about one, the newsletter's number.
pub async fn last_acts(
    sql: &mut impl Sql,
    subscriber_id: i64,
) -> db::Result<Vec<(Act, Option<i64>, i64)>> {
    let rows: Vec<(i16, Option<i64>, i64)> = sql
        .sql(
            "SELECT act, newsletter_id, max(at) FROM preference_act WHERE subscriber_id = $1
              GROUP BY act, newsletter_id",
        )
        .bind(subscriber_id)
        .all()
        .await?;
    let known = rows
        .into_iter()
        .filter_map(|(act, newsletter_id, at)| Some((Act::from_number(act)?, newsletter_id, at)));
    Ok(known.collect())
}

/// When what is muted was muted: the newsletter's number, the term as it was written, and the instant.
pub async fn muted_since(
    sql: &mut impl Sql,
    subscriber_id: i64,
) -> db::Result<Vec<(i64, String, i64)>> {
    sql.sql(
        "SELECT newsletter_id, detail, max(at) FROM preference_act
          WHERE subscriber_id = $1 AND act = 5 AND newsletter_id IS NOT NULL AND detail IS NOT NULL
          GROUP BY newsletter_id, detail",
    )
    .bind(subscriber_id)
    .all()
    .await
}

/// One revision of a reader's preferences, and how it came about.
#[derive(Debug, Serialize)]
pub struct Revision {
    /// Its number, from 1.
    pub revision: i64,
    /// When, in UTC milliseconds.
    pub at: i64,
    /// What was done, where a reader did it on a page.
    pub act: Option<&'static str>,
    /// To which newsletter.
    pub newsletter: Option<String>,
    /// What was followed, muted or taken away.
    pub detail: Option<String>,
    /// Through what.
    pub source: Option<String>,
    /// From which network.
    pub network: Option<String>,
    /// What the reader had before their eyes.
    pub shown: Option<String>,
    /// The revision that it took back.
    pub undoes: Option<i64>,
    /// All that was asked for from then on.
    pub preferences: Preferences,
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    revision: i64,
    at: i64,
    document: Json<Preferences>,
    act: Option<i16>,
    newsletter: Option<String>,
    detail: Option<String>,
    source: Option<String>,
    network: Option<String>,
    shown: Option<String>,
    undoes: Option<i64>,
}

/// The newest `most` revisions of a reader's preferences, the oldest of them first.
pub async fn revisions(
    sql: &mut impl Sql,
    subscriber_id: i64,
    most: i64,
) -> db::Result<Vec<Revision>> {
    const SQL: &str = "
        SELECT p.revision, p.at, p.document, a.act, n.slug AS newsletter, a.detail, a.source, a.network, a.shown, a.undoes
          FROM preference p
          LEFT JOIN preference_act a ON a.subscriber_id = p.subscriber_id AND a.revision = p.revision
          LEFT JOIN newsletter n ON n.id = a.newsletter_id
         WHERE p.subscriber_id = $1 ORDER BY p.revision DESC LIMIT $2";
    let query = sql.sql(SQL).bind(subscriber_id).bind(most);
    let mut rows: Vec<RevisionRow> = query.all().await?;
    rows.reverse();
    let told = |r: RevisionRow| Revision {
        revision: r.revision,
        at: r.at,
        act: r.act.and_then(Act::from_number).map(Act::word),
        newsletter: r.newsletter,
        detail: r.detail,
        source: r.source,
        network: r.network,
        shown: r.shown,
        undoes: r.undoes,
        preferences: r.document.0,
    };
    Ok(rows.into_iter().map(told).collect())
}
