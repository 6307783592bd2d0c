//! Picking up what is due, a little at a time. It changes nothing: a message is claimed by the mark before it is handed over.
//!
//! Goes by live issue and mailbox provider, the most urgent stream first, and through the messages of each in the order of
//! their time, the readers of longest standing first. A cursor keeps what was picked up from being read twice. Several nodes
//! part the readers between them; a node that has nothing left of its own helps with the others', from the other end.
//! Whatever two of them pick up at once, the mark gives to one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

mod due;
mod unread;
mod warming;

use super::breaker::Breaker;
use super::desk::{Desk, Job, Shut};
use super::hold;
use crate::app::App;
use crate::db::{self, Sql, Warm};
use crate::message::Stream;
use crate::render::letter::{Cohorts, Letter};
use due::due;
use warming::Warming;

/// How long an issue that had nothing due is not asked again, unless something wakes us.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// How long it is taken to be true which issues are live and what is held. The fence looks at the issue once more.
const SEEN: Duration = Duration::from_millis(100);

/// The fewest that are picked up at once of one issue and provider, if there are as many.
const FEWEST: usize = 16;

/// Which readers are this node's own to begin with: those whose number divided by `of` leaves `which`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) which: u32,
    pub(super) of: u32,
}

impl Part {
    pub(super) const WHOLE: Part = Part { which: 0, of: 1 };

    /// This node's share of so many places: the first nodes have what is left over.
    pub(super) fn share(self, places: u32) -> u32 {
        places / self.of + u32::from(self.which < places % self.of)
    }
}

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// So many were put on the desk.
    Picked(usize),
    /// There is no room now, and soon there will be.
    Full,
    /// Nothing is due that may go now.
    Nothing,
}

/// How far we are in one issue's messages to one provider.
#[derive(Default)]
struct Place {
    after: Option<(i64, i64)>,
    /// Something was put on the desk since the pass began.
    fresh: bool,
    /// A pass of our own readers found nothing: we help with the others.
    helps: bool,
    empty_until: Option<Instant>,
}

#[derive(Clone, sqlx::FromRow)]
struct Live {
    id: i64,
    stream: i16,
    newsletter_id: i64,
}

pub(super) struct Picker {
    app: Arc<App>,
    desk: Arc<Desk>,
    breaker: Arc<Mutex<Breaker>>,
    /// Their numbers; 0 is everyone else.
    providers: Vec<i64>,
    places: HashMap<(i64, i64), Place>,
    live: Vec<Live>,
    /// When that was read.
    seen_at: Option<Instant>,
    cohorts: Cohorts,
    part: Part,
    turn: usize,
    warm: Warm,
}

type Key = (i64, i64, i16);

impl Picker {
    pub(super) fn new(
        app: Arc<App>,
        desk: Arc<Desk>,
        breaker: Arc<Mutex<Breaker>>,
        providers: &HashMap<String, i64>,
    ) -> Picker {
        let mut providers: Vec<i64> = providers.values().copied().collect();
        providers.sort_unstable();
        Picker {
            app,
            desk,
            breaker,
            providers,
            places: HashMap::new(),
            live: Vec::new(),
            seen_at: None,
            cohorts: Cohorts::default(),
            part: Part::WHOLE,
            turn: 0,
            warm: Warm::default(),
        }
    }

    /// Something may be due that was not.
    pub(super) fn look_again(&mut self) {
        self.seen_at = None;
        for place in self.places.values_mut() {
            place.empty_until = None;
        }
    }

    pub(super) fn set_part(&mut self, part: Part) {
        self.part = part;
    }

