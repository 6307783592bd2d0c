//! What the page shows: facts of the database (`facts`), and from them what the template has. `letter`, `pause` and `data`
//! are parts of the page.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::form::Form;
use super::lists::{Choice, limits};
use super::said;
use super::save::Bad;
use super::week::{Day, week};
use crate::audience::act::Act;
use crate::audience::edit::{can_join, is_active};
use crate::clock::from_millis;
use crate::config::Wanted;
use crate::render::Words;
use crate::web::{Visit, Web, masked};

mod data;
mod facts;
mod letter;
mod pause;

use data::Data;
pub(super) use facts::Facts;
pub(in crate::web::reader) use facts::readers_zone;
use letter::{Letter, More};
use pause::Pause;

/// The whole page.
#[derive(Serialize)]
pub(super) struct View {
    title: String,
    full: bool,
    /// Whose page it is, for every form.
    mark: String,
    /// The revision that is shown, for every form.
    revision: i64,
    lede: String,
    address: String,
    /// What was just saved.
    saved: Option<Saved>,
    /// What else came of the last press.
    note: Option<String>,
    errors: Vec<Mend>,
    /// What is said where the reader asked to be forgotten.
    erasing: Option<Erasing>,
    head: String,
    letters: Vec<Letter>,
    more: Vec<More>,
    week: Option<Vec<Day>>,
    /// Whose clocks the week is told by.
    times: String,
    beats: Vec<Beat>,
    limit: Block<Vec<Choice>>,
    pause: Pause,
    offers: Option<Block<Vec<More>>>,
    notices: Option<Block<Vec<Notice>>>,
    data: Data,
}

/// That all of it is erased soon, and the way back.
#[derive(Serialize)]
struct Erasing {
    date: String,
    /// The revision whose undoing keeps it all; none by a mail's own link.
    keep: Option<i64>,
}

/// What was saved, and by which revision it is undone.
#[derive(Serialize)]
struct Saved {
    at: String,
    text: String,
    /// None where a mail's link cannot undo it.
    undo: Option<i64>,
}

/// A line of the summary of errors.
#[derive(Serialize)]
struct Mend {
    id: String,
    text: String,
}

/// What a form has beside its fields: when it was last saved, and what is to be mended.
#[derive(Serialize)]
struct Block<T> {
    of: T,
    kept: Option<Kept>,
    error: Option<String>,
}

/// When a form was last saved.
#[derive(Serialize)]
struct Kept {
    text: String,
    /// With the press that led here.
    just: bool,
}

/// Something that can be followed, as it is suggested.
#[derive(Serialize)]
struct Beat {
    name: String,
    text: String,
}

#[derive(Serialize)]
struct Notice {
    word: &'static str,
    text: String,
    hint: String,
    chosen: bool,
}

/// What all parts of the page need.
struct Maker<'a> {
    web: &'a Web,
    words: Words<'a>,
    facts: &'a Facts,
    zone: TimeZone,
    /// The form that is to be mended, by its word and newsletter, and where.
    bad: Option<(&'a Form, String, String)>,
}

/// The page, in the visitor's language.
pub(super) fn view(web: &Web, visit: &Visit, facts: &Facts, bad: Option<(&Form, &Bad)>) -> View {
    let words = web.pages.words(&visit.language);
    let bad = bad.map(|(form, bad)| {
        let (id, text) = said::mend(&words, *bad, form, &facts.standing.preferences);
        (form, id, text)
    });
    let maker = Maker {
        web,
        words,
        facts,
        zone: readers_zone(web, &facts.standing),
        bad,
    };
    maker.page()
}

