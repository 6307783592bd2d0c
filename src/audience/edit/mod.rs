//! What a reader can ask for with one press: each small form of the preferences page is one [`Edit`].
//!
//! An edit touches only what its form shows. Where a form shows several things, only those count that the reader changed
//! there: `seen` is what the page showed, `now` what holds by now. So two pages open at once lose nothing of each other.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::follow::Term;
use super::import::{LONGEST_NAME, one_line};
use super::preference::{Preferences, Subscription, SubscriptionState, zone_of};
use super::store::Paper;
use crate::config::{BlockKind, Cadence, EVERY_DAY, Newsletter, Wanted};

#[cfg(test)]
mod tests;

/// The most follows and mutes on one newsletter.
const MOST_TERMS: usize = 200;

/// The longest pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The longest pause that a mail's own link can set: the mail may have been forwarded.
pub const LONGEST_LIMITED_PAUSE: SignedDuration = SignedDuration::from_hours(32 * 24);

/// One thing that a reader asks for. Newsletters are named by their slugs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Get this newsletter, as before if it was left.
    Join(String),
    /// Get it no longer.
    Leave(String),
    /// When it comes.
    When(String, When),
    /// Bring what has this term, and do not mute it.
    Follow(String, Term),
    /// Bring nothing that has this term.
    Mute(String, Term),
    /// Neither follow nor mute this term.
    Forget(String, Term),
    /// Bring only what is followed, or all of it again.
    OnlyFollowed(String, bool),
    /// At most so many mails a week; none: as many as there are.
    Budget(Option<u8>),
    /// No mail of this newsletter, or of any, before an instant.
    Pause(Option<String>, Timestamp),
    /// The end of a pause, of one newsletter or of all.
    Resume(Option<String>),
    /// Of the newsletters that carry offers, exactly these.
    Offers(BTreeSet<String>),
    /// Of these notices (the first set is what the form shows), only those in the second.
    Notices(BTreeSet<Wanted>, BTreeSet<Wanted>),
    /// Mails and pages in this language; none: each newsletter's own.
    Language(Option<String>),
    /// To be greeted so; empty: not by name.
    Name(String),
    /// No newsletter, no offer, no notice.
    LeaveAll,
    /// The same, and to be forgotten after the grace period.
    Erase,
}

/// What the form of a newsletter's time says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// How often.
    pub cadence: Cadence,
    /// At which minute of the reader's day; none where the form did not ask.
    pub at_minute: Option<i16>,
    /// On which days, bit 0 for Monday; none where the form did not ask.
    pub days: Option<u8>,
    /// The IANA zone that hours are meant in, for all newsletters; none where the form did not ask.
    pub zone: Option<String>,
}

/// Why an edit cannot be done. Each is one field of a form and one sentence of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such newsletter, or the reader does not get it.
    #[error("there is no such newsletter among those you get")]
    Newsletter,
    /// The newsletter does not come so often.
    #[error("this newsletter does not come so")]
    Cadence,
    /// No day is ticked.
    #[error("no day is ticked")]
    NoDay,
    /// More than one day is ticked for what comes once a week.
    #[error("what comes weekly comes on one day")]
    ManyDays,
    /// Not a time of day.
    #[error("this is not a time of day")]
    Hour,
    /// Not a zone of the IANA list.
    #[error("this is not a time zone")]
    Zone,
    /// Nothing is written, or nothing that has a letter or digit.
    #[error("there is nothing to look for in it")]
    Term,
    /// There are as many follows and mutes as there can be.
    #[error("there are {MOST_TERMS} follows and mutes already")]
    ManyTerms,
    /// Only what is followed is wanted, and that is nothing.
    #[error("nothing is followed there")]
    NothingFollowed,
    /// Not a number of mails.
    #[error("this is not a number of mails")]
    Budget,
    /// The day is not after today.
    #[error("the day has passed")]
    PausePast,
    /// The day is too far away.
    #[error("the day is too far away")]
    PauseLong,
    /// The address is the one that mail goes to already.
    #[error("mail goes to this address already")]
    SameAddress,
    /// Too many changes of address were asked for today.
    #[error("too many changes of address were asked for today")]
    ManyMoves,
    /// More letters than a name has.
    #[error("a name has at most {LONGEST_NAME} characters")]
    Name,
    /// Not a language that the paper has words in.
    #[error("there are no words in this language")]
    Language,
}

impl Edit {
    /// The newsletter that it is about, if it is about one.
    pub fn newsletter(&self) -> Option<&str> {
        match self {
            Edit::Join(slug)
            | Edit::Leave(slug)
            | Edit::When(slug, _)
            | Edit::Follow(slug, _)
            | Edit::Mute(slug, _)
            | Edit::Forget(slug, _)
            | Edit::OnlyFollowed(slug, _)
            | Edit::Pause(Some(slug), _)
            | Edit::Resume(Some(slug)) => Some(slug),
            _ => None,
        }
    }

