//! A reader leaves by one click in the mail program (RFC 8058).

use futures_util::future::join_all;
use postrider::db::Sql;
use postrider::secret::{Purpose, Token};

use super::leaving::{acts_of, gets_it};
use super::{ASHA, BEN, morning, morning_of_six};
use crate::support::pages::{Pages, leave_link, one_click_link};
use crate::support::{Kind, World, program};

story!(
    one_click_ends_it_at_once_and_twice_is_once,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = one_click_link(&world.mails_to(ASHA)[0]);
        for _ in 0..2 {
            let answer = pages.one_click(&link).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "Done.\n"));
        }
        assert_eq!(pages.cookies(), Vec::<String>::new());
        assert!(!gets_it(world, ASHA));
        assert!(gets_it(world, BEN));
        let left = world
            .number("SELECT count(*) FROM consent WHERE act = 2")
            .await;
        assert_eq!(left, 1, "one record, however often it was clicked");
        // The owner's own mail program did it: there is nothing to tell.
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    the_link_of_a_mails_text_leaves_nothing_by_one_click,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = leave_link(&world.mails_to(ASHA)[0]);
        let asked = pages.one_click(&link).await;
        assert_eq!(asked.location().as_deref(), Some("/leave"));
        assert!(gets_it(world, ASHA));
        // Nor does what its page holds.
        let token = pages.open("/leave").await.hidden("token").to_owned();
        pages.one_click(&format!("/leave/{token}")).await;
        assert!(gets_it(world, ASHA));
        // A mail of before had one link for both.
        let page = pages.open(&one_click_link(&world.mails_to(ASHA)[0])).await;
        assert_eq!(page.title(), "Leave Morning Tide?");
    }
);

/// The path that the button of a mail program posts to.
pub(super) fn one_click_path(world: &World, subscriber_id: i64, newsletter_id: i64) -> String {
    let keys = &world.app.keys;
    let token = Token {
        purpose: Purpose::Leave,
        newsletter_id,
        issue_id: 1,
        subscriber_id,
        n: 0,
    };
    format!("/leave/{}", keys.token(keys.newest(), &token))
}

