//! What a relay's refusal means: by its code (RFC 5321, section 4.2), by its enhanced code (RFC 3463 and the registry of
//! RFC 5248), and only where these leave it open, by words that large providers are known for.

use super::line::Step;

/// What is to be done about a refusal. Each variant is one course of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// For now, because it does not know us yet (RFC 6647): soon again, and not a matter for other mails.
    Greylisted,
    /// For now, because it has too much of us: its other mails wait, too.
    RateLimited,
    /// The mailbox is full: for now, and then seldom again, or for good; and no fault of the list.
    MailboxFull,
    /// For now, for any other reason.
    Temporary,
    /// For good: the mailbox or its domain is not there. Many of these tell of a bad list.
    NoSuchMailbox,
    /// For good: they do not want mails like this, or of ours. Many of these tell that the next ones do harm.
    Blocked,
    /// Of us, whoever the mail is for: a login is wanted, or TLS before one (RFC 4954, section 6; RFC 3207, section 4), or
    /// nothing is relayed for us.
    Stranger,
    /// For good: this mail is larger than they take.
    TooLarge,
    /// For good, for any other reason.
    Permanent,
}

pub(crate) const GREYLIST: [&str; 5] = [
    "greylist",
    "graylist",
    "grey list",
    "gray list",
    // Mimecast says nothing else to those whom it sees for the first time.
    "internal resources are temporarily unavailable",
];

pub(crate) const TOO_MUCH: [&str; 13] = [
    "rate limit",
    "rate-limit",
    "ratelimit",
    "too many",
    "too fast",
    "throttl",
    "slow down",
    "unusual rate",
    "unexpected volume",
    "excessive",
    "sending limit",
    "connection limit",
    "reduce your",
];

pub(crate) const FULL: [&str; 9] = [
    "mailbox full",
    "mailbox is full",
    "mailbox for user is full",
    "inbox is full",
    "over quota",
    "overquota",
    "quota exceeded",
    "exceeded its quota",
    "storage allocation",
];

const BLOCKED: [&str; 21] = [
    "spam",
    "blocked",
    "block list",
    "blocklist",
    "blacklist",
    "black list",
    "denylist",
    "dnsbl",
    "rbl",
    "reputation",
    "policy",
    "unsolicited",
    "abuse",
    "banned",
    "dmarc",
    "dkim",
    "spf",
    "content reject",
    "access denied",
    "listed by",
    "virus",
];

pub(crate) const NO_MAILBOX: [&str; 20] = [
    "user unknown",
    "unknown user",
    "unknown recipient",
    "recipient unknown",
    "unknown local",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no such address",
    "no mailbox",
    "not a valid mailbox",
    "invalid mailbox",
    "invalid recipient",
    "user not found",
    "does not exist",
    "doesn't have a",
    "no longer available",
    "mailbox is disabled",
    "mailbox unavailable",
    "account has been disabled",
];

const STRANGER: [&str; 13] = [
    "authentication required",
    "authentication is required",
    "must be authenticated",
    "relay access denied",
    "relay denied",
    "relaying denied",
    "relaying not allowed",
    "relay not permitted",
    "relaying not permitted",
    "not permitted to relay",
    "not allowed to relay",
    "unable to relay",
    "rcpthosts",
];

pub(crate) const TOO_LARGE: [&str; 5] = [
    "too large",
    "too big",
    "message size",
    "size limit",
    "maximum size",
];

/// What RFC 5321 (section 4.2.3) has for 452.
const STORAGE: &str = "insufficient system storage";

