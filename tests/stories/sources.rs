//! Sources that fail, repeat themselves and change their minds.

use crate::support::feed::Feed;
use crate::support::{World, program};
use postrider::config::Cadence;

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

fn text(mail: &postrider::demo::relay::Caught) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed.body_text(0).unwrap_or_default().into_owned()
}

/// A second source beside the first.
async fn second(world: &mut World, url: &str) {
    let first = world.feed.url();
    world.configure(
        "sources.toml",
        &format!(
            "[[source]]\nname = \"courier\"\nurl = \"{first}\"\n[[source]]\nname = \"gazette\"\nurl = \"{url}\"\n"
        ),
    );
    world.restart().await;
}

/// An address where nobody listens.
async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/feed.rss", listener.local_addr().unwrap())
}

story!(
    a_dead_source_is_named_and_stops_no_other,
    async |world: &mut World| {
        let gazette = Feed::start().await;
        second(world, &gazette.url()).await;
        gazette.break_it(true);
        world
            .feed
            .publish(world.item("port", "Port", "The port reopens"));
        let collected = world.collect_what_is_due().await;
        assert_eq!((collected.sources, collected.articles.new), (2, 1));
        assert_eq!(collected.failed["gazette"], "the server answered 500");
        let listed = program::ok(world, &["source", "list"]);
        assert!(
            listed.contains("fails since Tue 24 Nov 2026 05:30:00: the server answered 500"),
            "{listed}"
        );
        let status = program::ok(world, &["status"]);
        assert!(
            status.contains(
                "Source gazette fails since Tue 24 Nov 2026 05:30:00: the server answered 500"
            ),
            "{status}"
        );
        // One pass of everything says it too, and that not all went well.
        world.later(30);
        let (code, stdout, said) = program::fails(world, &["once"]);
        assert_eq!(code, 1, "{said}");
        assert!(
            stdout.contains("  gazette: the server answered 500\n"),
            "{stdout}"
        );
        gazette.break_it(false);
        gazette.publish(world.item("mast", "Port", "A mast falls"));
        world.later(30);
        let collected = world.collect_what_is_due().await;
        assert_eq!((collected.failed.len(), collected.articles.new), (0, 1));
        assert!(!program::ok(world, &["status"]).contains("gazette"));
    }
);

story!(
    a_source_that_cannot_be_reached_is_named_too,
    async |world: &mut World| {
        second(world, &nowhere().await).await;
        world
            .feed
            .publish(world.item("port", "Port", "The port reopens"));
        let collected = world.collect_what_is_due().await;
        assert_eq!(collected.articles.new, 1);
        assert_eq!(
            collected.failed["gazette"],
            "the server could not be reached"
        );
    }
);

story!(
    each_failure_doubles_the_pause_until_a_source_is_well,
    async |world: &mut World| {
        world.feed.break_it(true);
        assert_eq!(world.collect_what_is_due().await.failed.len(), 1);
        // Up to a quarter is added, so that sources that failed together do not come back together.
        for pause in [5, 10, 20, 40, 80, 160, 160] {
            world.later(pause - 1);
            let early = world.collect_what_is_due().await;
            assert_eq!(early.sources, 0, "a minute before {pause} are over");
            world.later(pause / 4 + 2);
            let failed = world.collect_what_is_due().await.failed;
            assert_eq!(failed.len(), 1, "a quarter after {pause} minutes");
        }
        world.feed.break_it(false);
        world.later(200);
        assert_eq!(world.collect_what_is_due().await.failed.len(), 0);
        world.later(5);
        assert_eq!(
            world.collect_what_is_due().await.sources,
            1,
            "well again, it has its usual pause"
        );
    }
);

