//! What is saved is so at once, and in the next digest.

use postrider::config::Cadence;

use super::{ASHA, PAGE, fully};
use crate::support::pages::Pages;
use crate::support::{World, program};

/// Asha gets My Courier daily at seven in London, and follows schools and the port.
async fn asha(world: &World) {
    let reader = world
        .reader(ASHA, "mine")
        .at(Cadence::Daily, "07:00", "Europe/London")
        .follows(&["section:Schools", "section:Port"]);
    world.join(&[reader]).await;
}

/// A day's stories, and the digest of this hour, if one comes.
async fn digest(world: &World, day: u8, hour: &str) -> Option<String> {
    world.at(&format!("2026-11-{day}T05:00:00Z"));
    for (section, headline) in [
        ("Schools", format!("Schools on day {day}")),
        ("Port", format!("The port on day {day}")),
    ] {
        world
            .publish(&headline.replace(' ', "-"), section, &headline)
            .await;
    }
    let before = world.mails_to(ASHA).len();
    world.at(&format!("2026-11-{day}T{hour}:00Z"));
    world.run().await;
    let mails = world.mails_to(ASHA);
    (mails.len() > before).then(|| super::text(&mails[before]))
}

const WHEN: [(&str, &str); 11] = [
    ("do", "when"),
    ("newsletter", "mine"),
    ("cadence", "daily"),
    ("zone", "Europe/London"),
    ("days", "shown"),
    ("day", "1"),
    ("day", "2"),
    ("day", "3"),
    ("day", "4"),
    ("day", "5"),
    ("day", "6"),
];

/// The form of My Courier's time, every day of the week, with more or other fields.
fn when<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> = WHEN.to_vec();
    form.push(("day", "7"));
    form.retain(|(name, _)| !more.iter().any(|(other, _)| name == other));
    form.extend(more);
    form
}

story!(
    each_change_holds_at_once_and_in_the_next_digest,
    async |world: &mut World| {
        asha(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA)
            .await
            .says(&["You get one", "Schools", "asha@example.org"]);
        let first = digest(world, 24, "07:00").await.unwrap();
        assert!(first.contains("Schools on day 24") && first.contains("The port on day 24"));

        fully(world, &pages, ASHA).await;
        let saved = pages.press(PAGE, &when(&[("hour", "09:30")])).await;
        saved.says(&[
            "<title>Saved: Your newsletters, The Harbour Courier</title>",
            "My Courier now comes every day at 09:30, London time.",
            "role=\"status\"",
            "Saved at 07:00",
        ]);
        assert_eq!(digest(world, 25, "07:00").await, None);
        assert!(digest(world, 25, "09:30").await.is_some());

        fully(world, &pages, ASHA).await;
        let form = [
            ("do", "add"),
            ("newsletter", "mine"),
            ("what", "port"),
            ("act", "mute"),
        ];
        pages
            .press(PAGE, &form)
            .await
            .says(&["My Courier brings nothing of Port any more."]);
        let without = digest(world, 26, "09:30").await.unwrap();
        assert!(without.contains("Schools on day 26") && !without.contains("The port"));

        fully(world, &pages, ASHA).await;
        let form = [
            ("do", "pause"),
            ("newsletter", ""),
            ("until", "date"),
            ("date", "2026-11-28"),
        ];
        pages
            .press(PAGE, &form)
            .await
            .says(&["Everything is paused until 28 November 2026."]);
        assert_eq!(digest(world, 27, "09:30").await, None);
        assert!(
            digest(world, 28, "09:30").await.is_some(),
            "the pause is over"
        );

        fully(world, &pages, ASHA).await;
        let left = pages
            .press(PAGE, &[("do", "leave"), ("newsletter", "mine")])
            .await;
        left.says(&["You have left My Courier.", "You get no newsletters"]);
        assert_eq!(digest(world, 29, "09:30").await, None);
        let revision = left.hidden("of").to_owned();
        fully(world, &pages, ASHA).await;
        let back = pages
            .press(PAGE, &[("do", "undo"), ("of", &revision)])
            .await;
        back.says(&[
            "It is as it was before.",
            "You get one",
            "Comes every day at 09:30",
        ]);
        assert!(
            digest(world, 30, "09:30")
                .await
                .unwrap()
                .contains("Schools on day 30")
        );
    }
);

