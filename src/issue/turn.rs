//! When a due subscription is served, which stories it is to look at, and when it must be looked at next.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Edition;
use super::pool::{longest_since, since};
use crate::audience::budget::Place;
use crate::audience::{Coming, Preferences, Rhythm, Subscription, zone_of};
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter, Quiet};

/// A subscription whose time has come.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Due {
    pub(super) id: i64,
    pub(super) subscriber_id: i64,
    pub(super) cadence: i16,
    pub(super) at_minute: Option<i16>,
    pub(super) days: Option<i16>,
    pub(super) paused_until: Option<i64>,
    pub(super) joined_at: i64,
    pub(super) next_due_at: i64,
    pub(super) served_at: Option<i64>,
    pub(super) held_since: Option<i64>,
    pub(super) follows: Vec<u8>,
    pub(super) only_followed: bool,
    pub(super) revision: i64,
    pub(super) language: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) tier: i16,
    pub(super) quiet_from: Option<i16>,
    pub(super) quiet_to: Option<i16>,
    pub(super) weekly_budget: Option<i16>,
    pub(super) turn: i64,
    pub(super) spent_week: i64,
    pub(super) spent: i16,
}

impl Due {
    /// The place of a reader who has none yet.
    pub(super) fn of(subscriber_id: i64, s: &Subscription, preferences: &Preferences) -> Due {
        Due {
            id: 0,
            subscriber_id,
            cadence: s.cadence.as_i16(),
            at_minute: s.at_minute,
            days: s.days.map(i16::from),
            paused_until: s.paused_until,
            joined_at: s.joined_at,
            next_due_at: 0,
            served_at: None,
            held_since: None,
            follows: Vec::new(),
            only_followed: s.only_followed,
            revision: 0,
            language: preferences.language.clone(),
            zone: preferences.zone.clone(),
            tier: preferences.tier as i16,
            quiet_from: preferences.quiet.map(|q| q.from),
            quiet_to: preferences.quiet.map(|q| q.to),
            weekly_budget: preferences.weekly_budget.map(i16::from),
            turn: 0,
            spent_week: 0,
            spent: 0,
        }
    }

    /// The language of the reader's mails.
    pub(super) fn language<'a>(&'a self, newsletter: &'a Newsletter) -> &'a str {
        self.language.as_deref().unwrap_or(&newsletter.language)
    }

    pub(super) fn cadence(&self) -> Cadence {
        Cadence::try_from(self.cadence).unwrap_or(Cadence::Scheduled)
    }

    /// What serving it takes of the reader's week.
    pub(super) fn place(&self, week: i64, spent: i16) -> Place {
        Place {
            subscriber_id: self.subscriber_id,
            turn: self.turn,
            week,
            spent,
            due: Some((self.id, self.next_due_at)),
        }
    }

    pub(super) fn rhythm<'a>(&self, newsletter: &'a Newsletter) -> Rhythm<'a> {
        let quiet = self.quiet_from.zip(self.quiet_to);
        Rhythm {
            newsletter,
            cadence: self.cadence(),
            at_minute: self.at_minute,
            days: self.days.map(|d| d as u8),
            quiet: quiet.map(|(from, to)| Quiet { from, to }),
        }
    }
}

/// What is to become of a due subscription now.
pub(super) enum Turn {
    /// It is served.
    Serve(Serve),
    /// Quiet hours or a day off hold it until then.
    Wait(Timestamp),
}

/// One mail that is to be composed.
pub(super) struct Serve {
    pub(super) edition: Edition,
    pub(super) n: i16,
    pub(super) scheduled_at: Timestamp,
    /// Stories that came in after this.
    pub(super) since: Timestamp,
    pub(super) next: Option<Timestamp>,
}

/// A daemon that was down serves the latest time that has passed, not each that it missed.
pub(super) fn turn(newsletter: &Newsletter, due: &Due, now: Timestamp) -> Turn {
    let zone = zone_of(newsletter, due.zone.as_deref());
    let rhythm = due.rhythm(newsletter);
    if rhythm.cadence == Cadence::Instant {
        let opens = rhythm.opens(now, &zone);
        if opens > now {
            return Turn::Wait(opens);
        }
        return Turn::Serve(at_once(newsletter, due, now));
    }
    let first = from_millis(due.next_due_at);
    let coming = rhythm.last(now, &zone).filter(|last| last.at >= first);
    let coming = coming.unwrap_or(Coming {
        meant: first,
        at: first,
    });
    Turn::Serve(at_its_time(newsletter, due, coming, now))
}

/// A digest that comes at `coming`, composed at `now`.
pub(super) fn at_its_time(
    newsletter: &Newsletter,
    due: &Due,
    coming: Coming,
    now: Timestamp,
) -> Serve {
    let zone = zone_of(newsletter, due.zone.as_deref());
    let rhythm = due.rhythm(newsletter);
    let own = since(newsletter, rhythm.pause_days(coming.meant, &zone), now);
    let since = carried_on(newsletter, own, due.held_since.map(from_millis), now);
    // We may come to it late, in quiet hours that it was not meant for; beyond its lateness it is skipped, not held.
    let lateness = SignedDuration::from_hours(i64::from(newsletter.lateness_hours));
    let quiet_end = rhythm.quiet_end(now, &zone);
    let held = quiet_end.filter(|end| now < coming.at + lateness && *end > coming.at);
    let scheduled_at = held.unwrap_or(coming.at);
    Serve {
        edition: Edition::of(newsletter, rhythm.cadence, coming.meant, &zone),
        n: 0,
        scheduled_at,
        since,
        next: next_after(&rhythm, due.paused_until, coming.at.max(now), &zone),
    }
}

/// What a spent budget held is carried on, up to a week.
fn carried_on(
    newsletter: &Newsletter,
    own: Timestamp,
    held: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let longest = longest_since(newsletter, now);
    held.map_or(own, |held| held.max(longest).min(own))
}

/// How old a story may be that the reader's own mails have not passed over: a source may be slow, an archive is no news.
pub(super) fn published_since(cadence: Cadence, since: Timestamp) -> Timestamp {
    match cadence {
        Cadence::Instant => since - SignedDuration::from_hours(36),
        _ => since,
    }
}

/// A mail that leaves as soon as there is a story for it: what came in since the subscription was woken.
pub(super) fn at_once(newsletter: &Newsletter, due: &Due, now: Timestamp) -> Serve {
    let edition = Edition::of(newsletter, Cadence::Instant, now, &TimeZone::UTC);
    // A story that came in with the reader is for the reader.
    let joined = from_millis(due.joined_at - 1);
    let paused = due.paused_until.map_or(joined, from_millis);
    let woken = due.held_since.map_or(now, from_millis);
    let longest = longest_since(newsletter, now);
    Serve {
        n: edition.minute(newsletter, now),
        edition,
        scheduled_at: now,
        since: woken.max(joined).max(paused).max(longest),
        next: None,
    }
}

fn next_after(
    rhythm: &Rhythm<'_>,
    paused_until: Option<i64>,
    now: Timestamp,
    zone: &TimeZone,
) -> Option<Timestamp> {
    rhythm.next(
        paused_until.map_or(now, |until| now.max(from_millis(until))),
        zone,
    )
}
