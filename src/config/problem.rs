//! What is wrong with a configuration, in sentences that say where it is and what to do.

use std::fmt;

use serde::Serialize;

/// One thing that keeps a configuration from being used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, or the environment variable that overrides it.
    pub file: String,
    /// The line in the file, counted from 1; nothing for a variable, or where the file itself is missing.
    pub line: Option<usize>,
    /// The setting, dotted; of several tables under one name the number counts from 1, as in `block[2].kind`.
    /// Empty where no single setting is meant.
    pub key: String,
    /// The whole sentence, key and value included, in lower case and without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of a whole file or variable.
    pub(crate) fn of(
        file: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Problem {
        Problem {
            file: file.into(),
            line: None,
            key: String::new(),
            message: message.into(),
            hint: Some(hint.into()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// Every problem found, told together: by file, then by line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems, in the order in which they are told.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One problem of a file's setting that has no line.
    pub(crate) fn one(file: &str, key: &str, message: &str) -> Problems {
        let problem = Problem::of(
            file,
            format!("{key} {message}"),
            "see that it is what it should be",
        );
        Problem {
            key: key.to_owned(),
            ..problem
        }
        .into()
    }

    /// Adds one.
    pub(super) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Adds one that a check found, unless something is already said about the setting or a table it is in: the
    /// default, which stands in for a bad value, would only be blamed for what nobody wrote.
    pub(super) fn add_new(&mut self, problem: Problem) {
        let inside = |key: &str| {
            problem
                .key
                .strip_prefix(key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if !self
            .0
            .iter()
            .any(|other| other.file == problem.file && !other.key.is_empty() && inside(&other.key))
        {
            self.0.push(problem);
        }
    }

    /// `value` if nothing is wrong; else the problems: variables first, as they override files, then file by file.
    pub(super) fn or<T>(mut self, value: T) -> Result<T, Problems> {
        if self.is_empty() {
            return Ok(value);
        }
        let mut files: Vec<String> = Vec::new();
        for problem in &self.0 {
            if !files.contains(&problem.file) {
                files.push(problem.file.clone());
            }
        }
        self.0.sort_by_key(|problem| {
            let is_file = !problem.file.starts_with("POSTRIDER_");
            (
                is_file,
                files.iter().position(|file| *file == problem.file),
                problem.line,
            )
        });
        Err(self)
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
