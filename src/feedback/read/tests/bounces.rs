use super::*;
use Kind::{Delayed, Hard, Other, Soft};

/// Status, Diagnostic-Code, and what follows.
const SERVERS: &[(&str, &str, Kind, &str)] = &[
    (
        "5.1.1",
        "smtp; 550 5.1.1 <kim@reader.example>: Recipient address rejected: User unknown in virtual mailbox table",
        Hard,
        "user-unknown",
    ),
    (
        "4.1.1",
        "smtp; 450 4.1.1 <kim@reader.example>: Recipient address rejected: User unknown in local recipient table",
        Hard,
        "user-unknown",
    ),
    (
        "4.1.1",
        "smtp; 450 4.1.1 <kim@reader.example>: Recipient address rejected: unverified address: Address verification in progress",
        Soft,
        "system",
    ),
    (
        "5.1.10",
        "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient kim@reader.example not found by SMTP address lookup",
        Hard,
        "user-unknown",
    ),
    (
        "5.4.1",
        "smtp;550 5.4.1 Recipient address rejected: Access denied. [DB5EUR01FT033.eop-EUR01.prod.protection.example]",
        Hard,
        "user-unknown",
    ),
    (
        "5.4.310",
        "smtp;550 5.4.310 DNS domain reader.example does not exist [Message=InfoDomainNonexistent]",
        Hard,
        "host-unknown",
    ),
    (
        "5.7.133",
        "smtp;550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed",
        Soft,
        "authentication",
    ),
    (
        "5.7.1",
        "smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.blocker.example",
        Soft,
        "blocked",
    ),
    (
        "5.7.1",
        "smtp; 550-5.7.1 [192.0.2.7] Our system has detected that this message is likely unsolicited mail.",
        Soft,
        "spam",
    ),
    (
        "5.1.1",
        "smtp; 550 5.1.1 RCP-P2 Refused due to recipient preferences",
        Soft,
        "policy",
    ),
    ("5.0.0", "smtp; 550 5.0.0 Sender Denied", Soft, "sender"),
    (
        "5.1.8",
        "smtp; 550 5.1.8 Sender address rejected: Domain not found",
        Soft,
        "sender",
    ),
    (
        "5.2.2",
        "smtp; 552 5.2.2 The email account that you tried to reach is over quota",
        Soft,
        "mailbox-full",
    ),
    ("5.1.1", "smtp; 552 5.2.2 Over quota", Soft, "mailbox-full"),
    (
        "5.0.0",
        "smtp; 552-Requested mail action aborted: exceeded storage allocation",
        Soft,
        "mailbox-full",
    ),
    (
        "5.2.1",
        "smtp; 550 5.2.1 The email account that you tried to reach is disabled.",
        Soft,
        "disabled",
    ),
    (
        "5.3.4",
        "smtp; 552 5.3.4 Error: message file too big",
        Soft,
        "too-large",
    ),
    (
        "5.7.26",
        "smtp; 550-5.7.26 This mail is unauthenticated, which poses a security risk",
        Soft,
        "authentication",
    ),
    (
        "4.7.0",
        "smtp; 421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to user complaints",
        Soft,
        "rate-limited",
    ),
    (
        "5.1.0",
        "smtp; 5.1.0 - Unknown address error 554-'5.7.1 Rejected as spam'",
        Soft,
        "spam",
    ),
    (
        "5.1.6",
        "smtp; 551 5.1.6 The recipient has moved",
        Hard,
        "moved",
    ),
    (
        "5.4.4",
        "x-unix; Host or domain name not found. Name service error for name=reader.example type=A: Host not found",
        Hard,
        "host-unknown",
    ),
    (
        "4.4.3",
        "x-unix; Host or domain name not found. Name service error for name=reader.example type=MX: Host not found, try again",
        Soft,
        "host-unknown",
    ),
    (
        "4.4.7",
        "smtp; delivery temporarily suspended: connect to mx.reader.example[192.0.2.9]:25: Connection timed out",
        Soft,
        "network",
    ),
    (
        "5.1.10",
        "smtp; 556 5.1.10 Recipient address has a null MX",
        Hard,
        "host-unknown",
    ),
    (
        "5.0.0",
        "smtp; 521 5.0.0 mx.reader.example",
        Hard,
        "host-unknown",
    ),
    ("5.0.0", "smtp; 550 User unknown", Soft, "user-unknown"),
    (
        "5.0.0",
        "X-Postfix; unknown user: \"kim\"",
        Soft,
        "user-unknown",
    ),
    (
        "5.4.6",
        "x-unix; mail for reader.example loops back to myself",
        Soft,
        "loop",
    ),
    (
        "5.0.0",
        "smtp; 550 Unbekannter Empfänger",
        Hard,
        "user-unknown",
    ),
    ("5.0.0", "smtp; 550 Casella piena", Soft, "mailbox-full"),
    ("5.0.0", "smtp; 550 Ящик переполнен", Soft, "mailbox-full"),
    (
        "5.0.0",
        "smtp; 550 Dieses Postfach ist voll",
        Soft,
        "mailbox-full",
    ),
];

