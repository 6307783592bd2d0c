//! `postrider subscriber`.

use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde_json::json;

use super::file::{PrivateFile, is_stdout};
use super::import::{ImportArgs, import};
use super::out::{Out, counted, when};
use super::source::unknown_newsletter;
use super::{Done, Failure};
use crate::app::App;
use crate::audience::answer::{AnswerRecord, answers};
use crate::audience::erasure::{Erased, erase_at};
use crate::audience::history::changes;
use crate::audience::import::{ImportError, joined};
use crate::audience::leaving::leave;
use crate::audience::moving::{MoveRecord, moves};
use crate::audience::record::{Revision, record, revisions};
use crate::audience::source::BY_COMMAND;
use crate::audience::{
    Act, Change, ConsentRecord, EmailAddress, How, Known, LONGEST_NAME, Preferences, Refusal,
    Subscription, SubscriptionState, SuppressionReason, Term, consents, erase, export, find, known,
    language, minute_of, one_line, parse_days, print_days, store, suppressed,
};
use crate::config::{Cadence, Quiet, Tier};
use crate::db;

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Add a subscriber, or newsletters and follows to one
    Add(AddArgs),
    /// What a subscriber asked for, and the record of it: who, when, from where, by what
    Show {
        /// The address
        address: String,
    },
    /// Take subscribers from a table that we or another program wrote
    Import(ImportArgs),
    /// Write every subscriber as CSV, in the columns that import reads
    Export {
        /// The file, replaced when all of it is written; - for standard output, without --json
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Take a subscriber off newsletters, or erase all that is held of them
    Remove {
        /// The address
        address: String,
        /// Only leave these newsletters
        #[arg(long = "newsletter", value_name = "SLUG")]
        newsletters: Vec<String>,
    },
}

#[derive(Args)]
pub(super) struct AddArgs {
    /// The address
    address: String,
    /// How the reader is greeted
    #[arg(long)]
    name: Option<String>,
    /// Join this newsletter; may be repeated
    #[arg(long = "newsletter", value_name = "SLUG")]
    newsletters: Vec<String>,
    /// Follow, in those newsletters: section:Schools, topic:…, author:…, keyword:…
    #[arg(long = "follow", value_name = "TERM")]
    follows: Vec<Term>,
    /// Mute, in those newsletters
    #[arg(long = "mute", value_name = "TERM")]
    mutes: Vec<Term>,
    /// Only what they follow, in those newsletters, and no mail without it; =false for all of it
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    only_followed: Option<bool>,
    /// scheduled, daily, weekly or instant
    #[arg(long)]
    cadence: Option<Cadence>,
    /// At what time of the reader's day, as 06:30
    #[arg(long)]
    hour: Option<String>,
    /// On which days, as mon,wed or weekdays
    #[arg(long)]
    days: Option<String>,
    /// The reader's zone, as Europe/London
    #[arg(long)]
    zone: Option<String>,
    /// No mail at these hours of the reader's day, as 22:00-07:00
    #[arg(long, value_name = "HOURS")]
    quiet: Option<Quiet>,
    /// At most so many mails a week, from Monday on
    #[arg(long, value_name = "MAILS", value_parser = clap::value_parser!(u8).range(1..))]
    weekly_budget: Option<u8>,
    /// The language of the mails, as en
    #[arg(long)]
    language: Option<String>,
    /// free or premium
    #[arg(long)]
    tier: Option<Tier>,
    /// What shows the consent: a form's number, a letter's date
    #[arg(long)]
    evidence: Option<String>,
}

pub(super) async fn run(verb: &Verb, app: &App, out: &mut Out) -> Done {
    match verb {
        Verb::Add(args) => add(args, app, out).await,
        Verb::Show { address } => show(address, app, out).await,
        Verb::Import(args) => import(args, app, out).await,
        Verb::Export { file } => export_file(file, app, out).await,
        Verb::Remove {
            address,
            newsletters,
        } => remove(address, newsletters, app, out).await,
    }
}

pub(super) fn address(text: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(text.trim()).map_err(|e| {
        Failure::Start(format!(
            "the address {e}\nhint: write it as in asha@example.org"
        ))
    })
}

