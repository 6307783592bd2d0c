//! One commit of a batch: what the fence lets through and what came of other tries, with all that goes with them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use sqlx::types::Json;

use super::fence::write;
use super::stopped::{delay, end_stopped};
use super::{Mark, Outcome, Wanted};
use crate::app::App;
use crate::db::{self, Sql, Tx, Warm, either};
use crate::dispatch::pick::day_number;
use crate::dispatch::{bounce, warmup};
use crate::message::{MessageId, State};

/// Outcomes and marks in one statement, which is a transaction of its own; then an end for what the fence stopped.
pub(super) async fn commit(
    app: &App,
    warm: &Warm,
    owner: i64,
    wanted: &[Wanted],
    outcomes: &[Outcome],
    after_trouble: bool,
) -> db::Result<(HashMap<MessageId, Mark>, Vec<State>)> {
    let kept = outcomes
        .iter()
        .any(|o| o.attempt.is_some() || o.bounce.is_some());
    let counted = wanted.iter().any(|w| !w.warmed.is_empty());
    let (passed, admitted) = db::again(async || {
        let now = app.clock.now().as_millisecond();
        // To begin a transaction mends a connection that trouble has left useless.
        if !kept && !counted && !after_trouble {
            let mut conn = warm.or(app.db.write()).await?;
            let passed = write(&mut conn, owner, wanted, outcomes, now).await?;
            warm.keep(conn);
            return Ok((passed, Cow::Borrowed(wanted)));
        }
        let mut tx = app.db.begin().await?;
        let admitted = warmup::admit(&mut tx, app, wanted).await?;
        let passed = write(&mut tx, owner, &admitted, outcomes, now).await?;
        keep_attempts(&mut tx, outcomes, now).await?;
        bounce::weigh(&mut tx, app, outcomes, now).await?;
        count_warmed(&mut tx, app, &admitted, &passed).await?;
        tx.commit().await?;
        Ok((passed, admitted))
    })
    .await?;
    let is_stopped = |id: &MessageId| !passed.contains(id);
    let rest: Vec<MessageId> = wanted.iter().map(|w| w.id).filter(is_stopped).collect();
    let mut marked: HashMap<MessageId, Mark> =
        passed.iter().map(|id| (*id, Mark::Passed)).collect();
    let mut stopped = Vec::new();
    if !rest.is_empty() {
        let changed = db::again(async || {
            let mut tx = app.db.begin().await?;
            let now = app.clock.now().as_millisecond();
            let ended = end_stopped(&mut tx, app, owner, &rest, now).await?;
            // What a ceiling keeps back was not stopped by the fence, and goes by another way or another day.
            let refused = admitted.iter().filter(|w| ended.1.contains(&w.id));
            delay(&mut tx, refused, now).await?;
            tx.commit().await?;
            Ok(ended)
        });
        let (states, changed) = changed.await?;
        stopped = states;
        marked.extend(changed.into_iter().map(|id| (id, Mark::Changed)));
    }
    Ok((marked, stopped))
}

/// Keeps the tries that a later one would overwrite.
async fn keep_attempts(tx: &mut Tx, outcomes: &[Outcome], now: i64) -> db::Result<()> {
    let kept: Vec<_> = outcomes
        .iter()
        .filter_map(|o| {
            let (number, state) = o.attempt?;
            Some((
                (o.id.issue_id, o.id.subscriber_id, o.id.n),
                number,
                state as i16,
                o.code,
                &o.reply,
            ))
        })
        .collect();
    if kept.is_empty() {
        return Ok(());
    }
    tx.sql(either(
        "INSERT INTO attempt (issue_id, subscriber_id, n, try, at, state, code, reply)
         SELECT o.value->0->>0, o.value->0->>1, o.value->0->>2, o.value->>1, $2, o.value->>2, o.value->>3, o.value->>4
           FROM jsonb_each($1) o WHERE TRUE ON CONFLICT DO NOTHING",
        "INSERT INTO attempt (issue_id, subscriber_id, n, try, at, state, code, reply)
         SELECT (o->0->>0)::int8, (o->0->>1)::int8, (o->0->>2)::int2, (o->>1)::int2, $2, (o->>2)::int2,
                (o->>3)::int2, o->>4 FROM jsonb_array_elements($1) o ON CONFLICT DO NOTHING",
    ))
    .bind(Json(kept))
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Counts what was given, by the paper's day, where that is new.
async fn count_warmed(
    tx: &mut Tx,
    app: &App,
    wanted: &[Wanted],
    passed: &HashSet<MessageId>,
) -> db::Result<()> {
    let mut given: BTreeMap<&str, i64> = BTreeMap::new();
    for name in wanted
        .iter()
        .filter(|w| passed.contains(&w.id))
        .flat_map(|w| &w.warmed)
    {
        *given.entry(name).or_default() += 1;
    }
    let today = app
        .clock
        .now()
        .to_zoned_datetime(app.config.paper.zone.tz().clone())
        .date();
    for (name, messages) in given {
        tx.sql(
            "INSERT INTO warmed (name, day, messages) VALUES ($1, $2, $3)
             ON CONFLICT (name, day) DO UPDATE SET messages = warmed.messages + excluded.messages",
        )
        .bind(name.to_owned())
        .bind(day_number(today))
        .bind(messages)
        .run()
        .await?;
    }
    Ok(())
}
