//! Amazon SES: its bounces, complaints and delays, as they stand in an SNS message (`sns`).

use serde::Deserialize;

use super::{Refused, code_in, event, message_id, refusal, said};
use crate::feedback::report::{Kind, Report};

/// What SES says in the text of an SNS message of this id.
pub(super) fn reports(text: &str, id_of_sns: &str) -> Result<Vec<Report>, Refused> {
    let said: Message = match serde_json::from_str(text) {
        Ok(said) => said,
        // SES tries a topic with a sentence when it is set up.
        Err(_) if !text.trim_start().starts_with('{') => return Ok(Vec::new()),
        Err(_) => return Err(Refused::Garbled),
    };
    let kind = said
        .event_type
        .as_deref()
        .or(said.notification_type.as_deref());
    let recipients = match (kind.unwrap_or_default(), &said) {
        (
            "Bounce",
            Message {
                bounce: Some(bounce),
                ..
            },
        ) => bounce.reports(),
        (
            "Complaint",
            Message {
                complaint: Some(complaint),
                ..
            },
        ) => complaint.reports(),
        (
            "DeliveryDelay",
            Message {
                delivery_delay: Some(delay),
                ..
            },
        ) => delay.reports(),
        _ => return Ok(Vec::new()),
    };
    let complete = |(mut report, id): (Report, String)| {
        let id = if id.is_empty() { id_of_sns } else { &id };
        let recipient = report.recipient.as_deref().unwrap_or_default();
        report.event = event("ses", &[id, report.kind.word(), recipient]);
        report.sent_to = said.mail.source.iter().cloned().collect();
        report.message_ids = said.mail.message_ids();
        report
    };
    Ok(recipients.into_iter().map(complete).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    notification_type: Option<String>,
    event_type: Option<String>,
    #[serde(default)]
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery_delay: Option<Delay>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Mail {
    source: Option<String>,
    message_id: Option<String>,
    headers: Vec<Field>,
    common_headers: CommonHeaders,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CommonHeaders {
    message_id: Option<String>,
}

impl Mail {
    /// Ours first, then the one that SES put in its place.
    fn message_ids(&self) -> Vec<String> {
        let named = |field: &&Field| field.name.eq_ignore_ascii_case("message-id");
        let ours = self.headers.iter().find(named).map(|field| &field.value);
        let ours = ours.or(self.common_headers.message_id.as_ref());
        let theirs = self
            .message_id
            .as_ref()
            .map(|id| format!("{id}@email.amazonses.com"));
        let ids = ours.and_then(|id| message_id(id)).into_iter().chain(theirs);
        ids.collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    #[serde(rename = "bounceType")]
    kind: String,
    #[serde(rename = "bounceSubType", default)]
    sub_kind: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
    #[serde(default)]
    feedback_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
    #[serde(rename = "complaintFeedbackType")]
    kind: Option<String>,
    #[serde(default)]
    feedback_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delay {
    #[serde(default)]
    delayed_recipients: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Option<String>,
    status: Option<String>,
    diagnostic_code: Option<String>,
}

impl Recipient {
    fn report(&self, (kind, reason): (Kind, &'static str)) -> Report {
        let text = self.diagnostic_code.as_deref().unwrap_or_default();
        Report {
            kind,
            recipient: self.email_address.clone(),
            sent_to: Vec::new(),
            message_ids: Vec::new(),
            status: self.status.clone(),
            code: code_in(text),
            said: said(text),
            reason,
            event: String::new(),
        }
    }
}

impl Bounce {
    fn reports(&self) -> Vec<(Report, String)> {
        let one = |recipient: &Recipient| {
            let text = recipient.diagnostic_code.as_deref().unwrap_or_default();
            let refused = || refusal(recipient.status.as_deref(), code_in(text), text);
            let kind = match (&*self.kind, &*self.sub_kind) {
                ("Permanent", "NoEmail") => (Kind::Hard, "user-unknown"),
                ("Permanent", "Suppressed" | "OnAccountSuppressionList") => {
                    (Kind::Hard, "suppressed-there")
                }
                ("Permanent", _) => refused(),
                (_, "MailboxFull") => (Kind::Soft, "mailbox-full"),
                (_, "MessageTooLarge") => (Kind::Soft, "too-large"),
                (_, "ContentRejected" | "AttachmentRejected") => (Kind::Soft, "blocked"),
                // Amazon takes an out-of-office note for one of these; a bounce has a status.
                ("Transient", "General") if recipient.status.is_none() && text.is_empty() => {
                    (Kind::AutoReply, "auto-reply")
                }
                _ => (Kind::Soft, "temporary"),
            };
            (recipient.report(kind), self.feedback_id.clone())
        };
        self.bounced_recipients.iter().map(one).collect()
    }
}

impl Complaint {
    fn reports(&self) -> Vec<(Report, String)> {
        // RFC 5965, section 7.3: the reader took a mail out of the spam folder.
        if self.kind.as_deref() == Some("not-spam") {
            return Vec::new();
        }
        let one = |recipient: &Recipient| {
            let report = recipient.report((Kind::Complaint, "complaint"));
            (report, self.feedback_id.clone())
        };
        self.complained_recipients.iter().map(one).collect()
    }
}

impl Delay {
    fn reports(&self) -> Vec<(Report, String)> {
        let one =
            |recipient: &Recipient| (recipient.report((Kind::Delayed, "delayed")), String::new());
        self.delayed_recipients.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn notified(what: &Value) -> Vec<Report> {
        reports(&what.to_string(), "m").unwrap()
    }

    fn mail() -> Value {
        json!({
            "timestamp": "2026-11-24T06:28:00.000Z",
            "source": "b-abc@bounces.courier.example",
            "messageId": "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000",
            "destination": ["asha@example.org", "ben@example.org"],
            "headersTruncated": false,
            "headers": [{ "name": "From", "value": "x" }, { "name": "Message-ID", "value": "<abc@courier.example>" }],
            "commonHeaders": { "from": ["x"], "messageId": "<abc@courier.example>", "subject": "x" },
        })
    }

    fn bounce(kind: &str, sub_type: &str, recipients: &Value) -> Value {
        json!({
            "notificationType": "Bounce",
            "mail": mail(),
            "bounce": {
                "bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": recipients,
                "timestamp": "2026-11-24T06:28:30.000Z", "feedbackId": "00000138111222aa-000000",
                "reportingMTA": "dns; email.example.com",
            },
        })
    }

    #[test]
    fn a_bounce_of_two_readers_is_two_reports() {
        let recipients = json!([
            { "emailAddress": "asha@example.org", "action": "failed", "status": "5.1.1",
              "diagnosticCode": "smtp; 550 5.1.1 <asha@example.org>... User unknown" },
            { "emailAddress": "ben@example.org", "action": "failed", "status": "5.7.1",
              "diagnosticCode": "smtp; 554 5.7.1 blocked" },
        ]);
        let told = notified(&bounce("Permanent", "General", &recipients));
        let kinds: Vec<_> = told.iter().map(|r| (r.kind, r.reason, r.code)).collect();
        assert_eq!(
            kinds,
            [
                (Kind::Hard, "user-unknown", Some(550)),
                (Kind::Soft, "blocked", Some(554))
            ]
        );
        assert_eq!(told[0].recipient.as_deref(), Some("asha@example.org"));
        assert_eq!(told[0].sent_to, ["b-abc@bounces.courier.example"]);
        assert_eq!(told[0].message_ids[0], "abc@courier.example");
        assert_eq!(
            told[0].said.as_deref(),
            Some("smtp; 550 5.1.1 <…>... User unknown")
        );
        assert_ne!(told[0].event, told[1].event);
    }

    #[test]
    fn each_type_is_what_it_means() {
        let one = json!([{ "emailAddress": "asha@example.org" }]);
        let failed = json!([{ "emailAddress": "asha@example.org", "status": "4.4.7", "diagnosticCode": "smtp; 450 later" }]);
        for (said, expected) in [
            (bounce("Permanent", "NoEmail", &one), Kind::Hard),
            (
                bounce("Permanent", "OnAccountSuppressionList", &one),
                Kind::Hard,
            ),
            (bounce("Transient", "MailboxFull", &one), Kind::Soft),
            (bounce("Transient", "General", &one), Kind::AutoReply),
            (bounce("Transient", "General", &failed), Kind::Soft),
            (bounce("Undetermined", "Undetermined", &one), Kind::Soft),
            (
                json!({ "eventType": "Complaint", "mail": mail(),
                        "complaint": { "complainedRecipients": one, "feedbackId": "x", "complaintFeedbackType": "abuse" } }),
                Kind::Complaint,
            ),
            (
                json!({ "eventType": "DeliveryDelay", "mail": mail(),
                        "deliveryDelay": { "delayType": "MailboxFull", "delayedRecipients": failed } }),
                Kind::Delayed,
            ),
        ] {
            assert_eq!(notified(&said)[0].kind, expected, "{said}");
        }
        let not_spam = json!({ "notificationType": "Complaint",
            "complaint": { "complainedRecipients": one, "complaintFeedbackType": "not-spam" } });
        assert_eq!(notified(&not_spam), []);
        assert_eq!(
            notified(&json!({ "notificationType": "Delivery", "mail": mail() })),
            []
        );
        let tried = "Successfully validated SNS topic for Amazon SES event publishing.";
        assert_eq!(reports(tried, "m"), Ok(Vec::new()));
        assert_eq!(reports("{\"bounce\":5}", "m"), Err(Refused::Garbled));
    }
}
