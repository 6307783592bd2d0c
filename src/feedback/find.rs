//! Which message, and which reader, a report speaks of.
//!
//! Our own envelope's address comes first: it is sealed, so whoever has it had the mail. Then the address that the report
//! names, with a Message-ID that only we can have made for a message to just that reader. Then that address alone, which
//! anyone could write down; it must have had a mail of ours lately. Only where the sender was verified and all mails to the
//! address are to stop is it enough that we know it. Last comes a Message-ID of ours alone: the report hides the address, or
//! names one to which the reader's mails are passed on.

use jiff::{SignedDuration, Timestamp};

use super::{Kind, Report};
use crate::app::App;
use crate::audience::EmailAddress;
use crate::db::{self, Sql};
use crate::issue::first_issue_of;
use crate::message::bounce::addressee;
use crate::message::{MessageId, envelope};

/// How it was found, which says how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Our envelope's address, or a Message-ID of ours.
    Proof,
    /// The report's recipient alone.
    Address,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) by: By,
    /// The message, if one is known. Its row may be gone, or its reader.
    pub(super) message: Option<MessageId>,
    /// The reader, while they are there; of a notice to nobody who reads us, the number in the reader's place.
    pub(super) subscriber_id: Option<i64>,
    /// The hash of the address that the message was sent to.
    pub(super) email_key: Option<Vec<u8>>,
}

/// Candidates of a report that are looked at: what comes from outside has bounds.
const MOST: usize = 20;

/// How long ago a mail to an address must have left at most for a report that names nothing else.
const BY_ADDRESS: SignedDuration = SignedDuration::from_hours(10 * 24);

/// Whether who reports by this way is known to be one we send by, whose Message-IDs may be others than ours.
pub(super) fn is_verified(source: &str) -> bool {
    source.starts_with("hook")
}

