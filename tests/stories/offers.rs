//! Offers: early access, once, and never after its window.

use postrider::config::Tier;
use postrider::daemon;
use postrider::dispatch::Handle;

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

/// Writes an offer's file and adds it by the command.
fn add(world: &World, extra: &str) -> String {
    let file = world.folder.path().join("almanac.toml");
    let text = format!(
        "slug = \"almanac\"\ntitle = \"The Almanac, for a third less\"\ntext = \"Every tide.\"\n\
         link = \"https://courier.example/almanac\"\nterms = \"While stocks last.\"\ncode = \"TIDE\"\n\
         from = \"2026-11-24T10:00\"\nall_from = \"2026-11-27T10:00\"\nuntil = \"2026-11-29T23:59\"\n{extra}\n"
    );
    std::fs::write(&file, text).unwrap();
    program::ok(world, &["offer", "add", file.to_str().unwrap()])
}

story!(
    an_offer_reaches_its_audience_once,
    async |world: &mut World| {
        world
            .join(&[
                world.reader(ASHA, "offers").tier(Tier::Premium),
                world.reader(BEN, "offers"),
                world
                    .reader("cleo@example.org", "morning")
                    .tier(Tier::Premium),
            ])
            .await;
        add(world, "tiers = [\"premium\"]");
        world.run().await;
        assert_eq!(world.relay.count(), 0, "ten o'clock has not come");
        world.at("2026-11-24T10:00:00Z");
        let preview = program::ok(
            world,
            &[
                "offer", "preview", "almanac", "--as", ASHA, "--format", "eml",
            ],
        );
        world.run().await;
        world.run().await;
        assert_eq!(
            world.relay.count(),
            1,
            "one reader asked for offers and is of the tier"
        );
        assert_eq!(preview.as_bytes(), &*world.mails_to(ASHA)[0].bytes);
        assert!(add(world, "tiers = [\"premium\"]").contains("already"));
    }
);

story!(
    an_offer_whose_window_closes_while_it_is_queued_is_not_sent,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "offers")]).await;
        add(world, "");
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;
        program::ok(world, &["offer", "hold", "almanac"]);
        world.send().await;
        assert_eq!(
            (world.relay.count(), world.state_of(ASHA, "offers").await),
            (0, "queued")
        );
        world.at("2026-11-29T23:59:00Z");
        program::ok(world, &["offer", "resume", "almanac"]);
        world.run().await;
        assert_eq!(
            (world.relay.count(), world.state_of(ASHA, "offers").await),
            (0, "expired")
        );
    }
);

story!(
    an_alert_whose_time_passes_after_it_was_picked_up_is_stopped_at_the_fence,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        world.restart().await;
        world
            .join(&[world.reader(ASHA, "offers"), world.reader(BEN, "offers")])
            .await;
        add(world, "");
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        // One is past the fence; the other is picked up and waits for the connection.
        world.until_one_is_past_the_fence(&hold).await;
        world.at("2026-11-29T23:59:00Z");
        hold.release();
        sending.await.unwrap().unwrap();
        let states = [
            world.state_of(ASHA, "offers").await,
            world.state_of(BEN, "offers").await,
        ];
        // So long after its mark, the first is asked for once more.
        assert_eq!((world.relay.count(), states), (0, ["expired", "expired"]));
    }
);
