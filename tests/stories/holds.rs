//! Issues that an editor holds, resumes and calls off.

use crate::support::{Kind, World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
async fn two_readers_are_due(world: &World) {
    world
        .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
        .await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
}

async fn states(world: &World) -> [&'static str; 2] {
    [
        world.state_of(ASHA, "morning").await,
        world.state_of(BEN, "morning").await,
    ]
}

story!(
    a_held_issue_sends_nothing_until_it_is_resumed,
    async |world: &mut World| {
        two_readers_are_due(world).await;
        world.plan().await;
        program::ok(world, &["issue", "hold", "morning"]);
        program::ok(world, &["once"]);
        assert_eq!(
            (world.relay.count(), states(world).await),
            (0, ["queued", "queued"])
        );
        let issue = program::json(world, &["issue", "show", "morning"]);
        assert_eq!(
            (&issue["state"], &issue["by_state"]["queued"]),
            (&"held".into(), &2.into())
        );
        program::ok(world, &["issue", "resume", "morning"]);
        program::ok(world, &["once"]);
        assert_eq!(
            (world.relay.count(), states(world).await),
            (2, ["accepted", "accepted"])
        );
    }
);

story!(
    a_hold_of_one_issue_costs_another_nothing_and_writes_nothing_of_its_own,
    async |world: &mut World| {
        const OTHER: &str = "SELECT count(*) FROM message m JOIN issue i ON i.id = m.issue_id WHERE i.stream = 3 AND m.state = 3";
        const HELD: &str = "SELECT count(*) FROM message m JOIN issue i ON i.id = m.issue_id
            WHERE i.stream = 2 AND m.state = 1 AND m.attempts = 0 AND m.owner IS NULL AND m.at = m.planned_at AND m.due_at <= m.at";
        world.crowd(30, "offers").await;
        world.crowd_named(30, "morning", "other", &[]).await;
        world.add_offer("almanac");
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;
        program::ok(world, &["offer", "hold", "almanac"]);
        let version = match world.kind {
            // The transaction that wrote a row is in it.
            Kind::Postgres => {
                "SELECT sum(m.xmin::text::bigint)::bigint FROM message m JOIN issue i ON i.id = m.issue_id WHERE i.stream = 2"
            }
            Kind::Sqlite => "SELECT 0",
        };
        let before = world.number(version).await;
        let begun = std::time::Instant::now();
        world.send().await;
        let took = begun.elapsed();
        assert!(took.as_secs() < 10, "{took:?}");
        assert_eq!(
            (world.number(OTHER).await, world.number(HELD).await),
            (30, 30)
        );
        assert_eq!(world.number(version).await, before);
        program::ok(world, &["offer", "resume", "almanac"]);
        world.send().await;
        assert_eq!(world.relay.count(), 60);
    }
);

story!(
    readers_who_become_due_while_their_issue_is_held_wait_with_the_others,
    async |world: &mut World| {
        two_readers_are_due(world).await;
        world.plan().await;
        program::ok(world, &["issue", "hold", "morning"]);
        world
            .join(&[world.reader("cleo@example.org", "morning").at(
                postrider::config::Cadence::Daily,
                "06:45",
                "Europe/London",
            )])
            .await;
        world.at("2026-11-24T06:45:00Z");
        program::ok(world, &["once"]);
        assert_eq!(world.relay.count(), 0);
        program::ok(world, &["issue", "resume", "morning"]);
        program::ok(world, &["once"]);
        assert_eq!(world.relay.count(), 3);
    }
);

story!(
    a_cancelled_issue_ends_what_has_not_left_and_stays_cancelled,
    async |world: &mut World| {
        two_readers_are_due(world).await;
        world.plan().await;
        program::ok(world, &["issue", "hold", "morning"]);
        let said = program::ok(world, &["issue", "cancel", "morning"]);
        assert!(said.contains("2 messages"), "{said}");
        assert_eq!(states(world).await, ["cancelled", "cancelled"]);
        assert!(
            !program::run(world, &["issue", "resume", "morning"])
                .status
                .success()
        );
        program::ok(world, &["once"]);
        assert_eq!(world.relay.count(), 0);
        let life = world.newest(ASHA, "morning").await.unwrap();
        assert_eq!(life.reason, Some("the issue was cancelled"));
    }
);

story!(
    a_hold_stops_at_the_fence_what_is_picked_up_already,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        two_readers_are_due(world).await;
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let daemon = program::start(world);
        // The first is past the fence; the second is picked up and waits for the connection.
        world.until_one_is_past_the_fence(&hold).await;
        program::ok(world, &["issue", "hold", "morning"]);
        hold.release();
        world.until_mails(1).await;
        world
            .until(
                "SELECT count(*) FROM message WHERE state = 1 AND owner IS NULL",
                |n| n == 1,
            )
            .await;
        daemon.term();
        assert_eq!(daemon.wait().0, Some(0));
        assert_eq!(world.relay.count(), 1);
        let mut then = states(world).await;
        then.sort_unstable();
        assert_eq!(then, ["accepted", "queued"]);
        program::ok(world, &["issue", "resume", "morning"]);
        program::ok(world, &["once"]);
        assert_eq!(
            (world.relay.count(), states(world).await),
            (2, ["accepted", "accepted"])
        );
    }
);

story!(
    a_cancelled_issue_stops_at_the_fence_what_is_picked_up_already,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        two_readers_are_due(world).await;
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let daemon = program::start(world);
        world.until_one_is_past_the_fence(&hold).await;
        program::ok(world, &["issue", "cancel", "morning"]);
        hold.release();
        world
            .until("SELECT count(*) FROM message WHERE state IN (3, 10)", |n| {
                n == 2
            })
            .await;
        daemon.term();
        assert_eq!(daemon.wait().0, Some(0));
        let mut then = states(world).await;
        then.sort_unstable();
        assert_eq!((world.relay.count(), then), (1, ["accepted", "cancelled"]));
    }
);

story!(
    a_story_of_a_cancelled_issue_comes_with_the_next_and_why_tells_of_both,
    async |world: &mut World| {
        two_readers_are_due(world).await;
        world.plan().await;
        program::ok(world, &["issue", "cancel", "morning"]);
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        assert_eq!(world.relay.count(), 2);
        let verdicts = world.verdicts(ASHA, "port").await;
        let told: Vec<_> = verdicts.iter().map(|v| (v.carried, v.state)).collect();
        assert_eq!(
            told,
            [(true, Some("cancelled")), (true, Some("accepted"))],
            "{verdicts:?}"
        );
    }
);
