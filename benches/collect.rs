//! A round over sources that have nothing new: the CPU seconds it takes us, and how long it lasts.
//!
//! `cargo bench --bench collect -- 1000` starts a server, which is a process of its own and not counted, whose feeds
//! are each on a host of their own (Linux answers on all of 127.0.0.0/8) and answer 304 to whoever has read them. It
//! collects once to read them all, then five rounds of which each must find nothing new, and prints what each took.
//! With `COLLECT_DATABASE=postgres://…` the database of that URL, which must be empty, is used; with `COLLECT_TLS=1`
//! the feeds are read over TLS. What of the CPU is PostgreSQL's own is not counted either.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use postrider::app::App;
use postrider::clock::Clock;
use postrider::collect::{Collector, round};
use postrider::config::Config;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const ROUNDS: u32 = 5;

/// The bench is three programs in one: this variable says which.
const PART: &str = "COLLECT_PART";

fn main() {
    let feeds = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(1000);
    match std::env::var(PART).as_deref() {
        Ok("server") => serve(),
        Ok(_) => collect(),
        Err(_) => {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let mut server = part("server", folder.path(), feeds)
                .stdout(Stdio::piped())
                .spawn()
                .expect("the server starts");
            let port = port(&mut server);
            write_paper(folder.path(), port, feeds);
            // Whom to trust is read from the environment, which only a new process can have another of.
            let done = part("round", folder.path(), feeds)
                .env("SSL_CERT_FILE", folder.path().join("ca.pem"))
                .status();
            let _ = server.kill();
            let _ = server.wait();
            assert!(done.expect("it runs").success(), "the rounds failed");
        }
    }
}

fn part(name: &str, folder: &Path, feeds: u32) -> Command {
    let this = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(this);
    command
        .arg(feeds.to_string())
        .env(PART, name)
        .current_dir(folder);
    command
}

/// The port that the server prints first.
fn port(server: &mut Child) -> u16 {
    let mut said = BufReader::new(server.stdout.take().expect("a pipe"));
    let mut line = String::new();
    said.read_line(&mut line).expect("a line");
    line.trim().parse().expect("a port")
}

fn is_tls() -> bool {
    std::env::var_os("COLLECT_TLS").is_some()
}

fn host(feed: u32) -> String {
    format!("127.1.{}.{}", feed / 250, feed % 250 + 1)
}

fn write_paper(folder: &Path, port: u16, feeds: u32) {
    let config = folder.join("config");
    fs::create_dir_all(config.join("newsletters")).expect("a folder");
    let database = std::env::var("COLLECT_DATABASE")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.join("postrider.sqlite").display()));
    let toml = format!(
        "[paper]\nname = \"The Harbour Courier\"\nurl = \"https://courier.example\"\nzone = \"UTC\"\n\
         postal_address = \"4 Quay Street, Harbour\"\n[web]\npublic_url = \"https://mail.courier.example\"\n\
         [database]\nurl = \"{database}\"\n[collect]\nprivate_addresses = true\n[[relay]]\nhost = \"127.0.0.1\"\n"
    );
    let scheme = if is_tls() { "https" } else { "http" };
    let sources: Vec<String> = (0..feeds)
        .map(|i| {
            let host = host(i);
            format!(
                "[[source]]\nname = \"feed-{i}\"\nurl = \"{scheme}://{host}:{port}/feed-{i}\"\n"
            )
        })
        .collect();
    let key = "a key that only this benchmark has, and long enough\n";
    for (name, text) in [
        ("postrider.toml", toml.as_str()),
        ("sources.toml", &sources.concat()),
        ("postrider.key", key),
    ] {
        fs::write(config.join(name), text).expect("a file");
    }
}

/// Answers each request with a small feed, or with 304 if it comes with our ETag.
fn serve() {
    let names: Vec<String> = (0..1000).map(host).collect();
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    fs::write("ca.pem", made.cert.pem()).expect("a file");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate and its key");
    let acceptor = is_tls().then(|| TlsAcceptor::from(Arc::new(config)));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0")
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        writeln!(std::io::stdout(), "{port}").expect("stdout");
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                match acceptor {
                    None => answer(stream).await,
                    Some(acceptor) => answer(acceptor.accept(stream).await?).await,
                }
            });
        }
    });
}

/// Hangs up after each answer: between two rounds real servers do so too.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    let said = if head.contains("\"tide\"") {
        "HTTP/1.1 304 Not Modified\r\nConnection: close\r\nETag: W/\"tide\"\r\n\r\n".to_owned()
    } else {
        let feed = format!(
            "<rss version=\"2.0\"><channel><title>Feed</title><item><title>The story of {path}</title>\
             <link>https://courier.example{path}</link></item></channel></rss>"
        );
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nETag: W/\"tide\"\r\n\r\n{feed}")
    };
    stream.write_all(said.as_bytes()).await?;
    stream.shutdown().await
}

fn collect() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let config = Config::load(Path::new("config"), &BTreeMap::new())
            .unwrap_or_else(|problems| panic!("{problems}"));
        let clock = Clock::at("2026-11-24T05:30:00Z".parse().expect("an instant"));
        let app = App::open(config, clock).await.expect("it starts");
        let collector = Collector::new(&app.config.collect).expect("a web client");
        let mut out = std::io::stdout().lock();
        for number in 0..=ROUNDS {
            let (begun, cpu) = (Instant::now(), cpu());
            let collected = round(&app, &collector).await.expect("the database works");
            let (took, cpu) = (begun.elapsed(), self::cpu() - cpu);
            assert!(collected.failed.is_empty(), "{:?}", collected.failed);
            let what = match number {
                0 => "read and stored for the first time",
                _ => "unchanged",
            };
            writeln!(
                out,
                "{}, {} sources, {} {what}: {:.3} s of CPU, {:.2} s",
                app.db.kind(),
                collected.sources,
                collected.unchanged + collected.articles.new,
                cpu,
                took.as_secs_f64()
            )
            .expect("stdout");
            app.clock
                .set(app.clock.now() + SignedDuration::from_hours(1));
        }
        let begun = cpu();
        app.clock
            .set(app.clock.now() - SignedDuration::from_hours(1));
        let idle = round(&app, &collector).await.expect("the database works");
        let cpu = cpu() - begun;
        writeln!(
            out,
            "a tick at which none of them is due: {cpu:.4} s of CPU"
        )
        .expect("stdout");
        assert_eq!(idle.sources, 0);
    });
}

/// For how many seconds the threads of this process have run so far. Those of tokio stay until its end.
fn cpu() -> f64 {
    let threads = fs::read_dir("/proc/self/task").expect("a Linux");
    let ran = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    ran.sum::<u64>() as f64 / 1e9
}
