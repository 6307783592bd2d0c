//! Hundreds of kills with SIGKILL, at every stage of planning and sending: nothing is lost, and nothing comes twice that
//! the log does not doubt.
//!
//! ```sh
//! cargo test --test stories kills:: -- --nocapture          # 200 kills on each database, and the totals
//! POSTRIDER_TEST_KILLS=5000 cargo test --test stories kills:: -- --nocapture
//! POSTRIDER_TEST_SEED=12345 …                               # the same draws again
//! ```

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan};
use postrider::db::{Db, Sql, Tx};
use sqlx::{ConnectOptions, Executor, SqliteConnection};

use crate::support::ledger::compare;
use crate::support::random::Random;
use crate::support::recorder::{Recorder, Stage, Trap};
use crate::support::world::DEADLINE;
use crate::support::{Kind, World, program, say};

const CONNECTIONS: usize = 4;
/// Readers of the digest, of the offers, and of what is told at once.
const READERS: [usize; 3] = [200, 40, 30];
/// So many kills later, whoever heard of a story may hear of the next.
const QUIET: usize = 10;
/// With fewer messages left than this, another day begins.
const FEW: i64 = 60;

const FLASH: &str = r#"
title = "As It Happens"
from = "The Harbour Courier <flash@courier.example>"
cadences = ["instant"]
burst_minutes = 5
lateness_hours = 168
[[block]]
kind = "followed"
"#;

const OPEN: &str = "SELECT count(*) FROM message WHERE state IN (0, 1, 2, 4)";
const QUEUED: &str = "SELECT count(*) FROM message WHERE state = 1";
const DIGESTS: &str = "
    SELECT count(*) FROM message m JOIN issue i ON i.id = m.issue_id JOIN newsletter l ON l.id = i.newsletter_id
     WHERE l.slug = 'morning' AND m.state <> 6";
const ALERTS: &str =
    "SELECT count(*) FROM message m JOIN issue i ON i.id = m.issue_id WHERE i.stream = 2";
/// The sessions that PostgreSQL has with us and with the program. One of a program that was killed ends when it has done what
/// it had been asked; until then it may look as if it rested.
const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()";
/// Whether the program waits to write messages down.
const PLANNING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                           AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO message%'";

/// When the program is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// A transaction that plans is open.
    Plan,
    /// A connection is there and has asked for nothing yet: messages are picked up.
    PickUp,
    Mail,
    Rcpt,
    Data,
    Body,
    /// Between the final dot and the 250.
    Dot,
    /// Between the 250 and the commit, which is kept waiting.
    Commit,
    /// So many milliseconds after the start, wherever that is.
    Anywhere,
}

const SENDING_MOMENTS: [Moment; 8] = [
    Moment::PickUp,
    Moment::Mail,
    Moment::Rcpt,
    Moment::Data,
    Moment::Body,
    Moment::Dot,
    Moment::Commit,
    Moment::Anywhere,
];

struct Run<'a> {
    world: &'a mut World,
    relay: Recorder,
    random: Random,
    deck: Vec<Moment>,
    day: Date,
    rounds: usize,
    stories: usize,
    /// Kills since the last story.
    quiet: usize,
    killed: BTreeMap<Moment, u64>,
    /// Tries that were `sending` when the program was dead: issue, reader, `n` and number.
    in_hand: HashSet<(i64, i64, i16, i16)>,
    /// Starts in a row that plan.
    to_plan: u64,
}

story!(
    hundreds_of_kills_lose_no_mail_and_double_none_that_the_log_does_not_doubt,
    async |world: &mut World| {
        let kills: u64 = std::env::var("POSTRIDER_TEST_KILLS").map_or(200, |n| {
            n.parse().expect("POSTRIDER_TEST_KILLS is a number")
        });
        let begun = Instant::now();
        let mut run = Run::begin(world).await;
        for _ in 0..kills {
            run.kill_once().await;
        }
        run.end().await;
        run.tell(kills, begun.elapsed()).await;
    }
);

impl<'a> Run<'a> {
    async fn begin(world: &'a mut World) -> Run<'a> {
        let (random, seed) = Random::seeded();
        say(&format!(
            "kills on {:?}: POSTRIDER_TEST_SEED={seed}",
            world.kind
        ));
        // The one asks for a round trip more than the other, so there is one moment more to be killed at.
        let relay = Recorder::start(match world.kind {
            Kind::Sqlite => "PIPELINING ENHANCEDSTATUSCODES",
            Kind::Postgres => "PIPELINING CHUNKING ENHANCEDSTATUSCODES",
        })
        .await;
        relay.greylist_one_in(25);
        world.configure("newsletters/flash.toml", FLASH);
        for (file, change) in [
            (
                "newsletters/morning.toml",
                ("schedule = ", "lateness_hours = 168\nschedule = "),
            ),
            (
                "postrider.toml",
                ("[[relay]]", "[dispatch]\ngive_up_hours = 168\n[[relay]]"),
            ),
        ] {
            let path = world.config().join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.replace(change.0, change.1)).unwrap();
        }
        world.set_relay(&relay.settings(CONNECTIONS)).await;
        for (n, (slug, name)) in READERS.into_iter().zip([
            ("morning", "reader"),
            ("offers", "buyer"),
            ("flash", "watcher"),
        ]) {
            world.crowd_named(n, slug, name, &["section:Port"]).await;
        }
        Run {
            world,
            relay,
            random,
            deck: Vec::new(),
            day: date(2026, 11, 24),
            rounds: 0,
            stories: 0,
            quiet: 0,
            killed: BTreeMap::new(),
            in_hand: HashSet::new(),
            to_plan: 0,
        }
    }

