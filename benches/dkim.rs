//! What signing a mail costs, for each kind of key: `cargo bench --bench dkim`.
//!
//! Nothing leaves the machine: the keys are made for the occasion, the mail has 30 KB.

use std::hint::black_box;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use postrider::config::Dkim;
use postrider::dispatch::dkim::Signers;

fn key(folder: &Path, selector: &str, der: &[u8]) -> Dkim {
    let key_file = folder.join(selector);
    let text = STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    std::fs::write(&key_file, pem).expect("a file in a temporary folder");
    Dkim {
        domain: "courier.example".to_owned(),
        selector: selector.to_owned(),
        key_file,
    }
}

fn mail() -> String {
    let mut mail = "From: Morning Tide <tide@courier.example>\r\nTo: Asha <asha@example.org>\r\n\
         Subject: Night crews clear the east channel, and the port reopens two days early\r\n\
         Date: Tue, 24 Nov 2026 06:30:00 +0000\r\nMessage-ID: <Zk3-9u0dKq1TqV2xY7aB@courier.example>\r\n\
         List-Id: Morning Tide <morning-tide.courier.example>\r\n\
         List-Unsubscribe: <https://mail.courier.example/leave/AQGgnsL9CYfWSxh0c3VjaCBhIGxvbmcgdG9rZW4>\r\n\
         List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: 2026-11-24:morning-tide:digest:postrider\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"postriderZk3\"\r\n\r\n"
        .to_owned();
    while mail.len() < 30 * 1024 {
        mail.push_str(
            "<td style=3D\"padding:0 0 8px\">Dredgers lifted 40,000 tonnes of storm silt =\r\n",
        );
    }
    mail
}

fn bench(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rsa: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048)
        .and_then(|key| key.as_der())
        .expect("a key");
    let rsa = key(folder.path(), "rsa", rsa.as_ref());
    let ed25519 = Ed25519KeyPair::generate()
        .and_then(|key| key.to_pkcs8v1())
        .expect("a key");
    let ed25519 = key(folder.path(), "ed25519", ed25519.as_ref());
    let mail = mail();
    let mut group = criterion.benchmark_group("dkim");
    group.throughput(Throughput::Elements(1));
    for (name, keys) in [
        ("no key that fits", vec![]),
        ("Ed25519", vec![ed25519.clone()]),
        ("RSA 2048", vec![rsa.clone()]),
        ("both", vec![rsa, ed25519]),
    ] {
        let signers = Signers::new(&keys).expect("good keys");
        group.bench_function(name, |bencher| {
            bencher.iter(|| signers.sign(black_box("courier.example"), mail.as_bytes()));
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
