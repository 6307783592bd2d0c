//! Render: turns a message into the bytes of a mail.
//!
//! In: letters, which are messages with what was pinned for them. Out: whole mails, ready for DATA.
//! Flow: `letter` and `revision` read → `press` keeps what an issue's mails share, and `sheet` a cohort's (`template`: MJML once, handlebars once
//! per story and place; `piece`: quoted-printable, with slots) → `mime` joins and splices.
//! A mail is never encoded twice: a body is pieces joined, and only a slot's value is encoded for each message.

pub mod date;
pub mod mime;
pub mod revision;

mod context;
mod error;
mod fill;
mod header;
pub mod letter;
mod look;
pub mod mail;
mod messages;
mod mjml;
pub mod notice;
mod personal;
mod piece;
mod press;
mod sample;
mod scales;
mod sheet;
pub mod store;
mod template;
mod view;
mod weight;
mod words;

pub use error::{Reason, TemplateError};
pub use mime::MailView;
pub use piece::{Piece, Slot, Slots};
pub use press::ToStranger;
pub use scales::Scales;
pub use template::{Fragment, Frame, Place, Templates};
pub use view::{
    BlockView, Code, Direction, IssueView, OfferRow, OfferView, Picture, StoryView, Theme,
};
pub use weight::MAX_HTML;
pub use words::{Arg, Catalogs, Words};

#[cfg(test)]
mod tests;
