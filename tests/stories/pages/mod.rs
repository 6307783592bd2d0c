//! The pages that readers see, over HTTP.

mod clicking;
mod hostile;
mod joining;
mod keys;
mod leaving;
mod looks;
mod one_click;
mod reading;
mod scanning;
mod seldom;
mod slow;

use crate::support::World;

pub(crate) const ASHA: &str = "asha.verrow@example.org";
pub(crate) const BEN: &str = "ben@example.org";

/// Six readers have this morning's mail.
async fn morning_of_six(world: &World) -> Vec<String> {
    let readers = world.crowd(6, "morning").await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
    readers
}

/// Asha and Ben have this morning's mail.
pub(crate) async fn morning(world: &World) {
    world
        .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
        .await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
    assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
}
