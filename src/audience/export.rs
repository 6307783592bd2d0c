//! Every subscriber as CSV, in the columns that `import` reads: a line for each subscription. Paged by key, so that
//! memory does not grow with the audience. A value that a spreadsheet would run as a formula has an apostrophe before
//! it, which `import` takes away.

use std::borrow::Cow;
use std::io::Write;

use sqlx::types::Json;

use super::follow::Term;
use super::import::{COLUMNS, ImportError};
use super::preference::{Preferences, SubscriptionState, print_days};
use super::spreadsheet::defuse;
use crate::clock::from_millis;

use crate::db::{Db, Sql};

/// Writes all active subscriptions; how many subscribers they belong to. A subscriber with none has a line of their own.
pub async fn export(db: &Db, out: impl Write) -> Result<u64, ImportError> {
    const PAGE: &str = "SELECT s.id, s.email, p.document FROM subscriber s
                          JOIN preference p ON p.subscriber_id = s.id AND p.revision = s.revision
                         WHERE s.id > $1 AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = s.email_key)
                         ORDER BY s.id LIMIT 1000";
    let mut out = csv::Writer::from_writer(out);
    out.write_record(COLUMNS).map_err(plain_error)?;
    let (mut after, mut count) = (0_i64, 0);
    loop {
        let page: Vec<(i64, String, Json<Preferences>)> =
            db.read().await?.sql(PAGE).bind(after).all().await?;
        let Some((last, ..)) = page.last() else { break };
        after = *last;
        for (_, email, Json(p)) in &page {
            // Who has left everything would come back as a reader of nothing, ready to be joined.
            let all_left = p
                .subscriptions
                .values()
                .all(|s| s.state == SubscriptionState::Left);
            if all_left && !p.subscriptions.is_empty() {
                continue;
            }
            count += 1;
            for line in lines(email, p) {
                let line = line.iter().map(|field| defuse(field));
                out.write_record(line.map(Cow::into_owned))
                    .map_err(plain_error)?;
            }
        }
    }
    out.flush()?;
    Ok(count)
}

/// What the file said, as it said it: a pipe whose reader has gone is told from a full disk.
fn plain_error(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

fn lines(email: &str, p: &Preferences) -> Vec<[String; COLUMNS.len()]> {
    let text = |o: &Option<String>| o.clone().unwrap_or_default();
    let head = [
        email.to_owned(),
        p.name.clone(),
        text(&p.language),
        text(&p.zone),
        p.tier.to_string(),
        p.quiet.map(|q| q.to_string()).unwrap_or_default(),
        p.weekly_budget.map(|n| n.to_string()).unwrap_or_default(),
    ];
    let active = p
        .subscriptions
        .iter()
        .filter(|(_, s)| s.state == SubscriptionState::Active);
    let mut all: Vec<_> = active
        .map(|(slug, s)| {
            let terms = |t: &std::collections::BTreeSet<Term>| {
                t.iter()
                    .map(|t| t.to_string().replace(';', ";;"))
                    .collect::<Vec<_>>()
                    .join(";")
            };
            [
                slug.clone(),
                s.cadence.to_string(),
                s.at_minute
                    .map(|m| format!("{:02}:{:02}", m / 60, m % 60))
                    .unwrap_or_default(),
                s.days.map(print_days).unwrap_or_default(),
                terms(&s.follows),
                terms(&s.mutes),
                if s.only_followed { "yes" } else { "no" }.to_owned(),
                from_millis(s.joined_at).to_string(),
            ]
        })
        .collect();
    if all.is_empty() {
        all.push(Default::default());
    }
    all.into_iter()
        .map(|rest| {
            let mut fields = head.iter().cloned().chain(rest);
            std::array::from_fn(|_| fields.next().unwrap_or_default())
        })
        .collect()
}
