//! `postrider article`.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::json;

use super::out::{Out, count, counted, when};
use super::{Done, Failure, at_least_one};
use crate::app::App;
use crate::collect::article::{Article, find, list, near, show};
use crate::collect::{change, fold};
use crate::issue::carried::{Carried, carried};
use crate::issue::withdraw::{Withdrawn, sweep};

#[derive(Subcommand)]
pub(super) enum Verb {
    /// What was collected, the newest first
    List {
        /// Only what was collected on this day or later, as 2026-11-24
        #[arg(long, value_name = "DAY")]
        since: Option<Date>,
        /// How many
        #[arg(long, default_value_t = 50, value_parser = at_least_one())]
        limit: i64,
    },
    /// One article: what it said and when, what is folded with it, which issues carry it
    Show(Which),
    /// Say that its present text is a correction, and show that in what is queued
    Correct(Noted),
    /// Take it back: it leaves all that is queued, and no mail carries it
    Retract(Noted),
    /// Let digests carry it again
    Restore(Which),
    /// Say that two articles tell one story
    Fold {
        /// Its address, or its number
        article: String,
        /// The other's
        other: String,
    },
    /// Say that an article tells a story of its own
    Unfold(Which),
}

#[derive(Args)]
pub(super) struct Which {
    /// Its address, or its number
    article: String,
}

