//! The reader's week: what comes in the next seven days, and what their limit holds back.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;

use crate::audience::Standing;
use crate::audience::budget::Week;
use crate::audience::edit::{is_active, is_idle};
use crate::audience::{Rhythm, zone_of};
use crate::clock::from_millis;
use crate::render::Words;
use crate::web::Web;

/// One day of the table.
#[derive(Serialize)]
pub(super) struct Day {
    /// "Mon".
    name: String,
    /// What comes, in the order of time.
    mails: Vec<Mail>,
}

/// One mail that comes.
#[derive(Serialize)]
struct Mail {
    time: String,
    title: String,
    /// Whether the limit holds it back.
    held: bool,
}

/// The next seven days on the reader's clocks, today first. Only what has a time beforehand is in it. None where nothing
/// comes at a known time.
pub(super) fn week(
    web: &Web,
    words: &Words<'_>,
    standing: &Standing,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<Vec<Day>> {
    let p = &standing.preferences;
    let end = now + SignedDuration::from_hours(7 * 24);
    let mut all: Vec<(Timestamp, &str, bool)> = Vec::new();
    for newsletter in &web.app.config.newsletters {
        let Some(s) = p.subscriptions.get(&newsletter.slug) else {
            continue;
        };
        if newsletter.is_offers() || !is_active(p, &newsletter.slug) || is_idle(newsletter, p) {
            continue;
        }
        let clocks = zone_of(newsletter, p.zone.as_deref());
        let rhythm = Rhythm::of(newsletter, s, p.quiet);
        let mut after = s
            .paused_until
            .map_or(now, |until| now.max(from_millis(until)));
        // A schedule may come every hour; more than some a day say nothing more.
        for _ in 0..60 {
            let Some(next) = rhythm.next(after, &clocks).filter(|next| *next <= end) else {
                break;
            };
            all.push((next, &newsletter.title, s.only_followed));
            after = next;
        }
    }
    if all.is_empty() {
        return None;
    }
    all.sort_unstable();
    let today = now.to_zoned_datetime(zone.clone()).date();
    let mut days: Vec<(jiff::civil::Date, Day)> = (0..7)
        .filter_map(|n| today.checked_add(i64::from(n).days()).ok())
        .map(|date| {
            let weekday = date.weekday().to_monday_one_offset();
            let name = words.say(&format!("weekday_short_{weekday}"), &[]);
            let mails = Vec::new();
            (date, Day { name, mails })
        })
        .collect();
    let mut count = (standing.spent_week, u32::from(standing.spent.max(0) as u16));
    for (at, title, only_followed) in all {
        let this_week = Week::of(at, zone).number;
        if count.0 != this_week {
            count = (this_week, 0);
        }
        count.1 += 1;
        let held = p
            .weekly_budget
            .is_some_and(|most| count.1 > u32::from(most));
        let local = at.to_zoned_datetime(zone.clone());
        if let Some((_, day)) = days.iter_mut().find(|(date, _)| *date == local.date()) {
            day.mails.push(Mail {
                time: words.time(local.hour() as u8, local.minute() as u8),
                title: if only_followed {
                    words.say("prefs_week_followed", &[("newsletter", title.into())])
                } else {
                    title.to_owned()
                },
                held,
            });
        }
    }
    Some(days.into_iter().map(|(_, day)| day).collect())
}
