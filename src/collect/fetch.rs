//! Fetching: one feed's bytes, if they changed, from nowhere but the open web.
//!
//! In: an address, and the validators of its last answer. Out: the body, or that it is the same as before. A fetch
//! ends by its deadline and its size limit whatever the server does; each hop of a redirect passes the guard anew.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::dates;
use super::guard::{Guard, Refused};

/// What we read, best first; some servers answer a web page to whoever does not ask for a feed.
const ACCEPTED: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                        text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

/// A longer validator is nothing that we want to keep and send back each time.
const MAX_VALIDATOR_BYTES: usize = 1024;

/// How we fetch.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Who we say we are: name, version and where to complain.
    pub user_agent: String,
    /// For everything from the first lookup to the last byte, redirects included.
    pub timeout: Duration,
    /// Counted after decompression.
    pub max_body_bytes: usize,
    /// How many hops we follow.
    pub max_redirects: usize,
    /// Whether loopback and private networks may be asked: for tests, the demo, and a CMS within the house.
    pub private: bool,
}

impl Default for FetchOptions {
    fn default() -> FetchOptions {
        FetchOptions {
            user_agent: concat!("Postrider/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(30),
            max_body_bytes: 10 * 1024 * 1024,
            max_redirects: 5,
            private: false,
        }
    }
}

/// What a server gave us to ask with next time (RFC 9110, section 8.8), byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// For `If-None-Match`.
    pub etag: Option<String>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<String>,
}

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// Nothing has changed since the validators' answer.
    Unchanged,
    /// A body, decompressed.
    Body {
        /// As sent, in whatever encoding.
        bytes: Vec<u8>,
        /// The header as it came, charset included.
        content_type: Option<String>,
        /// To be kept for the next fetch.
        validators: Validators,
        /// Where the feed lives now, if every hop up to there said that it moved for good.
        moved_to: Option<String>,
        /// Where the body came from: what relative links in it refer to.
        final_url: String,
    },
}

/// Why a fetch brought nothing. Each variant is one course of action.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address, or one it redirects to, has another scheme or a login in it: correct the source.
    #[error("the address is not a plain http or https address")]
    NotAWebAddress,
    /// The address, or one it redirects to, is not public: allow private addresses if it is our own.
    #[error("the address leads into a private network")]
    PrivateAddress,
    /// More hops than we follow, mostly in a circle.
    #[error("the address was redirected more than {0} times")]
    TooManyRedirects(usize),
    /// The body has more bytes than we take, after decompression.
    #[error("the answer is larger than {0} bytes")]
    TooBig(usize),
    /// The deadline passed: try again at the usual time.
    #[error("the server took longer than {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The server answered, but not with a feed: 404 and 410 want another address, 429 and 503 want patience.
    #[error("the server answered {code}")]
    Status {
        /// The HTTP status.
        code: u16,
        /// How many seconds the server asks us to stay away.
        retry_after_s: Option<u64>,
    },
    /// No answer: name, connection or TLS failed.
    #[error("the server could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// An answer began and could not be read to its end.
    #[error("the answer broke off or was garbled")]
    Broken(#[source] reqwest::Error),
    /// No client could be made from the options, such as a user agent with a line break.
    #[error("the web client could not be set up")]
    Setup(#[source] reqwest::Error),
}

impl From<Refused> for FetchError {
    fn from(refused: Refused) -> FetchError {
        match refused {
            Refused::NotWeb => FetchError::NotAWebAddress,
            Refused::Private => FetchError::PrivateAddress,
        }
    }
}

/// Fetches feeds; one for the whole program, so that connections are used again.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    guard: Guard,
    options: Arc<FetchOptions>,
}

impl Fetcher {
    /// A fetcher with these options.
    pub fn new(options: FetchOptions) -> Result<Fetcher, FetchError> {
        let guard = Guard {
            private: options.private,
        };
        let client = Client::builder()
            .user_agent(&options.user_agent)
            // A proxy would resolve names itself, behind the guard's back.
            .no_proxy()
            .referer(false)
            .dns_resolver(Arc::new(guard))
            // We follow ourselves: only so do we see which hops are for good.
            .redirect(Policy::none())
            .build()
            .map_err(FetchError::Setup)?;
        Ok(Fetcher {
            client,
            guard,
            options: Arc::new(options),
        })
    }

    /// What `url` serves now, unless it is what `validators` came with.
    pub async fn fetch(&self, url: &str, validators: &Validators) -> Result<Fetched, FetchError> {
        let deadline = self.options.timeout;
        let fetched = tokio::time::timeout(deadline, self.follow(url, validators)).await;
        fetched.unwrap_or(Err(FetchError::TimedOut(deadline)))
    }

