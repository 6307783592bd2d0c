//! `postrider relay check`: what relays are like, and what receivers find in DNS of the domains we send from.
//!
//! In: the configuration. Out: findings, each with what to do. It sends no mail, and needs no database.

mod domain;
mod finding;
mod reach;
mod record;

use std::io;

use clap::Subcommand;
use futures_util::future::join_all;
use serde::Serialize;

use self::domain::Looked;
use self::finding::State;
pub(super) use self::reach::{Reached, look};
use super::out::{Out, counted};
use super::{Done, Failure, unknown};
use crate::clock::Clock;
use crate::config::Config;
use crate::dns::Dns;

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Talk to the relays, look at the senders' DNS records, and send nothing
    Check {
        /// Only this relay, by its name
        name: Option<String>,
    },
}

/// All that was found.
#[derive(Serialize)]
struct Report {
    relays: Vec<Reached>,
    /// Which DNS server was asked.
    dns: String,
    domains: Vec<Looked>,
    warnings: usize,
    problems: usize,
}

pub(super) async fn run(verb: &Verb, config: &Config, out: &mut Out) -> Done {
    let Verb::Check { name } = verb;
    let relays: Vec<_> = config
        .relay
        .iter()
        .filter(|relay| name.as_ref().is_none_or(|name| relay.name == *name))
        .collect();
    if let (Some(name), true) = (name, relays.is_empty()) {
        let known: Vec<&str> = config.relay.iter().map(|r| r.name.as_str()).collect();
        return Err(unknown("relay", name, &known));
    }
    let now = Clock::of_process().now().as_second();
    let looks = relays
        .into_iter()
        .map(|relay| look(relay, config.dispatch.timeout_s, now));
    let (relays, (dns, domains)) = tokio::join!(join_all(looks), look_at_domains(config));
    let relays: Vec<Reached> = relays.into_iter().collect::<Result<_, _>>()?;
    let found = || {
        let of_relays = relays.iter().flat_map(|relay| &relay.findings);
        of_relays.chain(domains.iter().flat_map(|domain| &domain.findings))
    };
    let count = |state| found().filter(|finding| finding.state == state).count();
    let (warnings, problems) = (count(State::Warning), count(State::Problem));
    let report = Report {
        relays,
        dns,
        domains,
        warnings,
        problems,
    };
    if out.json {
        out.json(&report)?;
    } else {
        report.tell(out)?;
    }
    if problems == 0 {
        return Ok(());
    }
    Err(Failure::not(format!(
        "{}, each with what to do",
        counted(problems as i128, "problem", "problems")
    )))
}

async fn look_at_domains(config: &Config) -> (String, Vec<Looked>) {
    let domains = domain::domains(config);
    let dns = match Dns::new(config.dispatch.dns) {
        Ok(dns) => dns,
        Err(why) => Dns::silent(why),
    };
    let looks = domains
        .iter()
        .map(|(name, role)| domain::look(config, &dns, name, role));
    let looked = join_all(looks).await;
    (dns.name, looked)
}

impl Report {
    fn tell(&self, out: &mut Out) -> io::Result<()> {
        for relay in &self.relays {
            out.line(format!("relay {} ({})", relay.name, relay.address))?;
            relay.findings.iter().try_for_each(|f| f.tell(out))?;
        }
        for domain in &self.domains {
            let mut roles = Vec::new();
            if !domain.newsletters.is_empty() {
                roles.push(format!("From of {}", domain.newsletters.join(", ")));
            }
            if domain.bounces {
                roles.push("bounces".to_owned());
            }
            if !domain.keys.is_empty() {
                roles.push("signs".to_owned());
            }
            out.line(format!("domain {} ({})", domain.domain, roles.join("; ")))?;
            domain.findings.iter().try_for_each(|f| f.tell(out))?;
        }
        Ok(())
    }
}