    /// Puts on the desk what is due, as far as there is room.
    pub(super) async fn round(&mut self) -> db::Result<Round> {
        let now = self.app.clock.now();
        if self.seen_at.is_none_or(|at| at.elapsed() >= SEEN) {
            self.see(now).await?;
        }
        let live = self.live.clone();
        let mut warming = Warming::at(&self.app, &self.desk, now).await?;
        let (mut picked, mut full) = (0, false);
        for stream in Stream::ALL {
            let issues: Vec<&Live> = live.iter().filter(|i| i.stream == *stream as i16).collect();
            let (more, no_room) = self.stream(*stream, &issues, &mut warming, now).await?;
            picked += more;
            full |= no_room;
        }
        Ok(match (picked, full) {
            (0, true) => Round::Full,
            (0, false) => Round::Nothing,
            (n, _) => Round::Picked(n),
        })
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One stream's part of a round: how many were picked up, and whether more would have been, had there been room.
    async fn stream(
        &mut self,
        stream: Stream,
        issues: &[&Live],
        warming: &mut Warming,
        now: Timestamp,
    ) -> db::Result<(usize, bool)> {
        let asked = Instant::now();
        let mut pairs: Vec<(&Live, i64)> = Vec::new();
        let providers: Vec<i64> = {
            let breaker = self.breaker();
            let free = |id: &i64| !breaker.holds_provider(*id);
            self.providers.iter().copied().filter(free).collect()
        };
        for issue in issues {
            for provider_id in &providers {
                let place = self.places.entry((issue.id, *provider_id)).or_default();
                if place.empty_until.is_none_or(|until| until <= asked) {
                    pairs.push((issue, *provider_id));
                }
            }
        }
        if pairs.is_empty() {
            return Ok((0, false));
        }
        // Each in turn is the first, so that none is always left over.
        self.turn = self.turn.wrapping_add(1);
        let first = self.turn % pairs.len();
        pairs.rotate_left(first);
        let share = self
            .desk
            .room(stream, now)
            .div_ceil(pairs.len())
            .max(FEWEST);
        let (mut picked, mut full) = (0, false);
        for (issue, provider_id) in pairs {
            let ceiling = warming.left_for(issue, stream);
            let room = self
                .desk
                .room(stream, now)
                .min(self.desk.provider_room(provider_id, now));
            let limit = share.min(room).min(ceiling);
            if limit == 0 {
                full |= ceiling > 0 && self.desk.is_open(stream, provider_id, now);
                continue;
            }
            let some = self.pick(issue, stream, provider_id, limit, warming, now);
            match some.await {
                Ok(some) => picked += some,
                // What is wrong there is wrong with its rows, and keeps nobody else waiting.
                Err(error @ db::Error::Other(_)) => {
                    tracing::error!(issue.id, provider.id = provider_id, %error,
                                    "what is due there cannot be read; trying again");
                    let place = self.places.entry((issue.id, provider_id)).or_default();
                    place.empty_until = Some(Instant::now() + POLL);
                }
                Err(error) => return Err(error),
            }
        }
        Ok((picked, full))
    }

    /// Reads which issues are live, and what is held.
    async fn see(&mut self, now: Timestamp) -> db::Result<()> {
        let at = Instant::now();
        let mut conn = self.warm.or(self.app.db.read()).await?;
        self.live = conn
            .sql("SELECT id, stream, newsletter_id FROM issue WHERE state = 1 ORDER BY stream, id")
            .all()
            .await?;
        let holds = hold::current(&mut conn).await?;
        self.warm.keep(conn);
        self.breaker().see(holds, now);
        for (i, relay) in self.app.config.relay.iter().enumerate() {
            let held = self.breaker().holds_relay(&relay.name);
            self.desk.shut(i, Shut::Held, held);
        }
        let ids: HashSet<i64> = self.live.iter().map(|issue| issue.id).collect();
        self.places
            .retain(|(issue_id, _), _| ids.contains(issue_id));
        self.seen_at = Some(at);
        Ok(())
    }

    /// Some of one issue's messages to one provider.
    async fn pick(
        &mut self,
        issue: &Live,
        stream: Stream,
        provider_id: i64,
        limit: usize,
        warming: &mut Warming,
        now: Timestamp,
    ) -> db::Result<usize> {
        let newest_first = self.app.config.dispatch.newest_first.contains(&stream);
        let part = self.part;
        let place = self.places.entry((issue.id, provider_id)).or_default();
        // Who must wait for another day is who came last, wherever this node would begin.
        let rationed = warming.rations(issue, stream);
        let backwards = !rationed && newest_first != place.helps;
        let part = if rationed || place.helps {
            Part::WHOLE
        } else {
            part
        };
        let mut conn = self.warm.or(self.app.db.read()).await?;
        let due = due(
            &mut conn,
            issue.id,
            provider_id,
            place.after,
            part,
            backwards,
            limit,
            now,
        )
        .await?;
        let ended = due.len() < limit;
        let keys: Vec<Key> = due
            .iter()
            .filter(|(id, ..)| !self.desk.knows(*id))
            .map(|(id, _)| (id.issue_id, id.subscriber_id, id.n))
            .collect();
        place.after = due.last().map(|(id, due_at)| (*due_at, id.subscriber_id));
        let letters = match keys.as_slice() {
            [] => Vec::new(),
            keys => unread::letters(&mut conn, keys, &mut self.cohorts).await?,
        };
        self.warm.keep(conn);
        let mut picked = 0;
        if !keys.is_empty() {
            let missing = unread::missing(&keys, &letters);
            if !missing.is_empty() {
                unread::settle(&self.app, &missing, now).await?;
            }
            let (aside, letters): (Vec<_>, Vec<_>) = {
                let breaker = self.breaker();
                let now = now.as_millisecond();
                // What is past its time goes on to the fence, which ends it.
                letters
                    .into_iter()
                    .partition(|l| l.expires_at > now && breaker.holds_domain(&domain_of(l)))
            };
            if !aside.is_empty() {
                let keys: Vec<Key> = aside
                    .iter()
                    .map(|l| (l.id.issue_id, l.id.subscriber_id, l.id.n))
                    .collect();
                hold::put_aside(&self.app.db, &keys, now).await?;
                picked += keys.len();
            }
            for letter in letters {
                let job = Job {
                    stream,
                    newsletter_id: issue.newsletter_id,
                    provider_id,
                    domain: domain_of(&letter),
                    warmed: warming.domain_of(issue).into_iter().collect(),
                    letter,
                };
                // One that only some of the relays can take keeps no other waiting.
                if self.desk.put(job, now, &warming.relays) {
                    warming.spend(issue);
                    picked += 1;
                }
            }
        }
        let place = self.places.entry((issue.id, provider_id)).or_default();
        place.fresh |= picked > 0;
        if ended {
            place.after = None;
            if !std::mem::take(&mut place.fresh) {
                // With nothing of our own, the others' first; with nothing of theirs, a rest.
                let rests = place.helps || part == Part::WHOLE;
                place.helps = !place.helps && part != Part::WHOLE;
                place.empty_until = rests.then(|| Instant::now() + POLL);
            }
        }
        Ok(picked)
    }
}

/// The domain of the recipient, in lower case.
fn domain_of(letter: &Letter) -> String {
    let address = letter.email.as_smtp();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    domain.to_ascii_lowercase()
}

/// The day under which the database counts.
pub(super) fn day_number(day: jiff::civil::Date) -> i64 {
    i64::from((day - jiff::civil::date(1970, 1, 1)).get_days())
}
