//! Without a mouse and without a script: in the order in which things stand, and never lost from sight.

use super::{ASHA, morning};
use crate::support::World;
use crate::support::browser::Browser;
use crate::support::pages::{Pages, leave_link, link};

/// What has the focus: its name, and what is wrong with how that is shown.
const FOCUS: &str = r"(() => {
    const at = document.activeElement;
    if (at === document.body) return ['', ''];
    const name = at.id || at.name && at.name + '=' + at.value || at.textContent.trim().replace(/\s+/g, ' ');
    // A choice in a row is drawn by its label.
    const drawn = getComputedStyle(at).opacity === '0' ? at.closest('label') : at;
    const style = getComputedStyle(drawn), box = drawn.getBoundingClientRect();
    const seen = style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 3
        && box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const all = [...document.querySelectorAll('a, button, input, select, textarea, summary')];
    return [name, seen ? '' : 'not seen', all.indexOf(at)];
})()";

/// Every stop of the Tab key, in its order, until it leaves the page.
fn stops(browser: &mut Browser) -> Vec<String> {
    let mut stops = Vec::new();
    let mut last = -1;
    for _ in 0..300 {
        browser.key("Tab");
        let found = browser.value(FOCUS);
        let name = found[0].as_str().unwrap().to_owned();
        if name.is_empty() {
            return stops;
        }
        assert_eq!(found[1], "", "the focus on {name}");
        let place = found[2].as_i64().unwrap();
        // A field for a day has a stop for each of its parts.
        if place == last && name == "pause-date" {
            continue;
        }
        assert!(
            place > last,
            "{name} comes before what stands above it: {stops:?}"
        );
        last = place;
        stops.push(name);
    }
    panic!("Tab never leaves the page: {stops:?}");
}

/// Goes to this stop by the Tab key.
fn tab_to(browser: &mut Browser, name: &str) {
    for _ in 0..300 {
        browser.key("Tab");
        let found = browser.value(FOCUS);
        assert_eq!(found[1], "", "the focus on {}", found[0]);
        if found[0] == name {
            return;
        }
        assert_ne!(found[0], "", "Tab leaves the page before {name}");
    }
}

/// What every page begins and ends with, around these.
fn within_the_page(stops: &[&str]) -> Vec<String> {
    let (begin, end) = (
        ["Skip to the page", "The Harbour Courier"],
        ["All newsletters", "What we hold and why"],
    );
    let all = [&begin, stops, &end].concat();
    all.into_iter().map(str::to_owned).collect()
}

story!(
    a_reader_signs_up_by_the_keyboard_and_without_a_script,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = Pages::local(world).await;
        browser.without_scripts();
        browser.look(390, false);
        browser.open(&format!("http://{}/signup", pages.address));
        // Nobody falls into the trap, which is none of them.
        let found = stops(&mut browser);
        let wanted = [
            "Deutsch",
            "हिन्दी",
            "اردو",
            "n-morning",
            "n-mine",
            "n-offers",
            "address",
            "Sign up",
            "What we hold and why",
        ];
        assert_eq!(found, within_the_page(&wanted));

        browser.open(&format!("http://{}/signup", pages.address));
        browser.key("Tab");
        browser.key("Enter");
        browser.key("Tab");
        assert_eq!(browser.value(FOCUS)[0], "Deutsch", "the head is skipped");
        tab_to(&mut browser, "n-morning");
        browser.key(" ");
        for _ in 0..3 {
            browser.key("Tab");
        }
        browser.write("asha");
        browser.key_to("Enter");
        assert_eq!(browser.value("document.activeElement.className"), "errors");
        browser.key("Tab");
        assert_eq!(
            browser.value(FOCUS)[0],
            "Write the whole address, with its @, as in name@example.org"
        );
        // A link to the field takes the keys there.
        browser.key("Enter");
        browser.key("End");
        browser.write(".verrow@example.org");
        assert_eq!(browser.value("document.activeElement.id"), "address");
        browser.key_to("Enter");
        assert_eq!(browser.heading(), "Now look in your mail");
        assert!(browser.text().contains("asha.verrow@example.org"));
        let found = stops(&mut browser);
        assert_eq!(
            found,
            within_the_page(&["Send it again", "Use another address"])
        );

        world.send().await;
        browser.open(&link(&world.mails_to(ASHA)[0], "/confirm/"));
        let found = stops(&mut browser);
        assert_eq!(found, within_the_page(&["Yes, send me this"]));
        tab_to(&mut browser, "Yes, send me this");
        browser.key_to(" ");
        assert_eq!(browser.heading(), "You are on the list");
        let found = stops(&mut browser);
        assert_eq!(found, within_the_page(&["Choose hours and topics"]));
        tab_to(&mut browser, "Choose hours and topics");
        browser.key_to("Enter");
        assert!(browser.address().ends_with("/preferences"));
    }
);

