//! Who is refused, when, and in which words.

use std::sync::Arc;

/// A script that says what a recipient is answered; none leaves it to the local part.
pub(super) type Script = Arc<dyn Fn(&str) -> Option<Answer> + Send + Sync>;

/// The point of the dialogue at which an [`Answer`] is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// In reply to RCPT.
    Recipient,
    /// In reply to the final dot, instead of the 250.
    Data,
}

/// What the relay says about a recipient (RFC 5321, section 4.2). A code under 300 welcomes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The three digits.
    pub code: u16,
    /// Enhanced status code (RFC 3463) and words; each line of it becomes a line of the reply.
    pub text: String,
    /// When it is said.
    pub phase: Phase,
    /// Whether the connection is closed after it; 421 always closes.
    pub close: bool,
}

impl Answer {
    /// An answer to RCPT.
    pub fn at_recipient(code: u16, text: impl Into<String>) -> Answer {
        Answer {
            code,
            text: text.into(),
            phase: Phase::Recipient,
            close: code == 421,
        }
    }

    /// An answer to the final dot.
    pub fn after_data(code: u16, text: impl Into<String>) -> Answer {
        Answer {
            phase: Phase::Data,
            ..Answer::at_recipient(code, text)
        }
    }

    /// The same, and the connection is closed after it.
    #[must_use]
    pub fn and_close(self) -> Answer {
        Answer {
            close: true,
            ..self
        }
    }

    pub(super) fn is_refusal(&self) -> bool {
        self.code >= 300
    }
}

/// The answer that the beginning of `recipient` asks for. `is_first_try` remembers whom it was asked about.
pub(super) fn by_local_part(
    recipient: &str,
    is_first_try: impl Fn(&str) -> bool,
) -> Option<Answer> {
    let recipient = recipient.to_lowercase();
    let begins = |word| recipient.starts_with(word);
    if begins("full") {
        Some(Answer::at_recipient(452, "4.2.2 mailbox full"))
    } else if begins("gone") {
        Some(Answer::at_recipient(550, "5.1.1 no such user"))
    } else if begins("later") && is_first_try(&recipient) {
        Some(Answer::at_recipient(
            451,
            "4.7.1 greylisted, try again in a minute",
        ))
    } else if begins("policy") {
        Some(Answer::after_data(554, "5.7.1 refused by policy"))
    } else if begins("busy") {
        Some(Answer::at_recipient(421, "4.3.2 too busy, try again later"))
    } else {
        None
    }
}
