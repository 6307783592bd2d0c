//! What the paper corrects or takes back, after it was planned and before it left.

use postrider::collect::{article, change};

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
const PORT: &str = "https://courier.example/port";
const CHANGES: &str = "SELECT count(*) FROM article_change";

fn text(mail: &postrider::demo::relay::Caught) -> String {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed
        .body_text(0)
        .unwrap_or_default()
        .replace("\r\n", "\n")
}

async fn id_of(world: &World, asked: &str) -> i64 {
    let mut conn = world.app.db.read().await.unwrap();
    article::find(&mut conn, asked).await.unwrap().unwrap()
}

/// Takes the port's story back, and is killed before it does more than that.
async fn retract_and_die(world: &World) {
    let id = id_of(world, PORT).await;
    change::retract(&world.app.db, id, "it never happened", world.now())
        .await
        .unwrap();
}

/// Two stories, and these readers planned for half past six.
async fn two_stories_are_queued(world: &World, readers: &[&'static str]) {
    let readers: Vec<_> = readers.iter().map(|r| world.reader(r, "morning")).collect();
    world.join(&readers).await;
    world.publish("port", "Port", "The port reopens").await;
    world.publish("mast", "Port", "A mast falls").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
}

story!(
    a_retracted_story_leaves_what_is_queued_and_a_digest_with_nothing_else_is_skipped,
    async |world: &mut World| {
        let ben = world.reader(BEN, "mine").follows(&["section:Port"]);
        world.join(&[ben]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.publish("mast", "City", "A mast falls").await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.at("2026-11-24T07:00:00Z");
        world.plan().await;
        let said = program::ok(
            world,
            &["article", "retract", PORT, "--note", "It never happened"],
        );
        assert_eq!(
            said,
            "Retracted \"The port reopens\". Changed 1 queued mail and skipped 1 queued mail, which had nothing else.\n"
        );
        assert_eq!(world.number(CHANGES).await, 0);
        world.send().await;
        let said = text(&world.mails_to(ASHA)[0]);
        assert!(
            said.contains("A mast falls") && !said.contains("port"),
            "{said}"
        );
        assert_eq!(world.mails_to(BEN).len(), 0);
        let life = world.newest(BEN, "mine").await.unwrap();
        assert_eq!(
            (life.state, life.reason),
            (
                "skipped",
                Some("every story in it was retracted before it could leave")
            )
        );
        // It comes back neither by itself nor by another look at its feed.
        world.collect().await;
        world.at("2026-11-25T07:00:00Z");
        world.run().await;
        assert_eq!(
            (world.mails_to(ASHA).len(), world.mails_to(BEN).len()),
            (1, 0)
        );
        insta::assert_snapshot!(
            "a_retracted_article",
            program::ok(world, &["article", "show", PORT])
        );
        let again = program::ok(world, &["article", "retract", PORT]);
        assert!(again.contains("was retracted already."), "{again}");
        // By command it does.
        program::ok(world, &["article", "restore", PORT]);
        let again = program::ok(world, &["article", "restore", PORT]);
        assert_eq!(again, "\"The port reopens\" is not retracted.\n");
        world.at("2026-11-25T07:30:00Z");
        let late = world
            .reader("cara@example.org", "mine")
            .follows(&["section:Port"]);
        world.join(&[late]).await;
        world.publish("gull", "Port", "A gull returns").await;
        world.at("2026-11-26T07:00:00Z");
        world.run().await;
        assert!(text(&world.mails_to(BEN)[0]).contains("A gull returns"));
    }
);

story!(
    a_corrected_story_is_shown_corrected_and_one_that_only_changed_as_it_was_planned,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning").follows(&["section:Port"]);
        world.join(&[asha]).await;
        two_stories_are_queued(world, &[]).await;
        let old = "2026-11-24T04:30:00Z".parse().unwrap();
        let mut item = world.item("mast", "Port", "A mast falls in the gale");
        item.at = old;
        world.feed.publish(item);
        assert_eq!(world.collect().await.articles.revised, 1);
        let said = program::ok(
            world,
            &[
                "article",
                "correct",
                PORT,
                "--note",
                "It reopens on Friday, not on Thursday.",
            ],
        );
        assert_eq!(
            said,
            "Revision 2 of \"The port reopens\" is a correction. Changed 1 queued mail.\n"
        );
        world.send().await;
        let said = text(&world.mails_to(ASHA)[0]);
        assert!(
            said.contains("Correction: It reopens on Friday, not on Thursday."),
            "{said}"
        );
        assert!(
            said.contains("A MAST FALLS\n") || said.contains("A mast falls\n"),
            "{said}"
        );
        // What the feed says next is still a story that was corrected, and the same text changes nothing.
        assert_eq!(world.collect().await.articles.revised, 0);
        insta::assert_snapshot!(
            "a_corrected_article",
            program::ok(world, &["article", "show", PORT])
        );
    }
);

story!(
    a_feed_says_by_its_words_and_topics_that_a_story_is_corrected_or_withdrawn,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        for (slug, headline) in [
            ("port", "The port reopens"),
            ("mast", "A mast falls"),
            ("wall", "The wall is built"),
            ("gull", "A gull returns"),
        ] {
            world.publish(slug, "Port", headline).await;
        }
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let item = |slug: &str, headline: &str| {
            let mut item = world.item(slug, "Port", headline);
            item.at = "2026-11-24T04:30:00Z".parse().unwrap();
            item
        };
        world
            .feed
            .publish(item("port", "Correction: the port reopens on Friday"));
        let mut wall = item("wall", "The wall is not built yet");
        wall.topics = vec!["Corrections".to_owned()];
        world.feed.publish(wall);
        world.feed.publish(item("mast", "WITHDRAWN: A mast falls"));
        world
            .feed
            .publish(item("gull", "A gull returns with a friend"));
        assert_eq!(world.collect().await.articles.revised, 4);
        // A retraction takes effect when it is planned again, or at the fence.
        world.run().await;
        let said = text(&world.mails_to(ASHA)[0]);
        let upper = said.to_uppercase();
        for (part, there) in [
            ("CORRECTION: THE PORT REOPENS ON FRIDAY", true),
            ("THE WALL IS NOT BUILT YET", true),
            ("A GULL RETURNS\n", true),
            ("WITH A FRIEND", false),
            ("MAST", false),
        ] {
            assert_eq!(upper.contains(part), there, "{part}: {said}");
        }
        assert_eq!(world.number(CHANGES).await, 0);
    }
);

