//! Change of address: asked for on the preferences page, confirmed at the new address, told to the old one, which can take
//! it back for some days.
//!
//! Whether somebody else has the new address, or it must not be mailed, is told to nobody who has not shown that it is
//! theirs.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::act::{ActError, How};
use super::edit::Refusal;
use super::standing::lock;
use super::suppression::{Lifted, lift};
use super::{EmailAddress, suppressed};
use crate::db::{self, Sql, Tx};
use crate::secret::Keys;

/// How long the link to the new address works.
pub const CONFIRM_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long the old address can take it back.
pub const TAKE_BACK_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many a reader can ask for in a day: each is a mail to an address that is not known to be theirs.
const MOST_A_DAY: i64 = 3;

/// Where a change of address is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MoveState {
    Asked = 1,
    Changed = 2,
    TakenBack = 3,
    /// Another was asked for since.
    Replaced = 4,
}

/// A change that was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its number, for the link.
    pub id: i64,
    /// Until when the link works.
    pub until: Timestamp,
    /// Whether the link may be mailed: not to an address that complained or that the paper stopped.
    pub may_mail: bool,
}

/// A change that was made.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Its number, for the old address's link.
    pub id: i64,
    /// The reader.
    pub subscriber_id: i64,
    /// Where mail went so far.
    pub from: EmailAddress,
    /// Where it goes now.
    pub to: EmailAddress,
    /// Until when the old address can take it back.
    pub until: Timestamp,
}

