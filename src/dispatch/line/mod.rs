//! One SMTP connection (RFC 5321), greeted and logged in: a mail at a time, in as few round trips as the relay allows.
//!
//! `mail` is the dialogue of one mail, `wire` what is written and read, `answer` a reply.

use std::task::Poll;
use std::time::Duration;

use lettre::transport::smtp::commands::Quit;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;

mod answer;
mod mail;
mod wire;

pub(super) use answer::Reply;
pub(super) use answer::Silence;
pub(crate) use answer::strike_addresses;
pub(super) use wire::Io;

/// How long we wait for what (RFC 5321, section 4.5.3.2), each at most the longest that is configured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) longest: Duration,
    pub(super) greeting: Duration,
    command: Duration,
    data: Duration,
    block: Duration,
    end: Duration,
}

impl Limits {
    /// The standard's, none longer than `longest`.
    pub(super) fn within(longest: Duration) -> Limits {
        let minutes = |n| Duration::from_mins(n).min(longest);
        Limits {
            longest,
            greeting: minutes(5),
            command: minutes(5),
            data: minutes(2),
            block: minutes(3),
            end: minutes(10),
        }
    }
}

/// A step of one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// MAIL: what the relay thinks of us.
    Mail,
    /// RCPT: what it, or the mailbox's host, thinks of the recipient.
    Rcpt,
    /// DATA or what follows it, up to the reply to the final dot.
    Data,
}

/// How a try ended. Each variant is one course of action.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// The relay has it.
    Accepted(Reply),
    /// The relay said no at this step: for good (5yz) or for now (4yz).
    Refused(Reply, Step),
    /// The line broke before the relay could have the mail, or a 421 closed it: the relay has nothing.
    Lost(Option<Reply>, Step),
    /// The line broke after the mail was handed over.
    InDoubt,
    /// The relay cannot take such a mail, and was not asked.
    Unfit(Lack),
}

/// What a relay lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// SMTPUTF8 (RFC 6531), for an address beyond ASCII.
    Smtputf8,
    /// Room: SIZE (RFC 1870) is less than the mail has.
    Size,
}

/// A relay's connection, greeted and logged in.
pub struct Line {
    io: Io,
    limits: Limits,
    read: Vec<u8>,
    /// What the relay offers, as EHLO said it.
    pub offers: Vec<String>,
    /// A mail was begun that the relay is to forget.
    begun: bool,
    usable: bool,
}

impl Line {
    pub(super) fn new(io: Io, limits: Limits) -> Line {
        Line {
            io,
            limits,
            read: Vec::new(),
            offers: Vec::new(),
            begun: false,
            usable: true,
        }
    }

    /// The bare socket, if the relay has said nothing more than it was asked.
    pub(super) fn into_plain(self) -> Option<TcpStream> {
        match self.io {
            Io::Plain(tcp) if self.read.is_empty() => Some(tcp),
            _ => None,
        }
    }

    /// Whether EHLO named this extension.
    pub fn can(&self, extension: &str) -> bool {
        self.offer(extension).is_some()
    }

    fn offer(&self, extension: &str) -> Option<&str> {
        self.offers.iter().find_map(|o| {
            let (word, rest) = o.split_once(' ').unwrap_or((o, ""));
            (word == extension).then_some(rest)
        })
    }

    /// Whether another mail can go over it.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Whether the relay has closed it, or said something unasked, while it lay idle: an idle relay says 421 and goes.
    pub async fn is_stale(&mut self) -> bool {
        let mut byte = [0; 1];
        let io = &mut self.io;
        let unasked = std::future::poll_fn(|cx| {
            let mut buf = ReadBuf::new(&mut byte);
            Poll::Ready(io.poll_read(cx, &mut buf).is_ready())
        });
        !self.read.is_empty() || unasked.await
    }

    /// Says goodbye, not waiting long for the answer.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.ask(&Quit)).await;
    }

    /// A command and its reply.
    pub(super) async fn ask(&mut self, command: &impl std::fmt::Display) -> Result<Reply, Silence> {
        let limit = self.limits.command;
        let text = command.to_string();
        self.write(&[&text], limit).await.map_err(Silence::Gone)?;
        self.reply(limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_waited_for_longer_than_the_standard_has_it_or_we_want() {
        let seconds = |longest| {
            let limits = Limits::within(Duration::from_secs(longest));
            let Limits {
                longest,
                greeting,
                command,
                data,
                block,
                end,
            } = limits;
            [longest, greeting, command, data, block, end].map(|limit| limit.as_secs())
        };
        // RFC 5321, sections 4.5.3.2.1 to 4.5.3.2.6.
        assert_eq!(seconds(3600), [3600, 300, 300, 120, 180, 600]);
        assert_eq!(seconds(150), [150, 150, 150, 120, 150, 150]);
        assert_eq!(seconds(1), [1; 6]);
    }
}
