//! What receivers find in DNS of a domain that we send from, sign for, or let bounces come to.

use serde::Serialize;

use super::finding::Finding;
use super::record::{Record, alignment, dmarc, mx, named, published, spf};
use crate::config::{Config, Dkim, is_at_or_under};
use crate::dns::{Answer, Dns};

/// What a domain is to us.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    /// The newsletters whose From has it.
    pub(super) newsletters: Vec<String>,
    /// Whether bounces come to it.
    pub(super) bounces: bool,
}

/// What is known of one domain.
#[derive(Serialize)]
pub(super) struct Looked {
    pub(super) domain: String,
    pub(super) newsletters: Vec<String>,
    pub(super) bounces: bool,
    pub(super) mx: Vec<String>,
    pub(super) spf: Option<String>,
    pub(super) dmarc: Option<String>,
    pub(super) keys: Vec<LookedKey>,
    pub(super) findings: Vec<Finding>,
}

/// What is known of one key.
#[derive(Serialize)]
pub(super) struct LookedKey {
    pub(super) selector: String,
    algorithm: &'static str,
    /// Where it is to be published.
    record_name: String,
    /// What is to be published there.
    record: String,
    /// Whether just that is; nothing where DNS does not answer.
    published: Option<bool>,
}

/// Every domain that matters, in alphabetical order, and what it is to us.
pub(super) fn domains(config: &Config) -> Vec<(String, Role)> {
    let mut roles = std::collections::BTreeMap::<String, Role>::new();
    for newsletter in &config.newsletters {
        let domain = newsletter.from.address.domain().to_ascii_lowercase();
        let role = roles.entry(domain).or_default();
        role.newsletters.push(newsletter.slug.clone());
    }
    if let Some(domain) = &config.feedback.bounce_domain {
        roles.entry(domain.clone()).or_default().bounces = true;
    }
    for key in &config.dkim {
        roles.entry(key.domain.clone()).or_default();
    }
    roles.into_iter().collect()
}

/// Looks at one domain.
pub(super) async fn look(config: &Config, dns: &Dns, domain: &str, role: &Role) -> Looked {
    let sends = !role.newsletters.is_empty();
    let own: Vec<&Dkim> = config
        .dkim
        .iter()
        .filter(|key| key.domain == domain)
        .collect();
    let (mx_answer, spf_answer, policy, keys) = tokio::join!(
        dns.mx(domain),
        dns.txt(domain),
        policy(dns, domain),
        futures_util::future::join_all(own.iter().map(|key| look_at_key(dns, key))),
    );
    let mut looked = Looked {
        domain: domain.to_owned(),
        newsletters: role.newsletters.clone(),
        bounces: role.bounces,
        mx: match &mx_answer {
            Answer::Found(hosts) => hosts.clone(),
            _ => Vec::new(),
        },
        spf: named(&spf_answer, "v=spf1").into_iter().next(),
        dmarc: None,
        keys: Vec::new(),
        findings: Vec::new(),
    };
    let bounce_domain = config.feedback.bounce_domain.as_deref();
    let is_envelope = role.bounces || (sends && bounce_domain.is_none());
    if sends || role.bounces {
        looked.findings.push(mx(&mx_answer, role.bounces));
        looked.findings.push(spf(&spf_answer, is_envelope));
    }
    for (key, finding) in keys.into_iter().flatten() {
        looked.keys.push(key);
        looked.findings.push(finding);
    }
    looked
        .findings
        .extend(own.iter().filter(|key| key.is_open_to_all()).map(|key| {
            let says = format!(
                "everybody on this machine can read {}",
                key.key_file.display()
            );
            Finding::warning(
                "dkim",
                says,
                "chmod o= FILE, and think of a new key under a new selector",
            )
        }));
    if !sends {
        return looked;
    }
    let fitting: Vec<&Dkim> = config.dkim.iter().filter(|key| key.fits(domain)).collect();
    if own.is_empty() {
        looked.findings.push(signed_from_above(config, &fitting));
    }
    let record = match &policy {
        Answer::Found(found) => found
            .first()
            .map(|(at, text)| (at.clone(), Record::read(text))),
        _ => None,
    };
    looked.dmarc = match &policy {
        Answer::Found(found) => found.first().map(|(_, text)| text.clone()),
        _ => None,
    };
    looked.findings.push(dmarc(&policy, domain));
    if let Some((at, record)) = record {
        let envelope = bounce_domain.unwrap_or(domain);
        let signers: Vec<&str> = fitting.iter().map(|key| key.domain.as_str()).collect();
        looked
            .findings
            .push(alignment(&record, &at, domain, envelope, &signers));
    }
    looked
}

fn signed_from_above(config: &Config, fitting: &[&Dkim]) -> Finding {
    if let Some(key) = fitting.first() {
        return Finding::ok("dkim", format!("signed by the keys of {}", key.domain));
    }
    let says = "Postrider has no key for it";
    let hint = "let the relay sign for it, or add [[dkim]]: docs/operations.md says how";
    if config.dkim.is_empty() {
        return Finding::ok("dkim", says).with_hint(hint);
    }
    Finding::warning("dkim", says, hint)
}

/// One key and what is published of it; nothing where its file cannot be read any more, which the start refuses.
async fn look_at_key(dns: &Dns, key: &Dkim) -> Option<(LookedKey, Finding)> {
    let secret = key.key().ok()?;
    let answer = dns.txt(&key.record_name()).await;
    let (published, finding) = published(&answer, key, &secret);
    let looked = LookedKey {
        selector: key.selector.clone(),
        algorithm: secret.algorithm(),
        record_name: key.record_name(),
        record: secret.record(),
        published,
    };
    Some((looked, finding))
}

/// The DMARC record of this domain, and where it was found: there, or at the nearest domain above that has one. Of
/// several at one place all.
async fn policy(dns: &Dns, domain: &str) -> Answer<(String, String)> {
    let mut at = Some(domain);
    while let Some(here) = at.filter(|here| here.contains('.')) {
        match dns.txt(&format!("_dmarc.{here}")).await {
            Answer::Silent(why) => return Answer::Silent(why),
            answer => {
                let found = named(&answer, "v=DMARC1");
                if !found.is_empty() {
                    let found = found.into_iter().map(|text| (here.to_owned(), text));
                    return Answer::Found(found.collect());
                }
            }
        }
        at = here.split_once('.').map(|(_, above)| above);
    }
    Answer::Nothing
}

/// Whether DMARC takes `domain` for the same as `other`, where the record was found at `at` (RFC 7489, section 3.1).
pub(super) fn is_aligned(domain: &str, other: &str, at: &str, strict: bool) -> bool {
    if strict {
        return domain.eq_ignore_ascii_case(other);
    }
    is_at_or_under(domain, other)
        || is_at_or_under(other, domain)
        || (is_at_or_under(domain, at) && is_at_or_under(other, at))
}
