//! What comes by a mail's own link, which may have been forwarded; and by links that are none.

use postrider::demo::relay::Caught;
use postrider::secret::{Purpose, Token};
use reqwest::Method;

use super::{ASHA, BEN, PAGE, fully, link, mail_to, number, text, ticket};
use crate::support::pages::{Answer, Pages, leave_link, links, with_form};
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
async fn state(world: &World) -> Vec<i64> {
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
    another_site_cannot_press_a_button_here,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        notices_open(world, &pages).await;
        fully(world, &pages, ASHA).await;
        let before = state(world).await;
        for (origin, site) in [
            ("https://evil.example", "cross-site"),
            ("https://courier.example", "same-site"),
            ("null", "cross-site"),
        ] {
            for path in [PAGE, "/undo", "/address"] {
                let request = pages.request(&Method::POST, path);
                let (client, request) = request.build_split();
                let mut request = request.unwrap();
                request
                    .headers_mut()
                    .insert("origin", origin.parse().unwrap());
                request
                    .headers_mut()
                    .insert("sec-fetch-site", site.parse().unwrap());
                let request = reqwest::RequestBuilder::from_parts(client, request);
                let answer = pages.send(with_form(request, &[("do", "leave-all")])).await;
                assert_eq!(answer.status, 403, "{origin} {path}");
            }
        }
        assert_eq!(state(world).await, before);
        for path in [PAGE, "/undo", "/address"] {
            let own = pages.press(path, &[("do", "leave-all")]).await;
            assert_eq!(own.status, 200, "{path}");
        }
    }
);

/// Opens what a mail to a new address leads to, and the way back from having left; the mails.
async fn notices_open(world: &World, pages: &Pages) -> (Caught, Caught) {
    const NEW: &str = "asha@new.example";
    let digest = world.mails_to(ASHA)[0].clone();
    pages
        .press(PAGE, &[("do", "address"), ("address", NEW)])
        .await;
    let address = mail_to(world, NEW).await;
    let leave = pages.open(&leave_link(&digest)).await;
    let form = [("do", "leave"), ("token", leave.hidden("token"))];
    pages.press("/leave", &form).await;
    let left = mail_to(world, ASHA).await;
    pages.open(&link(&address, "address")).await;
    pages.open(&link(&left, "undo")).await;
    (address, left)
}

story!(
    what_notices_lead_to_is_over_in_time,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let (address, left) = notices_open(world, &pages).await;
        let before = state(world).await;
        world.later(24 * 60);
        let later = Pages::of(world).await;
        let used_up = ["This link is used up"];
        later.open(&link(&address, "address")).await.says(&used_up);
        assert_eq!(later.press("/address", &[]).await.status, 409);
        assert_eq!(later.open(&link(&left, "undo")).await.status, 200);
        world.later(29 * 24 * 60 + 1);
        let later = Pages::of(world).await;
        assert_eq!(later.open(&link(&left, "undo")).await.status, 403);
        assert_eq!(later.press("/undo", &[]).await.status, 403);
        assert_eq!(state(world).await, before);
    }
);

story!(
    a_page_still_open_changes_nobody_elses_wishes_once_their_link_was_opened,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        let mut marks = Vec::new();
        for page in [
            by_mail(world, &pages, ASHA).await,
            fully(world, &pages, ASHA).await,
        ] {
            let forms = page.body.matches("<form").count();
            assert!(forms > 3, "{forms}");
            assert_eq!(page.body.matches("name=\"mark\"").count(), forms);
            marks.push(page.hidden("mark").to_owned());
        }
        assert_eq!(marks[0], marks[1], "a reader's pages by any link of theirs");
        for bens in [
            by_mail(world, &pages, BEN).await,
            fully(world, &pages, BEN).await,
        ] {
            assert_ne!(bens.hidden("mark"), marks[0]);
            let before = state(world).await;
            for (language, title) in [
                ("en", "This page belongs to another link"),
                ("de", "Diese Seite gehört zu einem anderen Link"),
            ] {
                pages.speak(language);
                for mark in [&*marks[0], ""] {
                    for what in ["leave-all", "link", "erase"] {
                        let form = [("do", what), ("mark", mark)];
                        let answer = pages.post(PAGE, &form).await;
                        assert_eq!((answer.status, answer.title()), (409, title));
                    }
                }
            }
            assert_eq!(state(world).await, before);
        }
        pages.speak("en");
        pages
            .press(PAGE, &[("do", "leave-all")])
            .await
            .says(&["You have left everything"]);
        assert!(program::ok(world, &["subscriber", "show", ASHA]).contains("morning: scheduled"));
    }
);

