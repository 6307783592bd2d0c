//! What the leaving pages say: the question, and what is so after each button.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::leave::pause_ends;
use super::preferences::said::{comes, name};
use super::preferences::view::readers_zone;
use crate::audience::answer::{LONGEST_ANSWER, NoAnswer, Why};
use crate::audience::{Standing, edit, has_more_than_followed};
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter};
use crate::render::Words;
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
    /// It brings only what is followed.
    OnlyFollowed,
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
            Said::OnlyFollowed => ("leave_followed_title", "leave_followed_text"),
            Said::Paused => ("leave_paused_title", "leave_paused_text"),
        }
    }
}

/// What a leaving page is made of.
pub(super) struct Shown<'a> {
    pub(super) token: &'a Token,
    /// The token as the form carries it.
    pub(super) text: &'a str,
    pub(super) slug: &'a str,
    pub(super) standing: &'a Standing,
    /// What of the reader's follows may be named, by kind and folded name.
    pub(super) named: &'a [(i16, String)],
    pub(super) said: Said,
    /// Whether it was saved just now.
    pub(super) just: bool,
    /// The revision that a press takes back.
    pub(super) revision: Option<i64>,
    pub(super) why: Asked<'a>,
}

/// Where the question stands why the newsletter was left.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    /// It is asked.
    Open,
    /// It was answered just now.
    Kept,
    /// The answer is to be mended: the reason that was ticked, the words, and why.
    Bad(&'a str, &'a str, NoAnswer),
}

#[derive(Serialize)]
struct View<'a> {
    title: String,
    heading: String,
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
    /// What would still come if only what is followed did; nothing where that is no offer.
    only_followed: Option<String>,
    pause: String,
    why: Option<WhyView<'a>>,
    others: Vec<Other<'a>>,
}

/// The form that asks why.
#[derive(Serialize)]
struct WhyView<'a> {
    reasons: Vec<Reason>,
    words: &'a str,
    most: usize,
    hint: String,
    none: Option<String>,
    long: Option<String>,
}

/// A reason that can be ticked.
#[derive(Serialize)]
struct Reason {
    word: &'static str,
    text: String,
    chosen: bool,
}

/// Another newsletter that the reader gets.
#[derive(Serialize)]
struct Other<'a> {
    slug: &'a str,
    title: &'a str,
    comes: String,
}

