//! What the record tells the paper, and the page in each language.

use super::{ASHA, PAGE, fully};
use crate::support::pages::Pages;
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
