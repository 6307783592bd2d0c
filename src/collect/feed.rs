//! Feeds: RSS, Atom and JSON Feed, read into entries that say the same things in the same way.
//!
//! In: the bytes of an answer. Out: what in it can become an article, and a warning for each thing that cannot. A feed
//! is somebody else's text: entities are never expanded, nothing is fetched, and a parser that panics ends nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::item::{Document, MAX_ITEMS};
use super::{decode, entry, json, mend, page, sitemap, syndication, text};

/// Enough to see what is wrong.
const MAX_WARNINGS: usize = 20;

/// Of the parser's words, which may quote the feed.
const MAX_CAUSE_CHARS: usize = 200;

/// Of a headline that a warning names.
const MAX_NAMED_CHARS: usize = 80;

/// A feed as we understood it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// What it calls itself.
    pub title: Option<String>,
    /// The language it says it is in, as a BCP 47 tag.
    pub language: Option<String>,
    /// What it carries, in its own order.
    pub entries: Vec<Entry>,
    /// What was left out, mended or guessed: sentences for whoever runs the feed.
    pub warnings: Vec<String>,
    /// What it says it has taken back (RFC 6721).
    pub deleted: Vec<Deleted>,
}

/// An entry that the source has taken back: a tombstone (RFC 6721, section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The guid it had, as in [`Entry::guid`].
    pub id: String,
    /// When it was taken back, if that can be read.
    pub deleted_at: Option<Timestamp>,
    /// Why, in plain words.
    pub comment: Option<String>,
}

/// One story as a source tells it. All text is plain, on one line, and cannot forge a slot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its canonical address: what readers open. `identity::key` of it is its identity.
    pub url: String,
    /// The source's own id, if it gives one.
    pub guid: Option<String>,
    /// Never empty.
    pub headline: String,
    /// The teaser; empty if there is none.
    pub standfirst: String,
    /// Names, without addresses.
    pub authors: Vec<String>,
    /// The part of the paper it stands in.
    pub section: Option<String>,
    /// What else it is filed under, each once.
    pub topics: Vec<String>,
    /// Its own language, where it differs from the feed's or the feed says it of each.
    pub language: Option<String>,
    /// The picture to show with it.
    pub image: Option<Image>,
    /// When it first appeared, as far as the source can be believed.
    pub published_at: Option<Timestamp>,
    /// When it last changed, if that is another instant.
    pub updated_at: Option<Timestamp>,
    /// Whether it is for subscribers only.
    pub premium: bool,
    /// Whether the source marks it as leading.
    pub leading: bool,
    /// What `published_at` rests on.
    pub dated: Dated,
    /// Whether the source marks it as a correction.
    pub correction: bool,
}

/// Where the date of an entry comes from, or why it has none: then the story counts as of when it was first seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dated {
    /// The source says when it was published.
    Published,
    /// It only says when it was changed.
    Updated,
    /// It says nothing.
    #[default]
    Missing,
    /// It says something that is no date, or none that can be.
    Unreadable,
    /// It says a day that has not come.
    Future,
}

/// A picture on the web.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Absolute, http or https.
    pub url: String,
    /// What it shows; empty if the source does not say.
    pub alt: String,
    /// In pixels.
    pub width: Option<u32>,
    /// In pixels.
    pub height: Option<u32>,
}

/// Why an answer is no feed. Each variant is worded for whoever set the source up.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// No bytes, or only blanks.
    #[error("the answer is empty")]
    Empty,
    /// The paper's page instead of its feed.
    #[error("the address is a web page, not a feed{}", .feed.as_ref().map(|url| format!("; it names {url} as its feed")).unwrap_or_default())]
    WebPage {
        /// The feed that the page itself names.
        feed: Option<String>,
    },
    /// XML or JSON of another kind, with what it is.
    #[error("the answer is neither a feed nor a news sitemap, but {0}")]
    Other(String),
    /// A sitemap without headlines.
    #[error(
        "the address is a sitemap of {count} pages without headlines, not a news sitemap; use the paper's feed or its news sitemap"
    )]
    Sitemap {
        /// How many pages it lists.
        count: usize,
    },
    /// A list of sitemaps.
    #[error("the address is an index of {count} sitemaps; use the one for news instead{}", if .example.is_empty() { String::new() } else { format!(", such as {example}") })]
    SitemapIndex {
        /// How many it lists.
        count: usize,
        /// The one that may be meant.
        example: String,
    },
    /// Nested or repeated so often that it can only be meant to harm.
    #[error("the answer nests or repeats more than any feed does")]
    Excessive,
    /// A feed that the parser gave up on, mended or not.
    #[error("the feed is broken: {0}")]
    Broken(String),
}

