//! The second act: the button behind the link in the mail.

use jiff::Timestamp;
use sqlx::types::Json;

use super::{On, Shown, Way};
use crate::audience::standing::hold;
use crate::audience::suppression::lift;
use crate::audience::{
    Change, Consent, ConsentAct, EmailAddress, Known, Paper, Preferences, Subscription,
    SubscriptionState, known, store, suppressed,
};
use crate::clock::from_millis;
use crate::config::Newsletter;
use crate::db::{self, Sql, Tx};

/// What the link of a request leads to: a GET shows it, and changes nothing.
#[derive(Debug)]
pub enum Offer {
    /// Something waits for a yes.
    Open(Offered),
    /// All of it was confirmed before, and this is had still.
    Done(On),
}

/// What waits for a yes.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The address that asked.
    pub email: EmailAddress,
    /// The slugs of all that waits for its yes.
    pub newsletters: Vec<String>,
    /// The highest number of the requests that are shown here: a yes to these is no yes to what is asked for later.
    pub through: i64,
    /// The language of the page that asked, where it is not the paper's own.
    pub language: Option<String>,
    /// The zone that the form told.
    pub zone: Option<String>,
    /// When it is forgotten.
    pub ends_at: Timestamp,
}

/// Who says yes, to what.
pub struct Yes<'a> {
    /// The number of the request that the link in the mail names.
    pub signup_id: i64,
    /// [`Offered::through`] of the page whose button was pressed.
    pub through: i64,
    /// What that page said.
    pub shown: &'a Shown,
    /// Where the press came from, by [`super::network`].
    pub network: &'a str,
}

/// What became of a yes.
#[derive(Debug)]
pub enum Confirmed {
    /// All that was confirmed is joined.
    Joined(On),
    /// The request is no longer there, or what it joined was left since.
    Gone,
    /// The address is suppressed, and not for a bounce: nothing was changed.
    Suppressed,
}

/// One request, as the database holds it.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) email: String,
    pub(super) email_key: Vec<u8>,
    pub(super) newsletters: Json<Vec<String>>,
    pub(super) language: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) way: i16,
    pub(super) origin: Option<String>,
    pub(super) words: String,
    pub(super) words_version: String,
    pub(super) network: String,
    pub(super) asked_at: i64,
    pub(super) ends_at: i64,
    pub(super) confirmed_at: Option<i64>,
}

/// The requests of the address that asked with this number, the oldest first; none where that request is gone.
async fn of_same_address(
    sql: &mut impl Sql,
    signup_id: i64,
    now: Timestamp,
) -> db::Result<Vec<Row>> {
    const SQL: &str = "SELECT s.id, s.email, s.email_key, s.newsletters, s.language, s.zone, s.way, s.origin, s.words,
               s.words_version, s.network, s.asked_at, s.ends_at, s.confirmed_at
          FROM signup o JOIN signup s ON s.email_key = o.email_key AND s.ends_at > $2
         WHERE o.id = $1 AND o.ends_at > $2 ORDER BY s.id";
    sql.sql(SQL)
        .bind(signup_id)
        .bind(now.as_millisecond())
        .all()
        .await
}

/// What the request of this number offers now; none once it is gone, or what it joined was left. What the paper no longer
/// has is left out.
pub async fn offered(
    sql: &mut impl Sql,
    paper: &Paper<'_>,
    signup_id: i64,
    now: Timestamp,
) -> db::Result<Option<Offer>> {
    let rows = of_same_address(sql, signup_id, now).await?;
    let Some(own) = rows.iter().find(|row| row.id == signup_id) else {
        return Ok(None);
    };
    let waiting: Vec<&Row> = rows.iter().filter(|r| r.confirmed_at.is_none()).collect();
    let Some(last) = waiting.last() else {
        return Ok(had(sql, paper, &rows, &own.email_key)
            .await?
            .map(Offer::Done));
    };
    let newsletters = slugs(paper, waiting.iter().copied());
    Ok((!newsletters.is_empty()).then(|| {
        Offer::Open(Offered {
            email: EmailAddress::stored(own.email.clone()),
            newsletters,
            through: last.id,
            language: own.language.clone(),
            zone: own.zone.clone(),
            ends_at: from_millis(own.ends_at),
        })
    }))
}

