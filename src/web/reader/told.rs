//! Telling the owner of an address that newsletters were left by a link that may have been forwarded: once for some hours,
//! with a button that undoes it.

use jiff::Timestamp;

use crate::app::App;
use crate::audience::Done;
use crate::audience::act::{UNDO_FOR, was_told_of_leaving};
use crate::db::{self, Tx};
use crate::notice::{self, Kind, Notice};
use crate::secret::{Purpose, Ticket};
use crate::web::Visit;

/// For how many hours one notice about one newsletter is enough.
const HOURS: i64 = 6;

/// Sends the notice, in the transaction of the act, if anything was left of which none was sent lately.
pub(super) async fn tell_of_leaving(
    tx: &mut Tx,
    app: &App,
    done: &Done,
    visit: &Visit,
    now: Timestamp,
) -> db::Result<()> {
    let mut titles = Vec::new();
    let mut fresh = false;
    for slug in done.left() {
        let (Some(newsletter), Some(id)) = (app.newsletter(slug), app.newsletter_ids.get(slug))
        else {
            continue;
        };
        titles.push(newsletter.title.clone());
        fresh |= !was_told_of_leaving(tx, done.subscriber_id, *id, HOURS, now).await?;
    }
    if !fresh {
        return Ok(());
    }
    let until = now + UNDO_FOR;
    let notice = Notice {
        kind: Kind::Left,
        to: done.email.clone(),
        subscriber_id: Some(done.subscriber_id),
        language: done.before.language.clone(),
        newsletters: titles,
        network: visit.network(),
        new_address: None,
        ticket: Some(Ticket::new(
            Purpose::Undo,
            done.subscriber_id,
            done.revision,
            until,
        )),
    };
    notice::send(tx, app, &notice).await.map(drop)
}
