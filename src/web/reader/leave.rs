//! Leaving: by a mail program's one click (RFC 8058), or by a page with a button.
//!
//! It works for as long as the key that signed the mail is in the key file: the token says which newsletter and which
//! reader. One click needs no more. A GET keeps it in a session as all links do, and from the page on it travels in forms, so
//! that a page which stays open works long after its session.

use axum::extract::{Form, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::brake::may_save;
use super::clicks::Click;
use super::last::last;
use super::left::{Asked, Said, Shown, gone, page};
use super::preferences::leaving::tell;
use crate::audience::act::{act, undo};
use crate::audience::answer::{Answer, keep};
use crate::audience::record::act_of;
use crate::audience::source::BY_PAGE;
use crate::audience::standing::standing;
use crate::audience::{Act, ActError, Done, Edit, How, Standing, When, edit};
use crate::config::Cadence;
use crate::db::{self, Tx, again};
use crate::issue::carried;
use crate::message::MessageId;
use crate::secret::{Purpose, Token};
use crate::web::session::{Kind, Session};
use crate::web::{Mode, Visit, Web, WebError};

const PATH: &str = "/leave";

/// How long the page's pause lasts.
pub(super) const PAUSE: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/leave/{token}", get(open).post(one_click))
        .route(PATH, get(ask).post(press))
}

/// The token of a mail's link to leave, as one that opens the page.
pub(super) fn token(web: &Web, text: &str) -> Result<Token, WebError> {
    let token = web.app.keys.open(text).ok_or(WebError::BadLink)?;
    let is_ours = matches!(token.purpose, Purpose::Leave | Purpose::AskToLeave);
    let purpose = Purpose::AskToLeave;
    let token = is_ours.then_some(Token { purpose, ..token });
    token.ok_or(WebError::BadLink)
}

/// The slug of the newsletter with this number, if there still is one.
fn slug(web: &Web, newsletter_id: i64) -> Option<&str> {
    let mut all = web.app.newsletter_ids.iter();
    all.find(|(_, id)| **id == newsletter_id)
        .map(|(slug, _)| slug.as_str())
}

/// `POST /leave/{token}`: one click (RFC 8058, section 3.2). A second one changes nothing, and the answer is the same for a
/// reader who never was. Whatever the body is, it is not looked at: the token says it all. The link of the mail's text
/// leads to the page that asks, since leaving by a mail that was forwarded must not go untold.
async fn one_click(
    State(web): State<Web>,
    Path(text): Path<String>,
    visit: Visit,
) -> Result<Response, WebError> {
    let token = web.app.keys.open(&text).ok_or(WebError::BadLink)?;
    if token.purpose != Purpose::Leave {
        return open(State(web), Path(text)).await;
    }
    // Another node knows it, which was started later.
    let slug = slug(&web, token.newsletter_id).ok_or(WebError::NotNow)?;
    let click = Click {
        subscriber_id: token.subscriber_id,
        slug: slug.to_owned(),
        network: visit.network(),
    };
    web.clicks.click(&web.app, click).await?;
    tracing::debug!(subscriber.id = token.subscriber_id, "one click");
    Ok((http::StatusCode::OK, "Done.\n").into_response())
}

/// `GET /leave/{token}`: takes the token out of the address.
async fn open(State(web): State<Web>, Path(text): Path<String>) -> Result<Response, WebError> {
    let token = token(&web, &text)?;
    Ok(Session::of_token(&web, &token).begin(&web, Kind::Leave, PATH))
}

/// `GET /leave`: asks, and changes nothing.
async fn ask(
    State(web): State<Web>,
    headers: HeaderMap,
    visit: Visit,
) -> Result<Response, WebError> {
    let session = Session::of(&web, &headers, Kind::Leave)?;
    let [newsletter_id, issue_id, subscriber_id] = session.numbers;
    let token = Token {
        purpose: Purpose::AskToLeave,
        newsletter_id,
        issue_id,
        subscriber_id,
        n: 0,
    };
    let text = web.app.keys.token(web.app.keys.newest(), &token);
    let mut conn = web.app.db.read().await?;
    let standing = standing(&mut conn, token.subscriber_id).await?;
    drop(conn);
    let (Some(standing), Some(slug)) = (standing, slug(&web, token.newsletter_id)) else {
        return gone(&web, &visit);
    };
    if web.app.newsletter(slug).is_none() {
        return last(&web, visit, &token, &text, slug, &standing).await;
    }
    let said = if edit::is_active(&standing.preferences, slug) {
        Said::Ask
    } else {
        Said::Left
    };
    let named = named(&web, &token).await?;
    let shown = Shown {
        token: &token,
        text: &text,
        slug,
        standing: &standing,
        named: &named,
        said,
        just: false,
        revision: None,
        why: Asked::Open,
    };
    page(&web, visit, &shown)
}

