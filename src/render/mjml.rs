//! MJML to HTML, with handlebars still in it: includes, attributes, and where an error is.
//!
//! mrml passes over mistyped tags and attributes without a word, so we look for those ourselves.

use std::collections::{BTreeMap, HashMap};

use mrml::prelude::parser::{Error as ParseError, ParserOptions};
use mrml::prelude::render::RenderOptions;

use super::error::{Reason, TemplateError};
use super::fill::{CUT, did_you_mean};

/// The attributes of each component we know, without those that every component has.
const COMPONENTS: &[(&str, &str)] = &[
    ("mjml", "lang dir owa"),
    ("mj-head", ""),
    ("mj-title", ""),
    ("mj-preview", ""),
    ("mj-breakpoint", "width"),
    ("mj-attributes", ""),
    ("mj-all", "*"),
    ("mj-class", "* name"),
    ("mj-style", ""),
    ("mj-raw", ""),
    ("mj-include", "path"),
    ("mj-body", "background-color width"),
    ("mj-wrapper", SECTION),
    ("mj-section", SECTION),
    (
        "mj-group",
        "background-color direction vertical-align width",
    ),
    (
        "mj-column",
        "background-color border border-bottom border-left border-right border-top border-radius direction \
         inner-background-color inner-border inner-border-bottom inner-border-left inner-border-right inner-border-top \
         inner-border-radius padding padding-bottom padding-left padding-right padding-top vertical-align width",
    ),
    (
        "mj-text",
        "align color container-background-color font-family font-size font-style font-weight height letter-spacing \
         line-height padding padding-bottom padding-left padding-right padding-top text-decoration text-transform",
    ),
    (
        "mj-table",
        "align border cellpadding cellspacing color container-background-color font-family font-size font-style \
         line-height padding padding-bottom padding-left padding-right padding-top role table-layout width",
    ),
    (
        "mj-image",
        "align alt border border-bottom border-left border-right border-top border-radius container-background-color \
         fluid-on-mobile font-size full-width height href max-height name padding padding-bottom padding-left \
         padding-right padding-top rel sizes src srcset target title usemap width",
    ),
    (
        "mj-button",
        "align background-color border border-bottom border-left border-right border-top border-radius color \
         container-background-color font-family font-size font-style font-weight height href inner-padding \
         letter-spacing line-height name padding padding-bottom padding-left padding-right padding-top rel target \
         text-align text-decoration text-transform title vertical-align width",
    ),
    (
        "mj-divider",
        "align border-color border-style border-width container-background-color padding padding-bottom padding-left \
         padding-right padding-top width",
    ),
    (
        "mj-spacer",
        "container-background-color height padding padding-bottom padding-left padding-right padding-top",
    ),
];

const SECTION: &str = "background-color background-position background-position-x background-position-y \
    background-repeat background-size background-url border border-bottom border-left border-right border-top \
    border-radius direction full-width padding padding-bottom padding-left padding-right padding-top text-align";

/// The components with HTML inside.
const HTML_WITHIN: [&str; 7] = [
    "mj-text",
    "mj-table",
    "mj-raw",
    "mj-button",
    "mj-style",
    "mj-title",
    "mj-preview",
];

const EVERYWHERE: &str = "css-class font-family mj-class";

/// A template with its includes in place, and where each of its lines came from.
pub(super) struct Expanded {
    text: String,
    lines: Vec<(String, usize)>,
    /// The files it is made of.
    pub(super) files: Vec<String>,
}

/// `name` with its includes in place. An include has a line for itself.
pub(super) fn expand(
    name: &str,
    files: &BTreeMap<String, String>,
) -> Result<Expanded, TemplateError> {
    let mut expanded = Expanded {
        text: String::new(),
        lines: Vec::new(),
        files: Vec::new(),
    };
    include(name, files, &mut Vec::new(), &mut expanded)?;
    Ok(expanded)
}

