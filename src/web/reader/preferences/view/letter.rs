//! One newsletter on the page: one that the reader gets, with its time and what is followed there, or one that can be joined.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::lists::{Choice, hours, zones};
use super::super::said;
use super::{Kept, Maker};
use crate::audience::act::Act;
use crate::audience::edit::{days_of, is_active, minute_of, zone_name};
use crate::audience::record::Told;
use crate::audience::{Subscription, Term, has_more_than_followed};
use crate::config::{Cadence, Newsletter};

/// A newsletter that the reader gets.
#[derive(Serialize)]
pub(super) struct Letter {
    slug: String,
    title: String,
    description: String,
    comes: String,
    /// Where its newest issue can be read.
    sample: Option<String>,
    paused: Option<String>,
    /// Whether its details are open.
    open: bool,
    when: Option<When>,
    follows: Vec<Followed>,
    mutes: Vec<Followed>,
    only: Option<Only>,
    /// Whether the way to get only what is followed is to follow something.
    could_be_only: bool,
    /// What was typed to be followed, where it is to be mended.
    typed: String,
    add_error: Option<String>,
}

/// The form of a newsletter's time.
#[derive(Serialize)]
struct When {
    cadences: Vec<Choice>,
    /// None where the newsletter keeps its own hour.
    hours: Option<Vec<Choice>>,
    /// What it says instead.
    keeps: Option<String>,
    days: Vec<Tick>,
    zones: Vec<Choice>,
    kept: Option<Kept>,
    cadence_error: Option<String>,
    days_error: Option<String>,
    hour_error: Option<String>,
    zone_error: Option<String>,
}

/// The form that says whether only what is followed comes.
#[derive(Serialize)]
struct Only {
    followed: bool,
    kept: Option<Kept>,
}

/// A day of the week.
#[derive(Serialize)]
struct Tick {
    value: u8,
    text: String,
    short: String,
    chosen: bool,
}

/// Something that is followed or muted.
#[derive(Serialize)]
struct Followed {
    name: String,
    kind: String,
    term: String,
}

/// A newsletter that can be joined, or an offer's that can be ticked.
#[derive(Serialize)]
pub(super) struct More {
    slug: String,
    title: String,
    description: String,
    comes: String,
    sample: Option<String>,
    chosen: bool,
}