story!(
    a_new_headline_reaches_only_who_has_not_had_the_story,
    async |world: &mut World| {
        let ben = world
            .reader(BEN, "morning")
            .at(Cadence::Daily, "20:00", "Europe/London");
        world.join(&[world.reader(ASHA, "morning"), ben]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mut item = world.item("port", "Port", "The port stays shut");
        item.at = "2026-11-24T04:30:00Z".parse().unwrap();
        world.feed.publish(item);
        let collected = world.collect().await;
        assert_eq!((collected.articles.new, collected.articles.revised), (0, 1));
        world.at("2026-11-24T20:00:00Z");
        world.run().await;
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        assert!(text(&world.mails_to(ASHA)[0]).contains("The port reopens"));
        assert_eq!(world.mails_to(BEN).len(), 1);
        let said = text(&world.mails_to(BEN)[0]);
        assert!(
            said.contains("The port stays shut") && !said.contains("The port reopens"),
            "{said}"
        );
    }
);

story!(
    a_story_listed_twice_is_one_story,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let item = world.item("port", "Port", "The port reopens");
        world.feed.publish(item.clone());
        world.feed.publish_again(item);
        assert_eq!(world.collect().await.articles.new, 1);
        let again = world.collect().await.articles;
        assert_eq!((again.new, again.revised), (0, 0));
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let said = text(&world.mails_to(ASHA)[0]);
        assert_eq!(
            said.matches("https://courier.example/port").count(),
            1,
            "{said}"
        );
    }
);

story!(
    a_changed_guid_makes_no_new_story,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mut item = world.item("port", "Port", "The port reopens");
        item.guid = "https://courier.example/?p=4711".to_owned();
        item.at = "2026-11-24T04:30:00Z".parse().unwrap();
        world.feed.publish(item);
        let articles = world.collect().await.articles;
        assert_eq!((articles.new, articles.revised), (0, 0));
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    sources_are_listed_and_checked_and_a_check_stores_nothing,
    async |world: &mut World| {
        second(world, &nowhere().await).await;
        world
            .feed
            .publish(world.item("port", "Port", "The port reopens"));
        let listed = program::ok(world, &["source", "list"]);
        insta::assert_snapshot!("sources_not_yet_asked", listed);
        let well = program::ok(world, &["source", "check", "courier"]);
        assert_eq!(well, "courier: 1 story\n  The port reopens\n");
        let (code, stdout, said) = program::fails(world, &["source", "check"]);
        assert_eq!(code, 1);
        assert!(
            stdout.contains("gazette: the server could not be reached\n"),
            "{stdout}"
        );
        assert!(said.contains("1 of 2 sources gave nothing"), "{said}");
        let (code, _, said) = program::fails(world, &["source", "check", "herald"]);
        assert!(
            code == 1 && said.contains("hint: there are courier, gazette"),
            "{code} {said}"
        );
        assert_eq!(
            program::ok(world, &["source", "list"]),
            listed,
            "nothing was stored"
        );
        world.collect_what_is_due().await;
        insta::assert_snapshot!("sources_asked", program::ok(world, &["source", "list"]));
        let facts = program::json(world, &["source", "list"]);
        assert_eq!(facts[0]["source"]["name"], "courier");
        assert_eq!(facts[0]["articles"], 1);
        assert_eq!(
            facts[1]["status"]["error"],
            "the server could not be reached"
        );
        let output = program::run(world, &["source", "check", "--json"]);
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(facts[0]["stories"][0]["headline"], "The port reopens");
        assert_eq!(facts[1]["error"], "the server could not be reached");
    }
);

story!(
    a_private_address_is_refused_unless_it_is_allowed,
    async |world: &mut World| {
        world
            .feed
            .publish(world.item("port", "Port", "The port reopens"));
        let file = world.config().join("postrider.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        world.configure(
            "postrider.toml",
            &text.replace("[collect]\nprivate_addresses = true\n", ""),
        );
        world.restart().await;
        let collected = world.collect().await;
        assert_eq!(collected.articles.new, 0);
        assert_eq!(
            collected.failed["courier"],
            "the address leads into a private network; if it is your own, write private = true"
        );
        let (code, stdout, _) = program::fails(world, &["source", "check"]);
        assert!(
            code == 1 && stdout.contains("courier: the address leads into a private network"),
            "{stdout}"
        );
        // For this source alone it may.
        let sources = std::fs::read_to_string(world.config().join("sources.toml")).unwrap();
        world.configure("sources.toml", &format!("{sources}private = true\n"));
        world.restart().await;
        assert_eq!(world.collect().await.articles.new, 1);
    }
);
