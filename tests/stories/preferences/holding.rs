//! All that is held of a reader, to read and to take along.

use postrider::audience::{SuppressionReason, bounce, suppress};
use postrider::db::Sql;
use postrider::message::returned::{Kept, What, keep};
use serde_json::{Value, json};

use super::{ASHA, PAGE, fully};
use crate::support::pages::Pages;
use crate::support::{World, program};

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
        let said = Some("550 5.1.1 no such user");
        let bounced = SuppressionReason::HardBounce;
        suppress(&mut tx, &key, bounced, "maildir", said, world.now())
            .await
            .unwrap();
        let kept = Kept {
            event: b"a report that names no mail",
            what: What::Complained,
            source: "maildir",
            message: None,
            subscriber_id: Some(world.number("SELECT id FROM subscriber").await),
            left_at: None,
            reason: "spam",
            status: None,
            code: None,
            said: None,
        };
        assert!(keep(&mut tx, &kept, world.now()).await.unwrap());
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
            "Why we do not write to this address",
            "Mails came back: the mailbox does not exist.",
            "“550 5.1.1 no such user”",
            "What came back without saying of which mail",
            "Called spam at your mailbox",
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
        assert_eq!(
            all["suppressed"],
            json!({
                "reason": "hard-bounce", "at": "2026-11-24T06:30:00Z", "source": "maildir",
                "note": "550 5.1.1 no such user",
            })
        );
        assert_eq!(
            all["returned"],
            json!([{ "at": "2026-11-24T06:30:00Z", "what": "the reader called it spam" }])
        );
        assert_eq!(all["waiting"][0]["newsletters"][0], "mine");
        assert_eq!(all["waiting"][0]["asked_at"], "2026-11-24T06:30:00Z");
        assert_eq!(all["soft_bounces"][0]["at"], "2026-11-24T06:30:00Z");
    }
);

story!(
    the_page_says_where_it_stops_and_the_file_has_all,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let hint = "These are the newest 2,000. The file has all of it.";
        pages.get("/preferences/data").await.hides(&[hint]);
        let more = "
            WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2100)
            INSERT INTO preference (subscriber_id, revision, at, document)
            SELECT p.subscriber_id, n.i, p.at, p.document FROM preference p, n WHERE p.revision = 1";
        assert_eq!(world.change(more).await, 2099);
        world.change("UPDATE subscriber SET revision = 2100").await;
        pages.get("/preferences/data").await.says(&[hint]);
        let file = pages.get("/preferences/data.json").await;
        let all: Value = serde_json::from_str(&file.body).unwrap();
        assert_eq!(all["history"].as_array().unwrap().len(), 2100);
        let shown = program::json(world, &["subscriber", "show", ASHA]);
        assert_eq!(shown["history"].as_array().unwrap().len(), 2100);
    }
);

story!(
    the_record_is_added_to_and_never_changed,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let leave = [("do", "leave"), ("newsletter", "morning")];
        pages.press(PAGE, &leave).await;
        for change in [
            "UPDATE consent SET at = at + 1",
            "UPDATE preference SET document = '{}'",
            "UPDATE preference_act SET shown = NULL",
            "DELETE FROM consent",
            "DELETE FROM preference",
            "DELETE FROM preference_act",
        ] {
            let mut tx = world.app.db.begin().await.unwrap();
            let refused = tx.sql(change).run().await.unwrap_err();
            let says = ["is never changed", "goes only with the reader"];
            let said = format!("{refused:?}");
            assert!(
                says.iter().any(|says| said.contains(says)),
                "{change}: {said}"
            );
        }
        program::ok(world, &["subscriber", "remove", ASHA]);
        for gone in [
            "SELECT count(*) FROM consent",
            "SELECT count(*) FROM preference",
            "SELECT count(*) FROM preference_act",
        ] {
            assert_eq!(world.number(gone).await, 0, "{gone}");
        }
    }
);
