//! What nobody should type: each field refuses it by name, or shows it as text.

use mail_parser::MessageParser;

use super::strangers::mails;
use super::{ASHA, PAGE, fully, mail_to};
use crate::support::hostile::{HOSTILE, mails_are_tame};
use crate::support::pages::Pages;
use crate::support::{World, program};

/// What comes of a form with such a field.
#[derive(Clone, Copy, Debug)]
enum Comes {
    /// The page says what to mend in the field of this id, and shows what was typed if it is a field to type in.
    Mend(&'static str),
    /// It is no form of ours.
    Strange,
    /// It is none of this reader's page.
    Another,
    /// It is saved, or there was nothing to save.
    Taken,
}

use Comes::{Another, Mend, Strange, Taken};

/// A field, the rest of its form, and what comes of it.
type Row = (&'static str, &'static [(&'static str, &'static str)], Comes);

const WHEN: [(&str, &str); 4] = [
    ("do", "when"),
    ("newsletter", "mine"),
    ("cadence", "daily"),
    ("hour", "07:00"),
];

const FIELDS: &[Row] = &[
    ("do", &[], Strange),
    ("mark", &[("do", "leave-all")], Another),
    ("of", &[("do", "undo")], Strange),
    ("revision", &[("do", "limit"), ("budget", "3")], Taken),
    ("budget", &[("do", "limit")], Mend("budget")),
    ("offers", &[("do", "offers")], Taken),
    ("shown", &[("do", "notices"), ("wanted", "replies")], Taken),
    ("wanted", &[("do", "notices"), ("shown", "replies")], Taken),
    ("language", &[("do", "language")], Mend("language")),
    ("name", &[("do", "name")], Taken),
    ("address", &[("do", "address")], Mend("newaddr")),
    ("newsletter", &[("do", "join")], Mend("yours")),
    ("newsletter", &[("do", "leave")], Mend("yours")),
    ("newsletter", &[("do", "resume")], Mend("yours")),
    ("newsletter", &[("do", "only-followed")], Mend("yours")),
    (
        "newsletter",
        &[("do", "when"), ("cadence", "daily")],
        Mend("yours"),
    ),
    (
        "newsletter",
        &[("do", "add"), ("what", "Port")],
        Mend("yours"),
    ),
    (
        "newsletter",
        &[("do", "forget"), ("term", "topic:Tea")],
        Mend("yours"),
    ),
    (
        "newsletter",
        &[("do", "pause"), ("until", "week")],
        Mend("pause-what"),
    ),
    ("newsletter", &[("do", "when")], Mend("yours")),
    ("newsletter", &[("do", "add")], Mend("yours")),
    ("until", &[("do", "pause")], Mend("pause-date")),
    (
        "date",
        &[("do", "pause"), ("until", "date")],
        Mend("pause-date"),
    ),
    (
        "what",
        &[("do", "add"), ("newsletter", "morning"), ("act", "follow")],
        Taken,
    ),
    (
        "act",
        &[("do", "add"), ("newsletter", "morning"), ("what", "Port")],
        Taken,
    ),
    (
        "term",
        &[("do", "forget"), ("newsletter", "morning")],
        Mend("add-morning"),
    ),
    (
        "only_followed",
        &[("do", "only-followed"), ("newsletter", "morning")],
        Taken,
    ),
    (
        "cadence",
        &[("do", "when"), ("newsletter", "mine")],
        Mend("cadence-mine"),
    ),
    (
        "hour",
        &[("do", "when"), ("newsletter", "mine"), ("cadence", "daily")],
        Mend("hour-mine"),
    ),
    ("zone", &WHEN, Mend("zone-mine")),
    ("days", &WHEN, Taken),
    (
        "day",
        &[
            ("do", "when"),
            ("newsletter", "mine"),
            ("cadence", "daily"),
            ("days", "shown"),
        ],
        Mend("days-mine"),
    ),
];

/// Those whose page shows what was typed.
const ECHOED: [&str; 4] = ["name", "what", "address", "date"];

story!(
    what_is_typed_is_refused_by_its_fields_name_or_shown_as_text,
    async |world: &mut World| {
        world.configure_web("notices = [\"replies\"]");
        world.restart().await;
        world.join(&[world.reader(ASHA, "mine")]).await;
        mails(world).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        for typed in HOSTILE {
            for (field, rest, comes) in FIELDS {
                let form = [rest, &[(*field, typed)][..]].concat();
                let answer = pages.post(PAGE, &form).await;
                answer.is_tame(&form);
                let came = (answer.status, answer.title());
                let shown = match comes {
                    Strange => {
                        assert_eq!(came, (422, "Something is missing here"), "{form:?}");
                        answer
                    }
                    Another => {
                        assert_eq!(came, (409, "This page belongs to another link"), "{form:?}");
                        answer
                    }
                    Mend(id) => {
                        assert_eq!(came, (422, "Your newsletters"), "{form:?}");
                        let leads = format!("<li><a href=\"#{id}\">");
                        answer.says(&["role=\"alert\"", &leads, &format!("id=\"{id}\"")]);
                        answer
                    }
                    Taken => {
                        assert_eq!(answer.status, 303, "{form:?}");
                        let next = answer.header("location");
                        let saved = next.strip_prefix("/preferences?saved=");
                        assert!(
                            next == "/preferences?note=same"
                                || saved.is_some_and(|n| n.parse::<i64>().is_ok()),
                            "{form:?}: {next}"
                        );
                        pages.get(next).await
                    }
                };
                shown.is_tame(&form);
                if ECHOED.contains(field) {
                    let text = HOSTILE[0] != typed || shown.body.contains("&lt;script&gt;alert(1)");
                    assert!(text, "{form:?}: {}", shown.body);
                }
            }
            let long = typed.repeat(20);
            for (field, rest, id) in [
                (
                    "what",
                    &[("do", "add"), ("newsletter", "morning")][..],
                    "add-morning",
                ),
                ("name", &[("do", "name")], "name"),
            ] {
                let form = [rest, &[(field, &*long)]].concat();
                let answer = pages.post(PAGE, &form).await;
                assert_eq!(answer.status, 422, "{form:?}");
                answer
                    .says(&[&format!("<li><a href=\"#{id}\">")])
                    .is_tame(&form);
            }
            let data = pages.get("/preferences/data").await;
            data.is_tame(&typed);
            let query: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
            for path in ["note", "saved", "note=same&saved", "saved=1&note"] {
                pages
                    .get(&format!("{PAGE}?{path}={query}"))
                    .await
                    .is_tame(&typed);
            }
        }
        // Nothing of all this is left, joined, moved or erased.
        let shown = program::json(world, &["subscriber", "show", ASHA]);
        for slug in ["morning", "mine"] {
            let place = &shown["preferences"]["subscriptions"][slug];
            assert_eq!(place["state"], "active", "{slug}");
        }
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 1, "a digest and no notice");
        mails_are_tame(world);
    }
);

