//! What the page shows: facts of the database, and from them what the template has.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::super::samples::samples;
use super::form::Form;
use super::lists::{Choice, hours, limits, zones};
use super::save::Bad;
use super::week::{Day, week};
use super::{After, said, suggestions};
use crate::audience::act::{Act, ERASE_AFTER, Standing};
use crate::audience::edit::{can_join, days_of, is_active, minute_of, zone_name};
use crate::audience::record::{Told, last_acts, last_erasing, muted_since, told};
use crate::audience::suggest::Suggestion;
use crate::audience::{EmailAddress, Subscription, Term, moving};
use crate::clock::from_millis;
use crate::config::{Cadence, Newsletter, Wanted};
use crate::db::Conn;
use crate::render::Words;
use crate::web::{Mode, Reader, Visit, Web, WebError, masked};

/// What the page is made of.
pub(super) struct Facts {
    full: bool,
    until: Timestamp,
    standing: Standing,
    after: Option<Told>,
    note: Option<String>,
    acts: Vec<(Act, Option<i64>, i64)>,
    muted: Vec<(i64, String, i64)>,
    moving: Option<(EmailAddress, i64)>,
    known: Arc<Vec<Suggestion>>,
    samples: Arc<HashMap<String, String>>,
    /// The revision that asked for everything to be erased; none by a mail's own link.
    erased_by: Option<i64>,
    now: Timestamp,
}

impl Facts {
    /// Reads them. By a mail's own link what is followed, the address and its like are not even read.
    pub(super) async fn gather(
        web: &Web,
        conn: &mut Conn,
        who: &Reader,
        standing: Standing,
        after: &After,
    ) -> Result<Facts, WebError> {
        let id = standing.id;
        let full = who.mode == Mode::Full;
        let now = web.app.clock.now();
        // Of an older press nothing is said: what it did may no longer be so.
        let newest = after.saved.filter(|saved| *saved == standing.revision);
        let told = match newest {
            Some(revision) => told(conn, id, revision).await?,
            None => None,
        };
        let (muted, moving, known) = if full {
            (
                muted_since(conn, id).await?,
                moving::open_for(conn, id, now).await?,
                suggestions::known(web).await?,
            )
        } else {
            (Vec::new(), None, Arc::default())
        };
        let erased_by = match standing.erase_at {
            Some(_) if full => last_erasing(conn, id).await?,
            _ => None,
        };
        Ok(Facts {
            full,
            until: who.until,
            after: told.filter(|told| full || told.act.is_limited() || told.act == Act::Undid),
            note: after.note.clone(),
            acts: last_acts(conn, id).await?,
            muted,
            moving,
            known,
            samples: samples(web).await?,
            erased_by,
            standing,
            now,
        })
    }
}

/// The clocks of a reader: their zone, or the paper's.
pub(in crate::web::reader) fn readers_zone(web: &Web, standing: &Standing) -> TimeZone {
    let own = standing.preferences.zone.as_deref();
    own.and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or_else(|| web.app.config.paper.zone.tz().clone())
}

/// The whole page.
#[derive(Serialize)]
pub(super) struct View {
    title: String,
    full: bool,
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

/// A newsletter that the reader gets.
#[derive(Serialize)]
struct Letter {
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
struct More {
    slug: String,
    title: String,
    description: String,
    comes: String,
    sample: Option<String>,
    chosen: bool,
}

/// Something that can be followed, as it is suggested.
#[derive(Serialize)]
struct Beat {
    name: String,
    text: String,
}

#[derive(Serialize)]
struct Pause {
    whats: Vec<Choice>,
    week: String,
    month: String,
    until: String,
    date: String,
    least: String,
    most: String,
    paused: Vec<Paused>,
    error: Option<String>,
    what_error: Option<String>,
    kept: Option<Kept>,
}

#[derive(Serialize)]
struct Paused {
    slug: String,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct Notice {
    word: &'static str,
    text: String,
    hint: String,
    chosen: bool,
}

#[derive(Serialize)]
struct Data {
    /// Until when the session lasts.
    open: String,
    languages: Block<Vec<Choice>>,
    name: Block<String>,
    typed: String,
    address_error: Option<String>,
    waiting: Option<String>,
    forget: String,
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
        let (id, text) = said::mend(&words, *bad, form);
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

