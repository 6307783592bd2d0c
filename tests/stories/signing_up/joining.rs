//! The button in the mail: what a press does, and what nothing else does.

use super::{ASHA, BEN, confirm, follow, gets, link, sign_up, suppressed_for};
use crate::support::World;
use crate::support::mail::{carries, subject};
use crate::support::program;
use crate::support::visitor::{Site, Visitor};
use postrider::audience::SuppressionReason;
use reqwest::Method;

story!(
    a_reader_joins_confirms_and_gets_the_first_digest,
    async |world: &mut World| {
        let site = Site::open(world).await;
        world
            .publish("flood-wall", "City hall", "The flood wall holds")
            .await;
        let visitor = Visitor::at(&site);
        let page = visitor.get("/signup").await;
        assert_eq!(page.status, 200);
        page.tells("Morning Tide")
            .tells("every day at 06:30, or at your hour")
            .tells("Times are London time.");
        assert!(
            !page.body.contains(" checked"),
            "nothing is ticked beforehand"
        );
        assert!(
            page.headers.get("set-cookie").is_none(),
            "no cookie before it is needed"
        );
        let (language, words) = (
            page.hidden("language").to_owned(),
            page.hidden("words").to_owned(),
        );
        let page = visitor
            .post(
                "/signup",
                &[
                    ("address", ASHA),
                    ("newsletter", "morning"),
                    ("newsletter", "offers"),
                    ("language", &language),
                    ("words", &words),
                    ("website", ""),
                ],
            )
            .await;
        assert_eq!(page.status, 200);
        page.tells("Now look in your mail").tells(ASHA);
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());

        world.send().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 1);
        assert!(
            subject(&mails[0]).contains("Morning Tide"),
            "{}",
            subject(&mails[0])
        );
        let page = follow(&visitor, &link(&mails[0], "confirm")).await;
        page.tells("One press to confirm")
            .tells("Morning Tide")
            .tells("Early access")
            .tells("Tue 24, 06:30");
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());
        let through = page.hidden("through").to_owned();
        let page = visitor.post("/confirm", &[("through", &through)]).await;
        assert_eq!(page.status, 200);
        page.tells("You are on the list").tells("/preferences/");
        assert_eq!(gets(world, ASHA).await, ["morning", "offers"]);

        let told = program::ok(world, &["subscriber", "show", ASHA]);
        for part in [
            "by sign-up page from 127.0.0.0/24",
            "We send one mail with a button",
            "asked at 2026-11-24T05:30:00Z",
            "confirmed at 2026-11-24T05:30:00Z from 127.0.0.0/24",
            "One press to confirm",
        ] {
            assert!(told.contains(part), "no {part:?} in {told}");
        }
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2);
        assert!(carries(&mails[1], "flood-wall"));
    }
);

story!(
    a_scanner_that_follows_every_link_changes_nothing,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        let path = link(&world.mails_to(ASHA)[0], "confirm");
        let scanner = Visitor::at(&site);
        for method in [Method::GET, Method::HEAD] {
            for path in [&path, "/confirm"] {
                let page = scanner.ask(method.clone(), path, None).await;
                assert!(page.status < 400, "{method} {path}: {}", page.status);
            }
        }
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());
        assert_eq!(
            world
                .number("SELECT count(*) FROM signup WHERE confirmed_at IS NOT NULL")
                .await,
            0
        );
    }
);

