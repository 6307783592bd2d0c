//! Bounces from the wild, where they are at hand. Each recipient comes with what other readers, or whoever collected the
//! mail, found.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::read;
use crate::corpora::part;
use crate::feedback::report::{Kind, Report};

/// Of the kinds, and of the recipients, how many must be as stated.
const ENOUGH_PERCENT: usize = 98;

struct Row {
    file: String,
    kind: String,
    status: String,
    code: String,
    recipient: String,
    reason: String,
    is_disputed: bool,
}

fn rows(table: &str) -> Vec<Row> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let read = |line: &str| {
        let fields: BTreeMap<&str, &str> = names.iter().copied().zip(line.split('\t')).collect();
        let field = |name: &str| fields.get(name).copied().unwrap_or_default().to_owned();
        Row {
            file: field("file"),
            kind: field("kind"),
            status: field("status"),
            code: field("smtp_code"),
            recipient: field("recipient"),
            reason: field("reason"),
            is_disputed: !field("disputed").is_empty(),
        }
    };
    lines.map(read).collect()
}

/// The report of a row: that of its recipient, else the one in its place.
fn of_row<'a>(reports: &'a [Report], row: &Row, n: usize) -> Option<&'a Report> {
    let same = |report: &&Report| {
        let recipient = report.recipient.as_deref().unwrap_or_default();
        recipient.eq_ignore_ascii_case(&row.recipient)
    };
    let place = reports.get(n).filter(same);
    place
        .or_else(|| reports.iter().find(same))
        .or(reports.get(n))
}

#[derive(Default)]
struct Tally {
    rows: usize,
    kinds: usize,
    recipients: usize,
    statuses: usize,
    codes: usize,
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "the table is for whoever runs it with --nocapture"
)]
fn what_is_stated_about_real_bounces_holds() {
    let Some(root) = part("bounces") else { return };
    let table = std::fs::read_to_string(root.join("expected.tsv")).unwrap();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut wrong, mut aside) = (String::new(), String::new());
    let mut bounced_autoreplies = 0;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let rows = rows(&table);
    for row in &rows {
        let bytes = std::fs::read(root.join(&row.file)).unwrap();
        let reports = read(&bytes);
        let n = seen.entry(row.file.clone()).or_default();
        let report = of_row(&reports, row, *n).unwrap();
        *n += 1;
        let recipient = report.recipient.clone().unwrap_or_default();
        let is_kind = report.kind.word() == row.kind;
        let is_recipient = recipient.eq_ignore_ascii_case(&row.recipient);
        if row.kind == "autoreply" && matches!(report.kind, Kind::Hard | Kind::Soft) {
            bounced_autoreplies += 1;
        }
        let is_right = is_kind && is_recipient;
        if !is_right {
            let out = if row.is_disputed {
                &mut aside
            } else {
                &mut wrong
            };
            writeln!(
                out,
                "{}: {} {:?} ({}), we say {} {recipient:?} ({} {:?} {:?} {:?})",
                row.file,
                row.kind,
                row.recipient,
                row.reason,
                report.kind.word(),
                report.reason,
                report.status,
                report.code,
                report
                    .said
                    .as_deref()
                    .map(|said| said.chars().take(120).collect::<String>()),
            )
            .unwrap();
        }
        if row.is_disputed {
            continue;
        }
        for name in [row.kind.as_str(), "all"] {
            let tally = tallies.entry(name.to_owned()).or_default();
            tally.rows += 1;
            tally.kinds += usize::from(is_kind);
            tally.recipients += usize::from(is_recipient);
            tally.statuses +=
                usize::from(report.status.as_deref().unwrap_or_default() == row.status);
            let code = report.code.map(|code| code.to_string()).unwrap_or_default();
            tally.codes += usize::from(code == row.code);
        }
    }
    let mut shown = format!("{:12} rows kinds recipients statuses codes\n", "");
    for (kind, tally) in &tallies {
        let Tally {
            rows,
            kinds,
            recipients,
            statuses,
            codes,
        } = tally;
        writeln!(
            shown,
            "{kind:12} {rows:4} {kinds:5} {recipients:10} {statuses:8} {codes:5}"
        )
        .unwrap();
    }
    // More than is stated is wrong, too: somebody would be suppressed for it.
    let mut more = String::new();
    for (file, stated) in &seen {
        let reports = read(&std::fs::read(root.join(file)).unwrap());
        if reports.len() > *stated {
            writeln!(more, "{file}: {stated} stated, we say {}", reports.len()).unwrap();
        }
    }
    eprintln!("{shown}\nnot as stated:\n{wrong}\nmore than stated:\n{more}\ndisputed:\n{aside}");
    let all = &tallies["all"];
    assert_eq!(bounced_autoreplies, 0, "{wrong}");
    assert!(
        all.kinds * 100 >= all.rows * ENOUGH_PERCENT,
        "{shown}\n{wrong}"
    );
    assert!(
        all.recipients * 100 >= all.rows * ENOUGH_PERCENT,
        "{shown}\n{wrong}"
    );
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "the table is for whoever runs it with --nocapture"
)]
fn what_servers_say_of_a_mailbox_is_told_from_the_rest() {
    let Some(table) = part("smtp-replies/replies.tsv") else {
        return;
    };
    let table = std::fs::read_to_string(table).unwrap();
    let (mut all, mut right) = (0, 0);
    let mut wrong = String::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, .., text] = fields[..] else {
            panic!("{line}")
        };
        let stated = fields[4];
        let mail = format!(
            "From: MAILER-DAEMON@mx.courier.example\nTo: b-1@courier.example\nSubject: Undelivered Mail Returned to Sender\n\n{text}\n"
        );
        let reports = read(mail.as_bytes());
        let gone = matches!(stated, "no_such_recipient");
        let is_right = reports.len() == 1 && (reports[0].kind == Kind::Hard) == gone;
        all += 1;
        right += usize::from(is_right);
        if !is_right {
            writeln!(
                wrong,
                "{id} ({stated}): {} {} {:?}: {text}",
                reports[0].kind.word(),
                reports[0].reason,
                reports[0].recipient
            )
            .unwrap();
        }
    }
    eprintln!("{right} of {all} replies\n{wrong}");
    assert!(right * 100 >= all * 90, "{wrong}");
}
