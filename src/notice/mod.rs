//! Notices: mails that answer what a reader, or someone who typed their address, has just done.
//!
//! In: a [`Notice`], in the transaction of the act that it tells of. Out: a message, queued to leave at once, and beside it
//! the address and what it says, which go when the message is final. Notices of one kind and day share an issue.
//! From there a notice takes the road of every message: `render::notice` makes its bytes, and dispatch sends notices before
//! all else; it looks each second, so nobody need be woken. Budgets, quiet hours and warm-up ceilings do not touch them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sqlx::types::Json;

mod sweep;

pub use sweep::sweep;

use crate::app::App;
use crate::audience::{EmailAddress, suppressed};
use crate::config::Newsletter;
use crate::db::{self, Sql, Tx, ensure_partition};
use crate::issue::{Issue, IssueState, NOTICES, Rules, Setting, find, insert, notice_issue};
pub use crate::message::NoticeKind as Kind;
use crate::message::{MessageId, STRANGERS, State, Stream};
use crate::render::notice::Says;
use crate::secret::Ticket;

/// A mail to be sent at once.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it is for.
    pub kind: Kind,
    /// Where it goes; it need not be a subscriber's present address.
    pub to: EmailAddress,
    /// The subscriber whom it is about, under whose name the log keeps it; none if the address is nobody's yet.
    pub subscriber_id: Option<i64>,
    /// The language it is in; none: the paper's.
    pub language: Option<String>,
    /// Titles of the newsletters that it speaks of, for [`Kind::Confirm`] and [`Kind::Left`].
    pub newsletters: Vec<String>,
    /// The network that the act came from, as readers may see it, such as `192.0.2.0/24`.
    pub network: Option<String>,
    /// The new address that [`Kind::AddressChanged`] tells of; shown masked.
    pub new_address: Option<EmailAddress>,
    /// What its button opens. The notice is not sent once the ticket's time is over. Only [`Kind::AddressChanged`] may
    /// have none.
    pub ticket: Option<Ticket>,
}

/// What became of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It leaves as soon as the transaction is committed. That it was queued does not say that its address may be mailed:
    /// the fence looks at that.
    Queued(MessageId),
    /// As many of its kind as may went to this address within the hour.
    TooSoon,
}

