//! Faults before any mail: the greeting, EHLO, TLS, the login. Messages stay queued, and the operator is told.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{ASHA, READERS, accepted_once, day, digest, join, put_in_place, relay};
use crate::support::faulty::{Act, Fault, FaultyRelay, Manner, Packets, Verb};
use crate::support::{World, program};

const PLAIN: &str = "tls = \"none\"\nconnections = 2";
const NO_SMTP: &str = "HTTP/1.1 400 Bad Request\r\n\r\n";

/// A certificate for this name, good until that year, which `relay.pem` has as one to trust.
fn certificate(world: &World, name: &str, until: i32) -> Arc<ServerConfig> {
    let mut wanted = CertificateParams::new([name.to_owned()]).unwrap();
    wanted.not_before = date_time_ymd(2000, 1, 1);
    wanted.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let made = wanted.self_signed(&key).unwrap();
    world.configure("relay.pem", &made.pem());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth();
    let server = server.with_single_cert(vec![made.der().clone()], key);
    Arc::new(server.unwrap())
}

/// Sends, and finds that the relay cannot be used, for this reason, and that nothing was begun.
async fn refused(world: &World, relay: &FaultyRelay, why: &str) {
    let sent = world.send().await;
    let error = sent
        .relay_error
        .unwrap_or_else(|| panic!("no error: {why}"));
    assert!(error.contains(why), "{why:?} is not in {error:?}");
    assert!(!error.contains('@'), "{error}");
    let life = digest(world, ASHA).await;
    assert_eq!(life.state, "queued", "{why}");
    let happened: Vec<String> = life.timeline.iter().map(|e| e.what.to_string()).collect();
    assert_eq!(
        happened,
        ["planned and composed", "it is to leave"],
        "{why}"
    );
    assert!(relay.taken().is_empty());
}

/// The relay is mended, and the mail leaves by itself, once.
async fn mended(world: &World, relay: &FaultyRelay) {
    relay.behave();
    assert_eq!(world.send().await.relay_error, None);
    accepted_once(world, relay, ASHA, "morning").await;
    assert_eq!(relay.count_to(ASHA), 1);
    relay.was_treated_well();
}

story!(
    a_relay_that_greets_badly_is_given_up_for_now,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 2).await;
        put_in_place(world, &relay, PLAIN, 1).await;
        join(world, &[ASHA], "morning").await;
        day(world, 0).await;
        for (act, why) in [
            (
                Act::Say("554 5.7.1 asha@example.org, you are blocked\r\n"),
                "refused us: 554 5.7.1 …, you are blocked",
            ),
            (
                Act::Say("554-no service\r\n554 here\r\n"),
                "refused us: 554 no service here",
            ),
            (
                Act::SayAndClose("421 4.3.2 too busy\r\n"),
                "refused us: 421 4.3.2 too busy",
            ),
            (Act::Say("451\r\n"), "refused us: 451"),
            (Act::Say(NO_SMTP), "no SMTP"),
            (Act::Close, "cannot be reached"),
            (Act::Reset, "cannot be reached"),
            (Act::Hang, "did not answer within 1 s"),
            (Act::Endless, "no SMTP"),
            (Act::LongLine, "no SMTP"),
            (
                Act::Say("250 faulty.example\r\n250 and more\r\n"),
                "refused us: ",
            ),
        ] {
            for verb in [Verb::Greeting, Verb::Ehlo] {
                relay.misbehave(vec![Fault::at(verb, act)]);
                refused(world, &relay, why).await;
                assert!(!relay.hits().is_empty());
            }
        }
        assert!(relay.poured() < 256 << 20, "it took endless replies");
        put_in_place(world, &relay, PLAIN, 60).await;
        mended(world, &relay).await;
    }
);

story!(
    a_relay_that_speaks_a_byte_at_a_time_is_heard_out,
    async |world: &mut World| {
        let packets = Packets::Bytes;
        let relay = relay(
            world,
            Manner {
                packets,
                ..Manner::default()
            },
            2,
        )
        .await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let greeting = "220-faulty.example\r\n220-no spam\r\n220 please\r\n";
        relay.misbehave(vec![Fault::at(Verb::Greeting, Act::Say(greeting))]);
        assert_eq!(world.send().await.relay_error, None);
        for address in READERS {
            accepted_once(world, &relay, address, "morning").await;
        }
        relay.was_treated_well();
    }
);

