//! Suppressed addresses from a file: a list of addresses, a table that has them, or what `list::export` wrote.
//!
//! The file is read twice. The first time finds out what is wrong in it, line by line; only a file in which nothing is
//! wrong is read again and written, a thousand lines at a time. The same file twice changes nothing.

use std::fs::File;
use std::io::Read;

use csv::StringRecord;
use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::Timestamp;
use serde::Serialize;

use super::{SuppressionReason, suppress};
use crate::audience::EmailAddress;
use crate::audience::import::{Encoded, Role, instant};
use crate::audience::spreadsheet::undefuse;
use crate::db::{self, Db};
use crate::secret::Keys;

/// Why a file could not be taken at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is no table, or has no addresses.
    #[error("{0}")]
    Header(String),
    /// It could not be read.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// A line that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Where it begins in the file.
    pub line: u64,
    /// The column that is wrong.
    pub field: String,
    /// A clause for people, without the address.
    pub why: String,
}

/// What was done with a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Lines with an address.
    pub lines: u64,
    /// Addresses that are suppressed from now on, or for a stronger reason.
    pub new: u64,
    /// Lines whose address was suppressed already.
    pub already: u64,
    /// Lines that cannot be taken. If there is one, nothing was written.
    pub wrong: u64,
    /// Whether this is what would have happened.
    pub dry_run: bool,
}

/// What the operator says of a file.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Why, where a line does not say it.
    pub reason: SuppressionReason,
    /// Through what, where a line does not say it.
    pub source: &'a str,
    /// Whether only to tell what would happen.
    pub dry_run: bool,
}

/// Lines that are written in one transaction.
const PAGE: usize = 1000;

/// Takes `file`; `wrong` is given each line that cannot be taken, in their order.
pub async fn take(
    db: &Db,
    keys: &Keys,
    file: &mut File,
    options: &Options<'_>,
    now: Timestamp,
    mut wrong: impl FnMut(&Wrong) -> std::io::Result<()>,
) -> Result<Taken, FileError> {
    let encoded = Encoded::of(file, None)?;
    let layout = Layout::of(encoded.open(file)?)?;
    let mut done = Taken {
        dry_run: options.dry_run,
        ..Taken::default()
    };
    let encoded = Encoded::of(file, None)?;
    layout.read(encoded.open(file)?, keys, now, |line| {
        done.lines += 1;
        if let Err(error) = line {
            done.wrong += 1;
            wrong(&error)?;
        }
        Ok(())
    })?;
    if done.wrong > 0 {
        return Ok(done);
    }
    let encoded = Encoded::of(file, None)?;
    let mut records = layout.records(encoded.open(file)?);
    let mut page = Vec::with_capacity(PAGE);
    loop {
        let line = layout.next(&mut records, keys, now)?;
        let is_end = line.is_none();
        page.extend(line.and_then(Result::ok));
        if page.len() == PAGE || is_end && !page.is_empty() {
            let new = db::again(async || write(db, &page, options, now).await).await?;
            done.new += new;
            done.already += page.len() as u64 - new;
            page.clear();
        }
        if is_end {
            return Ok(done);
        }
    }
}

/// Writes these lines in one transaction, which a dry run takes back; how many were news.
async fn write(db: &Db, page: &[Line], options: &Options<'_>, now: Timestamp) -> db::Result<u64> {
    let mut tx = db.begin().await?;
    let mut new = 0;
    for line in page {
        let reason = line.reason.unwrap_or(options.reason);
        let source = line.source.as_deref().unwrap_or(options.source);
        let at = line.at.unwrap_or(now);
        let note = line.note.as_deref();
        new += u64::from(suppress(&mut tx, &line.key, reason, source, note, at).await?);
    }
    if !options.dry_run {
        tx.commit().await?;
    }
    Ok(new)
}

struct Line {
    key: Vec<u8>,
    reason: Option<SuppressionReason>,
    at: Option<Timestamp>,
    source: Option<String>,
    note: Option<String>,
}

/// Where in a record each thing stands.
#[derive(Debug, Default, PartialEq, Eq)]
struct Layout {
    delimiter: u8,
    has_header: bool,
    hash: Option<usize>,
    email: Option<usize>,
    reason: Option<usize>,
    at: Option<usize>,
    source: Option<usize>,
    note: Option<usize>,
}

type Records<R> = csv::Reader<R>;

