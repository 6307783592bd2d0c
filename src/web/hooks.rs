//! `POST /hooks/NAME`: what providers call.
//!
//! A request that cannot be verified is refused, and counted; `status` tells. One that is taken is answered when its
//! reports are written down, so that a provider which hears nothing sends it again.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::serve::TIME_LIMIT;
use crate::app::App;
use crate::collect::FetchError;
use crate::config::{Hook, HookKind};
use crate::db;
use crate::feedback::hook::{
    Certificates, MAX_BODY_BYTES, Refused, generic, mailgun, postmark, sendgrid, sns,
};
use crate::feedback::{Report, act, inlet};

/// How long a body may take to come. What follows from it needs some time too, before the server gives the request up.
const PATIENCE: Duration = TIME_LIMIT.saturating_sub(Duration::from_secs(5));

/// What the hooks need.
pub struct Hooks {
    app: Arc<App>,
    certificates: Arc<Certificates>,
}

/// Why a request is not answered with 200.
enum Answer {
    Refused(Refused),
    TooLarge,
    Slow,
    Down,
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Answer {
        Answer::Refused(refused)
    }
}

/// The routes, for any server: they bring their own state.
pub fn routes<S: Clone + Send + Sync + 'static>(app: Arc<App>) -> Result<Router<S>, FetchError> {
    Ok(routes_with(app, Arc::new(Certificates::new()?)))
}

/// The same with certificates that somebody else keeps.
pub fn routes_with<S: Clone + Send + Sync + 'static>(
    app: Arc<App>,
    certificates: Arc<Certificates>,
) -> Router<S> {
    let hooks = Arc::new(Hooks { app, certificates });
    Router::new()
        .route("/hooks/{name}", post(called))
        .with_state(hooks)
}

async fn called(
    State(hooks): State<Arc<Hooks>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let configured = &hooks.app.config.feedback.hook;
    let Some(hook) = configured.iter().find(|hook| hook.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let way = hook.way();
    let now = hooks.app.clock.now();
    match hooks.take(hook, &headers, body).await {
        Ok(reports) => {
            hooks.app.inlets.took(&way, &reports, now);
            StatusCode::OK.into_response()
        }
        Err(answer) => {
            let (status, why) = match answer {
                Answer::Refused(why) => (why.status(), why.to_string()),
                Answer::TooLarge => (413, "it is too large".to_owned()),
                Answer::Slow => (408, "it did not come in time".to_owned()),
                Answer::Down => (503, "the database cannot be used".to_owned()),
            };
            if !matches!(answer, Answer::Down) {
                hooks.app.inlets.refused(&way, &why, now);
                tracing::debug!(hook = hook.name, status, why, "a hook's request is refused");
            }
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            if status == StatusCode::UNAUTHORIZED && hook.username.is_some() {
                let basic = [(WWW_AUTHENTICATE, "Basic realm=\"hooks\", charset=\"UTF-8\"")];
                return (status, basic).into_response();
            }
            status.into_response()
        }
    }
}

impl Hooks {
    /// Takes a request; the reports in it, which are acted upon.
    async fn take(
        &self,
        hook: &Hook,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Vec<Report>, Answer> {
        if hook.kind == HookKind::Postmark {
            postmark::verify(hook, headers)?;
        }
        let body = read(body, PATIENCE).await?;
        let reports = self.reports(hook, headers, &body).await?;
        act::take(&self.app, &reports, &hook.way())
            .await
            .map_err(|error| down(&error))?;
        Ok(reports)
    }

    async fn reports(
        &self,
        hook: &Hook,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Vec<Report>, Answer> {
        let now = self.app.clock.now();
        let secret = || match &hook.secret {
            Some(secret) => Ok(secret.expose()),
            None => Err(Refused::Forged),
        };
        Ok(match hook.kind {
            HookKind::Ses => return self.ses(hook, body).await,
            HookKind::Postmark => postmark::read(hook, headers, body)?,
            HookKind::Mailgun => {
                let signed = mailgun::verify(secret()?, body, now)?;
                let (token, digest) = (&signed.token, &signed.digest);
                let kept_s = mailgun::SIGNED_S + 3600;
                let is_ours = inlet::claim(&self.app, token, digest, kept_s, now);
                if !is_ours.await.map_err(|error| down(&error))? {
                    return Err(Refused::Replayed.into());
                }
                mailgun::read(&signed)?
            }
            HookKind::Sendgrid => {
                let key = hook.public_key_der().ok_or(Refused::Forged)?;
                sendgrid::read(&key, headers, body, now)?
            }
            HookKind::Generic => generic::read(secret()?, headers, body, now)?,
        })
    }

    async fn ses(&self, hook: &Hook, body: &[u8]) -> Result<Vec<Report>, Answer> {
        let now = self.app.clock.now();
        let (envelope, url) = sns::Envelope::open(body, &hook.topics)?;
        let key = self.certificates.key(&url, now).await?;
        match envelope.verify(&key, now)? {
            sns::Wanted::Reports(reports) => return Ok(reports),
            sns::Wanted::Confirm(url) => match self.certificates.confirm(&url, now).await {
                Ok(()) => tracing::info!(hook = hook.name, "an SNS subscription is agreed to"),
                Err(error) => {
                    tracing::warn!(hook = hook.name, %error, "an SNS subscription could not be agreed to");
                    return Err(Refused::Unavailable.into());
                }
            },
            sns::Wanted::Nothing => {}
        }
        Ok(Vec::new())
    }
}

async fn read(body: Body, patience: Duration) -> Result<Bytes, Answer> {
    match tokio::time::timeout(patience, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(read) => read.map_err(|_| Answer::TooLarge),
        Err(_) => Err(Answer::Slow),
    }
}

fn down(error: &db::Error) -> Answer {
    tracing::error!(%error, "a hook's reports could not be written down; its provider sends them again");
    Answer::Down
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up_before_its_request_is() {
        assert!(PATIENCE < TIME_LIMIT, "then nobody would count it");
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, FetchError>>());
        let read = read(never, Duration::from_millis(1)).await;
        assert!(matches!(read, Err(Answer::Slow)));
    }
}
