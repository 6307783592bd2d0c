//! What a refusal says of the address it was for, and what follows from that, in the transaction that writes it down.

use jiff::Timestamp;

use super::line::{Fate, Step};
use super::record::Outcome;
use super::reply::{Class, is_of_mailbox};
use crate::app::App;
use crate::clock::from_millis;
use crate::db::{self, Tx};
use crate::message::bounce::{Bounce, Returned, addressee, weigh as weigh_one};

/// What the refusal that ended a message says of its address; none where it speaks of us, of the mail, or of the relay.
pub(super) fn of(fate: &Fate) -> Option<Bounce> {
    let Fate::Refused(reply, step) = fate else {
        return None;
    };
    let text = reply.text();
    match Class::of(reply.code, &text) {
        // MAIL is refused for what the relay thinks of us, whoever the recipient is.
        _ if *step == Step::Mail => None,
        Class::NoSuchMailbox => Some(Bounce::Hard),
        Class::MailboxFull => Some(Bounce::Soft),
        // Nobody knows why; but what was refused unseen was not refused for what it says.
        Class::Permanent if *step == Step::Rcpt => Some(Bounce::Soft),
        Class::Temporary if is_of_mailbox(&text) => Some(Bounce::Soft),
        _ => None,
    }
}

/// Weighs those of these outcomes that bounced. Whoever writes one down twice, after trouble, counts it once.
pub(super) async fn weigh(
    tx: &mut Tx,
    app: &App,
    outcomes: &[Outcome],
    now: i64,
) -> db::Result<()> {
    let now: Timestamp = from_millis(now);
    for outcome in outcomes {
        let Some(bounce) = outcome.bounce else {
            continue;
        };
        let Some(email_key) = addressee(tx, outcome.id).await? else {
            continue;
        };
        let code = outcome.code.map(|c| c.to_string()).unwrap_or_default();
        let said = outcome.reply.as_deref().unwrap_or_default();
        let note: String = format!("{code} {said}").trim().chars().take(300).collect();
        let returned = Returned {
            email_key: &email_key,
            subscriber_id: Some(outcome.id.subscriber_id),
            bounce,
            source: "the relay's reply",
            note: Some(&note),
        };
        weigh_one(tx, &app.config.feedback, &returned, now).await?;
    }
    Ok(())
}
