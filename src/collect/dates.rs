//! Dates: the instant that a feed means, however it wrote it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

use super::calendar::{month, offset};

/// Longer than any date; feeds put whole sentences there.
const MAX_BYTES: usize = 100;

/// The marks of an Asian date, and what a Western one has there.
const MARKS: [(&str, &str); 18] = [
    ("년", "-"),
    ("월", "-"),
    ("일", " "),
    ("시", ":"),
    ("분", ":"),
    ("초", " "),
    ("年", "-"),
    ("月", "-"),
    ("日", " "),
    ("時", ":"),
    ("时", ":"),
    ("分", ":"),
    ("秒", " "),
    ("오전", "am "),
    ("오후", "pm "),
    ("午前", "am "),
    ("午後", "pm "),
    ("下午", "pm "),
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
        .or_else(|| digits(&text))
        .or_else(|| iso(&text))
        .or_else(|| asian(&text))
        .or_else(|| spoken(&text))
}

/// Dates of figures alone: seconds or milliseconds since 1970, `20261124`, `2026328` (its 328th day), `261124`, `26328`,
/// `20261124100000`, `2026`, and of ISO 8601:1988 `-2611` and `-26-11`.
fn digits(text: &str) -> Option<Timestamp> {
    let short = text.strip_prefix('-');
    let figures: String = short.unwrap_or(text).split('-').collect();
    if figures.is_empty() || !figures.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| figures.get(range)?.parse::<i16>().ok();
    let ordinal = |year: i16, day: i16| {
        Date::new(year, 1, 1)
            .ok()?
            .with()
            .day_of_year(day)
            .build()
            .ok()
    };
    let month = |year: i16, at: usize, day: Option<i16>| {
        let month = i8::try_from(part(at..at + 2)?).ok()?;
        Date::new(year, month, i8::try_from(day.unwrap_or(1)).ok()?).ok()
    };
    let short_year = || part(0..2).map(of_two_figures);
    let hyphens = text.matches('-').count();
    let date = match (short, figures.len(), hyphens) {
        (Some(_), 4, 1 | 2) => month(short_year()?, 2, None),
        (None, 4, 0) => Date::new(part(0..4)?, 1, 1)
            .ok()
            .filter(|date| date.year() > 1900),
        // Of a number that may be anything, one that cannot be a day of a month.
        (None, 5, 0 | 1) => ordinal(short_year()?, part(2..5).filter(|day| *day > 31)?),
        (None, 6, 0 | 2) => month(short_year()?, 2, Some(part(4..6)?)),
        (None, 7, 0 | 1) => ordinal(part(0..4)?, part(4..7)?),
        (None, 8, 0) => month(part(0..4)?, 4, Some(part(6..8)?)),
        (None, 9 | 10, 0) => return Timestamp::from_second(figures.parse().ok()?).ok(),
        (None, 14, 0) => {
            let part = |at: usize| i8::try_from(part(at..at + 2)?).ok();
            let time = Time::new(part(8)?, part(10)?, part(12)?, 0).ok()?;
            let date = month(figures[..4].parse().ok()?, 4, Some(part(6)?.into()));
            return at(date?, (time, false), Offset::UTC);
        }
        (None, 12 | 13, 0) => return Timestamp::from_millisecond(figures.parse().ok()?).ok(),
        _ => None,
    };
    at(date?, (Time::midnight(), false), Offset::UTC)
}

/// `2026-11-24 10:00`, `2026-11-24T10:00:00.0 +0100`, `2026-11-24`, `2026-11`, `2026/11/24 10:00 EDT`.
fn iso(text: &str) -> Option<Timestamp> {
    // Hungarian months have a "t" of their own.
    let ends = |at: &usize| text[..*at].ends_with(|c: char| c.is_ascii_digit());
    let mut marks = text.match_indices(['t', ' ']).map(|(at, _)| at);
    let (date, rest) = text.split_at(marks.find(ends).unwrap_or(text.len()));
    let date = figures(date)?;
    let rest = rest.trim_start_matches(['t', ' ']);
    let (time, zone) = rest.split_at(
        rest.find(|c: char| !matches!(c, '0'..='9' | ':' | '.'))
            .unwrap_or(rest.len()),
    );
    let (zone, is_pm) = match zone.trim_start().get(..2) {
        Some(half @ ("am" | "pm")) => (&zone.trim_start()[2..], Some(half == "pm")),
        _ => (zone, None),
    };
    let clock = if time.is_empty() {
        (Time::midnight(), false)
    } else {
        halved(clock(time)?, is_pm)?
    };
    at(date, clock, offset(zone.trim())?)
}

