//! Certificates that SNS messages are signed with: fetched once, and kept for a day.
//!
//! Anybody may post a message that names a certificate, so what is fetched is bounded: one at a time, none that is none of
//! Amazon's (`sns` sees to that), and after a failure none for a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use url::Url;

use super::Refused;
use crate::collect::{FetchError, FetchOptions, Fetcher, Validators};

/// How long a certificate is used before it is asked for again.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long nothing is fetched after a fetch that failed.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// SNS has one certificate a region and year.
const MOST: usize = 32;

/// Fetches and keeps.
pub struct Certificates {
    fetcher: Fetcher,
    kept: Mutex<Kept>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    by_url: BTreeMap<String, (Arc<Vec<u8>>, Timestamp)>,
    failed_at: Option<Timestamp>,
}

impl Certificates {
    /// None yet. Redirects are not followed: whoever can make Amazon redirect could sign.
    pub fn new() -> Result<Certificates, FetchError> {
        Ok(Certificates::with(Fetcher::new(FetchOptions {
            timeout: Duration::from_secs(10),
            max_body_bytes: 64 * 1024,
            max_redirects: 0,
            ..FetchOptions::default()
        })?))
    }

    fn with(fetcher: Fetcher) -> Certificates {
        Certificates {
            fetcher,
            kept: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// The public key (DER of SubjectPublicKeyInfo) of the certificate at `url`, which is one of Amazon's. An old one
    /// does where it cannot be fetched again.
    pub async fn key(&self, url: &Url, now: Timestamp) -> Result<Arc<Vec<u8>>, Refused> {
        let age = |at: Timestamp| now.duration_since(at);
        let (old, is_late) = {
            let kept = self.lock();
            let found = kept.by_url.get(url.as_str()).cloned();
            (found, kept.failed_at.is_some_and(|at| age(at) < PAUSE))
        };
        let is_new = old.as_ref().is_some_and(|(_, at)| age(*at) < KEPT);
        let old = old.map(|(key, _)| key).ok_or(Refused::Unavailable);
        if is_new || is_late {
            return old;
        }
        let Ok(_one_at_a_time) = self.fetching.try_lock() else {
            return old;
        };
        match self.fetch(url, now).await {
            Ok(key) => {
                let key = Arc::new(key);
                self.keep(url, key.clone(), now);
                Ok(key)
            }
            Err(why) => {
                tracing::warn!(%why, "an SNS certificate cannot be had");
                self.lock().failed_at = Some(now);
                old
            }
        }
    }

    /// Keeps a certificate (PEM) that is known already; whether it is one.
    pub fn know(&self, url: &Url, pem: &[u8], now: Timestamp) -> bool {
        let key = key_in(pem).map(Arc::new);
        key.is_some_and(|key| {
            self.keep(url, key, now);
            true
        })
    }

    fn keep(&self, url: &Url, key: Arc<Vec<u8>>, now: Timestamp) {
        let mut kept = self.lock();
        if kept.by_url.len() >= MOST {
            kept.by_url.clear();
        }
        kept.by_url.insert(url.to_string(), (key, now));
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for an address of Amazon's that agrees to a subscription; nothing is made of the answer.
    pub async fn confirm(&self, url: &Url, now: Timestamp) -> Result<(), FetchError> {
        let none = Validators::default();
        self.fetcher.fetch(url.as_str(), &none, now).await.map(drop)
    }

    async fn fetch(&self, url: &Url, now: Timestamp) -> Result<Vec<u8>, String> {
        let none = Validators::default();
        let fetched = self.fetcher.fetch(url.as_str(), &none, now).await;
        let body = fetched.map_err(|error| error.to_string())?.body;
        let key = body.and_then(|body| key_in(&body.bytes));
        key.ok_or_else(|| "what is there is no certificate".to_owned())
    }
}

/// The public key of the first certificate in this PEM.
fn key_in(pem: &[u8]) -> Option<Vec<u8>> {
    let der = CertificateDer::from_pem_slice(pem).ok()?;
    let certificate = webpki::EndEntityCert::try_from(&der).ok()?;
    Some(certificate.subject_public_key_info().as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T06:30:00Z".parse().unwrap()
    }

    /// Those whose fetcher may ask loopback.
    fn local() -> Certificates {
        let options = FetchOptions {
            private: true,
            max_redirects: 0,
            max_body_bytes: 64 * 1024,
            ..FetchOptions::default()
        };
        Certificates::with(Fetcher::new(options).unwrap())
    }

    async fn serve(routes: Router) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_certificate_is_fetched_once_a_day_and_no_redirect_is_followed() {
        let made = rcgen::generate_simple_self_signed(["sns.amazonaws.com".to_owned()]).unwrap();
        let (pem, expected) = (made.cert.pem(), key_in(made.cert.pem().as_bytes()).unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let routes = Router::new()
            .route(
                "/a.pem",
                get(async move || {
                    counter.fetch_add(1, Ordering::Relaxed);
                    pem
                }),
            )
            .route("/moved.pem", get(async || Redirect::permanent("/a.pem")))
            .route("/text.pem", get(async || "hello"))
            .route("/huge.pem", get(async || "x".repeat(100_000)));
        let root = serve(routes).await;
        let url = |path: &str| Url::parse(&format!("{root}{path}")).unwrap();
        let certificates = local();
        for (later, times) in [(0, 1), (60, 1), (23 * 3600, 1), (25 * 3600, 2)] {
            let at = now() + SignedDuration::from_secs(later);
            assert_eq!(
                *certificates.key(&url("/a.pem"), at).await.unwrap(),
                expected
            );
            assert_eq!(asked.load(Ordering::Relaxed), times, "after {later} s");
        }
        for path in ["/moved.pem", "/text.pem", "/huge.pem", "/none.pem"] {
            let certificates = local();
            let key = certificates.key(&url(path), now()).await;
            assert_eq!(key, Err(Refused::Unavailable), "{path}");
            // Whoever goes on asking does not make us go on fetching.
            let key = certificates.key(&url("/a.pem"), now()).await;
            assert_eq!(key, Err(Refused::Unavailable));
            let later = now() + SignedDuration::from_secs(11);
            assert!(certificates.key(&url("/a.pem"), later).await.is_ok());
        }
        // The real ones ask nobody within the house.
        let real = Certificates::new().unwrap();
        assert_eq!(
            real.key(&url("/a.pem"), now()).await,
            Err(Refused::Unavailable)
        );
    }
}
