//! Mailgun's webhooks.
//!
//! The body holds a timestamp, a token and the HMAC-SHA-256 of both, and beside them the event, which is **not** signed:
//! whoever saw one request could put any event beside its signature. So a token counts for one body only, and the caller
//! keeps tokens for as long as their timestamp counts. That is as long as Mailgun sends a request again (8 hours).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify as verify_hmac};
use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::Timestamp;
use serde::Deserialize;

use super::{RETRIED_S, Refused, event, fresh, message_id, refusal, said};
use crate::feedback::report::{Kind, Report};

/// For how long a timestamp counts, and a token has to be kept, in seconds.
pub const SIGNED_S: i64 = RETRIED_S;

/// A request of Mailgun's whose signature holds, and which is not read yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Signed<'b> {
    /// A hash of its token, to be kept: with another body it is a forgery.
    pub token: [u8; 32],
    /// A hash of its body.
    pub digest: [u8; 32],
    body: &'b [u8],
}

#[derive(Deserialize)]
struct Envelope {
    signature: Signature,
}

#[derive(Deserialize)]
struct Signature {
    timestamp: String,
    token: String,
    #[serde(rename = "signature")]
    hmac: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "event-data")]
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event")]
    what: String,
    #[serde(default)]
    id: String,
    severity: Option<String>,
    reason: Option<String>,
    recipient: Option<String>,
    #[serde(rename = "delivery-status", default)]
    status: Status,
    #[serde(default)]
    message: Message,
    #[serde(default)]
    envelope: Sender,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Option<i64>,
    message: Option<String>,
    description: Option<String>,
    #[serde(rename = "enhanced-code")]
    enhanced: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    headers: Headers,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Headers {
    #[serde(rename = "message-id")]
    message_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sender {
    sender: Option<String>,
}

/// Whether the body was signed with `secret`, not too long ago.
pub fn verify<'b>(secret: &str, body: &'b [u8], now: Timestamp) -> Result<Signed<'b>, Refused> {
    let Envelope { signature: of } = serde_json::from_slice(body).map_err(|_| Refused::Unsigned)?;
    let signature = HEXLOWER_PERMISSIVE
        .decode(of.hmac.as_bytes())
        .map_err(|_| Refused::Forged)?;
    // Else digits could move from one to the other.
    if of.timestamp.is_empty() || !of.timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refused::Forged);
    }
    let key = Key::new(HMAC_SHA256, secret.as_bytes());
    let signed = format!("{}{}", of.timestamp, of.token);
    verify_hmac(&key, signed.as_bytes(), &signature).map_err(|_| Refused::Forged)?;
    fresh(
        of.timestamp.parse().map_err(|_| Refused::Stale)?,
        now,
        SIGNED_S,
    )?;
    Ok(Signed {
        token: hash(signed.as_bytes()),
        digest: hash(body),
        body,
    })
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let hash = digest(&SHA256, bytes);
    hash.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// The reports in it, once its token is known to be used for no other body.
pub fn read(signed: &Signed<'_>) -> Result<Vec<Report>, Refused> {
    let body: Body = serde_json::from_slice(signed.body).map_err(|_| Refused::Garbled)?;
    Ok(report(body.event).into_iter().collect())
}

