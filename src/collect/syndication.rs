//! Syndication: RSS of every version, Atom 0.3 and 1.0, and their forerunner CDF, read in one way.
//!
//! In: a walk over the document. Out: what it says. Papers mix the formats (Atom's links in RSS, Dublin Core in both), so
//! that an element means the same wherever it stands.

use base64::prelude::*;
use url::Url;

use super::feed::{Deleted, Image};
use super::item::{Category, Document, Item, Kind, MAX_ITEMS, Prose};
use super::xml::{Cursor, Inner, Node, Space, Tag};
use super::{dates, image, sitemap, text};

const MAX_TITLE_CHARS: usize = 300;
const MAX_COMMENT_CHARS: usize = 500;
const MAX_ID_CHARS: usize = 1000;

/// What a walk over a document has shown.
#[derive(Debug)]
pub(super) struct Reading {
    /// `None` if its outermost element is not a feed's.
    pub(super) document: Option<Document>,
    /// The local name of the outermost element, in lower case.
    pub(super) root: Option<String>,
    /// Why it could not be read to its end.
    pub(super) fault: Option<String>,
    /// Whether an item began that has no end.
    pub(super) is_cut: bool,
    /// Whether it is nested beyond what a feed needs.
    pub(super) is_excessive: bool,
}

/// Reads `xml`, whose addresses stand against `base`.
pub(super) fn read(xml: &str, base: Option<&Url>, is_lenient: bool) -> Reading {
    let mut cursor = Cursor::new(xml, base, is_lenient);
    let mut walk = Walk::default();
    let root = cursor.child();
    let is_feed = root
        .as_ref()
        .is_some_and(|root| walk.root(root, &mut cursor));
    // What stands behind the root is none of ours, but a second root is a fault.
    let is_cut = walk.is_cut;
    Reading {
        document: is_feed.then_some(walk.document),
        root: root.map(|root| root.name),
        fault: cursor.fault().map(str::to_owned),
        is_cut,
        is_excessive: cursor.is_excessive(),
    }
}

#[derive(Default)]
struct Walk {
    document: Document,
    is_cut: bool,
}

impl Walk {
    /// Reads the whole document below its outermost element, if that is one of a feed.
    fn root(&mut self, root: &Tag<'_>, cursor: &mut Cursor<'_>) -> bool {
        match root.name.as_str() {
            "rss" | "rdf" => self.container(cursor),
            "channel" => {
                self.document.has_channel = true;
                self.container(cursor);
            }
            "feed" => {
                self.document.kind = Kind::Atom;
                self.document.has_channel = true;
                self.document.language = root.filled("xml:lang");
                self.container(cursor);
            }
            "entry" => {
                self.document.kind = Kind::Atom;
                self.item(root, cursor);
            }
            "urlset" => {
                self.document.kind = Kind::Sitemap;
                self.document.has_channel = true;
                self.is_cut = sitemap::urls(cursor, &mut self.document);
            }
            "sitemapindex" => {
                self.document.kind = Kind::SitemapIndex;
                self.document.has_channel = true;
                self.is_cut = sitemap::urls(cursor, &mut self.document);
            }
            _ => return false,
        }
        true
    }

    /// A feed or channel: what it says of itself, and its items.
    fn container(&mut self, cursor: &mut Cursor<'_>) {
        let mut is_empty = true;
        while let Some(tag) = cursor.child() {
            is_empty = false;
            match (tag.space, tag.name.as_str()) {
                (Space::Core | Space::Atom, "item" | "entry") => self.item(&tag, cursor),
                (Space::Core | Space::Atom, "channel") => {
                    self.document.has_channel = true;
                    let language = tag.filled("xml:lang");
                    self.document.language = self.document.language.take().or(language);
                    self.container(cursor);
                }
                // RSS 1.1 has its items within; that of RSS 1.0 only lists their names.
                (Space::Core, "items") => self.container(cursor),
                (Space::Core | Space::Atom, "title") => {
                    let title = prose(&tag, cursor.inner(), self.is_atom());
                    if self.document.title.is_empty() {
                        self.document.title = title.plain(MAX_TITLE_CHARS);
                    }
                }
                (Space::Core | Space::Dublin, "language") => {
                    let language = cursor.inner().text;
                    if !language.trim().is_empty() {
                        self.document.language = Some(language);
                    }
                }
                (Space::Core | Space::Atom, "author") => {
                    self.document.authors.extend(people(cursor));
                }
                (Space::Tombstone, "deleted-entry") => {
                    let deleted = deleted(&tag, cursor);
                    if self.document.deleted.len() < MAX_ITEMS {
                        self.document.deleted.extend(deleted);
                    }
                }
                _ => cursor.skip(),
            }
        }
        // Nothing at all is a feed without news; something else in place of a channel is not.
        self.document.has_channel |= is_empty;
    }

