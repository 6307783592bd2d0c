//! `postrider serve`, `once`, `migrate` and `demo`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::out::{Out, count, counted};
use super::{Done, Failure};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{self, Pass};
use crate::db::Db;
use crate::demo::mailbox::Mailbox;
use crate::demo::paper::Paper;
use crate::demo::relay::{CatchingRelay, RelayOptions};
use crate::demo::road::{Shown, show};
use crate::dispatch::Handle;

#[derive(Args)]
pub(super) struct DemoArgs {
    /// End after the run, instead of serving the mailbox until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Where everything goes; it must be empty or not there [default: a new folder among the temporary ones]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The port of the mailbox on 127.0.0.1, and the next one for the readers' pages; 0 for any that is free
    #[arg(long, default_value_t = 8025)]
    port: u16,
}

pub(super) async fn serve(app: &Arc<App>) -> Done {
    daemon::serve(app.clone())
        .await
        .map_err(|e| Failure::Start(e.to_string()))
}

pub(super) async fn once(app: &Arc<App>, out: &mut Out) -> Done {
    let pass = daemon::once(app, Handle::default())
        .await
        .map_err(|e| Failure::not(e.to_string()))?;
    app.db.close().await;
    if out.json {
        out.json(&pass)?;
    } else {
        tell(&pass, out)?;
    }
    if let (None, Some(error)) = (&pass.relay_error, &pass.mailbox_error) {
        return Err(Failure::not(format!("the mailbox of bounces: {error}")));
    }
    match &pass.relay_error {
        Some(error) => Err(Failure::not(format!(
            "{error}\nhint: messages stay queued; the next run sends them"
        ))),
        None if pass.all_well() => Ok(()),
        None => Err(Failure::not(format!(
            "{} gave nothing",
            counted(pass.collected.failed.len() as i64, "source", "sources")
        ))),
    }
}

fn tell(pass: &Pass, out: &mut Out) -> std::io::Result<()> {
    let c = &pass.collected;
    out.line(format!(
        "Collected {} and {} from {}.",
        counted(c.articles.new, "new story", "new stories"),
        counted(c.articles.revised, "changed one", "changed ones"),
        counted(c.sources, "source", "sources")
    ))?;
    for (name, error) in &c.failed {
        out.line(format!("  {name}: {error}"))?;
    }
    if c.put_off > 0 {
        let sources = counted(c.put_off, "source", "sources");
        out.line(format!(
            "  {sources} of the same hosts put off to the next time"
        ))?;
    }
    if pass.reports > 0 {
        let reports = counted(pass.reports, "report", "reports");
        out.line(format!("Heard {reports} of mails that were sent before."))?;
    }
    let planned = counted(pass.planned.queued, "message", "messages");
    out.line(format!("Planned {planned}."))?;
    for (reason, n) in &pass.planned.skipped {
        out.line(format!("  {} skipped: {reason}", count(*n)))?;
    }
    let sent: Vec<String> = pass
        .sent
        .iter()
        .map(|(state, n)| format!("{} {state}", count(*n)))
        .collect();
    out.line(if sent.is_empty() {
        "Sent nothing.".to_owned()
    } else {
        format!("Sent: {}.", sent.join(", "))
    })
}

pub(super) async fn migrate(config: &Config, out: &mut Out) -> Done {
    let db = Db::connect(&config.database.url).await?;
    let run = db.migrate().await?;
    db.close().await;
    if out.json {
        return Ok(out.json(&json!({ "migrations": run }))?);
    }
    Ok(out.line(match run.len() {
        0 => "The schema is up to date.".to_owned(),
        n => format!(
            "Ran {}; the schema is up to date.",
            counted(n as i128, "migration", "migrations")
        ),
    })?)
}

fn fresh_folder(wanted: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    match wanted {
        None => Ok(tempfile::Builder::new()
            .prefix("postrider-demo-")
            .tempdir()?
            .keep()),
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            if std::fs::read_dir(folder)?.next().is_some() {
                let text = format!(
                    "{} is not empty\nhint: name a folder that is not there yet",
                    folder.display()
                );
                return Err(Failure::Start(text));
            }
            Ok(folder.clone())
        }
    }
}

