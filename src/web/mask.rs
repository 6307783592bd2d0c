//! Addresses as they are shown to who may not be their owner.

use crate::audience::EmailAddress;

/// `a…w@example.org`: enough for its owner to know it, and too little for anybody else to write to it. A line does not
/// break in it where it can help it.
pub fn masked(email: &EmailAddress) -> String {
    let Some((local, domain)) = email.as_smtp().rsplit_once('@') else {
        return "…".to_owned();
    };
    let mut letters = local.chars();
    let (first, last) = (letters.next(), letters.next_back());
    let shown = |c: Option<char>| c.map(String::from).unwrap_or_default();
    // Of a short name even two letters would be too many.
    let last = if local.chars().count() < 4 {
        None
    } else {
        last
    };
    // The word joiner (UAX #14, WJ) is not seen.
    format!("{}…\u{2060}{}@{domain}", shown(first), shown(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_shown() {
        for (address, shown) in [
            ("asha.verrow@example.org", "a…\u{2060}w@example.org"),
            ("asha@example.org", "a…\u{2060}a@example.org"),
            ("ash@example.org", "a…\u{2060}@example.org"),
            ("a@example.org", "a…\u{2060}@example.org"),
            ("äöüß@example.org", "ä…\u{2060}ß@example.org"),
            ("nobody", "…"),
        ] {
            let email = EmailAddress::stored(address.to_owned());
            assert_eq!(masked(&email), shown);
        }
    }
}
