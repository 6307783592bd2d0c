//! `postrider feedback < mail`.

use super::*;
use crate::support::program;

story!(
    a_pipe_ends_well_with_what_is_no_report_and_asks_for_patience_without_a_database,
    async |world: &mut World| {
        let letter = b"From: a@example.org\r\nTo: tide@courier.example\r\nSubject: Thanks\r\n\r\nA fine issue.\r\n";
        let done = program::feed(world, &["feedback"], letter);
        assert_eq!(done.status.code(), Some(0));
        assert!(!done.stderr.is_empty());
        let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
        let nowhere = "postgres://postgres@127.0.0.1:1/nowhere";
        world.configure("postrider.toml", &file.replace(&world.url, nowhere));
        let done = program::feed(world, &["feedback"], letter);
        assert_eq!(done.status.code(), Some(75));
        world.configure("postrider.toml", "[paper\n");
        let done = program::feed(world, &["feedback"], letter);
        assert_eq!(done.status.code(), Some(75));
        world.configure("postrider.toml", &file);
    }
);

story!(
    a_bounce_that_comes_through_the_pipe_is_acted_upon_once,
    async |world: &mut World| {
        with_own_senders(world).await;
        morning_is_out(world).await;
        let sender = world.mails_to(ASHA).pop().unwrap().from;
        let mail = format!(
            "Return-Path: <>\r\nDelivered-To: {sender}\r\nFrom: Mail Delivery <mailer-daemon@mx.example>\r\nTo: {sender}\r\n\
             Subject: Undelivered\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nIt came back.\r\n\
             --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; somebody@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n\r\n--x--\r\n"
        );
        let done = program::feed(world, &["feedback", "--json"], mail.as_bytes());
        assert_eq!(done.status.code(), Some(0));
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(
            said.contains("the address is not mailed from now on"),
            "{said}"
        );
        let facts: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(facts["reports"][0]["did"], "suppressed");
        assert_eq!(facts["reports"][0]["reason"], "user-unknown");
        assert_eq!(facts["reports"][0]["suppressed_for"], "hard-bounce");
        assert_eq!(world.state_of(ASHA, "morning").await, "bounced");
        let done = program::feed(world, &["feedback", "--json"], mail.as_bytes());
        let facts: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(facts["reports"][0]["did"], "known");
        let again = mail.replace("somebody@", "anybody@");
        let done = program::feed(world, &["feedback", "--json"], again.as_bytes());
        let facts: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(facts["reports"][0]["did"], "already-suppressed");
        assert_eq!(facts["reports"][0]["reason"], "user-unknown");
        assert_eq!(facts["reports"][0]["suppressed_for"], "hard-bounce");
    }
);
