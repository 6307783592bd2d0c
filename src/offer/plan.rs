//! Going through an offer's audience, once, when its window opens. The place reached stands on the offer and moves in
//! the transaction that writes the messages, so a kill loses nothing and a second planner writes nothing twice.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::types::Json;

use crate::app::App;
use crate::audience::budget::{Place, Week, take};
use crate::config::{OfferDetail, Quiet, Tier};
use crate::db::{self, Sql, either};
use crate::issue::compose::Cohort;
use crate::issue::plan::Planned;
use crate::issue::write::insert_cohorts;
use crate::message::{Reason, State};

const PAGE: i64 = 1000;

#[derive(sqlx::FromRow)]
struct Opened {
    id: i64,
    newsletter_id: i64,
    issue_id: i64,
    planned_to: i64,
    detail: Json<OfferDetail>,
}

#[derive(sqlx::FromRow)]
struct Reader {
    id: i64,
    subscriber_id: i64,
    revision: i64,
    language: Option<String>,
    tier: i16,
    paused_until: Option<i64>,
    zone: Option<String>,
    quiet_from: Option<i16>,
    quiet_to: Option<i16>,
    weekly_budget: Option<i16>,
    turn: i64,
    spent_week: i64,
    spent: i16,
    fits: bool,
}

impl Reader {
    /// When the alert may leave: now, or when quiet hours end, unless the offer is over then.
    fn leaves_at(&self, app: &App, offer: &OfferDetail, now: Timestamp) -> i64 {
        let newsletter = app.newsletter(&offer.newsletter);
        let own = self.quiet_from.zip(self.quiet_to);
        let quiet = own.map(|(from, to)| Quiet { from, to });
        let quiet = quiet.or_else(|| newsletter.and_then(|n| n.quiet_hours));
        let zone = self
            .zone
            .as_deref()
            .and_then(|zone| TimeZone::get(zone).ok());
        let zone = zone.as_ref().unwrap_or(app.config.paper.zone.tz());
        let end = quiet.and_then(|quiet| quiet.end(now, zone));
        let end = end
            .map(Timestamp::as_millisecond)
            .filter(|end| *end < offer.until);
        end.unwrap_or(offer.from)
    }

    /// The place that the alert takes in the reader's week, if mails are counted for them.
    fn place(&self, app: &App, at: Timestamp) -> Option<Place> {
        self.weekly_budget?;
        let zone = self
            .zone
            .as_deref()
            .and_then(|zone| TimeZone::get(zone).ok());
        let week = Week::of(at, zone.as_ref().unwrap_or(app.config.paper.zone.tz())).number;
        let spent = if self.spent_week == week {
            self.spent
        } else {
            0
        };
        Some(Place {
            subscriber_id: self.subscriber_id,
            turn: self.turn,
            week,
            spent: spent + 1,
            due: None,
        })
    }

    /// Why the reader gets no alert, though the offer is for them.
    fn stopped_by(&self, place: Option<Place>, now: Timestamp) -> Option<Reason> {
        if self
            .paused_until
            .is_some_and(|until| until > now.as_millisecond())
        {
            return Some(Reason::Paused);
        }
        let spent = place
            .zip(self.weekly_budget)
            .is_some_and(|(p, most)| p.spent > most);
        spent.then_some(Reason::BudgetSpent)
    }
}

/// Plans the alerts of every offer whose window is open.
pub async fn tick(app: &App) -> db::Result<Planned> {
    const SQL: &str = "SELECT id, newsletter_id, issue_id, planned_to, detail FROM offer
                        WHERE planned_to IS NOT NULL AND from_at <= $1 ORDER BY from_at, id";
    let now = app.clock.now().as_millisecond();
    let opened: Vec<Opened> = app.db.read().await?.sql(SQL).bind(now).all().await?;
    let mut planned = Planned::default();
    for mut offer in opened {
        while let Some(more) = plan_page(app, &mut offer).await? {
            planned.add(more);
        }
        planned
            .issues
            .insert((offer.detail.newsletter.clone(), offer.detail.slug.clone()));
    }
    Ok(planned)
}

