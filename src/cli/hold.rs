//! `postrider hold` and `postrider resume`: parts of the sending that wait until somebody has looked.

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde_json::json;

use super::issue::{self, Which};
use super::out::{Out, when_or};
use super::{Done, Failure, unknown};
use crate::app::App;
use crate::dispatch::hold::{Held, Hold, all, end, put};

#[derive(Subcommand)]
pub(super) enum Part {
    /// One issue
    Issue(Which),
    /// Mails to one domain
    Domain {
        /// What stands after the @
        name: String,
    },
    /// Mails to all domains of one [[provider]]
    Provider {
        /// Its name
        name: String,
    },
    /// Mails by one relay; they go by another, if there is one for them
    Relay {
        /// Its name
        name: String,
    },
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ResumeArgs {
    /// Everything that the breaker holds; what a person held stays
    #[arg(long)]
    all: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

pub(super) async fn hold(part: &Part, app: &App, out: &mut Out) -> Done {
    if let Part::Issue(which) = part {
        return issue::hold(&issue::find_issue(which, app).await?, app, out).await;
    }
    let held = named(part, app)?;
    if !put(&app.db, &held, None, app.clock.now()).await? {
        return Err(Failure::not(format!("{held} is held already")));
    }
    let text = match &held {
        Held::Relay(_) => "held. No mail goes by it until it is resumed.",
        _ => "held. Its mails stay queued until it is resumed, or until their time has passed.",
    };
    said(&held, true, text, out)
}

pub(super) async fn resume(args: &ResumeArgs, app: &App, out: &mut Out) -> Done {
    match &args.part {
        None if args.all => resume_all(app, out).await,
        None => list(app, out).await,
        Some(Part::Issue(which)) => {
            issue::resume(&issue::find_issue(which, app).await?, app, out).await
        }
        Some(part) => {
            let held = named(part, app)?;
            if !end(&app.db, &held).await? {
                let hint = "hint: postrider resume tells what is";
                return Err(Failure::not(format!("{held} is not held\n{hint}")));
            }
            said(&held, false, resumed(&held), out)
        }
    }
}

fn resumed(held: &Held) -> &'static str {
    match held {
        Held::Relay(_) => "resumed.",
        Held::Domain(_) => "resumed. What is due leaves within five minutes.",
        _ => "resumed. What is due leaves now.",
    }
}

async fn resume_all(app: &App, out: &mut Out) -> Done {
    let holds = all(&mut app.db.read().await?).await?;
    let (by_breaker, rest): (Vec<Hold>, Vec<Hold>) =
        holds.into_iter().partition(|hold| hold.reason.is_some());
    let mut ended = Vec::new();
    for hold in by_breaker {
        if end(&app.db, &hold.what).await? {
            ended.push(hold);
        }
    }
    if out.json {
        return Ok(out.json(&json!({ "resumed": ended, "held": rest }))?);
    }
    if ended.is_empty() {
        out.line("The breaker holds nothing.")?;
    }
    for hold in &ended {
        let text = resumed(&hold.what);
        out.line(format!("{} {}: {text}", hold.kind, hold.name))?;
    }
    tell(&rest, app.config.paper.zone.tz(), out)?;
    Ok(())
}

async fn list(app: &App, out: &mut Out) -> Done {
    let holds = all(&mut app.db.read().await?).await?;
    if out.json {
        return Ok(out.json(&holds)?);
    }
    if holds.is_empty() {
        out.line("Nothing is held.")?;
    }
    Ok(tell(&holds, app.config.paper.zone.tz(), out)?)
}

/// A line for each hold and one for what ends it.
pub(super) fn tell(holds: &[Hold], zone: &TimeZone, out: &mut Out) -> std::io::Result<()> {
    for hold in holds {
        out.line(format!(
            "Held since {}: {} {}, {}",
            when_or(hold.since, zone, "some time"),
            hold.kind,
            hold.name,
            hold.reason.as_deref().unwrap_or("by hand"),
        ))?;
        out.line(format!("  to go on: {}", hold.resume))?;
    }
    Ok(())
}

fn named(part: &Part, app: &App) -> Result<Held, Failure> {
    let known = |name: &str, what: &str, names: Vec<&str>| {
        if names.contains(&name) {
            return Ok(name.to_owned());
        }
        Err(unknown(what, name, &names))
    };
    match part {
        Part::Relay { name } => {
            let names = app.config.relay.iter().map(|r| r.name.as_str()).collect();
            known(name, "relay", names).map(Held::Relay)
        }
        Part::Provider { name } => {
            let names = app
                .config
                .provider
                .iter()
                .map(|p| p.name.as_str())
                .collect();
            known(name, "provider", names).map(Held::Provider)
        }
        Part::Domain { name } => Held::domain(name).ok_or_else(|| {
            let hint = "hint: write what stands after the @, as in gmail.com";
            Failure::Start(format!("{name:?} is no domain\n{hint}"))
        }),
        Part::Issue(_) => unreachable!("an issue is found by its newsletter"),
    }
}

fn said(held: &Held, now: bool, text: &str, out: &mut Out) -> Done {
    if out.json {
        return Ok(out.json(&json!({ "what": held.to_string(), "held": now }))?);
    }
    Ok(out.line(format!("{held}: {text}"))?)
}
