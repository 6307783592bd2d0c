//! What is held when too much goes wrong, or because somebody wants it.

use std::sync::atomic::{AtomicUsize, Ordering};

use postrider::config::Cadence;
use postrider::db::Sql;
use postrider::demo::relay::Answer;
use postrider::message::bounce::bounced;
use postrider::message::{MessageId, Reason, complained};

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

async fn with_settings(world: &mut World, settings: &str) {
    world.add_setting(&format!("connections = 1\n{settings}"));
    world.restart().await;
}

/// Mails to so many readers for each of these domains are due, those of the first domain first.
async fn due(world: &World, n: usize, domains: &[&str]) {
    for domain in domains {
        let addresses: Vec<String> = (0..n).map(|i| format!("r{i}@{domain}")).collect();
        world.join_all(&addresses, "morning").await;
    }
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
}

/// One more reader, of this hour.
async fn joins_for(world: &World, who: &'static str, hour: &'static str) {
    let reader = world.reader(who, "morning");
    let reader = reader.at(Cadence::Daily, hour, "Europe/London");
    world.join(&[reader]).await;
}

async fn count(world: &World, state: i64) -> i64 {
    let sql = match state {
        1 => "SELECT count(*) FROM message WHERE state = 1",
        3 => "SELECT count(*) FROM message WHERE state = 3",
        _ => "SELECT count(*) FROM message WHERE state = 5",
    };
    world.number(sql).await
}

async fn queued_accepted_failed(world: &World) -> (i64, i64, i64) {
    let (queued, accepted) = (count(world, 1).await, count(world, 3).await);
    (queued, accepted, count(world, 5).await)
}

fn blocks(world: &World, what: &'static str) {
    world.relay.refuse(move |recipient| {
        let blocked = recipient.contains(what);
        blocked.then(|| Answer::after_data(554, "5.7.1 blocked by our list"))
    });
}

story!(
    a_domain_that_blocks_us_is_held_and_told_and_others_go_on,
    async |world: &mut World| {
        with_settings(world, "[breaker]\nafter = 10").await;
        blocks(world, "@blocks.example");
        due(world, 30, &["blocks.example", "fine.example"]).await;
        let said = program::run(world, &["once"]);
        let log = String::from_utf8(said.stderr).unwrap();
        let line = log.lines().find(|l| l.contains("ERROR")).unwrap();
        for told in [
            "domain blocks.example",
            "10 of its last 10 mails were refused because they are not wanted (5.7): 100.0 %",
            "554 5.7.1 blocked by our list",
            "then: postrider resume domain blocks.example",
        ] {
            assert!(line.contains(told), "{told} in {line}");
        }
        assert_eq!(queued_accepted_failed(world).await, (20, 30, 10));
        world.later(9);

        let status = program::json(world, &["status"]);
        let hold = &status["holds"][0];
        assert_eq!(hold["resume"], "postrider resume domain blocks.example");
        assert!(
            hold["reason"]
                .as_str()
                .unwrap()
                .contains("breaker.blocked_percent is 5")
        );
        let text = program::ok(world, &["status"]);
        assert!(
            text.contains("Held since Tue 24 Nov 2026 06:30:00: domain blocks.example, 10 of"),
            "{text}"
        );
        let metrics = program::ok(world, &["status", "--metrics"]);
        for line in [
            "postrider_holds{kind=\"domain\"} 1",
            "postrider_held_seconds{kind=\"domain\",name=\"blocks.example\",by=\"breaker\"} 540",
            "postrider_messages{stream=\"digest\",state=\"queued\"} 20",
            "postrider_issue_messages{newsletter=\"morning\",edition=\"2026-11-24\",state=\"failed\"} 10",
        ] {
            assert!(metrics.lines().any(|l| l == line), "{line} in {metrics}");
        }

        world.relay.refuse(|_| None);
        program::ok(world, &["resume", "domain", "Blocks.Example"]);
        assert_eq!(program::json(world, &["resume"]), serde_json::json!([]));
        world.later(6);
        world.send().await;
        assert_eq!(queued_accepted_failed(world).await, (0, 50, 10));
    }
);