story!(
    confirming_twice_is_fine_and_an_old_button_does_nothing,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        let path = link(&world.mails_to(ASHA)[0], "confirm");
        let visitor = Visitor::at(&site);
        let page = follow(&visitor, &path).await;
        let through = page.hidden("through").to_owned();
        for _ in 0..2 {
            let page = visitor.post("/confirm", &[("through", &through)]).await;
            assert_eq!(page.status, 200);
            page.tells("You are on the list")
                .tells("Choose hours and topics");
        }
        assert_eq!(world.number("SELECT count(*) FROM consent").await, 1);
        // What came back since is not lifted by a button that was pressed before.
        suppressed_for(world, ASHA, SuppressionReason::HardBounce).await;
        let page = visitor.post("/confirm", &[("through", &through)]).await;
        page.tells("You are on the list");
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 1);
        world.change("DELETE FROM suppression").await;

        // The link says that it is done, and when; it opens no more than a mail's own does, since a scanner may follow it.
        world.later(10);
        let scanner = Visitor::at(&site);
        let page = follow(&scanner, &path).await;
        page.tells("It is confirmed already")
            .tells("Morning Tide")
            .tells("Saved on 24 November 2026 at 05:30");
        assert!(!page.body.contains("<form") && !page.body.contains(ASHA));
        let (_, settings) = page.body.split_once("href=\"/preferences/").unwrap();
        let settings = settings.split('"').next().unwrap();
        let page = follow(&scanner, &format!("/preferences/{settings}")).await;
        page.tells("so this link shows little");
        assert!(!page.body.contains(ASHA));

        // Who has left again is not brought back by an old mail.
        world.leave(ASHA, "morning").await;
        assert_eq!(visitor.get("/confirm").await.status, 410);
        let page = visitor.post("/confirm", &[("through", &through)]).await;
        assert_eq!(page.status, 410);
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());

        sign_up(world, &site, "ben@example.org", &["morning"]).await;
        world.later(3 * 24 * 60 + 2);
        world.plan().await;
        assert_eq!(
            world.number("SELECT count(*) FROM signup").await,
            0,
            "all is forgotten"
        );
        let visitor = Visitor::at(&site);
        let page = visitor
            .get(&link(&world.mails_to("ben@example.org")[0], "confirm"))
            .await;
        assert_eq!(page.status, 410);
        page.tells("This button is used up").tells("/signup");
    }
);

story!(
    a_page_still_open_confirms_nobody_elses_sign_up,
    async |world: &mut World| {
        let site = Site::open(world).await;
        let visitor = Visitor::at(&site);
        let mut pages = Vec::new();
        for address in [ASHA, BEN] {
            sign_up(world, &site, address, &["morning"]).await;
            let path = link(&world.mails_to(address)[0], "confirm");
            pages.push(follow(&visitor, &path).await);
        }
        let through = pages[0].hidden("through");
        for mark in [pages[0].hidden("mark"), ""] {
            let form = [("through", through), ("mark", mark)];
            let page = visitor.post("/confirm", &form).await;
            assert_eq!(page.status, 409);
            page.tells("This page belongs to another link");
        }
        assert_eq!(world.number("SELECT count(*) FROM subscriber").await, 0);
        // An hour later the mail comes again; its link opens the same page.
        world.later(61);
        sign_up(world, &site, BEN, &["morning"]).await;
        follow(&visitor, &link(&world.mails_to(BEN)[1], "confirm")).await;
        let form = [
            ("through", pages[1].hidden("through")),
            ("mark", pages[1].hidden("mark")),
        ];
        visitor
            .post("/confirm", &form)
            .await
            .tells("You are on the list");
        assert_eq!(gets(world, BEN).await, ["morning"]);
        assert_eq!(gets(world, ASHA).await, Vec::<String>::new());
    }
);

story!(
    what_is_asked_for_between_look_and_press_is_not_confirmed,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        let visitor = Visitor::at(&site);
        let page = follow(&visitor, &link(&world.mails_to(ASHA)[0], "confirm")).await;
        let through = page.hidden("through").to_owned();
        sign_up(world, &site, ASHA, &["offers"]).await;
        visitor.post("/confirm", &[("through", &through)]).await;
        assert_eq!(gets(world, ASHA).await, ["morning"]);
        // The same link shows what came later, and a press takes it.
        let page = follow(&visitor, &link(&world.mails_to(ASHA)[0], "confirm")).await;
        page.tells("Early access");
        let through = page.hidden("through").to_owned();
        visitor.post("/confirm", &[("through", &through)]).await;
        assert_eq!(gets(world, ASHA).await, ["morning", "offers"]);
    }
);

