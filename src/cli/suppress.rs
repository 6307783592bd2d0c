//! `postrider suppress`: addresses that must not be mailed.

use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::json;

use super::file::{PrivateFile, is_stdout};
use super::import::open;
use super::out::{Out, count, counted, when};
use super::subscriber::address;
use super::{Done, Failure, at_least_one};
use crate::app::App;
use crate::audience::suppression::file::{self, FileError, Options, Wrong};
use crate::audience::suppression::list::{self, ExportError, Listed, Which};
use crate::audience::{Suppression, SuppressionReason, suppress as put, suppression};
use crate::db;

#[derive(Subcommand)]
pub(super) enum Verb {
    /// From now on nothing is sent to an address
    Add(AddArgs),
    /// An address, or all that some trouble brought in, may be mailed again
    Remove(RemoveArgs),
    /// The newest suppressions, and how many there are for each reason
    List(ListArgs),
    /// Take addresses from a file: one a line, a table with a column email, or what export wrote
    Import(ImportArgs),
    /// Write the whole list as CSV, with hashes instead of addresses
    Export {
        /// The file, replaced when all of it is written; - for standard output, without --json
        #[arg(default_value = "-")]
        file: PathBuf,
    },
}

#[derive(Args)]
pub(super) struct AddArgs {
    /// The address
    address: String,
    /// Why: manual, hard-bounce, soft-bounces, complaint or erased
    #[arg(long, default_value = "manual")]
    reason: SuppressionReason,
    /// What to remember of it; no address, since it outlives the reader's data
    #[arg(long)]
    note: Option<String>,
}

#[derive(Args)]
pub(super) struct RemoveArgs {
    /// The address, or its hash as list shows it
    address: Option<String>,
    /// Only if it is for this reason; a complaint, an erasure, and many at once must be named so
    #[arg(long)]
    reason: Option<SuppressionReason>,
    /// Instead of an address: all since this time, as 2026-11-24T06:30 in the paper's zone
    #[arg(
        long,
        value_name = "TIME",
        requires = "reason",
        conflicts_with = "address"
    )]
    since: Option<String>,
    /// Those before this time
    #[arg(long, value_name = "TIME", requires = "since")]
    until: Option<String>,
    /// Those that came in through this
    #[arg(long, requires = "since")]
    source: Option<String>,
    /// Tell how many it would be, and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub(super) struct ListArgs {
    /// Only for this reason: manual, hard-bounce, soft-bounces, complaint or erased
    #[arg(long)]
    reason: Option<SuppressionReason>,
    /// Only those that came in through this
    #[arg(long)]
    source: Option<String>,
    /// How many
    #[arg(long, default_value_t = 100, value_parser = at_least_one())]
    limit: i64,
}

#[derive(Args)]
pub(super) struct ImportArgs {
    /// The file; - for standard input
    file: PathBuf,
    /// Why, where a line does not say it
    #[arg(long, default_value = "manual")]
    reason: SuppressionReason,
    /// Tell what is wrong and how many would be new, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(verb: &Verb, app: &App, out: &mut Out) -> Done {
    match verb {
        Verb::Add(args) => add(args, app, out).await,
        Verb::Remove(args) => remove(args, app, out).await,
        Verb::List(args) => show(args, app, out).await,
        Verb::Import(args) => import(args, app, out).await,
        Verb::Export { file } => export(file, app, out).await,
    }
}

async fn add(args: &AddArgs, app: &App, out: &mut Out) -> Done {
    let key = app.keys.address(&address(&args.address)?.normal());
    if args.note.as_ref().is_some_and(|note| note.contains('@')) {
        return Err(Failure::Start(
            "--note holds an address\nhint: leave it out; what is kept must name nobody".to_owned(),
        ));
    }
    let note = args.note.as_deref();
    let news = db::again(async || {
        let mut tx = app.db.begin().await?;
        let now = app.clock.now();
        let news = put(&mut tx, &key, args.reason, "command line", note, now).await?;
        tx.commit().await?;
        Ok(news)
    })
    .await?;
    if out.json {
        return Ok(out.json(&json!({ "suppressed": news }))?);
    }
    if news {
        return Ok(out.line("Suppressed. Nothing is sent to this address from now on.")?);
    }
    let before = suppression(&mut app.db.read().await?, &key).await?;
    let before = before.map(|s| since(&s, app)).unwrap_or_default();
    Ok(out.line(format!("It was suppressed already, {before}."))?)
}

