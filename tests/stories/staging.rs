//! Trials: nobody gets mail but who is on the list.

use crate::support::{World, program};

story!(
    a_staging_paper_mails_only_whom_it_may,
    async |world: &mut World| {
        world.add_setting("[dispatch]\nonly_to = [\"asha@example.org\", \"@courier.example\"]");
        world.restart().await;
        let allowed = ["Asha@example.org", "desk@courier.example"];
        let others = [
            "ben@example.org",
            "asha@example.org.example",
            "desk@notcourier.example",
        ];
        for address in allowed.into_iter().chain(others) {
            world.join(&[world.reader(address, "morning")]).await;
        }
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        assert_eq!(world.relay.count(), allowed.len());
        for address in allowed {
            assert_eq!(world.mails_to(address).len(), 1, "{address}");
        }
        for address in others {
            let life = world.newest(address, "morning").await.unwrap();
            assert_eq!(
                (life.state, life.reason),
                (
                    "cancelled",
                    Some("the address is not on the allow-list dispatch.only_to")
                )
            );
        }
        let log = program::ok(world, &["log", "--state", "cancelled"]);
        assert_eq!(
            log.matches("allow-list dispatch.only_to").count(),
            others.len(),
            "{log}"
        );
    }
);
