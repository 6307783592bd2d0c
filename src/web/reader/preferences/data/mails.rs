//! What became of a reader's mails, as a timeline each.

use std::cmp::Reverse;

use super::super::said;
use super::{Line, Small, Teller, is};
use crate::message::happened::{Happened, Tried};
use crate::message::returned::What;
use crate::message::why::{Event, Life};
use crate::message::{Reason, State};
use crate::render::Words;

impl Teller<'_> {
    /// The newest first, whatever stream each came by.
    pub(super) fn messages(&self, all: &[Life]) -> Vec<Line> {
        let mut all: Vec<&Life> = all.iter().collect();
        all.sort_by_key(|m| Reverse(m.timeline.first().map(|event| event.at)));
        let lines = all.into_iter().map(|m| {
            let day = said::day(&self.words, m.scheduled_at, &self.zone);
            let small = m.timeline.iter().map(|event| Small {
                at: Some(self.at(event.at)),
                text: happened(&self.words, &event.what),
            });
            Line {
                at: m
                    .timeline
                    .first()
                    .map_or_else(String::new, |event| self.at(event.at)),
                text: self.words.row_of(&[self.title(&m.newsletter), day]),
                small: small.collect(),
            }
        });
        lines.collect()
    }

    /// What came back of mails that nobody can name any more, the newest first.
    pub(super) fn returned(&self, all: &[Event]) -> Vec<Line> {
        let lines = all.iter().rev().map(|event| Line {
            at: self.at(event.at),
            text: happened(&self.words, &event.what),
            small: Vec::new(),
        });
        lines.collect()
    }
}

/// What happened, or will.
fn happened(words: &Words<'_>, what: &Happened) -> String {
    match what {
        Happened::Planned => state(words, State::Planned, None),
        Happened::Tried { number, how, said } => {
            let number = words.say("prefs_data_try", &[("count", (*number).into())]);
            quoting(
                words,
                is(words, number, tried(words, *how)),
                said.as_deref(),
            )
        }
        Happened::Ended {
            state: at,
            reason,
            said,
        } => quoting(words, state(words, *at, *reason), said.as_deref()),
        Happened::Came {
            what,
            reason,
            words: said,
        } => {
            let told = match what {
                What::Bounced | What::CameBack => state(words, State::Bounced, *reason),
                What::Complained => state(words, State::Complained, *reason),
                What::Delayed => words.say("prefs_data_mail_delayed", &[]),
                What::Left => words.say("prefs_data_mail_left", &[]),
            };
            // It stands behind a sentence elsewhere.
            let said = said.trim_start_matches([' ', ':']);
            quoting(words, told, Some(said).filter(|said| !said.is_empty()))
        }
        Happened::ToLeave => state(words, State::Queued, None),
        Happened::NextTry => state(words, State::Deferred, None),
    }
}

fn tried(words: &Words<'_>, how: Tried) -> String {
    let id = match how {
        Tried::Uncertain => "uncertain",
        Tried::Refused => "refused",
        Tried::Later => "later",
        Tried::Broke => "broke",
    };
    words.say(&format!("prefs_data_try_{id}"), &[])
}

/// With what the other server wrote, word for word.
fn quoting(words: &Words<'_>, what: String, said: Option<&str>) -> String {
    let Some(said) = said else { return what };
    let said = words.say("prefs_quoted", &[("word", said.into())]);
    let args = [("what", what.into()), ("words", said.into())];
    words.say("prefs_data_mail_said", &args)
}

fn state(words: &Words<'_>, state: State, why: Option<Reason>) -> String {
    let told = words.say(&format!("prefs_data_mail_{state}"), &[]);
    match why {
        Some(why) => is(words, told, reason(words, why)),
        None => told,
    }
}

