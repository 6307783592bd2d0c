//! A mailbox that is not there any more.

use postrider::audience::SuppressionReason;

use super::*;
use crate::support::program;

story!(
    a_hard_bounce_stops_the_mails_and_is_told_with_what_was_said,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        world.at("2026-11-24T06:45:00Z");
        let mut bounce = about(world, ASHA, Kind::Hard, "first");
        bounce.said = Some("No such user here".to_owned());
        let acted = comes(world, bounce.clone()).await;
        assert_eq!(acted.did, suppressed("hard-bounce"));
        let kept = suppression_of(world, ASHA).await.unwrap();
        assert_eq!(kept.reason, SuppressionReason::HardBounce);
        assert_eq!(kept.source, "a story");
        assert_eq!(kept.note.as_deref(), Some("5.1.1 550 No such user here"));
        assert_eq!(suppression_of(world, BEN).await, None);

        let why = program::ok(world, &["why", ASHA]);
        for line in [
            "The address must not be mailed since Tue 24 Nov 2026 06:45:00: the mailbox does not exist (a story: 5.1.1 550 No such user here).",
            "No. morning, 2026-11-24: bounced: the mailbox does not exist",
            "  Tue 24 Nov 2026 06:30:00  the relay accepted it: 250",
            "  Tue 24 Nov 2026 06:45:00  bounced: the mailbox does not exist (5.1.1): 550 No such user here",
        ] {
            assert!(why.lines().any(|l| l.starts_with(line)), "{line} in {why}");
        }
        let log = program::ok(world, &["log", "--state", "bounced"]);
        assert!(
            log.contains("the mailbox does not exist (5.1.1): 550 No such user here"),
            "{log}"
        );
        assert!(!log.contains("250"), "{log}");

        another_morning(world, "2026-11-25").await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        assert_eq!(world.mails_to(BEN).len(), 2);
        assert_eq!(world.state_of(ASHA, "morning").await, "suppressed");
        assert!(is_on(world, ASHA, "morning").await, "she did not leave");
    }
);

story!(
    the_same_report_twice_is_acted_upon_once,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        let bounce = about(world, ASHA, Kind::Hard, "the same");
        assert_eq!(
            comes(world, bounce.clone()).await.did,
            suppressed("hard-bounce")
        );
        program::ok(world, &["suppress", "remove", ASHA]);
        assert_eq!(comes(world, bounce.clone()).await.did, Did::Known);
        assert_eq!(suppression_of(world, ASHA).await, None);
        // Another of one mail is another report, and so is one of another recipient.
        let mut other = bounce;
        other.recipient = Some("somebody@example.net".to_owned());
        assert_eq!(comes(world, other).await.did, suppressed("hard-bounce"));
        let rows = world.number("SELECT count(*) FROM feedback").await;
        assert_eq!(rows, 2);
    }
);

story!(
    two_nodes_that_read_one_report_at_once_act_upon_it_once,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        let bounce = about(world, ASHA, Kind::Soft, "the same");
        let some = std::slice::from_ref(&bounce);
        let (one, other) = tokio::join!(
            take(&world.app, some, "one"),
            take(&world.app, some, "other")
        );
        let mut news = [one.unwrap().news(), other.unwrap().news()];
        news.sort_unstable();
        assert_eq!(news, [0, 1]);
        let rows = world.number("SELECT count(*) FROM feedback").await;
        assert_eq!(rows, 1);
    }
);

story!(
    without_own_senders_a_message_is_found_by_its_message_id_and_recipient,
    async |world: &mut World| {
        morning_is_out(world).await;
        world.at("2026-11-25T06:30:00Z");
        let mut bounce = report(Kind::Hard, "by id");
        bounce.recipient = Some("ASHA@Example.org".to_owned());
        bounce.message_ids = vec!["another@elsewhere".to_owned(), message_id(world, ASHA)];
        let acted = comes(world, bounce).await;
        assert_eq!(acted.did, suppressed("hard-bounce"));
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");

        // One changed by a letter is none.
        let mut bounce = report(Kind::Hard, "by a forged id");
        bounce.message_ids = vec![message_id(world, BEN).replacen('A', "B", 1)];
        assert_eq!(comes(world, bounce.clone()).await.did, Did::Unknown);
        assert_eq!(world.state_of(BEN, "morning").await, "accepted");

        // Ben's mails are passed on to Carol, whom we do not know.
        bounce.event = "by the id of who passes them on".to_owned();
        bounce.recipient = Some("carol@example.org".to_owned());
        bounce.message_ids = vec![message_id(world, BEN)];
        assert_eq!(comes(world, bounce).await.did, suppressed("hard-bounce"));
        assert_eq!(world.state_of(BEN, "morning").await, "bounced");
        assert!(suppression_of(world, BEN).await.is_some());
    }
);

