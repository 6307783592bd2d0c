//! Relays that take nothing from us, whoever it is for: no reader's mail fails for that.

use postrider::daemon;
use postrider::dispatch::{Handle, Until, dials, run};

use super::{
    ASHA, READERS, accepted_once, by_turns, chunked, day, digest, join, relay, tried_again,
};
use crate::support::faulty::{Act, Fault, FaultyRelay, Manner, Verb};
use crate::support::world::DEADLINE;
use crate::support::{World, program};

const LOGIN: &str = "530 5.7.0 Authentication required\r\n";
const QUEUED: &str = "SELECT count(*) FROM message WHERE state = 1";
const DEFERRED: &str = "SELECT count(*) FROM message WHERE state = 4";
const ACCEPTED: &str = "SELECT count(*) FROM message WHERE state = 3";

async fn counts(world: &World) -> (i64, i64, i64) {
    let (queued, deferred) = (world.number(QUEUED).await, world.number(DEFERRED).await);
    (queued, deferred, world.number(ACCEPTED).await)
}

/// Its reply holds against nobody.
async fn nobody_is_blamed(world: &World) {
    let blamed = "SELECT count(*) FROM suppression";
    assert_eq!(world.number(blamed).await, 0);
    let ended = "SELECT count(*) FROM message WHERE state NOT IN (1, 3, 4)";
    assert_eq!(world.number(ended).await, 0);
}

/// When the relay is mended and the time of a second try has come, everyone gets their mail.
async fn mended(world: &World, relay: &FaultyRelay) {
    relay.behave();
    world.later(7);
    assert_eq!(world.send().await.relay_error, None);
    for address in READERS {
        accepted_once(world, relay, address, "morning").await;
    }
    relay.was_treated_well();
}

story!(
    a_relay_that_wants_a_login_at_mail_gets_one_mail_and_is_told_of,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([by_turns(), Manner::default(), chunked()]) {
            let relay = relay(world, manner, 1).await;
            join(world, &READERS, "morning").await;
            day(world, n).await;
            relay.misbehave(vec![Fault::at(Verb::Mail, Act::Say(LOGIN))]);
            let error = world.send().await.relay_error.unwrap();
            assert!(
                error.ends_with("refuses our mails: 530 5.7.0 Authentication required"),
                "{error}"
            );
            assert_eq!(relay.hits().len(), 1);
            let deferred = world.number(DEFERRED).await;
            assert_eq!((deferred, world.number(QUEUED).await), (1, 6));
            nobody_is_blamed(world).await;
            mended(world, &relay).await;
        }
    }
);

story!(
    a_relay_that_wants_a_login_at_rcpt_fails_nobodys_mail,
    async |world: &mut World| {
        for (n, said) in (0..).zip([
            "530 Authentication required\r\n",
            "554 5.7.1 <asha@example.org>: Relay access denied\r\n",
        ]) {
            let relay = relay(world, Manner::default(), 1).await;
            join(world, &READERS, "morning").await;
            day(world, n).await;
            relay.misbehave(vec![Fault::at(Verb::Rcpt, Act::Say(said))]);
            world.send().await;
            for address in READERS {
                tried_again(world, &digest(world, address).await);
            }
            nobody_is_blamed(world).await;
            mended(world, &relay).await;
        }
    }
);

story!(
    a_sender_that_the_relay_does_not_take_holds_the_issue_and_fails_nobodys_mail,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        world.add_setting("[breaker]\nafter = 3");
        world.restart().await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let says = Act::Say(
            "553 5.7.1 <tide@courier.example>: Sender address rejected: not owned by user\r\n",
        );
        relay.misbehave(vec![Fault::at(Verb::Mail, says)]);
        let said = program::run(world, &["once"]);
        let log = String::from_utf8(said.stderr).unwrap();
        assert!(
            log.contains("Sender address rejected: not owned by user"),
            "{log}"
        );
        assert!(log.contains("postrider resume issue morning"), "{log}");
        assert_eq!(counts(world).await, (4, 3, 0));
        nobody_is_blamed(world).await;
        program::ok(world, &["resume", "--all"]);
        mended(world, &relay).await;
    }
);

story!(
    a_few_mails_whose_sender_the_relay_does_not_take_are_told_of_once,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let says = Act::Say("550 5.7.1 sender not permitted\r\n");
        relay.misbehave(vec![Fault::at(Verb::Mail, says)]);
        let said = program::run(world, &["once"]);
        let log = String::from_utf8(said.stderr).unwrap();
        assert_eq!(
            log.matches("550 5.7.1 sender not permitted").count(),
            1,
            "{log}"
        );
        assert_eq!(counts(world).await, (0, 7, 0));
        mended(world, &relay).await;
    }
);

