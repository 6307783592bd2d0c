//! How sources are asked: not more often than there is a reason to, not too many of one host, and where they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use postrider::collect::{Collector, round};
use tokio::sync::Semaphore;

use crate::support::feed::Feed;
use crate::support::world::open;
use crate::support::{World, program};

/// A server on loopback; its port.
async fn serve(routes: Router) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    port
}

/// Names these sources, and nothing else, in `sources.toml`.
async fn sources(world: &mut World, sources: &[(&str, &str)]) {
    let tables = sources
        .iter()
        .map(|(name, url)| format!("[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n"));
    world.configure("sources.toml", &tables.collect::<String>());
    world.restart().await;
}

/// Sets something in `[collect]`.
async fn set(world: &mut World, setting: &str) {
    let file = world.config().join("postrider.toml");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("[collect]\n", &format!("[collect]\n{setting}\n"));
    world.configure("postrider.toml", &text);
    world.restart().await;
}

/// Lets so many minutes pass; in which of them the source was asked.
async fn asked_in(world: &World, minutes: i64) -> Vec<i64> {
    let collector = Collector::new(&world.app.config.collect).unwrap();
    let mut asked = Vec::new();
    for minute in 1..=minutes {
        world.later(1);
        if round(&world.app, &collector).await.unwrap().sources > 0 {
            asked.push(minute);
        }
    }
    asked
}

async fn publish(world: &World, slug: &str) {
    world.feed.publish(world.item(slug, "Port", slug));
    assert_eq!(world.collect_what_is_due().await.articles.new, 1, "{slug}");
}

story!(
    a_source_says_what_it_said_and_is_not_read_again,
    async |world: &mut World| {
        let tags = [
            ("etag", "W/\"tide-1\""),
            ("last-modified", "Tue, 24 Nov 2026 05:00:00 GMT"),
        ];
        world.feed.answer(200, &tags);
        publish(world, "port").await;
        let unchanged = async |world: &World| {
            let collected = world.collect().await;
            (collected.unchanged, collected.articles.unchanged)
        };
        assert_eq!(unchanged(world).await, (1, 0));
        let asked = world.feed.asked();
        assert!(!asked[0].contains_key(header::IF_NONE_MATCH));
        assert_eq!(asked[1][header::IF_NONE_MATCH], "W/\"tide-1\"");
        assert_eq!(
            asked[1][header::IF_MODIFIED_SINCE],
            "Tue, 24 Nov 2026 05:00:00 GMT"
        );
        // A server that knows no validators, and says the same nevertheless.
        world.feed.answer(200, &[]);
        assert_eq!(unchanged(world).await, (1, 0));
        assert_eq!(unchanged(world).await, (1, 0));
        assert!(!world.feed.asked()[1].contains_key(header::IF_NONE_MATCH));
        world
            .feed
            .publish(world.item("mast", "Port", "A mast falls"));
        assert_eq!(unchanged(world).await, (0, 1));
        // What failed in between was not the last that we have read.
        world.feed.answer(500, &[]);
        assert_eq!(world.collect().await.failed.len(), 1);
        world.feed.answer(200, &[]);
        assert_eq!(unchanged(world).await, (1, 0));
        // At another address it is another feed.
        let other = world.feed.url().replace("127.0.0.1", "localhost");
        sources(world, &[("courier", &other)]).await;
        assert_eq!(unchanged(world).await, (0, 2));
    }
);

story!(
    a_source_is_left_alone_the_longer_it_is_silent,
    async |world: &mut World| {
        publish(world, "port").await;
        let silent = asked_in(world, 140).await;
        assert_eq!(silent, [5, 10, 15, 23, 35, 53, 80, 110, 140]);
        let listed = program::ok(world, &["source", "list"]);
        assert!(listed.contains("30 min"), "{listed}");
        // Its bytes change each time, its stories do not.
        world.feed.answer(200, &[("etag", "\"another\"")]);
        world.feed.publish_again(world.item("port", "Port", "port"));
        assert_eq!(asked_in(world, 60).await, [30, 60]);
        // The first change brings it back, and so does each that follows.
        world.feed.answer(200, &[]);
        world
            .feed
            .publish(world.item("mast", "Port", "A mast falls"));
        assert_eq!(asked_in(world, 35).await, [30, 35]);
        for slug in ["tide", "moon", "quay"] {
            world.feed.publish(world.item(slug, "Port", slug));
            assert_eq!(asked_in(world, 5).await, [5], "{slug}");
        }
    }
);

