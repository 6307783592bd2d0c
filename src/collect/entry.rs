//! Entries: one item of a feed, cleaned, or what it lacks.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::feed::{Dated, Entry};
use super::item::{Category, Date, Item, Kind};
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
    pub(super) collected_at: Timestamp,
    pub(super) authors: &'a [String],
    pub(super) kind: Kind,
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
pub(super) fn entry(item: &Item, feed: &Context<'_>) -> Result<Entry, Missing> {
    let headline = item.title.plain(text::MAX_HEADLINE_CHARS);
    let Some(url) = address(item) else {
        return Err(Missing::Link { headline });
    };
    if headline.is_empty() {
        return Err(Missing::Headline { link: url });
    }
    let filing = file(&item.categories);
    let premium = item.premium || filing.premium;
    let mut authors = names(&item.authors);
    if authors.is_empty() && matches!(feed.kind, Kind::Atom | Kind::Json) {
        // RFC 4287, section 4.2.1, and JSON Feed 1.1: the feed's author is that of each entry without one.
        authors = feed.authors.to_vec();
    }
    let (published_at, updated_at, dated) = dates(item, feed);
    let guid = item.id.as_deref().unwrap_or_default().trim();
    Ok(Entry {
        guid: (!guid.is_empty()).then(|| text::plain(&text::escaped(guid), MAX_GUID_CHARS)),
        standfirst: standfirst(item, &headline, premium),
        authors,
        section: filing.section,
        topics: filing.topics,
        language: item.language.as_deref().and_then(language),
        image: image::image(item, premium),
        published_at,
        updated_at,
        premium,
        leading: item.leading || filing.leading,
        url,
        headline,
        dated,
        correction: item.correction || filing.correction,
    })
}

/// The story's own page: what a link that counts clicks leads to, else the link, else an id that is an address.
fn address(item: &Item) -> Option<String> {
    let named = [&item.original, &item.link, &item.id];
    named
        .into_iter()
        .flatten()
        .find_map(|url| identity::canonical(url))
}

/// The summary, else the top of the text, which for a paid story may be what others must not read.
fn standfirst(item: &Item, headline: &str, premium: bool) -> String {
    let summary = item.summary.plain(MAX_STANDFIRST_CHARS);
    let standfirst = if summary.is_empty() && !premium {
        item.body.plain(MAX_STANDFIRST_CHARS)
    } else {
        summary
    };
    Some(standfirst)
        .filter(|standfirst| standfirst != headline)
        .unwrap_or_default()
}

/// When it was published and changed, as far as that can be believed, and what that rests on.
fn dates(item: &Item, feed: &Context<'_>) -> (Option<Timestamp>, Option<Timestamp>, Dated) {
    let believed = |date: &Date| date.at.filter(|at| is_believed(*at, feed));
    let published_at = believed(&item.published).or_else(|| believed(&item.created));
    let updated_at = believed(&item.updated);
    let all = [item.published, item.created, item.updated];
    let dated = if published_at.is_some() {
        Dated::Published
    } else if updated_at.is_some() {
        Dated::Updated
    } else if all
        .iter()
        .any(|date| date.at.is_some_and(|at| is_ahead(at, feed)))
    {
        Dated::Future
    } else if all
        .iter()
        .any(|date| date.at.is_some() || date.is_unreadable)
    {
        Dated::Unreadable
    } else {
        Dated::Missing
    };
    let published_at = published_at.or(updated_at);
    (
        published_at,
        updated_at.filter(|at| Some(*at) != published_at),
        dated,
    )
}

/// Names as they are shown, each once; addresses are nobody's business.
pub(super) fn names(people: &[String]) -> Vec<String> {
    let names = people.iter().map(|name| text::plain(name, MAX_NAME_CHARS));
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
    correction: bool,
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
        } else if is_correction(&term) || is_correction(&lower) {
            filing.correction = true;
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

fn is_correction(name: &str) -> bool {
    matches!(name, "correction" | "corrections" | "corrected")
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
fn is_believed(at: Timestamp, feed: &Context<'_>) -> bool {
    at.as_second() >= 24 * 60 * 60 && !is_ahead(at, feed)
}

fn is_ahead(at: Timestamp, feed: &Context<'_>) -> bool {
    at.duration_since(feed.collected_at) > MAX_AHEAD
}
