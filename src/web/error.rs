//! What is said where there is no page: what is so, and what to do about it.
//!
//! A handler returns a [`WebError`]; `dress` gives it, and every refusal of the layers around the handlers, a page in the
//! language of the reader, where their link or session tells who they are, and else in the visitor's. Who does not ask for a
//! page, such as a mail provider's program, gets the one line, as JSON if that is what it speaks.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::session::language;
use super::{Visit, Web};
use crate::db;
use crate::render::mail::RenderError;
use crate::render::{Arg, TemplateError};

/// Why a page cannot be shown.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WebError {
    /// Nothing is at this address.
    #[error("there is no such page")]
    NotFound,
    /// No key of ours made this link.
    #[error("this link is not whole")]
    BadLink,
    /// The session that a link began is over, or there was none.
    #[error("the time of this link is over")]
    NoSession,
    /// A link that can be forwarded does not open this.
    #[error("this needs a fresh link")]
    Limited,
    /// Too often; how many seconds to wait.
    #[error("too often")]
    TooMany(u32),
    /// More was saved for this reader than anybody presses.
    #[error("too many changes")]
    ManySaves {
        /// So many within the hour.
        most: u32,
        /// How many seconds to wait.
        seconds: u32,
    },
    /// A form that another site sent (CSRF).
    #[error("another site sent this form")]
    Elsewhere,
    /// A form of a page that another link opened than the session's.
    #[error("this page belongs to another link")]
    OtherLink,
    /// A form that no page of ours has.
    #[error("this form is not whole")]
    BadForm,
    /// A form longer than any of ours.
    #[error("this form is too long")]
    TooLong,
    /// It took too long, or the database does not answer: again in a minute.
    #[error("not now")]
    NotNow,
    /// A fault of ours, logged where it was found.
    #[error("a fault of ours")]
    Broken,
}

