//! Amazon SES, whose bounces, complaints and delays come by way of SNS.
//!
//! An SNS message names the address of the certificate it is signed with. Whoever may choose that address may sign, so it
//! must be the one of Amazon SNS in the region of a topic that is configured, by https, and is asked without following
//! redirects. Its chain is not built: SNS hands out the leaf alone, and that Amazon's own host gave it to us by TLS proves as
//! much. Topic and address are looked at before anything is fetched; the message in it is read only once the
//! signature holds. Both versions of the signature are known: SHA-1 (1), which is SNS's default, and SHA-256 (2).

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use url::{Host, Url};

use super::{RETRIED_S, Refused, code_in, event, fresh, message_id, refusal, said};
use crate::config::region;
use crate::feedback::report::{Kind, Report};

/// An SNS message as it came: nothing in it is to be believed before [`Envelope::verify`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Envelope {
    #[serde(rename = "Type")]
    kind: String,
    message_id: String,
    topic_arn: String,
    message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
    subject: Option<String>,
    token: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}

/// What a verified message wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// These reports are to be acted upon.
    Reports(Vec<Report>),
    /// The topic would like to send here: asking for this address agrees to it.
    Confirm(Url),
    /// Nothing.
    Nothing,
}

impl Envelope {
    /// Takes a body apart, if it is of one of these topics and names a certificate that may be asked for.
    pub fn open(body: &[u8], topics: &[String]) -> Result<(Envelope, Url), Refused> {
        let envelope: Envelope = serde_json::from_slice(body).map_err(|_| Refused::Unsigned)?;
        if !topics.contains(&envelope.topic_arn) {
            return Err(Refused::Topic);
        }
        let region = region(&envelope.topic_arn).ok_or(Refused::Topic)?;
        let url = of_sns(&envelope.signing_cert_url, region).ok_or(Refused::Certificate)?;
        // Its name ends just so.
        if url.path().strip_suffix(".pem").is_none() || url.query().is_some() {
            return Err(Refused::Certificate);
        }
        Ok((envelope, url))
    }

    /// What it wants, if it was signed with this public key (DER of SubjectPublicKeyInfo), not too long ago.
    pub fn verify(&self, key: &[u8], now: Timestamp) -> Result<Wanted, Refused> {
        let algorithm = match &*self.signature_version {
            "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(Refused::Forged),
        };
        let signature = STANDARD
            .decode(&self.signature)
            .map_err(|_| Refused::Forged)?;
        let text = self.signed_text().ok_or(Refused::Forged)?;
        UnparsedPublicKey::new(algorithm, key)
            .verify(text.as_bytes(), &signature)
            .map_err(|_| Refused::Forged)?;
        let at: Timestamp = self.timestamp.parse().map_err(|_| Refused::Stale)?;
        fresh(at.as_second(), now, RETRIED_S)?;
        match &*self.kind {
            "SubscriptionConfirmation" => {
                let region = region(&self.topic_arn).ok_or(Refused::Topic)?;
                let url = self
                    .subscribe_url
                    .as_deref()
                    .and_then(|url| of_sns(url, region));
                url.map(Wanted::Confirm).ok_or(Refused::Garbled)
            }
            "Notification" => self.read().map(Wanted::Reports),
            _ => Ok(Wanted::Nothing),
        }
    }

    /// The text that SNS signs: a line with each field's name, and one with its value.
    fn signed_text(&self) -> Option<String> {
        let fields = match &*self.kind {
            "Notification" => vec![
                ("Message", Some(&self.message)),
                ("MessageId", Some(&self.message_id)),
                ("Subject", self.subject.as_ref()),
                ("Timestamp", Some(&self.timestamp)),
                ("TopicArn", Some(&self.topic_arn)),
                ("Type", Some(&self.kind)),
            ],
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => vec![
                ("Message", Some(&self.message)),
                ("MessageId", Some(&self.message_id)),
                ("SubscribeURL", self.subscribe_url.as_ref()),
                ("Timestamp", Some(&self.timestamp)),
                ("Token", self.token.as_ref()),
                ("TopicArn", Some(&self.topic_arn)),
                ("Type", Some(&self.kind)),
            ],
            _ => return None,
        };
        let mut text = String::new();
        for (name, value) in fields {
            if let Some(value) = value {
                text.extend([name, "\n", value, "\n"]);
            }
        }
        Some(text)
    }

