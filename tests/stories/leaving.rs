//! Whoever has left gets nothing, whatever was planned.

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

async fn planned(world: &World) {
    world
        .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
        .await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
    assert_eq!(world.state_of(ASHA, "morning").await, "queued");
}

story!(
    a_reader_who_left_between_planning_and_sending_gets_nothing,
    async |world: &mut World| {
        planned(world).await;
        world.leave(ASHA, "morning").await;
        world.send().await;
        assert_eq!(
            (world.mails_to(ASHA).len(), world.mails_to(BEN).len()),
            (0, 1)
        );
        let message = world.newest(ASHA, "morning").await.unwrap();
        assert_eq!(message.state, "cancelled");
        assert!(message.reason.unwrap().contains("left"));
    }
);

story!(
    a_reader_erased_between_planning_and_sending_gets_nothing,
    async |world: &mut World| {
        planned(world).await;
        program::ok(world, &["subscriber", "remove", ASHA]);
        world.send().await;
        assert_eq!(
            (world.mails_to(ASHA).len(), world.mails_to(BEN).len()),
            (0, 1)
        );
        assert!(world.why(ASHA).await.suppressed.is_some());
    }
);

story!(
    a_reader_who_paused_between_planning_and_sending_gets_nothing,
    async |world: &mut World| {
        planned(world).await;
        world
            .join(&[world
                .reader(ASHA, "morning")
                .paused_until("2026-12-24T00:00:00Z")])
            .await;
        world.send().await;
        assert_eq!(
            (world.mails_to(ASHA).len(), world.mails_to(BEN).len()),
            (0, 1)
        );
        assert_eq!(world.state_of(ASHA, "morning").await, "cancelled");
    }
);

story!(
    leaving_counts_until_the_commit_before_data,
    async |world: &mut World| {
        planned(world).await;
        world.leave(BEN, "morning").await;
        // The relay has been told whom the mail is for, and keeps its answer to itself.
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move {
            postrider::daemon::send(&app, postrider::dispatch::Handle::default()).await
        });
        hold.reached().await;
        world.leave(ASHA, "morning").await;
        hold.release();
        sending.await.unwrap().unwrap();
        // Either the mark was committed before she left, and she gets it, or after, and she does not: never both.
        let state = world.state_of(ASHA, "morning").await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            usize::from(state == "accepted"),
            "{state}"
        );
        assert_eq!(world.mails_to(BEN).len(), 0);
    }
);
