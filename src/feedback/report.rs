//! What a mail, or a hook, says of one recipient.

/// What is to be thought of it. Each variant is one course of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The address will never work: no such user, no such domain, moved away.
    Hard,
    /// It was refused, and the address may be fine: a full mailbox, a block, the content, no way there.
    Soft,
    /// The server is still trying. Counts for nothing.
    Delayed,
    /// A reader pressed "spam", or asked a provider to be left alone.
    Complaint,
    /// Out of office and the like: somebody's machine answered.
    AutoReply,
    /// A mail to our unsubscribe address, or one that says nothing but that.
    Unsubscribe,
    /// Anything else: delivered, opened, a challenge, a report on authentication, a letter.
    Other,
}

impl Kind {
    /// The word for it in the log and in tables.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Hard => "hard",
            Kind::Soft => "soft",
            Kind::Delayed => "delayed",
            Kind::Complaint => "complaint",
            Kind::AutoReply => "autoreply",
            Kind::Unsubscribe => "unsubscribe",
            Kind::Other => "other",
        }
    }
}

/// What a mail or a hook says of one recipient. None of it is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What is to be thought of it.
    pub kind: Kind,
    /// The address it speaks of, as written there; not trusted, not parsed yet.
    pub recipient: Option<String>,
    /// The envelope recipient the report itself was sent to (Delivered-To, X-Original-To, To…), then the sender's address of
    /// the mail that came back: any may be our VERP address. All candidates, in order.
    pub sent_to: Vec<String>,
    /// Message-IDs of the mail that came back, or was answered, without angle brackets.
    pub message_ids: Vec<String>,
    /// The enhanced status code (RFC 3463) as written.
    pub status: Option<String>,
    /// The SMTP reply code.
    pub code: Option<u16>,
    /// What was said, one line, at most 500 characters, addresses struck out.
    pub said: Option<String>,
    /// Why, in a word of ours ("user-unknown", "mailbox-full", "blocked", …).
    pub reason: &'static str,
    /// A key by which the same report coming twice is known: a hash of the mail, or the hook's own event id.
    pub event: String,
}