/// Why an address was not changed.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The link is too old, was used, or another change was asked for since.
    #[error("there is no such change any more")]
    Over,
    /// The address gets newsletters of its own.
    #[error("the address belongs to another subscriber")]
    Taken,
    /// The address must not be mailed.
    #[error("the address is on the suppression list")]
    Suppressed,
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Writes down that a reader wants their mail at `to`.
pub async fn ask(
    tx: &mut Tx,
    keys: &Keys,
    subscriber_id: i64,
    to: &EmailAddress,
    how: &How<'_>,
    now: Timestamp,
) -> Result<Asked, ActError> {
    let reader = lock(tx, subscriber_id).await?.ok_or(ActError::Gone)?;
    if reader.email.normal() == to.normal() {
        return Err(Refusal::SameAddress.into());
    }
    let day_ago = (now - SignedDuration::from_hours(24)).as_millisecond();
    let of_a_day: i64 = tx
        .sql("SELECT count(*) FROM address_change WHERE subscriber_id = $1 AND asked_at > $2")
        .bind(subscriber_id)
        .bind(day_ago)
        .value()
        .await?;
    if of_a_day >= MOST_A_DAY {
        return Err(Refusal::ManyMoves.into());
    }
    tx.sql("UPDATE address_change SET state = $2 WHERE subscriber_id = $1 AND state = $3")
        .bind(subscriber_id)
        .bind(MoveState::Replaced as i16)
        .bind(MoveState::Asked as i16)
        .run()
        .await?;
    let until = now + CONFIRM_FOR;
    let id: i64 = tx
        .sql(
            "INSERT INTO address_change (subscriber_id, state, old_email, new_email, asked_at, ends_at, source, network)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        )
        .bind(subscriber_id)
        .bind(MoveState::Asked as i16)
        .bind(reader.email.as_smtp())
        .bind(to.as_smtp())
        .bind(now.as_millisecond())
        .bind(until.as_millisecond())
        .bind(how.source)
        .bind(how.network)
        .value()
        .await?;
    let why_not = suppressed(tx, &keys.address(&to.normal())).await?;
    let may_mail = why_not.is_none_or(|(reason, _)| reason.can_be_lifted());
    Ok(Asked {
        id,
        until,
        may_mail,
    })
}

#[derive(sqlx::FromRow)]
struct Row {
    subscriber_id: i64,
    old_email: String,
    new_email: String,
    ends_at: i64,
}

async fn find(
    sql: &mut impl Sql,
    id: i64,
    state: MoveState,
    now: Timestamp,
) -> Result<Row, MoveError> {
    let row: Option<Row> = sql
        .sql("SELECT subscriber_id, old_email, new_email, ends_at FROM address_change WHERE id = $1 AND state = $2")
        .bind(id)
        .bind(state as i16)
        .first()
        .await?;
    let open = row.filter(|row| row.ends_at > now.as_millisecond());
    open.ok_or(MoveError::Over)
}

/// A change that waits for its link to be pressed: whose, and the two addresses.
pub async fn waiting(
    sql: &mut impl Sql,
    id: i64,
    now: Timestamp,
) -> Result<(i64, EmailAddress, EmailAddress), MoveError> {
    let row = find(sql, id, MoveState::Asked, now).await?;
    let (from, to) = (row.old_email, row.new_email);
    let stored = EmailAddress::stored;
    Ok((row.subscriber_id, stored(from), stored(to)))
}

/// The address that a reader has asked for and not yet confirmed, and until when they can.
pub async fn open_for(
    sql: &mut impl Sql,
    subscriber_id: i64,
    now: Timestamp,
) -> db::Result<Option<(EmailAddress, i64)>> {
    let row: Option<(String, i64)> = sql
        .sql(
            "SELECT new_email, ends_at FROM address_change
              WHERE subscriber_id = $1 AND state = $2 AND ends_at > $3 ORDER BY id DESC LIMIT 1",
        )
        .bind(subscriber_id)
        .bind(MoveState::Asked as i16)
        .bind(now.as_millisecond())
        .first()
        .await?;
    Ok(row.map(|(to, until)| (EmailAddress::stored(to), until)))
}

/// The link at the new address was pressed: from now on all mail goes there, what is planned too.
pub async fn confirm(
    tx: &mut Tx,
    keys: &Keys,
    id: i64,
    now: Timestamp,
) -> Result<Moved, MoveError> {
    let row = find(tx, id, MoveState::Asked, now).await?;
    let moved = Moved {
        id,
        subscriber_id: row.subscriber_id,
        from: EmailAddress::stored(row.old_email),
        to: EmailAddress::stored(row.new_email),
        until: now + TAKE_BACK_FOR,
    };
    let reader = lock(tx, moved.subscriber_id).await?;
    let reader = reader.ok_or(MoveError::Over)?;
    if reader.email != moved.from || reader.erase_at.is_some() {
        return Err(MoveError::Over);
    }
    set_address(tx, keys, moved.subscriber_id, &moved.to).await?;
    tx.sql("UPDATE address_change SET state = $2, ends_at = $3, changed_at = $4 WHERE id = $1")
        .bind(id)
        .bind(MoveState::Changed as i16)
        .bind(moved.until.as_millisecond())
        .bind(now.as_millisecond())
        .run()
        .await?;
    Ok(moved)
}

/// The old address says that this was not its owner's wish: mail goes there again, wherever it was sent on to since.
pub async fn take_back(
    tx: &mut Tx,
    keys: &Keys,
    id: i64,
    now: Timestamp,
) -> Result<Moved, MoveError> {
    let row = find(tx, id, MoveState::Changed, now).await?;
    let moved = Moved {
        id,
        subscriber_id: row.subscriber_id,
        from: EmailAddress::stored(row.new_email),
        to: EmailAddress::stored(row.old_email),
        until: now,
    };
    lock(tx, moved.subscriber_id)
        .await?
        .ok_or(MoveError::Over)?;
    set_address(tx, keys, moved.subscriber_id, &moved.to).await?;
    // Whoever changed it may have asked for the next change already, or made it, and could take that one back.
    tx.sql("UPDATE address_change SET state = $2 WHERE subscriber_id = $1 AND state = $3")
        .bind(moved.subscriber_id)
        .bind(MoveState::Replaced as i16)
        .bind(MoveState::Asked as i16)
        .run()
        .await?;
    tx.sql(
        "UPDATE address_change SET state = $3, ends_at = $4, changed_at = $4
          WHERE subscriber_id = $1 AND id >= $2 AND state = $5",
    )
    .bind(moved.subscriber_id)
    .bind(id)
    .bind(MoveState::TakenBack as i16)
    .bind(now.as_millisecond())
    .bind(MoveState::Changed as i16)
    .run()
    .await?;
    Ok(moved)
}

async fn set_address(
    tx: &mut Tx,
    keys: &Keys,
    subscriber_id: i64,
    to: &EmailAddress,
) -> Result<(), MoveError> {
    let key = keys.address(&to.normal());
    // Its owner has read our mail in it, and says yes.
    if let Lifted::Stays(_) = lift(tx, &key).await? {
        return Err(MoveError::Suppressed);
    }
    let other: Option<(i64,)> = tx
        .sql("SELECT id FROM subscriber WHERE email_key = $1 AND id <> $2")
        .bind(&key)
        .bind(subscriber_id)
        .first()
        .await?;
    if other.is_some() {
        return Err(MoveError::Taken);
    }
    let set = tx
        .sql("UPDATE subscriber SET email = $2, email_key = $3, epoch = epoch + 1 WHERE id = $1")
        .bind(subscriber_id)
        .bind(to.as_smtp())
        .bind(&key)
        .run()
        .await;
    match set {
        // Someone signed up with it this very moment.
        Err(db::Error::Taken) => Err(MoveError::Taken),
        other => Ok(other.map(drop)?),
    }
}

/// Forgets addresses that nobody confirmed in time: they may be strangers'.
pub async fn drop_unconfirmed(db: &db::Db, now: Timestamp) -> db::Result<()> {
    let any: bool = db
        .read()
        .await?
        .sql("SELECT EXISTS (SELECT 1 FROM address_change WHERE state IN (1, 4) AND ends_at <= $1)")
        .bind(now.as_millisecond())
        .value()
        .await?;
    if any {
        let mut tx = db.begin().await?;
        tx.sql("DELETE FROM address_change WHERE state IN (1, 4) AND ends_at <= $1")
            .bind(now.as_millisecond())
            .run()
            .await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A change of address as the record tells it.
#[derive(Debug, Serialize, sqlx::FromRow)]
pub struct MoveRecord {
    /// When it was asked for, in UTC milliseconds.
    pub asked_at: i64,
    /// When it was made or taken back.
    pub changed_at: Option<i64>,
    /// 1 asked for, 2 made, 3 taken back, 4 replaced by another.
    pub state: i16,
    /// The address before.
    pub old_email: String,
    /// The address asked for.
    pub new_email: String,
    /// Through what it was asked for.
    pub source: String,
    /// From which network.
    pub network: Option<String>,
}

/// All changes of address of a reader, the oldest first.
pub async fn moves(sql: &mut impl Sql, subscriber_id: i64) -> db::Result<Vec<MoveRecord>> {
    sql.sql(
        "SELECT asked_at, changed_at, state, old_email, new_email, source, network FROM address_change
          WHERE subscriber_id = $1 ORDER BY id",
    )
    .bind(subscriber_id)
    .all()
    .await
}
