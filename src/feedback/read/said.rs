//! What was said of one recipient, and what follows from it.
//!
//! The class of a status does not tell whether an address is dead: most refusals of a mailbox that is full, of a sender
//! that is blocked, of a mail that is too large come as 5yz. So the words come first, and the numbers where they say
//! something of their own (RFC 3463; the registry of RFC 5248).

use crate::feedback::report::Kind;

use super::phrases::{self, Reason};

/// The SMTP command that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Connect,
    Mail,
    Rcpt,
    Data,
}

/// What a report says became of the mail (RFC 3464, section 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Failed,
    Delayed,
    Delivered,
}

impl Action {
    pub(super) fn read(value: &str) -> Option<Action> {
        let word: String = value
            .chars()
            .skip_while(|c| !c.is_ascii_alphabetic())
            .take_while(char::is_ascii_alphabetic)
            .take(20)
            .collect();
        match word.to_ascii_lowercase().as_str() {
            "failed" | "failure" | "fail" => Some(Action::Failed),
            "delayed" | "delay" => Some(Action::Delayed),
            "delivered" | "relayed" | "expanded" => Some(Action::Delivered),
            _ => None,
        }
    }
}

/// What was said of one recipient. All texts are in lower case and of single spaces.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) action: Option<Action>,
    /// The Status field of the report, if there is one.
    pub(super) status: Option<String>,
    /// What the report itself finds.
    pub(super) category: Option<Reason>,
    /// What the server said that refused.
    pub(super) reply: String,
    /// The report's own words about this recipient.
    pub(super) around: String,
    /// What its subject says of its own.
    pub(super) title: String,
}

/// What follows from it.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) kind: Kind,
    pub(super) reason: &'static str,
    pub(super) status: Option<String>,
    pub(super) code: Option<u16>,
    /// Whether anything at all was said.
    pub(super) is_known: bool,
}

impl Said {
    pub(super) fn judge(&self) -> Verdict {
        let said = if self.reply.is_empty() {
            &self.around
        } else {
            &self.reply
        };
        let code = code(said).or_else(|| code(&self.around));
        let mut written = self.status.clone();
        if let Some(told) = last_status(said).filter(|told| !is_empty(told) || written.is_none()) {
            written = Some(told);
        }
        let status = written.as_deref().and_then(parts);
        let command = command(&self.reply).or_else(|| command(&self.around));
        let reason = self.reason(status, command, code);
        let class = status.map(|(class, ..)| class);
        let kind = match self.action {
            Some(Action::Delayed) => Kind::Delayed,
            Some(Action::Delivered) => Kind::Other,
            _ if class == Some(2) => Kind::Other,
            None if self.is_delayed() => Kind::Delayed,
            _ => Said::kind(reason, status, command, code),
        };
        let word = match kind {
            Kind::Other => "delivered",
            _ => reason.unwrap_or(Reason::Refused).word(),
        };
        Verdict {
            kind,
            reason: word,
            is_known: reason.is_some() || written.is_some() || code.is_some(),
            status: written,
            code,
        }
    }

    fn is_delayed(&self) -> bool {
        let says = [&self.around, &self.title].map(|text| phrases::hear(text).is_delay());
        says.contains(&true) && !is_final(&self.around)
    }