    fn is_atom(&self) -> bool {
        self.document.kind == Kind::Atom
    }

    fn item(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        self.document.has_channel = true;
        let mut reader = ItemReader {
            is_atom: self.is_atom(),
            ..ItemReader::default()
        };
        reader.item.language = tag.filled("xml:lang");
        // RSS 1.0 names its items by their address; CDF links so.
        reader.item.id = tag.filled("rdf:about");
        reader
            .item
            .set_link(resolved(tag.filled("href"), cursor.base()));
        if let Some(date) = tag.filled("lastmod") {
            reader.item.updated.take(&date);
        }
        let at = self.document.items.len();
        while let Some(tag) = cursor.child() {
            match (tag.space, tag.name.as_str()) {
                // One that stands in another is a story of its own.
                (Space::Core | Space::Atom, "item" | "entry") => self.item(&tag, cursor),
                _ => reader.element(&tag, cursor),
            }
        }
        if cursor.is_over() {
            // What was read of it may be half of a headline.
            self.is_cut = true;
        } else if cursor.take_swallowed() {
            // Its headline may hold its text, and that it is for subscribers.
            self.document.count += 1;
            self.document.damaged += 1;
        } else {
            self.document.insert(at, reader.finished());
        }
    }
}

#[derive(Default)]
struct ItemReader {
    item: Item,
    is_atom: bool,
    /// The id, where it may serve as address.
    permalink: Option<String>,
}

impl ItemReader {
    fn finished(mut self) -> Item {
        let permalink = self.permalink.take();
        self.item.set_link(permalink);
        let called = std::mem::take(&mut self.item.other_title);
        self.item.title.or(called);
        self.item
    }

    fn element(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        match tag.space {
            Space::Core | Space::Atom => self.plain_element(tag, cursor),
            Space::Content if tag.name == "encoded" => self.body(tag, cursor),
            Space::Xhtml if matches!(tag.name.as_str(), "body" | "div") => self.body(tag, cursor),
            Space::Dublin | Space::DublinTerms => self.dublin(tag, cursor),
            Space::FeedBurner if tag.name == "origlink" => {
                let base = cursor.base();
                self.item.original = resolved(Some(cursor.inner().text), base);
            }
            Space::Media => self.media(tag, cursor, &mut String::new()),
            Space::Itunes => match tag.name.as_str() {
                "image" => self.picture(tag.filled("href"), tag, cursor),
                "author" => {
                    let names = people(cursor);
                    if self.item.authors.is_empty() {
                        self.item.add_authors(names);
                    }
                }
                "summary" | "subtitle" => {
                    let summary = prose(tag, cursor.inner(), self.is_atom);
                    self.item.summary.or(summary);
                }
                _ => cursor.skip(),
            },
            _ => cursor.skip(),
        }
    }

    fn plain_element(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        match tag.name.as_str() {
            "title" => {
                self.speaks(tag);
                let title = prose(tag, cursor.inner(), self.is_atom);
                self.item.title.or(title);
            }
            "link" => self.link(tag, cursor),
            "guid" | "id" => self.id(tag, cursor),
            "description" | "summary" | "abstract" | "tagline" => {
                self.speaks(tag);
                let base = cursor.base();
                let summary = prose(tag, cursor.inner(), self.is_atom);
                self.inner_image(&summary, base.as_ref());
                self.item.summary.or(summary);
            }
            "content" | "body" | "fullitem" => self.body(tag, cursor),
            "pubdate" | "published" | "issued" => self.item.published.take(&cursor.inner().text),
            "updated" | "modified" | "lastbuilddate" => {
                self.item.updated.take(&cursor.inner().text);
            }
            "created" => self.item.created.take(&cursor.inner().text),
            "author" => {
                let names = people(cursor);
                self.item.add_authors(names);
            }
            "category" => {
                let text = cursor.inner().words();
                let term = tag.filled("term").unwrap_or(text);
                self.item.add_category(Category {
                    term,
                    label: tag.filled("label"),
                    scheme: tag.filled("scheme").or_else(|| tag.filled("domain")),
                });
            }
            "enclosure" => {
                let is_picture = tag
                    .filled("type")
                    .is_some_and(|kind| kind.starts_with("image/"));
                let url = tag.filled("url").filter(|_| is_picture);
                self.picture(url, tag, cursor);
            }
            "image" => self.image(tag, cursor),
            // `source` is the feed that an entry was copied from.
            _ => cursor.skip(),
        }
    }

