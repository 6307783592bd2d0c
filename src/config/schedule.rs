//! When: a newsletter's cron, and the days and hour a reader chose, as instants.
//!
//! Both are wall-clock times, and clocks change. One rule for both: a time that a gap skips moves on by the gap's
//! length, a time that comes twice counts the first time (RFC 5545, section 3.3.5). So no date is met twice.

use std::fmt;
use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use jiff::tz::TimeZone;

use super::value::{Refusal, as_text};

/// Every day of the week, as a mask: bit 0 is Monday.
pub const EVERY_DAY: u8 = 0b111_1111;

/// The longest that a cron can pause: the fifth Friday of February, in a century whose turn skips a leap year.
const LONGEST_PAUSE_DAYS: usize = 41 * 366;

as_text!(Schedule);

/// A five-field cron that comes due again and again.
#[derive(Clone)]
pub struct Schedule {
    text: String,
    cron: Cron,
    /// Wall-clock times of a day on which it comes due, in order, never none.
    times: Vec<Time>,
    weekdays: u8,
}

impl Schedule {
    /// The first time of day it comes due: the usual hour of a reader who chose none.
    pub fn usual_time(&self) -> Time {
        self.times[0]
    }

    /// The days of the week it comes due on, as a mask (bit 0 is Monday).
    pub fn usual_weekdays(&self) -> u8 {
        self.weekdays
    }

    /// Whether it comes due at most once on any day.
    pub fn is_once_a_day(&self) -> bool {
        self.times.len() == 1
    }

