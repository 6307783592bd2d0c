//! The pages over HTTP, and someone who visits them as a browser does: cookies kept, forms sent from the page itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use mail_parser::MessageParser;
use postrider::demo::relay::Caught;
use postrider::web::Server;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::world::World;

/// How the mark of a form begins.
const MARK: &str = "name=\"mark\" value=\"";

/// The pages of a world, and one visitor.
pub(crate) struct Pages {
    pub(crate) address: SocketAddr,
    public_url: String,
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
    marks: Marks,
    language: Mutex<String>,
    _stop: DropGuard,
}

/// By path, the mark that the last page seen there puts in its forms.
#[derive(Default)]
pub(crate) struct Marks(Mutex<BTreeMap<String, String>>);

impl Marks {
    /// Keeps what a page has.
    pub(crate) fn see(&self, path: &str, answer: &Answer) {
        if answer.body.contains(MARK) {
            let mark = answer.hidden("mark").to_owned();
            self.0.lock().unwrap().insert(page_of(path), mark);
        }
    }

    /// What a form that is sent there carries besides, unless it has a mark.
    pub(crate) fn of(&self, path: &str, form: &[(&str, &str)]) -> Option<String> {
        let mark = self.0.lock().unwrap().get(&page_of(path)).cloned();
        mark.filter(|_| form.iter().all(|field| field.0 != "mark"))
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Pages {
    /// Serves the world as it is configured now.
    pub(crate) async fn of(world: &World) -> Pages {
        let server = Server::bind(world.app.clone()).await.unwrap();
        let address = server.address();
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        Pages::visited(world, address, stop)
    }

    /// The pages that a daemon serves for a world which has an address of its own.
    pub(crate) async fn of_daemon(world: &World) -> Pages {
        let address = world.app.config.web.listen;
        let there = async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let there = tokio::time::timeout(Duration::from_secs(30), there).await;
        assert!(there.is_ok(), "no daemon serves pages");
        Pages::visited(world, address, CancellationToken::new())
    }

    fn visited(world: &World, address: SocketAddr, stop: CancellationToken) -> Pages {
        Pages {
            address,
            public_url: world.app.config.web.public_url.clone(),
            client: Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            cookies: Mutex::default(),
            marks: Marks::default(),
            language: Mutex::new("en".to_owned()),
            _stop: stop.drop_guard(),
        }
    }

    /// Serves the world where a browser on this machine can reach it; mails planned from now on link there.
    pub(crate) async fn local(world: &mut World) -> Pages {
        Pages::move_to_this_machine(world).await;
        Pages::of(world).await
    }

    /// Gives the world's pages an address of their own, where a browser or a daemon on this machine finds them.
    pub(crate) async fn move_to_this_machine(world: &mut World) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let file = world.config().join("postrider.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text
            .replace("https://mail.courier.example", &format!("http://{address}"))
            .replace(
                "listen = \"127.0.0.1:0\"",
                &format!("listen = \"{address}\""),
            );
        std::fs::write(file, text).unwrap();
        world.restart().await;
    }

    /// Asks for pages in these languages from now on.
    pub(crate) fn speak(&self, languages: &str) {
        languages.clone_into(&mut self.language.lock().unwrap());
    }

    /// Throws the cookies away.
    pub(crate) fn forget(&self) {
        self.cookies.lock().unwrap().clear();
    }

    /// The names of the cookies that are kept.
    pub(crate) fn cookies(&self) -> Vec<String> {
        self.cookies.lock().unwrap().keys().cloned().collect()
    }

    /// What the cookie of this name holds.
    pub(crate) fn cookie(&self, name: &str) -> String {
        self.cookies.lock().unwrap()[name].clone()
    }

    /// A request as a program makes it: no cookie, no Origin, no wish for a page.
    pub(crate) fn plain(&self, method: Method, path: &str) -> RequestBuilder {
        let path = path.strip_prefix(&self.public_url).unwrap_or(path);
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    /// The same as a browser makes it, from our own page.
    pub(crate) fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let cookies = self.cookies.lock().unwrap();
        let cookies: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = self
            .plain(method.clone(), path)
            .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("Accept-Language", self.language.lock().unwrap().clone());
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        if *method == Method::POST {
            request = request
                .header("Origin", &self.public_url)
                .header("Sec-Fetch-Site", "same-origin");
        }
        request
    }

    /// Sends it; keeps the cookies, and looks at what every answer must have.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
            let (pair, _) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if cookie.contains("Max-Age=0;") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = response.text().await.unwrap();
        let answer = Answer {
            status,
            headers,
            body,
        };
        answer.is_guarded();
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let answer = self.send(self.request(&Method::GET, path)).await;
        self.marks.see(path, &answer);
        answer
    }

    /// Gets a page, following redirects to our own pages.
    pub(crate) async fn open(&self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        for _ in 0..5 {
            let Some(next) = answer.location() else { break };
            answer = self.get(&next).await;
        }
        answer
    }

    /// Presses a button: posts this form, and follows where it leads.
    pub(crate) async fn press(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, form).await;
        match answer.location() {
            Some(next) => self.open(&next).await,
            None => answer,
        }
    }

