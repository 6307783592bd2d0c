//! What the record tells the paper, and the page in each language.

use super::strangers::{by_mail, mails};
use super::{ASHA, PAGE, fully, link, mail_to, text};
use crate::support::pages::{Pages, leave_link};
use crate::support::{World, program};

story!(
    the_record_says_who_when_from_where_and_through_what,
    async |world: &mut World| {
        program::ok(
            world,
            &["subscriber", "add", ASHA, "--newsletter", "morning"],
        );
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        world.later(1);
        pages.press(PAGE, &[("do", "limit"), ("budget", "5")]).await;
        world.later(1);
        let left = pages
            .press(PAGE, &[("do", "leave"), ("newsletter", "morning")])
            .await;
        world.later(1);
        pages
            .press(PAGE, &[("do", "undo"), ("of", left.hidden("of"))])
            .await;
        world.later(1);
        program::ok(
            world,
            &["subscriber", "remove", ASHA, "--newsletter", "morning"],
        );
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        insta::assert_snapshot!("the_record", shown);
        let held = fully(world, &pages, ASHA).await;
        assert_eq!(held.status, 200);
        let held = pages.get("/preferences/data").await;
        held.says(&[
            "By the paper",
            "On the page of your newsletters, by a fresh link, from the network 127.0.0.0/24",
            "You pressed “Leave Morning Tide”.",
        ])
        .hides(&["command line", "preferences page, by"]);
        let json = program::json(world, &["subscriber", "show", ASHA]);
        assert_eq!(json["history"][3]["undoes"], 3);
        assert_eq!(json["history"][4]["source"], "command line");
        assert_eq!(json["history"][1]["network"], "127.0.0.0/24");
    }
);

story!(every_act_keeps_what_was_shown, async |world: &mut World| {
    world.configure_web("notices = [\"replies\", \"saved\"]");
    world.restart().await;
    world
        .join(&[world.reader(ASHA, "mine").follows(&["section:Port"])])
        .await;
    let pages = Pages::of(world).await;
    fully(world, &pages, ASHA).await;
    let mine = ("newsletter", "mine");
    let presses: [(&[(&str, &str)], &str); 15] = [
        (
            &[("do", "when"), mine, ("cadence", "weekly")],
            "Save: when My Courier comes",
        ),
        (
            &[("do", "add"), mine, ("what", "Schools"), ("act", "follow")],
            "Follow: in My Courier",
        ),
        (
            &[("do", "add"), mine, ("what", "Tides"), ("act", "mute")],
            "Mute: in My Courier",
        ),
        (
            &[("do", "forget"), mine, ("term", "section:Port")],
            "My Courier: Remove Port",
        ),
        (&[("do", "limit"), ("budget", "5")], "Save: the limit"),
        (&[("do", "pause"), mine, ("until", "week")], "Pause"),
        (&[("do", "resume"), mine], "Go on My Courier"),
        (
            &[("do", "offers"), ("offers", "offers")],
            "Offers you want: Early access. Save: offers",
        ),
        (
            &[
                ("do", "notices"),
                ("shown", "replies"),
                ("shown", "saved"),
                ("wanted", "saved"),
            ],
            "Notices you want: Replies to my comments, My saved stories. Save: notices",
        ),
        (
            &[("do", "language"), ("language", "en")],
            "Save: the language",
        ),
        (&[("do", "name"), ("name", "Asha")], "Save: the name"),
        (
            &[("do", "join"), ("newsletter", "morning")],
            "Join Morning Tide",
        ),
        (&[("do", "leave"), mine], "Leave My Courier"),
        (&[("do", "leave-all")], "Leave everything"),
        (&[("do", "erase")], "Erase everything about me"),
    ];
    for (form, words) in presses {
        world.later(1);
        let answer = pages.press(PAGE, form).await;
        assert!(
            answer.body.contains("Saved at") || words.starts_with("Erase"),
            "{form:?}"
        );
        let held = program::json(world, &["subscriber", "show", ASHA]);
        let last = held["history"].as_array().unwrap().last().unwrap();
        assert_eq!(last["shown"], format!("“{words}”, en"), "{last}");
    }
    let page = pages.get(PAGE).await;
    let kept = [("do", "keep"), ("of", page.hidden("of"))];
    pages.press(PAGE, &kept).await;
    let held = program::json(world, &["subscriber", "show", ASHA]);
    let last = held["history"].as_array().unwrap().last().unwrap();
    assert_eq!(last["shown"], "“Keep everything”, en", "{last}");

    world.later(1);
    pages.press(PAGE, &[("do", "erase")]).await;
    let told = mail_to(world, ASHA).await;
    pages.open(&link(&told, "undo")).await;
    pages.press("/undo", &[]).await;
    let held = program::json(world, &["subscriber", "show", ASHA]);
    let last = held["history"].as_array().unwrap().last().unwrap();
    assert_eq!(
        last["shown"], "“Keep everything? Keep everything”, en",
        "{last}"
    );
});

