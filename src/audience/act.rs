//! One act of a reader: the edit, its new revision, and the record of who did what, when, from where and through what.
//! All of it is one short transaction of the caller's.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sqlx::types::Json;

use super::edit::{Edit, Refusal, is_active};
use super::preference::Preferences;
use super::record::act_of;
use super::standing::{Standing, lock, lock_all};
use super::store::{Change, Consent, ConsentAct, Known, Paper, store_over};
use super::undo::undone;
use super::{EmailAddress, preferences_at};
use crate::clock::from_millis;
use crate::db::{self, Sql, Tx, either};

/// How long an act can be undone.
pub const UNDO_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long a reader who asked to be forgotten can think better of it.
pub const ERASE_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Through what an act was done, as the record keeps it.
#[derive(Clone, Copy, Debug)]
pub struct How<'a> {
    /// By which way in: "preferences page, by a fresh link".
    pub source: &'a str,
    /// The network it came from, cut so that it names no one machine.
    pub network: Option<&'a str>,
    /// What the reader had before their eyes as they did it.
    pub shown: Option<&'a str>,
}

/// What was done. The numbers are kept in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Joined a newsletter.
    Joined = 1,
    /// Left one.
    Left = 2,
    /// Chose when one comes.
    When = 3,
    /// Followed something.
    Followed = 4,
    /// Muted something.
    Muted = 5,
    /// Neither any more.
    Forgot = 6,
    /// Chose how many mails a week there may be.
    Budget = 7,
    /// Paused one newsletter or all.
    Paused = 8,
    /// Ended a pause.
    Resumed = 9,
    /// Chose offers.
    Offers = 10,
    /// Chose notices.
    Notices = 11,
    /// Chose a language.
    Language = 12,
    /// Gave a name.
    Name = 13,
    /// Left everything.
    LeftAll = 14,
    /// Asked to be forgotten.
    Erase = 15,
    /// Took back an act.
    Undid = 16,
    /// Had it changed at the paper.
    Set = 17,
    /// Stood in a file that the paper took in.
    Imported = 18,
    /// Chose whether a newsletter brings only what is followed.
    OnlyFollowed = 19,
}

impl Act {
    /// Every one, in the order of its number.
    pub const ALL: [Act; 19] = [
        Act::Joined,
        Act::Left,
        Act::When,
        Act::Followed,
        Act::Muted,
        Act::Forgot,
        Act::Budget,
        Act::Paused,
        Act::Resumed,
        Act::Offers,
        Act::Notices,
        Act::Language,
        Act::Name,
        Act::LeftAll,
        Act::Erase,
        Act::Undid,
        Act::Set,
        Act::Imported,
        Act::OnlyFollowed,
    ];

    /// The one behind a number of the database.
    pub fn from_number(number: i16) -> Option<Act> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        Act::ALL.get(at).copied()
    }

    /// What was done, for people.
    pub fn word(self) -> &'static str {
        match self {
            Act::Joined => "joined",
            Act::Left => "left",
            Act::When => "chose when it comes",
            Act::Followed => "followed",
            Act::Muted => "muted",
            Act::Forgot => "took away",
            Act::Budget => "chose a limit",
            Act::Paused => "paused",
            Act::Resumed => "ended a pause",
            Act::Offers => "chose offers",
            Act::Notices => "chose notices",
            Act::Language => "chose a language",
            Act::Name => "gave a name",
            Act::LeftAll => "left everything",
            Act::Erase => "asked to be forgotten",
            Act::Undid => "undid",
            Act::Set => "had it changed",
            Act::Imported => "was imported",
            Act::OnlyFollowed => "chose which stories it brings",
        }
    }

    fn of(edit: &Edit) -> Act {
        match edit {
            Edit::Join(_) => Act::Joined,
            Edit::Leave(_) => Act::Left,
            Edit::When(..) => Act::When,
            Edit::Follow(..) => Act::Followed,
            Edit::Mute(..) => Act::Muted,
            Edit::Forget(..) => Act::Forgot,
            Edit::OnlyFollowed(..) => Act::OnlyFollowed,
            Edit::Budget(_) => Act::Budget,
            Edit::Pause(..) => Act::Paused,
            Edit::Resume(_) => Act::Resumed,
            Edit::Offers(_) => Act::Offers,
            Edit::Notices(..) => Act::Notices,
            Edit::Language(_) => Act::Language,
            Edit::Name(_) => Act::Name,
            Edit::LeaveAll => Act::LeftAll,
            Edit::Erase => Act::Erase,
        }
    }

    /// Whether a link that came with a newsletter may take it back.
    pub fn is_limited(self) -> bool {
        matches!(
            self,
            Act::Joined
                | Act::Left
                | Act::When
                | Act::OnlyFollowed
                | Act::Paused
                | Act::Resumed
                | Act::Offers
                | Act::LeftAll
        )
    }
}

