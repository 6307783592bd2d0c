//! `postrider source` and `postrider newsletter`.

use std::collections::HashMap;

use clap::Subcommand;
use jiff::tz::TimeZone;
use serde_json::json;

use super::out::{Out, count, counted, when, when_or};
use super::{Done, Failure, unknown};
use crate::app::StartError;
use crate::clock::Clock;
use crate::collect::{
    Answer, Collector, SourceError, SourceStatus, Validators, article_counts, statuses,
};
use crate::config::Config;
use crate::db::{self, Db};

#[derive(Subcommand)]
pub(super) enum Verb {
    /// What is configured, and how each answered
    List,
    /// Ask each now, and store nothing
    Check {
        /// Only this one
        name: Option<String>,
    },
}

#[derive(Subcommand)]
pub(super) enum NewsletterVerb {
    /// All of them
    List,
    /// One, with all its settings
    Show {
        /// Its short name
        slug: String,
    },
}

pub(super) async fn run(verb: &Verb, config: &Config, out: &mut Out) -> Done {
    match verb {
        Verb::List => list(config, out).await,
        Verb::Check { name } => check(name.as_deref(), config, out).await,
    }
}

/// The database, unless it holds nothing yet: to look makes none.
async fn there(config: &Config) -> Result<Option<Db>, Failure> {
    let url = &config.database.url;
    let opened = async {
        Ok(if db::is_there(url).await? {
            Some(Db::open(url).await?)
        } else {
            None
        })
    };
    Ok(opened.await.map_err(StartError::Database)?)
}

async fn list(config: &Config, out: &mut Out) -> Done {
    let (known, articles) = match there(config).await? {
        Some(db) => {
            let mut conn = db.read().await?;
            (
                statuses(&mut conn, &config.sources).await?,
                article_counts(&mut conn).await?,
            )
        }
        None => Default::default(),
    };
    let zone = config.paper.zone.tz();
    let mut facts = Vec::new();
    let mut rows = Vec::new();
    for source in &config.sources {
        let status = known.get(&source.name);
        let articles = articles.get(&source.name).copied().unwrap_or(0);
        rows.push([
            source.name.clone(),
            when_or(status.and_then(|s| s.checked_at), zone, "never"),
            when_or(status.map(|s| s.next_check_at), zone, "now"),
            every(status),
            when_or(status.and_then(|s| s.changed_at), zone, "never"),
            articles.to_string(),
            state(status, zone),
        ]);
        facts.push(json!({ "source": source, "status": status, "articles": articles }));
    }
    if out.json {
        return Ok(out.json(&facts)?);
    }
    let head = [
        "source", "asked", "next", "every", "changed", "stories", "state",
    ];
    Ok(out.table(head, rows)?)
}

