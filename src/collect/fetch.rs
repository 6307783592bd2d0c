//! Fetching: one feed's bytes, if they changed, from nowhere but the open web.
//!
//! In: an address, and the validators of its last answer. Out: the body, or that it is the same as before. A fetch
//! ends by its deadline and its size limit whatever the server does; each hop of a redirect passes the guard anew.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use tokio_rustls::rustls;
use url::Url;

use super::freshness;
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

/// What tells whether the next answer says what the last one said.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Validators {
    /// For `If-None-Match` (RFC 9110, section 8.8.3), byte for byte, each byte a character.
    pub etag: Option<String>,
    /// For `If-Modified-Since`, in the same way.
    pub last_modified: Option<String>,
    /// SHA-256 of the body and of what decides how it is read: for servers that send the same again and again.
    pub digest: Option<String>,
}

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The feed; nothing if it is the same as before.
    pub body: Option<Body>,
    /// To be kept for the next fetch.
    pub validators: Validators,
    /// Where the feed lives now, if there were redirects and each said that it is for good.
    pub moved_to: Option<String>,
    /// For how many seconds the server says that nothing will change.
    pub fresh_s: u64,
}

/// What a feed consists of, decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// As sent, in whatever encoding.
    pub bytes: Vec<u8>,
    /// The header as it came, charset included.
    pub content_type: Option<String>,
    /// Where the body came from: what relative links in it refer to.
    pub final_url: String,
}

/// Why a fetch brought nothing. Each variant is one course of action.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address, or one it redirects to, has another scheme or a login in it: correct the source.
    #[error("the address is not a plain http or https address")]
    NotAWebAddress,
    /// The address, or one it redirects to, is not public: allow private addresses if it is our own.
    #[error("the address leads into a private network; if it is your own, write private = true")]
    PrivateAddress,
    /// More hops than we follow, mostly in a circle.
    #[error("the address was redirected more than {0} times")]
    TooManyRedirects(usize),
    /// The body has more bytes than we take, after decompression.
    #[error("the answer is larger than {} MB (collect.max_body_mb)", .0 / 1_000_000)]
    TooBig(usize),
    /// The deadline passed: try again at the usual time.
    #[error("the server took longer than {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// 410: the feed will not come back (RFC 9110, section 15.5.11).
    #[error("the server says that the feed is gone for good (410); take it out of sources.toml")]
    Gone,
    /// The server answered, but not with a feed: 404 wants another address, 429 and 503 want patience.
    #[error("the server answered {code}")]
    Status {
        /// The HTTP status.
        code: u16,
        /// How many seconds the server asks us to stay away.
        retry_after_s: Option<u64>,
    },
    /// Its name is in no DNS, or DNS did not answer: look for a slip in the address.
    #[error("the server's name could not be looked up")]
    UnknownName,
    /// TLS failed on the certificate: the server's owner must mend it, or the address has the wrong name.
    #[error("the server's certificate is not good: {0}")]
    Certificate(String),
    /// No answer: connection or TLS failed.
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
            Refused::Unknown => FetchError::UnknownName,
        }
    }
}