story!(
    a_mail_that_a_relay_never_takes_from_us_ends_without_a_bounce,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        join(world, &[ASHA], "morning").await;
        day(world, 0).await;
        relay.misbehave(vec![Fault::at(Verb::Rcpt, Act::Say("530\r\n"))]);
        for _ in 0..8 {
            world.send().await;
            world.later(60);
        }
        let life = digest(world, ASHA).await;
        assert_eq!(life.state, "failed", "{life:?}");
        let blamed = "SELECT count(*) FROM suppression";
        assert_eq!(world.number(blamed).await, 0);
        let told = life.timeline[1].what.to_string();
        assert_eq!(told, "try 1: the relay refused us, and we try later: 530");
    }
);

story!(
    a_relay_that_wants_a_login_is_asked_by_one_mail_at_a_time_until_it_takes_one,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 3).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        relay.misbehave(vec![Fault::at(Verb::Mail, Act::Say(LOGIN))]);
        let handle = Handle::default();
        let (app, dials) = (world.app.clone(), dials(&world.app.config).unwrap());
        let sending = tokio::spawn(run(app, dials, handle.clone(), Until::Stopped));
        let unable = "SELECT count(*) FROM node WHERE relay_error LIKE '%refuses our mails: 530%'";
        world.until(unable, |n| n == 1).await;
        let first = relay.hits().len();
        assert!((1..=3).contains(&first), "{first} were on their way");
        // After the pause another one asks, and no more than one.
        world
            .clock
            .set(world.now() + jiff::SignedDuration::from_secs(31));
        world.until(DEFERRED, |n| n as usize == first + 1).await;
        relay.behave();
        world.later(2);
        let untried = "SELECT count(*) FROM message WHERE attempts = 0";
        world.until(untried, |n| n == 0).await;
        world
            .until("SELECT count(*) FROM node WHERE relay_error IS NULL", |n| {
                n == 1
            })
            .await;
        world.later(10);
        world.until(ACCEPTED, |n| n == 7).await;
        handle.stop.cancel();
        sending.await.unwrap().unwrap();
        nobody_is_blamed(world).await;
        for address in READERS {
            accepted_once(world, &relay, address, "morning").await;
        }
    }
);

story!(
    one_run_ends_when_the_relay_asks_for_fewer_mails,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 2).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let slower = Act::SayAndClose("421 4.7.0 too many messages, slow down\r\n");
        relay.misbehave(vec![Fault::at(Verb::Mail, slower)]);
        // The clock stands, so the pause that it asks for has no end.
        let sent = tokio::time::timeout(DEADLINE, daemon::send(&world.app, Handle::default()));
        let error = sent.await.expect("it ends").unwrap().relay_error.unwrap();
        let why = "asks for fewer mails: 421 4.7.0 too many messages, slow down";
        assert!(error.ends_with(why), "{error}");
        let (queued, deferred, accepted) = counts(world).await;
        assert!(queued >= 5 && deferred == 7 - queued && accepted == 0);
        let (code, _, said) = program::fails(world, &["once"]);
        assert_eq!(code, 1);
        assert!(
            said.contains(why) && said.contains("hint: messages stay queued"),
            "{said}"
        );
        mended(world, &relay).await;
    }
);

story!(
    what_waits_for_a_relay_that_asks_for_less_goes_by_another,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        let other = FaultyRelay::start(Manner::default()).await;
        let port = other.port();
        world.add_setting(&format!(
            "[[relay]]\nname = \"other\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = 1"
        ));
        world.restart().await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let slower = Act::Say("450 4.7.1 too many mails from you, slow down\r\n");
        relay.misbehave(vec![Fault::at(Verb::Mail, slower)]);
        let error = world.send().await.relay_error.unwrap();
        assert!(error.contains("asks for fewer mails"), "{error}");
        assert_eq!(relay.hits().len(), 1);
        assert_eq!(counts(world).await, (0, 1, 6));
        relay.behave();
        world.later(7);
        world.send().await;
        assert_eq!(counts(world).await, (0, 0, 7));
        assert!(other.taken().len() >= 6);
        other.was_treated_well();
    }
);

story!(
    a_relay_whose_disk_is_full_gets_a_few_mails_and_is_told_of,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([by_turns(), Manner::default(), chunked()]) {
            let relay = relay(world, manner, 1).await;
            join(world, &READERS, "morning").await;
            day(world, n).await;
            let full = Act::Say("452 4.3.1 Insufficient system storage\r\n");
            relay.misbehave(vec![Fault::at(Verb::Mail, full)]);
            let error = world.send().await.relay_error.unwrap();
            let why = "takes no mails for now: 452 4.3.1 Insufficient system storage";
            assert!(error.ends_with(why), "{error}");
            assert_eq!(relay.hits().len(), 3);
            let (queued, deferred) = (world.number(QUEUED).await, world.number(DEFERRED).await);
            assert_eq!((queued, deferred), (4, 3));
            nobody_is_blamed(world).await;
            mended(world, &relay).await;
        }
    }
);

