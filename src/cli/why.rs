//! `postrider why`: did she get it, and if not, why?

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;

use super::log::newsletter_id;
use super::out::{Out, when, when_or};
use super::subscriber::address;
use super::{Done, Failure, at_least_one};
use crate::app::App;
use crate::audience::find;
use crate::collect::article;
use crate::issue::verdict::{Asked, Verdict, asked, verdicts};
use crate::message::why::{Answer, Life};

#[derive(Args)]
pub(super) struct WhyArgs {
    /// The reader's address
    address: String,
    /// Only this newsletter's; @notice for notices
    #[arg(long)]
    newsletter: Option<String>,
    /// Why the reader got this story, or did not
    #[arg(long, value_name = "URL")]
    story: Option<String>,
    /// How many messages back
    #[arg(long, default_value_t = 5, value_parser = at_least_one())]
    limit: i64,
}

pub(super) async fn why(args: &WhyArgs, app: &App, out: &mut Out) -> Done {
    let email = address(&args.address)?;
    let id = newsletter_id(args.newsletter.as_deref(), app)?;
    if let Some(url) = &args.story {
        return why_story(args, url, app, out).await;
    }
    let key = app.keys.address(&email.normal());
    let answer = crate::message::why::why(&mut app.db.read().await?, &key, id, args.limit).await?;
    let known = answer.subscriber_id.is_some() || !answer.messages.is_empty();
    if out.json {
        out.json(&answer)?;
    } else {
        tell(
            &answer,
            args.newsletter.as_deref(),
            app.config.paper.zone.tz(),
            out,
        )?;
    }
    if known {
        Ok(())
    } else {
        Err(Failure::not("no subscriber has this address"))
    }
}

async fn why_story(args: &WhyArgs, url: &str, app: &App, out: &mut Out) -> Done {
    let mut conn = app.db.read().await?;
    let email = address(&args.address)?;
    let reader = find(&mut conn, &app.keys, &email)
        .await?
        .ok_or_else(|| Failure::not("no subscriber has this address"))?;
    let story = match article::find(&mut conn, url).await? {
        Some(id) => asked(&mut conn, id).await?,
        None => None,
    };
    let story = story.ok_or_else(|| {
        Failure::not(
            "no story of this address was collected\nhint: it may be in no source, or there under another address",
        )
    })?;
    let newsletter = args.newsletter.as_deref();
    let all = verdicts(app, &mut conn, reader.id, &story, newsletter).await?;
    if out.json {
        return Ok(out.json(&json!({ "story": story, "verdicts": all }))?);
    }
    tell_story(&story, &all, newsletter, app.config.paper.zone.tz(), out)?;
    Ok(())
}

fn tell_story(
    story: &Asked,
    verdicts: &[Verdict],
    newsletter: Option<&str>,
    zone: &TimeZone,
    out: &mut Out,
) -> std::io::Result<()> {
    out.line(&story.headline)?;
    out.line(format!("  {}", story.url))?;
    out.line(format!("  collected {}", when(story.collected_at, zone)))?;
    if verdicts.is_empty() {
        out.line("")?;
        return out.line(match newsletter {
            Some(slug) => {
                format!("No. The reader has never joined {slug}, or it carries no stories.")
            }
            None => "No. The reader has joined no newsletter that carries stories.".to_owned(),
        });
    }
    for v in verdicts {
        let word = match (v.carried, v.state) {
            (true, Some("accepted" | "complained" | "bounced")) => "Yes",
            (true, Some("uncertain")) => "Perhaps",
            (true, Some("planned" | "queued" | "sending" | "deferred")) => "Not yet",
            (false, _) if v.reason == "not-yet" => "Not yet",
            _ => "No",
        };
        let state = v.state.filter(|_| v.carried);
        let state = state
            .map(|state| format!("; the mail is {state}"))
            .unwrap_or_default();
        let edition = v
            .edition
            .as_deref()
            .map(|e| format!(", {e}"))
            .unwrap_or_default();
        let at = when_or(v.composed_at, zone, "no mail since");
        out.line("")?;
        out.line(format!("{word}. {}{edition} ({at})", v.newsletter))?;
        out.line(format!("  {}{state}.", v.says))?;
    }
    Ok(())
}

fn tell(
    answer: &Answer,
    newsletter: Option<&str>,
    zone: &TimeZone,
    out: &mut Out,
) -> std::io::Result<()> {
    if let Some(suppressed) = &answer.suppressed {
        out.line(format!(
            "The address must not be mailed since {}: {}.",
            when(suppressed.at, zone),
            suppressed
        ))?;
    }
    for s in answer
        .subscriptions
        .iter()
        .filter(|s| newsletter.is_none_or(|n| n == s.newsletter))
    {
        let next = match (s.active, s.next_due_at) {
            (false, _) => "left".to_owned(),
            (true, Some(at)) => format!("{}, next {}", s.cadence, when(at, zone)),
            (true, None) => "joined; comes when there is something".to_owned(),
        };
        let paused = s
            .paused_until
            .map(|at| format!(", paused until {}", when(at, zone)))
            .unwrap_or_default();
        let only = if s.active && s.only_followed {
            ", only what they follow"
        } else {
            ""
        };
        out.line(format!("{}: {next}{only}{paused}", s.newsletter))?;
    }
    if answer.subscriber_id.is_none() && !answer.messages.is_empty() {
        out.line("No subscriber has this address. What it was sent in the last week:")?;
    }
    if let Some(n) = newsletter
        && answer.subscriber_id.is_some()
        && !answer.subscriptions.iter().any(|s| s.newsletter == n)
    {
        out.line(format!("The reader has never joined {n}."))?;
    }
    if answer.subscriber_id.is_some() && answer.messages.is_empty() {
        out.line("No message was ever planned.")?;
    }
    for event in &answer.returned {
        out.line(format!("{}  {}", when(event.at, zone), event.what))?;
    }
    for m in &answer.messages {
        out.line("")?;
        out.line(verdict(m))?;
        for event in &m.timeline {
            out.line(format!("  {}  {}", when(event.at, zone), event.what))?;
        }
    }
    Ok(())
}

/// Yes or No first, then what it is about.
fn verdict(m: &Life) -> String {
    let word = match m.state {
        "accepted" | "complained" => "Yes",
        "uncertain" => "Perhaps",
        "planned" | "queued" | "sending" | "deferred" => "Not yet",
        _ => "No",
    };
    let reason = m.reason.map(|r| format!(": {r}")).unwrap_or_default();
    format!(
        "{word}. {}, {}: {}{reason}",
        m.newsletter, m.edition, m.state
    )
}
