//! Writing what subscribers ask for: the document's new revision, and the rows that planning reads, in one
//! transaction. One reader at a terminal and ten thousand of a file take the same way.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use sqlx::types::Json;

use super::follow::{Term, pack, term_ids};
use super::preference::{Preferences, Subscription, SubscriptionState, next_due};
use super::{EmailAddress, SuppressionReason};
use crate::config::{Cadence, Newsletter};
use crate::db::{self, Sql, Tx, either};
use crate::secret::Keys;

/// What the audience needs to know to write: the paper's newsletters and their numbers, and its keys.
#[derive(Clone, Copy)]
pub struct Paper<'a> {
    /// The paper's keys.
    pub keys: &'a Keys,
    /// The newsletters as configured.
    pub newsletters: &'a [Newsletter],
    /// Their ids, by slug.
    pub newsletter_ids: &'a HashMap<String, i64>,
}

impl Paper<'_> {
    /// The newsletter of this slug.
    pub fn newsletter(&self, slug: &str) -> Option<&Newsletter> {
        self.newsletters.iter().find(|n| n.slug == slug)
    }
}

/// A subscriber as the database holds them now.
#[derive(Clone, Debug)]
pub struct Known {
    /// The subscriber's number.
    pub id: i64,
    /// The newest revision of the preferences.
    pub revision: i64,
    /// The preferences.
    pub preferences: Preferences,
}

/// One subscriber to write.
#[derive(Clone)]
pub struct Change {
    /// The address, which names the subscriber.
    pub email: EmailAddress,
    /// Everything they ask for now.
    pub preferences: Preferences,
    /// What they consented to or withdrew with this change.
    pub consents: Vec<Consent>,
}

/// An act of consent or its end: never changed, never deleted while the subscriber is there.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The newsletter's slug.
    pub newsletter: String,
    /// What was done.
    pub act: ConsentAct,
    /// When, in UTC milliseconds.
    pub at: i64,
    /// Through what it was done: "command line", a file's name, a page.
    pub source: String,
    /// What shows it: the words agreed to, a record's number.
    pub evidence: Option<String>,
}

/// What a consent record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentAct {
    /// Asked for the newsletter.
    Joined = 1,
    /// Left it.
    Left = 2,
}

