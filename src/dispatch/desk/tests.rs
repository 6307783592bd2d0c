use std::sync::Arc;

use super::*;
use crate::audience::{EmailAddress, Preferences};
use crate::config::Tier;
use crate::issue::compose::Cohort;

const NOW: &str = "2026-11-24T06:30:00Z";

fn job(n: i64, stream: Stream, provider_id: i64) -> Job {
    Job {
        letter: Letter {
            id: MessageId {
                issue_id: 1,
                subscriber_id: n,
                n: 0,
            },
            email: EmailAddress::stored(format!("r{n}@example.org")),
            preferences: Preferences::default(),
            cohort: Arc::new(Cohort {
                language: "en".to_owned(),
                tier: Tier::Free,
                stories: Vec::new(),
                more: 0,
            }),
            cohort_id: 1,
            scheduled_at: 0,
            expires_at: i64::MAX,
            attempts: 0,
            notice: None,
        },
        stream,
        newsletter_id: 1,
        provider_id,
        domain: "example.org".to_owned(),
        warmed: Vec::new(),
    }
}

fn desk(relay: Relay, provider: Provider) -> Desk {
    let providers = HashMap::from([(provider.name.clone(), 7)]);
    Desk::new(&[relay], &[provider], &providers)
}

/// What could be taken now, one after the other, by one connection after another.
async fn all_taken(desk: &Desk, now: Timestamp) -> Vec<Taken> {
    let mut all = Vec::new();
    let soon = |number| tokio::time::timeout(Duration::ZERO, desk.take(0, number, move || now));
    while let Ok(Some(taken)) = soon(0).await {
        all.push(taken);
    }
    all
}

/// Of that, what is to be sent.
async fn taken(desk: &Desk, now: Timestamp) -> Vec<i64> {
    let all = all_taken(desk, now).await;
    let sent = all.iter().filter(|taken| taken.put_off.is_none());
    sent.map(|taken| taken.job.letter.id.subscriber_id)
        .collect()
}

fn sent(job: Job) -> Taken {
    Taken { job, put_off: None }
}

#[tokio::test]
async fn the_urgent_overtake_what_waits() {
    let desk = desk(Relay::default(), Provider::default());
    let now: Timestamp = NOW.parse().unwrap();
    for (n, stream) in [
        (1, Stream::Digest),
        (2, Stream::Digest),
        (3, Stream::Alert),
        (4, Stream::Notice),
    ] {
        assert!(desk.put(job(n, stream, 0), now, &[None]));
    }
    assert_eq!(taken(&desk, now).await, [4, 3, 1, 2]);
}

#[tokio::test]
async fn digests_that_fill_the_desk_leave_room_for_a_notice() {
    let desk = desk(Relay::default(), Provider::default());
    let now: Timestamp = NOW.parse().unwrap();
    let filled = (1..10_000)
        .take_while(|n| desk.put(job(*n, Stream::Digest, 0), now, &[None]))
        .count();
    assert_eq!((filled, desk.room(Stream::Digest, now)), (64, 0));
    assert!(desk.put(job(100, Stream::Notice, 0), now, &[None]));
    assert_eq!(taken(&desk, now).await[0], 100);
}

#[tokio::test]
async fn a_provider_has_no_more_on_its_way_than_it_may_and_others_go_on() {
    let provider = Provider {
        name: "slow".to_owned(),
        connections: Some(2),
        ..Provider::default()
    };
    let desk = desk(Relay::default(), provider);
    let now: Timestamp = NOW.parse().unwrap();
    for n in 1..=5 {
        desk.put(job(n, Stream::Digest, 7), now, &[None]);
    }
    desk.put(job(6, Stream::Digest, 0), now, &[None]);
    assert_eq!(taken(&desk, now).await, [1, 2, 6]);
    assert_eq!(desk.provider_room(7, now), 0);
    desk.done(0, &sent(job(1, Stream::Digest, 7)));
    assert_eq!(taken(&desk, now).await, [3]);
}

#[tokio::test]
async fn a_provider_under_the_brake_gets_one_at_a_time_after_its_pause() {
    let provider = Provider {
        name: "slow".to_owned(),
        ..Provider::default()
    };
    let desk = desk(Relay::default(), provider);
    let now: Timestamp = NOW.parse().unwrap();
    assert!(desk.slow_down(Braked::Provider(7), now, None));
    assert!(!desk.slow_down(Braked::Provider(7), now, None));
    assert_eq!(desk.provider_room(7, now), 0);
    assert!(!desk.is_open(Stream::Digest, 7, now) && desk.is_open(Stream::Digest, 0, now));
    let later = now + Duration::from_secs(30);
    for n in 1..=3 {
        desk.put(job(n, Stream::Digest, 7), later, &[None]);
    }
    assert_eq!(taken(&desk, later).await, [1]);
}

