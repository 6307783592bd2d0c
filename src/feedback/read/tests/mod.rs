//! Mails of our own making, after the forms in which real ones come.

mod answers;
mod bounces;
mod complaints;
mod hostile;

use super::read;
use crate::feedback::report::{Kind, Report};

/// To whom what comes back is sent.
const VERP: &str = "b-token7@bounces.courier.example";

/// Our newsletter, as it comes back inside a report.
const NEWSLETTER: &str = "Return-Path: <b-token7@bounces.courier.example>
Received: from mail.courier.example (mail.courier.example [192.0.2.7])
\tby mx.example.org with ESMTPS; Tue, 24 Nov 2026 06:00:02 +0000
From: The Courier <news@courier.example>
To: kim@reader.example
Subject: Morning Briefing: mailbox full, user unknown, 550 5.1.1
Message-ID: <42.7.390@courier.example>
List-Unsubscribe: <https://mail.courier.example/leave/x>

Spam, viruses and blocked accounts: how 552 mailboxes filled up. Write to tips@courier.example.
";

/// A mail to our bounce address.
fn mail(from: &str, subject: &str, more: &str, body: &str) -> String {
    format!(
        "Return-Path: <>\nDelivered-To: {VERP}\nFrom: {from}\nTo: <{VERP}>\nSubject: {subject}\nDate: Tue, 24 Nov 2026 06:00:05 +0000\nMIME-Version: 1.0\n{more}\n{body}"
    )
}

/// A report after RFC 3464: its words, the fields for the recipient, and our newsletter.
fn dsn(words: &str, fields: &str) -> String {
    let body = format!(
        "--xx\nContent-Type: text/plain; charset=utf-8\n\n{words}\n--xx\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n{fields}\n\n--xx\nContent-Type: message/rfc822\n\n{NEWSLETTER}\n--xx--\n"
    );
    mail(
        "MAILER-DAEMON@mx.example.org",
        "Undelivered Mail Returned to Sender",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=xx\n",
        &body,
    )
}

/// The only report of `mail`.
fn only(mail: &str) -> Report {
    let mut reports = read(mail.as_bytes());
    assert_eq!(reports.len(), 1, "{mail}\n{reports:#?}");
    reports.remove(0)
}

fn check(name: &str, mail: &str, kind: Kind, reason: &str, recipient: &str) {
    let report = only(mail);
    let is = (
        report.kind,
        report.reason,
        report.recipient.as_deref().unwrap_or_default(),
    );
    assert_eq!(is, (kind, reason, recipient), "{name}\n{mail}\n{report:#?}");
}
