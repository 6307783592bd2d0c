//! Paper: The Harbour Courier, a small newspaper in a city with a port, as the world would see it.
//!
//! In: the time that is to be now, so that its stories are a few hours old. Out: feeds in three formats and their pictures,
//! served on loopback with ETags; readers to import; an offer file. Its stories are our own and free to use with the program.
//! In every feed an article's first category is its section; "leading" and "premium" are marks, the rest are topics.

mod readers;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use readers::{SampleReader, readers};

/// A sample offer file. Whoever uses it fills in `{picture}`, `{newsletter}`, `{from}`, `{all_from}` and `{until}`.
pub const OFFER_TOML: &str = include_str!("offer.toml");

/// The picture that belongs to [`OFFER_TOML`]; the paper serves it too, as `/pictures/almanac.png`.
pub const OFFER_PICTURE: &[u8] = include_bytes!("pictures/almanac.png");

const FEEDS: [(&str, &str, &str); 3] = [
    (
        "/feeds/news.rss",
        "application/rss+xml; charset=utf-8",
        include_str!("news.rss"),
    ),
    (
        "/feeds/culture.atom",
        "application/atom+xml; charset=utf-8",
        include_str!("culture.atom"),
    ),
    (
        "/feeds/sport.json",
        "application/feed+json",
        include_str!("sport.json"),
    ),
];

const PICTURES: [(&str, &[u8]); 7] = [
    (
        "/pictures/bridge.png",
        include_bytes!("pictures/bridge.png"),
    ),
    ("/pictures/wall.png", include_bytes!("pictures/wall.png")),
    ("/pictures/ferry.png", include_bytes!("pictures/ferry.png")),
    (
        "/pictures/herring.png",
        include_bytes!("pictures/herring.png"),
    ),
    ("/pictures/organ.png", include_bytes!("pictures/organ.png")),
    ("/pictures/gig.png", include_bytes!("pictures/gig.png")),
    ("/pictures/almanac.png", OFFER_PICTURE),
];

/// The paper's web server. It stops when this is dropped.
#[derive(Debug)]
pub struct Paper {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Paper {
    /// Publishes the paper as it stands at `now`, on a free port of 127.0.0.1.
    pub async fn start(now: Timestamp) -> io::Result<Paper> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let files = Arc::new(files(&format!("http://{address}"), now));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let served = axum::serve(listener, Router::new().fallback(file).with_state(files));
            if let Err(error) = served.with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the sample paper stopped");
            }
        });
        Ok(Paper {
            address,
            _stop: stop.drop_guard(),
        })
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its feeds: RSS 2.0, Atom and JSON Feed.
    pub fn feeds(&self) -> [String; 3] {
        FEEDS.map(|(path, _, _)| format!("http://{}{path}", self.address))
    }
}

/// What stands under one path.
struct File {
    kind: &'static str,
    bytes: Bytes,
    etag: String,
}

impl File {
    fn new(kind: &'static str, bytes: Bytes) -> File {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        File {
            kind,
            etag: format!("\"{:016x}\"", hasher.finish()),
            bytes,
        }
    }
}

type Files = BTreeMap<&'static str, File>;

fn files(paper: &str, now: Timestamp) -> Files {
    let mut files = Files::new();
    for (path, kind, template) in FEEDS {
        files.insert(path, File::new(kind, fill(template, paper, now).into()));
    }
    for (path, bytes) in PICTURES {
        files.insert(path, File::new("image/png", Bytes::from_static(bytes)));
    }
    files
}

/// Puts addresses and times into a feed: `{{paper}}`, and `{{rfc2822 95}}` or `{{rfc3339 95}}` for 95 minutes ago.
fn fill(template: &str, paper: &str, now: Timestamp) -> String {
    let (start, places) = template.split_once("{{").unwrap_or((template, ""));
    let mut filled = start.to_owned();
    for place in places.split("{{").filter(|place| !place.is_empty()) {
        let (what, text) = place
            .split_once("}}")
            .expect("our own feeds close what they open");
        match what.split_once(' ') {
            Some((format, minutes)) => {
                let minutes = minutes.parse().expect("our own feeds count in minutes");
                let at = now - SignedDuration::from_mins(minutes);
                let format = if format == "rfc2822" {
                    "%a, %d %b %Y %H:%M:%S GMT"
                } else {
                    "%Y-%m-%dT%H:%M:%SZ"
                };
                filled.push_str(&at.strftime(format).to_string());
            }
            None => filled.push_str(paper),
        }
        filled.push_str(text);
    }
    filled
}