/// How a source stands, and what to do about it.
fn state(status: Option<&SourceStatus>, zone: &TimeZone) -> String {
    let Some(status) = status else {
        return "not asked yet".to_owned();
    };
    let state = failing(status, zone).map(|how| format!("fails {how}"));
    let moved = status.moved_to.as_deref().map(moved);
    match (state, moved) {
        (Some(state), Some(moved)) => format!("{state}; {moved}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "well".to_owned(),
    }
}

/// Since when a source fails, how often and why; nothing if it is well.
pub(super) fn failing(status: &SourceStatus, zone: &TimeZone) -> Option<String> {
    let error = status.error.as_ref()?;
    let since = when_or(status.failing_since, zone, "now");
    let times = match status.failures {
        n if n > 1 => format!(" ({} times)", count(n)),
        _ => String::new(),
    };
    Some(format!("since {since}{times}: {error}"))
}

/// Where a source has gone, and what to do.
pub(super) fn moved(to: &str) -> String {
    format!("has moved for good: write url = {to:?} in sources.toml")
}

/// The pause between two looks: "5 min", "2 h 40 min".
fn every(status: Option<&SourceStatus>) -> String {
    let Some(pause_s) = status.and_then(|s| s.pause_s) else {
        return String::new();
    };
    let minutes = (pause_s + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

async fn check(name: Option<&str>, config: &Config, out: &mut Out) -> Done {
    let sources: Vec<_> = config
        .sources
        .iter()
        .filter(|s| name.is_none_or(|n| s.name == n))
        .collect();
    if let (Some(name), true) = (name, sources.is_empty()) {
        let known: Vec<&str> = config.sources.iter().map(|s| s.name.as_str()).collect();
        return Err(unknown("source", name, &known));
    }
    let collector = Collector::new(&config.collect).map_err(|e| Failure::Start(e.to_string()))?;
    let known = match there(config).await? {
        Some(db) => statuses(&mut db.read().await?, &config.sources).await?,
        None => HashMap::default(),
    };
    let clock = Clock::of_process();
    let zone = config.paper.zone.tz();
    let anew = Validators::default();
    let mut facts = Vec::new();
    let mut bad = 0;
    for source in sources {
        let answer = collector.ask(source, &anew, clock.now()).await;
        let status = known.get(&source.name);
        if !out.json {
            tell_answer(&source.name, &answer, out)?;
            if let Some(status) = status {
                tell_status(status, zone, out)?;
            }
        }
        match answer {
            Ok(Answer { feed, moved_to, .. }) => {
                let feed = feed.unwrap_or_default();
                facts.push(json!({
                    "name": source.name, "stories": feed.entries, "warnings": feed.warnings,
                    "moved_to": moved_to, "status": status
                }));
            }
            Err(error) => {
                bad += 1;
                facts.push(
                    json!({ "name": source.name, "error": error.to_string(), "status": status }),
                );
            }
        }
    }
    if out.json {
        out.json(&facts)?;
    }
    if bad == 0 {
        Ok(())
    } else {
        Err(Failure::not(format!(
            "{bad} of {} gave nothing",
            counted(facts.len() as i64, "source", "sources")
        )))
    }
}

/// What a source says now.
fn tell_answer(
    name: &str,
    answer: &Result<Answer, SourceError>,
    out: &mut Out,
) -> std::io::Result<()> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return out.line(format!("{name}: {error}")),
    };
    let (entries, warnings) = answer
        .feed
        .as_ref()
        .map_or((&[][..], &[][..]), |feed| (&feed.entries, &feed.warnings));
    let stories = counted(entries.len() as i64, "story", "stories");
    out.line(format!("{name}: {stories}"))?;
    for entry in entries.iter().take(3) {
        out.line(format!("  {}", entry.headline))?;
    }
    for warning in warnings {
        out.line(format!("  warning: {warning}"))?;
    }
    match &answer.moved_to {
        Some(to) => out.line(format!("  It {}", moved(to))),
        None => Ok(()),
    }
}

/// What the daemon knows of it.
fn tell_status(status: &SourceStatus, zone: &TimeZone, out: &mut Out) -> std::io::Result<()> {
    out.line(format!(
        "  Asked every {}, last {}, next {}; last change {}",
        every(Some(status)),
        when_or(status.checked_at, zone, "never"),
        when(status.next_check_at, zone),
        when_or(status.changed_at, zone, "never")
    ))?;
    match failing(status, zone) {
        Some(how) => out.line(format!("  Asked by the daemon, it fails {how}")),
        None => Ok(()),
    }
}

pub(super) fn newsletters(verb: &NewsletterVerb, config: &Config, out: &mut Out) -> Done {
    match verb {
        NewsletterVerb::List => {
            if out.json {
                return Ok(out.json(&config.newsletters)?);
            }
            let rows = config.newsletters.iter().map(|n| {
                let schedule = match &n.schedule {
                    Some(schedule) => schedule.to_string(),
                    None if n.is_offers() => "with each offer".to_owned(),
                    None => "with each story".to_owned(),
                };
                let cadences = n
                    .cadences
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ");
                [
                    n.slug.clone(),
                    n.title.clone(),
                    schedule,
                    n.zone.to_string(),
                    cadences,
                ]
            });
            Ok(out.table(
                ["newsletter", "title", "schedule", "zone", "cadences"],
                rows.collect(),
            )?)
        }
        NewsletterVerb::Show { slug } => {
            let newsletter = config
                .newsletter(slug)
                .ok_or_else(|| unknown_newsletter(config, slug))?;
            if out.json {
                return Ok(out.json(newsletter)?);
            }
            let text =
                toml::to_string_pretty(newsletter).map_err(|e| Failure::not(e.to_string()))?;
            Ok(out.write(text.as_bytes())?)
        }
    }
}

/// What is said of a newsletter that there is not.
pub(super) fn unknown_newsletter(config: &Config, slug: &str) -> Failure {
    let known: Vec<&str> = config.newsletters.iter().map(|n| n.slug.as_str()).collect();
    unknown("newsletter", slug, &known)
}
