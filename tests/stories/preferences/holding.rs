//! All that is held of a reader, to read and to take along.

use postrider::audience::bounce;
use serde_json::Value;

use super::{ASHA, PAGE, fully};
use crate::support::World;
use crate::support::pages::Pages;

story!(
    all_that_is_held_can_be_read_and_taken_along,
    async |world: &mut World| {
        world
            .join(&[world
                .reader(ASHA, "morning")
                .named("Asha Verrow")
                .mutes(&["topic:Cricket"])])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        pages
            .press(PAGE, &[("do", "leave"), ("newsletter", "morning")])
            .await;
        pages
            .press("/signup", &[("address", ASHA), ("newsletter", "mine")])
            .await;
        let mut tx = world.app.db.begin().await.unwrap();
        let key = world.app.keys.address(ASHA);
        let soft = bounce::Soft {
            times: vec![world.now().as_millisecond()],
            settled_at: 0,
        };
        bounce::keep(&mut tx, &key, &soft).await.unwrap();
        tx.commit().await.unwrap();
        let read = pages.get("/preferences/data").await;
        read.says(&[
            "What we hold of you",
            ASHA,
            "Joined Morning Tide",
            "Left Morning Tide",
            "Morning Tide brings nothing of Cricket any more.",
            "On the page of your newsletters, by a fresh link, from the network 127.0.0.0/24",
            "Morning Tide, 24 November 2026",
            "Accepted by the mail server that passes it on. The server’s words: “250",
            "Waiting for your yes",
            "Mails that did not get through for now",
        ]);
        let file = pages.get("/preferences/data.json").await;
        assert_eq!(file.header("content-type"), "application/json");
        assert!(file.header("content-disposition").contains("attachment"));
        let all: Value = serde_json::from_str(&file.body).unwrap();
        assert_eq!(all["address"], ASHA);
        assert_eq!(all["preferences"]["name"], "Asha Verrow");
        assert_eq!(
            all["consent"][1]["source"],
            "preferences page, by a fresh link, from 127.0.0.0/24"
        );
        assert_eq!(all["consent"][1]["evidence"], "“Leave Morning Tide”, en");
        assert_eq!(all["history"][1]["act"], "left");
        assert_eq!(all["history"][1]["at"], "2026-11-24T06:30:00Z");
        assert_eq!(all["messages"][0]["state"], "accepted");
        assert_eq!(all["suppressed"], Value::Null);
        assert_eq!(all["waiting"][0]["newsletters"][0], "mine");
        assert_eq!(all["waiting"][0]["asked_at"], "2026-11-24T06:30:00Z");
        assert_eq!(all["soft_bounces"][0]["at"], "2026-11-24T06:30:00Z");
    }
);
