//! Demo: a whole newsroom on one machine, so that Postrider can be seen at work before anything is set up.
//!
//! In: nothing but the time. Out: a sample paper with feeds and readers (`paper`), an SMTP relay that keeps what it is
//! handed instead of passing it on (`relay`), and pages to read those mails in (`mailbox`). All of it on loopback only.
//! The relay is a real one as far as a client can tell; the integration tests talk to it too.

pub mod mailbox;
pub mod paper;
pub mod relay;
pub mod road;
