//! When a mail comes: at once, out of quiet hours, on the right days, and no more often than a reader wants.

use postrider::audience::budget::{Place, take};
use postrider::config::Cadence;

use crate::support::World;
use crate::support::mail::carries;

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

const FLASH: &str = r#"
title = "As It Happens"
from = "The Harbour Courier <flash@courier.example>"
cadences = ["instant"]
burst_minutes = 30
lateness_hours = 6
[[block]]
kind = "followed"
"#;

async fn with_flash(world: &mut World) {
    world.configure("newsletters/flash.toml", FLASH);
    world.restart().await;
}

story!(
    a_followed_story_leaves_at_once_and_the_burst_after_it_shares_a_mail,
    async |world: &mut World| {
        with_flash(world).await;
        let asha = world.reader(ASHA, "flash").follows(&["section:Port"]);
        let ben = world.reader(BEN, "flash").follows(&["keyword:ferry fares"]);
        world.join(&[asha, ben]).await;
        world.at("2026-11-24T09:00:00Z");
        world.publish("port", "Port", "The port reopens").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1, "it leaves at once");
        assert_eq!(
            world.mails_to(BEN).len(),
            0,
            "it is not about what Ben follows"
        );

        world.later(5);
        world.publish("crane", "Port", "A crane falls").await;
        world.run().await;
        world.later(5);
        world.publish("ferry", "Port", "Ferry fares rise").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1, "the burst is gathered");
        assert_eq!(world.mails_to(BEN).len(), 1, "a phrase is followed too");

        world.at("2026-11-24T09:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2, "what came meanwhile shares one mail");
        assert!(carries(&mails[1], "crane") && carries(&mails[1], "ferry"));
        assert!(!carries(&mails[1], "port"), "nothing comes twice");

        world.at("2026-11-24T12:00:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 2, "nothing new, no mail");
        world.publish("quay", "Port", "The quay is closed").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 3, "a mail at once again");
    }
);

