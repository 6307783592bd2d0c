//! Pages that few readers ever see, most of them when something has gone another way than they meant: fit to be seen, too.

use postrider::audience::SuppressionReason;
use postrider::secret::Purpose;

use super::one_click::one_click_path;
use super::{ASHA, BEN, morning};
use crate::preferences::{number, ticket};
use crate::signing_up::suppressed_for;
use crate::support::World;
use crate::support::browser::Browser;
use crate::support::pages::{Pages, leave_link, link};
use crate::support::world::NEWSLETTERS;

const CAT: &str = "cat@example.org";
const DEE: &str = "dee@example.org";

/// The newest mail's link to this page, sent now.
async fn mailed(world: &World, address: &str, page: &str) -> String {
    world.send().await;
    link(world.mails_to(address).last().expect("a mail"), page)
}

story!(
    what_a_sign_up_is_answered_is_fit_to_be_seen,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = Pages::local(world).await;
        let home = format!("http://{}", pages.address);
        for (name, address, says) in [
            ("plain", ASHA, ""),
            ("meant", "asha@gmial.com", "Did you mean asha@gmail.com?"),
            (
                "role",
                "info@example.org",
                "info is often a mailbox that several people read.",
            ),
            (
                "nobody",
                "noreply@example.org",
                "Nobody reads most mailboxes that are called noreply.",
            ),
        ] {
            browser.open(&format!("{home}/signup"));
            browser.tick("#n-morning");
            browser.fill("#address", address);
            browser.press("Sign up");
            assert_eq!(browser.heading(), "Now look in your mail");
            assert!(browser.text().contains(says), "{name}");
            browser.inspect(&format!("signup-sent-{name}"));

            browser.open(&format!("{home}/embed/morning"));
            browser.fill("#address", address);
            browser.press("Sign up");
            assert_eq!(browser.heading(), "Now look in your mail");
            assert!(browser.text().contains(says), "{name}");
            assert_eq!(
                browser.value("document.querySelectorAll('header').length"),
                0
            );
            browser.inspect(&format!("embed-sent-{name}"));
            if name == "meant" {
                browser.press("Send it to asha@gmail.com");
                assert!(
                    browser
                        .text()
                        .contains("We sent a button to asha@gmail.com.")
                );
                browser.inspect("embed-sent-to-what-was-meant");
            }
        }
        browser.open(&format!("{home}/embed/morning?language=ur"));
        browser.fill("#address", "asha@gmial.com");
        browser.click("form .first");
        browser.inspect("embed-sent-ur");
        world.send().await;
        assert_eq!(world.mails_to("asha@gmail.com").len(), 1);

        // The button of a mail that came late.
        browser.open(&mailed(world, ASHA, "/confirm/").await);
        suppressed_for(world, ASHA, SuppressionReason::Complaint).await;
        browser.press("Yes, send me this");
        browser.inspect("confirm-stopped");
        let confirm = mailed(world, "info@example.org", "/confirm/").await;
        world.later(8 * 24 * 60);
        browser.open(&confirm);
        browser.inspect("confirm-gone");
    }
);

story!(
    what_the_paper_has_no_more_is_fit_to_be_seen,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        Pages::move_to_this_machine(world).await;
        morning(world).await;
        std::fs::remove_file(world.config().join("newsletters/morning.toml")).unwrap();
        for (slug, text) in &NEWSLETTERS[1..] {
            let text = format!("public = false\n{text}");
            world.configure(&format!("newsletters/{slug}.toml"), &text);
        }
        world.restart().await;
        let pages = Pages::of(world).await;
        let leave = leave_link(&world.mails_to(ASHA)[0]);
        browser.open(&leave);
        assert_eq!(browser.heading(), "Leave Morning Tide?");
        browser.inspect("leave-last-ask");
        browser.press("Leave Morning Tide");
        assert_eq!(browser.heading(), "You have left Morning Tide");
        assert_eq!(browser.value("document.querySelectorAll('form').length"), 0);
        browser.inspect("leave-last-left");
        browser.speak("ur");
        browser.open(&leave_link(&world.mails_to(BEN)[0]));
        browser.inspect("leave-last-ask-ur");
        browser.speak("en");
        browser.open(&format!("http://{}/archive", pages.address));
        browser.inspect("archive-nothing");
        browser.press("What we hold and why");
        let target = browser.value("document.querySelector(':target').id");
        assert_eq!(target, "hold", "it is told though nothing can be joined");
        let none = "There is no newsletter to join at the moment.";
        assert!(browser.text().contains(none), "{}", browser.text());
        browser.inspect("signup-nothing");
    }
);