    /// By words, then by numbers, then by the words around.
    fn reason(
        &self,
        status: Option<(u16, u16, u16)>,
        command: Option<Command>,
        code: Option<u16>,
    ) -> Option<Reason> {
        let by_reply = match heard(&self.reply) {
            None | Some(Reason::UserUnknown) if self.category.is_some() => self.category,
            by_reply => by_reply,
        };
        let detail = status.map(|(_, subject, detail)| (subject, detail));
        // A server that knows of a mailbox with a code of its own may have nothing but a link to say.
        let by_status = match detail {
            // IronPort says that of whatever it was told.
            Some((1, 0)) if !self.reply.contains("unknown address error") => {
                Some(Reason::UserUnknown)
            }
            // RFC 7293: the mailbox, or the domain, is somebody else's now.
            Some((1, 1 | 3 | 10 | 351) | (7, 17 | 18)) => Some(Reason::NoMailbox),
            Some((1, 2) | (4, 4 | 310)) => Some(Reason::HostUnknown),
            Some((1, 6)) => Some(Reason::Moved),
            Some((1, 7 | 8) | (7, 2)) => Some(Reason::Sender),
            Some((2, 1)) if by_reply.is_none() => Some(Reason::Disabled),
            Some((2, 2)) => Some(Reason::MailboxFull),
            Some((2, 3) | (3, 4)) => Some(Reason::TooLarge),
            Some((4, 1)) if self.reply.contains("recipient address rejected") => {
                Some(Reason::NoMailbox)
            }
            Some((4, 5)) => Some(Reason::RateLimited),
            Some((4, 6)) => Some(Reason::Loop),
            Some((4, 7)) => Some(Reason::Expired),
            Some((7, 20..=29 | 509)) => Some(Reason::Authentication),
            Some((7, 500..=699)) => Some(Reason::Blocked),
            _ => None,
        };
        let by_number = match (by_reply, by_status) {
            // The more particular one of two that say the same.
            (
                Some(Reason::UserUnknown | Reason::NoMailbox),
                Some(found @ (Reason::NoMailbox | Reason::Moved)),
            ) => Some(found),
            // Exchange Online, at the edge of a domain whose recipients it knows.
            (Some(Reason::Blocked), Some(Reason::NoMailbox)) if detail == Some((4, 1)) => by_status,
            (Some(_), _) => by_reply,
            (None, _) => by_status,
        };
        let reason = by_number
            .or_else(|| heard(&self.around))
            .or_else(|| heard(&self.title))
            .or(match status {
                // RFC 7504: a host, or a domain, that takes no mail.
                _ if matches!(code, Some(521 | 556)) => Some(Reason::HostUnknown),
                Some((_, 4, _)) => Some(Reason::Network),
                Some((_, 6, _)) => Some(Reason::Content),
                Some((_, 3, _)) => Some(Reason::System),
                Some((_, 7, _)) => Some(Reason::Policy),
                _ => None,
            });
        // What is refused at the sender's name, or before it, is not said of the recipient.
        match reason {
            Some(
                Reason::NoMailbox
                | Reason::UserUnknown
                | Reason::HostUnknown
                | Reason::Disabled
                | Reason::Moved,
            ) if matches!(command, Some(Command::Mail | Command::Connect)) => Some(Reason::Sender),
            // A report may know better than the server it asked.
            Some(Reason::UserUnknown) if heard(&self.around) == Some(Reason::NoMailbox) => {
                Some(Reason::NoMailbox)
            }
            Some(Reason::UserUnknown) if heard(&self.around) == Some(Reason::Disabled) => {
                Some(Reason::Disabled)
            }
            _ => reason,
        }
    }

    fn kind(
        reason: Option<Reason>,
        status: Option<(u16, u16, u16)>,
        command: Option<Command>,
        code: Option<u16>,
    ) -> Kind {
        let class = status.map_or_else(|| code.map(|code| code / 100), |(class, ..)| Some(class));
        match reason {
            Some(Reason::NoMailbox | Reason::Moved) => Kind::Hard,
            // Asked for the name, the server knows whether there is one. After the mail it knows what it read.
            Some(Reason::UserUnknown) => match (command, status) {
                (Some(Command::Rcpt), _) | (_, Some((_, 1, 0 | 1))) => Kind::Hard,
                _ => Kind::Soft,
            },
            // The name servers may be out for a while, and the class says whether the report thinks so.
            Some(Reason::HostUnknown) if class != Some(4) => Kind::Hard,
            _ => Kind::Soft,
        }
    }
}

