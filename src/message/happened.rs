//! What can happen to a message. As text it is what people at the paper read; a reader's page has its own words.

use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

use super::returned::What;
use super::{Reason, State};

/// Something that happened to a message, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It was planned and composed.
    Planned,
    /// It was tried, and is to be tried again.
    Tried {
        /// Which try, from 1.
        number: i16,
        /// How it went.
        how: Tried,
        /// The relay's reply.
        said: Option<String>,
    },
    /// It came into this state, which is not one of waiting.
    Ended {
        /// The state.
        state: State,
        /// Why, where the state alone does not say.
        reason: Option<Reason>,
        /// The relay's reply.
        said: Option<String>,
    },
    /// Something of it came back.
    Came {
        /// What.
        what: What,
        /// Why.
        reason: Option<Reason>,
        /// Status and words of what came back, as they are put behind a sentence.
        words: String,
    },
    /// It has a time to leave at.
    ToLeave,
    /// It has a time to be tried again at.
    NextTry,
}

/// How a try went that was not the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The connection ended after the mail was handed over.
    Uncertain,
    /// The relay refused us, not this mail.
    Refused,
    /// The relay asked us to try later.
    Later,
    /// The connection broke before.
    Broke,
}

impl Tried {
    /// Every one.
    pub const ALL: [Tried; 4] = [Tried::Uncertain, Tried::Refused, Tried::Later, Tried::Broke];
}

impl Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tried::Uncertain => {
                "the connection ended after the mail was handed over; the relay may have it"
            }
            Tried::Refused => "the relay refused us, and we try later",
            Tried::Later => "the relay asked us to try later",
            Tried::Broke => "the connection broke before the mail was handed over",
        })
    }
}

impl Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happened::Planned => f.write_str("planned and composed"),
            Happened::Tried { number, how, said } => {
                write!(f, "try {number}: {how}")?;
                behind(f, said.as_ref())
            }
            Happened::Ended {
                state,
                reason,
                said,
            } => {
                match state {
                    State::Sending => f.write_str("handing it over")?,
                    State::Accepted => f.write_str("the relay accepted it")?,
                    other => write!(f, "{other}")?,
                }
                behind(f, reason.as_ref())?;
                behind(f, said.as_ref())
            }
            Happened::Came {
                what,
                reason,
                words,
            } => {
                write!(f, "{what}")?;
                behind(f, reason.as_ref())?;
                f.write_str(words)
            }
            Happened::ToLeave => f.write_str("it is to leave"),
            Happened::NextTry => f.write_str("the next try"),
        }
    }
}

fn behind(f: &mut fmt::Formatter<'_>, what: Option<impl Display>) -> fmt::Result {
    what.map_or(Ok(()), |what| write!(f, ": {what}"))
}

impl Serialize for Happened {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
