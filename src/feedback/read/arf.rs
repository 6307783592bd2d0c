//! Complaints: reports in the form of RFC 5965, and those of the few who have their own.

use crate::feedback::report::Kind;

use super::address;
use super::mail::{Fields, Mail, push_new};
use super::prose::MAX_RECIPIENTS;
use super::text;

/// What a provider says of a mail of ours that one of its readers had.
pub(super) struct Complaint {
    pub(super) kind: Kind,
    pub(super) reason: &'static str,
    pub(super) recipients: Vec<String>,
    pub(super) said: String,
}

/// Fields of the mail itself in which providers keep the reader's address.
const KEPT: [&str; 6] = [
    "x-hmxmroriginalrecipient",
    "x-original-recipient",
    "to",
    "x-original-to",
    "x-rcpt-to",
    "delivered-to",
];

pub(super) fn read(mail: &Mail) -> Option<Complaint> {
    let nothing = Fields::default();
    let is_report = mail.report_type.as_deref() == Some("feedback-report");
    let fields = match &mail.feedback {
        Some(fields) => fields,
        None if is_report || is_of_outlook(mail) => &nothing,
        None => return None,
    };
    let told = fields
        .get("feedback-type")
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let (kind, reason) = match told.as_str() {
        "abuse" | "" | "complaint" => (Kind::Complaint, "abuse"),
        "fraud" => (Kind::Complaint, "fraud"),
        "opt-out" | "opt-out-list" | "unsubscribe" => (Kind::Complaint, "opt-out"),
        "auth-failure" | "dmarc" | "dkim" | "spf" => (Kind::Other, "auth-failure"),
        "not-spam" => (Kind::Other, "not-spam"),
        "virus" => (Kind::Other, "virus"),
        _ => (Kind::Other, "feedback"),
    };
    Some(Complaint {
        kind,
        reason,
        recipients: recipients(mail, fields),
        said: format!(
            "Feedback-Type: {} {}",
            text::head(&told, 40),
            fields.get("user-agent").unwrap_or_default()
        ),
    })
}

/// Outlook's programme (JMRP) sends the mail alone, and names the reader in it.
fn is_of_outlook(mail: &Mail) -> bool {
    let subject = text::plain(&mail.subject);
    mail.returned.has("x-hmxmroriginalrecipient")
        || (subject.starts_with("complaint about message from") && !mail.returned.is_empty())
}

fn recipients(mail: &Mail, fields: &Fields) -> Vec<String> {
    let mut found = Vec::new();
    for name in [
        "original-rcpt-to",
        "removal-recipient",
        "original-recipient",
        "final-recipient",
    ] {
        for value in fields.all(name) {
            let address = address::of_field(value);
            if let Some(address) = address.filter(|_| found.len() < MAX_RECIPIENTS) {
                push_new(&mut found, address);
            }
        }
    }
    for name in KEPT {
        if !found.is_empty() {
            break;
        }
        let mut them = mail.returned.all(name).flat_map(address::all);
        // A mail of ours is to one reader. More than that, and it cannot be told who complained.
        if let (Some(one), None) = (them.next(), them.next()) {
            found.push(one);
        }
    }
    found
}