/// Lays what was asked for over what there is.
fn lay_over(args: &AddArgs, app: &App, all: &mut Preferences) -> Result<(), Failure> {
    let bad = |text: String| Failure::Start(text);
    if let Some(name) = &args.name {
        let name = one_line(name);
        if name.chars().count() > LONGEST_NAME {
            return Err(bad(format!("--name is too long: {}", Refusal::Name)));
        }
        all.name = name;
    }
    if let Some(tag) = &args.language {
        all.language = Some(
            language(tag)
                .ok_or_else(|| bad(format!("--language {tag} is not a language tag, as en is")))?,
        );
    }
    if let Some(zone) = &args.zone {
        TimeZone::get(zone).map_err(|_| {
            bad(format!(
                "--zone {zone} is not a zone of the IANA list, as Europe/London is"
            ))
        })?;
        all.zone = Some(zone.clone());
    }
    if let Some(tier) = args.tier {
        all.tier = tier;
    }
    all.quiet = args.quiet.or(all.quiet);
    all.weekly_budget = args.weekly_budget.or(all.weekly_budget);
    let minute = args
        .hour
        .as_ref()
        .map(|h| minute_of(h).ok_or_else(|| bad(format!("--hour {h} is not a time, as 06:30 is"))));
    let minute = minute.transpose()?;
    let days = args.days.as_ref().map(|d| {
        parse_days(d).ok_or_else(|| bad(format!("--days {d} are not days, as mon,wed are")))
    });
    let days = days.transpose()?;
    for slug in &args.newsletters {
        let newsletter = app
            .newsletter(slug)
            .ok_or_else(|| unknown_newsletter(&app.config, slug))?;
        let s = all
            .subscriptions
            .entry(slug.clone())
            .or_insert_with(|| Subscription::new(newsletter, app.clock.now()));
        if s.state != SubscriptionState::Active {
            *s = Subscription::new(newsletter, app.clock.now());
        }
        if let Some(cadence) = args.cadence {
            if !newsletter.cadences.contains(&cadence) {
                return Err(bad(format!(
                    "{slug} does not come {cadence}\nhint: its file says which cadences it offers"
                )));
            }
            s.cadence = cadence;
        }
        s.at_minute = minute.or(s.at_minute);
        s.days = days.or(s.days);
        s.only_followed = args.only_followed.unwrap_or(s.only_followed);
        s.follows.extend(args.follows.iter().cloned());
        s.mutes.extend(args.mutes.iter().cloned());
    }
    let of_a_newsletter = !(args.follows.is_empty() && args.mutes.is_empty())
        || args.only_followed.is_some()
        || args.cadence.is_some()
        || args.hour.is_some()
        || args.days.is_some();
    if args.newsletters.is_empty() && of_a_newsletter {
        return Err(bad(
            "follows, mutes, only-followed, cadence, hour and days belong to a newsletter\nhint: name it with --newsletter"
                .into(),
        ));
    }
    Ok(())
}

async fn add(args: &AddArgs, app: &App, out: &mut Out) -> Done {
    let email = address(&args.address)?;
    let key = app.keys.address(&email.normal());
    let mut conn = app.db.read().await?;
    if let Some((reason, at)) = suppressed(&mut conn, &key).await? {
        let since = when(at, app.config.paper.zone.tz());
        return Err(Failure::not(format!(
            "this address must not be mailed since {since}: {reason}"
        )));
    }
    let (there, _) = known(&mut conn, std::slice::from_ref(&key)).await?;
    drop(conn);
    let before = there.into_values().next().map(|k| k.preferences);
    let mut preferences = before.clone().unwrap_or_default();
    lay_over(args, app, &mut preferences)?;
    let changed = before.as_ref() != Some(&preferences);
    let preferences_empty = preferences.subscriptions.is_empty();
    if changed {
        let mut consents = joined(before.as_ref(), &preferences, BY_COMMAND);
        for consent in &mut consents {
            consent.evidence.clone_from(&args.evidence);
        }
        let changes = [Change {
            email: email.clone(),
            preferences,
            consents,
        }];
        db::again(async || {
            let mut tx = app.db.begin().await?;
            let now = app.clock.now();
            let stored = store(&mut tx, &app.paper(), &changes, now).await?;
            record(&mut tx, &stored, Act::Set, BY_COMMAND, now).await?;
            tx.commit().await
        })
        .await?;
    }
    if out.json {
        return Ok(out.json(&json!({ "added": before.is_none(), "changed": changed }))?);
    }
    Ok(out.line(match (before.is_none(), changed) {
        (true, _) if preferences_empty => {
            "Added, to no newsletter: no mail will come.\nhint: --newsletter SLUG joins one"
        }
        (true, _) => "Added.",
        (_, true) => "Changed.",
        _ => "Nothing to change.",
    })?)
}

