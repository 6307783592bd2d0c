//! Pieces: text that is already quoted-printable (RFC 2045, section 6.7), and slots between them.
//!
//! The encoding has no state but the column. So a piece begins and ends at column 0, with a soft break where the text
//! has none, and a slot's value is encoded alone: six octets a slot buy that nothing is ever encoded twice.

use std::borrow::Cow;

use super::fill::{
    MARK_CLOSE, MARK_OPEN, escape_html, is_reserved, is_web_link, needs_escape, wrap,
};

/// The longest line of an encoded body, without its CRLF.
const LINE: usize = 76;

/// A place in a body for what is personal, or differs by cohort. Templates name it in snake case: `{{slot 'leave_link'}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The subject, for the HTML's title.
    Subject,
    /// What a mailbox shows beside the subject.
    Preheader,
    /// "Good morning, Asha.", or the same without a name.
    Greeting,
    /// Why the reader gets this, since when, and at what time; see [`super::Words::why`].
    Why,
    /// The reader's own page of choices.
    PreferencesLink,
    /// Pauses this newsletter, after a question.
    PauseLink,
    /// Leaves this newsletter, after a question.
    LeaveLink,
    /// The issue as a page.
    BrowserLink,
    /// The reader's own code for an offer.
    Code,
}

impl Slot {
    /// All slots with their names in templates, in the order in which [`Slots`] keeps them.
    pub const ALL: [(Slot, &'static str); 9] = [
        (Slot::Subject, "subject"),
        (Slot::Preheader, "preheader"),
        (Slot::Greeting, "greeting"),
        (Slot::Why, "why"),
        (Slot::PreferencesLink, "preferences_link"),
        (Slot::PauseLink, "pause_link"),
        (Slot::LeaveLink, "leave_link"),
        (Slot::BrowserLink, "browser_link"),
        (Slot::Code, "code"),
    ];

    /// The slot that templates call `name`.
    pub fn named(name: &str) -> Option<Slot> {
        Slot::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(slot, _)| *slot)
    }

    fn is_link(self) -> bool {
        matches!(
            self,
            Slot::PreferencesLink | Slot::PauseLink | Slot::LeaveLink | Slot::BrowserLink
        )
    }
}

/// The values of a message's slots, as plain text. A slot without a value comes out empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slots<'a>([&'a str; Slot::ALL.len()]);

impl<'a> Slots<'a> {
    /// These values, with `value` in `slot`. A cohort's values are copied and completed for each reader.
    #[must_use]
    pub fn with(mut self, slot: Slot, value: &'a str) -> Slots<'a> {
        self.0[slot as usize] = value;
        self
    }

    /// What stands in `slot`.
    pub fn get(&self, slot: Slot) -> &'a str {
        self.0[slot as usize]
    }
}

/// The part of a mail that a value is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Html,
    Text,
}

/// A stretch of a body, ready for the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Quoted-printable octets that begin and end at column 0.
    Fixed(Vec<u8>),
    /// What [`Slots`] has for this slot.
    Slot(Slot),
}

impl Piece {
    /// Rendered text, with its marked slots, as pieces. A mark that names no slot is left out: no template can make one.
    pub(super) fn compile(rendered: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (i, part) in rendered.split([MARK_OPEN, MARK_CLOSE]).enumerate() {
            if i % 2 == 1 {
                pieces.extend(Slot::named(part).map(Piece::Slot));
            } else if !part.is_empty() {
                let mut octets = Vec::with_capacity(part.len() + part.len() / 8);
                encode(part.as_bytes(), &mut octets);
                pieces.push(Piece::Fixed(octets));
            }
        }
        pieces
    }

    /// The slots marked in `rendered`, one after the other.
    pub(super) fn slots_in(rendered: &str) -> impl Iterator<Item = Slot> {
        let names = rendered.split([MARK_OPEN, MARK_CLOSE]).skip(1).step_by(2);
        names.filter_map(Slot::named)
    }

    /// Writes this piece of `part` behind `out`, which stands at column 0, and leaves it at column 0.
    pub(super) fn write(&self, part: Part, slots: &Slots<'_>, out: &mut Vec<u8>) {
        match self {
            Piece::Fixed(octets) => out.extend_from_slice(octets),
            Piece::Slot(slot) => encode(value(*slot, part, slots).as_bytes(), out),
        }
    }
}

/// A slot's value as it stands in `part`, before it is encoded.
pub(super) fn value<'a>(slot: Slot, part: Part, slots: &Slots<'a>) -> Cow<'a, str> {
    let given = slots.get(slot);
    if slot.is_link() && !is_web_link(given) {
        return Cow::Borrowed(if part == Part::Html { "#" } else { "" });
    }
    // Controls would end a line of the text, or be forbidden in HTML.
    let clean = if given.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        Cow::Borrowed(given)
    } else {
        let clean = given
            .chars()
            .filter(|c| !is_reserved(*c))
            .map(|c| if c.is_control() { ' ' } else { c });
        Cow::Owned(clean.collect())
    };
    match part {
        Part::Html if needs_escape(&clean) => Cow::Owned(escape_html(&clean)),
        // A sentence of some length, which stands in a paragraph of its own.
        Part::Text if slot == Slot::Why => Cow::Owned(wrap(&clean, "", "")),
        Part::Html | Part::Text => clean,
    }
}

/// What stands for itself wherever it is in a line, but for what [`begins_badly`].
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_graphic() && octet != b'='
}

/// What must not begin a line as it is.
fn begins_badly(text: &[u8]) -> bool {
    text.starts_with(b".") || text.starts_with(b"From ")
}

/// Writes `text` as quoted-printable behind `out`, which stands at column 0, and leaves it there.
///
/// A dot that begins a line is encoded, so that no transport has to stuff it, and so is the `F` of "From ", which mbox
/// files would change.
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut column = 0;
    let mut i = 0;
    while i < text.len() {
        // Most of what is personal is a link or a plain sentence: as much of it as the line takes, at once.
        let room = (LINE - 1).saturating_sub(column);
        let plain = text[i..].iter().take(room).take_while(|b| is_plain(**b));
        let plain = plain.count();
        if plain > 0 && (column > 0 || !begins_badly(&text[i..])) {
            out.extend_from_slice(&text[i..i + plain]);
            column += plain;
            i += plain;
            continue;
        }
        let octet = text[i];
        i += 1;
        let rest = &text[i..];
        if octet == b'\n' || (octet == b'\r' && rest.first() == Some(&b'\n')) {
            if octet == b'\n' {
                out.extend_from_slice(b"\r\n");
                column = 0;
            }
            continue;
        }
        let ends_line = matches!(rest.first(), None | Some(b'\n' | b'\r'));
        let as_is = match octet {
            b' ' | b'\t' => !ends_line,
            b'=' => false,
            _ => octet.is_ascii_graphic(),
        };
        // The last column is for the "=" of a soft break.
        if column + if as_is { 1 } else { 3 } >= LINE {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if as_is && (column > 0 || !begins_badly(&text[i - 1..])) {
            out.push(octet);
            column += 1;
        } else {
            out.extend_from_slice(&[
                b'=',
                HEX[usize::from(octet >> 4)],
                HEX[usize::from(octet & 15)],
            ]);
            column += 3;
        }
    }
    if column > 0 {
        out.extend_from_slice(b"=\r\n");
    }
}
