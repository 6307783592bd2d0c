//! One page of lines: what becomes of each, and one transaction that writes it.
//!
//! What a line does depends on what the database knows of its reader and on what earlier lines of the file said
//! (`seen`), never on where a page ends. So a dry run tells just what an import does, and one that was killed goes on
//! when it is started again: what is written already is as it should be.

use std::collections::HashMap;

use jiff::Timestamp;

use super::column::Role;
use super::line::{Reject, Row};
use super::onto::onto_now;
use super::seen::{Claim, Seen};
use super::standing::Standing;
use super::table::Columns;
use super::{Fate, Told};
use crate::audience::act::Act;
use crate::audience::preference::{Preferences, Subscription, SubscriptionState};
use crate::audience::record::record;
use crate::audience::store::{Change, Consent, ConsentAct, Known, Paper, known, store_over};
use crate::audience::{EmailAddress, SuppressionReason, suppress};
use crate::db::{self, Db};

/// What a whole import writes with.
pub(super) struct Writer<'a> {
    pub(super) db: &'a Db,
    pub(super) paper: &'a Paper<'a>,
    pub(super) columns: &'a Columns,
    pub(super) source: &'a str,
    /// What the record of each reader says it came through.
    pub(super) through: String,
    pub(super) now: Timestamp,
    pub(super) dry_run: bool,
    pub(super) seen: Seen,
    /// Readers that were added to no newsletter.
    pub(super) without_newsletter: u64,
}

/// A reader of the page, as the lines so far leave them.
struct Reader {
    email: EmailAddress,
    known: bool,
    before: Preferences,
    after: Preferences,
    consents: Vec<Consent>,
    /// Whether any line of the page is of a reader who gets, or got, a newsletter.
    taken: bool,
}

struct Suppressed {
    key: Vec<u8>,
    reason: SuppressionReason,
    note: Option<String>,
    at: Timestamp,
}

