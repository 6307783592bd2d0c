//! The same story from two sources: one story, shown as such, and parted or joined by hand.

use postrider::collect::{Collector, round};

use crate::support::feed::{Feed, Item};
use crate::support::world::open;
use crate::support::{World, program};

const FOLDED: &str = "SELECT count(*) FROM article WHERE same_as IS NOT NULL";
const AGENCY: &str = "Councillors voted by eleven to nine on Monday night to build a six-metre wall along the east quay, \
                      ending a dispute that had split the harbour since the storm.";

async fn two_sources(world: &mut World, gazette: &Feed) {
    let first = world.feed.url();
    world.configure(
        "sources.toml",
        &format!(
            "[[source]]\nname = \"courier\"\nurl = \"{first}\"\n[[source]]\nname = \"gazette\"\nurl = \"{}\"\n",
            gazette.url()
        ),
    );
    world.restart().await;
}

fn told(world: &World, slug: &str, headline: &str, standfirst: &str) -> Item {
    let mut item = world.item(slug, "Port", headline);
    standfirst.clone_into(&mut item.standfirst);
    item
}

story!(
    an_agency_story_in_two_sources_is_one_and_a_newsroom_can_part_it,
    async |world: &mut World| {
        let gazette = Feed::start().await;
        two_sources(world, &gazette).await;
        world
            .feed
            .publish(told(world, "wall", "Council approves flood wall", AGENCY));
        world.collect().await;
        gazette.publish(told(
            world,
            "east-quay",
            "Flood wall approved by two votes, 11-9",
            AGENCY,
        ));
        gazette.publish(told(
            world,
            "quay-wall",
            "Council approves east quay wall",
            AGENCY,
        ));
        world.collect().await;
        assert_eq!(
            world.number(FOLDED).await,
            1,
            "numbers that differ part them"
        );
        insta::assert_snapshot!(
            "a_folded_article",
            program::ok(world, &["article", "show", "courier.example/quay-wall"])
        );
        insta::assert_snapshot!("articles", program::ok(world, &["article", "list"]));
        let (one, other) = (
            "courier.example/wall",
            "https://www.courier.example/quay-wall/",
        );
        let said = program::ok(world, &["article", "unfold", other]);
        assert_eq!(
            said,
            "\"Council approves east quay wall\" is a story of its own from now on.\n"
        );
        // A change of its text does not join it again.
        let mut changed = told(world, "quay-wall", "Council approves flood wall", AGENCY);
        changed.at = "2026-11-24T04:30:00Z".parse().unwrap();
        gazette.publish(changed);
        assert_eq!(world.collect().await.articles.revised, 1);
        assert_eq!(world.number(FOLDED).await, 0);
        let said = program::ok(world, &["article", "show", other]);
        assert!(said.contains("Stands alone: parted by command."), "{said}");
        for pair in [[other, "courier.example/east-quay"], [one, other]] {
            program::ok(world, &["article", "fold", pair[0], pair[1]]);
        }
        // All into the first, and none into one that is folded itself.
        assert_eq!(world.number(FOLDED).await, 2);
        let first = "SELECT count(*) FROM article WHERE same_as = (SELECT id FROM article WHERE url = 'https://courier.example/wall')";
        assert_eq!(world.number(first).await, 2);
        let facts = program::json(world, &["article", "unfold", one]);
        assert_eq!(facts["parted"], 2);
        let (code, _, said) = program::fails(world, &["article", "fold", one, one]);
        assert!(
            code == 1 && said.contains("both are one article"),
            "{code} {said}"
        );
    }
);

story!(
    two_nodes_that_collect_two_copies_at_once_fold_one_into_the_other,
    async |world: &mut World| {
        let gazette = Feed::start().await;
        two_sources(world, &gazette).await;
        // Each node has one of the two sources.
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("config");
        std::process::Command::new("cp")
            .arg("-r")
            .arg(world.config())
            .arg(&copy)
            .status()
            .unwrap();
        for (config, name, url) in [
            (world.config(), "courier", world.feed.url()),
            (copy.clone(), "gazette", gazette.url()),
        ] {
            let text = format!("[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n");
            std::fs::write(config.join("sources.toml"), text).unwrap();
        }
        world.restart().await;
        let other = open(&copy, world.clock.clone()).await;
        let collectors =
            [&world.app, &other].map(|app| Collector::new(&app.config.collect).unwrap());
        for n in 0..8 {
            let text = format!("{AGENCY} It was vote {n} of the night.");
            let headline = format!("Council approves wall in vote {n}");
            world
                .feed
                .publish(told(world, &format!("wall-{n}"), &headline, &text));
            gazette.publish(told(world, &format!("quay-{n}"), &headline, &text));
            let (one, two) = tokio::join!(
                round(&world.app, &collectors[0]),
                round(&other, &collectors[1])
            );
            assert_eq!(
                (one.unwrap().articles.new, two.unwrap().articles.new),
                (1, 1)
            );
            assert_eq!(world.number(FOLDED).await, n + 1);
            world.later(10);
        }
        let chains = "SELECT count(*) FROM article a JOIN article b ON b.id = a.same_as WHERE b.same_as IS NOT NULL";
        assert_eq!(world.number(chains).await, 0);
        other.db.close().await;
    }
);

story!(
    who_had_a_story_does_not_get_its_copy_days_later,
    async |world: &mut World| {
        let gazette = Feed::start().await;
        world.configure(
            "newsletters/flash.toml",
            "title = \"As It Happens\"\nfrom = \"Flash <flash@courier.example>\"\ncadences = [\"instant\"]\n\
             [[block]]\nkind = \"followed\"\n",
        );
        two_sources(world, &gazette).await;
        let asha = world.reader("asha@example.org", "flash");
        world.join(&[asha.follows(&["section:Port"])]).await;
        world
            .feed
            .publish(told(world, "wall", "Council approves flood wall", AGENCY));
        world.collect().await;
        world.run().await;
        assert_eq!(world.mails_to("asha@example.org").len(), 1);
        // The issue of that day is closed when the agency's copy comes, which the newsroom folds into what she had.
        world.later(40 * 60);
        gazette.publish(told(world, "east", "Council approves flood wall", AGENCY));
        world.collect().await;
        let fold = [
            "article",
            "fold",
            "courier.example/east",
            "courier.example/wall",
        ];
        program::ok(world, &fold);
        assert_eq!(world.number(FOLDED).await, 1);
        world.run().await;
        assert_eq!(world.mails_to("asha@example.org").len(), 1);
        let verdicts = world.verdicts("asha@example.org", "east").await;
        assert_eq!(verdicts.last().unwrap().reason, "had", "{verdicts:?}");
    }
);

story!(
    a_story_that_is_retracted_while_it_is_planned_reaches_nobody,
    async |world: &mut World| {
        let addresses = world.crowd(2500, "morning").await;
        world.publish("port", "Port", "The port reopens").await;
        world
            .publish("choir", "Schools", "The schools that kept music")
            .await;
        world.at("2026-11-24T06:30:00Z");
        let app = world.app.clone();
        let planning = tokio::spawn(async move { postrider::daemon::plan(&app).await.unwrap() });
        world.until("SELECT count(*) FROM message", |n| n > 0).await;
        program::ok(world, &["article", "retract", "courier.example/port"]);
        planning.await.unwrap();
        world.run().await;
        assert_eq!(world.relay.count(), addresses.len());
        for mail in world.relay.mails() {
            assert!(!crate::support::mail::carries(&mail, "port"));
        }
    }
);
