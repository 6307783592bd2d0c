//! Notices: the mails that answer what a reader did, sent once, at once, and to nobody who must not be mailed.

use jiff::SignedDuration;
use postrider::audience::{self, EmailAddress, SuppressionReason, suppress};
use postrider::daemon;
use postrider::db::Sql;
use postrider::demo::relay::Caught;
use postrider::dispatch::Handle;
use postrider::message::MessageId;
use postrider::notice::{self, Kind, Notice, Sent};
use postrider::render::letter;
use postrider::render::mail::Renderer;
use postrider::secret::{Purpose, Ticket};

use crate::support::mail::{subject, text};
use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

/// A notice to an address that is nobody's yet, whose button works for half an hour.
fn notice(world: &World, kind: Kind, to: &str) -> Notice {
    let until = world.now() + SignedDuration::from_mins(30);
    let (purpose, of) = match kind {
        Kind::Confirm => (Purpose::Confirm, 17),
        Kind::Link => (Purpose::Manage, 1),
        Kind::AddressConfirm => (Purpose::Address, 1),
        Kind::AddressChanged | Kind::Left | Kind::Erasing => (Purpose::Undo, 1),
    };
    Notice {
        kind,
        to: EmailAddress::parse(to).unwrap(),
        subscriber_id: None,
        language: None,
        newsletters: vec!["Morning Tide".to_owned(), "Dockside".to_owned()],
        network: Some("192.0.2.0/24".to_owned()),
        new_address: Some(EmailAddress::parse("asha.new@example.org").unwrap()),
        ticket: Some(Ticket::new(purpose, of, 1, until)),
    }
}

async fn queue(world: &World, notice: &Notice) -> Sent {
    let mut tx = world.app.db.begin().await.unwrap();
    let sent = notice::send(&mut tx, &world.app, notice).await.unwrap();
    tx.commit().await.unwrap();
    sent
}

async fn queued(world: &World, notice: &Notice) -> MessageId {
    match queue(world, notice).await {
        Sent::Queued(id) => id,
        Sent::TooSoon => panic!("it is too soon"),
    }
}

/// The number of the reader with this address.
async fn number_of(world: &World, address: &str) -> i64 {
    let email = EmailAddress::parse(address).unwrap();
    let mut conn = world.app.db.read().await.unwrap();
    let found = audience::find(&mut conn, &world.app.keys, &email).await;
    found.unwrap().unwrap().id
}

async fn suppressed_for(world: &World, address: &str, reason: SuppressionReason) {
    let key = world
        .app
        .keys
        .address(&EmailAddress::parse(address).unwrap().normal());
    let mut tx = world.app.db.begin().await.unwrap();
    let done = suppress(&mut tx, &key, reason, "a story", None, world.now());
    done.await.unwrap();
    tx.commit().await.unwrap();
}

/// The states of all notices, in the order in which they were queued.
async fn states(world: &World) -> Vec<&'static str> {
    let mut conn = world.app.db.read().await.unwrap();
    let rows: Vec<(i16,)> = conn
        .sql(
            "SELECT m.state FROM message m JOIN issue i ON i.id = m.issue_id
              WHERE i.stream = 1 ORDER BY m.planned_at, m.issue_id, m.subscriber_id, m.n",
        )
        .all()
        .await
        .unwrap();
    rows.into_iter()
        .map(|(state,)| {
            postrider::message::State::from_number(state)
                .unwrap()
                .word()
        })
        .collect()
}

