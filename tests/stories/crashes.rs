//! Kills in the middle of planning and of sending: nothing is lost, and nothing comes twice that the log does not doubt.

use std::collections::BTreeMap;

use postrider::db::Sql;

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const MESSAGES: &str = "SELECT count(*) FROM message";
const SENDING: &str = "SELECT count(*) FROM message WHERE state = 2";

/// Connections that the configuration opens to the relay unless told otherwise.
const CONNECTIONS: i64 = 4;

/// How often the log doubts a try, by address.
async fn doubts(world: &World) -> BTreeMap<String, u64> {
    const SQL: &str =
        "SELECT s.email, count(*) FROM attempt a JOIN subscriber s ON s.id = a.subscriber_id
                        WHERE a.state = 7 GROUP BY s.email";
    let mut conn = world.app.db.read().await.unwrap();
    let rows: Vec<(String, i64)> = conn.sql(SQL).all().await.unwrap();
    rows.into_iter().map(|(a, n)| (a, n as u64)).collect()
}

story!(
    kills_between_pages_of_planning_lose_no_reader_and_plan_none_twice,
    async |world: &mut World| {
        let readers = world.crowd(3500, "morning").await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        // No relay answers yet, so that a run is planning and nothing else.
        let relay = world.config().join("postrider.toml");
        let with_relay = std::fs::read_to_string(&relay).unwrap();
        let port = world.relay.address().port();
        world.configure(
            "postrider.toml",
            &with_relay.replace(&format!("port = {port}"), "port = 1"),
        );
        for page in [1, 2] {
            let planner = program::spawn(world, &["once"]);
            world.until(MESSAGES, |n| n >= page * 1000).await;
            planner.kill_9();
            let planned = world.number(MESSAGES).await;
            assert!(
                planned % 1000 == 0 || planned == 3500,
                "a page is planned whole or not at all: {planned}"
            );
            assert!(
                page > 1 || planned < 3500,
                "killed too late to tell anything"
            );
            world.later(2);
        }
        world.configure("postrider.toml", &with_relay);
        program::ok(world, &["once"]);
        assert_eq!(world.number(MESSAGES).await, 3500);
        let mails = world.mails_by_address();
        assert_eq!(mails.len(), readers.len());
        assert!(mails.values().all(|n| *n == 1));
    }
);

story!(
    kills_while_sending_leave_nobody_out_and_nobody_twice_unless_the_log_doubts_it,
    async |world: &mut World| {
        let readers = world.crowd(400, "morning").await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let mut in_doubt = 0;
        for more in [1, 2, 17, 60, 111, 33] {
            let daemon = program::start(world);
            world.until_mails(world.relay.count() + more).await;
            daemon.kill_9();
            let sending = world.number(SENDING).await;
            assert!(
                sending <= CONNECTIONS,
                "{sending} in hand on {CONNECTIONS} connections"
            );
            in_doubt += sending as u64;
            // Its heartbeat grows old.
            world.later(2);
        }
        program::ok(world, &["once"]);
        let doubts = doubts(world).await;
        assert_eq!(doubts.values().sum::<u64>(), in_doubt);
        let mails = world.mails_by_address();
        for reader in &readers {
            let got = mails.get(reader).copied().unwrap_or(0);
            let doubted = doubts.get(reader).copied().unwrap_or(0);
            assert!(
                (1..=1 + doubted).contains(&got),
                "{got} mails to {reader}, {doubted} in doubt"
            );
        }
        assert_eq!(
            world
                .number("SELECT count(*) FROM message WHERE state <> 3")
                .await,
            0
        );
    }
);

story!(
    a_kill_before_the_final_dot_loses_nothing_and_the_mail_comes_once,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        let hold = world.relay.hold_before_data();
        let daemon = program::start(world);
        world.until_reached(&hold).await;
        world.until(SENDING, |n| n == 1).await;
        daemon.kill_9();
        drop(hold);
        assert_eq!(world.relay.count(), 0);
        world.later(2);
        program::ok(world, &["once"]);
        assert_eq!(world.mails_to(ASHA).len(), 1);
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
    }
);

story!(
    an_alert_killed_after_the_final_dot_stays_uncertain_and_is_not_sent_again,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "offers")]).await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        let hold = world.relay.hold_after_data();
        let daemon = program::start(world);
        world.until_reached(&hold).await;
        daemon.kill_9();
        drop(hold);
        for _ in 0..2 {
            world.later(2);
            program::ok(world, &["once"]);
            assert_eq!(world.relay.count(), 1);
            assert_eq!(world.state_of(ASHA, "offers").await, "uncertain");
        }
    }
);
