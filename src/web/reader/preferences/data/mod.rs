//! All that is held of a reader: a page to read, and the same as JSON to keep. By a fresh link only.
//!
//! The page tells it in the reader's words (`chosen` what changed, `mails` what became of mails); the JSON in those of programs.

mod chosen;
mod mails;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};

use super::{reader, said, view};
use crate::audience::Standing;
use crate::audience::answer::{AnswerRecord, answers};
use crate::audience::moving::{MoveRecord, moves};
use crate::audience::record::{Revision, revisions};
use crate::audience::signup::{Waiting, waiting};
use crate::audience::{ConsentRecord, EmailAddress, Suppression, bounce, consents};
use crate::clock::from_millis;
use crate::config::Newsletter;
use crate::db::Conn;
use crate::message::why::{Answer, why};
use crate::render::Words;
use crate::web::layout::Pages;
use crate::web::{Reader, Visit, Web, WebError};

/// The most revisions and messages that the page shows, the newest: some years of a daily reader. The file has all.
const SHOWN: i64 = 2000;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/preferences/data", get(read))
        .route("/preferences/data.json", get(download))
}

/// All of it.
struct Held {
    standing: Standing,
    history: Vec<Revision>,
    consents: Vec<ConsentRecord>,
    moves: Vec<MoveRecord>,
    answers: Vec<AnswerRecord>,
    waiting: Vec<Waiting>,
    /// The instants of soft bounces that count.
    soft: Vec<i64>,
    messages: Answer,
}

impl Held {
    /// With at most so many revisions and messages.
    async fn gather(
        web: &Web,
        conn: &mut Conn,
        standing: Standing,
        most: i64,
    ) -> Result<Held, WebError> {
        let key = web.app.keys.address(&standing.email.normal());
        Ok(Held {
            history: revisions(conn, standing.id, most).await?,
            consents: consents(conn, standing.id).await?,
            moves: moves(conn, standing.id).await?,
            answers: answers(conn, standing.id).await?,
            waiting: waiting(conn, &key).await?,
            soft: bounce::times(conn, &key).await?,
            messages: why(conn, &key, None, most).await?,
            standing,
        })
    }
}

/// `GET /preferences/data.json`
async fn download(State(web): State<Web>, who: Reader) -> Result<Response, WebError> {
    who.fully()?;
    let mut conn = web.app.db.read().await?;
    let standing = reader(&mut conn, &who).await?;
    let held = Held::gather(&web, &mut conn, standing, i64::MAX).await?;
    let now = web.app.clock.now();
    let mut all = json!({
        "paper": web.app.config.paper.name,
        "made_at": now.as_millisecond(),
        "address": held.standing.email.as_smtp(),
        "known_since_at": held.standing.created_at,
        "erased_at": held.standing.erase_at,
        "suppressed": held.messages.suppressed,
        "preferences": held.standing.preferences,
        "consent": held.consents,
        "history": held.history,
        "addresses": held.moves,
        "answers": held.answers,
        "waiting": held.waiting,
        "soft_bounces": held.soft.iter().map(|at| json!({ "at": at })).collect::<Vec<_>>(),
        "messages": held.messages.messages,
        "returned": held.messages.returned,
    });
    tell_times(&mut all);
    let text = serde_json::to_string_pretty(&all).map_err(|_| WebError::Broken)?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"newsletters.json\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// Instants as people and programs read them (RFC 3339), in the place of our milliseconds.
fn tell_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let is_time = name == "at" || name.ends_with("_at") || name == "paused_until";
                match value.as_i64().filter(|_| is_time) {
                    Some(at) => *value = from_millis(at).to_string().into(),
                    None => tell_times(value),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(tell_times),
        _ => {}
    }
}

/// One line of the readable page.
#[derive(Serialize)]
struct Line {
    at: String,
    text: String,
    small: Vec<Small>,
}

/// What a line says below; it may hold words that run another way than the page.
#[derive(Serialize)]
struct Small {
    /// When, where that is another time than the line's.
    at: Option<String>,
    text: String,
}

/// "Language: English".
fn is(words: &Words<'_>, what: String, value: String) -> String {
    let args = [("what", what.into()), ("value", value.into())];
    words.say("prefs_data_is", &args)
}

/// `GET /preferences/data`
async fn read(State(web): State<Web>, who: Reader, visit: Visit) -> Result<Response, WebError> {
    who.fully()?;
    let mut conn = web.app.db.read().await?;
    let standing = reader(&mut conn, &who).await?;
    let visit = visit.speaking(&web, standing.preferences.language.as_deref());
    let zone = view::readers_zone(&web, &standing);
    let held = Held::gather(&web, &mut conn, standing, SHOWN).await?;
    drop(conn);
    let words = web.pages.words(&visit.language);
    let config = &web.app.config;
    let teller = Teller {
        paper: &config.paper.name,
        newsletters: &config.newsletters,
        pages: &web.pages,
        words,
        zone,
    };
    let p = &held.standing.preferences;
    let newest = |n: usize| {
        let is_all = (n as i64) < SHOWN;
        (!is_all).then(|| words.say("prefs_data_newest", &[("count", n.into())]))
    };
    let content = json!({
        "title": words.say("prefs_data_title", &[]),
        "address": held.standing.email.as_smtp(),
        "since": said::day(&words, held.standing.created_at, &teller.zone),
        "name": p.name,
        "tier": teller.tier(p.tier),
        "stopped": held.messages.suppressed.iter().map(|s| teller.stopped(s)).collect::<Vec<_>>(),
        "history": teller.history(&held.history),
        "newest_history": newest(held.history.len()),
        "consent": held.consents.iter().rev().map(|c| teller.consent(c)).collect::<Vec<_>>(),
        "answers": held.answers.iter().rev().map(|a| teller.answer(a)).collect::<Vec<_>>(),
        "moves": held.moves.iter().rev().map(|m| teller.moved(m)).collect::<Vec<_>>(),
        "waiting": held.waiting.iter().rev().map(|w| teller.waits(w)).collect::<Vec<_>>(),
        "soft": held.soft.iter().rev().map(|at| teller.soft(*at)).collect::<Vec<_>>(),
        "messages": teller.messages(&held.messages.messages),
        "newest_messages": newest(held.messages.messages.len()),
        "returned": teller.returned(&held.messages.returned),
    });
    web.page(&visit, "preferences-data", &content)
}

