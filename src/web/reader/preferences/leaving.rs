//! Telling the owner of an address that newsletters were left by a link that may have been forwarded: once for some hours,
//! with a button that undoes it.

use jiff::Timestamp;

use crate::app::App;
use crate::audience::act::{Done, ERASE_AFTER, UNDO_FOR};
use crate::audience::leaving::was_told;
use crate::db::{self, Tx};
use crate::notice::{self, Kind, Notice};
use crate::secret::{Purpose, Ticket};
use crate::web::Visit;

/// For how many hours one notice about one newsletter is enough.
const HOURS: i64 = 6;

/// Sends the notice, in the transaction of the act, if anything was left of which none was sent lately.
pub(in crate::web) async fn tell(
    tx: &mut Tx,
    app: &App,
    done: &Done,
    visit: &Visit,
    now: Timestamp,
) -> db::Result<()> {
    let mut titles = Vec::new();
    let mut fresh = false;
    for slug in done.left() {
        let Some(newsletter) = app.newsletter(slug) else {
            continue;
        };
        titles.push(newsletter.title.clone());
        let id = app.newsletter_ids[slug];
        fresh |= !was_told(tx, done.subscriber_id, id, HOURS, now).await?;
    }
    if !fresh {
        return Ok(());
    }
    let until = now + UNDO_FOR;
    send(tx, app, Kind::Left, done, titles, visit, until).await
}

/// Sends the notice that everything will be erased, with the button that keeps it: always, once for each time.
pub(super) async fn tell_of_erasure(
    tx: &mut Tx,
    app: &App,
    done: &Done,
    visit: &Visit,
    now: Timestamp,
) -> db::Result<()> {
    if !done.is_new {
        return Ok(());
    }
    let until = now + ERASE_AFTER;
    send(tx, app, Kind::Erasing, done, Vec::new(), visit, until).await
}

async fn send(
    tx: &mut Tx,
    app: &App,
    kind: Kind,
    done: &Done,
    newsletters: Vec<String>,
    visit: &Visit,
    until: Timestamp,
) -> db::Result<()> {
    let ticket = Ticket::new(Purpose::Undo, done.subscriber_id, done.revision, until);
    let notice = Notice {
        kind,
        to: done.email.clone(),
        subscriber_id: Some(done.subscriber_id),
        language: done.before.language.clone(),
        newsletters,
        network: visit.network(),
        new_address: None,
        ticket: Some(ticket),
    };
    notice::send(tx, app, &notice).await?;
    Ok(())
}
