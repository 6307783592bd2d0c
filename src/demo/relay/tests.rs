use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, BufStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::mails::Arrived;
use super::*;

#[tokio::test]
async fn mails_are_kept_by_their_numbers_whichever_file_is_written_first() {
    let folder = tempfile::tempdir().unwrap();
    let mails = Mails::new(true, Some(folder.path().to_owned()));
    // Whoever opens it to write waits for a reader.
    let slow = folder.path().join("0001-one@example.org.eml");
    let made = std::process::Command::new("mkfifo").arg(&slow).status();
    assert!(made.unwrap().success());
    let arrived = |to: &str| Arrived {
        from: "news@courier.example".to_owned(),
        to: vec![to.to_owned()],
        bytes: b"text".as_slice().into(),
        connection: 1,
        line_errors: Vec::new(),
        line_error_count: 0,
    };
    let first = tokio::spawn({
        let (mails, arrived) = (mails.clone(), arrived("one@example.org"));
        async move { mails.add(arrived).await.unwrap() }
    });
    // It has its number as soon as it has run.
    tokio::task::yield_now().await;
    assert_eq!(mails.add(arrived("two@example.org")).await.unwrap(), 2);
    assert_eq!(tokio::fs::read(&slow).await.unwrap(), b"text");
    assert_eq!(first.await.unwrap(), 1);
    let numbers = |mails: Vec<Caught>| mails.iter().map(|m| m.number).collect::<Vec<_>>();
    assert_eq!(numbers(mails.all()), [1, 2]);
    assert_eq!(numbers(mails.newest(3, 1)), [2]);
}

/// A client that says just what it is told to.
struct Client<S>(BufStream<S>);

impl Client<TcpStream> {
    async fn to(relay: &CatchingRelay) -> Client<TcpStream> {
        let mut client = Client(BufStream::new(
            TcpStream::connect(relay.address()).await.unwrap(),
        ));
        assert!(client.reply().await.starts_with("220 "));
        client
    }

    async fn greeted(relay: &CatchingRelay) -> Client<TcpStream> {
        let mut client = Client::to(relay).await;
        assert!(client.ask("EHLO tests.example").await.starts_with("250-"));
        client
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// One reply with all its lines; empty when the connection was closed.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            let read = timeout(Duration::from_secs(20), self.0.read_line(&mut reply));
            let read = read.await.expect("the relay answers in time").unwrap_or(0);
            if read == 0 || reply[start..].chars().nth(3) != Some('-') {
                return reply;
            }
        }
    }

    async fn ask(&mut self, command: &str) -> String {
        self.send(&format!("{command}\r\n")).await;
        self.reply().await
    }

    async fn rcpt(&mut self, to: &str) -> String {
        self.ask("RSET").await;
        assert!(
            self.ask("MAIL FROM:<news@courier.example>")
                .await
                .starts_with("250 ")
        );
        self.ask(&format!("RCPT TO:<{to}>")).await
    }

    async fn mail(&mut self, to: &str, text: &str) -> String {
        assert!(self.rcpt(to).await.starts_with("250 "));
        assert!(self.ask("DATA").await.starts_with("354 "));
        self.ask(&format!("{text}\r\n.")).await
    }
}

async fn plain() -> CatchingRelay {
    CatchingRelay::start(RelayOptions::default()).await.unwrap()
}

