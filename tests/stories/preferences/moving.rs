//! Change of address: the new one confirms, the old one is told and can take it back.

use postrider::demo::relay::Caught;
use postrider::secret::Purpose;

use super::{ASHA, BEN, PAGE, fully, link, mail_to, number, text, ticket};
use crate::support::pages::Pages;
use crate::support::{World, program};

const NEW: &str = "asha.verrow@new.example";

fn to(address: &str) -> [(&str, &str); 2] {
    [("do", "address"), ("address", address)]
}

story!(
    mail_goes_to_the_new_address_once_it_has_confirmed_and_the_old_one_can_take_it_back,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let asked = pages.press(PAGE, &to(NEW)).await;
        asked.says(&[
            "Look into the mailbox of the new address",
            "a…\u{2060}w@new.example waits",
        ]);
        let confirm = mail_to(world, NEW).await;
        assert!(text(&confirm).contains("Confirm your new address"));
        // What is planned by then goes to the new one.
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        world.at("2026-11-24T06:40:00Z");
        let there = Pages::of(world).await;
        there.open(&link(&confirm, "address")).await.says(&[
            "Is this your new address?",
            "a…\u{2060}a@example.org",
            NEW,
        ]);
        fully(world, &pages, ASHA)
            .await
            .says(&["Sent to asha@example.org"]);
        assert_eq!(world.mails_to(NEW).len(), 1, "nothing has changed yet");
        there
            .press("/address", &[])
            .await
            .says(&["Your address is changed"]);
        there
            .press("/address", &[])
            .await
            .says(&["This link is used up"]);
        world.send().await;
        let told = world.mails_to(ASHA).into_iter().next_back().unwrap();
        assert!(text(&told).contains("a…w@new.example"), "{}", text(&told));
        assert!(!text(&told).contains(NEW));

        // Fresh links that went to the old address open nothing, nor what they opened.
        let id = number(world, NEW).await;
        assert_eq!(pages.get(PAGE).await.status, 403);
        let fresh = ticket(world, Purpose::Manage, id, 0);
        assert_eq!(pages.open(&format!("{PAGE}/{fresh}")).await.status, 403);
        let fresh = ticket(world, Purpose::Manage, id, 1);
        let page = pages.open(&format!("{PAGE}/{fresh}")).await;
        page.says(&["Sent to asha.verrow@new.example"]);

        let news = world.mails_to(NEW);
        assert!(news.iter().any(|m| text(m).contains("The port reopens")));
        assert_eq!(world.mails_to(ASHA).len(), 1);
        let old = Pages::of(world).await;
        old.open(&link(&told, "undo"))
            .await
            .says(&["Take the change of address back?"]);
        old.press("/undo", &[])
            .await
            .says(&["Your mails come to this address again"]);
        old.press("/undo", &[])
            .await
            .says(&["There is nothing left to undo"]);
        world.publish("tide", "Port", "The tide is high").await;
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        let last = mail_to(world, ASHA).await;
        assert!(text(&last).contains("The tide is high"));
        assert_eq!(world.mails_to(NEW).len(), news.len());
    }
);

/// Confirms a change that waits; the mail that the old address gets about it.
async fn moved(world: &World, from: &str, new: &str) -> Caught {
    let confirm = mail_to(world, new).await;
    let there = Pages::of(world).await;
    there.open(&link(&confirm, "address")).await;
    let done = there.press("/address", &[]).await;
    done.says(&["Your address is changed"]);
    mail_to(world, from).await
}

story!(
    the_old_address_takes_it_back_wherever_the_mails_were_sent_on_to,
    async |world: &mut World| {
        const THIRD: &str = "third@new.example";
        world.join(&[world.reader(ASHA, "morning")]).await;
        let id = number(world, ASHA).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        pages.press(PAGE, &to(NEW)).await;
        let told = moved(world, ASHA, NEW).await;
        let fresh = |epoch| format!("{PAGE}/{}", ticket(world, Purpose::Manage, id, epoch));
        pages.open(&fresh(1)).await;
        pages.press(PAGE, &to(THIRD)).await;
        let theirs = moved(world, NEW, THIRD).await;
        pages.open(&fresh(2)).await;
        pages.press(PAGE, &to("fourth@new.example")).await;
        let waits = mail_to(world, "fourth@new.example").await;

        let owner = Pages::of(world).await;
        owner.open(&link(&told, "undo")).await;
        let back = owner.press("/undo", &[]).await;
        back.says(&["Your mails come to this address again"]);
        assert_eq!(number(world, ASHA).await, id);
        // No link that went elsewhere leads away again.
        owner.open(&link(&theirs, "undo")).await;
        let over = owner.press("/undo", &[]).await;
        over.says(&["There is nothing left to undo"]);
        let over = owner.open(&link(&waits, "address")).await;
        over.says(&["This link is used up"]);
        assert_eq!(number(world, ASHA).await, id);
    }
);

