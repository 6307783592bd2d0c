//! A connection whose client may not take its time: who sends a request a byte at a time is let go, and so is who reads the
//! answer so, or says nothing for long.
//!
//! The head of a request must be there soon after it began. The body that follows is bounded by the time that an answer may
//! take. Between two requests a connection may rest for longer than the proxies in front keep theirs, since one that we
//! close as a proxy sends is a request lost.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// The most of a request that is thrown away after its answer.
const MOST_CUT: usize = 16 * 1024 * 1024;

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// For the head of a request.
    pub(super) head: Duration,
    /// Between two requests.
    pub(super) rest: Duration,
    /// To read an answer, once it did not take more of it at once.
    pub(super) answer: Duration,
    /// To send what nobody reads any more, once it has its answer.
    pub(super) linger: Duration,
}

/// The requests of a connection, as whoever answers them counts them.
#[derive(Clone, Default)]
pub(super) struct Work(Arc<Counts>);

#[derive(Default)]
struct Counts {
    begun: AtomicUsize,
    ended: AtomicUsize,
    cut: AtomicBool,
}

/// A request that is being answered, until this is dropped.
pub(super) struct Answering(Work);

impl Work {
    /// The head of a request is there.
    pub(super) fn begin(&self) -> Answering {
        self.0.begun.fetch_add(1, Ordering::AcqRel);
        self.0.cut.store(false, Ordering::Release);
        Answering(self.clone())
    }

    /// The body of a request, which says whether all of it was read.
    pub(super) fn watch(&self, body: Incoming) -> Watched {
        let work = self.clone();
        Watched { body, work }
    }

    /// Whether the last request was answered before all of it was read.
    pub(super) fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::Acquire)
    }

    fn begun(&self) -> usize {
        self.0.begun.load(Ordering::Acquire)
    }

    fn goes_on(&self) -> bool {
        self.0.ended.load(Ordering::Acquire) != self.begun()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, Ordering::AcqRel);
    }
}

/// A request's body.
pub(super) struct Watched {
    body: Incoming,
    work: Work,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            self.work.0.cut.store(true, Ordering::Release);
        }
    }
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// The rest of a head.
    Head,
    /// The next request.
    Rest,
    /// Nothing: a request is answered.
    Answer,
}

/// A client's connection, read and written as it is.
pub(super) struct Patient<S> {
    io: S,
    limits: Limits,
    work: Work,
    /// How many requests had begun when this was looked at last.
    begun: usize,
    waits: Waits,
    /// Whether the client is still to take some of an answer, until `until`.
    reads: bool,
    until: Pin<Box<Sleep>>,
    /// How much may still be thrown away, once we have said all that we say.
    lingers: Option<usize>,
}

impl<S> Patient<S> {
    /// A new connection, which must begin at once.
    pub(super) fn new(io: S, limits: Limits, work: Work) -> Patient<S> {
        Patient {
            io,
            limits,
            work,
            begun: 0,
            waits: Waits::Head,
            reads: false,
            lingers: None,
            until: Box::pin(sleep_until(Instant::now() + limits.head)),
        }
    }

    fn wait(&mut self, waits: Waits, limit: Duration) {
        self.waits = waits;
        self.reads = false;
        self.until.as_mut().reset(Instant::now() + limit);
    }

    /// What has happened to the request since the last look.
    fn look(&mut self) {
        let begun = self.work.begun();
        if begun != self.begun {
            self.begun = begun;
            self.waits = Waits::Answer;
        }
        if self.waits == Waits::Answer && !self.work.goes_on() && !self.reads {
            self.wait(Waits::Rest, self.limits.rest);
        }
    }