/// What came of an act.
#[derive(Clone, Debug)]
pub struct Done {
    /// The reader.
    pub subscriber_id: i64,
    /// Where their mail goes.
    pub email: EmailAddress,
    /// The revision that holds now.
    pub revision: i64,
    /// What was asked for before.
    pub before: Preferences,
    /// What is asked for now; the same where there was nothing to change.
    pub after: Preferences,
    /// Whether there is a new revision.
    pub is_new: bool,
    /// Whether the erasure that the reader had asked for is off by this.
    pub spares: bool,
}

impl Done {
    fn changed(&self) -> bool {
        self.before != self.after
    }

    /// The slugs of what the reader got before and does not get now.
    pub fn left(&self) -> Vec<&str> {
        let slugs = self.before.subscriptions.keys().map(String::as_str);
        slugs
            .filter(|slug| is_active(&self.before, slug) && !is_active(&self.after, slug))
            .collect()
    }
}

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// It cannot be meant; what was typed is to be mended.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such reader: erased since the link was made.
    #[error("there is no such reader")]
    Gone,
    /// It would call off an erasure, by a link that may have been forwarded.
    #[error("only a fresh link calls an erasure off")]
    Spares,
    /// It was done too long ago, or all of it has been changed since.
    #[error("there is nothing left to undo")]
    NothingToUndo,
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Does `edit` for a reader. `seen` is the revision that their page showed; none where they saw what holds now.
pub async fn act(
    tx: &mut Tx,
    paper: &Paper<'_>,
    subscriber_id: i64,
    seen: Option<i64>,
    edit: &Edit,
    how: &How<'_>,
    now: Timestamp,
) -> Result<Done, ActError> {
    let locked = lock(tx, subscriber_id).await?.ok_or(ActError::Gone)?;
    let seen = match seen.filter(|seen| *seen != locked.revision) {
        Some(seen) => preferences_at(tx, subscriber_id, seen).await?,
        None => None,
    };
    let revised = edited(paper, subscriber_id, locked, seen.as_ref(), edit, how, now)?;
    Ok(write(tx, paper, vec![revised], now).await?.remove(0))
}

