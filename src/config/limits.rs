//! What keeps mailbox providers and relays friendly: limits for a provider, and slow beginnings.

use jiff::civil::Date;
use serde::Deserialize;

use super::check::{check_filled, check_range};
use super::document::Spot;
use super::problem::Problems;

/// `[[provider]]`: mail domains behind which one provider stands. What they are sent is counted together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Provider {
    /// What logs and `postrider hold` call it.
    pub name: String,
    /// The domains, without `@`, in lower case and with A-labels once loaded.
    pub domains: Vec<String>,
    /// How many of its mails are on their way at a time, all nodes and relays together; nothing means any number.
    pub connections: Option<u32>,
    /// The most it is sent in a minute, by all nodes and relays together; nothing means any number.
    pub per_minute: Option<u32>,
}

/// Providers that need not be configured. They have no limits: each is slowed down when it asks for it, and can be held,
/// without the others.
const USUAL: [(&str, &[&str]); 6] = [
    ("google", &["gmail.com", "googlemail.com"]),
    (
        "microsoft",
        &[
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "hotmail.co.uk",
            "outlook.de",
            "hotmail.fr",
        ],
    ),
    (
        "yahoo",
        &[
            "yahoo.com",
            "ymail.com",
            "rocketmail.com",
            "yahoo.co.uk",
            "yahoo.co.in",
            "yahoo.de",
            "aol.com",
        ],
    ),
    ("apple", &["icloud.com", "me.com", "mac.com"]),
    (
        "gmx",
        &["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "web.de"],
    ),
    ("rediff", &["rediffmail.com"]),
];

impl Provider {
    /// Adds the large ones, without limits, as far as these have neither their name nor their domains.
    pub(super) fn add_usual(configured: &mut Vec<Provider>) {
        let known = configured.len();
        for (name, domains) in USUAL {
            let own = &configured[..known];
            let is_free =
                |domain: &&str| !own.iter().any(|p| p.domains.iter().any(|d| d == domain));
            let domains: Vec<String> = domains
                .iter()
                .filter(|d| is_free(d))
                .map(|d| (*d).to_owned())
                .collect();
            if !domains.is_empty() && own.iter().all(|p| p.name != name) {
                configured.push(Provider {
                    name: name.to_owned(),
                    domains,
                    ..Provider::default()
                });
            }
        }
    }

    pub(super) fn normalize(&mut self) {
        for domain in &mut self.domains {
            if let Ok(ascii) = idna::domain_to_ascii(domain) {
                *domain = ascii;
            }
        }
    }

    pub(super) fn check(&self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let at = |key: &str| at.clone().key(key);
        check_filled(&at("name"), problems);
        if !at("name").is_set() {
            at("name").say(
                problems,
                "is missing",
                "write for example name = \"google\"",
            );
        }
        let wrong = |domain: &String| format!("a@{domain}").parse::<lettre::Address>().is_err();
        if self.domains.is_empty() || self.domains.iter().any(wrong) {
            let hint = "for example domains = [\"gmail.com\", \"googlemail.com\"]";
            at("domains").say(problems, "needs one mail domain or more, without @", hint);
        }
        for (key, limit) in [
            ("connections", self.connections),
            ("per_minute", self.per_minute),
        ] {
            if let Some(limit) = limit {
                check_range(limit, 10_000_000, &at(key), problems);
            }
        }
    }
}

/// `[[warmup]]`: a daily ceiling that grows, for a relay or a sender's domain that nobody knows yet. Notices are counted,
/// and not kept back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Warmup {
    /// The name of the relay it is for …
    pub relay: Option<String>,
    /// … or the domain of newsletters' `from`.
    pub domain: Option<String>,
    /// Its first day, in the paper's zone. Before that day nothing leaves this way; see [`Warmup::ceiling`].
    pub starts: Date,
    /// The most it is given on its first day.
    pub first: u32,
    /// By what each day's ceiling is multiplied for the next.
    pub factor: f64,
    /// The ceiling at which it counts as known: from then on there is none.
    pub until: u32,
}

