//! Without a mouse and without a script: in the order in which things stand, and never lost from sight.

use super::{ASHA, morning};
use crate::support::World;
use crate::support::browser::Browser;
use crate::support::pages::{Pages, link};

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
        let found = stops(&mut browser);
        let first: Vec<&str> = found.iter().map(String::as_str).take(7).collect();
        let wanted = [
            "Skip to the page",
            "The Harbour Courier",
            "n-morning",
            "n-mine",
            "n-offers",
            "address",
            "Sign up",
        ];
        assert_eq!(first, wanted);
        assert!(
            !found.contains(&"website=".to_owned()),
            "nobody falls into the trap"
        );

        browser.open(&format!("http://{}/signup", pages.address));
        for _ in 0..3 {
            browser.key("Tab");
        }
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
