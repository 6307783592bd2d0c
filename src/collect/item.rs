//! Items: what a feed says, in whatever format, before anything is made of it.

use jiff::Timestamp;

use super::feed::{Deleted, Image};
use super::{dates, text};

/// No paper has more news at once; what has is an archive.
pub(super) const MAX_ITEMS: usize = 5000;

/// More than a story has of anything; what stands behind is not kept.
const MAX_OF_A_KIND: usize = 1000;

/// What kind of document it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Rss,
    Atom,
    Json,
    /// Addresses with or without what a news sitemap says of them.
    Sitemap,
    /// The addresses of sitemaps.
    SitemapIndex,
}

/// A whole document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) kind: Kind,
    /// Whether it has the element that holds a feed, or an item.
    pub(super) has_channel: bool,
    /// Plain.
    pub(super) title: String,
    pub(super) language: Option<String>,
    pub(super) authors: Vec<String>,
    /// In its own order, at most [`MAX_ITEMS`].
    pub(super) items: Vec<Item>,
    /// How many there were.
    pub(super) count: usize,
    /// How many of them were too broken to be read.
    pub(super) damaged: usize,
    pub(super) deleted: Vec<Deleted>,
}

impl Document {
    pub(super) fn push(&mut self, item: Item) {
        self.insert(self.items.len(), item);
    }

    /// Puts it before those that stood within it.
    pub(super) fn insert(&mut self, at: usize, item: Item) {
        self.count += 1;
        if self.items.len() < MAX_ITEMS {
            self.items.insert(at, item);
        }
    }
}

/// One item as it stands there.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// Its guid or id.
    pub(super) id: Option<String>,
    /// Its page: what it links to, else an id that says it is an address. Resolved, but not made canonical.
    pub(super) link: Option<String>,
    /// The page behind a link that only counts clicks.
    pub(super) original: Option<String>,
    pub(super) title: Prose,
    /// What its media or its catalogue card are called, where it has no title of its own.
    pub(super) other_title: Prose,
    pub(super) summary: Prose,
    pub(super) body: Prose,
    pub(super) authors: Vec<String>,
    pub(super) categories: Vec<Category>,
    pub(super) language: Option<String>,
    /// Absolute addresses, not yet looked at.
    pub(super) images: Vec<Image>,
    /// The first picture within the text.
    pub(super) inner_image: Option<Image>,
    pub(super) published: Date,
    pub(super) updated: Date,
    pub(super) created: Date,
    pub(super) premium: bool,
    pub(super) leading: bool,
    pub(super) correction: bool,
}

impl Item {
    /// Keeps the first of several.
    pub(super) fn set_link(&mut self, link: Option<String>) {
        if self.link.is_none() {
            self.link = link.filter(|link| !link.trim().is_empty());
        }
    }

    pub(super) fn add_category(&mut self, category: Category) {
        self.categories.push(category);
    }

    pub(super) fn add_image(&mut self, image: Image) {
        if self.images.len() < MAX_OF_A_KIND && !image.url.is_empty() {
            self.images.push(image);
        }
    }

    pub(super) fn add_authors(&mut self, names: Vec<String>) {
        let room = MAX_OF_A_KIND - self.authors.len();
        self.authors.extend(names.into_iter().take(room));
    }
}

/// Text, and whether its markup is meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Prose {
    pub(super) text: String,
    pub(super) is_html: bool,
}

impl Prose {
    pub(super) fn html(text: String) -> Prose {
        let is_html = true;
        Prose { text, is_html }
    }

    pub(super) fn text(text: String) -> Prose {
        let is_html = false;
        Prose { text, is_html }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// As a reader sees it, on one line.
    pub(super) fn plain(&self, max_chars: usize) -> String {
        if self.is_html {
            text::plain(&self.text, max_chars)
        } else {
            // "&amp;amp;" in plain text is an ampersand that was escaped twice, not four letters of news.
            text::plain(&text::literal(&self.text), max_chars)
        }
    }

    /// Keeps the first that says something.
    pub(super) fn or(&mut self, other: Prose) {
        if self.is_blank() {
            *self = other;
        }
    }
}

/// What an item is filed under.
#[derive(Clone, Debug, Default)]
pub(super) struct Category {
    pub(super) term: String,
    pub(super) label: Option<String>,
    pub(super) scheme: Option<String>,
}

impl Category {
    pub(super) fn named(term: impl Into<String>) -> Category {
        Category {
            term: term.into(),
            ..Category::default()
        }
    }
}

/// A date, if one was given and could be read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Date {
    pub(super) at: Option<Timestamp>,
    pub(super) is_unreadable: bool,
}

impl Date {
    /// Takes in one more; of several that can be read the last counts.
    pub(super) fn take(&mut self, text: &str) {
        match dates::instant(text) {
            Some(at) => self.at = Some(at),
            None => self.is_unreadable |= !text.trim().is_empty(),
        }
    }
}
