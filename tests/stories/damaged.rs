//! Rows that this version cannot read, whether another version wrote them or something broke them: what they are about is
//! put off or ended, and nobody else waits for it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use postrider::audience::EmailAddress;
use postrider::daemon;
use postrider::demo::relay::Answer;
use postrider::dispatch::{Handle, Sent};
use postrider::notice::{self, Kind, Notice};
use postrider::secret::{Purpose, Ticket};

use crate::support::{self, World};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
const QUEUED: &str = "SELECT count(*) FROM message WHERE state = 1";

/// Asha and Ben are due, and each by the only connection.
async fn two_are_due(world: &mut World) {
    world.add_setting("connections = 1");
    world.restart().await;
    let readers = [ASHA, BEN].map(|reader| world.reader(reader, "morning"));
    world.join(&readers).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
}

/// Sends what is due, which ends soon.
async fn sent(world: &World) -> Sent {
    let sending = daemon::send(&world.app, Handle::default());
    let sent = tokio::time::timeout(Duration::from_secs(20), sending).await;
    sent.expect("it ends").unwrap()
}

story!(
    a_notice_of_a_kind_that_only_a_newer_version_knows_stays_queued,
    async |world: &mut World| {
        let until = world.now() + SignedDuration::from_mins(30);
        let asked = Notice {
            kind: Kind::Confirm,
            to: EmailAddress::parse(ASHA).unwrap(),
            subscriber_id: None,
            language: None,
            newsletters: vec!["Morning Tide".to_owned()],
            network: None,
            new_address: None,
            ticket: Some(Ticket::new(Purpose::Confirm, 17, 1, until)),
        };
        let mut tx = world.app.db.begin().await.unwrap();
        notice::send(&mut tx, &world.app, &asked).await.unwrap();
        tx.commit().await.unwrap();
        world.change("UPDATE notice SET kind = kind + 90").await;
        sent(world).await;
        assert_eq!(world.number(QUEUED).await, 1);
        let due = world.number("SELECT min(due_at) FROM message").await;
        assert!(due > world.now().as_millisecond(), "it would be read again");
        world.change("UPDATE notice SET kind = kind - 90").await;
        world.later(6);
        sent(world).await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    a_mail_that_has_lost_what_it_shows_is_not_taken_for_an_erased_readers,
    async |world: &mut World| {
        const FIRST: &str = "UPDATE message SET cohort_id = -cohort_id
                              WHERE subscriber_id = (SELECT min(subscriber_id) FROM message)";
        two_are_due(world).await;
        world.change(FIRST).await;
        sent(world).await;
        assert_eq!((world.relay.count(), world.number(QUEUED).await), (1, 1));
        world.change(FIRST).await;
        world.later(6);
        sent(world).await;
        assert_eq!(world.relay.count(), 2);
    }
);

story!(
    a_row_that_cannot_be_read_keeps_nobody_else_waiting,
    async |world: &mut World| {
        const ODD: &str = "UPDATE preference SET document = '\"odd\"'
                            WHERE subscriber_id = (SELECT min(subscriber_id) FROM preference)";
        const AS_THE_OTHER: &str =
            "UPDATE preference SET document = (SELECT p.document FROM preference p
                             WHERE p.subscriber_id = (SELECT max(subscriber_id) FROM preference))";
        two_are_due(world).await;
        // As a disk damages it, which knows no triggers.
        world
            .change(match world.kind {
                support::Kind::Sqlite => "DROP TRIGGER preference_stays",
                support::Kind::Postgres => "DROP TRIGGER preference_stays ON preference",
            })
            .await;
        world.change(ODD).await;
        sent(world).await;
        assert_eq!((world.relay.count(), world.number(QUEUED).await), (1, 1));
        world.change(AS_THE_OTHER).await;
        world.later(6);
        sent(world).await;
        assert_eq!(world.relay.count(), 2);
    }
);

story!(
    a_mail_that_can_never_be_read_ends_with_its_time_and_keeps_what_was_said_of_it,
    async |world: &mut World| {
        const KEPT: &str =
            "SELECT count(*) FROM message WHERE code = 450 AND reply = '4.2.0 Greylisted'";
        let put_off = async |world: &World| {
            let kept = world.number(KEPT).await;
            let states = "SELECT count(*) FROM message WHERE state = 4";
            (world.number(states).await, kept)
        };
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world
            .relay
            .refuse(|_| Some(Answer::at_recipient(450, "4.2.0 Greylisted")));
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        assert_eq!(put_off(world).await, (1, 1));
        world.relay.refuse(|_| None);
        world.change("UPDATE issue SET setting = '\"odd\"'").await;
        world.later(2);
        sent(world).await;
        assert_eq!(put_off(world).await, (1, 1));
        for _ in 0..30 {
            world.later(60);
            sent(world).await;
        }
        let expired = "SELECT count(*) FROM message WHERE state = 12 AND code = 450";
        assert_eq!(world.number(expired).await, 1);
        assert_eq!(world.relay.count(), 0);
    }
);

story!(
    a_mail_that_breaks_the_program_fails_and_the_next_goes_by_the_same_connection,
    async |world: &mut World| {
        two_are_due(world).await;
        // No calendar has it.
        let endless = "UPDATE message SET scheduled_at = 9223372036854775807
                        WHERE subscriber_id = (SELECT min(subscriber_id) FROM message)";
        world.change(endless).await;
        sent(world).await;
        let mended = "UPDATE message SET scheduled_at = planned_at";
        world.change(mended).await;
        assert_eq!(world.relay.count(), 1);
        let mut states = [
            world.state_of(ASHA, "morning").await,
            world.state_of(BEN, "morning").await,
        ];
        states.sort_unstable();
        assert_eq!(states, ["accepted", "failed"]);
    }
);

story!(
    a_mail_that_breaks_the_program_after_its_mark_is_in_doubt,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "offers")]).await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        world.plan().await;
        world
            .relay
            .refuse(|_| Some(Answer::at_recipient(450, "4.3.0 later")));
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        world.until_reached(&hold).await;
        // There is hardly a later.
        let now = world.now();
        let second = SignedDuration::from_secs(1);
        world.clock.set(Timestamp::MAX - second);
        hold.release();
        let ended = tokio::time::timeout(Duration::from_secs(20), sending).await;
        world.clock.set(now);
        ended.expect("it ends").unwrap().unwrap();
        assert_eq!(world.state_of(ASHA, "offers").await, "uncertain");
    }
);
