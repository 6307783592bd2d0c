//! What comes back: mails that are read, and reports that are acted upon, a second.
//!
//! `cargo bench --bench feedback -- 20000` reads bounces, a complaint, an out-of-office note and a wish to leave again and
//! again, one kind after the other; with `FEEDBACK_MAILS=FOLDER` also every file below that folder. Then it makes a paper with
//! so many readers in a temporary folder, each of whom has had a mail, and takes a report of each: a quarter are hard bounces,
//! a quarter soft ones, a quarter complaints, a quarter wishes to leave; and then all of them a second time, which changes
//! nothing. Reports name their mail by the sealed sender, and the complaints by their Message-ID alone. One comes after the
//! other, as from a Maildir, each in a commit of its own. With `FEEDBACK_DATABASE=postgres://…` the database of that URL,
//! which must be empty, is used.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use postrider::app::App;
use postrider::audience::{Change, EmailAddress, Preferences, Subscription, store};
use postrider::clock::Clock;
use postrider::collect::{Collector, round};
use postrider::config::Config;
use postrider::daemon;
use postrider::db::Sql;
use postrider::feedback::act::take;
use postrider::feedback::{Kind, Report, read};
use postrider::message::{MessageId, envelope};

const DOMAIN: &str = "bounces.courier.example";
const NOW: &str = "2026-11-24T06:30:00Z";

fn main() {
    let readers: usize = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(20_000);
    for (name, mail) in mails() {
        reading(name, &[mail.into_bytes()]);
    }
    if let Some(folder) = std::env::var_os("FEEDBACK_MAILS") {
        let mut all = Vec::new();
        files(Path::new(&folder), &mut all);
        reading(&format!("{} mails of a folder", all.len()), &all);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(acting(readers));
}

fn say(text: &str) {
    writeln!(std::io::stdout().lock(), "{text}").expect("stdout");
}

/// Reads these for two seconds.
fn reading(name: &str, mails: &[Vec<u8>]) {
    let begun = Instant::now();
    let (mut n, mut octets, mut reports) = (0u64, 0, 0);
    while begun.elapsed() < Duration::from_secs(2) && !mails.is_empty() {
        for mail in mails {
            reports += std::hint::black_box(read(std::hint::black_box(mail))).len();
            octets += mail.len();
            n += 1;
        }
    }
    let took = begun.elapsed().as_secs_f64();
    say(&format!(
        "reading {name}: {:.0} mails/s, {:.1} MB/s, {:.2} reports a mail",
        n as f64 / took,
        octets as f64 / took / 1e6,
        reports as f64 / n as f64
    ));
}

fn files(folder: &Path, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(fs::read(path).expect("a file"));
        }
    }
}

