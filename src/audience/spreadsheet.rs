//! Values that a spreadsheet would run as a formula, written so that it shows them instead.

use std::borrow::Cow;

/// What a cell may begin with that makes it a formula; the wide forms are for programs that fold them.
const STARTS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

fn would_run(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS)
}

/// The value behind an apostrophe where it would be run. One that already has apostrophes gets another, so that
/// [`undefuse`] gives back just what was there.
pub(super) fn defuse(text: &str) -> Cow<'_, str> {
    if would_run(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// What [`defuse`] was given.
pub(super) fn undefuse(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if would_run(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_formula_is_shown_and_not_run() {
        for (text, want) in [
            ("=1+2", "'=1+2"),
            ("-5", "'-5"),
            ("+44 123", "'+44 123"),
            ("@handle", "'@handle"),
            ("'=x", "''=x"),
            ("O'Neil", "O'Neil"),
            ("'tis", "'tis"),
            ("", ""),
        ] {
            assert_eq!(defuse(text), want);
        }
        assert_eq!(undefuse("'tis"), "'tis");
    }

    proptest! {
        #[test]
        fn what_was_defused_comes_back(text in "['=+@a-]{0,5}") {
            let defused = defuse(&text);
            prop_assert!(!defused.starts_with(STARTS));
            prop_assert_eq!(undefuse(&defused), text.as_str());
        }
    }
}
