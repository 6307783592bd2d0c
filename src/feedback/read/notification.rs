//! What Amazon SES sends by mail where nobody has given it a hook: its notification, as JSON in the text.

use serde_json::Value;

use crate::feedback::report::Kind;

use super::mail::Mail;
use super::prose::MAX_RECIPIENTS;
use super::said::{Action, Said};
use super::text;

/// What it says of one recipient.
pub(super) struct Notified {
    pub(super) kind: Kind,
    pub(super) reason: &'static str,
    pub(super) recipient: Option<String>,
    pub(super) status: Option<String>,
    pub(super) code: Option<u16>,
    pub(super) said: String,
    pub(super) message_id: Option<String>,
}

pub(super) fn read(mail: &Mail) -> Option<Vec<Notified>> {
    let json = mail.own.trim_start();
    if !json.starts_with('{') {
        return None;
    }
    // Words follow behind the closing brace.
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let what = value
        .get("notificationType")
        .or_else(|| value.get("eventType"))?
        .as_str()?;
    let message_id = value
        .pointer("/mail/commonHeaders/messageId")
        .and_then(Value::as_str);
    let message_id = message_id.map(|id| text::head(id.trim_matches(['<', '>']), 900).to_owned());
    let (list, said): (_, &str) = match what {
        "Bounce" => ("/bounce/bouncedRecipients", "/bounce/bounceSubType"),
        "Complaint" => (
            "/complaint/complainedRecipients",
            "/complaint/complaintFeedbackType",
        ),
        "DeliveryDelay" => (
            "/deliveryDelay/delayedRecipients",
            "/deliveryDelay/delayType",
        ),
        "Delivery" => ("/delivery/recipients", "/delivery/smtpResponse"),
        _ => return None,
    };
    let about = value
        .pointer(said)
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_transient =
        value.pointer("/bounce/bounceType").and_then(Value::as_str) == Some("Transient");
    let mut found = Vec::new();
    for one in value.pointer(list)?.as_array()?.iter().take(MAX_RECIPIENTS) {
        let field = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
        let recipient = one
            .as_str()
            .map(str::to_owned)
            .or_else(|| field("emailAddress"));
        let diagnostic = field("diagnosticCode").unwrap_or_else(|| about.to_owned());
        let read = Said {
            action: match what {
                "DeliveryDelay" => Some(Action::Delayed),
                "Delivery" => Some(Action::Delivered),
                _ => None,
            },
            status: field("status"),
            category: None,
            reply: text::plain(text::head(&diagnostic, 2048)),
            title: String::new(),
            around: String::new(),
        };
        let verdict = read.judge();
        let (kind, reason) = match what {
            "Complaint" => (Kind::Complaint, "abuse"),
            "Bounce" if is_transient && verdict.kind == Kind::Hard => (Kind::Soft, verdict.reason),
            _ => (verdict.kind, verdict.reason),
        };
        found.push(Notified {
            kind,
            reason,
            recipient,
            status: verdict.status,
            code: verdict.code,
            said: diagnostic,
            message_id: message_id.clone(),
        });
    }
    (!found.is_empty()).then_some(found)
}