fn header(mail: &Caught, name: &str) -> Vec<String> {
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed
        .headers_raw()
        .filter(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .collect()
}

const KEPT_ADDRESSES: &str =
    "SELECT count(*) FROM notice WHERE email IS NOT NULL OR document IS NOT NULL";
const SENDING: &str = "SELECT count(*) FROM message WHERE state = 2";

story!(
    each_kind_comes_at_once_and_says_what_was_done_and_what_to_do,
    async |world: &mut World| {
        for kind in Kind::ALL {
            let id = queued(world, &notice(world, *kind, ASHA)).await;
            // A screenful for whoever wants to look: POSTRIDER_TEST_MAILS is a folder.
            let key = (id.issue_id, id.subscriber_id, id.n);
            let letter = letter::find(&mut world.app.db.read().await.unwrap(), key).await;
            let letter = letter.unwrap().unwrap();
            let renderer = Renderer::new(world.app.clone());
            let once = renderer.mail(&letter).await.unwrap();
            let again = Renderer::new(world.app.clone()).mail(&letter).await;
            assert_eq!(once.bytes, again.unwrap().bytes, "the same bytes each time");
        }
        world.send().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), Kind::ALL.len());
        let mut told = String::new();
        for kind in Kind::ALL {
            let edition = format!("2026-11-24-{kind}:");
            let mail = mails
                .iter()
                .find(|m| header(m, "Feedback-ID")[0].starts_with(&edition))
                .unwrap();
            assert_eq!(header(mail, "Auto-Submitted"), ["auto-generated"]);
            assert_eq!(
                header(mail, "From"),
                ["The Harbour Courier <mine@courier.example>"]
            );
            told += &format!("Subject: {}\n\n{}\n", subject(mail), text(mail));
            if let Ok(folder) = std::env::var("POSTRIDER_TEST_MAILS") {
                let parsed = mail_parser::MessageParser::default()
                    .parse(&mail.bytes[..])
                    .unwrap();
                let html = parsed.body_html(0).unwrap().into_owned();
                std::fs::write(format!("{folder}/{kind}.html"), html).unwrap();
            }
        }
        insta::assert_snapshot!("each_kind", told.replace("\r\n", "\n"));
        let links = told
            .lines()
            .filter_map(|l| l.trim().strip_prefix("https://"));
        let opened: Vec<Ticket> = links
            .filter_map(|link| {
                let (path, token) = link
                    .strip_prefix("mail.courier.example/")?
                    .split_once('/')?;
                let purpose = match path {
                    "confirm" => Purpose::Confirm,
                    "preferences" => Purpose::Manage,
                    "address" => Purpose::Address,
                    _ => Purpose::Undo,
                };
                world.app.keys.open_ticket(purpose, token)
            })
            .collect();
        assert_eq!(opened.len(), Kind::ALL.len(), "{told}");
        assert!(opened.iter().all(|t| t.is_valid_at(world.now())));
        // What has left needs neither address nor words.
        assert_eq!(world.number(KEPT_ADDRESSES).await, 6);
        world.plan().await;
        assert_eq!(world.number(KEPT_ADDRESSES).await, 0);
        let log = program::ok(world, &["log"]);
        assert!(
            log.contains("2026-11-24-confirm") && log.contains("not kept"),
            "{log}"
        );
        let issues = program::ok(world, &["issue", "list"]);
        assert!(issues.contains("2026-11-24-address-changed"), "{issues}");
        assert_eq!(world.number("SELECT count(*) FROM notice").await, 6);
        world.later(8 * 24 * 60);
        world.plan().await;
        assert_eq!(world.number("SELECT count(*) FROM notice").await, 0);
    }
);

story!(
    a_notice_speaks_the_readers_language,
    async |world: &mut World| {
        for (language, says) in [
            ("de", "Bitte bestätigen"),
            ("hi", "पुष्टि"),
            ("ur", "تصدیق"),
            ("xx", "Confirm: "),
        ] {
            let to = format!("{language}@example.org");
            let mut notice = notice(world, Kind::Confirm, &to);
            notice.language = Some(language.to_owned());
            queued(world, &notice).await;
            world.send().await;
            let mails = world.mails_to(&to);
            assert!(subject(&mails[0]).contains(says), "{}", subject(&mails[0]));
            let parsed = mail_parser::MessageParser::default()
                .parse(&mails[0].bytes[..])
                .unwrap();
            let html = parsed.body_html(0).unwrap().into_owned();
            let dir = if language == "ur" { "rtl" } else { "ltr" };
            assert!(
                html.contains(&format!("lang=\"{language}\" dir=\"{dir}\"")),
                "{html}"
            );
            if let Ok(folder) = std::env::var("POSTRIDER_TEST_MAILS") {
                std::fs::write(format!("{folder}/confirm.{language}.html"), html).unwrap();
            }
        }
    }
);