impl Writer<'_> {
    /// Deals with these lines; what became of each, in their order.
    pub(super) async fn write(&mut self, rows: Vec<Result<Row, Reject>>) -> db::Result<Vec<Told>> {
        let keys: Vec<Vec<u8>> = rows.iter().flatten().map(|row| row.key.clone()).collect();
        let (there, barred) = known(&mut self.db.read().await?, &keys).await?;
        let mut readers: HashMap<Vec<u8>, Reader> = HashMap::new();
        let mut order = Vec::new();
        let mut suppressed = Vec::new();
        let mut told = Vec::with_capacity(rows.len());
        for row in rows {
            told.push(match row {
                Err(reject) => Told::refused(reject),
                Ok(row) => {
                    let reader = readers.entry(row.key.clone()).or_insert_with(|| {
                        order.push(row.key.clone());
                        Reader::new(row.email.clone(), there.get(&row.key))
                    });
                    self.settle(row, reader, &barred, &mut suppressed)
                }
            });
        }
        let changes: Vec<Change> = order
            .into_iter()
            .filter_map(|key| readers.remove(&key)?.change())
            .collect();
        let nothing = changes.is_empty() && suppressed.is_empty();
        if !(self.dry_run || nothing) {
            db::again(async || {
                let mut tx = self.db.begin().await?;
                for s in &suppressed {
                    let note = s.note.as_deref();
                    suppress(&mut tx, &s.key, s.reason, self.source, note, s.at).await?;
                }
                if !changes.is_empty() {
                    let now = onto_now(&mut tx, self.paper, &changes, &there).await?;
                    let (changes, before) = match &now {
                        Some(now) => (&now.changes, &now.before),
                        None => (&changes, &there),
                    };
                    let stored = store_over(&mut tx, self.paper, changes, before, self.now).await?;
                    let (act, through) = (Act::Imported, &self.through);
                    record(&mut tx, &stored, act, through, self.now).await?;
                }
                tx.commit().await
            })
            .await?;
        }
        Ok(told)
    }

    fn settle(
        &mut self,
        row: Row,
        reader: &mut Reader,
        barred: &HashMap<Vec<u8>, SuppressionReason>,
        suppressed: &mut Vec<Suppressed>,
    ) -> Told {
        let claim = self.seen.find(&row.key);
        let told = |fate, why: String| Told::new(row.line, fate, why);
        if let Some(claim) = claim.filter(|c| c.is(Claim::SUPPRESSED)) {
            return Told::repeats(row.line, claim.line);
        }
        let because = || row.consent.because.clone();
        if let Some(reason) = row.consent.standing.suppression() {
            self.seen.claim(&row.key, row.line, Claim::SUPPRESSED, &[]);
            if barred.contains_key(&row.key) {
                return told(Fate::Unchanged, "was suppressed already".into());
            }
            let at = row.consent.ended_at.unwrap_or(self.now);
            let key = row.key.clone();
            let why = because();
            suppressed.push(Suppressed {
                key,
                reason,
                note: Some(why.clone()),
                at,
            });
            return told(Fate::Suppressed, format!("{why}: {reason}"));
        }
        if row.consent.standing == Standing::Unconfirmed {
            return told(Fate::Unconfirmed, because());
        }
        if let Some(reason) = barred.get(&row.key) {
            if row.consent.standing == Standing::Unsubscribed {
                return told(Fate::Unchanged, "was suppressed already".into());
            }
            return Told::refused(Reject {
                line: row.line,
                field: self
                    .columns
                    .name(self.columns.of(Role::Email)[0])
                    .to_owned(),
                reason: format!("is suppressed: {reason}"),
            });
        }
        if row.consent.standing == Standing::Unsubscribed {
            self.leave(row, reader, claim)
        } else {
            self.join(row, reader, claim)
        }
    }

    /// A reader who wants these newsletters no more. Whichever line says so, it holds.
    fn leave(&mut self, row: Row, reader: &mut Reader, claim: Option<Claim>) -> Told {
        let at: Vec<usize> = row.places.iter().map(|(n, _)| *n).collect();
        let new = self.seen.claim(&row.key, row.line, Claim::LEFT, &at);
        if let Some(claim) = claim.filter(|c| c.is(Claim::LEFT) && new.is_empty()) {
            return Told::repeats(row.line, claim.line);
        }
        reader.lay_over(&row, claim.is_none());
        let ended_at = row.consent.ended_at.unwrap_or(self.now).as_millisecond();
        let mut left = Vec::new();
        for (n, mut place) in row.places {
            let slug = &self.paper.newsletters[n].slug;
            let record = |act, at| Consent {
                newsletter: slug.clone(),
                act,
                at,
                source: self.source.to_owned(),
                evidence: row.consent.evidence.clone(),
            };
            match reader.after.subscriptions.get_mut(slug) {
                Some(s) if s.state == SubscriptionState::Left => continue,
                Some(s) => s.state = SubscriptionState::Left,
                None => {
                    if row.consent.at.is_some() {
                        reader
                            .consents
                            .push(record(ConsentAct::Joined, place.joined_at));
                    }
                    place.state = SubscriptionState::Left;
                    reader.after.subscriptions.insert(slug.clone(), place);
                }
            }
            reader.consents.push(record(ConsentAct::Left, ended_at));
            left.push(slug.as_str());
        }
        let mut why = vec![row.consent.because];
        why.extend(row.notes);
        if left.is_empty() {
            why.push("has left already".into());
            return Told::new(row.line, Fate::Unchanged, why.join("; "));
        }
        why.push(format!("not on {}", left.join(", ")));
        Told::new(row.line, Fate::Unsubscribed, why.join("; "))
    }

    /// A reader who gets these newsletters. Of several lines the first holds; a later one adds what none named before.
    fn join(&mut self, mut row: Row, reader: &mut Reader, claim: Option<Claim>) -> Told {
        let at: Vec<usize> = row.places.iter().map(|(n, _)| *n).collect();
        let new = self.seen.claim(&row.key, row.line, 0, &at);
        if let Some(claim) = claim {
            if new.is_empty() {
                return Told::repeats(row.line, claim.line);
            }
            row.places.retain(|(n, _)| new.contains(n));
        }
        let before = reader.after.clone();
        reader.lay_over(&row, claim.is_none());
        let (mut joined, mut stays_left) = (Vec::new(), Vec::new());
        for (n, place) in row.places {
            let slug = &self.paper.newsletters[n].slug;
            match reader.after.subscriptions.get_mut(slug) {
                // A file does not bring back who has left.
                Some(old) if old.state == SubscriptionState::Left => stays_left.push(slug.as_str()),
                Some(old) => self.renew(old, place),
                None => {
                    reader.consents.push(Consent {
                        newsletter: slug.clone(),
                        act: ConsentAct::Joined,
                        at: place.joined_at,
                        source: self.source.to_owned(),
                        evidence: row.consent.evidence.clone(),
                    });
                    reader.after.subscriptions.insert(slug.clone(), place);
                    joined.push(slug.as_str());
                }
            }
        }
        let mut why = row.notes;
        if !joined.is_empty() {
            why.push(format!("joins {}", joined.join(", ")));
        }
        if !stays_left.is_empty() {
            why.push(format!("has left {}, and stays so", stays_left.join(", ")));
        }
        if let Some(claim) = claim {
            why.push(format!("goes on from line {}", claim.line));
            return Told {
                of: Some(claim.line),
                ..Told::new(row.line, Fate::Continued, why.join("; "))
            };
        }
        let fate = if !reader.known {
            if reader.after.subscriptions.is_empty() {
                why.push("on no newsletter, so no mail comes".into());
                self.without_newsletter += 1;
            }
            Fate::Added
        } else if before == reader.after {
            Fate::Unchanged
        } else {
            let fields = differences(&before, &reader.after);
            if !fields.is_empty() {
                why.push(format!("new: {}", fields.join(", ")));
            }
            Fate::Changed
        };
        Told::new(row.line, fate, why.join("; "))
    }

    /// Lays what a line says over a place that is there: the day it began stays, and so does what the file has no column
    /// for.
    fn renew(&self, old: &mut Subscription, new: Subscription) {
        let says = |role| self.columns.has(role);
        if says(Role::Cadence) {
            old.cadence = new.cadence;
        }
        if says(Role::Hour) {
            old.at_minute = new.at_minute;
        }
        if says(Role::Days) {
            old.days = new.days;
        }
        if says(Role::OnlyFollowed) {
            old.only_followed = new.only_followed;
        }
        if says(Role::Follows) {
            old.follows = new.follows;
        } else {
            // From tags, which say what to add.
            old.follows.extend(new.follows);
        }
        if says(Role::Mutes) {
            old.mutes = new.mutes;
        }
    }
}

