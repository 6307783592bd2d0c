//! Dialects: the many ways in which RSS and Atom say the same.

use url::Url;

use super::item::Document;
use super::syndication::read;

const BASE: &str = "https://paper.example/feeds/news.xml";

fn reading(xml: &str) -> Document {
    let base = Url::parse(BASE).unwrap();
    let reading = read(xml, Some(&base), false);
    assert_eq!(reading.fault, None, "{xml}");
    reading.document.unwrap_or_else(|| panic!("{xml}"))
}

/// Headline, link, id and instant of each item.
fn items(xml: &str) -> Vec<[String; 4]> {
    let facts = reading(xml).items.into_iter().map(|item| {
        let at = item.published.at.or(item.updated.at);
        [
            item.title.plain(300),
            item.link.unwrap_or_default(),
            item.id.unwrap_or_default(),
            at.map(|at| at.to_string()).unwrap_or_default(),
        ]
    });
    facts.collect()
}

#[test]
fn every_kind_of_feed_says_the_same() {
    let story = [["Rain", "https://paper.example/rain", "", ""].map(str::to_owned)];
    let item = "<item><title>Rain</title><link>/rain</link></item>";
    for xml in [
        format!("<rss version='0.91'><channel><title>P</title>{item}</channel></rss>"),
        format!("<rss><channel/>{item}</rss>"),
        format!("<rss>{item}</rss>"),
        format!("<channel>{item}</channel>"),
        format!("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel/>{item}</rdf:RDF>"),
        format!("<rdf:RDF xmlns='http://purl.org/rss/1.0/'><channel><items><Seq/></items></channel>{item}</rdf:RDF>"),
        format!("<Channel xmlns='http://purl.org/net/rss1.1#'><items>{item}</items></Channel>"),
        format!("<rss xmlns='https://paper.example/our-own'><channel>{item}</channel></rss>"),
        format!("<rss xmlns='http://backend.userland.com/rss2'><channel>{item}</channel></rss>"),
        format!("<r:rss xmlns:r='urn:x'><r:channel>{}</r:channel></r:rss>", item.replace("</", "</r:").replace("<t", "<r:t").replace("<l", "<r:l").replace("<i", "<r:i")),
        "<RSS><CHANNEL><ITEM><TITLE>Rain</TITLE><LINK>/rain</LINK></ITEM></CHANNEL></RSS>".to_owned(),
        "<CHANNEL HREF='/'><ITEM href='/rain'><TITLE>Rain</TITLE></ITEM></CHANNEL>".to_owned(),
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>Rain</title><link rel='alternate' type='text/html' href='/rain'/></entry></feed>".to_owned(),
        "<a:feed xmlns:a='http://www.w3.org/2005/atom'><a:entry><a:title>Rain</a:title><a:link href='/rain'/></a:entry></a:feed>".to_owned(),
        "<entry xmlns='http://www.w3.org/2005/Atom'><title>Rain</title><link href='/rain'/></entry>".to_owned(),
        "<!DOCTYPE r [<!ENTITY rss 'urn:x'>]><rdf:RDF xmlns:rdf='urn:r' xmlns='&rss;'><item><title>Rain</title><link>/rain</link></item></rdf:RDF>".to_owned(),
        "<rss xmlns:b='http://www.w3.org/2005/Atom'><channel><item><title>Rain</title><b:link href='/rain'/></item></channel></rss>".to_owned(),
        "<rss><channel><item><dc:title>Rain</dc:title><link href='/rain'/></item></channel></rss>".to_owned(),
    ] {
        assert_eq!(items(&xml), story, "{xml}");
    }
}

