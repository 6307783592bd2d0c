//! Withdrawing: what is corrected or taken back changes in every message that has not left.
//!
//! In: the changes that `collect::change` notes. Out: messages that point to a cohort without the story, or with its new
//! revision; a digest with nothing left is skipped. Cohorts are never altered: those who had the old one had it. A sweep
//! goes through the open messages of live issues in small transactions and ends a change when none needs it any more;
//! the fence does the same for what it stops meanwhile. So a kill anywhere leaves the rest to the next sweep.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use sqlx::types::Json;

use super::compose::{Cohort, Story};
use super::write::insert_cohorts;
use crate::app::App;
use crate::config::{Premium, Tier};
use crate::db::{self, Sql, Tx, either};
use crate::message::{MessageId, Reason, State};

/// Messages that a page reads and a transaction writes: on SQLite a reader's click waits for no longer.
const PAGE: i64 = 1000;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Withdrawn {
    /// Messages that will show something else.
    pub changed: u64,
    /// Messages that have nothing left to show.
    pub skipped: u64,
}

/// What may still be shown of an article.
#[derive(Clone, Copy, sqlx::FromRow)]
struct Change {
    article_id: i64,
    /// The oldest revision that may leave; none if none may.
    revision: Option<i64>,
    generation: i64,
    premium: bool,
}

type Changes = HashMap<i64, Change>;

#[derive(sqlx::FromRow)]
struct Open {
    issue_id: i64,
    subscriber_id: i64,
    n: i16,
    state: i16,
    newsletter_id: i64,
    cohort_id: i64,
    language: String,
    tier: i16,
    stories: Json<Vec<Story>>,
    more: i64,
}

/// An open message that shows what must not leave, and what it shall show.
struct Stale {
    id: MessageId,
    cohort_id: i64,
    cohort: Cohort,
}

/// Brings every change to what is queued. Costs one statement when there is none.
pub async fn sweep(app: &App) -> db::Result<Withdrawn> {
    let mut done = Withdrawn::default();
    let mut conn = app.db.read().await?;
    let changes = changes(&mut conn).await?;
    if changes.is_empty() {
        return Ok(done);
    }
    let live: Vec<(i64,)> = conn
        .sql("SELECT id FROM issue WHERE state IN (1, 2) ORDER BY stream, id")
        .all()
        .await?;
    drop(conn);
    // What is being handed over may come back for another try.
    let mut left = false;
    for (issue_id,) in live {
        let mut from = (i64::MIN, 0);
        loop {
            let page = page(&mut app.db.read().await?, issue_id, from).await?;
            let Some(last) = page.last() else { break };
            from = (last.subscriber_id, last.n);
            let stale = stale(app, &changes, &page);
            left |= page
                .iter()
                .any(|m| m.state == State::Sending as i16 && is_stale(&changes, &m.stories));
            if stale.is_empty() {
                continue;
            }
            let now = app.clock.now().as_millisecond();
            let (changed, skipped) = db::again(async || {
                let mut tx = app.db.begin().await?;
                let written = write(&mut tx, &stale, now).await?;
                tx.commit().await?;
                Ok(written)
            })
            .await?;
            done.changed += changed;
            done.skipped += skipped;
            left |= changed + skipped < stale.len() as u64;
        }
    }
    if !left {
        forget(app, &changes).await?;
    }
    if done != Withdrawn::default() {
        tracing::info!(
            changed = done.changed,
            skipped = done.skipped,
            "corrected and withdrawn stories were changed in what is queued"
        );
    }
    Ok(done)
}