/// A mail of each kind, as they come.
fn mails() -> [(&'static str, String); 5] {
    let text =
        "A line of a newsletter that is as long as lines of a newsletter are, more or less.\r\n";
    let sent = format!(
        "Return-Path: <b-abcdefgh@{DOMAIN}>\r\nFrom: Tide <tide@courier.example>\r\nTo: kim@reader.example\r\n\
         Message-ID: <abcdefgh@courier.example>\r\nSubject: News\r\n\r\n{}",
        text.repeat(350)
    );
    [
        (
            "a bounce (RFC 3464) of 30 kB",
            format!(
                "Return-Path: <>\r\nDelivered-To: b-abcdefgh@{DOMAIN}\r\nFrom: <mailer-daemon@mx.example>\r\n\
                 Subject: Undelivered\r\nMIME-Version: 1.0\r\n\
                 Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n\
                 --x\r\n\r\nIt came back.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n\
                 Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; kim@reader.example\r\n\
                 Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n\r\n\
                 --x\r\nContent-Type: message/rfc822\r\n\r\n{sent}\r\n--x--\r\n"
            ),
        ),
        (
            "a bounce in sentences",
            format!(
                "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: b-abcdefgh@{DOMAIN}\r\n\
                 Subject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.example.\r\n\
                 I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\
                 This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n\
                 <kim@reader.example>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n\
                 --- Below this line is a copy of the message.\r\n\r\n{sent}"
            ),
        ),
        (
            "a complaint (RFC 5965)",
            format!(
                "From: <fbl@provider.example>\r\nSubject: FW: complaint\r\nMIME-Version: 1.0\r\n\
                 Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n\
                 --x\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n\
                 --x\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\
                 User-Agent: Provider/1.0\r\nVersion: 1\r\n\r\n\
                 --x\r\nContent-Type: message/rfc822\r\n\r\n{sent}\r\n--x--\r\n"
            ),
        ),
        (
            "an out-of-office note",
            "From: Kim <kim@reader.example>\r\nTo: tide@courier.example\r\nAuto-Submitted: auto-replied\r\n\
             Subject: Out of office: News\r\nIn-Reply-To: <abcdefgh@courier.example>\r\n\r\n\
             I am away until Monday.\r\n"
                .to_owned(),
        ),
        (
            "a wish to leave",
            format!(
                "From: Kim <kim@reader.example>\r\nTo: b-abcdefgh@{DOMAIN}\r\nSubject: unsubscribe\r\n\r\n\
                 This mail was made by a mail program.\r\n"
            ),
        ),
    ]
}

async fn acting(readers: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let app = paper(folder.path(), readers).await;
    let sent = sent(&app).await;
    assert_eq!(sent.len(), readers, "each reader has had a mail");
    let quarter = readers.div_ceil(4);
    let mut all = Vec::new();
    for (some, (name, kind)) in sent.chunks(quarter).zip([
        ("hard bounces", Kind::Hard),
        ("soft bounces", Kind::Soft),
        ("complaints", Kind::Complaint),
        ("wishes to leave", Kind::Unsubscribe),
    ]) {
        let reports: Vec<Report> = some.iter().map(|id| report(&app, kind, *id)).collect();
        let (took, news) = timed(&app, &reports).await;
        assert_eq!(news, reports.len(), "all of them are news");
        tell(name, reports.len(), took);
        all.extend(reports);
    }
    let (took, news) = timed(&app, &all).await;
    assert_eq!(news, 0, "nothing is done twice");
    tell("of them again", all.len(), took);
    app.db.close().await;
}

fn tell(name: &str, n: usize, took: Duration) {
    let each = took.as_secs_f64() / n as f64;
    say(&format!(
        "acting on {n} {name}: {:.0}/s, {:.2} ms each",
        1.0 / each,
        each * 1e3
    ));
}

async fn timed(app: &App, reports: &[Report]) -> (Duration, usize) {
    let begun = Instant::now();
    let mut news = 0;
    for one in reports.chunks(1) {
        news += take(app, one, "maildir").await.expect("it is taken").news();
    }
    (begun.elapsed(), news)
}

/// What came back of this message.
fn report(app: &App, kind: Kind, id: MessageId) -> Report {
    let by_id = kind == Kind::Complaint;
    let sender = envelope::sender(&app.keys, app.keys.newest(), &id, DOMAIN);
    let (status, code, reason) = match kind {
        Kind::Hard => (Some("5.1.1"), Some(550), "user-unknown"),
        Kind::Soft => (Some("4.2.2"), Some(452), "mailbox-full"),
        _ => (None, None, "other"),
    };
    let own = app.keys.message(id.issue_id, id.subscriber_id, id.n);
    Report {
        kind,
        recipient: by_id.then(|| address(id.subscriber_id as usize - 1)),
        sent_to: sender
            .filter(|_| !by_id)
            .iter()
            .map(ToString::to_string)
            .collect(),
        message_ids: vec![format!("{own}@courier.example")],
        status: status.map(str::to_owned),
        code,
        said: Some("what the server said of it".to_owned()),
        reason,
        event: format!("{own} {}", kind.word()),
    }
}

fn address(n: usize) -> String {
    format!("reader{n}@example.org")
}

/// A paper whose readers have had this morning's mail.
async fn paper(folder: &Path, readers: usize) -> Arc<App> {
    let config = folder.join("config");
    fs::create_dir_all(config.join("newsletters")).expect("a folder");
    let url = std::env::var("FEEDBACK_DATABASE")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.join("postrider.sqlite").display()));
    let toml = format!(
        "[paper]\nname = \"The Harbour Courier\"\nurl = \"https://courier.example\"\nzone = \"UTC\"\n\
         postal_address = \"4 Quay Street, Harbour\"\n[web]\npublic_url = \"https://mail.courier.example\"\n\
         [database]\nurl = \"{url}\"\n[collect]\nprivate_addresses = true\n\
         [feedback]\nbounce_domain = \"{DOMAIN}\"\n[[relay]]\nhost = \"127.0.0.1\"\nport = 25\ntls = \"none\"\n"
    );
    let newsletter = "title = \"Morning Tide\"\nfrom = \"Tide <tide@courier.example>\"\nschedule = \"30 6 * * *\"\n\
                      [[block]]\nkind = \"latest\"\nlimit = 8\n";
    let source = format!(
        "[[source]]\nname = \"paper\"\nurl = \"http://127.0.0.1:{}/\"\n",
        serve_feed()
    );
    for (name, text) in [
        ("postrider.toml", toml.as_str()),
        ("sources.toml", &source),
        ("newsletters/morning.toml", newsletter),
        (
            "postrider.key",
            "a key that only this benchmark has, and long enough\n",
        ),
    ] {
        fs::write(config.join(name), text).expect("a file");
    }
    let config = Config::load(&config, &BTreeMap::new()).expect("a configuration");
    let now: Timestamp = NOW.parse().expect("an instant");
    let clock = Clock::at(now - jiff::SignedDuration::from_hours(1));
    let app = App::open(config, clock.clone()).await.expect("a paper");
    join(&app, readers).await;
    let collector = Collector::new(&app.config.collect).expect("a collector");
    round(&app, &collector).await.expect("a round");
    clock.set(now);
    daemon::plan(&app).await.expect("a plan");
    app
}

