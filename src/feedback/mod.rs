//! Feedback: what mailboxes and readers answer, and what follows from that.
//!
//! In: mails and hooks, each read into [`Report`]s, which are not trusted. Out: suppressed addresses, consent that ended,
//! messages that bounced or were complained about, and what `log` and `why` tell of it.
//! Flow: `read` (mails) → a report → `find` (which message and whose it is) → `act` (what is done, once).

pub mod act;
mod find;
mod read;
mod report;

pub use read::read;
pub use report::{Kind, Report};