fn include(
    name: &str,
    files: &BTreeMap<String, String>,
    open: &mut Vec<String>,
    into: &mut Expanded,
) -> Result<(), TemplateError> {
    let text = files.get(name).ok_or_else(|| TemplateError::Missing {
        name: name.to_owned(),
    })?;
    open.push(name.to_owned());
    into.files.push(name.to_owned());
    check(name, text)?;
    for (i, line) in text.lines().enumerate() {
        if !line.contains("<mj-include") {
            into.text.push_str(line);
            into.text.push('\n');
            into.lines.push((name.to_owned(), i + 1));
            continue;
        }
        let at = |reason| TemplateError::Wrong {
            file: name.to_owned(),
            line: Some(i + 1),
            reason,
        };
        let path = included(line).ok_or_else(|| at(Reason::IncludeForm))?;
        if open.iter().any(|name| name == path) {
            return Err(at(Reason::Cycle(format!("{} → {path}", open.join(" → ")))));
        }
        if !files.contains_key(path) {
            let known = files.keys().map(String::as_str);
            return Err(at(Reason::Other(format!(
                "there is no {path}{}",
                did_you_mean(path, known)
            ))));
        }
        include(path, files, open, into)?;
    }
    open.pop();
    Ok(())
}

/// The path in a line that is one include and nothing else.
fn included(line: &str) -> Option<&str> {
    let inner = line
        .trim()
        .strip_prefix("<mj-include")?
        .strip_suffix("/>")?
        .trim();
    let path = inner.strip_prefix("path=")?;
    path.strip_prefix('"')
        .and_then(|path| path.strip_suffix('"'))
        .filter(|path| !path.contains('"'))
}

/// A whole page as HTML.
pub(super) fn page(expanded: &Expanded) -> Result<String, TemplateError> {
    to_html(expanded, &expanded.text, 0)
}

/// What stands in a page's body as HTML: sections on their own, with the attributes that `head` gives.
pub(super) fn fragment(expanded: &Expanded, head: &Expanded) -> Result<String, TemplateError> {
    let before = format!(
        "<mjml><mj-head>\n{}</mj-head><mj-body><mj-raw>{CUT}</mj-raw>\n",
        head.text
    );
    let text = format!(
        "{before}{}<mj-raw>{CUT}</mj-raw></mj-body></mjml>",
        expanded.text
    );
    let html = to_html(expanded, &text, before.len())?;
    let mut parts = html.split(CUT);
    let (_, inner) = (parts.next(), parts.next());
    Ok(inner.unwrap_or_default().to_owned())
}

fn to_html(expanded: &Expanded, text: &str, offset: usize) -> Result<String, TemplateError> {
    let wrong = |position: Option<usize>, reason: String| {
        let line = position.map(|at| {
            text[offset..at.clamp(offset, text.len())]
                .matches('\n')
                .count()
        });
        let place = line.and_then(|line| {
            expanded
                .lines
                .get(line.min(expanded.lines.len().saturating_sub(1)))
        });
        let (file, line) = match place {
            Some((file, line)) => (file.clone(), Some(*line)),
            None => (expanded.files.first().cloned().unwrap_or_default(), None),
        };
        TemplateError::Wrong {
            file,
            line,
            reason: Reason::Other(reason),
        }
    };
    let parsed = mrml::parse_with_options(text, &ParserOptions::default()).map_err(|error| {
        let (position, reason) = explain(&error, text);
        wrong(position, reason)
    })?;
    // With mrml's own list of fonts every mail would call fonts.googleapis.com.
    let options = RenderOptions {
        fonts: HashMap::new(),
        ..RenderOptions::default()
    };
    let html = parsed
        .element
        .render(&options)
        .map_err(|error| wrong(None, error.to_string()))?;
    match html.find("<mj-") {
        Some(at) => {
            let tag = html[at..]
                .split([' ', '>', '/'])
                .next()
                .unwrap_or_default()
                .to_owned();
            Err(wrong(text.find(&tag), format!("{tag}> does nothing here")))
        }
        None => Ok(tidy(&html)),
    }
}