story!(
    a_relay_in_trouble_at_the_final_dot_is_known_by_mails_for_several_hosts,
    async |world: &mut World| {
        const OTHERS: [&str; 5] = [
            "a@one.example",
            "b@two.example",
            "c@three.example",
            "d@four.example",
            "e@five.example",
        ];
        let broken = Act::Say("451 4.3.0 Error: queue file write error\r\n");
        // For one host it may be that host's trouble.
        let relay = relay(world, Manner::default(), 1).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        relay.misbehave(vec![Fault::at(Verb::Dot, broken)]);
        assert_eq!(world.send().await.relay_error, None);
        assert_eq!(counts(world).await, (0, 7, 0));
        mended(world, &relay).await;
        join(world, &OTHERS, "morning").await;
        day(world, 1).await;
        relay.misbehave(vec![Fault::at(Verb::Dot, broken)]);
        let error = world.send().await.relay_error.unwrap();
        assert!(
            error.ends_with("451 4.3.0 Error: queue file write error"),
            "{error}"
        );
        let (queued, deferred, _) = counts(world).await;
        assert!(queued > 0 && queued + deferred == 12, "{queued} {deferred}");
        nobody_is_blamed(world).await;
        mended(world, &relay).await;
    }
);

story!(
    what_waits_for_a_relay_in_trouble_goes_by_another,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        let other = FaultyRelay::start(Manner::default()).await;
        let port = other.port();
        world.add_setting(&format!(
            "[[relay]]\nname = \"other\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = 1"
        ));
        world.restart().await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let busy = Act::SayAndClose("421 4.3.2 too busy, try again later\r\n");
        relay.misbehave(vec![Fault::at(Verb::Mail, busy)]);
        let error = world.send().await.relay_error.unwrap();
        let why = "takes no mails for now: 421 4.3.2 too busy, try again later";
        assert!(error.ends_with(why), "{error}");
        assert_eq!(relay.hits().len(), 3);
        assert_eq!(counts(world).await, (0, 3, 4));
        relay.behave();
        world.later(7);
        assert_eq!(world.send().await.relay_error, None);
        assert_eq!(counts(world).await, (0, 0, 7));
        other.was_treated_well();
    }
);

story!(
    a_relay_that_is_in_trouble_is_asked_by_one_mail_at_a_time_until_it_takes_one,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let full = Act::Say("452 4.3.1 Insufficient system storage\r\n");
        relay.misbehave(vec![Fault::at(Verb::Mail, full)]);
        let handle = Handle::default();
        let (app, dials) = (world.app.clone(), dials(&world.app.config).unwrap());
        let sending = tokio::spawn(run(app, dials, handle.clone(), Until::Stopped));
        let unable = "SELECT count(*) FROM node WHERE relay_error LIKE '%no mails for now: 452%'";
        world.until(unable, |n| n == 1).await;
        assert_eq!(relay.hits().len(), 3);
        // One asks after each pause, and each pause is twice as long.
        for (seconds, asked) in [(31, 4), (61, 5)] {
            let next = jiff::SignedDuration::from_secs(seconds);
            world.clock.set(world.now() + next);
            world.until(DEFERRED, |n| n == asked).await;
            assert_eq!(relay.hits().len(), asked as usize);
        }
        relay.behave();
        world.later(2);
        let untried = "SELECT count(*) FROM message WHERE attempts = 0";
        world.until(untried, |n| n == 0).await;
        world
            .until("SELECT count(*) FROM node WHERE relay_error IS NULL", |n| {
                n == 1
            })
            .await;
        world.later(10);
        world.until(ACCEPTED, |n| n == 7).await;
        handle.stop.cancel();
        sending.await.unwrap().unwrap();
        nobody_is_blamed(world).await;
    }
);

story!(
    what_is_said_of_readers_for_now_slows_no_relay,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        join(world, &READERS, "morning").await;
        let said = ["452 4.2.2 full\r\n", "452 4.5.3 too many recipients\r\n"];
        for (n, said) in (0..).zip(said) {
            day(world, n).await;
            relay.misbehave(vec![Fault::at(Verb::Rcpt, Act::Say(said))]);
            assert_eq!(world.send().await.relay_error, None, "{said}");
            let tries = relay.hits().len();
            // The second asks for less, so that the recipients' host gets one.
            assert_eq!(tries, [7, 1][n as usize], "{said}");
        }
    }
);
