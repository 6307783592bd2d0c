//! The real things that stories start: databases, a paper's feed, a relay, the program itself.

pub(crate) mod browser;
#[path = "../../../src/corpora.rs"]
pub(crate) mod corpora;
pub(crate) mod database;
pub(crate) mod dns;
pub(crate) mod faulty;
pub(crate) mod feed;
pub(crate) mod hostile;
pub(crate) mod imap;
pub(crate) mod invariants;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod mail;
pub(crate) mod pages;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod recorder;
pub(crate) mod server;
pub(crate) mod source;
pub(crate) mod visitor;
pub(crate) mod wire;
pub(crate) mod world;

pub(crate) use database::Kind;
pub(crate) use world::{Reader, World};

/// Says something to whoever runs the stories with `--nocapture`.
#[expect(clippy::print_stderr, reason = "it is for people")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Runs a story on each database, and looks at the invariants when it has ended.
#[macro_export]
macro_rules! story {
    ($name:ident, $body:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn on_sqlite() {
                $crate::support::world::tell($crate::support::Kind::Sqlite, $body);
            }

            #[test]
            fn on_postgres() {
                $crate::support::world::tell($crate::support::Kind::Postgres, $body);
            }
        }
    };
}