fn since(s: &Suppression, app: &App) -> String {
    format!("since {}: {s}", when(s.at, app.config.paper.zone.tz()))
}

/// Reasons that are taken back only if they are named: somebody has thought of it.
fn must_be_named(reason: SuppressionReason) -> bool {
    matches!(
        reason,
        SuppressionReason::Complaint | SuppressionReason::Erased
    )
}

async fn remove(args: &RemoveArgs, app: &App, out: &mut Out) -> Done {
    let Some(text) = &args.address else {
        return remove_many(args, app, out).await;
    };
    let key = match data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()) {
        Ok(key) if key.len() == 32 => key,
        _ => app.keys.address(&address(text)?.normal()),
    };
    let Some(standing) = suppression(&mut app.db.read().await?, &key).await? else {
        return Err(Failure::not("this address is not suppressed"));
    };
    if args.reason.is_some_and(|reason| reason != standing.reason) {
        return Err(Failure::not(format!(
            "it is suppressed for another reason, {}",
            since(&standing, app)
        )));
    }
    if must_be_named(standing.reason) && args.reason.is_none() {
        return Err(Failure::not(format!(
            "it is suppressed {}\nhint: if the reader asked you for mail again, say so with --reason {}",
            since(&standing, app),
            standing.reason.word()
        )));
    }
    if !args.dry_run {
        let removed = db::again(async || {
            let mut tx = app.db.begin().await?;
            let removed = list::remove_one(&mut tx, &key, standing.reason).await?;
            tx.commit().await?;
            Ok(removed)
        })
        .await?;
        if !removed {
            return Err(Failure::not(
                "its suppression has changed at this very moment\nhint: do it again",
            ));
        }
    }
    if out.json {
        return Ok(out.json(&json!({ "removed": 1, "dry_run": args.dry_run }))?);
    }
    let word = if args.dry_run { "Would be" } else { "Is" };
    Ok(out.line(format!(
        "{word} mailed again; it was suppressed {}.",
        since(&standing, app)
    ))?)
}

async fn remove_many(args: &RemoveArgs, app: &App, out: &mut Out) -> Done {
    const PAGE: u64 = 1000;
    let (Some(reason), Some(from)) = (args.reason, &args.since) else {
        return Err(Failure::Start(
            "nothing says what to remove\nhint: give an address, or --reason and --since"
                .to_owned(),
        ));
    };
    let which = Which {
        reason: Some(reason),
        since: Some(instant(from, app)?.as_millisecond()),
        until: args
            .until
            .as_ref()
            .map(|t| instant(t, app))
            .transpose()?
            .map(Timestamp::as_millisecond),
        source: args.source.clone(),
    };
    let mut removed = 0;
    if args.dry_run {
        removed = list::count_of(&mut app.db.read().await?, &which).await? as u64;
    } else {
        loop {
            let page = db::again(async || {
                let mut tx = app.db.begin().await?;
                let page = list::remove(&mut tx, &which, PAGE as i64).await?;
                tx.commit().await?;
                Ok(page)
            })
            .await?;
            removed += page;
            if page < PAGE {
                break;
            }
        }
    }
    if out.json {
        return Ok(out.json(&json!({ "removed": removed, "dry_run": args.dry_run }))?);
    }
    let would = if args.dry_run { "would be" } else { "may be" };
    let what = counted(removed, "address", "addresses");
    Ok(out.line(format!("{what} {would} mailed again."))?)
}

fn instant(text: &str, app: &App) -> Result<Timestamp, Failure> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let civil = text.parse::<DateTime>().ok();
    let civil = civil.or_else(|| text.parse::<Date>().ok().map(Date::into));
    let zone = app.config.paper.zone.tz();
    let at = civil.and_then(|at| zone.to_timestamp(at).ok());
    at.ok_or_else(|| {
        Failure::Start(format!(
            "{text:?} is no time\nhint: write it as 2026-11-24T06:30"
        ))
    })
}

