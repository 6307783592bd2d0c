//! Filling templates: what they may call, how values are escaped, and what is taken out of every value first.
//!
//! A slot is marked by a pair of noncharacters (U+FDD0, U+FDD1), the place of the blocks by a third. They are struck from
//! every value that comes in, so no headline can forge one.

use std::fmt::Write as _;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

use super::piece::Slot;
use super::words::{ISOLATE_END, runs};

/// Stands before a slot's name.
pub(super) const MARK_OPEN: char = '\u{fdd0}';
/// Stands behind a slot's name.
pub(super) const MARK_CLOSE: char = '\u{fdd1}';
/// Where a frame is cut, and the blocks go.
pub(super) const CUT: char = '\u{fdd2}';

/// The longest text beside a subject, in characters. No mailbox shows more.
pub(super) const MAX_PREHEADER: usize = 250;

/// How wide plain text runs.
const WIDTH: usize = 72;
/// How wide a greeting mostly is.
const SLOT_WIDTH: usize = 20;
/// How wide an offer's times are in plain text.
const WHEN_WIDTH: usize = 16;

/// A registry for HTML.
pub(super) fn html() -> Handlebars<'static> {
    let mut registry = registry();
    registry.register_escape_fn(escape_html);
    registry
}

/// A registry for plain text.
pub(super) fn text() -> Handlebars<'static> {
    let mut registry = registry();
    registry.register_escape_fn(handlebars::no_escape);
    registry
}

fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_helper("slot", Box::new(Says(slot)));
    registry.register_helper("blocks", Box::new(Says(|_| Ok(CUT.to_string()))));
    registry.register_helper(
        "upper",
        Box::new(Says(|call| Ok(call.text(0).to_uppercase()))),
    );
    registry.register_helper(
        "stop",
        Box::new(Says(|call| {
            Ok(stop(&call.text(0), call.root(&["words", "full_stop"])))
        })),
    );
    registry.register_helper("turn", Box::new(Says(|call| Ok(turn(call)))));
    registry.register_helper("tagged", Box::new(Says(|call| Ok(tagged(call)))));
    registry.register_helper("wrap", Box::new(Says(|call| Ok(wrapped(call)))));
    registry.register_helper("line_of", Box::new(Says(|call| Ok(line_of(call)))));
    registry
}

/// A helper that turns words into words.
struct Says(fn(&Call<'_, '_>) -> Result<String, RenderErrorReason>);

