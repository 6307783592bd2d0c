//! Three nodes on one database, one killed now and then, one put to sleep until it is taken for dead, and woken.
//!
//! The window that is left: a node that sleeps after the commit of its mark and before the final dot. The others find the
//! message `sending` and its node silent, so they log the try as in doubt and send a digest again (an alert not); and the
//! sleeper, woken, ends what it had begun. That is one mail for each of its connections at most, and the log says so of
//! each. What it had only picked up it does not send: another's mark has taken it.

use std::time::{Duration, Instant};

use postrider::db::Sql;

use crate::support::ledger::compare;
use crate::support::program::Daemon;
use crate::support::random::Random;
use crate::support::recorder::{Recorder, Stage};
use crate::support::world::DEADLINE;
use crate::support::{Kind, World, program, say};

const NODES: usize = 3;
/// Of each node.
const CONNECTIONS: usize = 2;
const STAGES: [Stage; 6] = [
    Stage::Mail,
    Stage::Rcpt,
    Stage::Data,
    Stage::Body,
    Stage::Dot,
    Stage::Answered,
];

const OPEN: &str = "SELECT count(*) FROM message WHERE state IN (0, 1, 2, 4)";

/// Of these, what is due by the clock of the nodes, which stands.
const DUE: &str = "
    SELECT count(*) FROM message WHERE state IN (0, 1, 2, 4) AND due_at <= (SELECT max(heartbeat_at) FROM node)";

/// What nodes have in hand that are taken for dead: all of ours stand at the same time.
const IN_SILENT_HANDS: &str = "
    SELECT count(*) FROM message m JOIN node n ON n.owner = m.owner
     WHERE m.state = 2 AND n.heartbeat_at < (SELECT max(heartbeat_at) FROM node) - 60000";

struct Node {
    daemon: Daemon,
    name: String,
}

fn start(world: &World, started: &mut usize) -> Node {
    *started += 1;
    let name = format!("node{started}.example");
    Node {
        daemon: program::start_with(world, "POSTRIDER_RELAY_HELO", &name),
        name,
    }
}

/// As if the node had been silent for a minute: its clock stands, so nobody else notices.
async fn silence(world: &World, pid: u32) {
    const SQL: &str = "UPDATE node SET heartbeat_at = heartbeat_at - 61000
                        WHERE name = $1 AND heartbeat_at > (SELECT max(heartbeat_at) FROM node) - 60000";
    let mut tx = world.app.db.begin().await.unwrap();
    tx.sql(SQL).bind(format!("pid {pid}")).run().await.unwrap();
    tx.commit().await.unwrap();
}

/// Returns when nothing is due any more.
///
/// What a node had asked of the database before it was killed may be done after that, and then it looks alive; by a clock
/// that stands, for ever.
async fn until_done(world: &World, dead: &[u32]) {
    let begun = Instant::now();
    while world.number(DUE).await > 0 {
        assert!(
            begun.elapsed() < DEADLINE,
            "{} are due",
            world.number(DUE).await
        );
        for pid in dead {
            silence(world, *pid).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

story!(
    a_node_that_wakes_sends_nothing_that_another_has_taken,
    async |world: &mut World| {
        let (mut random, seed) = Random::seeded();
        say(&format!(
            "fleet on {:?}: POSTRIDER_TEST_SEED={seed}",
            world.kind
        ));
        let relay = Recorder::start("PIPELINING").await;
        world.set_relay(&relay.settings(CONNECTIONS)).await;
        world.crowd(600, "morning").await;
        world.crowd_named(60, "offers", "buyer", &[]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;

        // Slow enough that there is mail yet when the last one wakes.
        relay.take_ms(60);
        let mut started = 0;
        let mut nodes: Vec<Node> = (0..NODES).map(|_| start(world, &mut started)).collect();
        let (mut slept, mut killed) = (0, Vec::new());
        let mut stages = STAGES.to_vec();
        random.shuffle(&mut stages);
        for stage in stages {
            let trap = relay.stop_at(stage, 1 + random.below(20), random.once_in(2));
            let stopped = trap.reached().await;
            let sleeper = nodes.iter().position(|node| node.name == stopped.helo);
            let sleeper = nodes.remove(sleeper.expect("one of ours"));
            sleeper.daemon.sleep();
            slept += 1;
            drop(trap);
            if world.kind == Kind::Postgres {
                silence(world, sleeper.daemon.pid()).await;
                // Another dies, and the one in its place takes over what both had in hand.
                let dead = nodes.remove(random.below(nodes.len() as u64) as usize);
                let pid = dead.daemon.pid();
                dead.daemon.kill_9();
                killed.push(pid);
                silence(world, pid).await;
                nodes.push(start(world, &mut started));
                relay.until_count(relay.count() + 10).await;
                world.until(IN_SILENT_HANDS, |n| n == 0).await;
            }
            sleeper.daemon.wake();
            nodes.push(sleeper);
            relay.until_count(relay.count() + 3).await;
        }
        relay.take_ms(0);
        until_done(world, &killed).await;
        for node in nodes {
            node.daemon.term();
            assert_eq!(node.daemon.wait().0, Some(0));
        }
        // Whoever slept while it waited for the database has put off what it could not read.
        world.later(10);
        world.send().await;
        assert_eq!(world.number(OPEN).await, 0);
        let totals = compare(world, &relay).await;
        let most = (CONNECTIONS * (slept + killed.len())) as u64;
        assert!(
            totals.doubted <= most,
            "{} in doubt, {most} at most",
            totals.doubted
        );
        assert_eq!(totals.messages, 660);
        if world.kind == Kind::Sqlite {
            // Who holds the file's lock is alive, however long it slept: nobody else sends meanwhile.
            assert_eq!((totals.doubted, totals.doubles), (0, 0));
        }
        say(&format!(
            "fleet on {:?}: {slept} slept, {} killed; {totals:?}",
            world.kind,
            killed.len()
        ));
    }
);
