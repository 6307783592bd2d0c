//! A domain that takes little, in front of everybody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use postrider::demo::relay::Answer;
use postrider::dispatch::{Handle, Until, dials, run};

use crate::support::World;

const ACCEPTED: &str = "SELECT count(*) FROM message WHERE state = 3";
const FIRST_DUE: &str =
    "SELECT coalesce(min(due_at), 9000000000000) FROM message WHERE owner IS NULL";

/// Nothing that is due is left where it was.
async fn until_nothing_is_due(world: &World) {
    let now = world.now().as_millisecond();
    world.until(FIRST_DUE, |due| due > now).await;
}

story!(
    a_domain_that_takes_one_mail_at_a_time_keeps_nobody_else_waiting,
    async |world: &mut World| {
        const SLOW: usize = 300;
        world.add_setting("connections = 4");
        world.restart().await;
        let slow: Vec<String> = (0..SLOW).map(|n| format!("r{n}@slow.example")).collect();
        world.join_all(&slow, "morning").await;
        world.crowd(200, "morning").await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let others = "UPDATE message SET due_at = due_at + 120000 WHERE subscriber_id > 300";
        assert_eq!(world.change(others).await, 200);
        let tries = Arc::new(AtomicUsize::new(0));
        world.relay.refuse(move |recipient| {
            let slow = recipient.ends_with("@slow.example");
            (slow && tries.fetch_add(1, Ordering::Relaxed) == 0)
                .then(|| Answer::at_recipient(450, "4.7.1 too many mails from you, slow down"))
        });
        let handle = Handle::default();
        let (app, dials) = (world.app.clone(), dials(&world.app.config).unwrap());
        let sending = tokio::spawn(run(app, dials, handle.clone(), Until::Stopped));
        until_nothing_is_due(world).await;
        // The pause is over, and of those that are all due by now one goes.
        let hold = world.relay.hold_before_data();
        world.at("2026-11-24T06:31:30Z");
        world.app.due.notify_one();
        world.until_reached(&hold).await;
        let before = world.number(ACCEPTED).await;
        until_nothing_is_due(world).await;
        let on_its_way = "SELECT count(*) FROM message WHERE state = 2";
        assert_eq!(world.number(on_its_way).await, 1);
        world.at("2026-11-24T06:32:00Z");
        world.app.due.notify_one();
        world.until(ACCEPTED, |n| n >= before + 200).await;
        assert_eq!(world.number(ACCEPTED).await, before + 200);
        // It takes them again, and has them all soon.
        hold.release();
        let begun = world.now();
        while world.number(ACCEPTED).await < 500 {
            world.clock.set(world.now() + SignedDuration::from_secs(5));
            world.app.due.notify_one();
            until_nothing_is_due(world).await;
        }
        let took = world.now() - begun;
        assert!(took.as_secs() < 600, "{took}");
        handle.stop.cancel();
        sending.await.unwrap().unwrap();
    }
);
