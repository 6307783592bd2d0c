//! Entries: one item of a feed, cleaned, or what it lacks.

use std::fmt;

use feed_rs::model::{Category, Content, FeedType, Link, Person};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::feed::Entry;
use super::json::Extra;
use super::{identity, image, text};

const MAX_STANDFIRST_CHARS: usize = 500;
const MAX_NAME_CHARS: usize = 100;
const MAX_GUID_CHARS: usize = 1000;
const MAX_AUTHORS: usize = 20;
const MAX_TOPICS: usize = 50;

/// A clock may be wrong by a zone; beyond that the date is a mistake or an embargo.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// What holds for all entries of a feed.
pub(super) struct Context<'a> {
    pub(super) base: Option<&'a Url>,
    pub(super) collected_at: Timestamp,
    pub(super) authors: &'a [String],
    pub(super) kind: FeedType,
}

/// Why an item is no entry; names the item so that its editor finds it.
#[derive(Debug)]
pub(super) enum Missing {
    Headline { link: String },
    Link { headline: String },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Headline { link } => write!(f, "{link} has no headline"),
            Missing::Link { headline } if headline.is_empty() => {
                f.write_str("it has no web address and no headline")
            }
            Missing::Link { headline } => write!(f, "\"{headline}\" has no web address"),
        }
    }
}

/// The entry that `item` makes.
pub(super) fn entry(
    item: &feed_rs::model::Entry,
    extra: &Extra,
    feed: &Context<'_>,
) -> Result<Entry, Missing> {
    let headline = item
        .title
        .as_ref()
        .map(|title| text::headline(&title.content))
        .unwrap_or_default();
    let Some(url) = address(item, feed) else {
        return Err(Missing::Link { headline });
    };
    if headline.is_empty() {
        return Err(Missing::Headline { link: url });
    }
    let filing = file(&item.categories);
    let premium = extra.premium || filing.premium;
    let mut authors = names(&item.authors);
    if authors.is_empty() && feed.kind == FeedType::Atom {
        // RFC 4287, section 4.2.1: the feed's author is that of each entry without one.
        authors = feed.authors.to_vec();
    }
    let published_at = item
        .published
        .and_then(|at| believed(at.timestamp_millis(), feed));
    let updated_at = item
        .updated
        .and_then(|at| believed(at.timestamp_millis(), feed));
    let guid = item.id.trim();
    Ok(Entry {
        guid: (!guid.is_empty()).then(|| text::plain(&escaped(guid), MAX_GUID_CHARS)),
        standfirst: standfirst(item, &headline, premium),
        authors,
        section: filing.section,
        topics: filing.topics,
        language: extra
            .language
            .as_deref()
            .or(item.language.as_deref())
            .and_then(language),
        image: image::image(item, extra.image.as_deref(), feed.base),
        published_at,
        // The parser fills one with the other.
        updated_at: updated_at.filter(|at| Some(*at) != published_at),
        premium,
        leading: extra.leading || filing.leading,
        url,
        headline,
    })
}

/// A guid is no HTML: what looks like markup in it is part of it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The story's own page: a link that is meant for readers, else an id that is an address.
fn address(item: &feed_rs::model::Entry, feed: &Context<'_>) -> Option<String> {
    let links = item
        .links
        .iter()
        .filter(|link| is_for_readers(link))
        .map(|link| link.href.as_str());
    let resolve = |href: &str| identity::canonical(&absolute(href, feed.base)?);
    let own = links
        .filter(|href| !href.trim().is_empty())
        .find_map(resolve);
    own.or_else(|| identity::canonical(&item.id))
}

fn is_for_readers(link: &Link) -> bool {
    let is_page = link
        .media_type
        .as_deref()
        .is_none_or(|kind| kind.starts_with("text/") || kind.contains("html"));
    link.target.is_none() && is_page && link.rel.as_deref().is_none_or(|rel| rel == "alternate")
}

pub(super) fn absolute(href: &str, base: Option<&Url>) -> Option<String> {
    let url = match base {
        Some(base) => base.join(href.trim()),
        None => Url::parse(href.trim()),
    };
    url.ok().map(String::from)
}

