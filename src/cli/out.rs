//! stdout: facts for people, or the same as JSON.

use std::io::{self, BufWriter, Stdout, Write};

use comfy_table::{ContentArrangement, Table, presets};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::clock::from_millis;

/// Where a verb's facts go.
pub(super) struct Out {
    /// Whether facts are JSON.
    pub(super) json: bool,
    to: BufWriter<Stdout>,
    closed: bool,
}

impl Out {
    pub(super) fn new(json: bool) -> Out {
        Out {
            json,
            to: BufWriter::new(io::stdout()),
            closed: false,
        }
    }

    pub(super) fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        self.write(text.as_ref().as_bytes())?;
        self.write(b"\n")
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let done = self.to.write_all(bytes);
        self.seen(done)
    }

    pub(super) fn json(&mut self, facts: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(facts).map_err(io::Error::other)?;
        self.line(text)
    }

    /// A table without lines; nothing at all if it has no rows.
    pub(super) fn table<const N: usize>(
        &mut self,
        head: [&str; N],
        rows: Vec<[String; N]>,
    ) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(head.map(str::to_uppercase));
        for row in rows {
            table.add_row(row);
        }
        let lines: Vec<String> = table
            .lines()
            .map(|l| l.trim_end().trim_start_matches(' ').to_owned())
            .collect();
        self.line(lines.join("\n"))
    }

    /// The same for a list that may be empty: then `nothing` says so.
    pub(super) fn list<const N: usize>(
        &mut self,
        nothing: &str,
        head: [&str; N],
        rows: Vec<[String; N]>,
    ) -> io::Result<()> {
        if rows.is_empty() {
            return self.line(nothing);
        }
        self.table(head, rows)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        let done = self.to.flush();
        self.seen(done)
    }

    /// Whether the reader of our output has gone.
    pub(super) fn closed(&self) -> bool {
        self.closed
    }

    fn seen(&mut self, done: io::Result<()>) -> io::Result<()> {
        self.closed |= done
            .as_ref()
            .is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe);
        done
    }
}

/// An instant as people read it in this zone: "Tue 24 Nov 2026 06:30:12".
pub(super) fn when(at: i64, zone: &TimeZone) -> String {
    from_millis(at)
        .to_zoned_datetime(zone.clone())
        .strftime("%a %-d %b %Y %H:%M:%S")
        .to_string()
}

/// The same where it may not be known.
pub(super) fn when_or(at: Option<i64>, zone: &TimeZone, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_owned(), |at| when(at, zone))
}

/// A count with the word for what is counted: 1 story, 18 204 stories.
pub(super) fn counted(n: impl Into<i128>, one: &str, many: &str) -> String {
    let n = n.into();
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A count with its thousands apart: 18 204.
pub(super) fn count(n: impl Into<i128>) -> String {
    let digits = n.into().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}
