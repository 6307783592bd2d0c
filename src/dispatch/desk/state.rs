//! What is on the desk, and who may take what of it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::relay::RelayState;
use super::{Braked, Job, Taken};
use crate::dispatch::brake::{Brake, Rate};
use crate::dispatch::pick::Part;
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
    /// The relays that lack what a mail needs, where that was seen.
    pub(super) unfit: HashMap<MessageId, Vec<usize>>,
    pub(super) closed: bool,
    pub(super) part: Part,
}

/// What a provider may be given.
pub(super) struct Limit {
    pub(super) connections: Option<u32>,
    /// How many of them are this node's.
    pub(super) slots: Option<usize>,
    pub(super) per_minute: Option<u32>,
    pub(super) rate: Option<Rate>,
    pub(super) waiting: usize,
}

/// What may be done with a job now.
enum Turn {
    Goes,
    PutOff(Timestamp),
}

/// What tells whose turn it is.
struct Turns<'a> {
    brakes: &'a HashMap<Braked, Brake>,
    limits: &'a HashMap<i64, Limit>,
    flying: &'a HashMap<Braked, usize>,
    now: Timestamp,
}

impl Turns<'_> {
    /// What may be done with this job; `None`: it waits here.
    ///
    /// A provider's jobs wait here for their turn, since no more of them are picked up than it wants. Nobody knows a
    /// domain before its mails are here: what it does not want now would fill the desk, so it is put off.
    fn of(&self, job: &Job) -> Option<Turn> {
        let key = job.braked();
        let flying = self.flying.get(&key).copied().unwrap_or_default();
        let limit = self.limits.get(&job.provider_id);
        let slots = limit.and_then(|limit| limit.slots);
        if slots.is_some_and(|most| flying >= most) {
            return None;
        }
        let Some(brake) = self.brakes.get(&key) else {
            return Some(Turn::Goes);
        };
        let window = brake.window(self.now);
        // What is past its time goes on to the fence, which ends it.
        let is_past = job.letter.expires_at <= self.now.as_millisecond();
        if flying < window || is_past {
            Some(Turn::Goes)
        } else if window == 0 || matches!(key, Braked::Domain(_)) {
            Some(Turn::PutOff(brake.next(self.now)))
        } else {
            None
        }
    }
}

impl State {
    /// Takes this node's share of all that is for all nodes together, by the connections that it has.
    pub(super) fn share(&mut self, part: Part) {
        self.part = part;
        for relay in &mut self.relays {
            relay.share(part);
        }
        let all: u32 = self.relays.iter().map(|relay| relay.connections).sum();
        let ours: usize = self.relays.iter().map(|relay| relay.slots).sum();
        for limit in self.limits.values_mut() {
            limit.slots = limit.connections.map(|n| part.share(n) as usize);
            let (ours, all) = limit.slots.zip(limit.connections).unwrap_or((ours, all));
            let part = ours as f64 / f64::from(all);
            limit.rate = limit.per_minute.map(|n| Rate::new(n, part));
        }
    }

    /// What connection `number` of this relay is to do next.
    pub(super) fn take(&mut self, relay: usize, number: usize, now: Timestamp) -> Option<Taken> {
        let here = &mut self.relays[relay];
        let window = self
            .brakes
            .get(&Braked::Relay(relay))
            .map(|b| b.window(now));
        if number >= here.slots || here.is_shut() || window.is_some_and(|most| here.flying >= most)
        {
            return None;
        }
        for stream in Stream::ALL {
            let Some(waiting) = here.waiting.get_mut(stream) else {
                continue;
            };
            let turns = Turns {
                brakes: &self.brakes,
                limits: &self.limits,
                flying: &self.flying,
                now,
            };
            let mut found = waiting.iter().enumerate();
            let found = found.find_map(|(at, job)| Some((at, turns.of(job)?)));
            if let Some((at, turn)) = found {
                let job = waiting.remove(at)?;
                here.flying += 1;
                if let Some(limit) = self.limits.get_mut(&job.provider_id) {
                    limit.waiting -= 1;
                }
                let put_off = match turn {
                    Turn::Goes => None,
                    Turn::PutOff(until) => Some(until),
                };
                if put_off.is_none() {
                    *self.flying.entry(job.braked()).or_default() += 1;
                }
                return Some(Taken { job, put_off });
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