#[test]
fn what_servers_say_decides_and_not_the_class_of_the_code() {
    for (status, said, kind, reason) in SERVERS {
        let fields = format!(
            "Final-Recipient: rfc822; kim@reader.example\nAction: failed\nStatus: {status}\nDiagnostic-Code: {said}"
        );
        check(
            said,
            &dsn("I could not deliver it.", &fields),
            *kind,
            reason,
            "kim@reader.example",
        );
    }
}

#[test]
fn the_recipient_is_whom_somebody_could_write_to() {
    const INNER: &str =
        "Final-Recipient: rfc822; IMCEAEX-_O=COURIER_OU=FIRST_CN=KIM@reader.example";
    for recipients in [
        format!("{INNER}\nOriginal-Recipient: rfc822;kim@reader.example"),
        "Final-Recipient: x400; /G=Kim/S=Loe/C=de/\nOriginal-Recipient: rfc822;kim@reader.example"
            .to_owned(),
        "Final-Recipient: kim@reader.example".to_owned(),
    ] {
        let report = dsn(
            "It failed.",
            &format!("{recipients}\nAction: failed\nStatus: 5.1.1"),
        );
        check(
            &recipients,
            &report,
            Hard,
            "user-unknown",
            "kim@reader.example",
        );
    }
    let alone = dsn(
        "It failed.",
        &format!("{INNER}\nAction: failed\nStatus: 5.1.1"),
    );
    let named = only(&alone).recipient.unwrap_or_default();
    assert!(named.starts_with("IMCEAEX-"), "{named}");
}

#[test]
fn the_command_that_was_refused_tells_a_mailbox_from_a_filter() {
    let fields = "Final-Recipient: rfc822; kim@reader.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 Unknown user kim@reader.example";
    for (command, kind, reason) in [
        ("RCPT TO", Hard, "user-unknown"),
        ("end of DATA", Soft, "user-unknown"),
        ("MAIL FROM", Soft, "sender"),
    ] {
        let words = format!(
            "<kim@reader.example>: host mx.reader.example[192.0.2.9] said: 550\n    Unknown user kim@reader.example (in reply to {command} command)"
        );
        check(
            command,
            &dsn(&words, fields),
            kind,
            reason,
            "kim@reader.example",
        );
    }
    let transcript = "   ----- Transcript of session follows -----\n>>> DATA\n<<< 550 : User unknown\n554 5.0.0 Service unavailable";
    check(
        "a phone company",
        &dsn(transcript, fields),
        Soft,
        "user-unknown",
        "kim@reader.example",
    );
}

