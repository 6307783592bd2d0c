//! `[web]`: where the pages listen, and how the world reaches them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::check::{check_filled, check_public_url, check_range};
use super::document::Spot;
use super::problem::Problems;
use super::reader::Wanted;
use super::secret::{MAKE, Secret, keys_in, read};
use super::value::{Refusal, as_text};

/// `[web]`: where readers' pages are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// Where the server listens. Port 0 takes one that is free.
    pub listen: SocketAddr,
    /// How links in mails begin; without a slash at the end once loaded.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// A folder of templates that replace those of our pages, file by file.
    pub templates: Option<PathBuf>,
    /// Sites whose pages may show our sign-up form in a frame and send us forms of their own; as a browser writes an Origin
    /// once loaded.
    pub embed_origins: Vec<String>,
    /// How many sign-ups one network may send in an hour.
    pub signups_per_hour: u32,
    /// Whether a sign-up asks DNS if the address's domain takes mail.
    pub check_mx: bool,
    /// A file with the keys that the paper's own site signs links for its members with, one a line: ask
    /// [`Web::member_keys`].
    pub member_key_file: Option<PathBuf>,
    /// The notices that the paper sends beside newsletters, and readers may do without.
    pub notices: Vec<Wanted>,
}

impl Default for Web {
    fn default() -> Web {
        Web {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8025)),
            public_url: String::new(),
            trusted_proxies: vec![
                Network::of(Ipv4Addr::LOCALHOST.into()),
                Network::of(Ipv6Addr::LOCALHOST.into()),
            ],
            templates: None,
            embed_origins: Vec::new(),
            signups_per_hour: 60,
            check_mx: false,
            member_key_file: None,
            notices: Vec::new(),
        }
    }
}

impl Web {
    pub(super) fn check(&mut self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let key = |key: &str| at.clone().key(key);
        check_public_url(&mut self.public_url, &key("public_url"), problems);
        check_filled(&key("templates"), problems);
        check_filled(&key("member_key_file"), problems);
        check_range(
            self.signups_per_hour,
            1_000_000,
            &key("signups_per_hour"),
            problems,
        );
        for site in &mut self.embed_origins {
            match plain_origin(site) {
                Some(origin) => *site = origin,
                None => key("embed_origins").say(
                    problems,
                    "holds what is not the beginning of a site's address",
                    "write scheme and host only, such as \"https://courier.example.org\"",
                ),
            }
        }
    }

    /// The keys that links for members are signed with, read now; none where there is no file.
    pub fn member_keys(&self) -> Result<Vec<Secret>, Problems> {
        let Some(file) = &self.member_key_file else {
            return Ok(Vec::new());
        };
        let name = file.display().to_string();
        let hint = format!("make one with: (umask 077; {MAKE} > {name})");
        let text = read(file, &hint)?;
        Ok(keys_in(&name, &text, &hint)?)
    }

    /// Whether the world reaches the pages by HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// Scheme, host and port of `public_url`, as a browser writes an Origin (RFC 6454, section 6.1).
    pub fn origin(&self) -> String {
        url::Url::parse(&self.public_url)
            .map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
    }

    /// The path of `public_url`, without a slash at the end: what stands before the path of every page.
    pub fn base(&self) -> String {
        url::Url::parse(&self.public_url).map_or_else(
            |_| String::new(),
            |url| url.path().trim_end_matches('/').to_owned(),
        )
    }
}

/// The Origin of a site that is named by it, with a slash behind perhaps.
fn plain_origin(site: &str) -> Option<String> {
    let url = url::Url::parse(site).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let bare = bare && url.username().is_empty() && url.password().is_none();
    let good = matches!(url.scheme(), "http" | "https") && url.has_host() && bare;
    good.then(|| url.origin().ascii_serialization())
}

/// An address of the Internet Protocol, or all that begin alike: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn of(address: IpAddr) -> Network {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        Network { address, bits }
    }

    /// Whether `address` is in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => same(
                ours.to_bits().into(),
                other.to_bits().into(),
                32 - self.bits,
            ),
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                same(ours.to_bits(), other.to_bits(), 128 - self.bits)
            }
            _ => false,
        }
    }
}

fn same(one: u128, other: u128, free_bits: u8) -> bool {
    free_bits >= 128 || one >> free_bits == other >> free_bits
}

impl FromStr for Network {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Network, Refusal> {
        let (address, bits) = text.split_once('/').unwrap_or((text, ""));
        let whole = address.parse().map(Network::of).ok();
        let network = whole.and_then(|whole| match bits {
            "" => (!text.ends_with('/')).then_some(whole),
            bits => {
                let bits = bits.parse().ok().filter(|bits| *bits <= whole.bits)?;
                Some(Network { bits, ..whole })
            }
        });
        network.ok_or_else(|| {
            let hint = "write one as \"10.0.0.7\", or a network as \"10.0.0.0/8\"".to_owned();
            Refusal::new("holds what is not an IP address", hint)
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

as_text!(Network);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_named_by_its_origin() {
        for (site, origin) in [
            (
                "https://courier.example.org",
                Some("https://courier.example.org"),
            ),
            (
                "https://Courier.Example.org/",
                Some("https://courier.example.org"),
            ),
            ("http://localhost:8080", Some("http://localhost:8080")),
            (
                "https://courier.example.org:443",
                Some("https://courier.example.org"),
            ),
            ("https://courier.example.org/a", None),
            ("https://a@courier.example.org", None),
            ("courier.example.org", None),
            ("*", None),
            ("null", None),
            ("javascript:alert(1)", None),
            ("https://a.example.org; script-src *", None),
        ] {
            assert_eq!(plain_origin(site).as_deref(), origin, "{site}");
        }
    }

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        for (network, address, holds) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.7", "10.0.0.7", true),
            ("10.0.0.7", "10.0.0.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:9::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.holds(address.parse().unwrap()),
                holds,
                "{network} {address}"
            );
        }
        for wrong in [
            "",
            "10",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "localhost",
            "10.0.0.0/8/8",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
