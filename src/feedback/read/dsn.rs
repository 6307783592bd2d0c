//! Reports that a mail could not be delivered, or not yet: those in the form of RFC 3464, and all others.

use crate::feedback::report::Kind;

use super::address;
use super::mail::{Fields, Mail};
use super::phrases;
use super::prose;
use super::said::{Action, Said, Verdict, code_at, refusal, statuses};
use super::text;

/// Of what a server said, how much is looked at.
const MAX_REPLY_BYTES: usize = 2048;

/// What is known of one recipient.
pub(super) struct Finding {
    pub(super) recipient: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) said: String,
}

/// What a mail says of each recipient, if it is a report on a delivery.
pub(super) fn read(mail: &Mail) -> Option<Vec<Finding>> {
    if let Some(found) = from_status(mail) {
        return Some(found);
    }
    let found = is_bounce(mail).then(|| from_prose(mail))?;
    // A report on a report: a gateway, a desk or a person sent on what had come.
    let is_vague = |found: &Finding| found.verdict.code.is_none() && found.verdict.status.is_none();
    if found.iter().all(is_vague)
        && let Some(inner) = inside(mail)
    {
        return Some(inner);
    }
    Some(found)
}

/// What the mail that came back says, if it was a report itself.
fn inside(mail: &Mail) -> Option<Vec<Finding>> {
    let inner = Mail::read(&mail.returned_raw);
    if let Some(found) = from_status(&inner) {
        return Some(found);
    }
    let is_report = inner.header.has("from") && is_system(&inner)
        || refusal(&text::plain(&inner.own)).is_some();
    let found = (is_report && is_bounce(&inner)).then(|| from_prose(&inner))?;
    let names_one = found.iter().any(|found| found.recipient.is_some());
    names_one.then_some(found)
}

/// From the blocks of a delivery status, which a few write into their text.
fn from_status(mail: &Mail) -> Option<Vec<Finding>> {
    let in_text;
    let blocks = if mail.status.is_empty() {
        in_text = in_own_words(mail);
        &in_text
    } else {
        &mail.status
    };
    let of_recipient = |block: &&Fields| {
        [
            "final-recipient",
            "original-recipient",
            "action",
            "diagnostic-code",
        ]
        .iter()
        .any(|name| block.has(name))
    };
    let blocks: Vec<&Fields> = blocks.iter().filter(of_recipient).collect();
    if blocks.is_empty() {
        return None;
    }
    let names: Vec<Option<String>> = blocks.iter().map(|block| recipient(block)).collect();
    let known: Vec<String> = names.iter().flatten().cloned().collect();
    if known.is_empty() {
        // A block that names nobody: the text may.
        let block = blocks[0];
        let named = prose::recipients(mail);
        let found = named
            .into_iter()
            .map(|named| finding(block, Some(named.address), &named.around));
        let found: Vec<Finding> = found.collect();
        if !found.is_empty() {
            return Some(found);
        }
        return Some(vec![finding(
            block,
            None,
            &text::plain(&address::strike(&mail.own)),
        )]);
    }
    let named = prose::about(mail, known);
    let mut around = named.into_iter();
    let found = blocks.iter().zip(names).filter_map(|(block, name)| {
        let named = name.and_then(|_| around.next())?;
        Some(finding(block, Some(named.address), &named.around))
    });
    // Some write two blocks of one recipient, half of it in each.
    let mut whole: Vec<Finding> = Vec::new();
    for one in found {
        let same = whole.iter().any(|other| {
            other.recipient == one.recipient
                && other.verdict.kind == one.verdict.kind
                && other.said == one.said
        });
        if !same {
            whole.push(one);
        }
    }
    Some(whole)
}

fn recipient(block: &Fields) -> Option<String> {
    let of = |name| block.get(name).and_then(address::of_field);
    // Exchange's name for somebody within it looks like an address and is none that anybody writes to.
    let is_inner = |address: &String| {
        let begin = address.get(..5).unwrap_or_default();
        begin.eq_ignore_ascii_case("imcea")
    };
    // The one it was sent to at first is whom we know; the final one may be behind a forwarding. Unless it is none.
    let final_one = of("final-recipient");
    let outer = final_one.clone().filter(|address| !is_inner(address));
    outer.or_else(|| of("original-recipient")).or(final_one)
}

