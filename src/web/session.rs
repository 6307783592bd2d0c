//! Sessions: what is left of a link once it was followed.
//!
//! A token in an address would stay in histories and in what people copy. So the first GET answers 303 to the same path
//! without it, and what the token said moves into a cookie: signed, short-lived, for one kind of page only.

use axum::extract::FromRequestParts;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use jiff::{SignedDuration, Timestamp};

use super::{Web, WebError};
use crate::audience::{language_of, signup};
use crate::clock::from_millis;
use crate::secret::{Purpose, Token};

/// How long a session lasts from its link on. The pages say so: "It opens them for half an hour."
pub const MINUTES: i64 = 30;

/// What a session is for: the pages of one kind of link. Each has a cookie of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The page that asks whether to leave.
    Leave,
    /// The preferences, by a mail's link or by a fresh one.
    Preferences,
    /// A mail in the browser.
    Read,
    /// The button of a sign-up's mail.
    Confirm,
    /// Taking back what a notice tells of.
    Undo,
    /// Confirming a new address.
    Address,
}

impl Kind {
    const ALL: [Kind; 6] = [
        Kind::Preferences,
        Kind::Leave,
        Kind::Read,
        Kind::Confirm,
        Kind::Undo,
        Kind::Address,
    ];

    /// The first part of the path of its pages, and of its cookie.
    fn name(self) -> &'static str {
        match self {
            Kind::Leave => "leave",
            Kind::Preferences => "preferences",
            Kind::Read => "read",
            Kind::Confirm => "confirm",
            Kind::Undo => "undo",
            Kind::Address => "address",
        }
    }

    /// What the tickets are for that open such pages, where tickets do.
    fn ticket(self) -> Option<Purpose> {
        match self {
            Kind::Leave | Kind::Read => None,
            Kind::Preferences => Some(Purpose::Manage),
            Kind::Confirm => Some(Purpose::Confirm),
            Kind::Undo => Some(Purpose::Undo),
            Kind::Address => Some(Purpose::Address),
        }
    }

    /// Whether links of this purpose open such pages.
    fn takes(self, purpose: u8) -> bool {
        match self {
            Kind::Leave => purpose == LEAVE,
            Kind::Preferences => matches!(purpose, LIMITED | FULL),
            Kind::Read => purpose == READ,
            Kind::Confirm => purpose == CONFIRM,
            Kind::Undo => purpose == UNDO,
            Kind::Address => purpose == ADDRESS,
        }
    }
}

/// `secret::Purpose::AskToLeave`.
const LEAVE: u8 = 8;
/// `secret::Purpose::Preferences`, in a mail's foot.
const LIMITED: u8 = 2;
/// `secret::Purpose::Read`.
const READ: u8 = 3;
/// `secret::Purpose::Confirm`.
const CONFIRM: u8 = 4;
/// The fresh link to the reader's own address.
const FULL: u8 = 5;
/// The link of a notice that takes back what it tells of.
const UNDO: u8 = 6;
/// The link to a new address.
const ADDRESS: u8 = 7;

/// What a cookie says, its seal and its time looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The purpose of the link, as `secret::Purpose` numbers it.
    pub purpose: u8,
    /// The three numbers of the link; what they mean is the purpose's affair.
    pub numbers: [i64; 3],
    /// When it ends.
    pub until: Timestamp,
}

impl Session {
    /// What a mail's link says, from now on.
    pub fn of_token(web: &Web, token: &Token) -> Session {
        let numbers = [token.newsletter_id, token.issue_id, token.subscriber_id];
        Session::new(web, token.purpose as u8, numbers)
    }

    /// What a notice's link says, from now on, if its time is not over.
    pub fn of_link(web: &Web, purpose: Purpose, text: &str) -> Result<Session, WebError> {
        let ticket = web.app.keys.open_ticket(purpose, text);
        let ticket = ticket.ok_or(WebError::BadLink)?;
        if !ticket.is_valid_at(web.app.clock.now()) {
            return Err(WebError::NoSession);
        }
        let numbers = [ticket.of, ticket.epoch, ticket.until_minute];
        Ok(Session::new(web, ticket.purpose as u8, numbers))
    }

