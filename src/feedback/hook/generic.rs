//! The generic hook: for whatever can sign, as docs/operations.md describes it.
//!
//! `Postrider-Timestamp` is the second at which it was signed, `Postrider-Signature` the HMAC-SHA-256 (RFC 2104) of that
//! timestamp, a full stop, and the body, in hexadecimal digits. The body is `{"reports": [{…}, …]}`. A report without an
//! `id` is another one on another day: a mailbox may be full again.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify};
use axum::http::HeaderMap;
use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Refused, event, fresh, header, message_id, said};
use crate::feedback::report::{Kind, Report};

/// For how long a signature counts, in seconds: who sends again signs again.
const SIGNED_S: i64 = 5 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    reports: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    id: Option<String>,
    kind: Word,
    recipient: Option<String>,
    envelope_sender: Option<String>,
    message_id: Option<String>,
    status: Option<String>,
    code: Option<u16>,
    text: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Hard,
    Soft,
    Delayed,
    Complaint,
    Autoreply,
    Unsubscribe,
}

/// The reports in a request that was signed with `secret`.
pub fn read(
    secret: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Vec<Report>, Refused> {
    let timestamp = header(headers, "postrider-timestamp")?;
    let signature = header(headers, "postrider-signature")?;
    let signature = HEXLOWER_PERMISSIVE
        .decode(signature.trim().as_bytes())
        .map_err(|_| Refused::Forged)?;
    let signed = [timestamp.as_bytes(), b".", body].concat();
    let key = Key::new(HMAC_SHA256, secret.as_bytes());
    verify(&key, &signed, &signature).map_err(|_| Refused::Forged)?;
    let signed_s: i64 = timestamp.parse().map_err(|_| Refused::Stale)?;
    fresh(signed_s, now, SIGNED_S)?;
    let body: Body = serde_json::from_slice(body).map_err(|_| Refused::Garbled)?;
    let day = signed_s.div_euclid(86_400).to_string();
    let reports = body.reports.into_iter();
    Ok(reports.map(|said_of| report(said_of, &day)).collect())
}

fn report(said_of: Said, day: &str) -> Report {
    let (kind, reason) = match said_of.kind {
        Word::Hard => (Kind::Hard, "user-unknown"),
        Word::Soft => (Kind::Soft, "temporary"),
        Word::Delayed => (Kind::Delayed, "delayed"),
        Word::Complaint => (Kind::Complaint, "complaint"),
        Word::Autoreply => (Kind::AutoReply, "auto-reply"),
        Word::Unsubscribe => (Kind::Unsubscribe, "unsubscribe"),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let event = match &said_of.id {
        Some(id) => event("generic", &["id", id]),
        None => event(
            "generic",
            &[
                kind.word(),
                &text(&said_of.recipient),
                &text(&said_of.envelope_sender),
                &text(&said_of.message_id),
                &text(&said_of.status),
                day,
            ],
        ),
    };
    Report {
        kind,
        sent_to: said_of.envelope_sender.into_iter().collect(),
        message_ids: said_of
            .message_id
            .as_deref()
            .and_then(message_id)
            .into_iter()
            .collect(),
        status: said_of.status,
        code: said_of.code,
        said: said_of.text.as_deref().and_then(said),
        recipient: said_of.recipient,
        reason,
        event,
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac::sign;
    use data_encoding::HEXLOWER;

    use super::*;

    const SECRET: &str = "what only the two of us know";
    const BODY: &[u8] = br#"{"reports":[
        {"id":"one","kind":"hard","recipient":"asha@example.org","message_id":"<abc@courier.example>",
         "status":"5.1.1","code":550,"text":"<asha@example.org>: no such user"},
        {"kind":"complaint","envelope_sender":"b-abc@bounces.courier.example"}]}"#;

    fn now() -> Timestamp {
        "2026-11-24T06:30:00Z".parse().unwrap()
    }

    fn signed(secret: &str, timestamp: &str, body: &[u8]) -> HeaderMap {
        let key = Key::new(HMAC_SHA256, secret.as_bytes());
        let text = [timestamp.as_bytes(), b".", body].concat();
        let mut headers = HeaderMap::new();
        headers.insert("postrider-timestamp", timestamp.parse().unwrap());
        let signature = HEXLOWER.encode(sign(&key, &text).as_ref());
        headers.insert("postrider-signature", signature.parse().unwrap());
        headers
    }

    fn at(seconds: i64) -> String {
        (now().as_second() + seconds).to_string()
    }

    #[test]
    fn what_is_signed_is_read() {
        let reports = read(SECRET, &signed(SECRET, &at(-5), BODY), BODY, now()).unwrap();
        assert_eq!(reports.len(), 2);
        assert_eq!(reports[0].kind, Kind::Hard);
        assert_eq!(reports[0].recipient.as_deref(), Some("asha@example.org"));
        assert_eq!(reports[0].message_ids, ["abc@courier.example"]);
        assert_eq!(reports[0].said.as_deref(), Some("<…>: no such user"));
        assert_eq!(reports[1].kind, Kind::Complaint);
        assert_eq!(reports[1].sent_to, ["b-abc@bounces.courier.example"]);
        assert_ne!(reports[0].event, reports[1].event);
        let again = read(SECRET, &signed(SECRET, &at(3), BODY), BODY, now()).unwrap();
        assert_eq!(again, reports);
    }

    #[test]
    fn an_event_is_known_by_its_id_or_for_a_day() {
        let on = |day: i64| {
            let at = Timestamp::from_second(now().as_second() + day * 86_400).unwrap();
            let headers = signed(SECRET, &at.as_second().to_string(), BODY);
            read(SECRET, &headers, BODY, at).unwrap()
        };
        assert_eq!(on(0), on(0));
        assert_eq!(on(0)[0], on(1)[0], "it has an id");
        assert_ne!(on(0)[1].event, on(1)[1].event);
    }

    #[test]
    fn what_is_not_is_refused() {
        let good = signed(SECRET, &at(0), BODY);
        let refused = |headers: &HeaderMap, body: &[u8]| read(SECRET, headers, body, now()).err();
        assert_eq!(refused(&HeaderMap::new(), BODY), Some(Refused::Unsigned));
        for name in ["postrider-timestamp", "postrider-signature"] {
            let mut headers = good.clone();
            headers.remove(name);
            assert_eq!(refused(&headers, BODY), Some(Refused::Unsigned), "{name}");
            let mut headers = good.clone();
            headers.append(name, good[name].clone());
            assert_eq!(
                refused(&headers, BODY),
                Some(Refused::Unsigned),
                "{name} twice"
            );
        }
        let other = signed("what somebody else made up", &at(0), BODY);
        assert_eq!(refused(&other, BODY), Some(Refused::Forged));
        assert_eq!(refused(&good, b"{\"reports\":[]}"), Some(Refused::Forged));
        let mut moved = good.clone();
        moved.insert("postrider-timestamp", at(1).parse().unwrap());
        assert_eq!(refused(&moved, BODY), Some(Refused::Forged));
        for text in ["", "zz", "00"] {
            let mut headers = good.clone();
            headers.insert("postrider-signature", text.parse().unwrap());
            assert_eq!(refused(&headers, BODY), Some(Refused::Forged), "{text:?}");
        }
        for when in [at(-301), at(301), "soon".to_owned()] {
            let headers = signed(SECRET, &when, BODY);
            assert_eq!(refused(&headers, BODY), Some(Refused::Stale), "{when}");
        }
        for body in [
            &b"{}"[..],
            b"{\"reports\":[{\"kind\":\"odd\"}]}",
            b"[]",
            b"\xff",
        ] {
            let headers = signed(SECRET, &at(0), body);
            assert_eq!(refused(&headers, body), Some(Refused::Garbled));
        }
    }
}
