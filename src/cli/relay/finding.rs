//! One thing looked at: how it stands, what is so, and what to do.

use std::io;

use serde::Serialize;

use crate::cli::out::Out;

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum State {
    /// As it should be.
    Ok,
    /// It works, and could be better; or it could not be looked at.
    Warning,
    /// Mail will not leave, or not arrive.
    Problem,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Problem => "problem",
        }
    }
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Finding {
    pub(in crate::cli) what: &'static str,
    pub(in crate::cli) state: State,
    pub(in crate::cli) says: String,
    /// What to do; where nothing is to be done, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) hint: Option<String>,
}

impl Finding {
    fn new(what: &'static str, state: State, says: impl Into<String>, hint: &str) -> Finding {
        Finding {
            what,
            state,
            says: says.into(),
            hint: Some(hint.to_owned()).filter(|hint| !hint.is_empty()),
        }
    }

    pub(super) fn ok(what: &'static str, says: impl Into<String>) -> Finding {
        Finding::new(what, State::Ok, says, "")
    }

    pub(super) fn warning(what: &'static str, says: impl Into<String>, hint: &str) -> Finding {
        Finding::new(what, State::Warning, says, hint)
    }

    pub(super) fn problem(what: &'static str, says: impl Into<String>, hint: &str) -> Finding {
        Finding::new(what, State::Problem, says, hint)
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Finding {
        Finding {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(super) fn tell(&self, out: &mut Out) -> io::Result<()> {
        out.line(format!(
            "  {:<8} {}: {}",
            self.state.word(),
            self.what,
            self.says
        ))?;
        match &self.hint {
            Some(hint) => out.line(format!("           hint: {hint}")),
            None => Ok(()),
        }
    }
}
