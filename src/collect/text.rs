//! Text: what a feed says, as clean plain words.
//!
//! In: HTML or text of any size and intent. Out: one line without markup, control characters or anything that could
//! forge a slot or turn the writing of the lines around it. The work is bounded by a cut before it starts.

use quick_xml::escape::resolve_html5_entity;
use unicode_segmentation::UnicodeSegmentation;

/// Nothing past this is looked at: the teaser of a story stands at its top.
const MAX_INPUT_BYTES: usize = 16 * 1024;

/// Longer headlines are none; a subject line shows a third of this.
pub(super) const MAX_HEADLINE_CHARS: usize = 300;

/// Elements within a line: between them and the text around them there is no gap (`H<sub>2</sub>O`).
const INLINE: [&str; 31] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font",
    "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
];

/// Elements whose content is not for reading.
const UNREAD: [&str; 10] = [
    "iframe", "noembed", "noframes", "noscript", "object", "script", "style", "svg", "template",
    "textarea",
];

/// Opens a bidirectional isolate (U+2066 to U+2068); U+2069 ends it.
const ISOLATES: std::ops::RangeInclusive<char> = '\u{2066}'..='\u{2068}';
const END_OF_ISOLATE: char = '\u{2069}';

/// One paragraph of plain text from HTML or text, at most `max_chars` long; what was cut ends in "…".
pub fn plain(html_or_text: &str, max_chars: usize) -> String {
    let (input, was_cut) = cut_input(html_or_text);
    let mut line = Line::default();
    read(input, was_cut, &mut line);
    balanced(&shortened(line.text.trim_end(), max_chars))
}

/// A headline: as [`plain`], and never longer than one can be.
pub fn headline(html_or_text: &str) -> String {
    plain(html_or_text, MAX_HEADLINE_CHARS)
}

/// The value of an attribute in a start tag such as `<a href="x">`, entities decoded.
pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut all = attributes(tag);
    let (_, value) = all.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(decoded(value))
}

/// The names and values in a start tag, as browsers see them and as they are written.
pub(super) fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let tag = tag.trim_start_matches('<').trim_end_matches('>');
    let start = tag.find(|c: char| c.is_ascii_whitespace() || c == '/');
    let mut rest = start.map_or("", |start| &tag[start..]);
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            let end = rest
                .find(|c: char| c.is_ascii_whitespace() || c == '=')
                .unwrap_or(rest.len());
            let (key, after) = rest.split_at(end);
            if key.is_empty() && after.is_empty() {
                return None;
            }
            let Some(value) = after.trim_start().strip_prefix('=') else {
                rest = after;
                continue;
            };
            let value = value.trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    value[1..].split_once(quote).unwrap_or((&value[1..], ""))
                }
                _ => value.split_at(
                    value
                        .find(|c: char| c.is_ascii_whitespace())
                        .unwrap_or(value.len()),
                ),
            };
            rest = after;
            return Some((key, value));
        }
    })
}

/// What the reference `&name;` stands for, or itself if that is unknown: what a DTD declares is never looked at.
pub(super) fn reference(name: &str) -> String {
    let whole = format!("&{name};");
    let (character, _) = entity(&whole);
    character.unwrap_or(whole)
}

/// `text` as markup that says the same.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Plain text as markup, but for its references: they were escaped once too often. Nor is an element that hides its
/// content from readers ever meant to be read.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name = name(&rest[..rest.floor_char_boundary(20)]);
        out.push_str(if UNREAD.contains(&name.as_str()) {
            "<"
        } else {
            "&lt;"
        });
    }
    out + rest
}

fn cut_input(text: &str) -> (&str, bool) {
    let end = text.floor_char_boundary(MAX_INPUT_BYTES);
    (&text[..end], end < text.len())
}

/// Walks over markup once, and gives `line` what a reader would see.
fn read(input: &str, was_cut: bool, line: &mut Line) {
    let mut rest = input;
    while let Some(at) = rest.find(['<', '&']) {
        line.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('&') {
            let (character, length) = entity(rest);
            line.push_str(character.as_deref().unwrap_or(&rest[..length]));
            rest = &rest[length..];
            continue;
        }
        match markup(rest) {
            Markup::None => {
                line.push('<');
                rest = &rest[1..];
            }
            // A tag that never ends was cut by us or by the feed; if by neither, it is a "less than" in a text.
            Markup::Unclosed if was_cut => return,
            Markup::Unclosed => {
                line.push_str(rest);
                return;
            }
            Markup::Silent(length) => rest = &rest[length..],
            Markup::Tag(length) => {
                let tag = &rest[..length];
                rest = &rest[length..];
                let name = name(tag);
                if !INLINE.contains(&name.as_str()) {
                    line.push(' ');
                }
                if UNREAD.contains(&name.as_str()) && !tag.starts_with("</") && !tag.ends_with("/>")
                {
                    rest = after_element(rest, &name);
                }
            }
        }
    }
    line.push_str(rest);
}

