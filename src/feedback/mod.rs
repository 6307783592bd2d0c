//! Feedback: what mailboxes and readers answer, and what follows from that.
//!
//! In: mails and hooks, each read into [`Report`]s, which are not trusted. Out: suppressed addresses, consent that ended,
//! messages that bounced or were complained about, and what `log` and `why` tell of it.
//! Flow: a report → `find` (which message and whose it is) → `act` (what is done, once).

pub mod act;
mod find;
mod report;

pub use report::{Kind, Report};

/// What `mail` says of each recipient.
pub fn read(_mail: &[u8]) -> Vec<Report> {
    Vec::new()
}