    async fn follow(&self, url: &str, validators: &Validators) -> Result<Fetched, FetchError> {
        let mut url = Url::parse(url.trim()).map_err(|_| FetchError::NotAWebAddress)?;
        let mut moved_to = None;
        let mut is_for_good = true;
        for _ in 0..=self.options.max_redirects {
            let response = self.ask(&url, validators).await?;
            let Some(next) = redirect(&response, &url) else {
                return self
                    .take(response, validators, moved_to.map(String::from), url)
                    .await;
            };
            is_for_good &= matches!(
                response.status(),
                StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT
            );
            if is_for_good {
                moved_to = Some(next.clone());
            }
            url = next;
        }
        Err(FetchError::TooManyRedirects(self.options.max_redirects))
    }

    async fn ask(&self, url: &Url, validators: &Validators) -> Result<Response, FetchError> {
        self.guard.check(url)?;
        let mut request = self.client.get(url.clone()).header(ACCEPT, ACCEPTED);
        for (name, value) in [
            (IF_NONE_MATCH, &validators.etag),
            (IF_MODIFIED_SINCE, &validators.last_modified),
        ] {
            if let Some(value) = value
                .as_deref()
                .and_then(|value| HeaderValue::from_str(value).ok())
            {
                request = request.header(name, value);
            }
        }
        request.send().await.map_err(|error| self.no_answer(error))
    }

    fn no_answer(&self, error: reqwest::Error) -> FetchError {
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(refused) = error.downcast_ref::<Refused>() {
                return (*refused).into();
            }
            cause = error.source();
        }
        if error.is_timeout() {
            return FetchError::TimedOut(self.options.timeout);
        }
        // The address may hold a key that the operator pasted into it.
        let is_unreachable = error.is_connect();
        let error = error.without_url();
        if is_unreachable {
            FetchError::Unreachable(error)
        } else {
            FetchError::Broken(error)
        }
    }

    /// The end of the way: the body, or what else the server had to say.
    async fn take(
        &self,
        mut response: Response,
        sent: &Validators,
        moved_to: Option<String>,
        url: Url,
    ) -> Result<Fetched, FetchError> {
        let code = response.status();
        if code == StatusCode::NOT_MODIFIED && *sent != Validators::default() {
            return Ok(Fetched::Unchanged);
        }
        if code != StatusCode::OK {
            return Err(FetchError::Status {
                code: code.as_u16(),
                retry_after_s: retry_after_s(response.headers()),
            });
        }
        let max_bytes = self.options.max_body_bytes;
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| FetchError::Broken(error.without_url()))?
        {
            if bytes.len() + chunk.len() > max_bytes {
                return Err(FetchError::TooBig(max_bytes));
            }
            bytes.extend_from_slice(&chunk);
        }
        let headers = response.headers();
        Ok(Fetched::Body {
            bytes,
            content_type: text(headers, &CONTENT_TYPE),
            validators: Validators {
                etag: text(headers, &ETAG).filter(|value| value.len() <= MAX_VALIDATOR_BYTES),
                last_modified: text(headers, &LAST_MODIFIED)
                    .filter(|value| value.len() <= MAX_VALIDATOR_BYTES),
            },
            moved_to,
            final_url: url.into(),
        })
    }
}

/// Where a redirect leads; `None` if it is none, or does not say.
fn redirect(response: &Response, url: &Url) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| is_redirect)?;
    let mut next = url
        .join(std::str::from_utf8(location.as_bytes()).ok()?)
        .ok()?;
    next.set_fragment(None);
    Some(next)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// `Retry-After` (RFC 9110, section 10.2.3) in seconds. A date is measured against the server's own clock.
