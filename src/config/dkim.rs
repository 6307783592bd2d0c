//! `[[dkim]]`: the keys that mails are signed with (RFC 6376), read from PEM files.
//!
//! In: a domain, a selector and a private key of RSA or Ed25519. Out: a [`DkimKey`], which signs and says what to publish.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use super::check::check_present;
use super::document::Spot;
use super::problem::Problems;
use super::secret;

/// `[[dkim]]`: one key, for the mails of one domain and those under it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dkim {
    /// The domain that signs (`d=`); as A-labels in lower case once loaded.
    pub domain: String,
    /// Which of the domain's keys this is (`s=`): the name of its DNS record, before `._domainkey`.
    pub selector: String,
    /// The private key, as PEM of PKCS#8 or PKCS#1.
    pub key_file: PathBuf,
}

/// A private key that signs mails.
pub enum DkimKey {
    /// RSASSA-PKCS1-v1_5 with SHA-256, of 2048 bits or more (RFC 8301, section 3.2).
    Rsa(Box<RsaKeyPair>),
    /// Ed25519 over a SHA-256 hash (RFC 8463).
    Ed25519(Box<Ed25519KeyPair>),
}

/// Why a file cannot be used as a key: how the sentence about it goes on, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Follows the name of the setting.
    pub says: String,
    /// What to do.
    pub hint: String,
}

const MAKE: &str = "make one with: (umask 077; openssl genrsa -out FILE 2048)";

impl Dkim {
    /// The name of the DNS record that holds the public key (RFC 6376, section 3.6.2.1).
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// Whether mails from `domain` are to be signed with it: it is the same domain or one under ours, so that the
    /// signature is aligned with the From (RFC 7489, section 3.1.1).
    pub fn fits(&self, domain: &str) -> bool {
        is_at_or_under(domain, &self.domain)
    }

    /// The key, read now.
    pub fn key(&self) -> Result<DkimKey, Unfit> {
        let unfit = |says: &str, hint: &str| Unfit {
            says: says.to_owned(),
            hint: hint.to_owned(),
        };
        let pem = secret::read(&self.key_file, MAKE).map_err(|problem| {
            unfit(
                &format!("cannot be used: {}", problem.message),
                &problem.hint.unwrap_or_default(),
            )
        })?;
        let pem = pem.expose();
        if pem.contains("BEGIN ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(unfit(
                "is locked with a passphrase",
                "take it off with: openssl pkey -in FILE -out NEW, and let only the user that runs Postrider read it",
            ));
        }
        if pem.contains("BEGIN PUBLIC KEY") || pem.contains("BEGIN RSA PUBLIC KEY") {
            return Err(unfit("holds a public key", "the private one belongs here"));
        }
        let kind = "is neither an RSA key of 2048 to 8192 bits nor an Ed25519 key";
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| unfit("holds no private key in PEM form", MAKE))?;
        let rsa = |key: RsaKeyPair| DkimKey::Rsa(Box::new(key));
        match &der {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map(rsa).ok(),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                    .map(|key| DkimKey::Ed25519(Box::new(key)));
                ed25519
                    .or_else(|_| RsaKeyPair::from_pkcs8(der).map(rsa))
                    .ok()
            }
            _ => None,
        }
        .ok_or_else(|| unfit(kind, MAKE))
    }

    /// Whether others than its owner and its group may read the key; not where it cannot be looked at.
    pub fn is_open_to_all(&self) -> bool {
        let mode = |file: &Path| file.metadata().map(|m: Metadata| m.mode());
        mode(&self.key_file).is_ok_and(|mode| mode & 0o007 != 0)
    }

    pub(super) fn check(&mut self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let at = |key: &str| at.clone().key(key);
        for (key, example) in [
            ("domain", "\"courier.example.org\""),
            ("selector", "\"2026a\""),
            ("key_file", "\"dkim-2026a.pem\""),
        ] {
            check_present(&at(key), Some("[[dkim]]"), example, problems);
        }
        match domain(&self.domain) {
            Some(domain) => self.domain = domain,
            None if self.domain.is_empty() => {}
            None => at("domain").say(
                problems,
                "is not a domain",
                "write the domain of your senders, or the one above it, such as \"courier.example.org\"",
            ),
        }
        let label = |label: &str| {
            let end = |octet: Option<u8>| octet.is_some_and(|o| o.is_ascii_alphanumeric());
            label.len() <= 63
                && end(label.bytes().next())
                && end(label.bytes().last())
                && label
                    .bytes()
                    .all(|o| o.is_ascii_alphanumeric() || o == b'-' || o == b'_')
        };
        if !self.selector.is_empty() && !self.selector.split('.').all(label) {
            at("selector").say(
                problems,
                "is not a selector",
                "write letters, digits and hyphens, such as \"2026a\"",
            );
        }
    }
}

