//! A paper's feed on loopback, whose stories a story writes as it goes.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;

/// One story of the feed.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) slug: String,
    pub(crate) guid: String,
    pub(crate) headline: String,
    pub(crate) standfirst: String,
    pub(crate) section: String,
    pub(crate) topics: Vec<String>,
    pub(crate) author: String,
    pub(crate) at: Timestamp,
}

/// The feed; its address stays while its stories change.
#[derive(Clone)]
pub(crate) struct Feed {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Default)]
struct Shelf {
    items: Vec<Item>,
    broken: bool,
    status: StatusCode,
    headers: HeaderMap,
    asked: Vec<HeaderMap>,
}

impl Feed {
    pub(crate) async fn start() -> Feed {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let app = Router::new()
            .route("/feed.rss", get(rss))
            .with_state(shelf.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Feed { address, shelf }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/feed.rss", self.address)
    }

    /// Puts a story on the feed, or changes the one of its slug.
    pub(crate) fn publish(&self, item: Item) {
        let mut shelf = self.shelf.lock().unwrap();
        shelf.items.retain(|i| i.slug != item.slug);
        shelf.items.insert(0, item);
    }

    /// Puts a story on the feed, whether or not it is there already.
    pub(crate) fn publish_again(&self, item: Item) {
        self.shelf.lock().unwrap().items.insert(0, item);
    }

    /// Puts a story in the place of the one of this slug.
    pub(crate) fn replace(&self, slug: &str, item: Item) {
        self.shelf.lock().unwrap().items.retain(|i| i.slug != slug);
        self.publish(item);
    }

    /// Takes every story off.
    pub(crate) fn clear(&self) {
        self.shelf.lock().unwrap().items.clear();
    }

    /// From now on the server answers with this status, and nothing in it unless that is 200, and with these headers;
    /// with 304 to whoever sends the ETag or the time among them back.
    pub(crate) fn answer(&self, status: u16, headers: &[(&'static str, &'static str)]) {
        let mut shelf = self.shelf.lock().unwrap();
        shelf.status = StatusCode::from_u16(status).unwrap();
        let pairs = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        shelf.headers = pairs.collect();
    }

    /// The headers of every request since this was last asked.
    pub(crate) fn asked(&self) -> Vec<HeaderMap> {
        std::mem::take(&mut self.shelf.lock().unwrap().asked)
    }

    /// From now on the server answers 500, or is well again.
    pub(crate) fn break_it(&self, broken: bool) {
        self.shelf.lock().unwrap().broken = broken;
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

async fn rss(State(shelf): State<Arc<Mutex<Shelf>>>, asked: HeaderMap) -> Response {
    let mut shelf = shelf.lock().unwrap();
    shelf.asked.push(asked.clone());
    if shelf.broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if shelf.status != StatusCode::OK {
        return (shelf.status, shelf.headers.clone()).into_response();
    }
    let is_same = [
        (header::IF_NONE_MATCH, header::ETAG),
        (header::IF_MODIFIED_SINCE, header::LAST_MODIFIED),
    ];
    let is_same = is_same.into_iter().any(|(sent, given)| {
        asked
            .get(sent)
            .is_some_and(|value| shelf.headers.get(given) == Some(value))
    });
    if is_same {
        return (StatusCode::NOT_MODIFIED, shelf.headers.clone()).into_response();
    }
    let mut xml = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>\
         <title>The Harbour Courier</title><link>https://courier.example/</link><language>en</language>",
    );
    for i in &shelf.items {
        let mut topics = String::new();
        for topic in &i.topics {
            write!(topics, "<category>{}</category>", escape(topic)).unwrap();
        }
        write!(
            xml,
            "<item><title>{}</title><link>https://courier.example/{}</link><guid>{}</guid><dc:creator>{}</dc:creator>\
             <category>{}</category>{topics}<pubDate>{}</pubDate><description>{}</description></item>",
            escape(&i.headline), escape(&i.slug), escape(&i.guid), escape(&i.author), escape(&i.section),
            i.at.strftime("%a, %d %b %Y %H:%M:%S +0000"), escape(&i.standfirst),
        )
        .unwrap();
    }
    xml.push_str("</channel></rss>");
    let kind = [(header::CONTENT_TYPE, "application/rss+xml")];
    (kind, shelf.headers.clone(), xml).into_response()
}
