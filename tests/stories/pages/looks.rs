//! Pages that no other story looks at: each is fit to be seen at every width, by day and in the dark.

use postrider::audience::bounce;
use postrider::secret::Purpose;

use super::{ASHA, BEN, morning};
use crate::preferences::{number, ticket};
use crate::signing_up::members::{KEY, member_link, with_member_key};
use crate::support::World;
use crate::support::browser::Browser;
use crate::support::pages::{Pages, leave_link, link, links};
use crate::support::world::NEWSLETTERS;

const DEE: &str = "dee.marlow@example.org";

/// The pages where a browser finds them, with members' links, an archive, and room for one sign-up an hour.
async fn all_pages(world: &mut World) -> Pages {
    let (_, text) = NEWSLETTERS[0];
    let text = text.replacen("title =", "archive = true\ntitle =", 1);
    world.configure("newsletters/morning.toml", &text);
    world.configure_web("signups_per_hour = 2");
    with_member_key(world).await;
    let pages = Pages::local(world).await;
    morning(world).await;
    pages
}

story!(
    what_joins_and_what_is_read_is_fit_to_be_seen,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = all_pages(world).await;
        let home = format!("http://{}", pages.address);
        let until = world.now().as_second() + 600;
        let join = member_link(
            KEY,
            "join.",
            "cat@example.org",
            &["morning"],
            until,
            "4f1c29a07b",
        );
        browser.open(&format!("{home}{join}"));
        assert_eq!(browser.heading(), "Join Morning Tide");
        browser.inspect("join");
        // Its times are the longest.
        browser.speak("hi");
        browser.open(&format!("{home}{join}"));
        browser.inspect("join-hi");
        browser.speak("en");
        browser.open(&format!("{home}{join}"));
        browser.press("Join");
        assert_eq!(browser.heading(), "You are on the list");
        browser.inspect("joined");
        browser.press("The latest issue of Morning Tide");
        assert!(browser.address().ends_with("/sample/morning"));
        browser.open(&format!("{home}{join}"));
        browser.inspect("join-used");

        browser.open(&format!("{home}/archive"));
        browser.inspect("archive");
        browser.press("Morning Tide");
        browser.inspect("archive-list");
        for (name, path) in [
            ("archive-issue", "/archive/morning/2026-11-24".to_owned()),
            ("sample", "/sample/morning".to_owned()),
            ("read", link(&world.mails_to(ASHA)[0], "/read/")),
        ] {
            let page = pages.open(&path).await;
            browser.show(&page.body);
            assert!(browser.text().contains("The port reopens"));
            browser.inspect(name);
        }

        browser.open(&format!("{home}/embed/morning"));
        browser.press("Sign up");
        browser.inspect("embed-error");
        for address in ["dee@example.org", "eve@example.org"] {
            browser.open(&format!("{home}/signup"));
            browser.tick("#n-mine");
            browser.fill("#address", address);
            browser.press("Sign up");
        }
        let text = browser.text();
        assert!(text.contains("That was too often"), "{text}");
        let kept =
            "document.querySelector('#address').value + document.querySelector('#n-mine').checked";
        assert_eq!(browser.value(kept), "eve@example.orgtrue");
        browser.inspect("signup-too-often");
    }
);

