//! The fence: one statement that writes outcomes, and marks what may be handed over.

use std::collections::HashSet;

use serde_json::json;
use sqlx::types::Json;

use super::{Outcome, Wanted};
use crate::db::{self, Sql, either};
use crate::message::MessageId;

/// What [`write`] runs, with an end to it. On PostgreSQL all that is asked of other tables stands before the join (`OFFSET 0`
/// keeps it there): beside the join it would be so dear, by the planner's book, that it reads the whole issue instead.
macro_rules! writing {
    ($end:literal) => {
        either(
            concat!(
                "UPDATE message SET at = $3,
                state = CASE WHEN o.value->>3 = 1 THEN 2 ELSE o.value->>4 END,
                owner = CASE WHEN o.value->>3 = 1 THEN $2 END,
                attempts = attempts + (o.value->>3 = 1 AND state <> 2),
                reason = CASE o.value->>3 WHEN 0 THEN o.value->>5 WHEN 1 THEN reason ELSE coalesce(o.value->>5, reason) END,
                due_at = CASE WHEN o.value->>3 = 1 THEN due_at ELSE o.value->>6 END,
                code = CASE WHEN o.value->>3 THEN code ELSE o.value->>7 END,
                reply = CASE WHEN o.value->>3 THEN reply ELSE o.value->>8 END
           FROM jsonb_each($1) o
          WHERE issue_id = o.value->>0 AND subscriber_id = o.value->>1 AND n = o.value->>2
            AND CASE WHEN o.value->>3 <> 1 THEN owner = $2 OR owner IS NULL AND state IN (1, 4)
                ELSE (owner IS NULL AND state IN (1, 4) AND attempts = o.value->>5 AND due_at <= $3
                      OR owner = $2 AND state = 2 AND attempts = o.value->>5 + 1)
                 AND expires_at > $3 AND cohort_id = o.value->>4
                 AND (state = 2 OR NOT EXISTS (SELECT 1 FROM article_change) OR NOT EXISTS (SELECT 1 FROM article_change x
                       WHERE EXISTS (SELECT 1 FROM cohort c CROSS JOIN json_each(c.stories) s
                                      WHERE c.id = message.cohort_id AND s.value->>1 = x.article_id
                                        AND (x.revision IS NULL OR s.value->>2 < x.revision))))
                 AND (EXISTS (SELECT 1 FROM issue i
                               JOIN subscription u ON u.newsletter_id = i.newsletter_id
                                AND u.subscriber_id = message.subscriber_id
                               JOIN subscriber s ON s.id = u.subscriber_id
                              WHERE i.id = message.issue_id AND i.state = 1 AND u.state = 1
                                AND (u.paused_until IS NULL OR u.paused_until <= $3)
                                AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = s.email_key))
                      OR EXISTS (SELECT 1 FROM issue i
                                   JOIN notice w ON w.issue_id = i.id AND w.subscriber_id = message.subscriber_id AND w.n = message.n
                                  WHERE i.id = message.issue_id AND i.state = 1
                                    AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = w.email_key
                                                       AND NOT (x.reason IN (1, 3, 5) AND w.kind IN (1, 3))))) END",
                $end
            ),
            concat!(
                "WITH living AS (UPDATE node SET heartbeat_at = $3 WHERE node.owner = $2 AND node.heartbeat_at < $3 - 1000)
         UPDATE message m SET at = $3,
                state = CASE WHEN o.wanted THEN 2 ELSE (o.v->>4)::int2 END,
                owner = CASE WHEN o.wanted THEN $2 END,
                attempts = m.attempts + CASE WHEN o.wanted AND m.state <> 2 THEN 1 ELSE 0 END,
                reason = CASE WHEN o.wanted THEN m.reason WHEN o.untried THEN coalesce((o.v->>5)::int2, m.reason)
                              ELSE (o.v->>5)::int2 END,
                due_at = CASE WHEN o.wanted THEN m.due_at ELSE (o.v->>6)::int8 END,
                code = CASE WHEN o.wanted OR o.untried THEN m.code ELSE (o.v->>7)::int2 END,
                reply = CASE WHEN o.wanted OR o.untried THEN m.reply ELSE o.v->>8 END
           FROM (SELECT v, wanted, untried, CASE WHEN wanted THEN NOT EXISTS (SELECT 1 FROM article_change)
                           OR NOT EXISTS (SELECT 1 FROM article_change x
                               WHERE EXISTS (SELECT 1 FROM cohort c CROSS JOIN jsonb_array_elements(c.stories) s
                                              WHERE c.id = (v->>4)::int8 AND (s->>1)::int8 = x.article_id
                                                AND (x.revision IS NULL OR (s->>2)::int8 < x.revision))) END AS current,
                        CASE WHEN wanted THEN EXISTS (SELECT 1 FROM issue i
                               JOIN subscription u ON u.newsletter_id = i.newsletter_id
                                AND u.subscriber_id = (v->>1)::int8
                               JOIN subscriber s ON s.id = u.subscriber_id
                              WHERE i.id = (v->>0)::int8 AND i.state = 1 AND u.state = 1
                                AND (u.paused_until IS NULL OR u.paused_until <= $3)
                                AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = s.email_key))
                      OR EXISTS (SELECT 1 FROM issue i
                                   JOIN notice w ON w.issue_id = i.id AND w.subscriber_id = (v->>1)::int8 AND w.n = (v->>2)::int2
                                  WHERE i.id = (v->>0)::int8 AND i.state = 1
                                    AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.email_key = w.email_key
                                                       AND NOT (x.reason IN (1, 3, 5) AND w.kind IN (1, 3)))) END AS agreed
                   FROM (SELECT v, (v->>3)::int2 = 1 AS wanted, (v->>3)::int2 = 2 AS untried
                           FROM jsonb_array_elements($1) v) r OFFSET 0) o
          WHERE m.issue_id = (o.v->>0)::int8 AND m.subscriber_id = (o.v->>1)::int8 AND m.n = (o.v->>2)::int2
            AND CASE WHEN NOT o.wanted THEN m.owner = $2 OR m.owner IS NULL AND m.state IN (1, 4)
                ELSE (m.owner IS NULL AND m.state IN (1, 4) AND m.attempts = (o.v->>5)::int2 AND m.due_at <= $3
                      OR m.owner = $2 AND m.state = 2 AND m.attempts = (o.v->>5)::int2 + 1)
                 AND m.expires_at > $3 AND m.cohort_id = (o.v->>4)::int8
                 AND (m.state = 2 OR o.current) AND o.agreed END",
                $end
            ),
        )
    };
}

