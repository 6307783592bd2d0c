//! What mail clients know of what our mails use, by caniemail's tests.

use std::collections::{BTreeMap, BTreeSet};

use super::mails::all;
use super::*;
use crate::corpora::part;

/// How many of the clients must know a feature, at least in part, in per cent.
const LIMIT: u8 = 75;

/// What fewer know, and why it may stand there.
const DEGRADES: &[(&str, &str)] = &[
    (
        "css-at-media-prefers-color-scheme",
        "without it a mail is light, or darkened by the client",
    ),
    (
        "css-cursor",
        "MJML says it of buttons; nothing is seen of it",
    ),
    ("css-hyphens", "a long word is broken without a hyphen"),
    (
        "css-object-fit",
        "a picture keeps the size its attributes say",
    ),
    ("css-object-position", "as object-fit"),
    ("css-opacity", "the preheader is hidden without, too"),
    ("css-outline-offset", "the focus stands closer"),
    ("css-overflow-wrap", "word-break does it"),
    (
        "css-pseudo-class-first-child",
        "a line more space on a phone",
    ),
    (
        "css-pseudo-class-focus-visible",
        "the client's own focus is seen",
    ),
    (
        "css-selector-attribute",
        "they are for Outlook's dark mode alone, which knows them",
    ),
    (
        "css-word-break",
        "a word wider than the screen runs over; sentences are as they were",
    ),
    ("html-aria-hidden", "the preheader is read out"),
    ("html-aria-label", "a link is read by its words"),
    ("html-body", "the article inside says the same again"),
    ("html-doctype", "a client that takes it out has its own"),
    ("html-meta-color-scheme", "without it a mail is light"),
    ("html-role", "a mail is read without landmarks"),
    ("html-target", "a link opens where the client opens links"),
];

/// What caniemail has no test for, all of it known everywhere or harmless.
const UNTESTED: &[&str] = &[
    "-ms-interpolation-mode",
    "-ms-text-size-adjust",
    "-webkit-text-size-adjust",
    "a",
    "alt",
    "aria-roledescription",
    "bgcolor",
    "class",
    "color",
    "colspan",
    "content",
    "font-family",
    "head",
    "href",
    "html",
    "http-equiv",
    "i",
    "media",
    "meta",
    "mso-padding-alt",
    "mso-table-lspace",
    "mso-table-rspace",
    "scope",
    "src",
    "title",
    "type",
    "vertical-align",
    "xmlns",
    "xmlns:o",
    "xmlns:v",
];

/// What a mail uses: features of caniemail's, and what it has none for.
#[derive(Default)]
struct Used {
    features: BTreeSet<String>,
    untested: BTreeSet<String>,
}

struct Known(BTreeMap<String, u8>);

