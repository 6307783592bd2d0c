//! When a mail that was put off is tried again.

use std::collections::BTreeSet;

use postrider::demo::relay::Answer;

use crate::support::{Reader, World};

const ASHA: &str = "asha@example.org";

/// So long after the first try is the next, in minutes.
async fn next_try(world: &World) -> f64 {
    let due = "SELECT due_at FROM message WHERE state = 4";
    (world.number(due).await - world.now().as_millisecond()) as f64 / 60_000.0
}

async fn first_try(world: &World, reader: Reader, at: &str, code: u16, text: &'static str) {
    world.join(&[reader]).await;
    world.publish("port", "Port", "The port reopens").await;
    world
        .relay
        .refuse(move |_| Some(Answer::at_recipient(code, text)));
    world.at(at);
    world.run().await;
}

story!(
    a_greylisted_mail_is_tried_soon_again,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning");
        let said = "4.2.0 Recipient address rejected: Greylisted";
        first_try(world, asha, "2026-11-24T06:30:00Z", 450, said).await;
        let pause = next_try(world).await;
        assert!((1.0..1.2).contains(&pause), "{pause}");
        world.relay.refuse(|_| None);
        world.later(2);
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    a_greylist_that_says_when_to_come_back_is_heard,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning");
        let said = "4.7.1 Greylisting in action, please come back in 00:10:00";
        first_try(world, asha, "2026-11-24T06:30:00Z", 451, said).await;
        let pause = next_try(world).await;
        assert!((10.0..12.0).contains(&pause), "{pause}");
        world.relay.refuse(|_| None);
        world.later(9);
        world.send().await;
        assert_eq!(world.relay.count(), 0);
        world.later(3);
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    a_domain_that_says_for_how_long_it_wants_nothing_is_left_alone_for_so_long,
    async |world: &mut World| {
        let both = ["ben@example.org", ASHA].map(|r| world.reader(r, "morning"));
        world.add_setting("connections = 1");
        world.restart().await;
        world.join(&both).await;
        let [_, asha] = both;
        let said = "4.7.1 too many mails from you, try again in 20 minutes";
        first_try(world, asha, "2026-11-24T06:30:00Z", 450, said).await;
        let untried = "SELECT min(due_at) FROM message WHERE state = 1 AND attempts = 0";
        let due = world.number(untried).await - world.now().as_millisecond();
        assert!((20 * 60_000..21 * 60_000).contains(&due), "{due}");
    }
);

story!(
    a_full_mailbox_is_tried_much_later,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning");
        let said = "4.2.2 mailbox full";
        first_try(world, asha, "2026-11-24T06:30:00Z", 452, said).await;
        let pause = next_try(world).await;
        assert!((60.0..72.0).contains(&pause), "{pause}");
    }
);

story!(
    a_mailbox_that_is_full_for_good_is_not_tried_again,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning");
        let said = "5.2.2 mailbox full";
        first_try(world, asha, "2026-11-24T06:30:00Z", 552, said).await;
        assert_eq!(world.state_of(ASHA, "morning").await, "failed");
    }
);

story!(
    the_next_tries_of_many_are_spread,
    async |world: &mut World| {
        world.crowd(50, "morning").await;
        world
            .relay
            .refuse(|_| Some(Answer::at_recipient(451, "4.3.0 later")));
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mut times = BTreeSet::new();
        let at = world.now().as_millisecond();
        for sql in [
            "SELECT count(DISTINCT due_at) FROM message WHERE state = 4",
            "SELECT min(due_at) FROM message WHERE state = 4",
            "SELECT max(due_at) FROM message WHERE state = 4",
        ] {
            times.insert(world.number(sql).await);
        }
        let mut times = times.into_iter();
        assert!(times.next().unwrap() >= 45, "nearly all differ");
        let (first, last) = (times.next().unwrap() - at, times.next().unwrap() - at);
        assert!(first >= 300_000 && last < 360_000 && last - first > 30_000);
    }
);

story!(
    the_next_try_waits_for_the_end_of_quiet_hours,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning").quiet("06:34-09:00");
        first_try(world, asha, "2026-11-24T06:30:00Z", 451, "4.3.0 later").await;
        let nine = next_try(world).await;
        assert!((nine - 150.0).abs() < f64::EPSILON, "{nine}");
        world.relay.refuse(|_| None);
        world.at("2026-11-24T08:59:59Z");
        world.send().await;
        assert_eq!(world.relay.count(), 0);
        world.at("2026-11-24T09:00:00Z");
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    quiet_hours_that_last_longer_than_a_mails_time_end_it,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning").quiet("06:34-12:00");
        first_try(world, asha, "2026-11-24T06:30:00Z", 451, "4.3.0 later").await;
        assert_eq!(world.state_of(ASHA, "morning").await, "failed");
    }
);

story!(
    a_mail_that_was_kept_back_for_a_day_is_given_up_only_so_long_after_its_first_try,
    async |world: &mut World| {
        let morning = "newsletters/morning.toml";
        let text = std::fs::read_to_string(world.config().join(morning)).unwrap();
        let late = text.replace("schedule = ", "lateness_hours = 168\nschedule = ");
        world.configure(morning, &late);
        world.add_setting("[dispatch]\ngive_up_hours = 2");
        world.restart().await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world
            .relay
            .refuse(|_| Some(Answer::at_recipient(451, "4.3.0 later")));
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        world.at("2026-11-25T06:30:00Z");
        world.send().await;
        assert_eq!(world.state_of(ASHA, "morning").await, "deferred");
        world.later(61);
        world.send().await;
        assert_eq!(world.state_of(ASHA, "morning").await, "deferred");
        world.later(61);
        world.send().await;
        let life = world.newest(ASHA, "morning").await.unwrap();
        let gave_up = "the relay asked us to try later, until we gave up";
        assert_eq!((life.state, life.reason), ("failed", Some(gave_up)));
    }
);
