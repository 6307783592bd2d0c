//! The way out, from the mail that was really sent to the next one that does not come.

use mail_parser::MessageParser;
use postrider::audience::erasure::Erased;
use postrider::audience::leaving::leave;
use postrider::audience::{How, erase};
use postrider::db::Sql;
use postrider::demo::relay::Caught;

use super::*;
use crate::support::pages::{Pages, one_click_link};
use crate::support::program;

const CLEO: &str = "cleo@example.org";

/// What List-Unsubscribe offers beside the link: address and subject (RFC 2369, section 3.2; RFC 6068).
fn by_mail(mail: &Caught) -> (String, String) {
    let parsed = MessageParser::default().parse(&mail.bytes[..]).unwrap();
    let header = parsed.header_raw("List-Unsubscribe").unwrap().to_owned();
    let (_, mailto) = header.split_once("<mailto:").expect("a mailto:");
    let (mailto, _) = mailto.split_once('>').unwrap();
    let (address, subject) = mailto.split_once("?subject=").unwrap();
    (address.to_owned(), subject.to_owned())
}

/// What a mail program sends when its reader presses "unsubscribe" under this mail.
fn wish(mail: &Caught, n: u32) -> String {
    let (address, subject) = by_mail(mail);
    format!(
        "Return-Path: <{from}>\r\nDelivered-To: {address}\r\nFrom: A Reader <{from}>\r\nTo: {address}\r\n\
         Message-ID: <{n}@phone.example>\r\nSubject: {subject}\r\nDate: Tue, 24 Nov 2026 06:4{n}:00 +0000\r\n\r\n\
         This mail was made by a mail program.\r\n",
        from = mail.to
    )
}

/// A complaint about this mail (RFC 5965), as a provider sends it: the mail itself, without the envelope's sender.
fn complaint(mail: &Caught) -> String {
    let bytes = String::from_utf8(mail.bytes.to_vec()).unwrap();
    format!(
        "Return-Path: <>\r\nFrom: Feedback Loop <fbl@provider.example>\r\nTo: abuse@courier.example\r\n\
         Subject: FW: complaint\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n\
         --x\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n\
         --x\r\nContent-Type: message/feedback-report\r\n\r\n\
         Feedback-Type: abuse\r\nUser-Agent: Provider/1.0\r\nVersion: 1\r\nOriginal-Rcpt-To: <{to}>\r\n\r\n\
         --x\r\nContent-Type: message/rfc822\r\n\r\n{bytes}\r\n--x--\r\n",
        to = mail.to
    )
}

/// Hands a mail over by the pipe; what was said.
fn hand_over(world: &World, mail: &str) -> String {
    let done = program::feed(world, &["feedback"], mail.as_bytes());
    assert_eq!(done.status.code(), Some(0));
    String::from_utf8(done.stderr).unwrap()
}

/// The rows of this reader in the tables that only a reader's data are in.
async fn rows_of(world: &World, id: i64) -> i64 {
    const SQL: &str = "SELECT (SELECT count(*) FROM preference WHERE subscriber_id = $1)
        + (SELECT count(*) FROM preference_act WHERE subscriber_id = $1)
        + (SELECT count(*) FROM consent WHERE subscriber_id = $1)
        + (SELECT count(*) FROM subscription WHERE subscriber_id = $1)
        + (SELECT count(*) FROM notice WHERE subscriber_id = $1)";
    let mut conn = world.app.db.read().await.unwrap();
    conn.sql(SQL).bind(id).value().await.unwrap()
}

fn id_of(world: &World, address: &str) -> i64 {
    let shown = program::json(world, &["subscriber", "show", address]);
    shown["id"].as_i64().unwrap()
}

/// Asha has this morning's mails of two newsletters, Ben that of one.
async fn two_mails(world: &World) {
    let mine = world.reader(ASHA, "mine").follows(&["section:Port"]);
    world.join(&[mine]).await;
    morning_is_out(world).await;
    world.publish("ferry", "Port", "The ferry is late").await;
    world.at("2026-11-24T07:00:00Z");
    world.run().await;
    assert_eq!(world.mails_to(ASHA).len(), 2);
}

