//! Addresses: parsed once, at the edge, and never printed by accident.

use std::borrow::Cow;
use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

#[cfg(test)]
mod tests;

/// Where a subscriber's mail goes: a Dot-string of RFC 5321, section 4.1.2, or of RFC 6531, section 3.3, at a domain
/// name. The part before the `@` is kept as it was written, in normal form C; the domain is kept as A-labels in lower
/// case (UTS 46). Only [`EmailAddress::as_smtp`] shows it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is no address; a clause for people, without the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing stands there.
    #[error("is empty")]
    Empty,
    /// There is no `@`.
    #[error("has no @")]
    NoAt,
    /// Another character stands where the `@` belongs.
    #[error("has {0} (U+{code:04X}) where an @ belongs", code = u32::from(*.0))]
    LikeAt(char),
    /// There is more than one `@`.
    #[error("has more than one @")]
    ManyAts,
    /// An address stands in angle brackets.
    #[error("has < or > around it; give the bare address")]
    Brackets,
    /// Nothing before the `@`.
    #[error("has nothing before the @")]
    NoLocal,
    /// The part before the `@` begins with a dot.
    #[error("begins with a dot")]
    DotFirst,
    /// The part before the `@` ends with a dot.
    #[error("has a dot right before the @")]
    DotLast,
    /// Two dots in a row before the `@`.
    #[error("has two dots in a row before the @")]
    DotTwice,
    /// The part before the `@` has quotation marks (RFC 5321's Quoted-string), which no mail provider gives out.
    #[error("has quotation marks before the @")]
    Quoted,
    /// A character that cannot stand before the `@`.
    #[error("has {} before the @", told(*.0))]
    LocalCharacter(char),
    /// The part before the `@` is longer than RFC 5321, section 4.5.3.1.1 allows.
    #[error("is too long before the @: {0} octets, where 64 are the limit")]
    LongLocal(usize),
    /// Nothing after the `@`.
    #[error("has nothing after the @")]
    NoDomain,
    /// A number in brackets instead of a domain name.
    #[error("has a number in brackets after the @, where a domain name belongs")]
    Literal,
    /// The domain has no dot.
    #[error("has no dot after the @, so the domain is not a whole one")]
    NoDot,
    /// The label with this number, counted from one, is empty.
    #[error("has {}", empty_label(*.0, *.1))]
    EmptyLabel(usize, usize),
    /// The label with this number begins or ends with a hyphen.
    #[error("has a hyphen at the edge of its domain's {} label", nth(*.0))]
    Hyphen(usize),
    /// A character that cannot stand in a domain name.
    #[error("has {} in its domain", told(*.0))]
    DomainCharacter(char),
    /// The label with this number has more than 63 octets on the wire (RFC 1035, section 2.3.4).
    #[error("is too long in its domain's {} label: 63 octets are the limit", nth(*.0))]
    LongLabel(usize),
    /// The last label ends with a digit, as no top-level domain does.
    #[error("ends with a digit, as no domain does")]
    DigitLast,
    /// Not a name that IDNA knows (UTS 46).
    #[error("has a domain that cannot exist")]
    Domain,
    /// Longer than RFC 5321, section 4.5.3.1.3 allows for a path.
    #[error("is too long: {0} octets, where 254 are the limit")]
    Long(usize),
}

impl EmailAddress {
    /// Parses an address and nothing else: blanks around it are the caller's to take away.
    pub fn parse(text: &str) -> Result<EmailAddress, AddressError> {
        if text.trim().is_empty() {
            return Err(AddressError::Empty);
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            let like = text.chars().find(|c| matches!(c, '＠' | '﹫'));
            return Err(like.map_or(AddressError::NoAt, AddressError::LikeAt));
        };
        let local = parse_local(local)?;
        let domain = parse_domain(domain)?;
        let octets = local.len() + 1 + domain.len();
        if octets > 254 {
            return Err(AddressError::Long(octets));
        }
        Ok(EmailAddress(format!("{local}@{domain}")))
    }

    /// Parses an address that may have a name before it, as mail programs write it: `Asha Verrow <asha@example.org>`.
    /// The name is empty where there is none.
    pub fn parse_mailbox(text: &str) -> Result<(String, EmailAddress), AddressError> {
        let text = text.trim();
        match text.strip_suffix('>').and_then(|t| t.rsplit_once('<')) {
            None => Ok((String::new(), EmailAddress::parse(text)?)),
            Some((name, address)) => {
                let name = name.trim();
                let bare = name.strip_prefix('"').and_then(|n| n.strip_suffix('"'));
                let name = bare.map_or_else(|| name.to_owned(), |n| n.replace('\\', ""));
                Ok((name, EmailAddress::parse(address.trim())?))
            }
        }
    }

    /// An address that the database kept; it was parsed when it came in.
    pub fn stored(text: String) -> EmailAddress {
        EmailAddress(text)
    }

    /// The address as the envelope and the To header carry it.
    pub fn as_smtp(&self) -> &str {
        &self.0
    }

    /// Whether only a relay that offers SMTPUTF8 (RFC 6531) can take it: the part before the `@` is not ASCII.
    pub fn needs_smtputf8(&self) -> bool {
        !self.0.is_ascii()
    }

