//! What was said of a reader's mails goes with the reader.

use postrider::demo::relay::Answer;

use super::*;
use crate::support::program;

/// Rows in which somebody's words name her.
const NAMED: [&str; 3] = [
    "SELECT count(*) FROM message WHERE reply LIKE '%verrow%'",
    "SELECT count(*) FROM attempt WHERE reply LIKE '%verrow%'",
    "SELECT count(*) FROM feedback WHERE said LIKE '%verrow%'",
];

story!(
    replies_and_reports_that_name_an_erased_reader_are_gone,
    async |world: &mut World| {
        const NOT_YET: &str = "4.2.1 mailbox asha.verrow is busy";
        with_own_senders(world).await;
        world.relay.refuse(|to| {
            to.starts_with("asha")
                .then(|| Answer::at_recipient(450, NOT_YET))
        });
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
            .await;
        another_morning(world, "2026-11-24").await;
        for _ in 0..2 {
            world.later(61);
            world.send().await;
        }
        world.relay.refuse(|_| None);
        world.later(61);
        world.send().await;
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
        world.relay.refuse(|to| {
            to.starts_with("asha")
                .then(|| Answer::at_recipient(450, NOT_YET))
        });
        let mut full = about(world, ASHA, Kind::Soft, "full");
        full.said = Some("mailbox of asha.verrow is full".to_owned());
        comes(world, full.clone()).await;
        another_morning(world, "2026-11-25").await;
        for rows in NAMED {
            assert_ne!(world.number(rows).await, 0, "{rows}");
        }
        let mails = "SELECT count(*) FROM message WHERE state IN (3, 4, 8)";
        let sent = world.number(mails).await;

        program::ok(world, &["subscriber", "remove", ASHA]);
        // One that was on its way comes after.
        full.event = "full again".to_owned();
        comes(world, full).await;
        for rows in NAMED {
            assert_eq!(world.number(rows).await, 0, "{rows}");
        }
        assert_eq!(world.number(mails).await, sent, "that they were sent stays");
        let answered = "SELECT count(*) FROM message WHERE reply IS NOT NULL";
        assert_eq!(
            world.number(answered).await,
            2,
            "what was said of Ben's stays"
        );
    }
);
