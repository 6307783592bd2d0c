//! Subscribers from a UTF-8 CSV file, in constant memory. A bad line stops no import and hides no other: it goes to the
//! rejects file with its field and the reason. The same file twice changes nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{Read, Write};

use csv::StringRecord;
use jiff::Timestamp;
use serde::Serialize;

use super::EmailAddress;
use super::line::{Line, Profile, Reject, Row};
use super::preference::{Preferences, SubscriptionState};
use super::store::{Change, Consent, ConsentAct, Paper, known, store};
use super::unix_lines::UnixLines;
use crate::db::{self, Db};

/// The columns a file may have; `email` it must have. Several values in one field are parted by `;`.
pub const COLUMNS: [&str; 12] = [
    "email",
    "name",
    "language",
    "zone",
    "tier",
    "newsletters",
    "cadence",
    "hour",
    "days",
    "follows",
    "mutes",
    "consent_at",
];

/// Why a file could not be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A header that has no `email`, or a column nobody knows.
    #[error("{0}")]
    Header(String),
    /// The file or the rejects file.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Lines read, the header not counted.
    pub lines: u64,
    /// Subscribers that were not there before.
    pub added: u64,
    /// Subscribers that now ask for something else.
    pub changed: u64,
    /// Subscribers that were there just so.
    pub unchanged: u64,
    /// Lines in the rejects file.
    pub rejected: u64,
}

const BATCH: usize = 1000;

/// Reads `file`, writing what it cannot take to `rejects` as `line,field,reason`. `source` is what the consent records
/// name; `progress` is told how many lines have been dealt with.
pub async fn import(
    db: &Db,
    paper: &Paper<'_>,
    file: impl Read,
    rejects: impl Write,
    source: &str,
    now: Timestamp,
    mut progress: impl FnMut(u64),
) -> Result<Imported, ImportError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(UnixLines::new(file));
    let columns = header(reader.byte_headers().map_err(csv_error)?)?;
    let mut out = csv::Writer::from_writer(rejects);
    let mut done = Imported::default();
    let mut record = csv::ByteRecord::new();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let more = reader.read_byte_record(&mut record).map_err(csv_error)?;
        if more {
            done.lines += 1;
            let line = first_line(&record, reader.position());
            if let Ok(text) = StringRecord::from_byte_record(record.clone()) {
                match (Line {
                    columns: &columns,
                    record: &text,
                    number: line,
                })
                .understand(paper, now)
                {
                    Ok(row) => batch.push(row),
                    Err(reject) => refuse(&mut out, &mut done, &reject)?,
                }
            } else {
                let reason = "is not UTF-8".to_owned();
                refuse(
                    &mut out,
                    &mut done,
                    &Reject {
                        line,
                        field: "line",
                        reason,
                    },
                )?;
            }
        }
        if batch.len() == BATCH || (!more && !batch.is_empty()) {
            let rows = std::mem::take(&mut batch);
            for reject in write_batch(db, paper, rows, source, now, &mut done).await? {
                refuse(&mut out, &mut done, &reject)?;
            }
            progress(done.lines);
        }
        if !more {
            out.flush()?;
            return Ok(done);
        }
    }
}

/// Where a record began that ended just before `after`. Its own position will not do: it lies before the blank lines
/// that were skipped.
fn first_line(record: &csv::ByteRecord, after: &csv::Position) -> u64 {
    let breaks = record.as_slice().split(|b| *b == b'\n').count() as u64 - 1;
    after.line().saturating_sub(1 + breaks)
}

fn csv_error(error: csv::Error) -> std::io::Error {
    error.into()
}

/// Writes a line of the rejects file, and before the first one its header: no rejects, no file.
fn refuse(
    out: &mut csv::Writer<impl Write>,
    done: &mut Imported,
    reject: &Reject,
) -> Result<(), ImportError> {
    if done.rejected == 0 {
        out.write_record(["line", "field", "reason"])
            .map_err(csv_error)?;
    }
    done.rejected += 1;
    let line = reject.line.to_string();
    out.write_record([&line, reject.field, &reject.reason])
        .map_err(csv_error)?;
    Ok(())
}