    fn dublin(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        match tag.name.as_str() {
            "creator" => {
                let names = people(cursor);
                self.item.add_authors(names);
            }
            "subject" => {
                let term = cursor.inner().words();
                self.item.add_category(Category::named(term));
            }
            "title" => {
                let title = prose(tag, cursor.inner(), false);
                self.item.other_title.or(title);
            }
            "description" | "abstract" => {
                let summary = prose(tag, cursor.inner(), false);
                self.item.summary.or(summary);
            }
            "language" => self.item.language = Some(cursor.inner().text),
            "issued" => self.item.published.take(&cursor.inner().text),
            "date" | "modified" => self.item.updated.take(&cursor.inner().text),
            "created" | "available" => self.item.created.take(&cursor.inner().text),
            _ => cursor.skip(),
        }
    }

    /// What an element says of the language of the story.
    fn speaks(&mut self, tag: &Tag<'_>) {
        if self.item.language.is_none() {
            self.item.language = tag.filled("xml:lang");
        }
    }

    fn body(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        self.speaks(tag);
        let base = cursor.base();
        let kind = tag.filled("type").unwrap_or_default().to_ascii_lowercase();
        let is_text = tag.filled("src").is_none()
            && (kind.is_empty()
                || kind.starts_with("text")
                || kind.contains("html")
                || tag.attribute("mode").is_some());
        let mut body = prose(tag, cursor.inner(), self.is_atom);
        if tag.space == Space::Xhtml {
            body.is_html = true;
        }
        if is_text {
            self.inner_image(&body, base.as_ref());
            self.item.body.or(body);
        }
    }

    fn inner_image(&mut self, prose: &Prose, base: Option<&Url>) {
        if self.item.inner_image.is_none() && prose.is_html {
            self.item.inner_image = image::first_within(&prose.text, base);
        }
    }

    fn link(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        let base = cursor.base();
        let text = cursor.inner().text;
        let Some(href) = tag.attribute("href") else {
            return self.item.set_link(resolved(Some(text), base));
        };
        let kind = tag.filled("type").unwrap_or_default().to_ascii_lowercase();
        let rel = tag.filled("rel").map(|rel| rel.to_ascii_lowercase());
        match rel.as_deref() {
            None | Some("alternate") if kind.is_empty() || is_page(&kind) => {
                self.item.set_link(resolved(Some(href), base));
            }
            Some("enclosure") if kind.starts_with("image/") => {
                self.item.add_image(Image {
                    url: resolved(Some(href), base).unwrap_or_default(),
                    ..Image::default()
                });
            }
            _ => {}
        }
    }

    fn id(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        let base = cursor.base().filter(|_| cursor.has_own_base());
        let is_permalink = tag
            .attribute("ispermalink")
            .or_else(|| tag.attribute("isPermaLink"))
            .is_none_or(|is| !is.trim().eq_ignore_ascii_case("false"));
        let id = cursor.inner().text.trim().to_owned();
        if id.is_empty() {
            return;
        }
        let address = base.filter(|_| is_permalink && Url::parse(&id).is_err());
        let id = address
            .and_then(|base| base.join(&id).ok())
            .map_or(id, String::from);
        if is_permalink && self.permalink.is_none() {
            self.permalink = Some(id.clone());
        }
        self.item.id = Some(id);
    }

    /// `<image>` within an item: an address, or an element that holds one.
    fn image(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        let named = ["href", "url", "rdf:resource"]
            .iter()
            .find_map(|name| tag.filled(name));
        let base = cursor.base();
        let mut url = named.unwrap_or_default();
        loop {
            match cursor.next() {
                Node::Start(child) if child.name == "url" => url = cursor.inner().text,
                Node::Start(_) => cursor.skip(),
                Node::Text(text) if url.is_empty() => text.trim().clone_into(&mut url),
                Node::Text(_) => {}
                Node::End | Node::Over => break,
            }
        }
        self.item.add_image(Image {
            url: resolved(Some(url), base).unwrap_or_default(),
            ..Image::default()
        });
    }

    fn picture(&mut self, url: Option<String>, tag: &Tag<'_>, cursor: &mut Cursor<'_>) {
        let image = sized(resolved(url, cursor.base()), tag);
        self.item.add_image(image);
        cursor.skip();
    }

