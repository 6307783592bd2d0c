//! Dates: the instant that a feed means, however it wrote it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

/// Longer than any date; feeds put whole sentences there.
const MAX_BYTES: usize = 64;

/// How each month begins in English, French, German, Italian, Spanish, Portuguese, Dutch and the Scandinavian languages.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mei", "maj", "mag"],
    &["juin", "jun", "giu"],
    &["juil", "jul", "lug"],
    &["aug", "aoû", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "déc", "dez", "dic"],
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Zones that feeds name, with minutes east of Greenwich. Where a name is used in several places, the one that
/// RFC 822 or most papers mean.
const ZONES: [(&str, i32); 41] = [
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("met", 60),
    ("cest", 120),
    ("mest", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("eat", 180),
    ("gst", 240),
    ("pkt", 300),
    ("ist", 330),
    ("wib", 420),
    ("ict", 420),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("aest", 600),
    ("acdt", 630),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("brt", -180),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
];

/// The instant written in `text`: RFC 3339, RFC 822 and what feeds make of them. Without a zone it is UTC, without a
/// time midnight. `None` where something in it cannot be read: a guessed date would put a story into a wrong mail.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = text.to_lowercase();
    text.parse()
        .ok()
        .or_else(|| iso(&text))
        .or_else(|| spoken(&text))
}

/// `2026-11-24 10:00`, `2026-11-24T10:00:00.0 +0100`, `2026-11-24`, `2026-11`.
fn iso(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at(text.find(['t', ' ']).unwrap_or(text.len()));
    let mut parts = date.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next().map_or(Ok(1), str::parse).ok()?;
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year, month, day).ok()?;
    let rest = rest.trim_start_matches(['t', ' ']);
    let (time, zone) = rest.split_at(
        rest.find(|c: char| !matches!(c, '0'..='9' | ':' | '.'))
            .unwrap_or(rest.len()),
    );
    at(
        date,
        if time.is_empty() {
            Some((Time::midnight(), false))
        } else {
            clock(time)
        }?,
        offset(zone.trim())?,
    )
}

/// `Tue, 24 Nov 2026 10:00:00 CEST`, `November 24, 2026 at 10:00 PM`, `Tue Nov 24 10:00:00 +0000 2026`.
fn spoken(text: &str) -> Option<Timestamp> {
    // The weekday, in any language: it adds nothing and is often wrong.
    let text = match text.split_once(',') {
        Some((day, rest)) if day.trim_end_matches('.').chars().all(char::is_alphabetic) => rest,
        _ => text,
    };
    let mut parts = Parts::default();
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    for word in words.flat_map(hyphened) {
        parts.take(word)?;
    }
    parts.instant()
}

/// What the words of a date have said so far.
#[derive(Default)]
struct Parts {
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<(Time, bool)>,
    is_pm: Option<bool>,
    zone: Option<Offset>,
}