story!(
    a_server_that_says_when_to_come_back_is_heard,
    async |world: &mut World| {
        let says: [(&[(&str, &str)], i64); 5] = [
            (&[("cache-control", "public, max-age=900")], 15),
            (&[("cache-control", "max-age=900"), ("age", "300")], 10),
            (&[("cache-control", "max-age=60")], 5),
            (&[("cache-control", "max-age=86400")], 30),
            (&[("retry-after", "1200")], 20),
        ];
        for (headers, pause) in says {
            world.feed.answer(200, headers);
            let slug = format!("{headers:?}");
            world.feed.publish(world.item(&slug, "Port", &slug));
            assert_eq!(world.collect().await.articles.new, 1, "{headers:?}");
            assert_eq!(asked_in(world, pause).await, [pause], "{headers:?}");
        }
        // Of one that refuses us we believe more, with up to a quarter added.
        let dated = [
            ("date", "Tue, 24 Nov 2026 10:00:00 GMT"),
            ("retry-after", "Tue, 24 Nov 2026 12:00:00 GMT"),
        ];
        let refusals = [
            (429, &[("retry-after", "3600")][..], 60),
            (503, &dated, 120),
            (503, &[("retry-after", "999999999")], 1440),
            (410, &[], 160),
        ];
        for (status, headers, pause) in refusals {
            world.feed.answer(status, headers);
            assert_eq!(world.collect().await.failed.len(), 1);
            world.feed.answer(200, &[]);
            world.later(pause - 1);
            assert_eq!(world.collect_what_is_due().await.sources, 0, "{headers:?}");
            world.later(pause / 4 + 2);
            assert_eq!(world.collect_what_is_due().await.sources, 1, "{headers:?}");
        }
    }
);

story!(a_feed_that_is_gone_is_told_so, async |world: &mut World| {
    world.feed.answer(410, &[]);
    world.collect().await;
    let gone = "the server says that the feed is gone for good (410); take it out of sources.toml";
    let status = program::ok(world, &["status"]);
    assert!(
        status.contains(&format!(
            "Source courier fails since Tue 24 Nov 2026 05:30:00: {gone}"
        )),
        "{status}"
    );
});

/// A server whose `/old` is at the feed for good, by two hops, and whose `/today` is so only for now.
async fn moving(feed: &Feed) -> u16 {
    let to = |status: u16, to: String| {
        let status = StatusCode::from_u16(status).unwrap();
        get(move || async move { (status, [(header::LOCATION, to)]) })
    };
    let routes = Router::new()
        .route("/old", to(301, "/newer".to_owned()))
        .route("/newer", to(308, feed.url()))
        .route("/half", to(301, "/today".to_owned()))
        .route("/today", to(302, feed.url()));
    serve(routes).await
}

