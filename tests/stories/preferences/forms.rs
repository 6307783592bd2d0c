//! Forms that no page of ours sent, or that of another link.

use postrider::demo::relay::Caught;
use reqwest::Method;

use super::strangers::{by_mail, mails, state};
use super::{ASHA, BEN, PAGE, fully, link, mail_to};
use crate::support::pages::{Pages, leave_link, with_form};
use crate::support::{World, program};

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