    /// A day begins: a digest, an offer and a story for those who hear at once are due, and nothing of it is planned.
    async fn begin_day(&mut self) {
        if self.rounds > 0 {
            self.day = self.day.saturating_add(1.day());
        }
        self.rounds += 1;
        let day = self.day;
        self.world.at(&format!("{day}T10:00:00Z"));
        self.publish();
        // Or it would be a race whether the digest has anything to say.
        self.world.collect().await;
        let slug = format!("almanac-{}", self.rounds);
        let file = self.world.folder.path().join(format!("{slug}.toml"));
        let (open, over) = (day.saturating_add(2.days()), day.saturating_add(6.days()));
        let text = format!(
            "slug = \"{slug}\"\ntitle = \"The Almanac of {day}\"\ntext = \"Every tide.\"\n\
             link = \"https://courier.example/{slug}\"\nterms = \"While stocks last.\"\n\
             from = \"{day}T09:00\"\nall_from = \"{open}T10:00\"\nuntil = \"{over}T23:59\"\n"
        );
        std::fs::write(&file, text).unwrap();
        program::ok(self.world, &["offer", "add", file.to_str().unwrap()]);
        self.to_plan = 1 + self.random.below(4);
    }

    /// How many digests and alerts there are, of how many there must be.
    async fn planned(&self) -> [(usize, usize); 2] {
        let digests = self.world.number(DIGESTS).await as usize;
        let alerts = self.world.number(ALERTS).await as usize;
        [
            (digests, READERS[0] * self.rounds),
            (alerts, READERS[1] * self.rounds),
        ]
    }

    async fn is_planned(&self) -> bool {
        self.planned().await.iter().all(|(is, must)| is == must)
    }

    fn publish(&mut self) {
        self.quiet = 0;
        self.stories += 1;
        let n = self.stories;
        let story = self
            .world
            .item(&format!("story{n}"), "Port", &format!("Ship {n} comes in"));
        self.world.feed.publish(story);
    }

    fn next_moment(&mut self) -> Moment {
        if self.to_plan > 0 {
            self.to_plan -= 1;
            return Moment::Plan;
        }
        if self.deck.is_empty() {
            self.deck = SENDING_MOMENTS.to_vec();
            self.random.shuffle(&mut self.deck);
        }
        self.deck.pop().expect("it was filled")
    }

