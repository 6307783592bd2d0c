//! The demo, and what the world may put into a mail's header.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mail_parser::MessageParser;
use postrider::demo::relay::Caught;

use crate::support::{World, program};

#[test]
fn a_demo_writes_the_mails_that_it_counts() {
    let home = tempfile::tempdir().unwrap();
    let demo = [
        "demo", "--once", "--json", "--port", "0", "--folder", "shown",
    ];
    let output = program::alone(home.path(), &demo);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let (mut files, mut digests) = (0, 0);
    for file in std::fs::read_dir(home.path().join("shown/mails")).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert!(mail.subject().is_some_and(|s| !s.is_empty()), "{path:?}");
        assert!(
            mail.body_html(0).is_some() && mail.body_text(0).is_some(),
            "{path:?}"
        );
        // Everyone joined as the day began; the reader's own zone may put that on another date.
        let at = Timestamp::from_second(mail.date().unwrap().to_timestamp()).unwrap();
        let mut near =
            (-1..=2).map(|days| (at - SignedDuration::from_hours(24 * days)).strftime("%-d %B %Y"));
        let text = mail.body_text(0).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((_, joined)) = text.split_once("because you joined it on ") {
            let is_near = near.any(|day| joined.starts_with(&day.to_string()));
            assert!(is_near, "{joined}");
            digests += 1;
        }
        files += 1;
    }
    assert!(digests > 5, "{digests}");
    assert!(files > 5, "{files}");
    assert_eq!(facts["sent"]["accepted"], files);
    assert_eq!(facts["mails"], files);
    let again = program::alone(home.path(), &demo);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(
        (again.status.code(), again.stdout.len()),
        (Some(2), 0),
        "{said}"
    );
    assert!(said.contains("shown is not empty\nhint: "), "{said}");
    // What it points to at its end works.
    let why = program::alone(
        home.path(),
        &["--config", "shown/config", "why", "asha.verrow@example.org"],
    );
    assert_eq!(
        why.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&why.stderr)
    );
}

fn hostile() -> Vec<String> {
    vec![
        "Port\r\nBcc: victim@example.net".into(),
        "Port&#13;&#10;Bcc: victim@example.net&#13;&#10;&#13;&#10;body".into(),
        "Port\nSubject: other\n\n<p>body</p>".into(),
        "Port\u{2028}Bcc: victim@example.net\u{85}Cc: x@example.net\u{b}\u{c}".into(),
        "\"quoted\" \\\" <a@example.net>, (comment), b@example.net;".into(),
        "=?utf-8?Q?Port=0D=0ABcc:_victim@example.net?=".into(),
        "=?utf-8?B?UG9ydA0KQmNjOiB2QGV4YW1wbGUubmV0?= =?utf-8?".into(),
        "<script>alert(1)</script><b onclick=x>Port</b>".into(),
        "&lt;img src=x onerror=alert(1)&gt;".into(),
        "{{slot 'code'}} {{#each x}} {{{name}}}".into(),
        "\u{fdd0}leave_link\u{fdd1} Port \u{fdd2}\u{fdd0}".into(),
        "\u{202e}gnp.exe\u{202c} \u{2066}Port\u{200f}\u{2067}".into(),
        "m\u{f8}\u{e9}\u{df}".repeat(1250),
        "x".repeat(5000),
        ".\r\n.\r\nQUIT\r\n".into(),
        ". starts with a dot".into(),
        "\u{1f6a2}\u{200d}\u{1f3f4}\u{fe0f} ".repeat(60),
        "a\u{301}\u{302}\u{303}".repeat(100),
        " \t ".into(),
    ]
}

/// The names of the header lines, in lower case, as they came over the wire.
fn header(mail: &Caught) -> Vec<String> {
    let text = String::from_utf8(mail.bytes.to_vec()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let lines = head.split("\r\n").filter(|l| !l.starts_with([' ', '\t']));
    lines
        .map(|l| l.split(':').next().unwrap().to_lowercase())
        .collect()
}

fn none_added(mails: &[Caught], expected: &[String]) {
    for mail in mails {
        assert_eq!(header(mail), expected, "{}", mail.to);
        let parsed = MessageParser::default().parse(&mail.bytes[..]).unwrap();
        assert!(parsed.bcc().is_none() && parsed.cc().is_none());
        let to = parsed.to().unwrap().iter().count();
        assert_eq!(to, 1, "one recipient: {:?}", parsed.to());
        assert_eq!(
            parsed.to().unwrap().first().unwrap().address(),
            Some(mail.to.as_str())
        );
        let from = parsed.from().unwrap();
        assert_eq!(from.iter().count(), 1);
        assert!(
            from.first()
                .unwrap()
                .address()
                .unwrap()
                .ends_with("@courier.example"),
            "{from:?}"
        );
        let subject = parsed.subject().unwrap();
        assert!(!subject.chars().any(char::is_control), "{subject:?}");
        let html = parsed.body_html(0).unwrap();
        let lower = html.to_lowercase();
        assert!(
            !lower.contains("<script") && !lower.contains("<img src=x"),
            "markup of a feed"
        );
        for text in [parsed.body_text(0).unwrap().into_owned(), html.into_owned()] {
            assert!(
                !text.contains(['\u{fdd0}', '\u{fdd1}', '\u{fdd2}']),
                "a slot's mark was left"
            );
        }
    }
}

story!(
    no_headline_and_no_readers_name_adds_a_header_line,
    async |world: &mut World| {
        let plain = "plain@example.org";
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["email", "name", "newsletters", "follows"])
            .unwrap();
        let texts = hostile();
        csv.write_record([plain, "Asha", "mine", "section:Plain"])
            .unwrap();
        world
            .feed
            .publish(world.item("plain", "Plain", "The port reopens"));
        for (i, text) in texts.iter().enumerate() {
            let section = format!("section:S{i}");
            csv.write_record([&format!("r{i}@example.org"), text, "mine", &section])
                .unwrap();
            let mut item = world.item(&format!("s{i}"), &format!("S{i}"), text);
            // The feed parser falls over authors that hold an address beside a character beyond ASCII.
            if !text.contains('@') {
                item.author.clone_from(text);
            }
            item.topics = vec![text.clone()];
            world.feed.publish(item);
        }
        let file = world.folder.path().join("hostile.csv");
        std::fs::write(&file, csv.into_inner().unwrap()).unwrap();
        program::ok(world, &["subscriber", "import", file.to_str().unwrap()]);
        let collected = world.collect().await;
        assert_eq!(collected.failed.len(), 0, "{:?}", collected.failed);
        world.at("2026-11-24T07:00:00Z");
        world.run().await;
        let mails = world.relay.mails();
        let expected = header(&world.mails_to(plain)[0]);
        assert_eq!(
            expected.iter().collect::<BTreeSet<_>>().len(),
            expected.len(),
            "none twice"
        );
        // The last headline is blank, so its story is none.
        assert!(mails.len() >= texts.len(), "{} mails", mails.len());
        none_added(&mails, &expected);
    }
);

