//! Leaving a newsletter: one way for every wish to, whatever brings it — a page, a mail program's one click, a mail to the
//! address in List-Unsubscribe, a complaint, the paper's own command.
//!
//! It is an act as any other: it holds the reader's row, so that of two wishes at once one finds nothing left to do, and
//! leaves a revision and a record that says when, from where and through what.

use jiff::{SignedDuration, Timestamp};

use super::act::{Act, Done, How, act_all};
use super::edit::Edit;
use super::source::{BY_PAGE, BY_PREFERENCES};
use super::store::Paper;
use crate::db::{self, Sql, Tx};

/// The reader gets this newsletter no longer; what was done. None where they were not on it, or are erased.
pub async fn leave(
    tx: &mut Tx,
    paper: &Paper<'_>,
    subscriber_id: i64,
    slug: &str,
    how: &How<'_>,
    now: Timestamp,
) -> db::Result<Option<Done>> {
    let leaving = Leaving {
        subscriber_id,
        slug,
        how: *how,
    };
    Ok(leave_all(tx, paper, &[leaving], now).await?.pop())
}

/// One reader's wish to leave one newsletter.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'a> {
    /// The reader.
    pub subscriber_id: i64,
    /// The newsletter.
    pub slug: &'a str,
    /// Through what.
    pub how: How<'a>,
}

/// The same for several readers, each once in the list; what was done for those who were on what they leave.
pub async fn leave_all(
    tx: &mut Tx,
    paper: &Paper<'_>,
    leavings: &[Leaving<'_>],
    now: Timestamp,
) -> db::Result<Vec<Done>> {
    let wishes = leavings.iter();
    let wishes: Vec<_> = wishes
        .map(|l| (l.subscriber_id, Edit::Leave(l.slug.to_owned()), l.how))
        .collect();
    let mut done = act_all(tx, paper, &wishes, now).await?;
    done.retain(|done| done.is_new);
    Ok(done)
}

/// Whether, before the leaving that was just recorded, the owner of the address has been told within `hours` that this
/// newsletter was left, and has not come back to it by the link of that very mail. Whoever holds a forwarded mail cannot
/// make us write again and again. What the owner did otherwise is not told, so it does not count.
pub async fn was_told(
    sql: &mut impl Sql,
    subscriber_id: i64,
    newsletter_id: i64,
    hours: i64,
    now: Timestamp,
) -> db::Result<bool> {
    const SQL: &str = "
        SELECT count(*) FROM consent WHERE subscriber_id = $1 AND newsletter_id = $2 AND act = 2 AND at > $3
           AND (source LIKE $4 OR source LIKE $5)
           AND at > coalesce((SELECT max(b.at) FROM consent b WHERE b.subscriber_id = $1 AND b.newsletter_id = $2
                               AND b.act = 1 AND b.source LIKE 'undo link%'), 0)";
    let times: i64 = sql
        .sql(SQL)
        .bind(subscriber_id)
        .bind(newsletter_id)
        .bind((now - SignedDuration::from_hours(hours)).as_millisecond())
        .bind(format!("{BY_PAGE}%"))
        .bind(format!("{BY_PREFERENCES}%"))
        .value()
        .await?;
    Ok(times > 1)
}

/// The same of leaving everything, by who was on no newsletter.
pub async fn was_told_of_all(
    sql: &mut impl Sql,
    subscriber_id: i64,
    hours: i64,
    now: Timestamp,
) -> db::Result<bool> {
    const SQL: &str =
        "SELECT count(*) FROM preference_act WHERE subscriber_id = $1 AND act = $2 AND at > $3
                          AND (source = $4 OR source = $5)";
    let times: i64 = sql
        .sql(SQL)
        .bind(subscriber_id)
        .bind(Act::LeftAll as i16)
        .bind((now - SignedDuration::from_hours(hours)).as_millisecond())
        .bind(BY_PAGE)
        .bind(BY_PREFERENCES)
        .value()
        .await?;
    Ok(times > 1)
}
