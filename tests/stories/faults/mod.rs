//! A relay's faults, one after the other: in which state each leaves a message, with which reply, and that the mails
//! beside it go on as if nothing had been.

mod kinds;
mod reaching;
mod silent;
mod steps;
mod unwanted;

use jiff::SignedDuration;
use postrider::message::happened::Happened;
use postrider::message::why::Life;

use crate::support::faulty::{Act, FaultyRelay, Manner, Verb};
use crate::support::{Reader, World};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
const READERS: [&str; 7] = [
    ASHA,
    BEN,
    "cleo@example.org",
    "dev@example.org",
    "edda@example.org",
    "femi@example.org",
    "gus@example.org",
];

/// Without PIPELINING.
fn by_turns() -> Manner {
    Manner {
        pipelining: false,
        ..Manner::default()
    }
}

/// With CHUNKING beside it.
fn chunked() -> Manner {
    Manner {
        chunking: true,
        ..Manner::default()
    }
}

/// A faulty relay in the place of the world's, by so many connections.
async fn relay(world: &mut World, manner: Manner, connections: usize) -> FaultyRelay {
    let relay = FaultyRelay::start(manner).await;
    let settings = format!("tls = \"none\"\nconnections = {connections}");
    put_in_place(world, &relay, &settings, 60).await;
    relay
}

/// Writes this relay into the configuration, with these settings, and how long we wait for its answers.
async fn put_in_place(world: &mut World, relay: &FaultyRelay, settings: &str, timeout_s: u32) {
    let port = relay.port();
    world
        .set_relay(&format!(
            "host = \"127.0.0.1\"\nport = {port}\n{settings}\n[dispatch]\ntimeout_s = {timeout_s}"
        ))
        .await;
}

async fn join(world: &World, addresses: &[&'static str], slug: &'static str) {
    let readers: Vec<Reader> = addresses.iter().map(|a| world.reader(a, slug)).collect();
    world.join(&readers).await;
}

/// The day `n` after the world began, a mail for everybody is planned and due, those too whom yesterday's relay did not know.
async fn day(world: &World, n: i64) {
    let begin: jiff::Timestamp = crate::support::world::BEGIN.parse().unwrap();
    world.clock.set(begin + SignedDuration::from_hours(24 * n));
    let headline = format!("The port reopens, for the {n}. time");
    world.change("DELETE FROM suppression").await;
    world.publish(&format!("port-{n}"), "Port", &headline).await;
    world.later(60);
    world.plan().await;
}

/// The newest digest.
async fn digest(world: &World, address: &str) -> Life {
    world.newest(address, "morning").await.unwrap()
}

/// It waits for its next try, which comes soon and not now; what was said of the last one.
fn tried_again(world: &World, life: &Life) -> String {
    assert_eq!(life.state, "deferred", "{life:?}");
    let [.., tried, next] = &life.timeline[..] else {
        panic!("{life:?}");
    };
    assert_eq!(next.what, Happened::NextTry);
    let wait = next.at - world.now().as_millisecond();
    assert!((1..=72 * 60_000).contains(&wait), "in {wait} ms");
    tried.what.to_string()
}

/// Whether a try ended so that the relay may have the mail.
fn in_doubt(tried: &str) -> bool {
    tried.contains("the relay may have it")
}

/// Nothing is lost and nothing comes twice that the log does not doubt.
async fn accepted_once(world: &World, relay: &FaultyRelay, address: &str, slug: &str) {
    let life = world.newest(address, slug).await.unwrap();
    assert_eq!(life.state, "accepted", "{address}: {life:?}");
    let doubts = life.timeline.iter();
    let doubts = doubts.filter(|e| in_doubt(&e.what.to_string())).count();
    let taken = relay.taken();
    let last = taken.iter().rfind(|t| t.to == address).unwrap();
    assert!(last.told, "{address}: {life:?}");
    let same =
        |t: &&crate::support::faulty::Taken| t.to == address && t.message_id == last.message_id;
    let copies: Vec<_> = taken.iter().filter(same).collect();
    assert!(copies.len() <= 1 + doubts, "{address}: {life:?}");
    assert!(copies.iter().all(|t| t.bytes == last.bytes), "{address}");
    assert_eq!(copies.iter().filter(|t| t.told).count(), 1, "{address}");
}

/// What an act at this verb leaves open: whether the relay may have the mail. `None` where it depends on which of two
/// packets is first.
fn doubt(verb: Verb, act: Act, manner: &Manner) -> Option<bool> {
    let goes = matches!(act, Act::Close | Act::Reset);
    match (verb, act) {
        (_, Act::SayAndClose(_)) => Some(false),
        (Verb::Dot, _) => Some(true),
        // All was written at once, if the socket took it before it broke.
        (Verb::Mail | Verb::Rcpt, _) if manner.chunking => (!goes).then_some(true),
        (Verb::Body, Act::Say(_)) => None,
        (Verb::Body, _) => (!goes).then_some(true),
        _ => Some(false),
    }
}
