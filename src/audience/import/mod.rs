//! Import: subscribers from a table that we or another program wrote, in memory that grows by some octets a reader.
//!
//! In: a file. Out: subscribers, consent records, suppressed addresses, and what became of each line.
//! Flow: `text` makes any encoding UTF-8, `fields` mends it → `table` finds the columns (`column`) → `line` understands
//! one record (`consent`, `standing`, `instant`) → `page` writes a thousand at once, with `seen` for what earlier lines
//! said, and `onto` for what readers did meanwhile.
//! A bad line stops no import and hides no other. The same file twice changes nothing, so an import that was killed is
//! taken up by running it again.

use std::fs::File;

use csv::StringRecord;
use encoding_rs::Encoding;
use jiff::Timestamp;
use serde::Serialize;

use super::follow::Term;
use super::store::Paper;
use crate::config::Tier;
use crate::db::{self, Db};

mod column;
mod consent;
mod fields;
mod instant;
mod line;
mod onto;
mod page;
mod seen;
mod standing;
mod table;
mod text;

pub use column::{COLUMNS, Role};
pub use line::{LONGEST_NAME, language, minute_of, one_line};
pub use page::joined;
pub use standing::Standing;

pub(super) use instant::instant;
pub(super) use text::Encoded;

use line::{Line, Reject};
use page::Writer;
use seen::Seen;
use table::Table;

/// What the operator says of a file beside what it says itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Slugs of the newsletters that readers join whose lines name none.
    pub newsletters: Vec<String>,
    /// Which column says what, by its name or its number; an empty name: none does.
    pub map: Vec<(Role, String)>,
    /// What words of status columns mean; the empty word too.
    pub statuses: Vec<(String, Standing)>,
    /// What words of tier columns mean.
    pub tiers: Vec<(String, Tier)>,
    /// What tags mean.
    pub tags: Vec<(String, Meaning)>,
    /// What every line is at least.
    pub everyone: Option<Standing>,
    /// The file's encoding; none: found out.
    pub encoding: Option<&'static Encoding>,
    /// What parts its fields; none: found out.
    pub delimiter: Option<u8>,
    /// Who imports, for the record.
    pub by: Option<String>,
    /// Whether only to tell what would happen.
    pub dry_run: bool,
}

/// What a tag means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Gets the newsletter with this slug.
    Newsletter(String),
    /// Follows this, on each newsletter the line names.
    Follow(Term),
}

/// Why a file could not be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is no table, or it cannot be told what its columns say; nothing was written.
    #[error("{0}")]
    Header(String),
    /// The file, or what is written beside it.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// A subscriber that was not there before.
    Added,
    /// A subscriber that now asks for something else.
    Changed,
    /// A subscriber that was there just so.
    Unchanged,
    /// More newsletters of a reader whom an earlier line named.
    Continued,
    /// Says nothing that an earlier line did not say of the same reader.
    Duplicate,
    /// A reader who wants the newsletter no more: kept as one who has left.
    Unsubscribed,
    /// A reader who never confirmed: not taken.
    Unconfirmed,
    /// An address that must not be mailed.
    Suppressed,
    /// A line that could not be taken.
    Refused,
}

/// What became of a line, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Where it begins in the file.
    pub line: u64,
    /// What became of it.
    pub fate: Fate,
    /// The earlier line it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
    /// The column that is wrong; "line" where it is the line itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A clause for people, without the address; empty where there is nothing to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl Told {
    fn new(line: u64, fate: Fate, why: String) -> Told {
        Told {
            line,
            fate,
            of: None,
            field: None,
            why,
        }
    }

    fn repeats(line: u64, first: u32) -> Told {
        Told {
            of: Some(first),
            ..Told::new(line, Fate::Duplicate, format!("repeats line {first}"))
        }
    }

    fn refused(reject: Reject) -> Told {
        Told {
            field: Some(reject.field),
            ..Told::new(reject.line, Fate::Refused, reject.reason)
        }
    }
}

/// What an import did, in lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Lines read, the header not counted.
    pub lines: u64,
    /// Lines of subscribers that were not there before.
    pub added: u64,
    /// Lines of subscribers that now ask for something else.
    pub changed: u64,
    /// Lines of subscribers that were there just so.
    pub unchanged: u64,
    /// Lines that add newsletters to a reader of an earlier line.
    pub continued: u64,
    /// Lines that repeat an earlier one.
    pub duplicates: u64,
    /// Lines of readers who have left.
    pub unsubscribed: u64,
    /// Lines of readers who never confirmed.
    pub unconfirmed: u64,
    /// Lines of addresses that must not be mailed from now on.
    pub suppressed: u64,
    /// Lines that could not be taken.
    pub rejected: u64,
    /// Whether this is what would have happened.
    pub dry_run: bool,
    /// The file's encoding.
    pub encoding: &'static str,
    /// What parts its fields.
    pub delimiter: char,
    /// What each column was taken for: its name in the file, and ours; none for one that was not used.
    pub columns: Vec<(String, Option<&'static str>)>,
    /// Readers that were added to no newsletter.
    pub without_newsletter: u64,
}

