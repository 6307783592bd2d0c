//! `postrider feedback < mail`.

use super::*;
use crate::support::program;

story!(
    a_pipe_ends_well_with_what_is_no_report_and_asks_for_patience_without_a_database,
    async |world: &mut World| {
        let letter = b"From: a@example.org\r\nTo: tide@courier.example\r\nSubject: Thanks\r\n\r\nA fine issue.\r\n";
        let done = program::feed(world, &["feedback"], letter);
        assert_eq!(done.status.code(), Some(0));
        assert!(!done.stderr.is_empty());
        let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
        let nowhere = "postgres://postgres@127.0.0.1:1/nowhere";
        world.configure("postrider.toml", &file.replace(&world.url, nowhere));
        let done = program::feed(world, &["feedback"], letter);
        assert_eq!(done.status.code(), Some(75));
        world.configure("postrider.toml", "[paper\n");
        let done = program::feed(world, &["feedback"], letter);
        assert_eq!(done.status.code(), Some(75));
        world.configure("postrider.toml", &file);
    }
);
