//! When newsletters come, in words: as the sign-up page lists them, and as one who joins now will get them.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::audience::edit::is_idle;
use crate::audience::{Preferences, Subscription, next_due, zone_of};
use crate::config::{Cadence, Newsletter};
use crate::render::Words;
use crate::web::Web;

/// How often a newsletter comes: the sections of the sign-up page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Often {
    Daily,
    Weekly,
    Seldom,
}

impl Often {
    pub(super) const ALL: [Often; 3] = [Often::Daily, Often::Weekly, Often::Seldom];

    /// By how many days of the next four weeks it comes on.
    pub(super) fn of(newsletter: &Newsletter, now: Timestamp) -> Often {
        const WEEKS: i64 = 4;
        let zone = newsletter.zone.tz();
        let end = now + SignedDuration::from_hours(WEEKS * 7 * 24);
        let mut days = 0;
        let mut after = now;
        while let Some(next) = newsletter.next_after(after).filter(|next| *next <= end) {
            days += 1;
            after = end_of_day(next, zone);
        }
        match days {
            20.. => Often::Daily,
            4.. => Often::Weekly,
            _ => Often::Seldom,
        }
    }

    /// The word for it, which is the heading's message and the section's name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Often::Daily => "signup_daily",
            Often::Weekly => "signup_weekly",
            Often::Seldom => "signup_seldom",
        }
    }
}

fn end_of_day(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let end = at.to_zoned_datetime(zone.clone()).end_of_day();
    end.map_or(at + SignedDuration::from_hours(24), |end| end.timestamp())
}

/// "on weekdays at 06:30, or at your hour": without a full stop, and without a capital letter.
pub(super) fn when(
    words: Words<'_>,
    newsletter: &Newsletter,
    paper: &TimeZone,
    now: Timestamp,
) -> String {
    if newsletter.is_offers() {
        return words.say("signup_when_offer", &[]);
    }
    let Some(next) = newsletter.next_after(now) else {
        return words.say("signup_when_instant", &[]);
    };
    let zone = newsletter.zone.tz();
    let own = [Cadence::Daily, Cadence::Weekly];
    let own = own
        .iter()
        .any(|cadence| newsletter.cadences.contains(cadence));
    let mut told = if Often::of(newsletter, now) == Often::Seldom {
        let next = next.to_zoned_datetime(zone.clone());
        let args = [
            ("date", words.date_long(next.date()).into()),
            (
                "time",
                words.time(next.hour() as u8, next.minute() as u8).into(),
            ),
        ];
        words.say("signup_when_next", &args)
    } else {
        let time = newsletter.usual_time();
        let args = [
            ("days", words.days(newsletter.usual_weekdays()).into()),
            (
                "time",
                words.time(time.hour() as u8, time.minute() as u8).into(),
            ),
        ];
        let message = if newsletter.runs_once_a_day() {
            "signup_when"
        } else {
            "signup_when_several"
        };
        words.say(message, &args)
    };
    if own {
        told = words.say("signup_when_own", &[("when", told.into())]);
    }
    if zone != paper {
        let zone = words.zone(zone.iana_name().unwrap_or("UTC"));
        told = words.say(
            "signup_when_zone",
            &[("when", told.into()), ("zone", zone.into())],
        );
    }
    told
}

/// A newsletter as one who joins now gets it first.
#[derive(Serialize)]
pub(super) struct First {
    title: String,
    /// When, for machines; none where nobody knows.
    at: Option<String>,
    /// When, for people.
    moment: String,
    /// How it goes on.
    then: Option<String>,
}

/// The first ones of these newsletters for one who asks for this, the earliest first. What they are not on yet comes as to
/// one who joins it now.
pub(super) fn first_ones(
    web: &Web,
    words: Words<'_>,
    slugs: &[String],
    preferences: &Preferences,
    now: Timestamp,
) -> Vec<First> {
    let readers_zone = preferences.zone.as_deref();
    let paper = web.app.config.paper.zone.tz();
    let newsletters = slugs.iter().filter_map(|slug| web.app.newsletter(slug));
    let mut all: Vec<(Timestamp, First)> = newsletters
        .map(|newsletter| {
            let place = preferences.subscriptions.get(&newsletter.slug);
            let place = place
                .cloned()
                .unwrap_or_else(|| Subscription::new(newsletter, now));
            let idle = is_idle(newsletter, preferences);
            let due = next_due(newsletter, &place, preferences, now)
                .filter(|_| place.cadence != Cadence::Instant && !idle);
            let zone = zone_of(newsletter, readers_zone);
            let title = newsletter.title.as_str();
            let first = First {
                title: if place.only_followed {
                    words.say("prefs_week_followed", &[("newsletter", title.into())])
                } else {
                    title.to_owned()
                },
                at: due.map(|due| due.to_zoned_datetime(zone.clone()).datetime().to_string()),
                moment: match due {
                    Some(due) => moment(words, due, &zone, paper),
                    None if idle => words.say("prefs_comes_unfollowed", &[]),
                    None if newsletter.is_offers() => words.say("signup_when_offer", &[]),
                    None => words.say("signup_when_instant", &[]),
                },
                then: due.and_then(|_| then(words, newsletter, &place, now)),
            };
            (due.unwrap_or(Timestamp::MAX), first)
        })
        .collect();
    all.sort_by_key(|(due, _)| *due);
    all.into_iter().map(|(_, first)| first).collect()
}

/// "Wed 25, 06:30"; with the zone where it is not the paper's.
fn moment(words: Words<'_>, due: Timestamp, zone: &TimeZone, paper: &TimeZone) -> String {
    let told = words.moment(due.to_zoned_datetime(zone.clone()).datetime());
    if zone == paper {
        return told;
    }
    let zone = words.zone(zone.iana_name().unwrap_or("UTC"));
    words.say(
        "signup_when_zone",
        &[("when", told.into()), ("zone", zone.into())],
    )
}

/// "then on weekdays", where a week tells all.
fn then(
    words: Words<'_>,
    newsletter: &Newsletter,
    place: &Subscription,
    now: Timestamp,
) -> Option<String> {
    let often = Often::of(newsletter, now);
    (often != Often::Seldom && place.cadence != Cadence::Weekly).then(|| {
        let days = words.days(place.days.unwrap_or_else(|| newsletter.usual_weekdays()));
        words.say("confirm_then", &[("days", days.into())])
    })
}

/// "Times are London time.", for the page.
pub(super) fn times(web: &Web, words: Words<'_>) -> String {
    words.say("times", &[("zone", zone(web, words).into())])
}

/// "London time": the paper's.
pub(super) fn zone(web: &Web, words: Words<'_>) -> String {
    words.zone(&web.app.config.paper.zone.to_string())
}
