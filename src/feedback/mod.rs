//! Feedback: what comes back.
//!
//! In: mails from a Maildir (`maildir`) or an IMAP mailbox (`imap`), and what providers call (`hook`). Out: what each says of
//! one recipient, as a [`Report`].
//! Flow: a way in → `read` (mails) → `act`. Every way may bring the same report twice; `act` knows it again.

pub mod act;
pub mod hook;
pub mod imap;
pub mod inlet;
pub mod maildir;
pub mod report;

pub use report::{Kind, Report};

/// PLACEHOLDER until `reading` lands.
pub fn read(_mail: &[u8]) -> Vec<Report> {
    Vec::new()
}
