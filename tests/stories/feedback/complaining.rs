//! A reader who calls a mail spam, or writes to leave.

use postrider::audience::SuppressionReason;
use postrider::audience::suppression::{Lifted, lift};

use super::*;
use crate::support::program;

/// Asha has got this morning's mails of two newsletters, and then the first of them is asked about.
async fn two_newsletters(world: &World) {
    let mine = world.reader(ASHA, "mine").follows(&["section:Port"]);
    world.join(&[world.reader(ASHA, "morning")]).await;
    world.join(&[mine]).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
    assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
}

story!(
    a_complaint_stops_all_mails_ends_one_consent_and_counts_once,
    async |world: &mut World| {
        with_own_senders(world).await;
        two_newsletters(world).await;
        world.at("2026-11-24T06:45:00Z");
        let complaint = about(world, ASHA, Kind::Complaint, "1");
        assert_eq!(
            comes(world, complaint.clone()).await.did,
            suppressed("complaint")
        );
        let mut again = complaint;
        again.event = "2".to_owned();
        assert_eq!(
            comes(world, again).await.did,
            Did::AlreadySuppressed {
                reason: "complaint"
            }
        );
        assert_eq!(world.state_of(ASHA, "morning").await, "complained");
        let complaints = "SELECT sum(complaints) + 0 FROM issue WHERE state = 1";
        let complaints = match world.kind {
            crate::support::Kind::Sqlite => world.number(complaints).await,
            crate::support::Kind::Postgres => {
                world
                    .number("SELECT sum(complaints)::int8 FROM issue WHERE state = 1")
                    .await
            }
        };
        assert_eq!(complaints, 1, "what the breaker reads");
        assert!(!is_on(world, ASHA, "morning").await);
        assert!(is_on(world, ASHA, "mine").await);
        assert_eq!(
            consents(world, ASHA).await.last().unwrap(),
            "left morning complaint (a story)"
        );
        world.publish("ferry", "Port", "The ferry is late").await;
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        assert_eq!(world.state_of(ASHA, "mine").await, "suppressed");
        let why = program::ok(world, &["why", ASHA]);
        assert!(
            why.contains("Tue 24 Nov 2026 06:30:00  the relay accepted it")
                && why.contains("Tue 24 Nov 2026 06:45:00  the reader called it spam"),
            "{why}"
        );
    }
);

story!(
    a_new_subscription_lifts_a_bounce_and_never_a_complaint,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        comes(world, about(world, ASHA, Kind::Hard, "1")).await;
        let comes_back = async |address: &str| {
            let mut tx = world.app.db.begin().await.unwrap();
            let lifted = lift(&mut tx, &key(world, address)).await.unwrap();
            tx.commit().await.unwrap();
            lifted
        };
        assert_eq!(comes_back(ASHA).await, Lifted::Lifted);
        assert_eq!(comes_back(ASHA).await, Lifted::Free);
        assert_eq!(suppression_of(world, ASHA).await, None);
        // A complaint takes the place of a bounce, and no bounce that of a complaint.
        for kind in [Kind::Hard, Kind::Complaint, Kind::Hard] {
            let event = format!("{kind:?} again");
            comes(world, about(world, BEN, kind, &event)).await;
        }
        let stays = Lifted::Stays(SuppressionReason::Complaint);
        assert_eq!(comes_back(BEN).await, stays);
        assert_eq!(
            suppression_of(world, BEN).await.unwrap().reason,
            SuppressionReason::Complaint
        );
        assert_eq!(world.state_of(BEN, "morning").await, "complained");
        // A complaint takes the place of an erasure, too, and a bounce does not.
        program::ok(world, &["subscriber", "remove", ASHA]);
        for (reason, holds) in [("hard-bounce", "erased"), ("complaint", "complaint")] {
            program::ok(world, &["suppress", "add", ASHA, "--reason", reason]);
            let kept = suppression_of(world, ASHA).await.unwrap();
            assert_eq!(kept.reason.word(), holds);
        }
        assert_eq!(comes_back(ASHA).await, stays);
    }
);

story!(
    a_mail_to_leave_leaves_the_newsletter_it_answers,
    async |world: &mut World| {
        with_own_senders(world).await;
        two_newsletters(world).await;
        let wish = about(world, ASHA, Kind::Unsubscribe, "1");
        let left = Did::Left {
            newsletters: vec!["morning".to_owned()],
        };
        assert_eq!(comes(world, wish.clone()).await.did, left);
        let mut again = wish;
        again.event = "2".to_owned();
        assert_eq!(comes(world, again).await.did, Did::AlreadyLeft);
        assert!(!is_on(world, ASHA, "morning").await);
        assert!(is_on(world, ASHA, "mine").await);
        assert_eq!(suppression_of(world, ASHA).await, None);
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
        let left: Vec<String> = consents(world, ASHA).await;
        let left = left.iter().filter(|c| c.starts_with("left")).count();
        assert_eq!(left, 1);
        let why = program::ok(world, &["why", ASHA]);
        assert!(why.contains("the reader wrote to leave"), "{why}");
    }
);

