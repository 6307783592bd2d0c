//! Readers in bulk: lines a second, the memory it takes, and how long a reader's click waits meanwhile.
//!
//! `cargo bench --bench import -- 1000000` makes a paper in a temporary folder and an export of so many lines as other
//! programs write them (names, states, days of consent, tags; some unsubscribed, bounced, repeated or wrong), and
//! imports it three times with the real program: to see what would happen, to do it, and to find nothing left to do.
//! Meanwhile a reader leaves twenty times a second. With `IMPORT_DATABASE=postgres://…` the database of that URL, which
//! must be empty, is used.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use postrider::audience::{SuppressionReason, suppress};
use postrider::db::Db;

const BINARY: &str = env!("CARGO_BIN_EXE_postrider");

fn main() {
    let lines: u32 = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = std::env::var("IMPORT_DATABASE").unwrap_or_else(|_| {
        format!(
            "sqlite:{}",
            folder.path().join("postrider.sqlite").display()
        )
    });
    write_paper(folder.path(), &url);
    write_export(folder.path(), lines);
    let import = [
        "subscriber",
        "import",
        "export.csv",
        "--newsletter",
        "mine",
        "--tag",
        "City Hall=topic:City Hall",
    ];
    let mut out = std::io::stdout().lock();
    for (name, more) in [
        ("dry run", &["--dry-run"][..]),
        ("import", &[]),
        ("again", &[]),
    ] {
        let clicks = (name == "import").then(|| Clicks::start(&url));
        let ran = run(folder.path(), &[&import[..], more].concat());
        writeln!(
            out,
            "{name}: {lines} lines in {:.1?}, {:.0}/s, peak {} MB",
            ran.took,
            f64::from(lines) / ran.took.as_secs_f64(),
            ran.peak_mb
        )
        .expect("stdout");
        if let Some(clicks) = clicks {
            writeln!(out, "{}", clicks.stop()).expect("stdout");
        }
        if name == "import" {
            writeln!(out, "{}", ran.said).expect("stdout");
        }
    }
}

/// Readers who do something on a page meanwhile: one small transaction each.
struct Clicks {
    stop: std::sync::Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Vec<Duration>>,
}

impl Clicks {
    fn start(url: &str) -> Clicks {
        let (url, stop) = (url.to_owned(), std::sync::Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let db = Db::open(&url).await.expect("a database");
                let mut waited = Vec::new();
                while !stopped.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    let key = format!("click {}", waited.len()).into_bytes();
                    let mut tx = db.begin().await.expect("a transaction");
                    let (why, at) = (SuppressionReason::Manual, Timestamp::UNIX_EPOCH);
                    let row = suppress(&mut tx, &key, why, "bench", None, at).await;
                    row.expect("a row");
                    tx.commit().await.expect("a commit");
                    waited.push(begun.elapsed());
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                waited
            })
        });
        Clicks { stop, thread }
    }

    fn stop(self) -> String {
        self.stop.store(true, Ordering::Relaxed);
        let mut waited = self.thread.join().expect("the clicks end");
        waited.sort_unstable();
        let at = |share: usize| waited[(waited.len() - 1) * share / 1000];
        format!(
            "a click meanwhile ({}): median {:.0?}, 99 of 100 within {:.0?}, the longest {:.0?}",
            waited.len(),
            at(500),
            at(990),
            at(1000)
        )
    }
}

struct Ran {
    took: Duration,
    peak_mb: u64,
    said: String,
}

/// Runs a command of the program.
fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let begun = Instant::now();
    let child = Command::new(BINARY)
        .current_dir(folder)
        .env("POSTRIDER_LOG", "warn")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let status = format!("/proc/{}/status", child.id());
    let watching = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = fs::read_to_string(&status) {
            let Some(line) = text.lines().find(|l| l.starts_with("VmHWM:")) else {
                break;
            };
            let kilobytes = line.split_whitespace().nth(1).and_then(|n| n.parse().ok());
            peak = kilobytes.unwrap_or(peak);
            std::thread::sleep(Duration::from_millis(20));
        }
        peak
    });
    let output = child.wait_with_output().expect("it ends");
    let took = begun.elapsed();
    // 1: some lines are wrong, as they are meant to be.
    assert_eq!(output.status.code(), Some(1), "{arguments:?} failed");
    let peak: u64 = watching.join().expect("the watcher ends");
    Ran {
        took,
        peak_mb: peak / 1024,
        said: String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}

fn write_paper(folder: &Path, url: &str) {
    let config = folder.join("config");
    fs::create_dir_all(config.join("newsletters")).expect("a folder");
    let toml = format!(
        "[paper]\nname = \"The Harbour Courier\"\nurl = \"https://courier.example\"\nzone = \"UTC\"\n\
         postal_address = \"4 Quay Street, Harbour\"\n[web]\npublic_url = \"https://mail.courier.example\"\n\
         [database]\nurl = \"{url}\"\n[[relay]]\nhost = \"127.0.0.1\"\nport = 25\ntls = \"none\"\n"
    );
    let newsletter = "title = \"My Courier\"\nfrom = \"Courier <mine@courier.example>\"\nschedule = \"30 6 * * *\"\n\
                      [[block]]\nkind = \"followed\"\nlimit = 8\n";
    for (name, text) in [
        ("postrider.toml", toml.as_str()),
        (
            "sources.toml",
            "[[source]]\nname = \"paper\"\nurl = \"https://courier.example/feed\"\n",
        ),
        ("newsletters/mine.toml", newsletter),
        (
            "postrider.key",
            "a key that only this benchmark has, and long enough\n",
        ),
    ] {
        fs::write(config.join(name), text).expect("a file");
    }
}

fn write_export(folder: &Path, lines: u32) {
    let file = fs::File::create(folder.join("export.csv")).expect("a file");
    let mut out = BufWriter::new(file);
    write!(
        out,
        "Email Address;First Name;Last Name;Status;Created At;Opt-in IP;Tags\r\n"
    )
    .expect("a line");
    for i in 0..lines {
        // The hundredth of the lines that names a reader of an earlier one lies far away from it.
        let reader = if i % 100 == 99 { i / 2 } else { i };
        let status = match i % 50 {
            7 | 8 => "unsubscribed",
            9 => "hard bounce",
            10 => "unconfirmed",
            _ => "active",
        };
        let tag = if i % 3 == 0 {
            "\"City Hall\",Members"
        } else {
            ""
        };
        let address = if i % 10_000 == 5_000 {
            format!("reader{i}")
        } else {
            format!("Reader{reader}@example.org")
        };
        write!(
            out,
            "{address};Ása;Verrow {i};{status};2024-{:02}-{:02} 10:15:00;192.0.2.{};\"{}\"\r\n",
            1 + i % 12,
            1 + i % 28,
            i % 256,
            tag.replace('"', "\"\"")
        )
        .expect("a line");
    }
    out.flush().expect("a file");
}
