use super::*;
use Kind::{AutoReply, Other, Unsubscribe};

/// From a person, as answers are.
fn answer(subject: &str, more: &str, body: &str) -> String {
    format!(
        "Return-Path: <kim@reader.example>\nDelivered-To: {VERP}\nFrom: Kim <kim@reader.example>\nTo: {VERP}\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n{more}\n{body}\n"
    )
}

#[test]
fn out_of_office_is_no_bounce_in_any_language() {
    for (subject, more, body) in [
        (
            "Re: Morning Briefing",
            "Auto-Submitted: auto-replied\n",
            "I am away until Monday.",
        ),
        (
            "Re: Morning Briefing",
            "X-Autoreply: yes\nPrecedence: bulk\n",
            "Back on Monday.",
        ),
        (
            "Morning Briefing",
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n",
            "Thanks for your mail.",
        ),
        (
            "Automatic reply: Morning Briefing",
            "",
            "I am out of the office.",
        ),
        (
            "Automatische Antwort: Morning Briefing",
            "",
            "Ich bin im Urlaub. Ihre E-Mail wird nicht weitergeleitet.",
        ),
        (
            "Abwesenheitsnotiz",
            "",
            "Bis 3. Dezember bin ich nicht im Büro.",
        ),
        (
            "Réponse automatique : Morning Briefing",
            "",
            "Je suis absent jusqu'à lundi.",
        ),
        (
            "Respuesta automática: Morning Briefing",
            "",
            "Estoy de vacaciones.",
        ),
        (
            "Resposta automática: Morning Briefing",
            "",
            "Estou de férias.",
        ),
        ("Risposta automatica: Morning Briefing", "", "Sono assente."),
        (
            "Automatisch antwoord: Morning Briefing",
            "",
            "Ik ben afwezig.",
        ),
        ("Autosvar: Morning Briefing", "", "Jag är på semester."),
        (
            "Automaattinen vastaus: Morning Briefing",
            "",
            "Olen lomalla.",
        ),
        (
            "Odpowiedź automatyczna: Morning Briefing",
            "",
            "Jestem na urlopie.",
        ),
        (
            "Automatická odpověď: Morning Briefing",
            "",
            "Jsem na dovolené.",
        ),
        ("Автоответ: Morning Briefing", "", "Я в отпуске."),
        ("Otomatik Yanıt: Morning Briefing", "", "Ofis dışındayım."),
        ("自動返信: Morning Briefing", "", "休暇中です。"),
        ("自动回复: Morning Briefing", "", "我正在休假。"),
        ("자동 회신: Morning Briefing", "", "휴가 중입니다."),
        (
            "Out of office",
            "",
            "My colleague li@reader.example answers. If it could not be delivered, call 550 5.1.1.",
        ),
        (
            "Kim has left",
            "Auto-Submitted: auto-replied\n",
            "Kim no longer works here. This mailbox is no longer in use; user unknown.",
        ),
    ] {
        check(
            subject,
            &answer(subject, more, body),
            AutoReply,
            "auto-reply",
            "kim@reader.example",
        );
    }
}

#[test]
fn an_answer_is_known_by_its_empty_sender() {
    let thanks = answer(
        "Thank you for your e-mail",
        "",
        "I will answer as soon as I can.",
    )
    .replacen("<kim@reader.example>", "<>", 1);
    check(
        "thanks",
        &thanks,
        AutoReply,
        "auto-reply",
        "kim@reader.example",
    );
}

#[test]
fn an_answer_that_nothing_marks_is_known_by_what_it_says() {
    for (subject, body) in [
        (
            "Re: Morning",
            "I am travelling and will answer when I return.",
        ),
        ("Re: Morning", "Please note that I have left the company."),
        (
            "Re: Der Morgen",
            "Ich bin bis zum 3. Dezember nicht im Büro.",
        ),
        (
            "AW: Der Morgen",
            "Derzeit nicht erreichbar. Ab dem 3.12. bin ich wieder da.",
        ),
        (
            "Re: Der Morgen",
            "Frau Loe ist nicht mehr im Unternehmen. Das Postfach wird nicht mehr gelesen.",
        ),
        (
            "Re: La lettre",
            "Absent jusqu'au 3 décembre, sans accès à ma messagerie.",
        ),
        (
            "Re: La lettre",
            "Actuellement en congés, je serai de retour lundi.",
        ),
        (
            "Re: Carta",
            "Me encuentro de vacaciones. Responderé a mi regreso.",
        ),
        ("Re: Notizie", "In ferie fino al 3 dicembre."),
        ("Re: Nieuws", "Tot en met 3 december ben ik met verlof."),
        ("Re: Notícias", "De férias até 3 de dezembro."),
        ("Re: Nyheter", "På tjänsteresa, tillbaka den 3 december."),
        ("Re: Poranek", "Jestem na urlopie, wracam 3 grudnia."),
        ("Re: Утро", "В командировке до 3 декабря."),
        ("Re: 朝刊", "出張しております。12月3日に戻ります。"),
        ("Away: Morning", "K."),
        ("Absence : La lettre", "K."),
        ("Urlaub Re: Der Morgen", "K."),
        ("Absent(e) du bureau : La lettre", "K."),
        ("Mensaje automático: Carta", "K."),
        ("Votre message a bien été reçu", "K."),
    ] {
        let more = if subject.contains("Re:") || subject.starts_with("AW:") {
            "In-Reply-To: <42.7.390@courier.example>\n"
        } else {
            ""
        };
        check(
            &format!("{subject}: {body}"),
            &answer(subject, more, body),
            AutoReply,
            "auto-reply",
            "kim@reader.example",
        );
    }
}