#[test]
fn a_delay_and_a_delivery_are_no_failures() {
    for (action, status, kind) in [
        ("delayed", "4.4.1", Delayed),
        ("Delayed (still trying)", "4.0.0", Delayed),
        ("delivered", "2.0.0", Other),
        ("relayed", "2.1.9", Other),
        ("expanded", "2.1.5", Other),
    ] {
        let fields = format!(
            "Final-Recipient: rfc822;kim@reader.example\nAction: {action}\nStatus: {status}"
        );
        assert_eq!(
            only(&dsn("User unknown, mailbox full.", &fields)).kind,
            kind,
            "{action}"
        );
    }
    let exim = mail(
        "Mail Delivery System <Mailer-Daemon@mx.example.org>",
        "Warning: message 1tF3kQ-0004Ab-2C delayed 24 hours",
        "",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.org.\n\nThe address to which the message has not yet been delivered is:\n\n  kim@reader.example\n    host mx.reader.example [192.0.2.9]: 451 Temporary local problem\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n",
    );
    check("Exim", &exim, Delayed, "system", "kim@reader.example");
    let gmail = mail(
        "Mail Delivery Subsystem <mailer-daemon@gmail.example>",
        "Delivery Status Notification (Delay)",
        "",
        "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to kim@reader.example. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.\n",
    );
    assert_eq!(only(&gmail).kind, Delayed);
    assert_eq!(
        only(&gmail).recipient.as_deref(),
        Some("kim@reader.example")
    );
}