/// What these requests, which were all confirmed, joined and the reader still has.
async fn had(
    sql: &mut impl Sql,
    paper: &Paper<'_>,
    rows: &[Row],
    email_key: &[u8],
) -> db::Result<Option<On>> {
    let (mut there, suppressed) = known(sql, &[email_key.to_owned()]).await?;
    let reader = there.remove(email_key).filter(|_| suppressed.is_empty());
    Ok(reader.and_then(|reader| on(paper, rows.iter(), reader.id, reader.preferences, None)))
}

/// What of these requests a reader has; nothing where they have none of it. `now`, if the last yes was said just now.
fn on<'r>(
    paper: &Paper<'_>,
    rows: impl Iterator<Item = &'r Row> + Clone,
    subscriber_id: i64,
    preferences: Preferences,
    now: Option<Timestamp>,
) -> Option<On> {
    let mut newsletters = slugs(paper, rows.clone());
    newsletters.retain(|slug| is_on(&preferences, slug));
    let before = rows.filter_map(|row| row.confirmed_at).max();
    let at = now.or_else(|| before.map(from_millis))?;
    (!newsletters.is_empty()).then_some(On {
        subscriber_id,
        newsletters,
        preferences,
        at,
    })
}

/// Says yes. A second press finds it done, and is told the same.
pub async fn confirm(
    tx: &mut Tx,
    paper: &Paper<'_>,
    yes: &Yes<'_>,
    now: Timestamp,
) -> db::Result<Confirmed> {
    const TAKE: &str = "UPDATE signup SET confirmed_at = $1
         WHERE email_key = $2 AND id <= $3 AND ends_at > $1 AND confirmed_at IS NULL RETURNING id";
    // Two presses at once go one after the other, and the second sees what the first did.
    tx.sql("UPDATE signup SET confirmed_at = confirmed_at WHERE id = $1")
        .bind(yes.signup_id)
        .run()
        .await?;
    let rows = of_same_address(tx, yes.signup_id, now).await?;
    let Some(own) = rows.iter().find(|row| row.id == yes.signup_id).cloned() else {
        return Ok(Confirmed::Gone);
    };
    hold(tx, &own.email_key).await?;
    let (there, _) = known(tx, std::slice::from_ref(&own.email_key)).await?;
    let reason = suppressed(tx, &own.email_key).await?;
    if reason.is_some_and(|(reason, _)| !reason.can_be_lifted()) {
        return Ok(Confirmed::Suppressed);
    }
    let through = yes.through.max(yes.signup_id);
    // Whoever takes a row writes its consent; a second press takes none.
    let taken: Vec<(i64,)> = tx
        .sql(TAKE)
        .bind(now.as_millisecond())
        .bind(&own.email_key)
        .bind(through)
        .all()
        .await?;
    if !taken.is_empty() {
        // The owner of the mailbox has read our mail in it, and says yes.
        lift(tx, &own.email_key).await?;
    }
    let took = |row: &&Row| taken.iter().any(|(id,)| *id == row.id);
    let rows: Vec<&Row> = rows.iter().filter(|row| row.id <= through).collect();
    let email = EmailAddress::stored(own.email.clone());
    let old = there.get(&own.email_key);
    let mut change = begin(email, old, own.language.as_deref(), own.zone.as_deref());
    for row in rows.iter().copied().filter(took) {
        let evidence = evidence(row, yes, now);
        let source = Way::from_number(row.way).to_string();
        for newsletter in open(paper, &row.newsletters) {
            add(&mut change, newsletter, &source, &evidence, now);
        }
    }
    let preferences = change.preferences.clone();
    let subscriber_id = write(tx, paper, old, change, &own.email_key, now).await?;
    let just = (!taken.is_empty()).then_some(now);
    let on = subscriber_id.and_then(|id| on(paper, rows.iter().copied(), id, preferences, just));
    // None where it was confirmed once, and erased or left since.
    Ok(on.map_or(Confirmed::Gone, Confirmed::Joined))
}

/// Whether the reader gets this newsletter.
pub(super) fn is_on(preferences: &Preferences, slug: &str) -> bool {
    let place = preferences.subscriptions.get(slug);
    place.is_some_and(|place| place.state == SubscriptionState::Active)
}

