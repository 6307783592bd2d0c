//! Encrypted relays, logins, and what must never go over the wire in the clear.

use std::sync::{Arc, Mutex};

use postrider::demo::relay::{RelayOptions, RelayTls};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{World, program};

const ASHA: &str = "asha@example.org";
const PASSWORD: &str = "quite-secret-quay";

/// A certificate for this name, written to `relay.pem` beside the configuration's files.
fn certificate(world: &World, name: &str) -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    world.configure("relay.pem", &made.cert.pem());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth();
    Arc::new(
        server
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap(),
    )
}

fn relay(tls: RelayTls, login: bool) -> RelayOptions {
    RelayOptions {
        tls,
        login: login.then(|| ("courier".to_owned(), PASSWORD.to_owned())),
        ..RelayOptions::default()
    }
}

/// One mail is due.
async fn due(world: &mut World) {
    world.join(&[world.reader(ASHA, "morning")]).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
    world.plan().await;
}

/// Sends, and finds that the relay could not be used and nothing was lost; what was said of it.
async fn refused(world: &World) -> String {
    let error = world
        .send()
        .await
        .relay_error
        .expect("the relay cannot be used");
    assert_eq!(world.relay.count(), 0);
    assert_eq!(world.state_of(ASHA, "morning").await, "queued");
    error
}

async fn accepted(world: &World) {
    let sent = world.send().await;
    assert_eq!(sent.relay_error, None);
    assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
    assert_eq!(world.mails_to(ASHA).len(), 1);
}

story!(
    a_mail_leaves_by_starttls_with_a_login,
    async |world: &mut World| {
        let tls = RelayTls::StartTls(certificate(world, "localhost"));
        world.configure("password", &format!("{PASSWORD}\n"));
        world
            .relay_is(
                relay(tls, true),
                "host = \"localhost\"\nport = {port}\nca_file = \"relay.pem\"\nusername = \"courier\"\npassword_file = \"password\"",
            )
            .await;
        due(world).await;
        let check = program::ok(world, &["check"]);
        assert!(check.contains("ok    relay: localhost:"), "{check}");
        assert!(!check.contains(PASSWORD), "{check}");
        accepted(world).await;
    }
);

story!(
    a_mail_leaves_by_implicit_tls_with_a_password_from_the_environment,
    async |world: &mut World| {
        let tls = RelayTls::Implicit(certificate(world, "127.0.0.1"));
        // A login without a password says where it may stand.
        world
            .relay_is(
                relay(tls, true),
                "host = \"127.0.0.1\"\nport = {port}\ntls = \"implicit\"\nca_file = \"relay.pem\"",
            )
            .await;
        due(world).await;
        world.add_setting("username = \"courier\"");
        let (code, _, said) = program::fails(world, &["once"]);
        assert!(
            code == 2 && said.contains("POSTRIDER_RELAY_PASSWORD"),
            "{code} {said}"
        );
        let with = [("POSTRIDER_RELAY_PASSWORD", PASSWORD)];
        let once = program::run_with(world, &with, &["once"]);
        assert_eq!(
            once.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&once.stderr)
        );
        assert_eq!(world.state_of(ASHA, "morning").await, "accepted");
        assert_eq!(world.mails_to(ASHA).len(), 1);
    }
);

story!(
    a_wrong_password_leaves_everything_queued_and_is_not_told,
    async |world: &mut World| {
        let tls = RelayTls::StartTls(certificate(world, "localhost"));
        world.configure("password", "quite-wrong-quay");
        world
            .relay_is(
                relay(tls, true),
                "host = \"localhost\"\nport = {port}\nca_file = \"relay.pem\"\nusername = \"courier\"\npassword_file = \"password\"",
            )
            .await;
        due(world).await;
        let error = refused(world).await;
        assert!(
            error.contains("refused us: 535 ") && error.contains("localhost:"),
            "{error}"
        );
        let once = program::run(world, &["once", "-v"]);
        let said = String::from_utf8_lossy(&once.stderr);
        assert_eq!(once.status.code(), Some(1), "{said}");
        assert!(said.contains("hint: messages stay queued"), "{said}");
        let base64 = "AGNvdXJpZXIAcXVpdGUtd3JvbmctcXVheQ";
        assert!(
            !error.contains("quite-wrong")
                && !said.contains("quite-wrong")
                && !said.contains(base64),
            "{said}"
        );
        // The right one, and they leave by themselves.
        world.configure("password", PASSWORD);
        world.restart().await;
        accepted(world).await;
    }
);

