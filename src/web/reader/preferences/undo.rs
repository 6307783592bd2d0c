//! The link of a notice that takes back what was done: a button, and the way back.
//!
//! A ticket names the reader and what is undone: a revision of the preferences, or, from [`UNDO_MOVE`] on, a change of
//! address.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::form::Form;
use crate::app::App;
use crate::audience::act::{self, Act, ActError, How};
use crate::audience::erasure::erase_at;
use crate::audience::moving::{MoveError, take_back};
use crate::audience::record::{act_of, newest_by};
use crate::audience::source::BY_UNDO;
use crate::audience::standing::standing;
use crate::db::{self, Conn};
use crate::secret::Purpose;
use crate::web::reader::brake::may_save;
use crate::web::session::{Kind, Session, is_of, see};
use crate::web::{Mode, Visit, Web, WebError};

const PATH: &str = "/undo";

/// From this number on a ticket's epoch is that of a change of address; below it, a revision.
pub(super) const UNDO_MOVE: i64 = 1 << 40;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(PATH, get(ask).post(undo))
        .route("/undo/{token}", get(open))
}

/// `GET /undo/{token}`
async fn open(State(web): State<Web>, Path(token): Path<String>) -> Result<Response, WebError> {
    let session = Session::of_link(&web, Purpose::Undo, &token)?;
    Ok(session.begin(&web, Kind::Undo, PATH))
}

#[derive(Deserialize)]
struct After {
    /// What came of the press: `done`, `moved`, `over`.
    then: Option<String>,
}

/// `GET /undo`: what the button will do.
async fn ask(
    State(web): State<Web>,
    headers: HeaderMap,
    visit: Visit,
    Query(after): Query<After>,
) -> Result<Response, WebError> {
    let session = Session::of(&web, &headers, Kind::Undo)?;
    let [id, of, _] = session.numbers;
    let mut conn = web.app.db.read().await?;
    let reader = standing(&mut conn, id).await?;
    let language = reader.as_ref().and_then(|r| r.preferences.language.clone());
    let visit = visit.speaking(&web, language.as_deref());
    let words = web.pages.words(&visit.language);
    let word = match after.then.as_deref() {
        Some("done") => "done",
        Some("moved") => "moved",
        Some(_) => "over",
        None if reader.is_none() => "over",
        None => asks(&mut conn, id, of).await?,
    };
    let say = |part: &str| words.say(&format!("prefs_undo_{part}"), &[]);
    let content = json!({
        "title": say(&format!("{word}_title")),
        "text": say(&format!("{word}_text")),
        "button": word.starts_with("ask").then(|| words.say(button(word), &[])),
        "action": PATH,
        "mark": session.mark(&web),
    });
    web.page(&visit, "preferences-ask", &content)
}

/// `POST /undo`. Pressed twice, it says that there is nothing left to undo.
async fn undo(
    State(web): State<Web>,
    headers: HeaderMap,
    visit: Visit,
    form: Form,
) -> Result<Response, WebError> {
    let session = Session::of(&web, &headers, Kind::Undo)?;
    is_of(form.get("mark"), &session.mark(&web))?;
    let [id, of, _] = session.numbers;
    may_save(&web, id, Mode::Full).await?;
    let network = visit.network();
    let shown = shown(&web, visit, id, of).await?;
    let how = How {
        source: BY_UNDO,
        network: network.as_deref(),
        shown: Some(&shown),
    };
    let then = db::again(|| press(&web.app, id, of, &how)).await?;
    Ok(see(&web, &format!("{PATH}?then={then}")))
}

/// What the button asks: the page's heading, by the word of its sentences.
async fn asks(conn: &mut Conn, id: i64, of: i64) -> db::Result<&'static str> {
    Ok(if of >= UNDO_MOVE {
        "ask_move"
    } else if act_of(conn, id, of).await? == Some(Act::Erase) {
        "ask_erase"
    } else {
        "ask"
    })
}

/// The words on the button of the page with this heading.
fn button(word: &str) -> &'static str {
    match word {
        "ask_erase" => "prefs_erasing_keep",
        _ => "prefs_undo_button",
    }
}

/// What stood on the page as the button was pressed, for the record.
async fn shown(web: &Web, visit: Visit, id: i64, of: i64) -> db::Result<String> {
    let mut conn = web.app.db.read().await?;
    let reader = standing(&mut conn, id).await?;
    let language = reader.and_then(|r| r.preferences.language);
    let visit = visit.speaking(web, language.as_deref());
    let word = asks(&mut conn, id, of).await?;
    let words = web.pages.words(&visit.language);
    let title = words.say(&format!("prefs_undo_{word}_title"), &[]);
    let button = words.say(button(word), &[]);
    Ok(format!("“{title} {button}”, {}", visit.language))
}

async fn press(app: &App, id: i64, of: i64, how: &How<'_>) -> db::Result<&'static str> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut revision = Some(of);
    let is_move = of >= UNDO_MOVE;
    if is_move {
        match take_back(&mut tx, &app.keys, of - UNDO_MOVE, now).await {
            Ok(moved) if moved.subscriber_id == id => {}
            Err(MoveError::Database(error)) => return Err(error),
            _ => return Ok("over"),
        }
        // Whoever moved the mails away may have wanted everything to be forgotten, too.
        revision = match erase_at(&mut tx, id).await? {
            Some(_) => newest_by(&mut tx, id, Act::Erase).await?,
            None => None,
        };
    }
    if let Some(revision) = revision {
        match act::undo(&mut tx, &app.paper(), id, revision, how, now).await {
            Err(ActError::Database(error)) => return Err(error),
            Err(_) if !is_move => return Ok("over"),
            Ok(_) | Err(_) => {}
        }
    }
    tx.commit().await?;
    Ok(if is_move { "moved" } else { "done" })
}