/// What a form of these pages sends.
#[derive(Deserialize)]
struct Pressed {
    token: String,
    #[serde(rename = "do")]
    what: What,
    /// The newsletter, where it is another one than the mail's.
    newsletter: Option<String>,
    /// The revision to undo.
    revision: Option<i64>,
    /// Why it was left: a reason's word, and the reader's own words.
    #[serde(default)]
    why: String,
    #[serde(default)]
    words: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Leave,
    All,
    Undo,
    Weekly,
    #[serde(rename = "only-followed")]
    OnlyFollowed,
    Pause,
    Why,
}

/// `POST /leave`: a button of the page. The answer is the page that says what is so now.
async fn press(
    State(web): State<Web>,
    visit: Visit,
    Form(pressed): Form<Pressed>,
) -> Result<Response, WebError> {
    let token = token(&web, &pressed.token)?;
    let own = slug(&web, token.newsletter_id);
    let wanted = pressed.newsletter.as_deref().or(own);
    // Only what the paper has, or the mail is of: what a form sends is not shown unseen.
    let known = wanted.and_then(|slug| web.app.newsletter(slug));
    let known = known.map(|newsletter| newsletter.slug.as_str());
    let Some(slug) = known.or(own.filter(|own| wanted == Some(own))) else {
        return gone(&web, &visit);
    };
    if matches!(
        pressed.what,
        What::Undo | What::Weekly | What::OnlyFollowed | What::Pause
    ) {
        may_save(&web, token.subscriber_id, Mode::Limited).await?;
    }
    let (mut done, mut why) = (None, Asked::Open);
    if pressed.what == What::Why {
        why = say_why(&web, &token, slug, &pressed).await?;
    } else {
        done = again(|| step(&web, &visit, &token, slug, &pressed)).await??;
    }
    let mut conn = web.app.db.read().await?;
    let standing: Option<Standing> = standing(&mut conn, token.subscriber_id).await?;
    drop(conn);
    let Some(standing) = standing else {
        return gone(&web, &visit);
    };
    if known.is_none() {
        return last(&web, visit, &token, &pressed.token, slug, &standing).await;
    }
    let named = named(&web, &token).await?;
    let is_active = edit::is_active(&standing.preferences, slug);
    let place = standing.preferences.subscriptions.get(slug);
    let only_followed = is_active && place.is_some_and(|s| s.only_followed);
    let said = match pressed.what {
        What::OnlyFollowed if only_followed => Said::OnlyFollowed,
        // Who follows nothing by now cannot have only that.
        What::Why | What::OnlyFollowed if is_active => Said::Ask,
        What::Leave | What::Why | What::OnlyFollowed => Said::Left,
        What::All => Said::All,
        What::Undo => Said::Back,
        What::Weekly => Said::Weekly,
        What::Pause => Said::Paused,
    };
    let was_refused = pressed.what == What::OnlyFollowed && !only_followed;
    let made = done.filter(|done| done.is_new).map(|done| done.revision);
    let shown = Shown {
        token: &token,
        text: &pressed.token,
        slug,
        standing: &standing,
        named: &named,
        said,
        just: said != Said::Ask && !was_refused && !matches!(why, Asked::Bad(..)),
        // Who says why can still take the leaving back.
        revision: made.or(pressed.revision.filter(|_| pressed.what == What::Why)),
        why,
    };
    page(&web, visit, &shown)
}

/// What the mail itself says that its reader follows. A mail can be forwarded, so of all that is followed its pages name no
/// more than that.
async fn named(web: &Web, token: &Token) -> db::Result<Vec<(i16, String)>> {
    let id = MessageId {
        issue_id: token.issue_id,
        subscriber_id: token.subscriber_id,
        n: token.n,
    };
    carried::named(&mut web.app.db.read().await?, id).await
}

/// Keeps why it was left, if that was said.
async fn say_why<'p>(
    web: &Web,
    token: &Token,
    slug: &str,
    pressed: &'p Pressed,
) -> db::Result<Asked<'p>> {
    let app = &web.app;
    let answer = match Answer::of(&pressed.why, &pressed.words) {
        Ok(answer) => answer,
        Err(bad) => return Ok(Asked::Bad(&pressed.why, &pressed.words, bad)),
    };
    let newsletter = (app.newsletter_ids[slug], slug);
    let kept = again(async || {
        let mut tx = app.db.begin().await?;
        let now = app.clock.now();
        let kept = keep(&mut tx, token.subscriber_id, newsletter, &answer, now).await?;
        tx.commit().await?;
        Ok(kept)
    })
    .await?;
    Ok(if kept { Asked::Kept } else { Asked::Open })
}