story!(
    what_comes_in_quiet_hours_waits_for_the_morning,
    async |world: &mut World| {
        with_flash(world).await;
        let asha = world.reader(ASHA, "flash").follows(&["section:Port"]);
        let ben = world.reader(BEN, "flash").follows(&["section:Port"]);
        world
            .join(&[asha.quiet("22:00-07:00"), ben.days("weekdays")])
            .await;
        world.at("2026-11-27T22:30:00Z"); // a Friday
        world.publish("port", "Port", "The port reopens").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 0);
        assert_eq!(world.mails_to(BEN).len(), 1, "Friday is a weekday");
        world.at("2026-11-28T03:00:00Z");
        world.publish("crane", "Port", "A crane falls").await;
        world.run().await;
        world.at("2026-11-28T06:59:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 0);
        world.at("2026-11-28T07:00:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 1, "the night is one mail");
        assert!(carries(&mails[0], "port") && carries(&mails[0], "crane"));
        world.at("2026-11-29T23:59:00Z");
        world.run().await;
        assert_eq!(world.mails_to(BEN).len(), 1, "no mail on a weekend");
        world.at("2026-11-30T00:00:00Z");
        world.run().await;
        assert_eq!(world.mails_to(BEN).len(), 2);
    }
);

story!(
    a_digest_that_falls_into_quiet_hours_leaves_when_they_end,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning").quiet("22:00-08:00");
        world.join(&[asha, world.reader(BEN, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(BEN).len(), 1);
        world.at("2026-11-24T07:59:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 0);
        world.publish("crane", "Port", "A crane falls").await;
        world.at("2026-11-24T08:00:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 1);
        assert!(carries(&mails[0], "crane"), "it is composed when it leaves");
        world.at("2026-11-25T08:00:00Z");
        world.publish("quay", "Port", "The quay is closed").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 2, "and so every day");
    }
);

story!(
    a_weekly_budget_is_kept_and_what_it_held_is_carried_on,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "morning").at_most(2);
        world.join(&[asha]).await;
        for day in 24..=29 {
            world.at(&format!("2026-11-{day}T06:00:00Z"));
            let slug = format!("story{day}");
            world
                .publish(&slug, "Port", &format!("What {day} November brought"))
                .await;
            world.later(30);
            world.run().await;
        }
        assert_eq!(world.mails_to(ASHA).len(), 2, "Tuesday and Wednesday");
        let why = world.newest(ASHA, "morning").await.unwrap();
        assert!(why.reason.unwrap().contains("this week"), "{why:?}");
        world.at("2026-11-30T06:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 3, "a new week");
        for day in 26..=29 {
            assert!(carries(&mails[2], &format!("story{day}")), "{day} was held");
        }
        assert!(!carries(&mails[2], "story25"), "she had that");
    }
);

story!(
    two_newsletters_planned_at_once_do_not_both_take_the_last_place,
    async |world: &mut World| {
        let names: Vec<String> = world.crowd(60, "morning").await;
        world.publish("port", "Port", "The port reopens").await;
        for address in &names {
            let address: &'static str = address.clone().leak();
            let mine = world.reader(address, "mine").follows(&["section:Port"]);
            world
                .join(&[mine.at(Cadence::Daily, "06:30", "Europe/London").at_most(1)])
                .await;
        }
        world.at("2026-11-24T06:30:00Z");
        let ticks: Vec<_> = (0..4)
            .map(|_| {
                let app = world.app.clone();
                tokio::spawn(async move { postrider::daemon::plan(&app).await.unwrap() })
            })
            .collect();
        for tick in ticks {
            tick.await.unwrap();
        }
        world.plan().await;
        world.send().await;
        for (address, mails) in world.mails_by_address() {
            assert_eq!(mails, 1, "{address}");
        }
        assert_eq!(world.mails_by_address().len(), 60);
    }
);

story!(
    a_place_that_was_read_before_another_was_taken_is_not_taken,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "morning").at_most(2)])
            .await;
        let place = Place {
            subscriber_id: world.number("SELECT id FROM subscriber").await,
            turn: 0,
            week: 2969,
            spent: 1,
            due: None,
        };
        for taken in [1, 0] {
            let mut tx = world.app.db.begin().await.unwrap();
            assert_eq!(take(&mut tx, &[place]).await.unwrap().len(), taken);
            tx.commit().await.unwrap();
        }
        let due = world.number("SELECT next_due_at FROM subscription").await;
        for (due_at, taken) in [(due - 1, 0), (due, 1)] {
            let subscription = world.number("SELECT id FROM subscription").await;
            let place = Place {
                turn: 1,
                due: Some((subscription, due_at)),
                ..place
            };
            let mut tx = world.app.db.begin().await.unwrap();
            assert_eq!(take(&mut tx, &[place]).await.unwrap().len(), taken);
            tx.commit().await.unwrap();
        }
    }
);

story!(
    an_offer_takes_its_place_in_the_week_too,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "morning").at_most(1)])
            .await;
        world
            .join(&[
                world.reader(ASHA, "offers").at_most(1),
                world.reader(BEN, "offers").at_most(1),
            ])
            .await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        world.run().await;
        assert_eq!(
            world.mails_to(ASHA).len(),
            1,
            "the week's one mail was the digest"
        );
        assert_eq!(world.mails_to(BEN).len(), 1);
        assert_eq!(world.state_of(ASHA, "offers").await, "skipped");
    }
);