enum Markup {
    /// A lone `<`.
    None,
    /// A tag without its `>`.
    Unclosed,
    /// A comment or declaration of this many bytes.
    Silent(usize),
    /// A start or end tag of this many bytes.
    Tag(usize),
}

fn markup(rest: &str) -> Markup {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return Markup::Silent(
            comment
                .find("-->")
                .map_or(rest.len(), |at| at + "<!---->".len()),
        );
    }
    if let Some(data) = rest.strip_prefix("<![CDATA[") {
        // What stands in it is read on as if it stood there bare; its end then looks like text.
        return Markup::Silent(rest.len() - data.len());
    }
    let mut chars = rest[1..].chars();
    match (chars.next(), chars.next()) {
        (Some('!' | '?'), _) => rest
            .find('>')
            .map_or(Markup::Unclosed, |at| Markup::Silent(at + 1)),
        (Some('/'), Some(letter)) | (Some(letter), _) if letter.is_ascii_alphabetic() => {
            tag_end(rest).map_or(Markup::Unclosed, |at| Markup::Tag(at + 1))
        }
        _ => Markup::None,
    }
}

/// Where the tag at the start of `rest` ends. A `>` within quotes does not count, unless the quotes never close; each
/// kind of quote can do that only once in a text, so that this stays linear.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    rest.find('>')
}

fn name(tag: &str) -> String {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    name[..end].to_ascii_lowercase()
}

/// What follows the end tag of `name`; nothing if there is none.
fn after_element<'a>(rest: &'a str, name: &str) -> &'a str {
    let bytes = rest.as_bytes();
    let end = rest.match_indices("</").map(|(at, _)| at).find(|at| {
        bytes
            .get(at + 2..at + 2 + name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    });
    end.and_then(|at| rest[at..].find('>').map(|length| &rest[at + length + 1..]))
        .unwrap_or("")
}

/// What the reference at the start of `rest` stands for, and its length; `None` leaves it as it is.
fn entity(rest: &str) -> (Option<String>, usize) {
    // The longest name in HTML has 31 letters.
    let Some(end) = rest.bytes().take(40).position(|byte| byte == b';') else {
        return (None, 1);
    };
    let name = &rest[1..end];
    let found = match name.strip_prefix('#') {
        Some(number) => {
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(
                || number.parse().ok(),
                |hex| u32::from_str_radix(hex, 16).ok(),
            );
            code.map(|code| character(code).map(String::from).unwrap_or_default())
        }
        None => resolve_html5_entity(name).map(str::to_owned),
    };
    let length = if found.is_some() { end + 1 } else { 1 };
    (found, length)
}

/// U+0080 to U+009F mean what they meant on Windows (HTML, section 13.2.5.80).
fn character(code: u32) -> Option<char> {
    match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9f) => encoding_rs::WINDOWS_1252.decode(&[byte]).0.chars().next(),
        _ => char::from_u32(code),
    }
}

/// `text` with its references decoded and its markup left alone.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let (character, length) = entity(&rest[at..]);
        out.push_str(character.as_deref().unwrap_or(&rest[at..at + length]));
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// A line of text as it grows: what has no place in it is left out, blanks are folded.
#[derive(Default)]
struct Line {
    text: String,
    last: Option<char>,
}

impl Line {
    fn push_str(&mut self, text: &str) {
        for character in text.chars() {
            self.push(character);
        }
    }

    fn push(&mut self, character: char) {
        match character {
            _ if character.is_whitespace() => {
                if self.last.is_some_and(|last| last != ' ') {
                    self.keep(' ');
                }
            }
            _ if is_unwanted(character) => {}
            // Joiners and marks of direction mean something after a letter, once.
            '\u{200c}'..='\u{200f}' | '\u{61c}' => {
                if self.last.is_some_and(|last| last != ' ' && !is_joint(last)) {
                    self.keep(character);
                }
            }
            // Tags spell out flags (England's), and could hide a text anywhere else.
            '\u{e0020}'..='\u{e007f}' => {
                if matches!(self.last, Some('\u{1f3f4}' | '\u{e0020}'..='\u{e007e}')) {
                    self.keep(character);
                }
            }
            _ => self.keep(character),
        }
    }

