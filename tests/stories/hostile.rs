//! Servers that mean no good, or do not know better: each is named with what it did, and no other source is the worse.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{World, program};

const FEED: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Quay</title><item>\
                    <title>A mast falls</title><link>https://quay.example/mast</link></item></channel></rss>";

const REFUSED: &str = "the address is not a plain http or https address";
const PRIVATE: &str =
    "the address leads into a private network; if it is your own, write private = true";
const BROKEN: &str = "the answer broke off or was garbled";
const NO_FEED: &str = "the answer is ";
const TOO_BIG: &str = "the answer is larger than 1 MB (collect.max_body_mb)";
const TOO_LONG: &str = "the server took longer than 1 s";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn ok(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{headers}\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

fn sized(headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = body.as_ref().len();
    ok(&format!("Content-Length: {length}\r\n{headers}"), body)
}

fn moved(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// What a server does when it was asked.
enum Act {
    /// Says this and hangs up.
    Say(Vec<u8>),
    /// Says this, and then the same again and again for as long as anyone listens.
    Repeat(Vec<u8>, Vec<u8>),
    /// Says this and then a byte now and then.
    Drip(Vec<u8>),
    /// Says nothing, and stays.
    Wait,
}

/// What a server on loopback does at each path; and how much of it went out.
async fn serve(acts: BTreeMap<String, Act>) -> (u16, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (acts, said) = (Arc::new(acts), Arc::new(AtomicU64::new(0)));
    let count = said.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acts, count) = (acts.clone(), count.clone());
            // Whoever hangs up on us is right.
            tokio::spawn(async move { act(stream, &acts, &count).await.ok() });
        }
    });
    (port, said)
}

/// The path that was asked for.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    Ok(path.trim_start_matches('/').to_owned())
}

async fn act(
    mut stream: TcpStream,
    acts: &BTreeMap<String, Act>,
    count: &AtomicU64,
) -> std::io::Result<()> {
    let say = async |stream: &mut TcpStream, bytes: &[u8]| {
        for part in bytes.chunks(65_536) {
            stream.write_all(part).await?;
            count.fetch_add(part.len() as u64, Ordering::Relaxed);
        }
        std::io::Result::Ok(())
    };
    match &acts[&request(&mut stream).await?] {
        Act::Say(bytes) => say(&mut stream, bytes).await?,
        Act::Repeat(first, then) => {
            say(&mut stream, first).await?;
            loop {
                say(&mut stream, then).await?;
            }
        }
        Act::Drip(bytes) => {
            say(&mut stream, bytes).await?;
            loop {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                say(&mut stream, b" ").await?;
            }
        }
        Act::Wait => std::future::pending().await,
    }
    stream.shutdown().await
}

/// What a server does, and what is said of it; nothing if it is a feed nevertheless.
type Case = (&'static str, Act, &'static str);

fn flood(n: usize) -> String {
    (0..n).fold(String::new(), |mut all, i| {
        write!(all, "X-Flood-{i}: {}\r\n", "a".repeat(100)).unwrap();
        all
    })
}

