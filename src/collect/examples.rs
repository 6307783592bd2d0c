//! Examples: small feeds of our own, and the entries or answers that become of them.

use jiff::Timestamp;
use proptest::prelude::*;

use super::feed::{Dated, Deleted, Entry, Feed, Image, ParseError, parse};

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
    parse(source.as_bytes(), None, BASE, now()).unwrap_or_else(|error| panic!("{error}: {source}"))
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
        (Some("The Paper"), Some("en-GB"))
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
        dated: Dated::Published,
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
        [
            "1 of the items are not objects and were left out",
            "\"By its id\" has no date: taken as when it was first seen"
        ]
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
            "\"Fine\" has no date: taken as when it was first seen",
        ]
    );
    let many = read(&rss(&"<item/>".repeat(100)));
    assert_eq!(
        many.warnings.last().map(String::as_str),
        Some("and 80 more like these")
    );
}

#[test]
fn dates_are_believed_or_the_story_counts_as_of_when_it_was_first_seen() {
    let at = |date: &str| Some(date.parse().unwrap());
    for (dates, expected, dated) in [
        (
            "<pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate>",
            at("2026-11-24T10:00:00Z"),
            Dated::Published,
        ),
        (
            "<pubDate>Wed, 25 Nov 2026 11:00:00 GMT</pubDate>",
            at("2026-11-25T11:00:00Z"),
            Dated::Published,
        ),
        (
            "<pubDate>soon</pubDate><dc:date>2026-11-24</dc:date>",
            at("2026-11-24T00:00:00Z"),
            Dated::Updated,
        ),
        (
            "<pubDate>Wed, 25 Nov 2026 13:00:00 GMT</pubDate>",
            None,
            Dated::Future,
        ),
        (
            "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>",
            None,
            Dated::Unreadable,
        ),
        (
            "<pubDate>0001-01-01T00:00:00Z</pubDate>",
            None,
            Dated::Unreadable,
        ),
        ("<pubDate>soon</pubDate>", None, Dated::Unreadable),
        ("<pubDate> </pubDate>", None, Dated::Missing),
        ("", None, Dated::Missing),
    ] {
        let item =
            format!("<item><title>A</title><link>https://paper.example/a</link>{dates}</item>");
        let entry = read(&rss(&item)).entries.remove(0);
        assert_eq!(
            (entry.published_at, entry.dated),
            (expected, dated),
            "{dates}"
        );
    }
    let undated = "<item><title>A &amp;lt; B</title><link>https://paper.example/a</link></item>";
    let future = undated.replace("</item>", "<pubDate>2027-01-01</pubDate></item>");
    assert_eq!(
        read(&rss(&(undated.repeat(12) + &future))).warnings,
        [
            "12 entries have no date, the first is \"A < B\": taken as when each was first seen",
            "\"A < B\" has a date in the future: taken as when it was first seen",
        ]
    );
}

#[test]
fn a_correction_is_one_wherever_it_is_said() {
    for (category, expected) in [
        ("<category>Corrections</category>", true),
        ("<category term='correction' label='Put right'/>", true),
        ("<category term='c7' label='Corrected'/>", true),
        ("<dc:subject>correction</dc:subject>", true),
        ("<category>Correctional services</category>", false),
    ] {
        let item = format!(
            "<item><title>A</title><link>https://paper.example/a</link>{category}<category>City</category></item>"
        );
        let entry = read(&rss(&item)).entries.remove(0);
        assert_eq!(entry.correction, expected, "{category}");
        assert_eq!(entry.topics.is_empty(), expected, "{category}");
    }
    let json = r#"{"version": "https://jsonfeed.org/version/1", "items": [{"title": "A", "url": "/a", "tags": ["Correction"]},
        {"title": "B", "url": "/b", "_paper": {"correction": true}}, {"title": "C", "url": "/c"}]}"#;
    let marks = read(json).entries.into_iter().map(|entry| entry.correction);
    assert_eq!(marks.collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn what_a_source_has_taken_back_is_told() {
    let feed = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:t='http://purl.org/atompub/tombstones/1.0'>\
         <t:deleted-entry ref='tag:paper.example,2026:1' when='2026-11-24T10:00:00Z'>\
         <t:comment type='html'>Not &lt;b&gt;true&lt;/b&gt;</t:comment><link href='x'/></t:deleted-entry>\
         <t:deleted-entry when='2026-11-24T10:00:00Z'/><t:deleted-entry ref='urn:2' when='soon'/>\
         <entry><id>urn:3</id><title>Still here</title><link href='/a'/></entry></feed>",
    );
    let expected = [
        Deleted {
            id: "tag:paper.example,2026:1".to_owned(),
            deleted_at: Some("2026-11-24T10:00:00Z".parse().unwrap()),
            comment: Some("Not true".to_owned()),
        },
        Deleted {
            id: "urn:2".to_owned(),
            ..Deleted::default()
        },
    ];
    assert_eq!(feed.deleted, expected);
    assert_eq!(feed.entries.len(), 1);
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
            "<description>&lt;img src='data:x'&gt;&lt;img src='/i/1x1.gif'&gt;&lt;img width='1' src='/p'&gt;&lt;IMG SRC=/b.jpg&gt;</description>",
            Some("https://paper.example/b.jpg"),
        ),
        (
            "<content:encoded xml:base='https://i.example/c/'>&lt;img src='d.jpg'&gt;</content:encoded>",
            Some("https://i.example/c/d.jpg"),
        ),
        (
            "<content:encoded>&lt;img src='/body.jpg'&gt;</content:encoded><media:thumbnail url='/own.jpg'/>",
            Some("https://paper.example/own.jpg"),
        ),
        (
            "<content:encoded>&lt;img src='/paid.jpg'&gt;</content:encoded><category>premium</category>",
            None,
        ),
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
            "the feed was mended",
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
            "the answer is neither a feed nor a news sitemap, but something else",
        ),
        (
            "\u{1f}\u{8b}",
            "the answer is neither a feed nor a news sitemap, but something else",
        ),
        (
            "<rss><channel><title>P</title><item><title>A",
            "the feed is broken: it ends within <title>",
        ),
        (
            "<rss><description>no channel</description></rss>",
            "the feed is broken: it has no channel",
        ),
        (
            "<opml version='2.0'><body/></opml>",
            "the answer is neither a feed nor a news sitemap, but a list of feeds (OPML)",
        ),
        (
            "<a/>",
            "the answer is neither a feed nor a news sitemap, but another kind of XML",
        ),
        (
            "{\"a\": 1}",
            "the answer is neither a feed nor a news sitemap, but another kind of JSON",
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
