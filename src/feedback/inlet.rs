//! The ways in, as `status` tells of them: how much came by each, what was refused, and what is wrong.
//!
//! In: what the ways in say as they go. Out: rows of `inlet`. Counted in memory and written by [`write_down`] every few
//! seconds, so that whoever floods a hook writes no rows; what a crash loses of it is a count.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::{Kind, Report};
use crate::app::App;
use crate::db::{self, Sql};

/// What came in by each way since it was last written down.
#[derive(Debug, Default)]
pub struct Inlets(Mutex<BTreeMap<String, Tally>>);

#[derive(Debug, Clone, Default)]
struct Tally {
    taken: i64,
    taken_at: Option<i64>,
    refused: i64,
    refused_at: Option<i64>,
    refusal: Option<String>,
    health: Option<Health>,
}

#[derive(Debug, Clone)]
enum Health {
    Well,
    /// What is wrong, and since when.
    Trouble(String, i64),
}

/// How a way in stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Standing {
    /// `maildir`, `imap` or `hook NAME`.
    pub name: String,
    /// How many reports came.
    pub taken: i64,
    /// When the last one did.
    pub taken_at: Option<i64>,
    /// How many requests were refused.
    pub refused: i64,
    /// When the last one was.
    pub refused_at: Option<i64>,
    /// Why the last one was.
    pub refusal: Option<String>,
    /// What is wrong.
    pub trouble: Option<String>,
    /// Since when.
    pub trouble_at: Option<i64>,
}

impl Inlets {
    /// These reports came by this way; how many of them say something.
    pub fn took(&self, name: &str, reports: &[Report], now: Timestamp) -> u64 {
        let count = reports.iter().filter(|r| r.kind != Kind::Other).count();
        if count > 0 {
            self.tell(name, |tally| {
                tally.taken += count as i64;
                tally.taken_at = Some(now.as_millisecond());
            });
        }
        count as u64
    }

    /// A request was refused.
    pub fn refused(&self, name: &str, why: &str, now: Timestamp) {
        self.tell(name, |tally| {
            tally.refused += 1;
            tally.refused_at = Some(now.as_millisecond());
            tally.refusal = Some(why.to_owned());
        });
    }

    /// This way is in trouble: nothing comes by it, or not all.
    pub fn trouble(&self, name: &str, why: &str, now: Timestamp) {
        self.tell(name, |tally| {
            tally.health = Some(Health::Trouble(why.to_owned(), now.as_millisecond()));
        });
    }

    /// Nothing is wrong with this way.
    pub fn well(&self, name: &str) {
        self.tell(name, |tally| tally.health = Some(Health::Well));
    }

    fn tell(&self, name: &str, change: impl FnOnce(&mut Tally)) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(tallies.entry(name.to_owned()).or_default());
    }

    fn take(&self) -> BTreeMap<String, Tally> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What could not be written is told again, behind what was told since.
    fn put_back(&self, tallies: BTreeMap<String, Tally>) {
        for (name, old) in tallies {
            self.tell(&name, |tally| {
                tally.taken += old.taken;
                tally.refused += old.refused;
                tally.taken_at = tally.taken_at.or(old.taken_at);
                if tally.refused_at.is_none() {
                    (tally.refused_at, tally.refusal) = (old.refused_at, old.refusal);
                }
                tally.health = tally.health.take().or(old.health);
            });
        }
    }
}

/// The reports in a mail. One that cannot be read says nothing, and stops none behind it.
pub async fn read(mail: Vec<u8>) -> Vec<Report> {
    let read = tokio::task::spawn_blocking(move || super::read(&mail)).await;
    read.unwrap_or_else(|error| {
        tracing::error!(
            is_panic = error.is_panic(),
            "a mail that came back could not be read"
        );
        Vec::new()
    })
}

