//! One newsletter's form, for a frame on another site's page; and the text to copy for it.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use super::asking::{Asked, small_print, take};
use super::form::{Form, Mistake};
use super::languages::Speaking;
use super::signup::{later, mend, said, sent, summary, title};
use super::upcoming::when;
use crate::audience::signup::{Way, is_open};
use crate::config::Newsletter;
use crate::web::{Visit, Web, WebError};

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/embed/{slug}", get(page).post(submit))
        .route("/embed/{slug}/code", get(code))
}

fn newsletter<'w>(web: &'w Web, slug: &str) -> Result<&'w Newsletter, WebError> {
    let found = web.app.newsletter(slug).filter(|n| is_open(n));
    found.ok_or(WebError::NotFound)
}

/// `GET /embed/{slug}`
async fn page(
    State(web): State<Web>,
    visit: Visit,
    Path(slug): Path<String>,
    Query(speaking): Query<Speaking>,
) -> Result<Response, WebError> {
    let newsletter = newsletter(&web, &slug)?;
    let visit = visit.speaking(&web, Some(&speaking.language));
    form(&web, &visit, newsletter, &Form::default(), &[])
}

/// `POST /embed/{slug}`: from the frame itself.
async fn submit(
    State(web): State<Web>,
    visit: Visit,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, WebError> {
    let newsletter = newsletter(&web, &slug)?;
    let mut filled = Form::read(&headers, &body)?;
    filled.newsletters = vec![newsletter.slug.clone()];
    let visit = visit.speaking(&web, Some(&filled.language));
    let asked = match take(&web, &visit, &filled, Way::Embed, None).await {
        Err(WebError::TooMany(seconds)) => {
            let often = [Mistake::often(web.pages.words(&visit.language), seconds)];
            let page = form(&web, &visit, newsletter, &filled, &often)?;
            return Ok(later(page, seconds));
        }
        asked => asked?,
    };
    match asked {
        Asked::Sent { email, newsletters } => {
            let action = web.path(&format!("/embed/{slug}"));
            let content = sent(&web, &visit, &filled, &email, &newsletters, &action);
            Ok(framed(&web, web.page(&visit, "embed_sent", &content)?))
        }
        Asked::Wrong(mistakes) => {
            let mut page = form(&web, &visit, newsletter, &filled, &mistakes)?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
    }
}

fn form(
    web: &Web,
    visit: &Visit,
    newsletter: &Newsletter,
    filled: &Form,
    mistakes: &[Mistake],
) -> Result<Response, WebError> {
    let words = web.pages.words(&visit.language);
    let paper = web.app.config.paper.zone.tz();
    let content = json!({
        "title": title(web, visit, &newsletter.title, mistakes),
        "heading": newsletter.title,
        "description": newsletter.description,
        "when": when(words, newsletter, paper, web.app.clock.now()),
        "slug": newsletter.slug,
        "lang": newsletter.language,
        "action": web.path(&format!("/embed/{}", newsletter.slug)),
        "words_version": small_print(words).0,
        "address": filled.address,
        "mend": mend(words, mistakes),
        "mistakes": summary(mistakes),
        "wrong": said(mistakes, "address"),
    });
    Ok(framed(web, web.page(visit, "embed", &content)?))
}

/// Lets the sites that are named show it in a frame, and nobody else.
fn framed(web: &Web, mut page: Response) -> Response {
    let origins = web.app.config.web.embed_origins.join(" ");
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
         frame-ancestors 'self' {origins}; base-uri 'none'"
    );
    let headers = page.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    page
}

/// `GET /embed/{slug}/code`: what a site copies.
async fn code(
    State(web): State<Web>,
    visit: Visit,
    Path(slug): Path<String>,
    Query(speaking): Query<Speaking>,
) -> Result<Response, WebError> {
    let newsletter = newsletter(&web, &slug)?;
    let visit = visit.speaking(&web, Some(&speaking.language));
    let words = web.pages.words(&visit.language);
    let url = &web.app.config.web.public_url;
    let title = escaped(&newsletter.title);
    let language = &visit.language;
    let (version, said) = small_print(words);
    let frame = format!(
        "<iframe src=\"{url}/embed/{slug}?language={language}\" title=\"{title}\" width=\"100%\" height=\"420\"></iframe>\n"
    );
    let form = format!(
        "<form method=\"post\" action=\"{url}/signup\">\n  \
           <input type=\"hidden\" name=\"newsletter\" value=\"{slug}\">\n  \
           <input type=\"hidden\" name=\"language\" value=\"{language}\">\n  \
           <input type=\"hidden\" name=\"words\" value=\"{version}\">\n  \
           <p><label>{address} <input type=\"email\" name=\"address\" autocomplete=\"email\" required></label></p>\n  \
           <p hidden><label>{trap} <input name=\"website\" tabindex=\"-1\" autocomplete=\"off\"></label></p>\n  \
           <p>{said}</p>\n  \
           <button>{go}</button>\n\
         </form>\n",
        address = escaped(&words.say("signup_address", &[])),
        trap = escaped(&words.say("signup_trap", &[])),
        said = escaped(&said),
        go = escaped(&words.say("signup_go", &[])),
    );
    let heading = words.say("embed_code_title", &[]);
    let content = json!({
        "title": heading,
        "heading": heading,
        "frame": frame,
        "form": form,
    });
    web.page(&visit, "embed_code", &content)
}

fn escaped(text: &str) -> String {
    handlebars::html_escape(text)
}
