//! Reads what mailboxes answer: bounces, delays, complaints, out of office, and the wish to leave.
//!
//! In: a mail as it came, from anybody. Out: what it says of each recipient; at least one report, at most a hundred.
//! Pure: nothing is looked up and nothing is believed; whether a mail of ours is meant, and what is to be done, is decided
//! by whoever takes the reports. Flow: `mail` takes it apart, within bounds → `arf`, `notification`, `dsn`,
//! `unsubscribe`, `autoreply`, in this order, look whether it is theirs → `said` judges what was said of a recipient by
//! the words of `phrases`. `prose` finds recipients in sentences, `text` and `address` what all of them read with.

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

mod address;
mod arf;
mod autoreply;
#[cfg(test)]
mod corpus;
mod dsn;
mod mail;
mod notification;
mod phrases;
mod prose;
mod said;
#[cfg(test)]
mod tests;
mod text;
mod unsubscribe;

use super::report::{Kind, Report};
use mail::Mail;

/// Of what was said, how much is kept.
const MAX_SAID_CHARS: usize = 500;

/// What `mail` says of each recipient. Takes time and memory by the length of the mail, of which it reads one mebibyte.
pub fn read(mail: &[u8]) -> Vec<Report> {
    let mail = Mail::read(mail);
    let mut reports = reports(&mail);
    let key = key(&mail);
    let sent_to = mail.sent_to();
    let message_ids = mail.message_ids();
    for (n, report) in reports.iter_mut().enumerate() {
        report.event = format!("mail-{key}-{n}");
        report.sent_to.clone_from(&sent_to);
        report.message_ids.extend(message_ids.iter().cloned());
    }
    reports
}

fn reports(mail: &Mail) -> Vec<Report> {
    if let Some(complaint) = arf::read(mail) {
        let of = |recipient| report(complaint.kind, complaint.reason, recipient, &complaint.said);
        if complaint.recipients.is_empty() {
            return vec![of(None)];
        }
        return complaint
            .recipients
            .iter()
            .cloned()
            .map(|one| of(Some(one)))
            .collect();
    }
    if let Some(notified) = notification::read(mail) {
        let of = |one: notification::Notified| Report {
            status: one.status,
            code: one.code,
            message_ids: one.message_id.into_iter().collect(),
            ..report(one.kind, one.reason, one.recipient, &one.said)
        };
        return notified.into_iter().map(of).collect();
    }
    if mail.is_read_receipt {
        return vec![report(Kind::Other, "read-receipt", sender(mail), "")];
    }
    if is_statistics(mail) {
        return vec![report(Kind::Other, "statistics", None, &mail.subject)];
    }
    let words = text::plain(&format!("{}\n{}", mail.subject, mail.own));
    let asks = phrases::hear(&words).is_challenge() || mail.status.iter().any(asks);
    if mail.status.is_empty() && !asks {
        if let Some(wish) = unsubscribe::wants(mail) {
            return vec![report(Kind::Unsubscribe, "unsubscribe", wish.of, "")];
        }
        if let Some(answer) = autoreply::answers(mail)
            && !mail.header.has("x-failed-recipients")
        {
            return vec![report(
                Kind::AutoReply,
                "auto-reply",
                answer.of,
                &mail.subject,
            )];
        }
    }
    let found = dsn::read(mail);
    if asks {
        let who = found
            .into_iter()
            .flatten()
            .find_map(|found| found.recipient);
        return vec![report(
            Kind::Other,
            "challenge",
            who.or_else(|| sender(mail)),
            &mail.subject,
        )];
    }
    let of = |one: dsn::Finding| Report {
        status: one.verdict.status,
        code: one.verdict.code,
        ..report(
            one.verdict.kind,
            one.verdict.reason,
            one.recipient,
            &one.said,
        )
    };
    match found {
        Some(found) => found.into_iter().map(of).collect(),
        None => vec![report(Kind::Other, "letter", None, "")],
    }
}

/// What domains tell one another daily of DMARC (RFC 7489, section 7.2.1.1) and of TLS (RFC 8460, section 5.3).
fn is_statistics(mail: &Mail) -> bool {
    let subject = text::plain(&mail.subject);
    mail.report_type.as_deref() == Some("tlsrpt")
        || (subject.contains("report domain:")
            && (subject.contains("submitter") || subject.contains("report-id")))
}

fn asks(block: &mail::Fields) -> bool {
    block
        .get("diagnostic-code")
        .is_some_and(|said| phrases::hear(&text::plain(said)).is_challenge())
}

fn sender(mail: &Mail) -> Option<String> {
    mail.addresses(&["reply-to", "from"]).into_iter().next()
}

fn report(kind: Kind, reason: &'static str, recipient: Option<String>, said: &str) -> Report {
    let line = said
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let line: String = line.collect::<Vec<_>>().join(" ");
    let line: String = address::strike(&line)
        .chars()
        .take(MAX_SAID_CHARS)
        .collect();
    Report {
        kind,
        recipient: recipient.filter(|recipient| !recipient.chars().any(char::is_control)),
        sent_to: Vec::new(),
        message_ids: Vec::new(),
        status: None,
        code: None,
        said: Some(line).filter(|line| !line.is_empty()),
        reason,
        event: String::new(),
    }
}

/// The same for a mail whichever way it came: without what is written on it on the way.
fn key(mail: &Mail) -> String {
    let mut context = Context::new(&SHA256);
    for name in ["message-id", "date", "from", "to", "subject"] {
        for value in mail.header.all(name) {
            context.update(value.as_bytes());
            context.update(b"\n");
        }
    }
    context.update(mail.raw[mail.body_at..].trim_ascii_end());
    HEXLOWER.encode(&context.finish().as_ref()[..16])
}
