//! One story, however it is linked, listed and moved.

use std::path::PathBuf;

use postrider::collect::store::store;
use postrider::collect::{Stored, key, parse};
use postrider::config::{Collect, Source};
use postrider::db::Sql;

use crate::support::feed::Feed;
use crate::support::{World, corpora, program};

const ASHA: &str = "asha@example.org";
const ARTICLES: &str = "SELECT count(*) FROM article";
const REVISIONS: &str = "SELECT count(*) FROM article_revision";

fn text(mail: &postrider::demo::relay::Caught) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed
        .body_text(0)
        .unwrap_or_default()
        .replace("\r\n", "\n")
}

/// A second source beside the first; what is written behind each.
async fn second(world: &mut World, gazette: &Feed, settings: [&str; 2]) {
    let first = world.feed.url();
    world.configure(
        "sources.toml",
        &format!(
            "[[source]]\nname = \"courier\"\nurl = \"{first}\"\n{}\n[[source]]\nname = \"gazette\"\nurl = \"{}\"\n{}\n",
            settings[0],
            gazette.url(),
            settings[1]
        ),
    );
    world.restart().await;
}

story!(
    every_form_of_an_address_is_one_story_and_readers_get_the_one_that_was_published,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let forms = [
            "port/?utm_source=rss&utm_medium=feed",
            "port/",
            "port",
            "port#comments",
            "port/index.html?fbclid=x",
            "port/amp/",
            "port?amp=1",
        ];
        for form in forms {
            world
                .feed
                .publish(world.item(form, "Port", "The port reopens"));
            world.collect().await;
        }
        assert_eq!(world.number(ARTICLES).await, 1);
        assert_eq!(world.number(REVISIONS).await, 1);
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let said = text(&world.mails_to(ASHA)[0]);
        assert!(said.contains("https://courier.example/port/\n"), "{said}");
    }
);

story!(
    a_story_in_two_feeds_stands_in_both_sections_and_has_one_text,
    async |world: &mut World| {
        let gazette = Feed::start().await;
        second(
            world,
            &gazette,
            ["section = \"City\"", "section = \"Port\""],
        )
        .await;
        world
            .join(&[world.reader(ASHA, "mine").follows(&["section:Port"])])
            .await;
        world
            .feed
            .publish(world.item("port", "City", "The port reopens"));
        world.collect().await;
        gazette.publish(world.item("port?ref=gazette", "Port", "The port opens again"));
        for _ in 0..3 {
            let articles = world.collect().await.articles;
            assert_eq!((articles.new, articles.revised), (0, 0));
        }
        // The one whose story it is says something else: what the other says of it stays.
        let mut item = world.item("port", "Shipping", "The port stays shut");
        item.at = "2026-11-24T04:30:00Z".parse().unwrap();
        world.feed.publish(item);
        let articles = world.collect().await.articles;
        assert_eq!((articles.new, articles.revised), (0, 1));
        let shown = program::ok(world, &["article", "show", "https://courier.example/port"]);
        assert!(
            shown.contains("Filed under section:Port, section:Shipping, author:Mirren Oake."),
            "{shown}"
        );
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        let said = text(&world.mails_to(ASHA)[0]);
        assert!(said.contains("The port stays shut"), "{said}");
    }
);

story!(
    a_story_listed_twice_with_two_texts_is_not_revised_in_turns,
    async |world: &mut World| {
        world
            .feed
            .publish(world.item("port", "Port", "The port reopens"));
        let mut older = world.item("port?at_medium=RSS", "City", "The port may reopen");
        older.at = "2026-11-24T02:00:00Z".parse().unwrap();
        world.feed.publish_again(older);
        for (new, revised) in [(1, 0), (0, 0), (0, 0)] {
            let articles = world.collect().await.articles;
            assert_eq!((articles.new, articles.revised), (new, revised));
        }
        let facts = program::json(world, &["article", "show", "courier.example/port"]);
        assert_eq!(facts["article"]["headline"], "The port reopens");
        assert_eq!(
            facts["article"]["terms"],
            serde_json::json!(["section:City", "section:Port", "author:Mirren Oake"])
        );
    }
);