/// Writes outcomes, and marks what may be handed over; which of the wanted passed.
///
/// A message passes if nobody had it so far: it has no owner, no try since it was picked up, and none between its being
/// found due and its being read, after which its time is another. What was rendered must be what may leave: the message's
/// cohort, and no story of it since corrected or retracted; most of the time `article_change` is empty, and that costs one
/// look at it. A notice needs no subscription and knows no pause; what stops it is its address being suppressed: see
/// `notice::send`. A message that is `sending` and ours passes again if that is this very try: its mark was committed, and
/// only the word of it was lost.
///
/// An outcome is ours to write if the message is still ours, or was taken from us while we slept and nobody has begun it
/// anew. Where other nodes could take this one for dead (PostgreSQL), what it writes says that it lives: see `node::live`.
/// A row's values are those of the message if it is wanted: 1, its cohort and its attempts; else 0 and what came of it, or 2
/// where that came of no try.
pub(super) async fn write(
    sql: &mut impl Sql,
    owner: i64,
    wanted: &[Wanted],
    outcomes: &[Outcome],
    now: i64,
) -> db::Result<HashSet<MessageId>> {
    let mut rows: Vec<serde_json::Value> = outcomes
        .iter()
        .map(|o| {
            let id = o.id;
            let reason = o.reason.map(|r| r as i16);
            json!([
                id.issue_id,
                id.subscriber_id,
                id.n,
                if o.is_untried { 2 } else { 0 },
                o.state as i16,
                reason,
                o.due_at,
                o.code,
                o.reply
            ])
        })
        .collect();
    rows.extend(wanted.iter().map(|w| {
        json!([
            w.id.issue_id,
            w.id.subscriber_id,
            w.id.n,
            1,
            w.cohort_id,
            w.attempts
        ])
    }));
    let (all, rows) = (rows.len() as u64, Json(rows));
    let written = sql
        .sql(writing!(""))
        .bind(&rows)
        .bind(owner)
        .bind(now)
        .run()
        .await?;
    if written == all || wanted.is_empty() {
        return Ok(wanted.iter().map(|w| w.id).collect());
    }
    // Seldom: who it was that did not pass. Whoever did passes again.
    let passed: Vec<(i64, i64, i16)> = sql
        .sql(writing!(" RETURNING issue_id, subscriber_id, n"))
        .bind(&rows)
        .bind(owner)
        .bind(now)
        .all()
        .await?;
    Ok(passed
        .into_iter()
        .map(|(issue_id, subscriber_id, n)| MessageId {
            issue_id,
            subscriber_id,
            n,
        })
        .filter(|id| wanted.iter().any(|w| w.id == *id))
        .collect())
}