fn report(of: Event) -> Option<Report> {
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let text = filled(of.status.message).or(filled(of.status.description));
    let text = text.unwrap_or_default();
    let status = filled(of.status.enhanced);
    let code = of.status.code.and_then(|code| u16::try_from(code).ok());
    // Above 599 are codes of Mailgun's own.
    let code = code.filter(|code| (200..600).contains(code));
    let (kind, reason) = match (&*of.what, of.severity.as_deref()) {
        ("failed", Some("temporary")) => (Kind::Delayed, "delayed"),
        ("failed", _) => match of.reason.as_deref().unwrap_or_default() {
            "suppress-bounce" => (Kind::Hard, "suppressed-there"),
            "suppress-complaint" => (Kind::Complaint, "complaint"),
            "suppress-unsubscribe" => (Kind::Unsubscribe, "unsubscribe"),
            "espblock" => (Kind::Soft, "blocked"),
            // It was tried until its time was over.
            "old" => (Kind::Soft, "temporary"),
            _ => refusal(status.as_deref(), code, &text),
        },
        ("complained", _) => (Kind::Complaint, "complaint"),
        ("unsubscribed", _) => (Kind::Unsubscribe, "unsubscribe"),
        _ => return None,
    };
    let recipient = of.recipient.as_deref().unwrap_or_default();
    Some(Report {
        kind,
        sent_to: of.envelope.sender.into_iter().collect(),
        message_ids: of
            .message
            .headers
            .message_id
            .as_deref()
            .and_then(message_id)
            .into_iter()
            .collect(),
        status,
        code,
        said: said(&text),
        reason,
        event: event("mailgun", &[&of.what, &of.id, recipient]),
        recipient: of.recipient,
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac::sign;
    use data_encoding::HEXLOWER;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const FAILED: &str = r#"{"event":"failed","severity":"permanent","reason":"bounce","id":"G9Bn5sl1TC6nu79C8C0bwg",
        "timestamp":1795501800.5,"log-level":"error","recipient":"asha@example.org","flags":{"is-test-mode":false},
        "envelope":{"sender":"b-abc@bounces.courier.example","targets":"asha@example.org","transport":"smtp"},
        "delivery-status":{"attempt-no":1,"code":550,"enhanced-code":"5.1.1","message":"<asha@example.org>: no such user",
          "description":"","session-seconds":0.03},
        "message":{"headers":{"to":"asha@example.org","message-id":"abc@courier.example","subject":"x"},"size":111}}"#;

    fn now() -> Timestamp {
        "2026-11-24T06:30:00Z".parse().unwrap()
    }

    fn body(secret: &str, seconds: i64, token: &str, event: &str) -> Vec<u8> {
        let timestamp = (now().as_second() + seconds).to_string();
        let key = Key::new(HMAC_SHA256, secret.as_bytes());
        let signature =
            HEXLOWER.encode(sign(&key, format!("{timestamp}{token}").as_bytes()).as_ref());
        let signature =
            format!(r#"{{"timestamp":"{timestamp}","token":"{token}","signature":"{signature}"}}"#);
        format!(r#"{{"signature":{signature},"event-data":{event}}}"#).into_bytes()
    }

    fn of(event: &str) -> Vec<Report> {
        let body = body(SECRET, 0, "token", event);
        read(&verify(SECRET, &body, now()).unwrap()).unwrap()
    }

    #[test]
    fn a_failure_names_its_mail_and_its_reader() {
        let report = &of(FAILED)[0];
        assert_eq!((report.kind, report.reason), (Kind::Hard, "user-unknown"));
        assert_eq!(report.recipient.as_deref(), Some("asha@example.org"));
        assert_eq!(report.sent_to, ["b-abc@bounces.courier.example"]);
        assert_eq!(report.message_ids, ["abc@courier.example"]);
        assert_eq!(
            (report.status.as_deref(), report.code),
            (Some("5.1.1"), Some(550))
        );
        assert_eq!(report.said.as_deref(), Some("<…>: no such user"));
        let later = body(SECRET, 30, "another token", FAILED);
        let again = read(&verify(SECRET, &later, now()).unwrap()).unwrap();
        assert_eq!(again[0].event, report.event);
    }

    #[test]
    fn each_event_is_what_it_means() {
        let event = |event: &str| format!(r#"{{"id":"x","recipient":"asha@example.org",{event}}}"#);
        for (said, expected) in [
            (r#""event":"complained""#, Some(Kind::Complaint)),
            (r#""event":"unsubscribed""#, Some(Kind::Unsubscribe)),
            (r#""event":"delivered""#, None),
            (r#""event":"opened""#, None),
            (
                r#""event":"failed","severity":"temporary""#,
                Some(Kind::Delayed),
            ),
            (
                r#""event":"failed","severity":"permanent","reason":"suppress-bounce","delivery-status":{"code":605}"#,
                Some(Kind::Hard),
            ),
            (
                r#""event":"failed","severity":"permanent","reason":"suppress-complaint""#,
                Some(Kind::Complaint),
            ),
            (
                r#""event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":552,"message":"5.2.2 full"}"#,
                Some(Kind::Soft),
            ),
            (
                r#""event":"failed","severity":"permanent","reason":"bounce","delivery-status":{"code":554,"message":"5.7.1 spam","enhanced-code":null}"#,
                Some(Kind::Soft),
            ),
        ] {
            let kind = of(&event(said)).first().map(|report| report.kind);
            assert_eq!(kind, expected, "{said}");
        }
    }

    #[test]
    fn what_is_not_signed_lately_is_refused() {
        let refused = |body: &[u8]| verify(SECRET, body, now()).err();
        assert_eq!(
            refused(&body("another key, as long as ours", 0, "t", FAILED)),
            Some(Refused::Forged)
        );
        assert_eq!(
            refused(&body(SECRET, -SIGNED_S - 1, "t", FAILED)),
            Some(Refused::Stale)
        );
        assert_eq!(
            refused(&body(SECRET, 301, "t", FAILED)),
            Some(Refused::Stale)
        );
        assert_eq!(refused(&body(SECRET, -SIGNED_S + 60, "t", FAILED)), None);
        let good = String::from_utf8(body(SECRET, 0, "t0ken", FAILED)).unwrap();
        assert_eq!(
            refused(good.replace("t0ken", "t1ken").as_bytes()),
            Some(Refused::Forged)
        );
        let now = now().as_second().to_string();
        // A digit goes over from the timestamp to the token: the text that is signed is the same.
        let moved = good.replace(&format!("\"{now}\""), &format!("\"{}\"", &now[..9]));
        let moved = moved.replace("\"t0ken\"", &format!("\"{}t0ken\"", &now[9..]));
        assert_eq!(refused(moved.as_bytes()), Some(Refused::Stale));
        for text in ["", "{}", "[]", "{\"signature\":{}}", "\u{0}"] {
            assert_eq!(refused(text.as_bytes()), Some(Refused::Unsigned), "{text}");
        }
        let empty = body(SECRET, 0, "t", "{}");
        assert_eq!(
            read(&verify(SECRET, &empty, super::tests::now()).unwrap()),
            Err(Refused::Garbled)
        );
    }

    #[test]
    fn another_event_beside_the_same_signature_is_told_apart() {
        let one = body(SECRET, 0, "t", FAILED);
        let other = String::from_utf8(one.clone())
            .unwrap()
            .replace("asha@", "ben@");
        let [one, other] = [&one[..], other.as_bytes()].map(|b| verify(SECRET, b, now()).unwrap());
        assert_eq!(one.token, other.token);
        assert_ne!(one.digest, other.digest);
    }
}
