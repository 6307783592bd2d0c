//! Faults that need a mail of their own kind: a large one, an address beyond ASCII, one that is greylisted, an alert.

use super::{
    ASHA, BEN, READERS, accepted_once, by_turns, chunked, day, digest, in_doubt, join,
    put_in_place, relay, tried_again,
};
use crate::support::faulty::{Act, Fault, FaultyRelay, Manner, Verb};
use crate::support::{World, program};

const MUELLER: &str = "müller@example.org";

story!(
    a_mail_that_is_larger_than_the_relay_takes_fails_unasked,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([by_turns(), Manner::default(), chunked()]) {
            let size = Some(1000);
            let relay = relay(world, Manner { size, ..manner }, 1).await;
            join(world, &[ASHA], "morning").await;
            day(world, n).await;
            assert_eq!(world.send().await.relay_error, None);
            let life = digest(world, ASHA).await;
            assert_eq!(life.state, "failed");
            assert_eq!(life.reason, Some("it is larger than the relay takes"));
            assert!(!relay.heard().iter().any(|l| l.starts_with("MAIL")));
            relay.was_treated_well();
        }
    }
);

story!(
    a_mail_whose_size_is_refused_fails_with_the_reply,
    async |world: &mut World| {
        let said = "552 5.3.4 message size exceeds fixed limit\r\n";
        for (n, manner) in (0..).zip([by_turns(), Manner::default(), chunked()]) {
            let relay = relay(world, manner, 1).await;
            join(world, &[ASHA, BEN], "morning").await;
            day(world, n).await;
            relay.misbehave(vec![Fault::once(Verb::Mail, Act::Say(said))]);
            world.send().await;
            let lives = [digest(world, ASHA).await, digest(world, BEN).await];
            let failed: Vec<_> = lives.iter().filter(|l| l.state == "failed").collect();
            assert_eq!(failed.len(), 1, "{lives:?}");
            assert_eq!(failed[0].relay.as_deref(), Some(said.trim_end()));
            assert_eq!(lives.iter().filter(|l| l.state == "accepted").count(), 1);
            relay.was_treated_well();
        }
    }
);

story!(
    an_address_beyond_ascii_needs_a_relay_that_takes_it,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([by_turns(), Manner::default(), chunked()]) {
            let smtputf8 = false;
            let old = Manner {
                smtputf8,
                ..manner.clone()
            };
            let first = relay(world, old, 1).await;
            join(world, &[MUELLER, BEN], "morning").await;
            day(world, 2 * n).await;
            assert_eq!(world.send().await.relay_error, None);
            let life = digest(world, MUELLER).await;
            assert_eq!(life.state, "failed");
            assert!(life.reason.unwrap().contains("SMTPUTF8"), "{life:?}");
            accepted_once(world, &first, BEN, "morning").await;
            first.was_treated_well();
            let second = relay(world, manner, 1).await;
            day(world, 2 * n + 1).await;
            world.send().await;
            accepted_once(world, &second, MUELLER, "morning").await;
            let asked = |l: &String| l.starts_with("MAIL") && l.contains("SMTPUTF8");
            assert_eq!(second.heard().iter().filter(|l| asked(l)).count(), 1);
            second.was_treated_well();
        }
    }
);

story!(
    what_a_relay_lacks_is_asked_of_another_that_may_have_it,
    async |world: &mut World| {
        let small = Manner {
            size: Some(1000),
            ..Manner::default()
        };
        let old = Manner {
            smtputf8: false,
            ..Manner::default()
        };
        join(world, &[MUELLER, BEN], "morning").await;
        for (n, lacking) in (0..).zip([old, small]) {
            let is_small = lacking.size.is_some();
            let first = FaultyRelay::start(lacking).await;
            let second = FaultyRelay::start(Manner::default()).await;
            let both = format!(
                "weight = 1000\ntls = \"none\"\nconnections = 1\n\
                 [[relay]]\nname = \"second\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nconnections = 1",
                second.port()
            );
            put_in_place(world, &first, &both, 60).await;
            day(world, n).await;
            program::ok(world, &["hold", "relay", "second"]);
            world.send().await;
            let life = digest(world, MUELLER).await;
            assert_eq!(life.state, "queued", "the other may have it: {life:?}");
            program::ok(world, &["resume", "relay", "second"]);
            world.later(60);
            assert_eq!(world.send().await.relay_error, None);
            let taken = if is_small { &second } else { &first };
            accepted_once(world, taken, BEN, "morning").await;
            accepted_once(world, &second, MUELLER, "morning").await;
            assert!(!first.heard().iter().any(|l| l.contains("müller")));
            first.was_treated_well();
            second.was_treated_well();
        }
    }
);