#[test]
fn a_title_means_what_its_feed_says_it_means() {
    let atom = |title: &str| {
        format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{title}</entry></feed>")
    };
    let rss = |title: &str| format!("<rss><channel><item>{title}</item></channel></rss>");
    for (xml, expected) in [
        (
            atom("<title>The &lt;mark&gt; of rain</title>"),
            "The <mark> of rain",
        ),
        (
            atom("<title type='text'>Smith &amp;amp; Sons</title>"),
            "Smith & Sons",
        ),
        (
            atom("<title type='html'>The &lt;b&gt;rain&lt;/b&gt; &amp;amp; sun</title>"),
            "The rain & sun",
        ),
        (
            atom(
                "<title type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>The <h:b>rain</h:b> &amp; sun</h:div></title>",
            ),
            "The rain & sun",
        ),
        (
            atom("<title type='text/html' mode='escaped'>The &lt;b&gt;rain&lt;/b&gt;</title>"),
            "The rain",
        ),
        (
            atom("<title type='text/plain' mode='escaped'>2 &lt; 3</title>"),
            "2 < 3",
        ),
        (
            atom("<title type='text/html' mode='base64'>VGhlIDxiPnJh\n aW48L2I+</title>"),
            "The rain",
        ),
        (atom("<title type='text/html' mode='base64'>?</title>"), ""),
        (
            atom("<title><![CDATA[The <mark> of rain]]></title>"),
            "The <mark> of rain",
        ),
        (
            atom("<title>alert &lt;script&gt;alert(1)&lt;/script&gt;</title>"),
            "alert",
        ),
        (
            atom("<title type='xhtml'><x:script>alert(1)</x:script>Rain</title>"),
            "Rain",
        ),
        (
            rss("<title>The &lt;b&gt;rain&lt;/b&gt; &amp;amp; sun</title>"),
            "The rain & sun",
        ),
        (
            rss("<title>The <b>rain</b> &amp; sun</title>"),
            "The rain & sun",
        ),
        (
            rss("<title><![CDATA[The <b>rain</b>]]> &#38; sun</title>"),
            "The rain & sun",
        ),
        (
            rss("<title>It&#146;s &nbsp;raining &unknown; caf&eacute;</title>"),
            "It’s raining &unknown; café",
        ),
        (
            rss("<media:title>Of the film</media:title><title></title>"),
            "Of the film",
        ),
        (
            rss("<media:title>Of the film</media:title><title>Rain</title>"),
            "Rain",
        ),
        (
            rss("<dc:title>On the card</dc:title><title>Rain</title>"),
            "Rain",
        ),
        (
            rss(
                "<source><title>Elsewhere</title></source><svg:title xmlns:svg='urn:s'>A tree</svg:title>",
            ),
            "",
        ),
    ] {
        assert_eq!(items(&xml)[0][0], expected, "{xml}");
    }
}

