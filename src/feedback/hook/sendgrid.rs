//! SendGrid's Event Webhook, signed: ECDSA P-256 with SHA-256 over the timestamp and the body.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::{RETRIED_S, Refused, code_in, event, fresh, header, message_id, refusal, said};
use crate::feedback::report::{Kind, Report};

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event", default)]
    what: String,
    email: Option<String>,
    #[serde(rename = "smtp-id")]
    smtp_id: Option<String>,
    #[serde(rename = "sg_event_id")]
    id: Option<String>,
    #[serde(rename = "sg_message_id")]
    message_id: Option<String>,
    reason: Option<String>,
    response: Option<String>,
    status: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "bounce_classification")]
    classification: Option<String>,
}

/// The reports in a request that was signed with the key (DER of SubjectPublicKeyInfo).
pub fn read(
    key: &[u8],
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Vec<Report>, Refused> {
    let timestamp = header(headers, "x-twilio-email-event-webhook-timestamp")?;
    let signature = header(headers, "x-twilio-email-event-webhook-signature")?;
    let signature = STANDARD
        .decode(signature.trim())
        .map_err(|_| Refused::Forged)?;
    let signed = [timestamp.as_bytes(), body].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
        .verify(&signed, &signature)
        .map_err(|_| Refused::Forged)?;
    fresh(
        timestamp.parse().map_err(|_| Refused::Stale)?,
        now,
        RETRIED_S,
    )?;
    let events: Vec<Event> = serde_json::from_slice(body).map_err(|_| Refused::Garbled)?;
    Ok(events.into_iter().filter_map(report).collect())
}

fn report(of: Event) -> Option<Report> {
    let text = of
        .reason
        .as_deref()
        .or(of.response.as_deref())
        .unwrap_or_default();
    let code = code_in(text);
    let status = of.status.clone().filter(|status| !status.is_empty());
    let (kind, reason) = match &*of.what {
        "bounce" => bounce(&of, code, text),
        "dropped" => dropped(text)?,
        "deferred" => (Kind::Delayed, "delayed"),
        "spamreport" => (Kind::Complaint, "complaint"),
        "unsubscribe" | "group_unsubscribe" => (Kind::Unsubscribe, "unsubscribe"),
        _ => return None,
    };
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let event = match of.id.as_deref().unwrap_or_default() {
        "" => event(
            "sendgrid",
            &[&of.what, &part(&of.message_id), &part(&of.email)],
        ),
        id => event("sendgrid", &["id", id]),
    };
    Some(Report {
        kind,
        sent_to: Vec::new(),
        message_ids: of
            .smtp_id
            .as_deref()
            .and_then(message_id)
            .into_iter()
            .collect(),
        status,
        code,
        said: said(text),
        reason,
        event,
        recipient: of.email,
    })
}

fn bounce(of: &Event, code: Option<u16>, text: &str) -> (Kind, &'static str) {
    match of.classification.as_deref().unwrap_or_default() {
        "Invalid Address" => (Kind::Hard, "user-unknown"),
        "Reputation" | "Content" => (Kind::Soft, "blocked"),
        _ if of.kind.as_deref() == Some("blocked") => (Kind::Soft, "blocked"),
        _ => refusal(of.status.as_deref().filter(|s| !s.is_empty()), code, text),
    }
}

/// Why SendGrid did not even try.
fn dropped(text: &str) -> Option<(Kind, &'static str)> {
    Some(match text {
        "Bounced Address" => (Kind::Hard, "suppressed-there"),
        "Invalid" | "Invalid Address" => (Kind::Hard, "user-unknown"),
        "Spam Reporting Address" => (Kind::Complaint, "complaint"),
        "Unsubscribed Address" => (Kind::Unsubscribe, "unsubscribe"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;
    use crate::config::Hook;

    const BODY: &[u8] = br#"[
      {"email":"asha@example.org","timestamp":1795501800,"smtp-id":"<abc@courier.example>","event":"bounce",
       "category":["digest"],"sg_event_id":"one","sg_message_id":"14c5d.filter0001.16648","type":"bounce",
       "reason":"550 5.1.1 <asha@example.org>: no such user","status":"5.1.1","bounce_classification":"Invalid Address"},
      {"email":"ben@example.org","event":"bounce","sg_event_id":"two","type":"blocked","reason":"554 5.7.1 listed","status":"5.7.1"},
      {"email":"cato@example.org","event":"deferred","sg_event_id":"three","response":"450 4.2.1 later","attempt":"5"},
      {"email":"dora@example.org","event":"spamreport","sg_event_id":"four"},
      {"email":"emil@example.org","event":"group_unsubscribe","sg_event_id":"five","asm_group_id":10},
      {"email":"fay@example.org","event":"dropped","sg_event_id":"six","reason":"Bounced Address","status":"5.0.0"},
      {"email":"gus@example.org","event":"dropped","sg_event_id":"seven","reason":"Spam Content"},
      {"email":"hal@example.org","event":"open","sg_event_id":"eight","ip":"192.0.2.1"},
      {"email":"ida@example.org","event":"bounce","sg_event_id":"nine","type":"bounce","reason":"552 5.2.2 full","status":"5.2.2"}
    ]"#;

    struct Sender(EcdsaKeyPair);

    impl Sender {
        fn new() -> Sender {
            Sender(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
        }

        fn key(&self) -> Vec<u8> {
            let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
            der.as_ref().to_vec()
        }

        fn sign(&self, timestamp: &str, body: &[u8]) -> HeaderMap {
            let text = [timestamp.as_bytes(), body].concat();
            let signature = self.0.sign(&SystemRandom::new(), &text).unwrap();
            let signature = STANDARD.encode(signature.as_ref());
            let mut headers = HeaderMap::new();
            headers.insert(
                "x-twilio-email-event-webhook-timestamp",
                timestamp.parse().unwrap(),
            );
            headers.insert(
                "x-twilio-email-event-webhook-signature",
                signature.parse().unwrap(),
            );
            headers
        }
    }

    fn now() -> Timestamp {
        "2026-11-24T06:30:00Z".parse().unwrap()
    }

    fn at(seconds: i64) -> String {
        (now().as_second() + seconds).to_string()
    }

    #[test]
    fn what_is_signed_is_read() {
        let sender = Sender::new();
        let hook = Hook {
            public_key: Some(STANDARD.encode(sender.key())),
            ..Hook::default()
        };
        let key = hook.public_key_der().expect("a key of P-256");
        let reports = read(&key, &sender.sign(&at(-9), BODY), BODY, now()).unwrap();
        let kinds: Vec<Kind> = reports.iter().map(|report| report.kind).collect();
        assert_eq!(
            kinds,
            [
                Kind::Hard,
                Kind::Soft,
                Kind::Delayed,
                Kind::Complaint,
                Kind::Unsubscribe,
                Kind::Hard,
                Kind::Soft
            ]
        );
        assert_eq!(reports[0].message_ids, ["abc@courier.example"]);
        assert_eq!(reports[0].recipient.as_deref(), Some("asha@example.org"));
        assert_eq!(
            (reports[0].status.as_deref(), reports[0].code),
            (Some("5.1.1"), Some(550))
        );
        assert_eq!(
            reports[0].said.as_deref(),
            Some("550 5.1.1 <…>: no such user")
        );
        let again = read(&key, &sender.sign(&at(1), BODY), BODY, now()).unwrap();
        assert_eq!(again, reports);
    }

    #[test]
    fn what_is_not_is_refused() {
        let (sender, key) = (Sender::new(), Sender::new());
        let good = sender.sign(&at(0), BODY);
        let refused =
            |headers: &HeaderMap, body: &[u8]| read(&sender.key(), headers, body, now()).err();
        assert_eq!(refused(&good, BODY), None);
        assert_eq!(
            refused(&key.sign(&at(0), BODY), BODY),
            Some(Refused::Forged)
        );
        assert_eq!(refused(&good, &BODY[1..]), Some(Refused::Forged));
        let mut moved = good.clone();
        moved.insert(
            "x-twilio-email-event-webhook-timestamp",
            at(1).parse().unwrap(),
        );
        assert_eq!(refused(&moved, BODY), Some(Refused::Forged));
        let mut odd = good.clone();
        odd.insert(
            "x-twilio-email-event-webhook-signature",
            "!".parse().unwrap(),
        );
        assert_eq!(refused(&odd, BODY), Some(Refused::Forged));
        let old = sender.sign(&at(-RETRIED_S - 1), BODY);
        assert_eq!(refused(&old, BODY), Some(Refused::Stale));
        assert_eq!(
            refused(&sender.sign(&at(400), BODY), BODY),
            Some(Refused::Stale)
        );
        for name in [
            "x-twilio-email-event-webhook-timestamp",
            "x-twilio-email-event-webhook-signature",
        ] {
            let mut headers = good.clone();
            headers.remove(name);
            assert_eq!(refused(&headers, BODY), Some(Refused::Unsigned), "{name}");
        }
        let headers = sender.sign(&at(0), b"{}");
        assert_eq!(refused(&headers, b"{}"), Some(Refused::Garbled));
    }
}
