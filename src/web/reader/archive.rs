//! The archive: issues that anybody may read, of newsletters whose files say `archive = true`.
//!
//! An issue stands here as a reader who follows nothing and pays nothing would have got it: from the pool that was chosen
//! from, with what was pinned. So nothing personal is in it, and no premium text.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use super::languages::{Language, Speaking, languages};
use super::read::framed;
use crate::audience::{EmailAddress, Preferences};
use crate::clock::from_millis;
use crate::config::Newsletter;
use crate::issue::public::{Public, edition, editions};
use crate::message::MessageId;
use crate::render::ToStranger;
use crate::render::letter::Letter;
use crate::web::{Visit, Web, WebError};

/// Issues that a newsletter's page lists: the newest.
const SHOWN: i64 = 100;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/archive", get(all))
        .route("/archive/{slug}", get(one))
        .route("/archive/{slug}/{edition}", get(issue))
}

#[derive(Serialize)]
struct View<'a> {
    title: String,
    text: String,
    languages: Vec<Language>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    path: String,
    name: String,
    text: &'a str,
}

/// Anybody's, so that a proxy may keep it for some minutes.
fn kept() -> [(HeaderName, &'static str); 1] {
    [(CACHE_CONTROL, "public, max-age=300")]
}

/// The newsletter of this slug, if it has an archive.
fn open<'a>(web: &'a Web, slug: &str) -> Result<&'a Newsletter, WebError> {
    let newsletter = web.app.newsletter(slug).filter(|n| n.archive);
    newsletter.ok_or(WebError::NotFound)
}

/// `GET /archive`
async fn all(
    State(web): State<Web>,
    visit: Visit,
    Query(speaking): Query<Speaking>,
) -> Result<Response, WebError> {
    // Who asked for a language goes on in it.
    let (on, visit) = match web.pages.speaks(&speaking.language) {
        Some(language) => (
            format!("?language={language}"),
            visit.speaking(&web, Some(language)),
        ),
        None => (String::new(), visit),
    };
    let newsletters = web.app.config.shelf().into_iter().filter(|n| n.archive);
    let rows: Vec<Row<'_>> = newsletters
        .map(|n| Row {
            path: web.path(&format!("/archive/{}{on}", n.slug)),
            name: n.title.clone(),
            text: &n.description,
        })
        .collect();
    if rows.is_empty() {
        return Err(WebError::NotFound);
    }
    let words = web.pages.words(&visit.language);
    let view = View {
        title: words.say("archive_title", &[]),
        text: words.say("archive_text", &[]),
        languages: languages(&web, &visit),
        rows,
    };
    web.page(&visit, "archive", &view)
}

/// `GET /archive/{slug}`
async fn one(
    State(web): State<Web>,
    visit: Visit,
    Path(slug): Path<String>,
    Query(speaking): Query<Speaking>,
) -> Result<Response, WebError> {
    let visit = visit.speaking(&web, Some(&speaking.language));
    let newsletter = open(&web, &slug)?;
    let newsletter_id = web.app.newsletter_ids[&newsletter.slug];
    let now = web.app.clock.now();
    let mut conn = web.app.db.read().await?;
    let editions = editions(&mut conn, newsletter_id, now, SHOWN).await?;
    drop(conn);
    let words = web.pages.words(&visit.language);
    let zone = newsletter.zone.tz();
    let rows = editions.into_iter().map(|(edition, at)| {
        let day = from_millis(at).to_zoned_datetime(zone.clone()).date();
        Row {
            path: web.path(&format!("/archive/{slug}/{edition}")),
            name: words.date_long(day),
            text: "",
        }
    });
    let view = View {
        title: newsletter.title.clone(),
        languages: languages(&web, &visit),
        rows: rows.collect(),
        text: newsletter.description.clone(),
    };
    web.page(&visit, "archive", &view)
}

/// `GET /archive/{slug}/{edition}`
async fn issue(
    State(web): State<Web>,
    Path((slug, name)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let newsletter = open(&web, &slug)?;
    let newsletter_id = web.app.newsletter_ids[&newsletter.slug];
    let found = edition(&web.app, newsletter_id, &name).await?;
    show(&web, newsletter, found.ok_or(WebError::NotFound)?).await
}

/// The page of an issue as anybody may see it.
pub(super) async fn show(
    web: &Web,
    newsletter: &Newsletter,
    public: Public,
) -> Result<Response, WebError> {
    let words = web.pages.words(&public.cohort.language);
    let args = [("newsletter", newsletter.title.as_str().into())];
    let why = if public.followed {
        "sample_why_followed"
    } else {
        "sample_why"
    };
    let to = ToStranger {
        why: words.say(why, &args),
        join: words.say("sample_join", &args),
    };
    let letter = Letter {
        id: MessageId {
            issue_id: public.issue_id,
            subscriber_id: 0,
            n: 0,
        },
        email: EmailAddress::stored("reader@example.org".to_owned()),
        preferences: Preferences::default(),
        cohort: public.cohort.into(),
        cohort_id: 0,
        scheduled_at: public.scheduled_at,
        expires_at: i64::MAX,
        attempts: 0,
        notice: None,
    };
    let html = web.renderer.public_html(&letter, Some(&to)).await?;
    Ok((kept(), framed(html)).into_response())
}