#[test]
fn who_writes_of_a_holiday_writes_a_letter() {
    let more = "In-Reply-To: <42.7.390@courier.example>\n";
    let long = format!(
        "{} I was abroad until Monday, on holiday.",
        "What a fine piece. ".repeat(40)
    );
    for (subject, body) in [
        ("Re: Morning", "Your piece on travelling cheered us up."),
        (
            "Re: Morning",
            "Well said.\n\n> Out of the office until June: the mayor is on vacation.",
        ),
        ("Re: Holiday homes", "How do I book one?"),
        ("Absence of news", "Why is there no paper on Sunday?"),
        ("Re: Morning", long.as_str()),
    ] {
        check(body, &answer(subject, more, body), Other, "letter", "");
    }
}

#[test]
fn out_of_office_from_a_postmaster_is_no_bounce() {
    let away = answer(
        "Out of office",
        "Auto-Submitted: auto-replied\n",
        "Kim is away; this was not delivered to anybody else. User unknown.",
    )
    .replace(
        "Kim <kim@reader.example>",
        "Postmaster <postmaster@reader.example>",
    );
    check(
        "away",
        &away,
        AutoReply,
        "auto-reply",
        "postmaster@reader.example",
    );
}

#[test]
fn what_quotes_a_bounce_in_an_answer_is_an_answer() {
    let quoting = answer(
        "Automatic reply: Undeliverable mail",
        "In-Reply-To: <42.7.390@courier.example>\n",
        "I am out of the office.\n\n> Your message could not be delivered: 550 5.1.1 user unknown",
    );
    let report = only(&quoting);
    assert_eq!(report.kind, AutoReply);
    assert_eq!(report.message_ids, ["42.7.390@courier.example"]);
}

#[test]
fn whoever_asks_for_proof_is_no_bounce() {
    let asks = answer(
        "Re: Morning Briefing",
        "",
        "I do not know you yet. Please verify that you are a human: https://proof.example/x",
    );
    check(
        "a challenge",
        &asks,
        Other,
        "challenge",
        "kim@reader.example",
    );
    let fields = "Final-Recipient: rfc822; kim@reader.example\nAction: failed\nStatus: 4.7.0\nDiagnostic-Code: X-Notice; Sender not pre-approved. Follow instructions in above notice";
    check(
        "as a report",
        &dsn("Your message has been waitlisted.", fields),
        Other,
        "challenge",
        "kim@reader.example",
    );
}

#[test]
fn a_letter_is_a_letter() {
    for body in [
        "I loved today's piece on spam filters.",
        "Why was my comment rejected? You blocked me!",
        "Our mailbox is full of your mails and I would like to unsubscribe, but where do I do that?",
    ] {
        check(
            body,
            &answer("Your newsletter", "", body),
            Other,
            "letter",
            "",
        );
    }
}

#[test]
fn a_read_receipt_is_none_of_them() {
    let body = "--xx\nContent-Type: text/plain\n\nYour message was deleted without being read. It could not be delivered.\n--xx\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;kim@reader.example\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--xx--\n";
    let receipt = answer("Not read: Morning Briefing", "MIME-Version: 1.0\n", body).replace(
        "text/plain; charset=utf-8\nMIME",
        "multipart/report; report-type=disposition-notification; boundary=xx\nMIME",
    );
    check(
        "a receipt",
        &receipt,
        Other,
        "read-receipt",
        "kim@reader.example",
    );
}

#[test]
fn a_wish_to_leave_is_understood() {
    for (subject, body) in [
        ("unsubscribe", ""),
        (
            "Unsubscribe",
            "This message was automatically generated by the mail program.",
        ),
        ("unsubscribe", "Please unsubscribe me."),
        ("Re: Morning Briefing", "STOP"),
        (
            "AW: Morning Briefing",
            "Bitte abmelden!\n\n> Die Nachrichten von heute",
        ),
        ("unsubscribe:token7token7", ""),
        ("désabonnement", ""),
    ] {
        check(
            subject,
            &answer(subject, "", body),
            Unsubscribe,
            "unsubscribe",
            "kim@reader.example",
        );
    }
    let to_address =
        answer("Unsubscribe request", "", "").replace(VERP, "u-token7@bounces.courier.example");
    let report = only(&to_address);
    assert_eq!(report.kind, Unsubscribe);
    assert_eq!(report.sent_to, ["u-token7@bounces.courier.example"]);
    // Somebody's machine answers a mail that was called so.
    assert_eq!(
        only(&answer(
            "Re: unsubscribe",
            "Auto-Submitted: auto-replied\n",
            "Away."
        ))
        .kind,
        AutoReply
    );
}
