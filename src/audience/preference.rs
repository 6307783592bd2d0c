//! What one subscriber has asked for, as one document. The document is the truth and is kept as revisions; the rows
//! that planning reads are written from it in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::follow::Term;
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter, Tier, last_daily, next_daily};

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
            follows: BTreeSet::new(),
            mutes: BTreeSet::new(),
        }
    }
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
}

impl Rhythm<'_> {
    /// The first instant after `after`; `None` where it never comes again.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self.cadence {
            Cadence::Scheduled => self.newsletter.next_after(after),
            Cadence::Daily | Cadence::Weekly => next_daily(after, zone, self.days(), self.at()),
        }
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

    /// Days between the digest of `due` and the one before it, begun ones counted whole, at most a week.
    pub fn pause_days(&self, due: Timestamp, zone: &TimeZone) -> usize {
        let before = self.last(due - SignedDuration::from_millis(1), zone);
        before.map_or(7, |before| {
            let hours = due.duration_since(before).as_hours();
            // An hour more or less is the clocks' change, not another day.
            ((hours + 22) / 24).clamp(1, 7) as usize
        })
    }

    /// The last instant at or before `now`.
    pub fn last(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self.cadence {
            Cadence::Scheduled => self.newsletter.last_by(now),
            Cadence::Daily | Cadence::Weekly => last_daily(now, zone, self.days(), self.at()),
        }
    }
}

/// When the subscription must next be looked at; `None` if it brings nothing.
pub fn next_due(
    newsletter: &Newsletter,
    subscription: &Subscription,
    zone: Option<&str>,
    now: Timestamp,
) -> Option<Timestamp> {
    if subscription.state != SubscriptionState::Active || newsletter.is_offers() {
        return None;
    }
    let rhythm = Rhythm {
        newsletter,
        cadence: subscription.cadence,
        at_minute: subscription.at_minute,
        days: subscription.days,
    };
    let after = subscription
        .paused_until
        .map_or(now, |until| now.max(from_millis(until)));
    rhythm.next(after, &zone_of(newsletter, zone))
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