impl Known {
    /// caniemail's figures, where they are at hand.
    fn read() -> Option<Known> {
        let table = std::fs::read_to_string(part("html-email/support.tsv")?).ok()?;
        let mut lines = table
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>());
        let head = lines.next()?;
        let column = |name| head.iter().position(|column| *column == name);
        let (feature, percent) = (column("feature")?, column("percent_full_or_partial")?);
        Some(Known(
            lines
                .filter_map(|line| {
                    Some((line[feature].to_owned(), line.get(percent)?.parse().ok()?))
                })
                .collect(),
        ))
    }

    fn use_it(&self, used: &mut Used, kind: &str, name: &str) {
        let feature = format!("{kind}-{name}");
        if self.0.contains_key(&feature) {
            used.features.insert(feature);
        } else {
            used.untested.insert(name.to_owned());
        }
    }

    fn html(&self, html: &str, used: &mut Used) {
        let mut rest = html;
        while let Some((_, behind)) = rest.split_once('<') {
            rest = behind;
            if let Some(comment) = rest.strip_prefix("!--") {
                used.features.insert("html-comments".to_owned());
                // What is for Word alone is no other client's affair.
                rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
                continue;
            }
            if let Some(doctype) = rest.strip_prefix('!') {
                if doctype.starts_with("doctype") {
                    used.features.insert("html-doctype".to_owned());
                }
                continue;
            }
            let Some((tag, behind)) = rest.split_once('>').filter(|_| !rest.starts_with('/'))
            else {
                continue;
            };
            rest = behind;
            let (name, attributes) = mjml_like(tag);
            self.element(name, used);
            for (attribute, value) in attributes {
                self.attribute(name, attribute, value, used);
            }
            if name == "style" {
                let css = rest.split_once("</style>").map_or("", |(css, _)| css);
                self.sheet(css, used);
            }
        }
    }

    fn element(&self, name: &str, used: &mut Used) {
        let name = match name {
            "h1" | "h2" | "h3" => "h1-h6",
            "tr" | "td" | "th" | "tbody" => "table",
            name => name,
        };
        self.use_it(used, "html", name);
    }

    fn attribute(&self, element: &str, name: &str, value: &str, used: &mut Used) {
        match (element, name) {
            (_, "style") => self.declarations(value, used),
            ("meta", "name") if value == "color-scheme" => {
                self.use_it(used, "html", "meta-color-scheme");
            }
            // Those who read the old ones know them.
            (_, "name" | "border") => {}
            _ => self.use_it(used, "html", name),
        }
    }

    fn sheet(&self, css: &str, used: &mut Used) {
        let mut selector = String::new();
        let mut rest = css;
        while let Some(at) = rest.find(['{', '}', ';']) {
            let (before, mark) = (rest[..at].trim(), &rest[at..=at]);
            rest = &rest[at + 1..];
            match mark {
                "{" if before.starts_with('@') => self.at_rule(before, used),
                "{" => {
                    before.clone_into(&mut selector);
                    self.selector(before, used);
                }
                _ if before.starts_with('@') => self.at_rule(before, used),
                _ => self.declarations(before, used),
            }
        }
    }

    fn at_rule(&self, rule: &str, used: &mut Used) {
        let name = rule[1..].split([' ', '(']).next().unwrap_or_default();
        self.use_it(used, "css", &format!("at-{name}"));
        if rule.contains("prefers-color-scheme") {
            self.use_it(used, "css", "at-media-prefers-color-scheme");
        }
    }

    fn selector(&self, selector: &str, used: &mut Used) {
        for (sign, name) in [
            (".", "selector-class"),
            ("#", "selector-id"),
            (",", "selector-grouping"),
            (">", "selector-child"),
            ("+", "selector-adjacent-sibling"),
            ("~", "selector-general-sibling"),
            ("*", "selector-universal"),
            ("[", "selector-attribute"),
        ] {
            if selector.contains(sign) {
                self.use_it(used, "css", name);
            }
        }
        for part in selector.split(',') {
            let words: Vec<&str> = part.split_whitespace().collect();
            if words
                .windows(2)
                .any(|pair| !pair.concat().contains(['>', '+']))
            {
                self.use_it(used, "css", "selector-descendant");
            }
            if words
                .iter()
                .any(|word| word.starts_with(char::is_alphabetic))
            {
                self.use_it(used, "css", "selector-type");
            }
        }
        for pseudo in selector.split(':').skip(1) {
            let name = pseudo
                .split([' ', ',', '>', '+'])
                .next()
                .unwrap_or_default();
            self.use_it(used, "css", &format!("pseudo-class-{name}"));
        }
    }

    fn declarations(&self, css: &str, used: &mut Used) {
        for (property, value) in css.split(';').filter_map(|d| d.split_once(':')) {
            let (property, value) = (property.trim(), value.trim());
            self.use_it(used, "css", &of_property(property));
            if property == "display" && value.starts_with("none") {
                self.use_it(used, "css", "display-none");
            }
            if value.contains("!important") {
                self.use_it(used, "css", "important");
            }
            for number in value.split([' ', ',']) {
                let number = number.trim_start_matches('-');
                let unit = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                if unit.len() < number.len() && !unit.is_empty() {
                    let unit = if unit == "%" { "percent" } else { unit };
                    self.use_it(used, "css", &format!("unit-{unit}"));
                }
            }
        }
    }
}

/// caniemail's name of a property, or of the shorthand it belongs to.
fn of_property(property: &str) -> String {
    let shorthand = property.split('-').next().unwrap_or_default();
    let sided = ["padding", "margin", "border", "outline"].contains(&shorthand)
        && ["top", "right", "bottom", "left", "color", "width", "style"]
            .iter()
            .any(|side| property == format!("{shorthand}-{side}"));
    if sided { shorthand } else { property }.to_owned()
}

/// A tag's name and its attributes.
fn mjml_like(tag: &str) -> (&str, Vec<(&str, &str)>) {
    let tag = tag.trim_end_matches('/');
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut found = Vec::new();
    while let Some((attribute, after)) = rest.split_once("=\"") {
        let (value, behind) = after.split_once('"').unwrap_or((after, ""));
        found.push((attribute.trim(), value));
        rest = behind;
    }
    (name, found)
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the table is for whoever looks after the templates"
)]
fn clients_know_what_mails_use() {
    let Some(known) = Known::read() else {
        return;
    };
    let mut used = Used::default();
    for mail in all(templates()) {
        known.html(&mail.html, &mut used);
    }
    let mut table: Vec<(u8, &String)> = used.features.iter().map(|f| (known.0[f], f)).collect();
    table.sort();
    for (percent, feature) in &table {
        let why = DEGRADES.iter().find(|(name, _)| name == feature);
        println!(
            "{percent:>3} {feature:<40} {}",
            why.map_or("", |(_, why)| why)
        );
    }
    println!(
        "    no test: {}",
        used.untested.iter().cloned().collect::<Vec<_>>().join(" ")
    );
    for (percent, feature) in table {
        let allowed = DEGRADES.iter().any(|(name, _)| name == feature);
        assert_eq!(
            percent < LIMIT,
            allowed,
            "{feature} is known to {percent} per cent"
        );
    }
    for (feature, _) in DEGRADES {
        assert!(
            used.features.contains(*feature),
            "{feature} is not used and needs no exception"
        );
    }
    for name in &used.untested {
        assert!(
            UNTESTED.contains(&name.as_str()),
            "caniemail has no test of {name}; look at it, then list it"
        );
    }
    assert!(used.features.len() > 40, "the mails were read");
}
