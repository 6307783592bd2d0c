//! What is said where there is no page: what is so, and what to do about it.
//!
//! A handler returns a [`WebError`]; `dress` gives it, and every refusal of the layers around the handlers, a page in the
//! visitor's language. Who does not ask for a page, such as a mail provider's program, gets the one line.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::json;

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
    /// The link is too old for what it opens. Leaving by it still works.
    #[error("this link is too old")]
    OldLink(Date),
    /// The session that a link began is over, or there was none.
    #[error("the time of this link is over")]
    NoSession,
    /// A link that can be forwarded does not open this.
    #[error("this needs a fresh link")]
    Limited,
    /// Too often; how many seconds to wait.
    #[error("too often")]
    TooMany(u32),
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
            WebError::OldLink(_) => "old_link",
            WebError::NoSession => "no_session",
            WebError::Limited => "limited",
            WebError::TooMany(_) => "too_many",
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
            WebError::OldLink(_) => StatusCode::GONE,
            WebError::NoSession | WebError::Limited | WebError::Elsewhere => StatusCode::FORBIDDEN,
            WebError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            WebError::OtherLink => StatusCode::CONFLICT,
            WebError::BadForm => StatusCode::UNPROCESSABLE_ENTITY,
            WebError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            WebError::NotNow => StatusCode::SERVICE_UNAVAILABLE,
            WebError::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What a refusal of a layer or an extractor means.
    fn of_status(status: StatusCode) -> WebError {
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
        if let WebError::TooMany(seconds) = self {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Puts a page in the place of what a handler or a layer refused with, where a browser asks.
pub(super) async fn dress(State(web): State<Web>, request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.headers());
    let visit = Visit::of(&web, request.headers(), request.extensions());
    let response = next.run(request).await;
    let status = response.status();
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !(status.is_client_error() || status.is_server_error()) || is_page || !wants_page {
        return response;
    }
    let said = response.extensions().get::<Arc<WebError>>().cloned();
    let error = said.unwrap_or_else(|| Arc::new(WebError::of_status(status)));
    let (mut parts, _) = response.into_parts();
    let Ok(page) = page(&web, &visit, &error) else {
        return (parts.status, "not now\n").into_response();
    };
    // What says how the old body was written does not hold for the new one.
    parts.headers.remove("content-length");
    parts.headers.remove(CONTENT_TYPE);
    let mut dressed = page;
    *dressed.status_mut() = status;
    for (name, value) in &parts.headers {
        dressed.headers_mut().insert(name, value.clone());
    }
    dressed
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn page(web: &Web, visit: &Visit, error: &WebError) -> Result<Response, WebError> {
    let words = web.pages.words(&visit.language);
    let word = error.word();
    let args: Vec<(&str, Arg<'_>)> = match error {
        WebError::OldLink(made) => vec![("date", words.date_short(*made).into())],
        WebError::TooMany(seconds) => vec![("count", seconds.div_ceil(60).max(1).into())],
        _ => Vec::new(),
    };
    let content = json!({
        "title": words.say(&format!("error_{word}_title"), &args),
        "text": words.say(&format!("error_{word}_text"), &args),
    });
    web.page(visit, "error", &content)
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
            WebError::OldLink(Date::constant(2025, 6, 2)),
            WebError::NoSession,
            WebError::Limited,
            WebError::TooMany(90),
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