impl Class {
    /// The class of a reply of 400 or more, by its code and its text.
    #[expect(clippy::match_same_arms, reason = "what comes first is asked first")]
    pub(crate) fn of(code: i16, text: &str) -> Class {
        let text = text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let enhanced = enhanced(&text);
        if code < 500 {
            return match enhanced {
                _ if says(&GREYLIST) => Class::Greylisted,
                Some((2, 2)) => Class::MailboxFull,
                // What is said of a mailbox is not meant for its neighbours.
                Some((1 | 2, _)) => Class::Temporary,
                Some((4, 5)) => Class::RateLimited,
                Some((7, _)) if matches!(code, 421 | 450 | 452) => Class::RateLimited,
                // Outlook's, of which it says that they come of an address's reputation.
                Some((7, 650..=699)) => Class::RateLimited,
                _ if says(&TOO_MUCH) => Class::RateLimited,
                _ if says(&FULL) => Class::MailboxFull,
                _ => Class::Temporary,
            };
        }
        match enhanced {
            _ if matches!(code, 530 | 534 | 535 | 538) || says(&STRANGER) => Class::Stranger,
            // Of the sender: its domain is not there, or its address is none.
            Some((1, 7 | 8)) => Class::Blocked,
            Some((1, 0)) if text.contains("sender") => Class::Blocked,
            Some((1, _)) => Class::NoSuchMailbox,
            Some((2, 1)) if says(&BLOCKED) => Class::Blocked,
            Some((2, 1) | (4, 4)) => Class::NoSuchMailbox,
            Some((2, 2)) => Class::MailboxFull,
            Some((2, 3) | (3, 4)) => Class::TooLarge,
            // RFC 7293: the mailbox, or the domain, is somebody else's now.
            Some((7, 17 | 18)) => Class::NoSuchMailbox,
            // Some have one code for all, and are clear in words.
            Some((7, _)) if says(&NO_MAILBOX) && !says(&BLOCKED) => Class::NoSuchMailbox,
            Some((7, _)) => Class::Blocked,
            // Exchange Online, at the edge of a domain whose recipients it knows.
            Some((4, 1)) if text.contains("recipient address rejected") => Class::NoSuchMailbox,
            _ if says(&FULL) => Class::MailboxFull,
            _ if says(&TOO_LARGE) => Class::TooLarge,
            _ if says(&BLOCKED) => Class::Blocked,
            _ if says(&NO_MAILBOX) => Class::NoSuchMailbox,
            // RFC 7504: a host, or a domain, that takes no mail.
            _ if matches!(code, 521 | 556 | 551) => Class::NoSuchMailbox,
            _ if code == 552 => Class::MailboxFull,
            _ => Class::Permanent,
        }
    }
}

/// Whether a refusal for good speaks of us, and neither of this mail nor of its reader. It is put off until that is mended.
///
/// Before RCPT nobody knows whom a mail is for; what MAIL says of the mail is its size and its alphabet (RFC 1870,
/// section 6.1; RFC 6531, section 3.5).
pub(super) fn is_of_us(code: i16, text: &str, step: Step) -> bool {
    let is_of_mail = || {
        code == 552
            || Class::of(code, text) == Class::TooLarge
            || matches!(enhanced(&text.to_lowercase()), Some((6, _)))
    };
    Class::of(code, text) == Class::Stranger || (step == Step::Mail && !is_of_mail())
}

/// Whether a refusal speaks of the system that we talk to (RFC 3463, section 3.4), and not of the size of this mail.
pub(super) fn is_of_system(text: &str) -> bool {
    matches!(enhanced(&text.to_lowercase()), Some((3, detail)) if detail != 4)
}

/// Whether a refusal for now may speak of the relay's own state: its disk is full, it is overloaded, it goes down.
///
/// Before RCPT nobody knows whom a mail is for; and with a 421 a server goes, whatever it was asked (RFC 5321, section
/// 3.8). What is said of a mailbox is said of no system.
pub(super) fn is_of_relay(code: i16, text: &str, step: Step) -> bool {
    let lower = text.to_lowercase();
    let is_its_own = match enhanced(&lower) {
        Some((1 | 2, _) | (3, 4)) => false,
        Some((3, _)) => true,
        _ => step == Step::Mail || code == 421 || lower.contains(STORAGE),
    };
    is_its_own && Class::of(code, text) == Class::Temporary
}

/// Whether a refusal speaks of the mailbox or its domain, by its enhanced code (RFC 3463, section 3.2 and 3.3).
pub(super) fn is_of_mailbox(text: &str) -> bool {
    matches!(enhanced(&text.to_lowercase()), Some((1 | 2, _)))
}

