//! Hours, zones, and the nights when the clocks change.

use postrider::config::Cadence;

use crate::support::World;

const ASHA: &str = "asha@example.org";

story!(
    a_reader_gets_the_edition_at_the_hour_of_the_readers_zone,
    async |world: &mut World| {
        world
            .join(&[world
                .reader(ASHA, "morning")
                .at(Cadence::Daily, "12:15", "Asia/Kolkata")])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:44:59Z");
        world.run().await;
        assert_eq!(world.relay.count(), 0);
        world.at("2026-11-24T06:45:00Z");
        world.run().await;
        assert_eq!(world.relay.count(), 1);
    }
);

story!(
    the_spring_night_skips_no_reader_and_the_autumn_night_mails_nobody_twice,
    async |world: &mut World| {
        // 01:30 does not exist in London on 28 March 2027, and exists twice on 31 October.
        for (before, nights) in [
            (
                "2027-03-27T12:00:00Z",
                ["2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"],
            ),
            (
                "2027-10-30T12:00:00Z",
                ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"],
            ),
        ] {
            world.at(before);
            world
                .join(&[world
                    .reader(ASHA, "morning")
                    .at(Cadence::Daily, "01:30", "Europe/London")])
                .await;
            for night in nights {
                let had = world.mails_to(ASHA).len();
                world
                    .publish(
                        &format!("news-{night}"),
                        "Port",
                        &format!("News of {night}"),
                    )
                    .await;
                world.at(night);
                world.later(-1);
                world.run().await;
                assert_eq!(world.mails_to(ASHA).len(), had, "a minute before {night}");
                world.at(night);
                world.run().await;
                assert_eq!(world.mails_to(ASHA).len(), had + 1, "{night}");
                world.later(60);
                world.run().await;
                assert_eq!(world.mails_to(ASHA).len(), had + 1, "an hour after {night}");
            }
        }
    }
);

story!(
    a_daemon_that_was_down_catches_up_within_the_lateness_and_skips_beyond_it,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T10:29:00Z");
        world.run().await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            1,
            "four hours late is the limit"
        );
        // Down for three days, and back too late in the day.
        world.at("2026-11-27T12:00:00Z");
        world.publish("ferry", "Port", "Ferry fares rise").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        let life = world.newest(ASHA, "morning").await.unwrap();
        assert_eq!(
            (life.edition.as_str(), life.state),
            ("2026-11-27", "skipped")
        );
        assert_eq!(
            world.why(ASHA).await.messages.len(),
            2,
            "the days between left nothing behind"
        );
        world.at("2026-11-28T06:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 2);
    }
);
