//! What the selects of the page offer.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::render::Words;

/// One choice of a select or of a row of radios.
#[derive(Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) chosen: bool,
}

/// Places with clocks of their own, from east to west. A reader's own zone is added to them.
const ZONES: [&str; 40] = [
    "Pacific/Auckland",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Asia/Tokyo",
    "Australia/Perth",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Jakarta",
    "Asia/Dhaka",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Karachi",
    "Asia/Kabul",
    "Asia/Dubai",
    "Asia/Tehran",
    "Asia/Riyadh",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Africa/Nairobi",
    "Europe/Athens",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Europe/Berlin",
    "Africa/Lagos",
    "Europe/London",
    "Europe/Lisbon",
    "Africa/Accra",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "America/Halifax",
    "America/New_York",
    "America/Chicago",
    "America/Mexico_City",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
];

/// The zones, the chosen one first if it is none of ours, each with the time there.
pub(super) fn zones(words: &Words<'_>, chosen: &str, now: Timestamp) -> Vec<Choice> {
    let own = (!ZONES.contains(&chosen)).then_some(chosen);
    let all = own.into_iter().chain(ZONES);
    let choice = |zone: &str| {
        let there = now.to_zoned_datetime(TimeZone::get(zone).ok()?);
        let time = words.time(there.hour() as u8, there.minute() as u8);
        let args = [("zone", words.zone(zone).into()), ("time", time.into())];
        Some(Choice {
            value: zone.to_owned(),
            text: words.say("prefs_zone_now", &args),
            chosen: zone == chosen,
        })
    };
    all.filter_map(choice).collect()
}

/// Every half hour of a day, and the chosen minute.
pub(super) fn hours(words: &Words<'_>, chosen: i16) -> Vec<Choice> {
    let mut minutes: Vec<i16> = (0..48).map(|half| half * 30).collect();
    if !minutes.contains(&chosen) {
        minutes.push(chosen);
        minutes.sort_unstable();
    }
    let choice = |minute: i16| Choice {
        value: hour(minute),
        text: words.time((minute / 60) as u8, (minute % 60) as u8),
        chosen: minute == chosen,
    };
    minutes.into_iter().map(choice).collect()
}

/// A minute of the day as forms carry it: `06:30`.
fn hour(minute: i16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// How many mails a week there may be.
pub(super) fn limits(words: &Words<'_>, chosen: Option<u8>) -> Vec<Choice> {
    let mut all: Vec<u8> = vec![1, 3, 5, 7, 10, 14, 20];
    if let Some(own) = chosen.filter(|own| !all.contains(own)) {
        all.push(own);
        all.sort_unstable();
    }
    let none = Choice {
        value: String::new(),
        text: words.say("prefs_limit_none", &[]),
        chosen: chosen.is_none(),
    };
    let some = all.into_iter().map(|most| Choice {
        value: most.to_string(),
        text: words.say("prefs_limit_mails", &[("count", most.into())]),
        chosen: chosen == Some(most),
    });
    std::iter::once(none).chain(some).collect()
}
