//! A DNS server on loopback, whose records a story writes (RFC 1035), by UDP, and by TCP where an answer is too long.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

const MX: u16 = 15;
const TXT: u16 = 16;

type Zone = Arc<Mutex<HashMap<(String, u16), Vec<Vec<u8>>>>>;

/// The server; it ends with its runtime.
pub(crate) struct DnsServer {
    pub(crate) address: SocketAddr,
    zone: Zone,
}

impl DnsServer {
    pub(crate) async fn start() -> DnsServer {
        let zone = Zone::default();
        // One port for both, which may be taken for TCP where it is free for UDP.
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = tcp.local_addr().unwrap();
        let records = zone.clone();
        tokio::spawn(async move {
            let mut packet = [0; 4096];
            while let Ok((size, from)) = udp.recv_from(&mut packet).await {
                let answer = answer(&packet[..size], &records, 512);
                let _ = udp.send_to(&answer, from).await;
            }
        });
        let records = zone.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let records = records.clone();
                tokio::spawn(async move {
                    while let Ok(size) = stream.read_u16().await {
                        let mut packet = vec![0; usize::from(size)];
                        if stream.read_exact(&mut packet).await.is_err() {
                            return;
                        }
                        let answer = answer(&packet, &records, usize::from(u16::MAX));
                        let _ = stream.write_u16(answer.len() as u16).await;
                        let _ = stream.write_all(&answer).await;
                    }
                });
            }
        });
        DnsServer { address, zone }
    }

    /// Publishes a text, cut into strings of at most 255 octets.
    pub(crate) fn txt(&self, name: &str, text: &str) {
        let mut data = Vec::new();
        for part in text.as_bytes().chunks(255) {
            data.push(part.len() as u8);
            data.extend_from_slice(part);
        }
        self.add(name, TXT, data);
    }

    /// Publishes a host that takes mail.
    pub(crate) fn mx(&self, name: &str, preference: u16, host: &str) {
        let mut data = preference.to_be_bytes().to_vec();
        for label in host.split('.').filter(|label| !label.is_empty()) {
            data.push(label.len() as u8);
            data.extend_from_slice(label.as_bytes());
        }
        data.push(0);
        self.add(name, MX, data);
    }

    /// From now on it answers every question about this name with SERVFAIL.
    pub(crate) fn fail(&self, name: &str) {
        self.add(name, 0, Vec::new());
    }

    /// Takes everything at this name away.
    pub(crate) fn remove(&self, name: &str) {
        self.zone.lock().unwrap().retain(|(n, _), _| n != name);
    }

    fn add(&self, name: &str, kind: u16, data: Vec<u8>) {
        let key = (name.to_owned(), kind);
        self.zone.lock().unwrap().entry(key).or_default().push(data);
    }
}

/// The answer to a packet with one question.
fn answer(packet: &[u8], zone: &Zone, most: usize) -> Vec<u8> {
    let mut at = 12;
    let mut labels = Vec::new();
    while packet[at] != 0 {
        let size = usize::from(packet[at]);
        labels.push(String::from_utf8_lossy(&packet[at + 1..=at + size]).to_lowercase());
        at += size + 1;
    }
    let kind = u16::from_be_bytes([packet[at + 1], packet[at + 2]]);
    let question = &packet[12..at + 5];
    let name = labels.join(".");
    let zone = zone.lock().unwrap();
    let found = zone.get(&(name.clone(), kind)).cloned().unwrap_or_default();
    let known = zone.keys().any(|(n, _)| *n == name);
    let build = |records: &[Vec<u8>], truncated: bool| {
        let mut out = packet[..2].to_vec();
        let code = match (zone.contains_key(&(name.clone(), 0)), known) {
            (true, _) => 2,
            (_, true) => 0,
            _ => 3,
        };
        out.extend([0x85 | if truncated { 2 } else { 0 }, 0x80 | code]);
        for count in [1, records.len() as u16, 0, 0] {
            out.extend(count.to_be_bytes());
        }
        out.extend_from_slice(question);
        for data in records {
            out.extend([0xc0, 12]);
            out.extend(kind.to_be_bytes());
            out.extend([0, 1, 0, 0, 0, 60]);
            out.extend((data.len() as u16).to_be_bytes());
            out.extend_from_slice(data);
        }
        out
    };
    let whole = build(&found, false);
    if whole.len() <= most {
        whole
    } else {
        build(&[], true)
    }
}