story!(
    no_newsletters_title_adds_a_header_line,
    async |world: &mut World| {
        let mut expected = Vec::new();
        let mut refused = 0;
        for (i, text) in std::iter::once("My Courier".to_owned())
            .chain(hostile())
            .enumerate()
        {
            let body = crate::support::world::NEWSLETTERS[1].1;
            let title = toml::Value::String(text.clone()).to_string();
            world.configure(
                "newsletters/mine.toml",
                &body.replace("\"My Courier\"", &title).replace(
                    "The Harbour Courier <mine@",
                    if i == 0 {
                        "The Harbour Courier <mine@"
                    } else {
                        "Courier =?utf-8?Q?=0D=0A?= <mine@"
                    },
                ),
            );
            let check = program::run(world, &["newsletter", "list"]);
            if !check.status.success() {
                // One that would break a line does not get past the configuration.
                assert_eq!(check.status.code(), Some(2));
                assert!(
                    text.chars().any(char::is_control) || text.trim().is_empty(),
                    "{text:?}: {}",
                    String::from_utf8_lossy(&check.stderr)
                );
                refused += 1;
                continue;
            }
            world.restart().await;
            let address: &'static str = Box::leak(format!("r{i}@example.org").into_boxed_str());
            let section = format!("S{i}");
            world
                .join(&[world
                    .reader(address, "mine")
                    .follows(&[&format!("section:{section}")])])
                .await;
            world
                .publish(&format!("s{i}"), &section, "The port reopens")
                .await;
            world.later(90);
            world.run().await;
            // To half past five of the next day.
            world.later(24 * 60 - 90);
            let mails = world.mails_to(address);
            assert_eq!(mails.len(), 1, "{text:?}");
            if expected.is_empty() {
                expected = header(&mails[0]);
            }
            none_added(&mails, &expected);
        }
        assert!((4..10).contains(&refused), "{refused}");
    }
);

story!(
    no_offers_title_adds_a_header_line,
    async |world: &mut World| {
        let mut expected = Vec::new();
        world
            .join(&[world
                .reader("asha@example.org", "offers")
                .named("=?utf-8?Q?=0D=0ABcc:?= \"x\" <y@z.example>")])
            .await;
        world.at("2026-11-24T09:00:00Z");
        let mut texts = vec!["The Almanac, for a third less".to_owned()];
        texts.extend(hostile());
        for (i, text) in texts.iter().enumerate() {
            let quoted = |t: &str| toml::Value::String(t.to_owned()).to_string();
            let file = world.folder.path().join("offer.toml");
            let toml = format!(
                "slug = \"offer-{i}\"\ntitle = {}\ntext = {}\nlink = \"https://courier.example/almanac\"\n\
                 terms = {}\ncode = \"TIDE\"\nfrom = \"2026-11-24T08:00\"\nall_from = \"2026-11-27T10:00\"\n\
                 until = \"2026-11-29T23:59\"\n",
                quoted(text),
                quoted(&format!("Every tide. {text}")),
                quoted(&format!("While stocks last. {text}")),
            );
            std::fs::write(&file, toml).unwrap();
            let added = program::run(world, &["offer", "add", file.to_str().unwrap()]);
            if !added.status.success() {
                assert_eq!(
                    added.status.code(),
                    Some(2),
                    "{text:?}: {}",
                    String::from_utf8_lossy(&added.stderr)
                );
                continue;
            }
            let before = world.relay.count();
            world.run().await;
            let mails = world.relay.mails();
            assert_eq!(mails.len(), before + 1, "{text:?}");
            if expected.is_empty() {
                expected = header(&mails[0]);
            }
            none_added(&mails[before..], &expected);
        }
        assert!(world.relay.count() > 8, "{}", world.relay.count());
    }
);
