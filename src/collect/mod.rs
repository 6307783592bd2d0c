//! Collect: every source becomes articles.
//!
//! In: the address of a feed and what we remember of its last answer. Out: articles whose text is clean, whose address
//! is canonical and whose dates can be believed, with a warning for each item that had to be left out.
//! Flow: `round` asks the sources that are due, by `queue` and `pace` → `fetch` (bytes, behind a guard) → `decode` (text) →
//! `feed`: `syndication`, `sitemap` or `json` read it (over `xml`, mended by `mend` if need be) into items, `entry` makes
//! entries of them, by `text`, `dates`, `image`, `identity` → `store` (articles and revisions), where `fold` finds copies
//! (by `alike`) and `change` notes what was corrected or taken back; `article` is what commands ask.
//! Nothing in a feed can make us fetch or read anything else.

mod alike;
pub mod article;
mod calendar;
pub mod change;
#[cfg(test)]
mod corpus;
mod dates;
mod decode;
#[cfg(test)]
mod dialects;
mod entry;
#[cfg(test)]
mod examples;
pub mod feed;
pub mod fetch;
pub mod fold;
mod freshness;
mod guard;
#[cfg(test)]
mod hostile;
pub mod identity;
mod image;
mod item;
mod json;
mod mend;
mod pace;
mod page;
mod queue;
pub mod round;
mod sitemap;
pub mod source;
pub mod store;
mod syndication;
pub mod text;
mod vocabulary;
mod words;
mod xml;

pub use feed::{Dated, Deleted, Entry, Feed, Image, ParseError, parse};
pub use fetch::{Body, FetchError, FetchOptions, Fetched, Fetcher, Validators};
pub use identity::{canonical, key};
pub use round::{Answer, Collected, Collector, SourceError, round};
pub use source::{SourceStatus, article_counts, statuses};
pub use store::{ArticleDetail, Stored};
pub use text::plain;