/// Writes down what came in since the last time.
pub async fn write_down(app: &App) -> db::Result<()> {
    let tallies = app.inlets.take();
    if tallies.is_empty() {
        return Ok(());
    }
    let written = db::again(async || {
        let mut tx = app.db.begin().await?;
        for (name, tally) in &tallies {
            write(&mut tx, name, tally).await?;
        }
        tx.commit().await
    })
    .await;
    if written.is_err() {
        app.inlets.put_back(tallies);
        return written;
    }
    // One line for all of them, however many somebody sends.
    for (way, tally) in tallies.iter().filter(|(_, tally)| tally.refused > 0) {
        let why = tally.refusal.as_deref().unwrap_or_default();
        tracing::warn!(way, requests = tally.refused, why, "requests were refused");
    }
    Ok(())
}

async fn write(sql: &mut impl Sql, name: &str, tally: &Tally) -> db::Result<()> {
    const COUNT: &str = "
        INSERT INTO inlet (name, taken, taken_at, refused, refused_at, refusal) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (name) DO UPDATE SET
          taken = inlet.taken + excluded.taken, taken_at = coalesce(excluded.taken_at, inlet.taken_at),
          refused = inlet.refused + excluded.refused, refused_at = coalesce(excluded.refused_at, inlet.refused_at),
          refusal = coalesce(excluded.refusal, inlet.refusal)";
    // As long as it is wrong, it is wrong since the first time.
    const WRONG: &str =
        "UPDATE inlet SET trouble = $2, trouble_at = coalesce(trouble_at, $3) WHERE name = $1";
    const WELL: &str = "UPDATE inlet SET trouble = NULL, trouble_at = NULL WHERE name = $1";
    sql.sql(COUNT)
        .bind(name)
        .bind(tally.taken)
        .bind(tally.taken_at)
        .bind(tally.refused)
        .bind(tally.refused_at)
        .bind(tally.refusal.as_deref())
        .run()
        .await?;
    match &tally.health {
        Some(Health::Trouble(why, at)) => {
            sql.sql(WRONG)
                .bind(name)
                .bind(why.as_str())
                .bind(*at)
                .run()
                .await?;
        }
        Some(Health::Well) => {
            sql.sql(WELL).bind(name).run().await?;
        }
        None => {}
    }
    Ok(())
}

/// How the ways in stand that are configured, in their order; those by which nothing came yet included.
pub async fn standing(sql: &mut impl Sql, app: &App) -> db::Result<Vec<Standing>> {
    const SQL: &str =
        "SELECT name, taken, taken_at, refused, refused_at, refusal, trouble, trouble_at
                         FROM inlet ORDER BY name";
    let rows: Vec<Standing> = sql.sql(SQL).all().await?;
    let of = |name: String| {
        let row = rows.iter().find(|row| row.name == name);
        row.cloned().unwrap_or(Standing {
            name,
            taken: 0,
            taken_at: None,
            refused: 0,
            refused_at: None,
            refusal: None,
            trouble: None,
            trouble_at: None,
        })
    };
    Ok(app.config.feedback.ways().into_iter().map(of).collect())
}

/// Whether a token may be used with a body of this hash: it is new, or came with the same body before. Tokens older than
/// `kept_s` seconds are forgotten.
pub async fn claim(
    app: &App,
    token: &[u8],
    body: &[u8],
    kept_s: i64,
    now: Timestamp,
) -> db::Result<bool> {
    const CLAIM: &str =
        "INSERT INTO hook_token (token, body, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    const CLAIMED: &str = "SELECT body FROM hook_token WHERE token = $1";
    const FORGET: &str = "DELETE FROM hook_token WHERE at < $1";
    db::again(async || {
        let mut tx = app.db.begin().await?;
        tx.sql(FORGET)
            .bind(now.as_millisecond() - kept_s * 1000)
            .run()
            .await?;
        tx.sql(CLAIM)
            .bind(token)
            .bind(body)
            .bind(now.as_millisecond())
            .run()
            .await?;
        let claimed: Vec<u8> = tx.sql(CLAIMED).bind(token).value().await?;
        tx.commit().await?;
        Ok(claimed == body)
    })
    .await
}
