//! `postrider subscriber import`.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Seek};
use std::path::{Path, PathBuf};

use clap::Args;
use encoding_rs::Encoding;
use indicatif::{ProgressBar, ProgressStyle};

use super::out::{Out, count, counted};
use super::source::unknown_newsletter;
use super::{Done, Failure};
use crate::app::App;
use crate::audience::Term;
use crate::audience::import::{
    Fate, ImportError, Imported, Meaning, Options, Role, Standing, Told, import as take,
};
use crate::audience::source::BY_FILE;
use crate::config::Tier;

#[derive(Args)]
pub(super) struct ImportArgs {
    /// The file; - for standard input
    file: PathBuf,
    /// What readers join whose lines name no newsletter; may be repeated
    #[arg(long = "newsletter", value_name = "SLUG")]
    newsletters: Vec<String>,
    /// Tell what would happen to each line, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Which column says what, as email="E-Mail" or name=2; without a column, none does
    #[arg(long, value_name = "WHAT=COLUMN", value_parser = mapping)]
    map: Vec<(Role, String)>,
    /// What a word of a status column means: active, unconfirmed, unsubscribed, blocked, bounced or complained
    #[arg(long = "status", value_name = "WORD=STANDING", value_parser = status)]
    statuses: Vec<(String, Standing)>,
    /// What a word of a tier column means: free or premium
    #[arg(long = "tier", value_name = "WORD=TIER", value_parser = tier)]
    tiers: Vec<(String, Tier)>,
    /// What a tag, label or list means: newsletter:SLUG, section:Schools, topic:…, author:…, keyword:…
    #[arg(long = "tag", value_name = "TAG=MEANING", value_parser = tag)]
    tags: Vec<(String, Meaning)>,
    /// What every line is, where the file does not say it: unsubscribed, bounced, …
    #[arg(long = "as", value_name = "STANDING")]
    everyone: Option<Standing>,
    /// The file's encoding, as windows-1252 [default: found out]
    #[arg(long, value_parser = encoding)]
    encoding: Option<&'static Encoding>,
    /// What parts the fields, or "tab" [default: found out]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Where lines that cannot be taken go [default: FILE with .rejected.csv]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

/// The two sides of the last `=`.
fn pair(text: &str) -> Result<(&str, &str), String> {
    text.rsplit_once('=')
        .ok_or_else(|| "there is no = in it".into())
}

fn mapping(text: &str) -> Result<(Role, String), String> {
    let (role, column) = text.split_once('=').ok_or("there is no = in it")?;
    Ok((role.parse()?, column.trim().to_owned()))
}

fn status(text: &str) -> Result<(String, Standing), String> {
    let (word, standing) = pair(text)?;
    Ok((word.to_owned(), standing.parse()?))
}

fn tier(text: &str) -> Result<(String, Tier), String> {
    let (word, tier) = pair(text)?;
    let tier = tier
        .parse()
        .map_err(|_| "it must be free or premium".to_owned())?;
    Ok((word.to_owned(), tier))
}

fn tag(text: &str) -> Result<(String, Meaning), String> {
    let (tag, meaning) = text.split_once('=').ok_or("there is no = in it")?;
    let meaning = match meaning.strip_prefix("newsletter:") {
        Some(slug) => Meaning::Newsletter(slug.to_owned()),
        None => Meaning::Follow(meaning.parse::<Term>().map_err(|e| e.to_string())?),
    };
    Ok((tag.trim().to_owned(), meaning))
}

fn encoding(text: &str) -> Result<&'static Encoding, String> {
    let known = Encoding::for_label(text.as_bytes());
    known.ok_or_else(|| {
        "it is no encoding we know; utf-8, windows-1252 and utf-16le are some".into()
    })
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [one] if one.is_ascii_punctuation() => Ok(*one),
        b"tab" | b"\t" | b"\\t" => Ok(b'\t'),
        _ => Err("it must be one character, as ; or |, or the word tab".into()),
    }
}

