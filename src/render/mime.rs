//! The message: headers, and a text and an HTML part made of pieces.
//!
//! Every line ends with CRLF and is at most 998 octets long (RFC 5322, section 2.1.1); no line begins with a dot. No value
//! can add a header: what is not printable becomes a space.

use jiff::Timestamp;

use super::header::{Header, address_only, clean};
use super::piece::{Part, Piece, Slots};

/// The headers of one message. Addresses were checked where they came in, and have their domain as A-labels.
#[derive(Clone, Copy, Debug)]
pub struct MailView<'a> {
    /// Display name and address.
    pub from: (&'a str, &'a str),
    /// Where answers go, if not to `from`.
    pub reply_to: Option<&'a str>,
    /// Display name, if known, and address.
    pub to: (Option<&'a str>, &'a str),
    /// The subject, as plain text.
    pub subject: &'a str,
    /// When the message was made.
    pub date: Timestamp,
    /// `id@domain`, without the angle brackets.
    pub message_id: &'a str,
    /// Letters and digits that no body contains; other characters are left out.
    pub boundary: &'a str,
    /// The newsletter's title and its List-Id (RFC 2919), such as `morning-tide.courier.example`.
    pub list_id: Option<(&'a str, &'a str)>,
    /// The one-click link (RFC 8058). Notices that answer the reader's own act have none.
    pub list_unsubscribe: Option<&'a str>,
    /// An address to which a mail that says "unsubscribe" does the same (RFC 2369, section 3.2), beside the link.
    pub unsubscribe_by_mail: Option<&'a str>,
    /// What mailbox providers group complaints by, such as `issue:newsletter:digest:paper`.
    pub feedback_id: Option<&'a str>,
    /// Whether it answers by itself what someone has done, so that no other program answers it (RFC 3834, section 5).
    pub automatic: bool,
}

/// Writes the message behind `out`: `mail`'s headers, then the parts, each of them lists of pieces joined.
///
/// The text comes first (RFC 2046, section 5.1.4: the best comes last).
pub fn write(
    mail: &MailView<'_>,
    html: &[&[Piece]],
    text: &[&[Piece]],
    slots: &Slots<'_>,
    out: &mut Vec<u8>,
) {
    let boundary: String = mail
        .boundary
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(60)
        .collect();
    out.reserve(1024 + size(html) + size(text));
    write_headers(mail, &boundary, out);
    write_part(&boundary, "plain", Part::Text, text, slots, out);
    write_part(&boundary, "html", Part::Html, html, slots, out);
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
}

fn write_headers(mail: &MailView<'_>, boundary: &str, out: &mut Vec<u8>) {
    Header::begin(out, "From")
        .mailbox(Some(mail.from.0), mail.from.1)
        .end();
    if let Some(address) = mail.reply_to {
        Header::begin(out, "Reply-To").mailbox(None, address).end();
    }
    Header::begin(out, "To").mailbox(mail.to.0, mail.to.1).end();
    Header::begin(out, "Subject").text(mail.subject).end();
    // RFC 5322 reads "-0000" as "no zone known"; ours is known.
    Header::begin(out, "Date")
        .text(
            &mail
                .date
                .strftime("%a, %d %b %Y %H:%M:%S +0000")
                .to_string(),
        )
        .end();
    Header::begin(out, "Message-ID")
        .word(&format!("<{}>", address_only(mail.message_id)))
        .end();
    if let Some((title, id)) = mail.list_id {
        Header::begin(out, "List-Id")
            .phrase(title)
            .word(&format!("<{}>", address_only(id)))
            .end();
    }
    if let Some(link) = mail.list_unsubscribe {
        let link = format!("<{}>", address_only(link));
        let header = Header::begin(out, "List-Unsubscribe");
        match mail.unsubscribe_by_mail {
            Some(address) => header
                .word(&format!("{link},"))
                .word(&format!(
                    "<mailto:{}?subject=unsubscribe>",
                    address_only(address)
                ))
                .end(),
            None => header.word(&link).end(),
        }
        Header::begin(out, "List-Unsubscribe-Post")
            .word("List-Unsubscribe=One-Click")
            .end();
    }
    if let Some(id) = mail.feedback_id {
        Header::begin(out, "Feedback-ID").text(&clean(id)).end();
    }
    if mail.automatic {
        Header::begin(out, "Auto-Submitted")
            .word("auto-generated")
            .end();
    }
    Header::begin(out, "MIME-Version").word("1.0").end();
    let boundary = format!("boundary=\"{boundary}\"");
    Header::begin(out, "Content-Type")
        .word("multipart/alternative;")
        .word(&boundary)
        .end();
}

fn write_part(
    boundary: &str,
    kind: &str,
    part: Part,
    body: &[&[Piece]],
    slots: &Slots<'_>,
    out: &mut Vec<u8>,
) {
    let head = format!(
        "\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    );
    out.extend_from_slice(head.as_bytes());
    for piece in body.iter().copied().flatten() {
        piece.write(part, slots, out);
    }
}

/// The octets of the fixed pieces, so that a message is allocated once.
fn size(body: &[&[Piece]]) -> usize {
    let octets = body.iter().copied().flatten().map(|piece| match piece {
        Piece::Fixed(octets) => octets.len(),
        Piece::Slot(_) => 80,
    });
    octets.sum()
}
