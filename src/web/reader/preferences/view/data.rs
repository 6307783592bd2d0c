//! What the reader is to us: language, name and address, and the way to be forgotten.

use serde::Serialize;

use super::super::lists::Choice;
use super::super::said;
use super::{Block, Maker};
use crate::audience::act::{Act, ERASE_AFTER};
use crate::clock::from_millis;
use crate::web::masked;

#[derive(Serialize)]
pub(super) struct Data {
    /// Until when the session lasts.
    open: String,
    languages: Block<Vec<Choice>>,
    name: Block<String>,
    typed: String,
    address_error: Option<String>,
    waiting: Option<String>,
    forget: String,
}

impl Maker<'_> {
    pub(super) fn data(&self) -> Data {
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
                of: self
                    .typed("name", "")
                    .map_or_else(|| p.name.clone(), |form| form.get("name").to_owned()),
                kept: self.kept(Act::Name, None),
                error: self.error("name"),
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
