//! The link at a new address: a button, and the change.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::form::Form;
use super::undo::UNDO_MOVE;
use crate::app::App;
use crate::audience::language_of;
use crate::audience::moving::{MoveError, Moved, confirm, waiting};
use crate::audience::standing::standing;
use crate::db;
use crate::notice::{self, Kind as NoticeKind, Notice};
use crate::secret::{Purpose, Ticket};
use crate::web::session::{Kind, Session, is_of, see};
use crate::web::{Visit, Web, WebError, masked};

const PATH: &str = "/address";

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(PATH, get(ask).post(change))
        .route("/address/{token}", get(open))
}

/// `GET /address/{token}`
async fn open(State(web): State<Web>, Path(token): Path<String>) -> Result<Response, WebError> {
    let session = Session::of_link(&web, Purpose::Address, &token)?;
    Ok(session.begin(&web, Kind::Address, PATH))
}

#[derive(Deserialize)]
struct After {
    /// What came of the press: `done`, `taken`, `over`.
    then: Option<String>,
}

/// `GET /address`: what the button will do.
async fn ask(
    State(web): State<Web>,
    headers: HeaderMap,
    visit: Visit,
    Query(after): Query<After>,
) -> Result<Response, WebError> {
    let session = Session::of(&web, &headers, Kind::Address)?;
    let [id, subscriber_id, _] = session.numbers;
    let mut conn = web.app.db.read().await?;
    let reader = standing(&mut conn, subscriber_id).await?;
    let language = reader.and_then(|r| r.preferences.language);
    let visit = visit.speaking(&web, language.as_deref());
    let words = web.pages.words(&visit.language);
    let say = |part: &str, args: &[(&str, crate::render::Arg<'_>)]| {
        words.say(&format!("prefs_move_{part}"), args)
    };
    let page = |word: &str, args: &[(&str, crate::render::Arg<'_>)], ask: bool| {
        let content = json!({
            "title": say(&format!("{word}_title"), args),
            "text": say(&format!("{word}_text"), args),
            "button": ask.then(|| say("button", args)),
            "action": PATH,
            "mark": session.mark(&web),
        });
        web.page(&visit, "preferences-ask", &content)
    };
    if let Some(word) = after.then.as_deref() {
        let known = ["done", "taken", "suppressed"];
        let word = known.into_iter().find(|w| *w == word).unwrap_or("over");
        return page(word, &[], false);
    }
    match waiting(&mut conn, id, web.app.clock.now()).await {
        Ok((_, from, to)) => {
            let args = [
                ("from", masked(&from).into()),
                ("to", to.as_smtp().to_owned().into()),
            ];
            page("ask", &args, true)
        }
        Err(MoveError::Database(error)) => Err(error.into()),
        Err(_) => page("over", &[], false),
    }
}

/// `POST /address`
async fn change(
    State(web): State<Web>,
    headers: HeaderMap,
    visit: Visit,
    form: Form,
) -> Result<Response, WebError> {
    let session = Session::of(&web, &headers, Kind::Address)?;
    is_of(form.get("mark"), &session.mark(&web))?;
    let [id, subscriber_id, _] = session.numbers;
    let then = db::again(|| press(&web.app, id, subscriber_id, &visit)).await?;
    Ok(see(&web, &format!("{PATH}?then={then}")))
}

async fn press(app: &App, id: i64, subscriber_id: i64, visit: &Visit) -> db::Result<&'static str> {
    let mut tx = app.db.begin().await?;
    match confirm(&mut tx, &app.keys, id, app.clock.now()).await {
        Ok(moved) if moved.subscriber_id == subscriber_id => {
            tell_old(&mut tx, app, &moved, visit).await?;
            tx.commit().await?;
            Ok("done")
        }
        Err(MoveError::Database(error)) => Err(error),
        Err(MoveError::Taken) => Ok("taken"),
        Err(MoveError::Suppressed) => Ok("suppressed"),
        Ok(_) | Err(MoveError::Over) => Ok("over"),
    }
}

/// The old address is told, and can take it back.
async fn tell_old(tx: &mut db::Tx, app: &App, moved: &Moved, visit: &Visit) -> db::Result<()> {
    let notice = Notice {
        kind: NoticeKind::AddressChanged,
        to: moved.from.clone(),
        subscriber_id: Some(moved.subscriber_id),
        language: language_of(tx, moved.subscriber_id).await?,
        newsletters: Vec::new(),
        network: visit.network(),
        new_address: Some(moved.to.clone()),
        ticket: Some(Ticket::new(
            Purpose::Undo,
            moved.subscriber_id,
            UNDO_MOVE + moved.id,
            moved.until,
        )),
    };
    notice::send(tx, app, &notice).await?;
    Ok(())
}
