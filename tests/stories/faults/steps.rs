//! Faults at a step of one mail: MAIL, RCPT, DATA, the mail itself, its final dot.

use std::collections::BTreeSet;

use super::{
    READERS, accepted_once, by_turns, chunked, day, digest, doubt, in_doubt, join, put_in_place,
    relay, tried_again,
};
use crate::support::World;
use crate::support::faulty::{Act, Fault, FaultyRelay, Manner, Packets, Verb};

/// The steps of a mail, as this relay is spoken to.
fn steps(manner: &Manner) -> Vec<Verb> {
    let all = [Verb::Mail, Verb::Rcpt, Verb::Data, Verb::Body, Verb::Dot];
    let data = |verb: &Verb| *verb != Verb::Data || !manner.chunking;
    all.into_iter().filter(data).collect()
}

/// Whose mail met which fault. At MAIL a relay without PIPELINING does not know: that is whoever is left.
async fn victims(world: &World, relay: &FaultyRelay) -> Vec<(Verb, &'static str)> {
    let mut left: BTreeSet<&str> = BTreeSet::new();
    for address in READERS {
        if digest(world, address).await.state != "accepted" {
            left.insert(address);
        }
    }
    let hits = relay.hits();
    let known: Vec<&str> = hits.iter().filter_map(|h| h.to.as_deref()).collect();
    left.retain(|address| !known.contains(address));
    let mut found = Vec::new();
    for hit in hits {
        let named = READERS.into_iter().find(|r| hit.to.as_deref() == Some(*r));
        let address = named.or_else(|| left.pop_first());
        found.push((hit.verb, address.expect("every fault met a mail")));
    }
    assert!(left.is_empty(), "mails that no fault met: {left:?}");
    found
}

/// A day for each reply, on which the relay gives it once at each step, over a single connection.
async fn refusals(world: &mut World, manner: Manner) {
    const REPLIES: [(&str, &str); 7] = [
        (
            "451 4.3.0 <asha@example.org> later\r\n",
            "451 4.3.0 <…> later",
        ),
        ("450\r\n", "450"),
        ("452 \r\n", "452"),
        (
            "452-4.2.2 full\r\n452-4.2.2\r\n452 4.2.2 to the brim\r\n",
            "452 4.2.2 full 4.2.2 4.2.2 to the brim",
        ),
        (
            "550 5.7.1 never for ben@example.org\r\n",
            "550 5.7.1 never for …",
        ),
        ("554\r\n", "554"),
        (
            "550-5.1.1 Nobody\r\n550-5.1.1 lives\r\n550 5.1.1 here\r\n",
            "550 5.1.1 Nobody 5.1.1 lives 5.1.1 here",
        ),
    ];
    let relay = relay(world, manner.clone(), 1).await;
    join(world, &READERS, "morning").await;
    let verbs: Vec<Verb> = steps(&manner)
        .into_iter()
        .filter(|v| *v != Verb::Body)
        .collect();
    for (n, (said, kept)) in (0..).zip(REPLIES) {
        day(world, n).await;
        let once = |verb: &Verb| Fault::once(*verb, Act::Say(said));
        relay.misbehave(verbs.iter().map(once).collect());
        let before = relay.connections();
        let sent = world.send().await;
        assert_eq!(sent.relay_error, None);
        assert_eq!(
            relay.connections(),
            before + 1,
            "the line goes on after {said:?}"
        );
        let met = victims(world, &relay).await;
        assert_eq!(met.len(), verbs.len(), "{said:?}");
        for (verb, address) in &met {
            let life = digest(world, address).await;
            // At MAIL it refuses us, and no reader.
            if said.starts_with('5') && *verb == Verb::Mail {
                let tried = tried_again(world, &life);
                assert_eq!(
                    tried,
                    format!("try 1: the relay refused us, and we try later: {kept}")
                );
            } else if said.starts_with('5') {
                assert_eq!(life.state, "failed", "{verb:?} {said:?}: {life:?}");
                assert_eq!(life.relay.as_deref(), Some(kept), "{verb:?} {said:?}");
            } else {
                let tried = tried_again(world, &life);
                assert_eq!(
                    tried,
                    format!("try 1: the relay asked us to try later: {kept}")
                );
            }
        }
        mended(world, &relay).await;
        for address in READERS {
            let refused = |(verb, a): &(Verb, &str)| *verb != Verb::Mail && *a == address;
            let failed = said.starts_with('5') && met.iter().any(refused);
            if failed {
                let after = digest(world, address).await;
                assert_eq!(after.state, "failed");
            } else {
                accepted_once(world, &relay, address, "morning").await;
            }
        }
    }
    relay.was_treated_well();
}