fn finding(block: &Fields, recipient: Option<String>, around: &str) -> Finding {
    let said = block.get("diagnostic-code").unwrap_or_default();
    let said = match said.split_once(';') {
        // The type of the code, which some leave out.
        Some((kind, said)) if kind.trim().len() < 40 && !kind.trim().contains(' ') => said,
        _ => said,
    };
    let said = text::head(said.trim(), MAX_REPLY_BYTES);
    let status = block.get("status");
    let remark = status
        .and_then(|status| status.split_once('('))
        .map_or("", |(_, remark)| remark);
    let read = Said {
        action: block
            .get("action")
            .and_then(Action::read)
            .or_else(|| tried(block)),
        status: status
            .and_then(|status| statuses(status).next())
            .map(str::to_owned),
        category: block
            .get("x-powermta-bouncecategory")
            .and_then(|word| phrases::of_category(word.trim())),
        reply: text::plain(&address::strike(said)),
        title: String::new(),
        around: format!("{} {around}", text::plain(remark.trim_end_matches(')'))),
    };
    Finding {
        recipient,
        verdict: read.judge(),
        said: if said.is_empty() {
            excerpt(around)
        } else {
            said.to_owned()
        },
    }
}

/// No action is told, but that it will be tried again.
fn tried(block: &Fields) -> Option<Action> {
    block.has("will-retry-until").then_some(Action::Delayed)
}

/// Blocks of a delivery status among a report's own words, maybe behind `>`.
fn in_own_words(mail: &Mail) -> Vec<Fields> {
    let mut blocks = Vec::new();
    let mut block = String::new();
    let mut names = 0;
    for line in mail.own.lines().chain(std::iter::once("")) {
        let line = line.trim_start_matches('>').trim_start_matches([' ', '\t']);
        let name = line
            .split_once(':')
            .map(|(name, _)| name.trim_end().to_ascii_lowercase());
        let is_field = name.as_deref().is_some_and(|name| {
            matches!(
                name,
                "final-recipient"
                    | "original-recipient"
                    | "action"
                    | "status"
                    | "diagnostic-code"
                    | "remote-mta"
                    | "reporting-mta"
                    | "last-attempt-date"
                    | "received-from-mta"
                    | "arrival-date"
            )
        });
        if is_field {
            names += usize::from(matches!(
                name.as_deref(),
                Some("final-recipient" | "original-recipient" | "status")
            ));
            block.push_str(line);
            block.push('\n');
        } else if line.is_empty() || name.is_some() {
            if names > 1 {
                blocks.push(Fields::read(&block));
            }
            block.clear();
            names = 0;
        } else if !block.is_empty() {
            // The field before goes on.
            block.push(' ');
            block.push_str(line);
            block.push('\n');
        }
        if blocks.len() == super::mail::MAX_BLOCKS {
            break;
        }
    }
    blocks
}

/// Whether a mail without a delivery status says that one could not be delivered.
fn is_bounce(mail: &Mail) -> bool {
    if mail.header.has("x-failed-recipients") {
        return true;
    }
    let is_report = mail.report_type.as_deref() == Some("delivery-status");
    let subject = title(mail);
    let own = text::plain(&mail.own);
    let says = phrases::hear(&own).is_bounce() || phrases::hear(&own).is_delay();
    let titled = phrases::hear(&subject).is_bounce() || phrases::hear(&subject).is_delay();
    let refused = code_at(&own).is_some() || statuses(&own).next().is_some();
    let told = || phrases::hear(&own).reason().is_some();
    let system = is_system(mail);
    (is_report && (system || says || titled))
        || (system
            && (says || titled || refused || (told() && !prose::recipients(mail).is_empty())))
        || (says && (titled || refused || (is_machine(mail) && told())))
}

/// What the subject says of its own: "Undeliverable: Morning Briefing" is about a mail that was called so.
pub(super) fn title(mail: &Mail) -> String {
    let subject = text::plain(&mail.subject);
    let own = subject.split_once(": ").map(|(own, _)| own).filter(|own| {
        let heard = phrases::hear(own);
        heard.is_bounce() || heard.is_delay() || heard.is_away_subject()
    });
    own.map(str::to_owned).unwrap_or(subject)
}