/// The summary, else the top of the text, which for a paid story may be what others must not read.
fn standfirst(item: &feed_rs::model::Entry, headline: &str, premium: bool) -> String {
    let summary = item
        .summary
        .as_ref()
        .map(|summary| text::plain(&summary.content, MAX_STANDFIRST_CHARS));
    let summary = summary.filter(|summary| !summary.is_empty());
    let readable = |content: &&Content| {
        let kind = &content.content_type;
        kind.ty() == "text" || kind.subty().as_str().starts_with("xhtml")
    };
    let body = item
        .content
        .as_ref()
        .filter(|_| !premium)
        .filter(readable)
        .and_then(|content| content.body.as_deref());
    summary
        .or_else(|| body.map(|body| text::plain(body, MAX_STANDFIRST_CHARS)))
        .filter(|standfirst| standfirst != headline)
        .unwrap_or_default()
}

/// Names as they are shown, each once; addresses are nobody's business.
pub(super) fn names(people: &[Person]) -> Vec<String> {
    let names = people.iter().filter_map(|person| person.name.as_deref());
    let names = names.map(|name| text::plain(name, MAX_NAME_CHARS));
    let names = names.map(|name| {
        name.trim_matches(|c: char| matches!(c, '(' | ')' | '<' | '>' | '"') || c == ' ')
            .to_owned()
    });
    let mut out = Vec::new();
    for name in names
        .filter(|name| !name.is_empty() && !name.contains('@'))
        .take(MAX_AUTHORS)
    {
        add(&mut out, name);
    }
    out
}

/// What the categories say.
#[derive(Default)]
struct Filing {
    section: Option<String>,
    topics: Vec<String>,
    premium: bool,
    leading: bool,
}

fn file(categories: &[Category]) -> Filing {
    let mut filing = Filing::default();
    let mut names = Vec::new();
    // All of them, however many: behind a thousand topics may stand that it is not for everyone.
    for category in categories {
        let name = text::plain(
            category.label.as_deref().unwrap_or(&category.term),
            MAX_NAME_CHARS,
        );
        let term = text::plain(&category.term, MAX_NAME_CHARS).to_lowercase();
        let lower = name.to_lowercase();
        if is_premium(&term) || is_premium(&lower) {
            filing.premium = true;
        } else if is_leading(&term) || is_leading(&lower) {
            filing.leading = true;
        } else if !name.is_empty() {
            if filing.section.is_none() && is_section(category) {
                filing.section = Some(name.clone());
            }
            if names.len() <= MAX_TOPICS {
                add(&mut names, name);
            }
        }
    }
    if filing.section.is_none() {
        filing.section = names.first().cloned();
    }
    let section = filing.section.as_deref().map(str::to_lowercase);
    names.retain(|name| Some(name.to_lowercase()) != section);
    names.truncate(MAX_TOPICS);
    filing.topics = names;
    filing
}

fn is_premium(name: &str) -> bool {
    matches!(name, "premium" | "subscribers only" | "subscribers-only")
}

fn is_leading(name: &str) -> bool {
    matches!(name, "leading" | "must-read" | "must read")
}

/// The scheme or domain is the word itself, or an address that ends in it.
fn is_section(category: &Category) -> bool {
    let scheme = category
        .scheme
        .as_deref()
        .unwrap_or_default()
        .trim_end_matches('/');
    let last = scheme.rsplit(['/', '#', ':']).next().unwrap_or_default();
    last.eq_ignore_ascii_case("section") || last.eq_ignore_ascii_case("sections")
}

fn add(names: &mut Vec<String>, name: String) {
    let lower = name.to_lowercase();
    if !names.iter().any(|known| known.to_lowercase() == lower) {
        names.push(name);
    }
}

/// A BCP 47 tag, as far as its letters go: `en_GB` becomes `en-GB`.
pub(super) fn language(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let is_tag = (2..=35).contains(&tag.len())
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_tag && tag.as_bytes()[..2].iter().all(u8::is_ascii_alphabetic)).then_some(tag)
}

/// An instant that can be right: not a clock that was never set, and not the future.
fn believed(millis: i64, feed: &Context<'_>) -> Option<Timestamp> {
    let at = Timestamp::from_millisecond(millis).ok()?;
    let is_set = at.as_second() >= 24 * 60 * 60;
    (is_set && at.duration_since(feed.collected_at) <= MAX_AHEAD).then_some(at)
}
