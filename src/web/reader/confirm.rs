//! The button in the mail: a GET shows it again, since scanners follow every link, and a POST says yes. Once that is said, a GET
//! says so, with a link that opens no more than a mail's own.

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::asking::{network, versioned};
use super::done::Done;
use super::signup::write_to;
use super::upcoming::{first_ones, times};
use crate::app::App;
use crate::audience::Preferences;
use crate::audience::signup::{Confirmed, Offer, Offered, Shown, Yes, confirm, offered};
use crate::db;
use crate::secret::{Purpose, Ticket};
use crate::web::session::{Kind, Session, is_of};
use crate::web::{Visit, Web, WebError};

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/confirm/{token}", get(follow))
        .route("/confirm", get(ask).post(yes))
}

/// `GET /confirm/{token}`: takes the token out of the address.
async fn follow(
    State(web): State<Web>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, WebError> {
    let ticket = web.app.keys.open_ticket(Purpose::Confirm, &token);
    let ticket = ticket.ok_or(WebError::BadLink)?;
    if !ticket.is_valid_at(web.app.clock.now()) {
        return end(&web, &visit, "confirm_gone", StatusCode::GONE);
    }
    let numbers = [ticket.of, ticket.epoch, ticket.until_minute];
    let session = Session::new(&web, Purpose::Confirm as u8, numbers);
    Ok(session.begin(&web, Kind::Confirm, "/confirm"))
}

/// The request that the session's link names, while the link is good.
fn signup_id(web: &Web, session: &Session) -> Option<i64> {
    let [of, epoch, until_minute] = session.numbers;
    let ticket = Ticket {
        purpose: Purpose::Confirm,
        of,
        epoch,
        until_minute,
    };
    ticket.is_valid_at(web.app.clock.now()).then_some(of)
}

/// `GET /confirm`: asks; or says that it is done, where it is.
async fn ask(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let session = Session::of(&web, &headers, Kind::Confirm)?;
    let mut offer = None;
    if let Some(id) = signup_id(&web, &session) {
        let mut conn = web.app.db.read().await?;
        offer = offered(&mut conn, &web.app.paper(), id, web.app.clock.now()).await?;
    }
    match offer {
        Some(Offer::Open(offered)) => question(&web, visit, &session, &offered),
        Some(Offer::Done(on)) => Done::before(on).page(&web, &visit).await,
        None => end(&web, &visit, "confirm_gone", StatusCode::GONE),
    }
}

fn question(
    web: &Web,
    visit: Visit,
    session: &Session,
    offered: &Offered,
) -> Result<Response, WebError> {
    let visit = visit.speaking(web, offered.language.as_deref());
    let words = web.pages.words(&visit.language);
    let heading = words.say("confirm_title", &[]);
    let newsletters = &offered.newsletters;
    let asked = Preferences {
        zone: offered.zone.clone(),
        ..Preferences::default()
    };
    let forgotten = offered
        .ends_at
        .to_zoned_datetime(web.app.config.paper.zone.tz().clone());
    let content = json!({
        "title": heading,
        "heading": heading,
        "address": offered.email.as_smtp(),
        "count": newsletters.len(),
        "newsletters": first_ones(web, words, newsletters, &asked, web.app.clock.now()),
        "times": times(web, words),
        "mark": session.mark(web),
        "through": offered.through,
        "forgotten": words.date_long(forgotten.date()),
    });
    web.page(&visit, "confirm", &content)
}

#[derive(Deserialize)]
struct Pressed {
    #[serde(default)]
    mark: String,
    through: i64,
    #[serde(default)]
    language: String,
}

/// `POST /confirm`
async fn yes(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Result<Response, WebError> {
    let visit = visit.speaking(&web, Some(&pressed.language));
    let session = Session::of(&web, &headers, Kind::Confirm)?;
    is_of(&pressed.mark, &session.mark(&web))?;
    let Some(id) = signup_id(&web, &session) else {
        return end(&web, &visit, "confirm_gone", StatusCode::GONE);
    };
    let words = web.pages.words(&visit.language);
    let (version, said) = versioned(words, &["confirm_title", "signup_use"]);
    let shown = Shown {
        words: said,
        version,
    };
    let network = network(&visit);
    let yes = Yes {
        signup_id: id,
        through: pressed.through,
        shown: &shown,
        network: &network,
    };
    match db::again(async || say(&web.app, &yes).await).await? {
        Said::Yes(done) => done.page(&web, &visit).await,
        Said::Gone => end(&web, &visit, "confirm_gone", StatusCode::GONE),
        Said::Stopped => end(&web, &visit, "confirm_stopped", StatusCode::FORBIDDEN),
    }
}

enum Said {
    Yes(Done),
    Gone,
    Stopped,
}

async fn say(app: &App, yes: &Yes<'_>) -> db::Result<Said> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let said = match confirm(&mut tx, &app.paper(), yes, now).await? {
        Confirmed::Joined(on) => Said::Yes(Done::of(&mut tx, on, now).await?),
        Confirmed::Gone => Said::Gone,
        Confirmed::Suppressed => return Ok(Said::Stopped),
    };
    tx.commit().await?;
    Ok(said)
}

/// A page of two sentences: the messages `WORD_title` and `WORD_text`.
pub(super) fn end(
    web: &Web,
    visit: &Visit,
    word: &str,
    status: StatusCode,
) -> Result<Response, WebError> {
    let words = web.pages.words(&visit.language);
    let heading = words.say(&format!("{word}_title"), &[]);
    let content = json!({
        "title": heading,
        "heading": heading,
        "text": words.say(&format!("{word}_text"), &[("write", write_to(web).into())]),
    });
    let mut page = web.page(visit, "end", &content)?;
    *page.status_mut() = status;
    Ok(page)
}
