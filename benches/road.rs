//! The whole road, from due subscriptions to a relay's replies: mails a second, and the memory it takes.
//!
//! `cargo bench --bench road -- 20000` makes a paper with so many readers in a temporary folder (five follows each, of 300
//! terms), plans and sends a digest of about 30 kB to each of them with the real program, and prints what it took: `serve`
//! from its start to the last outcome; or, with `ROAD_ONCE=1`, `once`, whose stages come one after the other.
//! The relay is Debian's `smtp-sink` where it is installed, else our own catching relay, which costs more. Then Debian's
//! `smtp-source`, which does nothing but send, sends as many mails of the same size to the same sink, before and after, and
//! the ratio is printed. With `ROAD_DATABASE=postgres://…` the database of that URL, which must be empty, is used; with
//! `ROAD_CONNECTIONS=64` so many connections instead of 16; with `ROAD_LOG=10000000` so many older messages stand in the log;
//! with `ROAD_CLICKS=500` so many requests a second come while `serve` sends, half of them the preferences and half one-click
//! unsubscribes of readers who have had their mail; with `ROAD_SLOW_MS=100` the relay is one that takes so long for each round
//! trip, and with `ROAD_CHUNKING=1` such a one that takes a mail in one (RFC 3030); with `ROAD_BEHIND=20` so many readers sign
//! up while `serve` sends, one after the other, and then the issue is held for two seconds.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_postrider");
const KEY: &str = "a key that only this benchmark has, and long enough";
/// Where the pages are.
const PAGES: u16 = 18_025;
const BEFORE: &str = "2026-11-24T06:15:00Z";
const NOW: &str = "2026-11-24T06:30:00Z";

