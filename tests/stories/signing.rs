//! Mails that are signed (DKIM), as another implementation finds them, and envelopes that name their message.

use std::fs;
use std::path::Path;

use postrider::config::Dkim;
use postrider::dispatch::dkim::Signers;
use postrider::message::envelope;
use proptest::prelude::*;

use crate::support::keys::{self, Records};
use crate::support::{World, program};

const ASHA: &str = "asha@example.org";

/// `[[dkim]]` for this domain and selector, whose key is in a file of the selector's name.
fn setting(domain: &str, selector: &str) -> String {
    format!(
        "[[dkim]]\ndomain = \"{domain}\"\nselector = \"{selector}\"\nkey_file = \"{selector}.pem\"\n"
    )
}

fn key(folder: &Path, domain: &str, selector: &str, pem: &str) -> Dkim {
    let key_file = folder.join(format!("{selector}.pem"));
    fs::write(&key_file, pem).unwrap();
    Dkim {
        domain: domain.to_owned(),
        selector: selector.to_owned(),
        key_file,
    }
}

fn published(keys: &[Dkim]) -> Records {
    keys.iter().fold(Records::default(), |records, key| {
        records.with(&key.record_name(), &key.key().unwrap().record())
    })
}

/// One mail is due.
async fn due(world: &World, address: &'static str) {
    world.join(&[world.reader(address, "morning")]).await;
    world
        .publish(
            "port",
            "Port",
            "Night crews clear the east channel, and the port reopens two days early — “at last”",
        )
        .await;
    world.at("2026-11-24T06:30:00Z");
}

