//! Signing up: the page of all newsletters, and the form that it, or another site, sends.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ORIGIN, RETRY_AFTER, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::asking::{Asked, small_print, take, titles};
use super::form::{Form, Mistake};
use super::languages::{Speaking, languages};
use super::samples::samples;
use super::upcoming::{Often, times, when};
use crate::audience::EmailAddress;
use crate::audience::signup::{Hint, Way, hint, is_open};
use crate::config::Newsletter;
use crate::render::Words;
use crate::web::error::wants_json;
use crate::web::session::see;
use crate::web::{Visit, Web, WebError};

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(
            "/",
            get(async |State(web): State<Web>| see(&web, "/signup")),
        )
        .route("/signup", get(page).post(submit).options(preflight))
}

/// `GET /signup`
async fn page(
    State(web): State<Web>,
    visit: Visit,
    Query(speaking): Query<Speaking>,
) -> Result<Response, WebError> {
    let visit = visit.speaking(&web, Some(&speaking.language));
    shelf(&web, &visit, &Form::default(), &[]).await
}

/// `POST /signup`: from our page, or from a site that `web.embed_origins` names.
async fn submit(
    State(web): State<Web>,
    visit: Visit,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, WebError> {
    let from = From::of(&web, &headers)?;
    let answer = match body {
        Ok(body) => answer(&web, visit, &headers, &body, &from).await,
        Err(error) => Err(WebError::of_status(error.status())),
    };
    let mut response = answer.into_response();
    from.allow(response.headers_mut());
    Ok(response)
}

async fn answer(
    web: &Web,
    visit: Visit,
    headers: &HeaderMap,
    body: &[u8],
    from: &From,
) -> Result<Response, WebError> {
    let form = Form::read(headers, body)?;
    let visit = visit.speaking(web, Some(&form.language));
    let way = if from.is_ours { Way::Page } else { Way::Site };
    let asked = match take(web, &visit, &form, way, from.site.as_deref()).await {
        Err(WebError::TooMany(seconds)) if !wants_json(headers) => {
            let often = [Mistake::often(web.pages.words(&visit.language), seconds)];
            let page = shelf(web, &visit, &form, &often).await?;
            return Ok(later(page, seconds));
        }
        asked => asked?,
    };
    match (asked, wants_json(headers)) {
        (Asked::Sent { email, .. }, true) => Ok(taken(web, &visit, &email)),
        (Asked::Wrong(mistakes), true) => {
            let body = json!({ "status": "wrong", "mistakes": mistakes });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response())
        }
        (Asked::Sent { email, newsletters }, false) => {
            let action = web.path("/signup");
            let content = sent(web, &visit, &form, &email, &newsletters, &action);
            web.page(&visit, "sent", &content)
        }
        (Asked::Wrong(mistakes), false) => {
            let mut page = shelf(web, &visit, &form, &mistakes).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
    }
}

/// The page as the answer to one who asked too often.
pub(super) fn later(mut page: Response, seconds: u32) -> Response {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let headers = page.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    page
}

/// `OPTIONS /signup`: a browser asks whether a page of another site may send us JSON (CORS).
async fn preflight(State(web): State<Web>, headers: HeaderMap) -> Result<Response, WebError> {
    let from = From::of(&web, &headers)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let out = response.headers_mut();
    from.allow(out);
    if from.site.is_some() {
        out.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("POST"),
        );
        out.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("content-type"),
        );
        out.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    }
    Ok(response)
}

/// Which page sent a form, by its browser's word.
pub(super) struct From {
    /// Whether it is a page of ours.
    is_ours: bool,
    /// A site that may send us forms.
    site: Option<String>,
}

impl From {
    /// Refuses what a page of any other site made a browser send. A program that is no browser says nothing of itself.
    fn of(web: &Web, headers: &HeaderMap) -> Result<From, WebError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let origin = text(ORIGIN.as_str()).filter(|origin| *origin != "null");
        let config = &web.app.config.web;
        let ours = match text("sec-fetch-site") {
            Some(site) => matches!(site, "same-origin" | "none"),
            None => origin.is_none_or(|origin| origin == config.origin()),
        };
        let site = origin.filter(|origin| config.embed_origins.iter().any(|o| o == origin));
        if !ours && site.is_none() {
            return Err(WebError::Elsewhere);
        }
        Ok(From {
            // Without any word of a page it is a program.
            is_ours: ours && (text("sec-fetch-site").is_some() || text(ORIGIN.as_str()).is_some()),
            site: site.map(str::to_owned),
        })
    }

    /// Lets a page of that site read the answer.
    fn allow(&self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("origin"));
        let origin = self.site.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(origin)) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
    }
}