/// Whether `domain` is `parent` or lies under it.
pub fn is_at_or_under(domain: &str, parent: &str) -> bool {
    let ends = |at: usize| domain.as_bytes()[at..].eq_ignore_ascii_case(parent.as_bytes());
    match domain.len().checked_sub(parent.len()) {
        Some(0) => ends(0),
        Some(at) => ends(at) && domain.as_bytes()[at - 1] == b'.',
        None => false,
    }
}

/// `text` as A-labels in lower case, if it is a domain of two labels or more.
pub(super) fn domain(text: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_strict(text.trim_end_matches('.')).ok()?;
    let address = domain.parse::<std::net::IpAddr>().is_ok();
    (domain.contains('.')
        && !domain.split('.').any(str::is_empty)
        && !address
        && domain.len() <= 253)
        .then_some(domain)
}

impl std::fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DkimKey({})", self.algorithm())
    }
}

impl DkimKey {
    /// What `a=` calls it.
    pub fn algorithm(&self) -> &'static str {
        match self {
            DkimKey::Rsa(_) => "rsa-sha256",
            DkimKey::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// What `k=` of its record calls it (RFC 6376, section 3.6.1; RFC 8463, section 4).
    pub fn kind(&self) -> &'static str {
        match self {
            DkimKey::Rsa(_) => "rsa",
            DkimKey::Ed25519(_) => "ed25519",
        }
    }

    /// The public key as `p=` of its record has it: a SubjectPublicKeyInfo of RSA, the bare 32 octets of Ed25519.
    pub fn public(&self) -> String {
        match self {
            DkimKey::Rsa(key) => {
                let der: PublicKeyX509Der<'_> = key
                    .public_key()
                    .as_der()
                    .expect("the public half of a key that was accepted");
                STANDARD.encode(der.as_ref())
            }
            DkimKey::Ed25519(key) => STANDARD.encode(key.public_key().as_ref()),
        }
    }

    /// The record to publish.
    pub fn record(&self) -> String {
        format!("v=DKIM1; k={}; p={}", self.kind(), self.public())
    }

    /// Signs `data`, always with the same outcome: neither way of signing draws anything at random.
    pub fn sign(&self, data: &[u8]) -> Vec<u8> {
        match self {
            DkimKey::Rsa(key) => {
                let mut out = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut out)
                    .expect("there is room for a signature of the key's length");
                out
            }
            DkimKey::Ed25519(key) => {
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data);
                key.sign(hash.as_ref()).as_ref().to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_for_its_domain_and_those_under_it() {
        let key = Dkim {
            domain: "courier.example".to_owned(),
            ..Dkim::default()
        };
        for (from, fits) in [
            ("courier.example", true),
            ("Mail.COURIER.example", true),
            ("a.b.courier.example", true),
            ("notcourier.example", false),
            ("example", false),
            ("", false),
            ("courier.example.org", false),
        ] {
            assert_eq!(key.fits(from), fits, "{from}");
        }
    }

    #[test]
    fn what_a_domain_is() {
        assert_eq!(
            domain("Courier.Example."),
            Some("courier.example".to_owned())
        );
        assert_eq!(
            domain("fähre.example"),
            Some("xn--fhre-loa.example".to_owned())
        );
        for bad in [
            "",
            "example",
            "a b.example",
            "-a.example",
            "a..example",
            "127.0.0.1",
            "a_b.example",
            "x@y.example",
        ] {
            assert_eq!(domain(bad), None, "{bad}");
        }
    }
}
