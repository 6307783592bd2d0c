//! Mending: what broken XML most often needs before a parser takes it, and what no parser should be given.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::text;

/// Deeper than any feed, and than any story's markup; the parser calls itself for some elements.
const MAX_DEPTH: usize = 256;

/// More groups of media than a story has galleries. The parser copies what stands beside a group into each.
const MAX_GROUPS: usize = 20;

/// The versions of RSS that the parser knows by name. What the others differ in does not matter to us.
const KNOWN_VERSIONS: [&str; 4] = ["2.0", "", "0.91", "0.92"];

/// Namespaces as papers write them, and as the parser, which compares letter by letter, knows them.
const NAMESPACES: [(&str, &str); 10] = [
    ("http://my.netscape.com/rdf/simple/0.9/", RSS),
    ("http://channel.netscape.com/rdf/simple/0.9/", RSS),
    ("http://backend.userland.com/rss2", RSS),
    ("http://backend.userland.com/RSS2", RSS),
    ("http://blogs.law.harvard.edu/tech/rss", RSS),
    ("http://purl.org/atom/ns#", ATOM),
    ("http://www.w3.org/2005/atom", ATOM),
    ("http://search.yahoo.com/mrss", MEDIA),
    ("https://search.yahoo.com/mrss", MEDIA),
    ("https://search.yahoo.com/mrss/", MEDIA),
];
const RSS: &str = "http://purl.org/rss/1.0/";
const ATOM: &str = "http://www.w3.org/2005/Atom";
const MEDIA: &str = "http://search.yahoo.com/mrss/";

/// What a first look at a document shows.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The local name of the outermost element.
    pub(super) root: Option<String>,
    /// Where its start tag stands.
    root_at: std::ops::Range<usize>,
    /// Whether elements are nested or repeated beyond what a feed needs.
    pub(super) is_excessive: bool,
    /// Where the last whole item ends, and the names of the elements still open there.
    last_item: Option<(usize, Vec<String>)>,
}

/// Looks through `xml` up to its end or its first fault.
pub(super) fn survey(xml: &str) -> Survey {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().trim_markup_names_in_closing_tags = true;
    reader.config_mut().expand_empty_elements = true;
    let mut survey = Survey::default();
    let mut open: Vec<String> = Vec::new();
    let mut item_depth = None;
    let mut groups = 0;
    loop {
        let start = position(&reader);
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if survey.root.is_none() {
                    survey.root = Some(tag.local_name().as_ref().to_owned());
                    survey.root_at = start..position(&reader);
                }
                open.push(tag.name().as_ref().to_owned());
                if is_item(tag.local_name().as_ref()) && item_depth.is_none() {
                    item_depth = Some(open.len());
                    groups = 0;
                }
                groups += usize::from(tag.local_name().as_ref() == "group");
                if open.len() > MAX_DEPTH || groups > MAX_GROUPS {
                    survey.is_excessive = true;
                    return survey;
                }
            }
            Ok(Event::End(tag)) => {
                if item_depth == Some(open.len()) {
                    item_depth = None;
                }
                open.pop();
                if is_item(tag.local_name().as_ref()) {
                    survey.last_item = Some((position(&reader), open.clone()));
                }
            }
            Ok(Event::Eof) | Err(_) => return survey,
            Ok(_) => {}
        }
    }
}

fn is_item(name: &str) -> bool {
    matches!(name, "item" | "entry")
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// `xml` with a root as the parser wants it, and with the thumbnails that it overlooks.
pub(super) fn prepared<'a>(xml: &'a str, survey: &Survey) -> Cow<'a, str> {
    let mut out = Cow::Borrowed(xml);
    if let Some(tag) = xml.get(survey.root_at.clone())
        && let Some(known) = known_root(tag)
    {
        let (start, end) = (survey.root_at.start, survey.root_at.end);
        out = Cow::Owned([&xml[..start], &known, &xml[end..]].concat());
    }
    // The parser drops a thumbnail that no content comes with, the only picture of many papers.
    if out.contains("<media:thumbnail") {
        let contents = out.replace("<media:thumbnail", "<media:content");
        out = Cow::Owned(contents.replace("</media:thumbnail", "</media:content"));
    }
    out
}

