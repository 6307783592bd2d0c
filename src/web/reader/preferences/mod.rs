//! The preferences page, and what hangs on it: export, change of address, undo.
//!
//! In: a session that a link began. Out: a page, or after a POST a 303 back to it. Every form posts to the page's own
//! address and says in `do` what it is for: `form` reads it, `save` does it, `view` shows what is so now. It also carries a mark of its
//! reader, since a page may still be open when another reader's link has begun the session. By a mail's own
//! link little is shown and little can be done; the rest asks for a fresh link, which goes to the reader's address.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::aside::aside;
use crate::audience::Standing;
use crate::audience::standing::standing;
use crate::db::Conn;
use crate::secret::Purpose;
use crate::web::session::{Kind, Session, is_of, see};
use crate::web::{Mode, Reader, Visit, Web, WebError};

mod address;
mod data;
mod form;
pub(super) mod leaving;
mod lists;
pub(super) mod said;
mod save;
mod shown;
mod suggestions;
mod undo;
pub(super) mod view;
mod week;

use form::Form;
use save::Outcome;

/// Where the page is.
const PATH: &str = "/preferences";

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(PATH, get(show).post(save))
        .route("/preferences/{token}", get(open))
        .merge(data::router())
        .merge(address::router())
        .merge(undo::router())
}

/// `GET /preferences/{token}`: a mail's link, or a fresh one.
async fn open(State(web): State<Web>, Path(token): Path<String>) -> Result<Response, WebError> {
    let session = if let Some(token) = web.app.keys.open(&token) {
        if token.purpose != Purpose::Preferences {
            return Err(WebError::BadLink);
        }
        Session::of_token(&web, &token)
    } else {
        Session::of_link(&web, Purpose::Manage, &token)?
    };
    Ok(session.begin(&web, Kind::Preferences, PATH))
}

/// What the address of the page says of the press before it.
#[derive(Clone, Debug, Default, Deserialize)]
struct After {
    /// The revision that it made.
    saved: Option<i64>,
    /// What else came of it.
    note: Option<String>,
}

/// The reader of a session, as they stand now. A fresh link that went to an address they no longer have opens nothing.
async fn reader(conn: &mut Conn, reader: &Reader) -> Result<Standing, WebError> {
    let standing = standing(conn, reader.subscriber_id).await?;
    let standing = standing.ok_or(WebError::NoSession)?;
    if reader.mode == Mode::Full && reader.epoch != Some(standing.epoch) {
        return Err(WebError::NoSession);
    }
    Ok(standing)
}

/// `GET /preferences`
async fn show(
    State(web): State<Web>,
    who: Reader,
    visit: Visit,
    Query(after): Query<After>,
) -> Result<Response, WebError> {
    page(&web, &who, visit, &after, None).await
}

/// `POST /preferences`: one small form.
async fn save(
    State(web): State<Web>,
    who: Reader,
    visit: Visit,
    form: Form,
) -> Result<Response, WebError> {
    is_of(form.get("mark"), &who.mark(&web))?;
    let mut conn = web.app.db.read().await?;
    let standing = reader(&mut conn, &who).await?;
    drop(conn);
    let visit = visit.speaking(&web, standing.preferences.language.as_deref());
    match save::save(&web, &who, &standing, &visit, &form).await? {
        Outcome::Saved(revision) => Ok(see(&web, &format!("{PATH}?saved={revision}"))),
        Outcome::Note(note) => Ok(see(&web, &format!("{PATH}?note={note}"))),
        Outcome::Bad(bad) => {
            let mut response =
                page(&web, &who, visit, &After::default(), Some((&form, &bad))).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn page(
    web: &Web,
    who: &Reader,
    visit: Visit,
    after: &After,
    bad: Option<(&Form, &save::Bad)>,
) -> Result<Response, WebError> {
    let mut conn = web.app.db.read().await?;
    let standing = reader(&mut conn, who).await?;
    let visit = visit.speaking(web, standing.preferences.language.as_deref());
    let facts = view::Facts::gather(web, &mut conn, who, standing, after).await?;
    drop(conn);
    let view = aside(|| view::view(web, &visit, &facts, bad));
    Ok(web.page(&visit, "preferences", &view)?.into_response())
}
