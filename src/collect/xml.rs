//! XML: a walk over a document that always goes up as often as it went down.
//!
//! In: text of any size and intent. Out: elements by namespace and name, text with its references decoded, and the base
//! against which addresses stand at that place. References are never expanded beyond one character, nothing is fetched,
//! and the work is in proportion to the length.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::text;

/// Deeper than any feed, and than any story's markup.
const MAX_DEPTH: usize = 256;

/// More than any feed declares at one place.
const MAX_NAMESPACES: usize = 100;

/// Bases are joined at every level: longer ones are no addresses.
const MAX_BASE_BYTES: usize = 2048;

/// Of one element's text; what is made of it looks at less.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// The namespaces that mean something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// The document's own: RSS of any kind, a sitemap.
    Core,
    Atom,
    Content,
    Dublin,
    DublinTerms,
    FeedBurner,
    Itunes,
    Media,
    News,
    Rdf,
    SitemapImage,
    Tombstone,
    Xhtml,
    Other,
}

/// By part of the address, in lower case; papers write them with and without slash, year and "https".
const SPACES: [(&str, Space); 18] = [
    ("purl.org/rss/1.0/modules/content", Space::Content),
    ("purl.org/rss/1.0/modules", Space::Other),
    ("purl.org/dc/elements", Space::Dublin),
    ("purl.org/dc/terms", Space::DublinTerms),
    ("purl.org/atompub/tombstones", Space::Tombstone),
    ("purl.org/atom/ns", Space::Atom),
    ("purl.org/rss/", Space::Core),
    ("purl.org/net/rss1.1", Space::Core),
    ("w3.org/2005/atom", Space::Atom),
    ("w3.org/1999/02/22-rdf-syntax-ns", Space::Rdf),
    ("w3.org/1999/xhtml", Space::Xhtml),
    ("netscape.com/rdf/simple", Space::Core),
    ("backend.userland.com/rss", Space::Core),
    ("search.yahoo.com/mrss", Space::Media),
    ("itunes.com/dtds/podcast", Space::Itunes),
    ("schemas/sitemap-news", Space::News),
    ("schemas/sitemap-image", Space::SitemapImage),
    ("rssnamespace.org/feedburner", Space::FeedBurner),
];

/// What prefixes mean that nobody declared.
const PREFIXES: [(&str, Space); 16] = [
    ("a10", Space::Atom),
    ("at", Space::Tombstone),
    ("atom", Space::Atom),
    ("atom10", Space::Atom),
    ("content", Space::Content),
    ("dc", Space::Dublin),
    ("dcterms", Space::DublinTerms),
    ("feedburner", Space::FeedBurner),
    ("image", Space::SitemapImage),
    ("itunes", Space::Itunes),
    ("media", Space::Media),
    ("news", Space::News),
    ("rdf", Space::Rdf),
    ("rss", Space::Core),
    ("xhtml", Space::Xhtml),
    ("", Space::Core),
];

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub(super) space: Space,
    /// Its local name in lower case.
    pub(super) name: String,
    raw: BytesStart<'a>,
}

impl Tag<'_> {
    /// The value of an attribute by its name as written, references decoded.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        text::attribute(&self.raw, name)
    }

    /// As [`Tag::attribute`], `None` if it is blank.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        let value = self.attribute(name)?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Start(Tag<'a>),
    /// Of the element that was opened last.
    End,
    Text(Cow<'a, str>),
    /// The document is over, or cannot be read on.
    Over,
}

/// What stands within an element.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// Its text without the elements in it.
    pub(super) text: String,
    /// Its text and elements as markup, if it has elements.
    pub(super) markup: Option<String>,
}

impl Inner {
    /// What to read if it is meant for reading: its markup, if it has any.
    pub(super) fn words(self) -> String {
        self.markup.unwrap_or(self.text)
    }
}

struct Open {
    name: String,
    namespaces: usize,
    bases: usize,
}

/// A walk from the start of a document to its end or first fault.
pub(super) struct Cursor<'a> {
    reader: Reader<&'a [u8]>,
    is_lenient: bool,
    open: Vec<Open>,
    ends_due: usize,
    /// A start tag that waits for those ends.
    held: Option<BytesStart<'a>>,
    namespaces: Vec<(String, Space)>,
    bases: Vec<Url>,
    own_bases: usize,
    is_over: bool,
    /// Whether a part of an item had no end of its own.
    has_swallowed: bool,
    fault: Option<String>,
    is_excessive: bool,
}