story!(
    what_comes_from_elsewhere_adds_no_header_and_no_markup,
    async |world: &mut World| {
        let hostile =
            "Tide\r\nBcc: eve@example.net\r\n\r\n<script>alert(1)</script>\"'{{slot 'why'}}";
        let mut notice = notice(world, Kind::Left, ASHA);
        notice.newsletters = vec![hostile.to_owned(); 3];
        notice.network = Some(format!("{hostile}{}", "x".repeat(100_000)));
        notice.language = Some("en\r\nBcc: eve@example.net\"><script>".to_owned());
        queued(world, &notice).await;
        world.send().await;
        let mail = &world.mails_to(ASHA)[0];
        assert!(header(mail, "Bcc").is_empty());
        assert!(mail.bytes.len() < 60_000);
        let parsed = mail_parser::MessageParser::default()
            .parse(&mail.bytes[..])
            .unwrap();
        let html = parsed.body_html(0).unwrap().into_owned();
        assert!(!html.contains("<script"), "{html}");
    }
);

story!(
    one_confirmation_an_hour_goes_to_an_address_whoever_asks,
    async |world: &mut World| {
        queued(world, &notice(world, Kind::Confirm, ASHA)).await;
        assert_eq!(
            queue(world, &notice(world, Kind::Confirm, "ASHA@Example.ORG")).await,
            Sent::TooSoon
        );
        // Other addresses and other kinds have limits of their own.
        queued(world, &notice(world, Kind::Confirm, BEN)).await;
        for _ in 0..3 {
            queued(world, &notice(world, Kind::Link, ASHA)).await;
        }
        assert_eq!(
            queue(world, &notice(world, Kind::Link, ASHA)).await,
            Sent::TooSoon
        );
        world.run().await;
        world.later(59);
        assert_eq!(
            queue(world, &notice(world, Kind::Confirm, ASHA)).await,
            Sent::TooSoon
        );
        world.later(1);
        queued(world, &notice(world, Kind::Confirm, ASHA)).await;
        world.run().await;
        assert_eq!(
            (world.mails_to(ASHA).len(), world.mails_to(BEN).len()),
            (5, 1)
        );
    }
);

story!(
    who_asks_twice_at_once_gets_one_confirmation,
    async |world: &mut World| {
        let notice = notice(world, Kind::Confirm, ASHA);
        let ask = async || {
            postrider::db::again(async || {
                let mut tx = world.app.db.begin().await?;
                let sent = notice::send(&mut tx, &world.app, &notice).await?;
                tx.commit().await?;
                Ok(sent)
            })
            .await
            .unwrap()
        };
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        let soon = [a, b, c].iter().filter(|s| **s == Sent::TooSoon).count();
        assert_eq!(soon, 2);
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    a_reader_who_left_or_pauses_or_wants_no_more_this_week_gets_notices,
    async |world: &mut World| {
        world
            .join(&[
                world.reader(ASHA, "morning").left().quiet("00:00-23:59"),
                world
                    .reader(BEN, "morning")
                    .paused_until("2026-12-24T00:00:00Z")
                    .at_most(1),
            ])
            .await;
        for address in [ASHA, BEN] {
            let mut notice = notice(world, Kind::Link, address);
            notice.subscriber_id = Some(number_of(world, address).await);
            queued(world, &notice).await;
            queued(world, &notice).await;
        }
        world.run().await;
        assert_eq!(
            (world.mails_to(ASHA).len(), world.mails_to(BEN).len()),
            (2, 2)
        );
        let lives = world.why(ASHA).await.messages;
        let told: Vec<_> = lives.iter().map(|l| (&*l.edition, l.state)).collect();
        assert_eq!(told, [("2026-11-24-link", "accepted"); 2]);
    }
);

story!(
    nothing_goes_to_a_suppressed_address_but_one_confirmation_after_a_bounce_or_an_erasure,
    async |world: &mut World| {
        use SuppressionReason::{Complaint, Erased, HardBounce, Manual};
        for (address, reason) in [
            ("bounced@example.org", HardBounce),
            ("complained@example.org", Complaint),
            ("erased@example.org", Erased),
            ("manual@example.org", Manual),
        ] {
            suppressed_for(world, address, reason).await;
            for kind in Kind::ALL {
                queued(world, &notice(world, *kind, address)).await;
            }
            world.send().await;
            let asks = matches!(reason, HardBounce | Erased);
            let confirms = if asks { 2 } else { 0 };
            assert_eq!(world.mails_to(address).len(), confirms, "{reason}");
        }
        let ended = states(world).await;
        let suppressed = ended.iter().filter(|s| **s == "suppressed").count();
        assert_eq!((suppressed, ended.len()), (20, 24));
        let again = notice(world, Kind::Confirm, "bounced@example.org");
        world.later(6 * 24 * 60);
        assert_eq!(queue(world, &again).await, Sent::TooSoon);
        world.later(24 * 60 + 1);
        let again = notice(world, Kind::Confirm, "bounced@example.org");
        queued(world, &again).await;
        world.run().await;
        assert_eq!(world.mails_to("bounced@example.org").len(), 3);
    }
);

story!(
    a_link_whose_time_is_over_is_not_sent,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        world.restart().await;
        for address in [ASHA, BEN] {
            queued(world, &notice(world, Kind::Link, address)).await;
        }
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        world.until_one_is_past_the_fence(&hold).await;
        // Its last minute is over.
        world.later(31);
        hold.release();
        sending.await.unwrap().unwrap();
        // The one that was on its way is asked for once more, so long after its mark.
        assert_eq!(world.relay.count(), 0);
        assert_eq!(states(world).await, ["expired", "expired"]);
        // And where no relay takes it, it ends by itself.
        queued(world, &notice(world, Kind::Left, ASHA)).await;
        world.plan().await;
        assert_eq!(world.number(KEPT_ADDRESSES).await, 1);
        world.later(31);
        world.plan().await;
        assert_eq!(states(world).await.last(), Some(&"expired"));
        assert_eq!(world.number(KEPT_ADDRESSES).await, 0);
    }
);

