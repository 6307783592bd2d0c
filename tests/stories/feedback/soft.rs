//! A mailbox that is full for some days, or for good.

use postrider::audience::SuppressionReason;

use super::*;
use crate::support::program;

async fn with_limits(world: &mut World, bounces: u32, days: u32) {
    world.add_setting(&format!(
        "[feedback]\nbounce_domain = \"bounces.courier.example\"\nsoft_bounces = {bounces}\nsoft_days = {days}"
    ));
    world.restart().await;
}

/// Each of these days' mails comes back half an hour later.
async fn each_comes_back(world: &World, days: &[&str]) -> Vec<Did> {
    let mut done = Vec::new();
    for day in days {
        another_morning(world, day).await;
        world.later(30);
        done.push(comes(world, about(world, ASHA, Kind::Soft, day)).await.did);
    }
    done
}

fn counted(count: u32, of: u32) -> Did {
    Did::Counted { count, of }
}

story!(
    soft_bounces_on_so_many_days_stop_the_mails,
    async |world: &mut World| {
        with_limits(world, 3, 10).await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        let done = each_comes_back(world, &["2026-11-24", "2026-11-25", "2026-11-26"]).await;
        assert_eq!(
            done,
            [counted(1, 3), counted(2, 3), suppressed("soft-bounces")]
        );
        let kept = suppression_of(world, ASHA).await.unwrap();
        assert_eq!(kept.reason, SuppressionReason::SoftBounces);
        assert_eq!(world.number("SELECT count(*) FROM soft_bounce").await, 0);
        let why = program::ok(world, &["why", ASHA]);
        assert!(
            why.contains("mails to it came back again and again (a story: 4.2.2 452)")
                && why.contains("came back: the mailbox is full (4.2.2): 452"),
            "{why}"
        );
        another_morning(world, "2026-11-27").await;
        assert_eq!(world.mails_to(ASHA).len(), 3);
    }
);

story!(
    several_on_one_day_are_one_and_old_ones_are_none,
    async |world: &mut World| {
        with_limits(world, 3, 10).await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        another_morning(world, "2026-11-24").await;
        for hour in 0..6 {
            world.later(60);
            let event = format!("hour {hour}");
            let did = comes(world, about(world, ASHA, Kind::Soft, &event))
                .await
                .did;
            assert_eq!(did, counted(1, 3));
        }
        let done = each_comes_back(world, &["2026-11-25"]).await;
        assert_eq!(done, [counted(2, 3)]);
        // More than ten days after both.
        world.at("2026-12-05T07:30:00Z");
        let did = comes(world, about(world, ASHA, Kind::Soft, "later"))
            .await
            .did;
        assert_eq!(did, counted(1, 3));
    }
);

story!(
    mails_that_arrive_let_the_count_fall,
    async |world: &mut World| {
        with_limits(world, 3, 60).await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        let done = each_comes_back(world, &["2026-11-24", "2026-11-25"]).await;
        assert_eq!(done, [counted(1, 3), counted(2, 3)]);
        for day in ["2026-11-26", "2026-11-27", "2026-11-28"] {
            another_morning(world, day).await;
        }
        // What left less than five days ago may still come back: of the three, one has arrived for certain.
        world.at("2026-12-01T12:00:00Z");
        let did = comes(world, about(world, ASHA, Kind::Soft, "one"))
            .await
            .did;
        assert_eq!(did, counted(2, 3));
        world.at("2026-12-04T12:00:00Z");
        let did = comes(world, about(world, ASHA, Kind::Soft, "two"))
            .await
            .did;
        // The last mail of the three came back; the one before has arrived.
        assert_eq!(did, counted(2, 3));
        assert_eq!(suppression_of(world, ASHA).await, None);
    }
);
