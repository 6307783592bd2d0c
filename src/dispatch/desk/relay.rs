//! A relay as the desk sees it: what waits for it and is on its way, and how much more it may be given.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use jiff::Timestamp;

use super::Job;
use crate::config::Relay;
use crate::dispatch::brake::{Brake, Rate};
use crate::dispatch::pick::Part;
use crate::message::Stream;

/// Why nothing goes by a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dispatch) enum Shut {
    /// It cannot be used; somebody asks from time to time whether it can.
    Away,
    /// It is held until it is resumed.
    Held,
}

/// See the module.
pub(super) struct RelayState {
    pub(super) streams: Vec<Stream>,
    pub(super) weight: i64,
    pub(super) credit: i64,
    pub(super) connections: u32,
    /// How many of them are this node's.
    pub(super) slots: usize,
    pub(super) room: usize,
    pub(super) per_minute: Option<u32>,
    pub(super) rate: Option<Rate>,
    /// What is left of today's ceiling.
    pub(super) left: Option<u64>,
    pub(super) away: bool,
    pub(super) held: bool,
    pub(super) waiting: HashMap<Stream, VecDeque<Job>>,
    pub(super) flying: usize,
}

impl RelayState {
    /// With nothing waiting; `relays` are all that there are.
    pub(super) fn new(relay: &Relay, relays: &[Relay]) -> RelayState {
        let connections = relay.connections as usize;
        let takes = |s: &Stream| relay.takes(*s, relays);
        RelayState {
            streams: Stream::ALL.iter().copied().filter(takes).collect(),
            weight: i64::from(relay.weight),
            credit: 0,
            connections: relay.connections,
            slots: connections,
            room: (connections * 8).clamp(64, 1000),
            per_minute: relay.per_minute,
            rate: relay.per_minute.map(|n| Rate::new(n, 1.0)),
            left: None,
            away: false,
            held: false,
            waiting: HashMap::new(),
            flying: 0,
        }
    }

    /// Sets whether it is shut for this reason; whether that is news.
    pub(super) fn set_shut(&mut self, why: Shut, shut: bool) -> bool {
        let now = match why {
            Shut::Away => &mut self.away,
            Shut::Held => &mut self.held,
        };
        std::mem::replace(now, shut) != shut
    }

    /// How many jobs wait for it.
    pub(super) fn count_waiting(&self) -> usize {
        self.waiting.values().map(VecDeque::len).sum()
    }

    /// Takes this node's share of what it has for all.
    pub(super) fn share(&mut self, part: Part) {
        let slots = part.share(self.connections);
        self.slots = slots as usize;
        let part = f64::from(slots) / f64::from(self.connections);
        self.rate = self.per_minute.map(|n| Rate::new(n, part));
    }

    /// Whether nothing goes by it now, or nothing of this node's.
    pub(super) fn is_shut(&self) -> bool {
        self.away || self.held || self.slots == 0
    }

    /// How many more jobs of `stream` it has room for, under this slow-down of its own.
    pub(super) fn room_for(
        &mut self,
        stream: Stream,
        brake: Option<&Brake>,
        now: Timestamp,
    ) -> usize {
        if self.is_shut() || !self.streams.contains(&stream) {
            return 0;
        }
        let waiting = self.waiting.get(&stream).map_or(0, VecDeque::len);
        let mut room = self.room.saturating_sub(waiting);
        if let Some(brake) = brake {
            room = room.min((brake.window(now) * 2).saturating_sub(waiting));
        }
        if let Some(rate) = &mut self.rate {
            room = room.min(rate.room(waiting, Instant::now()));
        }
        if stream != Stream::Notice
            && let Some(left) = self.left
        {
            room = room.min(left as usize);
        }
        room
    }
}
