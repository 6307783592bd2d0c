//! What comes in the mail, and what does not.

use futures_util::FutureExt;
use postrider::config::Cadence;
use postrider::issue::plan;
use postrider::render::letter;
use postrider::render::mail::Renderer;

use crate::support::mail::{carries, subject};
use crate::support::program;
use crate::support::world::NEWSLETTERS;
use crate::support::{Kind, Reader, World};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";
const CLEO: &str = "cleo@example.org";

story!(
    a_story_goes_from_the_feed_to_the_inbox,
    async |world: &mut World| {
        world
            .join(&[world
                .reader(ASHA, "morning")
                .named("Asha")
                .follows(&["section:Schools"])])
            .await;
        world
            .publish("choir", "Schools", "The schools that kept music")
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 0, "half past six has not come");
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 1);
        assert_eq!(subject(&mails[0]), "The schools that kept music");
        assert!(carries(&mails[0], "choir") && carries(&mails[0], "port"));
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
    }
);

story!(
    who_wants_only_what_they_follow_gets_that_and_no_mail_on_days_without_it,
    async |world: &mut World| {
        let flash = NEWSLETTERS[0].1.replace("\"scheduled\"", "\"instant\"");
        world.configure("newsletters/flash.toml", &flash);
        world.restart().await;
        let reader = |address, slug| world.reader(address, slug).follows(&["section:Schools"]);
        let asha = reader(ASHA, "morning").only_followed();
        let mut cleo = reader(CLEO, "flash").only_followed();
        cleo = cleo.at(Cadence::Instant, "06:30", "Europe/London");
        world.join(&[asha, reader(BEN, "morning"), cleo]).await;
        let mut port = world.item("port", "Port", "The port reopens");
        port.topics.push("must-read".into());
        world.feed.publish(port);
        world
            .publish("choir", "Schools", "The schools that kept music")
            .await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        for address in [ASHA, CLEO] {
            let mails = world.mails_to(address);
            assert_eq!(mails.len(), 1);
            assert!(carries(&mails[0], "choir") && !carries(&mails[0], "port"));
            let verdicts = world.verdicts(address, "port").await;
            assert_eq!(verdicts[0].reason, "not-followed");
        }
        assert!(carries(&world.mails_to(BEN)[0], "port"));

        world.at("2026-11-25T06:00:00Z");
        world.publish("ferry", "Port", "Ferry fares rise").await;
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(BEN).len(), 2);
        assert_eq!(world.mails_to(ASHA).len(), 1, "nothing of schools");
        let why = program::ok(world, &["why", ASHA]);
        assert!(
            why.contains(
                "\nNo. morning, 2026-11-25: skipped: the reader wants only what they follow,"
            ),
            "{why}"
        );
        assert!(why.contains(", only what they follow\n"), "{why}");
        let cleo = world.why(CLEO).await;
        assert_eq!(cleo.messages.len(), 1, "it did not even wake her");
    }
);

story!(two_ticks_at_once_plan_once, async |world: &mut World| {
    let names: Vec<&'static str> = (0..40)
        .map(|i| &*Box::leak(format!("reader{i}@example.org").into_boxed_str()))
        .collect();
    let readers: Vec<Reader> = names.iter().map(|a| world.reader(a, "morning")).collect();
    world.join(&readers).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    let ticks: Vec<_> = (0..4)
        .map(|_| {
            let app = world.app.clone();
            tokio::spawn(async move { postrider::daemon::plan(&app).await.unwrap().queued })
        })
        .collect();
    for tick in ticks {
        tick.await.unwrap();
    }
    world.send().await;
    for address in names {
        assert_eq!(world.mails_to(address).len(), 1, "{address}");
        assert_eq!(world.why(address).await.messages.len(), 1);
    }
});

story!(
    nobody_gets_a_story_twice_from_one_newsletter,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        world.publish("ferry", "Port", "Ferry fares rise").await;
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2);
        assert!(carries(&mails[1], "ferry") && !carries(&mails[1], "port"));
        // A changed cadence is still the same newsletter.
        world
            .join(&[world
                .reader(ASHA, "morning")
                .at(Cadence::Daily, "20:00", "Europe/London")])
            .await;
        world.at("2026-11-25T20:00:00Z");
        world.run().await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            2,
            "the edition of that day was sent, and there is nothing new"
        );
    }
);

story!(a_mute_beats_a_follow, async |world: &mut World| {
    world
        .join(&[world
            .reader(ASHA, "mine")
            .follows(&["section:Port", "section:Sport"])
            .mutes(&["topic:Cricket"])])
        .await;
    let mut item = world.item("wickets", "Sport", "Six wickets before lunch");
    item.topics = vec!["cricket".into()];
    world.feed.publish(item);
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T07:00:00Z");
    world.run().await;
    let mails = world.mails_to(ASHA);
    assert!(carries(&mails[0], "port") && !carries(&mails[0], "wickets"));
});

story!(
    a_keyword_matches_whole_words_only,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "mine").follows(&["keyword:flood wall"])])
            .await;
        world
            .publish("wall", "City hall", "The flood-wall goes to a vote")
            .await;
        world
            .publish("walls", "City hall", "Flood wallpaper is on sale")
            .await;
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert!(carries(&mails[0], "wall") && !carries(&mails[0], "walls"));
    }
);

story!(
    a_digest_with_nothing_to_say_is_skipped_and_says_why,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "mine").follows(&["section:Opera"])])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        let message = world.newest(ASHA, "mine").await.unwrap();
        assert_eq!((message.state, world.mails_to(ASHA).len()), ("skipped", 0));
        assert!(message.reason.unwrap().contains("no story"));
    }
);

