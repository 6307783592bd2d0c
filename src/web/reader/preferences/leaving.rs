//! Telling the owner of an address that newsletters were left by a link that may have been forwarded: once for some hours,
//! with a button that undoes it.

use jiff::Timestamp;

use crate::app::App;
use crate::audience::act::{Done, ERASE_AFTER, UNDO_FOR};
use crate::audience::leaving::{was_told, was_told_of_all};
use crate::db::{self, Sql, Tx};
use crate::issue;
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
    let left = done.left();
    for slug in &left {
        let (id, title) = match app.newsletter(slug) {
            Some(newsletter) => (app.newsletter_ids[*slug], newsletter.title.clone()),
            None => retired(tx, slug).await?,
        };
        titles.push(title);
        fresh |= !was_told(tx, done.subscriber_id, id, HOURS, now).await?;
    }
    // Who was on none of them left the notices.
    if left.is_empty() && done.after.notices_off.len() > done.before.notices_off.len() {
        fresh = !was_told_of_all(tx, done.subscriber_id, HOURS, now).await?;
    }
    if !fresh {
        return Ok(());
    }
    let until = now + UNDO_FOR;
    send(tx, app, Kind::Left, done, titles, visit, until).await
}

/// The number of a newsletter of which the paper has no file any more, and its title in the newest of its issues.
async fn retired(tx: &mut Tx, slug: &str) -> db::Result<(i64, String)> {
    const SQL: &str =
        "SELECT n.id, coalesce((SELECT max(i.id) FROM issue i WHERE i.newsletter_id = n.id), 0)
                         FROM newsletter n WHERE n.slug = $1";
    let found: Option<(i64, i64)> = tx.sql(SQL).bind(slug.to_owned()).first().await?;
    let (id, issue_id) = found.unwrap_or_default();
    let issue = issue::find(tx, issue_id).await?;
    Ok((
        id,
        issue.map_or_else(|| slug.to_owned(), |issue| issue.setting.title),
    ))
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