    /// The first time after `after`, on the clocks of `tz`.
    pub fn next_after(&self, after: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
        // A gap can move yesterday's last time into today.
        let mut day = day_of(after, tz).yesterday().ok()?;
        for _ in 0..=LONGEST_PAUSE_DAYS {
            if let Some(due) = self.due_on(day, tz).filter(|due| *due > after).min() {
                return Some(due);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The last time at or before `now`, on the clocks of `tz`.
    pub fn last_by(&self, now: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
        let mut day = day_of(now, tz);
        for _ in 0..=LONGEST_PAUSE_DAYS {
            if let Some(due) = self.due_on(day, tz).filter(|due| *due <= now).max() {
                return Some(due);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    fn due_on(&self, day: Date, tz: &TimeZone) -> impl Iterator<Item = Timestamp> {
        let times = if comes_on(&self.cron, day) {
            &self.times[..]
        } else {
            &[]
        };
        times.iter().filter_map(move |time| instant(day, *time, tz))
    }
}

impl FromStr for Schedule {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Schedule, Refusal> {
        let hint = "minute, hour, day of the month, month and day of the week, as in \"30 6 * * 1-5\": weekdays at 06:30";
        let refuse = |says: &str| Refusal::new(says, hint.to_owned());
        if text.split_whitespace().count() != 5 {
            return Err(refuse("is not a cron schedule of five fields"));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser
            .parse(text)
            .map_err(|_| refuse("is not a cron schedule of five fields"))?;
        let hours = (0..24).filter(|hour| cron.pattern.hour_match(*hour).unwrap_or(false));
        let times: Vec<Time> = hours
            .flat_map(|hour| (0..60).map(move |minute| (hour, minute)))
            .filter(|(_, minute)| cron.pattern.minute_match(*minute).unwrap_or(false))
            .filter_map(|(hour, minute)| Time::new(hour as i8, minute as i8, 0, 0).ok())
            .collect();
        // Any start will do. Four years show all of an ordinary schedule; a rare one is worth a longer look.
        let seen = |days: usize| {
            let days = date(2026, 1, 1)
                .series(jiff::Span::new().days(1))
                .take(days);
            days.filter(|day| comes_on(&cron, *day))
                .fold(0, |mask, day| mask | bit(day))
        };
        let weekdays = match seen(4 * 366) {
            0 => seen(LONGEST_PAUSE_DAYS),
            weekdays => weekdays,
        };
        if times.is_empty() || weekdays == 0 {
            return Err(refuse("never comes due"));
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Schedule {
            text,
            cron,
            times,
            weekdays,
        })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({:?})", self.text)
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Schedule) -> bool {
        self.text == other.text
    }
}

impl Eq for Schedule {}

/// The first time after `after` that it is `at` o'clock in `tz` on one of `days` (bit 0 is Monday).
///
/// A reader who moves to another zone may meet a date again; whoever keeps the last one compares dates too.
pub fn next_daily(after: Timestamp, tz: &TimeZone, days: u8, at: Time) -> Option<Timestamp> {
    let mut day = day_of(after, tz).yesterday().ok()?;
    for _ in 0..10 {
        if days & bit(day) != 0
            && let Some(due) = instant(day, at, tz).filter(|due| *due > after)
        {
            return Some(due);
        }
        day = day.tomorrow().ok()?;
    }
    None
}

/// The last time at or before `now` that it was `at` o'clock in `tz` on one of `days` (bit 0 is Monday).
pub fn last_daily(now: Timestamp, tz: &TimeZone, days: u8, at: Time) -> Option<Timestamp> {
    let mut day = day_of(now, tz);
    for _ in 0..10 {
        if days & bit(day) != 0
            && let Some(due) = instant(day, at, tz).filter(|due| *due <= now)
        {
            return Some(due);
        }
        day = day.yesterday().ok()?;
    }
    None
}

fn comes_on(cron: &Cron, day: Date) -> bool {
    // An error would mean that no such day exists; this one does.
    let (year, month, date) = (i32::from(day.year()), day.month() as u32, day.day() as u32);
    cron.pattern.month_match(month).unwrap_or(false)
        && cron.pattern.day_match(year, month, date).unwrap_or(false)
}

fn instant(day: Date, at: Time, tz: &TimeZone) -> Option<Timestamp> {
    Some(
        tz.to_ambiguous_zoned_datetime(day.to_datetime(at))
            .compatible()
            .ok()?
            .timestamp(),
    )
}

fn day_of(instant: Timestamp, tz: &TimeZone) -> Date {
    instant.to_zoned_datetime(tz.clone()).date()
}

fn bit(day: Date) -> u8 {
    1 << day.weekday().to_monday_zero_offset()
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    use super::*;

    const WEEKDAYS: u8 = 0b001_1111;
    const SUNDAY: u8 = 0b100_0000;

    fn tz(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap()
    }

    /// Zone, hour, just after, and the instants that follow. The clocks change in each of these nights.
    const NIGHTS: [(&str, &str, &str, [&str; 2]); 11] = [
        // Spring: 01:00 becomes 02:00 on 28 March 2027.
        (
            "Europe/London",
            "01:30",
            "2027-03-27T12:00Z",
            ["2027-03-28T01:30Z", "2027-03-29T00:30Z"],
        ),
        (
            "Europe/London",
            "06:30",
            "2027-03-27T12:00Z",
            ["2027-03-28T05:30Z", "2027-03-29T05:30Z"],
        ),
        // Autumn: 02:00 becomes 01:00 on 31 October 2027; the first 01:30 counts.
        (
            "Europe/London",
            "01:30",
            "2027-10-30T12:00Z",
            ["2027-10-31T00:30Z", "2027-11-01T01:30Z"],
        ),
        (
            "Europe/London",
            "01:30",
            "2027-10-31T00:45Z",
            ["2027-11-01T01:30Z", "2027-11-02T01:30Z"],
        ),
        // Spring: 02:00 becomes 03:00 on 14 March 2027.
        (
            "America/New_York",
            "02:30",
            "2027-03-13T12:00Z",
            ["2027-03-14T07:30Z", "2027-03-15T06:30Z"],
        ),
        // Autumn: 02:00 becomes 01:00 on 7 November 2027.
        (
            "America/New_York",
            "01:30",
            "2027-11-06T12:00Z",
            ["2027-11-07T05:30Z", "2027-11-08T06:30Z"],
        ),
        // Half an hour: 02:00 becomes 02:30 on 3 October 2027, and 01:30 again on 4 April 2027.
        (
            "Australia/Lord_Howe",
            "02:15",
            "2027-10-02T12:00Z",
            ["2027-10-02T15:45Z", "2027-10-03T15:15Z"],
        ),
        (
            "Australia/Lord_Howe",
            "01:45",
            "2027-04-03T12:00Z",
            ["2027-04-03T14:45Z", "2027-04-04T15:15Z"],
        ),
        // No change at all.
        (
            "Asia/Kolkata",
            "06:30",
            "2027-03-28T00:59Z",
            ["2027-03-28T01:00Z", "2027-03-29T01:00Z"],
        ),
        (
            "Asia/Kolkata",
            "06:30",
            "2027-03-28T01:00Z",
            ["2027-03-29T01:00Z", "2027-03-30T01:00Z"],
        ),
        // A day that never was: Apia went from 29 to 31 December 2011.
        (
            "Pacific/Apia",
            "06:30",
            "2011-12-29T12:00Z",
            ["2011-12-29T16:30Z", "2011-12-30T16:30Z"],
        ),
    ];

    #[test]
    fn a_daily_time_in_nights_when_the_clocks_change() {
        for (zone, hour, after, due) in NIGHTS {
            let next = |after| next_daily(after, &tz(zone), EVERY_DAY, time(hour)).unwrap();
            let first = next(at(after));
            assert_eq!(
                [first, next(first)],
                due.map(at),
                "{hour} in {zone} after {after}"
            );
        }
    }

    #[test]
    fn a_cron_in_nights_when_the_clocks_change() {
        for (zone, hour, after, due) in NIGHTS {
            let cron = schedule(&format!(
                "{} {} * * *",
                time(hour).minute(),
                time(hour).hour()
            ));
            let next = |after| cron.next_after(after, &tz(zone)).unwrap();
            let first = next(at(after));
            assert_eq!(
                [first, next(first)],
                due.map(at),
                "{hour} in {zone} after {after}"
            );
        }
    }

    #[test]
    fn the_days_of_a_mask() {
        let london = tz("Europe/London");
        for (days, after, due) in [
            (WEEKDAYS, "2026-11-20T06:30Z", "2026-11-23T06:30Z"),
            (WEEKDAYS, "2026-11-20T06:29Z", "2026-11-20T06:30Z"),
            (SUNDAY, "2026-11-22T06:30Z", "2026-11-29T06:30Z"),
        ] {
            assert_eq!(
                next_daily(at(after), &london, days, time("06:30")),
                Some(at(due)),
                "{days:b} {after}"
            );
        }
        assert_eq!(
            next_daily(at("2026-11-20T06:30Z"), &london, 0, time("06:30")),
            None
        );
        assert_eq!(
            last_daily(at("2026-11-20T06:30Z"), &london, 0, time("06:30")),
            None
        );
    }

    #[test]
    fn the_last_time_includes_now() {
        let london = tz("Europe/London");
        let weekdays = schedule("30 6 * * 1-5");
        for (now, due) in [
            ("2026-11-23T06:30Z", "2026-11-23T06:30Z"),
            ("2026-11-23T06:29Z", "2026-11-20T06:30Z"),
            ("2027-03-29T05:30Z", "2027-03-29T05:30Z"),
        ] {
            assert_eq!(
                last_daily(at(now), &london, WEEKDAYS, time("06:30")),
                Some(at(due)),
                "{now}"
            );
            assert_eq!(weekdays.last_by(at(now), &london), Some(at(due)), "{now}");
        }
    }

    #[test]
    fn a_time_that_a_gap_moves_comes_in_its_new_order() {
        // 02:45 becomes 03:45, after the 03:00 of the same night.
        let (cron, new_york) = (schedule("0,45 2,3 * * *"), tz("America/New_York"));
        let mut now = at("2027-03-14T06:59Z");
        for due in [
            "2027-03-14T07:00Z",
            "2027-03-14T07:45Z",
            "2027-03-15T06:00Z",
        ] {
            now = cron.next_after(now, &new_york).unwrap();
            assert_eq!(now, at(due));
        }
    }

    #[test]
    fn rare_days_are_found() {
        let leap = schedule("0 8 29 2 *");
        assert_eq!(
            leap.next_after(at("2097-01-01T00:00Z"), &TimeZone::UTC),
            Some(at("2104-02-29T08:00Z"))
        );
        assert_eq!(
            leap.last_by(at("2103-12-31T00:00Z"), &TimeZone::UTC),
            Some(at("2096-02-29T08:00Z"))
        );
        let fifth = schedule("0 8 * 2 5#5");
        assert_eq!(
            fifth.next_after(at("2064-03-01T00:00Z"), &TimeZone::UTC),
            Some(at("2092-02-29T08:00Z"))
        );
        let last_friday = schedule("0 16 * * 5L");
        assert_eq!(
            last_friday.next_after(at("2026-11-01T00:00Z"), &TimeZone::UTC),
            Some(at("2026-11-27T16:00Z"))
        );
    }

    #[test]
    fn usual_times_and_days() {
        for (cron, hour, days) in [
            ("30 6 * * 1-5", "06:30", WEEKDAYS),
            ("0 8 * * 6", "08:00", 0b010_0000),
            ("45 17 * * *", "17:45", EVERY_DAY),
            ("0 7,19 * * TUE,THU", "07:00", 0b000_1010),
            ("0 8 * * 7", "08:00", SUNDAY),
            ("0 8 1 * *", "08:00", EVERY_DAY),
            ("*/15 5 * * 5#2", "05:00", 0b001_0000),
        ] {
            let found = schedule(cron);
            assert_eq!(
                (found.usual_time(), found.usual_weekdays()),
                (time(hour), days),
                "{cron}"
            );
        }
    }

    #[test]
    fn what_is_no_schedule() {
        for text in [
            "",
            "@daily",
            "30 6 * *",
            "0 30 6 * * 1-5",
            "60 6 * * *",
            "30 24 * * *",
            "30 6 * * 8",
            "0 6 30 2 *",
        ] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
        assert_eq!(schedule(" 30  6 * * mon ").to_string(), "30 6 * * mon");
    }

    proptest! {
        #[test]
        fn never_twice_on_a_date_and_the_last_is_the_next_before(
            zone in prop::sample::select(vec![
                "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo", "Asia/Gaza",
                "America/Santiago",
            ]),
            (hour, minute) in (0..24i8, 0..60i8),
            start in 1_700_000_000i64..1_900_000_000,
            days in 1..=EVERY_DAY,
        ) {
            let (tz, hour) = (tz(zone), Time::new(hour, minute, 0, 0).unwrap());
            let mut now = Timestamp::from_second(start).unwrap();
            let mut date: Option<DateTime> = None;
            for _ in 0..40 {
                let due = next_daily(now, &tz, days, hour).unwrap();
                let wall = due.to_zoned_datetime(tz.clone()).datetime();
                prop_assert!(date.is_none_or(|date| date.date() < wall.date()), "{wall} after {date:?} in {zone}");
                prop_assert_eq!(last_daily(due, &tz, days, hour), Some(due));
                let before = due - jiff::SignedDuration::from_secs(1);
                prop_assert!(last_daily(before, &tz, days, hour).unwrap() <= now);
                (now, date) = (due, Some(wall));
            }
        }
    }
}