/// Tells records in the reader's language and on their clocks. What other servers wrote stays as it is.
struct Teller<'a> {
    paper: &'a str,
    newsletters: &'a [Newsletter],
    pages: &'a Pages,
    words: Words<'a>,
    zone: TimeZone,
}

impl Teller<'_> {
    fn at(&self, at: i64) -> String {
        let local = from_millis(at).to_zoned_datetime(self.zone.clone());
        let time = said::time(&self.words, from_millis(at), &self.zone);
        let date = self.words.date_short(local.date());
        self.words.say(
            "prefs_data_at",
            &[("date", date.into()), ("time", time.into())],
        )
    }

    /// Notices are of no newsletter: they are the paper's.
    fn title(&self, slug: &str) -> String {
        let newsletter = self.newsletters.iter().find(|n| n.slug == slug);
        newsletter.map_or(self.paper, |n| &n.title).to_owned()
    }

    /// These, as one.
    fn beside(&self, mut all: Vec<String>) -> Vec<Small> {
        all.retain(|text| !text.is_empty());
        let text = self.words.row_of(&all);
        let small = (!text.is_empty()).then_some(Small { at: None, text });
        small.into_iter().collect()
    }

    /// Through what it was done, from where, and what shows it.
    fn how(&self, source: Option<&str>, network: Option<&str>, shown: Option<&str>) -> Vec<Small> {
        let source = source.map(|source| match network {
            Some(network) => format!("{source}, from {network}"),
            None => source.to_owned(),
        });
        let by = source.map(|source| said::by(&self.words, &source));
        let proof = shown.map(|shown| said::proof(&self.words, shown));
        let told = by.into_iter().chain(proof);
        told.map(|text| Small { at: None, text }).collect()
    }

    fn consent(&self, c: &ConsentRecord) -> Line {
        let title = c.newsletter.as_deref().map(|slug| self.title(slug));
        let id = if c.act == 1 {
            "prefs_data_joined"
        } else {
            "prefs_data_left"
        };
        let args = [("newsletter", title.unwrap_or_default().into())];
        Line {
            at: self.at(c.at),
            text: self.words.say(id, &args),
            small: self.how(Some(&c.source), None, c.evidence.as_deref()),
        }
    }

    fn answer(&self, a: &AnswerRecord) -> Line {
        let args = [("newsletter", self.title(&a.newsletter).into())];
        let why = a
            .why
            .map(|why| self.words.say(&format!("leave_why_{}", why.word()), &[]));
        Line {
            at: self.at(a.at),
            text: self.words.say("prefs_data_answer", &args),
            small: self.beside(vec![why.unwrap_or_default(), a.words.clone()]),
        }
    }

    fn waits(&self, w: &Waiting) -> Line {
        let titles: Vec<String> = w.newsletters.iter().map(|slug| self.title(slug)).collect();
        Line {
            at: self.at(w.asked_at),
            text: self.words.row_of(&titles),
            small: self.beside(vec![w.network.clone()]),
        }
    }

    fn soft(&self, at: i64) -> Line {
        Line {
            at: self.at(at),
            text: self.words.say("prefs_data_soft", &[]),
            small: Vec::new(),
        }
    }

    fn stopped(&self, s: &Suppression) -> Line {
        let id = format!("prefs_data_stopped_{}", s.reason.word());
        let note = s.note.as_ref();
        let note = note.map(|note| {
            self.words
                .say("prefs_quoted", &[("word", note.as_str().into())])
        });
        Line {
            at: self.at(s.at),
            text: self.words.say(&id, &[]),
            small: self.beside(note.into_iter().collect()),
        }
    }

    fn moved(&self, m: &MoveRecord) -> Line {
        let state = match m.state {
            1 | 4 => "prefs_data_move_asked",
            2 => "prefs_data_move_done",
            _ => "prefs_data_move_back",
        };
        let stored = |text: &str| EmailAddress::stored(text.to_owned());
        let args = [
            ("from", stored(&m.old_email).as_smtp().to_owned().into()),
            ("to", stored(&m.new_email).as_smtp().to_owned().into()),
        ];
        Line {
            at: self.at(m.changed_at.unwrap_or(m.asked_at)),
            text: self.words.say(state, &args),
            small: self.beside(m.network.clone().into_iter().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_as_such() {
        let mut value = json!({ "at": 0, "made_at": 1000, "n": 5, "in": [{ "paused_until": 0, "late_at": null }] });
        tell_times(&mut value);
        let want = json!({
            "at": "1970-01-01T00:00:00Z", "made_at": "1970-01-01T00:00:01Z", "n": 5,
            "in": [{ "paused_until": "1970-01-01T00:00:00Z", "late_at": null }],
        });
        assert_eq!(value, want);
    }
}
