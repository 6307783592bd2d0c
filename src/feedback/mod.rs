//! Feedback: what mailboxes and readers answer, and what follows from that.
//!
//! In: mails from a Maildir (`maildir`) or an IMAP mailbox (`imap`), and what providers call (`hook`), each read into
//! [`Report`]s, which are not trusted. Out: suppressed addresses, consent that ended, messages that bounced or were
//! complained about, and what `log` and `why` tell of it.
//! Flow: a way in, which `inlet` counts → `read` (mails) → a report → `find` (which message and whose it is) → `act` (what is
//! done, once: every way may bring the same report twice).

pub mod act;
mod find;
pub mod hook;
pub mod imap;
pub mod inlet;
pub mod maildir;
mod read;
mod report;

pub use read::read;
pub use report::{Kind, Report};
