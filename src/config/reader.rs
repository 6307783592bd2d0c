//! What readers may do without, beside newsletters.

use serde::{Deserialize, Serialize};

/// A notice that a reader may do without. Those that answer the reader's own act are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// Someone has replied to a comment of theirs.
    Replies,
    /// A comment of theirs was published or declined.
    Moderation,
    /// The stories they saved, once a week, and corrections of them.
    Saved,
    /// The stories that are free are used up.
    Meter,
}

impl Wanted {
    /// Every one, in the order in which they are shown.
    pub const ALL: [Wanted; 4] = [
        Wanted::Replies,
        Wanted::Moderation,
        Wanted::Saved,
        Wanted::Meter,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Wanted::Replies => "replies",
            Wanted::Moderation => "moderation",
            Wanted::Saved => "saved",
            Wanted::Meter => "meter",
        }
    }

    /// The notice of this word.
    pub fn of(word: &str) -> Option<Wanted> {
        Wanted::ALL.into_iter().find(|w| w.word() == word)
    }
}
