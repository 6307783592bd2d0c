//! Being forgotten: what is held of a reader goes, at once by command, or when the grace period of their own wish ends.
//! What stays is the keyed hash of the address among the suppressed, and messages that name nobody.

use jiff::Timestamp;
use sqlx::types::Json;

use super::suppression::{SuppressionReason, suppress};
use super::{EmailAddress, bounce, is_active, lock, signup};
use crate::db::{self, Db, Sql, Tx, either};
use crate::secret::Keys;

/// How many are looked up at a time.
const AT_ONCE: i64 = 100;

/// Whom [`erase`] found at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// A subscriber: what stays is the hash of the address among the suppressed, and messages that name nobody.
    Subscriber,
    /// Somebody who had asked to be one, and not confirmed it: nothing stays.
    Signup,
    /// Nobody.
    Nobody,
}

/// Erases all that is held of an address.
pub async fn erase(
    db: &Db,
    keys: &Keys,
    email: &EmailAddress,
    now: Timestamp,
) -> db::Result<Erased> {
    let key = keys.address(&email.normal());
    let mut tx = db.begin().await?;
    let found: Option<(i64,)> = tx
        .sql("SELECT id FROM subscriber WHERE email_key = $1")
        .bind(&key)
        .first()
        .await?;
    // What the reader does at this moment is done before, and goes too, or finds nobody.
    let erased = match found {
        Some((id,)) if lock(&mut tx, id).await?.is_some() => {
            forget(&mut tx, id, &key, now).await?;
            Erased::Subscriber
        }
        _ if signup::forget(&mut tx, &key).await? => {
            forget_words(&mut tx, None, &key).await?;
            tx.sql("DELETE FROM notice WHERE email_key = $1")
                .bind(&key)
                .run()
                .await?;
            Erased::Signup
        }
        _ => return Ok(Erased::Nobody),
    };
    tx.commit().await?;
    Ok(erased)
}

/// Erases those whose grace period has ended; how many. Who has joined something since is not forgotten.
pub async fn sweep(db: &Db, now: Timestamp) -> db::Result<u64> {
    let mut erased = 0;
    loop {
        let due: Vec<(i64, Vec<u8>)> = db
            .read()
            .await?
            .sql("SELECT id, email_key FROM subscriber WHERE erase_at <= $1 ORDER BY erase_at, id LIMIT $2")
            .bind(now.as_millisecond())
            .bind(AT_ONCE)
            .all()
            .await?;
        if due.is_empty() {
            return Ok(erased);
        }
        for (id, key) in due {
            erased += u64::from(db::again(async || sweep_one(db, id, &key, now).await).await?);
        }
    }
}

