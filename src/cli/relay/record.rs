//! What the records say, and what is to be done about them.

use std::collections::BTreeMap;

use super::domain::is_aligned;
use super::finding::Finding;
use crate::cli::out::counted;
use crate::config::{Dkim, DkimKey};
use crate::dns::Answer;

const ASK_AGAIN: &str = "ask again when DNS answers; dispatch.dns names another server";

/// A record of tags, as DKIM and DMARC have it (RFC 6376, section 3.2).
pub(super) struct Record(BTreeMap<String, String>);

impl Record {
    pub(super) fn read(text: &str) -> Record {
        let tags = text.split(';').filter_map(|tag| tag.split_once('='));
        let tags =
            tags.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Record(tags.collect())
    }

    fn get(&self, tag: &str) -> Option<&str> {
        self.0.get(tag).map(String::as_str)
    }

    fn is(&self, tag: &str, value: &str) -> bool {
        self.get(tag).is_some_and(|v| v.eq_ignore_ascii_case(value))
    }
}

/// Those of the texts that begin with this version.
pub(super) fn named(answer: &Answer<String>, version: &str) -> Vec<String> {
    let Answer::Found(texts) = answer else {
        return Vec::new();
    };
    let begins = |text: &&String| {
        let rest = text
            .get(..version.len())
            .filter(|head| head.eq_ignore_ascii_case(version))
            .map(|_| &text[version.len()..]);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ';', '\t']))
    };
    texts.iter().filter(begins).cloned().collect()
}

fn silent(what: &'static str, why: &str) -> Finding {
    Finding::warning(what, format!("DNS does not answer: {why}"), ASK_AGAIN)
}

/// Where mail for the domain goes.
pub(super) fn mx(answer: &Answer<String>, bounces: bool) -> Finding {
    let hint = "publish an MX record that leads to a server which takes mail for it";
    match answer {
        Answer::Silent(why) => silent("mx", why),
        Answer::Found(hosts) if hosts.iter().any(|host| host != ".") => {
            let hosts: Vec<&str> = hosts.iter().map(|h| h.trim_end_matches('.')).collect();
            Finding::ok("mx", hosts.join(", "))
        }
        Answer::Found(_) => Finding::problem(
            "mx",
            "a null MX: it takes no mail, and many receivers refuse mail from it",
            hint,
        ),
        Answer::Nothing if bounces => Finding::problem("mx", "none, so no bounce comes back", hint),
        Answer::Nothing => Finding::warning(
            "mx",
            "none: answers may go nowhere, and some receivers refuse mail from it",
            hint,
        ),
    }
}

/// Who may send for the domain (RFC 7208). Receivers ask it of the envelope's sender.
pub(super) fn spf(answer: &Answer<String>, is_envelope: bool) -> Finding {
    const MOST_LOOKUPS: usize = 10;
    let found = named(answer, "v=spf1");
    let record = match (answer, found.as_slice()) {
        (Answer::Silent(why), _) => return silent("spf", why),
        (_, [record]) => record,
        (_, []) if is_envelope => {
            let hint = "publish a TXT record that names the hosts your relay sends from, such as \"v=spf1 include:RELAY ~all\"";
            return Finding::problem(
                "spf",
                "none, and it is the envelope's sender: receivers cannot tell our mail from forged mail",
                hint,
            );
        }
        (_, []) => {
            return Finding::warning(
                "spf",
                "none; no envelope has it as its sender, so anybody may",
                "publish \"v=spf1 -all\", or what else sends from it",
            );
        }
        (_, several) => {
            let says = format!(
                "{}: receivers take that for an error",
                counted(several.len() as i128, "record", "records")
            );
            return Finding::problem("spf", says, "keep one, with what all of them allow");
        }
    };
    let terms: Vec<String> = record
        .split_ascii_whitespace()
        .skip(1)
        .map(str::to_ascii_lowercase)
        .collect();
    let looks_up = |term: &&String| {
        let term = term.trim_start_matches(['+', '-', '~', '?']);
        let name = term.split([':', '/', '=']).next().unwrap_or_default();
        matches!(name, "include" | "a" | "mx" | "ptr" | "exists" | "redirect")
    };
    if terms.iter().any(|term| term == "all" || term == "+all") {
        return Finding::problem(
            "spf",
            format!("{record}: lets everybody send"),
            "end it with ~all or -all",
        );
    }
    if terms.iter().filter(looks_up).count() > MOST_LOOKUPS {
        let says = format!(
            "{record}: more than {MOST_LOOKUPS} terms that need DNS, which receivers take for an error"
        );
        return Finding::problem(
            "spf",
            says,
            "name addresses (ip4:, ip6:) in place of some of them",
        );
    }
    let ends = terms
        .iter()
        .any(|t| t == "-all" || t == "~all" || t.starts_with("redirect="));
    if !ends {
        return Finding::warning(
            "spf",
            format!("{record}: says nothing of other hosts"),
            "end it with ~all or -all",
        );
    }
    let finding = Finding::ok("spf", record.as_str());
    if is_envelope {
        return finding.with_hint("see that it names the hosts your relay sends from");
    }
    finding
}

