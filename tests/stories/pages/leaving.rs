//! A reader leaves by the page behind a mail's link, says why perhaps, and takes it back.

use futures_util::future::join_all;
use reqwest::Method;

use super::{ASHA, BEN, morning, morning_of_six};
use crate::preferences::fully;
use crate::support::pages::{Pages, leave_link, link, one_click_link};
use crate::support::{World, program};

/// Whether this reader gets Morning Tide.
pub(super) fn gets_it(world: &World, address: &str) -> bool {
    let shown = program::json(world, &["subscriber", "show", address]);
    shown["preferences"]["subscriptions"]["morning"]["state"] == "active"
}

/// What the record says that this reader did.
pub(super) fn acts_of(world: &World, address: &str) -> Vec<String> {
    let shown = program::json(world, &["subscriber", "show", address]);
    let history = shown["history"].as_array().unwrap();
    let acts = history.iter().filter_map(|step| step["act"].as_str());
    acts.map(str::to_owned).collect()
}

story!(
    the_page_asks_leaves_and_takes_it_back_for_as_long_as_it_is_open,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let follow = pages.get(&link).await;
        assert_eq!(follow.location().as_deref(), Some("/leave"));
        assert!(follow.header("set-cookie").contains("; Max-Age=1800;"));
        assert_eq!(pages.cookies(), ["__Host-postrider-leave"]);
        let ask = pages.get("/leave").await;
        assert_eq!((ask.status, ask.title()), (200, "Leave Morning Tide?"));
        assert!(ask.body.contains("a…\u{2060}w@example.org") && !ask.body.contains(ASHA));
        assert!(gets_it(world, ASHA), "a GET changes nothing");
        // The cookie opens nothing else, nor another's cookie this.
        assert_eq!(pages.get("/preferences").await.status, 403);
        let value = pages.cookie("__Host-postrider-leave");
        let other = pages.plain(Method::GET, "/preferences");
        let other = other.header("Cookie", format!("__Host-postrider-preferences={value}"));
        assert_eq!(pages.send(other).await.status, 403);

        // Its time over, the page that is still open works as before.
        world.later(31);
        let late = pages.get("/leave").await;
        assert_eq!(
            (late.status, late.title()),
            (403, "The time of this link is over")
        );
        pages.forget();
        let token = ask.hidden("token").to_owned();
        let left = pages
            .press("/leave", &[("token", &token), ("do", "leave")])
            .await;
        assert_eq!(left.title(), "You have left Morning Tide");
        assert!(left.body.contains("Saved at 07:01."));
        assert!(!gets_it(world, ASHA));
        let revision = left.hidden("revision").to_owned();

        let form = [
            ("token", token.as_str()),
            ("do", "undo"),
            ("newsletter", "morning"),
            ("revision", &revision),
        ];
        let back = pages.press("/leave", &form).await;
        assert_eq!(back.title(), "You get it as before");
        assert!(gets_it(world, ASHA));
        assert_eq!(pages.cookies(), Vec::<String>::new());
    }
);

story!(
    the_owner_is_told_once_of_leaving_by_a_link_that_may_have_been_forwarded,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let token = link.rsplit('/').next().unwrap();
        for what in ["leave", "undo", "leave"] {
            let form = [("token", token), ("do", what), ("newsletter", "morning")];
            pages.press("/leave", &form).await;
            world.later(1);
        }
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2, "the digest, and one notice");
        let consents = program::json(world, &["subscriber", "show", ASHA]);
        let text = consents.to_string();
        assert!(text.contains("127.0.0.0/24"), "from where: {text}");
        assert!(text.contains("leaving page"), "by what: {text}");
        for shown in ["“Leave Morning Tide”, en", "“Undo” Morning Tide, en"] {
            assert!(text.contains(shown), "what was shown: {text}");
        }
    }
);

