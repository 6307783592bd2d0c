//! The form that pauses newsletters, and what is paused.

use jiff::ToSpan;
use serde::Serialize;

use super::super::lists::Choice;
use super::super::said;
use super::{Kept, Maker};
use crate::audience::act::Act;
use crate::audience::edit::is_active;

#[derive(Serialize)]
pub(super) struct Pause {
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

impl Maker<'_> {
    pub(super) fn pause(&self) -> Pause {
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
}