    /// Media RSS: groups hold contents, contents hold thumbnails, and each may say what it shows.
    fn media(&mut self, tag: &Tag<'_>, cursor: &mut Cursor<'_>, alt: &mut String) {
        match tag.name.as_str() {
            "content" | "group" => {
                let first = self.item.images.len();
                let kind = tag.filled("type").unwrap_or_default();
                let medium = tag.filled("medium");
                let url = resolved(tag.filled("url"), cursor.base());
                let is_picture = match medium.as_deref() {
                    Some(medium) => medium.eq_ignore_ascii_case("image"),
                    None if kind.contains('/') => kind.starts_with("image/"),
                    None => url.as_deref().is_some_and(image::has_a_pictures_name),
                };
                if is_picture {
                    self.item.add_image(sized(url, tag));
                }
                let mut own = String::new();
                while let Some(child) = cursor.child() {
                    if child.space == Space::Media {
                        self.media(&child, cursor, &mut own);
                    } else {
                        cursor.skip();
                    }
                }
                for image in self.item.images.iter_mut().skip(first) {
                    if image.alt.is_empty() {
                        image.alt.clone_from(&own);
                    }
                }
            }
            "thumbnail" => self.picture(tag.filled("url"), tag, cursor),
            "description" => {
                let text = prose(tag, cursor.inner(), false).plain(MAX_TITLE_CHARS);
                if !text.is_empty() {
                    *alt = text;
                }
            }
            "title" => {
                let title = prose(tag, cursor.inner(), false);
                if alt.is_empty() {
                    *alt = title.plain(MAX_TITLE_CHARS);
                }
                self.item.other_title.or(title);
            }
            _ => cursor.skip(),
        }
    }
}

fn is_page(kind: &str) -> bool {
    kind.starts_with("text/") || kind.contains("html")
}

fn sized(url: Option<String>, tag: &Tag<'_>) -> Image {
    let side = |name| tag.filled(name).and_then(|side| side.parse().ok());
    Image {
        url: url.unwrap_or_default(),
        alt: String::new(),
        width: side("width"),
        height: side("height"),
    }
}

/// `href` against `base`; as it is if it cannot be resolved.
pub(super) fn resolved(href: Option<String>, base: Option<Url>) -> Option<String> {
    let href = href?;
    let href = href.trim();
    if href.is_empty() {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href),
        None => Url::parse(href),
    };
    Some(url.map_or_else(|_| href.to_owned(), String::from))
}

/// What a text construct means (RFC 4287, section 3.1; Atom 0.3 has a mode beside the type). RSS does not say whether it
/// means markup; papers do.
fn prose(tag: &Tag<'_>, inner: Inner, is_atom: bool) -> Prose {
    let kind = tag.filled("type").unwrap_or_default().to_ascii_lowercase();
    let is_plain = match kind.as_str() {
        "" => is_atom && matches!(tag.space, Space::Core | Space::Atom),
        "plain" => true,
        kind => !kind.contains("html") && !kind.contains("xml"),
    };
    if tag
        .filled("mode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("base64"))
    {
        let packed: String = inner.text.split_whitespace().collect();
        let text = BASE64_STANDARD.decode(packed).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        // Whoever packs a text so has markup to hide from the parser.
        let is_html = !matches!(kind.as_str(), "text" | "plain" | "text/plain");
        return Prose { text, is_html };
    }
    match inner.markup {
        Some(markup) => Prose::html(markup),
        None if is_plain => Prose::text(inner.text),
        None => Prose::html(inner.text),
    }
}

/// The names in a person's element: Atom's, or whatever RSS has there.
fn people(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut text = String::new();
    loop {
        match cursor.next() {
            Node::Start(tag) if tag.name == "name" => names.push(cursor.inner().text),
            Node::Start(_) => cursor.skip(),
            Node::Text(piece) => {
                let room = MAX_ID_CHARS.saturating_sub(text.len());
                text.push_str(&piece[..piece.floor_char_boundary(room)]);
            }
            Node::End | Node::Over => break,
        }
    }
    if names.is_empty() {
        names.extend(person(&text));
    }
    names
}

/// The name in `desk@paper.example (Jo Lind)`, `Jo Lind <desk@paper.example>` or `Jo Lind`.
pub(super) fn person(text: &str) -> Option<String> {
    let in_brackets = text.split_once('(').and_then(|(before, rest)| {
        let (inside, _) = rest.split_once(')')?;
        (before.contains('@') && !inside.contains('@')).then_some(inside)
    });
    let name = in_brackets.map_or_else(
        || {
            let words = text.split_whitespace().filter(|word| !word.contains('@'));
            words.collect::<Vec<_>>().join(" ")
        },
        str::to_owned,
    );
    Some(name).filter(|name| !name.trim().is_empty())
}

/// A tombstone (RFC 6721, section 3).
fn deleted(tag: &Tag<'_>, cursor: &mut Cursor<'_>) -> Option<Deleted> {
    let mut comment = None;
    while let Some(child) = cursor.child() {
        if child.space == Space::Tombstone && child.name == "comment" {
            let text = prose(&child, cursor.inner(), true).plain(MAX_COMMENT_CHARS);
            comment = Some(text).filter(|text| !text.is_empty());
        } else {
            cursor.skip();
        }
    }
    let id = text::plain(&text::escaped(&tag.filled("ref")?), MAX_ID_CHARS);
    let deleted_at = tag.filled("when").and_then(|when| dates::instant(&when));
    (!cursor.is_over()).then_some(Deleted {
        id,
        deleted_at,
        comment,
    })
}