story!(
    a_trusted_guid_keeps_a_story_that_moves_and_an_untrusted_one_does_not,
    async |world: &mut World| {
        let gazette = Feed::start().await;
        second(world, &gazette, ["trust_guid = true", ""]).await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        for (feed, slug, headline) in [
            (&world.feed, "port", "The port reopens"),
            (&gazette, "mast", "A mast falls"),
        ] {
            let mut item = world.item(slug, "Port", headline);
            item.guid = format!("guid-{slug}");
            feed.publish(item);
        }
        assert_eq!(world.collect().await.articles.new, 2);
        for (feed, from, slug, headline) in [
            (&world.feed, "port", "news/port-reopens", "The port reopens"),
            (&gazette, "mast", "news/mast-falls", "A mast falls"),
        ] {
            let mut item = world.item(from, "Port", headline);
            item.guid = format!("guid-{from}");
            let mut moved = item.clone();
            moved.slug = slug.to_owned();
            feed.replace(from, moved);
        }
        let articles = world.collect().await.articles;
        assert_eq!((articles.new, articles.revised), (1, 1));
        let again = world.collect().await.articles;
        assert_eq!((again.new, again.revised), (0, 0));
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let said = text(&world.mails_to(ASHA)[0]);
        assert!(
            said.contains("https://courier.example/news/port-reopens")
                && !said.contains("https://courier.example/port\n"),
            "{said}"
        );
        // Who has an older mail in hand asks by the address in it.
        for left in ["https://courier.example/port", "courier.example/port"] {
            let said = program::ok(world, &["why", ASHA, "--story", left]);
            assert!(said.contains("Yes. morning, 2026-11-24"), "{said}");
        }
    }
);

story!(
    two_entries_with_one_guid_are_two_stories_unless_guids_are_trusted,
    async |world: &mut World| {
        let gazette = Feed::start().await;
        second(world, &gazette, ["", "trust_guid = true"]).await;
        for (feed, slugs) in [(&world.feed, ["a", "b"]), (&gazette, ["c", "d"])] {
            for (slug, headline) in slugs.into_iter().zip(["The port reopens", "A mast falls"]) {
                let mut item = world.item(slug, "Port", headline);
                item.guid = "1".to_owned();
                feed.publish(item);
            }
        }
        assert_eq!(world.collect().await.articles.new, 3);
        assert_eq!(world.number(ARTICLES).await, 3);
    }
);

story!(
    a_feed_at_six_moments_gives_each_story_once,
    async |world: &mut World| {
        // Stories come, change their headline or their address's form, and fall off the end.
        let moments: [&[(&str, &str)]; 6] = [
            &[("a", "A mast falls"), ("b", "The port reopens")],
            &[
                ("c", "Herring quota cut"),
                ("a", "A mast falls"),
                ("b", "The port reopens"),
            ],
            &[
                ("c?utm_source=x", "Herring quota cut"),
                ("a", "A mast falls in the gale"),
                ("b/", "The port reopens"),
            ],
            &[
                ("d", "Nurses strike"),
                ("c", "Herring quota cut by a third"),
                ("a", "A mast falls in the gale"),
            ],
            &[
                ("e", "Wolf seen"),
                ("d", "Nurses strike"),
                ("c", "Herring quota cut by a third"),
            ],
            &[
                ("b", "The port reopens"),
                ("e", "Wolf seen"),
                ("d", "Nurses strike"),
            ],
        ];
        let expected = [(2, 0), (1, 0), (0, 1), (1, 1), (1, 0), (0, 0)];
        for (moment, expected) in moments.into_iter().zip(expected) {
            world.feed.clear();
            for (slug, headline) in moment {
                let mut item = world.item(slug, "News", headline);
                item.at = "2026-11-24T04:30:00Z".parse().unwrap();
                world.feed.publish(item);
            }
            let articles = world.collect().await.articles;
            assert_eq!((articles.new, articles.revised), expected, "{moment:?}");
            world.later(60);
        }
        assert_eq!(world.number(ARTICLES).await, 5);
    }
);

/// A real paper's sitemap at six moments, where it is at hand and can be read.
async fn a_real_series(world: &mut World) {
    let Some(series) = corpora::part("feeds/series") else {
        return;
    };
    let files = std::fs::read_dir(series).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    world.collect().await;
    let source_id = world.number("SELECT id FROM source").await;
    let source = Source::default();
    let (mut keys, mut total) = (std::collections::BTreeSet::new(), Stored::default());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let now = "2026-07-02T00:00:00Z".parse().unwrap();
        let Ok(feed) = parse(&bytes, None, "https://paper.example/", now) else {
            return;
        };
        keys.extend(feed.entries.iter().filter_map(|e| key(&e.url)));
        for expect_nothing in [false, true] {
            let stored = store(
                &world.app.db,
                &Collect::default(),
                &source,
                source_id,
                &feed.entries,
                None,
                now,
            )
            .await
            .unwrap();
            assert!(
                !expect_nothing || (stored.new, stored.revised) == (0, 0),
                "{stored:?}"
            );
            total.new += stored.new;
            total.revised += stored.revised;
        }
    }
    assert_eq!(total.new, keys.len() as u64);
    let mut conn = world.app.db.read().await.unwrap();
    let same: i64 = conn
        .sql(
            "SELECT count(*) FROM article_revision r JOIN article_revision s ON s.article_id = r.article_id
                AND s.revision = r.revision + 1 AND s.headline = r.headline AND s.detail = r.detail",
        )
        .value()
        .await
        .unwrap();
    assert_eq!(same, 0, "revisions that change nothing");
}

story!(
    a_real_sitemap_at_six_moments_gives_each_story_once,
    async |world: &mut World| a_real_series(world).await
);