story!(
    a_reader_leaves_by_the_mail_that_the_header_of_a_mail_offers,
    async |world: &mut World| {
        with_own_senders(world).await;
        two_mails(world).await;
        let mails = world.mails_to(ASHA);
        assert_ne!(by_mail(&mails[0]).0, by_mail(&mails[1]).0);
        let said = hand_over(world, &wish(&mails[0], 1));
        assert!(said.contains("left morning"), "{said}");
        let said = hand_over(world, &wish(&mails[0], 1));
        assert!(said.contains("was here before"), "{said}");
        let said = hand_over(world, &wish(&mails[0], 2));
        assert!(said.contains("had left before"), "{said}");

        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        let how = "by mail to leave (pipe) (the mail of morning, 2026-11-24)";
        for line in [
            format!("Tue 24 Nov 2026 07:00:00  left morning {how}\n"),
            format!("Tue 24 Nov 2026 07:00:00  3: morning: left, {how}\n"),
        ] {
            assert!(shown.contains(&line), "{line} in {shown}");
        }
        assert_eq!(shown.matches("mail to leave").count(), 2, "{shown}");
        another_morning(world, "2026-11-25").await;
        let to = |address| world.mails_to(address).len();
        assert_eq!((to(ASHA), to(BEN)), (2, 2));
        world.at("2026-11-25T07:00:00Z");
        world.run().await;
        assert_eq!(to(ASHA), 3, "what was not left goes on");
        assert_eq!(suppression_of(world, ASHA).await, None);
        let why = program::ok(world, &["why", ASHA]);
        assert!(why.contains("the reader wrote to leave"), "{why}");
    }
);

story!(
    one_click_on_an_offers_mail_ends_the_offers_and_nothing_else,
    async |world: &mut World| {
        let mine = world.reader(ASHA, "mine").follows(&["section:Port"]);
        world
            .join(&[world.reader(ASHA, "offers"), world.reader(BEN, "offers")])
            .await;
        world.join(&[mine]).await;
        morning_is_out(world).await;
        world.add_offer("almanac");
        world.at("2026-11-24T10:00:00Z");
        world.run().await;
        let offer = world.mails_to(ASHA).pop().unwrap();
        assert!(String::from_utf8_lossy(&offer.bytes).contains("Almanac"));
        let pages = Pages::of(world).await;
        let answer = pages.one_click(&one_click_link(&offer)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "Done.\n"));
        for (address, slug, gets_it) in [
            (ASHA, "offers", false),
            (ASHA, "morning", true),
            (ASHA, "mine", true),
            (BEN, "offers", true),
        ] {
            assert_eq!(is_on(world, address, slug).await, gets_it, "{slug}");
        }
        let had = world.mails_to(ASHA).len();
        world.add_offer("tide-tables");
        world.run().await;
        assert_eq!(world.mails_to(ASHA).len(), had, "no other offer");
        let to_ben = world.mails_to(BEN).len();
        assert_eq!(to_ben, 3, "Ben has the morning's and both offers");
        another_morning(world, "2026-11-25").await;
        assert_eq!(world.mails_to(ASHA).len(), had + 1, "the digest goes on");
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        let line = "left offers by one click in a mail program (RFC 8058), from 127.0.0.0/24 (the mail program's own button)";
        assert!(shown.contains(line), "{shown}");
    }
);

story!(
    a_complaint_about_a_mail_that_was_sent_ends_the_consent_to_that_stream_alone,
    async |world: &mut World| {
        two_mails(world).await;
        world
            .join(&[world.reader(ASHA, "offers"), world.reader(CLEO, "morning")])
            .await;
        let mails = world.mails_to(ASHA);
        let said = hand_over(world, &complaint(&mails[1]));
        assert!(
            said.contains("not mailed from now on (complaint)"),
            "{said}"
        );
        for (address, slug, gets_it) in [
            (ASHA, "mine", false),
            (ASHA, "morning", true),
            (ASHA, "offers", true),
            (BEN, "morning", true),
        ] {
            assert_eq!(is_on(world, address, slug).await, gets_it, "{slug}");
        }
        assert_eq!(world.state_of(ASHA, "mine").await, "complained");
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
        let shown = program::ok(world, &["subscriber", "show", ASHA]);
        let line = "mine: left, by complaint (pipe) (the mail of mine, 2026-11-24)";
        assert!(shown.contains(line), "{shown}");
        another_morning(world, "2026-11-25").await;
        let to = |address| world.mails_to(address).len();
        assert_eq!((to(ASHA), to(BEN)), (2, 2), "nobody mails who complained");
    }
);

