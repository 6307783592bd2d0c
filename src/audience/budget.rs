//! The weekly budget: how many mails a reader wants at most, from Monday on, on the reader's clocks.
//!
//! The count stands on the subscriber. It moves in the transaction that plans the mail, and only if it is still what was
//! read: two newsletters that are planned at once cannot both take the last place.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use sqlx::types::Json;

use crate::db::{self, Sql, Tx, either};

/// A week of a reader's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// Weeks since that of 1970-01-01.
    pub number: i64,
    /// When the next one begins.
    pub ends_at: Timestamp,
}

impl Week {
    /// The week that `at` lies in on the clocks of `zone`.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Week {
        let day = at.to_zoned_datetime(zone.clone()).date();
        let offset = i64::from(day.weekday().to_monday_zero_offset());
        let monday = day.saturating_sub(Span::new().days(offset));
        let since = monday - jiff::civil::Date::constant(1969, 12, 29);
        let next = monday.saturating_add(Span::new().days(7));
        Week {
            number: i64::from(since.get_days()) / 7,
            ends_at: next
                .to_zoned_datetime(zone.clone())
                .map_or(Timestamp::MAX, |next| next.timestamp()),
        }
    }
}

/// A place in a reader's week that is to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whose.
    pub subscriber_id: i64,
    /// The reader's turn as it was read; it moves with every place that is taken.
    pub turn: i64,
    /// The week.
    pub week: i64,
    /// How many mails the week has with this one.
    pub spent: i16,
    /// The subscription that is planned and when it was due, if that must still be so.
    pub due: Option<(i64, i64)>,
}

/// Takes these places; the readers who got theirs. Another planner was faster with the others.
pub async fn take(tx: &mut Tx, places: &[Place]) -> db::Result<Vec<i64>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<_> = places
        .iter()
        .map(|p| (p.subscriber_id, p.turn, p.week, p.spent, p.due))
        .collect();
    // In one order everywhere, so that two planners never wait for each other.
    rows.sort_unstable();
    let taken: Vec<(i64,)> = tx
        .sql(either(
            "UPDATE subscriber SET turn = turn + 1, spent_week = o.value->>2, spent = o.value->>3 FROM jsonb_each($1) o
              WHERE subscriber.id = o.value->>0 AND turn = o.value->>1
                AND (o.value->>4 IS NULL OR EXISTS (SELECT 1 FROM subscription u
                      WHERE u.id = o.value->4->>0 AND u.next_due_at = o.value->4->>1))
             RETURNING id",
            "UPDATE subscriber s SET turn = s.turn + 1, spent_week = (o->>2)::int8, spent = (o->>3)::int2
               FROM jsonb_array_elements($1) o
              WHERE s.id = (o->>0)::int8 AND s.turn = (o->>1)::int8
                AND (o->>4 IS NULL OR EXISTS (SELECT 1 FROM subscription u
                      WHERE u.id = (o->4->>0)::int8 AND u.next_due_at = (o->4->>1)::int8))
             RETURNING s.id",
        ))
        .bind(Json(rows))
        .all()
        .await?;
    Ok(taken.into_iter().map(|(id,)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_where_the_reader_is() {
        let week = |at: &str, zone: &str| {
            let zone = TimeZone::get(zone).unwrap();
            Week::of(at.parse().unwrap(), &zone)
        };
        let london = week("2026-11-23T00:00:00Z", "Europe/London");
        assert_eq!(
            london.number,
            week("2026-11-29T23:59:59Z", "Europe/London").number
        );
        assert_eq!(
            london.number + 1,
            week("2026-11-30T00:00:00Z", "Europe/London").number
        );
        assert_eq!(london.ends_at.to_string(), "2026-11-30T00:00:00Z");
        let kolkata = week("2026-11-22T19:00:00Z", "Asia/Kolkata");
        assert_eq!(kolkata.number, london.number, "it is Monday there");
        assert_eq!(week("1970-01-01T00:00:00Z", "UTC").number, 0);
    }
}