story!(
    what_its_feed_deletes_is_retracted_and_no_other_source_s_story,
    async |world: &mut World| {
        two_stories_are_queued(world, &[ASHA]).await;
        let source_id = world.number("SELECT id FROM source").await;
        let ids = [
            "mast".to_owned(),
            "http://www.courier.example/port/".to_owned(),
        ];
        let retract = async |source_id| {
            change::retract_deleted(&world.app.db, source_id, &ids, world.now())
                .await
                .unwrap()
        };
        assert_eq!(retract(source_id + 1).await, 0);
        assert_eq!(retract(source_id).await, 2);
        program::ok(world, &["article", "restore", "courier.example/mast"]);
        assert_eq!(
            retract(source_id).await,
            0,
            "what was restored by hand stays"
        );
        world.run().await;
        let said = text(&world.mails_to(ASHA)[0]);
        assert!(said.contains("mast") && !said.contains("port"), "{said}");
    }
);

/// Of two mails that are picked up one is on its way when a story in both is retracted, and then this happens, before the
/// other's mark: the other comes without the story.
async fn retracted_before_the_mark(world: &mut World, then: impl AsyncFnOnce(&World)) {
    world.add_setting("connections = 1");
    world.restart().await;
    two_stories_are_queued(world, &[ASHA, BEN]).await;
    let hold = world.relay.hold_before_data();
    let daemon = program::start(world);
    world.until_one_is_past_the_fence(&hold).await;
    program::ok(world, &["article", "retract", PORT]);
    assert_eq!(
        world.number(CHANGES).await,
        1,
        "what is on its way may come back"
    );
    then(world).await;
    hold.release();
    world.until_mails(2).await;
    daemon.term();
    assert_eq!(daemon.wait().0, Some(0));
    let mut with: Vec<bool> = world
        .relay
        .mails()
        .iter()
        .map(|m| text(m).contains(PORT))
        .collect();
    with.sort_unstable();
    assert_eq!(with, [false, true]);
}