pub(super) async fn demo(args: &DemoArgs, out: &mut Out) -> Done {
    let folder = fresh_folder(args.folder.as_ref())?;
    let now = Clock::system().now();
    let cannot = |e: std::io::Error| Failure::Start(e.to_string());
    let mails = folder.join("mails");
    std::fs::create_dir_all(&mails)?;
    let relay = CatchingRelay::start(RelayOptions {
        folder: Some(mails),
        ..RelayOptions::default()
    })
    .await;
    let relay = relay.map_err(cannot)?;
    let paper = Paper::start(now - jiff::SignedDuration::from_hours(24))
        .await
        .map_err(cannot)?;
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mailbox = match Mailbox::start(relay.store(), at(args.port)).await {
        Ok(mailbox) => mailbox,
        // Somebody else is there; any other port does as well.
        Err(_) => Mailbox::start(relay.store(), at(0)).await.map_err(cannot)?,
    };
    // The pages begin after the day that is shown, and its mails must name them already.
    let pages = free_port(at(if args.port == 0 {
        0
    } else {
        args.port.saturating_add(1)
    }))
    .map_err(cannot)?;
    let shown = show(&folder, &paper, &relay, &mailbox.url(), pages, now)
        .await
        .map_err(|e| Failure::not(e.to_string()))?;
    if out.json {
        out.json(&shown)?;
    } else {
        tell_demo(&shown, args.once, out)?;
    }
    out.flush()?;
    if !args.once {
        let config = Config::load(&folder.join("config"), &BTreeMap::new())?;
        serve(&App::open(config, Clock::system()).await?).await?;
    }
    drop(mailbox);
    drop(paper);
    relay.stop().await;
    Ok(())
}

/// The address itself, or one with a port that is free.
fn free_port(wanted: SocketAddr) -> std::io::Result<SocketAddr> {
    let bind = std::net::TcpListener::bind;
    let any = SocketAddr::new(wanted.ip(), 0);
    bind(wanted).or_else(|_| bind(any))?.local_addr()
}

fn tell_demo(shown: &Shown, once: bool, out: &mut Out) -> std::io::Result<()> {
    let c = &shown.collected;
    out.line("A day at The Harbour Courier, from yesterday at this hour until now.\n")?;
    out.line(format!(
        "Collect   {} stories from {} feeds",
        c.articles.new, c.sources
    ))?;
    out.line(format!(
        "Audience  {} readers, each with follows, an hour and a zone of their own",
        shown.readers
    ))?;
    let skipped: u64 = shown.planned.skipped.values().sum();
    let issues = shown.planned.issues.len();
    out.line(format!(
        "Plan      {} mails in {issues} issues; {skipped} not sent:",
        shown.planned.queued
    ))?;
    for (reason, n) in &shown.planned.skipped {
        out.line(format!("            {n}: {reason}"))?;
    }
    out.line("Send")?;
    let london = jiff::tz::TimeZone::get("Europe/London").unwrap_or(jiff::tz::TimeZone::UTC);
    for m in &shown.moments {
        let at = crate::clock::from_millis(m.at)
            .to_zoned_datetime(london.clone())
            .strftime("%a %H:%M");
        let issues = m
            .planned
            .issues
            .iter()
            .map(|(n, e)| format!("{n} {e}"))
            .collect::<Vec<_>>()
            .join(", ");
        let sent = m
            .sent
            .iter()
            .map(|(state, n)| format!("{n} {state}"))
            .collect::<Vec<_>>()
            .join(", ");
        let what = if issues.is_empty() {
            "another try".to_owned()
        } else {
            issues
        };
        let sent = if sent.is_empty() {
            "nothing to send".to_owned()
        } else {
            sent
        };
        out.line(format!("          {at}  {what}: {sent}"))?;
    }
    let states = shown
        .sent
        .iter()
        .map(|(state, n)| format!("{n} {state}"))
        .collect::<Vec<_>>()
        .join(", ");
    out.line(format!("Log       {states}\n"))?;
    let folder = shown.folder.display();
    out.line(format!("The mails as files   {folder}/mails"))?;
    if !once {
        out.line(format!("To read them         {}", shown.mailbox))?;
        out.line(format!("The readers' pages   {}/signup", shown.pages))?;
    }
    out.line(format!(
        "Ask about a reader   postrider --config {folder}/config why asha.verrow@example.org"
    ))?;
    if !once {
        out.line("\nCtrl-C ends it; the folder stays.")?;
    }
    Ok(())
}