impl<'a> Cursor<'a> {
    /// A lenient walk passes over end tags that close nothing, closes what was left open, and takes a lone `&` for one.
    pub(super) fn new(xml: &'a str, base: Option<&Url>, is_lenient: bool) -> Cursor<'a> {
        let mut reader = Reader::from_str(xml);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        // We look at the names ourselves, to know what an end closes.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = is_lenient;
        Cursor {
            reader,
            is_lenient,
            open: Vec::new(),
            ends_due: 0,
            held: None,
            namespaces: Vec::new(),
            bases: base.cloned().into_iter().collect(),
            own_bases: usize::from(base.is_some()),
            is_over: false,
            has_swallowed: false,
            fault: None,
            is_excessive: false,
        }
    }

    pub(super) fn next(&mut self) -> Node<'a> {
        loop {
            if self.ends_due > 0 {
                self.ends_due -= 1;
                self.close();
                return Node::End;
            }
            if let Some(tag) = self.held.take() {
                return Node::Start(self.start(tag));
            }
            if self.is_over {
                return Node::Over;
            }
            match self.reader.read_event() {
                Ok(Event::Start(tag)) if self.is_unclosed_item(&tag) => {
                    let name = tag.name().as_ref().to_owned();
                    self.held = Some(tag);
                    self.end(&name);
                }
                Ok(Event::Start(tag)) if self.open.len() < MAX_DEPTH => {
                    return Node::Start(self.start(tag));
                }
                Ok(Event::Start(_)) => {
                    self.is_excessive = true;
                    self.is_over = true;
                }
                Ok(Event::End(tag)) => self.end(tag.name().as_ref()),
                Ok(Event::Text(text)) => return Node::Text(text.into_inner()),
                Ok(Event::CData(text)) => return Node::Text(text.into_inner()),
                Ok(Event::GeneralRef(name)) => {
                    return Node::Text(text::reference(&name).into());
                }
                Ok(Event::Eof) => {
                    if let Some(open) = self.open.last() {
                        self.fault = Some(format!("it ends within <{}>", open.name));
                    }
                    self.is_over = true;
                }
                Err(error) => {
                    self.fault = Some(error.to_string());
                    self.is_over = true;
                }
                Ok(_) => {}
            }
        }
    }

