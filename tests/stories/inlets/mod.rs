//! What comes back by a Maildir, by IMAP and by hooks: it is read once, whoever lies about it is refused, and `status` tells.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use postrider::daemon;
use postrider::db::Sql;
use postrider::feedback::{imap, inlet, maildir};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_util::sync::CancellationToken;

use crate::support::imap::{Fault, ImapServer, LOGIN, Options};
use crate::support::{World, program};

mod hooks;

const ASHA: &str = "asha@example.org";
const BEN: &str = "ben@example.org";

/// Both have a mail of this morning's, which the relay took.
async fn sent(world: &mut World) {
    world
        .join(&[world.reader(ASHA, "morning"), world.reader(BEN, "morning")])
        .await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.run().await;
    assert_eq!(world.relay.count(), 2);
}

fn message_id(world: &World, address: &str) -> String {
    let mail = &world.mails_to(address)[0];
    let parsed = mail_parser::MessageParser::default()
        .parse(&mail.bytes[..])
        .unwrap();
    parsed.message_id().unwrap().to_owned()
}

/// What a mail server writes when there is no such mailbox (RFC 3464).
fn bounce(world: &World, address: &str) -> Vec<u8> {
    let id = message_id(world, address);
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: tide@courier.example\r\nSubject: Undelivered\r\n\
         Message-ID: <{address}.bounce@mx.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\
         \r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{id}>\r\nTo: {address}\r\n\
         Subject: x\r\n\r\nx\r\n--b--\r\n"
    )
    .into_bytes()
}

async fn suppressed(world: &World) -> i64 {
    world.number("SELECT count(*) FROM suppression").await
}

/// Makes a Maildir and configures it.
async fn with_maildir(world: &mut World, setting: &str) -> std::path::PathBuf {
    let folder = world.folder.path().join("bounces");
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    world.add_setting(&format!("[feedback]\nmaildir = \"../bounces\"\n{setting}"));
    world.restart().await;
    folder
}

fn count_in(folder: &std::path::Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

story!(
    a_bounce_in_the_maildir_is_read_once_and_bad_mails_stop_none,
    async |world: &mut World| {
        let folder = with_maildir(world, "").await;
        sent(world).await;
        fs::write(folder.join("new/1.rubbish"), [0xff; 5000]).unwrap();
        fs::write(folder.join("new/2.empty"), "").unwrap();
        fs::write(folder.join("new/3.asha"), bounce(world, ASHA)).unwrap();
        fs::write(folder.join("tmp/4.half"), bounce(world, BEN)).unwrap();
        fs::write(folder.join("new/.5.hidden"), bounce(world, BEN)).unwrap();
        let passed = maildir::pass(&world.app).await.unwrap();
        assert_eq!(passed.mails, 3);
        assert_eq!(suppressed(world).await, 1);
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");
        assert_eq!(world.state_of(BEN, "morning").await, "accepted");
        assert_eq!(count_in(&folder.join("cur")), 3);
        assert!(folder.join("cur/3.asha:2,S").is_file());
        assert!(folder.join("tmp/4.half").is_file() && folder.join("new/.5.hidden").is_file());

        // Read before a crash, and not put away: it is read again, and known.
        fs::rename(folder.join("cur/3.asha:2,S"), folder.join("new/3.asha")).unwrap();
        let (reports, error) = daemon::hear(&world.app).await.unwrap();
        assert_eq!((reports, error), (1, None));
        assert_eq!(suppressed(world).await, 1);
        let status = program::json(world, &["status"]);
        assert_eq!(status["feedback"][0]["name"], "maildir");
        assert_eq!(status["feedback"][0]["taken"], 2);
    }
);

story!(
    a_maildir_that_is_gone_is_told_and_then_forgotten,
    async |world: &mut World| {
        let folder = with_maildir(world, "maildir_when_read = \"delete\"\n").await;
        sent(world).await;
        let away = folder.with_extension("away");
        fs::rename(&folder, &away).unwrap();
        daemon::hear(&world.app).await.unwrap();
        world.later(5);
        daemon::hear(&world.app).await.unwrap();
        fs::rename(&away, &folder).unwrap();
        let status = program::ok(world, &["status"]);
        let told = "Feedback by maildir fails since Tue 24 Nov 2026 06:30:00: ";
        assert!(status.contains(told), "{status}");
        let metrics = program::ok(world, &["status", "--metrics"]);
        assert!(
            metrics.contains("postrider_feedback_trouble{way=\"maildir\"} 1"),
            "{metrics}"
        );
        fs::write(folder.join("new/1.asha"), bounce(world, ASHA)).unwrap();
        daemon::hear(&world.app).await.unwrap();
        assert_eq!(suppressed(world).await, 1);
        assert_eq!(
            count_in(&folder.join("cur")) + count_in(&folder.join("new")),
            0
        );
        let status = program::ok(world, &["status"]);
        assert!(!status.contains("maildir fails"), "{status}");
    }
);

/// A certificate for this name, written to `imap.pem` beside the configuration's files.
fn certificate(world: &World, name: &str) -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    world.configure("imap.pem", &made.cert.pem());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth();
    let certificates = vec![made.cert.der().clone()];
    Arc::new(server.with_single_cert(certificates, key).unwrap())
}