/// A change of what `old` asked for, or the beginning of a new reader's.
pub(super) fn begin(
    email: EmailAddress,
    old: Option<&Known>,
    language: Option<&str>,
    zone: Option<&str>,
) -> Change {
    let fresh = || Preferences {
        language: language.map(str::to_owned),
        zone: zone.map(str::to_owned),
        ..Preferences::default()
    };
    Change {
        email,
        preferences: old.map_or_else(fresh, |known| known.preferences.clone()),
        consents: Vec::new(),
    }
}

/// Puts the reader on `newsletter`. Who was there before finds hours, follows and mutes as they left them.
pub(super) fn add(
    change: &mut Change,
    newsletter: &Newsletter,
    source: &str,
    evidence: &str,
    now: Timestamp,
) {
    let places = &mut change.preferences.subscriptions;
    let place = places.entry(newsletter.slug.clone());
    let place = place
        .and_modify(|place| {
            if place.state == SubscriptionState::Left {
                place.state = SubscriptionState::Active;
                place.joined_at = now.as_millisecond();
                place.paused_until = None;
            }
        })
        .or_insert_with(|| Subscription::new(newsletter, now));
    let again = place.joined_at != now.as_millisecond();
    let told = change
        .consents
        .iter()
        .any(|c| c.newsletter == newsletter.slug);
    // A yes to what they have already is no new consent, and takes none away.
    if !again && !told {
        change.consents.push(Consent {
            newsletter: newsletter.slug.clone(),
            act: ConsentAct::Joined,
            at: now.as_millisecond(),
            source: source.to_owned(),
            evidence: Some(evidence.to_owned()),
        });
    }
}

/// Stores the change, unless it changes nothing; the reader's number, if there is one.
pub(super) async fn write(
    tx: &mut Tx,
    paper: &Paper<'_>,
    old: Option<&Known>,
    change: Change,
    key: &[u8],
    now: Timestamp,
) -> db::Result<Option<i64>> {
    if !change.consents.is_empty() {
        store(tx, paper, &[change], now).await?;
    }
    if let Some(old) = old {
        return Ok(Some(old.id));
    }
    let found: Option<(i64,)> = tx
        .sql("SELECT id FROM subscriber WHERE email_key = $1")
        .bind(key)
        .first()
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The newsletters of these slugs that anybody may still join, in the order of the configuration.
pub(super) fn open<'p>(paper: &Paper<'p>, slugs: &[String]) -> Vec<&'p Newsletter> {
    let newsletters = paper.newsletters.iter();
    newsletters
        .filter(|n| slugs.contains(&n.slug) && super::is_open(n))
        .collect()
}

fn slugs<'r>(paper: &Paper<'_>, rows: impl Iterator<Item = &'r Row>) -> Vec<String> {
    let asked: Vec<String> = rows.flat_map(|row| row.newsletters.0.clone()).collect();
    let open = open(paper, &asked).into_iter();
    open.map(|n| n.slug.clone()).collect()
}

/// What shows the consent: both acts, when, from where, and what was shown.
fn evidence(row: &Row, yes: &Yes<'_>, now: Timestamp) -> String {
    let on = row.origin.as_deref().map(|o| format!(" on {o}"));
    format!(
        "asked at {asked} by {way}{on} from {network}{shown}; confirmed at {now} from {from} by the button behind the \
         link mailed to the address{said}",
        asked = second(from_millis(row.asked_at)),
        way = Way::from_number(row.way),
        on = on.unwrap_or_default(),
        network = row.network,
        shown = told(&row.words, &row.words_version),
        now = second(now),
        from = yes.network,
        said = told(&yes.shown.words, &yes.shown.version),
    )
}

/// ", shown (words 3f2a…): “…”".
pub(super) fn told(words: &str, version: &str) -> String {
    match (words, version) {
        ("", "") => String::new(),
        ("", version) => format!(", shown words {version}"),
        (words, version) => format!(", shown (words {version}): “{words}”"),
    }
}

/// An instant to the second, as ISO 8601 has it.
pub(super) fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("a second of an instant is an instant")
}
