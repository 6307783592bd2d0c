//! A mail in the browser: rendered again from what was pinned for it, as its reader got it.
//!
//! Whoever has the mail has its link, so the page shows no more than the mail does, and less: its links open nothing of the
//! reader's. What it shows came from feeds, so it stands under a policy of its own: no script, no form, a sandbox, and
//! pictures from elsewhere as in a mail.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderName};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::render::letter::find;
use crate::secret::Purpose;
use crate::web::session::{Kind, Session};
use crate::web::{Visit, Web, WebError};

const PATH: &str = "/read";

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/read/{token}", get(open))
}

/// `GET /read/{token}`: a mail's link.
async fn open(State(web): State<Web>, Path(text): Path<String>) -> Result<Response, WebError> {
    let token = web.app.keys.open(&text).ok_or(WebError::BadLink)?;
    if token.purpose != Purpose::Read {
        return Err(WebError::BadLink);
    }
    let numbers = [i64::from(token.n), token.issue_id, token.subscriber_id];
    let session = Session::new(&web, token.purpose as u8, numbers);
    Ok(session.begin(&web, Kind::Read, PATH))
}

/// `GET /read`
async fn show(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let session = Session::of(&web, &headers, Kind::Read)?;
    let [n, issue_id, subscriber_id] = session.numbers;
    let n = i16::try_from(n).map_err(|_| WebError::BadLink)?;
    let mut conn = web.app.db.read().await?;
    let letter = find(&mut conn, (issue_id, subscriber_id, n)).await?;
    drop(conn);
    // Its time of keeping is over, or its reader was erased.
    let Some(letter) = letter else {
        return no_longer(&web, &visit);
    };
    let html = web.renderer.public_html(&letter, None).await?;
    Ok(framed(html))
}

/// A mail's HTML on a page of its own. It may show pictures and its own styles, and open what it links to.
pub(super) fn framed(html: String) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'; \
                          sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";
    let robots = HeaderName::from_static("x-robots-tag");
    (
        [(CONTENT_SECURITY_POLICY, POLICY), (robots, "noindex")],
        Html(html),
    )
        .into_response()
}

fn no_longer(web: &Web, visit: &Visit) -> Result<Response, WebError> {
    let words = web.pages.words(&visit.language);
    let content = serde_json::json!({
        "title": words.say("read_gone_title", &[]),
        "text": words.say("read_gone_text", &[]),
    });
    web.page(visit, "error", &content)
}
