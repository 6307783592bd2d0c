//! What stands in a mail that was caught.

use postrider::demo::relay::Caught;

/// Its subject, decoded.
pub(crate) fn subject(mail: &Caught) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed.subject().unwrap_or_default().to_owned()
}

/// Its text part.
pub(crate) fn text(mail: &Caught) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed.body_text(0).unwrap_or_default().into_owned()
}

/// Whether the text part carries the story of this slug.
pub(crate) fn carries(mail: &Caught, slug: &str) -> bool {
    text(mail).contains(&format!("https://courier.example/{slug}\n"))
        || text(mail).contains(&format!("https://courier.example/{slug}\r\n"))
}
