//! Several relays, and how much each of them and each mailbox provider is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use postrider::daemon;
use postrider::demo::relay::{Answer, CatchingRelay, RelayOptions};
use postrider::dispatch::Handle;

use crate::support::recorder::{Recorder, Stage};
use crate::support::world::open;
use crate::support::{Kind, World};

const ASHA: &str = "asha@example.org";

/// A second relay, called "other", with these settings.
async fn with_another(world: &mut World, settings: &str) -> CatchingRelay {
    let other = CatchingRelay::start(RelayOptions::default()).await.unwrap();
    let port = other.address().port();
    world.add_setting(&format!(
        "[[relay]]\nname = \"other\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n{settings}"
    ));
    world.restart().await;
    other
}

async fn a_crowd_is_due(world: &World, n: usize) {
    world.crowd(n, "morning").await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
}

async fn accepted(world: &World) -> i64 {
    world
        .number("SELECT count(*) FROM message WHERE state = 3")
        .await
}

story!(
    relays_share_the_mails_by_their_weights,
    async |world: &mut World| {
        world.add_setting("weight = 3");
        let other = with_another(world, "").await;
        a_crowd_is_due(world, 80).await;
        world.send().await;
        assert_eq!((world.relay.count(), other.count()), (60, 20));
    }
);

story!(
    what_waits_for_a_relay_that_dies_goes_by_another,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        let other = with_another(world, "connections = 1").await;
        a_crowd_is_due(world, 100).await;
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        world.until_reached(&hold).await;
        let fresh = CatchingRelay::start(RelayOptions::default()).await.unwrap();
        std::mem::replace(&mut world.relay, fresh).stop().await;
        let sent = sending.await.unwrap().unwrap();
        assert!(sent.relay_error.unwrap().contains("cannot be reached"));
        // The one that was held is tried again in its time.
        assert_eq!((other.count(), accepted(world).await), (99, 99));
        world.later(7);
        world.send().await;
        assert_eq!((other.count(), accepted(world).await), (100, 100));
        world.relay = other;
    }
);

story!(
    a_stream_with_a_relay_of_its_own_goes_by_no_other,
    async |world: &mut World| {
        let other = with_another(world, "streams = [\"alert\"]").await;
        world.join(&[world.reader(ASHA, "offers")]).await;
        world.add_offer("almanac");
        a_crowd_is_due(world, 10).await;
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;
        world.send().await;
        let subjects: Vec<String> = other
            .mails()
            .iter()
            .map(crate::support::mail::subject)
            .collect();
        assert_eq!(
            (world.relay.count(), subjects.len()),
            (10, 1),
            "{subjects:?}"
        );
    }
);

story!(
    an_alert_leaves_before_digests_that_were_queued_first,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        world.restart().await;
        world.join(&[world.reader(ASHA, "offers")]).await;
        world.add_offer("almanac");
        a_crowd_is_due(world, 70).await;
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;
        world.send().await;
        assert_eq!(world.relay.count(), 71);
        assert_eq!(world.relay.mails()[0].to, ASHA);
    }
);

story!(
    a_domain_that_asks_for_less_is_left_alone_for_a_while_and_others_are_not,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        world.restart().await;
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = tries.clone();
        world.relay.refuse(move |recipient| {
            let slow = recipient.ends_with("@slow.example");
            (slow && counted.fetch_add(1, Ordering::Relaxed) == 0)
                .then(|| Answer::at_recipient(450, "4.7.1 too many mails from you, slow down"))
        });
        let readers = ["a@slow.example", "b@slow.example", "c@slow.example", ASHA];
        world
            .join(&readers.map(|r| world.reader(r, "morning")))
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        world.send().await;
        assert_eq!(
            (tries.load(Ordering::Relaxed), accepted(world).await),
            (1, 1)
        );
        assert_eq!(world.mails_to(ASHA).len(), 1);
        let untried =
            "SELECT count(*) FROM message WHERE state = 1 AND attempts = 0 AND due_at > 0";
        assert_eq!(world.number(untried).await, 2);
        world.later(7);
        world.send().await;
        assert_eq!(accepted(world).await, 4);
    }
);

story!(
    a_provider_that_asks_for_less_is_not_picked_up_until_its_pause_ends,
    async |world: &mut World| {
        world.add_setting(
            "connections = 1\n[[provider]]\nname = \"slow\"\ndomains = [\"slow.example\", \"slower.example\"]",
        );
        world.restart().await;
        world.relay.refuse(move |recipient| {
            recipient
                .contains("@slow")
                .then(|| Answer::at_recipient(421, "4.7.0 too many connections from you"))
        });
        let readers = ["a@slow.example", "b@slower.example", "c@slow.example", ASHA];
        world
            .join(&readers.map(|r| world.reader(r, "morning")))
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        world.send().await;
        let rows =
            "SELECT count(*) FROM message WHERE state = 1 AND attempts = 0 AND provider_id > 0";
        assert_eq!((world.number(rows).await, accepted(world).await), (2, 1));
    }
);

