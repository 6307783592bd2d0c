//! `postrider source` and `postrider newsletter`.

use clap::Subcommand;
use serde_json::json;

use super::out::{Out, counted, when_or};
use super::{Done, Failure};
use crate::app::App;
use crate::collect::{Collector, Validators, statuses};
use crate::config::Config;

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

pub(super) async fn run(verb: &Verb, app: &App, out: &mut Out) -> Done {
    match verb {
        Verb::List => list(app, out).await,
        Verb::Check { name } => check(name.as_deref(), app, out).await,
    }
}

async fn list(app: &App, out: &mut Out) -> Done {
    let known = statuses(&mut app.db.read().await?).await?;
    let zone = app.config.paper.zone.tz();
    let mut facts = Vec::new();
    let mut rows = Vec::new();
    for source in &app.config.sources {
        let status = known.iter().find(|s| s.name == source.name);
        let state = match status {
            None => "not asked yet".to_owned(),
            Some(s) => match (&s.error, s.failing_since) {
                (Some(error), since) => {
                    format!("fails since {}: {error}", when_or(since, zone, "now"))
                }
                _ => "well".to_owned(),
            },
        };
        rows.push([
            source.name.clone(),
            when_or(status.and_then(|s| s.checked_at), zone, "never"),
            when_or(status.and_then(|s| s.changed_at), zone, "never"),
            status.map_or(0, |s| s.articles).to_string(),
            state,
        ]);
        facts.push(json!({ "source": source, "status": status }));
    }
    if out.json {
        return Ok(out.json(&facts)?);
    }
    Ok(out.table(["source", "asked", "changed", "stories", "state"], rows)?)
}

async fn check(name: Option<&str>, app: &App, out: &mut Out) -> Done {
    let sources: Vec<_> = app
        .config
        .sources
        .iter()
        .filter(|s| name.is_none_or(|n| s.name == n))
        .collect();
    if let (Some(name), true) = (name, sources.is_empty()) {
        let known: Vec<&str> = app.config.sources.iter().map(|s| s.name.as_str()).collect();
        return Err(Failure::not(format!(
            "no source is called {name:?}\nhint: there are {}",
            known.join(", ")
        )));
    }
    let collector =
        Collector::new(&app.config.collect).map_err(|e| Failure::Start(e.to_string()))?;
    let mut facts = Vec::new();
    let mut bad = 0;
    for source in sources {
        match collector
            .ask(source, &Validators::default(), app.clock.now())
            .await
        {
            Ok(answer) => {
                let feed = answer.map(|(feed, _)| feed).unwrap_or_default();
                if !out.json {
                    let stories = counted(feed.entries.len() as i64, "story", "stories");
                    out.line(format!("{}: {stories}", source.name))?;
                    for entry in feed.entries.iter().take(3) {
                        out.line(format!("  {}", entry.headline))?;
                    }
                    for warning in &feed.warnings {
                        out.line(format!("  warning: {warning}"))?;
                    }
                }
                facts.push(json!({ "name": source.name, "stories": feed.entries, "warnings": feed.warnings }));
            }
            Err(error) => {
                bad += 1;
                if !out.json {
                    out.line(format!("{}: {error}", source.name))?;
                }
                facts.push(json!({ "name": source.name, "error": error.to_string() }));
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

pub(super) fn newsletters(verb: &NewsletterVerb, config: &Config, out: &mut Out) -> Done {
    match verb {
        NewsletterVerb::List => {
            if out.json {
                return Ok(out.json(&config.newsletters)?);
            }
            let rows = config.newsletters.iter().map(|n| {
                let schedule = n
                    .schedule
                    .as_ref()
                    .map_or_else(|| "with each offer".to_owned(), ToString::to_string);
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
    Failure::not(format!(
        "no newsletter is called {slug:?}\nhint: there are {}",
        known.join(", ")
    ))
}
