//! What an edit does to a reader's preferences, and what cannot be meant.

use std::collections::HashMap;

use super::*;
use crate::secret::Keys;

const NOW: &str = "2026-11-24T09:12:00Z";

fn newsletter(slug: &str, kind: crate::config::Kind) -> Newsletter {
    Newsletter {
        slug: slug.to_owned(),
        kind,
        schedule: Some("30 6 * * *".parse().unwrap()),
        cadences: vec![Cadence::Daily, Cadence::Weekly],
        ..Newsletter::default()
    }
}

fn with(edits: &[Edit]) -> Result<Preferences, Refusal> {
    let mut p = Preferences::default();
    for edit in edits {
        p = on(&p, &p, edit)?;
    }
    Ok(p)
}

fn on(seen: &Preferences, held: &Preferences, edit: &Edit) -> Result<Preferences, Refusal> {
    let closed = |slug, kind| Newsletter {
        public: false,
        ..newsletter(slug, kind)
    };
    let newsletters = [
        newsletter("tide", crate::config::Kind::Digest),
        newsletter("offers", crate::config::Kind::Offers),
        closed("staff", crate::config::Kind::Digest),
        closed("staff-offers", crate::config::Kind::Offers),
    ];
    let keys = Keys::new(&["a key that is long enough for a test".to_owned()]);
    let paper = Paper {
        keys: &keys,
        newsletters: &newsletters,
        newsletter_ids: &HashMap::new(),
    };
    edit.apply(&paper, seen, held, NOW.parse().unwrap())
}

fn tide() -> String {
    "tide".to_owned()
}

fn when() -> When {
    When {
        cadence: Cadence::Daily,
        at_minute: Some(390),
        days: Some(EVERY_DAY),
        zone: Some("UTC".to_owned()),
    }
}

#[test]
fn a_form_that_is_sent_as_it_was_shown_changes_nothing() {
    let p = with(&[Edit::Join(tide())]).unwrap();
    assert_eq!(on(&p, &p, &Edit::When(tide(), when())), Ok(p));
}

#[test]
fn two_pages_open_at_once_lose_nothing_of_each_other() {
    let seen = with(&[Edit::Join(tide())]).unwrap();
    let hour = When {
        at_minute: Some(420),
        ..when()
    };
    let days = When {
        days: Some(0b1_1111),
        ..when()
    };
    let one = on(&seen, &seen, &Edit::When(tide(), hour)).unwrap();
    let both = on(&seen, &one, &Edit::When(tide(), days)).unwrap();
    let s = &both.subscriptions["tide"];
    assert_eq!((s.at_minute, s.days), (Some(420), Some(0b1_1111)));
}

#[test]
fn what_cannot_be_meant_is_refused_by_its_field() {
    let term = |t: &str| t.parse::<Term>().unwrap();
    let day = |days| {
        Edit::When(
            tide(),
            When {
                days: Some(days),
                ..when()
            },
        )
    };
    let weekly = When {
        cadence: Cadence::Weekly,
        ..when()
    };
    let zone = When {
        zone: Some("Europe/Atlantis".to_owned()),
        ..when()
    };
    let instant = When {
        cadence: Cadence::Instant,
        ..when()
    };
    let past = NOW.parse().unwrap();
    for (edit, want) in [
        (Edit::Join("none".to_owned()), Refusal::Newsletter),
        (Edit::Leave("none".to_owned()), Refusal::Newsletter),
        (
            Edit::Follow("offers".to_owned(), term("topic:Tea")),
            Refusal::Newsletter,
        ),
        (day(0), Refusal::NoDay),
        (Edit::When(tide(), weekly), Refusal::ManyDays),
        (Edit::When(tide(), zone), Refusal::Zone),
        (Edit::When(tide(), instant), Refusal::Cadence),
        (Edit::Budget(Some(0)), Refusal::Budget),
        (Edit::Pause(None, past), Refusal::PausePast),
        (
            Edit::Pause(None, past + SignedDuration::from_hours(24 * 400)),
            Refusal::PauseLong,
        ),
    ] {
        assert_eq!(with(&[Edit::Join(tide()), edit]), Err(want));
    }
}

#[test]
fn what_is_not_public_is_had_by_whom_the_paper_put_on_it() {
    let (staff, offers) = ("staff".to_owned(), "staff-offers".to_owned());
    let stranger = Preferences::default();
    let join = Edit::Join(staff.clone());
    assert_eq!(on(&stranger, &stranger, &join), Err(Refusal::Newsletter));
    let offered = on(&stranger, &stranger, &Edit::Offers([offers.clone()].into()));
    assert_eq!(offered, Ok(stranger.clone()));
    let mut p = stranger;
    for slug in [&staff, &offers] {
        let place = Subscription::new(&Newsletter::default(), NOW.parse().unwrap());
        p.subscriptions.insert(slug.clone(), place);
    }
    let left = on(&p, &p, &Edit::LeaveAll).unwrap();
    let back = on(&left, &left, &join).unwrap();
    let back = on(&back, &back, &Edit::Offers([offers].into())).unwrap();
    assert!(is_active(&back, "staff") && is_active(&back, "staff-offers"));
}

#[test]
fn what_is_followed_is_not_muted_whatever_its_spelling() {
    let term = |t: &str| t.parse::<Term>().unwrap();
    let p = with(&[
        Edit::Join(tide()),
        Edit::Follow(tide(), term("topic:Cricket")),
        Edit::Mute(tide(), term("topic:CRICKET")),
    ]);
    let p = p.unwrap();
    let s = &p.subscriptions["tide"];
    assert_eq!((s.follows.len(), s.mutes.len()), (0, 1));
    let p = on(&p, &p, &Edit::Forget(tide(), term("topic:cricket"))).unwrap();
    assert!(p.subscriptions["tide"].mutes.is_empty());
}

#[test]
fn only_what_is_followed_needs_something_that_is() {
    let only = |only| Edit::OnlyFollowed(tide(), only);
    let joined = with(&[Edit::Join(tide())]).unwrap();
    assert_eq!(
        on(&joined, &joined, &only(true)),
        Err(Refusal::NothingFollowed)
    );
    let schools: Term = "section:Schools".parse().unwrap();
    let follows = Edit::Follow(tide(), schools.clone());
    let p = with(&[Edit::Join(tide()), follows, only(true)]).unwrap();
    assert!(p.subscriptions["tide"].only_followed);
    // Who takes away the last of it gets nothing, not everything; and has it so after coming back.
    let forget = Edit::Forget(tide(), schools);
    let mut held = p;
    for edit in [forget, Edit::Leave(tide()), Edit::Join(tide())] {
        held = on(&held, &held, &edit).unwrap();
        assert!(held.subscriptions["tide"].only_followed, "{edit:?}");
    }
    let all = on(&held, &held, &only(false)).unwrap();
    assert!(!all.subscriptions["tide"].only_followed);
}

#[test]
fn offers_and_notices_are_as_ticked() {
    let both: BTreeSet<_> = [Wanted::Replies, Wanted::Saved].into();
    let p = with(&[
        Edit::Offers(["offers".to_owned()].into()),
        Edit::Notices(both, [Wanted::Saved].into()),
    ]);
    let p = p.unwrap();
    assert!(is_active(&p, "offers"));
    assert_eq!(p.notices_off, [Wanted::Replies].into());
    let p = on(&p, &p, &Edit::LeaveAll).unwrap();
    assert!(!is_active(&p, "offers") && p.notices_off.len() == 4);
}
