//! What the relay refuses, which goes the way of a bounce.

use postrider::audience::SuppressionReason;
use postrider::demo::relay::Answer;

use super::*;
use crate::support::program;

story!(
    a_refusal_for_good_is_a_bounce_if_it_is_the_mailboxs,
    async |world: &mut World| {
        world.relay.refuse(|to| match to.split_once('@')?.0 {
            "gone" => Some(Answer::at_recipient(550, "5.1.1 no such user")),
            "full" => Some(Answer::at_recipient(552, "5.2.2 mailbox full")),
            "odd" => Some(Answer::at_recipient(550, "no")),
            "blocked" => Some(Answer::after_data(554, "5.7.1 blocked by our list")),
            "content" => Some(Answer::after_data(554, "transaction failed")),
            "large" => Some(Answer::after_data(552, "5.3.4 message too large")),
            _ => None,
        });
        let who = ["gone", "full", "odd", "blocked", "content", "large", "asha"];
        let addresses = who.map(|name| format!("{name}@example.org"));
        world.join_all(&addresses, "morning").await;
        another_morning(world, "2026-11-24").await;
        assert_eq!(
            world.state_of("gone@example.org", "morning").await,
            "failed"
        );
        for address in &addresses {
            let reason = suppression_of(world, address).await.map(|s| s.reason);
            let want = address
                .starts_with("gone")
                .then_some(SuppressionReason::HardBounce);
            assert_eq!(reason, want, "{address}");
        }
        let soft = world.number("SELECT count(*) FROM soft_bounce").await;
        assert_eq!(soft, 2, "full and odd");
        let why = program::ok(world, &["why", "gone@example.org"]);
        assert!(
            why.contains("the mailbox does not exist (the relay's reply: 550 5.1.1 no such user)"),
            "{why}"
        );
        // From the next day on it is not even tried.
        another_morning(world, "2026-11-25").await;
        assert_eq!(
            world.state_of("gone@example.org", "morning").await,
            "suppressed"
        );
        assert_eq!(
            world.state_of("blocked@example.org", "morning").await,
            "failed"
        );
    }
);

story!(
    a_mailbox_that_stays_full_is_given_up_after_some_days,
    async |world: &mut World| {
        world.add_setting("[feedback]\nsoft_bounces = 2\n[dispatch]\ngive_up_hours = 1");
        world.restart().await;
        world
            .relay
            .refuse(|_| Some(Answer::at_recipient(452, "4.2.2 mailbox full")));
        world.join(&[world.reader(ASHA, "morning")]).await;
        for day in ["2026-11-24", "2026-11-25"] {
            assert_eq!(suppression_of(world, ASHA).await, None);
            another_morning(world, day).await;
            for _ in 0..3 {
                world.later(61);
                world.send().await;
            }
            assert_eq!(world.state_of(ASHA, "morning").await, "failed");
        }
        assert_eq!(
            suppression_of(world, ASHA).await.unwrap().reason,
            SuppressionReason::SoftBounces
        );
    }
);
