//! What nobody should type, and what must not become of it.

use std::fmt::Debug;

use mail_parser::MessageParser;

use super::World;
use super::pages::Answer;

/// Markup and a template; more headers and an end of them; text that runs backwards, ends early, or commands a terminal.
pub(crate) const HOSTILE: [&str; 3] = [
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{page.paper}}",
    "x\r\nSet-Cookie: a=b\r\nBcc: everyone@example.org\r\n\r\n<b>hello",
    "\u{202e}ahsa\u{2066}\u{0}\u{1b}]0;here",
];

/// What they would be as more than text.
const MARKUP: [&str; 5] = [
    "<script",
    "<img src=x",
    "<b>hello",
    "'The Harbour Courier",
    "&#x27;The Harbour Courier",
];

/// Whether a reader or a terminal would take this for more than a letter.
fn commands(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t') || matches!(c, '\u{202a}'..='\u{202e}')
}

/// A page without what its fields hold: that is drawn apart, as it was typed.
fn outside_of_fields(page: &str) -> String {
    let parts = page.split(" value=\"");
    let parts = parts.enumerate().map(|(i, part)| match i {
        0 => part,
        _ => part.split_once('"').map_or("", |(_, rest)| rest),
    });
    let page: String = parts.collect();
    let parts = page.split("<textarea").enumerate();
    let parts = parts.map(|(i, part)| match i {
        0 => part,
        _ => part.split_once("</textarea>").map_or("", |(_, rest)| rest),
    });
    parts.collect()
}

impl Answer {
    /// Fails if what was typed is more than text on this page or in its headers, or if the page could not be made.
    #[track_caller]
    pub(crate) fn is_tame(&self, of: &impl Debug) {
        assert!(self.status < 500, "{of:?}: {}", self.body);
        for never in MARKUP {
            assert!(
                !self.body.contains(never),
                "{of:?}: {never} in {}",
                self.body
            );
        }
        let found = outside_of_fields(&self.body).chars().find(|c| commands(*c));
        assert_eq!(found, None, "{of:?}: {}", self.body);
        for (name, value) in &self.headers {
            let value = value.to_str().unwrap_or("more than text");
            let is_ours = !["script", "a=b", "everyone", "ahsa", "more than text"]
                .iter()
                .any(|part| value.contains(part));
            assert!(is_ours, "{of:?}: {name} is {value}");
        }
    }
}

/// Fails if what was typed is more than text in any mail that was sent.
#[track_caller]
pub(crate) fn mails_are_tame(world: &World) {
    for mail in world.relay.mails() {
        let raw = String::from_utf8_lossy(&mail.bytes);
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        assert!(
            !head.contains("\r\nbcc:") && !head.contains("\r\nset-cookie:"),
            "{head}"
        );
        let parsed = MessageParser::default().parse(&mail.bytes[..]).unwrap();
        let html = parsed.body_html(0).unwrap_or_default();
        for never in MARKUP {
            assert!(!html.contains(never), "{never} in {html}");
        }
        let to = parsed.to().and_then(|to| to.first()).unwrap();
        let shown = [
            parsed.subject().unwrap_or_default(),
            to.name().unwrap_or_default(),
            &parsed.body_text(0).unwrap_or_default(),
        ]
        .concat();
        assert_eq!(shown.chars().find(|c| commands(*c)), None, "{shown:?}");
    }
}
