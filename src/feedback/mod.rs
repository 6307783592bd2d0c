//! Feedback: what mailboxes and readers answer, and what follows from that.
//!
//! In: mails and hooks, each read into [`Report`]s, which are not trusted.

mod read;
mod report;

pub use read::read;
pub use report::{Kind, Report};