/// The reason that is given in words; in those of a link only where there are no others.
fn heard(text: &str) -> Option<Reason> {
    let words = text
        .split(' ')
        .filter(|word| !word.contains("://") && !word.contains("www."));
    let words = words.collect::<Vec<_>>().join(" ");
    phrases::hear(&words)
        .reason()
        .or_else(|| phrases::hear(text).reason())
}

/// Whether somebody has given up, whatever else is said.
fn is_final(text: &str) -> bool {
    const WORDS: [&str; 6] = [
        "failed permanently",
        "permanent error",
        "permanent fatal",
        "giving up",
        "given up",
        "not going to try again",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// A status such as 5.0.0, that tells nothing.
fn is_empty(status: &str) -> bool {
    matches!(parts(status), Some((_, 0 | 3 | 5, 0)) | None)
}

fn parts(status: &str) -> Option<(u16, u16, u16)> {
    let mut parts = status.split('.').map(str::parse);
    match (parts.next()?, parts.next()?, parts.next()?, parts.next()) {
        (Ok(class), Ok(subject), Ok(detail), None) => Some((class, subject, detail)),
        _ => None,
    }
}

/// The status codes in a text, in order (RFC 3463): none of them part of a longer number, of a name or of an address.
pub(super) fn statuses(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    text.match_indices('.').filter_map(move |(dot, _)| {
        let class = dot.checked_sub(1)?;
        let before = class.checked_sub(1).map(|at| bytes[at]);
        let is_alone = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'.');
        if !matches!(bytes[class], b'2' | b'4' | b'5') || !is_alone {
            return None;
        }
        let digits = |from: usize| {
            let length = bytes[from..]
                .iter()
                .take(4)
                .take_while(|b| b.is_ascii_digit())
                .count();
            (1..=3).contains(&length).then_some(from + length)
        };
        let second = digits(dot + 1)?;
        if bytes.get(second) != Some(&b'.') {
            return None;
        }
        let end = digits(second + 1)?;
        let goes_on = bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
            || (bytes.get(end) == Some(&b'.')
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit));
        let subject: u16 = text[dot + 1..second].parse().ok()?;
        (!goes_on && subject < 8).then(|| &text[class..end])
    })
}

fn last_status(text: &str) -> Option<String> {
    let of_refusal = |status: &&str| !status.starts_with('2') || text.starts_with('2');
    let said: Vec<&str> = statuses(text).filter(of_refusal).take(50).collect();
    let telling = said.iter().rev().find(|status| !is_empty(status));
    telling.or(said.last()).map(|&status| status.to_owned())
}

/// Whether a server would give such a code (RFC 5321, section 4.2.3, and those in use beside it).
fn is_code(code: u16) -> bool {
    matches!(code, 250 | 421 | 422 | 431 | 432 | 441 | 442 | 446..=452 | 454 | 458 | 459 | 471
        | 500..=505 | 510..=513 | 515 | 517 | 521 | 523 | 525 | 530 | 533..=535 | 538 | 541 | 544 | 546 | 550..=559 | 571 | 572 | 597)
}

/// The place of the first reply code in `text` that stands as one.
pub(super) fn code_at(text: &str) -> Option<(usize, u16)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 3 <= bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let length = bytes[at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at + length).copied();
        let is_alone = before.is_none_or(|b| b" \t\n([{<>:;\"'#,=/".contains(&b))
            && after.is_none_or(|b| b" \t\n-:,;\"')]}".contains(&b));
        let stands = length == 3
            && is_alone
            && !UNITS
                .iter()
                .any(|unit| text[at + 3..].trim_start().starts_with(unit));
        if stands
            && let Ok(code) = text[at..at + 3].parse::<u16>()
            && is_code(code)
            && (code >= 400 || at == 0)
        {
            return Some((at, code));
        }
        at += length;
    }
    None
}

/// What follows a number that is none of a server's.
const UNITS: [&str; 8] = [
    "second", "minute", "hour", "days", "bytes", "kb", "mb", "messages",
];

