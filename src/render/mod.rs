//! Render: turns a message into the bytes of a mail.
//!
//! In: letters, which are messages with what was pinned for them. Out: whole mails, ready for DATA.
//! Flow: `letter` and `revision` read → `press` keeps what an issue's mails share (`template`: MJML once, handlebars once
//! per story and place; `piece`: quoted-printable, with slots) → `mime` joins and splices.
//! A mail is never encoded twice: a body is pieces joined, and only a slot's value is encoded for each message.

pub mod date;
pub mod mime;

mod context;
mod error;
mod fill;
mod header;
pub mod letter;
pub mod mail;
mod mjml;
mod piece;
mod press;
mod revision;
mod sample;
pub mod store;
mod template;
mod view;
mod words;

pub use error::{Reason, TemplateError};
pub use mime::MailView;
pub use piece::{Piece, Slot, Slots};
pub use template::{Fragment, Frame, Place, Templates};
pub use view::{
    BlockView, Code, Direction, IssueView, OfferRow, OfferView, Picture, StoryView, Theme,
};

#[cfg(test)]
mod tests;