/// `html` without indentation and without conditionals that end where the same begins again, as npm's MJML has it.
fn tidy(html: &str) -> String {
    let html = html.replace("<![endif]--><!--[if mso | IE]>", "");
    html.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Where mrml stopped, and what it says.
fn explain(error: &ParseError, text: &str) -> (Option<usize>, String) {
    match error {
        ParseError::UnexpectedElement { position, .. } => (
            Some(position.start),
            "this element may not stand here".into(),
        ),
        ParseError::UnexpectedToken { position, .. } => {
            (Some(position.start), "this may not stand here".into())
        }
        ParseError::MissingAttribute { name, position, .. } => {
            (Some(position.start), format!("{name} is missing"))
        }
        ParseError::InvalidAttribute { position, .. } => {
            (Some(position.start), "this attribute is broken".into())
        }
        ParseError::InvalidFormat { position, .. } => {
            (Some(position.start), "this value is broken".into())
        }
        ParseError::EndOfStream { .. } => (Some(text.len()), "something is not closed".into()),
        ParseError::ParserError { source, .. } => {
            let at = source.pos();
            let line: usize = text
                .lines()
                .take(at.row.saturating_sub(1) as usize)
                .map(|line| line.len() + 1)
                .sum();
            (Some(line + at.col as usize), source.to_string())
        }
        other => (None, other.to_string()),
    }
}

/// Refuses components and attributes that MJML does not have, and components where only HTML may stand.
fn check(file: &str, text: &str) -> Result<(), TemplateError> {
    let mut html_until = 0;
    for (at, tag) in tags(text) {
        let wrong = |reason: String| {
            let line = Some(text[..at].matches('\n').count() + 1);
            TemplateError::Wrong {
                file: file.to_owned(),
                line,
                reason: Reason::Other(reason),
            }
        };
        let (name, attributes) = attributes(tag);
        let Some((_, known)) = COMPONENTS.iter().find(|(known, _)| *known == name) else {
            let hint = did_you_mean(name, COMPONENTS.iter().map(|(known, _)| *known));
            return Err(wrong(format!("<{name}> is no component of ours{hint}")));
        };
        if at < html_until {
            return Err(wrong(format!("<{name}> may not stand in HTML")));
        }
        if HTML_WITHIN.contains(&name) && !tag.ends_with('/') {
            html_until = text[at..]
                .find(&format!("</{name}>"))
                .map_or(at, |end| at + end);
        }
        if known.starts_with('*') {
            continue;
        }
        let known: Vec<&str> = known
            .split_whitespace()
            .chain(EVERYWHERE.split_whitespace())
            .collect();
        for (attribute, value) in attributes {
            if !known.contains(&attribute) {
                let hint = did_you_mean(attribute, known.iter().copied());
                return Err(wrong(format!(
                    "<{name}> has no attribute {attribute}{hint}"
                )));
            }
            // mrml takes the whole padding for none, and pictures become too wide for their column.
            if attribute.contains("padding") && value.split_whitespace().any(|size| size == "0") {
                return Err(wrong(format!(
                    "a bare 0 in {attribute} is misread; write 0px"
                )));
            }
        }
    }
    Ok(())
}

/// The opening MJML tags of `text` without their angle brackets, and where they stand. Comments are passed over.
fn tags(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('<').map(|next| at + next) {
        let rest = &text[next..];
        at = next + 1;
        if rest.starts_with("<!--") && !rest.starts_with("<!--[") {
            at = rest.find("-->").map_or(text.len(), |end| next + end + 3);
        } else if rest.starts_with("<mj") {
            let end = end_of_tag(rest);
            found.push((next, &rest[1..end]));
            at = next + end;
        }
    }
    found
}

/// Where the `>` of the tag is that `text` begins with; one in quotes is none.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return i,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// A tag's name, and its attributes with their values.
fn attributes(tag: &str) -> (&str, Vec<(&str, &str)>) {
    let tag = tag.trim_end_matches('/');
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut found = Vec::new();
    while let Some((attribute, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().unwrap_or('"');
        let (value, behind) = after
            .get(1..)
            .and_then(|after| after.split_once(quote))
            .unwrap_or_default();
        found.push((attribute.trim(), value));
        rest = behind;
    }
    if !rest.trim().is_empty() {
        found.push((rest.trim(), ""));
    }
    (name, found)
}