fn main() {
    let readers: u32 = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(20_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sink = Sink::start();
    let feed = serve_feed();
    write_paper(folder.path(), sink.port, feed);
    write_readers(folder.path(), readers);

    let imported = run(
        folder.path(),
        &["subscriber", "import", "readers.csv"],
        "2026-11-23T12:00:00Z",
    );
    fill_log(folder.path());
    let before = smtp_source(sink.port, readers.min(20_000));
    let once = number("ROAD_ONCE").is_some();
    let sent = if once {
        run(folder.path(), &["once", "--json"], NOW)
    } else {
        // The stories are there before their readers' hour.
        run(folder.path(), &["once"], BEFORE);
        serve(folder.path(), readers)
    };
    let after = smtp_source(sink.port, readers.min(20_000));
    let mut out = std::io::stdout().lock();
    let rate = |took: Duration| f64::from(readers) / took.as_secs_f64();
    writeln!(out, "relay: {}, {} connections", sink.name, connections()).expect("stdout");
    writeln!(
        out,
        "import: {readers} readers in {:.1?}, {:.0}/s, peak {} MB",
        imported.took,
        rate(imported.took),
        imported.peak_mb
    )
    .expect("stdout");
    let size = preview_size(folder.path());
    writeln!(out, "one mail: {size} octets").expect("stdout");
    writeln!(
        out,
        "whole road: {readers} readers in {:.1?}, {:.0}/s, peak {} MB, {:.0} µs of CPU a reader",
        sent.took,
        rate(sent.took),
        sent.peak_mb,
        sent.cpu.as_secs_f64() * 1e6 / f64::from(readers),
    )
    .expect("stdout");
    let mut rates = vec![("the whole road", rate(sent.took))];
    if once {
        let pass: serde_json::Value = serde_json::from_str(&sent.said).expect("JSON");
        let stage =
            |i: usize| Duration::from_millis(pass["took_ms"][i].as_u64().unwrap_or_default());
        writeln!(
            out,
            "  collect {:.1?}, plan {:.1?} ({:.0}/s), send {:.1?} ({:.0}/s)",
            stage(0),
            stage(1),
            rate(stage(1)),
            stage(2),
            rate(stage(2))
        )
        .expect("stdout");
        rates.push(("sending", rate(stage(2))));
    }
    if let Some(delay) = slow() {
        let trips = if chunking() { 1.0 } else { 2.0 };
        let bound = f64::from(connections()) / (trips * delay.as_secs_f64());
        for (what, rate) in rates {
            writeln!(
                out,
                "{what}: {:.3} of the relay's bound, {bound:.0}/s",
                rate / bound
            )
            .expect("stdout");
        }
    } else if let (Some(before), Some(after)) = (before, after) {
        let theirs = f64::midpoint(before, after);
        writeln!(out, "smtp-source: {before:.0}/s before, {after:.0}/s after").expect("stdout");
        for (what, rate) in rates {
            writeln!(out, "{what}: {:.2} of smtp-source", rate / theirs).expect("stdout");
        }
    }
}

/// Runs the daemon until nothing is open any more.
fn serve(folder: &Path, readers: u32) -> Ran {
    use postrider::db::{Db, Sql};
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let begun = Instant::now();
    let mut child = command(folder, &["serve"], NOW)
        .spawn()
        .expect("the program runs");
    let watching = watch(child.id());
    let clicking = runtime.expect("a runtime").block_on(async {
        let db = Db::connect(&database(folder)).await.expect("the database");
        let sent = "SELECT count(*) FROM issue i JOIN message m ON m.issue_id = i.id
                     WHERE i.state = 1 AND i.stream = 3 AND m.state = 3";
        if let Some(signups) = number("ROAD_BEHIND") {
            behind(folder, &db, readers, signups).await;
        }
        let count = async || {
            let mut conn = db.read().await.expect("a connection");
            conn.sql(sent).value::<i64>().await.expect("an answer")
        };
        let clicking = match number("ROAD_CLICKS") {
            Some(rate) => {
                // The first tenth, which is to click, has its mails.
                while count().await < i64::from(readers / 10) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Some(click(rate, readers))
            }
            None => None,
        };
        // From the end, where those are that leave last: PostgreSQL looks through what has left the index before them for
        // some milliseconds, which the digest would pay for.
        let open = "SELECT issue_id FROM message WHERE due_at IS NOT NULL
                     ORDER BY issue_id DESC, provider_id DESC, due_at DESC, subscriber_id DESC LIMIT 1";
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let mut conn = db.read().await.expect("a connection");
            // At the beginning nothing is open, either.
            let first = conn.sql(open).first::<(i64,)>().await;
            let is_open = first.expect("an answer").is_some();
            drop(conn);
            if !is_open && count().await == i64::from(readers) {
                break;
            }
        }
        db.close().await;
        clicking
    });
    let took = begun.elapsed();
    if let Some((stop, clicking)) = clicking {
        stop.store(true, Ordering::Relaxed);
        clicking.join().expect("the clicks end");
    }
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    child.wait().expect("it ends");
    let (peak, ticks) = watching.join().expect("the watcher ends");
    Ran {
        took,
        cpu: Duration::from_millis(ticks * 10),
        peak_mb: peak / 1024,
        said: String::new(),
    }
}

/// Prints how long a sign-up's mail takes behind the digest, and what still leaves of the digest once it is held.
async fn behind(folder: &Path, db: &postrider::db::Db, readers: u32, signups: u64) {
    use postrider::db::Sql;
    const DIGESTS: &str = "SELECT count(*) FROM message m JOIN issue i ON i.id = m.issue_id WHERE i.stream = 3 AND m.state = 3";
    const NOTICES: &str = "SELECT count(*) FROM issue i JOIN message m ON m.issue_id = i.id WHERE i.stream = 1 AND m.state = 3";
    const QUEUED: &str = "SELECT count(*) FROM message WHERE due_at IS NOT NULL";
    let count = async |sql: &'static str| {
        let mut conn = db.read().await.expect("a connection");
        conn.sql(sql).value::<i64>().await.expect("an answer")
    };
    let pause = |ms| tokio::time::sleep(Duration::from_millis(ms));
    while count(DIGESTS).await < i64::from(readers / 10) {
        pause(200).await;
    }
    let queued = count(QUEUED).await;
    let web = reqwest::Client::new();
    let mut took = Vec::new();
    for i in 0..signups {
        let begun = Instant::now();
        let asked = web
            .post(format!("http://127.0.0.1:{PAGES}/signup"))
            .header("Content-Type", "application/json")
            .body(format!(
                r#"{{"address": "new{i}@example.org", "newsletters": ["mine"]}}"#
            ))
            .send()
            .await;
        assert_eq!(asked.expect("an answer").status(), 202);
        while count(NOTICES).await <= i as i64 {
            pause(5).await;
        }
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    let begun = Instant::now();
    let hold = ["issue", "hold", "mine"];
    tokio::task::block_in_place(|| run(folder, &hold, NOW));
    let (held, sent) = (begun.elapsed(), count(DIGESTS).await);
    pause(1000).await;
    let second = count(DIGESTS).await;
    pause(1000).await;
    let third = count(DIGESTS).await;
    tokio::task::block_in_place(|| run(folder, &["issue", "resume", "mine"], NOW));
    writeln!(
        std::io::stdout(),
        "behind {queued}: a sign-up's mail after {:.2?}, {:.2?} at the longest of {signups}\n\
         a hold takes {held:.2?}; {} more leave in the second after it, {} in the next",
        took[took.len() / 2],
        took[took.len() - 1],
        second - sent,
        third - second,
    )
    .expect("stdout");
}

