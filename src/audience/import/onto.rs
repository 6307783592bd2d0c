//! A page's changes laid over what its readers did between the look at them and the commit. What a reader did then stays:
//! above all, a file that was read a moment before they left does not bring them back.

use std::collections::HashMap;

use sqlx::types::Json;

use crate::audience::edit::is_active;
use crate::audience::preference::Preferences;
use crate::audience::store::{Change, ConsentAct, Known, Paper, known, to_hex};
use crate::audience::undo::onto;
use crate::db::{self, Sql, Tx, either};

/// What is to be written, and over what.
pub(super) struct Now {
    pub(super) changes: Vec<Change>,
    pub(super) before: HashMap<Vec<u8>, Known>,
}

/// What is to be written if any of these readers is not as `seen` any more; none where all are. They stay as they are until
/// the transaction ends.
pub(super) async fn onto_now(
    tx: &mut Tx,
    paper: &Paper<'_>,
    changes: &[Change],
    seen: &HashMap<Vec<u8>, Known>,
) -> db::Result<Option<Now>> {
    let key_of = |change: &Change| paper.keys.address(&change.email.normal());
    let mut keys: Vec<Vec<u8>> = changes.iter().map(key_of).collect();
    let standing = hold(tx, &keys).await?;
    let is_other = |key: &Vec<u8>| standing.get(key) != seen.get(key).map(|known| &known.revision);
    keys.retain(is_other);
    if keys.is_empty() {
        return Ok(None);
    }
    let (there, _) = known(tx, &keys).await?;
    let onto = changes.iter().filter_map(|change| {
        let key = key_of(change);
        let was = seen.get(&key);
        if !keys.contains(&key) {
            return Some(change.clone());
        }
        // Who was erased meanwhile is not brought back.
        let now = &there.get(&key)?.preferences;
        let before = was.map(|known| known.preferences.clone());
        laid_over(change, &before.unwrap_or_default(), now)
    });
    let changes = onto.collect();
    let mut before = seen.clone();
    before.extend(there);
    Ok(Some(Now { changes, before }))
}

/// The revisions of those who are there, which nobody else changes until the transaction ends.
async fn hold(tx: &mut Tx, keys: &[Vec<u8>]) -> db::Result<HashMap<Vec<u8>, i64>> {
    let text = either(
        "SELECT s.email_key, s.revision FROM json_each($1) o CROSS JOIN subscriber s ON s.email_key = unhex(o.value)",
        "SELECT s.email_key, s.revision FROM subscriber s
          WHERE s.email_key IN (SELECT decode(o #>> '{}', 'hex') FROM jsonb_array_elements($1) o)
          ORDER BY s.email_key FOR UPDATE OF s",
    );
    let hex = Json(keys.iter().map(|key| to_hex(key)).collect::<Vec<_>>());
    let rows: Vec<(Vec<u8>, i64)> = tx.sql(text).bind(hex).all().await?;
    Ok(rows.into_iter().collect())
}

/// The step that `change` was from `before`, made from `now`; nothing where it comes to nothing.
fn laid_over(change: &Change, before: &Preferences, now: &Preferences) -> Option<Change> {
    let preferences = onto(before, &change.preferences, now)?;
    let is_so = |slug: &str, act| match act {
        ConsentAct::Joined => !is_active(now, slug) && is_active(&preferences, slug),
        ConsentAct::Left => is_active(now, slug) && !is_active(&preferences, slug),
    };
    let consents = change.consents.iter();
    let consents = consents.filter(|c| is_so(&c.newsletter, c.act)).cloned();
    Some(Change {
        email: change.email.clone(),
        consents: consents.collect(),
        preferences,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::EmailAddress;
    use crate::audience::store::Consent;

    fn preferences(text: &str) -> Preferences {
        serde_json::from_str(text).unwrap()
    }

    fn place(state: &str, follows: &str) -> String {
        format!(
            r#"{{"subscriptions":{{"tide":{{"state":"{state}","cadence":"daily","joined_at":1,"follows":[{follows}],"mutes":[]}}}}}}"#
        )
    }

    fn joins(text: &str) -> Change {
        Change {
            email: EmailAddress::parse("asha@example.org").unwrap(),
            preferences: preferences(text),
            consents: vec![Consent {
                newsletter: "tide".to_owned(),
                act: ConsentAct::Joined,
                at: 1,
                source: "a file".to_owned(),
                evidence: None,
            }],
        }
    }

    #[test]
    fn who_has_left_since_stays_away_and_what_the_file_adds_is_added() {
        let before = preferences(&place("active", ""));
        let change = joins(&place("active", r#""topic:Tides""#));
        let now = preferences(&place("left", ""));
        let written = laid_over(&change, &before, &now).unwrap();
        assert_eq!(
            written.preferences,
            preferences(&place("left", r#""topic:Tides""#))
        );
        assert!(written.consents.is_empty());
    }

    #[test]
    fn who_has_come_and_gone_since_is_not_brought_back() {
        let before = Preferences::default();
        let change = joins(&place("active", ""));
        let now = preferences(&place("left", ""));
        let written = laid_over(&change, &before, &now);
        assert!(
            written.is_none_or(|w| !is_active(&w.preferences, "tide") && w.consents.is_empty())
        );
    }

    #[test]
    fn of_another_newsletter_both_hold() {
        let before = Preferences::default();
        let change = joins(&place("active", ""));
        let now = preferences(&place("active", "").replace("tide", "mine"));
        let written = laid_over(&change, &before, &now).unwrap();
        for slug in ["tide", "mine"] {
            assert!(is_active(&written.preferences, slug));
        }
        assert_eq!(written.consents.len(), 1);
    }
}