/// Bodies that are too much, or not what their headers say.
fn bodies() -> Vec<Case> {
    let (zipped, spaces) = ("Content-Encoding: gzip\r\n", vec![b' '; 65_536]);
    let bomb = gzip(&vec![b' '; 20_000_000]);
    let nested = sized("Content-Encoding: gzip, gzip\r\n", gzip(&bomb));
    let half = ok(zipped, &gzip(FEED.as_bytes())[..60]);
    let noise: Vec<u8> = (0..50_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let page = "<!DOCTYPE html><html><head><title>Quay</title></head><body>Log in</body></html>";
    let short = format!("Content-Length: {}\r\n", FEED.len());
    vec![
        ("bomb", Act::Say(sized(zipped, bomb)), TOO_BIG),
        ("bomb-in-a-bomb", Act::Say(nested), NO_FEED),
        ("endless", Act::Repeat(ok("", ""), spaces), TOO_BIG),
        (
            "huge",
            Act::Say(ok("Content-Length: 100000000\r\n", FEED)),
            TOO_BIG,
        ),
        (
            "longer-than-it-says",
            Act::Say(ok(&short, format!("{FEED}{FEED}"))),
            "",
        ),
        (
            "shorter-than-it-says",
            Act::Say(ok("Content-Length: 5000\r\n", FEED)),
            BROKEN,
        ),
        ("no-length", Act::Say(ok("", FEED)), ""),
        ("not-zipped", Act::Say(sized(zipped, FEED)), BROKEN),
        ("half-zipped", Act::Say(half), BROKEN),
        (
            "no-encoding",
            Act::Say(sized("Content-Encoding: utf-8\r\n", FEED)),
            "",
        ),
        (
            "page",
            Act::Say(sized("", page)),
            "the address is a web page",
        ),
        ("empty", Act::Say(sized("", "")), NO_FEED),
        ("noise", Act::Say(sized("", noise)), NO_FEED),
    ]
}

/// Answers that are no proper HTTP.
fn frames() -> Vec<Case> {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let chunk = format!("{:x}\r\n{FEED}\r\n", FEED.len());
    let more = [b"10000\r\n".to_vec(), vec![b' '; 65_536], b"\r\n".to_vec()].concat();
    let summed = format!("{chunk}0\r\nX-Sum: 1\r\n\r\n");
    let trailers = format!("{chunk}0\r\n{}\r\n", flood(100_000));
    let long = format!("X-Long: {}\r\n", "a".repeat(10_000_000));
    let lengths = "Content-Length: 5\r\nContent-Length: 50\r\n";
    let start = b"HTTP/1.1 200 OK\r\n".to_vec();
    vec![
        ("two-lengths", Act::Say(ok(lengths, FEED)), BROKEN),
        (
            "endless-chunks",
            Act::Repeat(ok(chunked, ""), more),
            TOO_BIG,
        ),
        (
            "trailers",
            Act::Say(ok(&format!("{chunked}Trailer: X-Sum\r\n"), summed)),
            "",
        ),
        ("flood-of-trailers", Act::Say(ok(chunked, trailers)), BROKEN),
        (
            "chunk-of-nonsense",
            Act::Say(ok(chunked, format!("zz\r\n{FEED}"))),
            BROKEN,
        ),
        ("broken-chunk", Act::Say(ok(chunked, &chunk[..50])), BROKEN),
        (
            "flood-of-headers",
            Act::Say(ok(&flood(100_000), FEED)),
            BROKEN,
        ),
        ("one-long-header", Act::Say(ok(&long, FEED)), BROKEN),
        (
            "endless-headers",
            Act::Repeat(start, b"X-More: 1\r\n".repeat(1000)),
            BROKEN,
        ),
        (
            "not-http",
            Act::Say(b"220 mail.example ESMTP\r\n".to_vec()),
            BROKEN,
        ),
        ("nothing", Act::Say(Vec::new()), BROKEN),
    ]
}

/// Redirects to where no feed can be.
fn redirects() -> impl Iterator<Item = Case> {
    [
        (
            "circle",
            "/circle",
            "the address was redirected more than 5 times",
        ),
        ("to-a-file", "file:///etc/passwd", REFUSED),
        ("to-gopher", "gopher://quay.example:25/_QUIT", REFUSED),
        ("to-data", "data:text/xml,<rss/>", REFUSED),
        ("to-a-login", "http://me:hunter2@quay.example/", REFUSED),
        ("to-nowhere", "http://[", "the server answered 302"),
        (
            "to-no-name",
            "http://quay.invalid/",
            "the server's name could not be looked up",
        ),
        (
            "to-metadata",
            "http://169.254.169.254/latest/meta-data",
            PRIVATE,
        ),
        (
            "to-metadata-with-a-dot",
            "http://169.254.169.254./",
            PRIVATE,
        ),
        ("to-metadata-as-a-number", "http://2852039166/", PRIVATE),
        ("to-metadata-in-hex", "http://0xA9.0xFE.0xA9FE/", PRIVATE),
        (
            "to-metadata-in-octal",
            "http://0251.0376.0251.0376/",
            PRIVATE,
        ),
        (
            "to-metadata-in-full-width",
            "http://１６９.254.169.254/",
            PRIVATE,
        ),
        ("to-metadata-mapped", "http://[::ffff:a9fe:a9fe]/", PRIVATE),
        (
            "to-metadata-by-nat64",
            "http://[64:ff9b::169.254.169.254]/",
            PRIVATE,
        ),
        ("to-a-link", "//[fe80::1]/", PRIVATE),
        ("to-everything", "http://0.0.0.0/", PRIVATE),
    ]
    .into_iter()
    .map(|(name, to, said)| (name, Act::Say(moved(to)), said))
}

/// Tells of these cases beside a source that is well: each is said to do what it does, within these limits. How
/// many bytes their server got rid of.
async fn told(world: &mut World, limits: &str, cases: impl IntoIterator<Item = Case>) -> u64 {
    let settings = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
    let limits = format!("[collect]\nmax_body_mb = 1\nper_host = 100\nat_once = 100\n{limits}\n");
    world.configure("postrider.toml", &settings.replace("[collect]\n", &limits));
    let (mut said, mut acts) = (BTreeMap::new(), BTreeMap::new());
    for (name, act, expected) in cases {
        acts.insert(name.to_owned(), act);
        said.insert(name.to_owned(), expected);
    }
    let (port, sent) = serve(acts).await;
    let mut sources = format!(
        "[[source]]\nname = \"courier\"\nurl = \"{}\"\n",
        world.feed.url()
    );
    for name in said.keys() {
        let url = format!("http://127.0.0.1:{port}/{name}");
        write!(sources, "[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n").unwrap();
    }
    world.configure("sources.toml", &sources);
    world.restart().await;
    world
        .feed
        .publish(world.item("port", "Port", "The port reopens"));
    let collected = world.collect_what_is_due().await;
    assert_eq!(collected.sources as usize, said.len() + 1);
    assert_eq!(collected.put_off, 0);
    assert!(!collected.failed.contains_key("courier"));
    assert_eq!(
        world
            .number("SELECT count(*) FROM article WHERE url LIKE '%courier.example%'")
            .await,
        1
    );
    for (name, expected) in &said {
        let found = collected.failed.get(name).map_or("", String::as_str);
        assert!(
            found.starts_with(expected) && found.is_empty() == expected.is_empty(),
            "{name}: {found}"
        );
    }
    sent.load(Ordering::Relaxed)
}

story!(
    each_hostile_server_is_named_and_no_other_source_is_the_worse,
    async |world: &mut World| {
        let cases = bodies().into_iter().chain(frames()).chain(redirects());
        let sent = told(world, "", cases).await;
        // Of what would never have ended we took a megabyte each, beside what the sockets hold.
        assert!(sent < 100_000_000, "{sent} bytes");
    }
);

story!(
    a_server_that_is_never_done_is_left_at_the_deadline,
    async |world: &mut World| {
        let head = ok("Content-Length: 5000\r\n", "");
        let continued = b"HTTP/1.1 102 Processing\r\n\r\n".to_vec();
        let slow = [
            ("silence", Act::Wait, TOO_LONG),
            ("drip", Act::Drip(head), TOO_LONG),
            (
                "drip-of-headers",
                Act::Drip(b"HTTP/1.1 200 OK\r\nX-Drip: ".to_vec()),
                TOO_LONG,
            ),
            (
                "endless-promises",
                Act::Repeat(Vec::new(), continued),
                TOO_LONG,
            ),
        ];
        told(world, "timeout_s = 1", slow).await;
    }
);

/// Answers over TLS with a feed, by a certificate for this name which is written to `ca.pem`; its port.
async fn serve_tls(world: &World, name: &str) -> u16 {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    world.configure("ca.pem", &made.cert.pem());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                answer(&mut stream).await.ok();
            }
        }
    });
    port
}

