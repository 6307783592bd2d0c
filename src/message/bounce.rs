//! What a bounce means for its address, whoever heard of it: the relay's reply or a mail that came back.
//!
//! A hard bounce suppresses at once. A soft one counts, once a day; so many within so many days suppress. A mail that was
//! accepted and from which nothing came back lets the count fall by one. It is looked for when the next bounce comes, so
//! mails that arrive cost nothing.

use jiff::{SignedDuration, Timestamp};

use super::MessageId;
use crate::audience::bounce::{self, Soft};
use crate::audience::{SuppressionReason, suppress, suppressed};
use crate::config::Feedback;
use crate::db::{self, Sql, Tx};

/// How much a bounce says of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounce {
    /// The mailbox does not exist.
    Hard,
    /// It exists, as far as one can tell.
    Soft,
}

/// A bounce to be weighed.
#[derive(Clone, Copy, Debug)]
pub struct Returned<'a> {
    /// The hash of the address that the mail was sent to.
    pub email_key: &'a [u8],
    /// The reader it belongs to, if one is known.
    pub subscriber_id: Option<i64>,
    /// How much it says.
    pub bounce: Bounce,
    /// Through what we heard of it.
    pub source: &'a str,
    /// What was said, without addresses.
    pub note: Option<&'a str>,
}

/// What came of a bounce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighed {
    /// From now on the address is not mailed.
    Suppressed(SuppressionReason),
    /// It was not mailed any more before.
    Already(SuppressionReason),
    /// So many count now, of so many that suppress.
    Counted(u32, u32),
}

/// Soft bounces within this time of the one that counted last are the same trouble.
const SAME: SignedDuration = SignedDuration::from_hours(20);

/// From when on nothing is expected to come back of an accepted mail: relays try for so long (RFC 5321, section 4.5.4.1).
const SETTLED: SignedDuration = SignedDuration::from_hours(5 * 24);

/// The hash of the address of a message's reader; none where they were erased.
pub async fn addressee(sql: &mut impl Sql, id: MessageId) -> db::Result<Option<Vec<u8>>> {
    const SQL: &str = "SELECT w.email_key FROM notice w
          WHERE w.issue_id = $1 AND w.subscriber_id = $2 AND w.n = $3
         UNION ALL
         SELECT s.email_key FROM subscriber s JOIN message m ON m.subscriber_id = s.id
          WHERE m.issue_id = $1 AND m.subscriber_id = $2 AND m.n = $3 AND s.email IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM notice w
                             WHERE w.issue_id = m.issue_id AND w.subscriber_id = m.subscriber_id AND w.n = m.n)
            AND NOT EXISTS (SELECT 1 FROM address_change c WHERE c.subscriber_id = s.id AND c.changed_at >= m.at)";
    let row: Option<(Vec<u8>,)> = sql
        .sql(SQL)
        .bind(id.issue_id)
        .bind(id.subscriber_id)
        .bind(id.n)
        .first()
        .await?;
    Ok(row.map(|(key,)| key))
}

/// Does what a bounce asks for.
pub async fn weigh(
    tx: &mut Tx,
    limits: &Feedback,
    returned: &Returned<'_>,
    now: Timestamp,
) -> db::Result<Weighed> {
    let key = returned.email_key;
    if let Some((reason, _)) = suppressed(tx, key).await? {
        return Ok(Weighed::Already(reason));
    }
    let reason = match returned.bounce {
        Bounce::Hard => SuppressionReason::HardBounce,
        Bounce::Soft => {
            let n = count(tx, limits, returned, now).await?;
            if n < limits.soft_bounces {
                return Ok(Weighed::Counted(n, limits.soft_bounces));
            }
            SuppressionReason::SoftBounces
        }
    };
    suppress(tx, key, reason, returned.source, returned.note, now).await?;
    bounce::forget(tx, key).await?;
    Ok(Weighed::Suppressed(reason))
}