#[test]
fn reports_in_sentences_are_read() {
    let daemon = "MAILER-DAEMON@mx.example.org";
    let copy = format!("\n--- Below this line is a copy of the message.\n\n{NEWSLETTER}");
    let exim = |what: &str| {
        format!(
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  kim@reader.example\n    {what}\n\n------ This is a copy of the message, including all the headers. ------\n\n{NEWSLETTER}"
        )
    };
    let qmail = |what: &str| {
        format!(
            "Hi. This is the qmail-send program at mx.example.org.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<kim@reader.example>:\n{what}\n{copy}"
        )
    };
    let cases: Vec<(&str, &str, String, Kind, &str)> = vec![
        ("Exim", "Mail delivery failed: returning message to sender", exim("Unrouteable address"), Hard, "host-unknown"),
        ("Exim", "Mail delivery failed: returning message to sender", exim("host mx.reader.example [192.0.2.9]\n    SMTP error from remote mail server after RCPT TO:<kim@reader.example>:\n    550 No Such User Here"), Hard, "user-unknown"),
        ("Exim", "Mail delivery failed: returning message to sender", exim("host mx.reader.example [192.0.2.9]\n    SMTP error from remote mail server after end of data:\n    550 High probability of spam"), Soft, "spam"),
        ("Exim", "Mail delivery failed: returning message to sender", exim("retry time not reached for any host after a long failure period"), Soft, "expired"),
        ("Exim", "Mail delivery failed: returning message to sender", exim("mailbox is full: retry timeout exceeded"), Soft, "mailbox-full"),
        ("qmail", "failure notice", qmail("Sorry, no mailbox here by that name. vpopmail (#5.1.1)"), Hard, "user-unknown"),
        ("qmail", "failure notice", qmail("CNAME lookup failed temporarily. (#4.4.3)\nI'm not going to try again; this message has been in the queue too long."), Soft, "expired"),
        ("qmail", "failure notice", qmail("192.0.2.9 does not like recipient.\nRemote host said: 550 no such user\nGiving up on 192.0.2.9."), Hard, "user-unknown"),
        ("qmail", "failure notice", qmail("192.0.2.9 failed after I sent the message.\nRemote host said: 554 Message refused: looks like spam"), Soft, "spam"),
        ("qmail", "failure notice", qmail("Sorry, I couldn't find any host named reader.example. (#5.1.2)"), Hard, "host-unknown"),
        ("Yahoo", "Failure Notice", format!("Sorry, we were unable to deliver your message to the following address.\n\n<kim@reader.example>:\n554: delivery error: dd This user doesn't have a reader.example account (kim@reader.example) [0] - mta1082.mail.bf1.example\n{copy}"), Hard, "user-unknown"),
        ("Yahoo", "Failure Notice", format!("Sorry, we were unable to deliver your message to the following address.\n\n<kim@reader.example>:\n554: delivery error: dd Sorry your message to kim@reader.example cannot be delivered. This account has been disabled or discontinued [#102].\n{copy}"), Soft, "disabled"),
        ("Gmail, of old", "Delivery Status Notification (Failure)", format!("Delivery to the following recipient failed permanently:\n\n     kim@reader.example\n\nTechnical details of permanent failure: \nGoogle tried to deliver your message, but it was rejected by the recipient domain. The error that the other server returned was: 550 550 Unknown user kim@reader.example (state 18).\n\n----- Original message -----\n\n{NEWSLETTER}"), Soft, "user-unknown"),
        ("Gmail, of old", "Delivery Status Notification (Failure)", format!("Delivery to the following recipient failed permanently:\n\n     kim@reader.example\n\nTechnical details of permanent failure: \nThe error that the other server returned was: 550 Unknown user kim@reader.example (state 14).\n\n----- Original message -----\n\n{NEWSLETTER}"), Hard, "user-unknown"),
        ("Gmail", "Delivery Status Notification (Failure)", "** Address not found **\n\nYour message wasn't delivered to kim@reader.example because the address couldn't be found, or is unable to receive mail.\n".to_owned(), Hard, "user-unknown"),
        ("Gmail, in German", "Delivery Status Notification (Failure)", "** Die Adresse wurde nicht gefunden **\n\nIhre Nachricht wurde nicht an kim@reader.example zugestellt, weil die Adresse nicht gefunden wurde oder keine E-Mails empfangen kann.\n".to_owned(), Hard, "user-unknown"),
        ("Notes", "DELIVERY FAILURE: User kim (kim@reader.example) not listed in Domino Directory", "Your message\n\n  Subject: Morning Briefing\n\nwas not delivered to:\n\n  kim@reader.example\n\nbecause:\n\n  User kim (kim@reader.example) not listed in Domino Directory\n".to_owned(), Hard, "user-unknown"),
        ("DMA", "Mail delivery failed", format!("This is the DragonFly Mail Agent v0.13 at mx.example.org.\n\nThere was an error delivering your mail to <kim@reader.example>.\n\nmx.reader.example [192.0.2.9] did not like our RCPT TO:\n550 No such user\n\nMessage headers follow.\n\n{NEWSLETTER}"), Hard, "user-unknown"),
        ("a home-made one", "Mail could not be delivered", "Dear sender,\n\nYour mail could not be delivered to kim@reader.example.\nReason: quota exceeded.\n\nFor help write to helpdesk@reader.example\n".to_owned(), Soft, "mailbox-full"),
        ("QQ", "来自reader.example的退信", "抱歉，您的邮件被退回来了……\n\n原邮件信息：\n退信原因： 收件人邮件地址（kim@reader.example）不存在，邮件无法送达。\n".to_owned(), Hard, "user-unknown"),
        ("in Japanese", "配信不能のお知らせ", "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n<kim@reader.example>\n\nメールアドレスが存在しません。\n".to_owned(), Hard, "user-unknown"),
        ("in Russian", "Ваше сообщение не доставлено", "Ваше письмо не может быть доставлено получателю kim@reader.example:\nпользователь не найден\n".to_owned(), Hard, "user-unknown"),
        ("in Korean", "메일 반송 알림", "다음 수신자에게 메일이 전달되지 않았습니다: kim@reader.example\n수신자의 메일함 용량을 초과하였습니다.\n".to_owned(), Soft, "mailbox-full"),
        ("in Polish", "Niedostarczalne: Morning Briefing", "Nie można dostarczyć wiadomości do kim@reader.example.\nNie znaleziono adresu.\n".to_owned(), Hard, "user-unknown"),
        ("in Turkish", "İletilemedi: Morning Briefing", "İletiniz kim@reader.example adresine teslim edilemedi.\nPosta kutusu dolu.\n".to_owned(), Soft, "mailbox-full"),
        ("in Italian", "Mancato recapito", "Non è stato possibile recapitare il messaggio a kim@reader.example: utente sconosciuto.\n".to_owned(), Hard, "user-unknown"),
        ("in Portuguese", "Não entregue: Morning Briefing", "Não foi possível entregar a mensagem para kim@reader.example.\nA caixa de correio do destinatário está cheia.\n".to_owned(), Soft, "mailbox-full"),
        ("GroupWise", "Message status - undeliverable", format!("The message that you sent was undeliverable to the following:\n\tkim@reader.example (user not found)\n\nPossibly truncated original message follows:\n\n{NEWSLETTER}"), Hard, "user-unknown"),
        ("InterMail", "Mail System Error - Returned Mail", "This Message was undeliverable due to the following reason:\n\nThe following destination addresses were unknown (please check\nthe addresses and re-mail the message):\n\nSMTP <kim@reader.example>\n".to_owned(), Hard, "user-unknown"),
        ("MDaemon", "Permanent Delivery Failure", "The attached message had PERMANENT fatal delivery errors!\n\nYOUR DATA HAS NOT BEEN DELIVERED TO THE FOLLOWING RECIPIENTS:\n\nkim@reader.example\n\n  Session Transcript\nTue 06:30:02: --> MAIL From:<b-token7@bounces.courier.example>\nTue 06:30:02: <-- 250 ok\nTue 06:30:02: --> RCPT To:<kim@reader.example>\nTue 06:30:02: <-- 550 <kim@reader.example>, Recipient unknown\nTue 06:30:02: --> QUIT\n".to_owned(), Hard, "user-unknown"),
        ("arrows that point at an address", "Mail Delivery Failure", format!("----- The following addresses had permanent fatal errors -----\n\n>>> kim@reader.example <kim@reader.example>\n\n<<< 550 sorry, no mailbox here by that name (#5.1.1 - chkuser)\n\n----- original message -----\n{NEWSLETTER}"), Hard, "user-unknown"),
        ("in Dutch", "Onbestelbaar: Morning Briefing", "Uw bericht aan kim@reader.example kon niet worden bezorgd.\nHet adres is niet gevonden.\n".to_owned(), Hard, "user-unknown"),
    ];
    for (name, subject, body, kind, reason) in cases {
        let mail = mail(
            daemon,
            subject,
            "Content-Type: text/plain; charset=utf-8\n",
            &body,
        );
        check(name, &mail, kind, reason, "kim@reader.example");
    }
}