/// How long a notice that says nothing of a time may wait for a relay, and every other one at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a confirmation is not repeated to an address that is suppressed.
const ONCE: SignedDuration = SignedDuration::from_hours(7 * 24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How many of a kind go to one address within an hour; none: as many as there are.
fn at_most(kind: Kind) -> Option<i64> {
    match kind {
        Kind::Confirm => Some(1),
        Kind::Link | Kind::AddressConfirm => Some(3),
        // What was done to a reader is told to them, however much it was.
        Kind::Left | Kind::AddressChanged | Kind::Erasing => None,
    }
}

/// Queues a notice, to leave when `tx` is committed.
///
/// To a suppressed address nothing goes, but for this: one that confirms ([`Kind::Confirm`], [`Kind::AddressConfirm`])
/// goes to an address from which a mail came back, or whose data were erased, once a week, since whoever presses its button
/// has shown that the mailbox is there and that mail is wanted. After a complaint or a word of the paper's own, not even that.
pub async fn send(tx: &mut Tx, app: &App, notice: &Notice) -> db::Result<Sent> {
    let now = app.clock.now();
    let email_key = app.keys.address(&notice.to.normal());
    // Held until the transaction ends: two at once do not pass one limit.
    let number: i64 = tx
        .sql("UPDATE notice_number SET last = last + 1 WHERE id = 1 RETURNING last")
        .value()
        .await?;
    if is_too_soon(tx, notice.kind, &email_key, now).await? {
        return Ok(Sent::TooSoon);
    }
    let issue_id = open(tx, app, notice.kind, now).await?;
    let id = match notice.subscriber_id {
        // Unless thirty thousand come between, no two of one kind and day to one reader have the same.
        Some(subscriber_id) => MessageId {
            issue_id,
            subscriber_id,
            n: (number & 0x7fff) as i16,
        },
        None => MessageId {
            issue_id,
            subscriber_id: STRANGERS + number,
            n: 0,
        },
    };
    write(tx, app, notice, id, &email_key, now).await?;
    Ok(Sent::Queued(id))
}

async fn is_too_soon(
    tx: &mut Tx,
    kind: Kind,
    email_key: &[u8],
    now: Timestamp,
) -> db::Result<bool> {
    const SQL: &str = "SELECT count(*) FROM notice WHERE email_key = $1 AND kind = $2 AND at > $3";
    let confirms = matches!(kind, Kind::Confirm | Kind::AddressConfirm);
    let suppressed = confirms
        && suppressed(tx, email_key)
            .await?
            .is_some_and(|(reason, _)| reason.can_be_lifted());
    let (most, within) = match at_most(kind) {
        _ if suppressed => (1, ONCE),
        Some(most) => (most, HOUR),
        None => return Ok(false),
    };
    let sent: i64 = tx
        .sql(SQL)
        .bind(email_key)
        .bind(kind as i16)
        .bind((now - within).as_millisecond())
        .value()
        .await?;
    Ok(sent >= most)
}

/// The issue of this kind and of today, by the paper's clock.
async fn open(tx: &mut Tx, app: &App, kind: Kind, now: Timestamp) -> db::Result<i64> {
    let zone = app.config.paper.zone.tz();
    let day = now.to_zoned_datetime(zone.clone()).date();
    let issue = draft(app, kind, day)?;
    if find(tx, issue.id).await?.is_none() {
        ensure_partition(tx, issue.id).await?;
        // No clock that opens issues is a day off another.
        let over = day.saturating_add(jiff::Span::new().days(2));
        let closes_at = over
            .to_zoned_datetime(TimeZone::UTC)
            .map_or(Timestamp::MAX, |at| at.timestamp());
        insert(tx, &issue, closes_at, now).await?;
    }
    Ok(issue.id)
}

/// The issue of the notices of one kind and day. They are from the paper, at the address of its first newsletter.
fn draft(app: &App, kind: Kind, day: Date) -> db::Result<Issue> {
    let paper = &app.config.paper;
    let newsletters = &app.config.newsletters;
    let first = newsletters.iter().find(|n| !n.is_offers());
    // Without a newsletter there is nothing that a notice could be about.
    let first = first.or(newsletters.first()).ok_or(db::Error::Missing)?;
    let plain = Newsletter {
        slug: "notice".to_owned(),
        title: paper.name.clone(),
        from: first.from.clone(),
        reply_to: first.reply_to.clone(),
        zone: paper.zone.clone(),
        language: paper.language.clone(),
        ..Newsletter::default()
    };
    let mut setting = Setting::of(app, &plain, None);
    setting.from.0.clone_from(&paper.name);
    setting.rules = Rules::of(&plain);
    // Each ends at its own time: see `sweep`.
    setting.lateness_ms = 2 * LONGEST.as_millis() as i64;
    Ok(Issue {
        id: notice_issue(day, kind as u8),
        newsletter_id: NOTICES,
        edition: format!("{day}-{kind}"),
        stream: Stream::Notice,
        state: IssueState::Open,
        template_id: app.template_id,
        key_number: app.keys.newest(),
        setting,
    })
}

async fn write(
    tx: &mut Tx,
    app: &App,
    notice: &Notice,
    id: MessageId,
    email_key: &[u8],
    now: Timestamp,
) -> db::Result<()> {
    let language = notice.language.as_ref();
    let says = Says {
        language: language.unwrap_or(&app.config.paper.language).clone(),
        newsletters: notice.newsletters.clone(),
        network: notice.network.clone(),
        address: notice.new_address.as_ref().map(EmailAddress::masked),
        ticket: notice.ticket,
    };
    let longest = now + LONGEST;
    let until = notice
        .ticket
        .map_or(longest, |ticket| ticket.ends_at().min(longest));
    let address = notice.to.as_smtp();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    tx.sql(
        "INSERT INTO notice (issue_id, subscriber_id, n, kind, at, email_key, email, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.issue_id)
    .bind(id.subscriber_id)
    .bind(id.n)
    .bind(notice.kind as i16)
    .bind(now.as_millisecond())
    .bind(email_key)
    .bind(address)
    .bind(Json(&says))
    .run()
    .await?;
    tx.sql(
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, attempts, provider_id)
         VALUES ($1, $2, $3, 0, 0, $4, $5, $4, $4, $4, $6, 0,
                 coalesce((SELECT provider_id FROM provider_domain WHERE domain = $7), 0))",
    )
    .bind(id.issue_id)
    .bind(id.subscriber_id)
    .bind(id.n)
    .bind(now.as_millisecond())
    .bind(until.as_millisecond())
    .bind(State::Queued as i16)
    .bind(domain)
    .run()
    .await?;
    Ok(())
}

/// The hash of the address that this notice went to, for as long as it is kept: a week.
pub async fn address_of(sql: &mut impl Sql, id: MessageId) -> db::Result<Option<Vec<u8>>> {
    let found: Option<(Vec<u8>,)> = sql
        .sql("SELECT email_key FROM notice WHERE issue_id = $1 AND subscriber_id = $2 AND n = $3")
        .bind(id.issue_id)
        .bind(id.subscriber_id)
        .bind(id.n)
        .first()
        .await?;
    Ok(found.map(|(key,)| key))
}