story!(
    without_good_tls_no_mail_and_no_password_leaves,
    async |world: &mut World| {
        world.configure("password", "quite-secret-quay");
        let tls = Some(certificate(world, "127.0.0.1", 2100));
        let login = true;
        let good = Manner {
            tls,
            login,
            ..Manner::default()
        };
        let relay = FaultyRelay::start(good.clone()).await;
        let settings =
            "ca_file = \"relay.pem\"\nusername = \"courier\"\npassword_file = \"password\"";
        put_in_place(world, &relay, settings, 1).await;
        join(world, &[ASHA], "morning").await;
        day(world, 0).await;
        for (verb, act, why) in [
            (
                Verb::StartTls,
                Act::Say("454 4.7.0 not now\r\n"),
                "refused us: 454 4.7.0 not now",
            ),
            (Verb::StartTls, Act::Say("501\r\n"), "refused us: 501"),
            (
                Verb::StartTls,
                Act::Say("220 go ahead\r\n250 AUTH PLAIN\r\n"),
                "spoke twice before TLS",
            ),
            (Verb::StartTls, Act::Hang, "did not answer within 1 s"),
            (Verb::StartTls, Act::Reset, "cannot be reached"),
            (Verb::StartTls, Act::Say(NO_SMTP), "no SMTP"),
            (Verb::Tls, Act::Hang, "did not answer within 1 s"),
            (Verb::Tls, Act::Close, "cannot be reached"),
            (Verb::Tls, Act::Reset, "cannot be reached"),
            (
                Verb::Tls,
                Act::Say("250-faulty.example\r\n250 AUTH PLAIN\r\n"),
                "relay 127.0.0.1:",
            ),
            (Verb::Tls, Act::LongLine, "relay 127.0.0.1:"),
        ] {
            relay.misbehave(vec![Fault::at(verb, act)]);
            refused(world, &relay, why).await;
            assert_in_the_clear(&relay);
        }
        relay.behave();
        relay.speak(Manner {
            stripped: true,
            ..good.clone()
        });
        refused(world, &relay, "it offers no STARTTLS").await;
        assert_in_the_clear(&relay);
        for (name, until, trusted, why) in [
            ("127.0.0.1", 2100, false, "certificate"),
            ("relay.example", 2100, true, "certificate"),
            ("127.0.0.1", 2020, true, "certificate expired"),
        ] {
            let tls = Some(certificate(world, name, until));
            if !trusted {
                certificate(world, name, until); // another one, in the file of the first
            }
            for implicit in [false, true] {
                relay.behave();
                let tls = tls.clone();
                relay.speak(Manner {
                    tls,
                    implicit,
                    ..good.clone()
                });
                let word = if implicit { "implicit" } else { "starttls" };
                put_in_place(world, &relay, &format!("tls = \"{word}\"\n{settings}"), 1).await;
                refused(world, &relay, why).await;
                assert_in_the_clear(&relay);
            }
        }
        let tls = Some(certificate(world, "127.0.0.1", 2100));
        relay.speak(Manner { tls, ..good });
        put_in_place(world, &relay, settings, 60).await;
        mended(world, &relay).await;
    }
);

/// Nothing but the way to TLS was said, however the relay wanted it.
fn assert_in_the_clear(relay: &FaultyRelay) {
    let greeting = |l: &String| l.starts_with("EHLO ") || l == "STARTTLS" || l == "QUIT";
    let heard = relay.heard();
    assert!(heard.iter().all(greeting), "{heard:?}");
}