#[derive(Args)]
pub(super) struct Noted {
    #[command(flatten)]
    which: Which,
    /// What was wrong; readers see a correction's
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

pub(super) async fn run(verb: &Verb, app: &App, out: &mut Out) -> Done {
    match verb {
        Verb::List { since, limit } => list_articles(*since, *limit, app, out).await,
        Verb::Show(which) => tell(which, app, out).await,
        Verb::Correct(noted) => correct(noted, app, out).await,
        Verb::Retract(noted) => retract(noted, app, out).await,
        Verb::Restore(which) => restore(which, app, out).await,
        Verb::Fold { article, other } => fold_two(article, other, app, out).await,
        Verb::Unfold(which) => unfold(which, app, out).await,
    }
}

/// The article that was asked for, as it stands.
async fn article(asked: &str, app: &App) -> Result<Article, Failure> {
    let mut conn = app.db.read().await?;
    if let Some(id) = find(&mut conn, asked).await? {
        return Ok(show(&mut conn, id).await?);
    }
    let like = near(&mut conn, asked).await?;
    let hint = if like.is_empty() {
        "postrider article list shows what was collected".to_owned()
    } else {
        format!("there is {}", like.join(", "))
    };
    Err(Failure::not(format!(
        "no article has the address {asked}\nhint: {hint}"
    )))
}

async fn list_articles(since: Option<Date>, limit: i64, app: &App, out: &mut Out) -> Done {
    let zone = app.config.paper.zone.tz();
    let since = since.and_then(|day| day.to_zoned_datetime(zone.clone()).ok());
    let since = since.map_or(0, |at| at.timestamp().as_millisecond());
    let articles = list(&mut app.db.read().await?, since, limit).await?;
    if out.json {
        return Ok(out.json(&articles)?);
    }
    let rows = articles.into_iter().map(|a| {
        let mut state = a.state.to_owned();
        if a.corrected.is_some() {
            state.push_str(", corrected");
        }
        if let Some(root) = a.same_as {
            state.push_str(&format!(", same as {root}"));
        }
        [
            a.id.to_string(),
            when(a.collected_at, zone),
            a.source,
            state,
            a.headline,
            a.link,
        ]
    });
    Ok(out.list(
        "No story was collected.",
        [
            "article",
            "collected",
            "source",
            "state",
            "headline",
            "link",
        ],
        rows.collect(),
    )?)
}

async fn tell(which: &Which, app: &App, out: &mut Out) -> Done {
    let a = article(&which.article, app).await?;
    let issues = carried(&mut app.db.read().await?, a.listed.id).await?;
    if out.json {
        return Ok(out.json(&json!({ "article": a, "issues": issues }))?);
    }
    let zone = app.config.paper.zone.tz();
    out.line(format!("{}\n{}", a.listed.headline, a.listed.link))?;
    out.line(format!(
        "Article {}, {}, from {}, published {}, collected {}.",
        a.listed.id,
        a.listed.state,
        a.listed.source,
        when(a.published_at, zone),
        when(a.listed.collected_at, zone)
    ))?;
    if let (Some(at), Some(why)) = (a.retracted_at, &a.retraction) {
        let restored = if a.listed.state == "active" {
            ", and restored since"
        } else {
            ""
        };
        out.line(format!("Retracted {}: {why}{restored}.", when(at, zone)))?;
    }
    if !a.terms.is_empty() {
        out.line(format!("Filed under {}.", a.terms.join(", ")))?;
    }
    tell_revisions(&a, app, out)?;
    tell_copies(&a, out)?;
    tell_issues(&issues, out)?;
    Ok(())
}

fn tell_revisions(a: &Article, app: &App, out: &mut Out) -> std::io::Result<()> {
    out.line("\nWhat it said")?;
    for r in &a.revisions {
        let mark = match r.detail.correction.as_deref() {
            Some("") => " (correction)".to_owned(),
            Some(note) => format!(" (correction: {note})"),
            None => String::new(),
        };
        let at = when(r.at, app.config.paper.zone.tz());
        out.line(format!("  {}  {at}  {}{mark}", r.revision, r.headline))?;
    }
    Ok(())
}

fn tell_copies(a: &Article, out: &mut Out) -> std::io::Result<()> {
    if a.copies.is_empty() {
        if let Some(why) = &a.same_why {
            out.line(format!("\nStands alone: {why}."))?;
        }
        return Ok(());
    }
    out.line("\nThe same story")?;
    let own = a.listed.same_as.and(a.same_why.as_deref());
    if let Some(why) = own {
        out.line(format!("  this one: {why}"))?;
    }
    for c in &a.copies {
        let why = c.why.as_deref().unwrap_or("the first that was collected");
        out.line(format!("  {}  {}, from {}: {why}", c.id, c.link, c.source))?;
    }
    Ok(())
}

fn tell_issues(issues: &[Carried], out: &mut Out) -> std::io::Result<()> {
    out.line("\nWhere it went")?;
    if issues.is_empty() {
        return out.line("  nowhere yet");
    }
    for i in issues {
        for (revision, states) in &i.revisions {
            let states: Vec<String> = states
                .iter()
                .map(|(state, n)| format!("{} {state}", count(*n)))
                .collect();
            out.line(format!(
                "  {} {}, revision {revision}: {}",
                i.newsletter,
                i.edition,
                states.join(", ")
            ))?;
        }
    }
    Ok(())
}

/// What became of the queue, as a sentence to put after another.
fn of_queue(w: Withdrawn) -> String {
    let mails = |n: u64| counted(n, "queued mail", "queued mails");
    match (w.changed, w.skipped) {
        (0, 0) => "Nothing that is queued shows it.".to_owned(),
        (changed, 0) => format!("Changed {}.", mails(changed)),
        (0, skipped) => format!("Skipped {}, which had nothing else.", mails(skipped)),
        (changed, skipped) => format!(
            "Changed {} and skipped {}, which had nothing else.",
            mails(changed),
            mails(skipped)
        ),
    }
}

async fn correct(noted: &Noted, app: &App, out: &mut Out) -> Done {
    let a = article(&noted.which.article, app).await?;
    let note = crate::collect::plain(noted.note.as_deref().unwrap_or_default(), 300);
    let revision = change::correct(&app.db, a.listed.id, &note, app.clock.now()).await?;
    let swept = sweep(app).await?;
    if out.json {
        return Ok(
            out.json(&json!({ "article": a.listed.id, "revision": revision, "queue": swept }))?
        );
    }
    Ok(out.line(format!(
        "Revision {revision} of \"{}\" is a correction. {}",
        a.listed.headline,
        of_queue(swept)
    ))?)
}

async fn retract(noted: &Noted, app: &App, out: &mut Out) -> Done {
    let a = article(&noted.which.article, app).await?;
    let why = crate::collect::plain(noted.note.as_deref().unwrap_or("by command"), 300);
    let retracted = change::retract(&app.db, a.listed.id, &why, app.clock.now()).await?;
    let swept = sweep(app).await?;
    if out.json {
        return Ok(
            out.json(&json!({ "article": a.listed.id, "retracted": retracted, "queue": swept }))?
        );
    }
    let headline = &a.listed.headline;
    let said = match retracted {
        0 => format!("\"{headline}\" was retracted already."),
        1 => format!("Retracted \"{headline}\"."),
        n => format!(
            "Retracted \"{headline}\" and {} folded with it.",
            counted(n - 1, "copy", "copies")
        ),
    };
    Ok(out.line(format!("{said} {}", of_queue(swept)))?)
}

async fn restore(which: &Which, app: &App, out: &mut Out) -> Done {
    let a = article(&which.article, app).await?;
    let restored = change::restore(&app.db, a.listed.id).await?;
    if out.json {
        return Ok(out.json(&json!({ "article": a.listed.id, "restored": restored }))?);
    }
    let headline = &a.listed.headline;
    Ok(out.line(match restored {
        0 => format!("\"{headline}\" is not retracted."),
        _ => format!("Restored \"{headline}\": later digests may carry it. What it was taken out of stays without it."),
    })?)
}

async fn fold_two(one: &str, other: &str, app: &App, out: &mut Out) -> Done {
    let (a, b) = (article(one, app).await?, article(other, app).await?);
    if a.listed.id == b.listed.id {
        return Err(Failure::not("both are one article"));
    }
    let root = fold::fold(&app.db, a.listed.id, b.listed.id).await?;
    if out.json {
        return Ok(out.json(&json!({ "root": root, "articles": [a.listed.id, b.listed.id] }))?);
    }
    Ok(out.line(format!(
        "\"{}\" and \"{}\" are one story from now on.",
        a.listed.headline, b.listed.headline
    ))?)
}

async fn unfold(which: &Which, app: &App, out: &mut Out) -> Done {
    let a = article(&which.article, app).await?;
    let parted = fold::unfold(&app.db, a.listed.id).await?;
    if out.json {
        return Ok(out.json(&json!({ "article": a.listed.id, "parted": parted }))?);
    }
    let headline = &a.listed.headline;
    Ok(out.line(if parted == 0 {
        format!("\"{headline}\" is folded with nothing.")
    } else {
        format!("\"{headline}\" is a story of its own from now on.")
    })?)
}
