//! Signing up: a reader joins by themselves, and nobody else learns of it or does it for them.

mod elsewhere;
mod joining;
mod limits;
pub(crate) mod members;
mod telling;

use crate::support::World;
use crate::support::mail::text;
use crate::support::pages::Answer;
use crate::support::visitor::{Site, Visitor};
use postrider::audience::{self, EmailAddress, SuppressionReason, suppress};
use postrider::demo::relay::Caught;

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

/// The path of the first link to this page in a mail.
fn link(mail: &Caught, page: &str) -> String {
    let text = text(mail);
    let begin = format!("https://mail.courier.example/{page}/");
    let at = text
        .find(&begin)
        .unwrap_or_else(|| panic!("no {page} in {text}"));
    let token = text[at + begin.len()..].split_whitespace().next().unwrap();
    format!("/{page}/{token}")
}

/// Signs up for these on our page, and sends what is to be sent.
async fn sign_up(world: &World, site: &Site, address: &str, slugs: &[&str]) -> Answer {
    let mut fields = vec![("address", address)];
    fields.extend(slugs.iter().map(|slug| ("newsletter", *slug)));
    let page = Visitor::at(site).post("/signup", &fields).await;
    world.send().await;
    page
}

/// Follows the newest mail's button, and presses it.
async fn confirm(world: &World, site: &Site, address: &str) -> Answer {
    let mail = world.mails_to(address).pop().expect("a mail to confirm");
    let visitor = Visitor::at(site);
    let page = follow(&visitor, &link(&mail, "confirm")).await;
    let through = page.hidden("through").to_owned();
    visitor.post("/confirm", &[("through", &through)]).await
}

/// Follows a link whose token is taken out of the address.
async fn follow(visitor: &Visitor, path: &str) -> Answer {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 303, "{path}: {}", page.body);
    let (begin, _) = path.rsplit_once('/').unwrap();
    assert_eq!(page.location().as_deref(), Some(begin));
    visitor.get(begin).await
}

pub(crate) async fn suppressed_for(world: &World, address: &str, reason: SuppressionReason) {
    let email = EmailAddress::parse(address).unwrap();
    let mut tx = world.app.db.begin().await.unwrap();
    let key = world.app.keys.address(&email.normal());
    let done = suppress(&mut tx, &key, reason, "a story", None, world.now());
    done.await.unwrap();
    tx.commit().await.unwrap();
}

/// The slugs of what the reader of this address gets.
async fn gets(world: &World, address: &str) -> Vec<String> {
    let email = EmailAddress::parse(address).unwrap();
    let mut conn = world.app.db.read().await.unwrap();
    let found = audience::find(&mut conn, &world.app.keys, &email)
        .await
        .unwrap();
    let places = found
        .map(|known| known.preferences.subscriptions)
        .unwrap_or_default();
    let active = places
        .into_iter()
        .filter(|(_, place)| place.state == audience::SubscriptionState::Active);
    active.map(|(slug, _)| slug).collect()
}