    fn keep(&mut self, character: char) {
        self.text.push(character);
        self.last = Some(character);
    }
}

fn is_joint(character: char) -> bool {
    matches!(character, '\u{200c}'..='\u{200f}' | '\u{61c}')
}

/// Control characters, noncharacters (U+FDD0 and U+FDD1 mark our slots), overrides of direction, and what has neither
/// width nor meaning.
fn is_unwanted(character: char) -> bool {
    let code = u32::from(character);
    character.is_control()
        || (0xfdd0..=0xfdef).contains(&code)
        || code & 0xfffe == 0xfffe
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}' | '\u{e0000}'..='\u{e001f}')
}

/// At most `max_chars`, cut after a word if one ends in the last third, else after a whole letter.
fn shortened(text: &str, max_chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(max_chars) else {
        return text.to_owned();
    };
    if max_chars == 0 {
        return String::new();
    }
    let room = text[..end]
        .char_indices()
        .next_back()
        .map_or(0, |(at, _)| at);
    // The last letter is seen with what follows it, which may belong to it (an accent, the rest of an emoji).
    let whole = text
        .grapheme_indices(true)
        .map(|(at, _)| at)
        .take_while(|at| *at <= room)
        .last()
        .unwrap_or(0);
    let word = if text[whole..].starts_with(' ') {
        Some(whole)
    } else {
        text[..whole].rfind(' ')
    };
    let end = word.filter(|at| *at >= whole - whole / 3).unwrap_or(whole);
    let kept = text[..end].trim_end_matches([' ', ',', ';', ':', '-', '–', '—', '(', '…']);
    format!("{kept}…")
}

