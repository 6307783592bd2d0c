//! What the pages show, and what they say of a slip.

use super::{ASHA, BEN, confirm, sign_up};
use crate::support::World;
use crate::support::program;
use crate::support::visitor::{Site, Visitor};
use crate::support::world::NEWSLETTERS;
use postrider::config::Tier;
use reqwest::Method;
use serde_json::{Value, json};

story!(
    every_mistake_is_named_and_what_was_typed_stays,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let visitor = Visitor::at(&site);
        let page = visitor
            .post("/signup", &[("address", "asha.example.org")])
            .await;
        assert_eq!(page.status, 422);
        page.tells("<title>Error: ")
            .tells("2 things to mend")
            .tells("role=\"alert\"")
            .tells("href=\"#address\"")
            .tells("href=\"#n-morning\"")
            .tells("value=\"asha.example.org\"")
            .tells("aria-invalid=\"true\" aria-describedby=\"address-err\"")
            .tells("Tick at least one newsletter");
        let page = visitor
            .post("/signup", &[("address", "asha@"), ("newsletter", "offers")])
            .await;
        assert_eq!(page.status, 422);
        page.tells("One thing to mend")
            .tells("value=\"offers\" id=\"n-offers\" checked");
        for (typed, says) in [
            ("", "Write your email address"),
            ("asha", "with its @"),
            ("asha@example", "all that stands after the @"),
            ("asha@@example.org", "Write the bare address"),
            ("as ha@example.org", "Write the bare address"),
        ] {
            let page = visitor
                .post("/signup", &[("address", typed), ("newsletter", "mine")])
                .await;
            assert_eq!(page.status, 422, "{typed}");
            page.tells(says);
        }
        let said = Visitor::at(&site)
            .with("accept", "application/json")
            .json(
                "/signup",
                json!({ "address": "asha", "newsletters": ["nothing"] }),
            )
            .await;
        assert_eq!(said.status, 422);
        let said: Value = serde_json::from_str(&said.body).unwrap();
        assert_eq!(said["mistakes"][0]["field"], "newsletters");
        assert_eq!(said["mistakes"][1]["field"], "address");
        // One that is not there is named, though another is.
        let program = Visitor::at(&site).with("accept", "application/json");
        let body = json!({ "address": ASHA, "newsletters": ["morning", "evening"] });
        let said = program.json("/signup", body).await;
        assert_eq!(said.status, 422);
        let said: Value = serde_json::from_str(&said.body).unwrap();
        let says = "There is no newsletter called evening that can be joined here";
        let mistake = json!({ "field": "newsletters", "says": says });
        assert_eq!(said, json!({ "status": "wrong", "mistakes": [mistake] }));
        for size in [70_000, 3 << 20] {
            let body = json!({ "address": "x".repeat(size), "newsletters": ["morning"] });
            let said = program.json("/signup", body).await;
            assert_eq!(said.status, 413);
            let said: Value = serde_json::from_str(&said.body).unwrap();
            assert_eq!(
                said,
                json!({ "status": "refused", "says": "this form is too long" })
            );
        }
        let broken = ("application/json", "{".to_owned());
        assert_eq!(
            visitor
                .ask(Method::POST, "/signup", Some(broken))
                .await
                .status,
            422
        );
    }
);

story!(
    slips_and_mailboxes_of_many_are_hinted_at_and_taken,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let page = sign_up(world, &site, "asha@gmial.com", &["morning"]).await;
        assert_eq!(page.status, 200);
        page.tells("Did you mean asha@gmail.com?")
            .tells("Send it to asha@gmail.com");
        sign_up(world, &site, "info@example.org", &["morning"])
            .await
            .tells("several people read");
        sign_up(world, &site, "noreply@example.org", &["morning"])
            .await
            .tells("Nobody reads");
        assert_eq!(world.number("SELECT count(*) FROM signup").await, 3);
        let said = Visitor::at(&site)
            .with("accept", "application/json")
            .json(
                "/signup",
                json!({ "address": "asha@gmial.com", "newsletters": ["morning"] }),
            )
            .await;
        let said: Value = serde_json::from_str(&said.body).unwrap();
        assert_eq!(said["hint"]["address"], "asha@gmail.com");
    }
);