impl Maker<'_> {
    fn page(&self) -> View {
        let (p, words) = (&self.facts.standing.preferences, &self.words);
        let newsletters = self.web.app.config.shelf();
        let digests = || newsletters.iter().copied().filter(|n| !n.is_offers());
        let letters: Vec<Letter> = digests()
            .filter(|n| is_active(p, &n.slug))
            .filter_map(|n| Some(self.letter(n, p.subscriptions.get(&n.slug)?)))
            .collect();
        let more = digests()
            .filter(|n| !is_active(p, &n.slug) && can_join(n, p))
            .map(|n| self.more(n))
            .collect();
        let address = if self.facts.full {
            self.facts.standing.email.as_smtp().to_owned()
        } else {
            masked(&self.facts.standing.email)
        };
        let lede = if self.facts.full {
            "prefs_lede"
        } else {
            "prefs_lede_limited"
        };
        let saved = self.saved();
        let note = self.note();
        let title = match (&self.bad, &saved) {
            (Some(_), _) => "prefs_title_error",
            (None, Some(_)) => "prefs_title_saved",
            _ => "prefs_title",
        };
        let errors = self.bad.iter();
        let count = letters.len();
        View {
            title: words.say(title, &[]),
            full: self.facts.full,
            mark: self.facts.mark.clone(),
            revision: self.facts.standing.revision,
            lede: words.say(lede, &[("address", address.clone().into())]),
            address,
            saved,
            note,
            errors: errors
                .map(|(_, id, text)| Mend {
                    id: id.clone(),
                    text: text.clone(),
                })
                .collect(),
            erasing: self.facts.standing.erase_at.map(|at| Erasing {
                date: said::day(words, at, &self.zone),
                keep: self.facts.erased_by,
            }),
            head: match count {
                0 => words.say("prefs_none", &[]),
                count => words.say("prefs_count", &[("count", count.into())]),
            },
            letters,
            more,
            week: week(
                self.web,
                words,
                &self.facts.standing,
                &self.zone,
                self.facts.now,
            ),
            times: {
                let zone = words.zone(self.zone.iana_name().unwrap_or("UTC"));
                words.say("times", &[("zone", zone.into())])
            },
            beats: self.beats(),
            limit: Block {
                of: limits(words, p.weekly_budget),
                kept: self.kept(Act::Budget, None),
                error: self.error("budget"),
            },
            pause: self.pause(),
            offers: self.offers(),
            notices: self.notices(),
            data: self.data(),
        }
    }

    fn saved(&self) -> Option<Saved> {
        let told = self.facts.after.as_ref().filter(|_| self.bad.is_none())?;
        let may = self.facts.full || told.act.is_limited();
        Some(Saved {
            at: said::time(&self.words, from_millis(told.at), &self.zone),
            text: said::saved(
                self.web,
                &self.words,
                &self.facts.standing,
                told,
                &self.zone,
            ),
            undo: may.then_some(self.facts.standing.revision),
        })
    }

    /// Only what we ourselves put in the address is said.
    fn note(&self) -> Option<String> {
        let word = self.facts.note.as_deref().filter(|_| self.bad.is_none())?;
        let known = ["same", "late", "link", "often", "address"];
        let word = known.into_iter().find(|w| *w == word)?;
        let address = self.facts.moving.as_ref().map(|(to, _)| masked(to));
        let args = [
            ("address", masked(&self.facts.standing.email).into()),
            ("to", address.unwrap_or_default().into()),
        ];
        Some(self.words.say(&format!("prefs_note_{word}"), &args))
    }

    /// What is wrong with the field of this id.
    fn error(&self, id: &str) -> Option<String> {
        let (_, bad, text) = self.bad.as_ref()?;
        (bad == id).then(|| text.clone())
    }

    /// The form that is to be mended, if it is this one.
    fn typed(&self, what: &str, slug: &str) -> Option<&Form> {
        let (form, ..) = self.bad.as_ref()?;
        (form.get("do") == what && form.get("newsletter") == slug).then_some(*form)
    }

    fn kept(&self, act: Act, newsletter: Option<&str>) -> Option<Kept> {
        let newsletter_id = newsletter.map(|slug| self.web.app.newsletter_ids[slug]);
        let of = |(a, n, _): &&(Act, Option<i64>, i64)| *a == act && *n == newsletter_id;
        let (_, _, at) = self.facts.acts.iter().find(of)?;
        let just = self.facts.after.as_ref().is_some_and(|told| {
            self.bad.is_none() && told.act == act && told.newsletter_id == newsletter_id
        });
        let text = if just {
            let time = said::time(&self.words, from_millis(*at), &self.zone);
            self.words.say("prefs_kept_at", &[("time", time.into())])
        } else {
            let date = said::day(&self.words, *at, &self.zone);
            self.words.say("prefs_kept_on", &[("date", date.into())])
        };
        Some(Kept { text, just })
    }

    fn beats(&self) -> Vec<Beat> {
        let some = self.facts.known.iter().take(100);
        some.map(|s| {
            let kind = said::kind(&self.words, s.term.kind);
            let args = [("kind", kind.into()), ("count", s.a_week.into())];
            Beat {
                name: s.term.name.clone(),
                text: self.words.say("prefs_beat", &args),
            }
        })
        .collect()
    }

    fn offers(&self) -> Option<Block<Vec<More>>> {
        let newsletters = self.web.app.config.shelf();
        let all: Vec<More> = newsletters
            .into_iter()
            .filter(|n| n.is_offers() && can_join(n, &self.facts.standing.preferences))
            .map(|n| self.more(n))
            .collect();
        (!all.is_empty()).then(|| Block {
            of: all,
            kept: self.kept(Act::Offers, None),
            error: None,
        })
    }

    fn notices(&self) -> Option<Block<Vec<Notice>>> {
        let offered = &self.web.app.config.web.notices;
        if !self.facts.full || offered.is_empty() {
            return None;
        }
        let off = &self.facts.standing.preferences.notices_off;
        let shown = Wanted::ALL.iter().filter(|w| offered.contains(w));
        let shown = shown.map(|w| Notice {
            word: w.word(),
            text: self.words.say(&format!("prefs_notice_{}", w.word()), &[]),
            hint: self
                .words
                .say(&format!("prefs_notice_{}_hint", w.word()), &[]),
            chosen: !off.contains(w),
        });
        Some(Block {
            of: shown.collect(),
            kept: self.kept(Act::Notices, None),
            error: None,
        })
    }
}