story!(
    a_mail_that_was_rendered_before_a_retraction_does_not_pass_the_fence,
    async |world: &mut World| {
        retracted_before_the_mark(world, async |_| {}).await;
        world.plan().await;
        assert_eq!(world.number(CHANGES).await, 0);
    }
);

story!(
    a_mail_that_was_rendered_before_a_retraction_does_not_pass_though_that_is_over,
    async |world: &mut World| {
        let over = async |world: &World| {
            assert_eq!(world.change("DELETE FROM article_change").await, 1);
        };
        retracted_before_the_mark(world, over).await;
    }
);

story!(
    a_retraction_that_was_killed_half_way_holds_at_the_fence,
    async |world: &mut World| {
        world.crowd(1500, "morning").await;
        two_stories_are_queued(world, &[ASHA]).await;
        retract_and_die(world).await;
        // Nobody sweeps: what the fence stops it changes itself, and no mail waits for it.
        let sent = world.send().await;
        assert_eq!(sent.by_state.get("accepted"), Some(&1501));
        assert!(world.relay.mails().iter().all(|m| !text(m).contains(PORT)));
        assert_eq!(world.number("SELECT count(*) FROM attempt").await, 0);
        world.plan().await;
        assert_eq!(world.number(CHANGES).await, 0);
    }
);

story!(
    a_correction_that_was_killed_half_way_holds_at_the_fence,
    async |world: &mut World| {
        two_stories_are_queued(world, &[ASHA, BEN]).await;
        let note = "It reopens on Friday, not on Thursday.";
        let id = id_of(world, PORT).await;
        let corrected = change::correct(&world.app.db, id, note, world.now());
        corrected.await.unwrap();
        world.send().await;
        let mails = world.relay.mails();
        assert_eq!(mails.len(), 2);
        let corrected = "Correction: The port reopens";
        assert!(mails.iter().all(|mail| text(mail).contains(corrected)));
    }
);

story!(
    a_sweep_goes_through_more_than_one_page_and_again_where_it_was_cut_off,
    async |world: &mut World| {
        world.crowd(2300, "morning").await;
        two_stories_are_queued(world, &[ASHA]).await;
        retract_and_die(world).await;
        let said = program::ok(world, &["article", "retract", PORT]);
        assert!(
            said.contains("Changed 2\u{202f}301 queued mails."),
            "{said}"
        );
        assert_eq!(world.number(CHANGES).await, 0);
        let cohorts = "SELECT count(DISTINCT cohort_id) FROM message";
        assert_eq!(world.number(cohorts).await, 1);
    }
);

story!(
    a_mail_in_doubt_is_sent_again_without_what_was_retracted,
    async |world: &mut World| {
        two_stories_are_queued(world, &[ASHA]).await;
        let hold = world.relay.hold_after_data();
        let daemon = program::start(world);
        world.until_reached(&hold).await;
        daemon.kill_9();
        drop(hold);
        // The message is being handed over, as far as anyone knows, so the change waits for it.
        program::ok(world, &["article", "retract", PORT]);
        assert_eq!(world.number(CHANGES).await, 1);
        world.later(2);
        program::ok(world, &["once"]);
        let mails = world.mails_to(ASHA);
        let with: Vec<bool> = mails.iter().map(|m| text(m).contains(PORT)).collect();
        assert_eq!(with.last(), Some(&false), "{with:?}");
        world.plan().await;
        assert_eq!(world.number(CHANGES).await, 0);
    }
);