    fn read(&self) -> Result<Vec<Report>, Refused> {
        let said: Message = match serde_json::from_str(&self.message) {
            Ok(said) => said,
            // SES tries a topic with a sentence when it is set up.
            Err(_) if !self.message.trim_start().starts_with('{') => return Ok(Vec::new()),
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
            let id = if id.is_empty() { &self.message_id } else { &id };
            let recipient = report.recipient.as_deref().unwrap_or_default();
            report.event = event("ses", &[id, report.kind.word(), recipient]);
            report.sent_to = said.mail.source.iter().cloned().collect();
            report.message_ids = said.mail.message_ids();
            report
        };
        Ok(recipients.into_iter().map(complete).collect())
    }
}

/// An address that is Amazon SNS's in this region, by https on its usual port.
fn of_sns(text: &str, region: &str) -> Option<Url> {
    // What others would read otherwise than we do is nothing that Amazon writes.
    if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let host = format!("sns.{region}.amazonaws.com").to_ascii_lowercase();
    let is_sns = url.scheme() == "https"
        && url.host() == Some(Host::Domain(&*host))
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_sns.then_some(url)
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
    use std::sync::OnceLock;

    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256};
    use serde_json::{Value, json};

    use super::*;

    const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:bounces";
    const CERTIFICATE: &str =
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";

    fn pair() -> &'static RsaKeyPair {
        static PAIR: OnceLock<RsaKeyPair> = OnceLock::new();
        PAIR.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    fn key() -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = pair().public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    fn now() -> Timestamp {
        "2026-11-24T06:30:00Z".parse().unwrap()
    }

    /// An SNS message with these fields changed before it is signed.
    fn message(changes: &Value) -> Value {
        let mut message = json!({
            "Type": "Notification",
            "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            "TopicArn": TOPIC,
            "Message": "{}",
            "Timestamp": "2026-11-24T06:29:00.000Z",
            "SignatureVersion": "2",
            "Signature": "",
            "SigningCertURL": CERTIFICATE,
            "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        });
        for (name, value) in changes.as_object().unwrap() {
            message[name] = value.clone();
        }
        let envelope: Envelope = serde_json::from_value(message.clone()).unwrap();
        let text = envelope.signed_text().unwrap();
        let mut signature = vec![0; pair().public_modulus_len()];
        pair()
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .unwrap();
        message["Signature"] = STANDARD.encode(signature).into();
        message
    }

    fn open(message: &Value) -> Result<(Envelope, Url), Refused> {
        Envelope::open(message.to_string().as_bytes(), &[TOPIC.to_owned()])
    }

    fn take(message: &Value) -> Result<Wanted, Refused> {
        open(message)?.0.verify(&key(), now())
    }

    fn notified(what: &Value) -> Vec<Report> {
        match take(&message(
            &json!({ "Message": what.to_string(), "Subject": "a\nb" }),
        ))
        .unwrap()
        {
            Wanted::Reports(reports) => reports,
            other => panic!("{other:?}"),
        }
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
        let reports = notified(&bounce("Permanent", "General", &recipients));
        let kinds: Vec<_> = reports.iter().map(|r| (r.kind, r.reason, r.code)).collect();
        assert_eq!(
            kinds,
            [
                (Kind::Hard, "user-unknown", Some(550)),
                (Kind::Soft, "blocked", Some(554))
            ]
        );
        assert_eq!(reports[0].recipient.as_deref(), Some("asha@example.org"));
        assert_eq!(reports[0].sent_to, ["b-abc@bounces.courier.example"]);
        assert_eq!(reports[0].message_ids[0], "abc@courier.example");
        assert_eq!(
            reports[0].said.as_deref(),
            Some("smtp; 550 5.1.1 <…>... User unknown")
        );
        assert_ne!(reports[0].event, reports[1].event);
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
        let tried = message(
            &json!({ "Message": "Successfully validated SNS topic for Amazon SES event publishing." }),
        );
        assert_eq!(take(&tried), Ok(Wanted::Reports(Vec::new())));
        assert_eq!(
            take(&message(&json!({ "Message": "{\"bounce\":5}" }))),
            Err(Refused::Garbled)
        );
    }

    #[test]
    fn what_somebody_else_signed_or_changed_is_refused() {
        let good = message(&json!({}));
        assert_eq!(take(&good), Ok(Wanted::Reports(Vec::new())));
        for (name, value) in [
            ("Message", "{ }"),
            ("MessageId", "x"),
            ("Timestamp", "2026-11-24T06:29:01.000Z"),
            ("Subject", "x"),
            ("Type", "UnsubscribeConfirmation"),
            ("Type", "Something"),
            ("Signature", ""),
            ("Signature", "!"),
            ("SignatureVersion", "1"),
            ("SignatureVersion", "3"),
        ] {
            let mut changed = good.clone();
            changed[name] = value.into();
            assert_eq!(take(&changed), Err(Refused::Forged), "{name} = {value}");
        }
        let other = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let other: PublicKeyX509Der<'_> = other.public_key().as_der().unwrap();
        let envelope = open(&good).unwrap().0;
        assert_eq!(envelope.verify(other.as_ref(), now()), Err(Refused::Forged));
        assert_eq!(envelope.verify(b"no key", now()), Err(Refused::Forged));
        for at in [
            "2026-11-23T04:00:00.000Z",
            "2026-11-24T07:00:00.000Z",
            "today",
        ] {
            assert_eq!(
                take(&message(&json!({ "Timestamp": at }))),
                Err(Refused::Stale),
                "{at}"
            );
        }
    }

    /// A message that is signed by SHA-1, as SNS does unless it is told otherwise, by the key in `RSA_SHA1_KEY`. The
    /// library signs nothing with SHA-1 any more, so it was made once, by OpenSSL.
    #[test]
    fn the_first_version_of_the_signature_is_known_too() {
        let envelope: Envelope = serde_json::from_value(json!({
            "Type": "Notification",
            "MessageId": "m",
            "TopicArn": TOPIC,
            "Message": "{}",
            "Timestamp": "2026-11-24T06:29:00.000Z",
            "SignatureVersion": "1",
            "Signature": include_str!("sha1.signature").trim(),
            "SigningCertURL": CERTIFICATE,
        }))
        .unwrap();
        let key = STANDARD.decode(include_str!("sha1.key").trim()).unwrap();
        assert_eq!(
            envelope.verify(&key, now()),
            Ok(Wanted::Reports(Vec::new()))
        );
        let envelope = Envelope {
            message: "{ }".to_owned(),
            ..envelope
        };
        assert_eq!(envelope.verify(&key, now()), Err(Refused::Forged));
    }

    #[test]
    fn a_certificate_from_anywhere_else_is_not_asked_for() {
        for url in [
            "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
            "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
            "https://me@sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
            "https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem",
            "https://evil-sns.eu-west-1.amazonaws.com/x.pem",
            "https://s3.eu-west-1.amazonaws.com/bucket/x.pem",
            "https://sns.eu-west-1.amazonaws.com/x.txt",
            "https://sns.eu-west-1.amazonaws.com/?Action=Publish&x=.pem",
            "https://sns.eu-west-1.amazonaws.com/x.pem?redirect=evil",
            "https://127.0.0.1/x.pem",
            "file:///etc/ssl/x.pem",
            "",
        ] {
            let refused = open(&message(&json!({ "SigningCertURL": url }))).err();
            assert_eq!(refused, Some(Refused::Certificate), "{url}");
        }
        assert_eq!(open(&message(&json!({}))).unwrap().1.as_str(), CERTIFICATE);
        let other = message(&json!({ "TopicArn": "arn:aws:sns:eu-west-1:666666666666:bounces" }));
        assert_eq!(open(&other).err(), Some(Refused::Topic));
        for text in ["", "{}", "[]", "5"] {
            let refused = Envelope::open(text.as_bytes(), &[TOPIC.to_owned()]).err();
            assert_eq!(refused, Some(Refused::Unsigned), "{text}");
        }
    }

    #[test]
    fn a_subscription_is_agreed_to_at_amazon_only() {
        let wanted = |url: &str| {
            take(&message(
                &json!({ "Type": "SubscriptionConfirmation", "Token": "2336", "SubscribeURL": url }),
            ))
        };
        let url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336";
        assert_eq!(wanted(url), Ok(Wanted::Confirm(url.parse().unwrap())));
        assert_eq!(wanted("https://evil.example/"), Err(Refused::Garbled));
        assert_eq!(
            wanted("http://sns.eu-west-1.amazonaws.com/"),
            Err(Refused::Garbled)
        );
        let gone = message(
            &json!({ "Type": "UnsubscribeConfirmation", "Token": "2336", "SubscribeURL": url }),
        );
        assert_eq!(take(&gone), Ok(Wanted::Nothing));
        // The token is signed as well.
        let mut changed = message(
            &json!({ "Type": "SubscriptionConfirmation", "Token": "1", "SubscribeURL": url }),
        );
        changed["Token"] = "2".into();
        assert_eq!(take(&changed), Err(Refused::Forged));
    }
}
