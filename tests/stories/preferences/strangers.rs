//! What comes by a mail's own link, which may have been forwarded; and by links that are none.

use postrider::secret::{Purpose, Token};
use reqwest::Method;

use super::{ASHA, BEN, PAGE, fully, link, mail_to, number, text, ticket};
use crate::support::pages::{Answer, Pages, links};
use crate::support::world::NEWSLETTERS;
use crate::support::{World, program};

/// Asha and Ben have had Morning Tide of today.
pub(super) async fn mails(world: &World) {
    let asha = world
        .reader(ASHA, "morning")
        .named("Asha Verrow")
        .follows(&["section:Schools"]);
    world.join(&[asha, world.reader(BEN, "morning")]).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
}

/// Numbers that change with whatever a page could do.
pub(super) async fn state(world: &World) -> Vec<i64> {
    vec![
        world.number("SELECT count(*) FROM preference").await,
        world.number("SELECT count(*) FROM consent").await,
        world.number("SELECT count(*) FROM preference_act").await,
        world.number("SELECT count(*) FROM address_change").await,
        world.number("SELECT count(*) FROM notice").await,
        world
            .number("SELECT count(*) FROM subscriber WHERE erase_at IS NOT NULL")
            .await,
        world
            .number("SELECT coalesce(sum(state), 0) FROM subscription")
            .await,
        world
            .number("SELECT coalesce(sum(state), 0) FROM address_change")
            .await,
    ]
}

/// By the link of the mail that this reader got.
pub(super) async fn by_mail(world: &World, pages: &Pages, address: &str) -> Answer {
    let mail = world.mails_to(address).into_iter().next().unwrap();
    let link = link(&mail, "preferences");
    pages.open(&link).await
}

story!(
    a_mails_link_shows_little_and_a_fresh_one_goes_to_the_address,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        let limited = by_mail(world, &pages, ASHA).await;
        limited.says(&[
            "Sent to a…\u{2060}a@example.org.",
            "Morning Tide",
            "id=\"pause\"",
        ]);
        limited.hides(&[
            "asha@example.org",
            "Verrow",
            "Schools",
            "name=\"budget\"",
            "value=\"erase\"",
        ]);
        let form = [
            ("do", "only-followed"),
            ("newsletter", "morning"),
            ("only_followed", "yes"),
        ];
        let only = pages.press(PAGE, &form).await;
        only.says(&["Of Morning Tide you get only what you follow"]);
        only.hides(&["Schools"]);
        let of = only.hidden("of").to_owned();
        let undone = pages.press(PAGE, &[("do", "undo"), ("of", &of)]).await;
        undone.says(&["It is as it was before.", "value=\"no\" checked"]);
        let before = state(world).await;
        for form in [
            &[("do", "name"), ("name", "Mallory")][..],
            &[("do", "limit"), ("budget", "1")],
            &[("do", "language"), ("language", "ur")],
            &[("do", "address"), ("address", "mallory@example.org")],
            &[("do", "address"), ("address", "no address")],
            &[
                ("do", "add"),
                ("newsletter", "morning"),
                ("what", "topic:Tea"),
                ("act", "mute"),
            ],
            &[
                ("do", "forget"),
                ("newsletter", "morning"),
                ("term", "section:Schools"),
            ],
            &[("do", "notices")],
            &[("do", "erase")],
        ] {
            let answer = pages.post(PAGE, form).await;
            assert_eq!(
                (answer.status, answer.title()),
                (403, "This needs a fresh link"),
                "{form:?}"
            );
        }
        // A form that the page shows keeps what was typed, and says what to do.
        let long = [
            ("do", "pause"),
            ("newsletter", "morning"),
            ("until", "date"),
            ("date", "2027-06-01"),
        ];
        let refused = pages.post(PAGE, &long).await;
        assert_eq!(refused.status, 422);
        refused.says(&[
            "<title>Error: Your newsletters",
            "role=\"alert\" tabindex=\"-1\" autofocus",
            "<a href=\"#pause-date\">By the link of a mail, a pause lasts a month at most.",
            "value=\"2027-06-01\"",
            "value=\"date\" checked",
            "<option value=\"morning\" selected>",
            "aria-invalid=\"true\" aria-describedby=\"pause-err\"",
        ]);
        for path in ["/preferences/data", "/preferences/data.json"] {
            assert_eq!(pages.get(path).await.status, 403);
        }
        assert_eq!(state(world).await, before);
        pages
            .press(PAGE, &[("do", "link")])
            .await
            .says(&["Sent to a…\u{2060}a@example.org."]);
        let mail = mail_to(world, ASHA).await;
        let full = pages.open(&link(&mail, "preferences")).await;
        full.says(&["Sent to asha@example.org.", "Schools", "Open until 07:00"]);
        for _ in 0..2 {
            pages.press(PAGE, &[("do", "link")]).await;
        }
        pages
            .press(PAGE, &[("do", "link")])
            .await
            .says(&["within the hour"]);
        // Half an hour later it is locked, and so is the link.
        world.later(31);
        assert_eq!(pages.get(PAGE).await.status, 403);
        assert_eq!(pages.get(&link(&mail, "preferences")).await.status, 403);
    }
);