story!(
    notices_that_are_held_just_before_the_mark_wait,
    async |world: &mut World| {
        world.add_setting("connections = 1");
        world.restart().await;
        for address in [ASHA, BEN] {
            queued(world, &notice(world, Kind::Link, address)).await;
        }
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        world.until_one_is_past_the_fence(&hold).await;
        world
            .change("UPDATE issue SET state = 2 WHERE stream = 1")
            .await;
        hold.release();
        sending.await.unwrap().unwrap();
        assert_eq!(world.relay.count(), 1, "one was on its way");
        let waits = "SELECT count(*) FROM message WHERE state = 1 AND attempts = 0";
        assert_eq!(world.number(waits).await, 1);
        world
            .change("UPDATE issue SET state = 1 WHERE stream = 1")
            .await;
        world.send().await;
        assert_eq!(states(world).await, ["accepted"; 2]);
    }
);

story!(
    a_notice_that_is_queued_for_a_reader_who_is_erased_is_not_sent,
    async |world: &mut World| {
        world.join(&[world.reader(ASHA, "morning")]).await;
        let id = number_of(world, ASHA).await;
        // One to the new address, which is not hers yet.
        for (kind, to) in [(Kind::AddressConfirm, BEN), (Kind::Link, ASHA)] {
            let mut notice = notice(world, kind, to);
            notice.subscriber_id = Some(id);
            queued(world, &notice).await;
        }
        queued(world, &notice(world, Kind::Confirm, ASHA)).await;
        program::ok(world, &["subscriber", "remove", ASHA]);
        assert_eq!(world.number("SELECT count(*) FROM notice").await, 0);
        world.run().await;
        assert_eq!(world.relay.count(), 0);
        assert_eq!(states(world).await, ["cancelled"; 3]);
    }
);

story!(
    a_notice_killed_after_the_final_dot_stays_uncertain_and_is_not_sent_again,
    async |world: &mut World| {
        queued(world, &notice(world, Kind::Link, ASHA)).await;
        let hold = world.relay.hold_after_data();
        let daemon = program::start(world);
        world.until_reached(&hold).await;
        daemon.kill_9();
        drop(hold);
        world.later(2);
        program::ok(world, &["once"]);
        assert_eq!(states(world).await, ["uncertain"]);
        assert!(world.mails_to(ASHA).len() <= 1);
        assert_eq!(world.number(SENDING).await, 0);
        assert_eq!(world.number(KEPT_ADDRESSES).await, 1);
        world.plan().await;
        assert_eq!(world.number(KEPT_ADDRESSES).await, 0);
    }
);