    /// The form by which two spellings of one mailbox are found to be one. RFC 5321 lets a host tell apart two that
    /// differ in case alone; no large provider does, and a reader who types Asha@ one day and asha@ the next is one
    /// person.
    pub fn normal(&self) -> String {
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        // Character by character, since the final sigma of a word is no other letter.
        let lower = self.0.chars().flat_map(char::to_lowercase);
        lower
            .map(|c| if c == 'ς' { 'σ' } else { c })
            .nfc()
            .collect()
    }

    /// The address as people may see it in output that others read: a…w@example.org.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let mut letters = local.chars();
        match (letters.next(), letters.next_back()) {
            (Some(first), Some(last)) => format!("{first}…{last}@{domain}"),
            _ => format!("…@{domain}"),
        }
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// The part before the `@`, in normal form C.
fn parse_local(text: &str) -> Result<Cow<'_, str>, AddressError> {
    if text.is_empty() {
        return Err(AddressError::NoLocal);
    }
    // Before it is normalised too: `<` and a combining stroke make one harmless letter, which is not what was written.
    check_local(text)?;
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Ok(Cow::Borrowed(text));
    }
    let normal: String = text.nfc().collect();
    check_local(&normal)?;
    Ok(Cow::Owned(normal))
}

fn check_local(text: &str) -> Result<(), AddressError> {
    if let Some(c) = text.chars().find(|c| !in_atom(*c) && *c != '.') {
        return Err(match c {
            '@' => AddressError::ManyAts,
            '"' => AddressError::Quoted,
            '<' => AddressError::Brackets,
            _ => AddressError::LocalCharacter(c),
        });
    }
    if let Some(c) = text.chars().next().filter(|c| is_combining_mark(*c)) {
        return Err(AddressError::LocalCharacter(c));
    }
    if text.starts_with('.') {
        return Err(AddressError::DotFirst);
    }
    if text.ends_with('.') {
        return Err(AddressError::DotLast);
    }
    if text.contains("..") {
        return Err(AddressError::DotTwice);
    }
    if text.len() > 64 {
        return Err(AddressError::LongLocal(text.len()));
    }
    Ok(())
}

/// RFC 5322's atext, and beyond ASCII what RFC 6531 adds less what nobody can see or type.
fn in_atom(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    }
    !(c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..))
}

/// The domain as A-labels in lower case.
fn parse_domain(text: &str) -> Result<Cow<'_, str>, AddressError> {
    if text.is_empty() {
        return Err(AddressError::NoDomain);
    }
    if text.starts_with('[') {
        return Err(AddressError::Literal);
    }
    let ascii = Uts46::new()
        .to_ascii(
            text.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Check,
            DnsLength::Verify,
        )
        .map_err(|_| why_no_domain(text))?;
    let Some((_, last)) = ascii.rsplit_once('.') else {
        return Err(AddressError::NoDot);
    };
    // The longest A-labels end with a digit; what people write in letters does not.
    if last.ends_with(|c: char| c.is_ascii_digit()) && !last.starts_with("xn--") {
        return Err(AddressError::DigitLast);
    }
    Ok(ascii)
}

/// The first thing that is wrong with a domain that UTS 46 refused.
fn why_no_domain(text: &str) -> AddressError {
    let folded: String = text.nfkc().collect::<String>().replace(['。', '｡'], ".");
    let odd = |c: &char| {
        !matches!(c, '.' | '-') && (c.is_ascii() && !c.is_ascii_alphanumeric() || !in_atom(*c))
    };
    if let Some(c) = folded.chars().find(odd) {
        return if c == '>' {
            AddressError::Brackets
        } else {
            AddressError::DomainCharacter(c)
        };
    }
    let labels: Vec<&str> = folded.split('.').collect();
    for (at, label) in labels.iter().enumerate() {
        if label.is_empty() {
            return AddressError::EmptyLabel(at + 1, labels.len());
        }
        if label.starts_with('-') || label.ends_with('-') {
            return AddressError::Hyphen(at + 1);
        }
        let on_the_wire = idna::domain_to_ascii(label).map_or(label.len(), |l| l.len());
        if on_the_wire > 63 {
            return AddressError::LongLabel(at + 1);
        }
    }
    if folded.len() > 253 {
        return AddressError::Long(folded.len());
    }
    AddressError::Domain
}

/// A character as a sentence can name it.
fn told(c: char) -> String {
    if c == ' ' {
        "a blank".into()
    } else if c == '\u{fffd}' {
        "a letter that was lost when the file was saved (U+FFFD)".into()
    } else if c.is_control() || c.is_whitespace() || !in_atom(c) && !c.is_ascii() {
        format!("an invisible character (U+{:04X})", u32::from(c))
    } else {
        format!("the character {c}")
    }
}

fn empty_label(n: usize, of: usize) -> String {
    if n == 1 {
        "a dot right after the @".into()
    } else if n == of {
        "a dot at its end".into()
    } else {
        format!(
            "two dots in a row after the @: its domain's {} label is empty",
            nth(n)
        )
    }
}

fn nth(n: usize) -> String {
    match n {
        1 => "first".into(),
        2 => "second".into(),
        3 => "third".into(),
        _ => format!("{n}th"),
    }
}
