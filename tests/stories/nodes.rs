//! Several nodes on one database behave as one.

use std::time::Duration;

use jiff::SignedDuration;
use postrider::daemon;
use postrider::db::Sql;
use postrider::dispatch::{Handle, Until, dials, run};

use crate::support::world::{DEADLINE, open};
use crate::support::{Kind, World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
const CARL: &str = "carl@example.org";

async fn a_crowd_is_due(world: &World, n: usize) {
    world.crowd(n, "morning").await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
}

/// Every reader has one mail, and no try is in doubt.
async fn one_mail_each(world: &World, n: usize) {
    let mails = world.mails_by_address();
    assert_eq!(mails.len(), n);
    assert!(mails.values().all(|had| *had == 1));
    assert_eq!(world.number("SELECT count(*) FROM attempt").await, 0);
    assert_eq!(
        world
            .number("SELECT count(*) FROM message WHERE state <> 3")
            .await,
        0
    );
}

story!(
    two_dispatchers_at_once_send_each_message_once,
    async |world: &mut World| {
        a_crowd_is_due(world, 300).await;
        world.plan().await;
        let other = open(&world.config(), world.clock.clone()).await;
        let (one, two) = tokio::join!(
            daemon::send(&world.app, Handle::default()),
            daemon::send(&other, Handle::default()),
        );
        let (one, two) = (one.unwrap().by_state, two.unwrap().by_state);
        let accepted = |by_state: &std::collections::BTreeMap<&str, u64>| {
            by_state.get("accepted").copied().unwrap_or(0)
        };
        assert_eq!(accepted(&one) + accepted(&two), 300);
        other.db.close().await;
        one_mail_each(world, 300).await;
    }
);

story!(
    two_programs_at_once_collect_plan_and_send_once,
    async |world: &mut World| {
        a_crowd_is_due(world, 300).await;
        let programs = [0, 1].map(|_| program::spawn(world, &["once"]));
        for program in programs {
            let (code, log) = program.wait();
            assert_eq!(code, Some(0), "{log}");
        }
        one_mail_each(world, 300).await;
    }
);

story!(
    two_planners_of_an_offer_plan_it_once,
    async |world: &mut World| {
        world.crowd(2500, "offers").await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        let other = open(&world.config(), world.clock.clone()).await;
        let (one, two) = tokio::join!(daemon::plan(&world.app), daemon::plan(&other));
        other.db.close().await;
        // Whoever came second to a page leaves the rest to the first.
        let queued = one.unwrap().queued + two.unwrap().queued;
        assert_eq!(
            (
                queued,
                world
                    .number("SELECT count(*) FROM message WHERE state = 1")
                    .await,
                world
                    .number("SELECT count(*) FROM offer WHERE planned_to IS NULL")
                    .await,
            ),
            (2500, 2500, 1)
        );
        assert_eq!(world.plan().await.queued, 0);
    }
);

story!(
    a_node_that_was_taken_for_dead_does_not_send_what_another_has,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        world.restart().await;
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        // The slow node is past the fence with one message, and has picked up the other.
        let hold = world.relay.hold_before_data();
        let slow = program::start(world);
        world.until_one_is_past_the_fence(&hold).await;
        // Its clock stands, so that its heartbeat is old for the other, which sends both.
        world.later(2);
        world.send().await;
        if world.kind == Kind::Sqlite {
            // One process sends from a file: while it lives, however slow it is, nobody takes its place.
            assert_eq!(world.relay.count(), 0);
            hold.release();
            world.until_mails(2).await;
            slow.term();
            assert_eq!(slow.wait().0, Some(0));
            assert_eq!(world.relay.count(), 2);
            return;
        }
        assert_eq!(world.relay.count(), 2);
        // It was gone for so long that it asks again before the mail itself, and leaves it to whoever took it; what it had
        // only picked up, too.
        tokio::time::sleep(Duration::from_secs(21)).await;
        hold.release();
        slow.term();
        assert_eq!(slow.wait().0, Some(0));
        assert_eq!(world.relay.count(), 2);
        let had: Vec<u64> = world.mails_by_address().into_values().collect();
        assert_eq!(had, [1, 1]);
        assert_eq!(
            world
                .number("SELECT count(*) FROM attempt WHERE state = 7")
                .await,
            1
        );
        for reader in [ASHA, BEN] {
            assert_eq!(world.state_of(reader, "morning").await, "accepted");
        }
    }
);

story!(
    a_node_that_waited_long_for_the_relay_sends_what_is_still_its_own,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        world.until_reached(&hold).await;
        world.later(1);
        hold.release();
        sending.await.unwrap().unwrap();
        assert_eq!(world.mails_to(ASHA).len(), 1);
        let life = world.newest(ASHA, "morning").await.unwrap();
        assert_eq!((life.state, life.timeline.len()), ("accepted", 2));
    }
);

story!(
    a_reader_who_leaves_while_the_relay_takes_its_time_gets_nothing,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        world.until_reached(&hold).await;
        world.leave(ASHA, "morning").await;
        world.later(1);
        hold.release();
        sending.await.unwrap().unwrap();
        assert_eq!(world.relay.count(), 0);
        assert_eq!(world.state_of(ASHA, "morning").await, "cancelled");
    }
);