async fn show(text: &str, app: &App, out: &mut Out) -> Done {
    let email = address(text)?;
    let mut conn = app.db.read().await?;
    let suppressed = suppressed(&mut conn, &app.keys.address(&email.normal())).await?;
    let Some(known) = find(&mut conn, &app.keys, &email).await? else {
        return Err(Failure::not(match suppressed {
            Some((reason, at)) => {
                format!(
                    "no subscriber; the address must not be mailed since {}: {reason}",
                    when(at, app.config.paper.zone.tz())
                )
            }
            None => "no subscriber has this address".to_owned(),
        }));
    };
    let records = consents(&mut conn, known.id).await?;
    let history = revisions(&mut conn, known.id, i64::MAX).await?;
    let moved = moves(&mut conn, known.id).await?;
    let answers = answers(&mut conn, known.id).await?;
    let erase_at = erase_at(&mut conn, known.id).await?;
    if out.json {
        let suppressed = suppressed.map(|(reason, at)| json!({ "reason": reason, "at": at }));
        return Ok(out.json(&json!({
            "id": known.id, "revision": known.revision, "preferences": known.preferences, "consent": records,
            "history": history, "addresses": moved, "answers": answers, "erased_at": erase_at,
            "suppressed": suppressed,
        }))?);
    }
    let zone = app.config.paper.zone.tz();
    tell_reader(out, &known, suppressed, erase_at, zone)?;
    tell_record(out, records, &history, &moved, zone)?;
    for answer in &answers {
        out.line(answer_line(answer, zone))?;
    }
    Ok(())
}

/// What is so now.
fn tell_reader(
    out: &mut Out,
    known: &Known,
    suppressed: Option<(SuppressionReason, i64)>,
    erase_at: Option<i64>,
    zone: &TimeZone,
) -> Done {
    let p = &known.preferences;
    out.line(format!(
        "subscriber {}, revision {}",
        known.id, known.revision
    ))?;
    let or = |o: &Option<String>| o.clone().unwrap_or_else(|| "the newsletter's".into());
    let name = if p.name.is_empty() {
        "not known"
    } else {
        &p.name
    };
    out.line(format!(
        "name {name}; tier {}; language {}; zone {}",
        p.tier,
        or(&p.language),
        or(&p.zone)
    ))?;
    if let Some(quiet) = p.quiet {
        out.line(format!("no mail {quiet}"))?;
    }
    if let Some(most) = p.weekly_budget {
        out.line(format!(
            "at most {} a week",
            counted(i64::from(most), "mail", "mails")
        ))?;
    }
    if let Some((reason, at)) = suppressed {
        out.line(format!(
            "must not be mailed since {}: {reason}",
            when(at, zone)
        ))?;
    }
    if let Some(at) = erase_at {
        out.line(format!(
            "asked to be forgotten; everything is erased on {}",
            when(at, zone)
        ))?;
    }
    for (slug, s) in &p.subscriptions {
        let mut line = match s.state {
            SubscriptionState::Active => format!("{slug}: {}", s.cadence),
            SubscriptionState::Left => format!("{slug}: left"),
        };
        if let Some(m) = s.at_minute {
            line += &format!(" at {:02}:{:02}", m / 60, m % 60);
        }
        if let Some(days) = s.days {
            line += &format!(" on {}", print_days(days));
        }
        if s.only_followed {
            line += "; only what they follow";
        }
        for (word, terms) in [("follows", &s.follows), ("mutes", &s.mutes)] {
            if !terms.is_empty() {
                line += &format!(
                    "; {word} {}",
                    terms
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(", ")
                );
            }
        }
        out.line(line)?;
    }
    Ok(())
}

/// How it came about.
fn tell_record(
    out: &mut Out,
    records: Vec<ConsentRecord>,
    history: &[Revision],
    moved: &[MoveRecord],
    zone: &TimeZone,
) -> Done {
    for r in records {
        let act = if r.act == 1 { "joined" } else { "left" };
        let evidence = r.evidence.map(|e| format!(" ({e})")).unwrap_or_default();
        let slug = r.newsletter.unwrap_or_else(|| "everything".into());
        out.line(format!(
            "{}  {act} {slug} by {}{evidence}",
            when(r.at, zone),
            r.source
        ))?;
    }
    out.line("what was asked for, revision by revision:")?;
    let mut before = Preferences::default();
    for r in history {
        // Of a very long history the oldest is not here, and the first step cannot be told.
        let told = if r.revision == 1 || r.revision > history[0].revision {
            let told = changes(&before, &r.preferences);
            told.iter().map(ToString::to_string).collect()
        } else {
            vec!["as it stood then".to_owned()]
        };
        out.line(step(r, &told, zone))?;
        before.clone_from(&r.preferences);
    }
    for m in moved {
        out.line(move_line(m, zone))?;
    }
    Ok(())
}

