//! What one revision of preferences changed, as people at the paper read it.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::follow::Term;
use super::preference::{Preferences, Subscription, SubscriptionState, print_days};
use crate::clock::from_millis;

/// One clause for each thing that differs; none where nothing does.
pub fn changes(before: &Preferences, after: &Preferences) -> Vec<String> {
    let mut told = Vec::new();
    if before.name != after.name {
        told.push(match after.name.as_str() {
            "" => "no name".to_owned(),
            name => format!("name {name}"),
        });
    }
    let mut say = |word: &str, before: Option<String>, after: Option<String>| {
        if before != after {
            told.push(match after {
                Some(after) => format!("{word} {after}"),
                None => format!("no {word}"),
            });
        }
    };
    let text = |o: &Option<String>| o.clone();
    say("language", text(&before.language), text(&after.language));
    say("zone", text(&before.zone), text(&after.zone));
    say(
        "tier",
        Some(before.tier.to_string()),
        Some(after.tier.to_string()),
    );
    say("quiet hours", shown(before.quiet), shown(after.quiet));
    say(
        "weekly limit",
        shown(before.weekly_budget),
        shown(after.weekly_budget),
    );
    let off = |p: &Preferences| {
        let words: Vec<&str> = p.notices_off.iter().map(|w| w.word()).collect();
        (!words.is_empty()).then(|| words.join(", "))
    };
    say("notices off:", off(before), off(after));
    for (slug, s) in &after.subscriptions {
        let clauses = of_one(before.subscriptions.get(slug), s);
        if !clauses.is_empty() {
            told.push(format!("{slug}: {}", clauses.join(", ")));
        }
    }
    told
}

fn shown(value: Option<impl Display>) -> Option<String> {
    value.map(|v| v.to_string())
}

fn of_one(before: Option<&Subscription>, s: &Subscription) -> Vec<String> {
    let mut clauses = Vec::new();
    if before.map(|b| b.state) != Some(s.state) {
        clauses.push(match s.state {
            SubscriptionState::Active => "joined".to_owned(),
            SubscriptionState::Left => "left".to_owned(),
        });
    }
    if before.map(|b| b.cadence) != Some(s.cadence) {
        clauses.push(s.cadence.to_string());
    }
    if before.and_then(|b| b.at_minute) != s.at_minute {
        clauses.push(match s.at_minute {
            Some(m) => format!("at {:02}:{:02}", m / 60, m % 60),
            None => "at its usual time".to_owned(),
        });
    }
    if before.and_then(|b| b.days) != s.days {
        clauses.push(match s.days {
            Some(days) => format!("on {}", print_days(days)),
            None => "on its usual days".to_owned(),
        });
    }
    if before.and_then(|b| b.paused_until) != s.paused_until {
        clauses.push(match s.paused_until {
            Some(until) => format!("paused until {}", from_millis(until)),
            None => "not paused".to_owned(),
        });
    }
    if before.is_some_and(|b| b.only_followed) != s.only_followed {
        let not = if s.only_followed { "" } else { "not " };
        clauses.push(format!("{not}only what they follow"));
    }
    let nothing = BTreeSet::new();
    let (follows, mutes) = before.map_or((&nothing, &nothing), |b| (&b.follows, &b.mutes));
    terms("follows", follows, &s.follows, &mut clauses);
    terms("mutes", mutes, &s.mutes, &mut clauses);
    clauses
}

fn terms(word: &str, before: &BTreeSet<Term>, after: &BTreeSet<Term>, clauses: &mut Vec<String>) {
    clauses.extend(after.difference(before).map(|t| format!("{word} {t}")));
    let gone = before.difference(after);
    clauses.extend(gone.map(|t| format!("no longer {word} {t}")));
}
