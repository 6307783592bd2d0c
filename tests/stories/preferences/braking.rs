//! A program that presses again and again.

use postrider::audience::act::act;
use postrider::audience::{Edit, How};

use super::strangers::{by_mail, mails};
use super::{ASHA, PAGE, fully, number};
use crate::support::World;
use crate::support::pages::{Pages, leave_link};

story!(
    a_program_that_goes_on_pressing_is_braked_and_the_owner_is_not,
    async |world: &mut World| {
        mails(world).await;
        let asha = number(world, ASHA).await;
        let how = How {
            source: "a story",
            network: None,
            shown: None,
        };
        let saves = async |n: u8| {
            let mut tx = world.app.db.begin().await.unwrap();
            for i in 0..n {
                let edit = Edit::Budget(Some(1 + u8::from(n % 2 == i % 2)));
                let (paper, now) = (world.app.paper(), world.now());
                let done = act(&mut tx, &paper, asha, None, &edit, &how, now).await;
                assert!(done.unwrap().is_new);
            }
            tx.commit().await.unwrap();
        };
        let pages = Pages::of(world).await;
        by_mail(world, &pages, ASHA).await;
        saves(59).await;
        let pause = [("do", "pause"), ("newsletter", ""), ("until", "week")];
        let resume = [("do", "resume"), ("newsletter", "")];
        let (join, leave) = (
            [("do", "join"), ("newsletter", "morning")],
            [("do", "leave"), ("newsletter", "morning")],
        );
        world.later(10);
        let last = pages.post(PAGE, &pause).await;
        assert_eq!(last.status, 303);
        for form in [&resume[..], &join, &[("do", "undo"), ("of", "1")]] {
            let refused = pages.post(PAGE, form).await;
            assert_eq!(
                (refused.status, refused.header("retry-after")),
                (429, "3000")
            );
            assert_eq!(refused.title(), "That was too many changes");
            refused.says(&[
                "Within an hour 60 changes were saved here",
                "Try again in 50 minutes.",
            ]);
        }
        // The owner, by a fresh link, goes on for longer; and anybody can leave.
        fully(world, &pages, ASHA).await;
        assert_eq!(pages.post(PAGE, &resume).await.status, 303);
        by_mail(world, &pages, ASHA).await;
        assert_eq!(pages.post(PAGE, &pause).await.status, 429);
        assert_eq!(pages.post(PAGE, &leave).await.status, 303);
        let mail = &world.mails_to(ASHA)[0];
        let token = leave_link(mail).rsplit('/').next().unwrap().to_owned();
        let weekly = [("token", token.as_str()), ("do", "weekly")];
        assert_eq!(pages.post("/leave", &weekly).await.status, 429);
        saves(200).await;
        fully(world, &pages, ASHA).await;
        assert_eq!(pages.post(PAGE, &pause).await.status, 429);
        world.later(61);
        fully(world, &pages, ASHA).await;
        assert_eq!(pages.post(PAGE, &join).await.status, 303);
    }
);
