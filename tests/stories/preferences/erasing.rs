//! Being forgotten: at once no mail, after a fortnight no trace but a mark, and until then a way back.

use postrider::secret::Purpose;

use super::{ASHA, BEN, PAGE, fully, link, mail_to, number, text, ticket};
use crate::support::pages::{Pages, leave_link};
use crate::support::{Kind, World, program};

const ERASE: [(&str, &str); 1] = [("do", "erase")];

story!(
    who_asks_to_be_forgotten_gets_no_more_mail_and_may_think_better_of_it,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let asked = pages.press(PAGE, &ERASE).await;
        asked.says(&[
            "everything is erased on 8 December 2026",
            "You asked to be forgotten",
        ]);
        pages.press(PAGE, &ERASE).await.says(&["Nothing to change"]);
        let told = mail_to(world, ASHA).await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            1,
            "what was planned did not leave"
        );
        assert!(text(&told).contains("What we hold of you will be erased"));
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(
            shown.contains("asked to be forgotten; everything is erased on Tue 8 Dec 2026"),
            "{shown}"
        );

        world.at("2026-12-08T06:00:00Z");
        let back = Pages::of(world).await;
        back.open(&link(&told, "undo"))
            .await
            .says(&["Keep everything?"]);
        back.press("/undo", &[])
            .await
            .says(&["It is as it was before"]);
        world.at("2026-12-20T06:00:00Z");
        world.publish("ferry", "Port", "The ferry is back").await;
        world.at("2026-12-20T06:30:00Z");
        world.run().await;
        assert!(text(&mail_to(world, ASHA).await).contains("The ferry is back"));
    }
);

story!(
    a_fortnight_later_nothing_is_left_but_a_mark,
    async |world: &mut World| {
        world
            .join(&[
                world.reader(BEN, "morning"),
                world
                    .reader(ASHA, "morning")
                    .named("Asha Verrow")
                    .mutes(&["topic:Cricket"]),
            ])
            .await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        pages
            .press(PAGE, &[("do", "address"), ("address", "asha@new.example")])
            .await;
        pages.press(PAGE, &ERASE).await;
        let told = mail_to(world, ASHA).await;
        let asha = number(world, ASHA).await;
        world.later(14 * 24 * 60 - 1);
        world.plan().await;
        number(world, ASHA).await;
        world.later(1);
        world.plan().await;
        let (code, _, said) = program::fails(world, &["subscriber", "show", ASHA]);
        assert!(
            code == 1 && said.contains("the reader's data were erased"),
            "{said}"
        );
        for table in [
            "SELECT count(*) FROM subscription WHERE subscriber_id > 1",
            "SELECT count(*) FROM preference WHERE subscriber_id > 1",
            "SELECT count(*) FROM preference_act",
            "SELECT count(*) FROM consent WHERE subscriber_id > 1",
            "SELECT count(*) FROM address_change",
            "SELECT count(*) FROM notice WHERE email IS NOT NULL",
            "SELECT count(*) FROM subscriber WHERE email LIKE '%asha%' OR name LIKE '%Asha%'",
        ] {
            assert_eq!(world.number(table).await, 0, "{table}");
        }
        // Its links open nothing, for whoever comes next, either.
        let back = Pages::of(world).await;
        back.open(&link(&told, "undo")).await;
        let fresh = ticket(world, Purpose::Manage, asha, 0);
        world
            .join(&[world.reader("next@example.org", "morning")])
            .await;
        assert_ne!(number(world, "next@example.org").await, asha);
        assert_eq!(back.open(&format!("{PAGE}/{fresh}")).await.status, 403);
        // Erasing by command is the same, and agrees.
        program::ok(world, &["subscriber", "remove", BEN]);
        let (code, _, said) = program::fails(world, &["subscriber", "add", ASHA]);
        assert!(code == 1 && said.contains("must not be mailed"), "{said}");
        assert_eq!(
            world
                .number("SELECT count(*) FROM suppression WHERE reason = 3")
                .await,
            2
        );
        // What the paper had noted of who must not be mailed goes, too; that they must not stays.
        let next = "next@example.org";
        program::ok(world, &["suppress", "add", next, "--note", "Nadia rang us"]);
        program::ok(world, &["subscriber", "remove", next]);
        let noted = "SELECT count(*) FROM suppression WHERE note IS NOT NULL";
        assert_eq!(world.number(noted).await, 0);
        let suppressed = "SELECT count(*) FROM suppression";
        assert_eq!(world.number(suppressed).await, 3);
    }
);