/// What is known of these addresses, by the hash of the address; and which of them are suppressed.
pub async fn known(
    sql: &mut impl Sql,
    keys: &[Vec<u8>],
) -> db::Result<(HashMap<Vec<u8>, Known>, HashMap<Vec<u8>, SuppressionReason>)> {
    let hex = Json(keys.iter().map(|k| to_hex(k)).collect::<Vec<_>>());
    let text = either(
        "SELECT s.email_key, s.id, s.revision, p.document FROM json_each($1) o
           CROSS JOIN subscriber s ON s.email_key = unhex(o.value)
           JOIN preference p ON p.subscriber_id = s.id AND p.revision = s.revision",
        "SELECT s.email_key, s.id, s.revision, p.document FROM jsonb_array_elements($1) o
           JOIN subscriber s ON s.email_key = decode(o #>> '{}', 'hex')
           JOIN preference p ON p.subscriber_id = s.id AND p.revision = s.revision",
    );
    let rows: Vec<(Vec<u8>, i64, i64, Json<Preferences>)> = sql.sql(text).bind(&hex).all().await?;
    let there = rows
        .into_iter()
        .map(|(key, id, revision, Json(preferences))| {
            (
                key,
                Known {
                    id,
                    revision,
                    preferences,
                },
            )
        });
    let there = there.collect();
    let text = either(
        "SELECT s.email_key, s.reason FROM json_each($1) o CROSS JOIN suppression s ON s.email_key = unhex(o.value)",
        "SELECT s.email_key, s.reason FROM jsonb_array_elements($1) o
           JOIN suppression s ON s.email_key = decode(o #>> '{}', 'hex')",
    );
    let rows: Vec<(Vec<u8>, i16)> = sql.sql(text).bind(&hex).all().await?;
    Ok((
        there,
        rows.into_iter()
            .map(|(key, reason)| (key, SuppressionReason::from_number(reason)))
            .collect(),
    ))
}

/// What a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The subscriber.
    pub subscriber_id: i64,
    /// The revision that holds from now on.
    pub revision: i64,
}

/// Writes these subscribers, each at most once in the list. What does not differ from what is known must not be here.
/// What each came to, in their order.
pub async fn store(
    tx: &mut Tx,
    paper: &Paper<'_>,
    changes: &[Change],
    now: Timestamp,
) -> db::Result<Vec<Stored>> {
    let (before, _) = known(tx, &keys(paper, changes)).await?;
    store_over(tx, paper, changes, &before, now).await
}

fn keys(paper: &Paper<'_>, changes: &[Change]) -> Vec<Vec<u8>> {
    let keys = changes.iter();
    keys.map(|c| paper.keys.address(&c.email.normal()))
        .collect()
}

/// The same where it is known what these subscribers asked for before.
pub(super) async fn store_over(
    tx: &mut Tx,
    paper: &Paper<'_>,
    changes: &[Change],
    before: &HashMap<Vec<u8>, Known>,
    now: Timestamp,
) -> db::Result<Vec<Stored>> {
    let keys = keys(paper, changes);
    let ids = write_subscribers(tx, changes, &keys, now).await?;

    let mut documents = Vec::new();
    let mut consents = Vec::new();
    for (change, key) in changes.iter().zip(&keys) {
        let (id, revision) = ids[key];
        documents.push((id, revision, now.as_millisecond(), &change.preferences));
        for c in &change.consents {
            let newsletter_id = paper.newsletter_ids.get(&c.newsletter);
            consents.push((
                id,
                newsletter_id,
                c.at,
                c.act as i16,
                &c.source,
                &c.evidence,
            ));
        }
    }
    tx.sql(either(
        "INSERT INTO preference (subscriber_id, revision, at, document)
         SELECT o.value->>0, o.value->>1, o.value->>2, o.value->3 FROM jsonb_each($1) o",
        "INSERT INTO preference (subscriber_id, revision, at, document)
         SELECT (o->>0)::int8, (o->>1)::int8, (o->>2)::int8, o->3 FROM jsonb_array_elements($1) o",
    ))
    .bind(Json(&documents))
    .run()
    .await?;
    if !consents.is_empty() {
        tx.sql(either(
        "INSERT INTO consent (subscriber_id, newsletter_id, at, act, source, evidence)
         SELECT o.value->>0, o.value->>1, o.value->>2, o.value->>3, o.value->>4, o.value->>5 FROM jsonb_each($1) o",
        "INSERT INTO consent (subscriber_id, newsletter_id, at, act, source, evidence)
         SELECT (o->>0)::int8, (o->>1)::int8, (o->>2)::int8, (o->>3)::int2, o->>4, o->>5
           FROM jsonb_array_elements($1) o",
    ))
    .bind(Json(&consents))
    .run()
    .await?;
    }
    write_subscriptions(tx, paper, changes, &keys, &ids, before, now).await?;
    let stored = keys.iter().map(|key| {
        let (subscriber_id, revision) = ids[key];
        Stored {
            subscriber_id,
            revision,
        }
    });
    Ok(stored.collect())
}

/// Upserts the subscriber rows; each one's id and new revision, by the hash of the address.
async fn write_subscribers(
    tx: &mut Tx,
    changes: &[Change],
    keys: &[Vec<u8>],
    now: Timestamp,
) -> db::Result<HashMap<Vec<u8>, (i64, i64)>> {
    let mut rows: Vec<_> = changes
        .iter()
        .zip(keys)
        .map(|(c, key)| {
            let p = &c.preferences;
            (
                to_hex(key),
                c.email.as_smtp(),
                &p.name,
                &p.language,
                &p.zone,
                p.tier as i16,
                p.weekly_budget,
                p.quiet.map(|q| q.from),
                p.quiet.map(|q| q.to),
            )
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let text = either(
        "INSERT INTO subscriber (email_key, email, name, language, zone, tier, weekly_budget, quiet_from, quiet_to,
                state, revision, created_at)
         SELECT unhex(o.value->>0), o.value->>1, o.value->>2, o.value->>3, o.value->>4, o.value->>5, o.value->>6,
                o.value->>7, o.value->>8, 1, 1, $2
           FROM jsonb_each($1) o WHERE TRUE
         ON CONFLICT (email_key) DO UPDATE SET name = excluded.name, language = excluded.language,
           zone = excluded.zone, tier = excluded.tier, weekly_budget = excluded.weekly_budget,
           quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, revision = subscriber.revision + 1
         RETURNING email_key, id, revision",
        "INSERT INTO subscriber (email_key, email, name, language, zone, tier, weekly_budget, quiet_from, quiet_to,
                state, revision, created_at)
         SELECT decode(o->>0, 'hex'), o->>1, o->>2, o->>3, o->>4, (o->>5)::int2, (o->>6)::int2, (o->>7)::int2,
                (o->>8)::int2, 1, 1, $2
           FROM jsonb_array_elements($1) o
         ON CONFLICT (email_key) DO UPDATE SET name = excluded.name, language = excluded.language,
           zone = excluded.zone, tier = excluded.tier, weekly_budget = excluded.weekly_budget,
           quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, revision = subscriber.revision + 1
         RETURNING email_key, id, revision",
    );
    let rows: Vec<(Vec<u8>, i64, i64)> = tx
        .sql(text)
        .bind(Json(&rows))
        .bind(now.as_millisecond())
        .all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(key, id, revision)| (key, (id, revision)))
        .collect())
}