impl Parts {
    /// Takes in one more word; `None` if it cannot be read, or says again what was said.
    fn take(&mut self, word: &str) -> Option<()> {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && word.len() <= 2 && self.day.is_none() {
            self.day = Some(word.parse().ok()?);
            Some(())
        } else if is_number {
            once(&mut self.year, year(word)?)
        } else if word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit()) {
            once(&mut self.time, clock(word)?)
        } else if let Some(month) = month(word) {
            once(&mut self.month, month)
        } else if matches!(word, "am" | "pm") {
            once(&mut self.is_pm, word == "pm")
        } else if matches!(word, "" | "de")
            || (word == "at" && self.time.is_none())
            || word.starts_with('(')
            || DAYS.iter().any(|day| word.starts_with(day))
        {
            Some(())
        } else {
            let zone = self.zone.replace(offset(word)?);
            // "GMT+02:00" is one word, "GMT +0200" two: then the figure counts.
            zone.is_none_or(|named| named == Offset::UTC).then_some(())
        }
    }

    fn instant(self) -> Option<Timestamp> {
        let date = Date::new(self.year?, self.month?, self.day?).ok()?;
        let (mut time, ends_day) = self.time.unwrap_or((Time::midnight(), false));
        // "14:02 PM" is written too, and means what it says.
        if let Some(is_pm) = self.is_pm
            && (1..=12).contains(&time.hour())
        {
            let hour = time.hour() % 12 + if is_pm { 12 } else { 0 };
            time = time.with().hour(hour).build().ok()?;
        }
        at(date, (time, ends_day), self.zone.unwrap_or(Offset::UTC))
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn month(word: &str) -> Option<i8> {
    let begins = |names: &[&str]| names.iter().any(|name| word.starts_with(name));
    let at = MONTHS.iter().position(|names| begins(names))?;
    i8::try_from(at + 1).ok()
}

/// `24-nov-2026` in its parts, `24.` without its dot; an offset or a name stays whole.
fn hyphened(word: &str) -> Vec<&str> {
    let word = word.trim_end_matches('.');
    let is_date = word
        .split('-')
        .nth(1)
        .is_some_and(|part| month(part).is_some());
    if is_date {
        word.split('-').collect()
    } else {
        vec![word]
    }
}

fn year(word: &str) -> Option<i16> {
    let number: i16 = word.parse().ok()?;
    match word.len() {
        4 => Some(number),
        // RFC 2822, section 4.3.
        2 => Some(number + if number < 50 { 2000 } else { 1900 }),
        _ => None,
    }
}

/// The time of day, and whether it is the midnight that ends the day (`24:00`).
fn clock(text: &str) -> Option<(Time, bool)> {
    let mut parts = text.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second = parts
        .next()
        .map_or(Ok("0"), |s| s.split('.').next().ok_or(()))
        .ok()?
        .parse()
        .ok()?;
    if parts.next().is_some() {
        return None;
    }
    let ends_day = (hour, minute, second) == (24, 0, 0);
    // A leap second: the one before it is near enough.
    let second = if second == 60 { 59 } else { second };
    Some((
        Time::new(if ends_day { 0 } else { hour }, minute, second, 0).ok()?,
        ends_day,
    ))
}

/// `+0100`, `-00:20`, `+1`, `cest`, `gmt+2`, or nothing at all.
fn offset(zone: &str) -> Option<Offset> {
    let zone = zone.trim_matches(['(', ')']);
    if zone.is_empty() {
        return Some(Offset::UTC);
    }
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == zone) {
        return Offset::from_seconds(minutes * 60).ok();
    }
    let figure = ["utc", "gmt", "ut"]
        .iter()
        .find_map(|name| zone.strip_prefix(name))
        .unwrap_or(zone);
    let sign = match figure.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match figure[1..].split_once(':') {
        Some(pair) => pair,
        None if figure.len() == 5 => figure[1..].split_at(2),
        None => (&figure[1..], "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    // Nobody lives further east than Kiritimati.
    let plausible = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    plausible.then(|| Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok())?
}

fn at(date: Date, (time, ends_day): (Time, bool), offset: Offset) -> Option<Timestamp> {
    let local = DateTime::from_parts(date, time);
    let local = if ends_day {
        local.checked_add(1.day()).ok()?
    } else {
        local
    };
    offset.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_feeds_write_them() {
        let cases = [
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("2026-11-24t10:00:00z", "2026-11-24T10:00:00Z"),
            ("2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00Z"),
            ("2026-11-24T10:00:00+0100", "2026-11-24T09:00:00Z"),
            ("2026-11-24T10:00:00 +01:00", "2026-11-24T09:00:00Z"),
            ("2026-11-24 10:00:00", "2026-11-24T10:00:00Z"),
            ("2026-11-24 10:00", "2026-11-24T10:00:00Z"),
            ("2026-11-24T10:00:00.25", "2026-11-24T10:00:00Z"),
            ("2026-11-24", "2026-11-24T00:00:00Z"),
            ("2026-11", "2026-11-01T00:00:00Z"),
            ("2026-11-24T24:00:00Z", "2026-11-25T00:00:00Z"),
            ("Tue, 24 Nov 2026 10:00:00 GMT", "2026-11-24T10:00:00Z"),
            ("Tue, 24 Nov 2026 10:00:00 +0530", "2026-11-24T04:30:00Z"),
            ("Tue, 24 Nov 2026 10:00:00 CEST", "2026-11-24T08:00:00Z"),
            ("Tue, 24 Nov 2026 10:00:00 EST", "2026-11-24T15:00:00Z"),
            ("Tue, 24 Nov 2026 10:00:00", "2026-11-24T10:00:00Z"),
            ("Tue, 24 Nov 2026 10:00 Z", "2026-11-24T10:00:00Z"),
            ("Tue, 24 Nov 2026 24:00:00 GMT", "2026-11-25T00:00:00Z"),
            (
                "Tue, 24 Nov 2026 10:00:00 GMT+01:00",
                "2026-11-24T09:00:00Z",
            ),
            (
                "Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
                "2026-11-24T09:00:00Z",
            ),
            // The wrong weekday, long names, no weekday, two-digit year.
            (
                "Thurs, 24 November 2026 10:00:00 GMT",
                "2026-11-24T10:00:00Z",
            ),
            ("24 Nov 26 10:00:00 GMT", "2026-11-24T10:00:00Z"),
            ("24-Nov-2026 10:00:00 GMT", "2026-11-24T10:00:00Z"),
            ("November 24, 2026 10:00 PM", "2026-11-24T22:00:00Z"),
            ("Tue Nov 24 10:00:00 +0000 2026", "2026-11-24T10:00:00Z"),
            ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38:15Z"),
            ("Seg, 24 Set 2018 19:42:40 -0300", "2018-09-24T22:42:40Z"),
            ("mar., 24 févr. 2026 10:00:00 GMT", "2026-02-24T10:00:00Z"),
            ("Di, 24. März 2026 10:00:00 GMT", "2026-03-24T10:00:00Z"),
            ("Mar 24 2026 10:00 GMT", "2026-03-24T10:00:00Z"),
            ("24 de noviembre de 2026", "2026-11-24T00:00:00Z"),
            ("Sat, Dec 16 2023 12:02:33 AM", "2023-12-16T00:02:33Z"),
            ("Tue, 24 Nov 2026", "2026-11-24T00:00:00Z"),
        ];
        for (given, expected) in cases {
            assert_eq!(
                instant(given).map(Timestamp::as_second),
                Some(expected.parse::<Timestamp>().unwrap().as_second()),
                "{given}"
            );
        }
    }

    #[test]
    fn no_date_is_better_than_a_guess() {
        let cases = [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-30T10:00:00Z",
            "2026-11-24T25:00:00Z",
            "2026-11-24T09:xx:00Z",
            "2026-11-24T10:00:00-06:00Textra",
            "Tue, 99 Nov 2026 10:00:00 GMT",
            "Tue, Nov x 2026 10:00:00 GMT",
            "Tue, 24 Nov 2026 1:2:3:4 GMT",
            "Tue, 24 Nov 2026 10:00:00 +zz:00",
            "Tue, 24 Nov 2026 10:00:00 +9900",
            "Tue, 24 Nov 2026 10:00:00 XYZ",
            "013",
            "2026",
            "24 Nov 2026 25 Dec 2026",
            "٢٤ نوفمبر",
            &"1".repeat(1000),
        ];
        for given in cases {
            assert_eq!(instant(given), None, "{given}");
        }
    }
}
