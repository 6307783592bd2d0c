//! What becomes of a reader, a story or an issue counts for mails that are picked up already, until the very commit that
//! lets them go: of two mails the relay keeps one waiting on the only connection, and the other stands behind it.

use postrider::audience::{EmailAddress, SuppressionReason, suppress};
use postrider::daemon;
use postrider::dispatch::Handle;

use crate::support::recorder::{Recorder, Stage};
use crate::support::wire::Wire;
use crate::support::{Kind, World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
const PORT: &str = "https://courier.example/port";

/// This happens to whoever stands behind; no mail leaves for them, and this is the state and the reason it ends with.
async fn stops(world: &mut World, act: impl AsyncFnOnce(&World, &'static str), ends: (i64, i64)) {
    let relay = Recorder::start("PIPELINING").await;
    world.set_relay(&relay.settings(1)).await;
    let both = [world.reader(ASHA, "morning"), world.reader(BEN, "morning")];
    world.join(&both).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
    let trap = relay.stop_at(Stage::Rcpt, 1, false);
    let app = world.app.clone();
    let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
    let first = trap.reached().await.to;
    let marked = "SELECT count(*) FROM message WHERE state = 2";
    world.until(marked, |n| n == 1).await;
    let behind = if first == ASHA { BEN } else { ASHA };
    act(world, behind).await;
    drop(trap);
    sending.await.unwrap().unwrap();
    let mails: Vec<String> = relay.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(mails, [first], "who stood behind gets nothing");
    let other = "SELECT sum(state) FROM message WHERE state <> 3";
    let why = "SELECT coalesce(sum(reason), 0) FROM message WHERE state <> 3";
    assert_eq!((world.number(other).await, world.number(why).await), ends);
    let tries = "SELECT sum(attempts) FROM message WHERE state <> 3";
    assert_eq!(world.number(tries).await, 0, "it was never tried");
}

story!(
    who_leaves_just_before_the_mark_gets_no_mail,
    async |world: &mut World| {
        let leave = async |world: &World, who| world.leave(who, "morning").await;
        stops(world, leave, (10, 4)).await;
    }
);

story!(
    who_pauses_just_before_the_mark_gets_no_mail,
    async |world: &mut World| {
        let pause = async |world: &World, who| {
            let reader = world.reader(who, "morning");
            world
                .join(&[reader.paused_until("2026-12-24T00:00:00Z")])
                .await;
        };
        stops(world, pause, (10, 3)).await;
    }
);

story!(
    who_complains_just_before_the_mark_gets_no_mail,
    async |world: &mut World| {
        let complain = async |world: &World, who| {
            let email = EmailAddress::parse(who).unwrap();
            let key = world.app.keys.address(&email.normal());
            let mut tx = world.app.db.begin().await.unwrap();
            let reason = SuppressionReason::Complaint;
            let done = suppress(&mut tx, &key, reason, "a story", None, world.now());
            assert!(done.await.unwrap());
            tx.commit().await.unwrap();
        };
        stops(world, complain, (11, 6)).await;
    }
);

story!(
    who_is_erased_just_before_the_mark_gets_no_mail,
    async |world: &mut World| {
        let erase = async |world: &World, who| {
            program::ok(world, &["subscriber", "remove", who]);
        };
        stops(world, erase, (10, 5)).await;
    }
);

story!(
    a_story_retracted_just_before_the_mark_does_not_leave,
    async |world: &mut World| {
        let retract = async |world: &World, _| {
            program::ok(
                world,
                &["article", "retract", PORT, "--note", "It never happened"],
            );
        };
        stops(world, retract, (6, 15)).await;
    }
);

story!(
    a_digest_whose_time_passes_just_before_the_mark_does_not_leave,
    async |world: &mut World| {
        let expire = async |world: &World, _| world.at("2026-11-24T10:30:00Z");
        stops(world, expire, (12, 7)).await;
    }
);

story!(
    an_issue_held_just_before_the_mark_waits,
    async |world: &mut World| {
        let hold = async |world: &World, _| {
            program::ok(world, &["issue", "hold", "morning"]);
        };
        stops(world, hold, (1, 0)).await;
        program::ok(world, &["issue", "resume", "morning"]);
        world.send().await;
        let left = "SELECT count(*) FROM message WHERE state <> 3";
        assert_eq!(world.number(left).await, 0, "and leaves when it is resumed");
    }
);

story!(
    a_mail_that_is_put_off_by_another_node_just_before_the_mark_waits,
    async |world: &mut World| {
        let put_off = async |world: &World, _| {
            let others = "UPDATE message SET due_at = due_at + 600000 WHERE state = 1";
            assert_eq!(world.change(others).await, 1);
        };
        stops(world, put_off, (1, 0)).await;
        world.later(10);
        world.send().await;
        let left = "SELECT count(*) FROM message WHERE state <> 3";
        assert_eq!(
            world.number(left).await,
            0,
            "and leaves when its time comes"
        );
    }
);

story!(
    an_issue_cancelled_just_before_the_mark_never_leaves,
    async |world: &mut World| {
        let cancel = async |world: &World, _| {
            program::ok(world, &["issue", "cancel", "morning"]);
        };
        stops(world, cancel, (10, 8)).await;
    }
);

story!(
    a_mark_whose_commit_nobody_heard_of_does_not_outlive_the_consent,
    async |world: &mut World| {
        if world.kind == Kind::Sqlite {
            // There is no wire: a commit that failed was not committed.
            return;
        }
        let relay = Recorder::start("PIPELINING").await;
        world.set_relay(&relay.settings(1)).await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let wire = Wire::to(&world.url).await;
        let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
        let by_wire = file.replace(&world.url, &wire.url(&world.url));
        world.configure("postrider.toml", &by_wire);
        wire.lose_the_commit_of("WITH living AS");
        let daemon = program::start(world);
        wire.lost().await;
        let state = "SELECT sum(state) FROM message";
        assert_eq!(world.number(state).await, 2, "it was committed");
        assert_eq!(relay.count(), 0);
        world.leave(ASHA, "morning").await;
        wire.mend();
        world.until(state, |n| n == 10).await;
        daemon.term();
        assert_eq!(daemon.wait().0, Some(0));
        assert_eq!(relay.count(), 0, "nothing was handed over");
        world.configure("postrider.toml", &file);
    }
);