    /// What came of writing; an error where the client has been taking the answer for too long.
    fn in_time(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            return written;
        }
        if !self.reads {
            self.wait(Waits::Answer, self.limits.answer);
            self.reads = true;
        }
        ready!(self.until.as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.look();
        let before = buf.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.io).poll_read(cx, buf) {
            if this.waits == Waits::Rest && buf.filled().len() > before {
                this.wait(Waits::Head, this.limits.head);
            }
            // What goes on to come does not put the end off.
            if this.waits != Waits::Head || this.until.as_mut().poll(cx).is_pending() {
                return Poll::Ready(read);
            }
        } else if this.waits == Waits::Answer {
            return Poll::Pending;
        }
        ready!(this.until.as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.in_time(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It is asked for when all of the answer is written.
        self.reads = false;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    /// Whoever closes a connection on which something was not read takes the answer back that is under way (RFC 9112,
    /// section 9.6). So what a client still sends after an early answer is read, and thrown away.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingers.is_none() {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
            this.lingers = Some(if this.work.is_cut() { MOST_CUT } else { 0 });
            this.until
                .as_mut()
                .reset(Instant::now() + this.limits.linger);
        }
        let mut thrown = [0; 8192];
        while let Some(left) = this.lingers.filter(|left| *left > 0) {
            let mut buf = ReadBuf::new(&mut thrown);
            match Pin::new(&mut this.io).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    this.lingers = Some(left.saturating_sub(buf.filled().len()));
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(this.until.as_mut().poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const LONG: Duration = Duration::from_hours(1);
    const SHORT: Duration = Duration::from_millis(40);

    fn pair(head: Duration, rest: Duration) -> (DuplexStream, Patient<DuplexStream>, Work) {
        let (client, server) = duplex(1024);
        let work = Work::default();
        let limits = Limits {
            head,
            rest,
            answer: SHORT,
            linger: LONG,
        };
        let patient = Patient::new(server, limits, work.clone());
        (client, patient, work)
    }

    async fn is_let_go(patient: &mut Patient<DuplexStream>) -> bool {
        let mut buf = [0; 64];
        loop {
            match patient.read(&mut buf).await {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == ErrorKind::TimedOut,
            }
        }
    }

    #[tokio::test]
    async fn who_says_nothing_or_goes_on_and_on_is_let_go() {
        let (_client, mut patient, _) = pair(SHORT, LONG);
        assert!(is_let_go(&mut patient).await);
        let (mut client, mut patient, _) = pair(SHORT, LONG);
        let slow = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                tokio::time::sleep(SHORT / 10).await;
            }
        });
        assert!(is_let_go(&mut patient).await);
        drop(patient);
        slow.await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_may_rest_between_requests_and_its_next_head_must_come_at_once() {
        // However short the time for a head is, it does not end while there is none to come.
        let (mut client, mut patient, work) = pair(SHORT, LONG);
        client.write_all(b"GET").await.unwrap();
        assert_eq!(patient.read(&mut [0; 64]).await.unwrap(), 3);
        drop(work.begin());
        let mut buf = [0; 64];
        let rests = tokio::time::timeout(SHORT * 3, patient.read(&mut buf)).await;
        assert!(rests.is_err(), "it rests");
        client.write_all(b"GET").await.unwrap();
        assert!(is_let_go(&mut patient).await, "the rest of it did not come");
        // A rest has its end, too.
        let (_client, mut patient, work) = pair(LONG, SHORT);
        drop(work.begin());
        assert!(is_let_go(&mut patient).await);
    }

    #[tokio::test]
    async fn who_reads_an_answer_bit_by_bit_is_let_go() {
        let (mut client, mut patient, work) = pair(LONG, LONG);
        let _answering = work.begin();
        let slow = tokio::spawn(async move {
            while client.read_u8().await.is_ok() {
                tokio::time::sleep(SHORT / 10).await;
            }
        });
        let written = patient.write_all(&vec![b'x'; 100_000]).await;
        assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
        drop(patient);
        slow.abort();
    }

    #[tokio::test]
    async fn what_comes_after_an_early_answer_is_read_and_nothing_else_is_waited_for() {
        let (mut client, mut patient, work) = pair(LONG, LONG);
        patient.shutdown().await.unwrap();
        client.write_all(b"x").await.unwrap();

        let (mut client, mut patient, _) = pair(LONG, LONG);
        work.0.cut.store(true, Ordering::Release);
        patient.work = work;
        let closed = tokio::spawn(async move { patient.shutdown().await });
        client.write_all(&vec![b'x'; 100_000]).await.unwrap();
        assert!(!closed.is_finished(), "there may be more");
        drop(client);
        closed.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn while_a_request_is_answered_nobody_is_let_go() {
        let (mut client, mut patient, work) = pair(SHORT, SHORT);
        let answering = work.begin();
        let mut buf = [0; 64];
        let waits = tokio::time::timeout(SHORT * 3, patient.read(&mut buf)).await;
        assert!(waits.is_err(), "it waits for the answer");
        client.write_all(b"a body").await.unwrap();
        assert_eq!(patient.read(&mut buf).await.unwrap(), 6);
        drop(answering);
        assert!(is_let_go(&mut patient).await);
    }
}