/// Whether this is a report though it says that it is automatic: subject and text say so, and a server's code is there,
/// too, or nobody reads what is sent to its sender. No answer of a machine for somebody has all of that.
pub(super) fn is_sure(mail: &Mail) -> bool {
    let own = text::plain(&mail.own);
    let heard = phrases::hear(&own);
    let is_refused = code_at(&own).is_some() || statuses(&own).next().is_some();
    let titled = phrases::hear(&title(mail)).is_bounce();
    heard.is_bounce() && ((titled && is_refused) || (is_machine(mail) && heard.reason().is_some()))
}

/// Whether anything in `mail` sounds like a report on a delivery.
pub(super) fn tells(mail: &Mail) -> bool {
    let own = text::plain(&mail.own);
    let subject = title(mail);
    phrases::hear(&own).is_bounce()
        || phrases::hear(&subject).is_bounce()
        || code_at(&own).is_some()
        || statuses(&own).next().is_some()
}

/// Whether a machine that delivers mail wrote this: nobody to answer, or one of its names.
pub(super) fn is_system(mail: &Mail) -> bool {
    const NAMES: [&str; 12] = [
        "mailer-daemon",
        "mailerdaemon",
        "mail-daemon",
        "maildaemon",
        "postmaster",
        "post_master",
        "mail delivery",
        "mail administrator",
        "system administrator",
        "mail deliver system",
        "microsoftexchange",
        "double-bounce",
    ];
    let from = mail.header.get("from").map(str::to_lowercase);
    let Some(from) = from else {
        return true;
    };
    let is_nobody = from.trim().is_empty() || from.trim() == "<>";
    is_nobody || NAMES.iter().any(|name| from.contains(name))
}

/// Whether nobody would answer from the address this came from.
fn is_machine(mail: &Mail) -> bool {
    const NAMES: [&str; 12] = [
        "noreply",
        "no-reply",
        "no_reply",
        "donotreply",
        "do-not-reply",
        "admin",
        "system",
        "daemon",
        "bounce",
        "mailer",
        "notification",
        "server",
    ];
    let from = mail.addresses(&["from"]);
    let local = from
        .first()
        .and_then(|from| from.split('@').next())
        .unwrap_or_default();
    let local = local.to_ascii_lowercase();
    NAMES.iter().any(|name| local.contains(name))
}

/// What the report says in sentences.
fn from_prose(mail: &Mail) -> Vec<Finding> {
    let named = prose::recipients(mail);
    let subject = title(mail);
    let judge = |recipient: Option<String>, around: String| {
        let (reply, said) = match reply(&around) {
            Some(reply) => (reply.to_owned(), reply.to_owned()),
            None => (String::new(), excerpt(&around)),
        };
        let read = Said {
            action: None,
            status: None,
            category: None,
            reply,
            around,
            title: subject.clone(),
        };
        Finding {
            recipient,
            verdict: read.judge(),
            said,
        }
    };
    if named.is_empty() {
        let mut found = judge(None, text::plain(&address::strike(&mail.own)));
        if !found.verdict.is_known {
            found.verdict.kind = Kind::Other;
            found.verdict.reason = "unreadable";
        }
        return vec![found];
    }
    named
        .into_iter()
        .map(|named| judge(Some(named.address), named.around))
        .collect()
}

/// What a server said, within the words of a report: from the first reply code on, or the first status.
fn reply(around: &str) -> Option<&str> {
    let of_refusal = |status: &&str| !status.starts_with('2');
    let status = statuses(around)
        .find(of_refusal)
        .map(|status| status.as_ptr() as usize - around.as_ptr() as usize);
    // In a transcript, what the other side said first is what counts.
    let begin = match refusal(around) {
        Some(refused) => refused,
        None => match (code_at(around), status) {
            (Some((code, _)), Some(status)) => code.min(status),
            (Some((code, _)), None) => code,
            (None, Some(status)) => status,
            (None, None) => return None,
        },
    };
    let reply = text::head(&around[begin..], MAX_REPLY_BYTES);
    let closing = match around[..begin].chars().next_back() {
        Some('[') => Some("]"),
        Some('(') => Some(")"),
        Some('"') => Some("\""),
        Some('\'') => Some("'"),
        _ => None,
    };
    let ends = [" <<< ", " >>> ", " in: "].into_iter().chain(closing);
    let end = ends.filter_map(|sign| reply.find(sign)).min();
    Some(&reply[..end.unwrap_or(reply.len())])
}

/// The first words, for people.
fn excerpt(around: &str) -> String {
    text::head(around, MAX_REPLY_BYTES).to_owned()
}
