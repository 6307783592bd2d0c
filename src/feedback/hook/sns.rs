//! Amazon SNS: whose message it is, and what it wants.
//!
//! An SNS message names the address of the certificate it is signed with. Whoever may choose that address may sign, so it
//! must be the one of Amazon SNS in the region of a topic that is configured, by https, and is asked without following
//! redirects. Its chain is not built: SNS hands out the leaf alone, and that Amazon's own host gave it to us by TLS proves as
//! much. Topic and address are looked at before anything is fetched; the message in it is read (`ses`) only once the
//! signature holds. Both versions of the signature are known: SHA-1 (1), which is SNS's default, and SHA-256 (2).

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use url::{Host, Url};

use super::{RETRIED_S, Refused, fresh, ses};
use crate::config::region;
use crate::feedback::report::Report;

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
            "Notification" => ses::reports(&self.message, &self.message_id).map(Wanted::Reports),
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

    #[test]
    fn what_is_signed_is_read() {
        let said = json!({
            "notificationType": "Complaint",
            "complaint": { "complainedRecipients": [{ "emailAddress": "asha@example.org" }] },
        });
        let signed = message(&json!({ "Message": said.to_string(), "Subject": "a\nb" }));
        let Ok(Wanted::Reports(reports)) = take(&signed) else {
            panic!("no reports");
        };
        assert_eq!(reports[0].recipient.as_deref(), Some("asha@example.org"));
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
