//! What is on the desk, and who may take what of it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::relay::RelayState;
use super::{Braked, Job};
use crate::dispatch::brake::{Brake, Rate};
use crate::message::{MessageId, Stream};

/// See the module.
pub(super) struct State {
    pub(super) relays: Vec<RelayState>,
    pub(super) limits: HashMap<i64, Limit>,
    pub(super) brakes: HashMap<Braked, Brake>,
    /// How many are on their way, of what has a brake or a limit.
    pub(super) flying: HashMap<Braked, usize>,
    pub(super) known: HashSet<MessageId>,
    /// How many of them count under each name of what is new.
    pub(super) warmed: HashMap<String, usize>,
    pub(super) closed: bool,
    pub(super) nodes: u32,
}

/// What a provider may be given.
pub(super) struct Limit {
    pub(super) connections: Option<u32>,
    pub(super) per_minute: Option<u32>,
    pub(super) rate: Option<Rate>,
    pub(super) waiting: usize,
}

impl State {
    /// How many of a relay's connections are this node's.
    pub(super) fn slots(&self, relay: usize) -> usize {
        self.relays[relay].connections.div_ceil(self.nodes as usize)
    }

    /// The next job that connection `number` of this relay may take now.
    pub(super) fn take(&mut self, relay: usize, number: usize, now: Timestamp) -> Option<Job> {
        let nodes = self.nodes as usize;
        let slots = self.slots(relay);
        let here = &mut self.relays[relay];
        let window = self
            .brakes
            .get(&Braked::Relay(relay))
            .map(|b| b.window(now));
        if number >= slots || here.is_shut() || window.is_some_and(|most| here.flying >= most) {
            return None;
        }
        for stream in Stream::ALL {
            let Some(waiting) = here.waiting.get_mut(stream) else {
                continue;
            };
            let may_go = |job: &Job| {
                let key = job.braked();
                let flying = self.flying.get(&key).copied().unwrap_or_default();
                let window = self.brakes.get(&key).map(|b| b.window(now));
                let limit = self
                    .limits
                    .get(&job.provider_id)
                    .and_then(|l| l.connections);
                let limit = limit.map(|n| (n as usize).div_ceil(nodes));
                // What its provider does not want at all now is taken, to be put off.
                [window.filter(|w| *w > 0), limit]
                    .into_iter()
                    .flatten()
                    .all(|most| flying < most)
            };
            if let Some(at) = waiting.iter().position(may_go) {
                let job = waiting.remove(at)?;
                here.flying += 1;
                if let Some(limit) = self.limits.get_mut(&job.provider_id) {
                    limit.waiting -= 1;
                }
                *self.flying.entry(job.braked()).or_default() += 1;
                return Some(job);
            }
        }
        None
    }

    /// A job is here no more.
    pub(super) fn drop_known(&mut self, job: &Job) {
        self.known.remove(&job.letter.id);
        for name in &job.warmed {
            if let Some(count) = self.warmed.get_mut(name) {
                *count -= 1;
            }
        }
    }

    /// Forgets what waits for a relay: it is still in the queue, for another.
    pub(super) fn forget(&mut self, relay: usize) {
        let waiting = std::mem::take(&mut self.relays[relay].waiting);
        for job in waiting.into_values().flatten() {
            self.drop_known(&job);
            if let Some(limit) = self.limits.get_mut(&job.provider_id) {
                limit.waiting -= 1;
            }
        }
    }
}
