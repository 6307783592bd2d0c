//! What one subscriber has asked for, as one document. The document is the truth and is kept as revisions; the rows
//! that planning reads are written from it in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::follow::Term;
use crate::clock::from_millis;
use crate::config::{
    Block, BlockKind, Cadence, EVERY_DAY, Newsletter, Quiet, Tier, Wanted, last_daily, next_daily,
};

/// Whether a subscription brings mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionState {
    /// It does, unless it is paused.
    Active = 1,
    /// The reader has left.
    Left = 2,
}

/// A subscriber's place on one newsletter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whether it brings mail.
    pub state: SubscriptionState,
    /// How often it comes.
    pub cadence: Cadence,
    /// At which minute of the reader's day; none: when the newsletter usually comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_minute: Option<i16>,
    /// On which days, bit 0 for Monday; none: when the newsletter usually comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u8>,
    /// No mail before this instant, in UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<i64>,
    /// Since when, in UTC milliseconds.
    pub joined_at: i64,
    /// Whether it brings only what is followed, and no mail where there is nothing of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_followed: bool,
    /// What it is to bring.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub follows: BTreeSet<Term>,
    /// What it is never to bring.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mutes: BTreeSet<Term>,
}

/// Everything one subscriber has asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// How the reader is greeted; empty: not by name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The language of the mails, as BCP 47 has it; none: each newsletter's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The IANA zone that hours are meant in; none: each newsletter's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What the reader may open.
    #[serde(default)]
    pub tier: Tier,
    /// When no mail is to come, on the reader's clocks; none: as each newsletter has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// The most mails a week, from Monday on; none: as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_budget: Option<u8>,
    /// The notices that are not wanted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub notices_off: BTreeSet<Wanted>,
    /// By the newsletter's slug.
    #[serde(default)]
    pub subscriptions: BTreeMap<String, Subscription>,
}

impl Subscription {
    /// A new place on `newsletter`, with its usual time and the first cadence it offers.
    pub fn new(newsletter: &Newsletter, now: Timestamp) -> Subscription {
        Subscription {
            state: SubscriptionState::Active,
            cadence: newsletter
                .cadences
                .first()
                .copied()
                .unwrap_or(Cadence::Scheduled),
            at_minute: None,
            days: None,
            paused_until: None,
            joined_at: now.as_millisecond(),
            only_followed: false,
            follows: BTreeSet::new(),
            mutes: BTreeSet::new(),
        }
    }
}

/// Whether to get only what is followed makes a difference: the newsletter brings it, and other stories too.
pub fn has_more_than_followed(newsletter: &Newsletter) -> bool {
    let followed = |block: &Block| block.kind == BlockKind::Followed;
    let blocks = &newsletter.blocks;
    blocks.iter().any(followed) && !blocks.iter().all(followed)
}

/// The zone that a reader's hours are meant in.
pub fn zone_of(newsletter: &Newsletter, readers_zone: Option<&str>) -> TimeZone {
    readers_zone
        .and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or_else(|| newsletter.zone.tz().clone())
}

/// When a subscription is due, as the planner needs it: first after an instant, and last at or before one.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm<'a> {
    /// The newsletter, for its own schedule and for what the reader left open.
    pub newsletter: &'a Newsletter,
    /// How often.
    pub cadence: Cadence,
    /// At which minute of the day.
    pub at_minute: Option<i16>,
    /// On which days.
    pub days: Option<u8>,
    /// The reader's quiet hours.
    pub quiet: Option<Quiet>,
}

/// One time a digest comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    /// The time that the schedule or the reader set, which says what edition it is.
    pub meant: Timestamp,
    /// When it may leave: then, or when quiet hours end.
    pub at: Timestamp,
}

