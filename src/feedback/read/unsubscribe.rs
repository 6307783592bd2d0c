//! Mails that say nothing but "unsubscribe": what a mailbox sends to the `mailto:` of List-Unsubscribe (RFC 2369,
//! section 3.2) when its reader presses the button, and what a reader writes by hand.

use super::mail::Mail;
use super::text;

/// The whole subject, or the whole text.
const WORDS: [&str; 41] = [
    "unsubscribe",
    "unsubscribe me",
    "unsubscribe please",
    "please unsubscribe",
    "please unsubscribe me",
    "please remove me",
    "please remove me from your list",
    "please remove me from this list",
    "remove me",
    "remove me from your list",
    "remove",
    "stop",
    "opt out",
    "opt-out",
    "optout",
    "list-unsubscribe",
    "cancel subscription",
    "abmelden",
    "abbestellen",
    "newsletter abmelden",
    "newsletter abbestellen",
    "bitte abmelden",
    "désabonner",
    "désabonnement",
    "me désabonner",
    "désinscription",
    "se désinscrire",
    "me désinscrire",
    "darme de baja",
    "cancelar suscripción",
    "baja",
    "cancelar inscrição",
    "descadastrar",
    "annulla iscrizione",
    "disiscrivimi",
    "uitschrijven",
    "afmelden",
    "avregistrera",
    "отписаться",
    "配信停止",
    "退订",
];

/// A wish to leave, and whose it is.
pub(super) struct Wish {
    pub(super) of: Option<String>,
}

/// Who wants to leave, if `mail` says that. Not trusted: the address it was sent to must prove it.
pub(super) fn wants(mail: &Mail) -> Option<Wish> {
    let automatic = mail
        .header
        .get("auto-submitted")
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    // An answer to a mail that was called so.
    if automatic.starts_with("auto-replied")
        || super::dsn::is_system(mail)
        || mail.report_type.is_some()
    {
        return None;
    }
    let subject = bare(&mail.subject);
    let own = first_words(&mail.own);
    let is_word = |text: &str| WORDS.contains(&text);
    // "unsubscribe:TOKEN" and "unsubscribe TOKEN" are how some headers ask for it.
    let with_token = subject.strip_prefix("unsubscribe").is_some_and(|rest| {
        rest.starts_with([' ', ':', '-', '_', '=']) && rest.len() > 8 && !rest.trim().contains(' ')
    });
    let to_leave = mail.sent_to().iter().any(|address| {
        let local = address
            .split('@')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        local.contains("unsubscribe") || local.starts_with("u-")
    });
    let yes = is_word(&subject)
        || with_token
        || is_word(&own)
        || (to_leave && subject.contains("unsubscribe"));
    yes.then(|| Wish {
        of: mail.addresses(&["from"]).into_iter().next(),
    })
}

/// Without marks of answering and of stress.
fn bare(subject: &str) -> String {
    let mut subject = text::plain(subject);
    while let Some(rest) = ["re:", "aw:", "fw:", "fwd:", "sv:", "rv:", "antw:", "odp:"]
        .iter()
        .find_map(|mark| subject.strip_prefix(mark))
    {
        subject = rest.trim_start().to_owned();
    }
    subject
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_owned()
}

/// What a mail says before it quotes, if that is a line or so.
fn first_words(own: &str) -> String {
    let line = own
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    if line.len() > 80 {
        return String::new();
    }
    bare(line)
}
