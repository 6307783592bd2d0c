//! `postrider issue`.

use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use jiff::ToSpan;
use serde_json::json;

use super::log::newsletter_id;
use super::out::{Out, count, counted, when};
use super::source::unknown_newsletter;
use super::subscriber::address;
use super::{Done, Failure, at_least_one};
use crate::app::App;
use crate::audience::find;
use crate::config::Newsletter;
use crate::dispatch::hold::{Held, end, put};
use crate::issue::control::{end_cancelled, list, nobody, of_edition, rehearse, set_state};
use crate::issue::{Edition, Issue, IssueState, NOTICES, NOTICES_SLUG};
use crate::message::log::counts;
use crate::render::letter::{self, Letter};
use crate::render::mail::{Mail, Renderer};

#[derive(Subcommand)]
pub(super) enum Verb {
    /// The newest issues, with their messages counted
    List {
        /// Only this newsletter's; @notice for notices
        newsletter: Option<String>,
        /// How many
        #[arg(long, default_value_t = 20, value_parser = at_least_one())]
        limit: i64,
    },
    /// One issue
    Show(Which),
    /// Exactly what a reader got, or would get
    Preview(PreviewArgs),
    /// Keep what has not left where it is, until it is resumed
    Hold(Which),
    /// Let a held issue leave
    Resume(Which),
    /// Call off what has not left
    Cancel(Which),
}

#[derive(Args)]
pub(super) struct Which {
    /// The newsletter's short name; @notice for notices
    newsletter: String,
    /// The edition, as 2026-11-24 or 2026-W48, of notices as 2026-11-24-confirm [default: the newest]
    #[arg(long)]
    edition: Option<String>,
}

#[derive(Args)]
pub(super) struct PreviewArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    form: FormArgs,
}

#[derive(Args)]
pub(super) struct FormArgs {
    /// As this reader gets it [default: a reader who follows nothing]
    #[arg(long = "as", value_name = "ADDRESS")]
    reader: Option<String>,
    /// What to print
    #[arg(long, default_value = "text")]
    format: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Html,
    Text,
    Eml,
    Json,
}

pub(super) async fn run(verb: &Verb, app: &Arc<App>, out: &mut Out) -> Done {
    match verb {
        Verb::List { newsletter, limit } => {
            list_issues(newsletter.as_deref(), *limit, app, out).await
        }
        Verb::Show(which) => show(&find_issue(which, app).await?, app, out).await,
        Verb::Preview(args) => preview(args, app, out).await,
        Verb::Hold(which) => hold(&find_issue(which, app).await?, app, out).await,
        Verb::Resume(which) => resume(&find_issue(which, app).await?, app, out).await,
        Verb::Cancel(which) => cancel(&find_issue(which, app).await?, app, out).await,
    }
}

fn newsletter<'a>(slug: &str, app: &'a App) -> Result<&'a Newsletter, Failure> {
    app.newsletter(slug)
        .ok_or_else(|| unknown_newsletter(&app.config, slug))
}

pub(super) async fn find_issue(which: &Which, app: &App) -> Result<Issue, Failure> {
    let id = if which.newsletter == NOTICES_SLUG {
        NOTICES
    } else {
        let newsletter = newsletter(&which.newsletter, app)?;
        if newsletter.is_offers() && which.edition.is_none() {
            let hint = "hint: name the offer: postrider offer show, hold or resume SLUG";
            return Err(Failure::not(format!(
                "{} carries offers, one issue each\n{hint}",
                newsletter.slug
            )));
        }
        app.newsletter_ids[&newsletter.slug]
    };
    if id == NOTICES && which.edition.is_none() {
        return Err(Failure::not(
            "notices have an issue for each kind and day\n\
             hint: --edition 2026-11-24-confirm; postrider issue list @notice shows which there are",
        ));
    }
    let found = of_edition(&mut app.db.read().await?, id, which.edition.as_deref()).await?;
    found.ok_or_else(|| match &which.edition {
        Some(edition) => Failure::not(format!("{} has no issue {edition}", which.newsletter)),
        None => Failure::not(format!("{} has no issue yet", which.newsletter)),
    })
}