story!(
    the_old_address_takes_back_that_everything_is_forgotten,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let id = number(world, ASHA).await;
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        pages.press(PAGE, &to(NEW)).await;
        let told = moved(world, ASHA, NEW).await;
        let fresh = ticket(world, Purpose::Manage, id, 1);
        pages.open(&format!("{PAGE}/{fresh}")).await;
        let erased = pages.press(PAGE, &[("do", "erase")]).await;
        erased.says(&["You asked to be forgotten"]);

        let owner = Pages::of(world).await;
        owner.open(&link(&told, "undo")).await;
        let back = owner.press("/undo", &[]).await;
        back.says(&["Your mails come to this address again"]);
        world.at("2026-12-20T06:00:00Z");
        world.run().await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-12-20T06:30:00Z");
        world.run().await;
        let last = mail_to(world, ASHA).await;
        assert!(text(&last).contains("The port reopens"), "{}", text(&last));
    }
);

story!(
    nobody_learns_who_else_reads_the_paper,
    async |world: &mut World| {
        let readers = [world.reader(ASHA, "morning"), world.reader(BEN, "morning")];
        world.join(&readers).await;
        world
            .join(&[world.reader("erased@example.org", "morning")])
            .await;
        program::ok(world, &["subscriber", "remove", "erased@example.org"]);
        let pages = Pages::of(world).await;
        fully(world, &pages, ASHA).await;
        let mut said = Vec::new();
        for address in ["new@example.org", BEN, "erased@example.org"] {
            let answer = pages.press(PAGE, &to(address)).await;
            let (_, note) = answer.body.split_once("role=\"status\">").unwrap();
            said.push((
                answer.status,
                note.split_once("</div>").unwrap().0.to_owned(),
            ));
        }
        assert!(said.iter().all(|s| *s == said[0]), "{said:?}");
        world.send().await;
        // Whoever has the address of one who was erased may want it here.
        assert_eq!(world.mails_to("erased@example.org").len(), 1);
        // Who shows that the address is theirs is told the truth.
        let there = Pages::of(world).await;
        let mail = mail_to(world, BEN).await;
        there
            .open(&link(&mail, "address"))
            .await
            .says(&["This link is used up"]);
        // Three a day, and then no more.
        pages
            .post(PAGE, &to("fourth@example.org"))
            .await
            .says(&["You asked for three changes today."]);
        world.later(25 * 60);
        fully(world, &pages, ASHA).await;
        pages.press(PAGE, &to(BEN)).await;
        let mail = mail_to(world, BEN).await;
        there
            .open(&link(&mail, "address"))
            .await
            .says(&["Is this your new address?"]);
        there
            .press("/address", &[])
            .await
            .says(&["This address gets newsletters already"]);
        assert_eq!(
            world
                .number("SELECT count(*) FROM subscriber WHERE epoch > 0")
                .await,
            0
        );
        // What nobody confirmed is forgotten.
        world.later(25 * 60);
        world.plan().await;
        assert_eq!(world.number("SELECT count(*) FROM address_change").await, 0);
    }
);

story!(
    an_address_that_bounced_or_was_erased_can_be_moved_to_and_one_that_complained_cannot,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(NEW, "morning")])
            .await;
        program::ok(world, &["subscriber", "remove", NEW]);
        world.publish("port", "Port", "The port reopens").await;
        let pages = Pages::of(world).await;
        for (address, reason) in [("bounced@new.example", "hard-bounce"), (BEN, "complaint")] {
            program::ok(world, &["suppress", "add", address, "--reason", reason]);
        }
        let id = number(world, ASHA).await;
        for (epoch, address) in [(0, NEW), (1, "bounced@new.example")] {
            let fresh = ticket(world, Purpose::Manage, id, epoch);
            pages.open(&format!("{PAGE}/{fresh}")).await;
            pages.press(PAGE, &to(address)).await;
            let there = Pages::of(world).await;
            there
                .open(&link(&mail_to(world, address).await, "address"))
                .await;
            there
                .press("/address", &[])
                .await
                .says(&["Your address is changed"]);
        }
        assert_eq!(world.number("SELECT count(*) FROM suppression").await, 1);
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let news = mail_to(world, "bounced@new.example").await;
        assert!(text(&news).contains("The port reopens"));
        let fresh = ticket(world, Purpose::Manage, id, 2);
        pages.open(&format!("{PAGE}/{fresh}")).await;
        pages.press(PAGE, &to(BEN)).await;
        world.send().await;
        assert!(world.mails_to(BEN).is_empty());
    }
);