story!(
    an_issue_that_finds_too_many_mailboxes_gone_is_held_until_it_is_resumed,
    async |world: &mut World| {
        with_settings(world, "[breaker]\nafter = 10").await;
        let gone = |_: &str| Some(Answer::at_recipient(550, "5.1.1 no such user"));
        world.relay.refuse(gone);
        let domains: Vec<String> = (0..30).map(|i| format!("d{i}.example")).collect();
        let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
        due(world, 1, &domains).await;
        world.send().await;
        assert_eq!(queued_accepted_failed(world).await, (20, 0, 10));
        let hold = &program::json(world, &["resume"])[0];
        assert_eq!(
            (&hold["kind"], &hold["name"]),
            (&"issue".into(), &"morning 2026-11-24".into())
        );
        assert!(
            hold["reason"]
                .as_str()
                .unwrap()
                .contains("no such mailbox: 100.0 %")
        );
        world.send().await;
        assert_eq!(count(world, 5).await, 10, "held");
        world.relay.refuse(|_| None);
        let resume = hold["resume"].as_str().unwrap();
        program::ok(world, &resume.split(' ').skip(1).collect::<Vec<_>>());
        world.send().await;
        assert_eq!(queued_accepted_failed(world).await, (0, 20, 10));
    }
);

story!(
    an_issue_that_readers_call_spam_is_held_until_it_is_resumed,
    async |world: &mut World| {
        with_settings(
            world,
            "[breaker]\ncomplained_after = 20\ncomplained_percent = 10.0",
        )
        .await;
        due(world, 20, &["example.org"]).await;
        world.send().await;
        assert_eq!(count(world, 3).await, 20);
        joins_for(world, ASHA, "06:40").await;
        world.at("2026-11-24T06:40:00Z");
        world.plan().await;
        let issue_id = world.number("SELECT id FROM issue").await;
        complain(world, issue_id, 3).await;
        world.send().await;
        assert_eq!(world.state_of(ASHA, "morning").await, "queued");
        let hold = &program::json(world, &["status"])["holds"][0];
        let why = "3 of its last 20 mails were called spam by their readers: 15.0 %";
        assert!(hold["reason"].as_str().unwrap().contains(why), "{hold}");
        program::ok(world, &["resume", "--all"]);
        world.send().await;
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
    }
);

story!(
    an_issue_of_which_too_many_come_back_later_is_held_until_it_is_resumed,
    async |world: &mut World| {
        with_settings(world, "[breaker]\nafter = 20").await;
        due(world, 20, &["example.org"]).await;
        world.send().await;
        assert_eq!(count(world, 3).await, 20);
        joins_for(world, ASHA, "06:40").await;
        world.at("2026-11-24T06:40:00Z");
        world.plan().await;
        come_back(world, 2, Reason::NoMailbox).await;
        come_back(world, 2, Reason::MailboxFull).await;
        world.run().await;
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
        joins_for(world, BEN, "06:50").await;
        world.at("2026-11-24T06:50:00Z");
        world.plan().await;
        come_back(world, 1, Reason::NoMailbox).await;
        world.send().await;
        assert_eq!(world.state_of(BEN, "morning").await, "queued");
        let hold = &program::json(world, &["status"])["holds"][0];
        let why = "3 of its last 21 mails came back because there is no such mailbox: 14.3 %";
        assert!(hold["reason"].as_str().unwrap().contains(why), "{hold}");
        program::ok(world, &["resume", "--all"]);
        world.send().await;
        assert_eq!(world.state_of(BEN, "morning").await, "accepted");
    }
);

/// The mails of so many readers, of whom nothing has come back yet, come back.
async fn come_back(world: &World, readers: usize, reason: Reason) {
    let mut tx = world.app.db.begin().await.unwrap();
    let taken: Vec<(i64, i64)> = tx
        .sql("SELECT issue_id, subscriber_id FROM message WHERE state = 3 ORDER BY subscriber_id LIMIT 10")
        .all()
        .await
        .unwrap();
    for (issue_id, subscriber_id) in taken.into_iter().take(readers) {
        let id = MessageId {
            issue_id,
            subscriber_id,
            n: 0,
        };
        for is_news in [true, false] {
            let came = bounced(&mut tx, id, reason, world.now()).await.unwrap();
            assert_eq!(came.is_some(), is_news);
        }
    }
    tx.commit().await.unwrap();
}

/// So many readers call their mail spam, each twice.
async fn complain(world: &World, issue_id: i64, readers: i64) {
    let first = world.number("SELECT min(subscriber_id) FROM message").await;
    let mut tx = world.app.db.begin().await.unwrap();
    for subscriber_id in first..first + readers {
        let id = MessageId {
            issue_id,
            subscriber_id,
            n: 0,
        };
        assert!(complained(&mut tx, id, world.now()).await.unwrap());
        assert!(!complained(&mut tx, id, world.now()).await.unwrap());
    }
    tx.commit().await.unwrap();
}

