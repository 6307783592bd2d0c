//! The desk: what is picked up and not yet sent, in memory, by relay; who may take what, and when.
//!
//! In: jobs that are due. Out: one job at a time for each connection that asks. A job goes to a relay when it is put here,
//! by the relays' weights, among those that are for its stream, are not away and have room. Within a relay the most
//! urgent stream leaves first. Nothing here is more than a copy: what is forgotten is still in the queue.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::brake::{Brake, Rate};
use crate::config::{Provider, Relay};
use crate::message::{MessageId, Stream};
use crate::render::letter::Letter;

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

pub(super) struct Desk {
    state: Mutex<State>,
    /// Some relay has less than half of what it can hold.
    pub(super) hungry: Notify,
    /// For each relay: there may be something to take.
    ready: Vec<Notify>,
}

struct State {
    relays: Vec<RelayState>,
    limits: HashMap<i64, Limit>,
    brakes: HashMap<Braked, Brake>,
    /// How many are on their way, of what has a brake or a limit.
    flying: HashMap<Braked, usize>,
    known: HashSet<MessageId>,
    /// How many of them count under each name of what is new.
    warmed: HashMap<String, usize>,
    closed: bool,
    nodes: u32,
}

struct RelayState {
    streams: Vec<Stream>,
    weight: i64,
    credit: i64,
    connections: usize,
    room: usize,
    per_minute: Option<u32>,
    rate: Option<Rate>,
    /// What is left of today's ceiling.
    left: Option<u64>,
    away: bool,
    held: bool,
    waiting: HashMap<Stream, VecDeque<Job>>,
    flying: usize,
}

struct Limit {
    connections: Option<u32>,
    per_minute: Option<u32>,
    rate: Option<Rate>,
    waiting: usize,
}

/// Domains under a slow-down that are remembered; the oldest pauses end first.
const MOST_BRAKES: usize = 10_000;

