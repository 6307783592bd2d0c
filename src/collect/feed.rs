//! Feeds: RSS, Atom and JSON Feed, read into entries that say the same things in the same way.
//!
//! In: the bytes of an answer. Out: what in it can become an article, and a warning for each thing that cannot. A feed
//! is somebody else's text: entities are never expanded, nothing is fetched, and a parser that panics ends nothing.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::parser::{ParseErrorKind, ParseFeedError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::json::{self, Extra};
use super::{dates, decode, entry, mend, page, text};

/// No paper has more news at once; what has is an archive.
const MAX_ENTRIES: usize = 5000;

/// Enough to see what is wrong.
const MAX_WARNINGS: usize = 20;

/// A parser's words, which may quote the feed.
const MAX_CAUSE_CHARS: usize = 200;

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
    #[error("the answer is neither RSS nor Atom nor JSON Feed, but {0}")]
    Other(String),
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
    let unpacked = decode::unpacked(bytes);
    let decoded = decode::decode(&unpacked, content_type);
    let base = Url::parse(base_url)
        .ok()
        .filter(|url| !url.cannot_be_a_base());
    let mut warnings = decoded.warnings;
    let (model, extras) = match decoded.text.chars().next() {
        None => return Err(ParseError::Empty),
        Some('{') => read_json(&decoded.text, base.as_ref(), &mut warnings)?,
        Some('<') => (
            read_xml(&decoded.text, base.as_ref(), &mut warnings)?,
            Vec::new(),
        ),
        Some(_) => return Err(ParseError::Other("something else".to_owned())),
    };
    Ok(collect(
        model,
        &extras,
        base.as_ref(),
        collected_at,
        warnings,
    ))
}

fn collect(
    model: feed_rs::model::Feed,
    extras: &[Extra],
    base: Option<&Url>,
    collected_at: Timestamp,
    mut warnings: Vec<String>,
) -> Feed {
    let plain = Extra::default();
    let context = entry::Context {
        base,
        collected_at,
        authors: &entry::names(&model.authors),
        kind: model.feed_type,
    };
    if model.entries.is_empty() {
        warnings.push("it has no entries".to_owned());
    }
    if model.entries.len() > MAX_ENTRIES {
        warnings.push(format!(
            "only the first {MAX_ENTRIES} of {} entries were read",
            model.entries.len()
        ));
    }
    let mut entries = Vec::new();
    for (at, entry) in model.entries.into_iter().take(MAX_ENTRIES).enumerate() {
        match entry::entry(&entry, extras.get(at).unwrap_or(&plain), &context) {
            Ok(entry) => entries.push(entry),
            Err(missing) => warnings.push(format!("entry {} was left out: {missing}", at + 1)),
        }
    }
    if warnings.len() > MAX_WARNINGS {
        let more = warnings.len() - MAX_WARNINGS;
        warnings.truncate(MAX_WARNINGS);
        warnings.push(format!("and {more} more like these"));
    }
    let title = model
        .title
        .map(|title| text::headline(&title.content))
        .filter(|title| !title.is_empty());
    Feed {
        title,
        language: model.language.as_deref().and_then(entry::language),
        entries,
        warnings,
    }
}

fn read_xml(
    xml: &str,
    base: Option<&Url>,
    warnings: &mut Vec<String>,
) -> Result<feed_rs::model::Feed, ParseError> {
    let survey = mend::survey(xml);
    if survey.is_excessive {
        return Err(ParseError::Excessive);
    }
    let is_feed = matches!(
        survey.root.as_deref(),
        Some("rss" | "RDF" | "feed" | "entry")
    );
    if !is_feed && let Some(error) = page::other(xml, survey.root.as_deref(), base) {
        return Err(error);
    }
    let xml = mend::prepared(xml, &survey);
    let broken = match read(&xml, base) {
        Ok(feed) => return Ok(feed),
        Err(broken) => broken,
    };
    let mended = mend::mended(&xml);
    let whole = mended.as_deref().unwrap_or(&xml);
    if mended.is_some()
        && !mend::survey(whole).is_excessive
        && let Ok(feed) = read(whole, base)
    {
        warnings.push(format!(
            "the feed was mended before it could be read: {broken}"
        ));
        return Ok(feed);
    }
    if let Some(cut) = mend::cut(whole)
        && !mend::survey(&cut).is_excessive
        && let Ok(feed) = read(&cut, base)
    {
        warnings.push(format!(
            "only the entries before the first fault were read: {broken}"
        ));
        return Ok(feed);
    }
    Err(ParseError::Broken(broken))
}