story!(
    a_certificate_that_is_not_trusted_or_not_the_relays_is_refused,
    async |world: &mut World| {
        due(world).await;
        for (tls_word, name, trusted) in [
            ("implicit", "localhost", false),
            ("starttls", "localhost", false),
            ("implicit", "relay.example", true),
            ("starttls", "relay.example", true),
        ] {
            let served = certificate(world, name);
            if !trusted {
                certificate(world, name); // another one, in the file of the first
            }
            let tls = if tls_word == "implicit" {
                RelayTls::Implicit(served)
            } else {
                RelayTls::StartTls(served)
            };
            let settings = format!(
                "host = \"localhost\"\nport = {{port}}\ntls = \"{tls_word}\"\nca_file = \"relay.pem\""
            );
            world.relay_is(relay(tls, false), &settings).await;
            let error = refused(world).await;
            assert!(error.contains("certificate"), "{tls_word} {name}: {error}");
        }
    }
);

/// A server that greets with `hello`, answers STARTTLS with `go`, and keeps every line it hears.
pub(crate) async fn liar(hello: &'static str, go: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let _ = stream.write_all(b"220 liar.example\r\n").await;
            let mut line = Vec::new();
            while stream
                .read_until(b'\n', &mut line)
                .await
                .is_ok_and(|n| n > 0)
            {
                let text = String::from_utf8_lossy(&line).trim().to_owned();
                line.clear();
                let answer = match text.split(' ').next() {
                    Some("EHLO") => hello,
                    Some("STARTTLS") => go,
                    _ => "250 yes\r\n",
                };
                ear.lock().unwrap().push(text);
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    });
    (port, heard)
}

story!(
    without_starttls_nothing_is_said_in_the_clear,
    async |world: &mut World| {
        world.configure("password", PASSWORD);
        due(world).await;
        for (hello, go, says) in [
            (
                "250-liar.example\r\n250 AUTH PLAIN LOGIN\r\n",
                "250 yes\r\n",
                "offers no STARTTLS",
            ),
            (
                "250-liar.example\r\n250 STARTTLS\r\n",
                "454 4.7.0 not now\r\n",
                "454",
            ),
            // What comes before TLS may be an attacker's (CVE-2011-0411 and its kin).
            (
                "250-liar.example\r\n250 STARTTLS\r\n",
                "220 go ahead\r\n250 AUTH PLAIN\r\n",
                "spoke twice",
            ),
        ] {
            let (port, heard) = liar(hello, go).await;
            world
                .set_relay(&format!(
                    "host = \"127.0.0.1\"\nport = {port}\nusername = \"courier\"\npassword_file = \"password\""
                ))
                .await;
            let error = refused(world).await;
            assert!(error.contains(says), "{error}");
            let heard = heard.lock().unwrap();
            let greeting = |l: &String| l.starts_with("EHLO ") || l == "STARTTLS" || l == "QUIT";
            assert!(!heard.is_empty() && heard.iter().all(greeting), "{heard:?}");
        }
    }
);

story!(
    a_login_is_not_configured_for_the_clear,
    async |world: &mut World| {
        world.configure("password", PASSWORD);
        let port = world.app.config.relay[0].port();
        let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
        world.configure(
            "postrider.toml",
            &format!("{file}username = \"courier\"\npassword_file = \"password\"\n")
                .replace("127.0.0.1\"\nport", "relay.courier.example\"\nport"),
        );
        let (code, _, said) = program::fails(world, &["once"]);
        assert!(
            code == 2 && said.contains("postrider.toml:"),
            "{port} {code} {said}"
        );
    }
);