story!(
    who_leaves_one_newsletter_after_the_other_by_a_forwarded_mail_is_told_of_each,
    async |world: &mut World| {
        let slugs = ["morning", "noon", "dusk", "night", "late"];
        for slug in &slugs[1..] {
            let text = NEWSLETTERS[0]
                .1
                .replace("Morning Tide", &format!("The {slug}"));
            world.configure(&format!("newsletters/{slug}.toml"), &text);
        }
        world.restart().await;
        for slug in slugs {
            world.join(&[world.reader(ASHA, slug)]).await;
        }
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let pages = Pages::of(world).await;
        by_mail(world, &pages, ASHA).await;
        for slug in slugs {
            let leave = [("do", "leave"), ("newsletter", slug)];
            pages.press(PAGE, &leave).await.says(&["You have left"]);
        }
        world.send().await;
        let told = world.mails_to(ASHA);
        let told = told
            .iter()
            .filter(|mail| text(mail).starts_with("You have left"));
        assert_eq!(told.count(), 5);
    }
);

story!(
    who_leaves_by_a_forwarded_mail_is_told_of_once_and_it_can_be_undone,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        by_mail(world, &pages, ASHA).await;
        let leave = [("do", "leave"), ("newsletter", "morning")];
        let left = pages.press(PAGE, &leave).await;
        left.says(&["You have left Morning Tide."]);
        let mail = mail_to(world, ASHA).await;
        assert!(
            text(&mail).starts_with("You have left Morning Tide"),
            "{}",
            text(&mail)
        );
        assert_eq!(world.mails_to(ASHA).len(), 2);
        // Back and forth: once is enough.
        pages
            .press(PAGE, &[("do", "undo"), ("of", left.hidden("of"))])
            .await;
        world.later(1);
        pages
            .press(PAGE, &leave)
            .await
            .says(&["You have left Morning Tide."]);
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 2);
        pages
            .press(PAGE, &[("do", "join"), ("newsletter", "morning")])
            .await;
        pages.press(PAGE, &[("do", "leave-all")]).await;
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 2);

        // Its link changes nothing until the button is pressed; what came later stays.
        world.later(1);
        let owner = Pages::of(world).await;
        let undo = link(&mail, "undo");
        let asked = owner.open(&undo).await;
        asked.says(&["Undo it?", "Everything that was left"]);
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(shown.contains("morning: left"), "{shown}");
        owner
            .press("/undo", &[])
            .await
            .says(&["It is as it was before"]);
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(shown.contains("morning: scheduled"), "{shown}");
        owner
            .press("/undo", &[])
            .await
            .says(&["There is nothing left to undo"]);
        // The next time it is told again.
        world.later(1);
        pages.press(PAGE, &leave).await;
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 3);
        // A reader who came by a fresh link leaves without a mail about it.
        fully(world, &pages, BEN).await;
        pages
            .press(PAGE, &leave)
            .await
            .says(&["You have left Morning Tide."]);
        world.send().await;
        assert_eq!(world.mails_to(BEN).len(), 1);
    }
);

story!(
    a_mails_link_takes_back_nothing_that_it_cannot_do,
    async |world: &mut World| {
        mails(world).await;
        let owner = Pages::of(world).await;
        fully(world, &owner, ASHA).await;
        let form = [("do", "name"), ("name", "Asha V.")];
        let saved = owner.press(PAGE, &form).await;
        let revision = saved.hidden("of").to_owned();
        let pages = Pages::of(world).await;
        by_mail(world, &pages, ASHA).await;
        let seen = pages.get(&format!("{PAGE}?saved={revision}")).await;
        seen.hides(&["Asha V."]);
        let undone = pages
            .press(PAGE, &[("do", "undo"), ("of", &revision)])
            .await;
        undone.says(&["There is nothing left to undo"]);
        // Nor does it undo another reader's act.
        by_mail(world, &pages, BEN).await;
        pages
            .press(PAGE, &[("do", "undo"), ("of", &revision)])
            .await;
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(shown.contains("name Asha V."), "{shown}");
    }
);

