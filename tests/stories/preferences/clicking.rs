//! A reader's own story, in a real browser.

use postrider::config::Cadence;

use super::ASHA;
use crate::support::browser::Browser;
use crate::support::pages::{Pages, link};
use crate::support::{World, program};

const NEW: &str = "asha.verrow@new.example";

/// The last mail to this address, sent now, and the link in it that has this part.
async fn mailed(world: &World, address: &str, part: &str) -> String {
    world.send().await;
    let mails = world.mails_to(address);
    link(mails.last().expect("a mail"), part)
}

story!(
    a_reader_manages_everything_by_one_emailed_link,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let file = world.config().join("postrider.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("[web]\n", "[web]\nnotices = [\"replies\", \"saved\"]\n");
        std::fs::write(file, text).unwrap();
        let _pages = Pages::local(world).await;
        let asha = world
            .reader(ASHA, "mine")
            .named("Asha Verrow")
            .at(Cadence::Daily, "07:00", "Europe/London")
            .follows(&["section:Port", "author:Mirren Oake", "keyword:ferry"])
            .mutes(&["topic:Cricket"]);
        world.join(&[asha]).await;
        for (slug, section, headline) in [
            ("port", "Port", "The port reopens"),
            ("school", "Schools", "Schools open again"),
        ] {
            world.publish(slug, section, headline).await;
        }
        world.at("2026-11-24T07:00:00Z");
        world.run().await;

        browser.open(&mailed(world, ASHA, "/preferences/").await);
        assert!(
            browser.address().ends_with("/preferences"),
            "no token in the bar"
        );
        assert!(browser.text().contains("Sent to a…\u{2060}a@example.org."));
        browser.inspect("preferences-limited");
        browser.press("Send me a fresh link");
        assert!(
            browser
                .text()
                .contains("The link in it is good for half an hour.")
        );
        browser.open(&mailed(world, ASHA, "/preferences/").await);
        assert!(browser.text().contains("Sent to asha@example.org."));
        browser.inspect("preferences");

        browser.tick("summary");
        browser.fill("#hour-mine", "06:30");
        browser.press("Save: when My Courier comes");
        let text = browser.text();
        assert!(
            text.contains("My Courier now comes every day at 06:30, London time."),
            "{text}"
        );
        assert!(
            browser
                .value("document.title")
                .as_str()
                .unwrap()
                .starts_with("Saved: ")
        );
        browser.inspect("preferences-saved");

        browser.fill("#add-mine", "schools");
        browser.press("Mute: in My Courier");
        assert!(
            browser
                .text()
                .contains("My Courier brings nothing of Schools any more.")
        );
        browser.fill("#add-mine", "");
        browser.press("Follow: in My Courier");
        assert!(
            browser
                .value("document.title")
                .as_str()
                .unwrap()
                .starts_with("Error: ")
        );
        let focused = browser.value("document.activeElement.className");
        assert_eq!(
            focused, "errors",
            "the summary is what a reader hears first"
        );
        browser.inspect("preferences-error");

        browser.press("Pause");
        assert!(
            browser
                .text()
                .contains("Everything is paused until 1 December 2026.")
        );
        browser.inspect("preferences-paused");
        browser.press("Undo");
        browser.press("Leave My Courier");
        assert!(browser.text().contains("You have left My Courier."));
        assert!(browser.text().contains("You get no newsletters"));
        browser.inspect("preferences-none");
        browser.press("Undo");
        assert!(browser.text().contains("It is as it was before."));

        browser.press("Read it");
        assert_eq!(browser.heading(), "What we hold of you");
        assert!(
            browser
                .text()
                .contains("brings nothing of Schools any more.")
        );
        browser.inspect("preferences-data");
        let (name, bytes) = browser.download("[href$=\"/data.json\"]");
        assert_eq!(name, "newsletters.json");
        let held: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(held["address"], ASHA, "{held:#}");
        let mine = &held["preferences"]["subscriptions"]["mine"];
        assert_eq!(mine["at_minute"], 390, "{held:#}");
        assert_eq!(browser.heading(), "What we hold of you", "the page stays");

        browser.press("Back to your newsletters");
        browser.fill("#newaddr", NEW);
        browser.press("Send the link");
        assert!(browser.text().contains("a…\u{2060}w@new.example waits"));
        browser.open(&mailed(world, NEW, "/address/").await);
        browser.inspect("address-ask");
        browser.press("Yes, send them here");
        assert_eq!(browser.heading(), "Your address is changed");
        world.at("2026-11-25T06:30:00Z");
        world.publish("ferry", "Port", "The ferry is back").await;
        world.run().await;
        browser.open(&mailed(world, NEW, "/preferences/").await);
        browser.press("Send me a fresh link");
        browser.open(&mailed(world, NEW, "/preferences/").await);
        assert!(browser.text().contains("Sent to asha.verrow@new.example."));

        browser.fill("#language", "ur");
        browser.press("Save: the language");
        assert_eq!(browser.heading(), "آپ کے نیوز لیٹر");
        browser.inspect("preferences-ur");
        browser.fill("#language", "en");
        browser.click("form:has(#language) button");
        browser.press("Erase everything about me");
        assert!(
            browser
                .text()
                .contains("everything is erased on 9 December 2026")
        );
        browser.inspect("preferences-erasing");
        world.later(14 * 24 * 60);
        world.plan().await;
        let (code, _, said) = program::fails(world, &["subscriber", "show", NEW]);
        assert!(
            code == 1 && said.contains("the reader's data were erased"),
            "{said}"
        );
    }
);