/// One call of a helper.
struct Call<'a, 'rc>(&'a Helper<'rc>, &'a Context);

impl Call<'_, '_> {
    fn text(&self, i: usize) -> String {
        self.0
            .param(i)
            .map(|param| plain(param.value()))
            .unwrap_or_default()
    }

    /// A text of the whole mail, such as `theme.dir`.
    fn root(&self, path: &[&str]) -> &str {
        let found = path
            .iter()
            .try_fold(self.1.data(), |value, name| value.get(name));
        found.and_then(Value::as_str).unwrap_or_default()
    }

    fn named(&self, name: &str) -> String {
        self.0
            .hash_get(name)
            .map(|param| plain(param.value()))
            .unwrap_or_default()
    }
}

impl HelperDef for Says {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        Ok(ScopedJson::Derived(Value::String((self.0)(&Call(
            helper, context,
        ))?)))
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// `{{slot 'leave_link'}}`: something personal.
fn slot(call: &Call<'_, '_>) -> Result<String, RenderErrorReason> {
    let name = call.text(0);
    if Slot::named(&name).is_some() {
        return Ok(mark(&name));
    }
    let hint = did_you_mean(&name, Slot::ALL.iter().map(|(_, known)| *known));
    Err(RenderErrorReason::Other(format!(
        "no slot is called \"{name}\"{hint}"
    )))
}

/// A slot's name between its marks.
pub(super) fn mark(name: &str) -> String {
    format!("{MARK_OPEN}{name}{MARK_CLOSE}")
}

/// `dir="{{turn story.headline}}"`: which way a text runs that may be in another language than the mail.
fn turn(call: &Call<'_, '_>) -> String {
    let mail = call.root(&["theme", "dir"]);
    let turns = runs(&call.text(0)).is_some_and(|runs| runs.attribute() != mail);
    if turns { "auto" } else { mail }.to_owned()
}

/// `{{tagged premium word}}`: "[Premium]", or nothing.
fn tagged(call: &Call<'_, '_>) -> String {
    let holds = call
        .0
        .param(0)
        .is_some_and(|param| param.value() == &Value::Bool(true));
    if holds {
        format!("[{}]", call.text(1))
    } else {
        String::new()
    }
}

/// `{{wrap a b first='* ' indent=2}}`: its words in lines.
fn wrapped(call: &Call<'_, '_>) -> String {
    let texts = call.0.params().iter().map(|param| plain(param.value()));
    let indent = " ".repeat(call.named("indent").parse().unwrap_or(0));
    let first = call.named("first");
    let first = if first.is_empty() { &indent } else { &first };
    wrap(&texts.collect::<Vec<_>>().join(" "), first, &indent)
}

/// `{{line_of when what}}`: a line of an offer's window.
fn line_of(call: &Call<'_, '_>) -> String {
    let (when, what) = (call.text(0), call.text(1));
    let indent = " ".repeat(WHEN_WIDTH);
    let width = width(&when);
    if width < WHEN_WIDTH {
        wrap(
            &what,
            &format!("{when}{}", " ".repeat(WHEN_WIDTH - width)),
            &indent,
        )
    } else {
        format!("{when}\n{}", wrap(&what, &indent, &indent))
    }
}

/// `text` with `mark`, a language's full stop, if it ends with a letter.
pub(super) fn stop(text: &str, mark: &str) -> String {
    // By graphemes: a Hindi word may end with a vowel sign, which is part of its last letter.
    let last = text
        .trim_end_matches(ISOLATE_END)
        .graphemes(true)
        .next_back();
    let ends_open = last.is_some_and(|last| last.starts_with(char::is_alphanumeric));
    format!("{text}{}", if ends_open { mark } else { "" })
}

/// The words of `text` in lines of at most 72 columns; a longer word has a line of its own.
pub(super) fn wrap(text: &str, first: &str, indent: &str) -> String {
    let mut out = first.to_owned();
    let mut column = width(first);
    let mut begun = false;
    // Only at spaces that may break: "4.1 m" has one that may not.
    for word in text
        .split([' ', '\n', '\t'])
        .filter(|word| !word.is_empty())
    {
        let size = width(word);
        if begun && column + 1 + size > WIDTH {
            let _ = write!(out, "\n{indent}");
            column = width(indent);
        } else if begun {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += size;
        begun = true;
    }
    out
}

/// How wide `text` is; what a slot holds is guessed.
fn width(text: &str) -> usize {
    if text.contains(MARK_OPEN) {
        SLOT_WIDTH
    } else if text.is_ascii() {
        text.len()
    } else {
        text.graphemes(true).count()
    }
}

/// Whether [`escape_html`] would change `text`.
pub(super) fn needs_escape(text: &str) -> bool {
    text.bytes().any(|b| entity(b).is_some())
}

fn entity(octet: u8) -> Option<&'static str> {
    match octet {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        _ => None,
    }
}

/// `text` for HTML, inside an element or a quoted attribute. Leaves `=`, which every link has, as it is.
pub(super) fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut from = 0;
    for (i, octet) in text.bytes().enumerate() {
        if let Some(entity) = entity(octet) {
            out.push_str(&text[from..i]);
            out.push_str(entity);
            from = i + 1;
        }
    }
    out.push_str(&text[from..]);
    out
}

/// `text` as it may stand beside a subject: cut between letters, if it is too long.
pub(super) fn preheader(text: &str) -> String {
    if text.len() <= MAX_PREHEADER || text.chars().count() <= MAX_PREHEADER {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut size = 1;
    for letter in text.graphemes(true) {
        size += letter.chars().count();
        if size > MAX_PREHEADER {
            break;
        }
        out.push_str(letter);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// The noncharacters that we keep for ourselves.
pub(super) fn is_reserved(c: char) -> bool {
    ('\u{fdd0}'..='\u{fdef}').contains(&c)
}

/// `text` on one line, without what we keep for ourselves and what no mail may hold.
pub(super) fn clean(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|c| !is_reserved(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

/// The paragraphs of `text`, each of them [`clean`].
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        match paragraphs.last_mut() {
            Some(last) if !line.trim().is_empty() => {
                last.push(' ');
                last.push_str(line);
            }
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs
        .iter()
        .map(|paragraph| clean(paragraph))
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

/// Whether a value of ours is a link that may stand in a mail.
pub(super) fn is_web_link(link: &str) -> bool {
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
}

/// `link`, normalised, if it leads to the web or to a mailbox. `javascript:` and its like never come out.
pub(super) fn web_link(link: &str) -> Option<String> {
    Url::parse(&clean(link))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
        .map(String::from)
}

/// `picture`'s address, if it is on the web.
pub(super) fn picture_link(link: &str) -> Option<String> {
    web_link(link).filter(|link| link.starts_with("http"))
}

/// `text` with each `{name}` replaced by its value; a name that has none stays.
pub(super) fn replace(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let value = after.split_once('}').and_then(|(name, behind)| {
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value, behind))
        });
        if let Some((value, behind)) = value {
            out.push_str(value);
            rest = behind;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// "; did you mean …?", if one of `known` is near `name`.
pub(super) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min();
    match nearest {
        Some((distance, known)) if distance <= 2.max(known.len() / 4) => {
            format!("; did you mean {known}?")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PREHEADER, paragraphs, preheader, replace, stop, web_link, wrap};

    #[test]
    fn text_is_wrapped_where_it_may_be() {
        let long = "word ".repeat(20);
        let lines = wrap(&long, "* ", "  ");
        assert_eq!(lines.lines().count(), 2);
        assert!(
            lines
                .lines()
                .all(|line| line.len() <= 72 && !line.ends_with(' '))
        );
        assert!(lines.starts_with("* word word") && lines.contains("\n  word"));
        assert_eq!(
            wrap(&format!("{}4.1\u{a0}m", "x".repeat(67) + " "), "", ""),
            format!("{}\n4.1\u{a0}m", "x".repeat(67))
        );
        assert_eq!(wrap("", "", ""), "");
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        for bad in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\tscript:x",
            "data:text/html,x",
            "file:///etc",
            "/story",
            "",
        ] {
            assert_eq!(web_link(bad), None, "{bad}");
        }
        assert_eq!(
            web_link("https://courier.example/a b?x=\"1\"&y=2").as_deref(),
            Some("https://courier.example/a%20b?x=%221%22&y=2")
        );
        assert_eq!(
            web_link("mailto:editors@courier.example").as_deref(),
            Some("mailto:editors@courier.example")
        );
    }

    #[test]
    fn what_stands_beside_a_subject_is_cut_between_letters() {
        assert_eq!(preheader("Short."), "Short.");
        let cut = preheader(&"👩‍👩‍👧‍👦".repeat(100));
        assert!(cut.chars().count() <= MAX_PREHEADER);
        assert!(cut.ends_with("👦…"), "{cut}");
    }

    #[test]
    fn sentences_are_put_together() {
        assert_eq!(stop("High water 11:52", "."), "High water 11:52.");
        assert_eq!(stop("Who pays?", "."), "Who pays?");
        assert_eq!(stop("बंदरगाह खुला है", "।"), "बंदरगाह खुला है।");
        assert_eq!(stop("\u{2068}Asha\u{2069}", "۔"), "\u{2068}Asha\u{2069}۔");
        assert_eq!(stop("کون ادا کرے گا؟", "۔"), "کون ادا کرے گا؟");
        assert_eq!(
            replace("{a} and {b} {c", &[("a", "{b}"), ("b", "2")]),
            "{b} and 2 {c"
        );
        assert_eq!(
            paragraphs("One\ntwo.\r\n\r\n\u{fdd0}Three.\n"),
            ["One two.", "Three."]
        );
    }
}