story!(
    a_preview_is_what_is_sent_byte_for_byte,
    async |world: &mut World| {
        world
            .join(&[
                world
                    .reader(ASHA, "morning")
                    .named("Asha Ütz")
                    .follows(&["section:Schools"]),
                world
                    .reader(BEN, "mine")
                    .at(Cadence::Daily, "09:15", "Asia/Kolkata")
                    .follows(&["section:Port"]),
            ])
            .await;
        world
            .publish(
                "choir",
                "Schools",
                "The schools that kept music, and who paid: a “long” tale",
            )
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        let before = program::ok(
            world,
            &[
                "issue",
                "preview",
                "morning",
                "--as",
                ASHA,
                "--format",
                "eml",
                "--edition",
                "2026-11-24",
            ],
        );
        world.run().await;
        let after = program::ok(
            world,
            &[
                "issue", "preview", "morning", "--as", ASHA, "--format", "eml",
            ],
        );
        let sent = String::from_utf8(world.mails_to(ASHA)[0].bytes.to_vec()).unwrap();
        assert_eq!(before, sent);
        assert_eq!(after, sent);
        // Nothing that changes afterwards changes what was sent.
        world.configure(
            "newsletters/morning.toml",
            &crate::support::world::NEWSLETTERS[0]
                .1
                .replace("Morning Tide", "Evening Tide"),
        );
        world
            .publish("choir", "Schools", "Another headline altogether")
            .await;
        let late = program::ok(
            world,
            &[
                "issue", "preview", "morning", "--as", ASHA, "--format", "eml",
            ],
        );
        assert_eq!(late, sent);
        let never = ["issue", "preview", "morning", "--edition", "2026-11-20"];
        let (code, _, said) = program::fails(world, &never);
        assert_eq!(code, 1);
        assert!(said.contains("had no issue 2026-11-20"), "{said}");
    }
);

story!(
    what_a_cohort_shares_is_no_other_days,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let key = (
            world.number("SELECT issue_id FROM message").await,
            world.number("SELECT subscriber_id FROM message").await,
            0,
        );
        let mut conn = world.app.db.read().await.unwrap();
        let letter = letter::find(&mut conn, key).await.unwrap().unwrap();
        drop(conn);
        // As it would be for whoever is a day ahead.
        let mut later = letter.clone();
        later.scheduled_at += 24 * 60 * 60 * 1000;
        let renderer = Renderer::new(world.app.clone());
        for (letter, day) in [&letter, &later, &letter].into_iter().zip([24, 25, 24]) {
            let mail = renderer.mail(letter).await.unwrap();
            let alone = Renderer::new(world.app.clone()).mail(letter).await.unwrap();
            assert!(mail.bytes == alone.bytes, "{day}");
            assert!(mail.bytes.contains(&format!("day {day} November 2026\r\n")));
        }
    }
);

story!(
    who_left_since_the_due_were_read_has_no_message_and_keeps_nobody_waiting,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
            .await;
        // An issue is opened when the due have been read, and before anything of theirs is written.
        let leaves: &[&'static str] = match world.kind {
            Kind::Sqlite => &["CREATE TRIGGER leaves AFTER INSERT ON issue BEGIN
                 UPDATE subscription SET next_due_at = NULL, state = 2 WHERE id = (SELECT min(id) FROM subscription); END"],
            Kind::Postgres => &[
                "CREATE FUNCTION leaves() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
                 UPDATE subscription SET next_due_at = NULL, state = 2 WHERE id = (SELECT min(id) FROM subscription); RETURN NEW; END'",
                "CREATE TRIGGER leaves AFTER INSERT ON issue FOR EACH ROW EXECUTE FUNCTION leaves()",
            ],
        };
        for step in leaves {
            world.change(step).await;
        }
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        assert_eq!(world.plan().await.queued, 1);
        assert_eq!(world.number("SELECT count(*) FROM message").await, 1);
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len() + world.mails_to(BEN).len(), 1);
    }
);

story!(
    the_first_readers_mails_need_not_wait_for_the_last_readers_to_be_planned,
    async |world: &mut World| {
        const READERS: i64 = 1001;
        world.crowd(READERS as usize, "morning").await;
        // Of two pages, the second cannot be written.
        let breaks: &[&'static str] = match world.kind {
            Kind::Sqlite => &[
                "CREATE TRIGGER breaks BEFORE UPDATE OF next_due_at ON subscription
                  WHEN OLD.id = (SELECT max(id) FROM subscription) BEGIN SELECT RAISE(ABORT, 'not now'); END",
            ],
            Kind::Postgres => &[
                "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN IF OLD.id = (SELECT max(id) FROM subscription) THEN RAISE EXCEPTION ''not now''; END IF; RETURN NEW; END'",
                "CREATE TRIGGER breaks BEFORE UPDATE OF next_due_at ON subscription FOR EACH ROW EXECUTE FUNCTION breaks()",
            ],
        };
        for step in breaks {
            world.change(step).await;
        }
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        assert!(world.app.due.notified().now_or_never().is_none());
        let tick = plan::tick(&world.app).await;
        assert!(tick.is_err(), "{tick:?}");
        let queued = "SELECT count(*) FROM message WHERE state = 1";
        assert_eq!(world.number(queued).await, READERS - 1);
        assert!(world.app.due.notified().now_or_never().is_some());
    }
);
