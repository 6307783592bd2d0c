//! When a message is tried again: by what was said of it, spread so that not all come at once, and not in the reader's
//! quiet hours.

use jiff::{SignedDuration, Timestamp};

use super::desk::Job;
use super::reply::Class;
use crate::app::App;
use crate::audience::zone_of;
use crate::config::Dispatch;
use crate::message::{MessageId, Stream};

/// When a message is tried again whose try number `number` was answered like this, and not before the pause that was
/// asked for.
pub(super) fn next_try(
    app: &App,
    job: &Job,
    class: Class,
    number: i16,
    asked: Option<SignedDuration>,
) -> Timestamp {
    let pause = pause(&app.config.dispatch, class, job.letter.id, number, asked);
    after_quiet_hours(app, job, app.clock.now() + pause)
}

/// `at`, or the end of the quiet hours in which it lies. Notices are waited for, and come at any hour.
pub(super) fn after_quiet_hours(app: &App, job: &Job, at: Timestamp) -> Timestamp {
    let preferences = &job.letter.preferences;
    let ids = &app.newsletter_ids;
    let is_its = |slug: &str| ids.get(slug) == Some(&job.newsletter_id);
    let newsletter = app.config.newsletters.iter().find(|n| is_its(&n.slug));
    let Some(newsletter) = newsletter.filter(|_| job.stream != Stream::Notice) else {
        return at;
    };
    let quiet = preferences.quiet.or(newsletter.quiet_hours);
    let zone = || zone_of(newsletter, preferences.zone.as_deref());
    quiet.and_then(|q| q.end(at, &zone())).unwrap_or(at)
}

/// The pause after try `number`: the schedule's, or what was asked for if that is longer, and up to a fifth more, the same
/// for the same try of the same message. Never less, since a greylist counts from the first try.
fn pause(
    settings: &Dispatch,
    class: Class,
    id: MessageId,
    number: i16,
    asked: Option<SignedDuration>,
) -> SignedDuration {
    let schedule = match class {
        Class::Greylisted => &settings.greylist_minutes,
        Class::MailboxFull => &settings.full_minutes,
        _ => &settings.retry_minutes,
    };
    let at = (number.max(1) as usize - 1).min(schedule.len().saturating_sub(1));
    let minutes = schedule.get(at).copied().unwrap_or(5);
    let asked = asked.map_or(0, |pause| pause.as_millis() as i64);
    let pause = SignedDuration::from_millis((i64::from(minutes) * 60_000).max(asked));
    pause + spread(id, number, pause / 5)
}

/// A part of `over`, always the same for the same try of the same message, so that not all come at once.
pub(super) fn spread(id: MessageId, number: i16, over: SignedDuration) -> SignedDuration {
    let ms = over.as_millis().max(1) as u64;
    SignedDuration::from_millis((mixed(id, number) % ms) as i64)
}

/// A number that looks drawn at random, and is not (splitmix64).
fn mixed(id: MessageId, number: i16) -> u64 {
    let parts = [
        id.issue_id,
        id.subscriber_id,
        i64::from(id.n),
        i64::from(number),
    ];
    parts.into_iter().fold(0, |state: u64, part| {
        let mut z = (state ^ part as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(subscriber_id: i64) -> MessageId {
        MessageId {
            issue_id: 21_600_000_000,
            subscriber_id,
            n: 0,
        }
    }

    fn minutes(class: Class, id: MessageId, number: i16) -> f64 {
        pause(&Dispatch::default(), class, id, number, None).as_secs_f64() / 60.0
    }

    #[test]
    fn each_class_has_its_schedule_whose_last_pause_repeats() {
        for (class, schedule) in [
            (Class::Greylisted, [1, 3, 5, 10, 30, 60, 120, 240, 240]),
            (Class::Temporary, [5, 15, 30, 60, 120, 240, 240, 240, 240]),
            (Class::RateLimited, [5, 15, 30, 60, 120, 240, 240, 240, 240]),
            (
                Class::MailboxFull,
                [60, 240, 720, 720, 720, 720, 720, 720, 720],
            ),
        ] {
            for (number, wanted) in (1..).zip(schedule.map(f64::from)) {
                let pause = minutes(class, id(7), number);
                assert!(
                    (wanted..wanted * 1.2).contains(&pause),
                    "{class:?} {number}: {pause}"
                );
            }
        }
    }

    #[test]
    fn what_is_asked_for_lengthens_a_pause_and_never_shortens_one() {
        for (asked, number, wanted) in [(300, 1, 5.0), (300, 4, 10.0), (7200, 3, 120.0)] {
            let asked = Some(SignedDuration::from_secs(asked));
            let settings = Dispatch::default();
            let pause = pause(&settings, Class::Greylisted, id(7), number, asked);
            let pause = pause.as_secs_f64() / 60.0;
            assert!((wanted..wanted * 1.2).contains(&pause), "{number}: {pause}");
        }
    }

    #[test]
    fn pauses_are_spread_and_the_same_for_the_same_try() {
        let pauses: Vec<f64> = (0..1000)
            .map(|n| minutes(Class::Temporary, id(n), 1))
            .collect();
        assert!(pauses.iter().all(|p| (5.0..6.0).contains(p)));
        for tenth in 0..10 {
            let from = 5.0 + f64::from(tenth) / 10.0;
            let here = pauses
                .iter()
                .filter(|p| (from..from + 0.1).contains(*p))
                .count();
            assert!((60..140).contains(&here), "{here} from {from}");
        }
        let again: Vec<f64> = (0..1000)
            .map(|n| minutes(Class::Temporary, id(n), 1))
            .collect();
        assert!(pauses == again);
        let mut other = id(7);
        other.n = 1;
        assert_ne!(mixed(id(7), 1), mixed(other, 1));
        assert_ne!(mixed(id(7), 1), mixed(id(7), 2));
    }
}