impl Maker<'_> {
    pub(super) fn more(&self, newsletter: &Newsletter) -> More {
        let p = &self.facts.standing.preferences;
        let new = Subscription::new(newsletter, self.facts.now);
        let s = p.subscriptions.get(&newsletter.slug).unwrap_or(&new);
        More {
            slug: newsletter.slug.clone(),
            title: newsletter.title.clone(),
            description: newsletter.description.clone(),
            comes: self.comes(newsletter, s),
            sample: self.facts.samples.get(&newsletter.slug).cloned(),
            chosen: is_active(p, &newsletter.slug),
        }
    }

    fn comes(&self, newsletter: &Newsletter, s: &Subscription) -> String {
        let p = &self.facts.standing.preferences;
        let when = said::comes(&self.words, newsletter, s, p);
        self.words.say("prefs_meta", &[("when", when.into())])
    }

    pub(super) fn letter(&self, newsletter: &Newsletter, s: &Subscription) -> Letter {
        let slug = newsletter.slug.as_str();
        let id = self.web.app.newsletter_ids[slug];
        let touched = |told: &Told| {
            told.newsletter_id == Some(id)
                && matches!(
                    told.act,
                    Act::When | Act::Followed | Act::Muted | Act::Forgot | Act::OnlyFollowed
                )
        };
        let add = self.typed("add", slug);
        let bad = |what| self.typed(what, slug).is_some();
        let is_bad = add.is_some() || bad("when") || bad("only-followed");
        let could_be_only = has_more_than_followed(newsletter);
        let only = s.only_followed || could_be_only && !s.follows.is_empty();
        let paused = s
            .paused_until
            .filter(|at| *at > self.facts.now.as_millisecond());
        let list = |terms: &BTreeSet<Term>, muted: bool| {
            let told = terms.iter().filter(|_| self.facts.full);
            told.map(|term| self.followed(id, term, muted)).collect()
        };
        Letter {
            slug: slug.to_owned(),
            title: newsletter.title.clone(),
            description: newsletter.description.clone(),
            comes: self.comes(newsletter, s),
            sample: self.facts.samples.get(slug).cloned(),
            paused: paused.map(|at| {
                let date = said::day(&self.words, at, &self.zone);
                self.words.say("prefs_paused", &[("date", date.into())])
            }),
            open: is_bad || self.facts.after.as_ref().is_some_and(touched),
            when: Some(self.when(newsletter, s)),
            follows: list(&s.follows, false),
            mutes: list(&s.mutes, true),
            only: only.then(|| Only {
                followed: s.only_followed,
                kept: self.kept(Act::OnlyFollowed, Some(slug)),
            }),
            could_be_only,
            typed: add
                .map(|form| form.get("what").to_owned())
                .unwrap_or_default(),
            add_error: self.error(&format!("add-{slug}")),
        }
    }

    fn followed(&self, newsletter_id: i64, term: &Term, muted: bool) -> Followed {
        let text = term.to_string();
        let since = self.facts.muted.iter();
        let since = since
            .filter(|(n, t, _)| muted && *n == newsletter_id && *t == text)
            .map(|(_, _, at)| *at)
            .max();
        let kind = said::kind(&self.words, term.kind);
        Followed {
            name: said::name(&self.words, term),
            kind: match since {
                None => kind,
                Some(at) => {
                    let date = said::day(&self.words, at, &self.zone);
                    let args = [("kind", kind.into()), ("date", date.into())];
                    self.words.say("prefs_kind_since", &args)
                }
            },
            term: text,
        }
    }

    fn when(&self, newsletter: &Newsletter, s: &Subscription) -> When {
        let (p, words, slug) = (
            &self.facts.standing.preferences,
            &self.words,
            newsletter.slug.as_str(),
        );
        let form = self.typed("when", slug);
        let typed = |name: &str| form.map(|form| form.get(name).to_owned());
        let cadence = typed("cadence")
            .and_then(|c| c.parse().ok())
            .unwrap_or(s.cadence);
        let mut offered = newsletter.cadences.clone();
        if !offered.contains(&s.cadence) {
            offered.push(s.cadence);
        }
        let own_hours = newsletter
            .cadences
            .iter()
            .any(|c| matches!(c, Cadence::Daily | Cadence::Weekly));
        let minute = typed("hour")
            .and_then(|h| crate::audience::minute_of(&h))
            .unwrap_or(minute_of(newsletter, s));
        let days = form.map_or(days_of(newsletter, s), |form| {
            let ticked = form.all("day").filter_map(|day| day.parse::<u8>().ok());
            ticked
                .filter(|day| (1..=7).contains(day))
                .fold(0, |mask, day| mask | 1 << (day - 1))
        });
        let zone = typed("zone").filter(|z| TimeZone::get(z).is_ok());
        let zone = zone.unwrap_or_else(|| zone_name(newsletter, p));
        let usual = newsletter.usual_time();
        let keeps = newsletter.cadences.contains(&Cadence::Scheduled).then(|| {
            let time = words.time(usual.hour() as u8, usual.minute() as u8);
            let own = newsletter.zone.tz().iana_name().unwrap_or("UTC");
            let args = [("time", time.into()), ("zone", words.zone(own).into())];
            words.say("prefs_keeps", &args)
        });
        When {
            cadences: offered
                .iter()
                .map(|c| Choice {
                    value: c.to_string(),
                    text: words.say(&format!("prefs_cadence_{c}"), &[]),
                    chosen: *c == cadence,
                })
                .collect(),
            hours: own_hours.then(|| hours(words, minute)),
            keeps,
            days: (1..=7)
                .map(|day: u8| Tick {
                    value: day,
                    text: words.say(&format!("weekday_{day}"), &[]),
                    short: words.say(&format!("weekday_short_{day}"), &[]),
                    chosen: days >> (day - 1) & 1 == 1,
                })
                .collect(),
            zones: zones(words, &zone, self.facts.now),
            kept: self.kept(Act::When, Some(slug)),
            cadence_error: self.error(&format!("cadence-{slug}")),
            days_error: self.error(&format!("days-{slug}")),
            hour_error: self.error(&format!("hour-{slug}")),
            zone_error: self.error(&format!("zone-{slug}")),
        }
    }
}