fn retry_after_s(headers: &HeaderMap) -> Option<u64> {
    let value = text(headers, &RETRY_AFTER)?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(seconds);
    }
    let pause =
        dates::instant(&value)?.as_second() - dates::instant(&text(headers, &DATE)?)?.as_second();
    Some(u64::try_from(pause).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::Router;
    use axum::http::header::{CONTENT_ENCODING, HOST};
    use axum::routing::get;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const LIMIT_BYTES: usize = 100_000;

    fn fetcher(private: bool) -> Fetcher {
        let timeout = Duration::from_secs(20);
        Fetcher::new(FetchOptions {
            timeout,
            max_body_bytes: LIMIT_BYTES,
            private,
            ..FetchOptions::default()
        })
        .unwrap()
    }

    /// A server on loopback; returns its address.
    async fn serve(routes: Router) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }

    async fn fetch(url: &str) -> Result<Fetched, FetchError> {
        fetcher(true).fetch(url, &Validators::default()).await
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn moved(status: u16, location: &str) -> (StatusCode, [(HeaderName, String); 1]) {
        (
            StatusCode::from_u16(status).unwrap(),
            [(LOCATION, location.to_owned())],
        )
    }

    #[tokio::test]
    async fn a_feed_is_fetched_once_and_then_asked_for() {
        let routes = Router::new().route(
            "/feed",
            get(|headers: HeaderMap| async move {
                assert!(headers[HOST].to_str().unwrap().starts_with("127.0.0.1"));
                assert!(
                    headers["user-agent"]
                        .to_str()
                        .unwrap()
                        .starts_with("Postrider/")
                );
                if headers
                    .get(IF_NONE_MATCH)
                    .is_some_and(|tag| tag == "\"one\"")
                    && headers
                        .get(IF_MODIFIED_SINCE)
                        .is_some_and(|date| date == "yesterday")
                {
                    return (StatusCode::NOT_MODIFIED, HeaderMap::new(), Vec::new());
                }
                let pairs = [
                    (ETAG, "\"one\""),
                    (LAST_MODIFIED, "yesterday"),
                    (CONTENT_TYPE, "text/xml; charset=koi8-r"),
                    (CONTENT_ENCODING, "gzip"),
                ];
                let headers = pairs.map(|(name, value)| (name, HeaderValue::from_static(value)));
                (
                    StatusCode::OK,
                    HeaderMap::from_iter(headers),
                    gzip(b"<rss/>"),
                )
            }),
        );
        let url = format!("{}/feed", serve(routes).await);
        let validators = Validators {
            etag: Some("\"one\"".to_owned()),
            last_modified: Some("yesterday".to_owned()),
        };
        let expected = Fetched::Body {
            bytes: b"<rss/>".to_vec(),
            content_type: Some("text/xml; charset=koi8-r".to_owned()),
            validators: validators.clone(),
            moved_to: None,
            final_url: url.clone(),
        };
        assert_eq!(fetch(&url).await.unwrap(), expected);
        assert_eq!(
            fetcher(true).fetch(&url, &validators).await.unwrap(),
            Fetched::Unchanged
        );
    }

    #[tokio::test]
    async fn only_what_moved_for_good_is_remembered() {
        let routes = Router::new()
            .route("/old", get(|| async { moved(301, "/newer") }))
            .route("/newer", get(|| async { moved(308, "new") }))
            .route("/today", get(|| async { moved(302, "/old") }))
            .route("/partly", get(|| async { moved(301, "/today") }))
            .route("/new", get(|| async { "<rss/>" }));
        let root = serve(routes).await;
        for (path, expected) in [
            ("/new", None),
            ("/old", Some("/new")),
            ("/today", None),
            ("/partly", Some("/today")),
        ] {
            let Fetched::Body {
                moved_to,
                final_url,
                ..
            } = fetch(&format!("{root}{path}")).await.unwrap()
            else {
                panic!()
            };
            assert_eq!(final_url, format!("{root}/new"));
            assert_eq!(moved_to, expected.map(|to| format!("{root}{to}")), "{path}");
        }
    }

    #[tokio::test]
    async fn refusals_keep_what_the_server_said() {
        let dated = [
            (DATE, "Tue, 24 Nov 2026 10:00:00 GMT"),
            (RETRY_AFTER, "Tue, 24 Nov 2026 10:02:00 GMT"),
        ];
        let routes = Router::new()
            .route("/gone", get(|| async { StatusCode::GONE }))
            .route(
                "/busy",
                get(|| async { (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "120")]) }),
            )
            .route(
                "/later",
                get(move || async move { (StatusCode::SERVICE_UNAVAILABLE, dated) }),
            )
            .route("/same", get(|| async { StatusCode::NOT_MODIFIED }))
            .route("/lost", get(|| async { StatusCode::FOUND }));
        let root = serve(routes).await;
        for (path, expected) in [
            ("/gone", (410, None)),
            ("/busy", (429, Some(120))),
            ("/later", (503, Some(120))),
            ("/same", (304, None)),
            ("/lost", (302, None)),
        ] {
            let Err(FetchError::Status {
                code,
                retry_after_s,
            }) = fetch(&format!("{root}{path}")).await
            else {
                panic!("{path}")
            };
            assert_eq!((code, retry_after_s), expected, "{path}");
        }
    }

    #[tokio::test]
    async fn a_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![b' '; 200 * LIMIT_BYTES]);
        assert!(bomb.len() < LIMIT_BYTES);
        let routes = Router::new()
            .route(
                "/bomb",
                get(move || async move { ([(CONTENT_ENCODING, "gzip")], bomb) }),
            )
            .route("/full", get(|| async { vec![b' '; LIMIT_BYTES] }))
            .route("/over", get(|| async { vec![b' '; LIMIT_BYTES + 1] }))
            .route(
                "/garbled",
                get(|| async { ([(CONTENT_ENCODING, "gzip")], "<rss/>") }),
            );
        let root = serve(routes).await;
        assert!(matches!(
            fetch(&format!("{root}/bomb")).await,
            Err(FetchError::TooBig(LIMIT_BYTES))
        ));
        assert!(matches!(
            fetch(&format!("{root}/over")).await,
            Err(FetchError::TooBig(LIMIT_BYTES))
        ));
        assert!(matches!(
            fetch(&format!("{root}/garbled")).await,
            Err(FetchError::Broken(_))
        ));
        assert!(fetch(&format!("{root}/full")).await.is_ok());
    }

    #[tokio::test]
    async fn a_slow_server_meets_the_deadline() {
        let slow = || async { std::future::pending::<&str>().await };
        let trickle = || async {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Ok::<_, std::io::Error>(" "), ()))
            });
            axum::body::Body::from_stream(drops)
        };
        let root = serve(
            Router::new()
                .route("/slow", get(slow))
                .route("/trickle", get(trickle)),
        )
        .await;
        let timeout = Duration::from_millis(200);
        let fetcher = Fetcher::new(FetchOptions {
            timeout,
            private: true,
            ..FetchOptions::default()
        })
        .unwrap();
        for path in ["/slow", "/trickle"] {
            let answer = fetcher
                .fetch(&format!("{root}{path}"), &Validators::default())
                .await;
            assert!(
                matches!(&answer, Err(FetchError::TimedOut(_))),
                "{answer:?}"
            );
        }
    }

    #[tokio::test]
    async fn redirects_end_and_stay_outside() {
        let routes = Router::new()
            .route("/circle", get(|| async { moved(302, "/circle") }))
            .route(
                "/metadata",
                get(|| async { moved(302, "http://169.254.169.254/latest") }),
            )
            .route("/file", get(|| async { moved(302, "file:///etc/passwd") }))
            .route(
                "/login",
                get(|| async { moved(302, "http://me:secret@paper.example/") }),
            );
        let root = serve(routes).await;
        assert!(matches!(
            fetch(&format!("{root}/circle")).await,
            Err(FetchError::TooManyRedirects(5))
        ));
        assert!(matches!(
            fetch(&format!("{root}/metadata")).await,
            Err(FetchError::PrivateAddress)
        ));
        assert!(matches!(
            fetch(&format!("{root}/file")).await,
            Err(FetchError::NotAWebAddress)
        ));
        assert!(matches!(
            fetch(&format!("{root}/login")).await,
            Err(FetchError::NotAWebAddress)
        ));
    }

    #[tokio::test]
    async fn nothing_private_is_asked_unless_allowed() {
        let root = serve(Router::new().route("/", get(|| async { "secret" }))).await;
        let port = root.rsplit(':').next().unwrap().to_owned();
        assert!(fetch(&format!("http://localhost:{port}/")).await.is_ok());
        for host in [
            "127.0.0.1",
            "localhost",
            "2130706433",
            "[::ffff:127.0.0.1]",
            "[::1]",
        ] {
            let answer = fetcher(false)
                .fetch(&format!("http://{host}:{port}/"), &Validators::default())
                .await;
            assert!(
                matches!(&answer, Err(FetchError::PrivateAddress)),
                "{host}: {answer:?}"
            );
        }
        for url in [
            "ftp://paper.example/",
            "http://me@paper.example/",
            "paper.example",
            "",
        ] {
            let answer = fetcher(false).fetch(url, &Validators::default()).await;
            assert!(
                matches!(&answer, Err(FetchError::NotAWebAddress)),
                "{url}: {answer:?}"
            );
        }
    }

    #[tokio::test]
    async fn no_server_is_told_without_the_address() {
        let error = fetch("http://127.0.0.1:1/?key=secret").await.unwrap_err();
        assert!(
            matches!(&error, FetchError::Unreachable(cause) if !format!("{cause:?}").contains("secret")),
            "{error:?}"
        );
        assert!(matches!(
            Fetcher::new(FetchOptions {
                user_agent: "a\nb".to_owned(),
                ..FetchOptions::default()
            }),
            Err(FetchError::Setup(_))
        ));
    }
}
