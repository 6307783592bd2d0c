//! What becomes of a reader, a story or an issue counts for mails that are picked up already, until the very commit that
//! lets them go: of two mails the relay keeps one waiting on the only connection, and the other stands behind it.

use postrider::audience::{EmailAddress, SuppressionReason, suppress};
use postrider::daemon::{self, DaemonError};
use postrider::dispatch::{Handle, Sent};
use tokio::task::JoinHandle;

use crate::support::recorder::{Recorder, Stage, Trap};
use crate::support::wire::Wire;
use crate::support::{Kind, Reader, World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
const PORT: &str = "https://courier.example/port";

/// This happens to whoever stands behind; no mail leaves for them, and this is the state and the reason it ends with.
async fn stops(world: &mut World, act: impl AsyncFnOnce(&World, &'static str), ends: (i64, i64)) {
    let relay = Recorder::start("PIPELINING").await;
    let (trap, sending) = one_is_on_its_way(world, &relay, &[ASHA, BEN]).await;
    let first = trap.reached().await.to;
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
        let relay = Recorder::start("PIPELINING").await;
        let (trap, sending) = one_is_on_its_way(world, &relay, &[ASHA, BEN]).await;
        world.at("2026-11-24T10:30:00Z");
        drop(trap);
        sending.await.unwrap().unwrap();
        assert_eq!(
            relay.count(),
            0,
            "nor does the one whose envelope was there"
        );
        for reader in [ASHA, BEN] {
            assert_eq!(world.state_of(reader, "morning").await, "expired");
        }
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
    an_issue_that_is_just_being_cancelled_ends_at_the_mark_too,
    async |world: &mut World| {
        // The first step of the command; the second ends what nobody has in hand.
        let cancel = async |world: &World, _| {
            let off = "UPDATE issue SET state = 4 WHERE state = 1";
            assert_eq!(world.change(off).await, 1);
        };
        stops(world, cancel, (10, 8)).await;
    }
);

story!(
    what_is_stopped_for_no_reason_to_be_seen_waits_a_minute_and_is_not_picked_up_without_end,
    async |world: &mut World| {
        let [refuse, agree]: [&[&str]; 2] = match world.kind {
            Kind::Sqlite => [
                &[
                    "CREATE TRIGGER no_mark BEFORE UPDATE ON message WHEN NEW.state = 2 BEGIN SELECT RAISE(IGNORE); END",
                ],
                &["DROP TRIGGER no_mark"],
            ],
            Kind::Postgres => [
                &[
                    "CREATE FUNCTION no_mark() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN IF NEW.state = 2 THEN RETURN NULL; END IF; RETURN NEW; END'",
                    "CREATE TRIGGER no_mark BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION no_mark()",
                ],
                &["DROP TRIGGER no_mark ON message", "DROP FUNCTION no_mark()"],
            ],
        };
        let refusing = async |world: &World, _| {
            for step in refuse {
                world.change(step).await;
            }
        };
        stops(world, refusing, (1, 0)).await;
        for step in agree {
            world.change(step).await;
        }
        world.send().await;
        let left = "SELECT count(*) FROM message WHERE state <> 3";
        assert_eq!(world.number(left).await, 1, "it is not due");
        world.later(1);
        world.send().await;
        assert_eq!(world.number(left).await, 0);
    }
);

type Sending = JoinHandle<Result<Sent, DaemonError>>;

/// Messages to these readers are due, and the relay keeps back its answer to the first one's RCPT.
async fn one_is_on_its_way(
    world: &mut World,
    relay: &Recorder,
    readers: &[&'static str],
) -> (Trap, Sending) {
    world.set_relay(&relay.settings(1)).await;
    let readers: Vec<Reader> = readers.iter().map(|r| world.reader(r, "morning")).collect();
    world.join(&readers).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
    let trap = relay.stop_at(Stage::Rcpt, 1, false);
    let app = world.app.clone();
    let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
    trap.reached().await;
    let marked = "SELECT count(*) FROM message WHERE state = 2";
    world.until(marked, |n| n == 1).await;
    (trap, sending)
}

/// This happens when a mark was committed and nobody heard of it: the message's state after that, without a mail.
async fn unheard(world: &mut World, act: impl AsyncFnOnce(&World), ends: i64) {
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
    world.configure("postrider.toml", &file);
    act(world).await;
    wire.mend();
    world.until(state, |n| n == ends).await;
    daemon.term();
    assert_eq!(daemon.wait().0, Some(0));
    assert_eq!(relay.count(), 0, "nothing was handed over");
}

story!(
    a_mark_whose_commit_nobody_heard_of_does_not_outlive_the_consent,
    async |world: &mut World| {
        // On SQLite there is no wire: a commit that failed was not committed.
        if world.kind == Kind::Postgres {
            let leave = async |world: &World| world.leave(ASHA, "morning").await;
            unheard(world, leave, 10).await;
        }
    }
);

story!(
    a_mark_whose_commit_nobody_heard_of_is_taken_back_where_the_issue_is_held,
    async |world: &mut World| {
        if world.kind == Kind::Sqlite {
            return;
        }
        let hold = async |world: &World| {
            program::ok(world, &["issue", "hold", "morning"]);
        };
        unheard(world, hold, 1).await;
        let had = "SELECT count(*) FROM message WHERE owner IS NOT NULL OR attempts > 0";
        assert_eq!(world.number(had).await, 0);
        program::ok(world, &["issue", "resume", "morning"]);
        world.send().await;
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
    }
);

story!(
    a_mail_that_another_node_tried_just_before_the_mark_is_tried_as_what_it_is_by_now,
    async |world: &mut World| {
        let relay = Recorder::start("PIPELINING").await;
        relay.greylist_one_in(1);
        let (trap, sending) = one_is_on_its_way(world, &relay, &[ASHA, BEN]).await;
        // It was put off, too, and is due again.
        let tried = "UPDATE message SET attempts = 1, state = 4 WHERE state = 1";
        assert_eq!(world.change(tried).await, 1);
        let kept = "INSERT INTO attempt (issue_id, subscriber_id, n, try, at, state)
                    SELECT issue_id, subscriber_id, n, 1, at, 4 FROM message WHERE state = 4";
        assert_eq!(world.change(kept).await, 1);
        drop(trap);
        sending.await.unwrap().unwrap();
        let tries = "SELECT count(*) FROM attempt";
        assert_eq!(world.number(tries).await, 3, "no try takes another's place");
        world.later(60);
        world.send().await;
        assert_eq!(relay.count(), 2);
    }
);

/// This becomes of a message while the relay has it in hand, and then the relay says yes, or not now: its state and owner.
async fn meanwhile(world: &mut World, what: &'static str, says_yes: bool) -> (i64, i64) {
    const OWNER: &str = "SELECT coalesce(max(owner), 0) FROM message";
    let relay = Recorder::start("PIPELINING").await;
    relay.greylist_one_in(u64::from(!says_yes));
    let (trap, sending) = one_is_on_its_way(world, &relay, &[ASHA]).await;
    assert_eq!(world.change(what).await, 1);
    drop(trap);
    sending.await.unwrap().unwrap();
    let state = world.number("SELECT sum(state) FROM message").await;
    (state, world.number(OWNER).await)
}

story!(
    what_another_node_has_begun_anew_is_not_ended_by_whoever_had_it_before,
    async |world: &mut World| {
        let taken = "UPDATE message SET owner = 77 WHERE state = 2";
        assert_eq!(meanwhile(world, taken, true).await, (2, 77));
        // That one ends it.
        let ended = "UPDATE message SET owner = NULL, state = 3, due_at = NULL";
        assert_eq!(world.change(ended).await, 1);
    }
);

story!(
    what_another_node_has_ended_stays_as_it_is,
    async |world: &mut World| {
        let ended = "UPDATE message SET owner = NULL, state = 3, due_at = NULL WHERE state = 2";
        assert_eq!(meanwhile(world, ended, false).await, (3, 0));
    }
);

story!(
    what_was_taken_away_and_not_begun_anew_is_ended_by_whoever_had_it,
    async |world: &mut World| {
        let put_back =
            "UPDATE message SET owner = NULL, state = 4, due_at = due_at + 600000 WHERE state = 2";
        assert_eq!(meanwhile(world, put_back, true).await, (3, 0));
    }
);