story!(
    the_rest_of_the_page_is_saved_too,
    async |world: &mut World| {
        world.configure(
            "newsletters/mine.toml",
            &crate::support::world::NEWSLETTERS[1].1.replace(
                "\"daily\", \"weekly\"",
                "\"daily\", \"weekly\", \"instant\"",
            ),
        );
        world.restart().await;
        asha(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        for (form, says) in [
            (
                &[("do", "join"), ("newsletter", "morning")][..],
                "You now get Morning Tide. It comes every day at 06:30, London time.",
            ),
            (
                &[
                    ("do", "add"),
                    ("newsletter", "mine"),
                    ("what", "“ferry”"),
                    ("act", "follow"),
                ],
                "You follow “ferry” in My Courier.",
            ),
            (
                &[
                    ("do", "add"),
                    ("newsletter", "morning"),
                    ("what", "“ferry”"),
                    ("act", "follow"),
                ],
                "You follow “ferry” in Morning Tide.",
            ),
            (
                &[
                    ("do", "only-followed"),
                    ("newsletter", "morning"),
                    ("only_followed", "yes"),
                ],
                "Morning Tide, if it has what you follow",
            ),
            (
                &[
                    ("do", "only-followed"),
                    ("newsletter", "morning"),
                    ("only_followed", "no"),
                ],
                "Morning Tide brings all of it again, not only what you follow.",
            ),
            (
                &[
                    ("do", "forget"),
                    ("newsletter", "mine"),
                    ("term", "section:port"),
                ],
                "you neither follow nor mute port.",
            ),
            (
                &[("do", "limit"), ("budget", "5")],
                "At most 5 mails a week come.",
            ),
            (
                &[("do", "limit"), ("budget", "")],
                "Your mails have no limit.",
            ),
            (
                &[("do", "pause"), ("newsletter", "mine"), ("until", "week")],
                "My Courier is paused until 1 December 2026.",
            ),
            (
                &[("do", "resume"), ("newsletter", "mine")],
                "My Courier comes again.",
            ),
            (
                &[("do", "offers"), ("offers", "offers")],
                "You hear of offers.",
            ),
            (&[("do", "offers")], "You hear of no more offers."),
            (
                &[("do", "name"), ("name", "  Asha\u{7} Verrow ")],
                "Mails greet you as Asha Verrow.",
            ),
            (
                &[("do", "name"), ("name", "")],
                "Mails greet you without a name.",
            ),
            (
                &[("do", "language"), ("language", "de")],
                "Mails und Seiten sind jetzt in dieser Sprache.",
            ),
            (
                &[("do", "language"), ("language", "ur")],
                "lang=\"ur\" dir=\"rtl\"",
            ),
            (
                &[("do", "language"), ("language", "hi")],
                "ईमेल और पन्ने अब इस भाषा में हैं।",
            ),
            (
                &[("do", "language"), ("language", "")],
                "Mails and pages are in this language now.",
            ),
            (
                &[("do", "leave-all")],
                "You have left everything. Nothing will come any more.",
            ),
        ] {
            let answer = pages.press(PAGE, form).await;
            answer.says(&[says]);
            assert_eq!(answer.status, 200);
        }
        let again = pages.press(PAGE, &[("do", "leave-all")]).await;
        again.says(&[
            "Nothing to change: it is so already.",
            "You get no newsletters",
        ]);
        let back = pages.press(PAGE, &[("do", "undo"), ("of", "20")]).await;
        back.says(&["It is as it was before."]);
        let form = [
            ("do", "forget"),
            ("newsletter", "morning"),
            ("term", "keyword:ferry"),
        ];
        let none = pages.press(PAGE, &form).await;
        none.says(&["Once you follow something here, you can have only that."]);
        none.hides(&["name=\"only_followed\""]);
        let form = [
            ("do", "only-followed"),
            ("newsletter", "morning"),
            ("only_followed", "yes"),
        ];
        let none = pages.post(PAGE, &form).await;
        assert_eq!(none.status, 422);
        none.says(&["<a href=\"#add-morning\">Follow something here first"]);
        let instant = when(&[("cadence", "instant"), ("hour", "07:00")]);
        pages
            .press(PAGE, &[("do", "join"), ("newsletter", "mine")])
            .await;
        pages
            .press(PAGE, &instant)
            .await
            .says(&["My Courier now comes as soon as there is news."]);
    }
);

story!(
    two_pages_open_at_once_lose_nothing_of_each_other,
    async |world: &mut World| {
        asha(world).await;
        let pages = Pages::of(world).await;
        let page = fully(world, &pages, ASHA).await;
        let seen = page.hidden("revision").to_owned();
        let one = when(&[("hour", "09:30"), ("revision", &seen)]);
        pages.press(PAGE, &one).await;
        // The other tab still shows seven o'clock, and its reader ticks off Sunday there.
        let mut other = when(&[("hour", "07:00"), ("revision", &seen)]);
        other.retain(|field| *field != ("day", "7"));
        let saved = pages.press(PAGE, &other).await;
        saved.says(&["My Courier now comes on Mondays, Tuesdays, Wednesdays, Thursdays, Fridays and Saturdays at 09:30"]);
        // What both changed is as the last press says, and the page tells it.
        let last = when(&[("hour", "10:00"), ("revision", &seen)]);
        pages
            .press(PAGE, &last)
            .await
            .says(&["at 10:00, London time."]);
        // Two at the very same time wait for each other.
        let (a, b) = (
            [
                ("do", "add"),
                ("newsletter", "mine"),
                ("what", "topic:Tea"),
                ("act", "follow"),
            ],
            [
                ("do", "add"),
                ("newsletter", "mine"),
                ("what", "topic:Salt"),
                ("act", "follow"),
            ],
        );
        let (a, b) = tokio::join!(pages.post(PAGE, &a), pages.post(PAGE, &b));
        assert_eq!((a.status, b.status), (303, 303));
        pages.open(PAGE).await.says(&[">Tea <", ">Salt <"]);
    }
);

story!(
    an_error_names_its_field_and_keeps_what_was_typed,
    async |world: &mut World| {
        asha(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let mut no_day = when(&[("hour", "23:00")]);
        no_day.retain(|(name, _)| *name != "day");
        let weekly = when(&[("cadence", "weekly"), ("hour", "07:00")]);
        for (form, id, text) in [
            (no_day.clone(), "days-mine", "Tick at least one day."),
            (weekly, "days-mine", "Weekly is on one day: tick only one."),
            (
                when(&[("hour", "25:00")]),
                "hour-mine",
                "Choose a time of day.",
            ),
            (
                when(&[("hour", "07:00"), ("zone", "Europe/Atlantis")]),
                "zone-mine",
                "Choose one of the time zones.",
            ),
            (
                when(&[("hour", "07:00"), ("cadence", "scheduled")]),
                "cadence-mine",
                "It does not come so.",
            ),
            (
                vec![
                    ("do", "add"),
                    ("newsletter", "mine"),
                    ("what", "  "),
                    ("act", "mute"),
                ],
                "add-mine",
                "Write a section",
            ),
            (
                vec![("do", "limit"), ("budget", "0")],
                "budget",
                "Choose one of the numbers.",
            ),
            (
                vec![("do", "pause"), ("until", "date"), ("date", "2026-11-24")],
                "pause-date",
                "Choose a day after today.",
            ),
            (
                vec![("do", "pause"), ("until", "date"), ("date", "2029-01-01")],
                "pause-date",
                "Choose a day within a year.",
            ),
            (
                vec![("do", "address"), ("address", "asha at example")],
                "newaddr",
                "Write the whole address",
            ),
            (
                vec![("do", "pause"), ("newsletter", "offers"), ("until", "week")],
                "pause-what",
                "You do not get this newsletter any more.",
            ),
            (
                vec![("do", "name"), ("name", &*"é".repeat(101).leak())],
                "name",
                "Write a name of at most 100 characters.",
            ),
            (
                vec![("do", "language"), ("language", "tlh")],
                "language",
                "Choose one of the languages.",
            ),
            (
                vec![("do", "address"), ("address", "ASHA@example.org")],
                "newaddr",
                "go to this address already",
            ),
        ] {
            let answer = pages.post(PAGE, &form).await;
            assert_eq!(answer.status, 422, "{form:?}");
            let points = format!("<a href=\"#{id}\">");
            let there = format!("id=\"{id}\"");
            answer.says(&[
                "<title>Error: Your newsletters",
                "role=\"alert\"",
                &points,
                &there,
                text,
                "class=\"err\"",
                &format!("aria-describedby=\"{}-err", id.trim_end_matches("-date")),
            ]);
        }
        let typed = pages.post(PAGE, &no_day).await;
        typed.says(&["<option value=\"23:00\" selected>"]);
        typed.hides(&["value=\"1\" aria-label=\"Monday\" checked"]);
        let long = "Asha ".repeat(21);
        let typed = [("do", "name"), ("name", long.as_str())];
        let kept = format!("value=\"{long}\"");
        pages.post(PAGE, &typed).await.says(&[&kept]);
        let typed = [("do", "address"), ("address", "asha at \"example")];
        pages
            .post(PAGE, &typed)
            .await
            .says(&["value=\"asha at &quot;example\""]);
        for strange in [&[("do", "fly")][..], &[], &[("do", "undo"), ("of", "x")]] {
            assert_eq!(pages.post(PAGE, strange).await.status, 422);
        }
        let shown = program::json(world, &["subscriber", "show", ASHA]);
        assert_eq!(shown["revision"], 1, "nothing was written");
    }
);