/// A date in figures: year first, or, where it cannot be taken for another, last.
fn figures(date: &str) -> Option<Date> {
    let mark = date.find(['-', '/', '.']).map(|at| &date[at..=at]);
    let parts: Vec<&str> = date.split(mark.unwrap_or("-")).collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if let [year, name, day] = parts[..]
        && [year, day].iter().all(is_number)
        && let Some(month) = month(name)
    {
        return Date::new(year.parse().ok()?, month, day.parse().ok()?).ok();
    }
    if !parts.iter().all(is_number) {
        return None;
    }
    let (year, month, day) = match parts[..] {
        [year, month] if year.len() == 4 => (year, month, "1"),
        [year, month, day] if year.len() == 4 => (year, month, day),
        [day, month, year] if year.len() == 4 && mark == Some(".") => (year, month, day),
        [first, second, year] if year.len() == 4 => {
            let (a, b): (i8, i8) = (first.parse().ok()?, second.parse().ok()?);
            match (a > 12, b > 12) {
                (true, false) => (year, second, first),
                (false, true) => (year, first, second),
                _ if a == b => (year, first, second),
                _ => return None,
            }
        }
        _ => return None,
    };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `2026년 11월 24일 10:00:00`, `2026-11-24 오후 10:00:00`, `2026年11月24日 10時00分`; without a zone that of Seoul and Tokyo,
/// and of China where the writing tells.
fn asian(text: &str) -> Option<Timestamp> {
    let is_hangul = text.contains(|c| ('가'..='힣').contains(&c));
    let is_chinese = ["时", "上午", "下午"]
        .iter()
        .any(|mark| text.contains(mark));
    if !is_hangul && !text.contains(['年', '午']) {
        return None;
    }
    let mut plain = text.replace("上午", "am ");
    for (mark, western) in MARKS {
        plain = plain.replace(mark, western);
    }
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    // "2026- 11- 24" is one date.
    let mut date = String::new();
    while let Some(word) = words.first()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
        && date.matches('-').count() < 2
    {
        date.push_str(words.remove(0));
    }
    if date.ends_with('-') {
        date.push_str(if words.is_empty() {
            "1"
        } else {
            words.remove(0)
        });
    }
    let mut is_pm = None;
    let mut time = (Time::midnight(), false);
    let mut zone = None;
    for word in words {
        match word.trim_end_matches(':') {
            "am" => is_pm = Some(false),
            "pm" => is_pm = Some(true),
            word if word.contains(':') => time = clock(word)?,
            word => zone = Some(offset(word)?),
        }
    }
    let hours = if is_chinese { 8 } else { 9 };
    let zone = zone.or_else(|| Offset::from_seconds(hours * 3600).ok())?;
    at(figures(&date)?, halved(time, is_pm)?, zone)
}

/// `Tue, 24 Nov 2026 10:00:00 CEST`, `November 24, 2026 at 10:00 PM`, `mardi 24 novembre 2026`.
fn spoken(text: &str) -> Option<Timestamp> {
    // The weekday, in any language: it adds nothing and is often wrong.
    let text = match text.split_once(',') {
        Some((day, rest)) if day.trim_end_matches('.').chars().all(char::is_alphabetic) => {
            rest.trim()
        }
        _ => text,
    };
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let is_word = first.trim_end_matches('.').chars().all(char::is_alphabetic);
    // French "mardi" is no month, but begins like one.
    let without_weekday = is_word.then(|| in_words(rest)).flatten();
    without_weekday
        .or_else(|| in_words(text))
        .or_else(|| iso(text))
}

fn in_words(text: &str) -> Option<Timestamp> {
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
        let word = without_ordinal(word);
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && word.len() <= 2 && self.day.is_none() {
            self.day = Some(word.parse().ok()?);
            Some(())
        } else if is_number {
            once(&mut self.year, year(word)?)
        } else if word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit()) {
            // "10:00:00GMT", "10:00PM"
            let end = word.find(|c: char| c.is_ascii_alphabetic());
            let (time, rest) = word.split_at(end.unwrap_or(word.len()));
            once(&mut self.time, clock(time)?)?;
            if rest.is_empty() {
                Some(())
            } else {
                self.take(rest)
            }
        } else if let Some(month) = month(word) {
            once(&mut self.month, month)
        } else if matches!(word, "am" | "pm") {
            once(&mut self.is_pm, word == "pm")
        } else if matches!(word, "" | "de" | "-" | "–" | "|")
            || (word == "at" && self.time.is_none())
            || word.starts_with('(')
        {
            Some(())
        } else {
            let zone = offset(word)?;
            let before = self.zone.replace(zone);
            // "GMT+02:00" is one word, "GMT +0200" two: then the figure counts. "+0100 CET" says it twice.
            before
                .is_none_or(|named| named == Offset::UTC || named == zone)
                .then_some(())
        }
    }

    fn instant(self) -> Option<Timestamp> {
        let date = Date::new(self.year?, self.month?, self.day?).ok()?;
        let time = self.time.unwrap_or((Time::midnight(), false));
        let time = halved(time, self.is_pm)?;
        at(date, time, self.zone.unwrap_or(Offset::UTC))
    }
}