#[test]
fn a_report_that_is_only_html_is_read_in_its_charset() {
    // Outlook, in French, Windows-1252: "Échec de la remise", "est introuvable".
    let html = "<html><head><style>p { color: #550; }</style></head><body><p><b>=C9chec de la remise pour ces destinataires ou groupes=A0:</b></p><p><a href=3D\"mailto:kim@reader.example\">kim@reader.example</a><br>L&#39;adresse de messagerie que vous avez entr=E9e est introuvable. V=E9rifiez l&rsquo;adresse.</p></body></html>\n";
    let outlook = mail(
        "Microsoft Outlook <postmaster@reader.example>",
        "=?windows-1252?Q?Non_remis=A0=3A_Morning_Briefing?=",
        "Content-Type: text/html; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n",
        html,
    );
    check(
        "Outlook in French",
        &outlook,
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
    // "El buzón del destinatario está lleno", in Base64.
    let text = data_encoding::BASE64.encode(
        "<div>No se pudo entregar a estos destinatarios o grupos:</div><div>kim@reader.example</div><div>El buzón del destinatario está lleno.</div>".as_bytes(),
    );
    let outlook = mail(
        "postmaster@reader.example",
        "No se puede entregar: Morning Briefing",
        "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n",
        &text,
    );
    check(
        "Outlook in Spanish",
        &outlook,
        Soft,
        "mailbox-full",
        "kim@reader.example",
    );
    // ISO-2022-JP: 宛先不明.
    let japanese = mail(
        "postmaster@reader.example",
        "Returned mail",
        "Content-Type: text/plain; charset=iso-2022-jp\n",
        "\u{1b}$B08@hITL@\u{1b}(B\nTo: kim@reader.example\n",
    );
    check(
        "in JIS",
        &japanese,
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
}

#[test]
fn several_recipients_have_each_their_own_reason() {
    let fields = "Final-Recipient: rfc822; kim@reader.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; li@reader.example\nAction: failed\nStatus: 5.2.2\n\nFinal-Recipient: rfc822; mo@reader.example\nAction: delayed\nStatus: 4.4.1";
    let reports = read(dsn("Sorry.", fields).as_bytes());
    let kinds: Vec<Kind> = reports.iter().map(|report| report.kind).collect();
    assert_eq!(kinds, [Hard, Soft, Delayed]);
    let body = "Unable to deliver message to the following address(es).\n\n<kim@reader.example>:\nThis user doesn't have a reader.example account\n\n<li@reader.example>:\n552 mailbox is full\n\n--- Original message follows.\n\n";
    let reports = read(
        mail(
            "MAILER-DAEMON@mx.example.org",
            "Delivery failure",
            "",
            &format!("{body}{NEWSLETTER}"),
        )
        .as_bytes(),
    );
    let said: Vec<_> = reports
        .iter()
        .map(|report| {
            (
                report.recipient.as_deref().unwrap_or_default(),
                report.reason,
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("kim@reader.example", "user-unknown"),
            ("li@reader.example", "mailbox-full")
        ]
    );
    let events: std::collections::BTreeSet<&str> =
        reports.iter().map(|report| report.event.as_str()).collect();
    assert_eq!(events.len(), 2);
}

#[test]
fn a_report_leads_back_to_the_mail_it_is_about() {
    let fields = "Original-Recipient: rfc822;kim@reader.example\nFinal-Recipient: X400; /C=DE/A= /P=PAPER/S=KIM\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: X-Notes; no match for kim@reader.example";
    let report = only(&dsn("It failed.", fields));
    assert_eq!(report.kind, Hard);
    assert_eq!(report.recipient.as_deref(), Some("kim@reader.example"));
    assert_eq!(report.sent_to, [VERP]);
    assert_eq!(report.message_ids, ["42.7.390@courier.example"]);
    assert_eq!(report.status.as_deref(), Some("5.1.1"));
    assert_eq!(report.said.as_deref(), Some("no match for …"));
    // Where it was sent by somebody else's hand, the address the mail left with is still to be found.
    let forwarded = dsn("It failed.", fields).replacen(VERP, "desk@courier.example", 2);
    assert_eq!(only(&forwarded).sent_to, ["desk@courier.example", VERP]);
    // The copy in a text is as good as one of its own.
    let text = format!(
        "<kim@reader.example>: mailbox full\n\n--- Below this line is a copy of the message.\n\n{NEWSLETTER}"
    );
    let report = only(&mail(
        "MAILER-DAEMON@mx.example.org",
        "failure notice",
        "",
        &text,
    ));
    assert_eq!(report.message_ids, ["42.7.390@courier.example"]);
    assert_eq!((report.kind, report.reason), (Soft, "mailbox-full"));
}

#[test]
fn the_same_report_by_two_ways_is_the_same() {
    let fields = "Final-Recipient: rfc822; kim@reader.example\nAction: failed\nStatus: 5.1.1";
    let mail = dsn("It failed.", fields);
    let by_imap = format!("Received: from a by b; Tue, 24 Nov 2026 06:00:05 +0000\n{mail}")
        .replace('\n', "\r\n");
    assert_eq!(only(&mail).event, only(&by_imap).event);
    assert_ne!(only(&mail).event, only(&mail.replace("kim@", "li@")).event);
    // Some have neither a Message-ID nor a date, and say the same of two mails to one reader.
    let bare = mail.replace("Date:", "X-Date:");
    let other = bare.replace("To: <b-token7@", "To: <b-token8@");
    assert_ne!(only(&bare).event, only(&other).event);
}

#[test]
fn a_report_inside_a_report_is_read() {
    let inner = mail(
        "MAILER-DAEMON@mx.example.org",
        "failure notice",
        "",
        "I'm afraid I wasn't able to deliver your message.\n\n<kim@reader.example>:\n550 5.1.1 no such user\n",
    );
    let body = format!(
        "--yy\nContent-Type: text/plain\n\nThe following mail could not be delivered.\n--yy\nContent-Type: message/rfc822\n\n{inner}\n--yy--\n"
    );
    let outer = mail(
        "postmaster@gate.example",
        "Mail could not be delivered",
        "Content-Type: multipart/mixed; boundary=yy\n",
        &body,
    );
    check(
        "a gateway's",
        &outer,
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
}

#[test]
fn neither_headlines_nor_addresses_nor_links_are_reasons() {
    let fields = "Final-Recipient: rfc822; spam.blocked@virus-quota.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <spam.blocked@virus-quota.example>: unknown user, see https://virus-quota.example/policy/blocked";
    check(
        "an address",
        &dsn("It failed.", fields),
        Hard,
        "user-unknown",
        "spam.blocked@virus-quota.example",
    );
    let body = "Your message to kim@reader.example couldn't be delivered.\n\nSubject: Spam: trains delayed, mailboxes full\n\nThe email address you entered couldn't be found.\n";
    let outlook = mail(
        "postmaster@reader.example",
        "Undeliverable: Spam: trains delayed, mailboxes full",
        "",
        body,
    );
    let with_copy = outlook.replace("\n\nThe email", ".\n\nThe email")
        + "\n----- Original message -----\n\nSubject: Spam: trains delayed, mailboxes full\nMessage-ID: <42.7.390@courier.example>\n\nNews.\n";
    check(
        "a headline",
        &with_copy,
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
    let late = mail(
        "postmaster@reader.example",
        "Undeliverable: the bus is delayed",
        "",
        "Your message to kim@reader.example couldn't be delivered: the address couldn't be found.",
    );
    check(
        "a headline without a copy",
        &late,
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
}

#[test]
fn daily_statistics_are_no_bounce() {
    let report = mail(
        "postmaster@provider.example",
        "Report Domain: courier.example Submitter: provider.example Report-ID: 7",
        "",
        "This is a DMARC aggregate report; nothing could not be delivered: 550.",
    );
    check("DMARC's", &report, Other, "statistics", "");
}

#[test]
fn a_report_that_calls_itself_automatic_is_still_one() {
    let body = "Your mail sent on: Tue, 24 Nov 2026 06:00:02 +0000\n     Could not be delivered to: <kim@reader.example>\n     As their mailbox is full.\n";
    let phone = mail(
        "no-reply@phone.example",
        "=?utf-8?B?6YWN5L+h?=",
        "Auto-Submitted: auto-generated\n",
        body,
    );
    check(
        "a phone company's",
        &phone,
        Soft,
        "mailbox-full",
        "kim@reader.example",
    );
    let gate = mail(
        "Gate <gate@reader.example>",
        "Delivery failed",
        "Auto-Submitted: auto-replied\n",
        "Your message could not be delivered.\n<kim@reader.example>: 550 5.1.1 no such user\n",
    );
    check(
        "a gateway's",
        &gate,
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
}

#[test]
fn our_own_address_in_a_report_is_not_the_recipient() {
    let body = format!(
        "The message to\n\n<kim@reader.example>\n\nfailed for good: no such user here. It had been sent by mistake or not to\n\n<{VERP}>\n\nand could not be delivered (550).\n"
    );
    let report = mail("MAILER-DAEMON@mx.example.org", "failure notice", "", &body);
    assert_eq!(
        only(&report).recipient.as_deref(),
        Some("kim@reader.example")
    );
}

#[test]
fn a_status_report_is_one_whoever_sent_it() {
    let fields = "Final-Recipient: rfc822; kim@reader.example\nAction: failed\nStatus: 5.1.1";
    let report = dsn("I am sorry.", fields)
        .replace("MAILER-DAEMON@mx.example.org", "Li <li@reader.example>")
        .replace("MIME-Version", "Auto-Submitted: auto-replied\nMIME-Version");
    check(
        "from a person",
        &report,
        Hard,
        "user-unknown",
        "kim@reader.example",
    );
}
