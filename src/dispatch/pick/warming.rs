//! What is new, and so may be given only so much a day.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Live, day_number};
use crate::app::App;
use crate::config::Warmup;
use crate::db::{self, Sql};
use crate::dispatch::desk::Desk;
use crate::message::Stream;

/// What is new, and what may still be given today.
pub(super) struct Warming {
    /// The name under which a relay's mails count.
    pub(super) relays: Vec<Option<String>>,
    /// By newsletter: the name under which they count, and how many are left.
    domains: HashMap<i64, (String, u64)>,
    /// The streams that go by new relays only.
    rationed: Vec<Stream>,
}

impl Warming {
    /// What is left today for what is new. Nothing is asked where nothing is.
    pub(super) async fn at(app: &App, desk: &Desk, now: Timestamp) -> db::Result<Warming> {
        let config = &app.config;
        let mut warming = Warming {
            relays: vec![None; config.relay.len()],
            domains: HashMap::new(),
            rationed: Vec::new(),
        };
        let today = now.to_zoned_datetime(config.paper.zone.tz().clone()).date();
        let new: Vec<(&Warmup, u64)> = config
            .warmup
            .iter()
            .filter_map(|w| Some((w, w.ceiling(today)?)))
            .collect();
        if new.is_empty() {
            if !config.warmup.is_empty() {
                desk.set_left(&vec![None; config.relay.len()]);
            }
            return Ok(warming);
        }
        // Counted before we ask: what is written down in between counts twice for once, and never not at all.
        let here = |(warmup, _): &(&Warmup, u64)| desk.count_warmed(&warmup.name()) as u64;
        let here: Vec<u64> = new.iter().map(here).collect();
        let given: Vec<(String, i64)> = app
            .db
            .read()
            .await?
            .sql("SELECT name, messages FROM warmed WHERE day = $1")
            .bind(day_number(today))
            .all()
            .await?;
        let given: HashMap<String, i64> = given.into_iter().collect();
        let mut left = vec![None; config.relay.len()];
        for ((warmup, ceiling), here) in new.into_iter().zip(here) {
            let name = warmup.name();
            let given = given.get(&name).copied().unwrap_or_default() as u64;
            let more = ceiling.saturating_sub(given + here);
            if let Some(relay) = &warmup.relay {
                for (i, _) in config
                    .relay
                    .iter()
                    .enumerate()
                    .filter(|(_, r)| r.name == *relay)
                {
                    left[i] = Some(more);
                    warming.relays[i] = Some(name.clone());
                }
            }
            if let Some(domain) = &warmup.domain {
                for newsletter in &config.newsletters {
                    if newsletter
                        .from
                        .address
                        .domain()
                        .eq_ignore_ascii_case(domain)
                    {
                        let id = app.newsletter_ids[&newsletter.slug];
                        warming.domains.insert(id, (name.clone(), more));
                    }
                }
            }
        }
        desk.set_left(&left);
        let is_new = |stream: &Stream| {
            let mut its = config.relay.iter().zip(&warming.relays);
            its.all(|(relay, name)| name.is_some() || !relay.takes(*stream, &config.relay))
        };
        let rationed = Stream::ALL.iter().copied().filter(is_new);
        warming.rationed = rationed.collect();
        Ok(warming)
    }

    /// Whether some of this issue's messages may have to wait for another day.
    pub(super) fn rations(&self, issue: &Live, stream: Stream) -> bool {
        stream != Stream::Notice
            && (self.rationed.contains(&stream) || self.domains.contains_key(&issue.newsletter_id))
    }

    pub(super) fn left_for(&self, issue: &Live, stream: Stream) -> usize {
        match self.domains.get(&issue.newsletter_id) {
            Some((_, left)) if stream != Stream::Notice => *left as usize,
            _ => usize::MAX,
        }
    }

    pub(super) fn spend(&mut self, issue: &Live) {
        if let Some((_, left)) = self.domains.get_mut(&issue.newsletter_id) {
            *left = left.saturating_sub(1);
        }
    }

    pub(super) fn domain_of(&self, issue: &Live) -> Option<String> {
        self.domains
            .get(&issue.newsletter_id)
            .map(|(name, _)| name.clone())
    }
}