story!(
    a_few_complaints_and_a_few_refusals_hold_nothing,
    async |world: &mut World| {
        with_settings(
            world,
            "[breaker]\nafter = 10\ncomplained_after = 20\ncomplained_percent = 10.0",
        )
        .await;
        let tries = AtomicUsize::new(0);
        world.relay.refuse(move |_| {
            let gone = [4, 20].contains(&tries.fetch_add(1, Ordering::Relaxed));
            gone.then(|| Answer::at_recipient(550, "5.1.1 no such user"))
        });
        due(world, 25, &["example.org"]).await;
        joins_for(world, ASHA, "06:40").await;
        world.send().await;
        world.change("UPDATE issue SET complaints = 2").await;
        world.at("2026-11-24T06:40:00Z");
        world.run().await;
        assert_eq!(queued_accepted_failed(world).await, (0, 24, 2));
        assert_eq!(program::ok(world, &["resume"]), "Nothing is held.\n");
    }
);

story!(
    what_a_person_holds_waits_for_a_person,
    async |world: &mut World| {
        let provider =
            "[[provider]]\nname = \"big\"\ndomains = [\"big.example\", \"large.example\"]";
        with_settings(world, provider).await;
        due(world, 3, &["big.example", "large.example", "small.example"]).await;
        program::ok(world, &["hold", "provider", "big"]);
        world.send().await;
        assert_eq!(queued_accepted_failed(world).await, (6, 3, 0));
        let said = program::ok(world, &["resume", "--all"]);
        assert!(
            said.starts_with("The breaker holds nothing.\nHeld since"),
            "{said}"
        );
        program::ok(world, &["hold", "domain", "big.example"]);
        program::ok(world, &["resume", "provider", "big"]);
        world.send().await;
        assert_eq!(queued_accepted_failed(world).await, (3, 6, 0));
        program::ok(world, &["hold", "relay", "main"]);
        program::ok(world, &["resume", "domain", "big.example"]);
        world.later(6);
        world.send().await;
        assert_eq!(queued_accepted_failed(world).await, (3, 6, 0));
        program::ok(world, &["resume", "relay", "main"]);
        world.send().await;
        assert_eq!(queued_accepted_failed(world).await, (0, 9, 0));
        for wrong in [
            ["hold", "relay", "other"],
            ["hold", "provider", "other"],
            ["hold", "domain", "no domain"],
            ["resume", "relay", "main"],
        ] {
            assert!(
                program::fails(world, &wrong).2.contains("hint: "),
                "{wrong:?}"
            );
        }
    }
);

story!(
    a_hold_reaches_a_running_daemon_and_so_does_its_end,
    async |world: &mut World| {
        with_settings(world, "").await;
        due(world, 5, &["a.example", "b.example"]).await;
        let later = "UPDATE message SET due_at = due_at + 60000 WHERE subscriber_id = (SELECT max(subscriber_id) FROM message)";
        let now = "UPDATE message SET due_at = scheduled_at WHERE subscriber_id = (SELECT max(subscriber_id) FROM message)";
        world.change(later).await;
        let hold = world.relay.hold_before_data();
        let daemon = program::start(world);
        world.until_one_is_past_the_fence(&hold).await;
        program::ok(world, &["hold", "domain", "b.example"]);
        // Once one that was not on the desk is put aside, those that are will be stopped before their mark.
        world.change(now).await;
        let aside = "SELECT count(*) FROM message WHERE due_at > scheduled_at";
        world.until(aside, |n| n == 1).await;
        hold.release();
        world.until_mails(5).await;
        daemon.term();
        assert_eq!(daemon.wait().0, Some(0));
        assert_eq!(queued_accepted_failed(world).await, (5, 5, 0));
    }
);

story!(
    what_is_held_past_its_time_expires,
    async |world: &mut World| {
        with_settings(world, "").await;
        due(world, 3, &["a.example"]).await;
        program::ok(world, &["hold", "domain", "a.example"]);
        world.send().await;
        world.later(4 * 60 + 1);
        world.send().await;
        assert_eq!(world.relay.count(), 0);
        let expired = "SELECT count(*) FROM message WHERE state = 12";
        assert_eq!(world.number(expired).await, 3);
        program::ok(world, &["resume", "domain", "a.example"]);
    }
);
