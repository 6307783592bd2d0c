//! The same in a real browser, as a reader does it.

use super::{ASHA, morning};
use crate::support::World;
use crate::support::browser::Browser;
use crate::support::pages::{Pages, link};

story!(
    a_reader_leaves_by_the_mails_link_and_takes_it_back,
    async |world: &mut World| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pages = Pages::local(world).await;
        world.join(&[world.reader(ASHA, "mine")]).await;
        morning(world).await;
        let mails = world.mails_to(ASHA);
        browser.open(&link(&mails[0], "/leave/"));
        assert_eq!(browser.heading(), "Leave Morning Tide?");
        assert!(browser.address().ends_with("/leave"), "no token in the bar");
        browser.inspect("leave-ask");
        browser.press("Leave Morning Tide");
        assert_eq!(browser.heading(), "You have left Morning Tide");
        assert!(browser.address().ends_with("/leave"), "no token in the bar");
        browser.inspect("leave-left");
        browser.press("Undo");
        assert_eq!(browser.heading(), "You get it as before");
        browser.inspect("leave-back");
        assert_eq!(
            world
                .number("SELECT count(*) FROM subscription WHERE state = 1")
                .await,
            3
        );
        browser.open(&format!("http://{}/nothing/here", pages.address));
        assert_eq!(browser.heading(), "There is no such page");
        browser.inspect("error-not-found");
        browser.open(&link(&mails[0], "/read/"));
        assert!(browser.address().ends_with("/read"));
        assert!(browser.text().contains("The port reopens"));
        browser.look(390, false);
        browser.keep_picture("read-390-light");
    }
);