/// Nothing more leaves before its time; then the relay is mended, and its time comes.
async fn mended(world: &World, relay: &FaultyRelay) {
    let count = relay.taken().len();
    world.send().await;
    assert_eq!(relay.taken().len(), count, "before its time");
    relay.behave();
    world.later(75);
    assert_eq!(world.send().await.relay_error, None);
}

/// A day for each way to break a line, on which the relay does it once at each step; five connections are open.
async fn breaks(world: &mut World, manner: Manner) {
    const ACTS: [Act; 6] = [
        Act::SayAndClose("421 4.3.2 asha@example.org: closing\r\n"),
        Act::Reset,
        Act::Close,
        Act::Say("HTTP/1.1 400 Bad Request\r\nServer: no relay\r\n\r\n"),
        Act::Endless,
        Act::LongLine,
    ];
    let relay = relay(world, manner.clone(), 5).await;
    join(world, &READERS, "morning").await;
    for (n, act) in (0..).zip(ACTS) {
        day(world, n).await;
        broken(world, &relay, &manner, act).await;
    }
    // Long enough for a relay that is only slow, on a machine that has much to do.
    put_in_place(world, &relay, "tls = \"none\"\nconnections = 5", 2).await;
    day(world, 6).await;
    broken(world, &relay, &manner, Act::Hang).await;
    relay.was_treated_well();
}

/// The lines are broken; who met that is tried again, and the others have noticed nothing.
async fn broken(world: &World, relay: &FaultyRelay, manner: &Manner, act: Act) {
    let verbs = steps(manner);
    relay.misbehave(verbs.iter().map(|v| Fault::once(*v, act)).collect());
    let poured = relay.poured();
    let sent = world.send().await;
    assert_eq!(sent.relay_error, None, "{act:?}");
    let met = victims(world, relay).await;
    assert_eq!(met.len(), verbs.len(), "{act:?}");
    // What the sockets' buffers hold, and no more.
    let poured = relay.poured() - poured;
    assert!(poured < 64 << 20, "{act:?}: {poured} bytes were taken");
    let lines: Vec<usize> = relay.hits().iter().map(|h| h.connection).collect();
    for (verb, address) in &met {
        let tried = tried_again(world, &digest(world, address).await);
        let doubt = doubt(*verb, act, manner);
        assert!(
            doubt.is_none_or(|d| d == in_doubt(&tried)),
            "{verb:?} {act:?}: {tried}"
        );
        if let Act::SayAndClose(_) = act {
            assert!(tried.ends_with("421 4.3.2 …: closing"), "{tried}");
        }
    }
    let is_other = |address: &&str| met.iter().all(|(_, m)| m != address);
    for address in READERS.into_iter().filter(is_other) {
        accepted_once(world, relay, address, "morning").await;
        let taken = relay.taken();
        let last = taken.iter().rfind(|t| t.to == address).unwrap();
        assert!(!lines.contains(&last.connection), "{act:?}");
    }
    mended(world, relay).await;
    for address in READERS {
        accepted_once(world, relay, address, "morning").await;
    }
}

story!(
    a_relay_without_pipelining_refuses_at_every_step,
    async |world: &mut World| {
        refusals(world, by_turns()).await;
    }
);

story!(a_relay_refuses_at_every_step, async |world: &mut World| {
    refusals(world, Manner::default()).await;
});

story!(
    a_relay_with_chunking_refuses_at_every_step,
    async |world: &mut World| {
        refusals(world, chunked()).await;
    }
);

story!(
    a_relay_that_asks_for_nobodys_mail_gets_none,
    async |world: &mut World| {
        let manner = Manner {
            asks_for_nobodys_mail: true,
            ..Manner::default()
        };
        refusals(world, manner).await;
    }
);

story!(
    replies_that_come_together_are_told_apart,
    async |world: &mut World| {
        let packets = Packets::Together;
        refusals(
            world,
            Manner {
                packets,
                ..Manner::default()
            },
        )
        .await;
    }
);

story!(
    replies_that_come_a_byte_at_a_time_are_put_together,
    async |world: &mut World| {
        let packets = Packets::Bytes;
        refusals(
            world,
            Manner {
                packets,
                ..Manner::default()
            },
        )
        .await;
    }
);

story!(
    replies_to_chunks_that_come_together_are_told_apart,
    async |world: &mut World| {
        let packets = Packets::Together;
        refusals(
            world,
            Manner {
                packets,
                ..chunked()
            },
        )
        .await;
    }
);

story!(
    a_relay_without_pipelining_breaks_off_at_every_step,
    async |world: &mut World| {
        breaks(world, by_turns()).await;
    }
);

story!(
    a_relay_breaks_off_at_every_step,
    async |world: &mut World| {
        breaks(world, Manner::default()).await;
    }
);

story!(
    a_relay_with_chunking_breaks_off_at_every_step,
    async |world: &mut World| {
        breaks(world, chunked()).await;
    }
);