story!(
    a_name_greets_as_text_whatever_it_is,
    async |world: &mut World| {
        mails(world).await;
        let pages = Pages::of(world).await;
        for (n, (name, shown)) in HOSTILE
            .into_iter()
            .zip(["alert(1)", "Bcc: everyone", "here"])
            .enumerate()
        {
            world.later(24 * 60);
            fully(world, &pages, ASHA).await;
            let form = [("do", "name"), ("name", name)];
            let saved = pages.press(PAGE, &form).await;
            saved.says(&["Mails greet you as"]).is_tame(&form);
            world
                .publish(&format!("ferry-{n}"), "Port", "The ferry is back")
                .await;
            world.run().await;
            let mail = mail_to(world, ASHA).await;
            let parsed = MessageParser::default().parse(&mail.bytes[..]).unwrap();
            let to = parsed.to().and_then(|to| to.first()).unwrap();
            let greeted = to.name().unwrap_or_default();
            assert!(greeted.contains(shown), "the name is there: {greeted}");
            assert_eq!(to.address(), Some(ASHA));
            let told = program::ok(world, &["subscriber", "show", ASHA]);
            assert!(
                told.contains(shown) && !told.contains(['\u{202e}', '\u{1b}', '\0']),
                "{told:?}"
            );
        }
        mails_are_tame(world);
        // A form longer than any of ours.
        fully(world, &pages, ASHA).await;
        let long = "x".repeat(70_000);
        let answer = pages.post(PAGE, &[("do", "name"), ("name", &long)]).await;
        assert_eq!((answer.status, answer.title()), (413, "That was too long"));
    }
);
