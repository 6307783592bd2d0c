//! What a relay is like: reached, encrypted, believed, logged in to, and what it offers.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tokio::net::lookup_host;

use super::finding::{Finding, State};
use crate::cli::out::counted;
use crate::config::{Problems, Relay, Tls};
use crate::dispatch::trust::{Certificate, Distrust, Shown};
use crate::dispatch::{Dial, Line, OpenError};

/// The longest wait for one reply; sending waits longer, but nobody sits before it.
const PATIENCE_S: u32 = 20;

/// What is known of one relay.
#[derive(Serialize)]
pub(in crate::cli) struct Reached {
    pub(in crate::cli) name: String,
    pub(in crate::cli) address: String,
    /// What the host's name leads to.
    ips: Vec<String>,
    /// From the first packet to the answer to EHLO.
    took_ms: Option<u64>,
    tls: Option<Encryption>,
    /// The ways of logging in that it offers.
    auth: Vec<String>,
    /// Whether it took our login; nothing where there is none, or where it did not come to that.
    login: Option<bool>,
    /// What it said to EHLO.
    pub(in crate::cli) offers: Vec<String>,
    pub(in crate::cli) findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Encryption {
    version: Option<&'static str>,
    names: Vec<String>,
    expires_in_days: Option<i64>,
    trusted: bool,
}

/// Looks at one relay, says goodbye, and sends nothing. `now` in seconds since 1970.
pub(in crate::cli) async fn look(
    relay: &Relay,
    timeout_s: u32,
    now: i64,
) -> Result<Reached, Problems> {
    let timeout_s = timeout_s.min(PATIENCE_S);
    let (dial, shown) = Dial::watched(relay, timeout_s)?;
    let mut reached = Reached {
        name: relay.name.clone(),
        address: dial.name.clone(),
        ips: addresses(relay).await,
        took_ms: None,
        tls: None,
        auth: Vec::new(),
        login: None,
        offers: Vec::new(),
        findings: Vec::new(),
    };
    let begun = Instant::now();
    let opened = dial.open().await;
    reached.took_ms = opened.is_ok().then(|| begun.elapsed().as_millis() as u64);
    reached.tell_reach(&opened, &shown);
    reached.tell_tls(relay, &opened, &shown, now);
    let Ok(line) = opened else {
        return Ok(reached);
    };
    reached.offers.clone_from(&line.offers);
    reached.auth = mechanisms(&line.offers);
    let extensions = extensions(&line);
    line.close().await;
    reached.log_in(relay, timeout_s).await?;
    reached.findings.extend(extensions);
    Ok(reached)
}

async fn addresses(relay: &Relay) -> Vec<String> {
    match lookup_host((relay.host.as_str(), relay.port())).await {
        Ok(found) => {
            let mut ips: Vec<String> = found.map(|address| address.ip().to_string()).collect();
            ips.dedup();
            ips
        }
        Err(_) => Vec::new(),
    }
}

/// The words behind AUTH (RFC 4954, section 3), with `=` as old servers write it.
fn mechanisms(offers: &[String]) -> Vec<String> {
    let words = offers
        .iter()
        .filter_map(|offer| offer.strip_prefix("AUTH"))
        .flat_map(|rest| rest.split([' ', '=']))
        .filter(|word| !word.is_empty());
    let mut found: Vec<String> = words.map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

impl Reached {
    /// The first problem, if there is one.
    pub(in crate::cli) fn problem(&self) -> Option<&Finding> {
        self.findings.iter().find(|f| f.state == State::Problem)
    }

    fn tell_reach(&mut self, opened: &Result<Line, OpenError>, shown: &Arc<Shown>) {
        let ips = if self.ips.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.ips.join(", "))
        };
        let finding = match opened {
            Ok(_) => {
                let took = self.took_ms.unwrap_or_default();
                Finding::ok("reached", format!("{}{ips} in {took} ms", self.address))
            }
            // It shows its certificate only to whom it talks.
            Err(_) if shown.certificate().is_some() => {
                Finding::ok("reached", format!("{}{ips}", self.address))
            }
            Err(error) => {
                let hint = match error {
                    OpenError::Unreachable(..) if self.ips.is_empty() => {
                        "see that relay.host is right, and that DNS knows it"
                    }
                    OpenError::Unreachable(..) => {
                        "see that the relay runs, that host, port and tls belong together, and that no firewall is between"
                    }
                    OpenError::Refused(_, said) if said.contains("STARTTLS") => {
                        "see that port and tls belong together; where it really has no encryption, tls = \"none\" sends in the clear"
                    }
                    OpenError::Refused(..) => {
                        "ask whoever runs the relay to let this machine in, with this reply"
                    }
                    OpenError::Silent(..) => {
                        "see that port and tls belong together: 465 is implicit, 587 starttls"
                    }
                };
                Finding::problem("reached", error.to_string(), hint)
            }
        };
        self.findings.push(finding);
    }