    /// Whether a link that came with a newsletter may do it. Such a mail can be forwarded, so what it can do is little, can
    /// be undone, and shows nothing of the reader.
    pub fn is_limited(&self) -> bool {
        matches!(
            self,
            Edit::Join(_)
                | Edit::Leave(_)
                | Edit::When(..)
                | Edit::OnlyFollowed(..)
                | Edit::Pause(..)
                | Edit::Resume(_)
                | Edit::Offers(_)
                | Edit::LeaveAll
        )
    }

    /// What the reader asks for once this is done.
    pub fn apply(
        &self,
        paper: &Paper<'_>,
        seen: &Preferences,
        now_held: &Preferences,
        now: Timestamp,
    ) -> Result<Preferences, Refusal> {
        let mut p = now_held.clone();
        match self {
            Edit::Join(slug) => {
                let newsletter = paper.newsletter(slug).filter(|n| can_join(n, &p));
                join(&mut p, newsletter.ok_or(Refusal::Newsletter)?, now);
            }
            Edit::Leave(slug) => leave(&mut p, slug)?,
            Edit::When(slug, when) => {
                let newsletter = paper.newsletter(slug).ok_or(Refusal::Newsletter)?;
                when.apply(newsletter, seen, &mut p)?;
            }
            Edit::Follow(slug, term) => {
                let s = active(&mut p, slug)?;
                forget(s, term);
                s.follows.insert(term.clone());
                count(s)?;
            }
            Edit::Mute(slug, term) => {
                let s = active(&mut p, slug)?;
                forget(s, term);
                s.mutes.insert(term.clone());
                count(s)?;
            }
            Edit::Forget(slug, term) => forget(active(&mut p, slug)?, term),
            Edit::OnlyFollowed(slug, only) => {
                let s = active(&mut p, slug)?;
                if *only && s.follows.is_empty() {
                    return Err(Refusal::NothingFollowed);
                }
                s.only_followed = *only;
            }
            Edit::Budget(most) => {
                if *most == Some(0) {
                    return Err(Refusal::Budget);
                }
                p.weekly_budget = *most;
            }
            Edit::Pause(slug, until) => {
                if *until <= now {
                    return Err(Refusal::PausePast);
                }
                if until.duration_since(now) > LONGEST_PAUSE {
                    return Err(Refusal::PauseLong);
                }
                pause(&mut p, slug.as_deref(), Some(until.as_millisecond()))?;
            }
            Edit::Resume(slug) => pause(&mut p, slug.as_deref(), None)?,
            Edit::Offers(wanted) => {
                for newsletter in paper.newsletters.iter().filter(|n| n.is_offers()) {
                    if wanted.contains(&newsletter.slug) && can_join(newsletter, &p) {
                        join(&mut p, newsletter, now);
                    } else if is_active(&p, &newsletter.slug) {
                        leave(&mut p, &newsletter.slug)?;
                    }
                }
            }
            Edit::Notices(shown, wanted) => {
                for notice in shown {
                    if wanted.contains(notice) {
                        p.notices_off.remove(notice);
                    } else {
                        p.notices_off.insert(*notice);
                    }
                }
            }
            Edit::Language(language) => p.language.clone_from(language),
            Edit::Name(name) => {
                let name = one_line(name);
                if name.chars().count() > LONGEST_NAME {
                    return Err(Refusal::Name);
                }
                p.name = name;
            }
            Edit::LeaveAll | Edit::Erase => {
                for s in p.subscriptions.values_mut() {
                    s.state = SubscriptionState::Left;
                }
                p.notices_off = Wanted::ALL.into();
            }
        }
        Ok(p)
    }
}

impl When {
    /// What differs from what the form showed is what the reader asked for.
    fn apply(
        &self,
        newsletter: &Newsletter,
        seen: &Preferences,
        p: &mut Preferences,
    ) -> Result<(), Refusal> {
        let shown_zone = zone_name(newsletter, seen);
        let now_there = active(p, &newsletter.slug)?.clone();
        let shown = seen
            .subscriptions
            .get(&newsletter.slug)
            .unwrap_or(&now_there);
        let mut s = now_there.clone();
        if self.cadence != shown.cadence {
            if !newsletter.cadences.contains(&self.cadence) {
                return Err(Refusal::Cadence);
            }
            s.cadence = self.cadence;
        }
        if let Some(minute) = self.at_minute {
            if !(0..24 * 60).contains(&minute) {
                return Err(Refusal::Hour);
            }
            if minute != minute_of(newsletter, shown) {
                s.at_minute = Some(minute);
            }
        }
        if let Some(days) = self.days {
            let days = days & EVERY_DAY;
            if days == 0 {
                return Err(Refusal::NoDay);
            }
            let changed = self.cadence != shown.cadence || days != days_of(newsletter, shown);
            if changed && self.cadence == Cadence::Weekly && days.count_ones() > 1 {
                return Err(Refusal::ManyDays);
            }
            if changed {
                s.days = Some(days);
            }
        }
        p.subscriptions.insert(newsletter.slug.clone(), s);
        if let Some(zone) = self.zone.as_ref().filter(|zone| **zone != shown_zone) {
            TimeZone::get(zone).map_err(|_| Refusal::Zone)?;
            p.zone = Some(zone.clone());
        }
        Ok(())
    }
}

