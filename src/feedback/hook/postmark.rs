//! Postmark's webhooks for bounces, spam complaints and subscription changes.
//!
//! Postmark signs nothing: it sends a login (RFC 7617) or a header that only it and we know, so the hook must be called by
//! https. Its events name the recipient and an id of its own, and not our Message-ID unless we asked it to keep that.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{Refused, code_in, event, header, refusal, said};
use crate::config::Hook;
use crate::feedback::report::{Kind, Report};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    record_type: String,
    #[serde(rename = "ID")]
    id: Option<i64>,
    #[serde(rename = "Type", default)]
    kind: String,
    #[serde(rename = "MessageID", default)]
    message_id: String,
    email: Option<String>,
    recipient: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    suppress_sending: bool,
    suppression_reason: Option<String>,
    #[serde(default)]
    changed_at: String,
}

/// Whether these headers hold what `hook` asks for. It needs no body, so none has to be read before.
pub fn verify(hook: &Hook, headers: &HeaderMap) -> Result<(), Refused> {
    let secret = hook.secret.as_ref().ok_or(Refused::Forged)?.expose();
    let (given, wanted) = match (&hook.username, &hook.header) {
        (Some(user), _) => {
            let login = header(headers, "authorization")?;
            let (scheme, login) = login.split_once(' ').ok_or(Refused::Unsigned)?;
            if !scheme.eq_ignore_ascii_case("basic") {
                return Err(Refused::Unsigned);
            }
            let login = STANDARD.decode(login.trim()).map_err(|_| Refused::Forged)?;
            (login, format!("{user}:{secret}"))
        }
        (None, Some(name)) => (
            header(headers, name)?.as_bytes().to_vec(),
            secret.to_owned(),
        ),
        (None, None) => return Err(Refused::Forged),
    };
    // Hashed first: the comparison alone would tell how long the secret is.
    let [given, wanted] = [&given[..], wanted.as_bytes()].map(|text| digest(&SHA256, text));
    verify_slices_are_equal(given.as_ref(), wanted.as_ref()).map_err(|_| Refused::Forged)
}