/// One revision as a line: when, which, what changed, who did it through what and from where.
fn step(r: &Revision, told: &[String], zone: &TimeZone) -> String {
    let mut line = format!("{}  {}: ", when(r.at, zone), r.revision);
    line += &match (told, r.act) {
        ([], _) if r.revision == 1 => "added".to_owned(),
        ([], Some(act)) => act.to_owned(),
        ([], None) => "nothing".to_owned(),
        (told, _) => told.join("; "),
    };
    if let Some(undone) = r.undoes {
        line += &format!(" (takes back {undone})");
    }
    if let Some(source) = &r.source {
        line += &format!(", by {source}");
    }
    if let Some(network) = &r.network {
        line += &format!(", from {network}");
    }
    if let Some(shown) = &r.shown {
        line += &format!(" ({shown})");
    }
    line
}

/// Why a newsletter was left, as a line.
fn answer_line(answer: &AnswerRecord, zone: &TimeZone) -> String {
    let words = Some(&answer.words).filter(|words| !words.is_empty());
    let said = answer.why.map(|why| why.to_string()).into_iter();
    let said = said.chain(words.map(|words| format!("“{words}”")));
    format!(
        "{}  said why they left {}: {}",
        when(answer.at, zone),
        answer.newsletter,
        said.collect::<Vec<_>>().join(", ")
    )
}

fn move_line(m: &MoveRecord, zone: &TimeZone) -> String {
    let masked = |text: &str| EmailAddress::stored(text.to_owned()).masked();
    let (from, to) = (masked(&m.old_email), masked(&m.new_email));
    let asked = when(m.asked_at, zone);
    let at = m.changed_at.map(|at| when(at, zone)).unwrap_or_default();
    let came = match m.state {
        1 => "not confirmed yet".to_owned(),
        2 => format!("done {at}"),
        3 => format!("done, and taken back {at}"),
        _ => "not confirmed".to_owned(),
    };
    let network = m.network.as_ref().map(|n| format!(", from {n}"));
    format!(
        "{asked}  address from {from} to {to}, by {}{}: {came}",
        m.source,
        network.unwrap_or_default()
    )
}

async fn export_file(file: &Path, app: &App, out: &mut Out) -> Done {
    let is_stdout = is_stdout(file, out.json)?;
    let done = if is_stdout {
        export::export(&app.db, std::io::stdout().lock()).await
    } else {
        let to = PrivateFile::create(file)
            .map_err(|e| Failure::Start(format!("{}: {e}", file.display())))?;
        let written = export::export(&app.db, BufWriter::new(to.file())).await;
        written.and_then(|n| to.keep().map(|()| n).map_err(Into::into))
    };
    match done {
        // `export | head`: whoever read has had enough.
        Err(ImportError::File(e)) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Failure::not(e.to_string())),
        Ok(_) if is_stdout => Ok(()),
        Ok(n) if out.json => Ok(out.json(&json!({ "subscribers": n }))?),
        Ok(n) => Ok(out.line(format!(
            "{} in {}.",
            counted(n, "subscriber", "subscribers"),
            file.display()
        ))?),
    }
}

async fn remove(text: &str, newsletters: &[String], app: &App, out: &mut Out) -> Done {
    let email = address(text)?;
    let now = app.clock.now();
    if newsletters.is_empty() {
        let said = match db::again(|| erase(&app.db, &app.keys, &email, now)).await? {
            Erased::Subscriber => {
                "Erased. What stays is a hash of the address, so that it is only mailed again when it is signed up anew."
            }
            Erased::Signup => "Erased: a sign-up that was not confirmed. Nothing of it stays.",
            Erased::Nobody => return Err(Failure::not("no subscriber has this address")),
        };
        let _: () = if out.json {
            out.json(&json!({ "erased": true }))?;
        } else {
            out.line(said)?;
        };
        return Ok(());
    }
    let found = find(&mut app.db.read().await?, &app.keys, &email).await?;
    let Some(known) = found else {
        return Err(Failure::not("no subscriber has this address"));
    };
    let how = How {
        source: BY_COMMAND,
        network: None,
        shown: None,
    };
    let left = db::again(async || {
        let mut tx = app.db.begin().await?;
        let mut left = Vec::new();
        for slug in newsletters {
            let done = leave(&mut tx, &app.paper(), known.id, slug, &how, now).await?;
            left.extend(done.map(|_| slug.clone()));
        }
        tx.commit().await?;
        Ok(left)
    })
    .await?;
    if left.is_empty() {
        return Err(Failure::not(
            "the subscriber is on none of these newsletters",
        ));
    }
    let _: () = if out.json {
        out.json(&json!({ "left": left }))?;
    } else {
        out.line(format!("Left {}.", left.join(", ")))?;
    };
    Ok(())
}
