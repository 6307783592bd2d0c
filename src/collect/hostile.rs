//! What is sent to harm: it costs little, and nothing of it comes through.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::feed::{Feed, ParseError, parse};
use crate::corpora::part;

const BASE: &str = "https://paper.example/feeds/news.xml";

/// So many steps take a second without optimisation; so many for each of so many would outlast anybody.
const SIZE_BYTES: usize = 100_000;
const LONG_ENOUGH: Duration = Duration::from_mins(2);

fn read(bytes: &[u8]) -> Result<Feed, ParseError> {
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    parse(bytes, None, BASE, now)
}

/// Starts of documents, and what is repeated behind them.
fn floods() -> Vec<(&'static str, &'static str)> {
    let rss = "<rss version='2.0'><channel><title>P</title><item><title>A</title><link>https://paper.example/a</link>";
    let description = "<rss version='2.0'><channel><item><description>";
    let mut floods = vec![
        ("", "<"),
        ("", "<!--"),
        ("", "<!DOCTYPE a ["),
        ("", "<?xml "),
        ("", "<rss "),
        ("", "<a>"),
        ("", "{"),
        ("", "["),
        ("{\"version\": \"1.1\", \"items\": [", "{},"),
        ("{\"version\": \"1.1\", \"items\": [{\"tags\": [", "\"a\", "),
        ("<!DOCTYPE a [", "<!ENTITY a '&a;&a;'>"),
        ("<urlset>", "<url><loc>https://paper.example/a</loc></url>"),
        ("<sitemapindex>", "<sitemap><loc>a</loc></sitemap>"),
        (
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
            "<at:deleted-entry ref='a'/>",
        ),
        ("<rss", " a='b'"),
        ("<rss", " xmlns:a='b'"),
        ("<rss", " a=\""),
        ("<rss><channel>", "<item/>"),
        ("<rss><channel>", "<item>"),
        ("<rss><channel>", "<item></b>"),
        ("<rss><channel>", "</channel>"),
        (
            "<rss><channel>",
            "<item xml:base='a/'><title>A</title><link>b</link></item>",
        ),
    ];
    for unit in [
        "<div>",
        "<div></div>",
        "</div>",
        "<",
        "< ",
        "&",
        "&amp;",
        "&#x41;",
        "&a",
        "&a;",
        "<![CDATA[",
        "<![CDATA[a]]>",
        "]]>",
        "<!--",
        "<!-- -->",
        "<?a?>",
        "<a b='",
        "<a b=\"'>",
        "<img src=a>",
        "&lt;img ",
        "&lt;img src=a>",
        "&lt;",
        "&lt;a '",
        "&lt;script>",
        "&lt;!--",
        "<category>A</category>",
        "<dc:creator>A</dc:creator>",
        "<author>a@b (",
        "<media:group>",
        "<media:group/>",
        "<media:content url='https://i.example/a.jpg'/>",
        "<pubDate>1</pubDate>",
        "<link/>",
        "<title/>",
        "\u{fdd0}",
        "é",
        "\0",
        " ",
    ] {
        floods.push((rss, unit));
        floods.push((description, unit));
    }
    floods
}

#[test]
fn a_flood_of_anything_is_read_or_refused_in_time_that_grows_with_its_length_alone() {
    let (done, over) = mpsc::channel();
    thread::spawn(move || {
        for (start, unit) in floods() {
            let flood = start.to_owned() + &unit.repeat(SIZE_BYTES / unit.len());
            let _ = read(flood.as_bytes());
            done.send(()).unwrap();
        }
    });
    for (start, unit) in floods() {
        let outcome = over.recv_timeout(LONG_ENOUGH);
        assert!(
            outcome.is_ok(),
            "{start:?} and then {unit:?} without end: {outcome:?}"
        );
    }
}

