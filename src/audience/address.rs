//! Addresses: parsed once, at the edge, and never printed by accident.

use std::fmt;

use lettre::Address;

/// Where a subscriber's mail goes (RFC 5321, section 4.1.2). Its domain is kept as A-labels in lower case; only
/// [`EmailAddress::as_smtp`] shows it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is no address; a clause for people, without the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing stands there.
    #[error("is empty")]
    Empty,
    /// There is no `@`, or nothing on one side of it.
    #[error("needs a name, an @ and a domain, as in asha@example.org")]
    Shape,
    /// The domain is not one that DNS could know.
    #[error("has a domain that cannot exist")]
    Domain,
    /// Longer than RFC 5321, section 4.5.3.1 allows.
    #[error("is too long: 64 octets before the @ and 254 in all are the limit")]
    Long,
}

impl EmailAddress {
    /// Parses what a person or a file gave; blanks around it are forgiven.
    pub fn parse(text: &str) -> Result<EmailAddress, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Shape)?;
        if local.is_empty()
            || domain.is_empty()
            || text.contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(AddressError::Shape);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Domain)?;
        if !domain.contains('.') && !domain.starts_with('[') {
            return Err(AddressError::Domain);
        }
        if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
            return Err(AddressError::Long);
        }
        Address::new(local, &domain).map_err(|_| AddressError::Shape)?;
        Ok(EmailAddress(format!("{local}@{domain}")))
    }

    /// An address that the database kept; it was parsed when it came in.
    pub fn stored(text: String) -> EmailAddress {
        EmailAddress(text)
    }

    /// The address as the envelope and the To header carry it.
    pub fn as_smtp(&self) -> &str {
        &self.0
    }

    /// The form by which two spellings of one mailbox are found to be one.
    pub fn normal(&self) -> String {
        self.0.to_lowercase()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address_and_what_is_not() {
        for (text, want) in [
            (
                " Asha.Raghunathan@Example.ORG ",
                Ok("Asha.Raghunathan@example.org"),
            ),
            ("jörg@bücher.example", Ok("jörg@xn--bcher-kva.example")),
            ("a+tag@example.co.uk", Ok("a+tag@example.co.uk")),
            ("", Err(AddressError::Empty)),
            ("asha", Err(AddressError::Shape)),
            ("@example.org", Err(AddressError::Shape)),
            ("asha@", Err(AddressError::Shape)),
            ("asha@localhost", Err(AddressError::Domain)),
            ("asha@-a.example", Err(AddressError::Domain)),
            ("as ha@example.org", Err(AddressError::Shape)),
            (
                "asha@example.org\r\nBcc: b@example.org",
                Err(AddressError::Shape),
            ),
        ] {
            assert_eq!(
                EmailAddress::parse(text)
                    .as_ref()
                    .map(EmailAddress::as_smtp)
                    .map_err(|e| *e),
                want,
                "{text:?}"
            );
        }
        assert_eq!(
            EmailAddress::parse(&format!("{}@example.org", "a".repeat(65))),
            Err(AddressError::Long)
        );
    }

    #[test]
    fn a_masked_address_shows_its_ends_and_debug_nothing() {
        let asha = EmailAddress::parse("asha.w@example.org").unwrap();
        assert_eq!(asha.masked(), "a…w@example.org");
        assert_eq!(
            EmailAddress::parse("a@example.org").unwrap().masked(),
            "…@example.org"
        );
        assert_eq!(format!("{asha:?}"), "EmailAddress(…)");
    }
}