story!(
    a_story_that_came_at_once_is_not_in_the_daily_digest,
    async |world: &mut World| {
        with_flash(world).await;
        let flash = world.reader(ASHA, "flash").follows(&["section:Port"]);
        world.join(&[flash]).await;
        world.join(&[world.reader(ASHA, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world
            .publish("choir", "Schools", "The schools that kept music")
            .await;
        world.run().await;
        assert!(carries(&world.mails_to(ASHA)[0], "port"));
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2);
        assert!(carries(&mails[1], "choir") && !carries(&mails[1], "port"));
        let verdicts = world.verdicts(ASHA, "port").await;
        let of = |slug: &str| verdicts.iter().find(|v| v.newsletter == slug).unwrap();
        assert!(of("flash").carried);
        assert_eq!(of("morning").reason, "had");
        assert_eq!(
            of("morning").says,
            "the reader had it in As It Happens of Tuesday 24 November"
        );
    }
);

story!(
    who_is_told_at_once_is_told_once_after_a_kill_between_waking_and_telling,
    async |world: &mut World| {
        with_flash(world).await;
        let asha = world.reader(ASHA, "flash").follows(&["section:Port"]);
        world.join(&[asha]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        // As if the program had been killed after it woke the readers and before it wrote down that it had.
        let again = if world.kind == crate::support::Kind::Sqlite {
            "UPDATE article SET told = 0"
        } else {
            "UPDATE article SET told = FALSE"
        };
        world.change(again).await;
        world.later(60);
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        assert_eq!(
            world
                .number("SELECT count(*) FROM article WHERE NOT told")
                .await,
            0
        );
    }
);

story!(
    a_second_look_within_a_minute_loses_no_story,
    async |world: &mut World| {
        with_flash(world).await;
        let asha = world.reader(ASHA, "flash").follows(&["section:Port"]);
        world.join(&[asha.mutes(&["keyword:crane"])]).await;
        world.at("2026-11-24T09:00:00Z");
        world.publish("crane", "Port", "A crane falls").await;
        world.run().await;
        assert_eq!(world.state_of(ASHA, "flash").await, "skipped");
        world.at("2026-11-24T09:00:30Z");
        world.publish("ferry", "Port", "A ferry sinks").await;
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 1);
        assert!(carries(&mails[0], "ferry"));
    }
);

story!(
    what_waits_is_not_lost_when_the_reader_changes_the_hours,
    async |world: &mut World| {
        with_flash(world).await;
        let asha = world.reader(ASHA, "flash").follows(&["section:Port"]);
        world.join(&[asha.clone().quiet("22:00-07:00")]).await;
        world.at("2026-11-24T23:00:00Z");
        world.publish("port", "Port", "The port reopens").await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 0);
        world.at("2026-11-24T23:30:00Z");
        world.join(&[asha.quiet("23:00-06:30")]).await;
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 0);
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    another_hour_for_todays_edition_costs_no_place_in_the_week,
    async |world: &mut World| {
        let asha = world
            .reader(ASHA, "mine")
            .follows(&["section:Port"])
            .at_most(2);
        let at = |hour| asha.clone().at(Cadence::Daily, hour, "Europe/London");
        world.join(&[at("06:30")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.run().await;
        world.join(&[at("18:00")]).await;
        world.at("2026-11-24T12:00:00Z");
        world.publish("crane", "Port", "A crane falls").await;
        world.at("2026-11-24T18:00:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1, "the day's edition was sent");
        world.at("2026-11-25T18:00:00Z");
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2, "the second place is still there");
        assert!(carries(&mails[1], "crane"));
    }
);

story!(
    a_daemon_that_was_down_until_the_quiet_hours_holds_the_digest,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "mine").follows(&["section:Port"]);
        let asha = asha.at(Cadence::Daily, "21:30", "Europe/London");
        world.join(&[asha.quiet("22:00-07:00")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T22:30:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 0);
        world.at("2026-11-25T07:00:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    an_offer_waits_for_the_morning_too,
    async |world: &mut World| {
        let asha = world.reader(ASHA, "offers").quiet("09:00-12:00");
        world.join(&[asha, world.reader(BEN, "offers")]).await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        world.run().await;
        assert_eq!(world.mails_to(BEN).len(), 1);
        assert_eq!(world.mails_to(ASHA).len(), 0);
        world.at("2026-11-24T12:00:00Z");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);