story!(
    a_new_relay_is_given_more_each_day_and_those_who_came_first_come_first,
    async |world: &mut World| {
        world.add_setting("connections = 2\n[[warmup]]\nrelay = \"main\"\nstarts = \"2026-11-24\"\nfirst = 5\nfactor = 2.0");
        world.restart().await;
        let oldest = world.crowd(5, "offers").await;
        world.crowd(17, "offers").await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;
        for (day, in_all) in [("24", 5), ("25", 15), ("26", 17)] {
            world.at(&format!("2026-11-{day}T10:00:00Z"));
            world.send().await;
            world.send().await;
            assert_eq!(world.relay.count(), in_all, "{day}");
        }
        let mut first: Vec<String> = world.relay.mails()[..5]
            .iter()
            .map(|m| m.to.clone())
            .collect();
        first.sort_unstable();
        assert_eq!(first, oldest);
    }
);

story!(
    those_who_came_first_come_first_on_a_new_relay_wherever_a_node_would_begin,
    async |world: &mut World| {
        world.add_setting("[[warmup]]\nrelay = \"main\"\nstarts = \"2026-11-24\"\nfirst = 5\n[dispatch]\nnewest_first = [\"digest\"]");
        world.restart().await;
        let oldest = world.crowd(5, "morning").await;
        a_crowd_is_due(world, 30).await;
        // Half of the readers are another node's.
        let another = "INSERT INTO node (owner, name, started_at, heartbeat_at) VALUES (77, 'another', 0, 9000000000000)";
        world.change(another).await;
        world.send().await;
        let mut first: Vec<String> = world.mails_by_address().into_keys().collect();
        first.sort_unstable();
        assert_eq!(first, oldest);
    }
);

story!(
    what_is_over_a_new_relays_ceiling_goes_by_another,
    async |world: &mut World| {
        world.add_setting("weight = 100");
        let other = with_another(
            world,
            "[[warmup]]\nrelay = \"main\"\nstarts = \"2026-11-24\"\nfirst = 5\nfactor = 2.0",
        )
        .await;
        a_crowd_is_due(world, 30).await;
        world.send().await;
        assert_eq!((world.relay.count(), other.count()), (5, 25));
    }
);

story!(
    a_new_senders_domain_has_a_ceiling_whatever_the_relay,
    async |world: &mut World| {
        world.add_setting(
            "[[warmup]]\ndomain = \"courier.example\"\nstarts = \"2026-11-24\"\nfirst = 5",
        );
        world.restart().await;
        a_crowd_is_due(world, 30).await;
        world.send().await;
        assert_eq!(world.relay.count(), 5);
    }
);

story!(
    nodes_that_send_at_once_keep_a_ceiling_together,
    async |world: &mut World| {
        let relay = Recorder::start("PIPELINING").await;
        let warmup = "[[warmup]]\nrelay = \"main\"\nstarts = \"2026-11-24\"\nfirst = 10";
        world
            .set_relay(&format!("{}\n{warmup}", relay.settings(8)))
            .await;
        a_crowd_is_due(world, 60).await;
        let others = [
            open(&world.config(), world.clock.clone()).await,
            open(&world.config(), world.clock.clone()).await,
        ];
        // Each has picked up as much as there is room for before one has sent anything; the relay's connections are parted
        // among those who are there when one comes.
        let trap = relay.stop_at(Stage::Hello, 1, true);
        let mut nodes = Vec::new();
        for (app, connections) in [&world.app, &others[0], &others[1]]
            .into_iter()
            .zip([8, 12, 14])
        {
            let app = app.clone();
            nodes.push(tokio::spawn(async move {
                daemon::send(&app, Handle::default()).await
            }));
            if world.kind == Kind::Postgres {
                trap.reached_by(connections).await;
            }
        }
        drop(trap);
        for node in nodes {
            node.await.unwrap().unwrap();
        }
        assert_eq!((relay.count(), accepted(world).await), (10, 10));
        let untried = "SELECT count(*) FROM message WHERE state = 1 AND attempts = 0";
        assert_eq!(world.number(untried).await, 50);
        let put_off = world.number("SELECT max(due_at) FROM message").await;
        assert!(
            put_off <= world.now().as_millisecond(),
            "another relay could take them now"
        );
        for other in others {
            other.db.close().await;
        }
    }
);