/// Who runs this, by the name of their login: where another user was taken on with sudo, whoever did so.
fn who() -> Option<String> {
    const MOST: usize = 60;
    let mut names = ["SUDO_USER", "LOGNAME", "USER"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    let plain = |c: &char| !c.is_control();
    let name = names.find(|name| !name.trim().is_empty())?;
    Some(name.trim().chars().filter(plain).take(MOST).collect())
}

pub(super) async fn import(args: &ImportArgs, app: &App, out: &mut Out) -> Done {
    let meant = args.tags.iter().filter_map(|(_, meaning)| match meaning {
        Meaning::Newsletter(slug) => Some(slug),
        Meaning::Follow(_) => None,
    });
    for slug in args.newsletters.iter().chain(meant) {
        app.newsletter(slug)
            .ok_or_else(|| match unknown_newsletter(&app.config, slug) {
                Failure::Not(text) | Failure::Start(text) | Failure::Later(text) => {
                    Failure::Start(text)
                }
            })?;
    }
    let options = Options {
        newsletters: args.newsletters.clone(),
        map: args.map.clone(),
        statuses: args.statuses.clone(),
        tiers: args.tiers.clone(),
        tags: args.tags.clone(),
        everyone: args.everyone,
        encoding: args.encoding,
        delimiter: args.delimiter,
        by: who(),
        dry_run: args.dry_run,
    };
    let name = args.file.display().to_string();
    let mut file = open(&args.file).map_err(|e| Failure::Start(format!("{name}: {e}")))?;
    let source = args.file.file_name().map_or_else(
        || BY_FILE.into(),
        |n| format!("{BY_FILE} {}", n.to_string_lossy()),
    );
    let mut teller = Teller::new(args, out);
    let done = take(
        &app.db,
        &app.paper(),
        &mut file,
        &options,
        &source,
        app.clock.now(),
        |told| teller.tell(told),
    )
    .await
    .map_err(|e| match e {
        ImportError::Header(text) => Failure::Start(format!("{name}: {text}")),
        other => Failure::not(other.to_string()),
    })?;
    teller.finish(&name, &done)?;
    if done.rejected == 0 {
        Ok(())
    } else {
        Err(Failure::not(format!(
            "{} could not be taken",
            counted(done.rejected, "line", "lines")
        )))
    }
}

/// The file, or a copy of standard input: it is read more than once.
pub(super) fn open(path: &Path) -> io::Result<File> {
    if path != Path::new("-") {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        return Ok(file);
    }
    let mut copy = tempfile::tempfile()?;
    io::copy(&mut io::stdin().lock(), &mut copy)?;
    copy.rewind()?;
    Ok(copy)
}

/// What became of the lines, as it is told while they are read.
struct Teller<'a> {
    out: &'a mut Out,
    bar: ProgressBar,
    path: PathBuf,
    rejects: Option<csv::Writer<File>>,
    /// Without a rejects file: the first that were refused.
    first: Vec<String>,
    dry_run: bool,
    lines: u64,
}

/// Refused lines that a dry run shows.
const SHOWN: usize = 20;