fn read_json(
    json: &str,
    base: Option<&Url>,
    warnings: &mut Vec<String>,
) -> Result<(feed_rs::model::Feed, Vec<Extra>), ParseError> {
    let (json, extras) = json::loosened(json, warnings)?;
    let feed = read(&json, base).map_err(ParseError::Broken)?;
    Ok((feed, extras))
}

/// What the parser makes of `source`, or why it gave up, in its words.
fn read(source: &str, base: Option<&Url>) -> Result<feed_rs::model::Feed, String> {
    // It slices names and adds up times without looking; nobody's feed may end the daemon. A parser that has panicked is
    // of no more use.
    let parse = |source: &str| {
        let parser = feed_rs::parser::Builder::new()
            .base_uri(base)
            // An id made up from a title would change with it: rather none.
            .id_generator(|_, _, _| String::new())
            .timestamp_parser(|date| dates::instant(date)?.to_string().parse().ok())
            .build();
        catch_unwind(AssertUnwindSafe(|| parser.parse(source.as_bytes())))
    };
    let parsed = parse(source).or_else(|_| parse(&mend::with_addresses_apart(source)));
    match parsed {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(ParseFeedError::ParseError(ParseErrorKind::NoFeedRoot))) => {
            Err("it has no channel".to_owned())
        }
        Ok(Err(error)) => {
            let cause = match &error {
                ParseFeedError::ParseError(cause) => cause.to_string(),
                _ => error.source().unwrap_or(&error).to_string(),
            };
            Err(text::plain(&cause, MAX_CAUSE_CHARS))
        }
        Err(_) => Err("the parser could not cope with it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://paper.example/feeds/news.xml";

    fn now() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_byline_that_the_parser_cannot_cut_loses_no_feed() {
        for author in [
            "“desk@paper.example”",
            "Zoë\u{a0}zoe@paper.example\u{a0}Brand",
            "desk@paper.example…",
        ] {
            let xml = format!(
                "<rss version=\"2.0\"><channel><title>P</title><item><title>The port reopens</title>\
                 <link>https://paper.example/port</link><author>{author}</author></item></channel></rss>"
            );
            let feed = parse(xml.as_bytes(), None, BASE, now()).unwrap();
            assert_eq!(feed.entries[0].headline, "The port reopens", "{author}");
        }
    }

    fn read(source: &str) -> Feed {
        parse(source.as_bytes(), None, BASE, now())
            .unwrap_or_else(|error| panic!("{error}: {source}"))
    }

    fn rss(items: &str) -> String {
        format!(
            "<?xml version='1.0'?><rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' \
             xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'>\
             <channel><title>The Paper</title><language>en_GB</language>{items}</channel></rss>"
        )
    }

    #[test]
    fn rss_becomes_entries() {
        let feed = read(&rss(
            "<item><title>Harbour &amp;amp; bay &lt;b&gt;flooded&lt;/b&gt;</title>\
             <link>http://paper.example/harbour/?utm_source=rss</link><guid isPermaLink='false'>7</guid>\
             <description>&lt;p&gt;The tide came.&lt;/p&gt;&lt;p&gt;It stayed.&lt;/p&gt;</description>\
             <dc:creator>Asha Rao</dc:creator><author>desk@paper.example (Jo Lind)</author><author>x@paper.example</author>\
             <category>Weather</category><category domain='section'>City</category><category>weather</category>\
             <category>Subscribers Only</category><category>must-read</category>\
             <pubDate>Tue, 24 Nov 2026 10:00:00 CET</pubDate>\
             <media:thumbnail url='/small.jpg' width='120' height='80'/>\
             <media:content url='https://img.example/large.jpg' type='image/jpeg' width='1200' height='800'>\
             <media:description>A boat in a street</media:description></media:content></item>",
        ));
        assert_eq!(
            (feed.title.as_deref(), feed.language.as_deref()),
            (Some("The Paper"), Some("en-gb"))
        );
        assert_eq!(feed.warnings, [""; 0]);
        let expected = Entry {
            url: "http://paper.example/harbour/".to_owned(),
            guid: Some("7".to_owned()),
            headline: "Harbour & bay flooded".to_owned(),
            standfirst: "The tide came. It stayed.".to_owned(),
            authors: vec!["Asha Rao".to_owned(), "Jo Lind".to_owned()],
            section: Some("City".to_owned()),
            topics: vec!["Weather".to_owned()],
            image: Some(Image {
                url: "https://img.example/large.jpg".to_owned(),
                alt: "A boat in a street".to_owned(),
                width: Some(1200),
                height: Some(800),
            }),
            published_at: Some("2026-11-24T09:00:00Z".parse().unwrap()),
            premium: true,
            leading: true,
            ..Entry::default()
        };
        assert_eq!(feed.entries, [expected]);
    }

    #[test]
    fn atom_becomes_entries() {
        let feed = read(
            "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de' xml:base='https://paper.example/de/'>\
             <title>Das Blatt</title><author><name>Redaktion</name></author>\
             <entry><id>tag:paper.example,2026:1</id><title type='html'>Regen &amp;amp; Sturm</title>\
             <link rel='self' href='x.atom'/><link href='regen'/><link rel='enclosure' type='image/png' href='r.png'/>\
             <published>2026-11-24T10:00:00+01:00</published><updated>2026-11-24T11:00:00+01:00</updated>\
             <category term='wetter' scheme='https://paper.example/ns/section' label='Wetter'/><category term='Regen'/>\
             <content type='xhtml' xml:lang='de-AT'><div xmlns='http://www.w3.org/1999/xhtml'><p>Nass<br/>und kalt</p></div></content>\
             </entry></feed>",
        );
        let entry = &feed.entries[0];
        assert_eq!(
            (feed.title.as_deref(), feed.language.as_deref()),
            (Some("Das Blatt"), Some("de"))
        );
        assert_eq!(
            (entry.url.as_str(), entry.headline.as_str()),
            ("https://paper.example/de/regen", "Regen & Sturm")
        );
        assert_eq!(
            (entry.standfirst.as_str(), entry.authors.as_slice()),
            ("Nass und kalt", &["Redaktion".to_owned()][..])
        );
        assert_eq!(
            (entry.section.as_deref(), entry.topics.as_slice()),
            (Some("Wetter"), &["Regen".to_owned()][..])
        );
        assert_eq!(entry.language.as_deref(), Some("de-AT"));
        assert_eq!(
            entry.published_at,
            Some("2026-11-24T09:00:00Z".parse().unwrap())
        );
        assert_eq!(
            entry.updated_at,
            Some("2026-11-24T10:00:00Z".parse().unwrap())
        );
        assert_eq!(
            entry.image.as_ref().map(|image| image.url.as_str()),
            Some("https://paper.example/de/r.png")
        );
    }

    #[test]
    fn json_becomes_entries() {
        let feed = read(
            r#"{"version": "https://jsonfeed.org/version/1.1", "title": "The Paper", "language": "en", "items": [
                {"id": 7, "url": "/harbour", "title": "Harbour flooded", "content_html": "<p>All of it</p>",
                 "tags": ["City", "Weather", 3], "image": "/h.jpg", "language": "fr", "attachments": [{"url": "x"}],
                 "date_published": "2026-11-24T10:00:00Z", "_paper": {"premium": true}},
                "odd", {"id": "https://paper.example/b", "title": "By its id", "authors": [{"name": "Jo"}, 4]}]}"#,
        );
        assert_eq!(
            feed.warnings,
            ["1 of the items are not objects and were left out"]
        );
        let [first, second] = feed.entries.as_slice() else {
            panic!("{feed:?}")
        };
        assert_eq!(
            (first.url.as_str(), first.guid.as_deref()),
            ("https://paper.example/harbour", Some("7"))
        );
        assert_eq!(
            (first.premium, first.standfirst.as_str()),
            (true, ""),
            "paid text stays where it is"
        );
        assert_eq!(
            (first.section.as_deref(), first.topics.as_slice()),
            (Some("City"), &["Weather".to_owned()][..])
        );
        assert_eq!(
            first.image.as_ref().map(|image| image.url.as_str()),
            Some("https://paper.example/h.jpg")
        );
        assert_eq!(first.language.as_deref(), Some("fr"));
        assert_eq!(
            (second.url.as_str(), second.authors.as_slice()),
            ("https://paper.example/b", &["Jo".to_owned()][..])
        );
    }

    #[test]
    fn what_is_not_for_everyone_is_known_wherever_it_is_said() {
        let topics: String = (0..1000)
            .map(|n| format!("<category>T{n}</category>"))
            .collect::<Vec<_>>()
            .concat();
        for (category, expected) in [
            ("PREMIUM", true),
            (" Subscribers\n only ", true),
            ("Premium wines", false),
        ] {
            let feed = read(&rss(&format!(
                "<item><title>A</title><link>https://paper.example/a</link>{topics}<category>{category}</category>\
                 <content:encoded>Paid</content:encoded></item>"
            )));
            let entry = &feed.entries[0];
            assert_eq!(
                (entry.premium, entry.standfirst.is_empty()),
                (expected, expected),
                "{category}"
            );
            assert_eq!(
                (entry.section.as_deref(), entry.topics.len()),
                (Some("T0"), 50)
            );
        }
        let tags = vec!["x"; 1000].join("\", \"");
        for (item, expected) in [
            (format!("\"tags\": [\"{tags}\", \"Premium\"]"), true),
            ("\"_paper\": {\"premium\": 1}".to_owned(), true),
            ("\"_paper\": {\"premium\": false}".to_owned(), false),
            ("\"_paper\": 7".to_owned(), false),
        ] {
            let feed = read(&format!(
                "{{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{{\"title\": \"A\", \"url\": \"/a\", {item}}}]}}"
            ));
            assert_eq!(feed.entries[0].premium, expected, "{item}");
        }
    }

    #[test]
    fn what_is_no_story_is_left_out_and_named() {
        let feed = read(&rss(
            "<item><title>Nowhere</title></item><item><link>https://paper.example/a</link></item>\
             <item><title>Odd</title><link>javascript:alert(1)</link></item><item/>\
             <item><title> &lt;b&gt; </title><link>https://paper.example/b</link></item>\
             <item><title>Fine</title><guid>https://paper.example/c</guid></item>",
        ));
        assert_eq!(
            feed.entries
                .iter()
                .map(|entry| entry.headline.as_str())
                .collect::<Vec<_>>(),
            ["Fine"]
        );
        assert_eq!(
            feed.warnings,
            [
                "entry 1 was left out: \"Nowhere\" has no web address",
                "entry 2 was left out: https://paper.example/a has no headline",
                "entry 3 was left out: \"Odd\" has no web address",
                "entry 4 was left out: it has no web address and no headline",
                "entry 5 was left out: https://paper.example/b has no headline",
            ]
        );
        let many = read(&rss(&"<item/>".repeat(100)));
        assert_eq!(
            many.warnings.last().map(String::as_str),
            Some("and 80 more like these")
        );
    }

    #[test]
    fn dates_are_believed_or_left_out() {
        for (date, expected) in [
            (
                "Tue, 24 Nov 2026 10:00:00 GMT",
                Some("2026-11-24T10:00:00Z"),
            ),
            (
                "Wed, 25 Nov 2026 11:00:00 GMT",
                Some("2026-11-25T11:00:00Z"),
            ),
            ("Wed, 25 Nov 2026 13:00:00 GMT", None),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("0001-01-01T00:00:00Z", None),
            ("soon", None),
        ] {
            let item = format!(
                "<item><title>A</title><link>https://paper.example/a</link><pubDate>{date}</pubDate></item>"
            );
            let published_at = read(&rss(&item)).entries[0].published_at;
            assert_eq!(
                published_at,
                expected.map(|at| at.parse().unwrap()),
                "{date}"
            );
        }
    }

    #[test]
    fn pictures_are_found_where_papers_put_them() {
        for (media, expected) in [
            (
                "<media:thumbnail width='240' url='https://i.example/t.jpg'/>",
                Some("https://i.example/t.jpg"),
            ),
            (
                "<enclosure url='https://i.example/e.jpg' type='image/jpeg' length='1'/>",
                Some("https://i.example/e.jpg"),
            ),
            (
                "<enclosure url='https://i.example/e.mp3' type='audio/mpeg' length='1'/>",
                None,
            ),
            (
                "<media:content url='https://i.example/v.mp4' medium='video'><media:thumbnail url='https://i.example/v.jpg'/></media:content>",
                Some("https://i.example/v.jpg"),
            ),
            (
                "<media:group><media:content url='https://i.example/s.jpg' width='100'/><media:content url='https://i.example/l.jpg' width='900'/></media:group>",
                Some("https://i.example/l.jpg"),
            ),
            (
                "<media:content url='https://i.example/p.gif' width='1' height='1'/>",
                None,
            ),
            ("<media:thumbnail url='data:image/png;base64,AA'/>", None),
            (
                "<media:thumbnail url='https://me:secret@i.example/t.jpg'/>",
                None,
            ),
        ] {
            let item =
                format!("<item><title>A</title><link>https://paper.example/a</link>{media}</item>");
            let image = read(&rss(&item)).entries.remove(0).image;
            assert_eq!(image.map(|image| image.url).as_deref(), expected, "{media}");
        }
    }

    #[test]
    fn broken_feeds_are_mended_as_far_as_they_go() {
        let item = "<item><title>A</title><link>https://paper.example/a</link></item>";
        for (source, warning) in [
            (
                rss(
                    "<item><title>R & D\u{1}</title><link>https://paper.example/a?b=1&c=2</link></item>",
                ),
                "the feed was mended",
            ),
            (
                rss(&format!("{item}<item><title>B")).replace("</channel></rss>", ""),
                "only the entries before",
            ),
            (
                rss(&format!("{item}<item><title>B & C</b></item>")),
                "only the entries before",
            ),
            (format!("<rss><channel>{item}</channel></rss>"), ""),
            (
                format!("<rss version='0.94'><channel>{item}</channel></rss>"),
                "",
            ),
        ] {
            let feed = read(&source);
            assert_eq!(feed.entries.len(), 1, "{source}");
            assert!(
                feed.warnings.join("").starts_with(warning),
                "{:?}",
                feed.warnings
            );
        }
    }

    #[test]
    fn what_is_no_feed_is_told_so_that_it_can_be_put_right() {
        let page = "<!DOCTYPE html><html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head><body>A & B<br>";
        for (source, expected) in [
            ("", "the answer is empty"),
            (" \n\t", "the answer is empty"),
            (
                page,
                "the address is a web page, not a feed; it names https://paper.example/rss as its feed",
            ),
            (
                "<?xml version='1.0'?><HTML><p>x",
                "the address is a web page, not a feed",
            ),
            (
                "words",
                "the answer is neither RSS nor Atom nor JSON Feed, but something else",
            ),
            (
                "\u{1f}\u{8b}",
                "the answer is neither RSS nor Atom nor JSON Feed, but something else",
            ),
            (
                "<urlset/>",
                "the answer is neither RSS nor Atom nor JSON Feed, but a sitemap",
            ),
            (
                "<opml version='2.0'><body/></opml>",
                "the answer is neither RSS nor Atom nor JSON Feed, but a list of feeds (OPML)",
            ),
            (
                "<a/>",
                "the answer is neither RSS nor Atom nor JSON Feed, but another kind of XML",
            ),
            (
                "{\"a\": 1}",
                "the answer is neither RSS nor Atom nor JSON Feed, but another kind of JSON",
            ),
        ] {
            let error = parse(source.as_bytes(), None, BASE, now()).expect_err(source);
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn hostile_feeds_do_no_harm() {
        let item = "<item><title>&a;</title><link>https://paper.example/a</link><description>&a;</description></item>";
        let bomb: Vec<String> = (1..10)
            .map(|n| format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10)))
            .collect();
        let bomb = bomb.concat();
        let bomb = format!("<!DOCTYPE x [<!ENTITY a0 'ha'>{bomb}<!ENTITY a '&a9;'>]>");
        for doctype in [
            &bomb,
            "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
            "<!DOCTYPE x SYSTEM 'http://127.0.0.1/x.dtd'>",
        ] {
            let feed = read(&format!(
                "{doctype}<rss version='2.0'><channel>{item}</channel></rss>"
            ));
            assert_eq!(feed.entries[0].headline, "&a;");
        }
        let deep = rss(&format!("<item>{}", "<media:content>".repeat(500_000)));
        assert!(matches!(
            parse(deep.as_bytes(), None, BASE, now()),
            Err(ParseError::Excessive)
        ));
        let deep = "[".repeat(100_000);
        let deep = format!("{{\"version\": {deep}");
        assert!(matches!(
            parse(deep.as_bytes(), None, BASE, now()),
            Err(ParseError::Broken(_))
        ));
        // Both make the parser panic.
        for item in [
            "<author>Jo “jo@paper.example”</author>",
            "<media:content url='https://i.example/a'><media:thumbnail url='x' time='99999999999999999999999'/></media:content>",
        ] {
            let _ = parse(
                rss(&format!("<item><title>A</title>{item}</item>")).as_bytes(),
                None,
                BASE,
                now(),
            );
        }
        let forged = read(&rss(
            "<item><title>&#xFDD0;leave&#xfdd1;</title><link>https://paper.example/\u{fdd0}</link><category>\u{fdd0}a</category></item>",
        ));
        assert!(!format!("{forged:?}").contains(['\u{fdd0}', '\u{fdd1}']));
        for encoding in [
            "utf-16",
            "utf-16be",
            "utf-7",
            "iso-2022-kr",
            "x-user-defined",
        ] {
            let source = format!(
                "<?xml version='1.0' encoding='{encoding}'?><?xml version='1.0' encoding='utf-16be'?><rss version='2.0'/>"
            );
            let _ = parse(
                source.as_bytes(),
                Some(&format!("text/xml; charset={encoding}")),
                BASE,
                now(),
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn damage_loses_entries_but_never_the_program(
            cuts in proptest::collection::vec((0_usize..2000, "(<|>|&|\\]\\]>|<!--|</item>|<item>|\u{fdd0}|&#xfdd1;|\u{0}|'|\"|\\PC){0,3}"), 0..4),
        ) {
            let item = "<item><title><![CDATA[A & B]]></title><link>https://paper.example/a?b=1&amp;c</link>\
                        <media:group><media:content url='https://i.example/a.jpg'/></media:group>\
                        <author>a@paper.example (A)</author><category>City</category></item>";
            let mut source = rss(&item.repeat(4));
            for (at, text) in cuts {
                let at = source.floor_char_boundary(at);
                source.insert_str(at, &text);
            }
            if let Ok(feed) = parse(source.as_bytes(), None, BASE, now()) {
                let shown = serde_json::to_string(&feed).unwrap();
                prop_assert!(!shown.contains(|c: char| ('\u{fdd0}'..='\u{fdef}').contains(&c)), "{shown}");
            }
        }
    }

    /// Real feeds, where they are at hand: `POSTRIDER_CORPORA`, or a folder beside the project.
    #[test]
    fn no_real_feed_makes_it_panic() {
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
        let root = std::env::var_os("POSTRIDER_CORPORA")
            .map_or(beside, PathBuf::from)
            .join("feeds");
        let Ok(expected) = std::fs::read_to_string(root.join("expected.tsv")) else {
            return;
        };
        for file in expected
            .lines()
            .skip(1)
            .filter_map(|line| line.split('\t').next())
        {
            let bytes = std::fs::read(root.join(file)).unwrap();
            if let Ok(feed) = parse(&bytes, None, BASE, now()) {
                assert!(
                    feed.entries.iter().all(|entry| !entry.headline.is_empty()),
                    "{file}"
                );
            }
        }
    }
}
