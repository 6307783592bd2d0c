//! Forged links, forms from elsewhere, and what else comes in that nobody should have sent.

use reqwest::Method;

use super::{ASHA, BEN, morning};
use crate::preferences::{fully, mail_to};
use crate::signing_up::members::{KEY, member_link, with_member_key};
use crate::support::hostile::{HOSTILE, mails_are_tame};
use crate::support::pages::{Answer, Pages, leave_link, link, links, one_click_link, with_form};
use crate::support::{World, program};

async fn active(world: &World) -> i64 {
    world
        .number("SELECT count(*) FROM subscription WHERE state = 1")
        .await
}

story!(
    a_forged_link_or_one_for_something_else_opens_nothing,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let all = links(&world.mails_to(ASHA)[0]);
        let of = |kind: &str| {
            let link = all.iter().find(|link| link.contains(kind));
            link.and_then(|link| link.rsplit('/').next()).unwrap()
        };
        let (leave, read) = (of("/leave/"), of("/read/"));
        let last = if leave.ends_with('A') { "B" } else { "A" };
        let forged = format!("{}{last}", &leave[..leave.len() - 1]);
        let long = "A".repeat(4000);
        for token in [forged.as_str(), read, "x", "..%2f..", "%00", "%ff", &long] {
            let path = format!("/leave/{token}");
            assert!(
                matches!(pages.get(&path).await.status, 400..=414),
                "{token}"
            );
            assert!(matches!(pages.one_click(&path).await.status, 400..=414));
            let answer = pages
                .post("/leave", &[("token", token), ("do", "leave")])
                .await;
            assert_eq!(answer.status, 404, "{token}");
            assert_eq!(answer.title(), "This link is not whole");
        }
        assert_eq!(active(world).await, 2);
    }
);

story!(
    a_form_that_another_site_sends_does_nothing,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let token = link.rsplit('/').next().unwrap();
        let form = [("token", token), ("do", "leave")];
        for (name, value) in [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ] {
            let request = pages
                .plain(Method::POST, "/leave")
                .header("Accept", "text/html")
                .header(name, value);
            let answer = pages.send(with_form(request, &form)).await;
            assert_eq!(answer.status, 403, "{name}: {value}");
            assert_eq!(answer.title(), "This did not come from our page");
        }
        assert_eq!(active(world).await, 2);
        // The button of a mail program is no browser's form, and may come from anywhere.
        let button = one_click_link(&world.mails_to(ASHA)[0]);
        assert_eq!(pages.one_click(&button).await.status, 200);
        assert_eq!(active(world).await, 1);
    }
);

story!(
    what_is_no_form_of_ours_is_told_what_to_do,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(BEN)[0]);
        let token = link.rsplit('/').next().unwrap();
        let bad = pages
            .post("/leave", &[("token", token), ("do", "dance")])
            .await;
        assert_eq!(
            (bad.status, bad.title()),
            (422, "Something is missing here")
        );
        let long = "x".repeat(100_000);
        let long = pages
            .post("/leave", &[("token", &long), ("do", "leave")])
            .await;
        assert_eq!((long.status, long.title()), (413, "That was too long"));
        let huge = vec![b'x'; 3 << 20];
        let request = pages.request(&Method::POST, "/leave").body(huge);
        let huge = pages.send(request).await;
        // What nobody reads is not taken for the next request, which goes by another connection.
        assert_eq!((huge.status, huge.header("connection")), (413, "close"));
        assert_eq!(bad.header("connection"), "");
        let wrong = pages.request(&Method::DELETE, "/leave");
        assert_eq!(pages.send(wrong).await.status, 405);
        let hostile = "\"><script>alert(1)</script>{{page.paper}}";
        let form = [("token", token), ("do", "leave"), ("newsletter", hostile)];
        assert!(!pages.post("/leave", &form).await.body.contains("alert"));
        assert_eq!(active(world).await, 2);
    }
);

const CAT: &str = "cat@example.org";
const DEE: &str = "dee@example.org";
const NEW: &str = "asha@new.example";

/// The pages behind every link that mails have beside the preferences, each open; the token of the one that leaves.
async fn all_open(world: &mut World) -> (Pages, String) {
    with_member_key(world).await;
    morning(world).await;
    let pages = Pages::of(world).await;
    let digest = world.mails_to(ASHA)[0].clone();
    fully(world, &pages, ASHA).await;
    let form = [("do", "address"), ("address", NEW)];
    pages.press("/preferences", &form).await;
    let moves = link(&mail_to(world, NEW).await, "/address/");
    let leave = pages.open(&leave_link(&digest)).await;
    let token = leave.hidden("token").to_owned();
    let form = [("do", "leave"), ("token", token.as_str())];
    pages.press("/leave", &form).await;
    let undo = link(&mail_to(world, ASHA).await, "/undo/");
    let form = [("address", CAT), ("newsletter", "morning")];
    pages.post("/signup", &form).await;
    let confirm = link(&mail_to(world, CAT).await, "/confirm/");
    let until = world.now().as_second() + 600;
    let join = member_link(KEY, "join.", DEE, &["morning"], until, "4f1c29a07b");
    for link in [moves, undo, confirm, join] {
        assert_eq!(pages.open(&link).await.status, 200);
    }
    (pages, token)
}