story!(
    what_leaves_and_what_fails_is_fit_to_be_seen,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = all_pages(world).await;
        let home = format!("http://{}", pages.address);
        world.join(&[world.reader(BEN, "mine")]).await;
        let bens = world.mails_to(BEN);
        browser.open(&leave_link(&bens[0]));
        browser.press("Leave Morning Tide");
        browser.press("Send");
        assert_eq!(browser.value("document.activeElement.className"), "errors");
        browser.inspect("leave-why-error");
        browser.fill("#why-words", "Too many of them.");
        browser.press("Send");
        assert!(browser.text().contains("Your answer is kept."));
        browser.inspect("leave-why-kept");
        browser.press("Leave everything");
        assert_eq!(browser.heading(), "You have left everything");
        browser.inspect("leave-all");
        world.send().await;
        let told = world.mails_to(BEN);
        browser.open(&link(&told[1], "/undo/"));
        browser.inspect("undo-ask");
        browser.press("Undo it");
        browser.inspect("undo-done");

        let preferences = link(&world.mails_to(ASHA)[0], "/preferences/");
        browser.open(&preferences);
        browser.value("document.querySelector('#pause').noValidate = true");
        browser.tick("[name=until][value=date]");
        browser.fill("#pause-date", "2027-06-01");
        browser.click("#pause button");
        assert_eq!(browser.value("document.activeElement.className"), "errors");
        assert_eq!(
            browser.value("document.querySelector('#pause-date').value"),
            "2027-06-01"
        );
        browser.inspect("preferences-limited-error");
        browser.press("Send me a fresh link");
        world.send().await;
        browser.open(&link(&world.mails_to(ASHA)[1], "/preferences/"));
        browser.press("Erase everything about me");
        world.later(24 * 60);
        browser.open(&preferences);
        browser.inspect("preferences-limited-erasing");
        browser.press("Send me a fresh link");
        world.send().await;
        // What tells of the erasing leaves in the same moment.
        let mails = world.mails_to(ASHA);
        let mut newest = mails.iter().rev().flat_map(links);
        let fresh = newest.find(|link| link.contains("/preferences/")).unwrap();
        browser.open(&fresh);
        browser.press("Keep everything");
        assert!(browser.text().contains("It is as it was before."));
        browser.inspect("preferences-kept");

        world.later(40);
        for (name, path, heading) in [
            (
                "error-no-session",
                format!("{home}/preferences"),
                "The time of this link is over",
            ),
            ("error-old-link", fresh, "The time of this link is over"),
            (
                "error-bad-link",
                format!("{preferences}x"),
                "This link is not whole",
            ),
            (
                "error-not-found",
                format!("{home}/nothing"),
                "There is no such page",
            ),
        ] {
            browser.open(&path);
            assert_eq!(browser.heading(), heading);
            browser.inspect(name);
        }
    }
);

story!(
    what_is_held_and_what_leaves_is_fit_to_be_seen_from_right_to_left_too,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = all_pages(world).await;
        let home = format!("http://{}", pages.address);
        let dee = world.reader(DEE, "morning").named("Dee Marlow");
        let dee = dee.follows(&["section:Port", "author:Mirren Oake", "keyword:ferry"]);
        world.join(&[dee.mutes(&["topic:Cricket"])]).await;
        world
            .join(&[world.reader(DEE, "mine").follows(&["section:Port"])])
            .await;
        world.publish("ferry", "Port", "The ferry is back").await;
        world.at("2026-11-25T07:00:00Z");
        world.run().await;
        world.publish("quay", "Port", "The quay is closed").await;
        world.at("2026-11-26T06:30:00Z");
        world.run().await;
        let signup = [("address", DEE), ("newsletter", "offers")];
        pages.post("/signup", &signup).await;
        bounced_softly(world, DEE).await;
        let leave = leave_link(&world.mails_to(DEE)[1]);
        for (language, says) in [("en", "Put together"), ("ur", "تیار کی گئی")] {
            let fresh = ticket(world, Purpose::Manage, number(world, DEE).await, 0);
            browser.open(&format!("{home}/preferences/{fresh}"));
            browser.fill("#language", language);
            browser.click("form:has(#language) button");
            browser.tick("details:has([name=only_followed]) > summary");
            browser.inspect(&format!("preferences-followed-{language}"));
            browser.open(&format!("{home}/preferences/data"));
            assert!(browser.text().contains(says));
            browser.inspect(&format!("data-{language}"));
            browser.open(&leave);
            browser.inspect(&format!("leave-ask-{language}"));
            browser.click(".btn.first");
            browser.inspect(&format!("leave-left-{language}"));
            browser.click("[name=do][value=only-followed]");
            browser.inspect(&format!("leave-followed-{language}"));
            browser.click("[name=do][value=undo]");
        }
        browser.speak("ur");
        for path in ["archive", "archive/morning", "signup"] {
            browser.open(&format!("{home}/{path}"));
            browser.inspect(&format!("{}-ur", path.replace('/', "-")));
        }
    }
);

/// A mail to this address has just come back for now.
async fn bounced_softly(world: &World, address: &str) {
    let mut tx = world.app.db.begin().await.unwrap();
    let soft = bounce::Soft {
        times: vec![world.now().as_millisecond()],
        settled_at: 0,
    };
    bounce::keep(&mut tx, &world.app.keys.address(address), &soft)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