impl Layout {
    /// Found from the first line.
    fn of(mut from: impl Read) -> Result<Layout, FileError> {
        let mut head = Vec::new();
        from.by_ref().take(64 * 1024).read_to_end(&mut head)?;
        let text = String::from_utf8_lossy(&head);
        let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
        let count = |d: &u8| first.bytes().filter(|b| b == d).count();
        let delimiter = [b',', b';', b'\t']
            .into_iter()
            .max_by_key(|d| (count(d), *d == b','))
            .unwrap_or(b',');
        let mut layout = Layout {
            delimiter,
            ..Layout::default()
        };
        let mut records = layout.records(head.as_slice());
        let mut names = StringRecord::new();
        // A record that is cut off in the middle is told when it is read whole.
        let _ = records.read_record(&mut names);
        for (n, name) in names.iter().enumerate() {
            let name = name.trim().to_lowercase();
            match name.as_str() {
                "hash" => layout.hash = Some(n),
                "reason" => layout.reason = Some(n),
                "at" | "since" => layout.at = Some(n),
                "source" => layout.source = Some(n),
                "note" => layout.note = Some(n),
                "address" => layout.email = layout.email.or(Some(n)),
                _ if Role::of_header(&name) == Some(Role::Email) => layout.email = Some(n),
                _ => {}
            }
        }
        if layout.hash.is_some() || layout.email.is_some() {
            layout.has_header = true;
            return Ok(layout);
        }
        if names.len() == 1 && EmailAddress::parse_mailbox(names[0].trim()).is_ok() {
            return Ok(Layout {
                delimiter,
                email: Some(0),
                ..Layout::default()
            });
        }
        Err(FileError::Header(
            "its first line names no column of addresses\nhint: write one address a line, or call the column email; \
             postrider suppress export writes hash, reason, at, source, note"
                .to_owned(),
        ))
    }

    fn records<R: Read>(&self, from: R) -> Records<R> {
        csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(self.has_header)
            .flexible(true)
            .from_reader(from)
    }

    fn read(
        &self,
        from: impl Read,
        keys: &Keys,
        now: Timestamp,
        mut each: impl FnMut(Result<Line, Wrong>) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut records = self.records(from);
        while let Some(line) = self.next(&mut records, keys, now)? {
            each(line)?;
        }
        Ok(())
    }

    /// The next line that is not empty.
    fn next(
        &self,
        records: &mut Records<impl Read>,
        keys: &Keys,
        now: Timestamp,
    ) -> std::io::Result<Option<Result<Line, Wrong>>> {
        let mut bytes = csv::ByteRecord::new();
        loop {
            if !records.read_byte_record(&mut bytes)? {
                return Ok(None);
            }
            if bytes.iter().all(|f| f.trim_ascii().is_empty()) {
                continue;
            }
            let at = bytes.position().map_or(0, csv::Position::line);
            let wrong = |field: &str, why: String| Wrong {
                line: at,
                field: field.to_owned(),
                why,
            };
            return Ok(Some(
                StringRecord::from_byte_record(std::mem::take(&mut bytes))
                    .map_err(|_| wrong("line", "is not UTF-8 throughout".to_owned()))
                    .and_then(|record| {
                        self.line(&record, keys, now)
                            .map_err(|(field, why)| wrong(field, why))
                    }),
            ));
        }
    }

    fn line(
        &self,
        record: &StringRecord,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<Line, (&'static str, String)> {
        let field = |at: Option<usize>| {
            let text = undefuse(record.get(at?)?.trim());
            (!text.is_empty()).then_some(text)
        };
        // Beside the hash an address is masked.
        let key = match (self.hash, field(self.hash)) {
            (Some(_), Some(hash)) => HEXLOWER_PERMISSIVE
                .decode(hash.as_bytes())
                .ok()
                .filter(|key| key.len() == HASH_BYTES)
                .ok_or(("hash", "is not 64 hexadecimal digits".to_owned()))?,
            (Some(_), None) => return Err(("hash", "is empty".to_owned())),
            (None, _) => {
                let text = field(self.email).unwrap_or_default();
                let (_, email) =
                    EmailAddress::parse_mailbox(text).map_err(|e| ("email", e.to_string()))?;
                keys.address(&email.normal())
            }
        };
        let reason = field(self.reason).map(str::parse).transpose();
        let at = match field(self.at) {
            None => None,
            Some(text) => {
                let at = instant(text).ok_or(("at", "is not a time, as 2026-11-24".to_owned()))?;
                if at > now {
                    return Err(("at", "lies in the future".to_owned()));
                }
                Some(at)
            }
        };
        let text = |at: Option<usize>| {
            let text = field(at)?;
            let text: String = text
                .chars()
                .filter(|c| !c.is_control())
                .take(MOST)
                .collect();
            Some(text)
        };
        Ok(Line {
            key,
            reason: reason.map_err(|why| ("reason", why))?,
            at,
            source: text(self.source),
            note: text(self.note),
        })
    }
}

/// Octets of an address's hash.
const HASH_BYTES: usize = 32;

/// Characters of a source or a note that are kept.
const MOST: usize = 300;
