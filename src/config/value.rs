//! Values with a form of their own: parsing is the proof that they are well formed.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::tz::TimeZone;

use super::wording::meant;

/// Why a text is not the value it should be: how the sentence goes on after it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    says: String,
    hint: Option<String>,
}

impl Refusal {
    pub(super) fn new(says: impl Into<String>, hint: impl Into<Option<String>>) -> Refusal {
        Refusal {
            says: says.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// Reads and writes a type as the text that `FromStr` and `Display` know.
macro_rules! as_text {
    ($($type:ty),+) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str($crate::config::value::AsText(std::marker::PhantomData))
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
    )+};
}

/// Parses while the deserializer still knows the place, which an error made afterwards would lose.
pub(super) struct AsText<T>(pub(super) PhantomData<T>);

impl<T: FromStr<Err = Refusal>> serde::de::Visitor<'_> for AsText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

pub(super) use as_text;

as_text!(Zone, Mailbox, Colour);

/// A time zone by its IANA name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Its rules.
    pub fn tz(&self) -> &TimeZone {
        &self.0
    }
}

impl Default for Zone {
    fn default() -> Zone {
        Zone(TimeZone::UTC)
    }
}

impl FromStr for Zone {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Zone, Refusal> {
        TimeZone::get(text).map(Zone).map_err(|_| {
            let known: Vec<String> = jiff::tz::db()
                .available()
                .map(|name| name.to_string())
                .collect();
            let hint = match meant(text, known.iter().map(String::as_str)) {
                Some(name) => format!("did you mean {name:?}?"),
                None => {
                    "write the name of a region and a city, such as \"Europe/London\"".to_owned()
                }
            };
            Refusal::new("is not the IANA name of a time zone", hint)
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

/// A sender: an address and the name shown for it (RFC 5322, section 3.4).
///
/// `Display` writes the configuration's form; a header needs its name encoded first (RFC 2047).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// What mail programs show.
    pub name: Option<String>,
    /// The address, for the header and for the envelope.
    pub address: lettre::Address,
}

impl Default for Mailbox {
    /// Stands in while the real one is missing, which no loaded configuration allows.
    fn default() -> Mailbox {
        let address =
            lettre::Address::new("nobody", "example.invalid").expect("a well-formed address");
        Mailbox {
            name: None,
            address,
        }
    }
}

impl FromStr for Mailbox {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Mailbox, Refusal> {
        let form = || "write \"Morning Tide <tide@example.org>\", or the address alone".to_owned();
        if text.chars().any(char::is_control) {
            return Err(Refusal::new(
                "holds a line break or another control character",
                form(),
            ));
        }
        let (name, address) = match text
            .trim()
            .strip_suffix('>')
            .and_then(|text| text.rsplit_once('<'))
        {
            Some((name, address)) => (name.trim(), address.trim()),
            None => ("", text.trim()),
        };
        let address = address
            .parse()
            .map_err(|_| Refusal::new("is not a name and an address", form()))?;
        let name = match name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'))
        {
            Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
            None => name.to_owned(),
        };
        Ok(Mailbox {
            name: Some(name).filter(|name| !name.is_empty()),
            address,
        })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

/// A colour as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// How well it can be told from `other`, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl FromStr for Colour {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Colour, Refusal> {
        let parts = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = parts.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match number.map(u32::to_be_bytes) {
            Some([_, red, green, blue]) => Ok(Colour([red, green, blue])),
            None => Err(Refusal::new(
                "is not a colour",
                "write six hexadecimal digits, such as \"#00566a\"".to_owned(),
            )),
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Whether `text` can stand in links, file names and List-Id: 1 to 64 of a-z, 0-9 and hyphens.
pub(super) fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether `text` has the form of a language tag such as `en` or `pt-BR` (RFC 5646, section 2.1).
pub(super) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    parts.next().is_some_and(|first| {
        (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_lowercase())
    }) && parts.all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes() {
        for (text, name, address) in [
            (
                "Morning Tide <tide@example.org>",
                Some("Morning Tide"),
                "tide@example.org",
            ),
            (
                "\"Tide, \\\"early\\\"\" <tide@example.org>",
                Some("Tide, \"early\""),
                "tide@example.org",
            ),
            (" tide@example.org ", None, "tide@example.org"),
            ("<tide@example.org>", None, "tide@example.org"),
            (
                "Æther <tide@example.org>",
                Some("Æther"),
                "tide@example.org",
            ),
        ] {
            let mailbox: Mailbox = text.parse().unwrap();
            assert_eq!(
                (mailbox.name.as_deref(), mailbox.address.as_ref()),
                (name, address),
                "{text}"
            );
            assert_eq!(
                mailbox.to_string().parse::<Mailbox>().unwrap(),
                mailbox,
                "{text}"
            );
        }
        for text in [
            "",
            "Morning Tide",
            "a@b@c d",
            "Tide <>",
            "A\r\nBcc: x@example.org <tide@example.org>",
        ] {
            assert!(text.parse::<Mailbox>().is_err(), "{text}");
        }
    }

    #[test]
    fn colours_and_their_contrast() {
        let [black, white] = ["#000000", "#FFFFFF"].map(|text| text.parse::<Colour>().unwrap());
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert_eq!("#00566a".parse::<Colour>().unwrap().to_string(), "#00566a");
        for text in ["", "#fff", "00566a", "#00566g", "#+0566a", "#é566a"] {
            assert!(text.parse::<Colour>().is_err(), "{text}");
        }
    }

    #[test]
    fn slugs_and_languages() {
        assert!(is_slug("morning-tide-2"));
        assert!(
            ["", "Morning", "a_b", "é"]
                .iter()
                .all(|text| !is_slug(text))
                && !is_slug(&"a".repeat(65))
        );
        assert!(
            ["en", "pt-BR", "zh-Hant-TW", "gsw"]
                .iter()
                .all(|text| is_language(text))
        );
        assert!(
            ["", "English", "EN", "en_GB", "en-"]
                .iter()
                .all(|text| !is_language(text))
        );
    }
}