/// Asks for pages and leaves, `rate` times a second, for a minute or until it is told to stop; then prints how long the answers
/// took.
fn click(rate: u64, readers: u32) -> (Arc<AtomicBool>, std::thread::JoinHandle<()>) {
    use postrider::secret::{Keys, Purpose, Token};
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let keys = Keys::new(&[KEY.to_owned()]);
            let web = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client");
            let site = format!("http://127.0.0.1:{PAGES}");
            while web.get(&site).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let mut pace = tokio::time::interval(Duration::from_micros(1_000_000 / rate));
            let mut asked = tokio::task::JoinSet::new();
            for i in 0..60 * rate as i64 {
                pace.tick().await;
                if told.load(Ordering::Relaxed) {
                    break;
                }
                let leaves = i % 2 == 0;
                let token = keys.token(
                    1,
                    &Token {
                        purpose: if leaves {
                            Purpose::Leave
                        } else {
                            Purpose::Preferences
                        },
                        newsletter_id: 1,
                        issue_id: 20_781 << 20,
                        subscriber_id: 1 + (i / 2) % i64::from(readers / 10),
                        n: 0,
                    },
                );
                let (web, site) = (web.clone(), site.clone());
                asked.spawn(async move {
                    if leaves {
                        let url = format!("{site}/leave/{token}");
                        let begun = Instant::now();
                        let answer = web
                            .post(url)
                            .body("List-Unsubscribe=One-Click")
                            .send()
                            .await;
                        assert_eq!(answer.expect("an answer").status(), 200);
                        return (leaves, begun.elapsed());
                    }
                    let link = web.get(format!("{site}/preferences/{token}")).send().await;
                    let link = link.expect("an answer");
                    let cookie = link.headers()["set-cookie"].to_str().expect("a cookie");
                    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
                    let page = web
                        .get(format!("{site}/preferences"))
                        .header("Cookie", cookie);
                    let begun = Instant::now();
                    let page = page.send().await.expect("an answer");
                    assert_eq!(page.status(), 200);
                    page.bytes().await.expect("a page");
                    (leaves, begun.elapsed())
                });
            }
            let took = asked.join_all().await;
            for (what, which) in [("one click", true), ("preferences", false)] {
                let mut took: Vec<Duration> = took
                    .iter()
                    .filter(|(leaves, _)| *leaves == which)
                    .map(|(_, took)| *took)
                    .collect();
                took.sort_unstable();
                let at = |share: usize| {
                    took.get(took.len() * share / 100)
                        .copied()
                        .unwrap_or_default()
                };
                let (n, half, most) = (took.len(), at(50), at(99));
                writeln!(
                    std::io::stdout(),
                    "{what}: {n} at {} a second, p50 {half:.1?}, p99 {most:.1?}",
                    rate / 2
                )
                .expect("stdout");
            }
        });
    });
    (stop, thread)
}

