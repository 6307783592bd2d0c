//! The desk: what is picked up and not yet sent, in memory, by relay; who may take what, and when.
//!
//! In: jobs that are due. Out: one job at a time for each connection that asks. A job goes to a relay when it is put here,
//! by the relays' weights, among those that are for its stream, are not away and have room. Within a relay the most
//! urgent stream leaves first. Nothing here is more than a copy: what is forgotten is still in the queue.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

mod relay;
mod state;
#[cfg(test)]
mod tests;
pub(super) use relay::Shut;

use super::brake::{Brake, Rate};
use super::pick::Part;
use crate::config::{Provider, Relay};
use crate::message::{MessageId, Stream};
use crate::render::letter::Letter;
use relay::RelayState;
use state::{Limit, State};

/// A message that is due.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) letter: Letter,
    pub(super) stream: Stream,
    pub(super) newsletter_id: i64,
    pub(super) provider_id: i64,
    /// The domain it goes to.
    pub(super) domain: String,
    /// Where it counts as given, while that is new: see [`crate::config::Warmup::name`].
    pub(super) warmed: Vec<String>,
}

/// What a slow-down is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Braked {
    Relay(usize),
    Provider(i64),
    /// Of those that belong to no provider.
    Domain(String),
}

impl Job {
    /// The slow-down that its recipient may be under.
    pub(super) fn braked(&self) -> Braked {
        if self.provider_id == 0 {
            Braked::Domain(self.domain.clone())
        } else {
            Braked::Provider(self.provider_id)
        }
    }
}

/// A job that a connection has taken.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) job: Job,
    /// It is not to be sent: whoever it is for wants no more now, and it is put off until then.
    pub(super) put_off: Option<Timestamp>,
}

pub(super) struct Desk {
    state: Mutex<State>,
    /// Some relay has less than half of what it can hold.
    pub(super) hungry: Notify,
    /// For each relay: there may be something to take.
    ready: Vec<Notify>,
}

/// Where a mail goes that a relay cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elsewhere {
    /// By another relay, which has not said so.
    Now,
    /// By another, once it can be used again.
    Later,
    /// No relay that is for its stream takes it.
    Nowhere,
}

/// Domains under a slow-down that are remembered; the oldest pauses end first.
const MOST_BRAKES: usize = 10_000;

/// Mails that a relay cannot take of which that is remembered; a forgotten one finds its way anew.
const MOST_UNFIT: usize = 10_000;