#[test]
fn nothing_that_acts_comes_through() {
    let acts = "<script>alert(1)</script><style>p{}</style><svg onload=alert(1)></svg><b onclick='alert(1)'>Rain</b>\
                <a href='javascript:alert(1)'>on</a><img src='javascript:alert(1)' onerror=alert(1)><iframe src='//x.example'>in</iframe>";
    let escaped = acts.replace('&', "&amp;").replace('<', "&lt;");
    let twice = escaped.replace('&', "&amp;");
    for field in [acts, &escaped, &format!("<![CDATA[{acts}]]>")] {
        for (xml, link) in [
            (
                format!(
                    "<rss><channel><title>{field}</title><item><title>{field}</title><description>{field}</description><category>{field}</category>\
                      <author>{field}</author><link>https://paper.example/a</link><enclosure type='image/png' url='javascript:alert(1)'/>\
                      <media:content medium='image' url='data:image/svg+xml,x'/></item></channel></rss>"
                ),
                "https://paper.example/a",
            ),
            (
                format!(
                    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type='html'>{field}</title><summary type='html'>{field}</summary>\
                      <content type='html'>{field}</content><link href='javascript:alert(1)'/><id>https://paper.example/b</id></entry></feed>"
                ),
                "https://paper.example/b",
            ),
        ] {
            let feed = read(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}: {xml}"));
            let shown = serde_json::to_string(&feed.entries).unwrap();
            assert!(
                !shown.contains("alert") && !shown.contains("x.example") && !shown.contains('<'),
                "{shown}"
            );
            let urls: Vec<&str> = feed
                .entries
                .iter()
                .map(|entry| entry.url.as_str())
                .collect();
            // An address that does something in place of leading somewhere is none.
            assert_eq!(urls, [link]);
        }
    }
    // Nor what stands as an element in the headline of a sitemap, or in the name of one that has no headline.
    for title in [
        acts.replace("<img src='javascript:alert(1)' onerror=alert(1)>", ""),
        "<script>alert(1)</script>".to_owned(),
    ] {
        let xml = format!(
            "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://paper.example/c</loc><n:news>\
              <n:publication><n:name>{title}</n:name></n:publication><n:keywords>{title}</n:keywords><n:title>Tide {title}</n:title></n:news></url></urlset>"
        );
        let feed = read(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}: {xml}"));
        let shown = serde_json::to_string(&feed).unwrap();
        assert!(
            !shown.contains("alert") && shown.contains("Tide"),
            "{shown}"
        );
    }
    // Escaped twice it is text about markup, which is escaped again where it is shown.
    let xml = format!(
        "<rss><channel><item><title>{twice}</title><link>https://paper.example/a</link></item></channel></rss>"
    );
    assert_eq!(read(xml.as_bytes()).unwrap().entries.len(), 1);
}

#[test]
fn what_is_sent_to_harm_in_the_wild_does_none() {
    for folder in ["feeds/hostile", "feeds/hostile-html"] {
        let Some(folder) = part(folder) else { return };
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let Ok(feed) = read(&std::fs::read(&path).unwrap()) else {
                continue;
            };
            let shown = serde_json::to_string(&feed).unwrap();
            assert!(shown.len() < 10_000, "{} swells", path.display());
            for sign in [
                "<script",
                "javascript:",
                "onerror",
                "onload",
                "onblur",
                "root:x:",
            ] {
                assert!(!shown.contains(sign), "{}: {shown}", path.display());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bytes_of_any_kind_end_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn parts_of_feeds_in_any_order_end_nothing(
        parts in proptest::collection::vec(0_usize..PARTS.len(), 0..40),
    ) {
        let xml: String = parts.into_iter().map(|at| PARTS[at]).collect();
        for start in ["", "<rss><channel>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<urlset><url>"] {
            if let Ok(feed) = read(format!("{start}{xml}").as_bytes()) {
                let shown = serde_json::to_string(&feed).unwrap();
                prop_assert!(!shown.contains("alert") && !shown.contains('\u{fdd0}'), "{}", shown);
            }
        }
    }
}

const PARTS: [&str; 34] = [
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "<link>",
    "</link>",
    "<link href='/a'/>",
    "<url>",
    "</url>",
    "<loc>https://paper.example/a</loc>",
    "<news:news>",
    "</news:news>",
    "<media:group>",
    "<media:content url='/a.jpg'>",
    "</media:content>",
    "<author>",
    "<name>",
    "</a>",
    "https://paper.example/é",
    "Rain",
    "&amp;",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "<![CDATA[",
    "]]>",
    "<!--",
    "<script>alert(1)</script>",
    "&#xfdd0;",
    "\u{fdd0}",
];