/// Plans the next readers; `None` when there are none left.
async fn plan_page(app: &App, offer: &mut Opened) -> db::Result<Option<Planned>> {
    let now = app.clock.now();
    let over = offer.detail.until <= now.as_millisecond();
    let readers = if over {
        Vec::new()
    } else {
        audience(app, offer).await?
    };
    let next = readers.last().map(|r| r.id);
    let detail = &offer.detail;
    let newsletter_language = app
        .newsletter(&detail.newsletter)
        .map_or("en", |n| n.language.as_str());
    let mut planned = Planned::default();
    let mut marks = BTreeMap::new();
    let mut cohorts = Vec::new();
    let mut rows = Vec::new();
    let mut places = Vec::new();
    for r in readers.iter().filter(|r| r.fits) {
        let tier = Tier::from_number(r.tier);
        if !detail.tiers.is_empty() && !detail.tiers.contains(&tier) {
            continue;
        }
        let place = r.place(app, now);
        let reason = r.stopped_by(place, now);
        let (state, due) = if let Some(reason) = reason {
            *planned.skipped.entry(reason.word().to_owned()).or_default() += 1;
            (State::Skipped, None)
        } else {
            planned.queued += 1;
            places.extend(place);
            (State::Queued, Some(r.leaves_at(app, detail, now)))
        };
        let language = r
            .language
            .clone()
            .unwrap_or_else(|| newsletter_language.to_owned());
        let mark = marks.entry((language.clone(), tier)).or_insert_with(|| {
            let cohort = Cohort {
                language,
                tier,
                stories: Vec::new(),
                more: 0,
            };
            cohorts.push((cohort.mark(), cohort));
            cohorts[cohorts.len() - 1].0.clone()
        });
        rows.push((
            r.subscriber_id,
            mark.clone(),
            r.revision,
            due,
            state as i16,
            reason.map(|r| r as i16),
        ));
    }
    let cohorts = cohorts
        .iter()
        .map(|(mark, c)| ((offer.issue_id, mark.clone()), c))
        .collect();
    let moved = db::again(async || {
        let mut tx = app.db.begin().await?;
        let text = "UPDATE offer SET planned_to = $1 WHERE id = $2 AND planned_to = $3";
        let moved = tx
            .sql(text)
            .bind(next)
            .bind(offer.id)
            .bind(offer.planned_to)
            .run()
            .await?;
        // Who got another mail meanwhile is counted anew.
        if moved == 1 && take(&mut tx, &places).await?.len() < places.len() {
            return Ok(None);
        }
        if moved == 1 {
            insert_cohorts(&mut tx, &cohorts).await?;
            write(&mut tx, offer, &rows, now.as_millisecond()).await?;
        }
        tx.commit().await?;
        Ok(Some(moved == 1))
    })
    .await?;
    let Some(moved) = moved else {
        return Ok(Some(Planned::default()));
    };
    Ok(match next {
        Some(next) if moved => {
            offer.planned_to = next;
            Some(planned)
        }
        // The end, or another node is at it.
        _ => None,
    })
}

async fn audience(app: &App, offer: &Opened) -> db::Result<Vec<Reader>> {
    let text = either(
        "SELECT u.id, u.subscriber_id, s.revision, s.language, s.tier, u.paused_until, s.zone,
                s.quiet_from, s.quiet_to, s.weekly_budget, s.turn, s.spent_week, s.spent,
                ($2 = '[]' OR EXISTS (SELECT 1 FROM json_each($2) o CROSS JOIN subscription v
                  ON v.subscriber_id = s.id AND v.newsletter_id = o.value AND v.state = 1)) AS fits
           FROM subscription u JOIN subscriber s ON s.id = u.subscriber_id
          WHERE u.newsletter_id = $1 AND u.id > $3 AND u.state = 1 ORDER BY u.id LIMIT $4",
        "SELECT u.id, u.subscriber_id, s.revision, s.language, s.tier, u.paused_until, s.zone,
                s.quiet_from, s.quiet_to, s.weekly_budget, s.turn, s.spent_week, s.spent,
                ($2 = '[]'::jsonb OR EXISTS (SELECT 1 FROM jsonb_array_elements($2) o JOIN subscription v
                  ON v.subscriber_id = s.id AND v.newsletter_id = (o #>> '{}')::int8 AND v.state = 1)) AS fits
           FROM subscription u JOIN subscriber s ON s.id = u.subscriber_id
          WHERE u.newsletter_id = $1 AND u.id > $3 AND u.state = 1 ORDER BY u.id LIMIT $4",
    );
    let wanted: Vec<i64> = offer
        .detail
        .newsletters
        .iter()
        .filter_map(|slug| app.newsletter_ids.get(slug).copied())
        .collect();
    let mut conn = app.db.read().await?;
    conn.sql(text)
        .bind(offer.newsletter_id)
        .bind(Json(wanted))
        .bind(offer.planned_to)
        .bind(PAGE)
        .all()
        .await
}

type Row = (i64, String, i64, Option<i64>, i16, Option<i16>);

async fn write(tx: &mut db::Tx, offer: &Opened, rows: &[Row], now: i64) -> db::Result<u64> {
    tx.sql(either(
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, reason, attempts, provider_id)
         SELECT $2, o.value->>0, 0, c.id, o.value->>2, $3, $4, $5, o.value->>3, $5, o.value->>4, o.value->>5, 0,
                coalesce(d.provider_id, 0)
           FROM jsonb_each($1) o CROSS JOIN cohort c CROSS JOIN subscriber s
           LEFT JOIN provider_domain d ON d.domain = substr(s.email, instr(s.email, '@') + 1)
          WHERE c.issue_id = $2 AND c.mark = o.value->>1 AND s.id = o.value->>0
         ON CONFLICT DO NOTHING",
        "INSERT INTO message (issue_id, subscriber_id, n, cohort_id, preference_revision, scheduled_at, expires_at,
                planned_at, due_at, at, state, reason, attempts, provider_id)
         SELECT $2, (o->>0)::int8, 0, c.id, (o->>2)::int8, $3, $4, $5, (o->>3)::int8, $5, (o->>4)::int2,
                (o->>5)::int2, 0, coalesce(d.provider_id, 0)
           FROM jsonb_array_elements($1) o JOIN cohort c ON c.issue_id = $2 AND c.mark = o->>1
           JOIN subscriber s ON s.id = (o->>0)::int8
           LEFT JOIN provider_domain d ON d.domain = substr(s.email, strpos(s.email, '@') + 1)
         ON CONFLICT DO NOTHING",
    ))
    .bind(Json(rows))
    .bind(offer.issue_id)
    .bind(offer.detail.from)
    .bind(offer.detail.until)
    .bind(now)
    .run()
    .await
}