/// The reports in a request whose headers passed [`verify`].
pub fn read(hook: &Hook, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Report>, Refused> {
    verify(hook, headers)?;
    let event: Event = serde_json::from_slice(body).map_err(|_| Refused::Garbled)?;
    Ok(report(event).into_iter().collect())
}

fn report(of: Event) -> Option<Report> {
    let text = match &*of.details {
        "" => &of.description,
        details => details,
    };
    let (kind, reason) = match &*of.record_type {
        "Bounce" => bounce(&of.kind, text)?,
        "SpamComplaint" => (Kind::Complaint, "complaint"),
        "SubscriptionChange" if of.suppress_sending => {
            match of.suppression_reason.as_deref().unwrap_or_default() {
                "HardBounce" => (Kind::Hard, "suppressed-there"),
                "SpamComplaint" => (Kind::Complaint, "complaint"),
                _ => (Kind::Unsubscribe, "unsubscribe"),
            }
        }
        _ => return None,
    };
    let recipient = of.email.or(of.recipient);
    let id = of.id.map(|id| id.to_string()).unwrap_or_default();
    let parts = [
        &of.record_type,
        &id,
        &of.message_id,
        recipient.as_deref().unwrap_or_default(),
        &of.changed_at,
    ];
    Some(Report {
        kind,
        sent_to: Vec::new(),
        // As its own mails bear it, where ours was not kept.
        message_ids: match &*of.message_id {
            "" => Vec::new(),
            id => vec![format!("{id}@mtasv.net")],
        },
        status: None,
        code: code_in(text),
        said: said(text),
        reason,
        event: event("postmark", &parts),
        recipient,
    })
}

/// What Postmark's types of a bounce mean; nothing for those that tell us nothing.
fn bounce(kind: &str, text: &str) -> Option<(Kind, &'static str)> {
    Some(match kind {
        "HardBounce" => refusal(None, code_in(text), text),
        "BadEmailAddress" => (Kind::Hard, "user-unknown"),
        "Transient" => (Kind::Delayed, "delayed"),
        "SoftBounce" | "Unknown" | "DnsError" => (Kind::Soft, "temporary"),
        // The mail was taken for spam by a machine; a reader's complaint is another event.
        "SpamNotification" | "Blocked" | "DMARCPolicy" | "VirusNotification" => {
            (Kind::Soft, "blocked")
        }
        "SpamComplaint" => (Kind::Complaint, "complaint"),
        "Unsubscribe" => (Kind::Unsubscribe, "unsubscribe"),
        "AutoResponder" => (Kind::AutoReply, "auto-reply"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{HookKind, Secret};

    const SECRET: &str = "quite-secret-quay-and-long";

    fn hook(username: Option<&str>, header: Option<&str>) -> Hook {
        Hook {
            kind: HookKind::Postmark,
            name: "postmark".to_owned(),
            secret: Some(Secret::new(SECRET)),
            username: username.map(str::to_owned),
            header: header.map(str::to_owned),
            ..Hook::default()
        }
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    fn basic(login: &str) -> HeaderMap {
        headers(
            "authorization",
            &format!("Basic {}", STANDARD.encode(login)),
        )
    }

    fn body(record: &str, more: &str) -> Vec<u8> {
        format!(
            r#"{{"RecordType":"{record}","MessageStream":"outbound","ID":4323372036854775807,"ServerID":23,
                "MessageID":"883953f4-6105-42a2-a16a-77a8eac79483","Email":"asha@example.org",
                "From":"tide@courier.example","BouncedAt":"2026-11-24T06:31:00.0000000Z","Metadata":{{}},{more}}}"#
        )
        .into_bytes()
    }

    fn of(record: &str, more: &str) -> Vec<Report> {
        let hook = hook(Some("postmark"), None);
        let login = basic(&format!("postmark:{SECRET}"));
        read(&hook, &login, &body(record, more)).unwrap()
    }

    #[test]
    fn a_login_or_a_header_lets_it_in_and_nothing_else() {
        let by_login = hook(Some("postmark"), None);
        assert_eq!(
            verify(&by_login, &basic(&format!("postmark:{SECRET}"))),
            Ok(())
        );
        for (given, refused) in [
            (basic("postmark:other"), Refused::Forged),
            (basic(&format!("other:{SECRET}")), Refused::Forged),
            (basic(SECRET), Refused::Forged),
            (headers("authorization", "Basic !"), Refused::Forged),
            (headers("authorization", "Bearer x"), Refused::Unsigned),
            (headers("x-courier", SECRET), Refused::Unsigned),
            (HeaderMap::new(), Refused::Unsigned),
        ] {
            assert_eq!(verify(&by_login, &given), Err(refused), "{given:?}");
        }
        let by_header = hook(None, Some("X-Courier"));
        assert_eq!(verify(&by_header, &headers("x-courier", SECRET)), Ok(()));
        let twice = [("x-courier", SECRET), ("x-courier", SECRET)]
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut both = HeaderMap::new();
        for (name, value) in twice {
            let _: bool = both.append::<axum::http::HeaderName>(name, value);
        }
        assert_eq!(verify(&by_header, &both), Err(Refused::Unsigned));
        assert_eq!(
            verify(&by_header, &headers("x-courier", "")),
            Err(Refused::Forged)
        );
        assert_eq!(
            verify(&hook(None, None), &HeaderMap::new()),
            Err(Refused::Forged)
        );
        // Without them not even rubbish is looked at.
        assert_eq!(
            read(&by_header, &HeaderMap::new(), b"{"),
            Err(Refused::Unsigned)
        );
        assert_eq!(
            read(&by_header, &headers("x-courier", SECRET), b"{"),
            Err(Refused::Garbled)
        );
    }

    #[test]
    fn each_record_is_what_it_means() {
        let hard = r#""Type":"HardBounce","TypeCode":1,"Description":"It could not be delivered.",
                      "Details":"smtp;550 5.1.1 <asha@example.org>: no such user""#;
        let reports = of("Bounce", hard);
        assert_eq!(
            (reports[0].kind, reports[0].reason),
            (Kind::Hard, "user-unknown")
        );
        assert_eq!(reports[0].recipient.as_deref(), Some("asha@example.org"));
        assert_eq!(reports[0].code, Some(550));
        assert_eq!(
            reports[0].said.as_deref(),
            Some("smtp;550 5.1.1 <…>: no such user")
        );
        assert_eq!(reports, of("Bounce", hard));
        let kind = |record: &str, more: &str| of(record, more).first().map(|report| report.kind);
        for (word, expected) in [
            ("Transient", Some(Kind::Delayed)),
            ("SoftBounce", Some(Kind::Soft)),
            ("AutoResponder", Some(Kind::AutoReply)),
            ("SpamNotification", Some(Kind::Soft)),
            ("SpamComplaint", Some(Kind::Complaint)),
            ("ChallengeVerification", None),
            ("ManuallyDeactivated", None),
            ("Something new", None),
        ] {
            let more = format!("\"Type\":\"{word}\"");
            assert_eq!(kind("Bounce", &more), expected, "{word}");
        }
        let full = r#""Type":"HardBounce","Details":"smtp;552 5.2.2 mailbox full""#;
        assert_eq!(kind("Bounce", full), Some(Kind::Soft));
        assert_eq!(
            kind("SpamComplaint", "\"Type\":\"SpamComplaint\""),
            Some(Kind::Complaint)
        );
        let left = r#""SuppressSending":true,"SuppressionReason":"ManualSuppression","Origin":"Recipient""#;
        assert_eq!(kind("SubscriptionChange", left), Some(Kind::Unsubscribe));
        assert_eq!(
            kind("SubscriptionChange", "\"SuppressSending\":false"),
            None
        );
        assert_eq!(kind("Delivery", "\"Tag\":\"\""), None);
    }
}