story!(
    a_report_that_hides_its_recipient_is_led_back_by_the_message_id,
    async |world: &mut World| {
        morning_is_out(world).await;
        for recipient in [None, Some("redacted"), Some("")] {
            let mut complaint = report(Kind::Complaint, recipient.unwrap_or("none"));
            complaint.recipient = recipient.map(str::to_owned);
            assert_eq!(comes(world, complaint.clone()).await.did, Did::Unknown);
            complaint.event += ", by id";
            complaint.message_ids = vec![message_id(world, ASHA)];
            let did = comes(world, complaint).await.did;
            assert_ne!(did, Did::Unknown, "{recipient:?}");
        }
        assert_eq!(world.state_of(ASHA, "morning").await, "complained");
        assert_eq!(world.state_of(BEN, "morning").await, "accepted");
        assert!(suppression_of(world, ASHA).await.is_some());

        // To leave is not for others, who may answer a mail that was forwarded to them.
        let mut wish = report(Kind::Unsubscribe, "wish");
        wish.recipient = Some("carol@example.org".to_owned());
        wish.message_ids = vec![message_id(world, BEN)];
        assert_eq!(comes(world, wish).await.did, Did::Unknown);
    }
);

story!(
    without_own_senders_a_recipient_alone_is_believed_if_a_mail_left_lately,
    async |world: &mut World| {
        morning_is_out(world).await;
        world
            .join(&[world.reader("carol@example.org", "morning")])
            .await;
        world.at("2026-11-26T06:30:00Z");
        for (address, did) in [
            (ASHA, suppressed("hard-bounce")),
            ("carol@example.org", Did::Unknown),
            ("nobody@example.org", Did::Unknown),
            ("no address at all", Did::Unknown),
            ("", Did::Unknown),
        ] {
            let mut bounce = report(Kind::Hard, address);
            bounce.recipient = Some(address.to_owned());
            assert_eq!(comes(world, bounce).await.did, did, "{address}");
        }
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");
        world.at("2026-12-06T06:30:00Z");
        let mut bounce = report(Kind::Hard, "later");
        bounce.recipient = Some(BEN.to_owned());
        assert_eq!(comes(world, bounce).await.did, Did::Unknown);
    }
);

story!(
    with_own_senders_nobody_can_make_up_a_bounce,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        let mut forged = report(Kind::Hard, "forged");
        forged.recipient = Some(ASHA.to_owned());
        let (local, domain) = {
            let mail = world.mails_to(BEN).pop().unwrap();
            let (local, domain) = mail.from.split_once('@').unwrap();
            (local.to_owned(), domain.to_owned())
        };
        forged.sent_to = vec![format!("{}a@{domain}", &local[..local.len() - 1])];
        let acted = comes(world, forged.clone()).await;
        assert_eq!(acted.did, Did::Doubted);
        assert_eq!(suppression_of(world, ASHA).await, None);
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
        let mut complaint = forged.clone();
        complaint.kind = Kind::Complaint;
        assert_eq!(comes(world, complaint).await.did, Did::Doubted);
        // A hook whose sender was verified needs no other proof.
        forged.event = "verified".to_owned();
        let taken = take(&world.app, &[forged], "hook ses").await.unwrap();
        assert_eq!(taken.reports[0].did, suppressed("hard-bounce"));
    }
);

story!(
    the_address_acted_upon_is_the_one_the_mail_was_sent_to,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        // Asha has her mails passed on to Ben's mailbox, which is gone.
        let mut bounce = about(world, ASHA, Kind::Hard, "passed on");
        bounce.recipient = Some(BEN.to_owned());
        comes(world, bounce).await;
        assert!(suppression_of(world, ASHA).await.is_some());
        assert_eq!(suppression_of(world, BEN).await, None);
        assert_eq!(world.state_of(BEN, "morning").await, "accepted");
    }
);