/// The page that says this.
pub(super) fn page(web: &Web, visit: Visit, shown: &Shown<'_>) -> Result<Response, WebError> {
    let Shown {
        slug,
        standing,
        said,
        ..
    } = *shown;
    let p = &standing.preferences;
    let visit = visit.speaking(web, p.language.as_deref());
    let words = web.pages.words(&visit.language);
    let Some(newsletter) = web.app.newsletter(slug) else {
        return gone(web, &visit);
    };
    let zone = readers_zone(web, standing);
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
        ("address", masked(&standing.email).into()),
        ("date", until.as_str().into()),
    ];
    let (title, sentence) = said.words();
    let heading = words.say(title, &args);
    let time = words.time(here.hour() as u8, here.minute() as u8);
    let slip = match (said, shown.why) {
        (Said::Left, Asked::Kept) => words.say("leave_why_kept", &[]),
        (Said::Left, _) => words.say("leave_slip", &[]),
        (Said::All, _) => words.say("leave_all_slip", &args[2..]),
        _ => String::new(),
    };
    let left = said == Said::Left && !edit::is_active(p, slug);
    let link = Token {
        purpose: Purpose::Preferences,
        ..*shown.token
    };
    let link = web.app.keys.token(web.app.keys.newest(), &link);
    let is_bad = matches!(shown.why, Asked::Bad(..));
    let view = View {
        title: if is_bad {
            words.say("signup_error", &[("title", heading.as_str().into())])
        } else {
            heading.clone()
        },
        heading,
        text: words.say(sentence, &args),
        newsletter: &newsletter.title,
        slug,
        token: shown.text,
        settings: web.path(&format!("/preferences/{link}")),
        asks: said == Said::Ask,
        saved: shown
            .just
            .then(|| words.say("leave_saved", &[("time", time.into())])),
        slip,
        revision: shown.revision,
        can_undo: shown.revision.is_some() && said != Said::Back || left,
        left,
        weekly: left && can_be_weekly(newsletter, standing),
        only_followed: left
            .then(|| only_followed(words, newsletter, standing, shown.named))
            .flatten(),
        pause: words.say("leave_pause_text", &args[2..]),
        why: left
            .then(|| why(words, &newsletter.title, shown.why))
            .flatten(),
        others: match said {
            Said::Left => others(web, words, standing, slug),
            _ => Vec::new(),
        },
    };
    let mut page = web.page(&visit, "leave", &view)?;
    if is_bad {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// The question why, with what was answered where that is to be mended; nothing once it is answered.
fn why<'a>(words: Words<'_>, title: &'a str, asked: Asked<'a>) -> Option<WhyView<'a>> {
    let (ticked, written, bad) = match asked {
        Asked::Open => ("", "", None),
        Asked::Kept => return None,
        Asked::Bad(ticked, written, bad) => (ticked, written, Some(bad)),
    };
    let reasons = Why::ALL.into_iter().map(|why| Reason {
        word: why.word(),
        text: words.say(&format!("leave_why_{}", why.word()), &[]),
        chosen: why.word() == ticked,
    });
    let say = |id: &str, is_so: bool| {
        let most = [("count", LONGEST_ANSWER.into())];
        is_so.then(|| words.say(id, &most))
    };
    Some(WhyView {
        reasons: reasons.collect(),
        words: written,
        most: LONGEST_ANSWER,
        hint: words.say("leave_why_hint", &[("newsletter", title.into())]),
        none: say("leave_why_none", bad == Some(NoAnswer::Empty)),
        long: say("leave_why_long", bad == Some(NoAnswer::Long)),
    })
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

fn can_be_weekly(newsletter: &Newsletter, standing: &Standing) -> bool {
    let now = standing.preferences.subscriptions.get(&newsletter.slug);
    newsletter.cadences.contains(&Cadence::Weekly)
        && now.is_some_and(|s| s.cadence != Cadence::Weekly)
}

/// "Port and shipping, Schools and 2 more. Nothing on days without them".
fn only_followed(
    words: Words<'_>,
    newsletter: &Newsletter,
    standing: &Standing,
    named: &[(i16, String)],
) -> Option<String> {
    const MOST: usize = 3;
    let s = standing.preferences.subscriptions.get(&newsletter.slug)?;
    if s.only_followed || s.follows.is_empty() || !has_more_than_followed(newsletter) {
        return None;
    }
    let follows = s.follows.iter();
    let names = follows.filter(|term| named.contains(&(term.kind as i16, term.folded())));
    let names: Vec<String> = names.take(MOST).map(|term| name(&words, term)).collect();
    let what = match s.follows.len() - names.len() {
        _ if names.is_empty() => return Some(words.say("leave_followed_any", &[])),
        0 => words.list(&names)?,
        more => {
            let args = [
                ("first", words.row_of(&names).into()),
                ("count", more.into()),
            ];
            words.say("leave_followed_more", &args)
        }
    };
    Some(words.say("leave_followed_what", &[("what", what.into())]))
}

fn others<'a>(web: &'a Web, words: Words<'_>, standing: &Standing, slug: &str) -> Vec<Other<'a>> {
    let p = &standing.preferences;
    let all = web.app.config.shelf().into_iter();
    all.filter(|n| n.slug != slug && edit::is_active(p, &n.slug))
        .filter_map(|n| {
            let when = comes(&words, n, p.subscriptions.get(&n.slug)?, p);
            Some(Other {
                slug: &n.slug,
                title: &n.title,
                comes: words.say("prefs_meta", &[("when", when.into())]),
            })
        })
        .collect()
}