impl Desk {
    /// For these relays, and providers by their numbers.
    pub(super) fn new(
        relays: &[Relay],
        providers: &[Provider],
        numbers: &HashMap<String, i64>,
    ) -> Desk {
        let states = relays.iter().map(|relay| {
            let connections = relay.connections as usize;
            let takes = |s: &Stream| relay.takes(*s, relays);
            RelayState {
                streams: Stream::ALL.iter().copied().filter(takes).collect(),
                weight: i64::from(relay.weight),
                credit: 0,
                connections,
                room: (connections * 8).clamp(64, 1000),
                per_minute: relay.per_minute,
                rate: relay.per_minute.map(|n| Rate::new(n, 1)),
                left: None,
                away: false,
                held: false,
                waiting: HashMap::new(),
                flying: 0,
            }
        });
        let limits = providers.iter().filter_map(|provider| {
            let limit = Limit {
                connections: provider.connections,
                per_minute: provider.per_minute,
                rate: provider.per_minute.map(|n| Rate::new(n, 1)),
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
                closed: false,
                nodes: 1,
            }),
            hungry: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is whole before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rates and connections are for all nodes together.
    pub(super) fn share_with(&self, nodes: u32) {
        let mut state = self.state();
        if state.nodes == nodes {
            return;
        }
        state.nodes = nodes;
        for relay in &mut state.relays {
            relay.rate = relay.per_minute.map(|n| Rate::new(n, nodes));
        }
        for limit in state.limits.values_mut() {
            limit.rate = limit.per_minute.map(|n| Rate::new(n, nodes));
        }
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
        let nodes = state.nodes;
        let key = Braked::Provider(provider_id);
        let flying = state.flying.get(&key).copied().unwrap_or_default();
        let mut room = usize::MAX;
        let window = state.brakes.get(&key).map(|b| b.window(now));
        if let Some(limit) = state.limits.get_mut(&provider_id) {
            let connections = limit.connections.map(|n| n.div_ceil(nodes) as usize);
            for most in [connections, window].into_iter().flatten() {
                // Once more as many wait, so that none idles.
                room = room.min((most * 2).saturating_sub(flying + limit.waiting));
            }
            if let Some(rate) = &mut limit.rate {
                room = room.min(rate.room(Instant::now()));
            }
        }
        room
    }

    /// Whether there will be room for `stream` and this provider soon, if there is none now: nothing is paused, away or
    /// at its ceiling.
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
        !paused(&Braked::Provider(provider_id)) && state.relays.iter().enumerate().any(relay_open)
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
            warmed: here,
            ..
        } = &mut *state;
        let stream = job.stream;
        let open: Vec<usize> = (0..relays.len())
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
    ) -> Option<Job> {
        loop {
            let mut woken = Box::pin(self.ready[relay].notified());
            let has_slot;
            // Made to listen before we look, so no wake-up falls between.
            woken.as_mut().enable();
            {
                let mut state = self.state();
                let job = state.take(relay, number, now());
                let here = &state.relays[relay];
                let left: usize = here.waiting.values().map(VecDeque::len).sum();
                if left <= here.room / 2 {
                    self.hungry.notify_one();
                }
                if job.is_some() || (state.closed && left == 0) {
                    return job;
                }
                has_slot = number < state.slots(relay);
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

    /// A job has left, one way or another.
    pub(super) fn done(&self, relay: usize, job: &Job) {
        let mut state = self.state();
        state.drop_known(job);
        state.relays[relay].flying -= 1;
        let key = job.braked();
        if let Some(flying) = state.flying.get_mut(&key) {
            *flying -= 1;
            if *flying == 0 {
                state.flying.remove(&key);
            }
        }
        let bounded =
            state.brakes.contains_key(&key) || state.limits.contains_key(&job.provider_id);
        let closed = state.closed;
        drop(state);
        if bounded || closed {
            self.ready.iter().for_each(Notify::notify_waiters);
        }
    }

    /// Somebody asks for less; whether that is news.
    pub(super) fn slow_down(&self, key: Braked, now: Timestamp) -> bool {
        let mut state = self.state();
        if let Some(brake) = state.brakes.get_mut(&key) {
            brake.press(now);
            return false;
        }
        if state.brakes.len() >= MOST_BRAKES {
            state.brakes.retain(|_, brake| brake.until() > now);
        }
        state.brakes.insert(key, Brake::new(now));
        true
    }

    /// A mail to it was accepted.
    pub(super) fn went_well(&self, key: &Braked, now: Timestamp) {
        let mut state = self.state();
        if state.brakes.is_empty() {
            return;
        }
        if state
            .brakes
            .get_mut(key)
            .is_some_and(|brake| brake.ease(now))
        {
            state.brakes.remove(key);
        }
    }

    /// When the recipient's domain may be tried, if not now.
    pub(super) fn paused_until(&self, key: &Braked, now: Timestamp) -> Option<Timestamp> {
        let state = self.state();
        let until = state.brakes.get(key)?.until();
        (until > now).then_some(until)
    }

    /// A relay is away, or back. What waits for one that is away is forgotten: it is still in the queue, for another.
    pub(super) fn set_away(&self, relay: usize, away: bool) {
        let mut state = self.state();
        if state.relays[relay].away == away {
            return;
        }
        state.relays[relay].away = away;
        if away {
            state.forget(relay);
        }
        drop(state);
        self.hungry.notify_one();
        self.ready[relay].notify_waiters();
    }

    /// A relay is held, or resumed; like one that is away, but that nobody asks whether it is back.
    pub(super) fn set_held(&self, relay: usize, held: bool) {
        let mut state = self.state();
        if state.relays[relay].held == held {
            return;
        }
        state.relays[relay].held = held;
        if held {
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
        let hungry = |relay: &RelayState| {
            let waiting: usize = relay.waiting.values().map(VecDeque::len).sum();
            !relay.is_shut() && waiting <= relay.room / 2
        };
        state.relays.iter().any(hungry)
    }

    /// Whether nothing waits and nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.state().known.is_empty()
    }
}

impl State {
    /// How many of a relay's connections are this node's.
    fn slots(&self, relay: usize) -> usize {
        self.relays[relay].connections.div_ceil(self.nodes as usize)
    }

    fn take(&mut self, relay: usize, number: usize, now: Timestamp) -> Option<Job> {
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

    fn drop_known(&mut self, job: &Job) {
        self.known.remove(&job.letter.id);
        for name in &job.warmed {
            if let Some(count) = self.warmed.get_mut(name) {
                *count -= 1;
            }
        }
    }

    fn forget(&mut self, relay: usize) {
        let waiting = std::mem::take(&mut self.relays[relay].waiting);
        for job in waiting.into_values().flatten() {
            self.drop_known(&job);
            if let Some(limit) = self.limits.get_mut(&job.provider_id) {
                limit.waiting -= 1;
            }
        }
    }
}

impl RelayState {
    /// Whether nothing goes by it now.
    fn is_shut(&self) -> bool {
        self.away || self.held
    }

    fn room_for(&mut self, stream: Stream, brake: Option<&Brake>, now: Timestamp) -> usize {
        if self.is_shut() || !self.streams.contains(&stream) {
            return 0;
        }
        let waiting = self.waiting.get(&stream).map_or(0, VecDeque::len);
        let mut room = self.room.saturating_sub(waiting);
        if let Some(brake) = brake {
            room = room.min((brake.window(now) * 2).saturating_sub(waiting));
        }
        if let Some(rate) = &mut self.rate {
            room = room.min(rate.room(Instant::now()));
        }
        if stream != Stream::Notice
            && let Some(left) = self.left
        {
            room = room.min(left as usize);
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::{EmailAddress, Preferences};
    use crate::config::Tier;
    use crate::issue::compose::Cohort;

    const NOW: &str = "2026-11-24T06:30:00Z";

    fn job(n: i64, stream: Stream, provider_id: i64) -> Job {
        Job {
            letter: Letter {
                id: MessageId {
                    issue_id: 1,
                    subscriber_id: n,
                    n: 0,
                },
                email: EmailAddress::stored(format!("r{n}@example.org")),
                preferences: Preferences::default(),
                cohort: Cohort {
                    language: "en".to_owned(),
                    tier: Tier::Free,
                    stories: Vec::new(),
                    more: 0,
                },
                cohort_id: 1,
                scheduled_at: 0,
                expires_at: i64::MAX,
                attempts: 0,
                notice: None,
            },
            stream,
            newsletter_id: 1,
            provider_id,
            domain: "example.org".to_owned(),
            warmed: Vec::new(),
        }
    }

    fn desk(relay: Relay, provider: Provider) -> Desk {
        let providers = HashMap::from([(provider.name.clone(), 7)]);
        Desk::new(&[relay], &[provider], &providers)
    }

    /// What could be taken now, one after the other, by one connection after another.
    async fn taken(desk: &Desk, now: Timestamp) -> Vec<i64> {
        let mut all = Vec::new();
        let soon = |number| tokio::time::timeout(Duration::ZERO, desk.take(0, number, move || now));
        while let Ok(Some(job)) = soon(0).await {
            all.push(job.letter.id.subscriber_id);
        }
        all
    }

    #[tokio::test]
    async fn the_urgent_overtake_what_waits() {
        let desk = desk(Relay::default(), Provider::default());
        let now: Timestamp = NOW.parse().unwrap();
        for (n, stream) in [
            (1, Stream::Digest),
            (2, Stream::Digest),
            (3, Stream::Alert),
            (4, Stream::Notice),
        ] {
            assert!(desk.put(job(n, stream, 0), now, &[None]));
        }
        assert_eq!(taken(&desk, now).await, [4, 3, 1, 2]);
    }

    #[tokio::test]
    async fn digests_that_fill_the_desk_leave_room_for_a_notice() {
        let desk = desk(Relay::default(), Provider::default());
        let now: Timestamp = NOW.parse().unwrap();
        let filled = (1..10_000)
            .take_while(|n| desk.put(job(*n, Stream::Digest, 0), now, &[None]))
            .count();
        assert_eq!((filled, desk.room(Stream::Digest, now)), (64, 0));
        assert!(desk.put(job(100, Stream::Notice, 0), now, &[None]));
        assert_eq!(taken(&desk, now).await[0], 100);
    }

    #[tokio::test]
    async fn a_provider_has_no_more_on_its_way_than_it_may_and_others_go_on() {
        let provider = Provider {
            name: "slow".to_owned(),
            connections: Some(2),
            ..Provider::default()
        };
        let desk = desk(Relay::default(), provider);
        let now: Timestamp = NOW.parse().unwrap();
        for n in 1..=5 {
            desk.put(job(n, Stream::Digest, 7), now, &[None]);
        }
        desk.put(job(6, Stream::Digest, 0), now, &[None]);
        assert_eq!(taken(&desk, now).await, [1, 2, 6]);
        assert_eq!(desk.provider_room(7, now), 0);
        desk.done(0, &job(1, Stream::Digest, 7));
        assert_eq!(taken(&desk, now).await, [3]);
    }

    #[tokio::test]
    async fn a_provider_under_the_brake_gets_one_at_a_time_after_its_pause() {
        let provider = Provider {
            name: "slow".to_owned(),
            ..Provider::default()
        };
        let desk = desk(Relay::default(), provider);
        let now: Timestamp = NOW.parse().unwrap();
        assert!(desk.slow_down(Braked::Provider(7), now));
        assert!(!desk.slow_down(Braked::Provider(7), now));
        assert_eq!(desk.provider_room(7, now), 0);
        assert!(!desk.is_open(Stream::Digest, 7, now) && desk.is_open(Stream::Digest, 0, now));
        let later = desk.paused_until(&Braked::Provider(7), now).unwrap();
        for n in 1..=3 {
            desk.put(job(n, Stream::Digest, 7), later, &[None]);
        }
        assert_eq!(taken(&desk, later).await, [1]);
    }

    #[tokio::test]
    async fn what_waits_for_a_relay_that_goes_away_is_forgotten() {
        let desk = desk(Relay::default(), Provider::default());
        let now: Timestamp = NOW.parse().unwrap();
        desk.put(job(1, Stream::Digest, 0), now, &[None]);
        let id = job(1, Stream::Digest, 0).letter.id;
        assert!(desk.knows(id));
        desk.set_away(0, true);
        assert!(!desk.knows(id) && desk.is_empty());
        assert!(!desk.put(job(1, Stream::Digest, 0), now, &[None]));
        desk.set_away(0, false);
        assert!(desk.put(job(1, Stream::Digest, 0), now, &[None]));
        assert_eq!(taken(&desk, now).await, [1]);
    }
}
