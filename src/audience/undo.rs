//! Taking back one act, or making one later than it was meant, whatever came between.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::preference::{Preferences, Subscription, SubscriptionState};

/// What the reader asks for once the step from `before` to `after` is taken back: what has not been touched since is as it
/// was before, and what came later stays. Nothing where all of it has been changed since.
pub(super) fn undone(
    before: &Preferences,
    after: &Preferences,
    now: &Preferences,
) -> Option<Preferences> {
    // A place on a newsletter is never taken away: planning must see that it was left.
    let mut before = before.clone();
    for (slug, s) in &after.subscriptions {
        let place = before.subscriptions.entry(slug.clone());
        place.or_insert_with(|| Subscription {
            state: SubscriptionState::Left,
            ..s.clone()
        });
    }
    onto(after, &before, now)
}

/// What the reader asks for once the step from `before` to `after` is made from `now`: what has changed meanwhile stays.
/// Nothing where that comes to no step at all.
pub(super) fn onto(
    before: &Preferences,
    after: &Preferences,
    now: &Preferences,
) -> Option<Preferences> {
    let document = |p: &Preferences| serde_json::to_value(p).ok();
    let merged = merge(&document(after)?, &document(before)?, &document(now)?);
    let merged: Preferences = serde_json::from_value(merged).ok()?;
    (merged != *now).then_some(merged)
}

fn merge(before: &Value, after: &Value, now: &Value) -> Value {
    if before == after {
        return now.clone();
    }
    if after == now {
        return before.clone();
    }
    let nothing = Map::new();
    let as_map = |v: &Value| match v {
        Value::Object(map) => Some(map.clone()),
        Value::Null => Some(nothing.clone()),
        _ => None,
    };
    if let (Some(before), Some(after), Value::Object(now)) = (as_map(before), as_map(after), now) {
        let keys: BTreeSet<&String> = before
            .keys()
            .chain(after.keys())
            .chain(now.keys())
            .collect();
        let of = |map: &Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or(Value::Null);
        let all = keys.into_iter().map(|key| {
            let merged = merge(&of(&before, key), &of(&after, key), &of(now, key));
            (key.clone(), merged)
        });
        return all.filter(|(_, value)| !value.is_null()).collect();
    }
    let as_set = |v: &Value| match v {
        Value::Array(set) => Some(set.clone()),
        Value::Null => Some(Vec::new()),
        _ => None,
    };
    if let (Some(before), Some(after), Some(now)) = (as_set(before), as_set(after), as_set(now)) {
        let added = |v: &&Value| after.contains(v) && !before.contains(v);
        let kept = now.iter().filter(|v| !added(v));
        let back = before
            .iter()
            .filter(|v| !after.contains(v) && !now.contains(v));
        return kept.chain(back).cloned().collect();
    }
    now.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cadence;

    fn preferences(text: &str) -> Preferences {
        serde_json::from_str(text).unwrap()
    }

    const TIDE: &str = r#"{"state":"active","cadence":"daily","joined_at":1,"mutes":["topic:Cricket","topic:Golf"]}"#;

    #[test]
    fn what_nobody_touched_since_is_as_it_was() {
        let before = preferences(&format!(r#"{{"subscriptions":{{"tide":{TIDE}}}}}"#));
        let mut after = before.clone();
        let s = after.subscriptions.get_mut("tide").unwrap();
        s.state = SubscriptionState::Left;
        s.mutes.clear();
        assert_eq!(undone(&before, &after, &after), Some(before.clone()));
        let mut later = after.clone();
        later.name = "Asha".to_owned();
        let s = later.subscriptions.get_mut("tide").unwrap();
        s.cadence = Cadence::Weekly;
        s.mutes.insert("topic:Opera".parse().unwrap());
        let back = undone(&before, &after, &later).unwrap();
        let s = &back.subscriptions["tide"];
        assert_eq!(
            (back.name.as_str(), s.state, s.cadence, s.mutes.len()),
            ("Asha", SubscriptionState::Active, Cadence::Weekly, 3)
        );
    }

    #[test]
    fn what_was_changed_again_stays() {
        let before = preferences(r#"{"weekly_budget":3}"#);
        let after = preferences(r#"{"weekly_budget":5}"#);
        let later = preferences(r#"{"weekly_budget":9}"#);
        assert_eq!(undone(&before, &after, &later), None);
        assert_eq!(undone(&before, &after, &before), None);
    }

    #[test]
    fn who_undoes_joining_has_left() {
        let before = Preferences::default();
        let after = preferences(&format!(r#"{{"subscriptions":{{"tide":{TIDE}}}}}"#));
        let back = undone(&before, &after, &after).unwrap();
        assert_eq!(back.subscriptions["tide"].state, SubscriptionState::Left);
        let mut later = after.clone();
        let s = later.subscriptions.get_mut("tide").unwrap();
        s.mutes.clear();
        let back = undone(&before, &after, &later).unwrap();
        let s = &back.subscriptions["tide"];
        assert_eq!((s.state, s.mutes.len()), (SubscriptionState::Left, 0));
    }
}