/// Subject and detail of the enhanced code: at the beginning (RFC 2034), or after a `#`, as qmail has it.
pub(crate) fn enhanced(text: &str) -> Option<(u16, u16)> {
    let begin = text.trim_start().trim_start_matches(['-', '[', '(', '#']);
    let hashed = text.split('#').skip(1);
    std::iter::once(begin).chain(hashed).find_map(code)
}

fn code(text: &str) -> Option<(u16, u16)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let mut parts = text[..end].trim_end_matches('.').split('.');
    let class = parts.next()?;
    let mut part = || parts.next()?.parse::<u16>().ok().filter(|n| *n < 1000);
    let (subject, detail) = (part()?, part()?);
    (matches!(class, "4" | "5") && subject < 8 && parts.next().is_none())
        .then_some((subject, detail))
}

#[cfg(test)]
mod tests {
    use super::Class::*;
    use super::*;

    /// After the known forms of those whose readers are most, in our own words where theirs are long.
    const SAID: [(i16, &str, Class); 85] = [
        // Greylisting.
        (
            450,
            "4.2.0 <x>: Recipient address rejected: Greylisted, see http://postgrey.example/help/example.org.html",
            Greylisted,
        ),
        (
            451,
            "4.7.1 Greylisting in action, please come back later",
            Greylisted,
        ),
        (451, "4.7.1 greylisted, try again in a minute", Greylisted),
        (
            450,
            "4.7.1 x: Recipient address rejected: Greylisted for 5 minutes",
            Greylisted,
        ),
        (421, "Graylisted, please retry in 300 seconds", Greylisted),
        (
            451,
            "Internal resources are temporarily unavailable - https://community.example/docs/DOC-1369#451 [abc]",
            Greylisted,
        ),
        // Too much at once.
        (
            421,
            "4.7.28 Our system has detected an unusual rate of unsolicited mail from your IP address. To protect our users, it has been temporarily rate limited.",
            RateLimited,
        ),
        (
            421,
            "4.7.26 This mail has been rate limited because it is unauthenticated.",
            RateLimited,
        ),
        (
            421,
            "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1",
            RateLimited,
        ),
        (
            451,
            "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. (S775)",
            RateLimited,
        ),
        (
            451,
            "4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections. (S3115)",
            RateLimited,
        ),
        (
            421,
            "RP-001 (BAY004-MC1) Unfortunately, some messages from 192.0.2.1 weren't sent. We have throttled mails from you.",
            RateLimited,
        ),
        (
            421,
            "4.7.0 try again later, closing connection",
            RateLimited,
        ),
        (450, "4.7.1 too many mails from you, slow down", RateLimited),
        (452, "4.4.5 congested", RateLimited),
        (
            421,
            "Too many concurrent SMTP connections from this IP address; please try again later.",
            RateLimited,
        ),
        (452, "Too many messages in this session", RateLimited),
        (
            450,
            "Requested mail action not taken: rate limit of your IP address exceeded",
            RateLimited,
        ),
        (
            421,
            "4.3.2 You have reached your connection limit",
            RateLimited,
        ),
        // Full, for now and for good.
        (
            452,
            "4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to a page.",
            MailboxFull,
        ),
        (450, "4.2.2 mailbox full", MailboxFull),
        (422, "The recipient's mailbox is over quota", MailboxFull),
        (
            452,
            "requested action not taken: mailbox is full",
            MailboxFull,
        ),
        (
            552,
            "5.2.2 The email account that you tried to reach is over quota and inactive.",
            MailboxFull,
        ),
        (
            554,
            "5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
            MailboxFull,
        ),
        (
            552,
            "Requested mail action aborted: exceeded storage allocation",
            MailboxFull,
        ),
        (550, "Mailbox quota exceeded", MailboxFull),
        (552, "no", MailboxFull),
        // For now.
        (421, "4.3.2 too busy, try again later", Temporary),
        (
            450,
            "4.2.1 The user you are trying to contact is receiving mail too quickly. Too many for one.",
            Temporary,
        ),
        (451, "Temporary local problem - please try later", Temporary),
        (451, "qq temporary problem (#4.3.0)", Temporary),
        (
            451,
            "4.3.0 mail server temporarily rejected message",
            Temporary,
        ),
        (452, "4.3.1 Insufficient system storage", Temporary),
        (
            450,
            "4.1.2 <x>: Recipient address rejected: Domain not found",
            Temporary,
        ),
        (451, "4.7.5 Certificate validation failure", Temporary),
        (
            421,
            "Service not available, closing transmission channel",
            Temporary,
        ),
        (451, "", Temporary),
        // Nobody there.
        (
            550,
            "5.1.1 The email account that you tried to reach does not exist. Please try double-checking it for typos.",
            NoSuchMailbox,
        ),
        (
            550,
            "5.1.1 <x>: Recipient address rejected: User unknown in virtual mailbox table",
            NoSuchMailbox,
        ),
        (
            550,
            "5.2.1 The email account that you tried to reach is inactive.",
            NoSuchMailbox,
        ),
        (
            550,
            "5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
            NoSuchMailbox,
        ),
        (
            550,
            "5.4.1 Recipient address rejected: Access denied. [XX.prod.example]",
            NoSuchMailbox,
        ),
        (
            550,
            "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            NoSuchMailbox,
        ),
        (
            554,
            "delivery error: dd This user doesn't have a yahoo account (0) [-5] - mta1.example",
            NoSuchMailbox,
        ),
        (
            554,
            "30 Sorry, your message cannot be delivered. This mailbox is disabled (554.30).",
            NoSuchMailbox,
        ),
        (
            550,
            "sorry, no mailbox here by that name. (#5.1.1 - chkuser)",
            NoSuchMailbox,
        ),
        (550, "#5.1.0 Address rejected.", NoSuchMailbox),
        (550, "5.7.1 No such user!", NoSuchMailbox),
        (
            550,
            "Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user not found",
            NoSuchMailbox,
        ),
        (550, "Unrouteable address: unknown user", NoSuchMailbox),
        (550, "5.1.2 Host or domain name not found", NoSuchMailbox),
        (
            556,
            "5.1.10 The domain takes no mail (null MX)",
            NoSuchMailbox,
        ),
        (521, "5.3.2 This host takes no mail", NoSuchMailbox),
        (
            550,
            "5.7.17 The mailbox has another owner than you think",
            NoSuchMailbox,
        ),
        // Not wanted.
        (
            550,
            "5.7.1 [192.0.2.1 12] Our system has detected that this message is likely unsolicited mail.",
            Blocked,
        ),
        (
            550,
            "5.7.26 This mail has been blocked because the sender is unauthenticated.",
            Blocked,
        ),
        (
            550,
            "5.7.606 Access denied, banned sending IP [192.0.2.1]",
            Blocked,
        ),
        (
            550,
            "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Part of their network is on our block list (S3150).",
            Blocked,
        ),
        (
            550,
            "SC-001 (COL004-MC1) Unfortunately, messages from 192.0.2.1 weren't sent: part of their network is on our block list",
            Blocked,
        ),
        (
            553,
            "5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
            Blocked,
        ),
        (
            554,
            "5.7.9 Message not accepted for policy reasons. See https://postmaster.example/error-codes",
            Blocked,
        ),
        (
            554,
            "Transaction failed Reject due to policy restrictions.",
            Blocked,
        ),
        (
            554,
            "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
            Blocked,
        ),
        (521, "5.2.1 : (CON:B1) 192.0.2.1 is blocked", Blocked),
        (
            550,
            "permanent failure for one or more recipients (x:blocked)",
            Blocked,
        ),
        (
            550,
            "5.1.8 Sender address rejected: Domain not found",
            Blocked,
        ),
        (550, "5.1.0 sender rejected", Blocked),
        // Not known as somebody who may send.
        (530, "5.7.0 Authentication Required.", Stranger),
        (530, "5.7.0 Must issue a STARTTLS command first", Stranger),
        (
            530,
            "5.7.57 Client not authenticated to send mail. Error: 535 5.7.139",
            Stranger,
        ),
        (530, "", Stranger),
        (
            538,
            "5.7.11 Encryption required for requested authentication mechanism",
            Stranger,
        ),
        (535, "5.7.8 Error: authentication failed", Stranger),
        (554, "5.7.1 <x>: Relay access denied", Stranger),
        (
            550,
            "5.7.64 TenantAttribution; Relay Access Denied",
            Stranger,
        ),
        (550, "5.7.1 Unable to relay", Stranger),
        (550, "relay not permitted", Stranger),
        (
            553,
            "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
            Stranger,
        ),
        (550, "5.7.1 SMTP authentication is required.", Stranger),
        // Too large, and everything else.
        (552, "5.3.4 Message size exceeds fixed limit", TooLarge),
        (
            552,
            "5.2.3 Your message exceeded the size that we take",
            TooLarge,
        ),
        (552, "message too large", TooLarge),
        (554, "5.0.0 Transaction failed", Permanent),
        (550, "5.6.1 the media are not supported", Permanent),
    ];