/// The same for these messages alone, within `tx`; how many were skipped. For the fence, which has stopped them.
pub(crate) async fn renew(tx: &mut Tx, app: &App, ids: &[MessageId], now: i64) -> db::Result<u64> {
    let changes = changes(tx).await?;
    if changes.is_empty() {
        return Ok(0);
    }
    let keys: Vec<_> = ids
        .iter()
        .map(|id| (id.issue_id, id.subscriber_id, id.n))
        .collect();
    let open: Vec<Open> = tx
        .sql(either(
            "SELECT m.issue_id, m.subscriber_id, m.n, m.state, i.newsletter_id, m.cohort_id, c.language, c.tier, c.stories,
                    c.more FROM jsonb_each($1) o CROSS JOIN message m JOIN issue i ON i.id = m.issue_id
               JOIN cohort c ON c.id = m.cohort_id
              WHERE m.issue_id = o.value->>0 AND m.subscriber_id = o.value->>1 AND m.n = o.value->>2",
            "SELECT m.issue_id, m.subscriber_id, m.n, m.state, i.newsletter_id, m.cohort_id, c.language, c.tier, c.stories,
                    c.more FROM jsonb_array_elements($1) o
               JOIN message m ON m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
               JOIN issue i ON i.id = m.issue_id JOIN cohort c ON c.id = m.cohort_id",
        ))
        .bind(Json(keys))
        .all()
        .await?;
    let stale = stale(app, &changes, &open);
    Ok(write(tx, &stale, now).await?.1)
}

async fn changes(sql: &mut impl Sql) -> db::Result<Changes> {
    const SQL: &str =
        "SELECT c.article_id, c.revision, c.generation, a.premium FROM article_change c
                         JOIN article a ON a.id = c.article_id ORDER BY c.article_id";
    let rows: Vec<Change> = sql.sql(SQL).all().await?;
    Ok(rows.into_iter().map(|c| (c.article_id, c)).collect())
}

/// Open messages of an issue after this one, by reader.
async fn page(sql: &mut impl Sql, issue_id: i64, from: (i64, i16)) -> db::Result<Vec<Open>> {
    const SQL: &str = "
        SELECT m.issue_id, m.subscriber_id, m.n, m.state, i.newsletter_id, m.cohort_id, c.language, c.tier, c.stories,
               c.more
          FROM message m JOIN issue i ON i.id = m.issue_id JOIN cohort c ON c.id = m.cohort_id
         WHERE m.issue_id = $1 AND (m.subscriber_id, m.n) > ($2, $3) AND m.due_at IS NOT NULL
         ORDER BY m.subscriber_id, m.n LIMIT $4";
    sql.sql(SQL)
        .bind(issue_id)
        .bind(from.0)
        .bind(from.1)
        .bind(PAGE)
        .all()
        .await
}

fn is_stale(changes: &Changes, stories: &[Story]) -> bool {
    stories.iter().any(|s| {
        changes
            .get(&s.article_id)
            .is_some_and(|c| c.revision.is_none_or(|r| s.revision < r))
    })
}

fn stale(app: &App, changes: &Changes, open: &[Open]) -> Vec<Stale> {
    let stale = open
        .iter()
        .filter(|m| m.state != State::Sending as i16 && is_stale(changes, &m.stories));
    let hides = |newsletter_id: i64| {
        app.config.newsletters.iter().any(|n| {
            app.newsletter_ids.get(&n.slug) == Some(&newsletter_id) && n.premium == Premium::Hide
        })
    };
    stale
        .map(|m| {
            let tier = Tier::from_number(m.tier);
            let gated = tier == Tier::Free && hides(m.newsletter_id);
            Stale {
                id: MessageId {
                    issue_id: m.issue_id,
                    subscriber_id: m.subscriber_id,
                    n: m.n,
                },
                cohort_id: m.cohort_id,
                cohort: Cohort {
                    language: m.language.clone(),
                    tier,
                    stories: m
                        .stories
                        .iter()
                        .filter_map(|s| renewed(changes, *s, gated))
                        .collect(),
                    more: m.more as u32,
                },
            }
        })
        .collect()
}

/// The story as it may leave, if it may. A correction that went behind the paywall is not for who may not see it.
fn renewed(changes: &Changes, story: Story, gated: bool) -> Option<Story> {
    let Some(change) = changes.get(&story.article_id) else {
        return Some(story);
    };
    let revision = change.revision?;
    if story.revision >= revision {
        return Some(story);
    }
    (!gated || !change.premium).then_some(Story { revision, ..story })
}