#[tokio::test]
async fn a_mail_is_caught_as_it_was_sent() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    let reply = client
        .mail(
            "asha@example.org",
            "Subject: Oranges\r\n\r\n..\r\n..on the quay\r\nend",
        )
        .await;
    assert!(reply.starts_with("250 2.0.0 "), "{reply}");
    assert!(client.ask("QUIT").await.starts_with("221 "));
    relay.until_count(1).await;
    let mail = relay.mails().remove(0);
    assert_eq!(
        &*mail.bytes,
        b"Subject: Oranges\r\n\r\n.\r\n.on the quay\r\nend\r\n"
    );
    assert_eq!(
        (mail.from.as_str(), mail.to.as_str()),
        ("news@courier.example", "asha@example.org")
    );
    assert_eq!(
        (mail.number, mail.connection, mail.line_errors.len()),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    client
        .send(
            "MAIL FROM:<a@courier.example> BODY=8BITMIME SIZE=40\r\nRCPT TO:<gone@example.org>\r\n\
             RCPT TO:<tomasz@example.org>\r\nDATA\r\n",
        )
        .await;
    for code in ["250 2.1.0", "550 5.1.1", "250 2.1.5", "354 "] {
        let reply = client.reply().await;
        assert!(reply.starts_with(code), "{reply}");
    }
    client
        .send(
            "A: b\r\n\r\nc\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<gone@example.org>\r\nDATA\r\nQUIT\r\n",
        )
        .await;
    for code in ["250 2.0.0", "250 2.1.0", "550 5.1.1", "554 5.5.1", "221 "] {
        let reply = client.reply().await;
        assert!(reply.starts_with(code), "{reply}");
    }
    assert_eq!(client.reply().await, "");
    assert_eq!(relay.count(), 1);
}

#[tokio::test]
async fn a_mail_cut_into_single_bytes_is_the_same_mail() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    client.rcpt("asha@example.org").await;
    client.ask("DATA").await;
    for byte in "A: b\r\n\r\n..c\r\n.\r\n".chars() {
        client.send(&byte.to_string()).await;
        tokio::task::yield_now().await;
    }
    assert!(client.reply().await.starts_with("250 "));
    assert_eq!(&*relay.mails()[0].bytes, b"A: b\r\n\r\n.c\r\n");
}

#[tokio::test]
async fn the_local_part_picks_the_answer() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    assert!(
        client
            .rcpt("full.sail@example.org")
            .await
            .starts_with("452 4.2.2 ")
    );
    assert!(
        client
            .rcpt("Gone@example.org")
            .await
            .starts_with("550 5.1.1 ")
    );
    assert!(
        client
            .rcpt("later@example.org")
            .await
            .starts_with("451 4.7.1 ")
    );
    assert!(client.rcpt("later@example.org").await.starts_with("250 "));
    assert!(
        client
            .mail("policy@example.org", "A: b\r\n\r\nc")
            .await
            .starts_with("554 5.7.1 ")
    );
    assert!(
        client
            .rcpt("busy@example.org")
            .await
            .starts_with("421 4.3.2 ")
    );
    assert_eq!(client.reply().await, "");
    assert_eq!(relay.count(), 0);
}

#[tokio::test]
async fn a_script_comes_before_the_local_part() {
    let relay = plain().await;
    relay.refuse(|to| match to {
        "gone@example.org" => Some(Answer::at_recipient(250, "2.1.5 back again")),
        "slow@example.org" => {
            Some(Answer::after_data(451, "4.3.0 not now\n4.3.0 nor soon").and_close())
        }
        _ => None,
    });
    let mut client = Client::greeted(&relay).await;
    assert!(
        client
            .mail("gone@example.org", "A: b\r\n\r\nc")
            .await
            .starts_with("250 ")
    );
    assert!(client.rcpt("full@example.org").await.starts_with("452 "));
    let reply = client.mail("slow@example.org", "A: b\r\n\r\nc").await;
    assert_eq!(reply, "451-4.3.0 not now\r\n451 4.3.0 nor soon\r\n");
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn a_reply_is_held_after_the_mail_is_recorded() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    drop(relay.hold_after_data());
    let hold = relay.hold_after_data();
    let sent = tokio::spawn(async move { client.mail("asha@example.org", "A: b\r\n\r\nc").await });
    hold.reached().await;
    assert_eq!(relay.count(), 1);
    assert!(!sent.is_finished());
    hold.release();
    assert!(sent.await.unwrap().starts_with("250 "));
}

#[tokio::test]
async fn a_dropped_hold_closes_without_a_reply() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    let hold = relay.hold_before_data();
    client
        .send("MAIL FROM:<a@courier.example>\r\nRCPT TO:<asha@example.org>\r\n")
        .await;
    hold.reached().await;
    assert!(client.reply().await.starts_with("250 2.1.0"));
    drop(hold);
    assert_eq!(client.reply().await, "");
}