    /// The next element within the one that is open, or `None` at its end. Text between them is passed over.
    pub(super) fn child(&mut self) -> Option<Tag<'a>> {
        loop {
            match self.next() {
                Node::Start(tag) => return Some(tag),
                Node::Text(_) => {}
                Node::End | Node::Over => return None,
            }
        }
    }

    /// To the end of the open element.
    pub(super) fn skip(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.next() {
                Node::Start(_) => depth += 1,
                Node::End if depth == 0 => return,
                Node::End => depth -= 1,
                Node::Text(_) => {}
                Node::Over => return,
            }
        }
    }

    /// What stands within the open element, to its end.
    pub(super) fn inner(&mut self) -> Inner {
        let mut text = String::new();
        let mut markup = String::new();
        let mut names = Vec::new();
        let mut has_elements = false;
        loop {
            match self.next() {
                Node::Start(tag) => {
                    has_elements = true;
                    let raw: &str = &tag.raw;
                    let attributes = &raw[tag.raw.name().as_ref().len()..];
                    // Without its prefix, by which a script could pass for something else.
                    push(&mut markup, &["<", &tag.name, attributes, ">"]);
                    names.push(tag.name);
                }
                Node::End => {
                    let Some(name) = names.pop() else { break };
                    push(&mut markup, &["</", &name, ">"]);
                }
                Node::Text(piece) => {
                    let room = MAX_TEXT_BYTES.saturating_sub(text.len());
                    let piece = &piece[..piece.floor_char_boundary(room)];
                    if !piece.is_empty() {
                        text.push_str(piece);
                        push(&mut markup, &[&text::literal(piece)]);
                    }
                }
                Node::Over => break,
            }
        }
        let markup = has_elements.then_some(markup);
        Inner { text, markup }
    }

    /// What addresses are relative to here.
    pub(super) fn base(&self) -> Option<Url> {
        self.bases.last().cloned()
    }

    /// Whether the document itself says so.
    pub(super) fn has_own_base(&self) -> bool {
        self.bases.len() > self.own_bases
    }

    /// Whether the walk came to the end of the document, or of what can be read of it.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether a part of the item that has just ended had no end of its own, and so took in what stands behind it.
    pub(super) fn take_swallowed(&mut self) -> bool {
        std::mem::take(&mut self.has_swallowed)
    }

    /// What is wrong with the document, if something was met so far.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether it was nested beyond what a feed needs.
    pub(super) fn is_excessive(&self) -> bool {
        self.is_excessive
    }

    fn start(&mut self, raw: BytesStart<'a>) -> Tag<'a> {
        let written = raw.name().as_ref().to_owned();
        self.open.push(Open {
            name: written.clone(),
            namespaces: self.namespaces.len(),
            bases: self.bases.len(),
        });
        if raw.contains("xmlns") {
            self.declare(&raw);
        }
        if raw.contains("xml:base") {
            self.rebase(&raw);
        }
        let (prefix, name) = written.split_once(':').unwrap_or(("", &written));
        let space = self.resolve(prefix);
        Tag {
            space,
            name: name.to_ascii_lowercase(),
            raw,
        }
    }

    /// Whether a story begins before the one before has ended, in a feed that is broken anyway.
    fn is_unclosed_item(&self, tag: &BytesStart<'_>) -> bool {
        let is_item = matches!(tag.local_name().as_ref(), "item" | "entry");
        let is_open = || {
            self.open
                .iter()
                .any(|open| open.name == tag.name().as_ref())
        };
        self.is_lenient && is_item && is_open()
    }

    fn declare(&mut self, raw: &str) {
        for (key, value) in text::attributes(raw) {
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => continue,
            };
            if self.namespaces.len() < MAX_NAMESPACES {
                let space = space(value);
                // A root's own namespace, and the one that needs no prefix, are the feed's whatever they are called.
                let root = &self.open[0].name;
                let of_root = root.split_once(':').map_or("", |(prefix, _)| prefix);
                let is_own = self.open.len() == 1 && (prefix.is_empty() || prefix == of_root);
                let space = if is_own && space == Space::Other {
                    Space::Core
                } else {
                    space
                };
                self.namespaces.push((prefix.to_owned(), space));
            }
        }
    }

    fn resolve(&self, prefix: &str) -> Space {
        let declared = self.namespaces.iter().rev().find(|(p, _)| p == prefix);
        declared.map_or_else(
            || {
                let known = PREFIXES.iter().find(|(p, _)| *p == prefix);
                known.map_or(Space::Other, |(_, space)| *space)
            },
            |(_, space)| *space,
        )
    }

    fn rebase(&mut self, raw: &str) {
        let Some(base) = text::attribute(raw, "xml:base") else {
            return;
        };
        if base.len() > MAX_BASE_BYTES {
            return;
        }
        let joined = match self.bases.last() {
            Some(outer) => outer.join(base.trim()),
            None => Url::parse(base.trim()),
        };
        if let Ok(joined) = joined
            && !joined.cannot_be_a_base()
            && joined.as_str().len() <= MAX_BASE_BYTES
        {
            self.bases.push(joined);
        }
    }

    fn end(&mut self, name: &str) {
        let is_it = |open: &Open| open.name.eq_ignore_ascii_case(name);
        let at = self.open.iter().rposition(is_it);
        match at {
            Some(at) if self.is_lenient || at + 1 == self.open.len() => {
                let mut forced = self.open[at..].iter().rev().skip(1);
                self.has_swallowed |= forced.any(|parent| is_item(&parent.name));
                self.ends_due = self.open.len() - at;
            }
            None if self.is_lenient => {}
            _ => {
                let inside = self.open.last().map_or("the document", |open| &open.name);
                let (name, inside) = (tellable(name), tellable(inside));
                self.fault = Some(format!("</{name}> ends nothing within <{inside}>"));
                self.is_over = true;
            }
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.namespaces.truncate(open.namespaces);
            self.bases.truncate(open.bases);
        }
    }
}

/// As much of an element's name as is one: what else a broken tag holds is told to nobody.
fn tellable(name: &str) -> &str {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.' | ' ');
    let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
    &name[..end]
}

fn is_item(name: &str) -> bool {
    let (_, local) = name.split_once(':').unwrap_or(("", name));
    local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry")
}

fn space(uri: &str) -> Space {
    let uri = uri.trim();
    if uri.is_empty() {
        return Space::Core;
    }
    let uri = uri[..uri.floor_char_boundary(200)].to_ascii_lowercase();
    let known = SPACES.iter().find(|(part, _)| uri.contains(part));
    match known {
        Some((_, space)) => *space,
        // Sitemaps at sitemaps.org and, of old, at Google; RSS 2.0 in namespaces that somebody thought up.
        None if uri.contains("schemas/sitemap/") || uri.contains("/rss2") => Space::Core,
        None if uri.ends_with("/tech/rss") => Space::Core,
        None => Space::Other,
    }
}

/// Adds the parts if all of them have room.
fn push(to: &mut String, parts: &[&str]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if to.len() + length <= MAX_TEXT_BYTES {
        to.extend(parts.iter().copied());
    }
}
