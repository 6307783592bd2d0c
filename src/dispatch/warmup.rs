//! What is new is given no more in a day than its ceiling, by all nodes together. Who picks up goes by what was given so
//! far, and several nodes do so at once; the last word is here, in the transaction of the mark.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::pick::day_number;
use super::record::Wanted;
use crate::app::App;
use crate::db::{self, Sql, Tx};

/// Those for whom there is room today. The others stay in the queue. Other nodes wait with theirs until `tx` ends.
pub(super) async fn admit<'w>(
    tx: &mut Tx,
    app: &App,
    wanted: &'w [Wanted],
) -> db::Result<Cow<'w, [Wanted]>> {
    let mut left = left(tx, app, wanted).await?;
    if left.is_empty() {
        return Ok(Cow::Borrowed(wanted));
    }
    let mut has_room = |one: &&Wanted| {
        let full = |name: &String| left.get(name).is_some_and(|left| *left <= 0);
        if one.is_bounded && one.warmed.iter().any(full) {
            return false;
        }
        for name in &one.warmed {
            left.entry(name.clone()).and_modify(|left| *left -= 1);
        }
        true
    };
    Ok(wanted.iter().filter(|one| has_room(one)).cloned().collect())
}

/// What is left today under each name that has a ceiling.
async fn left(tx: &mut Tx, app: &App, wanted: &[Wanted]) -> db::Result<BTreeMap<String, i64>> {
    // It changes nothing but who may go on.
    const HOLD: &str = "INSERT INTO warmed (name, day, messages) VALUES ($1, $2, 0)
                        ON CONFLICT (name, day) DO UPDATE SET messages = warmed.messages RETURNING messages";
    let now = app.clock.now();
    let today = now
        .to_zoned_datetime(app.config.paper.zone.tz().clone())
        .date();
    // All nodes hold the rows in one order.
    let names: BTreeSet<&String> = wanted.iter().flat_map(|one| &one.warmed).collect();
    let mut left = BTreeMap::new();
    for name in names {
        let warmup = app.config.warmup.iter().find(|w| w.name() == *name);
        let Some(ceiling) = warmup.and_then(|w| w.ceiling(today)) else {
            continue;
        };
        let given: i64 = tx
            .sql(HOLD)
            .bind(name.clone())
            .bind(day_number(today))
            .value()
            .await?;
        left.insert(name.clone(), ceiling as i64 - given);
    }
    Ok(left)
}