    #[test]
    fn what_relays_say_and_what_is_meant() {
        let wrong: Vec<String> = SAID
            .iter()
            .filter_map(|(code, text, meant)| {
                let class = Class::of(*code, text);
                (class != *meant).then(|| format!("{code} {text}: {class:?}, not {meant:?}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_is_refused_before_the_reader_is_known_speaks_of_us() {
        for (code, text, at_mail, at_rcpt) in [
            (530, "5.7.0 Authentication required", true, true),
            (538, "", true, true),
            (550, "5.7.1 not permitted to relay", true, true),
            (550, "5.7.1 sender rejected", true, false),
            (
                553,
                "5.1.8 Sender address rejected: Domain not found",
                true,
                false,
            ),
            (503, "5.5.1 Error: send HELO first", true, false),
            (550, "5.1.1 no such user", true, false),
            (554, "", true, false),
            (552, "5.3.4 Message size exceeds fixed limit", false, false),
            (552, "", false, false),
            (523, "message too large", false, false),
            (553, "5.6.7 an address beyond ASCII", false, false),
        ] {
            let of_us = [Step::Mail, Step::Rcpt].map(|step| is_of_us(code, text, step));
            assert_eq!(of_us, [at_mail, at_rcpt], "{code} {text}");
        }
    }

    #[test]
    fn what_a_relay_says_of_itself_is_told_from_what_it_says_of_others() {
        for (code, text, at_mail, at_rcpt) in [
            (452, "4.3.1 Insufficient system storage", true, true),
            (
                452,
                "Requested action not taken: insufficient system storage",
                true,
                true,
            ),
            (451, "4.3.0 Error: queue file write error", true, true),
            (421, "4.3.2 too busy, try again later", true, true),
            (
                421,
                "Service not available, closing transmission channel",
                true,
                true,
            ),
            (452, "4.5.3 too many recipients", false, false),
            (
                451,
                "Temporary local problem - please try later",
                true,
                false,
            ),
            (451, "4.7.5 Certificate validation failure", true, false),
            (450, "", true, false),
            // Of a mailbox, of a domain, of this mail, and what has a course of action of its own.
            (450, "4.2.1 receiving mail too quickly", false, false),
            (421, "4.2.1 receiving mail too quickly", false, false),
            (452, "4.2.2 mailbox full", false, false),
            (
                450,
                "4.1.8 Sender address rejected: Domain not found",
                false,
                false,
            ),
            (452, "4.3.4 too large for now", false, false),
            (451, "4.7.1 greylisted", false, false),
            (421, "4.7.0 too many messages, slow down", false, false),
            (550, "5.3.0 no", false, false),
        ] {
            let of_relay = [Step::Mail, Step::Rcpt].map(|step| is_of_relay(code, text, step));
            assert_eq!(of_relay, [at_mail, at_rcpt], "{code} {text}");
        }
    }

    #[test]
    fn an_enhanced_code_is_found_where_it_is_one() {
        for (text, want) in [
            ("5.7.1 no", Some((7, 1))),
            ("-5.7.26 no", Some((7, 26))),
            ("sorry (#5.1.1)", Some((1, 1))),
            ("#5.1.0 Address rejected.", Some((1, 0))),
            ("192.0.2.1 is not welcome", None),
            ("5.7 no", None),
            ("2.0.0 ok", None),
            ("5.9.1 no", None),
            ("see https://docs.example/#451", None),
            ("", None),
        ] {
            assert_eq!(enhanced(text), want, "{text}");
        }
    }
}
