//! Mailbox: pages on loopback to read the caught mails in.
//!
//! In: the store that the relay fills. Out: a list, and each mail as HTML, as text and as it went over the wire. There is
//! no script in the pages, and none may run in a mail: that stands in a frame with a sandbox and a policy of its own.
//! Mails are the readers' business, so it listens on loopback only and answers to no other name: a page elsewhere that has
//! its own name point here (DNS rebinding) reads nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use handlebars::Handlebars;
use mail_parser::{Message, MessageParser, PartType};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::relay::{Caught, Mails};

/// Mails on one page of the list.
const PER_PAGE: usize = 100;

/// The look of the readers' pages, and what the mailbox adds.
const CSS: &str = concat!(
    include_str!("../../templates/web/tokens.css"),
    include_str!("../../templates/web/house.css"),
    include_str!("../../templates/web/mailbox/mailbox.css"),
);

const PAGES: [(&str, &str); 4] = [
    (
        "frame",
        include_str!("../../templates/web/mailbox/frame.hbs"),
    ),
    ("list", include_str!("../../templates/web/mailbox/list.hbs")),
    ("mail", include_str!("../../templates/web/mailbox/mail.hbs")),
    ("lost", include_str!("../../templates/web/mailbox/lost.hbs")),
];

const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";

/// What a mail may do, in the frame and out of it: show its own styles, and pictures from this machine.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data: http://127.0.0.1:* \
                           http://localhost:*; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; \
                           sandbox allow-popups allow-popups-to-escape-sandbox";

/// The pages' web server. It stops when this is dropped.
#[derive(Debug)]
pub struct Mailbox {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Mailbox {
    /// Shows `mails` at `listen`, as they come. An address that is not loopback is refused; port 0 takes a free one.
    pub async fn start(mails: Mails, listen: SocketAddr) -> io::Result<Mailbox> {
        if !listen.ip().is_loopback() {
            let reason = "the mailbox shows everyone's mail, so it listens on loopback only";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let app = App {
            mails,
            pages: Arc::new(pages().map_err(io::Error::other)?),
        };
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router(app))
                .with_graceful_shutdown(stopped)
                .await
            {
                tracing::error!(%error, "the mailbox stopped");
            }
        });
        Ok(Mailbox {
            address,
            _stop: stop.drop_guard(),
        })
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

#[derive(Clone)]
struct App {
    mails: Mails,
    pages: Arc<Handlebars<'static>>,
}

fn pages() -> Result<Handlebars<'static>, Box<handlebars::TemplateError>> {
    let mut pages = Handlebars::new();
    for (name, page) in PAGES {
        pages
            .register_template_string(name, page)
            .map_err(Box::new)?;
    }
    Ok(pages)
}

fn router(app: App) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/before/{number}", get(list_before))
        .route("/mail/{number}", get(mail_as_html))
        .route("/mail/{number}/text", get(mail_as_text))
        .route("/mail/{number}/source", get(mail_as_source))
        .route("/mail/{number}/html", get(mail_in_frame))
        .route(
            "/mailbox.css",
            get(|| async { ([(CONTENT_TYPE, "text/css; charset=utf-8")], CSS) }),
        )
        .fallback(lost)
        .layer(middleware::from_fn(guard))
        .with_state(app)
}

