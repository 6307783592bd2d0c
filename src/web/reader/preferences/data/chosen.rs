//! What a reader chose, revision by revision, as sentences.

use super::super::said;
use super::{Line, Teller, is};
use crate::audience::history::{Clause, Difference, changes};
use crate::audience::record::Revision;
use crate::audience::{Preferences, SubscriptionState, Term};
use crate::config::Tier;

impl Teller<'_> {
    /// The newest first.
    pub(super) fn history(&self, all: &[Revision]) -> Vec<Line> {
        let mut before = &Preferences::default();
        let mut lines = Vec::new();
        for (place, r) in all.iter().enumerate() {
            let told = changes(before, &r.preferences);
            let told: Vec<String> = told
                .iter()
                .flat_map(|change| self.difference(change))
                .collect();
            let text = if place == 0 && r.revision > 1 {
                // The ones before it are too many to be here, so what it changed is not known.
                self.words.say("prefs_did_set", &[])
            } else if told.is_empty() {
                self.words.say("prefs_data_same", &[])
            } else {
                let told: Vec<String> = told.iter().map(|text| self.words.stop(text)).collect();
                told.join(" ")
            };
            let how = [&r.source, &r.network, &r.shown].map(Option::as_deref);
            lines.push(Line {
                at: self.at(r.at),
                text,
                small: self.how(how[0], how[1], how[2]),
            });
            before = &r.preferences;
        }
        lines.reverse();
        lines
    }

    fn difference(&self, change: &Difference<'_>) -> Vec<String> {
        let say = |id: &str| self.words.say(id, &[]);
        vec![match change {
            Difference::Name("") => say("prefs_did_no_name"),
            Difference::Name(name) => self
                .words
                .say("prefs_did_name", &[("name", (*name).into())]),
            Difference::Language(language) => {
                let name = language.map(|language| {
                    let words = self.pages.words(language);
                    words.say("language_name", &[])
                });
                let own = || say("prefs_language_own");
                is(&self.words, say("prefs_language"), name.unwrap_or_else(own))
            }
            Difference::Zone(Some(zone)) => {
                is(&self.words, say("prefs_zone"), self.words.zone(zone))
            }
            Difference::Zone(None) => say("prefs_data_zone_own"),
            Difference::Tier(tier) => is(&self.words, say("prefs_data_tier"), self.tier(*tier)),
            Difference::Quiet(Some(quiet)) => {
                let args = [
                    ("from", self.minute(quiet.from).into()),
                    ("to", self.minute(quiet.to).into()),
                ];
                self.words.say("prefs_data_quiet", &args)
            }
            Difference::Quiet(None) => say("prefs_data_quiet_own"),
            Difference::Budget(Some(most)) => self
                .words
                .say("prefs_did_limit", &[("count", (*most).into())]),
            Difference::Budget(None) => say("prefs_did_no_limit"),
            Difference::NoticesOff(off) if off.is_empty() => say("prefs_data_notices_all"),
            Difference::NoticesOff(off) => {
                let names = off
                    .iter()
                    .map(|w| say(&format!("prefs_notice_{}", w.word())));
                let names: Vec<String> = names.collect();
                is(
                    &self.words,
                    say("prefs_data_notices_off"),
                    self.words.row_of(&names),
                )
            }
            Difference::Subscription(slug, clauses) => return self.place(slug, clauses),
        }]
    }

    pub(super) fn tier(&self, tier: Tier) -> String {
        let id = match tier {
            Tier::Free => "prefs_data_free",
            Tier::Premium => "prefs_data_premium",
        };
        self.words.say(id, &[])
    }

    fn minute(&self, minute: i16) -> String {
        self.words.time((minute / 60) as u8, (minute % 60) as u8)
    }

    /// What differs in the place on one newsletter; when it comes is one sentence.
    fn place(&self, slug: &str, clauses: &[Clause<'_>]) -> Vec<String> {
        let title = self.title(slug);
        let say = |id: &str, more: Option<(&str, String)>| {
            let mut args = vec![("newsletter", title.clone().into())];
            args.extend(more.map(|(name, text)| (name, text.into())));
            self.words.say(id, &args)
        };
        let what = |terms: &[&Term]| {
            let names = terms.iter().map(|term| said::name(&self.words, term));
            Some(("what", self.words.row_of(&names.collect::<Vec<_>>())))
        };
        let mut told = Vec::new();
        let mut when = Vec::new();
        let mut after = Vec::new();
        for clause in clauses {
            match clause {
                Clause::State(SubscriptionState::Active) => {
                    told.push(say("prefs_data_joined", None));
                }
                Clause::State(SubscriptionState::Left) => told.push(say("prefs_data_left", None)),
                Clause::Cadence(cadence) => {
                    when.push(self.words.say(&format!("prefs_cadence_{cadence}"), &[]));
                }
                Clause::At(Some(minute)) => when.push(self.minute(*minute)),
                Clause::At(None) => when.push(self.words.say("prefs_data_usual_time", &[])),
                Clause::Days(Some(days)) => when.push(self.words.days(*days)),
                Clause::Days(None) => when.push(self.words.say("prefs_data_usual_days", &[])),
                Clause::Paused(Some(until)) => {
                    let until = said::day(&self.words, *until, &self.zone);
                    after.push(say("prefs_did_pause", Some(("until", until))));
                }
                Clause::Paused(None) => after.push(say("prefs_did_resume", None)),
                Clause::OnlyFollowed(true) => after.push(say("prefs_did_only", None)),
                Clause::OnlyFollowed(false) => after.push(say("prefs_did_not_only", None)),
                Clause::Follows(terms) => after.push(say("prefs_did_follow", what(terms))),
                Clause::NoLongerFollows(terms) => {
                    after.push(say("prefs_data_not_follow", what(terms)));
                }
                Clause::Mutes(terms) => after.push(say("prefs_did_mute", what(terms))),
                Clause::NoLongerMutes(terms) => after.push(say("prefs_data_not_mute", what(terms))),
            }
        }
        if !when.is_empty() {
            told.push(say(
                "prefs_data_comes",
                Some(("when", self.words.row_of(&when))),
            ));
        }
        told.extend(after);
        told
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::config::{Cadence, Newsletter, Wanted};
    use crate::web::layout::tests::pages;

    fn told(language: &str, of: impl FnOnce(&Teller<'_>) -> Vec<String>) -> Vec<String> {
        let newsletters = [Newsletter {
            slug: "morning".to_owned(),
            title: "Morning Tide".to_owned(),
            ..Newsletter::default()
        }];
        let pages = pages();
        of(&Teller {
            paper: "The Courier",
            newsletters: &newsletters,
            pages: &pages,
            words: pages.words(language),
            zone: TimeZone::UTC,
        })
    }

    #[test]
    fn every_change_is_told_in_every_language() {
        let (port, ferry) = (
            "topic:Port".parse().unwrap(),
            "keyword:ferry".parse().unwrap(),
        );
        let terms = || vec![&port, &ferry];
        let off: BTreeSet<Wanted> = Wanted::ALL.into_iter().collect();
        let none = BTreeSet::new();
        let places = Cadence::ALL.map(Clause::Cadence).into_iter().chain([
            Clause::State(SubscriptionState::Active),
            Clause::State(SubscriptionState::Left),
            Clause::At(Some(390)),
            Clause::At(None),
            Clause::Days(Some(0b1)),
            Clause::Days(None),
            Clause::Paused(Some(1_795_000_000_000)),
            Clause::Paused(None),
            Clause::OnlyFollowed(true),
            Clause::OnlyFollowed(false),
            Clause::Follows(terms()),
            Clause::NoLongerFollows(terms()),
            Clause::Mutes(terms()),
            Clause::NoLongerMutes(terms()),
        ]);
        let places = places.map(|clause| Difference::Subscription("morning", vec![clause]));
        let all: Vec<Difference<'_>> = places
            .chain([
                Difference::Name("Asha"),
                Difference::Name(""),
                Difference::Language(Some("ur")),
                Difference::Language(None),
                Difference::Zone(Some("Asia/Kolkata")),
                Difference::Zone(None),
                Difference::Tier(Tier::Free),
                Difference::Tier(Tier::Premium),
                Difference::Quiet(Some("22:00-07:00".parse().unwrap())),
                Difference::Quiet(None),
                Difference::Budget(Some(5)),
                Difference::Budget(None),
                Difference::NoticesOff(&off),
                Difference::NoticesOff(&none),
            ])
            .collect();
        let tell = |language| {
            told(language, |teller| {
                all.iter().flat_map(|one| teller.difference(one)).collect()
            })
        };
        let english = tell("en");
        for language in ["en", "de", "hi", "ur"] {
            let told = tell(language);
            assert_eq!(told.len(), all.len(), "{language}");
            let different: BTreeSet<&String> = told.iter().collect();
            assert_eq!(different.len(), all.len(), "{language}: {told:#?}");
            for (one, (told, english)) in all.iter().zip(told.iter().zip(&english)) {
                let is_own = language == "en" || told != english;
                assert!(is_own && !told.contains(": :"), "{language}, {one}: {told}");
            }
        }
    }

    #[test]
    fn a_place_that_changed_is_told_in_sentences() {
        let port = "topic:Port".parse().unwrap();
        let clauses = [
            Clause::State(SubscriptionState::Active),
            Clause::Cadence(Cadence::Daily),
            Clause::At(Some(390)),
            Clause::Days(Some(0b1_1111)),
            Clause::Mutes(vec![&port]),
        ];
        assert_eq!(
            told("en", |teller| teller.place("morning", &clauses)),
            [
                "Joined Morning Tide",
                "Morning Tide comes: Daily, 06:30, on weekdays",
                "Morning Tide brings nothing of Port any more.",
            ]
        );
    }
}