#[tokio::test]
async fn what_is_wrong_with_the_lines_is_told() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    let text = format!("A: é\r\nB: c\n.\r\n\r\né\rd\r\n{}", "x".repeat(999));
    assert!(
        client
            .mail("asha@example.org", &text)
            .await
            .starts_with("250 ")
    );
    let mail = relay.mails().remove(0);
    let faults = [
        "line 1: 8-bit in the header",
        "line 2: bare LF",
        "line 5: bare CR",
        "line 6: over 998 octets",
    ];
    assert_eq!(mail.line_errors, faults);
    assert_eq!(relay.line_error_count(), 4);
}

#[tokio::test]
async fn limits_are_kept_and_the_dialogue_goes_on() {
    let relay = plain().await;
    let mut client = Client::greeted(&relay).await;
    assert!(client.ask(&"x".repeat(9000)).await.starts_with("500 5.5.2"));
    client.send("NOOP\n").await;
    assert!(client.reply().await.starts_with("500 5.5.2"));
    assert!(
        client
            .ask("MAIL FROM:<a@courier.example> SIZE=10485761")
            .await
            .starts_with("552 5.3.4")
    );
    let reply = client
        .mail(
            "asha@example.org",
            &"0123456789abcdef\r\n".repeat(MAX_MAIL_BYTES / 18 + 1),
        )
        .await;
    assert!(reply.starts_with("552 5.3.4"), "{reply}");
    let reply = client
        .mail("asha@example.org", &"y".repeat(MAX_MAIL_BYTES + 1))
        .await;
    assert!(reply.starts_with("552 5.3.4"), "{reply}");
    assert!(
        client
            .mail("asha@example.org", "A: b\r\n\r\nc")
            .await
            .starts_with("250 ")
    );
    assert!(
        client
            .rcpt("zoë@example.org")
            .await
            .starts_with("553 5.6.7")
    );
    client.ask("RSET").await;
    client.ask("MAIL FROM:<a@courier.example> SMTPUTF8").await;
    assert!(
        client
            .ask("RCPT TO:<zoë@example.org>")
            .await
            .starts_with("250 ")
    );
    assert!(
        client
            .ask("RCPT TO:<two words@example.org>")
            .await
            .starts_with("501 5.1.3")
    );
}

#[tokio::test]
async fn one_connection_too_many_is_sent_away() {
    let relay = plain().await;
    let mut clients = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        clients.push(Client::to(&relay).await);
    }
    let mut late = Client(BufStream::new(
        TcpStream::connect(relay.address()).await.unwrap(),
    ));
    assert!(late.reply().await.starts_with("421 4.7.0"));
    assert!(clients[0].ask("NOOP").await.starts_with("250 "));
}

#[tokio::test]
async fn mails_are_written_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let options = RelayOptions {
        folder: Some(folder.path().join("mails")),
        keep: false,
        ..RelayOptions::default()
    };
    let relay = CatchingRelay::start(options).await.unwrap();
    let mut client = Client::greeted(&relay).await;
    client.mail("asha@example.org", "A: b\r\n\r\nc").await;
    let written = std::fs::read(folder.path().join("mails/0001-asha@example.org.eml")).unwrap();
    assert_eq!(written, b"A: b\r\n\r\nc\r\n");
    assert_eq!((relay.count(), relay.mails().len()), (1, 0));
}

#[tokio::test]
async fn a_stopped_relay_closes_everything() {
    let relay = plain().await;
    let address = relay.address();
    let mut client = Client::greeted(&relay).await;
    relay.stop().await;
    assert_eq!(client.reply().await, "");
    assert!(TcpStream::connect(address).await.is_err());
}

fn tls() -> (Arc<ServerConfig>, TlsConnector) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth();
    let server = server
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), TlsConnector::from(Arc::new(client)))
}

