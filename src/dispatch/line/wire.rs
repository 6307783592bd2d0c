//! What goes over the line: texts are written as one, and replies are read line by line.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::Line;
use super::answer::{Reply, Silence};

pub(in crate::dispatch) enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The most that one reply may hold; the longest ones we know of have under 2 kB.
const MAX_REPLY: usize = 32 * 1024;

impl Line {
    /// Writes these texts as one, and flushes. On an error some of it was not written.
    ///
    /// `limit` is for each part that the socket takes, as RFC 5321 has it for a mail's blocks.
    pub(super) async fn write(&mut self, texts: &[&str], limit: Duration) -> io::Result<()> {
        let mut slices: Vec<IoSlice<'_>> = texts
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| IoSlice::new(text.as_bytes()))
            .collect();
        let mut slices = slices.as_mut_slice();
        let io = &mut self.io;
        while !slices.is_empty() {
            let written = std::future::poll_fn(|cx| io.poll_write_vectored(cx, slices));
            let written = tokio::time::timeout(limit, written).await??;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut slices, written);
        }
        if let Io::Tls(stream) = io {
            tokio::time::timeout(limit, stream.flush()).await??;
        }
        Ok(())
    }

    /// The next whole reply, which must have come within `limit`.
    pub(in crate::dispatch) async fn reply(&mut self, limit: Duration) -> Result<Reply, Silence> {
        match tokio::time::timeout(limit, self.whole_reply()).await {
            Ok(reply) => reply,
            Err(_) => Err(Silence::Late(limit)),
        }
    }

    async fn whole_reply(&mut self) -> Result<Reply, Silence> {
        let mut reply = Reply {
            code: 0,
            lines: Vec::new(),
        };
        let (mut begin, mut seen) = (0, 0);
        loop {
            if let Some(at) = self.read[seen..].iter().position(|b| *b == b'\n') {
                let end = seen + at;
                let last = reply.take(&self.read[begin..end]).ok_or(Silence::Babble)?;
                (begin, seen) = (end + 1, end + 1);
                if last {
                    self.read.drain(..begin);
                    return Ok(reply);
                }
                continue;
            }
            seen = self.read.len();
            if seen > MAX_REPLY {
                return Err(Silence::Babble);
            }
            let read = match &mut self.io {
                Io::Plain(tcp) => tcp.read_buf(&mut self.read).await,
                Io::Tls(tls) => tls.read_buf(&mut self.read).await,
            };
            match read {
                Ok(0) => return Err(Silence::Gone(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(Silence::Gone(error)),
            }
        }
    }
}

impl Io {
    pub(super) fn poll_read(
        &mut self,
        cx: &mut std::task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Io::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Io::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut std::task::Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Io::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Io::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        }
    }
}
