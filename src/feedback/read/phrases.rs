//! What servers, their reports and the machines of readers say, and what it means: the words of `phrases.txt`, in the order
//! that stands there, and those by which `dispatch` knows a refusal. All are looked for in one pass over a text.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::dispatch::reply;

/// Why a mail was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    MailboxFull,
    TooLarge,
    Authentication,
    Virus,
    Spam,
    Greylisted,
    RateLimited,
    Sender,
    Relaying,
    Blocked,
    Policy,
    Content,
    Expired,
    Network,
    Loop,
    System,
    Disabled,
    Moved,
    /// The one who keeps the mailboxes says that there is none.
    NoMailbox,
    /// A server said so; at which command decides what it is worth.
    UserUnknown,
    HostUnknown,
    Refused,
}

impl Reason {
    const ALL: [Reason; 22] = [
        Reason::MailboxFull,
        Reason::TooLarge,
        Reason::Authentication,
        Reason::Virus,
        Reason::Spam,
        Reason::Greylisted,
        Reason::RateLimited,
        Reason::Sender,
        Reason::Relaying,
        Reason::Blocked,
        Reason::Policy,
        Reason::Content,
        Reason::Expired,
        Reason::Network,
        Reason::Loop,
        Reason::System,
        Reason::Disabled,
        Reason::Moved,
        Reason::NoMailbox,
        Reason::UserUnknown,
        Reason::HostUnknown,
        Reason::Refused,
    ];

    /// The word for it in reports.
    pub(super) fn word(self) -> &'static str {
        match self {
            Reason::MailboxFull => "mailbox-full",
            Reason::TooLarge => "too-large",
            Reason::Authentication => "authentication",
            Reason::Virus => "virus",
            Reason::Spam => "spam",
            Reason::Greylisted => "greylisted",
            Reason::RateLimited => "rate-limited",
            Reason::Sender => "sender",
            Reason::Relaying => "relaying",
            Reason::Blocked => "blocked",
            Reason::Policy => "policy",
            Reason::Content => "content",
            Reason::Expired => "expired",
            Reason::Network => "network",
            Reason::Loop => "loop",
            Reason::System => "system",
            Reason::Disabled => "disabled",
            Reason::Moved => "moved",
            Reason::NoMailbox | Reason::UserUnknown => "user-unknown",
            Reason::HostUnknown => "host-unknown",
            Reason::Refused => "refused",
        }
    }
}

/// What a list of words is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Why(Reason),
    Bounce,
    Delay,
    Challenge,
    AwaySubject,
    AwayText,
    AwayWhere,
    AwayUntil,
}

/// All words, by the three octets they begin with.
struct Words {
    topics: Vec<Topic>,
    by_start: HashMap<[u8; 3], Vec<(&'static str, usize)>>,
}

static WORDS: LazyLock<Words> = LazyLock::new(Words::load);

impl Words {
    fn load() -> Words {
        let mut words = Words {
            topics: Vec::new(),
            by_start: HashMap::new(),
        };
        for line in include_str!("phrases.txt").lines() {
            let heading = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'));
            if let Some(name) = heading {
                words.begin(topic(name));
            } else if !line.is_empty() && !line.starts_with("# ") {
                words.add(line);
            }
        }
        assert!(words.topics.len() <= 64, "each topic is one bit");
        words
    }

    /// A list begins, and with it what `dispatch` knows of the same, where that is not there yet.
    fn begin(&mut self, topic: Topic) {
        let is_new = !self.topics.contains(&topic);
        self.topics.push(topic);
        let more: &[&'static str] = match topic {
            Topic::Why(Reason::MailboxFull) => &reply::FULL,
            Topic::Why(Reason::TooLarge) => &reply::TOO_LARGE,
            Topic::Why(Reason::Greylisted) => &reply::GREYLIST,
            Topic::Why(Reason::RateLimited) => &reply::TOO_MUCH,
            Topic::Why(Reason::UserUnknown) => &reply::NO_MAILBOX,
            _ => &[],
        };
        for word in more.iter().filter(|_| is_new) {
            self.add(word);
        }
    }

    fn add(&mut self, word: &'static str) {
        // A blank at an end is written so that it can be seen.
        let word: &'static str = if word.starts_with('_') || word.ends_with('_') {
            word.replace('_', " ").leak()
        } else {
            word
        };
        let start = word.as_bytes()[..3].try_into().expect("no word is shorter");
        let topic = self.topics.len() - 1;
        self.by_start.entry(start).or_default().push((word, topic));
    }