story!(
    nobody_can_write_for_another_to_leave,
    async |world: &mut World| {
        two_newsletters(world).await;
        let mut forged = report(Kind::Unsubscribe, "forged");
        forged.recipient = Some(ASHA.to_owned());
        assert_eq!(comes(world, forged).await.did, Did::Doubted);
        assert!(is_on(world, ASHA, "morning").await);
        let mut answer = report(Kind::Unsubscribe, "an answer");
        answer.recipient = Some("Asha@Example.ORG".to_owned());
        answer.message_ids = vec![message_id(world, ASHA)];
        comes(world, answer).await;
        assert!(!is_on(world, ASHA, "morning").await);
    }
);

story!(
    nobody_can_complain_for_another,
    async |world: &mut World| {
        two_newsletters(world).await;
        let mut forged = report(Kind::Complaint, "forged");
        forged.recipient = Some(ASHA.to_owned());
        assert_eq!(comes(world, forged.clone()).await.did, Did::Doubted);
        assert_eq!(suppression_of(world, ASHA).await, None);
        let mut genuine = forged;
        genuine.event = "genuine".to_owned();
        genuine.message_ids = vec![message_id(world, ASHA)];
        assert_eq!(comes(world, genuine).await.did, suppressed("complaint"));
    }
);

story!(
    a_provider_whose_readers_call_an_issue_spam_is_held_and_the_issue_goes_on,
    async |world: &mut World| {
        // Five of a hundred among all, and fifteen of a hundred among theirs.
        let settings = "complained_after = 20\ncomplained_percent = 10.0";
        let why = "3 of its last 20 mails were called spam by their readers: 15.0 %";
        held_alone(world, settings, 40, Kind::Complaint, why).await;
    }
);

story!(
    a_provider_that_sends_too_much_back_is_held_and_the_issue_goes_on,
    async |world: &mut World| {
        // Twelve of a hundred among all, which would be too many if they were not all of one provider.
        let why = "3 of its last 20 mails came back because there is no such mailbox: 15.0 %";
        held_alone(world, "after = 20", 5, Kind::Hard, why).await;
    }
);

/// Of a provider's twenty readers three say this, and of so many others nobody does.
async fn held_alone(world: &mut World, settings: &str, others: usize, kind: Kind, why: &str) {
    with_own_senders(world).await;
    world.add_setting(&format!(
        "[breaker]\n{settings}\n[[provider]]\nname = \"big\"\ndomains = [\"big.example\"]"
    ));
    world.restart().await;
    let big: Vec<String> = (0..20).map(|n| format!("r{n}@big.example")).collect();
    world.join_all(&big, "morning").await;
    world.crowd(others, "morning").await;
    let daily = postrider::config::Cadence::Daily;
    let late = ["late@big.example", "late@example.org"].map(|address| {
        let reader = world.reader(address, "morning");
        reader.at(daily, "06:40", "Europe/London")
    });
    world.join(&late).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
    let app = world.app.clone();
    let dials = postrider::dispatch::dials(&app.config).unwrap();
    let handle = postrider::dispatch::Handle::default();
    let until = postrider::dispatch::Until::Stopped;
    let sending = tokio::spawn(postrider::dispatch::run(app, dials, handle.clone(), until));
    let living = "SELECT count(*) FROM node WHERE heartbeat_at > 1";
    world.until(living, |n| n == 1).await;
    for (n, address) in big.iter().take(3).enumerate() {
        comes(world, about(world, address, kind, &n.to_string())).await;
    }
    world.until("SELECT count(*) FROM hold", |n| n == 1).await;
    let hold = &program::json(world, &["resume"])[0];
    assert_eq!(hold["resume"], "postrider resume provider big");
    assert!(hold["reason"].as_str().unwrap().contains(why), "{hold}");
    world.at("2026-11-24T06:40:00Z");
    world.plan().await;
    world.until_mails(20 + others + 1).await;
    assert_eq!(
        world.state_of("late@big.example", "morning").await,
        "queued"
    );
    program::ok(world, &["resume", "provider", "big"]);
    world.until_mails(20 + others + 2).await;
    handle.stop.cancel();
    sending.await.unwrap().unwrap();
    assert_eq!(program::ok(world, &["resume"]), "Nothing is held.\n");
}