story!(
    a_greylisted_reader_delays_nobody_else_and_is_accepted_later,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let grey =
            Act::Say("450 4.2.0 <asha@example.org>: Recipient address rejected: Greylisted\r\n");
        relay.misbehave(vec![Fault::at(Verb::Rcpt, grey).to(ASHA)]);
        world.send().await;
        let tried = tried_again(world, &digest(world, ASHA).await);
        assert!(tried.ends_with("450 4.2.0 <…>: Recipient address rejected: Greylisted"));
        for address in &READERS[1..] {
            accepted_once(world, &relay, address, "morning").await;
        }
        // It comes too early once more.
        world.later(75);
        world.send().await;
        assert_eq!(digest(world, ASHA).await.state, "deferred");
        relay.behave();
        world.later(60);
        world.send().await;
        accepted_once(world, &relay, ASHA, "morning").await;
        let tries = digest(world, ASHA).await.timeline.len();
        assert_eq!(tries, 4, "planned, greylisted twice, accepted");
        relay.was_treated_well();
    }
);

/// An alert for everybody; what is lost after the final dot is not sent again.
async fn alerts(world: &mut World, manner: Manner) {
    let relay = relay(world, manner, 7).await;
    put_in_place(world, &relay, "tls = \"none\"\nconnections = 7", 2).await;
    join(world, &READERS, "offers").await;
    world.add_offer("almanac");
    world.at("2026-11-24T10:00:00Z");
    world.plan().await;
    let acts = [
        Act::Reset,
        Act::Close,
        Act::Hang,
        Act::Say("yes, thank you\r\n"),
        Act::SayAndClose("421 4.3.0 going down\r\n"),
        Act::Say("554 5.7.1 not this one\r\n"),
    ];
    relay.misbehave(
        acts.iter()
            .map(|act| Fault::once(Verb::Dot, *act))
            .collect(),
    );
    world.send().await;
    let hits = relay.hits();
    assert_eq!(hits.len(), acts.len());
    let wanted = [
        "uncertain",
        "uncertain",
        "uncertain",
        "uncertain",
        "deferred",
        "failed",
    ];
    for ((hit, act), state) in hits.iter().zip(acts).zip(wanted) {
        let address = hit.to.as_deref().unwrap();
        let life = world.newest(address, "offers").await.unwrap();
        assert_eq!(life.state, state, "{act:?}: {life:?}");
    }
    relay.behave();
    world.later(75);
    world.send().await;
    for ((hit, act), state) in hits.iter().zip(acts).zip(wanted) {
        let address = hit.to.as_deref().unwrap();
        let life = world.newest(address, "offers").await.unwrap();
        let state = if state == "deferred" {
            "accepted"
        } else {
            state
        };
        assert_eq!(life.state, state, "{act:?}: {life:?}");
        let times = usize::from(state != "failed");
        assert_eq!(relay.count_to(address), times, "{act:?}");
    }
    let met = |a: &&&str| hits.iter().any(|h| h.to.as_deref() == Some(**a));
    for address in READERS.iter().filter(|a| !met(a)) {
        accepted_once(world, &relay, address, "offers").await;
    }
    relay.was_treated_well();
}

story!(
    an_alert_without_a_reply_to_its_dot_is_uncertain_and_not_sent_again,
    async |world: &mut World| alerts(world, Manner::default()).await
);

story!(
    an_alert_without_a_reply_to_its_chunk_is_uncertain_and_not_sent_again,
    async |world: &mut World| alerts(world, chunked()).await
);

