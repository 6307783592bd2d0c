//! What the leaving pages say: the question, and what is so after each button.

use axum::response::Response;
use serde::Serialize;

use super::leave::pause_ends;
use crate::audience::{Standing, edit};
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter};
use crate::secret::{Purpose, Token};
use crate::web::{Visit, Web, WebError, masked};

/// What is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing has changed; the page asks.
    Ask,
    /// The newsletter is left.
    Left,
    /// Everything is.
    All,
    /// It is had again.
    Back,
    /// It comes weekly.
    Weekly,
    /// It is paused.
    Paused,
}

impl Said {
    /// The messages of its title and of the sentence below.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Said::Ask => ("leave_ask_title", "leave_ask_text"),
            Said::Left => ("leave_left_title", "leave_left_text"),
            Said::All => ("leave_all_title", "leave_all_text"),
            Said::Back => ("leave_back_title", "leave_back_text"),
            Said::Weekly => ("leave_weekly_title", "leave_weekly_text"),
            Said::Paused => ("leave_paused_title", "leave_paused_text"),
        }
    }
}

#[derive(Serialize)]
struct View<'a> {
    title: String,
    text: String,
    newsletter: &'a str,
    slug: &'a str,
    token: &'a str,
    /// Where everything can be set, by a link of its own.
    settings: String,
    asks: bool,
    /// When it was saved; nothing where nothing was.
    saved: Option<String>,
    slip: String,
    /// The revision that a press takes back.
    revision: Option<i64>,
    can_undo: bool,
    /// Whether it is left, so that less of it is an offer.
    left: bool,
    weekly: bool,
    pause: String,
    others: Vec<Other<'a>>,
}

/// Another newsletter that the reader gets.
#[derive(Serialize)]
struct Other<'a> {
    slug: &'a str,
    title: &'a str,
}

/// The page that says this of `slug`.
#[expect(
    clippy::too_many_arguments,
    reason = "all that one page is made of, and two callers"
)]
pub(super) fn page(
    web: &Web,
    visit: Visit,
    token: &Token,
    text: &str,
    slug: &str,
    standing: &Standing,
    said: Said,
    revision: Option<i64>,
) -> Result<Response, WebError> {
    let p = &standing.preferences;
    let visit = visit.speaking(web, p.language.as_deref());
    let words = web.pages.words(&visit.language);
    let Some(newsletter) = web.app.newsletter(slug) else {
        return gone(web, &visit);
    };
    let zone = zone(web, standing);
    let now = web.app.clock.now();
    let here = now.to_zoned_datetime(zone.clone());
    let paused = p.subscriptions.get(slug).and_then(|s| s.paused_until);
    let until = match said {
        Said::Paused => paused.map_or(now, from_millis),
        Said::All => now + crate::audience::act::UNDO_FOR,
        _ => pause_ends(now),
    };
    let until = words.date_long(until.to_zoned_datetime(zone).date());
    let args = [
        ("newsletter", newsletter.title.as_str().into()),
        ("address", masked(standing.email.as_smtp()).into()),
        ("date", until.as_str().into()),
    ];
    let (title, sentence) = said.words();
    let time = words.time(here.hour() as u8, here.minute() as u8);
    let slip = match said {
        Said::Left => words.say("leave_slip", &[]),
        Said::All => words.say("leave_all_slip", &args[2..]),
        _ => String::new(),
    };
    let left = said == Said::Left && !edit::is_active(p, slug);
    let link = Token {
        purpose: Purpose::Preferences,
        ..*token
    };
    let link = web.app.keys.token(web.app.keys.newest(), &link);
    let view = View {
        title: words.say(title, &args),
        text: words.say(sentence, &args),
        newsletter: &newsletter.title,
        slug,
        token: text,
        settings: web.path(&format!("/preferences/{link}")),
        asks: said == Said::Ask,
        saved: (said != Said::Ask).then(|| words.say("leave_saved", &[("time", time.into())])),
        slip,
        revision,
        can_undo: revision.is_some() && said != Said::Back || left,
        left,
        weekly: left && can_be_weekly(newsletter, standing),
        pause: words.say("leave_pause_text", &args[2..]),
        others: match said {
            Said::Left => others(web, standing, slug),
            _ => Vec::new(),
        },
    };
    web.page(&visit, "leave", &view)
}

/// The page for a reader whom we do not know any more.
pub(super) fn gone(web: &Web, visit: &Visit) -> Result<Response, WebError> {
    let words = web.pages.words(&visit.language);
    let content = serde_json::json!({
        "title": words.say("leave_gone_title", &[]),
        "text": words.say("leave_gone_text", &[]),
    });
    web.page(visit, "error", &content)
}

fn zone(web: &Web, standing: &Standing) -> jiff::tz::TimeZone {
    let own = standing.preferences.zone.as_deref();
    own.and_then(|zone| jiff::tz::TimeZone::get(zone).ok())
        .unwrap_or_else(|| web.app.config.paper.zone.tz().clone())
}

fn can_be_weekly(newsletter: &Newsletter, standing: &Standing) -> bool {
    let now = standing.preferences.subscriptions.get(&newsletter.slug);
    newsletter.cadences.contains(&Cadence::Weekly)
        && now.is_some_and(|s| s.cadence != Cadence::Weekly)
}

fn others<'a>(web: &'a Web, standing: &Standing, slug: &str) -> Vec<Other<'a>> {
    let all = web.app.config.newsletters.iter();
    all.filter(|n| n.slug != slug && edit::is_active(&standing.preferences, &n.slug))
        .map(|n| Other {
            slug: &n.slug,
            title: &n.title,
        })
        .collect()
}