story!(
    who_joins_again_is_not_forgotten,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        pages.press(PAGE, &ERASE).await;
        let joined = pages
            .press(PAGE, &[("do", "join"), ("newsletter", "mine")])
            .await;
        joined.hides(&["You asked to be forgotten"]);
        world.later(15 * 24 * 60);
        world.plan().await;
        number(world, ASHA).await;
    }
);

story!(
    what_is_erased_is_not_in_the_file_any_more,
    async |world: &mut World| {
        if world.kind != Kind::Sqlite {
            return;
        }
        let reader = world.reader("zelda.q@example.org", "morning");
        world.join(&[reader.named("Zelda Quince")]).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, "zelda.q@example.org").await;
        let named = [("do", "name"), ("name", "Zelda Quinceworthy")];
        pages.press(PAGE, &named).await;
        pages.press(PAGE, &ERASE).await;
        mail_to(world, "zelda.q@example.org").await;
        world.restart().await;
        let file = world.folder.path().join("postrider.sqlite");
        let holds = |what: &str| {
            let bytes = std::fs::read(&file).unwrap();
            bytes.windows(what.len()).any(|w| w == what.as_bytes())
        };
        assert!(holds("zelda.q") && holds("Quinceworthy"));
        world.later(14 * 24 * 60);
        world.plan().await;
        world.restart().await;
        assert!(!holds("zelda.q") && !holds("Quince"));
    }
);

story!(
    a_page_calls_it_off_later_by_a_fresh_link_only,
    async |world: &mut World| {
        world
            .join(&[
                world.reader(ASHA, "morning"),
                world.reader(BEN, "morning").left(),
            ])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let digest = mail_to(world, ASHA).await;
        let pages = Pages::of(world).await;
        for address in [ASHA, BEN] {
            fully(world, &pages, address).await;
            pages.press(PAGE, &ERASE).await;
        }
        world.later(5 * 24 * 60);
        let by_mail = pages.open(&link(&digest, "preferences")).await;
        by_mail
            .says(&["You asked to be forgotten", "once you come by a fresh link"])
            .hides(&["Keep everything"]);
        // Nor does a form do it that the page does not show.
        let revision = world.number("SELECT max(revision) FROM preference_act WHERE act = 15 AND subscriber_id = (SELECT min(id) FROM subscriber)").await;
        let undo = [("do", "undo"), ("of", &*revision.to_string())];
        pages.press(PAGE, &undo).await;
        // Nor does it come about by what wants mail again, since whoever has the mail may not be its reader.
        let join = [("do", "join"), ("newsletter", "morning")];
        assert_eq!(pages.press(PAGE, &join).await.status, 403);
        let left = pages.open(&leave_link(&digest)).await;
        for what in ["undo", "weekly", "pause"] {
            let form = [("do", what), ("token", left.hidden("token"))];
            assert_eq!(pages.press("/leave", &form).await.status, 403, "{what}");
        }
        for address in [ASHA, BEN] {
            let page = fully(world, &pages, address).await;
            page.says(&["You asked to be forgotten", "Keep everything"]);
            let of = page.hidden("of").to_owned();
            let kept = pages.press(PAGE, &[("do", "undo"), ("of", &of)]).await;
            kept.says(&["It is as it was before."])
                .hides(&["You asked to be forgotten", "Keep everything"]);
        }
        world.later(30 * 24 * 60);
        world.plan().await;
        number(world, BEN).await;
        let shown = program::json(world, &["subscriber", "show", ASHA]);
        assert_eq!(
            shown["preferences"]["subscriptions"]["morning"]["state"],
            "active"
        );
    }
);