/// Lets only loopback names in, and adds to each answer what keeps it to itself.
async fn guard(request: Request, next: Next) -> Response {
    if !is_for_loopback(request.headers()) {
        return (
            StatusCode::MISDIRECTED_REQUEST,
            "The mailbox answers on loopback only.\n",
        )
            .into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(PAGE_POLICY));
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_for_loopback(headers: &HeaderMap) -> bool {
    let host = headers
        .get(HOST)
        .and_then(|host| Authority::try_from(host.as_bytes()).ok());
    host.is_some_and(|host| {
        let name = host.host().trim_matches(['[', ']']);
        name.eq_ignore_ascii_case("localhost")
            || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    })
}

#[derive(Serialize)]
struct ListPage {
    title: String,
    count: usize,
    mails: Vec<Row>,
    older: Option<u64>,
}

#[derive(Serialize)]
struct Row {
    number: u64,
    to: String,
    sender: Option<String>,
    subject: String,
    size: String,
    faults: Option<String>,
}

async fn list(State(app): State<App>) -> Response {
    app.list(u64::MAX)
}

async fn list_before(State(app): State<App>, Path(number): Path<u64>) -> Response {
    app.list(number)
}

#[derive(Serialize)]
struct MailPage<'a> {
    title: String,
    number: u64,
    to: &'a str,
    from: &'a str,
    sender: Option<String>,
    connection: u64,
    size: String,
    faults: Option<String>,
    line_errors: &'a [String],
    tabs: Vec<Tab>,
    newer: Option<u64>,
    older: Option<u64>,
    missing: Option<&'static str>,
    framed: bool,
    label: &'static str,
    body: String,
}

#[derive(Serialize)]
struct Tab {
    name: &'static str,
    href: String,
    current: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Html,
    Text,
    Source,
}

async fn mail_as_html(State(app): State<App>, Path(number): Path<u64>) -> Response {
    app.mail(number, View::Html)
}

async fn mail_as_text(State(app): State<App>, Path(number): Path<u64>) -> Response {
    app.mail(number, View::Text)
}

async fn mail_as_source(State(app): State<App>, Path(number): Path<u64>) -> Response {
    app.mail(number, View::Source)
}

/// The HTML part alone, for the frame.
async fn mail_in_frame(State(app): State<App>, Path(number): Path<u64>) -> Response {
    let mail = app.mails.get(number);
    let Some(html) = mail.as_ref().and_then(|mail| html_of(&parse(mail)?)) else {
        return app.lost();
    };
    (
        [(CONTENT_SECURITY_POLICY, MAIL_POLICY)],
        Html(opening_outside(&html)),
    )
        .into_response()
}

async fn lost(State(app): State<App>) -> Response {
    app.lost()
}

impl App {
    fn list(&self, before: u64) -> Response {
        let mails = self.mails.newest(before, PER_PAGE);
        let count = self.mails.count();
        let title = match count {
            0 => "No mail yet".to_owned(),
            1 => "One mail caught".to_owned(),
            count => format!("{count} mails caught"),
        };
        let older = mails
            .last()
            .map(|mail| mail.number)
            .filter(|number| mails.len() == PER_PAGE && *number > 1);
        let mails = mails.iter().map(row).collect();
        self.page(
            StatusCode::OK,
            "list",
            &ListPage {
                title,
                count,
                mails,
                older,
            },
        )
    }

    fn mail(&self, number: u64, view: View) -> Response {
        let Some(mail) = self.mails.get(number) else {
            return self.lost();
        };
        let message = parse(&mail);
        let (missing, body) = match view {
            View::Html
                if message
                    .as_ref()
                    .is_none_or(|message| html_of(message).is_none()) =>
            {
                (Some("This mail has no HTML part."), String::new())
            }
            View::Html => (None, String::new()),
            View::Text => match message.as_ref().and_then(text_of) {
                Some(text) => (None, text),
                None => (Some("This mail has no text part."), String::new()),
            },
            View::Source => (None, String::from_utf8_lossy(&mail.bytes).into_owned()),
        };
        let tab = |name, end, of| Tab {
            name,
            href: format!("/mail/{number}{end}"),
            current: of == view,
        };
        let page = MailPage {
            title: subject_of(&mail),
            number,
            to: &mail.to,
            from: &mail.from,
            sender: sender_of(&mail),
            connection: mail.connection,
            size: size(mail.bytes.len()),
            faults: faults(&mail),
            line_errors: &mail.line_errors,
            tabs: vec![
                tab("HTML", "", View::Html),
                tab("Text", "/text", View::Text),
                tab("Source", "/source", View::Source),
            ],
            newer: self.mails.get(number + 1).map(|mail| mail.number),
            older: self.mails.get(number - 1).map(|mail| mail.number),
            missing,
            framed: view == View::Html,
            label: if view == View::Text {
                "The mail as text"
            } else {
                "The mail as it came over the wire"
            },
            body,
        };
        self.page(StatusCode::OK, "mail", &page)
    }