story!(
    what_is_typed_behind_any_link_of_a_mail_is_refused_or_shown_as_text,
    async |world: &mut World| {
        let (pages, token) = all_open(world).await;
        let own = ("token", token.as_str());
        let [strange, whole, gone, why, other] = [
            (422, "Something is missing here"),
            (404, "This link is not whole"),
            (200, "There is nothing left to leave"),
            (422, "You have left Morning Tide"),
            (409, "This page belongs to another link"),
        ];
        for typed in HOSTILE {
            let long = typed.repeat(60);
            for (path, field, typed, rest, came) in [
                ("/leave", "token", typed, &[("do", "leave")][..], whole),
                ("/leave", "do", typed, &[own], strange),
                ("/leave", "newsletter", typed, &[own, ("do", "leave")], gone),
                ("/leave", "newsletter", typed, &[own, ("do", "why")], gone),
                ("/leave", "revision", typed, &[own, ("do", "undo")], strange),
                ("/leave", "why", typed, &[own, ("do", "why")], why),
                ("/leave", "words", &long, &[own, ("do", "why")], why),
                ("/confirm", "mark", typed, &[("through", "1")], other),
                ("/confirm", "through", typed, &[], strange),
                ("/join", "mark", typed, &[], other),
                ("/undo", "mark", typed, &[], other),
                ("/address", "mark", typed, &[], other),
            ] {
                let form = [rest, &[(field, typed)]].concat();
                let answer = pages.post(path, &form).await;
                assert_eq!((answer.status, answer.title()), came, "{path} {form:?}");
                answer.is_tame(&(path, &form));
                assert_eq!(answer.location(), None, "{path} {form:?}");
                let is_markup = typed.contains("<script>");
                let shown = answer.body.contains("&lt;script&gt;alert(1)");
                assert_eq!(shown, field == "words" && is_markup, "{path} {form:?}");
                let id = match field {
                    "why" => "<a href=\"#why-many\">",
                    "words" => "<a href=\"#why-words\">",
                    _ => "",
                };
                assert!(answer.body.contains(id), "{path} {form:?}");
            }
            let query: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
            for (path, title) in [
                ("/undo", "There is nothing left to undo"),
                ("/address", "This link is used up"),
            ] {
                let answer = pages.get(&format!("{path}?then={query}")).await;
                assert_eq!((answer.status, answer.title()), (200, title));
                answer.is_tame(&(path, typed));
            }
        }
        assert_eq!(active(world).await, 1, "Ben, who has pressed nothing");

        // What is kept of it is text, too: for the paper, and for the reader.
        for typed in HOSTILE {
            let form = [own, ("do", "why"), ("why", typed), ("words", typed)];
            let kept = pages.post("/leave", &form).await;
            assert!(kept.body.contains("Your answer is kept."), "{}", kept.body);
            kept.is_tame(&form);
            fully(world, &pages, ASHA).await;
            pages.get("/preferences/data").await.is_tame(&form);
            let told = program::ok(world, &["subscriber", "show", ASHA]);
            let turns = ['\u{202e}', '\u{2066}', '\u{1b}', '\0', '\r'];
            assert!(!told.contains(turns), "{told:?}");
        }
        let language = HOSTILE[0];
        for (path, form, title) in [
            (
                "/confirm",
                &[("through", "1"), ("language", language)][..],
                "You are on the list",
            ),
            ("/join", &[("language", language)], "You are on the list"),
            ("/undo", &[("do", language)], "It is as it was before"),
            ("/address", &[("do", language)], "Your address is changed"),
        ] {
            let answer: Answer = pages.press(path, form).await;
            assert_eq!((answer.status, answer.title()), (200, title), "{path}");
            answer.is_tame(&(path, form));
        }
        assert_eq!(active(world).await, 4);
        world.send().await;
        mails_are_tame(world);
    }
);

story!(
    a_reader_with_a_hostile_title_before_them_sees_text,
    async |world: &mut World| {
        let text = crate::support::world::NEWSLETTERS[0].1.replace(
            "title = \"Morning Tide\"",
            "title = \"<img src=x onerror=alert(1)> & 'Tide' {{x}}\"",
        );
        world.configure("newsletters/morning.toml", &text);
        world.restart().await;
        morning(world).await;
        let pages = Pages::of(world).await;
        let page = pages.open(&leave_link(&world.mails_to(ASHA)[0])).await;
        assert!(
            page.title().starts_with("Leave &lt;img src"),
            "{}",
            page.title()
        );
        assert!(!page.body.contains("<img"));
        assert_eq!(active(world).await, 2);
    }
);

story!(
    the_style_sheet_is_kept_and_everything_else_is_not,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let page = pages.open(&leave_link(&world.mails_to(ASHA)[0])).await;
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(
            page.header("strict-transport-security")
                .contains("max-age=")
        );
        let (_, rest) = page.body.split_once("rel=\"stylesheet\" href=\"").unwrap();
        let sheet = pages.get(rest.split_once('"').unwrap().0).await;
        assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
        assert!(sheet.header("cache-control").contains("immutable"));
        assert!(sheet.body.contains("--paper") && sheet.body.contains(".oxford"));
        assert_eq!(pages.get("/look/0123456789abcdef.css").await.status, 404);
    }
);