#[test]
fn a_link_stands_against_what_is_around_it() {
    let rss = |item: &str| {
        format!("<rss xml:base='https://base.example/a/'><channel>{item}</channel></rss>")
    };
    for (xml, link, id) in [
        (rss("<item><link>b</link></item>"), "https://base.example/a/b", ""),
        (rss("<item xml:base='c/'><link>\n b </link></item>"), "https://base.example/a/c/b", ""),
        (rss("<item xml:base='#x'><link>b</link></item>"), "https://base.example/a/b", ""),
        (rss("<item xml:base='urn:x'><link>b</link></item>"), "https://base.example/a/b", ""),
        (rss("<item><guid>b</guid></item>"), "https://base.example/a/b", "https://base.example/a/b"),
        (rss("<item><guid isPermaLink='false'>b</guid></item>"), "", "b"),
        (rss("<item><guid isPermaLink='true'>https://g.example/</guid><link>b</link></item>"), "https://base.example/a/b", "https://g.example/"),
        (rss("<item><guid>https://g.example/1</guid><guid>https://g.example/2</guid></item>"), "https://g.example/1", "https://g.example/2"),
        (rss("<item><link/><guid> </guid><link>b</link></item>"), "https://base.example/a/b", ""),
        (rss("<item><atom:link rel='self' href='s'/><atom:link rel='alternate' type='application/json' href='j'/><atom:link type='application/xhtml+xml' href='b'/></item>"), "https://base.example/a/b", ""),
        ("<rss><channel><item><link>b</link><guid>7</guid></item></channel></rss>".to_owned(), "https://paper.example/feeds/b", "7"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>tag:paper.example,2026:1</id></entry></feed>".to_owned(), "tag:paper.example,2026:1", "tag:paper.example,2026:1"),
        ("<rdf:RDF><item rdf:about='urn:1'><link>/b</link></item></rdf:RDF>".to_owned(), "https://paper.example/b", "urn:1"),
    ] {
        let items = items(&xml);
        assert_eq!([&items[0][1], &items[0][2]], [link, id], "{xml}");
    }
    let counted = reading(
        "<rss xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'><channel><item><link>https://go.example/~r/1</link><f:origLink>/rain</f:origLink></item></channel></rss>",
    );
    assert_eq!(
        counted.items[0].original.as_deref(),
        Some("https://paper.example/rain")
    );
}

#[test]
fn dates_have_many_names() {
    for (dates, expected) in [
        (
            "<pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate><dc:date>2026-11-25</dc:date>",
            "2026-11-24T10:00:00Z",
        ),
        ("<dc:date>2026-11-24</dc:date>", "2026-11-24T00:00:00Z"),
        (
            "<issued>2026-11-24T10:00Z</issued><modified>2026-11-25T10:00Z</modified>",
            "2026-11-24T10:00:00Z",
        ),
        (
            "<modified>2026-11-24T10:00Z</modified>",
            "2026-11-24T10:00:00Z",
        ),
        (
            "<dcterms:issued>2026-11-24</dcterms:issued>",
            "2026-11-24T00:00:00Z",
        ),
        (
            "<dcterms:modified>2026-11-24</dcterms:modified>",
            "2026-11-24T00:00:00Z",
        ),
        (
            "<a10:updated>2026-11-24T10:00:00Z</a10:updated>",
            "2026-11-24T10:00:00Z",
        ),
        (
            "<pubDate>tomorrow</pubDate><pubDate>24 Nov 2026</pubDate>",
            "2026-11-24T00:00:00Z",
        ),
    ] {
        let items = items(&format!(
            "<rss><channel><item>{dates}</item></channel></rss>"
        ));
        assert_eq!(items[0][3], expected, "{dates}");
    }
}

#[test]
fn names_stand_in_many_ways() {
    for (author, expected) in [
        (
            "<author>desk@paper.example (Jo Lind)</author>",
            &["Jo Lind"][..],
        ),
        (
            "<author>Jo Lind &lt;jo@paper.example></author>",
            &["Jo Lind"],
        ),
        ("<author>jo@paper.example</author>", &[]),
        ("<author>Jo Lind (City)</author>", &["Jo Lind (City)"]),
        (
            "<dc:creator>Jo Lind</dc:creator><dc:creator>Asha Rao</dc:creator>",
            &["Jo Lind", "Asha Rao"],
        ),
        (
            "<author><name>Jo Lind</name><email>jo@paper.example</email></author>",
            &["Jo Lind"],
        ),
        (
            "<a10:author><a10:name>Jo Lind</a10:name><a10:name>Asha Rao</a10:name></a10:author>",
            &["Jo Lind", "Asha Rao"],
        ),
        ("<contributor><name>Jo Lind</name></contributor>", &[]),
        ("<itunes:author>Jo Lind</itunes:author>", &["Jo Lind"]),
    ] {
        let feed = reading(&format!(
            "<rss><channel><item>{author}</item></channel></rss>"
        ));
        assert_eq!(feed.items[0].authors, expected, "{author}");
    }
}

#[test]
fn a_story_within_a_story_is_one_of_its_own() {
    let xml = "<rss><channel><item><title>A</title><item><title>B</title></item><link>/a</link></item><item><title>C</title></item></channel></rss>";
    let items = items(xml);
    let titles: Vec<&str> = items.iter().map(|item| item[0].as_str()).collect();
    assert_eq!(titles, ["A", "B", "C"]);
    assert_eq!(items[0][1], "https://paper.example/a");
}

#[test]
fn a_part_without_an_end_takes_nothing_into_the_story() {
    for (xml, titles) in [
        (
            "<item><title>A<content>Paid</content><category>premium</category></item><item><title>B</title></item>",
            &["B"][..],
        ),
        (
            "<item><title>A</titel><content>Paid</content></item><item><title>B</title></item>",
            &["B"],
        ),
        (
            "<item><title>A</title><description>1<br>2</description></item>",
            &["A"],
        ),
        (
            "<item><title>A</title><item><title>B</title></b>",
            &["A", "B"],
        ),
        (
            "<item><title>A<content>Paid</content><item><title>B</title></item>",
            &["B"],
        ),
    ] {
        let reading = read(&format!("<rss><channel>{xml}</channel></rss>"), None, true);
        let items = reading.document.unwrap().items;
        let found: Vec<String> = items.iter().map(|item| item.title.plain(300)).collect();
        assert_eq!(found, titles, "{xml}");
    }
}
