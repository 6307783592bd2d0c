//! Pace: when a source is asked again.
//!
//! After an answer: when half the time has passed for which the source has had nothing new, but not before
//! `collect.every_minutes` nor after `collect.longest_minutes`. So a source that changes each time is asked at the
//! shortest pause, one that never does comes to the longest in a few steps, and the first change brings it back at
//! once. What the server says itself (`Cache-Control`, `Retry-After`) lengthens the pause within the same bounds.
//!
//! After a failure: at the shortest pause, doubled by each failure before, up to 32 times; up to a quarter is added,
//! so that sources that failed together do not come back together. A server that says when to come back is believed,
//! up to a day. One that says that the feed is gone is asked at the longest pause there is.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::SignedDuration;

use super::fetch::FetchError;
use super::round::SourceError;
use crate::config::Collect;

/// No server may send us away for longer.
const DAY_S: u64 = 86_400;

/// The bounds of a pause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) shortest: SignedDuration,
    longest: SignedDuration,
}

impl Pace {
    pub(super) fn of(config: &Collect) -> Pace {
        let shortest = SignedDuration::from_mins(i64::from(config.every_minutes));
        let longest = SignedDuration::from_mins(i64::from(config.longest_minutes));
        Pace {
            shortest,
            longest: longest.max(shortest),
        }
    }

    /// The pause after an answer of a source that has had nothing new for so long.
    pub(super) fn after_answer(self, silent: SignedDuration, fresh_s: u64) -> SignedDuration {
        let wanted = SignedDuration::from_secs(fresh_s.min(DAY_S) as i64);
        (silent / 2).max(wanted).clamp(self.shortest, self.longest)
    }

    /// The pause after a failure of the source `name`, which had so many in a row before.
    pub(super) fn after_failure(
        self,
        name: &str,
        failures: i64,
        error: &SourceError,
    ) -> SignedDuration {
        let most = self.longest.max(self.shortest * 32);
        let pause = match error {
            SourceError::Fetch(FetchError::Gone) => most,
            SourceError::Fetch(FetchError::Status {
                retry_after_s: Some(wanted),
                ..
            }) => {
                let wanted = SignedDuration::from_secs((*wanted).min(DAY_S) as i64);
                self.doubled(failures).max(wanted)
            }
            _ => self.doubled(failures),
        };
        pause + share(pause / 4, name, failures)
    }

    fn doubled(self, failures: i64) -> SignedDuration {
        self.shortest * (1 << failures.clamp(0, 5))
    }
}

/// A part of `of`, another one for each source and each time, yet always the same for one.
fn share(of: SignedDuration, name: &str, failures: i64) -> SignedDuration {
    let mut hasher = DefaultHasher::new();
    (name, failures).hash(&mut hasher);
    let thousandths = (hasher.finish() % 1000) as i32;
    of * thousandths / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: i64) -> SignedDuration {
        SignedDuration::from_mins(n)
    }

    fn pace() -> Pace {
        Pace::of(&Collect {
            every_minutes: 5,
            longest_minutes: 40,
            ..Collect::default()
        })
    }

    #[test]
    fn the_longer_a_source_is_silent_the_longer_it_is_left_alone() {
        for (silent, fresh_s, expected) in [
            (0, 0, 5),
            (10, 0, 5),
            (20, 0, 10),
            (60, 0, 30),
            (80, 0, 40),
            (100_000, 0, 40),
            (0, 60, 5),
            (0, 600, 10),
            (60, 600, 30),
            (0, u64::MAX, 40),
        ] {
            assert_eq!(
                pace().after_answer(minutes(silent), fresh_s),
                minutes(expected),
                "{silent} min, {fresh_s} s"
            );
        }
    }

    #[test]
    fn a_silent_source_is_at_the_longest_pause_in_a_few_steps() {
        let (mut silent, mut steps) = (SignedDuration::ZERO, 0);
        while pace().after_answer(silent, 0) < minutes(40) {
            silent += pace().after_answer(silent, 0);
            steps += 1;
        }
        assert_eq!(steps, 8);
    }

    #[test]
    fn the_longest_pause_is_not_shorter_than_the_shortest() {
        let pace = Pace::of(&Collect {
            every_minutes: 60,
            longest_minutes: 30,
            ..Collect::default()
        });
        assert_eq!(pace.after_answer(minutes(1000), 0), minutes(60));
    }

    #[test]
    fn failures_double_the_pause_and_add_up_to_a_quarter() {
        let status = |retry_after_s| {
            SourceError::Fetch(FetchError::Status {
                code: 503,
                retry_after_s,
            })
        };
        for (failures, error, expected) in [
            (0, status(None), 5),
            (1, status(None), 10),
            (5, status(None), 160),
            (500, status(None), 160),
            (0, status(Some(30)), 5),
            (0, status(Some(1800)), 30),
            (0, status(Some(u64::MAX)), 1440),
            (0, FetchError::Gone.into(), 160),
            (9, FetchError::Gone.into(), 160),
        ] {
            let pauses: Vec<SignedDuration> = ["courier", "gazette", "herald"]
                .iter()
                .map(|name| pace().after_failure(name, failures, &error))
                .collect();
            for pause in &pauses {
                let least = minutes(expected);
                assert!((least..least * 5 / 4).contains(pause), "{error}: {pause:?}");
            }
            assert!(
                pauses[0] != pauses[1] && pauses[1] != pauses[2],
                "{pauses:?}"
            );
            assert_eq!(pauses[0], pace().after_failure("courier", failures, &error));
        }
    }
}