impl Default for Warmup {
    fn default() -> Warmup {
        Warmup {
            relay: None,
            domain: None,
            starts: Date::MIN,
            first: 0,
            factor: 1.5,
            until: 1_000_000,
        }
    }
}

impl Warmup {
    /// What stands in the database for it.
    pub fn name(&self) -> String {
        match (&self.relay, &self.domain) {
            (Some(relay), _) => format!("relay {relay}"),
            (None, domain) => format!("domain {}", domain.as_deref().unwrap_or_default()),
        }
    }

    /// The most it is given on `day`; none once it is known.
    pub fn ceiling(&self, day: Date) -> Option<u64> {
        let days = (day - self.starts).get_days();
        if days < 0 {
            return Some(0);
        }
        let ceiling = f64::from(self.first) * self.factor.powi(days);
        (ceiling < f64::from(self.until)).then_some(ceiling as u64)
    }

    pub(super) fn check<'r>(
        &self,
        at: &Spot<'_, '_>,
        mut relays: impl Iterator<Item = &'r str>,
        problems: &mut Problems,
    ) {
        let key = |key: &str| at.clone().key(key);
        match (&self.relay, &self.domain) {
            (Some(name), None) if !relays.any(|relay| relay == name) => {
                key("relay").say(
                    problems,
                    "is the name of no [[relay]]",
                    "write its name as it stands there",
                );
            }
            (Some(_), None) | (None, Some(_)) => {}
            _ => at.say(
                problems,
                "needs relay or domain",
                "write one of the two: what is new",
            ),
        }
        if !key("starts").is_set() {
            key("starts").say(
                problems,
                "is missing",
                "write its first day, for example starts = \"2026-11-24\"",
            );
        }
        check_range(self.first, 10_000_000, &key("first"), problems);
        check_range(self.until, 1_000_000_000, &key("until"), problems);
        if !(1.0..=10.0).contains(&self.factor) || self.factor <= 1.0 {
            key("factor").say(
                problems,
                "is not between 1 and 10",
                "1.5 is a usual pace, 2 a quick one",
            );
        }
    }
}

/// `[breaker]`: which part of an issue's mails, or of those to a provider or a domain, may go wrong before it is held.
/// A percentage of 0 switches that one off.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// From how many outcomes on a share says something.
    pub after: u32,
    /// The most that may be refused because there is no such mailbox.
    pub hard_percent: f64,
    /// The most that may be refused because mails like these are not wanted.
    pub blocked_percent: f64,
    /// From how many accepted mails of an issue on complaints say something.
    pub complained_after: u32,
    /// The most of an issue's accepted mails that readers may call spam.
    pub complained_percent: f64,
}

impl Default for Breaker {
    fn default() -> Breaker {
        Breaker {
            after: 100,
            hard_percent: 10.0,
            blocked_percent: 5.0,
            complained_after: 1000,
            complained_percent: 0.3,
        }
    }
}

impl Breaker {
    pub(super) fn check(&self, at: &Spot<'_, '_>, problems: &mut Problems) {
        let at = |key: &str| at.clone().key(key);
        check_range(self.after, 1_000_000, &at("after"), problems);
        check_range(
            self.complained_after,
            1_000_000,
            &at("complained_after"),
            problems,
        );
        for (key, percent) in [
            ("hard_percent", self.hard_percent),
            ("blocked_percent", self.blocked_percent),
            ("complained_percent", self.complained_percent),
        ] {
            if !(0.0..=100.0).contains(&percent) {
                let hint = "write 0 to switch this one off";
                at(key).say(problems, "is not from 0 to 100", hint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_ceiling_grows_until_there_is_none() {
        let warmup = Warmup {
            relay: Some("new".to_owned()),
            starts: date(2026, 11, 24),
            first: 100,
            factor: 2.0,
            until: 1000,
            ..Warmup::default()
        };
        for (day, ceiling) in [
            (23, Some(0)),
            (24, Some(100)),
            (25, Some(200)),
            (27, Some(800)),
            (28, None),
            (30, None),
        ] {
            assert_eq!(warmup.ceiling(date(2026, 11, day)), ceiling, "{day}");
        }
    }
}