story!(no_other_link_opens_the_page, async |world: &mut World| {
    mails(world).await;
    let pages = Pages::of(world).await;
    let before = state(world).await;
    let asha = number(world, ASHA).await;
    let keys = &world.app.keys;
    let token = |purpose| {
        let token = Token {
            purpose,
            newsletter_id: 1,
            issue_id: 1,
            subscriber_id: asha,
            n: 0,
        };
        keys.token(keys.newest(), &token)
    };
    let of = |purpose| ticket(world, purpose, asha, 0);
    for (path, token, status) in [
        ("preferences", token(Purpose::Leave), 404),
        ("preferences", token(Purpose::Read), 404),
        ("preferences", of(Purpose::Undo), 404),
        ("preferences", of(Purpose::Address), 404),
        ("preferences", of(Purpose::Confirm), 404),
        ("undo", of(Purpose::Manage), 404),
        ("undo", token(Purpose::Leave), 404),
        ("address", of(Purpose::Undo), 404),
        ("preferences", "not-a-token".to_owned(), 404),
    ] {
        let answer = pages.get(&format!("/{path}/{token}")).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let good = of(Purpose::Manage);
    for at in 0..good.len() {
        let mut forged: Vec<char> = good.chars().collect();
        forged[at] = if forged[at] == 'A' { 'B' } else { 'A' };
        let forged: String = forged.into_iter().collect();
        if forged != good {
            assert_eq!(pages.get(&format!("{PAGE}/{forged}")).await.status, 404);
        }
    }
    assert!(pages.cookies().is_empty(), "no cookie before it is needed");
    for path in [
        PAGE,
        "/preferences/data",
        "/preferences/data.json",
        "/undo",
        "/address",
    ] {
        assert_eq!(pages.get(path).await.status, 403, "{path} without a link");
    }
    assert_eq!(pages.post(PAGE, &[("do", "leave-all")]).await.status, 403);
    // Of another epoch, and of nobody.
    let old = ticket(world, Purpose::Manage, asha, 7);
    assert_eq!(pages.open(&format!("{PAGE}/{old}")).await.status, 403);
    let nobody = ticket(world, Purpose::Manage, 999, 0);
    assert_eq!(pages.open(&format!("{PAGE}/{nobody}")).await.status, 403);
    // An undo's session is none of the preferences, and opens the data of nobody.
    pages.forget();
    pages.open(&format!("/undo/{}", of(Purpose::Undo))).await;
    assert_eq!(pages.get("/preferences/data.json").await.status, 403);
    assert_eq!(state(world).await, before);
});

story!(
    a_scanner_that_follows_every_link_changes_nothing,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        // Mails of every kind that has a link of these pages.
        by_mail(world, &pages, ASHA).await;
        pages.press(PAGE, &[("do", "link")]).await;
        pages
            .press(PAGE, &[("do", "leave"), ("newsletter", "morning")])
            .await;
        fully(world, &pages, BEN).await;
        pages
            .press(PAGE, &[("do", "address"), ("address", "ben@new.example")])
            .await;
        pages.press(PAGE, &[("do", "erase")]).await;
        world.send().await;
        let before = state(world).await;
        let mut followed = 0;
        for mail in world.relay.mails() {
            for link in links(&mail) {
                let scanner = Pages::of(world).await;
                scanner.open(&link).await;
                let head = scanner.plain(Method::HEAD, &link).send().await.unwrap();
                assert!(head.status().as_u16() < 500);
                for path in [
                    PAGE,
                    "/preferences/data",
                    "/preferences/data.json",
                    "/undo",
                    "/address",
                ] {
                    scanner.get(path).await;
                }
                followed += 1;
            }
        }
        assert!(followed > 8, "{followed}");
        assert_eq!(state(world).await, before);
    }
);

story!(
    what_is_not_public_is_on_the_page_of_whom_the_paper_put_on_it,
    async |world: &mut World| {
        let closed = crate::support::world::NEWSLETTERS[1].1;
        world.configure(
            "newsletters/mine.toml",
            &format!("public = false\n{closed}"),
        );
        world.restart().await;
        mails(world).await;
        world.join(&[world.reader(BEN, "mine")]).await;
        let (join, leave) = (
            [("do", "join"), ("newsletter", "mine")],
            [("do", "leave"), ("newsletter", "mine")],
        );
        let pages = Pages::of(world).await;
        for asha in [
            by_mail(world, &pages, ASHA).await,
            fully(world, &pages, ASHA).await,
        ] {
            asha.hides(&["My Courier"]);
            assert_eq!(pages.post(PAGE, &join).await.status, 422);
        }
        let token = links(&world.mails_to(ASHA)[0])
            .into_iter()
            .find_map(|link| {
                link.split_once("/leave/")
                    .map(|(_, token)| token.to_owned())
            })
            .unwrap();
        for what in ["undo", "weekly", "pause"] {
            let form = [
                ("token", token.as_str()),
                ("do", what),
                ("newsletter", "mine"),
            ];
            pages.post("/leave", &form).await;
        }
        let on = "SELECT count(*) FROM subscription s JOIN newsletter n ON n.id = s.newsletter_id WHERE n.slug = 'mine'";
        assert_eq!(world.number(on).await, 1, "Ben alone");
        fully(world, &pages, BEN).await.says(&["My Courier"]);
        pages
            .press(PAGE, &leave)
            .await
            .says(&["You have left My Courier."]);
        pages.press(PAGE, &join).await;
        assert!(program::ok(world, &["subscriber", "show", BEN]).contains("mine: daily"));
    }
);