story!(
    what_says_nothing_of_the_mailbox_is_told_and_counts_for_nothing,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        world.at("2026-11-24T07:00:00Z");
        let mut delayed = about(world, BEN, Kind::Delayed, "delayed");
        delayed.said = Some("will try for 3 more days".to_owned());
        for (report, did) in [
            (about(world, ASHA, Kind::AutoReply, "1"), Did::Nothing),
            (about(world, ASHA, Kind::Other, "2"), Did::Nothing),
            (delayed, Did::Told),
        ] {
            assert_eq!(comes(world, report).await.did, did);
        }
        assert_eq!(world.state_of(BEN, "morning").await, "accepted");
        let why = program::ok(world, &["why", BEN]);
        let told = "Tue 24 Nov 2026 07:00:00  on its way: the recipient's host has not taken it yet: will try for 3 more days";
        assert!(why.contains(told), "{why}");

        for (n, reason) in ["blocked", "spam", "content", "too-large", "authentication"]
            .into_iter()
            .enumerate()
        {
            let mut blocked = about(world, ASHA, Kind::Soft, reason);
            blocked.reason = reason;
            blocked.status = Some("5.7.1".to_owned());
            assert_eq!(comes(world, blocked).await.did, Did::Told, "{n}");
        }
        assert_eq!(world.number("SELECT count(*) FROM soft_bounce").await, 0);
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");
        let why = program::ok(world, &["why", ASHA]);
        assert!(
            why.contains("came back: the recipient's host does not want it (5.7.1)"),
            "{why}"
        );
        another_morning(world, "2026-11-25").await;
        assert_eq!(world.mails_to(ASHA).len(), 2);
    }
);

story!(
    what_comes_too_late_or_for_what_never_left_changes_no_state,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        let first = about(world, ASHA, Kind::Hard, "late");
        let ben = about(world, BEN, Kind::Hard, "for what was cancelled");
        // As a digest in doubt may end, whose first try the relay had after all.
        world
            .change("UPDATE message SET state = 10, reason = 4 WHERE subscriber_id = (SELECT id FROM subscriber WHERE email = 'ben@example.org')")
            .await;
        assert_eq!(comes(world, ben).await.did, suppressed("hard-bounce"));
        assert_eq!(world.state_of(BEN, "morning").await, "cancelled");
        world.at("2026-12-28T06:30:00Z");
        assert_eq!(comes(world, first).await.did, Did::TooOld);
        assert_eq!(suppression_of(world, ASHA).await, None);
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");
    }
);

story!(
    a_bounce_of_a_message_in_doubt_shows_that_it_left,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        world
            .change("UPDATE message SET state = 7, reason = 11")
            .await;
        comes(world, about(world, ASHA, Kind::Hard, "doubt")).await;
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");
        world
            .change("UPDATE message SET state = 3, reason = NULL WHERE state = 7")
            .await;
    }
);

story!(
    of_an_erased_reader_nothing_returns,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        let mut soft = about(world, ASHA, Kind::Soft, "soft");
        assert_eq!(
            comes(world, soft.clone()).await.did,
            Did::Counted { count: 1, of: 7 }
        );
        program::ok(world, &["subscriber", "remove", ASHA]);
        assert_eq!(world.number("SELECT count(*) FROM soft_bounce").await, 0);
        soft.event = "later".to_owned();
        for kind in [Kind::Hard, Kind::Soft, Kind::Complaint, Kind::Unsubscribe] {
            for address in [None, Some(ASHA.to_owned())] {
                soft.kind = kind;
                soft.recipient = address;
                assert_eq!(comes(world, soft.clone()).await.did, Did::Unknown);
            }
        }
        let mut by_address = report(Kind::Hard, "by address");
        by_address.recipient = Some(ASHA.to_owned());
        assert_eq!(comes(world, by_address).await.did, Did::Unknown);
        let kept = suppression_of(world, ASHA).await.unwrap();
        assert_eq!(kept.reason, SuppressionReason::Erased);
        let of = "SELECT count(*) FROM subscriber WHERE email IS NOT NULL";
        assert_eq!(world.number(of).await, 1);
        assert_eq!(world.number("SELECT count(*) FROM soft_bounce").await, 0);
    }
);

story!(
    what_came_back_long_ago_is_forgotten,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        comes(world, about(world, ASHA, Kind::Soft, "old")).await;
        world.at("2027-03-01T06:30:00Z");
        comes(world, about(world, BEN, Kind::Complaint, "new")).await;
        assert_eq!(world.number("SELECT count(*) FROM feedback").await, 1);
        assert_eq!(world.number("SELECT count(*) FROM soft_bounce").await, 0);
    }
);