    fn lost(&self) -> Response {
        let title = serde_json::json!({ "title": "There is no such mail here" });
        self.page(StatusCode::NOT_FOUND, "lost", &title)
    }

    fn page(&self, status: StatusCode, name: &str, content: &impl Serialize) -> Response {
        match self.pages.render(name, content) {
            Ok(page) => (status, Html(page)).into_response(),
            Err(error) => {
                tracing::error!(%error, page = name, "a page of the mailbox does not render");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

fn row(mail: &Caught) -> Row {
    Row {
        number: mail.number,
        to: mail.to.clone(),
        sender: sender_of(mail),
        subject: subject_of(mail),
        size: size(mail.bytes.len()),
        faults: faults(mail),
    }
}

fn parse(mail: &Caught) -> Option<Message<'_>> {
    MessageParser::default().parse(&*mail.bytes)
}

fn subject_of(mail: &Caught) -> String {
    let header = MessageParser::default().parse_headers(&*mail.bytes);
    let subject = header
        .as_ref()
        .and_then(|header| header.subject())
        .map(str::trim);
    subject
        .filter(|subject| !subject.is_empty())
        .unwrap_or("(no subject)")
        .to_owned()
}

/// The name that an inbox shows as the sender.
fn sender_of(mail: &Caught) -> Option<String> {
    let header = MessageParser::default().parse_headers(&*mail.bytes)?;
    let name = header.from()?.first()?.name()?.trim();
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

fn html_of(message: &Message) -> Option<String> {
    message.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    })
}

fn text_of(message: &Message) -> Option<String> {
    message.text_bodies().find_map(|part| match &part.body {
        PartType::Text(text) => Some(text.to_string()),
        _ => None,
    })
}

/// The mail with its links opening in a window of their own, outside the sandbox, where pages may ask and be answered.
fn opening_outside(html: &str) -> String {
    const BASE: &str = "<base target=\"_blank\">";
    let lower = html.to_ascii_lowercase();
    let head = ["<head>", "<head "].iter().find_map(|tag| lower.find(tag));
    // Without a head it goes last: before the doctype it would change how the mail looks.
    let at = head
        .and_then(|head| lower[head..].find('>').map(|end| head + end + 1))
        .unwrap_or(html.len());
    format!("{}{BASE}{}", &html[..at], &html[at..])
}

fn size(bytes: usize) -> String {
    if bytes < 1000 {
        format!("{bytes} bytes")
    } else {
        format!("{:.1} KB", bytes as f64 / 1000.0)
    }
}

/// What to say of a mail that broke the rules for lines.
fn faults(mail: &Caught) -> Option<String> {
    match mail.line_errors.len() {
        0 => None,
        1 => Some("Its lines break the rules once".to_owned()),
        times => Some(format!("Its lines break the rules {times} times")),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::super::relay::{CatchingRelay, RelayOptions};
    use super::*;

    const MAIL: &str = "From: The Harbour Courier <news@courier.example>\r\nTo: asha@example.org\r\n\
        Subject: =?utf-8?Q?Oranges_=3Cb=3E_&_=C2=A312?=\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOranges & <script>\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
        <!doctype html><html><head lang=en><title>x</title></head><body><a href=\"http://127.0.0.1/p\">p</a></body></html>\r\n\
        --b--\r\n";

    async fn mailbox_with(mails: &[&str]) -> (CatchingRelay, Mailbox) {
        let relay = CatchingRelay::start(RelayOptions::default()).await.unwrap();
        let mut client = TcpStream::connect(relay.address()).await.unwrap();
        let mut dialogue = String::from("EHLO tests.example\r\n");
        for mail in mails {
            dialogue +=
                "MAIL FROM:<news@courier.example>\r\nRCPT TO:<asha&co@example.org>\r\nDATA\r\n";
            dialogue += mail;
            dialogue += ".\r\n";
        }
        dialogue += "QUIT\r\n";
        client.write_all(dialogue.as_bytes()).await.unwrap();
        client.read_to_string(&mut String::new()).await.unwrap();
        assert_eq!(relay.count(), mails.len());
        let mailbox = Mailbox::start(relay.store(), (Ipv4Addr::LOCALHOST, 0).into())
            .await
            .unwrap();
        (relay, mailbox)
    }

    async fn text_of_page(mailbox: &Mailbox, path: &str) -> String {
        reqwest::get(mailbox.url() + path)
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn the_list_shows_each_mail_escaped() {
        let (_relay, mailbox) = mailbox_with(&[MAIL, "A: b\r\n\r\nc\nd\r\n"]).await;
        let list = text_of_page(&mailbox, "/").await;
        assert!(
            list.contains("2 mails caught") && list.contains("Oranges &lt;b&gt; &amp; £12"),
            "{list}"
        );
        assert!(
            list.contains("asha&amp;co@example.org")
                && list.contains("The Harbour Courier")
                && list.contains("(no subject)"),
            "{list}"
        );
        assert!(list.contains("Its lines break the rules once"), "{list}");
        assert!(
            !text_of_page(&mailbox, "/before/2")
                .await
                .contains("(no subject)")
        );
    }

    #[tokio::test]
    async fn a_mail_has_three_views() {
        let (_relay, mailbox) = mailbox_with(&[MAIL]).await;
        let page = text_of_page(&mailbox, "/mail/1").await;
        assert!(
            page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""),
            "{page}"
        );
        assert!(
            text_of_page(&mailbox, "/mail/1/text")
                .await
                .contains("Oranges &amp; &lt;script&gt;")
        );
        assert!(
            text_of_page(&mailbox, "/mail/1/source")
                .await
                .contains("--b--")
        );
        let framed = reqwest::get(mailbox.url() + "/mail/1/html").await.unwrap();
        let policy = framed.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("script-src"),
            "{policy}"
        );
        assert!(
            framed
                .text()
                .await
                .unwrap()
                .contains("<head lang=en><base target=\"_blank\"><title>")
        );
    }

    #[tokio::test]
    async fn what_is_not_there_is_said() {
        let (_relay, mailbox) = mailbox_with(&["A: b\r\n\r\nc\r\n"]).await;
        assert!(
            text_of_page(&mailbox, "/mail/1")
                .await
                .contains("no HTML part")
        );
        for path in [
            "/mail/0",
            "/mail/2",
            "/mail/1/html",
            "/mail/2/source",
            "/none",
        ] {
            let answer = reqwest::get(mailbox.url() + path).await.unwrap();
            assert_eq!(answer.status(), 404, "{path}");
            assert_eq!(answer.headers()[REFERRER_POLICY], "no-referrer");
        }
        let (_relay, mailbox) = mailbox_with(&[]).await;
        assert!(text_of_page(&mailbox, "/").await.contains("No mail yet"));
    }

    #[tokio::test]
    async fn it_is_for_loopback_only() {
        let (relay, mailbox) = mailbox_with(&[]).await;
        let refused = Mailbox::start(relay.store(), "0.0.0.0:0".parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        let client = reqwest::Client::new();
        let from = |host: &'static str| client.get(mailbox.url()).header(HOST, host).send();
        assert_eq!(from("rebound.example").await.unwrap().status(), 421);
        assert_eq!(from("localhost:1234").await.unwrap().status(), 200);
        assert_eq!(from("[::1]").await.unwrap().status(), 200);
    }
}