async fn show(args: &ListArgs, app: &App, out: &mut Out) -> Done {
    let which = Which {
        reason: args.reason,
        source: args.source.clone(),
        ..Which::default()
    };
    let mut conn = app.db.read().await?;
    let rows = list::list(&mut conn, &which, args.limit).await?;
    let counts = list::counts(&mut conn).await?;
    if out.json {
        let counts: serde_json::Map<_, _> = counts
            .into_iter()
            .map(|(reason, n)| (reason.word().to_owned(), n.into()))
            .collect();
        return Ok(out.json(&json!({ "counts": counts, "suppressions": rows }))?);
    }
    if counts.is_empty() {
        return Ok(out.line("No address is suppressed.")?);
    }
    let all: i64 = counts.iter().map(|(_, n)| n).sum();
    let each: Vec<String> = counts
        .into_iter()
        .map(|(reason, n)| format!("{} {}", count(n), reason.word()))
        .collect();
    out.line(format!(
        "{}: {}",
        counted(all, "address", "addresses"),
        each.join(", ")
    ))?;
    let zone = app.config.paper.zone.tz();
    let row = |x: Listed| {
        [
            when(x.at, zone),
            x.reason.to_owned(),
            x.source,
            x.address.unwrap_or_else(|| "no subscriber".to_owned()),
            x.hash,
            x.note.unwrap_or_default(),
        ]
    };
    Ok(out.list(
        "None of them is of this reason and source.",
        ["since", "reason", "source", "address", "hash", "note"],
        rows.into_iter().map(row).collect(),
    )?)
}

/// Wrong lines that are told to people; the rest is counted.
const SHOWN: u64 = 20;

async fn import(args: &ImportArgs, app: &App, out: &mut Out) -> Done {
    let name = args.file.display().to_string();
    let mut file = open(&args.file).map_err(|e| Failure::Start(format!("{name}: {e}")))?;
    let source = match args.file.file_name() {
        Some(file) if name != "-" => format!("import {}", file.to_string_lossy()),
        _ => "import".to_owned(),
    };
    let options = Options {
        reason: args.reason,
        source: &source,
        dry_run: args.dry_run,
    };
    let json = out.json;
    let mut all_wrong: Vec<Wrong> = Vec::new();
    let mut shown = 0;
    let done = file::take(
        &app.db,
        &app.keys,
        &mut file,
        &options,
        app.clock.now(),
        |wrong| {
            shown += 1;
            if json {
                // A file without end of wrong lines is told in part.
                if shown <= 10_000 {
                    all_wrong.push(wrong.clone());
                }
            } else if shown <= SHOWN {
                out.line(format!(
                    "line {}: {} {}",
                    wrong.line, wrong.field, wrong.why
                ))?;
            }
            Ok(())
        },
    )
    .await
    .map_err(|e| match e {
        FileError::Header(text) => Failure::Start(format!("{name}: {text}")),
        FileError::File(e) => Failure::Start(format!("{name}: {e}")),
        FileError::Database(e) => e.into(),
    })?;
    if json {
        out.json(&json!({ "done": done, "wrong": all_wrong }))?;
    }
    if done.wrong > 0 {
        let wrong = counted(done.wrong, "line", "lines");
        return Err(Failure::not(format!(
            "{wrong} of {} cannot be taken, so nothing was written",
            count(done.lines)
        )));
    }
    if json {
        return Ok(());
    }
    let would = if done.dry_run { "would be" } else { "are" };
    Ok(out.line(format!(
        "{}: {} {would} suppressed from now on, {} suppressed before.",
        counted(done.lines, "line", "lines"),
        counted(done.new, "address", "addresses"),
        count(done.already)
    ))?)
}

async fn export(to: &Path, app: &App, out: &mut Out) -> Done {
    let is_stdout = is_stdout(to, out.json)?;
    let done = if is_stdout {
        list::export(&app.db, std::io::stdout().lock()).await
    } else {
        let file = PrivateFile::create(to)
            .map_err(|e| Failure::Start(format!("{}: {e}", to.display())))?;
        let written = list::export(&app.db, BufWriter::new(file.file())).await;
        written.and_then(|n| file.keep().map(|()| n).map_err(Into::into))
    };
    match done {
        // `export | head`: whoever read has had enough.
        Err(ExportError::File(e)) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Failure::not(e.to_string())),
        Ok(_) if is_stdout => Ok(()),
        Ok(n) if out.json => Ok(out.json(&json!({ "addresses": n }))?),
        Ok(n) => Ok(out.line(format!(
            "{} in {}.",
            counted(n, "address", "addresses"),
            to.display()
        ))?),
    }
}
