use proptest::prelude::*;

use super::*;
use crate::feedback::read::{address, said, text};

fn is_bounded(mail: &[u8]) {
    let reports = read(mail);
    assert!((1..=101).contains(&reports.len()), "{}", reports.len());
    for report in &reports {
        let said = report.said.as_deref().unwrap_or_default();
        assert!(said.chars().count() <= 500 && !said.contains(char::is_control));
        assert!(
            report
                .recipient
                .as_ref()
                .is_none_or(|recipient| recipient.len() < 1000)
        );
        assert!(report.sent_to.len() <= 20 && report.message_ids.len() <= 21);
        assert!(!report.event.is_empty());
    }
}

fn repeat(times: usize, one: fn(usize) -> String) -> String {
    (0..times).map(one).collect()
}

#[test]
fn nothing_is_too_large_or_too_deep() {
    let recipients = repeat(3_000, |n| {
        format!(
            "Final-Recipient: rfc822; r{n}@reader.example
Action: failed
Status: 5.1.1

"
        )
    });
    is_bounded(dsn("Sorry.", &recipients).as_bytes());
    let named = repeat(3_000, |n| {
        format!(
            "<r{n}@reader.example>:
550 no such user

"
        )
    });
    is_bounded(mail("MAILER-DAEMON@x.example", "failure notice", "", &named).as_bytes());
    is_bounded(
        mail(
            "MAILER-DAEMON@x.example",
            "failure notice",
            "",
            &"x ".repeat(5_000_000),
        )
        .as_bytes(),
    );
    is_bounded("Content-Type: message/rfc822\n\n".repeat(10_000).as_bytes());
    is_bounded(
        "Content-Type: multipart/digest; boundary=a\n\n--a\n\n"
            .repeat(4_000)
            .as_bytes(),
    );
    let nested = repeat(4_000, |n| {
        format!(
            "Content-Type: multipart/mixed; boundary=b{n}

--b{n}
"
        )
    });
    is_bounded(nested.as_bytes());
    for unit in [
        "@",
        "a@b.c",
        "<",
        "&",
        "<!--",
        ">>> ",
        "<<< 5",
        "5.",
        "5.1.1 ",
        "550 ",
        "\"@",
        "=\n",
        "\n\n",
        "\r",
        "To: ",
        "received:\n",
        "\u{1b}$B",
    ] {
        let long = unit.repeat(40_000 / unit.len());
        is_bounded(long.as_bytes());
        is_bounded(mail("MAILER-DAEMON@x.example", "failure notice", "", &long).as_bytes());
        is_bounded(
            mail(
                "MAILER-DAEMON@x.example",
                "failure notice",
                "Content-Type: text/html\n",
                &long,
            )
            .as_bytes(),
        );
        is_bounded(
            dsn(
                &long,
                &format!("Final-Recipient: {long}\nDiagnostic-Code: {long}"),
            )
            .as_bytes(),
        );
    }
}

#[test]
fn nothing_is_something_to_read() {
    for mail in [
        &b""[..],
        b"\n",
        b"\0\0\0",
        b"From:",
        b"\xff\xfe",
        b"Content-Type: multipart/report; boundary=\"\"\n\n--\n--\n",
    ] {
        is_bounded(mail);
    }
}

/// Pieces of which reports are made, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n",
        "Content-Type: multipart/report; report-type=feedback-report; boundary=x\n",
        "Content-Type: message/delivery-status\n",
        "Content-Type: message/feedback-report\n",
        "Content-Type: message/rfc822\n",
        "Content-Type: text/html; charset=iso-2022-jp\n",
        "Content-Transfer-Encoding: base64\n",
        "Final-Recipient: rfc822; kim@reader.example\n",
        "Final-Recipient: ;;<>\n",
        "Diagnostic-Code: smtp; 550 5.1.1 <",
        "Status: 5.",
        "Action: failed\n",
        "X-Failed-Recipients: ,,@,\n",
        "From: <>\n",
        "From: MAILER-DAEMON\n",
        "Subject: =?utf-8?B?8J+QiA==?=\n",
        "{\"notificationType\":\"Bounce\",\"bounce\":",
        "could not be delivered",
        "--x\n",
        "--x--\n",
        "\n",
        "\n\n",
        "> ",
        "<<< 550 ",
        ">>> RCPT TO:<kim@reader.example>\n",
        "--- Below this line is a copy of the message.\n",
        "Received: by x\n",
        "Message-ID: <a@b>\n",
        "🐈@",
        "名前@例え.テスト",
        "&#x110000;<p",
        "İ",
    ]);
    prop::collection::vec(
        prop_oneof![4 => piece.prop_map(str::to_owned), 1 => "\\PC{0,12}"],
        0..40,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn anything_at_all_is_read(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        is_bounded(&bytes);
    }

    #[test]
    fn anything_like_a_report_is_read(mail in pieces()) {
        is_bounded(mail.as_bytes());
        is_bounded(mail.replace('\n', "\r\n").as_bytes());
    }

    #[test]
    fn an_address_is_found_whatever_stands_around(before in "[ <(:,;\\[\n]{0,3}", after in "[ >):,;\n]{0,3}") {
        let text = format!("xx{before} kim.li+news@reader.example{after} yy");
        let found: Vec<String> = address::all(&text).collect();
        prop_assert_eq!(found, ["kim.li+news@reader.example"]);
    }

    #[test]
    fn no_address_is_left_in_what_was_said(local in "[a-z0-9.]{1,12}[a-z]", domain in "[a-z]{1,12}\\.(example|org)", around in "[ a-z<>:]{0,12}") {
        let struck = address::strike(&format!("{around} {local}@{domain} {around}"));
        prop_assert!(!struck.contains('@'), "{}", struck);
    }

    #[test]
    fn places_are_between_characters(text in "\\PC{0,60}") {
        for found in address::find(&text) {
            prop_assert_eq!(&text[found.from..found.to], found.address);
        }
        let (own, rest) = text::split(&text);
        prop_assert_eq!(format!("{own}{rest}"), text.clone());
        let _ = (text::of_html(&text), text::plain(&text), said::code_at(&text), said::statuses(&text).count());
    }
}
