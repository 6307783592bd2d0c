//! Why templates cannot be used, with the place of the slip.

use std::io;
use std::path::PathBuf;

/// Why templates cannot be used. Told at start, with the file and, where it can be known, the line.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file of the folder that replaces none of ours.
    #[error("{}: no template has this name{hint}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The name that was meant, perhaps.
        hint: String,
    },
    /// A file or folder that cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A template that was not handed in.
    #[error("the template {name} is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A template that cannot be compiled or filled.
    #[error("{file}{}: {reason}", line.map_or_else(String::new, |line| format!(":{line}")))]
    Wrong {
        /// The template's file.
        file: String,
        /// The line, where it can be known.
        line: Option<usize>,
        /// What is wrong there.
        reason: Reason,
    },
}

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// It includes itself, over others perhaps.
    #[error("includes go in a circle: {0}")]
    Cycle(String),
    /// An include that is not written as we read it.
    #[error("an include has a line for itself: <mj-include path=\"name.mjml\" />")]
    IncludeForm,
    /// Partials could call each other without end, which nothing survives.
    #[error("partials are not used here; use <mj-include> in MJML")]
    Partial,
    /// A mail without this would be against the law, or against its reader.
    #[error("the slot {0} must stand in it")]
    SlotMissing(&'static str),
    /// The place of the blocks.
    #[error("{{{{blocks}}}} must stand in it once")]
    BlocksMissing,
    /// What the compilers say.
    #[error("{0}")]
    Other(String),
}