story!(
    a_provider_has_no_more_mails_on_their_way_than_it_may,
    async |world: &mut World| {
        let relay = Recorder::start("PIPELINING").await;
        let provider = "[[provider]]\nname = \"slow\"\ndomains = [\"slow.example\", \"slower.example\"]\nconnections = 2";
        world
            .set_relay(&format!("{}\n{provider}", relay.settings(5)))
            .await;
        let slow = [0, 1, 2, 3].map(|n| format!("r{n}@slow.example"));
        world.join_all(&slow, "morning").await;
        a_crowd_is_due(world, 6).await;
        let trap = relay.stop_at(Stage::Rcpt, 1, true);
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        let stopped = trap.reached_by(5).await;
        let slow = stopped
            .iter()
            .filter(|one| one.to.ends_with("@slow.example"));
        assert_eq!(slow.count(), 2);
        drop(trap);
        sending.await.unwrap().unwrap();
        assert_eq!(relay.count(), 10);
    }
);

story!(
    a_provider_gets_no_more_in_a_minute_than_it_may_and_others_do_not_wait,
    async |world: &mut World| {
        let provider = "connections = 1\n[[provider]]\nname = \"slow\"\ndomains = [\"slow.example\"]\nper_minute = 120";
        world.add_setting(provider);
        world.restart().await;
        let slow = [0, 1, 2, 3, 4].map(|n| format!("r{n}@slow.example"));
        world.join_all(&slow, "morning").await;
        a_crowd_is_due(world, 30).await;
        let begun = std::time::Instant::now();
        world.send().await;
        // Two at once, which is a second's worth, and then one each half second.
        let took = begun.elapsed().as_secs_f64();
        assert!(took >= 1.5, "{took} s");
        let order: Vec<bool> = world
            .relay
            .mails()
            .iter()
            .map(|mail| mail.to.ends_with("@slow.example"))
            .collect();
        assert_eq!(order.len(), 35);
        assert!(order.ends_with(&[true, true]), "{order:?}");
    }
);

story!(
    a_relay_gets_no_more_in_a_minute_than_it_may,
    async |world: &mut World| {
        world.add_setting("per_minute = 120");
        world.restart().await;
        a_crowd_is_due(world, 6).await;
        let begun = std::time::Instant::now();
        world.send().await;
        // Two at once, which is a second's worth, and then one each half second.
        let took = begun.elapsed().as_secs_f64();
        assert!(took >= 1.9, "{took} s");
        assert_eq!(world.relay.count(), 6);
    }
);

story!(
    a_provider_with_few_mails_does_not_wait_for_one_with_many,
    async |world: &mut World| {
        world.add_setting(
            "connections = 1\n[[provider]]\nname = \"big\"\ndomains = [\"big.example\"]\n\
             [[provider]]\nname = \"small\"\ndomains = [\"small.example\"]",
        );
        world.restart().await;
        let big: Vec<String> = (0..400).map(|n| format!("r{n}@big.example")).collect();
        let small: Vec<String> = (0..5).map(|n| format!("r{n}@small.example")).collect();
        world.join_all(&big, "morning").await;
        world.join_all(&small, "morning").await;
        a_crowd_is_due(world, 5).await;
        world.send().await;
        let mails = world.relay.mails();
        let last = mails
            .iter()
            .rposition(|mail| !mail.to.ends_with("@big.example"));
        // What is on the desk at once, and not what is queued.
        assert!(last.unwrap() < 80, "{last:?} of {}", mails.len());
        assert_eq!(mails.len(), 410);
    }
);

story!(
    the_newest_messages_of_a_stream_leave_first_if_that_is_wanted,
    async |world: &mut World| {
        for (newest_first, wanted) in [("[]", "a"), ("[\"digest\"]", "b")] {
            world
                .relay_is(
                    RelayOptions::default(),
                    &format!(
                        "host = \"127.0.0.1\"\nport = {{port}}\ntls = \"none\"\nconnections = 1\n\
                 [dispatch]\nnewest_first = {newest_first}"
                    ),
                )
                .await;
            let [early, late] = ["a@example.org", "b@example.org"]
                .map(|r| world.reader(r, "mine").follows(&["section:Port"]));
            let daily = postrider::config::Cadence::Daily;
            world
                .join(&[
                    early.at(daily, "07:10", "Europe/London"),
                    late.at(daily, "07:20", "Europe/London"),
                ])
                .await;
            world.at(&format!(
                "2026-11-2{}T07:00:00Z",
                if wanted == "a" { 4 } else { 5 }
            ));
            world
                .publish(wanted, "Port", &format!("The port reopens {wanted}"))
                .await;
            world.later(30);
            world.plan().await;
            world.send().await;
            let order: Vec<String> = world
                .relay
                .mails()
                .iter()
                .map(|mail| mail.to.clone())
                .collect();
            assert_eq!(order.len(), 2);
            assert!(order[0].starts_with(wanted), "{newest_first}: {order:?}");
        }
    }
);