/// Reads a feed that came from `base_url` at `collected_at`, by which dates in the future are told.
pub fn parse(
    bytes: &[u8],
    content_type: Option<&str>,
    base_url: &str,
    collected_at: Timestamp,
) -> Result<Feed, ParseError> {
    let mut warnings = Vec::new();
    let document = document(bytes, content_type, base_url, &mut warnings)?;
    if let Some(error) = sitemap::refusal(&document) {
        return Err(error);
    }
    Ok(collect(document, collected_at, warnings))
}

/// What the source says, before anything is made of it.
pub(super) fn document(
    bytes: &[u8],
    content_type: Option<&str>,
    base_url: &str,
    warnings: &mut Vec<String>,
) -> Result<Document, ParseError> {
    let unpacked = decode::unpacked(bytes);
    let decoded = decode::decode(&unpacked, content_type);
    let base = Url::parse(base_url)
        .ok()
        .filter(|url| !url.cannot_be_a_base());
    warnings.extend(decoded.warnings);
    match decoded.text.chars().next() {
        None => Err(ParseError::Empty),
        Some('{' | '[') => json::read(&decoded.text, base.as_ref(), warnings),
        Some(_) => read_xml(&decoded.text, base.as_ref(), warnings),
    }
}

fn collect(document: Document, collected_at: Timestamp, mut warnings: Vec<String>) -> Feed {
    let context = entry::Context {
        collected_at,
        authors: &entry::names(&document.authors),
        kind: document.kind,
    };
    if document.items.is_empty() {
        warnings.push("it has no entries".to_owned());
    }
    if document.count > MAX_ITEMS {
        warnings.push(format!(
            "only the first {MAX_ITEMS} of {} entries were read",
            document.count
        ));
    }
    if document.damaged > 0 {
        warnings.push(format!(
            "{} of the {} entries were left out: a part of them has no end",
            document.damaged, document.count
        ));
    }
    let mut entries = Vec::new();
    let mut left_out = Vec::new();
    for (at, item) in document.items.iter().enumerate() {
        match entry::entry(item, &context) {
            Ok(entry) => entries.push(entry),
            Err(missing) => left_out.push(format!("entry {} was left out: {missing}", at + 1)),
        }
    }
    warnings.append(&mut left_out);
    if warnings.len() > MAX_WARNINGS {
        let more = warnings.len() - MAX_WARNINGS;
        warnings.truncate(MAX_WARNINGS);
        warnings.push(format!("and {more} more like these"));
    }
    warnings.extend(undated(&entries));
    Feed {
        title: Some(document.title).filter(|title| !title.is_empty()),
        language: document.language.as_deref().and_then(entry::language),
        entries,
        warnings,
        deleted: document.deleted,
    }
}

/// A sentence for each reason why entries have no date.
fn undated(entries: &[Entry]) -> impl Iterator<Item = String> {
    let reasons = [
        (Dated::Missing, "no date"),
        (Dated::Unreadable, "a date that cannot be read"),
        (Dated::Future, "a date in the future"),
    ];
    reasons.into_iter().filter_map(|(dated, what)| {
        let mut of_these = entries.iter().filter(|entry| entry.dated == dated);
        let first = text::plain(&text::escaped(&of_these.next()?.headline), MAX_NAMED_CHARS);
        Some(match of_these.count() {
            0 => format!("\"{first}\" has {what}: taken as when it was first seen"),
            more => format!(
                "{} entries have {what}, the first is \"{first}\": taken as when each was first seen",
                more + 1
            ),
        })
    })
}

fn read_xml(
    xml: &str,
    base: Option<&Url>,
    warnings: &mut Vec<String>,
) -> Result<Document, ParseError> {
    let mut xml = xml;
    let mut reading = syndication::read(xml, base, false);
    if reading.document.is_none() && !reading.is_excessive {
        if let Some(start) = mend::feed_within(xml) {
            warnings.push("what stands before the feed was left out".to_owned());
            xml = &xml[start..];
            reading = syndication::read(xml, base, false);
        } else {
            return Err(page::other(xml, reading.root.as_deref(), base));
        }
    }
    if reading.is_excessive {
        return Err(ParseError::Excessive);
    }
    if let Some(fault) = reading.fault {
        let mended = mend::mended(xml);
        reading = syndication::read(&mended, base, true);
        let fault = text::plain(&text::escaped(&fault), MAX_CAUSE_CHARS);
        let has_ended = reading.fault.is_none() || !reading.is_cut;
        warnings.push(if has_ended {
            format!("the feed was mended before it could be read: {fault}")
        } else {
            format!("only the entries before the first fault were read: {fault}")
        });
        let document = reading.document.as_ref();
        let count = document.map_or(0, |document| document.count);
        let has_title = document.is_some_and(|document| !document.title.is_empty());
        if count == 0 && (reading.is_cut || (reading.fault.is_some() && !has_title)) {
            return Err(ParseError::Broken(fault));
        }
    }
    match reading.document {
        _ if reading.is_excessive => Err(ParseError::Excessive),
        Some(document) if document.has_channel => Ok(document),
        _ => Err(ParseError::Broken("it has no channel".to_owned())),
    }
}