/// Finds the message and its reader; none where the report is of no mail of ours.
pub(super) async fn find(
    sql: &mut impl Sql,
    app: &App,
    report: &Report,
    source: &str,
    now: Timestamp,
) -> db::Result<Option<Found>> {
    let token = report.sent_to.iter().take(MOST).find_map(|address| {
        let address = bare(address);
        envelope::read(&app.keys, address)
    });
    if let Some(message) = token {
        return with_reader(sql, message).await.map(Some);
    }
    if let Some(found) = by_recipient(sql, app, report, source, now).await? {
        return Ok(Some(found));
    }
    // Whoever answers a mail that was forwarded names it too, and cannot wish to leave in its reader's place.
    match named(app, report).next() {
        Some(message) if report.kind != Kind::Unsubscribe => {
            with_reader(sql, message).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// By the address that the report names.
async fn by_recipient(
    sql: &mut impl Sql,
    app: &App,
    report: &Report,
    source: &str,
    now: Timestamp,
) -> db::Result<Option<Found>> {
    let recipient = report.recipient.as_deref().map(bare).unwrap_or_default();
    let Ok(email) = EmailAddress::parse(recipient) else {
        return Ok(None);
    };
    let email_key = app.keys.address(&email.normal());
    for message in named(app, report) {
        let found = with_reader(sql, message).await?;
        if found.email_key.as_ref() == Some(&email_key) {
            return Ok(Some(found));
        }
    }
    let reader: Option<(i64,)> = sql
        .sql("SELECT id FROM subscriber WHERE email_key = $1")
        .bind(&email_key)
        .first()
        .await?;
    // What stops all mails need not say which one it is about.
    let is_enough = is_verified(source) && matches!(report.kind, Kind::Hard | Kind::Complaint);
    let Some((subscriber_id,)) = reader else {
        return if is_enough {
            stranger(sql, email_key).await
        } else {
            Ok(None)
        };
    };
    let message = newest(sql, subscriber_id, now).await?;
    let found = Found {
        by: By::Address,
        message,
        subscriber_id: Some(subscriber_id),
        email_key: Some(email_key),
    };
    Ok((message.is_some() || is_enough).then_some(found))
}

/// An address that no reader has, and to which a notice went, or is to go: somebody typed it, and may do so again.
async fn stranger(sql: &mut impl Sql, email_key: Vec<u8>) -> db::Result<Option<Found>> {
    const NOTICES: &str = "SELECT w.issue_id, w.subscriber_id, w.n FROM notice w JOIN message m
                             ON m.issue_id = w.issue_id AND m.subscriber_id = w.subscriber_id AND m.n = w.n
                          WHERE w.email_key = $1 AND m.state IN (3, 7, 8, 9) ORDER BY w.at DESC, w.n DESC LIMIT 1";
    const WAITS: &str = "SELECT EXISTS (SELECT 1 FROM notice WHERE email_key = $1)
                             OR EXISTS (SELECT 1 FROM signup WHERE email_key = $1)";
    if !sql.sql(WAITS).bind(&email_key).value::<bool>().await? {
        return Ok(None);
    }
    let newest: Option<(i64, i64, i16)> = sql.sql(NOTICES).bind(&email_key).first().await?;
    let message = newest.map(|(issue_id, subscriber_id, n)| MessageId {
        issue_id,
        subscriber_id,
        n,
    });
    Ok(Some(Found {
        by: By::Address,
        message,
        subscriber_id: message.map(|m| m.subscriber_id),
        email_key: Some(email_key),
    }))
}

/// An address without what some write around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = text.rsplit_once('<').map_or(text, |(_, rest)| rest);
    text.trim_end_matches('>').trim()
}

async fn with_reader(sql: &mut impl Sql, message: MessageId) -> db::Result<Found> {
    let email_key = addressee(sql, message).await?;
    Ok(Found {
        by: By::Proof,
        message: Some(message),
        subscriber_id: email_key.is_some().then_some(message.subscriber_id),
        email_key,
    })
}

/// The messages that the report's Message-IDs name, as far as we made those.
fn named<'a>(app: &'a App, report: &'a Report) -> impl Iterator<Item = MessageId> + 'a {
    let ids = report.message_ids.iter().take(MOST);
    ids.filter_map(|id| {
        let (issue_id, subscriber_id, n) = app.keys.open_message(own_part(id))?;
        Some(MessageId {
            issue_id,
            subscriber_id,
            n,
        })
    })
}

/// What stands before the `@` of a Message-ID; case matters in it.
fn own_part(id: &str) -> &str {
    let id = id.trim().trim_start_matches('<');
    id.split_once('@').map_or(id, |(own, _)| own)
}

/// The newest message that the relay had for this reader, if it is new enough for something to come back of it.
async fn newest(
    sql: &mut impl Sql,
    subscriber_id: i64,
    now: Timestamp,
) -> db::Result<Option<MessageId>> {
    const SQL: &str =
        "SELECT m.issue_id, m.n FROM issue i JOIN message m ON m.issue_id = i.id AND m.subscriber_id = $1
                        WHERE i.id >= $2 AND m.state IN (3, 7, 8, 9) AND m.scheduled_at >= $3
                        ORDER BY m.issue_id DESC, m.n DESC LIMIT 1";
    // An issue's day may lie before its mails'.
    let days = BY_ADDRESS.as_hours() / 24 + 10;
    let row: Option<(i64, i16)> = sql
        .sql(SQL)
        .bind(subscriber_id)
        .bind(first_issue_of(now, days))
        .bind((now - BY_ADDRESS).as_millisecond())
        .first()
        .await?;
    Ok(row.map(|(issue_id, n)| MessageId {
        issue_id,
        subscriber_id,
        n,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_an_address_or_an_id_is_taken_away() {
        for text in [
            "b-abc@x.example",
            " <b-abc@x.example> ",
            "Postrider <b-abc@x.example>",
        ] {
            assert_eq!(bare(text), "b-abc@x.example");
        }
        for text in ["aBc@x.example", "<aBc@x.example>", "aBc", " aBc@x@y"] {
            assert_eq!(own_part(text), "aBc");
        }
    }
}