/// Mails a second that `smtp-source` sends, if it is here.
fn smtp_source(port: u16, mails: u32) -> Option<f64> {
    if slow().is_some() {
        return None;
    }
    let paths = ["/usr/sbin/smtp-source", "/usr/lib/postfix/sbin/smtp-source"];
    let path = paths.into_iter().find(|p| Path::new(p).exists())?;
    let begun = Instant::now();
    let done = Command::new(path)
        .args(["-d", "-l", "30720"])
        .args(["-s", &connections().to_string()])
        .args(["-m", &mails.to_string()])
        .args(["-f", "from@courier.example", "-t", "to@example.org"])
        .arg(format!("127.0.0.1:{port}"))
        .status();
    done.ok()?
        .success()
        .then(|| f64::from(mails) / begun.elapsed().as_secs_f64())
}

/// The octets of one of the mails, for whoever compares with another sender.
fn preview_size(folder: &Path) -> usize {
    let arguments = [
        "issue",
        "preview",
        "mine",
        "--as",
        "reader7@example.org",
        "--format",
        "eml",
    ];
    run(folder, &arguments, NOW).said.len()
}

struct Sink {
    child: Option<Child>,
    name: &'static str,
    port: u16,
    _relay: Option<(
        tokio::runtime::Runtime,
        postrider::demo::relay::CatchingRelay,
    )>,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn slow() -> Option<Duration> {
    number("ROAD_SLOW_MS").map(Duration::from_millis)
}

fn chunking() -> bool {
    number("ROAD_CHUNKING").is_some()
}

/// A relay that answers whatever comes at once, so much later.
fn slow_relay(delay: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            listener.set_nonblocking(true).expect("a listener");
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve_slowly(stream, delay));
            }
        });
    });
    port
}

async fn serve_slowly(mut stream: tokio::net::TcpStream, delay: Duration) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    stream.set_nodelay(true)?;
    stream.write_all(b"220 slow\r\n").await?;
    let mut got: Vec<u8> = Vec::with_capacity(64 * 1024);
    let mut in_data = false;
    loop {
        let mut said = String::new();
        loop {
            if in_data {
                let Some(end) = got.windows(5).position(|w| w == b"\r\n.\r\n") else {
                    break;
                };
                got.drain(..end + 5);
                in_data = false;
                said += "250 taken\r\n";
                continue;
            }
            let Some(end) = got.iter().position(|b| *b == b'\n') else {
                break;
            };
            let line = String::from_utf8_lossy(&got[..end])
                .trim_end()
                .to_ascii_uppercase();
            if let Some(chunk) = line.strip_prefix("BDAT ") {
                let size: usize = chunk
                    .split(' ')
                    .next()
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(0);
                if got.len() < end + 1 + size {
                    break;
                }
                got.drain(..=end + size);
                said += "250 taken\r\n";
                continue;
            }
            got.drain(..=end);
            in_data = line == "DATA";
            said += match line.split(' ').next() {
                Some("EHLO") if chunking() => "250-slow\r\n250-CHUNKING\r\n250 PIPELINING\r\n",
                Some("EHLO") => "250-slow\r\n250 PIPELINING\r\n",
                Some("DATA") => "354 go\r\n",
                Some("QUIT") => return stream.write_all(b"221 bye\r\n").await,
                _ => "250 ok\r\n",
            };
        }
        if !said.is_empty() {
            tokio::time::sleep(delay).await;
            stream.write_all(said.as_bytes()).await?;
        }
        if stream.read_buf(&mut got).await? == 0 {
            return Ok(());
        }
    }
}