/// `next_due_at` of a subscription that goes on as it was.
const KEEP: i64 = -1;

/// The rows that follow from what changed.
#[derive(Default)]
struct Derived<'a> {
    subscriptions: Vec<SubscriptionRow<'a>>,
    /// Subscriber and newsletter, where it comes at once or did.
    instant: Vec<(i64, &'a i64)>,
    follows: Vec<(i64, &'a i64, i64)>,
}

/// In the order of the statement's columns.
type SubscriptionRow<'a> = (
    &'a i64,
    i64,
    i16,
    i16,
    Option<i16>,
    Option<u8>,
    Option<i64>,
    i64,
    Option<i64>,
    String,
    bool,
);

impl<'a> Derived<'a> {
    /// Adds what `subscriber_id` asks for now where it differs from before.
    fn add(
        &mut self,
        paper: &Paper<'a>,
        subscriber_id: i64,
        old: Option<&Preferences>,
        new: &Preferences,
        term_of: &HashMap<&Term, i64>,
        now: Timestamp,
    ) {
        let clock = |p: &Preferences| (p.zone.clone(), p.quiet, p.weekly_budget);
        let same_clock = old.is_some_and(|o| clock(o) == clock(new));
        for (slug, s) in &new.subscriptions {
            let Some(newsletter_id) = paper.newsletter_ids.get(slug) else {
                continue;
            };
            let was = old.and_then(|o| o.subscriptions.get(slug));
            if was == Some(s) && same_clock {
                continue;
            }
            let rhythm =
                |s: &Subscription| (s.state, s.cadence, s.at_minute, s.days, s.paused_until);
            let due = if same_clock && was.map(rhythm) == Some(rhythm(s)) {
                Some(KEEP)
            } else {
                let due = match paper.newsletter(slug) {
                    Some(newsletter) => next_due(newsletter, s, new, now),
                    // The paper has no file of it: it is looked at as soon as there is one again.
                    None => (s.state == SubscriptionState::Active && s.cadence != Cadence::Instant)
                        .then_some(now),
                };
                due.map(Timestamp::as_millisecond)
            };
            let of = |terms: &BTreeSet<Term>| terms.iter().map(|t| term_of[t]).collect::<Vec<_>>();
            let (wanted, muted) = (of(&s.follows), of(&s.mutes));
            let packed = to_hex(&pack(&wanted, &muted));
            self.subscriptions.push((
                newsletter_id,
                subscriber_id,
                s.state as i16,
                s.cadence.as_i16(),
                s.at_minute,
                s.days,
                s.paused_until,
                s.joined_at,
                due,
                packed,
                s.only_followed,
            ));
            let is_instant = |s: &Subscription| s.cadence == Cadence::Instant;
            if is_instant(s) || was.is_some_and(is_instant) {
                self.instant.push((subscriber_id, newsletter_id));
            }
            if is_instant(s) {
                let terms = wanted.into_iter();
                self.follows
                    .extend(terms.map(|term| (subscriber_id, newsletter_id, term)));
            }
        }
    }
}

async fn write_subscriptions(
    tx: &mut Tx,
    paper: &Paper<'_>,
    changes: &[Change],
    keys: &[Vec<u8>],
    ids: &HashMap<Vec<u8>, (i64, i64)>,
    before: &HashMap<Vec<u8>, Known>,
    now: Timestamp,
) -> db::Result<()> {
    let all: BTreeSet<&Term> = changes
        .iter()
        .flat_map(|c| c.preferences.subscriptions.values())
        .flat_map(|s| s.follows.iter().chain(&s.mutes))
        .collect();
    let all: Vec<Term> = all.into_iter().cloned().collect();
    let found = term_ids(tx, &all).await?;
    let term_of: HashMap<&Term, i64> = all.iter().zip(found).collect();
    let mut derived = Derived::default();
    for (change, key) in changes.iter().zip(keys) {
        let old = before.get(key).map(|k| &k.preferences);
        derived.add(paper, ids[key].0, old, &change.preferences, &term_of, now);
    }
    derived.write(tx, now).await
}