#[tokio::test]
async fn a_domain_under_the_brake_does_not_fill_the_desk() {
    let desk = desk(Relay::default(), Provider::default());
    let now: Timestamp = NOW.parse().unwrap();
    let slow = |n| Job {
        domain: "slow.example".to_owned(),
        ..job(n, Stream::Digest, 0)
    };
    let domain = Braked::Domain("slow.example".to_owned());
    assert!(desk.slow_down(domain.clone(), now, None));
    let pause = Duration::from_secs(30);
    for n in 1..=3 {
        desk.put(slow(n), now, &[None]);
    }
    let until = |all: &[Taken]| all.iter().map(|t| t.put_off).collect::<Vec<_>>();
    let paused = all_taken(&desk, now).await;
    assert_eq!(until(&paused), [Some(now + pause); 3]);
    for one in &paused {
        desk.done(0, one);
    }
    // After the pause one goes at a time, and the others come again when another pause is over.
    let later = now + pause;
    for n in 1..=64 {
        assert!(desk.put(slow(n), later, &[None]), "{n}");
    }
    let first = all_taken(&desk, later).await;
    assert_eq!(until(&first[..1]), [None]);
    assert_eq!(until(&first[1..]), [Some(later + pause); 63]);
    first[1..].iter().for_each(|one| desk.done(0, one));
    // What is put off is on nobody's way, and keeps no place from those who are.
    desk.put(slow(100), later, &[None]);
    desk.put(job(101, Stream::Digest, 0), later, &[None]);
    assert_eq!(taken(&desk, later).await, [101]);
    desk.done(0, &first[0]);
    desk.put(slow(102), later, &[None]);
    assert_eq!(taken(&desk, later).await, [102]);
}

#[tokio::test]
async fn what_is_past_its_time_is_not_put_off() {
    let desk = desk(Relay::default(), Provider::default());
    let now: Timestamp = NOW.parse().unwrap();
    assert!(desk.slow_down(Braked::Domain("example.org".to_owned()), now, None));
    let mut late = job(1, Stream::Digest, 0);
    late.letter.expires_at = now.as_millisecond();
    desk.put(late, now, &[None]);
    assert_eq!(taken(&desk, now).await, [1]);
}

#[tokio::test]
async fn what_waits_for_a_relay_that_goes_away_is_forgotten() {
    let desk = desk(Relay::default(), Provider::default());
    let now: Timestamp = NOW.parse().unwrap();
    desk.put(job(1, Stream::Digest, 0), now, &[None]);
    let id = job(1, Stream::Digest, 0).letter.id;
    assert!(desk.knows(id));
    desk.shut(0, Shut::Away, true);
    assert!(!desk.knows(id) && desk.is_empty());
    assert!(!desk.put(job(1, Stream::Digest, 0), now, &[None]));
    desk.shut(0, Shut::Away, false);
    assert!(desk.put(job(1, Stream::Digest, 0), now, &[None]));
    assert_eq!(taken(&desk, now).await, [1]);
}

#[tokio::test]
async fn what_waits_for_a_relay_that_asks_for_less_is_forgotten() {
    let desk = desk(Relay::default(), Provider::default());
    let now: Timestamp = NOW.parse().unwrap();
    for n in 1..=3 {
        desk.put(job(n, Stream::Digest, 0), now, &[None]);
    }
    assert!(desk.slow_down(Braked::Relay(0), now, None));
    assert!(desk.is_empty() && desk.room(Stream::Digest, now) == 0);
    let later = now + Duration::from_secs(30);
    assert_eq!(desk.room(Stream::Digest, later), 2);
}

/// What each of so many nodes says.
fn each_of<T>(nodes: u32, desk: &Desk, says: impl Fn(&Desk) -> T) -> Vec<T> {
    let shared = |which| {
        desk.share(Part { which, of: nodes });
        says(desk)
    };
    (0..nodes).map(shared).collect()
}

