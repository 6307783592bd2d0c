//! Forged links, forms from elsewhere, and what else comes in that nobody should have sent.

use reqwest::Method;

use super::{ASHA, BEN, morning};
use crate::support::World;
use crate::support::pages::{Pages, leave_link, links, one_click_link, with_form};

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