    /// Posts this form from the last page seen there, with its mark unless the form has one.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mark = self.marks.of(path, form);
        let mut form = form.to_vec();
        form.extend(mark.iter().map(|mark| ("mark", mark.as_str())));
        let request = self.request(&Method::POST, path);
        self.send(with_form(request, &form)).await
    }

    /// The one click of a mail program (RFC 8058, section 3.2).
    pub(crate) async fn one_click(&self, path: &str) -> Answer {
        let form = [("List-Unsubscribe", "One-Click")];
        let request = self.plain(Method::POST, path);
        self.send(with_form(request, &form)).await
    }
}

/// The path of an address, which is where the forms of its page lead.
fn page_of(path: &str) -> String {
    path.split('?').next().unwrap_or_default().to_owned()
}

/// A request that carries a form.
pub(crate) fn with_form(request: RequestBuilder, form: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body)
}

impl Answer {
    /// What is on every answer, errors too.
    fn is_guarded(&self) {
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "base-uri 'none'"),
            ("referrer-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("permissions-policy", "camera=()"),
            ("cache-control", ""),
        ] {
            let value = self.header(name);
            assert!(value.contains(part), "{name} is {value:?}: {self:?}");
        }
        assert!(!self.body.contains("<script"), "a script: {}", self.body);
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Where it leads, if it does.
    pub(crate) fn location(&self) -> Option<String> {
        let is_redirect = (300..400).contains(&self.status);
        is_redirect.then(|| self.header("location").to_owned())
    }

    /// The page's only `h1`.
    pub(crate) fn title(&self) -> &str {
        let (_, rest) = self.body.split_once("<h1>").unwrap_or(("", ""));
        rest.split_once("</h1>").unwrap_or(("", "")).0
    }

    /// The value of the hidden field of this name.
    pub(crate) fn hidden(&self, name: &str) -> &str {
        let begin = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&begin).unwrap_or_else(|| {
            panic!("no hidden field {name} in {}", self.body);
        });
        rest.split_once('"').unwrap().0
    }
}

/// The address in a mail's text to leave by.
pub(crate) fn leave_link(mail: &Caught) -> String {
    let button = one_click_link(mail);
    let all = links(mail);
    let mut leave = all.iter().filter(|link| link.contains("/leave/"));
    leave.find(|link| **link != button).unwrap().clone()
}

/// The address that the button of a mail program posts to (RFC 8058, section 3.1).
pub(crate) fn one_click_link(mail: &Caught) -> String {
    let parsed = MessageParser::default().parse(&mail.bytes[..]).unwrap();
    let header = parsed.header_raw("List-Unsubscribe").unwrap();
    let mut parts = header.split(['<', '>']);
    parts
        .find(|part| part.starts_with("http"))
        .unwrap()
        .to_owned()
}

/// The address of ours in a mail that has this in it.
pub(crate) fn link(mail: &Caught, part: &str) -> String {
    let all = links(mail);
    let found = all.iter().find(|link| link.contains(part));
    found
        .unwrap_or_else(|| panic!("no {part} in {all:?}"))
        .clone()
}

/// Every address of ours in a mail: its headers, its text and its HTML.
pub(crate) fn links(mail: &Caught) -> Vec<String> {
    const OURS: [&str; 8] = [
        "/leave/",
        "/preferences/",
        "/read/",
        "/confirm/",
        "/undo/",
        "/address/",
        "/join/",
        "/archive/",
    ];
    let parsed = MessageParser::default().parse(&mail.bytes[..]).unwrap();
    let header = parsed
        .header_raw("List-Unsubscribe")
        .unwrap_or_default()
        .to_owned();
    let text = parsed.body_text(0).unwrap_or_default().into_owned();
    let html = parsed.body_html(0).unwrap_or_default().into_owned();
    let mut found = Vec::new();
    for part in [header, text, html] {
        let part = part.replace("&amp;", "&");
        for (at, _) in part.match_indices("http") {
            let link = part[at..]
                .split(|c: char| c.is_whitespace() || "\"'<>)#".contains(c))
                .next()
                .unwrap_or_default();
            if OURS.iter().any(|part| link.contains(part)) {
                found.push(link.to_owned());
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
