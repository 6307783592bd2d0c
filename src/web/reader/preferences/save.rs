//! Doing what a form asks for: one transaction, and in it the notice that tells the owner of the address where a link that
//! may have been forwarded did something.

use jiff::{SignedDuration, Timestamp};

use super::form::{Asked, Form, Unread};
use super::shown::shown;
use super::{leaving, suggestions};
use crate::app::App;
use crate::audience::Standing;
use crate::audience::act::{self, Act, ActError, Done, How};
use crate::audience::edit::LONGEST_LIMITED_PAUSE;
use crate::audience::record::act_of;
use crate::audience::source::{BY_FRESH_LINK, BY_PREFERENCES};
use crate::audience::{Edit, EmailAddress, Refusal, moving};
use crate::db;
use crate::notice::{self, Kind, Notice, Sent};
use crate::secret::{Purpose, Ticket};
use crate::web::reader::brake::may_save;
use crate::web::{Mode, Reader, Visit, Web, WebError};

/// How long a fresh link works.
pub(super) const LINK_FOR: SignedDuration = SignedDuration::from_mins(30);

/// What the page says next.
pub(super) enum Outcome {
    /// This revision holds now.
    Saved(i64),
    /// Something else came of it, by this word.
    Note(&'static str),
    /// A field is to be mended.
    Bad(Bad),
}

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// An edit cannot be meant.
    Refused(Refusal),
    /// The address is none.
    Address,
    /// A pause longer than a mail's own link can set.
    LongByMail,
}

/// The record's words for a way in.
pub(super) fn source(who: &Reader) -> &'static str {
    match who.mode {
        Mode::Limited => BY_PREFERENCES,
        Mode::Full => BY_FRESH_LINK,
    }
}

/// Does what `form` asks for.
pub(super) async fn save(
    web: &Web,
    who: &Reader,
    standing: &Standing,
    visit: &Visit,
    form: &Form,
) -> Result<Outcome, WebError> {
    let now = web.app.clock.now();
    let clocks = now.to_zoned_datetime(super::view::readers_zone(web, standing));
    let known = suggestions::known(web).await?;
    let asked = match form.asked(&clocks, &known) {
        Ok(asked) => asked,
        Err(Unread::Refused(refusal)) => return Ok(Outcome::Bad(Bad::Refused(refusal))),
        Err(Unread::Address) => {
            who.fully()?;
            return Ok(Outcome::Bad(Bad::Address));
        }
        Err(Unread::Strange) => return Err(WebError::BadForm),
    };
    let network = visit.network();
    let shown = shown(web, visit, standing, &asked);
    let how = How {
        source: source(who),
        network: network.as_deref(),
        shown: shown.as_deref(),
    };
    match asked {
        Asked::Edit(edit) => {
            if let Some(bad) = may(web, who, &edit, now)? {
                return Ok(Outcome::Bad(bad));
            }
            if !matches!(edit, Edit::Leave(_) | Edit::LeaveAll | Edit::Erase) {
                may_save(web, who.subscriber_id, who.mode).await?;
            }
            let seen = form.seen();
            done(again(|| do_it(web, who, seen, &edit, &how, visit)).await)
        }
        Asked::Undo(revision) | Asked::Keep(revision) => {
            may_save(web, who.subscriber_id, who.mode).await?;
            done(again(|| undo(web, who, revision, &how, visit)).await)
        }
        Asked::Link => send_link(web, standing, visit).await,
        Asked::Move(to) => {
            who.fully()?;
            move_to(web, standing, &to, &how, visit).await
        }
    }
}

/// What a link that may have been forwarded cannot do; and what is to be mended, where the form is one that it shows.
fn may(web: &Web, who: &Reader, edit: &Edit, now: Timestamp) -> Result<Option<Bad>, WebError> {
    if !edit.is_limited() {
        who.fully()?;
    }
    let bad = match edit {
        Edit::Pause(_, until) if who.mode == Mode::Limited => {
            (until.duration_since(now) > LONGEST_LIMITED_PAUSE).then_some(Bad::LongByMail)
        }
        Edit::Language(Some(language)) => {
            let known = web.pages.languages().any(|l| l == language);
            (!known).then_some(Bad::Refused(Refusal::Language))
        }
        _ => None,
    };
    Ok(bad)
}

/// Runs a step again while the database says so.
async fn again<T, F>(mut step: impl FnMut() -> F) -> Result<T, ActError>
where
    F: Future<Output = Result<T, ActError>>,
{
    let whole = || {
        let step = step();
        async {
            match step.await {
                Err(ActError::Database(error)) => Err(error),
                done => Ok(done),
            }
        }
    };
    db::again(whole).await?
}