story!(
    a_source_that_has_moved_for_good_is_followed_and_told,
    async |world: &mut World| {
        let port = moving(&world.feed).await;
        let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
        sources(
            world,
            &[("courier", &url("/old")), ("gazette", &url("/half"))],
        )
        .await;
        world.feed.answer(200, &[("etag", "\"one\"")]);
        world
            .feed
            .publish(world.item("port", "Port", "The port reopens"));
        let told = format!(
            "has moved for good: write url = {:?} in sources.toml",
            world.feed.url()
        );
        let checked = program::ok(world, &["source", "check", "courier"]);
        assert!(checked.contains(&format!("  It {told}\n")), "{checked}");
        assert_eq!(world.collect_what_is_due().await.articles.new, 1);
        // Twice: an answer of 304 says so too.
        for _ in 0..2 {
            let listed = program::ok(world, &["source", "list"]);
            assert_eq!(listed.matches(&told).count(), 1, "{listed}");
            let status = program::ok(world, &["status"]);
            assert!(
                status.contains(&format!("Source courier {told}")),
                "{status}"
            );
            assert!(!status.contains("gazette"), "{status}");
            assert_eq!(world.collect().await.unchanged, 2);
        }
        let status = program::json(world, &["status"]);
        assert_eq!(status["moved_sources"][0]["moved_to"], world.feed.url());
        assert_eq!(status["failing_sources"].as_array().unwrap().len(), 0);
        let listed = program::json(world, &["source", "list"]);
        assert_eq!(listed[0]["status"]["moved_to"], world.feed.url());
        assert_eq!(listed[1]["status"]["moved_to"], serde_json::Value::Null);
        let checked = program::json(world, &["source", "check"]);
        assert_eq!(checked[0]["moved_to"], world.feed.url());
        assert_eq!(checked[1]["moved_to"], serde_json::Value::Null);
        // The operator does as told.
        let url = world.feed.url();
        sources(world, &[("courier", &url)]).await;
        world.collect_what_is_due().await;
        assert!(!program::ok(world, &["status"]).contains("moved"));
    }
);

story!(
    a_source_that_fails_again_and_again_is_told_with_all_that_is_known,
    async |world: &mut World| {
        publish(world, "port").await;
        world.feed.break_it(true);
        world.later(5);
        world.collect_what_is_due().await;
        world.later(7);
        world.collect_what_is_due().await;
        let listed = program::ok(world, &["source", "list"]);
        insta::assert_snapshot!("failing_twice", listed);
        let (_, checked, _) = program::fails(world, &["source", "check"]);
        insta::assert_snapshot!("failing_twice_checked", checked);
        let facts = program::json(world, &["source", "list"]);
        let status = &facts[0]["status"];
        assert_eq!(
            (&status["failures"], &status["error"]),
            (&2.into(), &"the server answered 500".into())
        );
        let next = status["next_check_at"].as_i64().unwrap();
        let checked = status["checked_at"].as_i64().unwrap();
        assert_eq!(status["pause_s"], (next - checked) / 1000);
        world.feed.break_it(false);
        world.later(30);
        world.collect_what_is_due().await;
        let well = program::ok(world, &["source", "list"]);
        assert!(well.ends_with("well\n"), "{well}");
    }
);

/// How many requests a host had at a time, at most.
#[derive(Default)]
struct Crowd {
    now: AtomicU32,
    most: AtomicU32,
}

story!(
    a_slow_host_is_asked_for_so_many_at_a_time_and_keeps_no_other_waiting,
    async |world: &mut World| {
        let crowd = Arc::new(Crowd::default());
        let (came, opened) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        // No feed of the slow host answers before the other host was asked, which waits for two of the slow one's.
        let slow = {
            let (crowd, came, opened) = (crowd.clone(), came.clone(), opened.clone());
            async move || {
                let now = crowd.now.fetch_add(1, Ordering::SeqCst) + 1;
                crowd.most.fetch_max(now, Ordering::SeqCst);
                came.add_permits(1);
                let _ = opened.acquire().await;
                crowd.now.fetch_sub(1, Ordering::SeqCst);
                "<rss version=\"2.0\"><channel><title>Slow</title></channel></rss>"
            }
        };
        let other = async move || {
            let _ = came.acquire_many(2).await;
            opened.add_permits(100);
            "<rss version=\"2.0\"><channel><title>Other</title></channel></rss>"
        };
        let port = serve(
            Router::new()
                .route("/slow/{n}", get(slow))
                .route("/other", get(other)),
        )
        .await;
        let slow: Vec<(String, String)> = (0..20)
            .map(|n| {
                (
                    format!("slow-{n}"),
                    format!("http://127.0.0.1:{port}/slow/{n}"),
                )
            })
            .collect();
        let other = format!("http://localhost:{port}/other");
        let mut all: Vec<(&str, &str)> = slow.iter().map(|(n, u)| (&**n, &**u)).collect();
        all.push(("other", &other));
        sources(world, &all).await;
        let collected = world.collect_what_is_due().await;
        assert_eq!((collected.sources, collected.failed.len()), (21, 0));
        assert_eq!(crowd.most.load(Ordering::SeqCst), 2);
    }
);