/// Whether the public half of a key is published, and what is to be.
pub(super) fn published(
    answer: &Answer<String>,
    key: &Dkim,
    secret: &DkimKey,
) -> (Option<bool>, Finding) {
    let name = &key.selector;
    let publish = format!(
        "publish {}",
        zone_line(&key.record_name(), &secret.record())
    );
    let texts = match answer {
        Answer::Silent(why) => {
            let finding = silent("dkim", why).with_hint(format!(
                "{ASK_AGAIN}; the record to be there: {}",
                zone_line(&key.record_name(), &secret.record())
            ));
            return (None, finding);
        }
        Answer::Nothing => &Vec::new(),
        Answer::Found(texts) => texts,
    };
    let record = match texts.as_slice() {
        [] => {
            let says = format!("{name} is not published: what it signs counts for nothing");
            return (Some(false), Finding::problem("dkim", says, &publish));
        }
        [text] => Record::read(text),
        _ => {
            let says = format!("{name} has several records: receivers take any of them");
            return (
                Some(false),
                Finding::problem("dkim", says, &format!("keep one; {publish}")),
            );
        }
    };
    let bare = |text: &str| text.split_ascii_whitespace().collect::<String>();
    let theirs = record.get("p").map(bare).unwrap_or_default();
    let kind = record.get("k").unwrap_or("rsa");
    if theirs.is_empty() {
        let says = format!("{name} is revoked: its record has an empty p=");
        return (
            Some(false),
            Finding::problem(
                "dkim",
                says,
                "make a new key under a new selector, and publish that",
            ),
        );
    }
    if theirs != secret.public() || !kind.eq_ignore_ascii_case(secret.kind()) {
        let says = format!("{name} is published with another key than key_file holds");
        let hint = format!("see which of the two is meant; for this file {publish}");
        return (Some(false), Finding::problem("dkim", says, &hint));
    }
    if record
        .get("h")
        .is_some_and(|h| !h.split(':').any(|h| h.trim() == "sha256"))
    {
        let says = format!("{name}: its record forbids SHA-256");
        return (Some(false), Finding::problem("dkim", says, &publish));
    }
    if record
        .get("t")
        .is_some_and(|t| t.split(':').any(|flag| flag.trim() == "y"))
    {
        let says = format!(
            "{name}: published as a trial (t=y), so receivers may take its mails as unsigned"
        );
        return (
            Some(true),
            Finding::warning("dkim", says, "take t=y out of the record"),
        );
    }
    (
        Some(true),
        Finding::ok("dkim", format!("{name}, {}: published", secret.algorithm())),
    )
}

/// A TXT record as a zone file has it: strings of at most 255 octets (RFC 1035, section 3.3).
fn zone_line(name: &str, text: &str) -> String {
    let octets: Vec<char> = text.chars().collect();
    let parts: Vec<String> = octets
        .chunks(255)
        .map(|part| format!("\"{}\"", part.iter().collect::<String>()))
        .collect();
    match parts.as_slice() {
        [one] => format!("{name}. IN TXT {one}"),
        several => format!("{name}. IN TXT ( {} )", several.join(" ")),
    }
}

/// What receivers are asked to do with mails that only claim to be the domain's (RFC 7489).
pub(super) fn dmarc(answer: &Answer<(String, String)>, domain: &str) -> Finding {
    let (at, text) = match answer {
        Answer::Silent(why) => return silent("dmarc", why),
        Answer::Nothing => {
            let hint = format!(
                "publish _dmarc.{domain}. IN TXT \"v=DMARC1; p=none; rua=mailto:YOU\" first, and p=quarantine when the reports are good"
            );
            return Finding::problem(
                "dmarc",
                "none: large receivers take no newsletters without",
                &hint,
            );
        }
        Answer::Found(found) if found.len() > 1 => {
            return Finding::problem(
                "dmarc",
                "several records, which receivers take for none",
                "keep one",
            );
        }
        Answer::Found(found) => &found[0],
    };
    let record = Record::read(text);
    let from = if at == domain {
        String::new()
    } else {
        format!(", from {at}")
    };
    let inherited = (at != domain).then(|| record.get("sp")).flatten();
    match inherited
        .or_else(|| record.get("p"))
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some(policy @ ("reject" | "quarantine")) => Finding::ok("dmarc", format!("{policy}{from}")),
        Some("none") => Finding::warning(
            "dmarc",
            format!("none{from}: forged mails are let through"),
            "when the reports are good, change p=none to p=quarantine",
        ),
        _ => Finding::problem(
            "dmarc",
            format!("{text}{from}: no policy that receivers know"),
            "write p=none, p=quarantine or p=reject",
        ),
    }
}

/// Whether our mails pass: by a signature, or by the envelope's sender, that belongs to the From (RFC 7489, section 3.1).
pub(super) fn alignment(
    record: &Record,
    at: &str,
    domain: &str,
    envelope: &str,
    signers: &[&str],
) -> Finding {
    let strict_dkim = record.is("adkim", "s");
    let by_dkim = signers
        .iter()
        .any(|signer| is_aligned(domain, signer, at, strict_dkim));
    let by_spf = is_aligned(domain, envelope, at, record.is("aspf", "s"));
    match (by_dkim, by_spf) {
        (true, true) => Finding::ok("alignment", format!("by DKIM, and by SPF of {envelope}")),
        (true, false) => Finding::ok("alignment", format!("by DKIM; not by SPF, as the envelope's sender is at {envelope}")),
        (false, true) if signers.is_empty() => Finding::ok("alignment", format!("by SPF of {envelope}"))
            .with_hint("a forwarded mail passes by DKIM alone: let the relay sign as this domain, or add [[dkim]]"),
        (false, true) => Finding::warning(
            "alignment",
            format!("by SPF of {envelope} alone: adkim=s wants a signature of just {domain}"),
            "add [[dkim]] for just this domain, or take adkim=s out of the record",
        ),
        (false, false) if signers.is_empty() => Finding::warning(
            "alignment",
            format!("not by SPF, as the envelope's sender is at {envelope}; by DKIM only if the relay signs as this domain"),
            "add [[dkim]], or choose a bounce_domain under the domain of From",
        ),
        (false, false) => Finding::problem(
            "alignment",
            "neither by DKIM nor by SPF: adkim=s and aspf=s want just this domain",
            "add [[dkim]] for just this domain, or take adkim=s out of the record",
        ),
    }
}