story!(
    an_alert_without_a_reply_to_its_envelope_is_sent_again,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([by_turns(), Manner::default()]) {
            let relay = relay(world, manner, 4).await;
            put_in_place(world, &relay, "tls = \"none\"\nconnections = 4", 2).await;
            join(world, &READERS, "offers").await;
            let slug = ["almanac", "calendar"][n];
            world.add_offer(slug);
            world.at("2026-11-24T10:00:00Z");
            world.plan().await;
            let once = |verb| Fault::once(verb, if n == 0 { Act::Reset } else { Act::Hang });
            relay.misbehave([Verb::Mail, Verb::Rcpt, Verb::Data].map(once).into());
            world.send().await;
            assert_eq!(relay.hits().len(), 3);
            let mut waiting = Vec::new();
            for address in READERS {
                let life = world.newest(address, "offers").await.unwrap();
                if life.state != "accepted" {
                    assert!(!in_doubt(&tried_again(world, &life)), "{life:?}");
                    waiting.push(address);
                }
            }
            assert_eq!(waiting.len(), 3);
            relay.behave();
            world.later(75);
            world.send().await;
            for address in READERS {
                accepted_once(world, &relay, address, "offers").await;
                assert_eq!(relay.count_to(address), 1);
            }
            relay.was_treated_well();
            world.at(crate::support::world::BEGIN);
        }
    }
);

story!(
    a_reset_that_is_refused_or_a_farewell_that_is_not_answered_costs_no_mail,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([by_turns(), Manner::default(), chunked()]) {
            let relay = relay(world, manner, 1).await;
            join(world, &READERS, "morning").await;
            day(world, n).await;
            relay.misbehave(vec![
                Fault::once(Verb::Rcpt, Act::Say("550 5.1.1 gone\r\n")),
                Fault::once(Verb::Rset, Act::Say("502 5.5.1 what?\r\n")),
                Fault::once(Verb::Quit, Act::Hang),
            ]);
            world.send().await;
            assert_eq!(relay.hits().len(), 3);
            let mut failed = 0;
            for address in READERS {
                if digest(world, address).await.state == "failed" {
                    failed += 1;
                } else {
                    accepted_once(world, &relay, address, "morning").await;
                }
            }
            assert_eq!(failed, 1);
            relay.was_treated_well();
        }
    }
);

story!(
    a_refusal_that_is_followed_by_a_break_is_a_refusal,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([Manner::default(), chunked()]) {
            let relay = relay(world, manner, 1).await;
            join(world, &[ASHA, BEN], "morning").await;
            day(world, n).await;
            relay.misbehave(vec![Fault::once(
                Verb::Mail,
                Act::SayAndClose("550 5.7.1 not from here\r\n"),
            )]);
            world.send().await;
            let lives = [digest(world, ASHA).await, digest(world, BEN).await];
            let refused: Vec<_> = lives.iter().filter(|l| l.state == "deferred").collect();
            assert_eq!(refused.len(), 1, "{lives:?}");
            let said = refused[0].relay.as_deref();
            assert_eq!(said, Some("550 5.7.1 not from here"));
            assert_eq!(lives.iter().filter(|l| l.state == "accepted").count(), 1);
            relay.was_treated_well();
        }
    }
);

story!(
    a_relay_that_closes_after_some_mails_costs_no_mail_a_try,
    async |world: &mut World| {
        for (n, manner) in (0..).zip([by_turns(), Manner::default(), chunked()]) {
            let relay = relay(world, manner, 1).await;
            join(world, &READERS, "morning").await;
            day(world, n).await;
            let enough = Act::SayAndClose("421 4.3.2 enough for this connection\r\n");
            relay.misbehave(vec![Fault::at(Verb::Mail, enough).after_mails(3)]);
            assert_eq!(world.send().await.relay_error, None);
            for address in READERS {
                accepted_once(world, &relay, address, "morning").await;
                assert_eq!(relay.count_to(address), 1);
                assert_eq!(digest(world, address).await.timeline.len(), 2);
            }
            assert_eq!(relay.hits().len(), 2);
            relay.was_treated_well();
        }
    }
);