#[tokio::test]
async fn nodes_have_no_more_connections_together_than_a_relay_or_a_provider_may() {
    let now: Timestamp = NOW.parse().unwrap();
    for (nodes, connections, wanted) in [
        (3, 1, vec![1, 0, 0]),
        (3, 4, vec![2, 1, 1]),
        (2, 20, vec![10, 10]),
    ] {
        let relay = Relay {
            connections,
            ..Relay::default()
        };
        let limited = desk(relay, Provider::default());
        let slots = each_of(nodes, &limited, |desk| desk.state().relays[0].slots);
        assert_eq!(slots, wanted);
        // Whoever has none takes nothing in, and does not wait for room.
        let is_open = |desk: &Desk| {
            let open = desk.is_open(Stream::Digest, 0, now);
            assert_eq!(open, desk.room(Stream::Digest, now) > 0);
            usize::from(open)
        };
        let open: usize = each_of(nodes, &limited, is_open).iter().sum();
        assert_eq!(open, wanted.iter().filter(|n| **n > 0).count());
        let provider = Provider {
            name: "slow".to_owned(),
            connections: Some(connections),
            ..Provider::default()
        };
        let limited = desk(Relay::default(), provider);
        let rooms = each_of(nodes, &limited, |desk| desk.provider_room(7, now));
        let twice: Vec<usize> = wanted.iter().map(|n| n * 2).collect();
        assert_eq!(rooms, twice);
        let open = each_of(nodes, &limited, |desk| desk.is_open(Stream::Digest, 7, now));
        let has_some: Vec<bool> = wanted.iter().map(|n| *n > 0).collect();
        assert_eq!(open, has_some);
    }
}

#[tokio::test]
async fn a_place_that_another_node_has_now_leaves_nothing_waiting() {
    let relay = Relay {
        connections: 1,
        ..Relay::default()
    };
    let desk = desk(relay, Provider::default());
    let now: Timestamp = NOW.parse().unwrap();
    assert!(desk.put(job(1, Stream::Digest, 0), now, &[None]));
    desk.share(Part { which: 1, of: 2 });
    assert!(desk.is_empty());
    assert!(!desk.put(job(1, Stream::Digest, 0), now, &[None]));
    desk.share(Part { which: 0, of: 2 });
    assert!(desk.put(job(1, Stream::Digest, 0), now, &[None]));
    assert_eq!(taken(&desk, now).await, [1]);
}

#[tokio::test]
async fn no_more_than_a_seconds_worth_waits_where_nothing_leaves() {
    let per_minute = Some(1200);
    let relay = Relay {
        per_minute,
        ..Relay::default()
    };
    let provider = Provider {
        name: "slow".to_owned(),
        per_minute,
        ..Provider::default()
    };
    let now: Timestamp = NOW.parse().unwrap();
    let desks = [
        desk(relay, Provider::default()),
        desk(Relay::default(), provider),
    ];
    for (desk, provider_id) in desks.iter().zip([0, 7]) {
        let room = || {
            let of_provider = desk.provider_room(provider_id, now);
            desk.room(Stream::Digest, now).min(of_provider)
        };
        let mut n = 0;
        while room() > 0 {
            n += 1;
            assert!(desk.put(job(n, Stream::Digest, provider_id), now, &[None]));
        }
        assert_eq!(n, 20, "{provider_id}");
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(room(), 0, "{provider_id}");
    }
}

#[tokio::test]
async fn what_a_relay_lacks_waits_for_one_that_may_have_it() {
    let named = |name: &str| Relay {
        name: name.to_owned(),
        ..Relay::default()
    };
    let relays = [named("old"), named("new")];
    let desk = Desk::new(&relays, &[], &HashMap::new());
    let now: Timestamp = NOW.parse().unwrap();
    let digest = || job(1, Stream::Digest, 0);
    let put = |job| desk.put(job, now, &[None, None]);
    assert_eq!(desk.unfit(0, &digest()), Elsewhere::Now);
    // The other wants none just now, and is there.
    desk.slow_down(Braked::Relay(1), now, None);
    assert!(!put(digest()));
    assert!(put(job(2, Stream::Digest, 0)), "others go by the first");
    assert_eq!(taken(&desk, now).await, [2]);
    // Nobody knows when it will be there again: whoever has the mail says that it waits.
    desk.shut(1, Shut::Away, true);
    assert!(put(digest()));
    assert_eq!(taken(&desk, now).await, [1]);
    assert_eq!(desk.unfit(0, &digest()), Elsewhere::Later);
    desk.shut(1, Shut::Away, false);
    assert_eq!(desk.unfit(1, &digest()), Elsewhere::Nowhere);
}
