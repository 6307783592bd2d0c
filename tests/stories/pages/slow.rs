//! Clients that take their time.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::World;
use crate::support::pages::Pages;
use crate::support::world::DEADLINE;

/// Sends the beginning of a request a byte at a time, for as long as it is let.
async fn go_on_and_on(mut stream: TcpStream) {
    let request = b"GET /signup HTTP/1.1\r\nHost: x\r\nX-Slow: ".iter();
    for byte in request.chain(std::iter::repeat(&b'x')) {
        let mut answer = [0; 1024];
        let sent = stream.write_all(&[*byte]).await;
        // The server sends nothing, until it closes the connection.
        let read = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut answer)).await;
        if sent.is_err() || matches!(read, Ok(Ok(0) | Err(_))) {
            return;
        }
    }
}

story!(
    a_client_that_sends_a_byte_at_a_time_is_let_go_and_keeps_nobody_waiting,
    async |world: &mut World| {
        let pages = Pages::of(world).await;
        let begun = Instant::now();
        let mut slow = tokio::task::JoinSet::new();
        for n in 0..60 {
            let mut stream = TcpStream::connect(pages.address).await.unwrap();
            if n % 3 == 0 {
                slow.spawn(go_on_and_on(stream));
            } else {
                // Others say nothing at all, or stop in the middle.
                if n % 3 == 1 {
                    stream
                        .write_all(b"POST /leave HTTP/1.1\r\nHo")
                        .await
                        .unwrap();
                }
                slow.spawn(async move { drop(stream.read_to_end(&mut Vec::new()).await) });
            }
        }
        assert_eq!(pages.get("/signup").await.status, 200);
        let gone = async { while slow.join_next().await.is_some() {} };
        let gone = tokio::time::timeout(DEADLINE, gone).await;
        assert!(gone.is_ok(), "{} are still there", slow.len());
        assert!(
            begun.elapsed() >= Duration::from_secs(5),
            "nobody is hurried"
        );
        assert_eq!(pages.get("/signup").await.status, 200);
    }
);

story!(
    a_body_that_does_not_come_is_answered_and_let_go,
    async |world: &mut World| {
        let pages = Pages::of(world).await;
        let mut stream = TcpStream::connect(pages.address).await.unwrap();
        let head = "POST /leave HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\
                    Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken=";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let read = tokio::time::timeout(DEADLINE, read).await;
        assert!(read.is_ok(), "the connection stays");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    }
);

story!(
    an_early_answer_arrives_though_the_rest_of_the_form_is_sent_still,
    async |world: &mut World| {
        let pages = Pages::of(world).await;
        let mut stream = TcpStream::connect(pages.address).await.unwrap();
        let (size, mut answer) = (3 << 20, [0; 12]);
        let head = format!("POST /leave HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413");
        stream.write_all(&vec![b'x'; size]).await.unwrap();
        let mut rest = Vec::new();
        let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
        read.expect("the connection ends").unwrap();
    }
);

story!(
    a_connection_answers_one_request_after_the_other,
    async |world: &mut World| {
        let pages = Pages::of(world).await;
        let mut stream = TcpStream::connect(pages.address).await.unwrap();
        let mut buf = vec![0; 256 * 1024];
        for _ in 0..3 {
            let ask = b"GET /no/such/page HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
            stream.write_all(ask).await.unwrap();
            let read = tokio::time::timeout(DEADLINE, stream.read(&mut buf)).await;
            let n = read.expect("an answer").unwrap();
            assert!(buf[..n].starts_with(b"HTTP/1.1 404"));
        }
    }
);