/// A time of the twelve-hour clock. "14:02 PM" is written too, and means what it says.
fn halved((time, ends_day): (Time, bool), is_pm: Option<bool>) -> Option<(Time, bool)> {
    match is_pm {
        Some(is_pm) if (1..=12).contains(&time.hour()) => {
            let hour = time.hour() % 12 + if is_pm { 12 } else { 0 };
            Some((time.with().hour(hour).build().ok()?, ends_day))
        }
        _ => Some((time, ends_day)),
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
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

/// `24th` as `24`.
fn without_ordinal(word: &str) -> &str {
    let number = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending));
    number
        .filter(|number| {
            (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
        })
        .unwrap_or(word)
}

fn year(word: &str) -> Option<i16> {
    let number: i16 = word.parse().ok()?;
    match word.len() {
        4 => Some(number),
        // RFC 2822, section 4.3.
        2 => Some(of_two_figures(number)),
        _ => None,
    }
}

fn of_two_figures(year: i16) -> i16 {
    year + if year < 50 { 2000 } else { 1900 }
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
            // Figures alone.
            ("2026", "2026-01-01T00:00:00Z"),
            ("20261124", "2026-11-24T00:00:00Z"),
            ("261124", "2026-11-24T00:00:00Z"),
            ("26-11-24", "2026-11-24T00:00:00Z"),
            ("-2611", "2026-11-01T00:00:00Z"),
            ("-26-11", "2026-11-01T00:00:00Z"),
            ("2026-328", "2026-11-24T00:00:00Z"),
            ("26328", "2026-11-24T00:00:00Z"),
            ("1795514400", "2026-11-24T10:00:00Z"),
            ("1795514400000", "2026-11-24T10:00:00Z"),
            ("2026/11/24 10:00 EDT", "2026-11-24T14:00:00Z"),
            ("Tue, 2026/11/24 10:00:00 ET", "2026-11-24T15:00:00Z"),
            ("24.11.2026 10:00", "2026-11-24T10:00:00Z"),
            ("11/24/2026 10:00 PM", "2026-11-24T22:00:00Z"),
            ("24/11/2026", "2026-11-24T00:00:00Z"),
            ("2026-11-24 T 10:00:00-05:00", "2026-11-24T15:00:00Z"),
            ("2026-011-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("20261124100000", "2026-11-24T10:00:00Z"),
            // Endings of English numbers, marks between, what stands together or twice.
            ("November 24th, 2026 10:00 am EST", "2026-11-24T15:00:00Z"),
            ("1st March 2026", "2026-03-01T00:00:00Z"),
            ("Tuesday, November 24, 2026 - 10:00", "2026-11-24T10:00:00Z"),
            ("Tue, 24 Nov 2026 10:00:00GMT", "2026-11-24T10:00:00Z"),
            ("Nov 24, 2026 10:00PM", "2026-11-24T22:00:00Z"),
            ("24 Nov 2026 10:00:00 +0100 CET", "2026-11-24T09:00:00Z"),
            ("24 Nov 2026 10:00:00 MEZ", "2026-11-24T09:00:00Z"),
            ("24 листопада 2026", "2026-11-24T00:00:00Z"),
            // Zones that say little, and ones that say nothing.
            ("24 Nov 2026 10:00:00 PT", "2026-11-24T18:00:00Z"),
            ("24 Nov 2026 10:00:00 AT", "2026-11-24T14:00:00Z"),
            ("24 Nov 2026 10:00:00 A", "2026-11-24T10:00:00Z"),
            ("24 Nov 2026 10:00:00 Etc/GMT", "2026-11-24T10:00:00Z"),
            ("24 Nov 2026 at 10:00 GMT-01:30", "2026-11-24T11:30:00Z"),
            // Other tongues, with and without a weekday.
            ("mardi 24 novembre 2026 10:00", "2026-11-24T10:00:00Z"),
            ("martes 3 de marzo de 2026", "2026-03-03T00:00:00Z"),
            ("Τρί, 24 Νοέ 2026 10:00:00 EET", "2026-11-24T08:00:00Z"),
            ("2026-október-24T9:15+01:00", "2026-10-24T08:15:00Z"),
            ("24 ноября 2026 10:00:00 +0300", "2026-11-24T07:00:00Z"),
            ("2026년 11월 24일 10:00:00", "2026-11-24T01:00:00Z"),
            ("2026-11-24 오후 10:00:00", "2026-11-24T13:00:00Z"),
            ("2026年11月24日 10時30分", "2026-11-24T01:30:00Z"),
            ("2026年11月24日 10时30分", "2026-11-24T02:30:00Z"),
            ("24 नवंबर 2026", "2026-11-24T00:00:00Z"),
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
            "22013",
            "1900",
            "05/06/2026",
            "24 Nov 2026 25 Dec 2026",
            "24 Nov 2026 10:00:00 +0100 EST",
            "24 Nov 2026 10:00:00x:1",
            "20261124250000",
            "124th Nov 2026",
            "٢٤ نوفمبر",
            &"1".repeat(1000),
        ];
        for given in cases {
            assert_eq!(instant(given), None, "{given}");
        }
    }
}