impl<'a> Teller<'a> {
    fn new(args: &ImportArgs, out: &'a mut Out) -> Teller<'a> {
        let beside = || match args.file.to_str() {
            Some("-") => PathBuf::from("stdin.rejected.csv"),
            _ => args.file.with_extension("rejected.csv"),
        };
        let bar = if io::stderr().is_terminal() && !out.json {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template("{spinner} {msg} lines, {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Teller {
            out,
            bar,
            path: args.rejects.clone().unwrap_or_else(beside),
            rejects: None,
            first: Vec::new(),
            dry_run: args.dry_run && args.rejects.is_none(),
            lines: 0,
        }
    }

    fn tell(&mut self, told: &Told) -> io::Result<()> {
        self.lines += 1;
        if self.lines.is_multiple_of(1000) {
            self.bar.set_message(count(self.lines));
            self.bar.tick();
        }
        if self.out.json {
            let line = serde_json::to_string(told).map_err(io::Error::other)?;
            match self.out.line(line) {
                // Whoever read has had enough; the import goes on.
                Err(e) if e.kind() == ErrorKind::BrokenPipe => {}
                other => other?,
            }
        }
        if told.fate == Fate::Refused {
            self.refuse(told)?;
        }
        Ok(())
    }

    fn refuse(&mut self, told: &Told) -> io::Result<()> {
        let field = told.field.as_deref().unwrap_or("line");
        if self.dry_run {
            if self.first.len() < SHOWN {
                self.first
                    .push(format!("line {}, {field}: {}", told.line, told.why));
            }
            return Ok(());
        }
        let rejects = match &mut self.rejects {
            Some(rejects) => rejects,
            none => {
                let rejects = none.insert(csv::Writer::from_path(&self.path)?);
                rejects.write_record(["line", "field", "reason"])?;
                rejects
            }
        };
        Ok(rejects.write_record([&told.line.to_string(), field, &told.why])?)
    }

    fn finish(&mut self, name: &str, done: &Imported) -> io::Result<()> {
        self.bar.finish_and_clear();
        if let Some(rejects) = &mut self.rejects {
            rejects.flush()?;
        }
        if self.out.json {
            let line = serde_json::to_string(done).map_err(io::Error::other)?;
            return self.out.line(line);
        }
        self.say(name, done)
    }

    fn say(&mut self, name: &str, done: &Imported) -> io::Result<()> {
        self.out.line(format!(
            "{name}: {}, {}, fields parted by {}",
            counted(done.lines, "line", "lines"),
            done.encoding,
            if done.delimiter == '\t' {
                "tabs".into()
            } else {
                format!("\"{}\"", done.delimiter)
            }
        ))?;
        let used = done.columns.iter().filter_map(|(column, role)| {
            role.map(|role| {
                if *column == role {
                    role.to_owned()
                } else {
                    format!("{role} from \"{column}\"")
                }
            })
        });
        self.out
            .line(format!("Read: {}", used.collect::<Vec<_>>().join(", ")))?;
        let unused: Vec<String> = done
            .columns
            .iter()
            .filter(|(_, role)| role.is_none())
            .map(|(column, _)| format!("\"{column}\""))
            .collect();
        if !unused.is_empty() {
            self.out.line(format!("Not used: {}", unused.join(", ")))?;
        }
        self.say_fates(done)?;
        self.say_refused(done)?;
        if done.without_newsletter > 0 {
            self.out.line(format!(
                "{} on no newsletter: no mail will come.\nhint: --newsletter SLUG says what they join",
                counted(done.without_newsletter, "reader is", "readers are")
            ))?;
        }
        if done.dry_run {
            self.out.line("Nothing was changed.")?;
        }
        Ok(())
    }

    fn say_fates(&mut self, done: &Imported) -> io::Result<()> {
        let taken = done.lines - done.rejected;
        self.out.line(format!(
            "{} {} of {}. {}: {} added, {} changed, {} as they were.",
            if done.dry_run {
                "An import would take"
            } else {
                "Imported"
            },
            count(taken),
            counted(done.lines, "line", "lines"),
            counted(
                done.added + done.changed + done.unchanged,
                "reader",
                "readers"
            ),
            count(done.added),
            count(done.changed),
            count(done.unchanged)
        ))?;
        for (n, one, many) in [
            (
                done.continued,
                "line adds a newsletter to a reader of an earlier line",
                "lines add newsletters to readers of earlier lines",
            ),
            (
                done.duplicates,
                "line repeats an earlier one",
                "lines repeat earlier ones",
            ),
            (
                done.unsubscribed,
                "reader has unsubscribed: kept, and not mailed",
                "readers have unsubscribed: kept, and not mailed",
            ),
            (
                done.suppressed,
                "address is suppressed: it bounced, complained or was blocked",
                "addresses are suppressed: they bounced, complained or were blocked",
            ),
            (
                done.unconfirmed,
                "reader never confirmed: not taken",
                "readers never confirmed: not taken",
            ),
        ] {
            if n > 0 {
                self.out.line(counted(n, one, many))?;
            }
        }
        Ok(())
    }

    fn say_refused(&mut self, done: &Imported) -> io::Result<()> {
        if done.rejected > 0 && self.dry_run {
            self.out.line(format!(
                "{} would be refused:",
                counted(done.rejected, "line", "lines")
            ))?;
            for line in &self.first {
                self.out.line(format!("  {line}"))?;
            }
            if done.rejected > SHOWN as u64 {
                self.out.line("  and so on; --rejects FILE writes all")?;
            }
        } else if done.rejected > 0 {
            let rejects = self.path.display();
            self.out.line(format!(
                "The other {}, with line, field and reason: {rejects}",
                count(done.rejected)
            ))?;
        }
        Ok(())
    }
}