story!(
    less_often_or_a_pause_is_offered_after_it_has_happened,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let token = link.rsplit('/').next().unwrap();
        let form = |what| [("token", token), ("do", what), ("newsletter", "morning")];
        assert!(!pages.open(&link).await.body.contains("Pause for a month"));
        let left = pages.press("/leave", &form("leave")).await;
        assert!(left.body.contains("Pause for a month"));
        let weekly = pages.press("/leave", &form("weekly")).await;
        assert_eq!(weekly.title(), "Morning Tide comes once a week");
        let paused = pages.press("/leave", &form("pause")).await;
        assert_eq!(paused.title(), "Morning Tide is paused");
        assert!(paused.body.contains("Thursday 24 December 2026"));
        assert!(gets_it(world, ASHA));
        let all = pages.press("/leave", &form("all")).await;
        assert_eq!(all.title(), "You have left everything");
        assert!(!gets_it(world, ASHA));
    }
);

story!(
    only_what_is_followed_is_offered_and_who_takes_it_is_back_with_it,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning");
        let asha = asha.follows(&["section:Port", "topic:Cricket", "keyword:ferry"]);
        world.join(&[asha, world.reader(BEN, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let pages = Pages::of(world).await;
        let press = async |address: &str, more: &[(&str, &str)]| {
            let link = leave_link(&world.mails_to(address)[0]);
            let token = link.rsplit('/').next().unwrap();
            let form = [&[("token", token), ("newsletter", "morning")], more].concat();
            pages.press("/leave", &form).await
        };
        let only = [("do", "only-followed")];
        let left = press(ASHA, &[("do", "leave")]).await;
        let offer = ">Port and 2 more. Nothing on days without them<";
        assert!(left.body.contains(offer), "{}", left.body);
        // What the mail does not show stays unsaid: it may have been forwarded.
        assert!(!left.body.contains("Cricket") && !left.body.contains("ferry"));

        let back = press(ASHA, &only).await;
        let title = "Of Morning Tide you get only what you follow";
        assert_eq!(back.title(), title);
        let morning =
            |shown: serde_json::Value| shown["preferences"]["subscriptions"]["morning"].clone();
        let shown = morning(program::json(world, &["subscriber", "show", ASHA]));
        assert_eq!(
            (&shown["state"], &shown["only_followed"]),
            (&"active".into(), &true.into())
        );
        let undo = [("do", "undo"), ("revision", back.hidden("revision"))];
        press(ASHA, &undo).await;
        let shown = morning(program::json(world, &["subscriber", "show", ASHA]));
        assert_eq!(
            (&shown["state"], &shown["only_followed"]),
            (&"active".into(), &().into())
        );
        press(ASHA, &only).await;
        let left = press(ASHA, &[("do", "leave")]).await;
        assert!(!left.body.contains("Only these"), "it was so already");

        // Who follows nothing is not offered it, nor brought back by a form that is no page's.
        let left = press(BEN, &[("do", "leave")]).await;
        assert!(!left.body.contains("Only these"));
        let refused = press(BEN, &only).await;
        assert_eq!(refused.title(), left.title());
        assert!(!refused.body.contains("Saved at"));
        assert!(!gets_it(world, BEN));
    }
);

story!(
    the_page_speaks_the_readers_language_and_else_the_browsers,
    async |world: &mut World| {
        world
            .join(&[
                world.reader(ASHA, "morning").speaks("ur"),
                world.reader(BEN, "morning"),
            ])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let pages = Pages::of(world).await;
        pages.speak("fr, de-AT;q=0.8, en;q=0.2");
        let page = pages.open(&leave_link(&world.mails_to(ASHA)[0])).await;
        assert!(page.body.contains("<html lang=\"ur\" dir=\"rtl\">"));
        // An error, too, where the link or the session tells whose it is, even if their time is over.
        let token = page.hidden("token").to_owned();
        let strange = [("token", token.as_str()), ("do", "dance")];
        let long = "x".repeat(100_000);
        let long = [("token", long.as_str()), ("do", "leave")];
        pages
            .open(&link(&world.mails_to(ASHA)[0], "/preferences/"))
            .await;
        let other = [("do", "link"), ("mark", "of another")];
        let mut refused = vec![
            (422, pages.post("/leave", &strange).await),
            (413, pages.post("/leave", &long).await),
            (409, pages.post("/preferences", &other).await),
            (404, pages.get("/no/such/page").await),
        ];
        world.later(31);
        refused.push((403, pages.get("/preferences").await));
        pages.forget();
        refused.push((404, pages.get(&format!("/preferences/{token}")).await));
        for (status, page) in refused {
            assert_eq!(page.status, status);
            assert!(
                page.body.contains("<html lang=\"ur\" dir=\"rtl\">"),
                "{status}: {}",
                page.title()
            );
        }
        let page = pages.open(&leave_link(&world.mails_to(BEN)[0])).await;
        assert!(page.body.contains("<html lang=\"de\" dir=\"ltr\">"));
        assert!(
            page.body
                .contains("<title>Morning Tide abbestellen? The Harbour Courier</title>")
        );
        assert_eq!(page.title(), "Morning Tide abbestellen?");
        let lost = pages.get("/no/such/page").await;
        assert_eq!(lost.status, 404);
        assert_eq!(lost.title(), "Diese Seite gibt es nicht");
    }
);

story!(
    what_the_paper_has_no_file_of_any_more_can_be_left,
    async |world: &mut World| {
        morning(world).await;
        let file = world.config().join("newsletters/morning.toml");
        std::fs::remove_file(file).unwrap();
        world.restart().await;
        let pages = Pages::of(world).await;
        let ask = pages.open(&leave_link(&world.mails_to(ASHA)[0])).await;
        assert_eq!(ask.title(), "Leave Morning Tide?");
        assert!(gets_it(world, ASHA));
        let form = [("token", ask.hidden("token")), ("do", "leave")];
        let left = pages.press("/leave", &form).await;
        assert_eq!(left.title(), "You have left Morning Tide");
        assert!(!left.body.contains("<form"));
        assert!(!gets_it(world, ASHA));
        let link = one_click_link(&world.mails_to(BEN)[0]);
        assert_eq!(pages.one_click(&link).await.status, 200);
        assert!(!gets_it(world, BEN));
    }
);

story!(
    who_presses_many_times_in_one_moment_leaves_once_and_is_told_once,
    async |world: &mut World| {
        let readers = morning_of_six(world).await;
        let pages = Pages::of(world).await;
        for address in &readers {
            let link = leave_link(&world.mails_to(address)[0]);
            let token = link.rsplit('/').next().unwrap();
            let form = [("token", token), ("do", "leave"), ("newsletter", "morning")];
            let presses = (0..8).map(|_| pages.post("/leave", &form));
            for answer in join_all(presses).await {
                assert_eq!(answer.title(), "You have left Morning Tide");
            }
            assert_eq!(acts_of(world, address), ["left"], "{address}");
            world.send().await;
            let mails = world.mails_to(address);
            assert_eq!(mails.len(), 2, "the digest, and one notice");
        }
    }
);

story!(
    the_owner_is_told_of_a_stranger_even_if_they_have_just_left_by_themselves,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let token = link.rsplit('/').next().unwrap();
        let press = |what| [("token", token), ("do", what), ("newsletter", "morning")];
        pages
            .one_click(&one_click_link(&world.mails_to(ASHA)[0]))
            .await;
        world.later(1);
        pages.press("/leave", &press("undo")).await;
        world.later(1);
        pages.press("/leave", &press("leave")).await;
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 2, "the digest, and one notice");
        pages.press("/leave", &press("undo")).await;
        world.later(1);
        pages.press("/leave", &press("leave")).await;
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 2, "once for some hours");
    }
);