async fn list_issues(slug: Option<&str>, limit: i64, app: &App, out: &mut Out) -> Done {
    let id = newsletter_id(slug, app)?;
    let issues = list(&mut app.db.read().await?, id, limit).await?;
    if out.json {
        return Ok(out.json(&issues)?);
    }
    let rows = issues.into_iter().map(|i| {
        let messages = i
            .counts
            .by_state
            .iter()
            .map(|(state, n)| format!("{} {state}", count(*n)));
        [
            i.newsletter,
            i.edition,
            i.state.to_owned(),
            messages.collect::<Vec<_>>().join(", "),
        ]
    });
    Ok(out.list(
        "There is no issue yet.",
        ["newsletter", "edition", "state", "messages"],
        rows.collect(),
    )?)
}

async fn show(issue: &Issue, app: &App, out: &mut Out) -> Done {
    let counts = counts(&mut app.db.read().await?, issue.id).await?;
    if out.json {
        return Ok(out.json(&json!({
            "newsletter": issue.setting.newsletter, "edition": issue.edition, "issue_id": issue.id,
            "state": issue.state.word(), "by_state": counts.by_state, "by_reason": counts.by_reason,
            "setting": issue.setting,
        }))?);
    }
    out.line(format!(
        "{}, {}: {}",
        issue.setting.title,
        issue.edition,
        issue.state.word()
    ))?;
    let rows = |m: &std::collections::BTreeMap<&'static str, i64>| {
        m.iter()
            .map(|(what, n)| [count(*n), (*what).to_owned()])
            .collect::<Vec<_>>()
    };
    out.table(["messages", "state"], rows(&counts.by_state))?;
    Ok(out.table(["messages", "why"], rows(&counts.by_reason))?)
}

/// What is to be said where `moved` tells that nothing was done.
fn done(moved: bool, issue: &Issue, wanted: IssueState) -> Done {
    match issue.state.word() {
        _ if moved => Ok(()),
        word if issue.state == wanted => Err(Failure::not(format!("the issue is {word} already"))),
        word => Err(Failure::not(format!("the issue is {word}"))),
    }
}

fn said(issue: &Issue, now: &str, text: &str, out: &mut Out) -> Done {
    if out.json {
        let facts = json!({ "newsletter": issue.setting.newsletter, "edition": issue.edition, "state": now });
        return Ok(out.json(&facts)?);
    }
    Ok(out.line(format!(
        "{}, {}: {text}",
        issue.setting.title, issue.edition
    ))?)
}

pub(super) async fn hold(issue: &Issue, app: &App, out: &mut Out) -> Done {
    let held = put(&app.db, &Held::Issue(issue.id), None, app.clock.now()).await?;
    done(held, issue, IssueState::Held)?;
    said(
        issue,
        "held",
        "held. What has not left stays until it is resumed, or until its time has passed.",
        out,
    )
}

pub(super) async fn resume(issue: &Issue, app: &App, out: &mut Out) -> Done {
    let ended = end(&app.db, &Held::Issue(issue.id)).await?;
    done(ended, issue, IssueState::Open)?;
    said(issue, "open", "open. What is due leaves now.", out)
}

async fn cancel(issue: &Issue, app: &App, out: &mut Out) -> Done {
    let from = [IssueState::Open, IssueState::Held];
    let moved = set_state(&app.db, issue.id, &from, IssueState::Cancelled).await?;
    done(moved, issue, IssueState::Cancelled)?;
    let ended = end_cancelled(app, issue.id).await?;
    said(
        issue,
        "cancelled",
        &format!(
            "cancelled. {} that had not left never will.",
            counted(ended, "message", "messages")
        ),
        out,
    )
}

/// Refuses an edition that never was and will not be.
async fn would_come(edition: &Edition, newsletter: &Newsletter, app: &App) -> Done {
    let today = app
        .clock
        .now()
        .to_zoned_datetime(newsletter.zone.tz().clone())
        .date();
    // A reader's day may end a day after the paper's.
    let last = edition.day.saturating_add(edition.span_days().days());
    let id = app.newsletter_ids[&newsletter.slug];
    let mut conn = app.db.read().await?;
    if last < today
        && of_edition(&mut conn, id, Some(&edition.name))
            .await?
            .is_none()
    {
        return Err(Failure::not(format!(
            "{slug} had no issue {}, and its time has passed\nhint: postrider issue list {slug} shows which there are",
            edition.name,
            slug = newsletter.slug,
        )));
    }
    Ok(())
}

