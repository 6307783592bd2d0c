//! `postrider offer`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::issue::{FormArgs, hold, print, resume};
use super::out::{Out, when};
use super::subscriber::address;
use super::{Done, Failure};
use crate::app::App;
use crate::audience::find;
use crate::config::OfferDetail;
use crate::issue::compose::Cohort;
use crate::issue::control::nobody;
use crate::issue::{self, Issue};
use crate::message::MessageId;
use crate::offer::{Offer, OfferError, add, all, find as find_offer};
use crate::render::letter::{self, Letter};
use crate::render::mail::Renderer;

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Add the offer that a file describes; its alert leaves when the window opens
    Add {
        /// The file
        file: PathBuf,
    },
    /// Every offer
    List,
    /// One offer
    Show {
        /// Its short name
        slug: String,
    },
    /// Exactly what a reader got, or would get
    Preview(PreviewArgs),
    /// Keep alerts that have not left where they are
    Hold {
        /// Its short name
        slug: String,
    },
    /// Let a held offer's alerts leave
    Resume {
        /// Its short name
        slug: String,
    },
}

#[derive(Args)]
pub(super) struct PreviewArgs {
    /// Its short name
    slug: String,
    #[command(flatten)]
    form: FormArgs,
}

pub(super) async fn run(verb: &Verb, app: &Arc<App>, out: &mut Out) -> Done {
    match verb {
        Verb::Add { file } => {
            let detail = OfferDetail::read(file, &app.config)?;
            let newsletter = app
                .newsletter(&detail.newsletter)
                .ok_or_else(|| Failure::not("its newsletter is gone"))?;
            let new = add(app, newsletter, &detail).await.map_err(|e| match e {
                OfferError::Differs(_) => Failure::not(format!(
                    "{e}\nhint: what readers were told cannot be changed; give it another slug"
                )),
                other => Failure::not(other.to_string()),
            })?;
            if out.json {
                return Ok(out.json(&offer(&detail.slug, app).await?)?);
            }
            let from = when(detail.from, newsletter.zone.tz());
            let open = detail.from <= app.clock.now().as_millisecond();
            Ok(out.line(match (new, open) {
                (false, _) => "It is there already.".to_owned(),
                (true, true) => "Added. Its window is open: its alert leaves now.".to_owned(),
                (true, false) => format!("Added. Its alert leaves from {from}."),
            })?)
        }
        Verb::List => list(app, out).await,
        Verb::Show { slug } => show(&offer(slug, app).await?, app, out).await,
        Verb::Preview(args) => preview(args, app, out).await,
        Verb::Hold { slug } => hold(&issue_of(slug, app).await?, app, out).await,
        Verb::Resume { slug } => resume(&issue_of(slug, app).await?, app, out).await,
    }
}

async fn offer(slug: &str, app: &App) -> Result<Offer, Failure> {
    let found = find_offer(&mut app.db.read().await?, slug).await?;
    found.ok_or_else(|| {
        Failure::not(format!(
            "no offer is called {slug:?}\nhint: postrider offer list"
        ))
    })
}

async fn issue_of(slug: &str, app: &App) -> Result<Issue, Failure> {
    let offer = offer(slug, app).await?;
    let found = issue::find(&mut app.db.read().await?, offer.issue_id).await?;
    found.ok_or_else(|| Failure::not("its issue is gone"))
}

async fn list(app: &App, out: &mut Out) -> Done {
    let offers = all(&mut app.db.read().await?).await?;
    if out.json {
        return Ok(out.json(&offers)?);
    }
    let zone = app.config.paper.zone.tz();
    let rows = offers.into_iter().map(|o| {
        let planned = if o.planned { "yes" } else { "not yet" };
        let (from, until) = (when(o.detail.from, zone), when(o.detail.until, zone));
        [
            o.detail.slug,
            o.detail.title,
            from,
            until,
            planned.to_owned(),
            o.state.to_owned(),
        ]
    });
    Ok(out.list(
        "There is no offer yet.",
        ["offer", "title", "from", "until", "planned", "state"],
        rows.collect(),
    )?)
}

async fn show(offer: &Offer, app: &App, out: &mut Out) -> Done {
    let counts = crate::message::log::counts(&mut app.db.read().await?, offer.issue_id).await?;
    if out.json {
        return Ok(out.json(&serde_json::json!({ "offer": offer, "messages": counts }))?);
    }
    let (d, zone) = (&offer.detail, app.config.paper.zone.tz());
    out.line(format!("{} ({}): {}", d.title, d.slug, offer.state))?;
    out.line(&d.text)?;
    for (at, what) in [(d.from, &d.early), (d.all_from, &d.open), (d.until, &d.end)] {
        out.line(format!("{}  {what}", when(at, zone)))?;
    }
    let tiers = d.tiers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let to = |list: &[String]| {
        if list.is_empty() {
            "all".to_owned()
        } else {
            list.join(", ")
        }
    };
    out.line(format!(
        "tiers: {}; newsletters: {}; code: {}",
        to(&tiers),
        to(&d.newsletters),
        d.code.as_deref().unwrap_or("none")
    ))?;
    let rows = counts
        .by_state
        .iter()
        .map(|(state, n)| [n.to_string(), (*state).to_owned()])
        .collect();
    Ok(out.table(["messages", "state"], rows)?)
}

async fn preview(args: &PreviewArgs, app: &Arc<App>, out: &mut Out) -> Done {
    let issue = issue_of(&args.slug, app).await?;
    let newsletter = app
        .newsletter(&issue.setting.newsletter)
        .ok_or_else(|| Failure::not("its newsletter is gone"))?;
    let (email, reader) = match args.form.reader() {
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
    let sent = letter::find(&mut app.db.read().await?, (issue.id, reader.id, 0)).await?;
    let letter = sent.unwrap_or_else(|| Letter {
        id: MessageId {
            issue_id: issue.id,
            subscriber_id: reader.id,
            n: 0,
        },
        email,
        cohort: Arc::new(Cohort {
            language: reader
                .preferences
                .language
                .clone()
                .unwrap_or_else(|| newsletter.language.clone()),
            tier: reader.preferences.tier,
            stories: Vec::new(),
            more: 0,
        }),
        cohort_id: 0,
        preferences: reader.preferences,
        scheduled_at: issue.setting.offer.as_ref().map_or(0, |o| o.from),
        expires_at: i64::MAX,
        attempts: 0,
        notice: None,
    });
    let mail = Renderer::new(app.clone())
        .preview(issue, &letter)
        .await
        .map_err(|e| Failure::not(e.to_string()))?;
    print(&mail, &letter, &args.form, app, out)
}
