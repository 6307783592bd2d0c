//! The guard: what of the net a feed may lead us to.
//!
//! Whoever can name a feed's address could otherwise have us read the relay's admin page or the cloud's metadata. A
//! resolver alone is no guard, since nobody resolves `http://2130706433/`: so the address, every redirect and every
//! resolved address are checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::{Host, Url};

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// Another scheme, a name or password in it, no host.
    #[error("the address is not a plain http or https address")]
    NotWeb,
    /// It is, or resolves to, an address that is not public.
    #[error("the address leads into a private network")]
    Private,
    /// The name has no address.
    #[error("the name could not be looked up")]
    Unknown,
}

/// Lets through public addresses, and private ones (loopback, local networks) where `private` says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    pub(super) private: bool,
}

impl Guard {
    /// Whether `url` may be asked; a name still has to pass [`Resolve`].
    pub(super) fn check(self, url: &Url) -> Result<(), Refused> {
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none();
        let address = match url.host().filter(|_| is_plain).ok_or(Refused::NotWeb)? {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => address.into(),
            Host::Ipv6(address) => address.into(),
        };
        if self.allows(address) {
            Ok(())
        } else {
            Err(Refused::Private)
        }
    }

    /// Those of the addresses of a name that may be connected to. A name that has both kinds is not refused for the
    /// private ones, which are not connected to.
    fn let_through(
        self,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Refused> {
        let allowed: Vec<SocketAddr> = found.filter(|found| self.allows(found.ip())).collect();
        if allowed.is_empty() {
            return Err(Refused::Private);
        }
        Ok(allowed)
    }

    fn allows(self, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Public => true,
            Reach::Private => self.private,
            Reach::None => false,
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await;
            let found = found.map_err(|_| Refused::Unknown)?;
            Ok(Box::new(guard.let_through(found)?.into_iter()) as Addrs)
        })
    }
}

/// How far an address reaches, by IANA's special-purpose registries (RFC 6890) as of 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    /// This machine, or a network that someone here runs.
    Private,
    /// Nothing a feed could be served from: link-local (the cloud's metadata), multicast, documentation, reserved.
    None,
}

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => {
            Reach::Private
        }
        [0 | 224..=255, ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::None,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let inside = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Reach::Private,
        // IPv4-mapped, and the well-known prefix of NAT64: the machine behind it is the one inside.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            inside(high, low)
        }
        // Of 2000::/3 not: IETF protocols (Teredo among them), documentation, 6to4.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => Reach::None,
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_reach_as_the_registries_say() {
        let cases = [
            ("1.1.1.1", Reach::Public),
            ("172.15.0.1", Reach::Public),
            ("172.32.0.1", Reach::Public),
            ("100.63.0.1", Reach::Public),
            ("192.0.1.1", Reach::Public),
            ("127.0.0.1", Reach::Private),
            ("127.9.9.9", Reach::Private),
            ("10.0.0.1", Reach::Private),
            ("172.16.0.1", Reach::Private),
            ("192.168.1.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("0.0.0.0", Reach::None),
            ("169.254.169.254", Reach::None),
            ("192.0.0.8", Reach::None),
            ("192.0.2.1", Reach::None),
            ("198.19.0.1", Reach::None),
            ("198.51.100.1", Reach::None),
            ("203.0.113.1", Reach::None),
            ("224.0.0.1", Reach::None),
            ("255.255.255.255", Reach::None),
            ("2606:4700::1111", Reach::Public),
            ("::ffff:1.1.1.1", Reach::Public),
            ("64:ff9b::1.1.1.1", Reach::Public),
            ("::1", Reach::Private),
            ("fd00::1", Reach::Private),
            ("::ffff:127.0.0.1", Reach::Private),
            ("64:ff9b::10.0.0.1", Reach::Private),
            ("64:ff9b::169.254.169.254", Reach::None),
            ("64:ff9b:1::1", Reach::None),
            ("::", Reach::None),
            ("::127.0.0.1", Reach::None),
            ("fe80::1", Reach::None),
            ("fec0::1", Reach::None),
            ("ff02::1", Reach::None),
            ("2001::1", Reach::None),
            ("2001:db8::1", Reach::None),
            ("2002:7f00:1::", Reach::None),
            ("3fff::1", Reach::None),
            ("100::1", Reach::None),
        ];
        for (address, expected) in cases {
            assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn no_spelling_of_a_private_address_passes() {
        let outside = Guard { private: false };
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://１２７.0.0.1/",
            "http://0/",
            "http://127.0.0.1./",
            "http://0x7F000001/",
            "http://017700000001/",
            "http://%31%32%37.0.0.1/",
            "http://①②⑦.⓪.⓪.①/",
            "http://127。0。0。1/",
            "http://10.1/",
            "http://[::ffff:0:127.0.0.1]/",
            "http://[::127.0.0.1]/",
            "http://[0:0:0:0:0:ffff:0a00:0001]/",
            "http://[64:ff9b::192.168.0.1]/",
            "http://[2002:7f00:1::]/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
        ] {
            assert_eq!(
                outside.check(&Url::parse(url).unwrap()),
                Err(Refused::Private),
                "{url}"
            );
        }
        for url in [
            "ftp://paper.example/",
            "file:///etc/passwd",
            "http://me@paper.example/",
            "http://:p@paper.example/",
        ] {
            assert_eq!(
                outside.check(&Url::parse(url).unwrap()),
                Err(Refused::NotWeb),
                "{url}"
            );
        }
        assert_eq!(
            outside.check(&Url::parse("https://paper.example/feed").unwrap()),
            Ok(())
        );
        assert!(Url::parse("http://[fe80::1%25eth0]/").is_err());
        let inside = Guard { private: true };
        assert_eq!(
            inside.check(&Url::parse("http://127.0.0.1/").unwrap()),
            Ok(())
        );
        assert_eq!(
            inside.check(&Url::parse("http://169.254.169.254/").unwrap()),
            Err(Refused::Private)
        );
    }
    #[test]
    fn of_a_name_only_the_public_addresses_are_connected_to() {
        let found = |addresses: &[&str]| {
            let addresses: Vec<SocketAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
            Guard { private: false }.let_through(addresses.into_iter())
        };
        let public = "1.1.1.1:0".parse().unwrap();
        assert_eq!(
            found(&["127.0.0.1:0", "1.1.1.1:0", "[::1]:0"]),
            Ok(vec![public])
        );
        assert_eq!(found(&["127.0.0.1:0", "[::1]:0"]), Err(Refused::Private));
        assert_eq!(found(&[]), Err(Refused::Private));
    }

    #[tokio::test]
    async fn names_are_looked_up_once_and_filtered() {
        let ask = async |private, name: &str| {
            let found = Guard { private }.resolve(name.parse().unwrap()).await;
            found.map(Iterator::count).map_err(|e| e.to_string())
        };
        for name in ["localhost", "LOCALHOST"] {
            let refused = Refused::Private.to_string();
            assert_eq!(ask(false, name).await, Err(refused), "{name}");
            assert!(ask(true, name).await.unwrap() > 0, "{name}");
        }
        // Some machines know this spelling and some do not; on none it leads anywhere.
        assert!(ask(false, "localhost.").await.is_err());
        let unknown = ask(false, "no-such-name.invalid").await;
        assert_eq!(unknown, Err(Refused::Unknown.to_string()));
    }
}