async fn preview(args: &PreviewArgs, app: &Arc<App>, out: &mut Out) -> Done {
    if args.which.newsletter == NOTICES_SLUG {
        return Err(Failure::not(
            "what a notice says is kept only until it has left",
        ));
    }
    let newsletter = newsletter(&args.which.newsletter, app)?;
    if newsletter.is_offers() {
        return Err(Failure::not(
            "this newsletter carries offers\nhint: postrider offer preview SLUG",
        ));
    }
    let edition = match &args.which.edition {
        None => None,
        Some(name) => Some(Edition::parse(name).ok_or_else(|| {
            Failure::Start(format!(
                "{name:?} is no edition\nhint: write a day, 2026-11-24, or a week, 2026-W48"
            ))
        })?),
    };
    if let Some(edition) = &edition {
        would_come(edition, newsletter, app).await?;
    }
    let (email, reader) = match &args.form.reader {
        None => nobody(newsletter, app),
        Some(text) => {
            let email = address(text)?;
            let found = find(&mut app.db.read().await?, &app.keys, &email).await?;
            (
                email,
                found.ok_or_else(|| Failure::not("no subscriber has this address"))?,
            )
        }
    };
    let draft = rehearse(app, newsletter, edition.as_ref(), &reader).await?;
    let key = (draft.id.issue_id, draft.id.subscriber_id, 0);
    let sent = letter::find(&mut app.db.read().await?, key).await?;
    let letter = match (sent, draft.cohort) {
        (Some(letter), _) => letter,
        (None, Some(cohort)) => Letter {
            id: draft.id,
            email,
            preferences: reader.preferences,
            cohort: cohort.into(),
            cohort_id: 0,
            scheduled_at: draft.scheduled_at,
            expires_at: i64::MAX,
            attempts: 0,
            notice: None,
        },
        (None, None) => {
            return Err(Failure::not(
                "there is nothing to say: the digest would be skipped",
            ));
        }
    };
    let mail = Renderer::new(app.clone())
        .preview(draft.issue, &letter)
        .await;
    print(
        &mail.map_err(|e| Failure::not(e.to_string()))?,
        &letter,
        &args.form,
        app,
        out,
    )
}

/// Prints a mail in the form that was asked for.
pub(super) fn print(
    mail: &Mail,
    letter: &Letter,
    args: &FormArgs,
    app: &App,
    out: &mut Out,
) -> Done {
    let parsed = mail_parser::MessageParser::default().parse(mail.message().as_bytes());
    let part = |html: bool| {
        let parsed = parsed.as_ref();
        let body = if html {
            parsed.and_then(|p| p.body_html(0))
        } else {
            parsed.and_then(|p| p.body_text(0))
        };
        body.map(std::borrow::Cow::into_owned).unwrap_or_default()
    };
    if out.json || args.format == Form::Json {
        return Ok(out.json(&json!({
            "subject": mail.subject, "scheduled_at": letter.scheduled_at, "language": letter.cohort.language,
            "tier": letter.cohort.tier, "stories": letter.cohort.stories, "size_bytes": mail.message().len(),
            "text": part(false), "html": part(true),
        }))?);
    }
    match args.format {
        Form::Html => out.write(part(true).as_bytes())?,
        Form::Eml => out.write(mail.message().as_bytes())?,
        _ => {
            out.line(format!("Subject: {}", mail.subject))?;
            out.line(format!(
                "For: {}\n",
                when(letter.scheduled_at, app.config.paper.zone.tz())
            ))?;
            out.write(part(false).as_bytes())?;
        }
    }
    Ok(())
}

impl FormArgs {
    /// Whose mail is asked for.
    pub(super) fn reader(&self) -> Option<&str> {
        self.reader.as_deref()
    }
}