/// Which column of the file is which of ours.
fn header(fields: &csv::ByteRecord) -> Result<HashMap<&'static str, usize>, ImportError> {
    let mut columns = HashMap::new();
    for (at, field) in fields.iter().enumerate() {
        let name = String::from_utf8_lossy(field).trim().to_lowercase();
        let ours = COLUMNS.into_iter().find(|c| *c == name).ok_or_else(|| {
            let known = COLUMNS.join(", ");
            ImportError::Header(format!(
                "line 1: {name:?} is not a column we know; they are {known}"
            ))
        })?;
        if columns.insert(ours, at).is_some() {
            return Err(ImportError::Header(format!(
                "line 1: the column {ours} stands there twice"
            )));
        }
    }
    if columns.contains_key("email") {
        Ok(columns)
    } else {
        Err(ImportError::Header(
            "line 1: there is no column email".into(),
        ))
    }
}

/// Writes one batch in one transaction; the lines that what is already known refuses.
async fn write_batch(
    db: &Db,
    paper: &Paper<'_>,
    rows: Vec<Row>,
    source: &str,
    now: Timestamp,
    done: &mut Imported,
) -> db::Result<Vec<Reject>> {
    let keys: Vec<Vec<u8>> = rows
        .iter()
        .map(|r| paper.keys.address(&r.email.normal()))
        .collect();
    let (there, suppressed) = known(&mut db.read().await?, &keys).await?;
    let mut rejects = Vec::new();
    let mut merged: HashMap<Vec<u8>, (EmailAddress, Preferences)> = HashMap::new();
    let mut order = Vec::new();
    for (row, key) in rows.into_iter().zip(keys) {
        if let Some(reason) = suppressed.get(&key) {
            rejects.push(Reject {
                line: row.line,
                field: "email",
                reason: format!("is suppressed: {reason}"),
            });
            continue;
        }
        match merged.entry(key.clone()) {
            Entry::Occupied(mut first) => merge(&mut first.get_mut().1, row.profile),
            Entry::Vacant(free) => {
                let mut all = there
                    .get(&key)
                    .map(|k| k.preferences.clone())
                    .unwrap_or_default();
                merge(&mut all, row.profile);
                free.insert((row.email, all));
                order.push(key);
            }
        }
    }
    let mut changes = Vec::new();
    for key in order {
        let (email, preferences) = merged
            .remove(&key)
            .expect("each key of the order was put there once");
        let before = there.get(&key).map(|k| &k.preferences);
        if before == Some(&preferences) {
            done.unchanged += 1;
            continue;
        }
        let consents = joined(before, &preferences, source);
        *(if before.is_some() {
            &mut done.changed
        } else {
            &mut done.added
        }) += 1;
        changes.push(Change {
            email,
            preferences,
            consents,
        });
    }
    if !changes.is_empty() {
        db::again(async || {
            let mut tx = db.begin().await?;
            store(&mut tx, paper, &changes, now).await?;
            tx.commit().await
        })
        .await?;
    }
    Ok(rejects)
}

/// Lays a line over what is known. Who has left a newsletter is not brought back by a file, and who is there keeps the
/// day they joined.
fn merge(all: &mut Preferences, row: Profile) {
    all.name = row.name.unwrap_or_else(|| std::mem::take(&mut all.name));
    all.language = row.language.or_else(|| all.language.take());
    all.zone = row.zone.or_else(|| all.zone.take());
    all.tier = row.tier.unwrap_or(all.tier);
    for (slug, mut s) in row.subscriptions {
        match all.subscriptions.get_mut(&slug) {
            Some(old) if old.state == SubscriptionState::Left => {}
            Some(old) => {
                s.joined_at = old.joined_at;
                s.paused_until = old.paused_until;
                *old = s;
            }
            None => {
                all.subscriptions.insert(slug, s);
            }
        }
    }
}

/// A record for each newsletter that is new in `after`.
pub fn joined(before: Option<&Preferences>, after: &Preferences, source: &str) -> Vec<Consent> {
    let active = |p: &Preferences, slug: &str| {
        p.subscriptions
            .get(slug)
            .is_some_and(|s| s.state == SubscriptionState::Active)
    };
    after
        .subscriptions
        .iter()
        .filter(|(slug, _)| active(after, slug) && !before.is_some_and(|b| active(b, slug)))
        .map(|(slug, s)| Consent {
            newsletter: slug.clone(),
            act: ConsentAct::Joined,
            at: s.joined_at,
            source: source.to_owned(),
            evidence: None,
        })
        .collect()
}
