//! Subscribers from a UTF-8 CSV file, in constant memory. A bad line stops no import and hides no other: it goes to the
//! rejects file with its field and the reason. The same file twice changes nothing.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write};

use csv::StringRecord;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::EmailAddress;
use super::follow::{Term, TermError};
use super::preference::parse_days;
use super::preference::{Preferences, Subscription, SubscriptionState};
use super::store::{Change, Consent, ConsentAct, Paper, known, store};
use crate::config::{Cadence, Tier};
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

/// A line that could not be taken.
struct Reject {
    line: u64,
    field: &'static str,
    reason: String,
}

/// What a line says of its reader; what it does not say stays as it is.
struct Profile {
    name: Option<String>,
    language: Option<String>,
    zone: Option<String>,
    tier: Option<Tier>,
    subscriptions: BTreeMap<String, Subscription>,
}

/// One line, understood.
struct Row {
    line: u64,
    email: EmailAddress,
    profile: Profile,
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

/// A text whose lines all end in LF, the last one too: the parser would tell a CR LF file's lines one too low.
struct UnixLines<R> {
    from: R,
    /// The last octet given out, or a CR that may yet turn out to be half of a CR LF.
    last: u8,
}

impl<R: Read> UnixLines<R> {
    fn new(from: R) -> UnixLines<R> {
        UnixLines { from, last: b'\n' }
    }
}

impl<R: Read> Read for UnixLines<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        // A CR held back goes out before what follows it, so there must be room for one octet more. The parser asks
        // for thousands.
        let mut next = vec![0; to.len().saturating_sub(1).clamp(1, 1 << 16)];
        let n = self.from.read(&mut next)?;
        if n == 0 {
            if self.last == b'\n' {
                return Ok(0);
            }
            self.last = b'\n';
            to[0] = b'\n';
            return Ok(1);
        }
        let mut given = 0;
        for &octet in &next[..n] {
            if self.last == b'\r' && octet != b'\n' {
                to[given] = b'\n';
                given += 1;
            }
            if octet != b'\r' {
                to[given] = octet;
                given += 1;
            }
            self.last = octet;
        }
        if given == 0 { self.read(to) } else { Ok(given) }
    }
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

/// One line as the file has it.
struct Line<'a> {
    columns: &'a HashMap<&'static str, usize>,
    record: &'a StringRecord,
    number: u64,
}

impl Line<'_> {
    fn field(&self, name: &str) -> &str {
        self.columns
            .get(name)
            .and_then(|at| self.record.get(*at))
            .unwrap_or("")
    }

    fn bad(&self, field: &'static str, reason: impl Into<String>) -> Reject {
        Reject {
            line: self.number,
            field,
            reason: reason.into(),
        }
    }

    /// What a field says, if it says anything; `reason` goes on after the field's name.
    fn read<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        reason: &str,
    ) -> Result<Option<T>, Reject> {
        match self.field(name) {
            "" => Ok(None),
            text => parse(text).map(Some).ok_or_else(|| self.bad(name, reason)),
        }
    }

    fn understand(&self, paper: &Paper<'_>, now: Timestamp) -> Result<Row, Reject> {
        let (fields, columns) = (self.record.len(), self.columns.len());
        if fields > columns {
            return Err(self.bad(
                "line",
                format!("has {fields} fields where the header has {columns}"),
            ));
        }
        let email = EmailAddress::parse(self.field("email"))
            .map_err(|e| self.bad("email", e.to_string()))?;
        let mut profile = Profile {
            name: self.read("name", |text| Some(tidy_name(text)), "")?,
            language: self.read("language", language, "is not a language tag")?,
            zone: self.read(
                "zone",
                |text| TimeZone::get(text).ok().map(|_| text.to_owned()),
                "is not a zone of the IANA list, as Europe/London is",
            )?,
            tier: self.read(
                "tier",
                |text| text.parse().ok(),
                "is not a tier: free or premium",
            )?,
            subscriptions: BTreeMap::new(),
        };
        profile.subscriptions = self.subscriptions(paper, now)?;
        Ok(Row {
            line: self.number,
            email,
            profile,
        })
    }

    fn subscriptions(
        &self,
        paper: &Paper<'_>,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Subscription>, Reject> {
        let joined_at = self.read(
            "consent_at",
            |text| instant(text).filter(|at| *at <= now),
            "is not a past day or instant, as 2025-03-03 or 2025-03-03T10:15:00Z are",
        )?;
        let minute = self.read("hour", minute_of, "is not a time of day, as 06:30 is")?;
        let days = self.read(
            "days",
            parse_days,
            "are not days, as mon;wed or weekdays are",
        )?;
        let (follows, mutes) = (self.terms("follows")?, self.terms("mutes")?);
        let slugs = self
            .field("newsletters")
            .split(';')
            .map(str::trim)
            .filter(|s| !s.is_empty());
        slugs
            .map(|slug| {
                let newsletter = paper.newsletter(slug).ok_or_else(|| {
                    self.bad("newsletters", format!("{slug:?} is no newsletter of ours"))
                })?;
                let offered = |text: &str| {
                    text.parse()
                        .ok()
                        .filter(|c: &Cadence| newsletter.cadences.contains(c))
                };
                let cadence = self.read(
                    "cadence",
                    offered,
                    &format!("is not one that {slug} offers"),
                )?;
                let mut s = Subscription::new(newsletter, joined_at.unwrap_or(now));
                s.cadence = cadence.unwrap_or(s.cadence);
                (s.at_minute, s.days) = (minute, days);
                (s.follows, s.mutes) = (follows.clone(), mutes.clone());
                Ok((slug.to_owned(), s))
            })
            .collect()
    }

    /// Terms parted by `;`, where `;;` stands for one that belongs to a name.
    fn terms(&self, name: &'static str) -> Result<BTreeSet<Term>, Reject> {
        let field = self.field(name).replace(";;", "\u{1}");
        let terms = field.split(';').filter(|t| !t.trim().is_empty());
        let terms = terms.map(|t| t.replace('\u{1}', ";").parse());
        terms
            .collect::<Result<_, _>>()
            .map_err(|e: TermError| self.bad(name, e.to_string()))
    }
}

/// A name as it is kept: one line of at most a hundred characters.
pub fn tidy_name(text: &str) -> String {
    let line = text.replace(char::is_control, " ");
    line.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(100)
        .collect()
}

/// A language tag of the simple kind: `en`, `pt-BR`.
pub fn language(text: &str) -> Option<String> {
    let good = (2..=12).contains(&text.len())
        && text.split('-').all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
        && text.split('-').next().is_some_and(|first| first.len() <= 3);
    good.then(|| text.to_owned())
}

/// The minute of the day that `HH:MM` names.
pub fn minute_of(text: &str) -> Option<i16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i16, i16) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let day: jiff::civil::Date = text.get(..10)?.parse().ok()?;
        day.to_zoned_datetime(TimeZone::UTC)
            .ok()
            .map(|at| at.timestamp())
    })
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
