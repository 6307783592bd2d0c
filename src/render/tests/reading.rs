//! What others make of our mails: two libraries that read mail, and a filter that sorts it out.

use std::fs::File;
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::mails::all;
use super::*;

#[test]
fn a_library_reads_what_was_written() {
    for mail in all(templates()) {
        let parsed = MessageParser::default().parse(&mail.message).unwrap();
        let (from, to) = (parsed.from().unwrap(), parsed.to().unwrap());
        assert_eq!(parsed.subject(), Some(mail.subject), "{}", mail.name);
        assert_eq!(from.first().unwrap().name(), Some(mail.from));
        assert_eq!(
            from.first().unwrap().address(),
            Some("tide@courier.example")
        );
        assert_eq!(to.first().unwrap().name(), Some(mail.to));
        assert_eq!(read(&mail.message), (mail.text, mail.html), "{}", mail.name);
    }
}

/// What Python's email package reads.
#[derive(Debug, Deserialize)]
struct Read {
    subject: String,
    from: String,
    to: String,
    text: String,
    html: String,
    defects: Vec<String>,
}

const PYTHON: &str = r#"
import email, email.policy, json, sys
with open(sys.argv[1], "rb") as file:
    mail = email.message_from_binary_file(file, policy=email.policy.default)
text, html = list(mail.iter_parts())
defects = [str(d) for part in mail.walk() for d in part.defects]
defects += [f"{name}: {d}" for name, value in mail.items() for d in value.defects]
print(json.dumps({
    "subject": mail["subject"], "from": mail["from"].addresses[0].display_name, "to": mail["to"].addresses[0].display_name,
    "text": text.get_content(), "html": html.get_content(), "defects": defects,
}))
"#;

#[test]
#[expect(clippy::print_stdout, reason = "it says that it skips")]
fn python_reads_what_was_written() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: there is no python3");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for mail in all(templates()) {
        let path = folder.path().join("mail.eml");
        std::fs::write(&path, &mail.message).unwrap();
        let ran = Command::new("python3")
            .args(["-c", PYTHON])
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        let read: Read = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(read.defects, Vec::<String>::new(), "{}", mail.name);
        assert_eq!(
            (read.subject, read.from, read.to),
            (mail.subject.into(), mail.from.into(), mail.to.into())
        );
        assert_eq!(read.text.replace("\r\n", "\n"), mail.text, "{}", mail.name);
        assert_eq!(read.html.replace("\r\n", "\n"), mail.html, "{}", mail.name);
    }
}

/// What `SpamAssassin` may find at most.
const SPAM: f64 = 0.5;

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the scores are for whoever looks after the templates"
)]
fn spamassassin_finds_nothing_to_say() {
    if Command::new("spamassassin")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("skipped: there is no spamassassin");
        return;
    }
    let mails = all(templates());
    let mut mbox = Vec::new();
    for mail in &mails {
        mbox.extend_from_slice(b"From tide@courier.example Tue Nov 24 06:30:00 2026\n");
        mbox.extend(mail.message.iter().filter(|octet| **octet != b'\r'));
        mbox.push(b'\n');
    }
    // A home of its own: neither what the machine's owner has set nor what it has learnt counts.
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("mbox");
    std::fs::write(&path, mbox).unwrap();
    let ran = Command::new("spamassassin")
        .args(["-L", "-t", "--mbox"])
        .env("HOME", home.path())
        .stdin(Stdio::from(File::open(&path).unwrap()))
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let said = String::from_utf8_lossy(&ran.stdout).replace("\n\t", " ");
    let scores: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("X-Spam-Status: "))
        .collect();
    assert_eq!(scores.len(), mails.len(), "one verdict for each mail");
    for (mail, said) in mails.iter().zip(scores) {
        let score = said
            .split("score=")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        println!("{:<10} {said}", mail.name);
        assert!(
            score.parse::<f64>().unwrap() <= SPAM,
            "{}: {said}",
            mail.name
        );
    }
}