/// `text` without an isolate that is not closed, or a close without its isolate: either would turn what follows.
fn balanced(text: &str) -> String {
    let mut open = Vec::new();
    let mut paired = Vec::new();
    for (at, character) in text.char_indices() {
        if ISOLATES.contains(&character) {
            open.push(at);
        } else if character == END_OF_ISOLATE
            && let Some(start) = open.pop()
        {
            paired.extend([start, at]);
        }
    }
    paired.sort_unstable();
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_mark = ISOLATES.contains(&character) || character == END_OF_ISOLATE;
        let doubles = character == ' ' && (out.is_empty() || out.ends_with(' '));
        if !doubles && (!is_mark || paired.binary_search(&at).is_ok()) {
            out.push(character);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_one_line_of_words() {
        let cases = [
            ("", ""),
            ("  Rain \t over\r\n the bay  ", "Rain over the bay"),
            ("<p>Rain.</p><p>Sun.</p>", "Rain. Sun."),
            ("a<br>b<br/>c", "a b c"),
            ("<ul><li>one</li><li>two</li></ul>", "one two"),
            ("H<sub>2</sub>O and <b>b</b>old", "H2O and bold"),
            ("<a href='x' title=\"a > b\">link</a>s", "links"),
            ("<img src=x alt=\"it's\">seen", "seen"),
            ("<p class=\"odd>Rain</p>", "Rain"),
            ("a<script>alert('<p>x</p>')</script>b", "a b"),
            ("a<STYLE type=x>p{}</Style >b", "a b"),
            ("a<script/>b", "a b"),
            ("a<script>never closed", "a"),
            ("a<!-- <p>no</p> -->b<!-- never closed", "ab"),
            ("<![CDATA[Rain]]", "Rain]]"),
            ("<!doctype html><?php x ?>Rain", "Rain"),
            ("<title>Rain</title>", "Rain"),
            ("2 < 3 > 1 <3 </>", "2 < 3 > 1 <3 </>"),
            ("x <y and on", "x <y and on"),
            (
                "Smith &amp; Sons &lt;b&gt; &eacute;&nbsp;&#233;&#xE9;&#X2014;",
                "Smith & Sons <b> é éé—",
            ),
            ("&amp;lt;", "&lt;"),
            (
                "R&D &unknown; &; &#; &#x; &#99999999; &",
                "R&D &unknown; &; &#; &#x; &",
            ),
            ("it&#146;s &#150; &hellip;", "it’s – …"),
            ("İstanbul 東京 مرحبا", "İstanbul 東京 مرحبا"),
        ];
        for (given, expected) in cases {
            assert_eq!(plain(given, 500), expected, "{given}");
        }
    }

    #[test]
    fn nothing_hidden_comes_through() {
        let cases = [
            ("\u{fdd0}leave\u{fdd1}", "leave"),
            ("&#xFDD0;leave&#64977;", "leave"),
            ("a\u{fdef}\u{ffff}\u{1fffe}\u{fffe}b", "ab"),
            ("a\u{0}\u{7}\u{1b}[31m\u{9c}b&#0;&#7;", "a[31mb"),
            ("a\u{2028}b\u{85}c\u{b}d", "a b c d"),
            ("pay\u{202e}lap\u{202c}\u{202a}x", "paylapx"),
            ("\u{2067}abc\u{2069} d", "\u{2067}abc\u{2069} d"),
            ("\u{2067}abc \u{2066} d", "abc d"),
            ("abc\u{2069}", "abc"),
            ("pass\u{200b}word\u{feff}\u{2060}\u{ad}", "password"),
            ("\u{200d}\u{200d}a\u{200d}\u{200d}b", "a\u{200d}b"),
            ("می\u{200c}شود", "می\u{200c}شود"),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
            (
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
                "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            ),
            ("a\u{e0041}\u{e0042}", "a"),
        ];
        for (given, expected) in cases {
            assert_eq!(plain(given, 500), expected, "{given:?}");
        }
    }

    #[test]
    fn a_cut_falls_between_words_or_letters() {
        let cases = [
            ("Rain over the bay", 17, "Rain over the bay"),
            ("Rain over the bay", 16, "Rain over the…"),
            ("Rain over the bay", 14, "Rain over the…"),
            ("Rain over, the bay", 12, "Rain over…"),
            ("Rain", 3, "Ra…"),
            ("Rain", 1, "…"),
            ("Rain", 0, ""),
            (
                "a Donaudampfschifffahrtsgesellschaft",
                20,
                "a Donaudampfschifff…",
            ),
            ("東京都庁舎", 4, "東京都…"),
            ("ab👩\u{200d}🚀", 4, "ab…"),
            ("one \u{2067}two three\u{2069}", 9, "one two…"),
        ];
        for (given, max, expected) in cases {
            assert_eq!(plain(given, max), expected, "{given} in {max}");
        }
    }

    #[test]
    fn hostile_input_is_cut_before_it_costs() {
        for unit in [
            "<div>", "<", "<a", "<a '", "<a \"'>", "<!--", "<script>", "<svg>", "&", "&amp", "&#",
            "\u{2066}", "</", "é",
        ] {
            let hostile = unit.repeat(1_000_000 / unit.len());
            assert!(cut_input(&hostile).0.len() <= MAX_INPUT_BYTES);
            assert!(plain(&hostile, 100).chars().count() <= 100, "{unit}");
        }
        let late = format!("{}late", " ".repeat(MAX_INPUT_BYTES));
        assert_eq!(plain(&late, 100), "");
        assert_eq!(
            plain(&format!("{}<b>x", "a ".repeat(MAX_INPUT_BYTES / 2 - 1)), 3),
            "a…"
        );
    }

    #[test]
    fn attributes_are_read_as_browsers_do() {
        let tag = "<link rel=alternate  TYPE = 'a/b' href=\"/f?a=1&amp;b=2\" disabled data-x>";
        assert_eq!(attribute(tag, "rel").as_deref(), Some("alternate"));
        assert_eq!(attribute(tag, "type").as_deref(), Some("a/b"));
        assert_eq!(attribute(tag, "href").as_deref(), Some("/f?a=1&b=2"));
        assert_eq!(attribute(tag, "x"), None);
        for odd in [
            "<a",
            "<a href",
            "<a href=",
            "<a =x>",
            "<a href='x",
            "<a/",
            "<a ==>",
        ] {
            attribute(odd, "href");
        }
    }

    proptest! {
        #[test]
        fn plain_is_one_clean_line(text in "(\\PC|[\u{fdd0}-\u{fdef}]|[\u{0}-\u{20}]|<p>|</|&#xFDD0;|&#10;|&#x85;|\u{2067}|\u{2069}|\u{202e}|<!--|'|\u{ffff}){0,40}", max in 0usize..30) {
            let line = plain(&text, max);
            prop_assert!(line.chars().count() <= max);
            prop_assert!(!line.contains("  ") && line.trim() == line);
            for c in line.chars() {
                prop_assert!(!c.is_control() && !('\u{fdd0}'..='\u{fdef}').contains(&c), "{c:?}");
                prop_assert!(!matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'), "{c:?}");
            }
        }
    }
}
