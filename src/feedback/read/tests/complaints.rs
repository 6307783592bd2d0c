use super::*;
use Kind::{Complaint, Hard, Other, Soft};

fn arf(fields: &str, returned: &str) -> String {
    let body = format!(
        "--xx\nContent-Type: text/plain\n\nThis is an abuse report. The mail could not be delivered: 550 user unknown.\n--xx\nContent-Type: message/feedback-report\n\n{fields}\n\n--xx\nContent-Type: message/rfc822\n\n{returned}\n--xx--\n"
    );
    mail(
        "feedback@provider.example",
        "Fw: Morning Briefing",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=xx\n",
        &body,
    )
}

#[test]
fn a_complaint_names_its_reader() {
    for (name, fields, kind, reason, recipient) in [
        (
            "Yahoo's",
            "Feedback-Type: abuse\nUser-Agent: Feedback/2.0\nVersion: 0.1\nOriginal-Rcpt-To: kim@reader.example",
            Complaint,
            "abuse",
            "kim@reader.example",
        ),
        (
            "in brackets",
            "Feedback-Type: abuse\nOriginal-Rcpt-To: <li@reader.example>",
            Complaint,
            "abuse",
            "li@reader.example",
        ),
        (
            "Comcast's, which leaves it out",
            "Feedback-Type: abuse\nUser-Agent: ReturnPathFBL/1.0\nAbuse-Type: complaint",
            Complaint,
            "abuse",
            "kim@reader.example",
        ),
        (
            "an opt-out",
            "Feedback-Type: opt-out\nRemoval-Recipient: kim@reader.example",
            Complaint,
            "opt-out",
            "kim@reader.example",
        ),
        (
            "phishing",
            "Feedback-Type: fraud\nOriginal-Rcpt-To: kim@reader.example",
            Complaint,
            "fraud",
            "kim@reader.example",
        ),
        (
            "a mistake undone",
            "Feedback-Type: not-spam\nOriginal-Rcpt-To: kim@reader.example",
            Other,
            "not-spam",
            "kim@reader.example",
        ),
        (
            "DMARC's",
            "Feedback-Type: auth-failure\nAuth-Failure: dmarc\nOriginal-Rcpt-To: kim@reader.example",
            Other,
            "auth-failure",
            "kim@reader.example",
        ),
    ] {
        let mail = arf(fields, NEWSLETTER);
        check(name, &mail, kind, reason, recipient);
        assert_eq!(
            only(&mail).message_ids,
            ["42.7.390@courier.example"],
            "{name}"
        );
    }
}

#[test]
fn a_complaint_with_the_address_struck_out_still_leads_back() {
    let redacted = NEWSLETTER.replace("kim@reader.example", "[redacted]");
    let report = only(&arf(
        "Feedback-Type: abuse\nOriginal-Mail-From: <b-token7@bounces.courier.example>",
        &redacted,
    ));
    assert_eq!((report.kind, report.recipient), (Complaint, None));
    assert_eq!(report.sent_to, [VERP]);
}

#[test]
fn outlooks_complaint_is_the_mail_alone() {
    let body = format!(
        "--xx\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: kim@reader.example\n{NEWSLETTER}\n--xx--\n"
    );
    let mail = mail(
        "staff@outlook.example",
        "complaint about message from 192.0.2.7",
        "Content-Type: multipart/mixed; boundary=xx\n",
        &body,
    );
    check("Outlook's", &mail, Complaint, "abuse", "kim@reader.example");
}

#[test]
fn what_amazon_sends_as_json_is_read() {
    let of = |json: &str| {
        mail(
            "no-reply@sns.example",
            "AWS Notification Message",
            "",
            &format!("{json}\n\n--\nIf you wish to stop receiving notifications, visit the page."),
        )
    };
    let bounce = r#"{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"kim@reader.example","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"commonHeaders":{"messageId":"<42.7.390@courier.example>"}}}"#;
    check(
        "a bounce",
        &of(bounce),
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
    assert_eq!(only(&of(bounce)).message_ids, ["42.7.390@courier.example"]);
    check(
        "for now",
        &of(&bounce.replace("Permanent", "Transient")),
        Soft,
        "user-unknown",
        "kim@reader.example",
    );
    let complaint = r#"{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"kim@reader.example"}],"complaintFeedbackType":"abuse"},"mail":{}}"#;
    check(
        "a complaint",
        &of(complaint),
        Complaint,
        "abuse",
        "kim@reader.example",
    );
    let delivery = r#"{"notificationType":"Delivery","delivery":{"recipients":["kim@reader.example"],"smtpResponse":"250 2.6.0 accepted"},"mail":{}}"#;
    check(
        "a delivery",
        &of(delivery),
        Other,
        "delivered",
        "kim@reader.example",
    );
}