/// Adds a soft bounce to those that count; how many do now.
async fn count(
    tx: &mut Tx,
    limits: &Feedback,
    returned: &Returned<'_>,
    now: Timestamp,
) -> db::Result<u32> {
    let before = bounce::soft(tx, returned.email_key).await?;
    let mut soft = before.unwrap_or_else(|| Soft {
        times: Vec::new(),
        settled_at: now.as_millisecond(),
    });
    let settled = (now - SETTLED).as_millisecond();
    if let Some(subscriber_id) = returned.subscriber_id
        && settled > soft.settled_at
    {
        let arrived = accepted(tx, subscriber_id, soft.settled_at, settled).await?;
        soft.times.drain(..arrived.min(soft.times.len()));
        soft.settled_at = settled;
    }
    add(&mut soft.times, limits.soft_days, now);
    bounce::keep(tx, returned.email_key, &soft).await?;
    Ok(soft.times.len() as u32)
}

/// Lets what is too old fall, and adds one, unless it is of the same trouble as the last.
fn add(times: &mut Vec<i64>, days: u32, now: Timestamp) {
    let oldest = (now - SignedDuration::from_hours(24 * i64::from(days))).as_millisecond();
    times.retain(|at| *at > oldest);
    let same = (now - SAME).as_millisecond();
    if times.last().is_none_or(|last| *last <= same) {
        times.push(now.as_millisecond());
    }
}

/// How many mails to this reader the relay took in this time, of which nothing came back; no more are counted than can
/// matter.
async fn accepted(sql: &mut impl Sql, subscriber_id: i64, from: i64, to: i64) -> db::Result<usize> {
    // A mail is accepted within days of its issue's.
    const EARLIER_DAYS: i64 = 10;
    const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM issue i
                         JOIN message m ON m.issue_id = i.id AND m.subscriber_id = $1
                        WHERE i.id >= $2 AND m.state = 3 AND m.at > $3 AND m.at <= $4 LIMIT 1000) AS counted";
    let first_issue = (from.div_euclid(86_400_000) - EARLIER_DAYS) << 20;
    let n: i64 = sql
        .sql(SQL)
        .bind(subscriber_id)
        .bind(first_issue)
        .bind(from)
        .bind(to)
        .value()
        .await?;
    Ok(usize::try_from(n).unwrap_or_default())
}

/// A message that the relay took, and that came back, which counts for its issue; when it had taken it, if that is news. A
/// complaint stays one.
pub async fn bounced(
    tx: &mut Tx,
    id: MessageId,
    reason: super::Reason,
    now: Timestamp,
) -> db::Result<Option<i64>> {
    const BEFORE: &str = "SELECT at FROM message WHERE issue_id = $1 AND subscriber_id = $2 AND n = $3 AND state IN (3, 7)";
    const SQL: &str = "UPDATE message SET state = $1, reason = $2, at = $3
                        WHERE issue_id = $4 AND subscriber_id = $5 AND n = $6 AND state IN (3, 7)";
    let before: Option<(i64,)> = tx
        .sql(BEFORE)
        .bind(id.issue_id)
        .bind(id.subscriber_id)
        .bind(id.n)
        .first()
        .await?;
    let changed = tx
        .sql(SQL)
        .bind(super::State::Bounced as i16)
        .bind(reason as i16)
        .bind(now.as_millisecond())
        .bind(id.issue_id)
        .bind(id.subscriber_id)
        .bind(id.n)
        .run()
        .await?;
    if changed == 0 {
        return Ok(None);
    }
    let count = match reason {
        super::Reason::NoMailbox => "UPDATE issue SET no_mailbox = no_mailbox + 1 WHERE id = $1",
        super::Reason::NotWanted => "UPDATE issue SET not_wanted = not_wanted + 1 WHERE id = $1",
        _ => return Ok(before.map(|(at,)| at)),
    };
    tx.sql(count).bind(id.issue_id).run().await?;
    Ok(before.map(|(at,)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_bounces_count_once_a_day_and_for_some_days() {
        let day = |d: i64, hours: i64| {
            Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * (100 + d) + hours)
        };
        let mut times = Vec::new();
        for (at, want) in [
            (day(0, 6), 1),
            (day(0, 7), 1),
            (day(0, 23), 1),
            (day(1, 5), 2),
            (day(2, 6), 3),
            (day(9, 6), 4),
            (day(10, 7), 4),
            (day(20, 8), 1),
        ] {
            add(&mut times, 10, at);
            assert_eq!(times.len(), want, "{at}");
        }
    }
}
