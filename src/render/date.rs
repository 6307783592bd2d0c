//! Dates and times as a language writes them: what is named and in which order is its catalog's affair.

use jiff::civil::{Date, DateTime};

use super::messages;
use super::words::{Arg, Words};

/// When a reader asked to get a newsletter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule<'a> {
    /// Whenever the newsletter itself comes out.
    WhenItComesOut,
    /// With every story, at once.
    Instant,
    /// On chosen days at a chosen time.
    At {
        /// Bit 0 is Monday, bit 6 Sunday.
        days: u8,
        /// Minutes after midnight, in `zone`.
        minutes: u16,
        /// An IANA name, such as `Europe/London`.
        zone: &'a str,
    },
}

impl Words<'_> {
    /// "Tuesday 24 November 2026".
    pub fn date_long(&self, date: Date) -> String {
        self.date("date_long", date, &[])
    }

    /// "3 March 2025".
    pub fn date_short(&self, date: Date) -> String {
        self.date("date_short", date, &[])
    }

    /// "Fri 27, 10:00": within a few weeks of now.
    pub fn moment(&self, at: DateTime) -> String {
        let time = self.time(at.hour() as u8, at.minute() as u8);
        self.date("date_moment", at.date(), &[("time", time.into())])
    }

    /// "06:30".
    pub fn time(&self, hour: u8, minute: u8) -> String {
        let part = match hour {
            4..12 => "morning",
            12..16 => "afternoon",
            16..20 => "evening",
            _ => "night",
        };
        let two = |n: u8| self.digits(&format!("{n:02}"));
        let args = [
            ("hh", two(hour).into()),
            ("mm", two(minute).into()),
            ("hour", hour.into()),
            ("hour12", ((hour + 11) % 12 + 1).into()),
            ("minute", minute.into()),
            ("part", part.into()),
        ];
        self.say("time", &args)
    }

    /// "London time" for `Europe/London`; "UTC" for what has no place.
    pub fn zone(&self, zone: &str) -> String {
        let own = messages::of_zone(zone);
        if self.has(&own) {
            return self.say(&own, &[]);
        }
        match zone.rsplit_once('/') {
            None | Some(("Etc", _)) => self.say("zone_utc", &[]),
            Some((_, place)) => self.say("zone", &[("place", place.replace('_', " ").into())]),
        }
    }

    /// "on weekdays", "on Mondays, Wednesdays and Fridays". Bit 0 is Monday, bit 6 Sunday; none is all.
    pub fn days(&self, days: u8) -> String {
        match days & 0x7f {
            0 | 0x7f => self.say("days_all", &[]),
            0x1f => self.say("days_work", &[]),
            0x60 => self.say("days_weekend", &[]),
            days => {
                let chosen = (0..7).filter(|day| days & (1 << day) != 0);
                let names = chosen.map(|day| self.say(&format!("days_{}", day + 1), &[]));
                let names = self.all_of(&names.collect::<Vec<_>>());
                self.say("days_some", &[("days", names.into())])
            }
        }
    }

    /// "You asked for it on weekdays at 06:30, London time."
    pub fn schedule(&self, schedule: Schedule<'_>) -> String {
        match schedule {
            Schedule::WhenItComesOut => self.say("schedule_own", &[]),
            Schedule::Instant => self.say("schedule_instant", &[]),
            Schedule::At {
                days,
                minutes,
                zone,
            } => {
                let time = self.time((minutes / 60 % 24) as u8, (minutes % 60) as u8);
                let args = [
                    ("days", self.days(days).into()),
                    ("time", time.into()),
                    ("zone", self.zone(zone).into()),
                ];
                self.say("schedule_at", &args)
            }
        }
    }

    fn date(&self, pattern: &str, date: Date, more: &[(&str, Arg<'_>)]) -> String {
        let weekday = date.weekday().to_monday_one_offset();
        let weekday_short = self.say(&format!("weekday_short_{weekday}"), &[]);
        let mut args = vec![
            (
                "weekday",
                self.say(&format!("weekday_{weekday}"), &[]).into(),
            ),
            ("weekday_short", weekday_short.into()),
            ("day", date.day().into()),
            (
                "month",
                self.say(&format!("month_{}", date.month()), &[]).into(),
            ),
            // A year is not grouped as a number is.
            ("year", self.digits(&date.year().to_string()).into()),
        ];
        args.extend_from_slice(more);
        self.say(pattern, &args)
    }
}