story!(
    what_was_undone_moved_or_kept_is_fit_to_be_seen,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = Pages::local(world).await;
        let home = format!("http://{}", pages.address);
        morning(world).await;
        let id = number(world, ASHA).await;
        let fresh = |world: &World, epoch| {
            let fresh = ticket(world, Purpose::Manage, id, epoch);
            format!("{home}/preferences/{fresh}")
        };
        let move_to = |browser: &mut Browser, address: &str| {
            browser.fill("#newaddr", address);
            browser.press("Send the link");
        };
        browser.open(&fresh(world, 0));
        move_to(&mut browser, "asha@new.example");
        let there = mailed(world, "asha@new.example", "/address/").await;
        browser.open(&there);
        browser.press("Yes, send them here");
        assert_eq!(browser.heading(), "Your address is changed");
        browser.inspect("address-done");
        browser.open(&there);
        assert_eq!(browser.heading(), "This link is used up");
        browser.inspect("address-over");
        let back = mailed(world, ASHA, "/undo/").await;
        browser.open(&back);
        assert_eq!(browser.heading(), "Take the change of address back?");
        browser.inspect("undo-ask-move");
        browser.press("Undo it");
        assert_eq!(browser.heading(), "Your mails come to this address again");
        browser.inspect("undo-moved");
        browser.open(&back);
        browser.press("Undo it");
        assert_eq!(browser.heading(), "There is nothing left to undo");
        browser.inspect("undo-over");

        let epoch = world.number("SELECT max(epoch) FROM subscriber").await;
        for (name, address, heading) in [
            ("taken", CAT, "This address gets newsletters already"),
            ("suppressed", DEE, "We must not write to this address"),
        ] {
            browser.open(&fresh(world, epoch));
            move_to(&mut browser, address);
            browser.open(&mailed(world, address, "/address/").await);
            if name == "taken" {
                world.join(&[world.reader(CAT, "mine")]).await;
            } else {
                suppressed_for(world, DEE, SuppressionReason::Complaint).await;
            }
            browser.press("Yes, send them here");
            assert_eq!(browser.heading(), heading);
            browser.inspect(&format!("address-{name}"));
        }

        browser.open(&fresh(world, epoch));
        browser.press("Erase everything about me");
        let keep = mailed(world, ASHA, "/undo/").await;
        browser.speak("ur");
        browser.open(&keep);
        browser.inspect("undo-ask-erase-ur");
        browser.speak("en");
        browser.open(&keep);
        assert_eq!(browser.heading(), "Keep everything?");
        browser.inspect("undo-ask-erase");
        browser.press("Keep everything");
        assert_eq!(browser.heading(), "It is as it was before");
    }
);

story!(
    what_is_refused_or_fails_is_fit_to_be_seen,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = Pages::local(world).await;
        let home = format!("http://{}", pages.address);
        morning(world).await;
        let mail = world.mails_to(ASHA)[0].clone();
        let preferences = link(&mail, "/preferences/");
        browser.open(&preferences);
        browser.open(&format!("{home}/preferences/data"));
        assert_eq!(browser.heading(), "This needs a fresh link");
        browser.inspect("error-limited");
        for (name, changed, heading) in [
            (
                "other-link",
                "[name=mark]').value = 'x'",
                "This page belongs to another link",
            ),
            (
                "bad-form",
                "[name=do]').value = 'dance'",
                "Something is missing here",
            ),
            (
                "too-long",
                "[name=do]').value = 'x'.repeat(70000)",
                "That was too long",
            ),
        ] {
            browser.open(&preferences);
            browser.value(&format!("document.querySelector('#pause {changed}"));
            browser.click("#pause button");
            assert_eq!(browser.heading(), heading);
            browser.inspect(&format!("error-{name}"));
        }
        let unknown = one_click_path(world, 1, 9_999);
        for (name, path, heading) in [
            ("elsewhere", "/leave", "This did not come from our page"),
            ("not-now", unknown.as_str(), "We could not save that"),
        ] {
            let other = format!(
                "<form method=\"post\" action=\"{home}{path}\"><button>Win</button></form>"
            );
            browser.show(&other);
            browser.press("Win");
            assert_eq!(browser.heading(), heading);
            browser.inspect(&format!("error-{name}"));
        }

        browser.open(&leave_link(&mail));
        browser.press("Leave Morning Tide");
        world
            .change("ALTER TABLE leaving_answer RENAME TO lost")
            .await;
        browser.tick("#why-many");
        browser.press("Send");
        assert_eq!(browser.heading(), "We could not do that");
        browser.inspect("error-broken");
        world
            .change("ALTER TABLE lost RENAME TO leaving_answer")
            .await;
    }
);