/// One press in one transaction; nothing where there was nothing to do. Whoever asked to be forgotten is, unless a fresh
/// link says otherwise.
async fn step(
    web: &Web,
    visit: &Visit,
    token: &Token,
    slug: &str,
    pressed: &Pressed,
) -> db::Result<Result<Option<Done>, WebError>> {
    let app = &web.app;
    let mut tx = app.db.begin().await?;
    let done = match pressed.what {
        What::Undo => take_back(&mut tx, web, visit, token, slug, pressed.revision).await,
        _ => go(&mut tx, web, visit, token, slug, pressed.what).await,
    };
    match done {
        Ok(done) if done.spares => Ok(Err(WebError::Limited)),
        Ok(done) => {
            if done.is_new {
                tell(&mut tx, app, &done, visit, app.clock.now()).await?;
            }
            tx.commit().await?;
            Ok(Ok(Some(done)))
        }
        Err(ActError::Database(error)) => Err(error),
        Err(_) => Ok(Ok(None)),
    }
}

async fn go(
    tx: &mut Tx,
    web: &Web,
    visit: &Visit,
    token: &Token,
    slug: &str,
    what: What,
) -> Result<Done, ActError> {
    let now = web.app.clock.now();
    let shown = shown(web, visit, slug, what);
    let slug = slug.to_owned();
    let edits = match what {
        What::All => vec![Edit::LeaveAll],
        What::Weekly => vec![Edit::Join(slug.clone()), weekly(slug)],
        What::OnlyFollowed => vec![Edit::Join(slug.clone()), Edit::OnlyFollowed(slug, true)],
        What::Pause => vec![
            Edit::Join(slug.clone()),
            Edit::Pause(Some(slug), now + PAUSE),
        ],
        What::Leave | What::Undo | What::Why => vec![Edit::Leave(slug)],
    };
    let mut first: Option<Done> = None;
    for edit in &edits {
        let done = with_how(visit, &shown, async |how| {
            act(
                tx,
                &web.app.paper(),
                token.subscriber_id,
                None,
                edit,
                how,
                now,
            )
            .await
        })
        .await?;
        first = Some(match first {
            Some(first) => Done {
                before: first.before,
                is_new: first.is_new || done.is_new,
                spares: first.spares || done.spares,
                ..done
            },
            None => done,
        });
    }
    first.ok_or(ActError::NothingToUndo)
}

fn weekly(slug: String) -> Edit {
    let when = When {
        cadence: Cadence::Weekly,
        at_minute: None,
        days: None,
        zone: None,
    };
    Edit::When(slug, when)
}

/// What was left is had again: by its revision, or, where it was left some other time, by joining again.
async fn take_back(
    tx: &mut Tx,
    web: &Web,
    visit: &Visit,
    token: &Token,
    slug: &str,
    revision: Option<i64>,
) -> Result<Done, ActError> {
    let (id, now) = (token.subscriber_id, web.app.clock.now());
    let shown = shown(web, visit, slug, What::Undo);
    with_how(visit, &shown, async |how| {
        let paper = web.app.paper();
        if let Some(revision) = revision {
            // A mail can be forwarded, so its link takes back only what such a link can do.
            let made_by = act_of(tx, id, revision).await?;
            if made_by.is_some_and(Act::is_limited) {
                return undo(tx, &paper, id, revision, how, now).await;
            }
            return Err(ActError::NothingToUndo);
        }
        let edit = Edit::Join(slug.to_owned());
        act(tx, &paper, id, None, &edit, how, now).await
    })
    .await
}

/// Runs `done` with what the record is to say of this visit.
async fn with_how<T>(visit: &Visit, shown: &str, done: impl AsyncFnOnce(&How<'_>) -> T) -> T {
    let network = visit.network();
    done(&How {
        source: BY_PAGE,
        network: network.as_deref(),
        shown: Some(shown),
    })
    .await
}

/// What stood on the button that was pressed, and beside it.
fn shown(web: &Web, visit: &Visit, slug: &str, what: What) -> String {
    const BUTTONS: [(What, &str); 5] = [
        (What::All, "leave_all_button"),
        (What::Undo, "leave_undo"),
        (What::Weekly, "leave_weekly_button"),
        (What::OnlyFollowed, "leave_followed_button"),
        (What::Pause, "leave_pause_button"),
    ];
    let words = web.pages.words(&visit.language);
    let title = web.app.newsletter(slug).map_or(slug, |n| n.title.as_str());
    let button = BUTTONS.iter().find(|(pressed, _)| *pressed == what);
    let button = button.map_or("leave_button", |(_, id)| id);
    let button = words.say(button, &[("newsletter", title.into())]);
    // These do not name it themselves.
    let is_bare = matches!(
        what,
        What::Undo | What::Weekly | What::OnlyFollowed | What::Pause
    );
    let beside = if is_bare {
        format!(" {title}")
    } else {
        String::new()
    };
    format!("“{button}”{beside}, {}", visit.language)
}

/// When a pause that begins now ends.
pub(super) fn pause_ends(now: Timestamp) -> Timestamp {
    now + PAUSE
}