story!(
    nodes_share_a_relays_connections_and_whoever_has_none_leaves_its_readers_to_the_others,
    async |world: &mut World| {
        if world.kind == Kind::Sqlite {
            // One process sends.
            return;
        }
        world.add_setting("connections = 1");
        world.restart().await;
        a_crowd_is_due(world, 12).await;
        world.plan().await;
        let two_more = "INSERT INTO node (owner, name, started_at, heartbeat_at)
                        VALUES (-1, 'another', 0, 9000000000000), (-2, 'a third', 0, 9000000000000)";
        world.change(two_more).await;
        // The first of them has the one connection.
        assert!(world.send().await.by_state.is_empty());
        assert_eq!(world.relay.count(), 0);
        world
            .change("UPDATE node SET owner = owner + 9000 WHERE owner < 0")
            .await;
        world.send().await;
        one_mail_each(world, 12).await;
    }
);

story!(
    a_message_whose_owner_changed_is_not_sent_by_the_old_one,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        world.restart().await;
        let readers = [ASHA, BEN, CARL].map(|reader| world.reader(reader, "morning"));
        world.join(&readers).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let daemon = program::start(world);
        world.until_one_is_past_the_fence(&hold).await;
        // Another node is alive and has the second one.
        world
            .change("INSERT INTO node (owner, name, started_at, heartbeat_at) VALUES (77, 'another', 0, 9000000000000)")
            .await;
        assert_eq!(
            world
                .change(
                    "UPDATE message SET owner = 77 WHERE subscriber_id =
                       (SELECT min(subscriber_id) FROM message WHERE state = 1)"
                )
                .await,
            1
        );
        hold.release();
        // The third comes after it, over the same connection.
        world
            .until("SELECT count(*) FROM message WHERE state = 3", |n| n == 2)
            .await;
        daemon.term();
        assert_eq!(daemon.wait().0, Some(0));
        assert_eq!(world.relay.count(), 2);
        assert_eq!(
            world
                .number(
                    "SELECT count(*) FROM message WHERE owner = 77 AND state = 1 AND attempts = 0"
                )
                .await,
            1
        );
        // It dies, and whoever comes next sends what it had.
        world
            .change("UPDATE node SET heartbeat_at = 1 WHERE owner = 77")
            .await;
        world.send().await;
        assert_eq!(world.relay.count(), 3);
        one_mail_each(world, 3).await;
    }
);

story!(
    what_a_node_has_in_hand_is_its_own_for_a_minute_after_its_last_heartbeat,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let there = "INSERT INTO node (owner, name, started_at, heartbeat_at)
                     SELECT 77, 'another', planned_at, planned_at FROM message";
        assert_eq!(world.change(there).await, 1);
        let has = "UPDATE message SET owner = 77, state = 2, attempts = 1";
        assert_eq!(world.change(has).await, 1);
        if world.kind == Kind::Postgres {
            world.later(1);
            let sent = tokio::time::timeout(DEADLINE, world.send()).await;
            assert!(sent.expect("it ends").by_state.is_empty());
            let its = "SELECT count(*) FROM message WHERE owner = 77 AND state = 2";
            assert_eq!(world.number(its).await, 1);
            let past = |world: &World| world.now() + SignedDuration::from_millis(1);
            world.clock.set(past(world));
            // Just as it is taken for dead, it says that it lives.
            let mut tx = world.app.db.begin().await.unwrap();
            let alive = tx
                .sql("UPDATE node SET heartbeat_at = $1 WHERE owner = 77")
                .bind(world.now().as_millisecond());
            assert_eq!(alive.run().await.unwrap(), 1);
            let says_so = async {
                world.until_somebody_waits().await;
                tx.commit().await.unwrap();
            };
            let (sent, ()) = tokio::join!(world.send(), says_so);
            assert!(sent.by_state.is_empty(), "{:?}", sent.by_state);
            assert_eq!(world.number(its).await, 1);
            world.later(1);
            world.clock.set(past(world));
        }
        // Whoever has a file's lock knows that no other lives.
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        let life = world.newest(ASHA, "morning").await.unwrap();
        assert!(
            life.timeline
                .iter()
                .any(|e| e.what.to_string().contains("may have it")),
            "{:?}",
            life.timeline
        );
    }
);

const HEARTBEAT: &str = "SELECT max(heartbeat_at) FROM node";

story!(
    a_node_says_that_it_lives_though_it_has_nothing_to_send,
    async |world: &mut World| {
        let handle = Handle::default();
        let (app, dials) = (world.app.clone(), dials(&world.app.config).unwrap());
        let sending = tokio::spawn(run(app, dials, handle.clone(), Until::Stopped));
        let begun = world.now().as_millisecond();
        let there = "SELECT coalesce(max(heartbeat_at), 0) FROM node";
        world.until(there, |at| at == begun).await;
        world.later(2);
        world.until(HEARTBEAT, |at| at == begun + 120_000).await;
        handle.stop.cancel();
        sending.await.unwrap().unwrap();
    }
);

story!(
    what_a_node_writes_down_says_that_it_lives,
    async |world: &mut World| {
        if world.kind == Kind::Sqlite {
            // While it has the file's lock nobody takes it for dead.
            return;
        }
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let handle = Handle::default();
        let (app, dials) = (world.app.clone(), dials(&world.app.config).unwrap());
        let sending = tokio::spawn(run(app, dials, handle.clone(), Until::Stopped));
        world.until_reached(&hold).await;
        let now = world.now() + SignedDuration::from_secs(30);
        world.clock.set(now);
        hold.release();
        let accepted = "SELECT count(*) FROM message WHERE state = 3";
        world.until(accepted, |n| n == 1).await;
        // The heartbeat itself comes five seconds after the start, as time goes for us.
        assert_eq!(world.number(HEARTBEAT).await, now.as_millisecond());
        handle.stop.cancel();
        sending.await.unwrap().unwrap();
    }
);