    async fn kill_once(&mut self) {
        if self.is_planned().await && self.world.number(QUEUED).await < FEW {
            self.begin_day().await;
        } else if self.quiet >= QUIET && self.random.once_in(3) {
            // Those who hear at once are told, or the program dies while it plans that.
            self.publish();
            self.world
                .change("UPDATE source SET next_check_at = 0")
                .await;
            self.to_plan += self.random.below(2);
        }
        self.quiet += 1;
        // The heartbeat of the one before is old by now.
        self.world
            .clock
            .set(self.world.now() + SignedDuration::from_secs(61));
        let ours = self.sessions().await;
        let moment = self.next_moment();
        let nth = 1 + self.random.below(12);
        let everyone = self.random.once_in(2);
        let stop = |stage| self.relay.stop_at(stage, nth, everyone);
        let trap = match moment {
            Moment::Plan | Moment::PickUp => Some(self.relay.stop_at(Stage::Hello, 1, true)),
            Moment::Mail => Some(stop(Stage::Mail)),
            Moment::Rcpt => Some(stop(Stage::Rcpt)),
            Moment::Data => Some(stop(Stage::Data)),
            Moment::Body => Some(stop(Stage::Body)),
            Moment::Dot | Moment::Commit => Some(stop(Stage::Dot)),
            Moment::Anywhere => None,
        };
        let moment = match (moment, trap) {
            (Moment::Plan, Some(_stopped)) => self.kill_the_planner().await,
            (Moment::Commit, Some(trap)) => {
                self.kill_before_the_commit(trap).await;
                moment
            }
            (_, trap) => {
                let daemon = program::start(self.world);
                if let Some(trap) = &trap {
                    trap.reached().await;
                } else {
                    let pause = self.random.below(400);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                daemon.kill_9();
                moment
            }
        };
        *self.killed.entry(moment).or_default() += 1;
        if self.world.kind == Kind::Postgres {
            self.world.until(SESSIONS, |n| n <= ours).await;
        }
        let before = self.in_hand.len();
        // What was in hand at an earlier kill is there yet, if this start did not come to look.
        self.in_hand.extend(self.sending().await);
        let more = self.in_hand.len() - before;
        assert!(
            more <= CONNECTIONS,
            "{more} in hand on {CONNECTIONS} connections, killed at {moment:?}"
        );
    }

    /// How many sessions are ours, which are as many as we ever have, so that none is added.
    async fn sessions(&self) -> i64 {
        let Db::Postgres(pool) = &self.world.app.db else {
            return 0;
        };
        let all = (0..pool.options().get_max_connections()).map(|_| pool.acquire());
        drop(try_join_all(all).await.unwrap());
        self.world.number(SESSIONS).await
    }

    async fn sending(&self) -> Vec<(i64, i64, i16, i16)> {
        let mut conn = self.world.app.db.read().await.unwrap();
        let rows =
            conn.sql("SELECT issue_id, subscriber_id, n, attempts FROM message WHERE state = 2");
        rows.all().await.unwrap()
    }

    /// Kills it while it has a transaction open that plans, if it still has something to plan.
    async fn kill_the_planner(&mut self) -> Moment {
        if self.world.kind == Kind::Postgres {
            let lock = self.no_message_is_written().await;
            let daemon = program::start(self.world);
            let waits = self.world.until(PLANNING, |n| n > 0);
            // A start that died too early may have left it to this one to notice that there is nothing to plan.
            let caught = tokio::time::timeout(Duration::from_secs(10), waits).await;
            daemon.kill_9();
            drop(lock);
            return caught.map_or(Moment::Anywhere, |()| Moment::Plan);
        }
        let options: sqlx::sqlite::SqliteConnectOptions = self.world.url.parse().unwrap();
        let mut probe = options
            .busy_timeout(Duration::ZERO)
            .connect()
            .await
            .unwrap();
        let before = self.world.number(OPEN).await;
        let daemon = program::start(self.world);
        daemon.until_logged("ready").await;
        let caught = tokio::time::timeout(DEADLINE, async {
            loop {
                if is_busy(&mut probe).await {
                    return self.world.number(OPEN).await == before;
                }
                if self.world.number(OPEN).await > before {
                    return false;
                }
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        });
        let caught = caught.await.expect("it plans");
        daemon.kill_9();
        if caught {
            Moment::Plan
        } else {
            Moment::Anywhere
        }
    }

    /// Kills it when the relay has answered for a mail, and the commit of that answer is kept waiting.
    async fn kill_before_the_commit(&mut self, trap: Trap) {
        let daemon = program::start(self.world);
        trap.reached().await;
        let lock = self.no_message_is_written().await;
        let answered = self.relay.stop_at(Stage::Answered, 1, true);
        drop(trap);
        answered.reached().await;
        daemon.kill_9();
        drop(lock);
    }

    /// Until this is dropped, nobody writes a message or what became of it.
    async fn no_message_is_written(&self) -> Tx {
        let mut tx = self.world.app.db.begin().await.unwrap();
        if self.world.kind == Kind::Postgres {
            let lock = tx.sql("LOCK TABLE message IN SHARE ROW EXCLUSIVE MODE");
            lock.run().await.unwrap();
        }
        tx
    }

    /// Lets it run until nothing is left.
    async fn end(&mut self) {
        for _ in 0..50 {
            self.world.later(10);
            let done = program::run(self.world, &["once"]);
            assert!(done.status.code().is_some_and(|code| code < 2));
            if self.world.number(OPEN).await == 0 {
                return;
            }
        }
        panic!("{} messages are left", self.world.number(OPEN).await);
    }

    async fn tell(&mut self, kills: u64, took: Duration) {
        let totals = compare(self.world, &self.relay).await;
        assert!(self.is_planned().await, "{:?}", self.planned().await);
        assert_eq!(
            totals.doubted as usize,
            self.in_hand.len(),
            "in doubt is what was in hand when it was killed, and nothing else"
        );
        say(&format!(
            "kills on {:?}: {kills} in {:.0} s, by moment {:?}; {} days, {} stories; {} mails at the relay; {totals:?}",
            self.world.kind,
            took.as_secs_f64(),
            self.killed,
            self.rounds,
            self.stories,
            self.relay.count(),
        ));
    }
}

/// Whether somebody else has a transaction open that writes.
async fn is_busy(probe: &mut SqliteConnection) -> bool {
    if probe.execute("BEGIN IMMEDIATE").await.is_err() {
        return true;
    }
    probe.execute("ROLLBACK").await.unwrap();
    false
}
