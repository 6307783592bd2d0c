//! What comes back, and what follows from it.

use mail_parser::MessageParser;
use postrider::audience::suppression::Suppression;
use postrider::audience::{self, EmailAddress, suppression};
use postrider::feedback::act::{Acted, Did, take};
use postrider::feedback::{Kind, Report};

use crate::support::World;

mod bouncing;
mod complaining;
mod forgetting;
mod leaving;
mod pipe;
mod refused;
mod soft;
mod suppressing;
mod verified;

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

/// Each mail has a sender of its own from now on.
async fn with_own_senders(world: &mut World) {
    world.add_setting("[feedback]\nbounce_domain = \"bounces.courier.example\"");
    world.restart().await;
}

/// Asha and Ben have got this morning's mail.
async fn morning_is_out(world: &World) {
    world
        .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
        .await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
    assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
}

/// The next morning's mail goes out, to whom it may.
async fn another_morning(world: &World, day: &str) {
    let collected = format!("{day}T05:30:00Z");
    world.clock.set(collected.parse().unwrap());
    world
        .publish(&format!("news-{day}"), "Port", &format!("News of {day}"))
        .await;
    world.clock.set(format!("{day}T06:30:00Z").parse().unwrap());
    world.run().await;
}

/// A report of this kind that says nothing else.
fn report(kind: Kind, event: &str) -> Report {
    let (status, code, reason) = match kind {
        Kind::Hard => ("5.1.1", 550, "user-unknown"),
        Kind::Soft => ("4.2.2", 452, "mailbox-full"),
        _ => ("", 0, "other"),
    };
    Report {
        kind,
        recipient: None,
        sent_to: Vec::new(),
        message_ids: Vec::new(),
        status: (!status.is_empty()).then(|| status.to_owned()),
        code: (code > 0).then_some(code),
        said: None,
        reason,
        event: event.to_owned(),
    }
}

/// The same, sent to the sender of the last mail that this address got.
fn about(world: &World, address: &str, kind: Kind, event: &str) -> Report {
    let mail = world.mails_to(address).pop().expect("a mail");
    Report {
        sent_to: vec!["postmaster@courier.example".to_owned(), mail.from],
        ..report(kind, event)
    }
}

/// The Message-ID of the last mail that this address got.
fn message_id(world: &World, address: &str) -> String {
    let mail = world.mails_to(address).pop().expect("a mail");
    let parsed = MessageParser::default().parse(&mail.bytes[..]).unwrap();
    parsed.message_id().unwrap().to_owned()
}

/// Takes one report.
async fn comes(world: &World, report: Report) -> Acted {
    let taken = take(&world.app, &[report], "a story").await.unwrap();
    taken.reports.into_iter().next().unwrap()
}

async fn suppression_of(world: &World, address: &str) -> Option<Suppression> {
    let key = key(world, address);
    suppression(&mut world.app.db.read().await.unwrap(), &key)
        .await
        .unwrap()
}

fn key(world: &World, address: &str) -> Vec<u8> {
    let email = EmailAddress::parse(address).unwrap();
    world.app.keys.address(&email.normal())
}

/// Whether the reader is on this newsletter.
async fn is_on(world: &World, address: &str, slug: &str) -> bool {
    let answer = world.why(address).await;
    answer
        .subscriptions
        .iter()
        .any(|s| s.newsletter == slug && s.active)
}

/// The consent records of a reader, as "act newsletter source".
async fn consents(world: &World, address: &str) -> Vec<String> {
    let mut conn = world.app.db.read().await.unwrap();
    let email = EmailAddress::parse(address).unwrap();
    let known = audience::find(&mut conn, &world.app.keys, &email)
        .await
        .unwrap()
        .unwrap();
    let all = audience::consents(&mut conn, known.id).await.unwrap();
    all.into_iter()
        .map(|c| {
            let act = if c.act == 1 { "joined" } else { "left" };
            format!("{act} {} {}", c.newsletter.unwrap_or_default(), c.source)
        })
        .collect()
}

fn suppressed(reason: &'static str) -> Did {
    Did::Suppressed { reason }
}