async fn file(State(files): State<Arc<Files>>, request: Request) -> Response {
    let Some(file) = files.get(request.uri().path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, file.kind),
        (ETAG, file.etag.as_str()),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if is_known(request.headers(), &file.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.bytes.clone()).into_response()
}

/// Whether the client has this one already (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers
        .get_all(IF_NONE_MATCH)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    known
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn the_feeds_hold_what_they_promise() {
        let paper = Paper::start(noon()).await.unwrap();
        let mut marks = Vec::new();
        for (url, wanted) in paper.feeds().iter().zip([12, 6, 6]) {
            let body = reqwest::get(url).await.unwrap().bytes().await.unwrap();
            let feed = feed_rs::parser::parse(&body[..]).unwrap();
            assert_eq!(feed.entries.len(), wanted, "{url}");
            for entry in feed.entries {
                let published =
                    Timestamp::from_second(entry.published.unwrap().timestamp()).unwrap();
                let age = noon().duration_since(published);
                assert!((0..24).contains(&age.as_hours()), "{:?}", entry.title);
                assert!(entry.links[0].href.starts_with("https://courier.example/"));
                assert!(
                    entry.summary.is_some() && !entry.authors.is_empty(),
                    "{:?}",
                    entry.title
                );
                let categories = entry.categories.into_iter().map(|category| category.term);
                marks.extend(
                    categories.filter(|term| ["leading", "premium"].contains(&term.as_str())),
                );
            }
        }
        marks.sort();
        assert_eq!(marks, ["leading", "premium", "premium"]);
    }

    #[tokio::test]
    async fn every_picture_named_in_a_feed_is_there() {
        let paper = Paper::start(noon()).await.unwrap();
        let mut found = 0;
        for url in paper.feeds() {
            let text = reqwest::get(url).await.unwrap().text().await.unwrap();
            for after in text
                .split(&paper.url())
                .filter(|after| after.starts_with("/pictures/"))
            {
                let path = &after[..after.find(".png").unwrap() + 4];
                let picture = reqwest::get(paper.url() + path).await.unwrap();
                assert_eq!(picture.status(), 200, "{path}");
                assert_eq!(picture.headers()[CONTENT_TYPE], "image/png");
                found += 1;
            }
        }
        assert_eq!(found, 7);
        assert_eq!(
            reqwest::get(paper.url() + "/pictures/none.png")
                .await
                .unwrap()
                .status(),
            404
        );
    }

    #[tokio::test]
    async fn what_a_client_has_is_not_sent_again() {
        let paper = Paper::start(noon()).await.unwrap();
        let [news, ..] = paper.feeds();
        let etag = reqwest::get(&news).await.unwrap().headers()[ETAG].clone();
        let again = reqwest::Client::new()
            .get(&news)
            .header(IF_NONE_MATCH, &etag)
            .send()
            .await
            .unwrap();
        assert_eq!(
            (again.status().as_u16(), &again.headers()[ETAG]),
            (304, &etag)
        );
        let other = reqwest::Client::new()
            .get(&news)
            .header(IF_NONE_MATCH, "\"other\"")
            .send()
            .await
            .unwrap();
        assert_eq!(other.status(), 200);
    }

    #[test]
    fn the_offer_is_toml_with_placeholders() {
        let offer: toml::Table = OFFER_TOML.parse().unwrap();
        assert_eq!(offer["slug"].as_str(), Some("almanac-2027"));
        for (key, placeholder) in [
            ("from", "{from}"),
            ("all_from", "{all_from}"),
            ("until", "{until}"),
        ] {
            assert_eq!(offer[key].as_str(), Some(placeholder));
        }
    }
}