story!(
    a_login_that_is_refused_leaves_everything_queued,
    async |world: &mut World| {
        world.configure("password", "quite-secret-quay");
        let tls = Some(certificate(world, "127.0.0.1", 2100));
        let good = Manner {
            tls,
            login: true,
            ..Manner::default()
        };
        let relay = FaultyRelay::start(good.clone()).await;
        let settings =
            "ca_file = \"relay.pem\"\nusername = \"courier\"\npassword_file = \"password\"";
        put_in_place(world, &relay, settings, 1).await;
        join(world, &[ASHA], "morning").await;
        day(world, 0).await;
        for (act, why) in [
            (
                Act::Say("535 5.7.8 bad credentials for courier@example.org\r\n"),
                "refused us: 535 5.7.8 bad credentials for …",
            ),
            (Act::Say("535\r\n"), "refused us: 535"),
            (
                Act::Say("454 4.7.0 ask again\r\n"),
                "refused us: 454 4.7.0 ask again",
            ),
            (Act::Say("334 VXNlcm5hbWU6\r\n"), "refused us: "),
            (
                Act::SayAndClose("421 4.7.0 too many failures\r\n"),
                "refused us: 421 4.7.0 too many failures",
            ),
            (Act::Hang, "did not answer within 1 s"),
            (Act::Reset, "cannot be reached"),
            (Act::Say(NO_SMTP), "no SMTP"),
            (Act::Endless, "no SMTP"),
        ] {
            relay.misbehave(vec![Fault::at(Verb::Auth, act)]);
            refused(world, &relay, why).await;
        }
        relay.behave();
        relay.speak(Manner {
            login: false,
            ..good.clone()
        });
        refused(world, &relay, "offers neither AUTH PLAIN nor AUTH LOGIN").await;
        relay.speak(good);
        put_in_place(world, &relay, settings, 60).await;
        mended(world, &relay).await;
    }
);

story!(
    a_relay_that_wants_one_connection_only_is_no_dead_relay,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 4).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let full = Act::SayAndClose("421 4.7.0 too many connections\r\n");
        relay.misbehave(vec![Fault::at(Verb::Greeting, full).after_connection(1)]);
        let sent = world.send().await;
        assert_eq!(sent.relay_error, None);
        for address in READERS {
            accepted_once(world, &relay, address, "morning").await;
        }
        relay.was_treated_well();
    }
);

story!(
    a_connection_that_is_never_greeted_keeps_the_others_from_nothing,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 4).await;
        put_in_place(world, &relay, "tls = \"none\"\nconnections = 4", 2).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        relay.misbehave(vec![
            Fault::at(Verb::Greeting, Act::Hang).after_connection(1),
        ]);
        let sent = world.send().await;
        assert_eq!(sent.relay_error, None);
        for address in READERS {
            accepted_once(world, &relay, address, "morning").await;
        }
        relay.was_treated_well();
    }
);

story!(
    the_operator_is_told_once_and_mails_leave_when_the_relay_is_mended,
    async |world: &mut World| {
        let relay = relay(world, Manner::default(), 2).await;
        join(world, &READERS, "morning").await;
        day(world, 0).await;
        let says = Act::Say("554 5.7.1 this server is blocked\r\n");
        relay.misbehave(vec![Fault::at(Verb::Greeting, says)]);
        let (code, _, said) = program::fails(world, &["once"]);
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("refused us: 554 5.7.1 this server is blocked"),
            "{said}"
        );
        assert!(said.contains("hint: messages stay queued"), "{said}");
        let daemon = program::start(world);
        daemon.until_logged("messages stay queued").await;
        world
            .until(
                "SELECT count(*) FROM node WHERE relay_error IS NOT NULL",
                |n| n == 1,
            )
            .await;
        let status = program::ok(world, &["status"]);
        assert!(
            status.contains("554 5.7.1 this server is blocked"),
            "{status}"
        );
        relay.behave();
        daemon.until_logged("the relay is back").await;
        world
            .until("SELECT count(*) FROM message WHERE state <> 3", |n| n == 0)
            .await;
        daemon.term();
        let (_, log) = daemon.wait();
        assert_eq!(log.matches("messages stay queued").count(), 1, "{log}");
        for address in READERS {
            accepted_once(world, &relay, address, "morning").await;
        }
        relay.was_treated_well();
    }
);
