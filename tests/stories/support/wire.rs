//! What lies between the program and PostgreSQL: it passes everything on, and can lose the answer to one commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::{Notify, watch};

/// The wire, on a port of its own.
pub(crate) struct Wire {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    /// The commit of a transaction that ran a statement with this in it is to be lost.
    marked_by: Mutex<Option<&'static str>>,
    lost: Notify,
    closed: watch::Sender<bool>,
}

impl Wire {
    /// A wire to the server at this address; only without TLS.
    pub(crate) async fn to(url: &str) -> Wire {
        let url = url::Url::parse(url).unwrap();
        let host = url.host_str().unwrap().replace("%2F", "/");
        let port = url.port().unwrap_or(5432);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            marked_by: Mutex::default(),
            lost: Notify::new(),
            closed: watch::Sender::new(false),
        });
        let all = shared.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = all.clone();
                let _ = client.set_nodelay(true);
                if *shared.closed.borrow() {
                    continue;
                }
                if host.starts_with('/') {
                    let path = format!("{host}/.s.PGSQL.{port}");
                    let (read, write) = UnixStream::connect(path).await.unwrap().into_split();
                    tokio::spawn(pass(client, read, write, shared));
                } else {
                    let server = TcpStream::connect((host.as_str(), port)).await.unwrap();
                    let _ = server.set_nodelay(true);
                    let (read, write) = server.into_split();
                    tokio::spawn(pass(client, read, write, shared));
                }
            }
        });
        Wire { port: here, shared }
    }

    /// The address of the same database by this wire.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.set_query(Some("sslmode=disable"));
        url.to_string()
    }

    /// The next transaction that runs a statement with this in it, or is nothing but this statement, is committed, and nobody
    /// is told: that connection is closed, the others are as soon as they are used, and none is let in until [`Wire::mend`].
    pub(crate) fn lose_the_commit_of(&self, statement: &'static str) {
        *self.shared.marked_by.lock().unwrap() = Some(statement);
    }

    /// Returns when it is lost.
    pub(crate) async fn lost(&self) {
        let lost = self.shared.lost.notified();
        let seen = tokio::time::timeout(super::world::DEADLINE, lost).await;
        assert!(seen.is_ok(), "there was no such commit");
    }

    /// From now on connections are let in again.
    pub(crate) fn mend(&self) {
        self.shared.closed.send_replace(false);
    }
}

async fn pass<R, W>(client: TcpStream, from_server: R, to_server: W, shared: Arc<Shared>)
where
    R: AsyncReadExt + Unpin + Send + 'static,
    W: AsyncWriteExt + Unpin + Send + 'static,
{
    let (from_client, to_client) = client.into_split();
    let swallow = Arc::new(Mutex::new(false));
    let back = tokio::spawn(answers(
        from_server,
        to_client,
        swallow.clone(),
        shared.clone(),
    ));
    let _ = asks(from_client, to_server, swallow, &shared).await;
    back.abort();
}

/// Passes the client's messages on, one at a time, and sees which statements a transaction runs.
async fn asks<W: AsyncWriteExt + Unpin>(
    mut client: OwnedReadHalf,
    mut server: W,
    swallow: Arc<Mutex<bool>>,
    shared: &Shared,
) -> std::io::Result<()> {
    // The first message has no type.
    let length = client.read_u32().await?;
    let mut first = vec![0; length as usize - 4];
    client.read_exact(&mut first).await?;
    server.write_all(&length.to_be_bytes()).await?;
    server.write_all(&first).await?;
    let mut texts: HashMap<String, String> = HashMap::new();
    let (mut is_marked, mut in_transaction) = (false, false);
    loop {
        let kind = client.read_u8().await?;
        let length = client.read_u32().await?;
        let mut body = vec![0; length as usize - 4];
        client.read_exact(&mut body).await?;
        if *shared.closed.borrow() {
            return Ok(());
        }
        let mut words = body.split(|b| *b == 0).map(String::from_utf8_lossy);
        let (one, two) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let wanted = *shared.marked_by.lock().unwrap();
        match kind {
            b'P' => drop(texts.insert(one.into_owned(), two.into_owned())),
            // Bind: the portal, then the statement.
            b'B' => {
                let text = texts.get(two.as_ref());
                is_marked |= wanted
                    .zip(text)
                    .is_some_and(|(part, text)| text.contains(part));
            }
            b'Q' if one.starts_with("BEGIN") => in_transaction = true,
            // Sync: alone, a statement is a transaction of its own.
            b'Q' | b'S' if is_marked && (one.starts_with("COMMIT") || !in_transaction) => {
                *shared.marked_by.lock().unwrap() = None;
                *swallow.lock().unwrap() = true;
                shared.closed.send_replace(true);
            }
            b'Q' if one.starts_with("ROLLBACK") || one.starts_with("COMMIT") => {
                (is_marked, in_transaction) = (false, false);
            }
            _ => {}
        }
        server.write_all(&[kind]).await?;
        server.write_all(&length.to_be_bytes()).await?;
        server.write_all(&body).await?;
    }
}

/// Passes what the server says on, until there is something to swallow: then it is read, and the client hears the end.
async fn answers<R: AsyncReadExt + Unpin>(
    mut server: R,
    mut client: OwnedWriteHalf,
    swallow: Arc<Mutex<bool>>,
    shared: Arc<Shared>,
) {
    let mut some = vec![0; 64 * 1024];
    while let Ok(n) = server.read(&mut some).await {
        let is_lost = *swallow.lock().unwrap();
        if is_lost || n == 0 {
            let _ = client.shutdown().await;
            if is_lost {
                shared.lost.notify_one();
            }
            return;
        }
        if client.write_all(&some[..n]).await.is_err() {
            return;
        }
    }
}