/// The start tag with a version and namespaces that the parser knows, or `None` if it has them already. Without them it
/// would find no feed, or worse, a feed without entries.
fn known_root(tag: &str) -> Option<String> {
    let mut known = tag.to_owned();
    for (unknown, name) in NAMESPACES {
        for quote in ['"', '\''] {
            known = known.replace(
                &format!("{quote}{unknown}{quote}"),
                &format!("{quote}{name}{quote}"),
            );
        }
    }
    let version = text::attribute(&known, "version");
    if let Some(rest) = known.strip_prefix("<rss")
        && !version.is_some_and(|version| KNOWN_VERSIONS.contains(&version.as_str()))
    {
        let rest = rest.replacen(" version=", " was-version=", 1);
        known = format!("<rss version=\"2.0\"{rest}");
    }
    (known != tag).then_some(known)
}

/// `xml` with lone ampersands escaped and forbidden characters left out, or `None` if it has neither. Within CDATA and
/// comments an ampersand is only that.
pub(super) fn mended(xml: &str) -> Option<String> {
    let mut out = String::with_capacity(xml.len() + xml.len() / 16);
    let mut rest = xml;
    let mut has_changed = false;
    while let Some(at) = rest.find(|c: char| matches!(c, '&' | '<') || is_forbidden(c)) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let verbatim = [("<![CDATA[", "]]>"), ("<!--", "-->")]
            .iter()
            .find(|(open, _)| rest.starts_with(open));
        if let Some((open, close)) = verbatim {
            let length = rest.find(close).unwrap_or(rest.len());
            let (inside, after) = rest.split_at(length.max(open.len()));
            let kept: String = inside.chars().filter(|c| !is_forbidden(*c)).collect();
            has_changed |= kept.len() < inside.len();
            out.push_str(&kept);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('<') {
            out.push('<');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('&') {
            let length = reference(after);
            has_changed |= length.is_none();
            out.push_str(if length.is_some() { "&" } else { "&amp;" });
            rest = after;
        } else {
            has_changed = true;
            rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
        }
    }
    out.push_str(rest);
    has_changed.then_some(out)
}

/// What XML 1.0, section 2.2, does not allow even escaped.
fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// The length of the reference that begins `after` an ampersand, if it is one that stands for something.
fn reference(after: &str) -> Option<usize> {
    let end = after.bytes().take(40).position(|byte| byte == b';')?;
    let name = &after[..end];
    let is_one = match name.strip_prefix('#') {
        Some(number) => {
            let hex = number.strip_prefix('x');
            let code = hex.map_or_else(
                || number.parse().ok(),
                |hex| u32::from_str_radix(hex, 16).ok(),
            );
            code.and_then(char::from_u32)
                .is_some_and(|character| !is_forbidden(character))
        }
        None => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    is_one.then_some(end)
}

/// The text with a blank between an address and a letter beyond ASCII that touches it: there the parser, which takes the
/// name apart from the address, cuts letters in two and panics.
pub(super) fn with_addresses_apart(xml: &str) -> String {
    let ends_word = |c: char| c.is_ascii_whitespace() || "<>\"'()".contains(c);
    let mut apart = String::with_capacity(xml.len());
    for word in xml.split_inclusive(ends_word) {
        let mut before = None;
        for c in word.chars() {
            let touches = before.is_some_and(|b: char| b.is_ascii() != c.is_ascii());
            if touches && word.contains('@') && !ends_word(c) {
                apart.push(' ');
            }
            apart.push(c);
            before = Some(c);
        }
    }
    apart
}

/// `xml` up to its last whole item, with what is open there closed, or `None` if there is no whole item.
pub(super) fn cut(xml: &str) -> Option<String> {
    let (end, open) = survey(xml).last_item?;
    let ends: Vec<String> = open.iter().rev().map(|name| format!("</{name}>")).collect();
    let out = xml.get(..end)?.to_owned() + &ends.concat();
    (out.len() != xml.trim_end().len()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survey_sees_root_depth_and_items() {
        let cases = [
            ("<rss><channel/></rss>", Some("rss"), false),
            (
                "<!-- a --><!DOCTYPE x [<!ENTITY a 'b'>]><rdf:RDF></rdf:RDF>",
                Some("RDF"),
                false,
            ),
            ("<feed/>", Some("feed"), false),
            ("words", None, false),
            ("", None, false),
        ];
        for (xml, root, is_excessive) in cases {
            let survey = survey(xml);
            assert_eq!(
                (survey.root.as_deref(), survey.is_excessive),
                (root, is_excessive),
                "{xml}"
            );
        }
        assert!(survey(&"<media:content>".repeat(1_000_000)).is_excessive);
        let groups = |count| format!("<item>{}</item>", "<group></group>".repeat(count));
        assert!(survey(&format!("<rss>{}</rss>", groups(21))).is_excessive);
        assert!(!survey(&format!("<rss>{0}{0}</rss>", groups(20))).is_excessive);
        let hidden = "<group/><x:item/>".repeat(21);
        assert!(survey(&format!("<feed><entry>{hidden}</entry></feed>")).is_excessive);
    }

    #[test]
    fn roots_are_made_known_ones() {
        let cases = [
            ("<rss version=\"2.0\"/>", "<rss version=\"2.0\"/>"),
            ("<rss/>", "<rss version=\"2.0\"/>"),
            ("<rss >", "<rss version=\"2.0\" >"),
            (
                "<rss xmlns:a=\"b\" version='0.94'>x</rss>",
                "<rss version=\"2.0\" xmlns:a=\"b\" was-version='0.94'>x</rss>",
            ),
            ("<feed version=\"0.3\"/>", "<feed version=\"0.3\"/>"),
            (
                "<rss xmlns:m='http://search.yahoo.com/mrss' version='2.0'>",
                "<rss xmlns:m='http://search.yahoo.com/mrss/' version='2.0'>",
            ),
            (
                "<feed xmlns=\"http://purl.org/atom/ns#\">",
                "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
            ),
        ];
        for (xml, expected) in cases {
            assert_eq!(prepared(xml, &survey(xml)), expected);
        }
    }

    #[test]
    fn only_what_is_broken_is_mended() {
        let cases = [
            ("<t>a & b</t>", Some("<t>a &amp; b</t>")),
            (
                "<t>R&D &amp; &eacute; &#233; &#xe9;</t>",
                Some("<t>R&amp;D &amp; &eacute; &#233; &#xe9;</t>"),
            ),
            (
                "<t>a&#0;&#x1f;&#xd800;&;&#;</t>",
                Some("<t>a&amp;#0;&amp;#x1f;&amp;#xd800;&amp;;&amp;#;</t>"),
            ),
            ("<t>a\u{8}b\u{0}\u{ffff}</t>", Some("<t>ab</t>")),
            (
                "<t><![CDATA[a & b]]> & c</t>",
                Some("<t><![CDATA[a & b]]> &amp; c</t>"),
            ),
            ("<t><![CDATA[a\u{1}]]></t>", Some("<t><![CDATA[a]]></t>")),
            ("<t><!-- & --><![CDATA[never & closed", None),
            ("<t>a &amp; b\n\t</t>", None),
        ];
        for (xml, expected) in cases {
            assert_eq!(mended(xml).as_deref(), expected, "{xml}");
        }
    }

    #[test]
    fn a_feed_that_broke_off_keeps_its_whole_items() {
        let cases = [
            (
                "<rss><channel><item>1</item><item>2",
                Some("<rss><channel><item>1</item></channel></rss>"),
            ),
            (
                "<a:feed><a:entry>1</a:entry><b></c>",
                Some("<a:feed><a:entry>1</a:entry></a:feed>"),
            ),
            ("<rss><channel><item>1", None),
        ];
        for (xml, expected) in cases {
            assert_eq!(cut(xml).as_deref(), expected, "{xml}");
        }
    }
}