/// Starts a server by TLS and configures it.
async fn with_imap(world: &mut World, options: Options, settings: &str) -> ImapServer {
    let tls = certificate(world, "localhost");
    let starttls = options.starttls;
    let server = ImapServer::start(Some(tls), options).await;
    world.configure("imap.password", &format!("{}\n", LOGIN.1));
    let tls = if starttls { "starttls" } else { "implicit" };
    world.add_setting(&format!(
        "[feedback.imap]\nhost = \"localhost\"\nport = {}\ntls = \"{tls}\"\nca_file = \"imap.pem\"\nusername = \"{}\"\n\
         password_file = \"imap.password\"\n{settings}",
        server.port, LOGIN.0
    ));
    world.restart().await;
    server
}

story!(
    bounces_in_a_mailbox_are_read_in_order_and_marked,
    async |world: &mut World| {
        let server = with_imap(world, Options::default(), "").await;
        sent(world).await;
        server.deliver(b"rubbish");
        server.deliver(&bounce(world, ASHA));
        server.deliver(&bounce(world, BEN));
        let passed = imap::pass(&world.app).await.unwrap();
        assert_eq!(passed.mails, 3);
        assert_eq!(suppressed(world).await, 2);
        assert!(
            server
                .mails("INBOX")
                .iter()
                .all(|mail| mail.flags == ["\\Seen"])
        );
        let said = server.said();
        let fetched = said.iter().filter(|said| said.starts_with("UID FETCH"));
        let uids: Vec<&str> = fetched
            .map(|said| said.split(' ').nth(2).unwrap())
            .collect();
        assert_eq!(uids, ["1", "2", "3"]);
        assert!(said.last().unwrap() == "LOGOUT", "{said:?}");
        // What was read is not read again.
        assert_eq!(imap::pass(&world.app).await.unwrap().mails, 0);
    }
);

story!(
    what_was_read_is_moved_or_deleted_as_the_setting_says,
    async |world: &mut World| {
        let moving = with_imap(world, Options::default(), "move_to = \"Done\"").await;
        sent(world).await;
        moving.deliver(&bounce(world, ASHA));
        assert_eq!(imap::pass(&world.app).await.unwrap().mails, 1);
        assert_eq!(
            (moving.mails("INBOX").len(), moving.mails("Done").len()),
            (0, 1)
        );

        let file = world.config().join("postrider.toml");
        let text = fs::read_to_string(&file).unwrap();
        // An old server by STARTTLS, which knows none of the later commands.
        let old = Options {
            offers: "IMAP4rev1 STARTTLS",
            starttls: true,
            ..Options::default()
        };
        fs::write(&file, &text[..text.find("[feedback.imap]").unwrap()]).unwrap();
        let copying = with_imap(world, old.clone(), "move_to = \"Done\"").await;
        copying.deliver(&bounce(world, BEN));
        assert_eq!(imap::pass(&world.app).await.unwrap().mails, 1);
        assert_eq!(
            copying.mails("INBOX")[0].flags,
            ["\\Seen", "\\Seen", "\\Deleted"]
        );
        assert_eq!(copying.mails("Done").len(), 1);
        assert_eq!(imap::pass(&world.app).await.unwrap().mails, 0);
        assert!(copying.said().iter().any(|said| said.starts_with("LOGIN")));

        fs::write(&file, &text[..text.find("[feedback.imap]").unwrap()]).unwrap();
        let deleting = Options {
            offers: "IMAP4rev1 AUTH=PLAIN UIDPLUS",
            ..Options::default()
        };
        let deleting = with_imap(world, deleting, "when_read = \"delete\"").await;
        deleting.deliver(b"one");
        assert_eq!(imap::pass(&world.app).await.unwrap().mails, 1);
        assert_eq!(deleting.mails("INBOX").len(), 0);
        assert_eq!(suppressed(world).await, 2);
    }
);