impl<'a> Rhythm<'a> {
    /// The rhythm of this place on `newsletter`.
    pub fn of(
        newsletter: &'a Newsletter,
        subscription: &Subscription,
        quiet: Option<Quiet>,
    ) -> Rhythm<'a> {
        Rhythm {
            newsletter,
            cadence: subscription.cadence,
            at_minute: subscription.at_minute,
            days: subscription.days,
            quiet,
        }
    }

    /// The first instant after `after`; `None` where none is known beforehand.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let held = self
            .meant_by(after, zone)
            .map(|meant| self.quiet_until(meant, zone));
        held.filter(|held| *held > after)
            .or_else(|| Some(self.quiet_until(self.meant_after(after, zone)?, zone)))
    }

    /// The last time that has come at `now`. What quiet hours held back came together when they ended.
    pub fn last(&self, now: Timestamp, zone: &TimeZone) -> Option<Coming> {
        let mut by = now;
        loop {
            let meant = self.meant_by(by, zone)?;
            let at = self.quiet_until(meant, zone);
            if at <= now {
                return Some(Coming { meant, at });
            }
            by = meant - MOMENT;
        }
    }

    /// Days between the digest meant for `due` and the one before it, begun ones counted whole, at most a week.
    pub fn pause_days(&self, due: Timestamp, zone: &TimeZone) -> usize {
        let before = self.meant_by(due - MOMENT, zone);
        before.map_or(7, |before| {
            let hours = due.duration_since(before).as_hours();
            // An hour more or less is the clocks' change, not another day.
            ((hours + 22) / 24).clamp(1, 7) as usize
        })
    }

    /// When an instant mail may leave that has something to say at `at`: quiet hours and days off hold it back.
    pub fn opens(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let mut opens = at;
        // A day off is followed by at most six more, and each may end in quiet hours.
        for _ in 0..14 {
            let local = opens.to_zoned_datetime(zone.clone());
            let today = 1 << local.weekday().to_monday_zero_offset();
            let off = self
                .days
                .is_some_and(|days| days & EVERY_DAY != 0 && days & today == 0);
            let later = if off {
                let tomorrow = local.date().tomorrow().ok();
                tomorrow.and_then(|day| Some(day.to_zoned_datetime(zone.clone()).ok()?.timestamp()))
            } else {
                self.quiet_end(opens, zone)
            };
            match later {
                Some(later) => opens = later,
                None => break,
            }
        }
        opens
    }

    fn quiet_until(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        self.quiet_end(at, zone).unwrap_or(at)
    }

    /// The end of the quiet hours that `at` lies in.
    pub fn quiet_end(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.quiet.or(self.newsletter.quiet_hours)?.end(at, zone)
    }

    fn meant_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self.cadence {
            Cadence::Scheduled => self
                .on_a_day_of_theirs(self.newsletter.next_after(after), |at| {
                    self.newsletter.next_after(at)
                }),
            Cadence::Daily | Cadence::Weekly => next_daily(after, zone, self.days(), self.at()),
            Cadence::Instant => None,
        }
    }

    fn meant_by(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self.cadence {
            Cadence::Scheduled => self.on_a_day_of_theirs(self.newsletter.last_by(now), |at| {
                self.newsletter.last_by(at - MOMENT)
            }),
            Cadence::Daily | Cadence::Weekly => last_daily(now, zone, self.days(), self.at()),
            Cadence::Instant => None,
        }
    }

    /// Of the times when the newsletter comes out, the first on a day that the reader wants it; any, where it never
    /// comes out on one of these.
    fn on_a_day_of_theirs(
        &self,
        first: Option<Timestamp>,
        further: impl Fn(Timestamp) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let wanted = self.days.unwrap_or(EVERY_DAY) & self.newsletter.usual_weekdays();
        if wanted == 0 {
            return first;
        }
        let zone = self.newsletter.zone.tz();
        std::iter::successors(first, |at| further(*at)).find(|at| {
            let day = at.to_zoned_datetime(zone.clone()).weekday();
            wanted >> day.to_monday_zero_offset() & 1 == 1
        })
    }

    fn at(&self) -> Time {
        let chosen = self
            .at_minute
            .and_then(|m| Time::new((m / 60) as i8, (m % 60) as i8, 0, 0).ok());
        chosen.unwrap_or_else(|| self.newsletter.usual_time())
    }

    /// The days that count: a weekly reader has one.
    fn days(&self) -> u8 {
        let days = self
            .days
            .filter(|d| *d != 0)
            .unwrap_or_else(|| self.newsletter.usual_weekdays());
        if self.cadence == Cadence::Weekly {
            days & days.wrapping_neg()
        } else {
            days
        }
    }
}

const MOMENT: SignedDuration = SignedDuration::from_millis(1);

/// When the subscription must next be looked at; `None` if it brings nothing, or if only a story can tell.
pub fn next_due(
    newsletter: &Newsletter,
    subscription: &Subscription,
    preferences: &Preferences,
    now: Timestamp,
) -> Option<Timestamp> {
    if subscription.state != SubscriptionState::Active || newsletter.is_offers() {
        return None;
    }
    let after = subscription
        .paused_until
        .map_or(now, |until| now.max(from_millis(until)));
    let zone = zone_of(newsletter, preferences.zone.as_deref());
    Rhythm::of(newsletter, subscription, preferences.quiet).next(after, &zone)
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Days as a mask, bit 0 for Monday, from `mon;wed`, `weekdays`, `weekend` or `daily`.
pub fn parse_days(text: &str) -> Option<u8> {
    let mask = text
        .split([';', ',', ' '])
        .map(str::trim)
        .filter(|d| !d.is_empty())
        .try_fold(0, |mask, day| {
            let day = day.to_lowercase();
            let more = match day.as_str() {
                "weekdays" => 0b001_1111,
                "weekend" => 0b110_0000,
                "daily" => 0b111_1111,
                _ => 1 << DAYS.iter().position(|d| day.starts_with(d))?,
            };
            Some(mask | more)
        })?;
    (mask != 0).then_some(mask)
}

/// A mask as [`parse_days`] reads it.
pub fn print_days(mask: u8) -> String {
    (0..7)
        .filter(|d| mask >> d & 1 == 1)
        .map(|d| DAYS[d])
        .collect::<Vec<_>>()
        .join(";")
}