async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> std::io::Result<()> {
    request(stream).await?;
    stream.write_all(&sized("", FEED)).await?;
    stream.shutdown().await
}

story!(
    a_certificate_that_is_not_good_is_told_as_what_it_is,
    async |world: &mut World| {
        let ca = world.config().join("ca.pem");
        let check = |world: &World, variables: &[(&str, &str)]| {
            let output = program::run_with(world, variables, &["source", "check"]);
            String::from_utf8(output.stdout).unwrap()
        };
        let trusted = [("SSL_CERT_FILE", ca.to_str().unwrap())];
        let source =
            |port| format!("[[source]]\nname = \"quay\"\nurl = \"https://localhost:{port}/\"\n");
        let port = serve_tls(world, "localhost").await;
        world.configure("sources.toml", &source(port));
        assert!(check(world, &trusted).starts_with("quay: 1 story\n  A mast falls\n"));
        let stranger = "quay: the server's certificate is not good: it was signed by nobody whom this machine trusts\n";
        assert_eq!(check(world, &[]), stranger);
        let port = serve_tls(world, "quay.example").await;
        world.configure("sources.toml", &source(port));
        let wrong = "quay: the server's certificate is not good: it is for another name\n";
        assert_eq!(check(world, &trusted), wrong);
        // And one that speaks no TLS at all.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(&ok("", FEED)).await.ok();
            }
        });
        world.configure("sources.toml", &source(port));
        assert_eq!(
            check(world, &trusted),
            "quay: the server could not be reached\n"
        );
    }
);