story!(
    a_bounce_is_lifted_by_the_button_and_a_complaint_is_not,
    async |world: &mut World| {
        let site = Site::open(world).await;
        suppressed_for(world, ASHA, SuppressionReason::HardBounce).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        world.later(120);
        sign_up(world, &site, ASHA, &["morning"]).await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            1,
            "a mailbox that was not there is asked once"
        );
        confirm(world, &site, ASHA)
            .await
            .tells("You are on the list");
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 0);
        assert_eq!(gets(world, ASHA).await, ["morning"]);

        sign_up(world, &site, "ben@example.org", &["morning"]).await;
        suppressed_for(world, "ben@example.org", SuppressionReason::Complaint).await;
        let page = confirm(world, &site, "ben@example.org").await;
        assert_eq!(page.status, 403);
        page.tells("We may not write to this address")
            .tells("mine@courier.example");
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 1);
        assert_eq!(gets(world, "ben@example.org").await, Vec::<String>::new());
    }
);

story!(
    who_was_erased_comes_back_by_the_button_and_by_nothing_else,
    async |world: &mut World| {
        let site = Site::open(world).await;
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
            .await;
        for address in [ASHA, BEN] {
            program::ok(world, &["subscriber", "remove", address]);
        }
        let file = world.folder.path().join("readers.csv");
        std::fs::write(&file, format!("email\n{ASHA}\n{BEN}\n")).unwrap();
        let import = ["subscriber", "import", file.to_str().unwrap()];
        let import = [&import[..], &["--newsletter", "morning"]].concat();
        program::run(world, &import);
        assert_eq!(
            world
                .number("SELECT count(*) FROM subscriber WHERE email IS NOT NULL")
                .await,
            0
        );

        for _ in 0..2 {
            sign_up(world, &site, ASHA, &["morning"]).await;
            sign_up(world, &site, BEN, &["morning"]).await;
            world.later(120);
        }
        let mails = |address: &str| world.mails_to(address).len();
        assert_eq!((mails(ASHA), mails(BEN)), (1, 1), "one mail, and no more");
        confirm(world, &site, ASHA)
            .await
            .tells("You are on the list");
        assert_eq!(gets(world, ASHA).await, ["morning"]);
        world
            .publish("flood-wall", "City hall", "The flood wall holds")
            .await;
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        assert_eq!((mails(ASHA), mails(BEN)), (2, 1));
        assert!(carries(&world.mails_to(ASHA)[1], "flood-wall"));

        // Who does not press stays erased, whatever is typed or imported.
        world.at("2026-11-29T06:30:00Z");
        sign_up(world, &site, BEN, &["morning"]).await;
        assert_eq!(mails(BEN), 1, "not within the week");
        world.at("2026-12-02T06:31:00Z");
        sign_up(world, &site, BEN, &["morning"]).await;
        assert_eq!(mails(BEN), 2);
        program::run(world, &import);
        assert_eq!(gets(world, BEN).await, Vec::<String>::new());
        let erased = "SELECT count(*) FROM suppression WHERE reason = 3";
        assert_eq!(world.number(erased).await, 1);
    }
);

story!(
    an_erased_reader_leaves_no_sign_up_behind,
    async |world: &mut World| {
        let site = Site::open(world).await;
        sign_up(world, &site, ASHA, &["morning"]).await;
        confirm(world, &site, ASHA).await;
        sign_up(world, &site, ASHA, &["offers"]).await;
        program::ok(world, &["subscriber", "remove", ASHA]);
        for table in [
            "SELECT count(*) FROM signup",
            "SELECT count(*) FROM signup_mail",
            "SELECT count(*) FROM consent",
        ] {
            assert_eq!(world.number(table).await, 0, "{table}");
        }
        // The old button names nobody any more, whoever signs up next.
        let old = link(&world.mails_to(ASHA)[0], "confirm");
        sign_up(world, &site, "ben@example.org", &["morning"]).await;
        let visitor = Visitor::at(&site);
        let page = follow(&visitor, &old).await;
        assert_eq!(page.status, 410);
        assert!(!page.body.contains("ben@"));
        assert_eq!(gets(world, "ben@example.org").await, Vec::<String>::new());
        // Nor does one that nobody has confirmed, nor its mail that has not left.
        let said = program::ok(world, &["subscriber", "remove", "ben@example.org"]);
        assert!(said.contains("not confirmed"), "{said}");
        for table in [
            "SELECT count(*) FROM signup",
            "SELECT count(*) FROM notice WHERE email IS NOT NULL",
        ] {
            assert_eq!(world.number(table).await, 0, "{table}");
        }
        let again = ["subscriber", "remove", "ben@example.org"];
        assert_eq!(program::fails(world, &again).0, 1);
    }
);