/// The minute of the day at which this subscription comes, chosen or usual.
pub fn minute_of(newsletter: &Newsletter, s: &Subscription) -> i16 {
    let usual = newsletter.usual_time();
    s.at_minute
        .unwrap_or(i16::from(usual.hour()) * 60 + i16::from(usual.minute()))
}

/// The days on which this subscription comes, chosen or usual: one for what comes weekly.
pub fn days_of(newsletter: &Newsletter, s: &Subscription) -> u8 {
    let days = s
        .days
        .filter(|d| *d != 0)
        .unwrap_or_else(|| match s.cadence {
            Cadence::Instant => EVERY_DAY,
            _ => newsletter.usual_weekdays(),
        });
    if s.cadence == Cadence::Weekly {
        days & days.wrapping_neg()
    } else {
        days
    }
}

/// The IANA name of the zone that this reader's hours are meant in.
pub fn zone_name(newsletter: &Newsletter, p: &Preferences) -> String {
    let zone = zone_of(newsletter, p.zone.as_deref());
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// Whether the reader gets this newsletter.
pub fn is_active(p: &Preferences, slug: &str) -> bool {
    p.subscriptions
        .get(slug)
        .is_some_and(|s| s.state == SubscriptionState::Active)
}

/// Whether the reader gets this newsletter and nothing of it comes: it brings only what is followed, and they follow nothing.
pub fn is_idle(newsletter: &Newsletter, p: &Preferences) -> bool {
    let all_followed = newsletter
        .blocks
        .iter()
        .all(|b| b.kind == BlockKind::Followed);
    let place = p.subscriptions.get(&newsletter.slug);
    let is_idle = |s: &Subscription| s.follows.is_empty() && (s.only_followed || all_followed);
    !newsletter.is_offers() && is_active(p, &newsletter.slug) && place.is_some_and(is_idle)
}

/// Whether this reader may get this newsletter by themselves: anybody may, or the paper put them on it once.
pub fn can_join(newsletter: &Newsletter, p: &Preferences) -> bool {
    newsletter.public || p.subscriptions.contains_key(&newsletter.slug)
}

fn active<'p>(p: &'p mut Preferences, slug: &str) -> Result<&'p mut Subscription, Refusal> {
    p.subscriptions
        .get_mut(slug)
        .filter(|s| s.state == SubscriptionState::Active)
        .ok_or(Refusal::Newsletter)
}

/// Who comes back finds what they had chosen.
fn join(p: &mut Preferences, newsletter: &Newsletter, now: Timestamp) {
    let s = p
        .subscriptions
        .entry(newsletter.slug.clone())
        .or_insert_with(|| Subscription::new(newsletter, now));
    if s.state == SubscriptionState::Left {
        s.state = SubscriptionState::Active;
        s.joined_at = now.as_millisecond();
        s.paused_until = None;
        if !newsletter.cadences.contains(&s.cadence) {
            s.cadence = Subscription::new(newsletter, now).cadence;
        }
    }
}

fn leave(p: &mut Preferences, slug: &str) -> Result<(), Refusal> {
    let s = p.subscriptions.get_mut(slug).ok_or(Refusal::Newsletter)?;
    s.state = SubscriptionState::Left;
    Ok(())
}

fn pause(p: &mut Preferences, slug: Option<&str>, until: Option<i64>) -> Result<(), Refusal> {
    match slug {
        Some(slug) => active(p, slug)?.paused_until = until,
        None => {
            for s in p.subscriptions.values_mut() {
                if s.state == SubscriptionState::Active {
                    s.paused_until = until;
                }
            }
        }
    }
    Ok(())
}

/// Takes a term away, in whatever spelling it stands there.
fn forget(s: &mut Subscription, term: &Term) {
    let folded = term.folded();
    let other = |t: &Term| t.kind != term.kind || t.folded() != folded;
    s.follows.retain(other);
    s.mutes.retain(other);
}

fn count(s: &Subscription) -> Result<(), Refusal> {
    if s.follows.len() + s.mutes.len() > MOST_TERMS {
        return Err(Refusal::ManyTerms);
    }
    Ok(())
}
