//! Which run of a newsletter a due subscription belongs to.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::{Cadence, Newsletter};

/// One dated run: its name, and the issue id that follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edition {
    /// `2026-11-24`, `2026-11-24T18`, `2026-W48` or `2026-11-24-instant`.
    pub name: String,
    /// The day it begins with.
    pub day: Date,
    /// What tells the editions of one newsletter and day apart: 0 the day's, 1 to 24 an hour's, 25 the week's, 26 what
    /// left at once on that day.
    kind: u8,
}

const INSTANT: &str = "-instant";

const NEWSLETTER_BITS: i64 = 14;

/// Bits of an issue id below its day.
pub(super) const DAY_SHIFT: u32 = 20;

/// The days between 1970-01-01 and `day`.
pub(super) fn day_number(day: Date) -> i64 {
    let since = day - Date::constant(1970, 1, 1);
    i64::from(since.get_days())
}

impl Edition {
    /// The edition of what is due at `due` for someone in `zone`.
    pub fn of(
        newsletter: &Newsletter,
        cadence: Cadence,
        due: Timestamp,
        zone: &TimeZone,
    ) -> Edition {
        match cadence {
            Cadence::Daily => Edition::day(due.to_zoned_datetime(zone.clone()).date()),
            Cadence::Weekly => Edition::week(due.to_zoned_datetime(zone.clone()).date()),
            Cadence::Scheduled => {
                let local = due.to_zoned_datetime(newsletter.zone.tz().clone());
                if newsletter.runs_once_a_day() {
                    Edition::day(local.date())
                } else {
                    Edition::hour(local.date(), local.hour())
                }
            }
            // A day of them is one issue, so that there are not millions; `n` tells a reader's mails apart.
            Cadence::Instant => {
                Edition::instant(due.to_zoned_datetime(newsletter.zone.tz().clone()).date())
            }
        }
    }

    fn instant(day: Date) -> Edition {
        Edition {
            name: format!("{day}{INSTANT}"),
            day,
            kind: 26,
        }
    }

    /// Whether its messages left at once, several to a reader.
    pub fn is_instant(&self) -> bool {
        self.kind == 26
    }

    /// Which of a day's instant mails to one reader leaves at `at`: the minutes since the day began, from 1.
    pub(super) fn minute(&self, newsletter: &Newsletter, at: Timestamp) -> i16 {
        let midnight = self.day.to_zoned_datetime(newsletter.zone.tz().clone());
        let minutes = midnight.map_or(0, |day| at.duration_since(day.timestamp()).as_mins());
        minutes as i16 + 1
    }

    fn day(day: Date) -> Edition {
        Edition {
            name: day.to_string(),
            day,
            kind: 0,
        }
    }

    fn hour(day: Date, hour: i8) -> Edition {
        Edition {
            name: format!("{day}T{hour:02}"),
            day,
            kind: hour as u8 + 1,
        }
    }

    fn week(day: Date) -> Edition {
        let week = day.iso_week_date();
        let name = format!("{:04}-W{:02}", week.year(), week.week());
        let monday = day.saturating_sub(
            jiff::Span::new().days(i64::from(day.weekday().to_monday_zero_offset())),
        );
        Edition {
            name,
            day: monday,
            kind: 25,
        }
    }

    /// Reads a name back.
    pub fn parse(name: &str) -> Option<Edition> {
        if let Some((year, week)) = name.split_once("-W") {
            let first = jiff::civil::ISOWeekDate::new(
                year.parse().ok()?,
                week.parse().ok()?,
                jiff::civil::Weekday::Monday,
            );
            return Some(Edition::week(first.ok()?.date()));
        }
        if let Some(day) = name.strip_suffix(INSTANT) {
            return Some(Edition::instant(day.parse().ok()?));
        }
        match name.split_once('T') {
            Some((day, hour)) => Some(Edition::hour(
                day.parse().ok()?,
                hour.parse().ok().filter(|h| *h < 24)?,
            )),
            None => Some(Edition::day(name.parse().ok()?)),
        }
    }

    /// The id of this newsletter's issue of this edition. It begins with the day and needs no counter, so two planners,
    /// and a preview of what is not planned yet, come to the same.
    pub fn issue_id(&self, newsletter_id: i64) -> i64 {
        assert!(
            newsletter_id < 1 << NEWSLETTER_BITS,
            "no paper has sixteen thousand newsletters"
        );
        day_number(self.day) << DAY_SHIFT | newsletter_id << 5 | i64::from(self.kind)
    }

    /// Days that the edition spans.
    pub fn span_days(&self) -> i64 {
        if self.kind == 25 { 7 } else { 1 }
    }
}

/// The newsletter that notices are of.
pub const NOTICES: i64 = 0;

/// Its name in the log and in commands.
pub const NOTICES_SLUG: &str = "@notice";

/// The id of the issue that the notices of one kind and day share; `kind` is below 32.
pub fn notice_issue(day: Date, kind: u8) -> i64 {
    day_number(day) << DAY_SHIFT | NOTICES << 5 | i64::from(kind)
}

/// The first id that an offer's issue of `day` may have: above all digests of the day.
pub fn first_offer_issue(day: Date) -> i64 {
    day_number(day) << DAY_SHIFT | 1 << (NEWSLETTER_BITS + 5)
}

/// The first id of the issues of the last `days` days.
pub fn first_issue_of(now: Timestamp, days: i64) -> i64 {
    (day_number(now.to_zoned_datetime(TimeZone::UTC).date()) - days) << DAY_SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_its_name() {
        for name in [
            "2026-11-24",
            "2026-11-24T18",
            "2026-W48",
            "2027-W53",
            "2020-W53",
            "2026-11-24-instant",
        ] {
            let edition = Edition::parse(name);
            if name == "2027-W53" {
                assert_eq!(edition, None, "2027 has 52 weeks");
                continue;
            }
            assert_eq!(edition.map(|e| e.name).as_deref(), Some(name));
        }
        for bad in ["", "2026-13-01", "2026-11-24T24", "today"] {
            assert_eq!(Edition::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_begin_with_the_day_and_do_not_meet() {
        let ids: std::collections::BTreeSet<i64> =
            ["2026-11-23", "2026-11-23T00", "2026-11-23T23", "2026-W48"]
                .iter()
                .flat_map(|name| [1, 2, 16_383].map(|n| Edition::parse(name).unwrap().issue_id(n)))
                .collect();
        assert_eq!(ids.len(), 12);
        assert!(ids.iter().all(|id| id >> DAY_SHIFT == 20_780));
        assert!(first_offer_issue(Date::constant(2026, 11, 23)) > *ids.last().unwrap());
        assert!(
            first_offer_issue(Date::constant(2026, 11, 23))
                < Edition::parse("2026-11-24").unwrap().issue_id(0)
        );
    }
}