    fn more(&self, newsletter: &Newsletter) -> More {
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

    fn letter(&self, newsletter: &Newsletter, s: &Subscription) -> Letter {
        let slug = newsletter.slug.as_str();
        let id = self.web.app.newsletter_ids[slug];
        let touched = |told: &Told| {
            told.newsletter_id == Some(id)
                && matches!(
                    told.act,
                    Act::When | Act::Followed | Act::Muted | Act::Forgot
                )
        };
        let add = self.typed("add", slug);
        let is_bad = add.is_some() || self.typed("when", slug).is_some();
        let paused = s
            .paused_until
            .filter(|at| *at > self.facts.now.as_millisecond());
        let list = |terms: &std::collections::BTreeSet<Term>, muted: bool| {
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

    fn pause(&self) -> Pause {
        let (p, words, now) = (
            &self.facts.standing.preferences,
            &self.words,
            self.facts.now,
        );
        let form = self.bad.as_ref().map(|(form, ..)| *form);
        let form = form.filter(|form| form.get("do") == "pause");
        let today = now.to_zoned_datetime(self.zone.clone()).date();
        let in_a = |span: jiff::Span| today.checked_add(span).unwrap_or(today);
        let what = form.map_or("", |form| form.get("newsletter"));
        let newsletters = self.web.app.config.shelf();
        let gets = || {
            newsletters
                .iter()
                .copied()
                .filter(|n| is_active(p, &n.slug))
        };
        let all = Choice {
            value: String::new(),
            text: words.say("prefs_pause_all", &[]),
            chosen: what.is_empty(),
        };
        let each = gets().map(|n| Choice {
            value: n.slug.clone(),
            text: n.title.clone(),
            chosen: what == n.slug,
        });
        let paused = gets().filter_map(|n| {
            let until = p.subscriptions.get(&n.slug)?.paused_until?;
            let date = said::day(words, until, &self.zone);
            let args = [
                ("newsletter", n.title.clone().into()),
                ("date", date.into()),
            ];
            (until > now.as_millisecond()).then(|| Paused {
                slug: n.slug.clone(),
                title: n.title.clone(),
                text: words.say("prefs_pause_state", &args),
            })
        });
        let say = |id: &str, date| words.say(id, &[("date", words.date_short(date).into())]);
        let most = if self.facts.full { 365 } else { 31 };
        Pause {
            whats: std::iter::once(all).chain(each).collect(),
            week: say("prefs_pause_week", in_a(7.days())),
            month: say("prefs_pause_month", in_a(1.month())),
            until: form.map_or("week", |form| form.get("until")).to_owned(),
            date: form.map_or_else(
                || in_a(14.days()).to_string(),
                |form| form.get("date").to_owned(),
            ),
            least: in_a(1.day()).to_string(),
            most: in_a(i64::from(most).days()).to_string(),
            paused: paused.collect(),
            error: self.error("pause-date"),
            what_error: self.error("pause-what"),
            kept: self.kept(Act::Paused, None).filter(|kept| kept.just),
        }
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

    fn data(&self) -> Data {
        let (p, words) = (&self.facts.standing.preferences, &self.words);
        let erased = (self.facts.now + ERASE_AFTER).as_millisecond();
        let form = self.typed("address", "");
        let own = Choice {
            value: String::new(),
            text: words.say("prefs_language_own", &[]),
            chosen: p.language.is_none(),
        };
        let languages = self.web.pages.languages().map(|language| Choice {
            value: language.to_owned(),
            text: self.web.pages.words(language).say("language_name", &[]),
            chosen: p.language.as_deref().and_then(|l| self.web.pages.speaks(l)) == Some(language),
        });
        let waiting = self.facts.moving.as_ref().map(|(to, until)| {
            let args = [
                ("address", masked(to).into()),
                (
                    "time",
                    said::time(words, from_millis(*until), &self.zone).into(),
                ),
                ("date", said::day(words, *until, &self.zone).into()),
            ];
            words.say("prefs_address_waiting", &args)
        });
        Data {
            open: words.say(
                "prefs_data_open",
                &[(
                    "time",
                    said::time(words, self.facts.until, &self.zone).into(),
                )],
            ),
            languages: Block {
                of: std::iter::once(own).chain(languages).collect(),
                kept: self.kept(Act::Language, None),
                error: self.error("language"),
            },
            name: Block {
                of: p.name.clone(),
                kept: self.kept(Act::Name, None),
                error: None,
            },
            typed: form
                .map(|form| form.get("address").to_owned())
                .unwrap_or_default(),
            address_error: self.error("newaddr"),
            waiting,
            forget: words.say(
                "prefs_forget_text",
                &[("date", said::day(words, erased, &self.zone).into())],
            ),
        }
    }
}