story!(
    a_held_issue_and_a_deferred_mail_lose_the_story_too,
    async |world: &mut World| {
        let later = "later@example.org";
        two_stories_are_queued(world, &[later]).await;
        world.send().await;
        assert_eq!(world.state_of(later, "morning").await, "deferred");
        program::ok(world, &["issue", "hold", "morning"]);
        program::ok(world, &["article", "retract", PORT]);
        program::ok(world, &["issue", "resume", "morning"]);
        world.later(10);
        world.send().await;
        let said = text(&world.mails_to(later)[0]);
        assert!(said.contains("mast") && !said.contains("port"), "{said}");
    }
);

story!(
    whoever_composed_before_a_retraction_is_told_before_it_writes,
    async |world: &mut World| {
        world.publish("port", "Port", "The port reopens").await;
        let before = change::generation(&mut world.app.db.read().await.unwrap())
            .await
            .unwrap();
        let mut tx = world.app.db.begin().await.unwrap();
        assert!(change::still(&mut tx, before).await.unwrap());
        tx.commit().await.unwrap();
        world.publish("mast", "Port", "A mast falls").await;
        let mut tx = world.app.db.begin().await.unwrap();
        assert!(
            change::still(&mut tx, before).await.unwrap(),
            "a new story changes nothing"
        );
        // While a planner writes, a retraction waits for it; then the next planner knows.
        let id = id_of(world, PORT).await;
        let (db, now) = (world.app.db.clone(), world.now());
        let retracting =
            tokio::spawn(async move { change::retract(&db, id, "a story", now).await });
        let active = "SELECT count(*) FROM article WHERE state = 1";
        assert_eq!(world.number(active).await, 2);
        tx.commit().await.unwrap();
        assert_eq!(retracting.await.unwrap().unwrap(), 1);
        let mut tx = world.app.db.begin().await.unwrap();
        assert!(!change::still(&mut tx, before).await.unwrap());
    }
);

story!(
    an_address_that_nobody_knows_is_told_with_what_is_like_it,
    async |world: &mut World| {
        world
            .publish("the-port-reopens", "Port", "The port reopens")
            .await;
        let asked = "https://courier.example/the-port-reopened?utm_source=mail";
        for verb in ["show", "correct", "retract", "restore", "unfold"] {
            let (code, stdout, said) = program::fails(world, &["article", verb, asked]);
            assert_eq!((code, stdout.as_str()), (1, ""));
            assert_eq!(
                said,
                format!(
                    "error: no article has the address {asked}\nhint: there is https://courier.example/the-port-reopens\n"
                )
            );
        }
        let (code, _, said) = program::fails(world, &["article", "show", "4711"]);
        assert!(
            code == 1 && said.contains("hint: postrider article list shows"),
            "{said}"
        );
        let shown = program::json(
            world,
            &[
                "article",
                "show",
                "http://www.courier.example/the-port-reopens/",
            ],
        );
        assert_eq!(shown["article"]["headline"], "The port reopens");
        assert_eq!(shown["issues"], serde_json::json!([]));
        let listed = program::json(world, &["article", "list", "--since", "2026-11-25"]);
        assert_eq!(listed, serde_json::json!([]));
    }
);

story!(
    why_tells_of_a_retraction_that_held_when_the_mail_was_composed,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.publish("mast", "Port", "A mast falls").await;
        let mast = "courier.example/mast";
        program::ok(world, &["article", "retract", mast]);
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        world.later(30);
        program::ok(world, &["article", "restore", mast]);
        assert_eq!(world.verdicts(ASHA, "mast").await[0].reason, "retracted");
    }
);
