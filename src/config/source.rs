//! `sources.toml`: where the stories come from.

use serde::{Deserialize, Serialize};

use super::check::{check_language, check_present, check_url};
use super::document::Document;
use super::problem::Problems;
use super::value::is_slug;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sources {
    pub(super) source: Vec<Source>,
}

/// `[[source]]`: a feed or a news sitemap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting that its owner may write"
)]
pub struct Source {
    /// What commands and pages call it: a-z, 0-9 and hyphens; no two are the same.
    pub name: String,
    /// Where it is fetched.
    pub url: String,
    /// The section of its stories that name none.
    pub section: Option<String>,
    /// The language of its stories, where it is not the paper's.
    pub language: Option<String>,
    /// Whether its stories are for paying readers.
    pub premium: bool,
    /// Whether everyone must read its stories.
    pub leading: bool,
    /// Whether a story is the same for as long as its guid is, whatever its address.
    pub trust_guid: bool,
    /// Whether it may be on a private network, even where `collect.private_addresses` says no.
    pub private: bool,
}

impl Sources {
    pub(super) fn check(&self, document: &Document<'_>, problems: &mut Problems) {
        for (i, source) in self.source.iter().enumerate() {
            let at = |key: &str| document.at("source").item(i).key(key);
            check_present(&at("name"), Some("[[source]]"), "\"city-hall\"", problems);
            check_present(
                &at("url"),
                Some("[[source]]"),
                "\"https://www.example.org/feed.xml\"",
                problems,
            );
            if !source.name.is_empty() && !is_slug(&source.name) {
                at("name").say(
                    problems,
                    "is not a short name",
                    "use 1 to 64 of a-z, 0-9 and hyphens",
                );
            }
            check_url(&source.url, &at("url"), problems);
            if url::Url::parse(&source.url)
                .is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
            {
                at("url").say(
                    problems,
                    "has a login in it",
                    "ask for an address that needs none: what stands here is shown and logged",
                );
            }
            if let Some(language) = &source.language {
                check_language(language, &at("language"), problems);
            }
            let others = &self.source[..i];
            if !source.name.is_empty() && others.iter().any(|other| other.name == source.name) {
                at("name").say(
                    problems,
                    "is the name of another source too",
                    "give each source a name of its own",
                );
            }
            if !source.url.is_empty() && others.iter().any(|other| other.url == source.url) {
                at("url").say(
                    problems,
                    "is the address of another source too",
                    "one source is enough for one feed",
                );
            }
        }
    }
}