async fn join(app: &App, readers: usize) {
    let newsletter = app.newsletter("morning").expect("a newsletter");
    let place = Subscription::new(newsletter, app.clock.now());
    let addresses: Vec<String> = (0..readers).map(address).collect();
    for some in addresses.chunks(1000) {
        let change = |address: &String| Change {
            email: EmailAddress::parse(address).expect("an address"),
            preferences: Preferences {
                subscriptions: [("morning".to_owned(), place.clone())].into(),
                ..Preferences::default()
            },
            consents: Vec::new(),
        };
        let changes: Vec<Change> = some.iter().map(change).collect();
        let mut tx = app.db.begin().await.expect("a transaction");
        let stored = store(&mut tx, &app.paper(), &changes, app.clock.now()).await;
        stored.expect("readers");
        tx.commit().await.expect("a commit");
    }
}

/// Every message, as if the relay had accepted it; in the order of their readers' numbers.
async fn sent(app: &App) -> Vec<MessageId> {
    const ACCEPT: &str = "UPDATE message SET state = 3, due_at = NULL, owner = NULL";
    let mut tx = app.db.begin().await.expect("a transaction");
    tx.sql(ACCEPT).run().await.expect("an update");
    tx.commit().await.expect("a commit");
    let mut conn = app.db.read().await.expect("a connection");
    let rows: Vec<(i64, i64, i16)> = conn
        .sql("SELECT issue_id, subscriber_id, n FROM message ORDER BY subscriber_id")
        .all()
        .await
        .expect("messages");
    let id = |(issue_id, subscriber_id, n)| MessageId {
        issue_id,
        subscriber_id,
        n,
    };
    rows.into_iter().map(id).collect()
}

fn serve_feed() -> u16 {
    let xml = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Paper</title><link>https://courier.example/</link>\
               <item><title>The port reopens</title><link>https://courier.example/port</link>\
               <pubDate>Tue, 24 Nov 2026 05:00:00 +0000</pubDate><description>What there is to say.</description></item>\
               </channel></rss>";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{xml}",
                xml.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}
