//! Relays that refuse, defer, hang up and die.

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";

async fn due(world: &World, address: &'static str) {
    world.join(&[world.reader(address, "morning")]).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
}

story!(
    a_greylisted_mail_is_tried_again_and_accepted,
    async |world: &mut World| {
        due(world, "later.asha@example.org").await;
        world.run().await;
        assert_eq!(
            world.state_of("later.asha@example.org", "morning").await,
            "deferred"
        );
        world.send().await;
        assert_eq!(world.relay.count(), 0, "not before its time");
        world.later(5);
        world.send().await;
        assert_eq!(
            world.state_of("later.asha@example.org", "morning").await,
            "accepted"
        );
        let life = world
            .newest("later.asha@example.org", "morning")
            .await
            .unwrap();
        assert!(
            life.timeline
                .iter()
                .any(|e| e.what.to_string().contains("451")),
            "{:?}",
            life.timeline
        );
    }
);

story!(
    a_mailbox_that_is_gone_fails_for_good_and_keeps_the_reply,
    async |world: &mut World| {
        due(world, "gone.asha@example.org").await;
        world.run().await;
        let life = world
            .newest("gone.asha@example.org", "morning")
            .await
            .unwrap();
        assert_eq!(life.state, "failed");
        assert!(life.relay.unwrap().starts_with("550 5.1.1"));
    }
);

story!(a_dead_relay_loses_nothing, async |world: &mut World| {
    due(world, ASHA).await;
    world.relay = {
        let fresh = postrider::demo::relay::CatchingRelay::start(
            postrider::demo::relay::RelayOptions::default(),
        )
        .await
        .unwrap();
        std::mem::replace(&mut world.relay, fresh).stop().await;
        postrider::demo::relay::CatchingRelay::start(postrider::demo::relay::RelayOptions::default()).await.unwrap()
    };
    world.plan().await;
    let sent = world.send().await;
    assert!(sent.relay_error.is_some());
    assert_eq!(world.state_of(ASHA, "morning").await, "queued");
    let port = world.relay.address().port();
    let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
    let old = world.app.config.relay[0].port();
    world.configure(
        "postrider.toml",
        &file.replace(&format!("port = {old}"), &format!("port = {port}")),
    );
    world.restart().await;
    world.send().await;
    assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
});

story!(
    a_kill_after_the_final_dot_is_in_doubt_and_a_digest_is_sent_again_just_the_same,
    async |world: &mut World| {
        due(world, ASHA).await;
        world.plan().await;
        let hold = world.relay.hold_after_data();
        let daemon = program::start(world);
        hold.reached().await;
        daemon.kill_9();
        assert_eq!(
            world.relay.count(),
            1,
            "the relay has the mail, and we have no reply"
        );
        drop(hold);
        // The dead node's heartbeat grows old.
        world.later(2);
        world.send().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].bytes, mails[1].bytes);
        let life = world.newest(ASHA, "morning").await.unwrap();
        assert_eq!(life.state, "accepted");
        assert!(
            life.timeline
                .iter()
                .any(|e| e.what.to_string().contains("may have it")),
            "{:?}",
            life.timeline
        );
    }
);

story!(
    a_pass_tells_of_mails_whose_time_passed_and_is_not_all_well,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        world.at("2026-11-24T12:00:00Z");
        let (code, said, _) = program::fails(world, &["once"]);
        assert_eq!(code, 1);
        let wanted = "1 skipped: its time passed before the relay could take it";
        assert!(said.contains(wanted), "{said}");
        assert_eq!(world.mails_to(ASHA).len(), 0);
    }
);