impl Derived<'_> {
    /// What waits for an instant reader is looked at anew, by what they ask for now.
    async fn write(self, tx: &mut Tx, now: Timestamp) -> db::Result<()> {
        let (rows, instant, follows) = (self.subscriptions, self.instant, self.follows);
        if rows.is_empty() {
            return Ok(());
        }
        tx.sql(either(
            "INSERT INTO subscription (newsletter_id, subscriber_id, state, cadence, at_minute, days, paused_until,
                    joined_at, next_due_at, follows, only_followed)
             SELECT o.value->>0, o.value->>1, o.value->>2, o.value->>3, o.value->>4, o.value->>5, o.value->>6,
                    o.value->>7, o.value->>8, unhex(o.value->>9), o.value->>10 FROM jsonb_each($1) o WHERE TRUE
             ON CONFLICT (subscriber_id, newsletter_id) DO UPDATE SET state = excluded.state, cadence = excluded.cadence,
                    at_minute = excluded.at_minute, days = excluded.days, paused_until = excluded.paused_until,
                    joined_at = excluded.joined_at, follows = excluded.follows, only_followed = excluded.only_followed,
                    next_due_at =
                    CASE WHEN excluded.next_due_at = -1 THEN subscription.next_due_at
                         WHEN excluded.cadence = 4 AND excluded.state = 1 AND subscription.held_since IS NOT NULL THEN $2
                         ELSE excluded.next_due_at END",
            "INSERT INTO subscription (newsletter_id, subscriber_id, state, cadence, at_minute, days, paused_until,
                    joined_at, next_due_at, follows, only_followed)
             SELECT (o->>0)::int8, (o->>1)::int8, (o->>2)::int2, (o->>3)::int2, (o->>4)::int2, (o->>5)::int2,
                    (o->>6)::int8, (o->>7)::int8, (o->>8)::int8, decode(o->>9, 'hex'), (o->>10)::bool
               FROM jsonb_array_elements($1) o
             ON CONFLICT (subscriber_id, newsletter_id) DO UPDATE SET state = excluded.state, cadence = excluded.cadence,
                    at_minute = excluded.at_minute, days = excluded.days, paused_until = excluded.paused_until,
                    joined_at = excluded.joined_at, follows = excluded.follows, only_followed = excluded.only_followed,
                    next_due_at =
                    CASE WHEN excluded.next_due_at = -1 THEN subscription.next_due_at
                         WHEN excluded.cadence = 4 AND excluded.state = 1 AND subscription.held_since IS NOT NULL THEN $2
                         ELSE excluded.next_due_at END",
        ))
        .bind(Json(&rows))
        .bind(now.as_millisecond())
        .run()
        .await?;
        if instant.is_empty() {
            return Ok(());
        }
        tx.sql(either(
            "DELETE FROM follow WHERE subscription_id IN (SELECT s.id FROM jsonb_each($1) o CROSS JOIN subscription s
              ON s.subscriber_id = o.value->>0 AND s.newsletter_id = o.value->>1)",
            "DELETE FROM follow WHERE subscription_id IN (SELECT s.id FROM jsonb_array_elements($1) o
              JOIN subscription s ON s.subscriber_id = (o->>0)::int8 AND s.newsletter_id = (o->>1)::int8)",
        ))
        .bind(Json(&instant))
        .run()
        .await?;
        tx.sql(either(
            "INSERT INTO follow (term_id, newsletter_id, subscription_id) SELECT o.value->>2, s.newsletter_id, s.id
               FROM jsonb_each($1) o CROSS JOIN subscription s ON s.subscriber_id = o.value->>0
                AND s.newsletter_id = o.value->>1 WHERE TRUE ON CONFLICT DO NOTHING",
            "INSERT INTO follow (term_id, newsletter_id, subscription_id) SELECT (o->>2)::int8, s.newsletter_id, s.id
               FROM jsonb_array_elements($1) o JOIN subscription s ON s.subscriber_id = (o->>0)::int8
                AND s.newsletter_id = (o->>1)::int8 ON CONFLICT DO NOTHING",
        ))
        .bind(Json(&follows))
        .run()
        .await?;
        Ok(())
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, b| {
            write!(hex, "{b:02x}").expect("a String takes all that is written to it");
            hex
        })
}