story!(
    a_notice_overtakes_the_digests_that_are_being_sent,
    async |world: &mut World| {
        const DIGESTS: usize = 1500;
        world.add_setting("connections = 1");
        world.restart().await;
        world.crowd(DIGESTS, "morning").await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-24T06:30:00Z");
        world.plan().await;
        let hold = world.relay.hold_before_data();
        let app = world.app.clone();
        let sending = tokio::spawn(async move { daemon::send(&app, Handle::default()).await });
        world.until_one_is_past_the_fence(&hold).await;
        queued(world, &notice(world, Kind::Link, ASHA)).await;
        hold.release();
        sending.await.unwrap().unwrap();
        let mails = world.relay.mails();
        assert_eq!(mails.len(), DIGESTS + 1);
        let place = mails.iter().position(|m| m.to == ASHA).unwrap();
        // What lay on the desk before the notice was there, and what was picked up meanwhile.
        assert!(
            place <= DIGESTS / 10,
            "{place} digests of {DIGESTS} went before it"
        );
    }
);

story!(
    what_went_to_an_address_that_is_nobodys_yet_is_told_for_a_week,
    async |world: &mut World| {
        queued(world, &notice(world, Kind::Confirm, ASHA)).await;
        queued(world, &notice(world, Kind::Confirm, BEN)).await;
        assert!(
            program::ok(world, &["why", ASHA]).contains("Not yet. @notice, 2026-11-24-confirm")
        );
        world.send().await;
        world.plan().await;
        let why = program::ok(world, &["why", ASHA]);
        assert!(
            why.starts_with("No subscriber has this address. What it was sent in the last week:")
                && why
                    .matches("Yes. @notice, 2026-11-24-confirm: accepted")
                    .count()
                    == 1,
            "{why}"
        );
        let log = program::json(world, &["log", "--to", ASHA]);
        assert_eq!(log.as_array().unwrap().len(), 1);
        // Who confirms has it among their mails.
        world.join(&[world.reader(BEN, "morning")]).await;
        world.publish("port", "Port", "The port reopens").await;
        world.at("2026-11-25T06:30:00Z");
        world.run().await;
        let why = program::ok(world, &["why", BEN]);
        let place = |what: &str| why.find(what).unwrap_or_else(|| panic!("{why}"));
        assert!(place("Yes. morning, 2026-11-25") < place("Yes. @notice, 2026-11-24-confirm"));
        assert_eq!(
            program::json(world, &["log", "--to", BEN])
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            program::json(world, &["why", BEN, "--limit", "1"])["messages"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        world.later(8 * 24 * 60);
        world.plan().await;
        for arguments in [
            ["why", ASHA, "--limit", "9"],
            ["log", "--to", ASHA, "--json"],
        ] {
            let (code, _, said) = program::fails(world, &arguments);
            assert!(
                code == 1 && said.contains("no subscriber has this address"),
                "{said}"
            );
        }
    }
);

story!(
    an_operator_finds_notices_by_their_name,
    async |world: &mut World| {
        queued(world, &notice(world, Kind::Confirm, ASHA)).await;
        queued(world, &notice(world, Kind::Left, BEN)).await;
        let log = program::ok(world, &["log", "--newsletter", "@notice"]);
        assert!(log.contains("2026-11-24-confirm") && log.contains("2026-11-24-left"));
        let some = [
            "log",
            "--newsletter",
            "@notice",
            "--edition",
            "2026-11-24-left",
        ];
        let log = program::ok(world, &some);
        assert!(
            !log.contains("confirm") && log.contains("b…n@example.org"),
            "{log}"
        );
        let list = program::ok(world, &["issue", "list", "@notice"]);
        assert!(list.contains("2026-11-24-confirm"), "{list}");
        let (code, _, said) = program::fails(world, &["issue", "hold", "@notice"]);
        assert!(
            code == 1 && said.contains("--edition 2026-11-24-confirm"),
            "{said}"
        );
        let one = ["@notice", "--edition", "2026-11-24-confirm"];
        let held = program::ok(world, &[&["issue", "hold"][..], &one].concat());
        assert!(
            held.contains("The Harbour Courier, 2026-11-24-confirm: held."),
            "{held}"
        );
        world.send().await;
        assert_eq!(
            (world.mails_to(ASHA).len(), world.mails_to(BEN).len()),
            (0, 1)
        );
        program::ok(world, &[&["resume", "issue"][..], &one].concat());
        world.send().await;
        assert_eq!(world.mails_to(ASHA).len(), 1);
        let (code, _, said) = program::fails(world, &["issue", "preview", "@notice"]);
        assert!(code == 1 && said.contains("until it has left"), "{said}");
    }
);