story!(
    whoever_has_moved_can_still_leave_by_a_mail_to_the_old_address,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        let mail = world.mails_to(ASHA).pop().unwrap();
        let wish = wish(&mail, 1);
        world.later(10);
        let sql = "INSERT INTO address_change (id, subscriber_id, state, old_email, new_email, asked_at, changed_at, ends_at, source)
                   SELECT 1, id, 2, email, 'asha@new.example', 0, 1795502400000, 1795502400000, 'a story' FROM subscriber
                    WHERE email = 'asha@example.org'";
        assert_eq!(world.change(sql).await, 1);
        let said = hand_over(world, &wish);
        assert!(said.contains("left morning"), "{said}");
        assert!(!is_on(world, ASHA, "morning").await);
    }
);

story!(
    of_an_erased_reader_nothing_of_the_way_out_is_left_and_nothing_comes_back,
    async |world: &mut World| {
        with_own_senders(world).await;
        two_mails(world).await;
        let mails = world.mails_to(ASHA);
        hand_over(world, &wish(&mails[0], 1));
        hand_over(world, &complaint(&mails[1]));
        let id = id_of(world, ASHA);
        assert!(rows_of(world, id).await > 0);
        program::ok(world, &["subscriber", "remove", ASHA]);
        assert_eq!(rows_of(world, id).await, 0);
        // The hash, with the reason that is the stronger one, and the reports without a name.
        let kept = suppression_of(world, ASHA).await.unwrap();
        assert_eq!(
            kept.reason,
            postrider::audience::SuppressionReason::Complaint
        );
        let reports = "SELECT count(*) FROM feedback";
        assert_eq!(world.number(reports).await, 2);
        for named in [
            "SELECT count(*) FROM feedback WHERE source || reason || coalesce(said, '') LIKE '%asha%'",
            "SELECT count(*) FROM suppression WHERE source || coalesce(note, '') LIKE '%asha%'",
            "SELECT count(*) FROM subscriber WHERE email LIKE '%asha%'",
        ] {
            assert_eq!(world.number(named).await, 0, "{named}");
        }
        // Whatever comes of their mails now leads to nobody.
        let said = hand_over(world, &wish(&mails[1], 3));
        assert!(said.contains("no message or reader of ours"), "{said}");
        let pages = Pages::of(world).await;
        assert_eq!(
            pages.one_click(&one_click_link(&mails[1])).await.status,
            200
        );
        assert_eq!(rows_of(world, id).await, 0);
    }
);

story!(
    whoever_leaves_in_the_moment_of_being_erased_is_erased,
    async |world: &mut World| {
        morning_is_out(world).await;
        let id = id_of(world, ASHA);
        let (app, now) = (&world.app, world.now());
        let email = EmailAddress::parse(ASHA).unwrap();
        let how = How {
            source: "a story",
            network: None,
            shown: None,
        };
        let paper = app.paper();
        let mut tx = app.db.begin().await.unwrap();
        let left = leave(&mut tx, &paper, id, "morning", &how, now).await;
        left.unwrap().expect("she was on it");
        let erased = postrider::db::again(|| erase(&app.db, &app.keys, &email, now));
        let commit = async {
            world.until_somebody_waits().await;
            tx.commit().await
        };
        let (erased, committed) = tokio::join!(erased, commit);
        committed.unwrap();
        assert_eq!(erased.unwrap(), Erased::Subscriber);
        assert_eq!(rows_of(world, id).await, 0);
    }
);