/// The answer to a program: taken, and not a word of whom it knows.
fn taken(web: &Web, visit: &Visit, email: &EmailAddress) -> Response {
    let words = web.pages.words(&visit.language);
    let hint = hint(email).map(|hint| match hint {
        Hint::Typo(meant) => json!({
            "kind": "typo",
            "address": meant.as_smtp(),
            "says": words.say("signup_meant", &[("address", meant.as_smtp().into())]),
        }),
        Hint::Role(local) => json!({
            "kind": "role",
            "says": words.say("sent_role", &[("local", local.into())]),
        }),
        Hint::Nobody(local) => json!({
            "kind": "nobody",
            "says": words.say("sent_nobody", &[("local", local.into())]),
        }),
    });
    let body = json!({
        "status": "asked",
        "says": words.say("sent_title", &[]),
        "hint": hint,
    });
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

/// A section of the page.
#[derive(Serialize)]
struct Section {
    id: &'static str,
    title: String,
    newsletters: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    slug: String,
    lang: String,
    title: String,
    description: String,
    when: String,
    /// Where its newest issue can be read.
    sample: Option<String>,
    ticked: bool,
}

/// The page of all newsletters, with what was typed and what is to be mended.
async fn shelf(
    web: &Web,
    visit: &Visit,
    form: &Form,
    mistakes: &[Mistake],
) -> Result<Response, WebError> {
    let words = web.pages.words(&visit.language);
    let now = web.app.clock.now();
    let paper = web.app.config.paper.zone.tz();
    let open: Vec<&Newsletter> = web
        .app
        .config
        .shelf()
        .into_iter()
        .filter(|n| is_open(n))
        .collect();
    let samples = samples(web).await?;
    let item = |n: &Newsletter| Item {
        slug: n.slug.clone(),
        lang: n.language.clone(),
        title: n.title.clone(),
        description: n.description.clone(),
        when: when(words, n, paper, now),
        sample: samples.get(n.slug.as_str()).cloned(),
        ticked: form.newsletters.contains(&n.slug),
    };
    let sections: Vec<Section> = Often::ALL
        .into_iter()
        .map(|often| {
            let of_it = open.iter().filter(|n| Often::of(n, now) == often);
            Section {
                id: often.word(),
                title: words.say(often.word(), &[]),
                newsletters: of_it.map(|n| item(n)).collect(),
            }
        })
        .filter(|section| !section.newsletters.is_empty())
        .collect();
    let first = sections.first().and_then(|s| s.newsletters.first());
    let first = first.map(|n| format!("n-{}", n.slug)).unwrap_or_default();
    let mut told = mistakes.to_vec();
    for mistake in told.iter_mut().filter(|m| m.field == "newsletters") {
        mistake.at.clone_from(&first);
    }
    let heading = words.say("signup_title", &[]);
    let content = json!({
        "title": title(web, visit, &heading, mistakes),
        "heading": heading,
        "languages": languages(web, visit),
        "count": open.len(),
        "sections": sections,
        "words_version": small_print(words).0,
        "times": times(web, words),
        "address": form.address,
        "mend": mend(words, mistakes),
        "mistakes": summary(&told),
        "none": said(mistakes, "newsletters"),
        "wrong": said(mistakes, "address"),
    });
    web.page(visit, "signup", &content)
}

/// The mistakes as a page lists them.
pub(super) fn summary(mistakes: &[Mistake]) -> Value {
    let lines = mistakes.iter();
    lines
        .map(|m| json!({ "at": m.at, "says": m.says }))
        .collect()
}

/// What stands above the mistakes.
pub(super) fn mend(words: Words<'_>, mistakes: &[Mistake]) -> String {
    if mistakes.iter().any(Mistake::is_no_field) {
        return words.say("error_too_many_title", &[]);
    }
    words.say("signup_mend", &[("count", mistakes.len().into())])
}

/// A page's title, which begins with "Error" where something is to be mended.
pub(super) fn title(web: &Web, visit: &Visit, heading: &str, mistakes: &[Mistake]) -> String {
    if mistakes.is_empty() {
        return heading.to_owned();
    }
    let words = web.pages.words(&visit.language);
    words.say("signup_error", &[("title", heading.into())])
}

/// What is said of this field.
pub(super) fn said<'m>(mistakes: &'m [Mistake], field: &str) -> Option<&'m str> {
    let of_it = mistakes.iter().find(|mistake| mistake.field == field);
    of_it.map(|mistake| mistake.says.as_str())
}

/// What follows a sign-up: that there is a mail to look for. `action` is where the same form can be sent again.
pub(super) fn sent(
    web: &Web,
    visit: &Visit,
    form: &Form,
    email: &EmailAddress,
    newsletters: &[String],
    action: &str,
) -> Value {
    let words = web.pages.words(&visit.language);
    let (mut meant, mut role, mut nobody) = (None, None, None);
    match hint(email) {
        Some(Hint::Typo(address)) => meant = Some(address.as_smtp().to_owned()),
        Some(Hint::Role(local)) => role = Some(local),
        Some(Hint::Nobody(local)) => nobody = Some(local),
        None => {}
    }
    let heading = words.say("sent_title", &[]);
    let titles = titles(&web.app, newsletters);
    json!({
        "title": heading,
        "heading": heading,
        "address": email.as_smtp(),
        "titles": words.list(&titles),
        "count": titles.len(),
        "slugs": newsletters,
        "sender": sender(web),
        "write": write_to(web),
        "action": action,
        "words_version": form.words_version(),
        "meant": meant,
        "role": role,
        "nobody": nobody,
    })
}

/// The newsletter whose address notices are from.
fn first(web: &Web) -> Option<&Newsletter> {
    let newsletters = &web.app.config.newsletters;
    newsletters
        .iter()
        .find(|n| !n.is_offers())
        .or(newsletters.first())
}

/// Whom the mail is from.
fn sender(web: &Web) -> String {
    first(web).map_or_else(String::new, |n| n.from.address.to_string())
}

/// Where a reader can write to.
pub(super) fn write_to(web: &Web) -> String {
    let mailbox = first(web).map(|n| n.reply_to.as_ref().unwrap_or(&n.from));
    mailbox.map_or_else(String::new, |mailbox| mailbox.address.to_string())
}
