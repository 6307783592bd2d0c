//! One recipient's mail and its life: what everyone who makes, ends or asks after a message shares.
//!
//! In: what planning and dispatch decide. Out: states and reasons, the log, and the answer to "did she get it, and if
//! not, why". A message is named by its issue, its subscriber and `n`, which is 0 in a digest and in an offer's alert.

use std::fmt;

pub mod bounce;
mod complaint;
pub mod envelope;
mod expiry;
pub mod happened;
pub mod log;
pub mod returned;
pub mod why;

pub use complaint::complained;
pub use expiry::expire;

/// Which message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId {
    /// Its issue.
    pub issue_id: i64,
    /// Its reader.
    pub subscriber_id: i64,
    /// Which of several to one reader in one issue.
    pub n: i16,
}

/// From this number on, a message's reader is no subscriber: it is a notice to an address that nobody has yet. No paper has
/// a million million subscribers.
pub const STRANGERS: i64 = 1 << 40;

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $number:literal $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$each])* $variant = $number,)+ }

        impl $name {
            /// Every one, in the order of its number.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The one behind a number of the database.
            pub fn from_number(number: i16) -> Option<$name> {
                match number { $($number => Some($name::$variant),)+ _ => None }
            }

            /// The word, or sentence, that people read.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }
    }
}

use numbered;

numbered! {
    /// Where a message is in its life. We never say "delivered": a 250 means that the relay accepted it.
    State {
        /// Decided, not yet composed.
        Planned = 0 "planned",
        /// Composed; leaves when it is due.
        Queued = 1 "queued",
        /// A node is about to hand it over, or is handing it over.
        Sending = 2 "sending",
        /// The relay took it.
        Accepted = 3 "accepted",
        /// The relay asked for another try; it is in the queue for that.
        Deferred = 4 "deferred",
        /// The relay refused it for good, or too long.
        Failed = 5 "failed",
        /// There was nothing to send, or it was not to be sent.
        Skipped = 6 "skipped",
        /// The connection broke after the final dot, so the relay may have it, and its stream's rule is not to send again.
        Uncertain = 7 "uncertain",
        /// A bounce came back.
        Bounced = 8 "bounced",
        /// The reader called it spam.
        Complained = 9 "complained",
        /// Called off before it left.
        Cancelled = 10 "cancelled",
        /// Its address must not be mailed.
        Suppressed = 11 "suppressed",
        /// Its time passed before it could leave.
        Expired = 12 "expired",
    }
}

impl State {
    /// Whether nothing more will happen to it by itself.
    pub fn is_final(self) -> bool {
        !matches!(
            self,
            State::Planned | State::Queued | State::Sending | State::Deferred
        )
    }

    /// Whether it ended before the relay had it: what it carried, the reader has not had.
    pub fn never_left(self) -> bool {
        matches!(
            self,
            State::Failed | State::Skipped | State::Cancelled | State::Suppressed | State::Expired
        )
    }
}

numbered! {
    /// Why a message is in its state, where the state alone does not say.
    Reason {
        /// No story matched.
        NoStories = 1 "no story since the last one was for this reader",
        /// Its time was too long past when we came to it.
        TooLate = 2 "its time was past by more than the newsletter's lateness when we came to it",
        /// The reader had paused.
        Paused = 3 "the reader has paused this newsletter",
        /// The reader left between planning and sending.
        Left = 4 "the reader left this newsletter before it could leave",
        /// The subscriber is gone.
        Erased = 5 "the reader's data were erased before it could leave",
        /// The address is on the suppression list.
        Suppressed = 6 "the address is on the suppression list",
        /// It stood in the queue past its time.
        Expired = 7 "its time passed before the relay could take it",
        /// The issue was called off.
        IssueCancelled = 8 "the issue was cancelled",
        /// The relay refused it for good.
        Refused = 9 "the relay refused it",
        /// The relay kept asking us to try later.
        GaveUp = 10 "the relay asked us to try later, until we gave up",
        /// The connection broke after the final dot.
        NoReply = 11 "the connection broke after the mail was handed over, before the relay answered",
        /// The node died while handing it over.
        NodeDied = 12 "the program was killed while it was handing the mail over",
        /// The staging allow-list does not hold the address.
        NotAllowed = 13 "the address is not on the allow-list dispatch.only_to",
        /// It cannot be rendered; a defect of a template or of ours.
        NotRendered = 14 "it could not be rendered; the log says why",
        /// The newsroom took back all that it would have said.
        Retracted = 15 "every story in it was retracted before it could leave",
        /// The reader wants no more mails this week.
        BudgetSpent = 16 "the reader had all the mails this week that they want; what it held is carried on",
        /// RFC 6531: no relay for such an address.
        NoSmtputf8 = 17 "the relay takes no addresses beyond ASCII (it does not offer SMTPUTF8)",
        /// RFC 1870: the relay says how much it takes.
        TooLarge = 18 "it is larger than the relay takes",
        /// It came back for good.
        NoMailbox = 19 "the mailbox does not exist",
        /// It came back, since there was no room.
        MailboxFull = 20 "the mailbox is full",
        /// It came back, since the recipient's host thinks ill of it or of us.
        NotWanted = 21 "the recipient's host does not want it",
        /// It came back, for whatever else.
        CameBack = 22 "it could not be brought to the mailbox",
        /// The reader wants only what they follow, and there was nothing of it.
        NothingFollowed = 23 "the reader wants only what they follow, and no story since the last one was about that",
    }
}

numbered! {
    /// What shares a priority and a relay. Lower numbers leave first.
    Stream {
        /// Transactional mail that a reader waits for.
        Notice = 1 "notice",
        /// Offers and breaking news.
        Alert = 2 "alert",
        /// Newsletters.
        Digest = 3 "digest",
    }
}

numbered! {
    /// What a notice is for.
    NoticeKind {
        /// Asks whoever has the address to confirm a sign-up: double opt-in.
        Confirm = 1 "confirm",
        /// Brings a fresh link, which opens everything.
        Link = 2 "link",
        /// Asks at a new address whether mails are to go there.
        AddressConfirm = 3 "address-confirm",
        /// Tells the old address that mails go to another one.
        AddressChanged = 4 "address-changed",
        /// Tells the owner of an address that someone left by the link in a mail's foot, with an undo.
        Left = 5 "left",
        /// Tells when everything about a reader is erased, as they asked, with a way back.
        Erasing = 6 "erasing",
    }
}

impl<'de> serde::Deserialize<'de> for Stream {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Stream, D::Error> {
        let word = String::deserialize(from)?;
        let known = Stream::ALL.iter().find(|stream| stream.word() == word);
        known
            .copied()
            .ok_or_else(|| serde::de::Error::custom("is none of notice, alert and digest"))
    }
}