impl Imported {
    fn count(&mut self, told: &Told) {
        *match told.fate {
            Fate::Added => &mut self.added,
            Fate::Changed => &mut self.changed,
            Fate::Unchanged => &mut self.unchanged,
            Fate::Continued => &mut self.continued,
            Fate::Duplicate => &mut self.duplicates,
            Fate::Unsubscribed => &mut self.unsubscribed,
            Fate::Unconfirmed => &mut self.unconfirmed,
            Fate::Suppressed => &mut self.suppressed,
            Fate::Refused => &mut self.rejected,
        } += 1;
    }
}

/// Lines that are written in one transaction: few enough that a reader's click does not wait.
const PAGE: usize = 1000;

/// Reads `file`; `source` is what the consent records name. `told` is given what became of each line, in their order.
pub async fn import(
    db: &Db,
    paper: &Paper<'_>,
    file: &mut File,
    options: &Options,
    source: &str,
    now: Timestamp,
    mut told: impl FnMut(&Told) -> std::io::Result<()>,
) -> Result<Imported, ImportError> {
    let table = Table::look(file, options)?;
    newsletters_known(&table, paper, options)?;
    standing_known(&table, source, options)?;
    let mut done = Imported {
        dry_run: options.dry_run,
        encoding: table.encoding(),
        delimiter: table.delimiter(),
        columns: table
            .columns
            .told()
            .into_iter()
            .map(|(name, role)| (name, role.map(Role::word)))
            .collect(),
        ..Imported::default()
    };
    let mut writer = Writer {
        db,
        paper,
        columns: &table.columns,
        source,
        through: match &options.by {
            Some(by) => format!("{source} ({by})"),
            None => source.to_owned(),
        },
        now,
        dry_run: options.dry_run,
        seen: Seen::new(),
        without_newsletter: 0,
    };
    let mut reader = table.records(file)?;
    let mut record = csv::ByteRecord::new();
    let mut page = Vec::with_capacity(PAGE);
    loop {
        let more = reader
            .read_byte_record(&mut record)
            .map_err(std::io::Error::from)?;
        // A spreadsheet's empty rows have their delimiters.
        if more && record.iter().any(|f| !f.trim_ascii().is_empty()) {
            done.lines += 1;
            page.push(understand(
                &record,
                first_line(&record, reader.position()),
                &table,
                options,
                paper,
                now,
            ));
        }
        if page.len() == PAGE || (!more && !page.is_empty()) {
            for one in writer.write(std::mem::take(&mut page)).await? {
                done.count(&one);
                told(&one)?;
            }
        }
        if !more {
            done.without_newsletter = writer.without_newsletter;
            return Ok(done);
        }
    }
}

/// A file that says who has left must be told from what: else they would come back with the next file.
fn newsletters_known(
    table: &Table,
    paper: &Paper<'_>,
    options: &Options,
) -> Result<(), ImportError> {
    let named = !options.newsletters.is_empty()
        || table.columns.has(Role::Newsletters)
        || options
            .tags
            .iter()
            .any(|(_, m)| matches!(m, Meaning::Newsletter(_)));
    if named || !(table.columns.tell_standing() || options.everyone.is_some()) {
        return Ok(());
    }
    let slugs: Vec<&str> = paper.newsletters.iter().map(|n| n.slug.as_str()).collect();
    Err(ImportError::Header(format!(
        "the file says who gets mail and who does not, but not of which newsletter\nhint: say it with --newsletter; \
         there are {}",
        slugs.join(", ")
    )))
}

/// Some programs write a file for each state, and only its name says which.
fn standing_known(table: &Table, source: &str, options: &Options) -> Result<(), ImportError> {
    const NAMES: [(&str, Standing); 9] = [
        ("unsubscribe", Standing::Unsubscribed),
        ("nonsubscribed", Standing::Unsubscribed),
        ("inactive", Standing::Unsubscribed),
        ("unconfirmed", Standing::Unconfirmed),
        ("cleaned", Standing::Bounced),
        ("bounce", Standing::Bounced),
        ("complain", Standing::Complained),
        ("suppress", Standing::Blocked),
        ("blacklist", Standing::Blocked),
    ];
    if options.everyone.is_some() || table.columns.tell_standing() {
        return Ok(());
    }
    let name = column::folded(source);
    match NAMES.iter().find(|(word, _)| name.contains(word)) {
        None => Ok(()),
        Some((_, standing)) => Err(ImportError::Header(format!(
            "by its name the file holds readers who are {standing}, and no column says so\nhint: say --as {standing}, \
             or --as active"
        ))),
    }
}

fn understand(
    record: &csv::ByteRecord,
    number: u64,
    table: &Table,
    options: &Options,
    paper: &Paper<'_>,
    now: Timestamp,
) -> Result<line::Row, Reject> {
    let Ok(text) = StringRecord::from_byte_record(record.clone()) else {
        return Err(Reject {
            line: number,
            field: "line".into(),
            reason: "is not UTF-8, as the rest of the file is".into(),
        });
    };
    let line = Line {
        columns: &table.columns,
        options,
        record: &text,
        number,
    };
    line.understand(paper, now)
}

/// Where a record began that ended just before `after`. Its own position will not do: it lies before the blank lines
/// that were skipped.
fn first_line(record: &csv::ByteRecord, after: &csv::Position) -> u64 {
    let breaks = record.as_slice().split(|b| *b == b'\n').count() as u64 - 1;
    after.line().saturating_sub(1 + breaks)
}