    /// What a link of this purpose says, from now on.
    pub fn new(web: &Web, purpose: u8, numbers: [i64; 3]) -> Session {
        Session {
            purpose,
            numbers,
            until: web.app.clock.now() + SignedDuration::from_mins(MINUTES),
        }
    }

    /// What the forms of the pages it opens carry: after the link of another mail, a page still open is not taken for one of
    /// that link. Two mails of one sign-up open one page.
    pub fn mark(&self, web: &Web) -> String {
        let of = match self.purpose {
            CONFIRM => &self.numbers[..1],
            _ => &self.numbers[..],
        };
        web.app.keys.mark(of)
    }

    /// The session of this kind that a request has, or what to do where it has none.
    pub fn of(web: &Web, headers: &HeaderMap, kind: Kind) -> Result<Session, WebError> {
        let session = Session::sealed(web, headers, kind).ok_or(WebError::NoSession)?;
        if web.app.clock.now() <= session.until {
            Ok(session)
        } else {
            Err(WebError::NoSession)
        }
    }

    /// The same, whether or not its time is over.
    fn sealed(web: &Web, headers: &HeaderMap, kind: Kind) -> Option<Session> {
        let jar = CookieJar::from_headers(headers);
        let cookie = jar.get(&cookie_name(web, kind))?;
        let (purpose, numbers, minute) = web.app.keys.open_session(cookie.value())?;
        kind.takes(purpose).then_some(Session {
            purpose,
            numbers,
            until: from_millis(minute.saturating_mul(60_000)),
        })
    }

    /// What a link to such a page says, whether or not its time is over.
    fn linked(web: &Web, kind: Kind, link: &str) -> Option<Session> {
        if let Some(token) = web.app.keys.open(link) {
            return Some(Session::of_token(web, &token));
        }
        let ticket = web.app.keys.open_ticket(kind.ticket()?, link)?;
        let numbers = [ticket.of, ticket.epoch, ticket.until_minute];
        Some(Session::new(web, ticket.purpose as u8, numbers))
    }

    /// The answer to a link: 303 to `path`, with the session in a cookie.
    pub fn begin(&self, web: &Web, kind: Kind, path: &str) -> Response {
        let minute = self.until.as_second().div_euclid(60);
        let value = web.app.keys.session(self.purpose, self.numbers, minute);
        redirect(web, path, Some(cookie(web, kind, &value, MINUTES * 60)))
    }

    /// 303 to `path`, with the session gone.
    pub fn end(web: &Web, kind: Kind, path: &str) -> Response {
        redirect(web, path, Some(cookie(web, kind, "", 0)))
    }
}

/// The language that whoever asks for this path has chosen: the reader that its link names, or that a session does, whether
/// or not its time is over. An error is told in it, and nothing else.
pub(super) async fn language(web: &Web, headers: &HeaderMap, path: &str) -> Option<String> {
    let base = web.app.config.web.base();
    let path = path.strip_prefix(&base).unwrap_or(path);
    let mut parts = path.split('/').skip(1);
    let page = parts.next();
    let kind = Kind::ALL.into_iter().find(|kind| page == Some(kind.name()));
    let link = kind.zip(parts.next());
    let by_link = link.and_then(|(kind, link)| Session::linked(web, kind, link));
    let session = by_link.or_else(|| {
        let mut kinds = kind.into_iter().chain(Kind::ALL);
        kinds.find_map(|kind| Session::sealed(web, headers, kind))
    })?;
    let mut conn = web.app.db.read().await.ok()?;
    let [first, second, third] = session.numbers;
    let found = match session.purpose {
        CONFIRM => signup::language_of(&mut conn, first).await,
        FULL | UNDO => language_of(&mut conn, first).await,
        ADDRESS => language_of(&mut conn, second).await,
        _ => language_of(&mut conn, third).await,
    };
    found.ok().flatten()
}