fn code(text: &str) -> Option<u16> {
    code_at(text).map(|(_, code)| code)
}

/// The command that was refused, as far as the text tells.
fn command(text: &str) -> Option<Command> {
    const TOLD: [(&str, Command); 40] = [
        ("in reply to rcpt", Command::Rcpt),
        ("in reply to mail", Command::Mail),
        ("in reply to end of data", Command::Data),
        ("in reply to data", Command::Data),
        ("in reply to helo", Command::Connect),
        ("in reply to ehlo", Command::Connect),
        ("after rcpt", Command::Rcpt),
        ("after mail from", Command::Mail),
        ("after end of data", Command::Data),
        ("after data", Command::Data),
        ("after pipelined data", Command::Data),
        ("after sending data", Command::Data),
        ("after sending message", Command::Data),
        ("after i sent the message", Command::Data),
        ("after initial connection", Command::Connect),
        ("after helo", Command::Connect),
        ("after ehlo", Command::Connect),
        ("for text command", Command::Data),
        ("for data command", Command::Data),
        ("for rcpt command", Command::Rcpt),
        ("following rcpt command", Command::Rcpt),
        ("following mail command", Command::Mail),
        ("our rcpt to", Command::Rcpt),
        ("our mail from", Command::Mail),
        ("our final data", Command::Data),
        ("our data", Command::Data),
        ("[rcpt_to]", Command::Rcpt),
        ("[mail_from]", Command::Mail),
        ("[data]", Command::Data),
        ("rcpt to response", Command::Rcpt),
        ("does not like recipient", Command::Rcpt),
        ("but sender was rejected", Command::Mail),
        ("command: rcpt", Command::Rcpt),
        ("smtp command data", Command::Data),
        // Gmail's, of old.
        ("(state 12)", Command::Mail),
        ("(state 13)", Command::Mail),
        ("(state 14)", Command::Rcpt),
        ("(state 15)", Command::Data),
        ("(state 17)", Command::Data),
        ("(state 18)", Command::Data),
    ];
    if let Some(found) = transcript(text) {
        return Some(found);
    }
    let told = TOLD
        .iter()
        .filter_map(|(words, command)| text.find(words).map(|at| (at, *command)));
    told.min_by_key(|(at, _)| *at).map(|(_, command)| command)
}

/// Where a transcript has the first refusal.
pub(super) fn refusal(text: &str) -> Option<usize> {
    let signs = ["<<< 5", "<<< 4", "<-- 5", "<-- 4", " out: 5", " out: 4"].iter();
    let found = signs.filter_map(|sign| text.find(sign).map(|at| at + sign.len() - 1));
    found.min()
}

/// From a transcript: the command before the first refusal. Sendmail sends DATA before it has heard of the recipients,
/// and then says in its own words which of the two was refused.
fn transcript(text: &str) -> Option<Command> {
    let refused = refusal(text)?;
    let begin = [">>> ", "--> ", " in: "]
        .iter()
        .filter_map(|sign| text[..refused].rfind(sign))
        .max()?;
    let sent = text[begin..refused].trim_start_matches([' ', '>', '-', 'i', 'n', ':']);
    if sent.starts_with("rcpt") {
        Some(Command::Rcpt)
    } else if sent.starts_with("mail") {
        Some(Command::Mail)
    } else if sent.starts_with("data") || sent.starts_with('.') {
        let conclusion = &text[refused..];
        let says_unknown = conclusion.contains("550 5.1.1") && conclusion.contains("user unknown");
        Some(if says_unknown {
            Command::Rcpt
        } else {
            Command::Data
        })
    } else {
        // Else it is an address, or words of the report's own.
        const FIRST: [&str; 5] = ["ehlo", "helo", "lhlo", "starttls", "auth"];
        let is_first = FIRST.iter().any(|word| sent.starts_with(word));
        is_first.then_some(Command::Connect)
    }
}
