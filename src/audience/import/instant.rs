//! Days and instants as other programs write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Forms that say their offset.
const INSTANTS: [&str; 3] = [
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S%z",
    "%a, %d %b %Y %H:%M:%S %z",
];

/// Forms that do not, and are meant in UTC: what every export that says anything about it says.
const CLOCKS: [&str; 14] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y %I:%M %p",
    "%B %d, %Y %I:%M:%S %p",
    "%B %d, %Y %I:%M %p",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%b %d, %Y %H:%M",
];

const DAYS: [&str; 7] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
];

/// The instant a text names. A day is its first moment in UTC; none where it cannot be told, as with 03/04/2025, which
/// is a day in March or in April.
pub(in crate::audience) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let utc = |at: DateTime| TimeZone::UTC.to_timestamp(at).ok();
    CLOCKS
        .iter()
        .find_map(|form| DateTime::strptime(form, text).ok())
        .and_then(utc)
        .or_else(|| {
            INSTANTS
                .iter()
                .find_map(|form| strtime::parse(form, text).ok()?.to_timestamp().ok())
        })
        .or_else(|| {
            let day = DAYS.iter().find_map(|form| Date::strptime(form, text).ok());
            utc(day?.at(0, 0, 0, 0))
        })
        .or_else(|| utc(slashed(text)?))
        .or_else(|| unix(text))
}

/// `12/31/2024 3:04 PM`, `31/12/2024`: only where one of the two numbers can be no month, or both are the same.
fn slashed(text: &str) -> Option<DateTime> {
    let (day, clock) = text.split_once(' ').map_or((text, ""), |(d, c)| (d, c));
    let mut parts = day.split('/').map(str::parse::<i16>);
    let (one, two, year) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    if parts.next().is_some() || (one <= 12 && two <= 12 && one != two) {
        return None;
    }
    let (month, day) = if two > 12 { (one, two) } else { (two, one) };
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    if clock.is_empty() {
        return Some(date.at(0, 0, 0, 0));
    }
    let forms = ["%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];
    let time = forms
        .iter()
        .find_map(|form| jiff::civil::Time::strptime(form, clock).ok())?;
    Some(date.to_datetime(time))
}

/// Seconds or milliseconds since 1970, of a time when there were newsletters.
fn unix(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        9 | 10 => Timestamp::from_second(number).ok(),
        12 | 13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_many_programs() {
        for (text, want) in [
            ("2025-03-03T10:15:00Z", Some("2025-03-03T10:15:00Z")),
            (
                "2025-03-03T10:15:00.250+01:00",
                Some("2025-03-03T09:15:00.25Z"),
            ),
            ("2025-03-03 10:15:00 UTC", Some("2025-03-03T10:15:00Z")),
            ("2025-03-03 10:15:00 +0100", Some("2025-03-03T09:15:00Z")),
            ("2025-03-03 10:15:00", Some("2025-03-03T10:15:00Z")),
            ("2025-03-03", Some("2025-03-03T00:00:00Z")),
            ("03.12.2025 10:15", Some("2025-12-03T10:15:00Z")),
            ("Mar 3, 2025", Some("2025-03-03T00:00:00Z")),
            ("March 3, 2025 3:04 PM", Some("2025-03-03T15:04:00Z")),
            (
                "Mon, 03 Mar 2025 10:15:00 +0000",
                Some("2025-03-03T10:15:00Z"),
            ),
            ("12/31/2024 3:04 PM", Some("2024-12-31T15:04:00Z")),
            ("31/12/2024", Some("2024-12-31T00:00:00Z")),
            ("03/03/2025", Some("2025-03-03T00:00:00Z")),
            ("03/04/2025", None),
            ("1741000000", Some("2025-03-03T11:06:40Z")),
            ("2025-02-30", None),
            ("soon", None),
            ("true", None),
            ("0", None),
            ("", None),
        ] {
            let want = want.map(|w| w.parse::<Timestamp>().unwrap());
            assert_eq!(instant(text), want, "{text}");
        }
    }
}