story!(
    a_mail_is_signed_by_every_key_of_its_domain_and_another_program_finds_that_good,
    async |world: &mut World| {
        world.configure("old.pem", keys::rsa());
        world.configure("new.pem", &keys::ed25519());
        world.configure("other.pem", &keys::ed25519());
        world.add_setting(&setting("courier.example", "old"));
        world.add_setting(&setting("Courier.Example", "new"));
        world.add_setting(&setting("elsewhere.example", "other"));
        world.restart().await;
        due(world, "later.asha@example.org").await;
        world.run().await;
        world.later(5);
        world.send().await;
        let mails = world.mails_to("later.asha@example.org");
        let records = published(&world.app.config.dkim);
        let mail = mails.last().expect("it was accepted at the second try");
        assert_eq!(records.verify(&mail.bytes).await, ["pass", "pass"]);
        let text = String::from_utf8(mail.bytes.to_vec()).unwrap();
        for wanted in [
            "a=rsa-sha256; ",
            "a=ed25519-sha256; ",
            "s=old;",
            "s=new;",
            " t=1795501800;",
        ] {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
        // What was changed, or added, on the way is found.
        for (from, to) in [
            ("Subject: ", "Subject: Re: "),
            ("List-Unsubscribe-Post: ", "List-Unsubscribe-Post: x"),
            ("courier.example/port", "courier.example/fort"),
            ("From: ", "From: x@evil.example\r\nFrom: "),
            (
                "Subject: ",
                "Content-Transfer-Encoding: base64\r\nSubject: ",
            ),
            ("Subject: ", "Reply-To: x@evil.example\r\nSubject: "),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let found = records.verify(changed.as_bytes()).await;
            assert!(
                found.len() == 2 && !found.contains(&"pass".to_owned()),
                "{to}: {found:?}"
            );
        }
    }
);

story!(
    the_same_mail_is_signed_the_same_at_every_try,
    async |world: &mut World| {
        world.configure("old.pem", keys::rsa());
        world.configure("new.pem", &keys::ed25519());
        world.add_setting(&setting("courier.example", "old"));
        world.add_setting(&setting("courier.example", "new"));
        world.restart().await;
        due(world, ASHA).await;
        world.plan().await;
        let hold = world.relay.hold_after_data();
        let daemon = program::start(world);
        hold.reached().await;
        daemon.kill_9();
        drop(hold);
        world.later(2);
        world.send().await;
        let mails = world.mails_to(ASHA);
        assert_eq!(mails.len(), 2, "a digest in doubt is sent again");
        assert!(mails[0].bytes.starts_with(b"DKIM-Signature: v=1;"));
        assert_eq!(mails[0].bytes, mails[1].bytes);
        assert_eq!(mails[0].from, mails[1].from);
    }
);

story!(
    without_a_key_for_its_domain_a_mail_is_not_signed,
    async |world: &mut World| {
        world.configure("other.pem", &keys::ed25519());
        world.add_setting(&setting("sub.courier.example", "other"));
        world.restart().await;
        due(world, ASHA).await;
        world.run().await;
        let mails = world.mails_to(ASHA);
        assert!(
            mails[0].bytes.starts_with(b"From: "),
            "no key of a domain below"
        );
        assert_eq!(mails[0].from, "tide@courier.example");
    }
);

story!(
    a_key_that_cannot_be_used_stops_the_start_and_is_named_with_its_line,
    async |world: &mut World| {
        world.add_setting(&setting("courier.example", "missing"));
        let (code, _, said) = program::fails(world, &["once"]);
        assert_eq!(code, 2);
        let wanted = "dkim.key_file = \"missing.pem\" cannot be used: there is no such file";
        assert!(
            said.contains("postrider.toml:") && said.contains(wanted),
            "{said}"
        );
    }
);

story!(
    the_sender_of_an_envelope_names_its_message,
    async |world: &mut World| {
        world.add_setting("[feedback]\nbounce_domain = \"bounces.courier.example\"\n");
        world.restart().await;
        world
            .join(&[world.reader("later.asha@example.org", "morning")])
            .await;
        due(world, ASHA).await;
        world.run().await;
        let mail = &world.mails_to(ASHA)[0];
        assert!(
            mail.from.ends_with("@bounces.courier.example"),
            "{}",
            mail.from
        );
        let text = String::from_utf8_lossy(&mail.bytes);
        assert!(
            text.contains("From: Morning Tide <tide@courier.example>\r\n"),
            "{text}"
        );
        let id =
            envelope::read(&world.app.keys, &mail.from.to_uppercase()).expect("a message of ours");
        let of = world
            .number("SELECT m.subscriber_id FROM message m JOIN subscriber s ON s.id = m.subscriber_id WHERE s.email = 'asha@example.org'")
            .await;
        assert_eq!((id.subscriber_id, id.n), (of, 0));
        // A key that was added between two tries changes nothing of the second.
        world.configure(
            "postrider.key",
            "a key that only these stories have, and long enough\na newer key of these stories, and long enough\n",
        );
        world.restart().await;
        world.later(5);
        world.send().await;
        let other = &world.mails_to("later.asha@example.org")[0];
        let sender = other.from.clone();
        let other = envelope::read(&world.app.keys, &sender).expect("a message of ours");
        let first = envelope::sender(&world.app.keys, 1, &other, "bounces.courier.example");
        assert_eq!(first.unwrap().to_string(), sender);
        assert_eq!(other.issue_id, id.issue_id);
        assert_ne!(other.subscriber_id, id.subscriber_id);
    }
);

fn verify(keys: &[Dkim], domain: &str, message: &str) -> (String, Vec<String>) {
    let signers = Signers::new(keys).unwrap();
    let head = signers.sign(domain, message.as_bytes());
    assert_eq!(
        head,
        signers.sign(domain, message.as_bytes()),
        "the same mail, the same octets"
    );
    for line in head.split_terminator("\r\n") {
        assert!(line.len() <= 78 && !line.contains(['\r', '\n']), "{line}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let found = runtime.block_on(published(keys).verify(format!("{head}{message}").as_bytes()));
    (head, found)
}

#[test]
fn hostile_mails_are_signed_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [
        key(folder.path(), "courier.example", "ed", &keys::ed25519()),
        key(folder.path(), "courier.example", "rsa", keys::rsa()),
    ];
    let long = "x".repeat(900);
    let from = "From: Tide <tide@courier.example>\r\nDate: Tue, 24 Nov 2026 06:30:00 +0000\r\n";
    for (headers, body) in [
        (
            "Subject: a; b=c; bh=; DKIM-Signature: v=1\r\n".to_owned(),
            "Dear Asha\r\n".to_owned(),
        ),
        ("Subject:\r\n".to_owned(), String::new()),
        (
            "Subject: \t  a  \t\r\n\t\tb \r\n   c\t \r\n".to_owned(),
            "\r\n\r\n\r\n".to_owned(),
        ),
        (
            "SUBJECT: shouted\r\nX-Odd: =?utf-8?q?=00?=\r\n".to_owned(),
            "no line break at the end".to_owned(),
        ),
        ("Subject: Fähre\r\n".to_owned(), "Fähre, ö\r\n".to_owned()),
        (
            format!("Subject: {long}\r\n"),
            format!("{long}\r\n {long}\r\n"),
        ),
        (
            "Subject: dots\r\n".to_owned(),
            "..\r\n.\r\n.leading\r\ntrailing   \r\n\t\r\n \r\n\r\n\r\n".to_owned(),
        ),
        (
            "Subject: twice\r\nSubject: once more\r\nTo: a@example.org\r\nTo: b@example.org\r\n"
                .to_owned(),
            "x\r\n".to_owned(),
        ),
        (
            "Dkim-Signature: v=1; a=rsa-sha256; d=evil.example; s=x; h=from; bh=eA==; b=eA==\r\n"
                .to_owned(),
            "x\r\n".to_owned(),
        ),
    ] {
        let message = format!("{from}{headers}\r\n{body}");
        let (_, found) = verify(&keys, "courier.example", &message);
        assert_eq!(&found[..2], ["pass", "pass"], "{message:?}: {found:?}");
    }
    let signers = Signers::new(&keys).unwrap();
    assert_eq!(signers.sign("elsewhere.example", from.as_bytes()), "");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_mail_is_signed_so_that_it_can_be_verified(
        subject in "[ -~\t]{0,200}",
        folds in proptest::collection::vec("[!-~]{1,40}[ \t]{0,3}", 1..6),
        body in "([ -~\t]{0,80}\r\n){0,12}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let keys = [key(folder.path(), "courier.example", "ed", &keys::ed25519())];
        let message = format!(
            "From: tide@mail.courier.example\r\nSubject: {}\r\nList-Id: {}\r\n\r\n{body}",
            subject.trim(), folds.join("\r\n ")
        );
        let (_, found) = verify(&keys, "mail.courier.example", &message);
        prop_assert_eq!(found, ["pass"]);
    }
}
