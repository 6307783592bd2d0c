//! Keys that sign mails, and another implementation that verifies them.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::{
    AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt,
};

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

/// A new key of Ed25519, as PEM.
pub(crate) fn ed25519() -> String {
    pem(Ed25519KeyPair::generate()
        .unwrap()
        .to_pkcs8v1()
        .unwrap()
        .as_ref())
}

/// A key of RSA, as PEM, the same in every story: to make one takes a while.
pub(crate) fn rsa() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| {
        let der: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048)
            .unwrap()
            .as_der()
            .unwrap();
        pem(der.as_ref())
    })
}

/// What DNS has under each name.
#[derive(Default)]
pub(crate) struct Records(HashMap<Box<str>, Txt>);

impl Records {
    /// Publishes this text.
    pub(crate) fn with(mut self, name: &str, text: &str) -> Records {
        let key = DomainKey::parse(text.as_bytes()).unwrap();
        self.0
            .insert(format!("{name}.").into(), Txt::DomainKey(Arc::new(key)));
        self
    }

    /// What mail-auth finds of the signatures of this mail: `pass`, or why not, for each.
    pub(crate) async fn verify(&self, mail: &[u8]) -> Vec<String> {
        let nowhere = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        let verifier = MessageAuthenticator::new(nowhere, ResolverOpts::default()).unwrap();
        let mail = AuthenticatedMessage::parse(mail).expect("a mail");
        let found = verifier
            .verify_dkim(Parameters::new(&mail).with_txt_cache(self))
            .await;
        let word = |result: &DkimResult| match result {
            DkimResult::Pass => "pass".to_owned(),
            other => format!("{other:?}"),
        };
        found.iter().map(|output| word(output.result())).collect()
    }
}

impl ResolverCache<Box<str>, Txt> for Records {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(name).cloned()
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}