/// Puts messages of former days into the log, all accepted.
fn fill_log(folder: &Path) {
    let Some(rows) = number("ROAD_LOG") else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        use postrider::db::{Db, Sql, either, ensure_partition};
        let db = Db::connect(&database(folder)).await.expect("the database");
        for day in 0..rows.div_ceil(1_000_000) {
            let issue_id = (20_000 + day as i64) << 20;
            let mut tx = db.begin().await.expect("a transaction");
            ensure_partition(&mut tx, issue_id)
                .await
                .expect("a partition");
            tx.sql(
                "INSERT INTO issue (id, newsletter_id, edition, stream, state, template_id, key_number, setting, opened_at,
                                    closes_at, lateness_ms)
                 SELECT $1, (SELECT min(id) FROM newsletter), $2, 3, 3, (SELECT min(id) FROM template), 1, '{}', 0, 0, 0",
            )
            .bind(issue_id)
            .bind(format!("old {day}"))
            .run()
            .await
            .expect("an issue");
            tx.sql(either(
                "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $2)
                 INSERT INTO message (issue_id, subscriber_id, n, preference_revision, scheduled_at, expires_at, planned_at,
                                      at, state, attempts, code, reply)
                 SELECT $1, i, 0, 1, 0, 0, 0, 0, 3, 1, 250, '2.0.0 Ok: queued as 4F1B2C3D4E' FROM c",
                "INSERT INTO message (issue_id, subscriber_id, n, preference_revision, scheduled_at, expires_at, planned_at,
                                      at, state, attempts, code, reply)
                 SELECT $1, i, 0, 1, 0, 0, 0, 0, 3, 1, 250, '2.0.0 Ok: queued as 4F1B2C3D4E'
                   FROM generate_series(1, $2::int8) i",
            ))
            .bind(issue_id)
            .bind(1_000_000.min(rows as i64))
            .run()
            .await
            .expect("messages");
            tx.commit().await.expect("a commit");
        }
        db.close().await;
    });
}

impl Sink {
    fn start() -> Sink {
        if let Some(delay) = slow() {
            return Sink {
                child: None,
                name: "a slow relay",
                port: slow_relay(delay),
                _relay: None,
            };
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a free port")
            .port();
        let paths = ["/usr/sbin/smtp-sink", "/usr/lib/postfix/sbin/smtp-sink"];
        let Some(path) = paths.into_iter().find(|p| Path::new(p).exists()) else {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let options = postrider::demo::relay::RelayOptions {
                keep: false,
                ..Default::default()
            };
            let relay = runtime
                .block_on(postrider::demo::relay::CatchingRelay::start(options))
                .expect("a relay");
            let port = relay.address().port();
            return Sink {
                child: None,
                name: "our catching relay",
                port,
                _relay: Some((runtime, relay)),
            };
        };
        let mut command = Command::new(path);
        command.args(["-u", "nobody", &format!("127.0.0.1:{port}"), "1000"]);
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("smtp-sink starts");
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        Sink {
            child: Some(child),
            name: "smtp-sink",
            port,
            _relay: None,
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Answers every request with the same feed of 200 stories.
fn serve_feed() -> u16 {
    let mut xml = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Paper</title><link>https://courier.example/</link>",
    );
    for i in 0..200 {
        xml += &format!(
            "<item><title>Story {i}: what the harbour said when the {i}th boat came in</title>\
             <link>https://courier.example/story-{i}</link><category>Section {}</category><category>Topic {}</category>\
             <category>Topic {}</category><pubDate>Tue, 24 Nov 2026 {:02}:{:02}:00 +0000</pubDate>\
             <description>Two sentences stand here, as they do in most feeds. The second says a little more than the first, \
             and ends.</description></item>",
            i % 20,
            i % 140,
            (i * 7) % 140,
            i % 6,
            i % 60
        );
    }
    xml += "</channel></rss>";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            use std::io::Read;
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                xml.len()
            );
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(xml.as_bytes()));
        }
    });
    port
}

fn database(folder: &Path) -> String {
    std::env::var("ROAD_DATABASE")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.join("postrider.sqlite").display()))
}

fn connections() -> u32 {
    let set = std::env::var("ROAD_CONNECTIONS").ok();
    set.and_then(|n| n.parse().ok()).unwrap_or(16)
}