story!(
    one_clicks_that_come_together_are_each_done_and_the_trouble_of_one_is_not_the_others,
    async |world: &mut World| {
        let [refuse, mend]: [&[&str]; 2] = match world.kind {
            Kind::Sqlite => [
                &["CREATE TRIGGER refuses BEFORE INSERT ON preference_act
                    WHEN NEW.subscriber_id = (SELECT id FROM subscriber WHERE email = 'ben@example.org')
                   BEGIN SELECT RAISE(ABORT, 'refused'); END"],
                &["DROP TRIGGER refuses"],
            ],
            Kind::Postgres => [
                &[
                    "CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                       IF NEW.subscriber_id = (SELECT id FROM subscriber WHERE email = 'ben@example.org')
                       THEN RAISE 'refused'; END IF; RETURN NEW; END $$",
                    "CREATE TRIGGER refuses BEFORE INSERT ON preference_act FOR EACH ROW EXECUTE FUNCTION refuses()",
                ],
                &["DROP TRIGGER refuses ON preference_act"],
            ],
        };
        world.join(&[world.reader(ASHA, "mine")]).await;
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
            .await;
        let others: Vec<String> = (0..30).map(|i| format!("reader{i}@example.org")).collect();
        world.join_all(&others, "morning").await;
        for step in refuse {
            world.change(step).await;
        }
        let id_of = async |address: &str| {
            let mut conn = world.app.db.read().await.unwrap();
            let id = conn.sql("SELECT id FROM subscriber WHERE email = $1");
            id.bind(address.to_owned()).value::<i64>().await.unwrap()
        };
        let (asha, ben) = (id_of(ASHA).await, id_of(BEN).await);
        let [morning, mine] = ["morning", "mine"].map(|slug| world.app.newsletter_ids[slug]);
        let pages = Pages::of(world).await;
        // While one waits for its reader, the others come together.
        let mut tx = world.app.db.begin().await.unwrap();
        let hold = tx.sql("UPDATE subscriber SET language = 'ur' WHERE id = $1");
        hold.bind(asha).run().await.unwrap();
        let mut paths = vec![
            one_click_path(world, asha, morning),
            one_click_path(world, ben, morning),
            one_click_path(world, asha, mine),
            one_click_path(world, 999_999, morning),
        ];
        for address in &others {
            paths.push(one_click_path(world, id_of(address).await, morning));
        }
        let first = pages.one_click(&paths[0]);
        let rest = async {
            world.until_somebody_waits().await;
            let rest = paths[1..].iter().map(|path| pages.one_click(path));
            let (rest, committed) = tokio::join!(join_all(rest), tx.commit());
            committed.unwrap();
            rest
        };
        let (first, rest) = tokio::join!(first, rest);
        let mut statuses: Vec<u16> = rest.iter().map(|answer| answer.status).collect();
        assert_eq!((first.status, statuses.remove(0)), (200, 500));
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        assert!(gets_it(world, BEN));
        let left = "SELECT count(*) FROM subscription WHERE state = 2";
        assert_eq!(world.number(left).await, 32);
        assert_eq!(acts_of(world, ASHA), ["left", "left"]);
        let own = "SELECT count(DISTINCT a.subscriber_id) FROM preference_act a
                     JOIN consent c ON c.subscriber_id = a.subscriber_id AND c.newsletter_id = a.newsletter_id
                     JOIN subscriber s ON s.id = a.subscriber_id AND s.revision = a.revision
                    WHERE a.act = 2 AND c.act = 2 AND a.network IS NOT NULL AND c.source LIKE 'one click in a mail program (RFC 8058), from %'";
        assert_eq!(world.number(own).await, 31);
        for step in mend {
            world.change(step).await;
        }
        assert_eq!(pages.one_click(&paths[1]).await.status, 200);
        assert!(!gets_it(world, BEN));
    }
);

story!(
    many_one_clicks_in_one_moment_are_one,
    async |world: &mut World| {
        let readers = morning_of_six(world).await;
        let pages = Pages::of(world).await;
        for address in &readers {
            let link = one_click_link(&world.mails_to(address)[0]);
            let clicks = (0..8).map(|_| pages.one_click(&link));
            for answer in join_all(clicks).await {
                assert_eq!((answer.status, answer.body.as_str()), (200, "Done.\n"));
            }
            assert_eq!(acts_of(world, address), ["left"], "{address}");
            world.send().await;
            assert_eq!(world.mails_to(address).len(), 1, "no notice");
        }
    }
);

story!(
    one_click_is_done_though_its_client_hangs_up,
    async |world: &mut World| {
        world
            .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
            .await;
        let morning = world.app.newsletter_ids["morning"];
        let pages = Pages::of(world).await;
        let mut tx = world.app.db.begin().await.unwrap();
        let hold = tx.sql("UPDATE subscriber SET language = 'ur'");
        hold.run().await.unwrap();
        let path = one_click_path(world, 1, morning);
        tokio::select! {
            answer = pages.one_click(&path) => panic!("{answer:?}"),
            () = world.until_somebody_waits() => {}
        }
        // The server has seen that end when it has answered whatever came after it.
        assert_eq!(pages.get("/signup").await.status, 200);
        tx.commit().await.unwrap();
        world
            .until("SELECT count(*) FROM subscription WHERE state = 2", |n| {
                n == 1
            })
            .await;
    }
);

story!(
    one_click_on_what_this_process_does_not_know_is_not_said_to_be_done,
    async |world: &mut World| {
        let pages = Pages::of(world).await;
        let answer = pages.one_click(&one_click_path(world, 1, 9_999)).await;
        assert_eq!((answer.status, &*answer.body), (503, "not now\n"));
    }
);

story!(
    one_click_works_for_mails_that_are_years_old_and_after_a_new_key,
    async |world: &mut World| {
        morning(world).await;
        let link = one_click_link(&world.mails_to(ASHA)[0]);
        let keys = world.config().join("postrider.key");
        let old = std::fs::read_to_string(&keys).unwrap();
        let new = format!("{old}a second key, which signs from now on, and long enough too\n");
        std::fs::write(keys, new).unwrap();
        world.restart().await;
        world.at("2033-03-01T10:00:00Z");
        let pages = Pages::of(world).await;
        assert_eq!(pages.one_click(&link).await.status, 200);
        assert!(!gets_it(world, ASHA));
        world.join(&[world.reader(BEN, "mine")]).await;
    }
);

story!(
    one_click_says_nothing_of_who_is_there,
    async |world: &mut World| {
        morning(world).await;
        let pages = Pages::of(world).await;
        let link = one_click_link(&world.mails_to(ASHA)[0]);
        let before = pages.one_click(&link).await;
        program::ok(world, &["subscriber", "remove", ASHA]);
        let after = pages.one_click(&link).await;
        assert_eq!((after.status, &after.body), (before.status, &before.body));
        // Nor does a page know them any more, and it offers nothing.
        let page = pages.open(&link).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.title(), "There is nothing left to leave");
        assert!(!page.body.contains("<form"));
    }
);
