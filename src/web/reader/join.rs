//! The link that the paper's own site signs for its members: a GET shows one button, a POST joins, once.

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::asking::{network, own_language, send, titles, too_many, versioned, within_limit};
use super::confirm::end;
use super::done::Done;
use super::signup::sent;
use super::upcoming::{first_ones, times};
use crate::audience::Preferences;
use crate::audience::signup::{
    self, Invitation, Joined, LinkError, Request, Shown, Way, is_used, join,
};
use crate::db;
use crate::web::session::{is_of, keep_link, kept_link, see};
use crate::web::{Visit, Web, WebError};

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/join/{token}", get(follow))
        .route("/join", get(ask).post(press))
}

/// What a link says, or the page that says why it opens nothing.
fn open(web: &Web, visit: &Visit, link: &str) -> Result<Result<Invitation, Response>, WebError> {
    let Some(keys) = &web.member_keys else {
        return Err(WebError::NotFound);
    };
    match keys.open(link, web.app.clock.now()) {
        Ok(invitation) => Ok(Ok(invitation)),
        Err(LinkError::Expired) => Ok(Err(end(web, visit, "join_old", StatusCode::GONE)?)),
        Err(LinkError::Unsigned) => Err(WebError::BadLink),
        Err(error) => {
            tracing::warn!(%error, "a link for members that the site signed cannot be used");
            Err(WebError::BadLink)
        }
    }
}

/// `GET /join/{token}`: takes the link out of the address.
async fn follow(
    State(web): State<Web>,
    visit: Visit,
    Path(link): Path<String>,
) -> Result<Response, WebError> {
    match open(&web, &visit, &link)? {
        Ok(_) => Ok(keep_link(&web, &link, "/join")),
        Err(page) => Ok(page),
    }
}

/// `GET /join`
async fn ask(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let link = kept_link(&web, &headers).ok_or(WebError::NoSession)?;
    let invitation = match open(&web, &visit, &link)? {
        Ok(invitation) => invitation,
        Err(page) => return Ok(page),
    };
    let mut conn = web.app.db.read().await?;
    if is_used(&mut conn, &invitation).await? {
        return end(&web, &visit, "join_used", StatusCode::OK);
    }
    let newsletters = invitation.open_newsletters(&web.app.paper());
    if newsletters.is_empty() {
        return Ok(see(&web, "/signup"));
    }
    let words = web.pages.words(&visit.language);
    let titles = words.list(&titles(&web.app, &newsletters));
    let heading = words.say(
        "join_title",
        &[("newsletters", titles.unwrap_or_default().into())],
    );
    let content = json!({
        "title": heading,
        "heading": heading,
        "address": invitation.email.as_smtp(),
        "count": newsletters.len(),
        "newsletters": first_ones(&web, words, &newsletters, &Preferences::default(), web.app.clock.now()),
        "times": times(&web, words),
        "mark": mark(&web, &invitation),
    });
    web.page(&visit, "join", &content)
}

/// What the form of a link's page carries, so that it is not taken for that of another link.
fn mark(web: &Web, invitation: &Invitation) -> String {
    web.app.keys.mark(&[invitation.number()])
}

#[derive(Deserialize)]
struct Pressed {
    #[serde(default)]
    mark: String,
    #[serde(default)]
    language: String,
}

/// What a press came to.
enum Came {
    On(Done),
    Used,
    Mailed,
}

/// `POST /join`
async fn press(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Result<Response, WebError> {
    let visit = visit.speaking(&web, Some(&pressed.language));
    let link = kept_link(&web, &headers).ok_or(WebError::NoSession)?;
    let invitation = match open(&web, &visit, &link)? {
        Ok(invitation) => invitation,
        Err(page) => return Ok(page),
    };
    is_of(&pressed.mark, &mark(&web, &invitation))?;
    let newsletters = invitation.open_newsletters(&web.app.paper());
    let words = web.pages.words(&visit.language);
    let (version, said) = versioned(words, &["join_go", "join_use"]);
    let request = Request {
        email: invitation.email.clone(),
        language: own_language(&web.app, &visit),
        zone: None,
        way: Way::Member,
        origin: None,
        shown: Shown {
            words: format!("{}. {said}", titles(&web.app, &newsletters).join(", ")),
            version,
        },
        network: network(&visit),
        newsletters,
    };
    within_limit(&web, &request.network).await?;
    let came = db::again(async || come(&web, &visit, &invitation, &request).await).await?;
    match came.ok_or_else(|| too_many(web.app.clock.now()))? {
        Came::On(done) => done.page(&web, &visit).await,
        Came::Used => end(&web, &visit, "join_used", StatusCode::OK),
        Came::Mailed => {
            let form = super::form::Form::default();
            let action = web.path("/signup");
            let content = sent(
                &web,
                &visit,
                &form,
                &request.email,
                &request.newsletters,
                &action,
            );
            web.page(&visit, "sent", &content)
        }
    }
}

/// Does what the button says; nothing where its network has asked too often meanwhile.
async fn come(
    web: &Web,
    visit: &Visit,
    invitation: &Invitation,
    request: &Request,
) -> db::Result<Option<Came>> {
    let app = &web.app;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let most = app.config.web.signups_per_hour;
    if !signup::count(&mut tx, &request.network, most, now).await? {
        return Ok(None);
    }
    let came = match join(&mut tx, &app.paper(), invitation, request, now).await? {
        Joined::Yes(on) => Came::On(Done::of(&mut tx, on, now).await?),
        Joined::Used => Came::Used,
        Joined::Mail(mail) => {
            send(&mut tx, app, visit, request, mail, now).await?;
            Came::Mailed
        }
    };
    tx.commit().await?;
    Ok(Some(came))
}