story!(
    what_is_not_public_cannot_be_joined,
    async |world: &mut World| {
        let text = NEWSLETTERS[0].1;
        world.configure(
            "newsletters/morning.toml",
            &format!("public = false\n{text}"),
        );
        world.restart().await;
        let site = Site::open(world).await;
        let page = Visitor::at(&site).get("/signup").await;
        assert!(!page.body.contains("Morning Tide"));
        assert_eq!(sign_up(world, &site, ASHA, &["morning"]).await.status, 422);
        assert_eq!(Visitor::at(&site).get("/embed/morning").await.status, 404);
    }
);

story!(
    sign_up_shows_the_newest_issue_of_what_anybody_may_join,
    async |world: &mut World| {
        let text = NEWSLETTERS[0].1;
        let morning = format!("premium = \"hide\"\n{text}");
        world.configure("newsletters/morning.toml", &morning);
        let staff = text.replace("Morning Tide", "Staff Tide");
        world.configure(
            "newsletters/staff.toml",
            &format!("public = false\n{staff}"),
        );
        let mine = NEWSLETTERS[1].1;
        let flash = mine.replace("My Courier", "As it happens");
        let flash = flash.replace("schedule = \"0 7 * * *\"\n", "");
        let flash = flash.replace("[\"daily\", \"weekly\"]", "[\"instant\"]");
        world.configure("newsletters/flash.toml", &flash);
        world.restart().await;
        let mut paid = world.item("ledger", "Port", "What the ledger says");
        paid.topics.push("premium".to_owned());
        world.feed.publish(paid);
        world
            .publish("flood-wall", "City hall", "The flood wall holds")
            .await;
        let asha = world.reader(ASHA, "morning").tier(Tier::Premium);
        world
            .join(&[
                asha.named("Asha Verrow").follows(&["section:Port"]),
                world.reader(BEN, "staff"),
                world
                    .reader("cleo@example.org", "mine")
                    .follows(&["section:Port"]),
                world
                    .reader("dee@example.org", "flash")
                    .follows(&["section:Port"]),
            ])
            .await;
        let site = Site::open(world).await;
        let visitor = Visitor::at(&site);
        let before = visitor.get("/signup").await;
        assert!(!before.body.contains("The latest issue"));
        assert_eq!(visitor.get("/sample/morning").await.status, 404);
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        assert_eq!(world.relay.mails().len(), 4);
        world.later(60);
        let page = visitor.get("/signup").await;
        page.tells("<a href=\"/sample/morning\" aria-label=\"The latest issue of Morning Tide\"");
        // Staff Tide is not for anybody.
        assert_eq!(page.body.matches("The latest issue of").count(), 3);
        for slug in ["staff", "offers", "nothing"] {
            let page = visitor.get(&format!("/sample/{slug}")).await;
            assert_eq!(page.status, 404, "{slug}");
        }
        // What brings only what is followed shows what came to who follows it all, and says so.
        for (slug, title) in [("mine", "My Courier"), ("flash", "As it happens")] {
            let sample = visitor.get(&format!("/sample/{slug}")).await;
            sample.tells("The flood wall holds").tells(&format!(
                "This is {title} as it came to who follows every section."
            ));
            assert!(!sample.body.contains("You follow this"), "{slug}");
        }
        let sample = visitor.get("/sample/morning").await;
        sample.tells("The flood wall holds");
        assert!(sample.header("set-cookie").is_empty());
        assert!(sample.header("cache-control").contains("public"));
        for own in ["ledger", "Asha", "/leave", "/read", "/preferences"] {
            assert!(!sample.body.contains(own), "{own}");
        }
        sample
            .tells("href=\"https://mail.courier.example/signup\"")
            .tells("This is Morning Tide as it came out.")
            .tells(">Join Morning Tide</a>");
        for untrue in [
            "You get Morning Tide",
            "Leave Morning Tide",
            "Pause it",
            "Read it in",
        ] {
            assert!(!sample.body.contains(untrue), "{untrue}");
        }

        // Two mornings later the older one is at no address, and with an archive the sample is the same.
        world.at("2026-11-26T05:30:00Z");
        world.publish("ferry", "Port", "The ferry is back").await;
        world.at("2026-11-26T06:30:00Z");
        world.run().await;
        let newest = visitor.get("/sample/morning").await;
        newest.tells("The ferry is back");
        assert!(!newest.body.contains("The flood wall holds"));
        assert_eq!(visitor.get("/archive/morning/2026-11-24").await.status, 404);
        world.configure(
            "newsletters/morning.toml",
            &format!("archive = true\n{morning}"),
        );
        world.restart().await;
        let site = Site::open(world).await;
        let visitor = Visitor::at(&site);
        visitor
            .get("/signup")
            .await
            .tells("<a href=\"/sample/morning\"");
        let same = visitor.get("/sample/morning").await;
        assert_eq!(same.body, newest.body);
    }
);

