//! The languages that a page of nobody's can be read in: whoever has no choice on record makes one by a link.

use serde::{Deserialize, Serialize};

use crate::web::{Visit, Web};

/// A language that a link asks for.
#[derive(Deserialize)]
pub(super) struct Speaking {
    /// As a BCP 47 tag; empty where it asks for none.
    #[serde(default)]
    pub(super) language: String,
}

/// A language that the page can be read in.
#[derive(Serialize)]
pub(super) struct Language {
    tag: String,
    /// What it calls itself.
    name: String,
    /// Whether it is the page's.
    chosen: bool,
}

/// All of them; none where there is no choice.
pub(super) fn languages(web: &Web, visit: &Visit) -> Vec<Language> {
    let of = |tag: &str| Language {
        tag: tag.to_owned(),
        name: web.pages.words(tag).say("language_name", &[]),
        chosen: tag == visit.language,
    };
    let all: Vec<Language> = web.pages.languages().map(of).collect();
    if all.len() > 1 { all } else { Vec::new() }
}