fn write_paper(folder: &Path, port: u16, feed: u16) {
    let config = folder.join("config");
    fs::create_dir_all(config.join("newsletters")).expect("a folder");
    let database = database(folder);
    let toml = format!(
        "[paper]\nname = \"The Harbour Courier\"\nurl = \"https://courier.example\"\nzone = \"UTC\"\n\
         postal_address = \"4 Quay Street, Harbour\"\n[web]\npublic_url = \"https://mail.courier.example\"\nlisten = \"127.0.0.1:{PAGES}\"\n\
         [database]\nurl = \"{database}\"\n[collect]\nprivate_addresses = true\n\
         [[relay]]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = {}\n",
        connections()
    );
    let newsletter = "title = \"My Courier\"\nfrom = \"Courier <mine@courier.example>\"\nschedule = \"30 6 * * *\"\n\
                      [[block]]\nkind = \"followed\"\nlimit = 3\nlead = true\n\
                      [[block]]\nkind = \"latest\"\ntitle = \"Also this morning\"\nplace = \"short\"\nlimit = 2\n";
    for (name, text) in [
        ("postrider.toml", toml.as_str()),
        (
            "sources.toml",
            &format!("[[source]]\nname = \"paper\"\nurl = \"http://127.0.0.1:{feed}/\"\n"),
        ),
        ("newsletters/mine.toml", newsletter),
        ("postrider.key", &format!("{KEY}\n")),
    ] {
        fs::write(config.join(name), text).expect("a file");
    }
}

/// Readers whose follows are spread as people's are: few terms have most of them.
fn write_readers(folder: &Path, readers: u32) {
    let file = fs::File::create(folder.join("readers.csv")).expect("a file");
    let mut out = std::io::BufWriter::new(file);
    writeln!(out, "email,name,newsletters,follows").expect("a line");
    let mut seed = 1_u64;
    let mut random = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for i in 0..readers {
        let mut follows = Vec::new();
        for _ in 0..5 {
            let rank = 300 / (1 + random(300));
            follows.push(if rank < 20 {
                format!("section:Section {rank}")
            } else {
                format!("topic:Topic {}", rank % 140)
            });
        }
        writeln!(
            out,
            "reader{i}@example.org,Reader {i},mine,{}",
            follows.join(";")
        )
        .expect("a line");
    }
}

struct Ran {
    took: Duration,
    /// By all of its threads, in user and system.
    cpu: Duration,
    peak_mb: u64,
    said: String,
}

fn command(folder: &Path, arguments: &[&str], now: &str) -> Command {
    let mut command = Command::new(BINARY);
    command
        .current_dir(folder)
        .env("POSTRIDER_TEST_NOW", now)
        .env("POSTRIDER_LOG", "warn")
        .args(arguments)
        .stdout(Stdio::piped());
    command
}

/// Watches until it ends how large a process grows, in kB, and how many hundredths of a second of CPU it uses.
fn watch(id: u32) -> std::thread::JoinHandle<(u64, u64)> {
    let process = format!("/proc/{id}");
    std::thread::spawn(move || {
        let (mut peak, mut ticks) = (0, 0);
        while let Ok(text) = fs::read_to_string(format!("{process}/status")) {
            let Some(line) = text.lines().find(|l| l.starts_with("VmHWM:")) else {
                break;
            };
            peak = line
                .split_whitespace()
                .nth(1)
                .and_then(|n| n.parse().ok())
                .unwrap_or(peak);
            let stat = fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
            let fields = stat.rsplit(')').next().unwrap_or_default();
            // utime and stime.
            let used = fields.split_whitespace().skip(11).take(2);
            ticks = ticks.max(used.filter_map(|n| n.parse::<u64>().ok()).sum());
            std::thread::sleep(Duration::from_millis(20));
        }
        (peak, ticks)
    })
}

/// Runs a verb to its end.
fn run(folder: &Path, arguments: &[&str], now: &str) -> Ran {
    let begun = Instant::now();
    let child = command(folder, arguments, now)
        .spawn()
        .expect("the program runs");
    let watching = watch(child.id());
    let output = child.wait_with_output().expect("it ends");
    let took = begun.elapsed();
    assert!(output.status.success(), "{arguments:?} failed");
    let (peak, ticks) = watching.join().expect("the watcher ends");
    Ran {
        took,
        cpu: Duration::from_millis(ticks * 10),
        peak_mb: peak / 1024,
        said: String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}
