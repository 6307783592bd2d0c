//! Who asks: from which network, and in which language.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use super::Web;
use crate::config::Network;

/// More entries than any browser sends are not looked at.
const MAX_ENTRIES: usize = 32;

/// One request, as far as it does not matter what it asks for.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The language to answer in, one that there is a catalog for.
    pub language: String,
    /// Whose address the connection has, or a trusted proxy says it has.
    pub address: Option<IpAddr>,
}

impl Visit {
    /// What is known of a request.
    pub(super) fn of(web: &Web, headers: &HeaderMap, extensions: &Extensions) -> Visit {
        let peer = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| peer.ip().to_canonical());
        Visit {
            language: accepted(headers, web),
            address: peer.map(|peer| client(peer, headers, &web.app.config.web.trusted_proxies)),
        }
    }

    /// Answers in the reader's own language, if there is a catalog for it.
    #[must_use]
    pub fn speaking(mut self, web: &Web, language: Option<&str>) -> Visit {
        if let Some(language) = language.and_then(|wanted| web.pages.speaks(wanted)) {
            language.clone_into(&mut self.language);
        }
        self
    }

    /// The network of the address, as consent records keep it: `198.51.100.0/24`, `2001:db8:7::/48`. It names a provider
    /// and a town, and no person.
    pub fn network(&self) -> Option<String> {
        self.address.map(|address| match address {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                let cut = std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0);
                format!("{cut}/48")
            }
        })
    }
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Visit, Infallible> {
        Ok(Visit::of(web, &parts.headers, &parts.extensions))
    }
}

/// The address of who asks. A proxy of ours adds the address that it was asked from at the end; what stands further left
/// than the first that is none of our proxies, anybody may have written.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_ours = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    let mut found = peer;
    let said = headers
        .get_all("x-forwarded-for")
        .into_iter()
        .rev()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','));
    for address in said {
        if !is_ours(found) {
            break;
        }
        let Some(address) = parse(address.trim()) else {
            break;
        };
        found = address;
    }
    found
}

/// An address, with a port perhaps, as some proxies write it.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text
        .parse()
        .ok()
        .or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

/// The best of the languages a browser asks for (RFC 9110, section 12.5.4) that there is a catalog for, else the paper's.
fn accepted(headers: &HeaderMap, web: &Web) -> String {
    let said = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut wanted: Vec<(u16, &str)> = said
        .split(',')
        .take(MAX_ENTRIES)
        .filter_map(entry)
        .collect();
    // Stable: of equals the first stays first.
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let found = wanted
        .into_iter()
        .filter(|(weight, _)| *weight > 0)
        .find_map(|(_, language)| web.pages.speaks(language));
    let paper = &web.app.config.paper.language;
    found
        .or_else(|| web.pages.speaks(paper))
        .unwrap_or("en")
        .to_owned()
}

/// `de-AT;q=0.8` as 800 and `de-AT`.
fn entry(text: &str) -> Option<(u16, &str)> {
    let mut parts = text.split(';').map(str::trim);
    let language = parts.next().filter(|language| !language.is_empty())?;
    let weight = match parts.next().and_then(|part| part.strip_prefix("q=")) {
        Some(weight) => (weight.parse::<f32>().ok()?.clamp(0.0, 1.0) * 1000.0) as u16,
        None => 1000,
    };
    Some((weight, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_proxies_are_believed() {
        let ours = ["127.0.0.1", "10.0.0.0/8"].map(|network| network.parse().unwrap());
        for (peer, said, client_is) in [
            ("203.0.113.9", "", "203.0.113.9"),
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
            (
                "127.0.0.1",
                "192.0.2.66, 198.51.100.1, 10.1.2.3",
                "198.51.100.1",
            ),
            ("127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
            ("::ffff:127.0.0.1", "2001:db8::7", "2001:db8::7"),
            ("127.0.0.1", "192.0.2.66, unknown", "127.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            if !said.is_empty() {
                headers.insert("x-forwarded-for", said.parse().unwrap());
            }
            let peer: IpAddr = peer.parse().unwrap();
            let found = client(peer.to_canonical(), &headers, &ours);
            assert_eq!(found, client_is.parse::<IpAddr>().unwrap(), "{peer} {said}");
        }
    }

    #[test]
    fn a_network_names_no_person() {
        let network = |address: &str| {
            let visit = Visit {
                language: String::new(),
                address: Some(address.parse().unwrap()),
            };
            visit.network().unwrap()
        };
        assert_eq!(network("198.51.100.77"), "198.51.100.0/24");
        assert_eq!(network("2001:db8:7:8::9"), "2001:db8:7::/48");
    }

    #[test]
    fn a_weight_is_read() {
        assert_eq!(entry(" de-AT ; q=0.8"), Some((800, "de-AT")));
        assert_eq!(entry("ur"), Some((1000, "ur")));
        assert_eq!(entry("hi;q=x"), None);
        assert_eq!(entry(""), None);
    }
}