/// When this reader is erased, if they asked for it.
pub async fn erase_at(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Option<i64>> {
    let query = sql.sql("SELECT erase_at FROM subscriber WHERE id = $1");
    let found: Option<(Option<i64>,)> = query.bind(subscriber_id).first().await?;
    Ok(found.and_then(|(at,)| at))
}

async fn sweep_one(db: &Db, id: i64, key: &[u8], now: Timestamp) -> db::Result<bool> {
    let mut tx = db.begin().await?;
    let Some(reader) = lock(&mut tx, id).await? else {
        return Ok(false);
    };
    if reader.erase_at.is_none_or(|at| at > now.as_millisecond()) {
        return Ok(false);
    }
    let p = &reader.preferences;
    let came_back = p.subscriptions.keys().any(|slug| is_active(p, slug));
    if came_back {
        let text = "UPDATE subscriber SET erase_at = NULL WHERE id = $1";
        tx.sql(text).bind(id).run().await?;
    } else {
        forget(&mut tx, id, key, now).await?;
    }
    tx.commit().await?;
    Ok(!came_back)
}

/// Clears what relays and mailboxes said of mails to this reader, or to this address: many name the mailbox in words of
/// their own. That the mails were sent, and what became of them, stays.
async fn forget_words(tx: &mut Tx, id: Option<i64>, key: &[u8]) -> db::Result<()> {
    // In the order in which whoever sends locks them.
    const MAILS: &str = "
        SELECT m.issue_id, m.subscriber_id, m.n FROM issue i JOIN message m ON m.issue_id = i.id AND m.subscriber_id = $1
         WHERE m.attempts > 0
         UNION SELECT issue_id, subscriber_id, n FROM notice WHERE email_key = $2 ORDER BY 1, 2, 3";
    let mails: Vec<(i64, i64, i16)> = tx.sql(MAILS).bind(id).bind(key).all().await?;
    for text in [
        either(
            "UPDATE message SET reply = NULL FROM jsonb_each($1) o
              WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2 AND reply IS NOT NULL",
            "UPDATE message SET reply = NULL FROM jsonb_array_elements($1) o
              WHERE issue_id = (o->>0)::int8 AND subscriber_id = (o->>1)::int8 AND n = (o->>2)::int2 AND reply IS NOT NULL",
        ),
        either(
            "UPDATE attempt SET reply = NULL FROM jsonb_each($1) o
              WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2 AND reply IS NOT NULL",
            "UPDATE attempt SET reply = NULL FROM jsonb_array_elements($1) o
              WHERE issue_id = (o->>0)::int8 AND subscriber_id = (o->>1)::int8 AND n = (o->>2)::int2 AND reply IS NOT NULL",
        ),
        either(
            "UPDATE feedback SET said = NULL FROM jsonb_each($1) o
              WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2 AND said IS NOT NULL",
            "UPDATE feedback SET said = NULL FROM jsonb_array_elements($1) o
              WHERE issue_id = (o->>0)::int8 AND subscriber_id = (o->>1)::int8 AND n = (o->>2)::int2 AND said IS NOT NULL",
        ),
    ] {
        tx.sql(text).bind(Json(&mails)).run().await?;
    }
    // And what came back of them without naming a mail.
    tx.sql("UPDATE feedback SET said = NULL WHERE subscriber_id = $1 AND said IS NOT NULL")
        .bind(id)
        .run()
        .await?;
    Ok(())
}

async fn forget(tx: &mut Tx, id: i64, key: &[u8], now: Timestamp) -> db::Result<()> {
    forget_words(tx, Some(id), key).await?;
    // Theirs, and those to the same address that nobody had yet.
    tx.sql("DELETE FROM notice WHERE subscriber_id = $1 OR email_key = $2")
        .bind(id)
        .bind(key)
        .run()
        .await?;
    signup::forget(tx, key).await?;
    // First who it is: what they agreed to and chose can be deleted of nobody else.
    tx.sql(
        "UPDATE subscriber SET email = NULL, email_key = $2, name = '', language = NULL, zone = NULL, tier = 0,
                weekly_budget = NULL, quiet_from = NULL, quiet_to = NULL, created_at = 0, erase_at = NULL WHERE id = $1",
    )
    .bind(id)
    .bind(format!("erased {id}").into_bytes())
    .run()
    .await?;
    for text in [
        "DELETE FROM follow WHERE subscription_id IN (SELECT id FROM subscription WHERE subscriber_id = $1)",
        "DELETE FROM subscription WHERE subscriber_id = $1",
        "DELETE FROM preference WHERE subscriber_id = $1",
        "DELETE FROM preference_act WHERE subscriber_id = $1",
        "DELETE FROM consent WHERE subscriber_id = $1",
        "DELETE FROM address_change WHERE subscriber_id = $1",
        "DELETE FROM leaving_answer WHERE subscriber_id = $1",
        // SQLite would give the highest number again, and with it old links and old messages: its row stays, empty.
        "DELETE FROM subscriber WHERE id = $1 AND id < (SELECT max(id) FROM subscriber)",
    ] {
        tx.sql(text).bind(id).run().await?;
    }
    bounce::forget(tx, key).await?;
    // What somebody wrote of a reader goes with them; that they complained stays.
    tx.sql("UPDATE suppression SET note = NULL WHERE email_key = $1")
        .bind(key)
        .run()
        .await?;
    let erased = SuppressionReason::Erased;
    suppress(tx, key, erased, "", None, now).await.map(drop)
}