story!(
    the_pages_speak_the_readers_language,
    async |world: &mut World| {
        let site = Site::open(world).await;
        for (language, dir, says) in [
            ("en", "ltr", "Sign up"),
            ("de-AT,de;q=0.9", "ltr", "Anmelden"),
            ("hi", "ltr", "सब्सक्राइब करें"),
            ("ur", "rtl", "سبسکرائب کریں"),
            ("fr", "ltr", "Sign up"),
        ] {
            let visitor = Visitor::at(&site).with("accept-language", language);
            visitor
                .get("/signup")
                .await
                .tells(says)
                .tells(&format!("dir=\"{dir}\""));
        }
        let home = Visitor::at(&site).get("/").await;
        assert_eq!(
            (home.status, home.location().as_deref()),
            (303, Some("/signup"))
        );
        let urdu = Visitor::at(&site);
        let page = urdu.get("/signup").await;
        for link in ["?language=de", "?language=hi", "?language=ur"] {
            page.tells(&format!("<a href=\"{link}\""));
        }
        page.tells("<b aria-current=\"true\" lang=\"en\">English</b>");
        let page = urdu.get("/signup?language=ur").await;
        page.tells("dir=\"rtl\"")
            .tells("<b aria-current=\"true\" lang=\"ur\">")
            .tells("<a href=\"?language=en\"");
        let fields = [
            ("address", ASHA),
            ("newsletter", "morning"),
            ("language", "ur"),
        ];
        urdu.post("/signup", &fields).await.tells("dir=\"rtl\"");
        world.send().await;
        let page = confirm(world, &site, ASHA).await;
        assert_eq!(page.status, 200);
        let told = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(told.contains("ur"), "{told}");
    }
);

story!(
    newsletters_stand_in_the_papers_order_and_else_by_title,
    async |world: &mut World| {
        let order = |page: &str| -> Vec<String> {
            let slugs = page.split("id=\"n-").skip(1);
            let slugs = slugs.filter_map(|rest| rest.split('"').next());
            slugs.map(str::to_owned).collect()
        };
        let site = Site::open(world).await;
        let page = Visitor::at(&site).get("/signup").await;
        assert_eq!(order(&page.body), ["morning", "mine", "offers"]);
        let (_, mine) = NEWSLETTERS[1];
        world.configure("newsletters/mine.toml", &format!("order = 7{mine}"));
        world.restart().await;
        let site = Site::open(world).await;
        let page = Visitor::at(&site).get("/signup").await;
        assert_eq!(order(&page.body), ["mine", "morning", "offers"]);
    }
);