/// Points these messages to their new cohorts, where they still have the old ones and wait; how many were changed, and
/// how many skipped.
async fn write(tx: &mut Tx, stale: &[Stale], now: i64) -> db::Result<(u64, u64)> {
    let key = |s: &Stale| (s.id.issue_id, s.id.subscriber_id, s.id.n, s.cohort_id);
    let (empty, rest): (Vec<&Stale>, Vec<&Stale>) =
        stale.iter().partition(|s| s.cohort.stories.is_empty());
    let mut cohorts = BTreeMap::new();
    let mut moves = Vec::new();
    for s in rest {
        let mark = s.cohort.mark();
        moves.push((key(s), mark.clone()));
        cohorts.insert((s.id.issue_id, mark), &s.cohort);
    }
    let mut changed = 0;
    if !moves.is_empty() {
        insert_cohorts(tx, &cohorts).await?;
        changed = tx
            .sql(either(
                "UPDATE message SET cohort_id = c.id FROM jsonb_each($1) o
                   CROSS JOIN cohort c ON c.issue_id = o.value->0->>0 AND c.mark = o.value->>1
                  WHERE message.issue_id = o.value->0->>0 AND message.subscriber_id = o.value->0->>1
                    AND message.n = o.value->0->>2 AND message.cohort_id = o.value->0->>3 AND message.state IN (1, 4)",
                "UPDATE message m SET cohort_id = c.id FROM jsonb_array_elements($1) o
                   JOIN cohort c ON c.issue_id = (o->0->>0)::int8 AND c.mark = o->>1
                  WHERE m.issue_id = (o->0->>0)::int8 AND m.subscriber_id = (o->0->>1)::int8
                    AND m.n = (o->0->>2)::int2 AND m.cohort_id = (o->0->>3)::int8 AND m.state IN (1, 4)",
            ))
            .bind(Json(moves))
            .run()
            .await?;
    }
    let mut skipped = 0;
    if !empty.is_empty() {
        let empty: Vec<_> = empty.into_iter().map(key).collect();
        skipped = tx
            .sql(either(
                "UPDATE message SET state = $2, reason = $3, at = $4, due_at = NULL, cohort_id = NULL FROM jsonb_each($1) o
                  WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2
                    AND cohort_id = o.value->>3 AND state IN (1, 4)",
                "UPDATE message m SET state = $2, reason = $3, at = $4, due_at = NULL, cohort_id = NULL
                   FROM jsonb_array_elements($1) o
                  WHERE m.issue_id = (o->>0)::int8 AND m.subscriber_id = (o->>1)::int8 AND m.n = (o->>2)::int2
                    AND m.cohort_id = (o->>3)::int8 AND m.state IN (1, 4)",
            ))
            .bind(Json(empty))
            .bind(State::Skipped as i16)
            .bind(Reason::Retracted as i16)
            .bind(now)
            .run()
            .await?;
    }
    Ok((changed, skipped))
}

/// Ends these changes, unless they changed again meanwhile.
async fn forget(app: &App, changes: &Changes) -> db::Result<()> {
    let done: Vec<(i64, i64)> = changes
        .values()
        .map(|c| (c.article_id, c.generation))
        .collect();
    db::again(async || {
        let mut tx = app.db.begin().await?;
        tx.sql(either(
            "DELETE FROM article_change WHERE (article_id, generation) IN
               (SELECT o.value->>0, o.value->>1 FROM jsonb_each($1) o)",
            "DELETE FROM article_change WHERE (article_id, generation) IN
               (SELECT (o->>0)::int8, (o->>1)::int8 FROM jsonb_array_elements($1) o)",
        ))
        .bind(Json(&done))
        .run()
        .await?;
        tx.commit().await
    })
    .await
}