story!(
    who_is_on_nothing_is_told_once_that_a_mails_link_ended_the_notices,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let leave = [("do", "leave"), ("newsletter", "morning")];
        pages.press(PAGE, &leave).await;
        let by_mail = by_mail(world, &pages, ASHA).await;
        by_mail.says(&["You get no newsletters"]);
        let left = pages.press(PAGE, &[("do", "leave-all")]).await;
        left.says(&["Saved at"]);
        world.later(1);
        let form = [("do", "undo"), ("of", left.hidden("of"))];
        pages.press(PAGE, &form).await;
        pages.press(PAGE, &[("do", "leave-all")]).await;
        let told = mail_to(world, ASHA).await;
        assert_eq!(world.mails_to(ASHA).len(), 2, "the digest, and one notice");
        assert!(text(&told).contains("You have left The Harbour Courier"));
        pages.open(&link(&told, "undo")).await;
        pages
            .press("/undo", &[])
            .await
            .says(&["It is as it was before"]);
    }
);

story!(
    who_leaves_what_the_paper_has_no_file_of_any_more_is_told,
    async |world: &mut World| {
        mails(world).await;
        let file = world.config().join("newsletters/morning.toml");
        let setting = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        world.restart().await;
        let pages = Pages::of(world).await;
        let ask = pages.open(&leave_link(&world.mails_to(ASHA)[0])).await;
        let form = [("token", ask.hidden("token")), ("do", "leave")];
        pages.press("/leave", &form).await;
        let told = mail_to(world, ASHA).await;
        assert!(text(&told).contains("You have left Morning Tide"));
        pages.open(&link(&told, "undo")).await;
        pages
            .press("/undo", &[])
            .await
            .says(&["It is as it was before"]);
        let held = program::json(world, &["subscriber", "show", ASHA]);
        assert_eq!(
            held["preferences"]["subscriptions"]["morning"]["state"],
            "active"
        );

        // Once there is a file again, it comes again.
        std::fs::write(&file, setting).unwrap();
        world.restart().await;
        world.at("2026-11-25T05:00:00Z");
        world.publish("ferry", "Port", "The ferry is back").await;
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        assert!(text(&mail_to(world, ASHA).await).contains("The ferry is back"));
    }
);

story!(the_page_speaks_each_language, async |world: &mut World| {
    world
        .join(&[
            world.reader(ASHA, "morning"),
            world.reader("kim@example.org", "mine").speaks("hi"),
        ])
        .await;
    let pages = Pages::of(world).await;
    for (language, says) in [
        ("en", "Your newsletters"),
        ("de-AT,en;q=0.5", "Ihre Newsletter"),
        ("hi", "आपके न्यूज़लेटर"),
        ("ur", "آپ کے نیوز لیٹر"),
        ("fr", "Your newsletters"),
    ] {
        pages.speak(language);
        let page = fully(world, &pages, ASHA).await;
        assert_eq!(page.title(), says);
        let dir = if language == "ur" {
            "dir=\"rtl\""
        } else {
            "dir=\"ltr\""
        };
        page.says(&[dir]);
    }
    // The reader's own choice stands above the browser's.
    let page = fully(world, &pages, "kim@example.org").await;
    assert_eq!(page.title(), "आपके न्यूज़लेटर");
});

story!(
    what_comes_this_week_is_told_beforehand,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning").at_most(2);
        world.join(&[asha]).await;
        let pages = Pages::of(world).await;
        let page = fully(world, &pages, ASHA).await;
        page.says(&[
            "What comes this week",
            "<time>06:30</time> Morning Tide",
            "held by your limit",
            "Times are London time.",
        ]);
        // Where only what is followed comes, nothing comes before something is.
        pages
            .press(PAGE, &[("do", "join"), ("newsletter", "mine")])
            .await
            .says(&[
                "You now get My Courier. It comes once you follow something, and not before.",
                "Comes once you follow something, and not before",
            ])
            .hides(&["</time> My Courier"]);
        let form = [
            ("do", "add"),
            ("newsletter", "mine"),
            ("what", "section:Port"),
            ("act", "follow"),
        ];
        pages
            .press(PAGE, &form)
            .await
            .says(&["Comes every day at 07:00", "</time> My Courier"]);
    }
);
