//! The preferences page: what a reader changes there, what it comes to in the next mail, and what a stranger cannot do.

use jiff::SignedDuration;
use postrider::audience::{EmailAddress, find};
use postrider::demo::relay::Caught;
use postrider::secret::{Purpose, Ticket};

use crate::support::World;
use crate::support::pages::{Answer, Pages, links};

mod braking;
mod clicking;
mod editing;
mod erasing;
mod forms;
mod holding;
mod moving;
mod notices;
mod strangers;
mod telling;
mod typing;

pub(super) const ASHA: &str = "asha@example.org";
pub(super) const BEN: &str = "ben@example.org";

/// The page.
pub(super) const PAGE: &str = "/preferences";

/// The number of the reader with this address.
pub(super) async fn number(world: &World, address: &str) -> i64 {
    let email = EmailAddress::parse(address).unwrap();
    let mut conn = world.app.db.read().await.unwrap();
    let found = find(&mut conn, &world.app.keys, &email).await.unwrap();
    found.expect("a reader of this address").id
}

/// A ticket of this purpose, good for an hour.
pub(super) fn ticket(world: &World, purpose: Purpose, of: i64, epoch: i64) -> String {
    let until = world.now() + SignedDuration::from_hours(1);
    let keys = &world.app.keys;
    keys.ticket(keys.newest(), &Ticket::new(purpose, of, epoch, until))
}

/// The page as a fresh link opens it.
pub(super) async fn fully(world: &World, pages: &Pages, address: &str) -> Answer {
    let token = ticket(world, Purpose::Manage, number(world, address).await, 0);
    pages.open(&format!("{PAGE}/{token}")).await
}

/// The only link of this mail that begins so.
pub(super) fn link(mail: &Caught, path: &str) -> String {
    let begins = format!("https://mail.courier.example/{path}/");
    let all = links(mail);
    let mut found = all.into_iter().filter(|link| link.starts_with(&begins));
    let link = found.next().unwrap_or_else(|| panic!("no link to {path}"));
    assert_eq!(found.next(), None, "two links to {path}");
    link
}

/// Sends what waits; the last mail to this address.
pub(super) async fn mail_to(world: &World, address: &str) -> Caught {
    world.send().await;
    let mails = world.mails_to(address);
    mails.last().cloned().expect("a mail to this address")
}

/// What a mail says: its subject and its text.
pub(super) fn text(mail: &Caught) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    let subject = parsed.subject().unwrap_or_default();
    format!("{subject}\n{}", parsed.body_text(0).unwrap_or_default())
}

impl Answer {
    /// Fails unless the page holds all of these.
    pub(super) fn says(&self, parts: &[&str]) -> &Answer {
        for part in parts {
            assert!(self.body.contains(part), "no {part:?} in {}", self.body);
        }
        self
    }

    /// Fails if the page holds any of these.
    pub(super) fn hides(&self, parts: &[&str]) -> &Answer {
        for part in parts {
            assert!(!self.body.contains(part), "{part:?} is in {}", self.body);
        }
        self
    }
}