story!(
    the_button_of_a_notice_does_only_what_its_own_page_asks,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        let mut links = Vec::new();
        for (address, new) in [(ASHA, "asha@new.example"), (BEN, "ben@new.example")] {
            by_mail(world, &pages, address).await;
            pages.press(PAGE, &[("do", "leave-all")]).await;
            let undo = link(&mail_to(world, address).await, "undo");
            fully(world, &pages, address).await;
            let form = [("do", "address"), ("address", new)];
            pages.press(PAGE, &form).await;
            links.push([undo, link(&mail_to(world, new).await, "address")]);
        }
        for (path, at) in [("/undo", 0), ("/address", 1)] {
            let mark = pages.open(&links[0][at]).await.hidden("mark").to_owned();
            let bens = pages.open(&links[1][at]).await;
            assert_ne!(bens.hidden("mark"), mark, "{path}");
            let before = state(world).await;
            let answer = pages.post(path, &[("mark", &mark)]).await;
            assert_eq!(answer.status, 409, "{path}");
            assert_eq!(state(world).await, before);
            assert_eq!(pages.post(path, &[]).await.status, 303, "{path}");
            assert_ne!(state(world).await, before);
        }
    }
);

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

impl Answer {
    /// Fails if the page has what was typed as its own, or could not be made.
    fn is_safe(&self) {
        assert!(self.status < 500, "{}", self.body);
        self.hides(&["<script", "<img", "<b>hello"]);
    }
}

story!(
    what_is_typed_is_shown_and_never_run,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{page}}";
        let split = "Asha\r\nBcc: everyone@example.org\r\n\r\n<b>hello";
        let calls_self = async |name: &str| {
            fully(world, &pages, ASHA).await;
            let answer = pages.press(PAGE, &[("do", "name"), ("name", name)]).await;
            answer.is_safe();
        };
        calls_self("a\u{0}b").await;
        let unseen = "topic:a\u{0}b\u{1b}]0;c\r\nd";
        for value in [evil, split, "topic:<script>alert(1)</script>", unseen] {
            let form = [
                ("do", "add"),
                ("newsletter", "morning"),
                ("what", value),
                ("act", "follow"),
            ];
            pages.press(PAGE, &form).await.is_safe();
            let form = [
                ("do", "when"),
                ("newsletter", value),
                ("cadence", value),
                ("zone", value),
                ("hour", value),
                ("day", value),
            ];
            pages.post(PAGE, &form).await.is_safe();
            let form = [("do", "address"), ("address", value)];
            let answer = pages.post(PAGE, &form).await;
            assert_eq!(answer.status, 422);
            answer.is_safe();
            let form = [
                ("do", "pause"),
                ("newsletter", value),
                ("until", "date"),
                ("date", value),
            ];
            pages.post(PAGE, &form).await.is_safe();
            let form = [("do", value), ("revision", value), ("language", value)];
            pages.post(PAGE, &form).await.is_safe();
        }
        let note = pages.get("/preferences?note=%3Cscript%3E&saved=1").await;
        note.hides(&["<script"]);
        for path in [
            "/preferences/data",
            "/undo?then=%3Cscript%3E",
            "/preferences?saved=%3Cscript%3E",
        ] {
            pages.get(path).await.is_safe();
        }
        for (name, link, shown) in [(evil, "ferry", "alert"), (split, "pier", "Bcc: everyone")] {
            world.later(24 * 60);
            calls_self(name).await;
            world.publish(link, "Port", "The ferry is back").await;
            world.run().await;
            let mail = mail_to(world, ASHA).await;
            let raw = String::from_utf8_lossy(&mail.bytes).into_owned();
            let (head, _) = raw.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(shown), "the name is there: {head}");
            assert!(!head.to_lowercase().contains("\r\nbcc:"), "{head}");
            assert!(!raw.contains("<script"));
        }
        // Headers of answers, too: where a press leads holds nothing that was typed.
        fully(world, &pages, ASHA).await;
        let form = [("do", "name"), ("name", "x\r\nSet-Cookie: a=b")];
        let answer = pages.post(PAGE, &form).await;
        assert!(answer.headers.get("set-cookie").is_none());
        assert!(answer.header("location").starts_with("/preferences?saved="));
        // A form longer than any of ours.
        let long = "x".repeat(70_000);
        let answer = pages.post(PAGE, &[("do", "name"), ("name", &long)]).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
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
