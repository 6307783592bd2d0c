//! The server: where it listens, how long its clients may take, and the layers that stand around every handler.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;

use super::patience::{Limits, Patient, Work};
use super::{Web, WebError, asset, error, headers, hooks, reader};
use crate::app::App;
use crate::collect::FetchError;
use crate::config::Problems;
use crate::render::TemplateError;

const CLOSE: HeaderValue = HeaderValue::from_static("close");
/// The longest that an answer may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(20);
/// How long a client may take for the head of a request, rest between two (longer than nginx, Caddy and most others do), and
/// read an answer.
const PATIENCE: Limits = Limits {
    head: Duration::from_secs(10),
    rest: Duration::from_secs(150),
    answer: Duration::from_mins(1),
    linger: Duration::from_secs(5),
};
/// Connections at once, so that files are left for the database and the relays (systemd's limit is 1024).
const MOST: u32 = 512;
/// The longest form of a page.
const FORM_BYTES: usize = 64 * 1024;
/// The longest body of all: a mail that a hook brings.
const BODY_BYTES: usize = 2 * 1024 * 1024;

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum WebStartError {
    /// The place it was to listen.
    #[error("web.listen {address} cannot be used: {source}\nhint: {hint}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
        /// What to do.
        hint: &'static str,
    },
    /// The key for members' links.
    #[error(transparent)]
    Config(#[from] Problems),
    /// The templates of the pages.
    #[error(transparent)]
    Templates(#[from] TemplateError),
    /// The web client by which a hook's certificates are fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// The server, listening but not yet answering.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

impl Server {
    /// Reads the pages' templates and takes `web.listen`.
    pub async fn bind(app: Arc<App>) -> Result<Server, WebStartError> {
        let address = app.config.web.listen;
        let web = Web::new(app)?;
        let failed = |source: io::Error| WebStartError::Listen {
            address,
            hint: match source.kind() {
                io::ErrorKind::AddrInUse => {
                    "another program is there, a second `postrider serve` perhaps; write another port"
                }
                io::ErrorKind::PermissionDenied => "ports below 1024 are for root; write 8025",
                _ => "write an address of this machine, such as 127.0.0.1:8025",
            },
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        Ok(Server {
            address: listener.local_addr().map_err(failed)?,
            router: router(web)?,
            listener,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop`; what has been asked by then is answered still.
    pub async fn run(self, stop: CancellationToken) -> io::Result<()> {
        let places = Arc::new(Semaphore::new(MOST as usize));
        let service = TowerToHyperService::new(self.router);
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            let Some((stream, peer, place)) = accepted else {
                continue;
            };
            let (service, stop) = (service.clone(), stop.clone());
            tokio::spawn(async move {
                connection(stream, peer, service, stop).await;
                drop(place);
            });
        }
        drop(self.listener);
        // Whoever has a place is still being answered.
        let _ = places.acquire_many(MOST).await;
        Ok(())
    }
}

/// The next connection, as soon as there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            let is_gone = matches!(
                error.kind(),
                io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::ConnectionReset
            );
            if !is_gone {
                // Out of files, most likely: they come back as connections end.
                tracing::warn!(%error, "a connection to the pages could not be taken");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            None
        }
    }
}

/// Answers what one client asks, until it or we have had enough.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: TowerToHyperService<Router>,
    stop: CancellationToken,
) {
    let work = Work::default();
    let io = TokioIo::new(Patient::new(stream, PATIENCE, work.clone()));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answering = work.begin();
        let mut request = request.map(|body| Body::new(work.watch(body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = service.call(request);
        let work = work.clone();
        async move {
            let mut answer = answer.await?;
            drop(answering);
            if work.is_cut() {
                // Or the client would send its next request here, where nobody reads it.
                answer.headers_mut().insert(CONNECTION, CLOSE);
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let served = http1::Builder::new().serve_connection(io, service);
    tokio::pin!(served);
    tokio::select! {
        _ = served.as_mut() => return,
        () = stop.cancelled() => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

/// Every page, with the layers around it. Of two layers the later one stands further out.
fn router(web: Web) -> Result<Router, FetchError> {
    let pages = Router::new()
        .route("/look/{name}", get(asset::sheet))
        .merge(reader::router())
        .merge(hooks::routes(web.app.clone())?)
        .layer(DefaultBodyLimit::max(FORM_BYTES));
    // A proxy in front may pass the path of web.public_url on, or take it off.
    let base = web.app.config.web.base();
    let pages = if base.is_empty() {
        pages
    } else {
        Router::new().nest(&base, pages.clone()).merge(pages)
    };
    let router = pages
        .fallback(|| async { WebError::NotFound })
        .layer(RequestBodyLimitLayer::new(BODY_BYTES))
        .layer(csrf(&web))
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(|_| {
            // The panic's place was logged as it happened.
            WebError::Broken.into_response()
        }))
        .layer(from_fn_with_state(web.clone(), error::dress))
        .layer(from_fn(told))
        .layer(from_fn_with_state(web.clone(), headers::add))
        .with_state(web);
    Ok(router)
}

/// Refuses forms that another site sent. A browser says where a form comes from; a program that is no browser, as the one
/// behind a mail program's button (RFC 8058), says nothing and has no cookie.
fn csrf(web: &Web) -> CsrfLayer {
    let base = web.app.config.web.base();
    let layer = CsrfLayer::new().with_insecure_bypass(move |_, uri| {
        let path = uri.path();
        takes_from_elsewhere(path.strip_prefix(&base).unwrap_or(path))
    });
    // A proxy may put another Host in, so ours is named. What is no origin was refused with the configuration.
    let ours = web.app.config.web.origin();
    layer.clone().add_trusted_origin(ours).unwrap_or(layer)
}

/// What may be posted from any site, since its path or its body holds all that it needs and no cookie counts.
fn takes_from_elsewhere(path: &str) -> bool {
    ["/leave/", "/signup", "/join/", "/hooks/"]
        .iter()
        .any(|begin| path.starts_with(begin))
}

async fn in_time(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(TIME_LIMIT, next.run(request)).await;
    answered.unwrap_or_else(|_| WebError::NotNow.into_response())
}

/// Logs what was answered, and never for whom: the route's pattern stands for the path, which may hold a token.
async fn told(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let duration_ms = begun.elapsed().as_millis() as u64;
    tracing::debug!(%method, route, status, duration_ms, "answered");
    response
}