    /// The topics of which something is said in `text`: bit by bit, in their order.
    fn heard(&self, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let mut heard = 0;
        for (at, start) in bytes.windows(3).enumerate() {
            let Some(words) = self.by_start.get(start) else {
                continue;
            };
            for (word, topic) in words {
                if heard & (1 << topic) == 0 && bytes[at..].starts_with(word.as_bytes()) {
                    heard |= 1 << topic;
                }
            }
        }
        heard
    }
}

fn topic(name: &str) -> Topic {
    match name {
        "bounce" => Topic::Bounce,
        "delay" => Topic::Delay,
        "challenge" => Topic::Challenge,
        "away-subject" => Topic::AwaySubject,
        "away-text" => Topic::AwayText,
        "away-where" => Topic::AwayWhere,
        "away-until" => Topic::AwayUntil,
        "no-mailbox" => Topic::Why(Reason::NoMailbox),
        name => {
            let all = Reason::ALL.iter().rev();
            let reason = all.copied().find(|reason| reason.word() == name);
            Topic::Why(reason.expect("each list of the file has the name of a topic"))
        }
    }
}

/// What is said in a text, which `text::plain` made.
#[derive(Clone, Copy)]
pub(super) struct Heard(u64);

pub(super) fn hear(text: &str) -> Heard {
    Heard(WORDS.heard(text))
}

impl Heard {
    fn topics(self) -> impl Iterator<Item = Topic> {
        let is_heard = move |(n, _): &(usize, &Topic)| self.0 & (1 << n) != 0;
        WORDS
            .topics
            .iter()
            .enumerate()
            .filter(is_heard)
            .map(|(_, topic)| *topic)
    }

    fn has(self, topic: Topic) -> bool {
        self.topics().any(|heard| heard == topic)
    }

    /// The first reason that is given.
    pub(super) fn reason(self) -> Option<Reason> {
        self.topics().find_map(|topic| match topic {
            Topic::Why(reason) => Some(reason),
            _ => None,
        })
    }

    /// That a mail could not be delivered.
    pub(super) fn is_bounce(self) -> bool {
        self.has(Topic::Bounce)
    }

    /// That the server goes on trying.
    pub(super) fn is_delay(self) -> bool {
        self.has(Topic::Delay)
    }

    /// That somebody must prove to be one before a mail is let through.
    pub(super) fn is_challenge(self) -> bool {
        self.has(Topic::Challenge)
    }

    /// That somebody is away, in a subject.
    pub(super) fn is_away_subject(self) -> bool {
        self.has(Topic::AwaySubject)
    }

    /// That somebody is away, in a text.
    pub(super) fn is_away_text(self) -> bool {
        self.has(Topic::AwayText)
    }

    /// Where somebody is who is away, and when they are back or who answers meanwhile.
    pub(super) fn is_away_for_a_while(self) -> bool {
        self.has(Topic::AwayWhere) && self.has(Topic::AwayUntil)
    }
}

/// What PowerMTA finds, in a field of its own.
pub(super) fn of_category(category: &str) -> Option<Reason> {
    match category {
        "bad-mailbox" => Some(Reason::NoMailbox),
        "inactive-mailbox" => Some(Reason::Disabled),
        "bad-domain" => Some(Reason::HostUnknown),
        "quota-issues" => Some(Reason::MailboxFull),
        "message-expired" => Some(Reason::Expired),
        "no-answer-from-host" | "bad-connection" => Some(Reason::Network),
        "policy-related" => Some(Reason::Policy),
        "routing-errors" | "protocol-errors" => Some(Reason::System),
        "content-related" => Some(Reason::Content),
        "spam-related" => Some(Reason::Spam),
        "virus-related" => Some(Reason::Virus),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_can_be_found() {
        for line in include_str!("phrases.txt").lines() {
            if line.is_empty() || line.starts_with(['#', '[']) {
                continue;
            }
            let plain = super::super::text::plain(line);
            assert_eq!(plain, line, "no text has it in this form");
            assert_ne!(
                hear(&format!("x {} x", line.trim_matches('_'))).0,
                0,
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_said_of_us_comes_before_what_is_said_of_the_address() {
        assert_eq!(hear("user unknown").reason(), Some(Reason::UserUnknown));
        assert_eq!(
            hear("user unknown, or blocked").reason(),
            Some(Reason::Blocked)
        );
        assert_eq!(
            hear("blocked; mailbox full").reason(),
            Some(Reason::MailboxFull)
        );
        assert_eq!(hear("a fine day").reason(), None);
    }
}