fn done(done: Result<Done, ActError>) -> Result<Outcome, WebError> {
    match done {
        Ok(done) if done.is_new => Ok(Outcome::Saved(done.revision)),
        Ok(_) => Ok(Outcome::Note("same")),
        Err(ActError::Refused(refusal)) => Ok(Outcome::Bad(Bad::Refused(refusal))),
        Err(ActError::NothingToUndo) => Ok(Outcome::Note("late")),
        Err(ActError::Gone) => Err(WebError::NoSession),
        Err(ActError::Spares) => Err(WebError::Limited),
        Err(ActError::Database(error)) => Err(error.into()),
    }
}

async fn do_it(
    web: &Web,
    who: &Reader,
    seen: Option<i64>,
    edit: &Edit,
    how: &How<'_>,
    visit: &Visit,
) -> Result<Done, ActError> {
    let app = &web.app;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let id = who.subscriber_id;
    let done = act::act(&mut tx, &app.paper(), id, seen, edit, how, now).await?;
    if who.mode == Mode::Limited && done.spares {
        return Err(ActError::Spares);
    }
    // By a fresh link it is the owner who leaves, and needs no mail about it; only the way back from being erased does.
    if *edit == Edit::Erase {
        leaving::tell_of_erasure(&mut tx, app, &done, visit, now).await?;
    } else if who.mode == Mode::Limited {
        leaving::tell(&mut tx, app, &done, visit, now).await?;
    }
    tx.commit().await?;
    Ok(done)
}

async fn undo(
    web: &Web,
    who: &Reader,
    revision: i64,
    how: &How<'_>,
    visit: &Visit,
) -> Result<Done, ActError> {
    let app = &web.app;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let id = who.subscriber_id;
    if who.mode == Mode::Limited {
        // What a fresh link did stays for a mail's link to see, not to change; and what an undo did is no better.
        let made = act_of(&mut tx, id, revision).await?;
        if !made.is_some_and(Act::is_limited) {
            return Err(ActError::NothingToUndo);
        }
    }
    let done = act::undo(&mut tx, &app.paper(), id, revision, how, now).await?;
    if who.mode == Mode::Limited {
        if done.spares {
            return Err(ActError::Spares);
        }
        leaving::tell(&mut tx, app, &done, visit, now).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// Sends a fresh link to the reader's address. Who is erased soon may still have one: it is how they stay.
async fn send_link(web: &Web, standing: &Standing, visit: &Visit) -> Result<Outcome, WebError> {
    let app = &web.app;
    let until = app.clock.now() + LINK_FOR;
    let ticket = Ticket::new(Purpose::Manage, standing.id, standing.epoch, until);
    let notice = Notice {
        kind: Kind::Link,
        to: standing.email.clone(),
        subscriber_id: Some(standing.id),
        language: Some(visit.language.clone()),
        newsletters: Vec::new(),
        network: visit.network(),
        new_address: None,
        ticket: Some(ticket),
    };
    let sent = db::again(|| send_one(app, &notice)).await?;
    Ok(Outcome::Note(match sent {
        Sent::Queued(_) => "link",
        Sent::TooSoon => "often",
    }))
}

async fn send_one(app: &App, notice: &Notice) -> db::Result<Sent> {
    let mut tx = app.db.begin().await?;
    let sent = notice::send(&mut tx, app, notice).await?;
    tx.commit().await?;
    Ok(sent)
}

/// Asks at the new address. The page says the same whether it can be mailed, and whether somebody else has it.
async fn move_to(
    web: &Web,
    standing: &Standing,
    to: &EmailAddress,
    how: &How<'_>,
    visit: &Visit,
) -> Result<Outcome, WebError> {
    match again(|| ask_there(web, standing, to, how, visit)).await {
        Ok(()) => Ok(Outcome::Note("address")),
        Err(ActError::Refused(refusal)) => Ok(Outcome::Bad(Bad::Refused(refusal))),
        Err(ActError::Database(error)) => Err(error.into()),
        Err(ActError::Gone | ActError::NothingToUndo | ActError::Spares) => {
            Err(WebError::NoSession)
        }
    }
}

async fn ask_there(
    web: &Web,
    standing: &Standing,
    to: &EmailAddress,
    how: &How<'_>,
    visit: &Visit,
) -> Result<(), ActError> {
    let app = &web.app;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let asked = moving::ask(&mut tx, &app.keys, standing.id, to, how, now).await?;
    if asked.may_mail {
        let ticket = Ticket::new(Purpose::Address, asked.id, standing.id, asked.until);
        let notice = Notice {
            kind: Kind::AddressConfirm,
            to: to.clone(),
            subscriber_id: Some(standing.id),
            language: Some(visit.language.clone()),
            newsletters: Vec::new(),
            network: how.network.map(str::to_owned),
            new_address: None,
            ticket: Some(ticket),
        };
        notice::send(&mut tx, app, &notice).await?;
    }
    tx.commit().await?;
    Ok(())
}