fn reason(words: &Words<'_>, reason: Reason) -> String {
    let id = match reason {
        Reason::NoStories => "no_stories",
        Reason::TooLate => "too_late",
        Reason::Paused => "paused",
        Reason::Left => "left",
        Reason::Erased => "erased",
        Reason::Suppressed => "suppressed",
        Reason::Expired => "expired",
        Reason::IssueCancelled => "called_off",
        Reason::Refused => "refused",
        Reason::GaveUp => "gave_up",
        Reason::NoReply => "no_reply",
        Reason::NodeDied => "killed",
        Reason::NotAllowed => "not_allowed",
        Reason::NotRendered => "not_rendered",
        Reason::Retracted => "retracted",
        Reason::BudgetSpent => "limit",
        Reason::NoSmtputf8 => "letters",
        Reason::TooLarge => "too_large",
        Reason::NoMailbox => "no_mailbox",
        Reason::MailboxFull => "mailbox_full",
        Reason::NotWanted => "not_wanted",
        Reason::CameBack => "came_back",
        Reason::NothingFollowed => "nothing_followed",
    };
    words.say(&format!("prefs_data_reason_{id}"), &[])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::web::layout::tests::pages;

    #[test]
    fn whatever_became_of_a_mail_is_told_in_every_language() {
        let came = |what| Happened::Came {
            what,
            reason: None,
            words: String::new(),
        };
        let pages = pages();
        let tell = |language| -> Vec<String> {
            let words = pages.words(language);
            let states = State::ALL.iter().map(|at| state(&words, *at, None));
            let reasons = Reason::ALL.iter().map(|why| reason(&words, *why));
            let tries = Tried::ALL.into_iter().map(|how| tried(&words, how));
            let came = [What::Delayed, What::Left].map(|what| happened(&words, &came(what)));
            states.chain(reasons).chain(tries).chain(came).collect()
        };
        let english = tell("en");
        for language in ["en", "de", "hi", "ur"] {
            let told = tell(language);
            let different: BTreeSet<&String> = told.iter().collect();
            assert_eq!(different.len(), told.len(), "{language}: {told:#?}");
            for (told, english) in told.iter().zip(&english) {
                let is_own = language == "en" || told != english;
                assert!(is_own && !told.is_empty(), "{language}: {told}");
            }
            // What is told in one word elsewhere is told in one word here.
            let words = pages.words(language);
            for (what, same) in [
                (Happened::Planned, State::Planned),
                (Happened::ToLeave, State::Queued),
                (Happened::NextTry, State::Deferred),
                (came(What::Bounced), State::Bounced),
                (came(What::CameBack), State::Bounced),
                (came(What::Complained), State::Complained),
            ] {
                assert_eq!(happened(&words, &what), state(&words, same, None));
            }
        }
    }

    #[test]
    fn the_newest_mail_stands_first() {
        let pages = pages();
        let teller = Teller {
            paper: "The Harbour Courier",
            newsletters: &[],
            pages: &pages,
            words: pages.words("en"),
            zone: TimeZone::UTC,
        };
        let life = |day: i64| Life {
            newsletter: "digest".to_owned(),
            edition: String::new(),
            state: State::Queued.word(),
            reason: None,
            relay: None,
            scheduled_at: day * 86_400_000,
            timeline: vec![Event {
                at: day * 86_400_000,
                what: Happened::Planned,
            }],
        };
        let told = teller.messages(&[life(1), life(3), life(2)]);
        let told: Vec<&str> = told.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            told,
            [4, 3, 2].map(|day| format!("The Harbour Courier, {day} January 1970"))
        );
    }

    #[test]
    fn what_a_server_wrote_stands_word_for_word() {
        let pages = pages();
        let accepted = Happened::Ended {
            state: State::Accepted,
            reason: None,
            said: Some("250 2.0.0 Ok".to_owned()),
        };
        let back = Happened::Came {
            what: What::Bounced,
            reason: Some(Reason::NoMailbox),
            words: " (5.1.1): 550 no such user".to_owned(),
        };
        let words = pages.words("en");
        assert_eq!(
            [accepted, back].map(|what| happened(&words, &what)),
            [
                "Accepted by the mail server that passes it on. The server’s words: “250 2.0.0 Ok”",
                "Came back: the mailbox does not exist. The server’s words: “(5.1.1): 550 no such user”",
            ]
        );
    }
}
