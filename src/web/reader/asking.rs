//! One sign-up, from form to mail. What is answered says nothing of the address: it is the same for one who reads us, one
//! who left, and one whom we must not mail, and takes the same time.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};

use super::form::{Form, Mistake};
use crate::app::App;
use crate::audience::EmailAddress;
use crate::audience::signup::{self, Mail, Request, Shown, Way};
use crate::db::{self, Sql, Tx};
use crate::notice::{self, Kind, Notice};
use crate::render::Words;
use crate::secret::{Purpose, Ticket};
use crate::web::{Visit, Web, WebError};

/// No answer comes sooner, whatever was done.
const FLOOR: Duration = Duration::from_millis(150);
/// How long a fresh link is good.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// What became of a form.
pub(super) enum Asked {
    /// All is well, as far as anybody is told.
    Sent {
        /// The address, as it was understood.
        email: EmailAddress,
        /// The slugs.
        newsletters: Vec<String>,
    },
    /// These are to be mended.
    Wrong(Vec<Mistake>),
}

/// Takes a form that came by this way, from a page of this origin.
pub(super) async fn take(
    web: &Web,
    visit: &Visit,
    form: &Form,
    way: Way,
    origin: Option<&str>,
) -> Result<Asked, WebError> {
    let answers_at = tokio::time::Instant::now() + FLOOR;
    let words = web.pages.words(&visit.language);
    let newsletters = form.open_newsletters(web);
    let mut mistakes: Vec<Mistake> = form.newsletters_wrong(web, words).into_iter().collect();
    let email = match form.address(words) {
        Ok(email) if mistakes.is_empty() => email,
        Ok(_) => return Ok(Asked::Wrong(mistakes)),
        Err(mistake) => {
            mistakes.push(mistake);
            return Ok(Asked::Wrong(mistakes));
        }
    };
    let request = Request {
        email: email.clone(),
        newsletters: newsletters.clone(),
        language: own_language(&web.app, visit),
        zone: form.zone(),
        way,
        origin: origin.map(str::to_owned),
        shown: shown(web, visit, form, &newsletters),
        network: network(visit),
    };
    if form.website.is_empty() {
        within_limit(web, &request.network).await?;
        if web.takes_no_mail(&email).await {
            // A question to DNS counts as well, or a flood of them would cost nothing.
            db::again(async || count(&web.app, &request.network).await).await?;
            return Ok(Asked::Wrong(vec![Mistake::no_mail(words, &email)]));
        }
        if !db::again(async || ask(&web.app, visit, &request).await).await? {
            return Err(too_many(web.app.clock.now()));
        }
    }
    tokio::time::sleep_until(answers_at).await;
    Ok(Asked::Sent { email, newsletters })
}

/// Refuses a network that asked too often in this hour.
pub(super) async fn within_limit(web: &Web, network: &str) -> Result<(), WebError> {
    let now = web.app.clock.now();
    let most = web.app.config.web.signups_per_hour;
    let mut conn = web.app.db.read().await?;
    if signup::is_within(&mut conn, network, most, now).await? {
        return Ok(());
    }
    Err(too_many(now))
}

/// The answer to a network that asked too often: wait for the next hour.
pub(super) fn too_many(now: Timestamp) -> WebError {
    WebError::TooMany((3600 - now.as_second().rem_euclid(3600)) as u32)
}

async fn count(app: &App, network: &str) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    let most = app.config.web.signups_per_hour;
    signup::count(&mut tx, network, most, app.clock.now()).await?;
    tx.commit().await
}

/// Writes a request down; false where its network has asked too often meanwhile.
async fn ask(app: &App, visit: &Visit, request: &Request) -> db::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let most = app.config.web.signups_per_hour;
    if !signup::count(&mut tx, &request.network, most, now).await? {
        return Ok(false);
    }
    let mail = signup::ask(&mut tx, &app.paper(), request, now).await?;
    send(&mut tx, app, visit, request, mail, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Queues the mail that an address is to get.
pub(super) async fn send(
    tx: &mut Tx,
    app: &App,
    visit: &Visit,
    request: &Request,
    mail: Mail,
    now: Timestamp,
) -> db::Result<()> {
    let (kind, subscriber_id, ticket) = match mail {
        Mail::None => return Ok(()),
        Mail::Confirm { signup_id, ends_at } => {
            let ticket = Ticket::new(Purpose::Confirm, signup_id, 0, ends_at);
            (Kind::Confirm, None, ticket)
        }
        Mail::Link { subscriber_id } => {
            let ticket = fresh(tx, subscriber_id, now).await?;
            (Kind::Link, Some(subscriber_id), ticket)
        }
    };
    let titles = request.newsletters.iter();
    let titles = titles.filter_map(|slug| Some(app.newsletter(slug)?.title.clone()));
    let notice = Notice {
        kind,
        to: request.email.clone(),
        subscriber_id,
        language: Some(visit.language.clone()),
        newsletters: titles.collect(),
        network: Some(request.network.clone()),
        new_address: None,
        ticket: Some(ticket),
    };
    notice::send(tx, app, &notice).await.map(drop)
}

/// A ticket for all the settings of this reader.
pub(super) async fn fresh(tx: &mut Tx, subscriber_id: i64, now: Timestamp) -> db::Result<Ticket> {
    let epoch: i64 = tx
        .sql("SELECT epoch FROM subscriber WHERE id = $1")
        .bind(subscriber_id)
        .value()
        .await?;
    Ok(Ticket::new(
        Purpose::Manage,
        subscriber_id,
        epoch,
        now + FRESH,
    ))
}

/// The visitor's network, as it is counted and kept.
pub(super) fn network(visit: &Visit) -> String {
    visit
        .network()
        .unwrap_or_else(|| "an unknown network".to_owned())
}

/// The language to write in, where it is not what the paper's newsletters are in anyway.
pub(super) fn own_language(app: &App, visit: &Visit) -> Option<String> {
    Some(&visit.language)
        .filter(|language| **language != app.config.paper.language)
        .cloned()
}

/// What the form showed: the titles, and our words, if they still are those that it names.
fn shown(web: &Web, visit: &Visit, form: &Form, newsletters: &[String]) -> Shown {
    let (version, said) = small_print(web.pages.words(&visit.language));
    let is_ours = form.words_version() == version;
    Shown {
        words: if is_ours {
            format!("{}. {said}", titles(&web.app, newsletters).join(", "))
        } else {
            String::new()
        },
        version: form.words_version().to_owned(),
    }
}

/// The titles of these newsletters.
pub(super) fn titles(app: &App, slugs: &[String]) -> Vec<String> {
    let titles = slugs.iter().filter_map(|slug| app.newsletter(slug));
    titles.map(|n| n.title.clone()).collect()
}

/// The words that every sign-up form shows, and their version.
pub(super) fn small_print(words: Words<'_>) -> (String, String) {
    versioned(words, &["signup_mail", "signup_use"])
}

/// These messages in a row, and a hash that tells them from any others.
pub(super) fn versioned(words: Words<'_>, messages: &[&str]) -> (String, String) {
    let said: Vec<String> = messages.iter().map(|id| words.say(id, &[])).collect();
    let said = said.join(" ");
    let mark = HEXLOWER.encode(&digest(&SHA256, said.as_bytes()).as_ref()[..6]);
    (mark, said)
}