story!(
    who_left_may_say_why_and_is_out_either_way,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let token = link.rsplit('/').next().unwrap();
        let why = |words: &'static str, reason: &'static str| {
            [
                ("token", token),
                ("do", "why"),
                ("newsletter", "morning"),
                ("why", reason),
                ("words", words),
            ]
        };
        let kept = "SELECT count(*) FROM leaving_answer";
        assert!(!pages.open(&link).await.body.contains("name=\"why\""));
        // Of what they get there is nothing to say.
        let early = pages.press("/leave", &why("", "many")).await;
        assert_eq!(early.title(), "Leave Morning Tide?");
        assert_eq!(world.number(kept).await, 0);

        let form = [("token", token), ("do", "leave")];
        let left = pages.press("/leave", &form).await;
        assert_eq!(left.body.matches("name=\"why\"").count(), 4);
        assert!(
            !left.body.contains(" checked"),
            "nothing is ticked beforehand"
        );
        let none = pages.post("/leave", &why(" ", "")).await;
        assert_eq!(none.status, 422);
        for part in [
            "<title>Error: You have left Morning Tide",
            "role=\"alert\" tabindex=\"-1\" autofocus",
            "<a href=\"#why-many\">Tick one of these, or write why</a>",
            "aria-describedby=\"why-err\"",
        ] {
            assert!(none.body.contains(part), "{part}: {}", none.body);
        }
        let long: &'static str = "Zu viel! ".repeat(60).leak();
        let long = pages.post("/leave", &why(long, "about")).await;
        assert_eq!(long.status, 422);
        for part in [
            "<a href=\"#why-words\">Write at most 500 characters</a>",
            "aria-invalid=\"true\" aria-describedby=\"why-words-err why-words-hint\"",
            ">Zu viel! Zu viel! ",
            "value=\"about\" checked",
        ] {
            assert!(long.body.contains(part), "{part}: {}", long.body);
        }
        assert_eq!(world.number(kept).await, 0);

        for words in [
            "Too many on Mondays",
            "<b>Too</b> many,\r\n \u{1b}[31mreally",
        ] {
            let thanks = pages.post("/leave", &why(words, "many")).await;
            assert_eq!((thanks.status, thanks.title()), (200, left.title()));
            assert!(thanks.body.contains("Your answer is kept."));
            assert!(!thanks.body.contains("name=\"why\""), "asked once");
        }
        assert_eq!(world.number(kept).await, 1, "the last answer counts");
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        let line = "said why they left morning: too many mails, “<b>Too</b> many, [31mreally”";
        assert!(shown.contains(line), "{shown}");
        let shown = program::json(world, &["subscriber", "show", ASHA]);
        assert_eq!(shown["answers"][0]["why"], "too many mails");
        pages.speak("de");
        fully(world, &pages, ASHA).await;
        let held = pages.get("/preferences/data").await;
        held.says(&["Zu viele Mails, &lt;b&gt;Too&lt;/b&gt; many, [31mreally"]);
        pages.speak("en");
        assert!(!gets_it(world, ASHA));
        program::ok(world, &["subscriber", "remove", ASHA]);
        assert_eq!(world.number(kept).await, 0, "it goes with the reader");
        let gone = pages.post("/leave", &why("", "many")).await;
        assert_eq!(gone.title(), "There is nothing left to leave");
        assert_eq!(world.number(kept).await, 0);
    }
);

story!(
    what_is_said_after_leaving_can_still_be_followed_by_undo,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let token = link.rsplit('/').next().unwrap();
        let left = pages
            .press("/leave", &[("token", token), ("do", "all")])
            .await;
        let revision = left.hidden("revision").to_owned();
        let form = [
            ("token", token),
            ("do", "why"),
            ("newsletter", "morning"),
            ("revision", &revision),
            ("why", "never"),
        ];
        let said = pages.press("/leave", &form).await;
        assert_eq!(said.hidden("revision"), revision);
        let form = [
            ("token", token),
            ("do", "undo"),
            ("newsletter", "morning"),
            ("revision", &revision),
        ];
        pages.press("/leave", &form).await;
        assert!(gets_it(world, ASHA));
    }
);