    fn tell_tls(
        &mut self,
        relay: &Relay,
        opened: &Result<Line, OpenError>,
        shown: &Arc<Shown>,
        now: i64,
    ) {
        let finding = match (shown.certificate(), opened) {
            (Some(certificate), opened) => {
                let days = certificate
                    .expires_at
                    .map(|at| (at as i64 - now).div_euclid(24 * 60 * 60));
                let finding = tell_certificate(&certificate, days, opened.as_ref().err(), relay);
                self.tls = Some(Encryption {
                    version: certificate.version,
                    names: certificate.names,
                    expires_in_days: days,
                    trusted: certificate.distrust.is_none(),
                });
                finding
            }
            (None, Ok(_)) if relay.tls == Tls::None && relay.is_local() => {
                Finding::ok("tls", "none, on this machine")
            }
            (None, Ok(_)) => Finding::warning(
                "tls",
                "none: whoever is between can read every mail",
                "choose tls = \"starttls\" or \"implicit\"",
            ),
            (None, Err(_)) => return,
        };
        self.findings.push(finding);
    }

    async fn log_in(&mut self, relay: &Relay, timeout_s: u32) -> Result<(), Problems> {
        let offered = if self.auth.is_empty() {
            "it offers no way to".to_owned()
        } else {
            format!("it offers {}", self.auth.join(", "))
        };
        let Some(_) = &relay.username else {
            self.findings
                .push(Finding::ok("login", format!("none; {offered}")));
            return Ok(());
        };
        let finding = match Dial::new(relay, timeout_s)?.open().await {
            Ok(line) => {
                line.close().await;
                self.login = Some(true);
                Finding::ok("login", format!("accepted; {offered}"))
            }
            Err(OpenError::Refused(_, said)) => {
                self.login = Some(false);
                let hint = if self.auth.iter().any(|m| m == "PLAIN" || m == "LOGIN") {
                    "correct relay.username, and the password in relay.password_file or POSTRIDER_RELAY_PASSWORD"
                } else {
                    "we know PLAIN and LOGIN: leave username and password_file out, or ask whoever runs the relay"
                };
                Finding::problem("login", format!("refused: {said}; {offered}"), hint)
            }
            Err(error) => Finding::problem("login", error.to_string(), "try again"),
        };
        self.findings.push(finding);
        Ok(())
    }
}

fn tell_certificate(
    certificate: &Certificate,
    days: Option<i64>,
    error: Option<&OpenError>,
    relay: &Relay,
) -> Finding {
    const SOON_DAYS: i64 = 14;
    let names = if certificate.names.is_empty() {
        "no host name".to_owned()
    } else {
        certificate.names.join(", ")
    };
    let left = match days {
        Some(days) if days < 0 => {
            format!(", over for {}", counted(-days, "day", "days"))
        }
        Some(days) => format!(", {} left", counted(days, "day", "days")),
        None => String::new(),
    };
    let version = certificate.version.unwrap_or("TLS");
    let says = format!("{version}, certificate for {names}{left}");
    let (why, hint) = match &certificate.distrust {
        Some(Distrust::Issuer) => (
            "nobody we trust has signed it",
            "let the relay send its whole chain; or put the certificate of its own authority into a file and name it in relay.ca_file",
        ),
        Some(Distrust::Time) => (
            "its time is over, or has not come",
            "whoever runs the relay must renew it; see also that this machine's clock is right",
        ),
        Some(Distrust::Name) => (
            "it is for another host",
            "write one of its names as relay.host",
        ),
        Some(Distrust::Other(why)) => (
            why.as_str(),
            "tell whoever runs the relay, with this reason",
        ),
        None if days.is_some_and(|days| days < SOON_DAYS) => {
            return Finding::warning(
                "tls",
                says,
                "whoever runs the relay should renew it now: no mail leaves once its time is over",
            );
        }
        None => {
            return match error {
                Some(error @ (OpenError::Unreachable(..) | OpenError::Silent(..))) => {
                    Finding::problem(
                        "tls",
                        format!("{says}; {error}"),
                        "tell whoever runs the relay",
                    )
                }
                _ => Finding::ok("tls", says),
            };
        }
    };
    Finding::problem(
        "tls",
        format!("{says}; not trusted by us as {}: {why}", relay.host),
        hint,
    )
}

/// What each extension that we use is for, and what its lack costs.
const EXTENSIONS: [(&str, State, &str); 6] = [
    (
        "PIPELINING",
        State::Warning,
        "each mail takes two round trips more",
    ),
    ("CHUNKING", State::Ok, "each mail takes one round trip more"),
    (
        "SIZE",
        State::Ok,
        "a mail that is too large is refused only when all of it was sent",
    ),
    (
        "8BITMIME",
        State::Ok,
        "costs nothing: our mails are plain ASCII",
    ),
    (
        "SMTPUTF8",
        State::Warning,
        "readers whose addresses are not plain ASCII get no mail",
    ),
    (
        "ENHANCEDSTATUSCODES",
        State::Ok,
        "replies tell less well why a mail was refused",
    ),
];

fn extensions(line: &Line) -> Vec<Finding> {
    let here = EXTENSIONS
        .map(|(name, ..)| name)
        .into_iter()
        .filter(|name| line.can(name));
    let here: Vec<&str> = here.collect();
    let mut findings = Vec::new();
    if !here.is_empty() {
        findings.push(Finding::ok("offers", here.join(", ")));
    }
    for (name, state, cost) in EXTENSIONS.into_iter().filter(|(name, ..)| !line.can(name)) {
        let says = format!("no {name}: {cost}");
        findings.push(match state {
            State::Ok => Finding::ok("offers", says),
            _ => Finding::warning("offers", says, "ask whoever runs the relay to turn it on"),
        });
    }
    findings
}