story!(
    a_host_that_does_not_answer_costs_a_round_one_timeout,
    async |world: &mut World| {
        set(world, "timeout_s = 1").await;
        let dead = get(std::future::pending::<&str>);
        let port = serve(Router::new().route("/{n}", dead)).await;
        let courier = world.feed.url().replace("127.0.0.1", "localhost");
        let dead: Vec<String> = (0..6)
            .map(|n| format!("http://127.0.0.1:{port}/{n}"))
            .collect();
        let names = ["dead-0", "dead-1", "dead-2", "dead-3", "dead-4", "dead-5"];
        let mut all: Vec<(&str, &str)> = names
            .into_iter()
            .zip(dead.iter().map(String::as_str))
            .collect();
        all.push(("courier", &courier));
        sources(world, &all).await;
        world
            .feed
            .publish(world.item("port", "Port", "The port reopens"));
        let first = world.collect_what_is_due().await;
        assert_eq!(
            (first.articles.new, first.failed.len(), first.put_off),
            (1, 2, 4)
        );
        let error = "the server took longer than 1 s";
        assert!(first.failed.values().all(|said| said == error), "{first:?}");
        // The others have their turn in the next round, and are not blamed before.
        assert_eq!(
            program::json(world, &["source", "list"])[5]["status"],
            serde_json::Value::Null
        );
        world.later(1);
        let second = world.collect_what_is_due().await;
        assert_eq!(
            (second.sources, second.failed.len(), second.put_off),
            (2, 2, 2)
        );
        assert!(
            first
                .failed
                .keys()
                .all(|name| !second.failed.contains_key(name))
        );
    }
);

story!(
    a_host_that_wants_to_be_left_alone_is_left_alone_whatever_its_feeds,
    async |world: &mut World| {
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        let busy = get(async move || {
            count.fetch_add(1, Ordering::SeqCst);
            (
                StatusCode::TOO_MANY_REQUESTS,
                [(header::RETRY_AFTER, "1800")],
            )
        });
        let port = serve(Router::new().route("/{n}", busy)).await;
        let urls: Vec<String> = (0..5)
            .map(|n| format!("http://127.0.0.1:{port}/{n}"))
            .collect();
        let names = ["a", "b", "c", "d", "e"];
        let all: Vec<(&str, &str)> = names
            .into_iter()
            .zip(urls.iter().map(String::as_str))
            .collect();
        sources(world, &all).await;
        let collected = world.collect_what_is_due().await;
        assert_eq!((collected.sources, collected.put_off), (2, 3));
        world.later(29);
        assert_eq!(world.collect_what_is_due().await.sources, 0);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        world.later(10);
        assert!(world.collect_what_is_due().await.sources > 0);
    }
);

story!(two_nodes_ask_each_source_once, async |world: &mut World| {
    let urls: Vec<String> = (0..30)
        .map(|n| format!("{}?{n}", world.feed.url()))
        .collect();
    let names: Vec<String> = (0..30).map(|n| format!("courier-{n}")).collect();
    let all: Vec<(&str, &str)> = names.iter().zip(&urls).map(|(n, u)| (&**n, &**u)).collect();
    sources(world, &all).await;
    let other = open(&world.config(), world.clock.clone()).await;
    let collector = Collector::new(&world.app.config.collect).unwrap();
    for minutes in [0, 5, 5] {
        world.later(minutes);
        let (one, two) = tokio::join!(round(&world.app, &collector), round(&other, &collector));
        assert_eq!(one.unwrap().sources + two.unwrap().sources, 30);
        assert_eq!(world.feed.asked().len(), 30);
    }
    other.db.close().await;
});