/// What of a reader's own differs, apart from who gets what.
fn differences(before: &Preferences, after: &Preferences) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("language", before.language != after.language),
        ("zone", before.zone != after.zone),
        ("tier", before.tier != after.tier),
        ("quiet hours", before.quiet != after.quiet),
        ("weekly budget", before.weekly_budget != after.weekly_budget),
        (
            "subscriptions",
            before
                .subscriptions
                .iter()
                .any(|(slug, s)| after.subscriptions.get(slug) != Some(s)),
        ),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(field, _)| field)
    .collect()
}

impl Reader {
    fn new(email: EmailAddress, known: Option<&Known>) -> Reader {
        let before = known.map(|k| k.preferences.clone()).unwrap_or_default();
        Reader {
            email,
            known: known.is_some(),
            after: before.clone(),
            before,
            consents: Vec::new(),
            taken: false,
        }
    }

    /// Takes what the line says of the person; a later line of the file only fills what is still empty.
    fn lay_over(&mut self, row: &Row, first: bool) {
        let p = &mut self.after;
        if let Some(name) = row.name.as_ref().filter(|_| first || p.name.is_empty()) {
            p.name.clone_from(name);
        }
        if row.language.is_some() && (first || p.language.is_none()) {
            p.language.clone_from(&row.language);
        }
        if row.zone.is_some() && (first || p.zone.is_none()) {
            p.zone.clone_from(&row.zone);
        }
        if let Some(tier) = row.tier.filter(|_| first) {
            p.tier = tier;
        }
        if row.quiet.is_some() && (first || p.quiet.is_none()) {
            p.quiet = row.quiet;
        }
        if row.weekly_budget.is_some() && (first || p.weekly_budget.is_none()) {
            p.weekly_budget = row.weekly_budget;
        }
        self.taken = true;
    }

    /// What is to be written, if anything is.
    fn change(self) -> Option<Change> {
        (self.taken && !(self.known && self.before == self.after)).then_some(Change {
            email: self.email,
            preferences: self.after,
            consents: self.consents,
        })
    }
}

/// A record for each newsletter that is new in `after`.
pub fn joined(before: Option<&Preferences>, after: &Preferences, source: &str) -> Vec<Consent> {
    let active = |p: &Preferences, slug: &str| {
        p.subscriptions
            .get(slug)
            .is_some_and(|s| s.state == SubscriptionState::Active)
    };
    after
        .subscriptions
        .iter()
        .filter(|(slug, _)| active(after, slug) && !before.is_some_and(|b| active(b, slug)))
        .map(|(slug, s)| Consent {
            newsletter: slug.clone(),
            act: ConsentAct::Joined,
            at: s.joined_at,
            source: source.to_owned(),
            evidence: None,
        })
        .collect()
}