impl WebError {
    /// The word by which its texts are found: `error_WORD_title`, `error_WORD_text`.
    fn word(&self) -> &'static str {
        match self {
            WebError::NotFound => "not_found",
            WebError::BadLink => "bad_link",
            WebError::NoSession => "no_session",
            WebError::Limited => "limited",
            WebError::TooMany(_) => "too_many",
            WebError::ManySaves { .. } => "many_saves",
            WebError::Elsewhere => "elsewhere",
            WebError::OtherLink => "other_link",
            WebError::BadForm => "bad_form",
            WebError::TooLong => "too_long",
            WebError::NotNow => "not_now",
            WebError::Broken => "broken",
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        match self {
            WebError::NotFound | WebError::BadLink => StatusCode::NOT_FOUND,
            WebError::NoSession | WebError::Limited | WebError::Elsewhere => StatusCode::FORBIDDEN,
            WebError::TooMany(_) | WebError::ManySaves { .. } => StatusCode::TOO_MANY_REQUESTS,
            WebError::OtherLink => StatusCode::CONFLICT,
            WebError::BadForm => StatusCode::UNPROCESSABLE_ENTITY,
            WebError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            WebError::NotNow => StatusCode::SERVICE_UNAVAILABLE,
            WebError::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What a refusal of a layer or an extractor means.
    pub(super) fn of_status(status: StatusCode) -> WebError {
        match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => WebError::NotFound,
            StatusCode::FORBIDDEN => WebError::Elsewhere,
            StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLong,
            StatusCode::TOO_MANY_REQUESTS => WebError::TooMany(60),
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => WebError::NotNow,
            status if status.is_client_error() => WebError::BadForm,
            _ => WebError::Broken,
        }
    }
}

impl From<db::Error> for WebError {
    fn from(error: db::Error) -> WebError {
        tracing::error!(%error, "a page could not be made");
        match error {
            db::Error::Down(_) | db::Error::Again(_) => WebError::NotNow,
            _ => WebError::Broken,
        }
    }
}

impl From<TemplateError> for WebError {
    fn from(error: TemplateError) -> WebError {
        tracing::error!(%error, "a page could not be made");
        WebError::Broken
    }
}

impl From<RenderError> for WebError {
    fn from(error: RenderError) -> WebError {
        match error {
            RenderError::Database(error) => error.into(),
            other => {
                tracing::error!(error = %other, "a mail could not be made again");
                WebError::Broken
            }
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), format!("{self}\n")).into_response();
        if let WebError::TooMany(seconds) | WebError::ManySaves { seconds, .. } = self {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The longest that an error waits to learn whose language it is to speak.
const LOOK: Duration = Duration::from_secs(1);

/// Puts a page, or a line of ours, in the place of what a handler or a layer refused with.
pub(super) async fn dress(State(web): State<Web>, request: Request, next: Next) -> Response {
    let is_program = wants_json(request.headers());
    let asked = wants_page(request.headers())
        .then(|| (request.headers().clone(), request.uri().path().to_owned()));
    let visit = Visit::of(&web, request.headers(), request.extensions());
    let response = next.run(request).await;
    if !needs_words(&response, asked.is_some()) {
        return response;
    }
    let status = response.status();
    let said = response.extensions().get::<Arc<WebError>>().cloned();
    let error = said.unwrap_or_else(|| Arc::new(WebError::of_status(status)));
    let dressed = match asked {
        Some((headers, path)) => {
            let own = tokio::time::timeout(LOOK, language(&web, &headers, &path)).await;
            let visit = visit.speaking(&web, own.ok().flatten().as_deref());
            page(&web, &visit, &error)
        }
        None if is_program => {
            let said = json!({ "status": "refused", "says": error.to_string() });
            Ok(Json(said).into_response())
        }
        None => Ok(format!("{error}\n").into_response()),
    };
    let (mut parts, _) = response.into_parts();
    let Ok(mut dressed) = dressed else {
        return (parts.status, "not now\n").into_response();
    };
    // What says how the old body was written does not hold for the new one.
    parts.headers.remove("content-length");
    parts.headers.remove(CONTENT_TYPE);
    *dressed.status_mut() = status;
    for (name, value) in &parts.headers {
        dressed.headers_mut().insert(name, value.clone());
    }
    dressed
}

/// Whether this is an error that is told in no words of ours yet. What a hook answers its provider has none, and needs none.
fn needs_words(response: &Response, wants_page: bool) -> bool {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE);
    let is = |text: &str| kind.is_some_and(|kind| kind.as_bytes().starts_with(text.as_bytes()));
    (status.is_client_error() || status.is_server_error())
        && !is("text/html")
        && (wants_page || is("text/plain"))
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether the body of a request is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"application/json"))
}

/// Whether a program asks that wants its answer as JSON.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let wants = accept.is_some_and(|accept| accept.contains("application/json"));
    !wants_page(headers) && (is_json(headers) || wants)
}

fn page(web: &Web, visit: &Visit, error: &WebError) -> Result<Response, WebError> {
    let words = web.pages.words(&visit.language);
    let word = error.word();
    let args: Vec<(&str, Arg<'_>)> = match error {
        WebError::TooMany(seconds) => vec![("count", minutes(*seconds).into())],
        WebError::ManySaves { most, seconds } => vec![
            ("count", minutes(*seconds).into()),
            ("most", (*most).into()),
        ],
        _ => Vec::new(),
    };
    let content = json!({
        "title": words.say(&format!("error_{word}_title"), &args),
        "text": words.say(&format!("error_{word}_text"), &args),
    });
    web.page(visit, "error", &content)
}

/// How long to wait, as it is told: at least a minute.
pub(super) fn minutes(seconds: u32) -> u32 {
    seconds.div_ceil(60).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::layout::tests::pages;

    #[test]
    fn every_error_says_what_to_do() {
        let pages = pages();
        for error in [
            WebError::NotFound,
            WebError::BadLink,
            WebError::NoSession,
            WebError::Limited,
            WebError::TooMany(90),
            WebError::ManySaves {
                most: 60,
                seconds: 90,
            },
            WebError::Elsewhere,
            WebError::OtherLink,
            WebError::BadForm,
            WebError::TooLong,
            WebError::NotNow,
            WebError::Broken,
        ] {
            for part in ["title", "text"] {
                let id = format!("error_{}_{part}", error.word());
                assert!(pages.can_say(&id), "{id}");
            }
        }
    }
}