impl Desk {
    /// For these relays, and providers by their numbers.
    pub(super) fn new(
        relays: &[Relay],
        providers: &[Provider],
        numbers: &HashMap<String, i64>,
    ) -> Desk {
        let states = relays.iter().map(|relay| RelayState::new(relay, relays));
        let limits = providers.iter().filter_map(|provider| {
            let limit = Limit {
                connections: provider.connections,
                slots: provider.connections.map(|n| n as usize),
                per_minute: provider.per_minute,
                rate: provider.per_minute.map(|n| Rate::new(n, 1.0)),
                waiting: 0,
            };
            Some((*numbers.get(&provider.name)?, limit))
        });
        Desk {
            ready: relays.iter().map(|_| Notify::new()).collect(),
            state: Mutex::new(State {
                relays: states.collect(),
                limits: limits.collect(),
                brakes: HashMap::new(),
                flying: HashMap::new(),
                known: HashSet::new(),
                warmed: HashMap::new(),
                unfit: HashMap::new(),
                closed: false,
                part: Part::WHOLE,
            }),
            hungry: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rates and connections are for all nodes together: this is our part of them. What waits for more than that is
    /// forgotten: it is still in the queue, for whoever has a place.
    pub(super) fn share(&self, part: Part) {
        let mut state = self.state();
        if state.part == part {
            return;
        }
        state.share(part);
        for relay in 0..state.relays.len() {
            state.forget(relay);
        }
        self.hungry.notify_one();
    }

    /// How many more jobs of `stream` there is room for.
    pub(super) fn room(&self, stream: Stream, now: Timestamp) -> usize {
        let mut state = self.state();
        let State { relays, brakes, .. } = &mut *state;
        let rooms = relays.iter_mut().enumerate().map(|(i, relay)| {
            let brake = brakes.get(&Braked::Relay(i));
            relay.room_for(stream, brake, now)
        });
        rooms.sum()
    }

    /// How many more jobs for this provider there is room for.
    pub(super) fn provider_room(&self, provider_id: i64, now: Timestamp) -> usize {
        let mut state = self.state();
        let key = Braked::Provider(provider_id);
        let flying = state.flying.get(&key).copied().unwrap_or_default();
        let mut room = usize::MAX;
        let window = state.brakes.get(&key).map(|b| b.window(now));
        if let Some(limit) = state.limits.get_mut(&provider_id) {
            for most in [limit.slots, window].into_iter().flatten() {
                // Once more as many wait, so that none idles.
                room = room.min((most * 2).saturating_sub(flying + limit.waiting));
            }
            if let Some(rate) = &mut limit.rate {
                room = room.min(rate.room(limit.waiting, Instant::now()));
            }
        }
        room
    }

    /// Whether there will be room for `stream` and this provider soon, if there is none now: nothing is paused, away, at
    /// its ceiling, or another node's.
    pub(super) fn is_open(&self, stream: Stream, provider_id: i64, now: Timestamp) -> bool {
        let state = self.state();
        let paused = |key: &Braked| state.brakes.get(key).is_some_and(|b| b.window(now) == 0);
        let relay_open = |(i, relay): (usize, &RelayState)| {
            let at_ceiling = relay.left == Some(0) && stream != Stream::Notice;
            relay.streams.contains(&stream)
                && !relay.is_shut()
                && !at_ceiling
                && !paused(&Braked::Relay(i))
        };
        let limit = state.limits.get(&provider_id);
        let is_others = limit.is_some_and(|limit| limit.slots == Some(0));
        !is_others
            && !paused(&Braked::Provider(provider_id))
            && state.relays.iter().enumerate().any(relay_open)
    }

    /// Whether this message is here already.
    pub(super) fn knows(&self, id: MessageId) -> bool {
        self.state().known.contains(&id)
    }

    /// How many jobs here count under this name, and are not written down yet.
    pub(super) fn count_warmed(&self, name: &str) -> usize {
        let state = self.state();
        state.warmed.get(name).copied().unwrap_or_default()
    }

    /// What is left today of the ceilings of relays that are new, by their place, beside what is here.
    pub(super) fn set_left(&self, left: &[Option<u64>]) {
        let mut state = self.state();
        for (relay, left) in state.relays.iter_mut().zip(left) {
            relay.left = *left;
        }
    }

    /// Takes a job in, if a relay has room for it; where it counts as given by that relay is added by `warmed`.
    pub(super) fn put(&self, mut job: Job, now: Timestamp, warmed: &[Option<String>]) -> bool {
        let mut state = self.state();
        let State {
            relays,
            brakes,
            limits,
            known,
            unfit,
            warmed: here,
            ..
        } = &mut *state;
        let stream = job.stream;
        let unfit = unfit.get(&job.letter.id).map_or(&[][..], Vec::as_slice);
        let is_fit = |i: usize| !unfit.contains(&i);
        // Where none that could take it can be used, whoever has it says that it waits for one.
        let has_fit = relays
            .iter()
            .enumerate()
            .any(|(i, relay)| is_fit(i) && relay.streams.contains(&stream) && !relay.is_shut());
        let open: Vec<usize> = (0..relays.len())
            .filter(|i| is_fit(*i) || !has_fit)
            .filter(|i| relays[*i].room_for(stream, brakes.get(&Braked::Relay(*i)), now) > 0)
            .collect();
        for i in &open {
            relays[*i].credit += relays[*i].weight;
        }
        let Some(&chosen) = open
            .iter()
            .max_by_key(|i| (relays[**i].credit, usize::MAX - **i))
        else {
            return false;
        };
        let all: i64 = open.iter().map(|i| relays[*i].weight).sum();
        let relay = &mut relays[chosen];
        relay.credit -= all;
        if let Some(rate) = &mut relay.rate {
            rate.spend();
        }
        if let Some(left) = &mut relay.left
            && stream != Stream::Notice
        {
            *left = left.saturating_sub(1);
        }
        if let Some(limit) = limits.get_mut(&job.provider_id) {
            limit.waiting += 1;
            if let Some(rate) = &mut limit.rate {
                rate.spend();
            }
        }
        known.insert(job.letter.id);
        job.warmed.extend(warmed[chosen].clone());
        for name in &job.warmed {
            *here.entry(name.clone()).or_default() += 1;
        }
        relay.waiting.entry(stream).or_default().push_back(job);
        drop(state);
        self.ready[chosen].notify_one();
        true
    }

    /// The next job for connection `number` of this relay, however long it takes; `None` when there will be none.
    pub(super) async fn take(
        &self,
        relay: usize,
        number: usize,
        now: impl Fn() -> Timestamp,
    ) -> Option<Taken> {
        loop {
            let mut woken = Box::pin(self.ready[relay].notified());
            let has_slot;
            // Made to listen before we look, so no wake-up falls between.
            woken.as_mut().enable();
            {
                let mut state = self.state();
                let taken = state.take(relay, number, now());
                let here = &state.relays[relay];
                let left = here.count_waiting();
                if left <= here.room / 2 {
                    self.hungry.notify_one();
                }
                if taken.is_some() || (state.closed && left == 0) {
                    return taken;
                }
                has_slot = number < here.slots;
            }
            if has_slot {
                woken.await;
            } else {
                // Another node has this connection's place; a wake-up here would be lost to those who could use it.
                drop(woken);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    /// A relay lacks what this job's mail needs; where else it may go. It is given to no such relay while another can be used.
    pub(super) fn unfit(&self, relay: usize, job: &Job) -> Elsewhere {
        let mut state = self.state();
        if state.unfit.len() >= MOST_UNFIT {
            state.unfit.clear();
        }
        let State { relays, unfit, .. } = &mut *state;
        let unfit = unfit.entry(job.letter.id).or_default();
        if !unfit.contains(&relay) {
            unfit.push(relay);
        }
        let others = relays
            .iter()
            .enumerate()
            .filter(|(i, relay)| !unfit.contains(i) && relay.streams.contains(&job.stream));
        match others.map(|(_, relay)| relay.is_shut()).min() {
            Some(false) => Elsewhere::Now,
            Some(true) => Elsewhere::Later,
            None => {
                state.unfit.remove(&job.letter.id);
                Elsewhere::Nowhere
            }
        }
    }

    /// A job has left, one way or another.
    pub(super) fn done(&self, relay: usize, taken: &Taken) {
        let job = &taken.job;
        let mut state = self.state();
        state.drop_known(job);
        state.relays[relay].flying -= 1;
        let mut bounded = state.brakes.contains_key(&Braked::Relay(relay));
        if taken.put_off.is_none() {
            let key = job.braked();
            if let Some(flying) = state.flying.get_mut(&key) {
                *flying -= 1;
                if *flying == 0 {
                    state.flying.remove(&key);
                }
            }
            bounded |= state.limits.contains_key(&job.provider_id);
            bounded |= state.brakes.contains_key(&key);
        }
        let closed = state.closed;
        drop(state);
        if bounded || closed {
            self.ready.iter().for_each(Notify::notify_waiters);
        }
    }

    /// Somebody asks for less, and perhaps for how long; whether that is news. What waits for a relay that does is
    /// forgotten: it is still in the queue, for another.
    pub(super) fn slow_down(
        &self,
        key: Braked,
        now: Timestamp,
        asked: Option<SignedDuration>,
    ) -> bool {
        let mut state = self.state();
        if let Braked::Relay(relay) = key {
            state.forget(relay);
            self.hungry.notify_one();
        }
        if let Some(brake) = state.brakes.get_mut(&key) {
            brake.press(now, asked);
            return false;
        }
        if state.brakes.len() >= MOST_BRAKES {
            state.brakes.retain(|_, brake| brake.until() > now);
        }
        state.brakes.insert(key, Brake::new(now, asked));
        true
    }

    /// A mail to it, or by it, was accepted; whether that shows that it wants mails again. What was on its way when it asked
    /// for less shows nothing.
    pub(super) fn went_well(&self, key: &Braked, now: Timestamp) -> bool {
        let mut state = self.state();
        let brake = state.brakes.get_mut(key);
        let Some(brake) = brake.filter(|brake| brake.until() <= now) else {
            return false;
        };
        if brake.ease(now) {
            state.brakes.remove(key);
        }
        true
    }

    /// A relay is shut for this reason, or no longer. What waits for it is forgotten: it is still in the queue, for
    /// another.
    pub(super) fn shut(&self, relay: usize, why: Shut, shut: bool) {
        let mut state = self.state();
        if !state.relays[relay].set_shut(why, shut) {
            return;
        }
        if shut {
            state.forget(relay);
        }
        drop(state);
        self.hungry.notify_one();
        self.ready[relay].notify_waiters();
    }

    /// Nothing more comes; with `forget`, nor does what waits.
    pub(super) fn close(&self, forget: bool) {
        let mut state = self.state();
        state.closed = true;
        if forget {
            for relay in 0..state.relays.len() {
                state.forget(relay);
            }
        }
        drop(state);
        self.ready.iter().for_each(Notify::notify_waiters);
    }

    /// Whether some relay that can be used has less than half of what it can hold.
    pub(super) fn wants_more(&self) -> bool {
        let state = self.state();
        let hungry =
            |relay: &RelayState| !relay.is_shut() && relay.count_waiting() <= relay.room / 2;
        state.relays.iter().any(hungry)
    }

    /// Whether nothing waits and nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.state().known.is_empty()
    }
}
