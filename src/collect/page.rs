//! Pages: what an answer is that is no feed, so that whoever set the source up can put it right.

use url::Url;

use super::feed::ParseError;
use super::text;

/// How far into a web page we look for the feed it names.
const MAX_PAGE_BYTES: usize = 64 * 1024;

/// What an answer without a feed's root is; a broken page often has no root that a parser sees.
pub(super) fn other(answer: &str, root: Option<&str>, base: Option<&Url>) -> ParseError {
    let head = answer[..answer.floor_char_boundary(1024)].to_ascii_lowercase();
    let is_page = ["<!doctype html", "<html"]
        .iter()
        .any(|tag| head.contains(tag));
    if is_page || matches!(root, Some("html" | "head" | "body")) {
        return ParseError::WebPage {
            feed: named_feed(answer, base),
        };
    }
    let what = match root {
        Some("opml") => "a list of feeds (OPML)",
        Some(_) if head.starts_with('<') => "another kind of XML",
        None if head.starts_with("<!--") || head.starts_with("<?") => "XML without an element",
        _ => "something else",
    };
    ParseError::Other(what.to_owned())
}

/// The feed that a page names in its head, as feed readers find it.
fn named_feed(page: &str, base: Option<&Url>) -> Option<String> {
    let page = &page[..page.floor_char_boundary(MAX_PAGE_BYTES)];
    let tags = page
        .match_indices('<')
        .map(|(at, _)| &page[at..])
        .filter(|rest| is_link(rest));
    let tags = tags.filter_map(|rest| rest.find('>').map(|end| &rest[..=end]));
    let mut feeds = tags.filter(|tag| {
        let kind = text::attribute(tag, "type")
            .unwrap_or_default()
            .to_ascii_lowercase();
        matches!(
            kind.as_str(),
            "application/rss+xml" | "application/atom+xml" | "application/feed+json"
        )
    });
    let href = text::attribute(feeds.next()?, "href")?;
    let url = base
        .map_or_else(|| Url::parse(&href), |base| base.join(&href))
        .ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

fn is_link(rest: &str) -> bool {
    rest.as_bytes()
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"<link"))
}
