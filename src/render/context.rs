//! Views as what templates see: cleaned, and with all that is worked out from them.

use serde_json::{Value, json};

use super::fill::{clean, mark, paragraphs, picture_link, web_link};
use super::look::Look;
use super::sample::{ACCENT_DARK, ACCENT_LIGHT};
use super::template::Place;
use super::view::{BlockView, Code, Direction, IssueView, OfferView, Picture, StoryView, Theme};
use super::words::Words;

/// Keeps what follows the preheader out of the mailbox's list.
const PREHEADER_PADDING: &str = "&#847;&zwnj;&nbsp;";
const PREHEADER_PADDINGS: usize = 24;

/// `theme`, `look` and `words`, which every template may use.
pub(super) fn base(look: &Look, words: Words<'_>, theme: &Theme, page: &[(&str, &str)]) -> Value {
    let (start, end) = match theme.direction {
        Direction::LeftToRight => ("left", "right"),
        Direction::RightToLeft => ("right", "left"),
    };
    let accent = colour(&theme.accent_light).unwrap_or(ACCENT_LIGHT);
    json!({
        "theme": {
            "language": clean(&theme.language),
            "dir": theme.direction.attribute(),
            "start": start,
            "end": end,
            "accent": accent,
            "accent_dark": colour(&theme.accent_dark).unwrap_or(ACCENT_DARK),
        },
        "look": look.with(accent, &theme.language),
        "words": words.for_templates(page),
    })
}

/// What a whole page may use: `issue`, and `offer` if it is one.
pub(super) fn page(
    look: &Look,
    words: Words<'_>,
    issue: &IssueView,
    offer: Option<&OfferView>,
) -> Value {
    let (newsletter, paper) = (clean(&issue.newsletter_title), clean(&issue.paper_name));
    let filled = [
        ("newsletter", newsletter.as_str()),
        ("paper", paper.as_str()),
    ];
    let mut context = base(look, words, &issue.theme, &filled);
    let date = issue.date.map(|date| words.date_long(date));
    let about = if offer.is_some() {
        Some(words.say("offer", &filled.map(|(name, value)| (name, value.into()))))
    } else {
        date.clone()
    };
    let label: Vec<String> = [Some(newsletter.clone()), about]
        .into_iter()
        .flatten()
        .collect();
    let address = clean(&issue.postal_address);
    context["issue"] = json!({
        "newsletter": newsletter,
        "label": words.row_of(&label),
        "paper": paper,
        "paper_the": paper.starts_with("The "),
        "paper_rest": paper.strip_prefix("The ").unwrap_or(&paper),
        "paper_url": web_link(&issue.paper_url),
        "paper_address": words.stop(&words.row_of(&[paper.clone(), address])),
        "date": date,
        "tagline": optional(issue.tagline.as_deref()),
        "note": paragraphs(issue.note.as_deref().unwrap_or_default()),
        "signed": optional(issue.signed.as_deref()),
        "correction": optional(issue.correction.as_deref()),
        "join": optional(issue.join.as_deref()),
    });
    context["preheader_padding"] = PREHEADER_PADDING.repeat(PREHEADER_PADDINGS).into();
    context["offer"] = offer.map_or(Value::Null, |offer| {
        let zone = offer.zone.as_deref().map(|zone| words.zone(zone));
        let times = zone.map(|zone| words.say("times", &[("zone", zone.into())]));
        offer_of(offer, times.as_deref())
    });
    context
}

/// What a block's head shows.
pub(super) fn block(block: &BlockView) -> Value {
    json!({ "title": clean(&block.title), "followed": block.followed })
}

/// What is said of stories that a mail has no room for.
pub(super) fn more(words: Words<'_>, count: u32, url: &str) -> Value {
    json!({ "text": words.say("more", &[("count", count.into())]), "url": web_link(url) })
}

/// What a story shows in a place.
pub(super) fn story(words: Words<'_>, theme: &Theme, story: &StoryView, place: Place) -> Value {
    json!({
        "url": web_link(&story.url),
        "headline": clean(&story.headline),
        "standfirst": optional(story.standfirst.as_deref()),
        "line": line_below(words, story),
        "language": clean(story.language.as_ref().unwrap_or(&theme.language)),
        "premium": story.premium,
        "image": picture(story.image.as_ref()),
        "after": place.is_after(),
        "headed": place.is_headed(),
    })
}

fn optional(text: Option<&str>) -> Option<String> {
    text.map(clean).filter(|text| !text.is_empty())
}

/// `#rrggbb`, and nothing else.
fn colour(value: &str) -> Option<&str> {
    let digits = value.strip_prefix('#')?;
    (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit())).then_some(value)
}

fn picture(picture: Option<&Picture>) -> Value {
    let link = picture.and_then(|picture| Some((picture_link(&picture.url)?, clean(&picture.alt))));
    link.map_or(Value::Null, |(url, alt)| json!({ "url": url, "alt": alt }))
}

/// "Mirren Oake. Six minutes": who wrote it, and what else there is to know.
fn line_below(words: Words<'_>, story: &StoryView) -> Option<String> {
    let parts = [&story.authors, &story.detail, &story.premium_note];
    let mut parts: Vec<String> = parts
        .into_iter()
        .filter_map(|part| optional(part.as_deref()))
        .collect();
    let last = parts.pop()?;
    let before = parts.iter().map(|part| words.stop(part) + " ");
    Some(before.collect::<String>() + last.trim_end_matches('.'))
}

fn offer_of(offer: &OfferView, times: Option<&str>) -> Value {
    let (code, personal) = match &offer.code {
        Code::None => (None, false),
        Code::Shared(code) => (optional(Some(code)), false),
        Code::Personal => (Some(mark("code")), true),
    };
    let rows = offer
        .rows
        .iter()
        .map(|row| json!({ "when": clean(&row.when), "what": clean(&row.what) }));
    json!({
        "title": clean(&offer.title),
        "text": paragraphs(&offer.text),
        "picture": picture(offer.picture.as_ref()),
        "link": web_link(&offer.link),
        "link_label": clean(&offer.link_label),
        "code": code,
        "personal": personal,
        "rows": rows.collect::<Vec<_>>(),
        "zone": times,
        "terms": paragraphs(&offer.terms),
    })
}