story!(
    a_reader_leaves_and_says_why_by_the_keyboard_and_without_a_script,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let _pages = Pages::local(world).await;
        browser.without_scripts();
        browser.look(390, false);
        world.join(&[world.reader(ASHA, "mine")]).await;
        morning(world).await;
        browser.open(&leave_link(&world.mails_to(ASHA)[0]));
        let found = stops(&mut browser);
        let asked = ["do=leave", "Change hours and topics instead"];
        assert_eq!(found, within_the_page(&asked));
        tab_to(&mut browser, "do=leave");
        browser.key_to(" ");
        assert_eq!(browser.heading(), "You have left Morning Tide");
        let found = stops(&mut browser);
        let left = [
            "do=undo",
            "do=weekly",
            "do=pause",
            "why-many",
            "why-words",
            "do=why",
            "do=leave",
            "do=all",
            "All settings",
        ];
        assert_eq!(found, within_the_page(&left));

        // What is to be mended has the focus, and leads to its field.
        tab_to(&mut browser, "do=why");
        browser.key_to("Enter");
        assert_eq!(browser.value("document.activeElement.className"), "errors");
        tab_to(&mut browser, "Tick one of these, or write why");
        browser.key("Enter");
        browser.key(" ");
        let chosen = "document.querySelector(':checked').id";
        assert_eq!(browser.value(chosen), "why-many");
        browser.key("Tab");
        browser.write("Not on Mondays");
        browser.key("Tab");
        browser.key_to("Enter");
        let text = browser.text();
        assert!(text.contains("Your answer is kept."), "{text}");
        tab_to(&mut browser, "do=undo");
        browser.key_to(" ");
        assert_eq!(browser.heading(), "You get it as before");
        let found = stops(&mut browser);
        assert_eq!(found, within_the_page(&["All settings"]));
    }
);

story!(
    preferences_are_set_by_the_keyboard_and_without_a_script,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let _pages = Pages::local(world).await;
        browser.without_scripts();
        browser.look(390, false);
        morning(world).await;
        browser.open(&link(&world.mails_to(ASHA)[0], "/preferences/"));
        browser.press("Send me a fresh link");
        world.send().await;
        browser.open(&link(&world.mails_to(ASHA)[1], "/preferences/"));
        let closed = stops(&mut browser);
        assert!(
            !closed.contains(&"hour-morning".to_owned()),
            "what is folded is skipped"
        );
        browser.tick("summary");
        browser.value("document.activeElement.blur()");
        let open = stops(&mut browser);
        let place = |name: &str| {
            let found = open.iter().position(|stop| stop == name);
            found.unwrap_or_else(|| panic!("no {name} in {open:?}"))
        };
        let row = [
            "Leave Morning Tide",
            "When it comes and what is in it, Morning Tide",
            "cadence=scheduled",
            "hour-morning",
            "zone-morning",
            "day=1",
            "day=7",
            "Save: when Morning Tide comes",
            "add-morning",
            "act=follow",
            "act=mute",
            "budget",
            "pause-what",
            "until=week",
            "newaddr",
            "language",
            "name",
            "Read it",
            "Erase everything about me",
            "All newsletters",
        ];
        assert!(row.map(place).is_sorted(), "{open:?}");

        browser.value("document.querySelector('#add-morning').focus()");
        browser.write("Port");
        browser.key("Tab");
        browser.key_to("Enter");
        assert!(browser.text().contains("You follow Port in Morning Tide."));
    }
);
