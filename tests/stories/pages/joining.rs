//! Signing up in a real browser, as a reader does it.

use super::ASHA;
use crate::support::World;
use crate::support::browser::Browser;
use crate::support::mail::carries;
use crate::support::pages::{Pages, link};

story!(
    a_reader_signs_up_and_confirms_without_a_script,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = Pages::local(world).await;
        world.publish("port", "Port", "The port reopens").await;
        let home = format!("http://{}", pages.address);
        browser.open(&format!("{home}/signup"));
        assert_eq!(browser.heading(), "The paper, by mail, when you want it");
        let ticked = "document.querySelectorAll(':checked').length";
        assert_eq!(browser.value(ticked), 0, "nothing is ticked beforehand");
        assert_eq!(browser.value("document.cookie"), "");
        browser.inspect("signup");

        browser.fill("#address", "asha.verrow");
        browser.press("Sign up");
        assert!(
            browser
                .value("document.title")
                .as_str()
                .unwrap()
                .starts_with("Error: ")
        );
        // The browser gives the focus as it draws the page.
        let focused = "new Promise(done => { let left = 600; const look = () => {
            const role = document.activeElement.getAttribute('role');
            role || !left-- ? done(role) : requestAnimationFrame(look); }; look(); })";
        assert_eq!(browser.value(focused), "alert", "the summary has the focus");
        assert_eq!(
            browser.value("document.querySelector('#address').value"),
            "asha.verrow"
        );
        browser.inspect("signup-error");

        browser.tick("#n-morning");
        browser.fill("#address", ASHA);
        browser.press("Sign up");
        assert_eq!(browser.heading(), "Now look in your mail");
        browser.inspect("signup-sent");
        browser.press("Send it again");
        assert_eq!(browser.heading(), "Now look in your mail");
        world.send().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 1, "one mail an hour");

        browser.open(&link(&mails[0], "/confirm/"));
        assert!(
            browser.address().ends_with("/confirm"),
            "no token in the bar"
        );
        assert_eq!(browser.heading(), "One press to confirm");
        browser.inspect("confirm");
        browser.press("Yes, send me this");
        assert_eq!(browser.heading(), "You are on the list");
        browser.inspect("confirm-done");
        browser.press("Choose hours and topics");
        assert!(
            browser.text().contains(ASHA),
            "the whole address, since the link is fresh"
        );

        browser.open(&link(&mails[0], "/confirm/"));
        assert_eq!(browser.heading(), "You are on the list");
        assert!(browser.text().contains("It is confirmed already"));
        browser.inspect("confirm-done-before");
        browser.press("Change newsletters and hours");
        assert!(browser.text().contains("Sent to a…"), "a masked address");
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2);
        assert!(carries(&mails[1], "port"));

        for language in ["de", "hi", "ur"] {
            browser.open(&format!("{home}/signup?language={language}"));
            browser.inspect(&format!("signup-{language}"));
        }
        browser.open(&format!("{home}/embed/morning"));
        browser.inspect("embed");
        browser.fill("#address", "ben@example.org");
        browser.press("Sign up");
        assert_eq!(browser.heading(), "Now look in your mail");
        browser.open(&format!("{home}/embed/morning/code"));
        browser.inspect("embed-code");
    }
);
