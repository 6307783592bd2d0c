//! What keeps a relay or a mailbox provider from being sent more than it wants: a rate, and a slow-down that it asks for.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// A number a minute, spread evenly: at most a second's worth at once.
#[derive(Debug)]
pub(super) struct Rate {
    per_second: f64,
    saved: f64,
    at: Instant,
}

impl Rate {
    /// This part of so many a minute.
    pub(super) fn new(per_minute: u32, part: f64) -> Rate {
        let per_second = f64::from(per_minute) / 60.0 * part;
        Rate {
            per_second,
            saved: per_second.max(1.0),
            at: Instant::now(),
        }
    }

    /// How many more may be taken in now, beside those that wait to go: what is taken in has no rate any more.
    pub(super) fn room(&mut self, waiting: usize, now: Instant) -> usize {
        let at_once = self.per_second.max(1.0);
        let more = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.saved = (self.saved + more).min(at_once);
        self.at = now;
        (self.saved.max(0.0) as usize).min((at_once as usize).saturating_sub(waiting))
    }

    /// One goes.
    pub(super) fn spend(&mut self) {
        self.saved -= 1.0;
    }
}

/// The first pause, and the longest: each is twice as long as the last, and half as long for every further mail that could
/// be on its way since.
const PAUSES: [Duration; 2] = [Duration::from_secs(30), Duration::from_mins(30)];
/// So many mails must go well for each further one that may be on its way at the same time.
const STEADY: u32 = 5;
/// With so many on their way at the same time it is as it was before.
const RECOVERED: u32 = 20;

/// A slow-down: nothing for a while, then one mail at a time, then more and more as it goes well.
#[derive(Debug)]
pub(super) struct Brake {
    pause: Duration,
    until: Timestamp,
    window: u32,
    well: u32,
}

impl Brake {
    /// As the first "not so fast" comes, with the pause that it asks for, if it does.
    pub(super) fn new(now: Timestamp, asked: Option<SignedDuration>) -> Brake {
        let mut brake = Brake {
            pause: PAUSES[0] / 2,
            until: now,
            window: 1,
            well: 0,
        };
        brake.press(now, asked);
        brake
    }

    /// Another "not so fast". Those that were on their way when the first came do not lengthen the pause.
    pub(super) fn press(&mut self, now: Timestamp, asked: Option<SignedDuration>) {
        if now < self.until {
            return;
        }
        let asked = asked.and_then(|asked| Duration::try_from(asked).ok());
        self.pause = (self.pause * 2)
            .max(asked.unwrap_or_default())
            .min(PAUSES[1]);
        self.until = now + self.pause;
        self.window = 1;
        self.well = 0;
    }

    /// One went well; whether that was the last that was needed.
    pub(super) fn ease(&mut self, now: Timestamp) -> bool {
        if now < self.until {
            return false;
        }
        self.well += 1;
        if self.well >= STEADY * self.window {
            self.well = 0;
            self.window += 1;
            self.pause = (self.pause / 2).max(PAUSES[0]);
        }
        self.window > RECOVERED
    }

    /// How many may be on their way now.
    pub(super) fn window(&self, now: Timestamp) -> usize {
        if now < self.until {
            0
        } else {
            self.window as usize
        }
    }

    /// When the pause ends.
    pub(super) fn until(&self) -> Timestamp {
        self.until
    }

    /// When what cannot go now is to come again: at the end of the pause, or of another one like it.
    pub(super) fn next(&self, now: Timestamp) -> Timestamp {
        if now < self.until {
            self.until
        } else {
            now + self.pause
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brake_lets_more_and_more_through_after_its_pause() {
        let begun: Timestamp = "2026-11-24T06:30:00Z".parse().unwrap();
        let mut brake = Brake::new(begun, None);
        brake.press(begun + Duration::from_secs(10), None);
        assert_eq!(brake.window(begun + Duration::from_secs(29)), 0);
        let later = begun + Duration::from_secs(30);
        let mut windows = Vec::new();
        let needed = (1..10_000).find(|_| {
            windows.push(brake.window(later));
            brake.ease(later)
        });
        assert_eq!(needed, Some(STEADY as usize * 20 * 21 / 2));
        assert!(
            windows.is_sorted() && windows.ends_with(&[20]),
            "{windows:?}"
        );
        brake.press(later, None);
        assert_eq!(
            (brake.until(), brake.window(brake.until())),
            (later + Duration::from_mins(1), 1)
        );
    }

    #[test]
    fn what_never_takes_two_at_a_time_is_not_left_alone_longer_and_longer() {
        let mut now: Timestamp = "2026-11-24T06:30:00Z".parse().unwrap();
        let mut brake = Brake::new(now, None);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            pauses.push(brake.until().duration_since(now).as_secs());
            now = brake.until();
            while brake.window(now) < 2 {
                brake.ease(now);
            }
            brake.press(now, None);
        }
        assert_eq!(pauses[0], 30);
        assert!(pauses[1..].iter().all(|s| *s == 60), "{pauses:?}");
        // A long pause is forgotten step by step, too.
        now = brake.until();
        brake.press(now, Some(SignedDuration::from_secs(480)));
        for mails in [STEADY, 2 * STEADY, 3 * STEADY] {
            now = brake.until();
            for _ in 0..mails {
                brake.ease(now);
            }
        }
        brake.press(now, None);
        assert_eq!(brake.until(), now + Duration::from_mins(2));
    }

    #[test]
    fn a_pause_that_is_asked_for_is_granted_up_to_the_longest() {
        let now: Timestamp = "2026-11-24T06:30:00Z".parse().unwrap();
        for (asked_s, wanted_s) in [(10, 30), (600, 600), (7200, 1800)] {
            let brake = Brake::new(now, Some(SignedDuration::from_secs(asked_s)));
            assert_eq!(brake.until(), now + Duration::from_secs(wanted_s));
        }
    }

    #[test]
    fn a_rate_saves_up_a_second_and_no_more() {
        let mut rate = Rate::new(600, 0.5);
        let mut now = rate.at;
        let mut went = 0;
        for _ in 0..100 {
            while rate.room(0, now) > 0 {
                rate.spend();
                went += 1;
            }
            now += Duration::from_millis(100);
        }
        assert_eq!(went, 5 + 49);
        let later = now + Duration::from_mins(1);
        // What waits since then leaves with them.
        for (waiting, room) in [(0, 5), (3, 2), (9, 0)] {
            assert_eq!(rate.room(waiting, later), room, "{waiting}");
        }
    }
}
