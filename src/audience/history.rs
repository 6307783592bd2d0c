//! What one revision of preferences changed. As text it is what people at the paper read; a reader's page has its own words.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use super::follow::Term;
use super::preference::{Preferences, Subscription, SubscriptionState, print_days};
use crate::clock::from_millis;
use crate::config::{Cadence, Quiet, Tier, Wanted};

/// One thing that differs, as it is from then on; none where nothing is chosen any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference<'a> {
    /// How the reader is greeted; empty: not by name.
    Name(&'a str),
    /// The language of mails and pages.
    Language(Option<&'a str>),
    /// The zone that hours are meant in.
    Zone(Option<&'a str>),
    /// What the reader may open.
    Tier(Tier),
    /// When no mail is to come.
    Quiet(Option<Quiet>),
    /// The most mails a week.
    Budget(Option<u8>),
    /// The notices that are not wanted.
    NoticesOff(&'a BTreeSet<Wanted>),
    /// What differs in the place on the newsletter of this slug; at least one thing.
    Subscription(&'a str, Vec<Clause<'a>>),
}

/// One thing that differs in a place on a newsletter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause<'a> {
    /// Whether the reader is on it.
    State(SubscriptionState),
    /// How often it comes.
    Cadence(Cadence),
    /// At which minute of the day; none: at its usual time.
    At(Option<i16>),
    /// On which days; none: on its usual ones.
    Days(Option<u8>),
    /// Until when it is paused.
    Paused(Option<i64>),
    /// Whether it brings only what is followed.
    OnlyFollowed(bool),
    /// What it is to bring.
    Follows(Vec<&'a Term>),
    /// What it need not bring any more.
    NoLongerFollows(Vec<&'a Term>),
    /// What it is never to bring.
    Mutes(Vec<&'a Term>),
    /// What it may bring again.
    NoLongerMutes(Vec<&'a Term>),
}

/// Everything that differs; nothing where nothing does.
pub fn changes<'a>(before: &'a Preferences, after: &'a Preferences) -> Vec<Difference<'a>> {
    let own = [
        (before.name != after.name).then_some(Difference::Name(&after.name)),
        (before.language != after.language)
            .then_some(Difference::Language(after.language.as_deref())),
        (before.zone != after.zone).then_some(Difference::Zone(after.zone.as_deref())),
        (before.tier != after.tier).then_some(Difference::Tier(after.tier)),
        (before.quiet != after.quiet).then_some(Difference::Quiet(after.quiet)),
        (before.weekly_budget != after.weekly_budget)
            .then_some(Difference::Budget(after.weekly_budget)),
        (before.notices_off != after.notices_off)
            .then_some(Difference::NoticesOff(&after.notices_off)),
    ];
    let places = after.subscriptions.iter().filter_map(|(slug, s)| {
        let clauses = of_one(before.subscriptions.get(slug), s);
        (!clauses.is_empty()).then_some(Difference::Subscription(slug, clauses))
    });
    own.into_iter().flatten().chain(places).collect()
}

fn of_one<'a>(before: Option<&'a Subscription>, s: &'a Subscription) -> Vec<Clause<'a>> {
    const NONE: &BTreeSet<Term> = &BTreeSet::new();
    let mut clauses = Vec::new();
    if before.map(|b| b.state) != Some(s.state) {
        clauses.push(Clause::State(s.state));
    }
    if before.map(|b| b.cadence) != Some(s.cadence) {
        clauses.push(Clause::Cadence(s.cadence));
    }
    if before.and_then(|b| b.at_minute) != s.at_minute {
        clauses.push(Clause::At(s.at_minute));
    }
    if before.and_then(|b| b.days) != s.days {
        clauses.push(Clause::Days(s.days));
    }
    if before.and_then(|b| b.paused_until) != s.paused_until {
        clauses.push(Clause::Paused(s.paused_until));
    }
    if before.is_some_and(|b| b.only_followed) != s.only_followed {
        clauses.push(Clause::OnlyFollowed(s.only_followed));
    }
    let (follows, mutes) = before.map_or((NONE, NONE), |b| (&b.follows, &b.mutes));
    let more = |of: &'a BTreeSet<Term>, than, clause: fn(Vec<&'a Term>) -> Clause<'a>| {
        let terms: Vec<&Term> = of.difference(than).collect();
        (!terms.is_empty()).then(|| clause(terms))
    };
    let of_terms = [
        more(&s.follows, follows, Clause::Follows),
        more(follows, &s.follows, Clause::NoLongerFollows),
        more(&s.mutes, mutes, Clause::Mutes),
        more(mutes, &s.mutes, Clause::NoLongerMutes),
    ];
    clauses.extend(of_terms.into_iter().flatten());
    clauses
}

impl Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Name("") => f.write_str("no name"),
            Difference::Name(name) => write!(f, "name {name}"),
            Difference::Language(language) => some(f, "language", *language),
            Difference::Zone(zone) => some(f, "zone", *zone),
            Difference::Tier(tier) => write!(f, "tier {tier}"),
            Difference::Quiet(quiet) => some(f, "quiet hours", *quiet),
            Difference::Budget(most) => some(f, "weekly limit", *most),
            Difference::NoticesOff(off) if off.is_empty() => f.write_str("no notices off:"),
            Difference::NoticesOff(off) => {
                let words: Vec<&str> = off.iter().map(|w| w.word()).collect();
                write!(f, "notices off: {}", words.join(", "))
            }
            Difference::Subscription(slug, clauses) => {
                let clauses: Vec<String> = clauses.iter().map(ToString::to_string).collect();
                write!(f, "{slug}: {}", clauses.join(", "))
            }
        }
    }
}

fn some(f: &mut fmt::Formatter<'_>, word: &str, value: Option<impl Display>) -> fmt::Result {
    match value {
        Some(value) => write!(f, "{word} {value}"),
        None => write!(f, "no {word}"),
    }
}

impl Display for Clause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |f: &mut fmt::Formatter<'_>, word: &str, terms: &[&Term]| {
            let told: Vec<String> = terms.iter().map(|term| format!("{word} {term}")).collect();
            f.write_str(&told.join(", "))
        };
        match self {
            Clause::State(SubscriptionState::Active) => f.write_str("joined"),
            Clause::State(SubscriptionState::Left) => f.write_str("left"),
            Clause::Cadence(cadence) => write!(f, "{cadence}"),
            Clause::At(Some(m)) => write!(f, "at {:02}:{:02}", m / 60, m % 60),
            Clause::At(None) => f.write_str("at its usual time"),
            Clause::Days(Some(days)) => write!(f, "on {}", print_days(*days)),
            Clause::Days(None) => f.write_str("on its usual days"),
            Clause::Paused(Some(until)) => write!(f, "paused until {}", from_millis(*until)),
            Clause::Paused(None) => f.write_str("not paused"),
            Clause::OnlyFollowed(true) => f.write_str("only what they follow"),
            Clause::OnlyFollowed(false) => f.write_str("not only what they follow"),
            Clause::Follows(terms) => each(f, "follows", terms),
            Clause::NoLongerFollows(terms) => each(f, "no longer follows", terms),
            Clause::Mutes(terms) => each(f, "mutes", terms),
            Clause::NoLongerMutes(terms) => each(f, "no longer mutes", terms),
        }
    }
}