/// Does what several readers wish, each once in the list, by what holds now; what came of it. What cannot be meant, and who is
/// erased, has no part in that.
pub async fn act_all(
    tx: &mut Tx,
    paper: &Paper<'_>,
    wishes: &[(i64, Edit, How<'_>)],
    now: Timestamp,
) -> db::Result<Vec<Done>> {
    let ids: Vec<i64> = wishes.iter().map(|(id, ..)| *id).collect();
    let mut locked = lock_all(tx, &ids).await?;
    let revised = wishes.iter().filter_map(|(id, edit, how)| {
        let locked = locked.remove(id)?;
        edited(paper, *id, locked, None, edit, how, now).ok()
    });
    let revised = revised.collect();
    write(tx, paper, revised, now).await
}

/// What `edit` makes of a reader whose page showed `seen`; none where they saw what holds now.
fn edited<'a>(
    paper: &Paper<'_>,
    subscriber_id: i64,
    locked: Standing,
    seen: Option<&Preferences>,
    edit: &Edit,
    how: &How<'a>,
    now: Timestamp,
) -> Result<Revised<'a>, Refusal> {
    let after = edit.apply(
        paper,
        seen.unwrap_or(&locked.preferences),
        &locked.preferences,
        now,
    )?;
    let row = Row {
        act: Act::of(edit),
        newsletter_id: edit
            .newsletter()
            .and_then(|slug| paper.newsletter_ids.get(slug).copied()),
        detail: match edit {
            Edit::Follow(_, term) | Edit::Mute(_, term) | Edit::Forget(_, term) => {
                Some(term.to_string())
            }
            _ => None,
        },
        undoes: None,
    };
    let erase_at = match edit {
        Edit::Erase => Some(
            locked
                .erase_at
                .unwrap_or((now + ERASE_AFTER).as_millisecond()),
        ),
        // Who wants mail again does not want to be forgotten.
        _ => locked.erase_at.filter(|_| !any_active(&after)),
    };
    Ok(Revised {
        subscriber_id,
        locked,
        after,
        erase_at,
        row,
        how: *how,
    })
}

/// Takes back what `revision` changed, as far as nothing has changed it since.
pub async fn undo(
    tx: &mut Tx,
    paper: &Paper<'_>,
    subscriber_id: i64,
    revision: i64,
    how: &How<'_>,
    now: Timestamp,
) -> Result<Done, ActError> {
    let locked = lock(tx, subscriber_id).await?.ok_or(ActError::Gone)?;
    let at: Option<(i64,)> = tx
        .sql("SELECT at FROM preference WHERE subscriber_id = $1 AND revision = $2")
        .bind(subscriber_id)
        .bind(revision)
        .first()
        .await?;
    let fresh = at.is_some_and(|(at,)| from_millis(at) + UNDO_FOR > now);
    let before = preferences_at(tx, subscriber_id, revision - 1).await?;
    let after = preferences_at(tx, subscriber_id, revision).await?;
    let calls_off =
        act_of(tx, subscriber_id, revision).await? == Some(Act::Erase) && locked.erase_at.is_some();
    let back = match (before, after) {
        (Some(before), Some(after)) if fresh => undone(&before, &after, &locked.preferences)
            // Who got nothing anyway is only not erased.
            .or_else(|| calls_off.then(|| locked.preferences.clone())),
        _ => None,
    };
    let back = back.ok_or(ActError::NothingToUndo)?;
    let row = Row {
        act: Act::Undid,
        newsletter_id: None,
        detail: None,
        undoes: Some(revision),
    };
    let erase_at = locked.erase_at.filter(|_| !calls_off && !any_active(&back));
    let revised = Revised {
        subscriber_id,
        locked,
        after: back,
        erase_at,
        row,
        how: *how,
    };
    Ok(write(tx, paper, vec![revised], now).await?.remove(0))
}

fn any_active(p: &Preferences) -> bool {
    p.subscriptions.keys().any(|slug| is_active(p, slug))
}

/// What the record of an act holds beside [`How`].
struct Row {
    act: Act,
    newsletter_id: Option<i64>,
    detail: Option<String>,
    undoes: Option<i64>,
}

/// A reader, and what they will be from now on.
struct Revised<'a> {
    subscriber_id: i64,
    locked: Standing,
    after: Preferences,
    erase_at: Option<i64>,
    row: Row,
    how: How<'a>,
}