/// An error unless the mark that a form carries is that of whom the request is from.
pub fn is_of(carried: &str, mark: &str) -> Result<(), WebError> {
    if carried == mark {
        Ok(())
    } else {
        Err(WebError::OtherLink)
    }
}

/// 303 to a path of ours: what follows a POST that did something.
pub fn see(web: &Web, path: &str) -> Response {
    redirect(web, path, None)
}

fn redirect(web: &Web, path: &str, cookie: Option<String>) -> Response {
    let cookie = cookie.map(|cookie| (SET_COOKIE, cookie));
    (
        StatusCode::SEE_OTHER,
        [(LOCATION, web.path(path))],
        AppendHeaders(cookie),
    )
        .into_response()
}

/// The cookie of a link that the paper's own site signed.
const JOIN: &str = "join";

/// The answer to such a link: 303 to `path`, with the link in a cookie. It is signed and has an end of its own.
pub fn keep_link(web: &Web, link: &str, path: &str) -> Response {
    redirect(web, path, Some(named_cookie(web, JOIN, link, MINUTES * 60)))
}

/// The link that [`keep_link`] kept; nothing of it is proven.
pub fn kept_link(web: &Web, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let cookie = jar.get(&full_name(web, JOIN))?;
    Some(cookie.value().to_owned())
}

fn cookie_name(web: &Web, kind: Kind) -> String {
    full_name(web, kind.name())
}

/// With HTTPS, a name that browsers take from this host alone and over HTTPS only (RFC 6265bis, section 4.1.3.2).
fn full_name(web: &Web, name: &str) -> String {
    let host = if web.app.config.web.is_https() {
        "__Host-"
    } else {
        ""
    };
    format!("{host}postrider-{name}")
}

fn cookie(web: &Web, kind: Kind, value: &str, seconds: i64) -> String {
    named_cookie(web, kind.name(), value, seconds)
}

/// Lax, so that a link in a mail that is read in the browser still opens what it opened before.
fn named_cookie(web: &Web, name: &str, value: &str, seconds: i64) -> String {
    let secure = if web.app.config.web.is_https() {
        "; Secure"
    } else {
        ""
    };
    let name = full_name(web, name);
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// How much a reader's link lets them do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Came by a link in a mail, which can be forwarded: newsletters, hours and pauses.
    Limited,
    /// Came by a fresh link that went to the reader's own address: everything.
    Full,
}

/// The reader whose preferences a session opens. As an extractor it answers those without a session with what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Which subscriber.
    pub subscriber_id: i64,
    /// How much the link lets them do.
    pub mode: Mode,
    /// The number the subscriber had when a fresh link was made; if it is another one now, the link opens nothing.
    pub epoch: Option<i64>,
    /// When the session ends.
    pub until: Timestamp,
}

impl Reader {
    fn of(session: &Session) -> Option<Reader> {
        let until = session.until;
        match (session.purpose, session.numbers) {
            (LIMITED, [_, _, subscriber_id]) => Some(Reader {
                subscriber_id,
                mode: Mode::Limited,
                epoch: None,
                until,
            }),
            (FULL, [subscriber_id, epoch, _]) => Some(Reader {
                subscriber_id,
                mode: Mode::Full,
                epoch: Some(epoch),
                until,
            }),
            _ => None,
        }
    }

    /// What the forms of their pages carry, by whichever link of theirs.
    pub fn mark(&self, web: &Web) -> String {
        web.app.keys.mark(&[self.subscriber_id])
    }

    /// An error unless the link lets the reader do everything.
    pub fn fully(&self) -> Result<(), WebError> {
        match self.mode {
            Mode::Full => Ok(()),
            Mode::Limited => Err(WebError::Limited),
        }
    }
}

impl FromRequestParts<Web> for Reader {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Reader, WebError> {
        let session = Session::of(web, &parts.headers, Kind::Preferences)?;
        Reader::of(&session).ok_or(WebError::NoSession)
    }
}
