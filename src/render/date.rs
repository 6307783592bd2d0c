//! Dates and times as sentences. English, until the catalogs of the other languages bring theirs.

use jiff::civil::Date;

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

/// "Tuesday 24 November 2026".
pub fn long(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// "3 March 2025".
pub fn short(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// "on weekdays at 06:30, London time": what follows "You asked for it".
pub fn schedule(schedule: Schedule<'_>) -> String {
    match schedule {
        Schedule::WhenItComesOut => "whenever it comes out".to_owned(),
        Schedule::Instant => "as soon as there is news".to_owned(),
        Schedule::At {
            days,
            minutes,
            zone,
        } => {
            let (days, zone) = (days_of(days), zone_of(zone));
            format!(
                "{days} at {:02}:{:02}, {zone}",
                minutes / 60 % 24,
                minutes % 60
            )
        }
    }
}

/// "London time" for `Europe/London`; "UTC" for what has no place.
pub fn zone_of(zone: &str) -> String {
    match zone.rsplit_once('/') {
        None | Some(("Etc", _)) => "UTC".to_owned(),
        Some((_, place)) => format!("{} time", place.replace('_', " ")),
    }
}

fn days_of(days: u8) -> String {
    const NAMES: [&str; 7] = [
        "Mondays",
        "Tuesdays",
        "Wednesdays",
        "Thursdays",
        "Fridays",
        "Saturdays",
        "Sundays",
    ];
    let chosen: Vec<&str> = (0..7)
        .filter(|day| days & (1 << day) != 0)
        .map(|day| NAMES[day])
        .collect();
    match (days & 0x7f, chosen.as_slice()) {
        (0 | 0x7f, _) => "every day".to_owned(),
        (0x1f, _) => "on weekdays".to_owned(),
        (0x60, _) => "at weekends".to_owned(),
        (_, [first @ .., last]) if !first.is_empty() => {
            format!("on {} and {last}", first.join(", "))
        }
        (_, [only, ..]) => format!("on {only}"),
        (_, []) => "every day".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Schedule, long, schedule, short};

    #[test]
    fn dates_are_written_out() {
        assert_eq!(long(date(2026, 11, 24)), "Tuesday 24 November 2026");
        assert_eq!(short(date(2025, 3, 3)), "3 March 2025");
    }

    #[test]
    fn schedules_are_sentences() {
        let at = |days, minutes, zone| {
            schedule(Schedule::At {
                days,
                minutes,
                zone,
            })
        };
        assert_eq!(
            at(0x1f, 390, "Europe/London"),
            "on weekdays at 06:30, London time"
        );
        assert_eq!(
            at(0x7f, 0, "America/Argentina/Buenos_Aires"),
            "every day at 00:00, Buenos Aires time"
        );
        assert_eq!(at(0x60, 540, "Etc/UTC"), "at weekends at 09:00, UTC");
        assert_eq!(at(0x10, 1020, "UTC"), "on Fridays at 17:00, UTC");
        assert_eq!(
            at(0x15, 1439, "Asia/Kolkata"),
            "on Mondays, Wednesdays and Fridays at 23:59, Kolkata time"
        );
        assert_eq!(schedule(Schedule::Instant), "as soon as there is news");
        assert_eq!(schedule(Schedule::WhenItComesOut), "whenever it comes out");
    }
}