/// Writes these readers, each once in the list, with the record of what each did.
async fn write(
    tx: &mut Tx,
    paper: &Paper<'_>,
    all: Vec<Revised<'_>>,
    now: Timestamp,
) -> db::Result<Vec<Done>> {
    let mut done = Vec::with_capacity(all.len());
    let (mut changes, mut before) = (Vec::new(), HashMap::new());
    let (mut of_changes, mut erasures) = (Vec::new(), Vec::new());
    for revised in all {
        let Revised { locked, row, .. } = revised;
        if locked.erase_at != revised.erase_at {
            erasures.push((revised.subscriber_id, revised.erase_at));
        }
        // To ask to be forgotten, or no longer, is an act even of who gets nothing.
        let asks = match row.act {
            Act::Erase => locked.erase_at.is_none(),
            Act::Undid => locked.erase_at.is_some(),
            _ => false,
        };
        let mut one = Done {
            subscriber_id: revised.subscriber_id,
            email: locked.email,
            revision: locked.revision,
            before: locked.preferences,
            after: revised.after,
            is_new: false,
            spares: locked.erase_at.is_some() && revised.erase_at.is_none(),
        };
        one.is_new = one.changed() || asks;
        if one.is_new {
            let known = Known {
                id: one.subscriber_id,
                revision: one.revision,
                preferences: one.before.clone(),
            };
            before.insert(paper.keys.address(&one.email.normal()), known);
            changes.push(Change {
                email: one.email.clone(),
                preferences: one.after.clone(),
                consents: consents(&one, &revised.how, now),
            });
            of_changes.push((done.len(), row, revised.how));
        }
        done.push(one);
    }
    if !changes.is_empty() {
        let stored = store_over(tx, paper, &changes, &before, now).await?;
        let mut acts = Vec::with_capacity(stored.len());
        for ((at, row, how), stored) in of_changes.into_iter().zip(stored) {
            done[at].revision = stored.revision;
            acts.push((
                stored.subscriber_id,
                stored.revision,
                row.act as i16,
                row.newsletter_id,
                row.detail,
                (how.source, how.network, how.shown),
                row.undoes,
            ));
        }
        keep_acts(tx, Json(acts), now).await?;
    }
    for (subscriber_id, at) in erasures {
        tx.sql("UPDATE subscriber SET erase_at = $2 WHERE id = $1")
            .bind(subscriber_id)
            .bind(at)
            .run()
            .await?;
    }
    Ok(done)
}

/// Subscriber, revision, act, newsletter, detail, how, and what it undoes.
type ActRow<'a> = (
    i64,
    i64,
    i16,
    Option<i64>,
    Option<String>,
    (&'a str, Option<&'a str>, Option<&'a str>),
    Option<i64>,
);

async fn keep_acts(tx: &mut Tx, acts: Json<Vec<ActRow<'_>>>, now: Timestamp) -> db::Result<()> {
    tx.sql(either(
        "INSERT INTO preference_act
                (subscriber_id, revision, at, act, newsletter_id, detail, source, network, shown, undoes)
         SELECT o.value->>0, o.value->>1, $2, o.value->>2, o.value->>3, o.value->>4, o.value->5->>0, o.value->5->>1,
                o.value->5->>2, o.value->>6 FROM jsonb_each($1) o",
        "INSERT INTO preference_act
                (subscriber_id, revision, at, act, newsletter_id, detail, source, network, shown, undoes)
         SELECT (o->>0)::int8, (o->>1)::int8, $2, (o->>2)::int2, (o->>3)::int8, o->>4, o->5->>0, o->5->>1,
                o->5->>2, (o->>6)::int8 FROM jsonb_array_elements($1) o",
    ))
    .bind(acts)
    .bind(now.as_millisecond())
    .run()
    .await?;
    Ok(())
}

/// What was consented to or withdrawn on the way from one to the other.
fn consents(done: &Done, how: &How<'_>, now: Timestamp) -> Vec<Consent> {
    let slugs = done.after.subscriptions.keys();
    let changed = slugs.filter_map(|slug| {
        let act = match (is_active(&done.before, slug), is_active(&done.after, slug)) {
            (false, true) => ConsentAct::Joined,
            (true, false) => ConsentAct::Left,
            _ => return None,
        };
        Some(Consent {
            newsletter: slug.clone(),
            act,
            at: now.as_millisecond(),
            source: match how.network {
                Some(network) => format!("{}, from {network}", how.source),
                None => how.source.to_owned(),
            },
            evidence: how.shown.map(str::to_owned),
        })
    });
    changed.collect()
}
