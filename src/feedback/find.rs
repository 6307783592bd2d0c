//! Which message, and which reader, a report speaks of.
//!
//! Our own envelope's address comes first: it is sealed, so whoever has it had the mail. Then the address that the report
//! names, with a Message-ID that only we can have made for a message to just that reader. Then that address alone, which
//! anyone could write down; it must have had a mail of ours lately.

use jiff::{SignedDuration, Timestamp};

use super::Report;
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
    /// The message. Its row may be gone, or its reader.
    pub(super) message: Option<MessageId>,
    /// The reader, while they are there.
    pub(super) subscriber_id: Option<i64>,
    /// The hash of the address that the message was sent to.
    pub(super) email_key: Option<Vec<u8>>,
}

/// Candidates of a report that are looked at: what comes from outside has bounds.
const MOST: usize = 20;

/// How far back a message is looked for by its Message-ID.
const BY_ID_DAYS: i64 = 60;

/// How long ago a mail to an address must have left at most for a report that names nothing else.
const BY_ADDRESS: SignedDuration = SignedDuration::from_hours(10 * 24);

/// Finds the message and its reader; none where the report is of no mail of ours.
pub(super) async fn find(
    sql: &mut impl Sql,
    app: &App,
    report: &Report,
    now: Timestamp,
) -> db::Result<Option<Found>> {
    let token = report.sent_to.iter().take(MOST).find_map(|address| {
        let address = bare(address);
        envelope::read(&app.keys, address)
    });
    if let Some(message) = token {
        return with_reader(sql, message).await.map(Some);
    }
    let recipient = report.recipient.as_deref().map(bare).unwrap_or_default();
    let Ok(email) = EmailAddress::parse(recipient) else {
        return Ok(None);
    };
    let email_key = app.keys.address(&email.normal());
    let reader: Option<(i64,)> = sql
        .sql("SELECT id FROM subscriber WHERE email_key = $1")
        .bind(&email_key)
        .first()
        .await?;
    let Some((subscriber_id,)) = reader else {
        return Ok(None);
    };
    let (by, message) = match by_message_id(sql, app, report, subscriber_id, now).await? {
        Some(message) => (By::Proof, message),
        None => match newest(sql, subscriber_id, now).await? {
            Some(message) => (By::Address, message),
            None => return Ok(None),
        },
    };
    Ok(Some(Found {
        by,
        message: Some(message),
        subscriber_id: Some(subscriber_id),
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

/// The message to this reader that has one of the report's Message-IDs. They are made by a key, so nothing can be read in
/// them; but those of the reader's messages can be made again.
async fn by_message_id(
    sql: &mut impl Sql,
    app: &App,
    report: &Report,
    subscriber_id: i64,
    now: Timestamp,
) -> db::Result<Option<MessageId>> {
    const SQL: &str =
        "SELECT m.issue_id, m.n FROM issue i JOIN message m ON m.issue_id = i.id AND m.subscriber_id = $1
                        WHERE i.id >= $2 ORDER BY m.issue_id DESC, m.n LIMIT 500";
    let said: Vec<&str> = report.message_ids.iter().take(MOST).map(own_part).collect();
    if said.is_empty() {
        return Ok(None);
    }
    let messages: Vec<(i64, i16)> = sql
        .sql(SQL)
        .bind(subscriber_id)
        .bind(first_issue_of(now, BY_ID_DAYS))
        .all()
        .await?;
    let ours = messages.into_iter().find(|(issue_id, n)| {
        let own = app.keys.message(*issue_id, subscriber_id, *n);
        said.contains(&own.as_str())
    });
    Ok(ours.map(|(issue_id, n)| MessageId {
        issue_id,
        subscriber_id,
        n,
    }))
}

/// What stands before the `@` of a Message-ID; case matters in it.
fn own_part(id: &String) -> &str {
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
            assert_eq!(own_part(&text.to_owned()), "aBc");
        }
    }
}
