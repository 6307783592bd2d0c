//! A relay that greets us, and then says nothing or breaks off, whatever mail it is given.

use postrider::dispatch::{Handle, Until, dials, run};

use super::{ASHA, day, digest, in_doubt, join, put_in_place, relay, tried_again};
use crate::support::World;
use crate::support::faulty::{Act, Fault, FaultyRelay, Manner, Verb};

const ACCEPTED: &str = "SELECT count(*) FROM message WHERE state = 3";
const DEFERRED: &str = "SELECT count(*) FROM message WHERE state = 4";

const OTHERS: [&str; 7] = [
    "a@one.example",
    "b@two.example",
    "c@three.example",
    "d@four.example",
    "e@five.example",
    "f@six.example",
    "g@seven.example",
];

/// A faulty relay and a good one, each by one connection, and answers are waited for a second.
async fn two_relays(world: &mut World, manner: Manner) -> (FaultyRelay, FaultyRelay) {
    let relay = FaultyRelay::start(manner).await;
    let other = FaultyRelay::start(Manner::default()).await;
    put_in_place(world, &relay, "tls = \"none\"\nconnections = 1", 1).await;
    let port = other.port();
    world.add_setting(&format!(
        "[[relay]]\nname = \"other\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = 1"
    ));
    world.restart().await;
    (relay, other)
}

story!(
    what_waits_for_a_relay_that_never_answers_goes_by_another,
    async |world: &mut World| {
        let (relay, other) = two_relays(world, Manner::default()).await;
        world.crowd(20, "morning").await;
        day(world, 0).await;
        relay.misbehave(vec![Fault::at(Verb::Mail, Act::Hang)]);
        let handle = Handle::default();
        let (app, dials) = (world.app.clone(), dials(&world.app.config).unwrap());
        let sending = tokio::spawn(run(app, dials, handle.clone(), Until::Stopped));
        world.until(ACCEPTED, |n| n >= 17).await;
        world.until(DEFERRED, |n| n == 3).await;
        assert_eq!(relay.hits().len(), 3);
        let unable = "SELECT count(*) FROM node WHERE relay_error LIKE '%takes no mails for now%'";
        world.until(unable, |n| n == 1).await;
        // One at a time asks whether it is mended, and it never is.
        let mut rounds = 0;
        while world.number(ACCEPTED).await < 20 {
            rounds += 1;
            assert!(rounds < 8, "they do not come to the other");
            world.later(30);
            world.app.due.notify_one();
            let now = world.now().as_millisecond();
            let due = "SELECT coalesce(min(due_at), 9000000000000) FROM message WHERE state <> 3";
            world.until(due, |due| due > now).await;
        }
        assert!(relay.hits().len() <= 3 + rounds, "{rounds}");
        assert_eq!(other.taken().len(), 20);
        handle.stop.cancel();
        sending.await.unwrap().unwrap();
    }
);

story!(
    what_waits_for_a_relay_that_breaks_off_after_the_final_dot_goes_by_another,
    async |world: &mut World| {
        for (n, act) in (0..).zip([Act::Reset, Act::Hang]) {
            let (relay, other) = two_relays(world, Manner::default()).await;
            join(world, &OTHERS, "morning").await;
            day(world, n).await;
            relay.misbehave(vec![Fault::at(Verb::Dot, act)]);
            let error = world.send().await.relay_error.unwrap();
            assert!(error.contains("takes no mails for now"), "{error}");
            assert_eq!(relay.hits().len(), 3, "{act:?}");
            assert_eq!((other.taken().len(), world.number(DEFERRED).await), (4, 3));
            relay.behave();
            world.later(7);
            assert_eq!(world.send().await.relay_error, None);
            assert_eq!(world.number(DEFERRED).await, 0);
        }
    }
);

story!(
    a_digest_that_is_in_doubt_twice_is_not_sent_a_third_time,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 1).await;
        join(world, &[ASHA], "morning").await;
        day(world, 0).await;
        relay.misbehave(vec![Fault::at(Verb::Dot, Act::Close)]);
        world.send().await;
        assert!(in_doubt(&tried_again(world, &digest(world, ASHA).await)));
        for _ in 0..3 {
            world.later(20);
            world.send().await;
        }
        assert_eq!(digest(world, ASHA).await.state, "uncertain");
        assert_eq!(relay.taken().len(), 2);
    }
);