/// Fetches feeds; one for the whole program, so that TLS sessions are taken up again.
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
            // The addresses it lets through are the ones that are connected to: nothing resolves a name again.
            .dns_resolver(Arc::new(guard))
            // We follow ourselves: only so do we see which hops are for good.
            .redirect(Policy::none())
            // A connection is for one answer. A server may hang up on a kept one just as another source's request
            // is on its way; and a thousand hosts would hold a thousand sockets.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(FetchError::Setup)?;
        Ok(Fetcher {
            client,
            guard,
            options: Arc::new(options),
        })
    }

    /// What `url` serves `now`, unless it is what `validators` came with.
    pub async fn fetch(
        &self,
        url: &str,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let deadline = self.options.timeout;
        let fetched = tokio::time::timeout(deadline, self.follow(url, validators, now)).await;
        fetched.unwrap_or(Err(FetchError::TimedOut(deadline)))
    }

    async fn follow(
        &self,
        url: &str,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let mut url = Url::parse(url.trim()).map_err(|_| FetchError::NotAWebAddress)?;
        let mut is_for_good = true;
        for hops in 0..=self.options.max_redirects {
            let response = self.ask(&url, validators).await?;
            let Some(next) = redirect(&response, &url) else {
                let moved_to = (hops > 0 && is_for_good).then(|| url.to_string());
                let fetched = self.take(response, validators, url, now).await?;
                return Ok(Fetched {
                    moved_to,
                    ..fetched
                });
            };
            is_for_good &= matches!(
                response.status(),
                StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT
            );
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
            if let Some(value) = value.as_deref().and_then(sent_back) {
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
            // An I/O error skips what it was made of when it is asked for its source.
            let inner = error.downcast_ref::<std::io::Error>();
            let inner = inner.and_then(std::io::Error::get_ref);
            if let Some(rustls::Error::InvalidCertificate(why)) =
                inner.and_then(|e| e.downcast_ref())
            {
                return FetchError::Certificate(certificate(why));
            }
            cause = match inner {
                Some(inner) => Some(inner),
                None => error.source(),
            };
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
        url: Url,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let code = response.status();
        let is_same = code == StatusCode::NOT_MODIFIED
            && (sent.etag.is_some() || sent.last_modified.is_some());
        if code == StatusCode::GONE {
            return Err(FetchError::Gone);
        }
        if code != StatusCode::OK && !is_same {
            return Err(FetchError::Status {
                code: code.as_u16(),
                retry_after_s: freshness::retry_after_s(response.headers(), now),
            });
        }
        let fetched = |body, validators, headers: &HeaderMap| Fetched {
            body,
            validators,
            moved_to: None,
            fresh_s: freshness::fresh_s(headers, now),
        };
        if is_same {
            let given = validators(response.headers(), sent.digest.clone());
            // A 304 need not repeat what it confirms.
            let kept = Validators {
                etag: given.etag.or_else(|| sent.etag.clone()),
                last_modified: given.last_modified.or_else(|| sent.last_modified.clone()),
                ..given
            };
            return Ok(fetched(None, kept, response.headers()));
        }
        let bytes = self.read(&mut response).await?;
        let headers = response.headers();
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = Body {
            bytes,
            content_type,
            final_url: url.into(),
        };
        let digest = digest(&body);
        let is_known = sent.digest.as_ref() == Some(&digest);
        let kept = validators(headers, Some(digest));
        Ok(fetched((!is_known).then_some(body), kept, headers))
    }

    async fn read(&self, response: &mut Response) -> Result<Vec<u8>, FetchError> {
        let max_bytes = self.options.max_body_bytes;
        if response
            .content_length()
            .is_some_and(|length| length > max_bytes as u64)
        {
            return Err(FetchError::TooBig(max_bytes));
        }
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
        Ok(bytes)
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

fn validators(headers: &HeaderMap, digest: Option<String>) -> Validators {
    let kept = |name: HeaderName| {
        let value = headers.get(name)?.as_bytes();
        let is_kept = (1..=MAX_VALIDATOR_BYTES).contains(&value.len());
        is_kept.then(|| value.iter().copied().map(char::from).collect())
    };
    Validators {
        etag: kept(ETAG),
        last_modified: kept(LAST_MODIFIED),
        digest,
    }
}

/// A validator as the very bytes that it came as; one that is no header value is left out.
fn sent_back(value: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

fn digest(body: &Body) -> String {
    let mut context = Context::new(&SHA256);
    let kind = body.content_type.as_deref().unwrap_or_default();
    // Another charset or another place makes other stories of the same bytes; no header holds a line feed.
    for part in [kind, "\n", &body.final_url, "\n"] {
        context.update(part.as_bytes());
    }
    context.update(&body.bytes);
    STANDARD.encode(context.finish())
}

fn certificate(why: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Why;
    match why {
        Why::NotValidForName | Why::NotValidForNameContext { .. } => "it is for another name",
        Why::Expired | Why::ExpiredContext { .. } => "it has expired",
        Why::NotValidYet | Why::NotValidYetContext { .. } => "it is not valid yet",
        Why::UnknownIssuer => "it was signed by nobody whom this machine trusts",
        Why::Revoked => "it was revoked",
        _ => "it cannot be verified",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::Router;
    use axum::http::header::{CONTENT_ENCODING, HOST};
    use axum::routing::get;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use reqwest::header::{CACHE_CONTROL, DATE, RETRY_AFTER};

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
        fetch_by(&fetcher(true), url).await
    }

    async fn fetch_by(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchError> {
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        fetcher.fetch(url, &Validators::default(), now).await
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

    /// Answers with these headers, and with 304 to whoever sends both validators back byte for byte.
    fn validated(etag: &'static [u8], asked: &HeaderMap) -> (StatusCode, HeaderMap, Vec<u8>) {
        let agent = asked["user-agent"].to_str().unwrap();
        assert!(agent.starts_with("Postrider/"), "{agent}");
        assert!(asked[HOST].to_str().unwrap().starts_with("127.0.0.1"));
        let pairs = [
            (ETAG, etag),
            (LAST_MODIFIED, b"yesterday"),
            (CONTENT_TYPE, b"text/xml; charset=koi8-r"),
            (CONTENT_ENCODING, b"gzip"),
            (CACHE_CONTROL, b"max-age=600"),
        ];
        let value = |bytes| HeaderValue::from_bytes(bytes).unwrap();
        let headers = pairs.map(|(name, bytes)| (name, value(bytes)));
        let is_same = asked.get(IF_NONE_MATCH) == Some(&value(etag))
            && asked
                .get(IF_MODIFIED_SINCE)
                .is_some_and(|at| at == "yesterday");
        if is_same {
            let cache = (CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
            return (
                StatusCode::NOT_MODIFIED,
                HeaderMap::from_iter([cache]),
                Vec::new(),
            );
        }
        (
            StatusCode::OK,
            HeaderMap::from_iter(headers),
            gzip(b"<rss/>"),
        )
    }

    #[tokio::test]
    async fn a_feed_is_fetched_once_and_then_asked_for() {
        let tags: [&'static [u8]; 4] = [b"\"one\"", b"W/\"one\"", b"\"caf\xe9\"", b"bare"];
        for etag in tags {
            let routes = Router::new().route(
                "/feed",
                get(async move |asked: HeaderMap| validated(etag, &asked)),
            );
            let url = format!("{}/feed", serve(routes).await);
            let first = fetch(&url).await.unwrap();
            let body = first.body.unwrap();
            assert_eq!(body.bytes, b"<rss/>");
            assert_eq!(
                body.content_type.as_deref(),
                Some("text/xml; charset=koi8-r")
            );
            assert_eq!(
                (&body.final_url, first.moved_to, first.fresh_s),
                (&url, None, 600)
            );
            let now = Timestamp::UNIX_EPOCH;
            let second = fetcher(true).fetch(&url, &first.validators, now).await;
            let expected = Fetched {
                body: None,
                validators: first.validators,
                moved_to: None,
                fresh_s: 60,
            };
            assert_eq!(second.unwrap(), expected, "{etag:?}");
        }
    }

    #[tokio::test]
    async fn the_same_bytes_are_the_same_feed() {
        let say = |kind: &'static str, text: &'static str| {
            get(move || async move { ([(CONTENT_TYPE, kind), (ETAG, "")], text) })
        };
        let root = serve(Router::new().route("/feed", say("text/xml", "<rss/>"))).await;
        let first = fetch(&format!("{root}/feed")).await.unwrap();
        assert!(first.body.is_some() && first.validators.etag.is_none());
        let again = fetcher(true)
            .fetch(
                &format!("{root}/feed"),
                &first.validators,
                Timestamp::UNIX_EPOCH,
            )
            .await
            .unwrap();
        assert_eq!((again.body, &again.validators), (None, &first.validators));
        // Whatever decides how they are read counts too.
        let body = first_body(&root).await;
        for other in [
            Body {
                bytes: b"<rss />".to_vec(),
                ..body.clone()
            },
            Body {
                content_type: Some("text/xml; charset=koi8-r".to_owned()),
                ..body.clone()
            },
            Body {
                final_url: format!("{root}/other"),
                ..body.clone()
            },
        ] {
            assert_ne!(digest(&other), digest(&body), "{other:?}");
        }
    }

    async fn first_body(root: &str) -> Body {
        let fetched = fetch(&format!("{root}/feed")).await.unwrap();
        fetched.body.unwrap()
    }

    #[tokio::test]
    async fn only_what_moved_for_good_is_remembered() {
        let routes = Router::new()
            .route("/old", get(|| async { moved(301, "/newer") }))
            .route("/newer", get(|| async { moved(308, "new#top") }))
            .route("/today", get(|| async { moved(302, "/old") }))
            .route("/seen", get(|| async { moved(303, "/new") }))
            .route("/briefly", get(|| async { moved(307, "/new") }))
            .route("/partly", get(|| async { moved(301, "/today") }))
            .route("/same", get(|| async { moved(301, "/unchanged") }))
            .route("/unchanged", get(|| async { StatusCode::NOT_MODIFIED }))
            .route("/new", get(|| async { "<rss/>" }));
        let root = serve(routes).await;
        for (path, expected) in [
            ("/new", None),
            ("/old", Some("/new")),
            ("/newer", Some("/new")),
            ("/today", None),
            ("/seen", None),
            ("/briefly", None),
            ("/partly", None),
        ] {
            let fetched = fetch(&format!("{root}{path}")).await.unwrap();
            assert_eq!(fetched.body.unwrap().final_url, format!("{root}/new"));
            let expected = expected.map(|to| format!("{root}{to}"));
            assert_eq!(fetched.moved_to, expected, "{path}");
        }
        let known = Validators {
            etag: Some("\"one\"".to_owned()),
            ..Validators::default()
        };
        let same = fetcher(true)
            .fetch(&format!("{root}/same"), &known, Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        assert_eq!(
            (same.body, same.moved_to),
            (None, Some(format!("{root}/unchanged")))
        );
        assert_eq!(
            same.validators, known,
            "what a 304 does not repeat still holds"
        );
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
        let gone = fetch(&format!("{root}/gone")).await;
        assert!(matches!(gone, Err(FetchError::Gone)), "{gone:?}");
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
            let answer = fetch_by(&fetcher, &format!("{root}{path}")).await;
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
            let answer = fetch_by(&fetcher(false), &format!("http://{host}:{port}/")).await;
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
            let answer = fetch_by(&fetcher(false), url).await;
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