story!(
    a_mailbox_that_fails_is_told_and_loses_nothing,
    async |world: &mut World| {
        let server = with_imap(world, Options::default(), "timeout_s = 1").await;
        sent(world).await;
        server.deliver(&bounce(world, ASHA));
        for (at, fault, says) in [
            ("greeting", Fault::Hang, "did not answer within 1 s"),
            ("greeting", Fault::Drop, "the connection broke"),
            ("greeting", Fault::No, "refused our connection"),
            ("AUTHENTICATE", Fault::No, "refused our login"),
            ("SELECT", Fault::No, "refused the mailbox: NO not for …"),
            ("UID SEARCH", Fault::Hang, "did not answer within 1 s"),
            ("UID FETCH", Fault::Babble, "is no IMAP, or has no end"),
            ("UID FETCH", Fault::Drop, "the connection broke"),
            // It was acted upon and could not be marked.
            ("UID STORE", Fault::Drop, "the connection broke"),
            ("UID STORE", Fault::No, "refused UID STORE"),
        ] {
            server.fault(Some((at, fault)));
            let error = imap::pass(&world.app).await.unwrap_err().to_string();
            assert!(error.contains(says), "{at} {fault:?}: {error}");
            inlet::write_down(&world.app).await.unwrap();
            let mut conn = world.app.db.read().await.unwrap();
            let kept: String = conn.sql("SELECT trouble FROM inlet").value().await.unwrap();
            assert!(
                kept.starts_with("localhost:") && kept.contains(says),
                "{kept}"
            );
            assert!(!kept.contains('@') && !kept.contains(LOGIN.1), "{kept}");
        }
        server.fault(None);
        assert_eq!(imap::pass(&world.app).await.unwrap().mails, 1);
        assert_eq!(suppressed(world).await, 1);
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");
        // One report, however often it was read.
        inlet::write_down(&world.app).await.unwrap();
        let trouble = "SELECT count(*) FROM inlet WHERE trouble IS NOT NULL";
        assert_eq!(world.number(trouble).await, 0);
    }
);

story!(
    a_mailbox_whose_certificate_is_not_good_is_not_logged_in_to,
    async |world: &mut World| {
        let server = with_imap(world, Options::default(), "").await;
        // Another one of the same name, which nobody here knows.
        certificate(world, "localhost");
        world.restart().await;
        let error = imap::pass(&world.app).await.unwrap_err().to_string();
        assert!(error.contains("certificate"), "{error}");
        assert!(server.said().is_empty());
        let once = program::run(world, &["once"]);
        let said = String::from_utf8_lossy(&once.stderr).into_owned();
        assert_eq!(once.status.code(), Some(1), "{said}");
        assert!(
            said.contains("the mailbox of bounces: it cannot be reached"),
            "{said}"
        );
    }
);

story!(
    a_mailbox_is_waited_at_and_come_back_to,
    async |world: &mut World| {
        let server = with_imap(world, Options::default(), "").await;
        sent(world).await;
        server.fault(Some(("AUTHENTICATE", Fault::No)));
        let stop = CancellationToken::new();
        let keeping = tokio::spawn({
            let (app, stop) = (world.app.clone(), stop.clone());
            async move { imap::keep(&app, &stop).await }
        });
        let patience = async |what: &str, done: &dyn Fn() -> bool| {
            let waited = async {
                while !done() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let waited = tokio::time::timeout(Duration::from_secs(30), waited).await;
            assert!(waited.is_ok(), "{what}");
        };
        patience("it tries", &|| server.connections() == 1).await;
        patience("it is refused", &|| server.said().len() == 2).await;
        server.fault(None);
        // Ten seconds later it comes again; the clock has to be moved when it already waits.
        let deadline = Instant::now() + Duration::from_secs(30);
        while server.connections() < 2 {
            assert!(Instant::now() < deadline, "it comes again");
            world.later(1);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.until_idle(1).await;
        server.deliver(&bounce(world, ASHA));
        server.until_idle(2).await;
        assert_eq!(suppressed(world).await, 1);
        assert_eq!(server.mails("INBOX")[0].flags, ["\\Seen"]);
        stop.cancel();
        keeping.await.unwrap();
    }
);

story!(
    a_daemon_reads_maildir_and_mailbox_and_a_kill_loses_no_bounce,
    async |world: &mut World| {
        let folder = with_maildir(world, "").await;
        let server = with_imap(world, Options::default(), "").await;
        sent(world).await;
        // It is acted upon, and the mailbox cannot mark it before the daemon is killed.
        server.fault(Some(("UID STORE", Fault::Hang)));
        server.deliver(&bounce(world, ASHA));
        let daemon = program::start(world);
        world
            .until("SELECT count(*) FROM suppression", |n| n == 1)
            .await;
        daemon.kill_9();
        assert!(server.mails("INBOX")[0].flags.is_empty());
        fs::write(folder.join("new/1.ben"), bounce(world, BEN)).unwrap();
        server.fault(None);
        let daemon = program::start(world);
        world
            .until("SELECT count(*) FROM suppression", |n| n == 2)
            .await;
        server.until_idle(1).await;
        daemon.term();
        let (code, log) = daemon.wait();
        assert_eq!(code, Some(0), "{log}");
        assert_eq!(server.mails("INBOX")[0].flags, ["\\Seen"]);
        assert!(folder.join("cur/1.ben:2,S").is_file());
        let check = program::ok(world, &["check"]);
        assert!(check.contains("ok    imap: localhost:"), "{check}");
        assert!(check.contains("ok    maildir: "), "{check}");
    }
);
