//! Quiet hours: a part of each day in which no mail is to come.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::value::{Refusal, as_text};

as_text!(Quiet);

/// From one time of day to another, over midnight where the end is the earlier one; written `22:00-07:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quiet {
    /// The first quiet minute of the day.
    pub from: i16,
    /// The first minute that is not quiet any more.
    pub to: i16,
}

impl Quiet {
    /// When these hours end, if `at` lies in them on the clocks of `tz`.
    pub fn end(self, at: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
        let local = at.to_zoned_datetime(tz.clone());
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        let inside = if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        };
        if !inside {
            return None;
        }
        let day = if minute < self.to {
            local.date()
        } else {
            local.date().tomorrow().ok()?
        };
        let end = day.at((self.to / 60) as i8, (self.to % 60) as i8, 0, 0);
        let end = tz.to_ambiguous_zoned_datetime(end).compatible().ok()?;
        // The clocks' change can put the end, as instants go, before a time that its numbers say comes first.
        Some(end.timestamp()).filter(|end| *end > at)
    }
}

impl FromStr for Quiet {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Quiet, Refusal> {
        let refuse =
            |says: &str| Refusal::new(says, "write two times, as in \"22:00-07:00\"".to_owned());
        let minute = |text: &str| -> Option<i16> {
            let (hour, minute) = text.trim().split_once(':')?;
            let number = |text: &str, below: i16| {
                let ok = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                text.parse::<i16>().ok().filter(|n| ok && *n < below)
            };
            Some(number(hour, 24)? * 60 + number(minute, 60)?)
        };
        let (from, to) = text
            .split_once(['-', '–'])
            .and_then(|(from, to)| Some((minute(from)?, minute(to)?)))
            .ok_or_else(|| refuse("are not quiet hours"))?;
        if from == to {
            return Err(refuse("are quiet hours that never end"));
        }
        Ok(Quiet { from, to })
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quiet { from, to } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(quiet: &str, zone: &str, at: &str) -> Option<String> {
        let tz = TimeZone::get(zone).unwrap();
        let end = quiet
            .parse::<Quiet>()
            .unwrap()
            .end(at.parse().unwrap(), &tz);
        end.map(|end| end.to_string())
    }

    #[test]
    fn a_night_ends_in_the_morning() {
        let night = |at| end("22:00-07:00", "Europe/London", at);
        assert_eq!(night("2026-11-24T21:59:59Z"), None);
        assert_eq!(
            night("2026-11-24T22:00:00Z").as_deref(),
            Some("2026-11-25T07:00:00Z")
        );
        assert_eq!(
            night("2026-11-25T06:59:00Z").as_deref(),
            Some("2026-11-25T07:00:00Z")
        );
        assert_eq!(night("2026-11-25T07:00:00Z"), None);
        assert_eq!(
            end("12:30-14:00", "Asia/Kolkata", "2026-11-24T07:00:00Z").as_deref(),
            Some("2026-11-24T08:30:00Z")
        );
    }

    #[test]
    fn the_end_is_never_in_the_past_when_clocks_change() {
        let tz = TimeZone::get("Europe/London").unwrap();
        for quiet in ["22:00-01:30", "00:30-02:15", "01:45-01:15"] {
            let quiet: Quiet = quiet.parse().unwrap();
            for minute in 0..48 * 60 {
                for day in ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"] {
                    let at =
                        day.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minute);
                    if let Some(end) = quiet.end(at, &tz) {
                        assert!(end > at && quiet.end(end, &tz).is_none_or(|next| next > end));
                    }
                }
            }
        }
    }

    #[test]
    fn what_are_quiet_hours_and_what_are_not() {
        assert_eq!(
            " 9:05 – 17:00".parse::<Quiet>().unwrap().to_string(),
            "09:05-17:00"
        );
        for bad in [
            "",
            "22:00",
            "22-07",
            "24:00-07:00",
            "22:60-07:00",
            "+1:00-02:00",
            "07:00-07:00",
        ] {
            assert!(bad.parse::<Quiet>().is_err(), "{bad}");
        }
    }
}