#[tokio::test]
async fn a_login_waits_for_tls() {
    let (config, connector) = tls();
    let login = Some(("courier".to_owned(), "herring".to_owned()));
    let options = RelayOptions {
        tls: RelayTls::StartTls(config),
        login,
        ..RelayOptions::default()
    };
    let relay = CatchingRelay::start(options).await.unwrap();

    let mut client = Client::to(&relay).await;
    let abilities = client.ask("EHLO tests.example").await;
    for ability in [
        "PIPELINING",
        "8BITMIME",
        "SMTPUTF8",
        "SIZE 10485760",
        "ENHANCEDSTATUSCODES",
        "STARTTLS",
    ] {
        assert!(abilities.contains(ability), "{ability} in {abilities}");
    }
    assert!(!abilities.contains("AUTH"));
    assert!(client.ask("AUTH PLAIN AGEAYg==").await.starts_with("538 "));
    assert!(
        client
            .ask("MAIL FROM:<a@courier.example>")
            .await
            .starts_with("530 ")
    );
    assert!(client.ask("STARTTLS").await.starts_with("220 "));

    let name = ServerName::try_from("localhost").unwrap();
    let mut client = Client(BufStream::new(
        connector
            .connect(name, client.0.into_inner())
            .await
            .unwrap(),
    ));
    assert!(
        client
            .ask("MAIL FROM:<a@courier.example>")
            .await
            .starts_with("503 ")
    );
    let abilities = client.ask("EHLO tests.example").await;
    assert!(
        abilities.contains("AUTH PLAIN LOGIN") && !abilities.contains("STARTTLS"),
        "{abilities}"
    );
    assert!(
        client
            .ask("MAIL FROM:<a@courier.example>")
            .await
            .starts_with("530 ")
    );
    assert!(
        client
            .ask(&format!("AUTH PLAIN {}", BASE64.encode("\0courier\0cod")))
            .await
            .starts_with("535 ")
    );
    assert_eq!(client.ask("AUTH LOGIN").await, "334 VXNlcm5hbWU6\r\n");
    assert!(client.ask("*").await.starts_with("501 "));
    assert_eq!(client.ask("AUTH LOGIN").await, "334 VXNlcm5hbWU6\r\n");
    assert_eq!(
        client.ask(&BASE64.encode("courier")).await,
        "334 UGFzc3dvcmQ6\r\n"
    );
    assert!(
        client
            .ask(&BASE64.encode("herring"))
            .await
            .starts_with("235 ")
    );
    assert!(
        client
            .mail("asha@example.org", "A: b\r\n\r\nc")
            .await
            .starts_with("250 ")
    );
}

#[tokio::test]
async fn implicit_tls_and_a_plain_login() {
    let (config, connector) = tls();
    let login = Some(("courier".to_owned(), "herring".to_owned()));
    let options = RelayOptions {
        tls: RelayTls::Implicit(config),
        login,
        ..RelayOptions::default()
    };
    let relay = CatchingRelay::start(options).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(relay.address()).await.unwrap();
    let mut client = Client(BufStream::new(
        connector.connect(name, stream).await.unwrap(),
    ));
    assert!(client.reply().await.starts_with("220 "));
    client.ask("EHLO tests.example").await;
    assert_eq!(client.ask("AUTH PLAIN").await, "334 \r\n");
    assert!(
        client
            .ask(&BASE64.encode("\0courier\0herring"))
            .await
            .starts_with("235 ")
    );
    assert!(
        client
            .mail("asha@example.org", "A: b\r\n\r\nc")
            .await
            .starts_with("250 ")
    );
    assert!(client.ask("QUIT").await.starts_with("221 "));
    assert_eq!(client.0.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_slipped_in_before_tls_ends_the_connection() {
    let (config, _) = tls();
    let relay = CatchingRelay::start(RelayOptions {
        tls: RelayTls::StartTls(config),
        ..RelayOptions::default()
    })
    .await
    .unwrap();
    let mut client = Client::greeted(&relay).await;
    client.send("STARTTLS\r\nEHLO slipped.in\r\n").await;
    assert!(client.reply().await.starts_with("220 "));
    assert_eq!(client.reply().await, "");
}
