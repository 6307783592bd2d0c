//! What follows from how a try ended.

use jiff::{SignedDuration, Timestamp};

use super::bounce;
use super::desk::Job;
use super::line::{Fate, Lack};
use super::record::Outcome;
use super::reply::{Class, is_of_us};
use super::{patience, retry};
use crate::app::App;
use crate::db::Sql;
use crate::message::{MessageId, Reason, State, Stream};

/// A message that ends without a try.
pub(super) fn ended(id: MessageId, state: State, reason: Reason) -> Outcome {
    Outcome {
        id,
        state,
        reason: Some(reason),
        due_at: None,
        code: None,
        reply: None,
        attempt: None,
        bounce: None,
        is_untried: false,
    }
}

/// A message that could not be tried, through no fault of the relay's: it is queued for another time, if it has one.
pub(super) fn postponed(app: &App, job: &Job) -> Outcome {
    let letter = &job.letter;
    let due = retry::next_try(app, job, Class::Temporary, 1, None).as_millisecond();
    if due >= letter.expires_at {
        return Outcome {
            is_untried: true,
            ..ended(letter.id, State::Expired, Reason::Expired)
        };
    }
    waits(job, due)
}

/// A message whose recipient's host wants nothing until then.
pub(super) fn put_off(app: &App, job: &Job, until: Timestamp) -> Outcome {
    let letter = &job.letter;
    // Not all at once when it wants mails again.
    let until = until + retry::spread(letter.id, letter.attempts, SignedDuration::from_mins(1));
    let until = retry::after_quiet_hours(app, job, until).as_millisecond();
    waits(job, until.min(letter.expires_at))
}

/// A message that was not tried, and is due then.
fn waits(job: &Job, due_at: i64) -> Outcome {
    let letter = &job.letter;
    let state = if letter.attempts > 0 {
        State::Deferred
    } else {
        State::Queued
    };
    Outcome {
        reason: None,
        due_at: Some(due_at),
        is_untried: true,
        ..ended(letter.id, state, Reason::NotRendered)
    }
}

/// The next state of a message whose try ended in `fate`.
pub(super) async fn decide(app: &App, job: &Job, fate: &Fate) -> Outcome {
    let letter = &job.letter;
    let number = letter.attempts + 1;
    let reply = match fate {
        Fate::Accepted(reply) | Fate::Refused(reply, _) => Some(reply),
        Fate::Lost(reply, _) => reply.as_ref(),
        Fate::InDoubt | Fate::Unfit(_) => None,
    };
    let permanent = matches!(fate, Fate::Refused(reply, step)
        if reply.code >= 500 && !is_of_us(reply.code, &reply.text(), *step));
    let class = reply.map_or(Class::Temporary, |r| Class::of(r.code, &r.text()));
    let asked = reply
        .filter(|r| r.code < 500)
        .and_then(|r| patience::asked(&r.text()));
    let (code, reply) = reply.map_or((None, None), |r| (Some(r.code), Some(r.text())));
    let end = |state, reason| Outcome {
        id: letter.id,
        state,
        reason,
        due_at: None,
        code,
        reply: reply.clone(),
        attempt: None,
        bounce: None,
        is_untried: false,
    };
    match fate {
        Fate::Accepted(_) => end(State::Accepted, None),
        Fate::Unfit(Lack::Smtputf8) => end(State::Failed, Some(Reason::NoSmtputf8)),
        Fate::Unfit(Lack::Size) => end(State::Failed, Some(Reason::TooLarge)),
        Fate::Refused(..) if class == Class::TooLarge => end(State::Failed, Some(Reason::TooLarge)),
        Fate::Refused(..) if permanent => Outcome {
            bounce: bounce::of(fate),
            ..end(State::Failed, Some(Reason::Refused))
        },
        Fate::InDoubt if job.stream != Stream::Digest => {
            end(State::Uncertain, Some(Reason::NoReply))
        }
        _ => {
            let doubt = *fate == Fate::InDoubt;
            let next = retry::next_try(app, job, class, number, asked);
            let next_ms = next.as_millisecond();
            let hours = i64::from(app.config.dispatch.give_up_hours) * 3_600_000;
            // Nobody tries it before it is meant to leave.
            let is_late = next_ms - hours >= letter.scheduled_at;
            let earlier = if letter.attempts > 0 && (doubt || is_late) {
                earlier(app, letter.id).await
            } else {
                Earlier::default()
            };
            let now = app.clock.now().as_millisecond();
            let is_old = next_ms - hours >= earlier.first_at.unwrap_or(now);
            // Once more it would be a third one.
            let over = is_old || doubt && earlier.doubts > 0 || next_ms >= letter.expires_at;
            Outcome {
                due_at: (!over).then_some(next_ms),
                attempt: (!over).then_some((
                    number,
                    if doubt {
                        State::Uncertain
                    } else {
                        State::Deferred
                    },
                )),
                ..match (over, doubt) {
                    (false, true) => end(State::Deferred, Some(Reason::NoReply)),
                    (false, false) => end(State::Deferred, None),
                    (true, true) => end(State::Uncertain, Some(Reason::NoReply)),
                    (true, false) => Outcome {
                        bounce: bounce::of(fate),
                        ..end(State::Failed, Some(Reason::GaveUp))
                    },
                }
            }
        }
    }
}

/// The tries before the one at hand.
#[derive(Default)]
struct Earlier {
    /// When the first of them ended.
    first_at: Option<i64>,
    /// How many of them the relay may have taken.
    doubts: i64,
}

async fn earlier(app: &App, id: MessageId) -> Earlier {
    const SQL: &str = "SELECT min(at), count(CASE WHEN state = 7 THEN 1 END) FROM attempt
                        WHERE issue_id = $1 AND subscriber_id = $2 AND n = $3";
    let found = async {
        let mut conn = app.db.read().await?;
        let of_it = conn.sql(SQL).bind(id.issue_id).bind(id.subscriber_id);
        let of_it = of_it.bind(id.n);
        of_it.one::<(Option<i64>, i64)>().await
    };
    match found.await {
        Ok((first_at, doubts)) => Earlier { first_at, doubts },
        Err(error) => {
            tracing::warn!(%error, "the earlier tries of a message cannot be read; it is tried again");
            Earlier::default()
        }
    }
}

/// Whether the staging allow-list lets this address through; there mostly is none.
pub(super) fn allowed(only_to: Option<&[String]>, address: &str) -> bool {
    let address = address.to_lowercase();
    only_to.is_none_or(|list| {
        list.iter().map(|entry| entry.to_lowercase()).any(|entry| {
            if entry.starts_with('@') {
                address.ends_with(&entry)
            } else {
                address == entry
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allow_list_takes_addresses_and_whole_domains() {
        let list = ["asha@example.org".to_owned(), "@Paper.example".to_owned()];
        for (address, want) in [
            ("Asha@example.org", true),
            ("ashok@example.org", false),
            ("anyone@paper.example", true),
            ("anyone@notpaper.example", false),
        ] {
            assert_eq!(allowed(Some(&list), address), want, "{address}");
        }
        assert!(allowed(None, "asha@example.org"));
    }
}
