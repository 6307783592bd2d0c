//! Keys and passwords: where they are read, and that they are never printed.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::problem::{Problem, Problems};

/// A text that nothing prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// `[secrets]`: where the keys are that links, addresses and Message-IDs are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// A file with one key a line; lines that begin with `#` do not count. `POSTRIDER_KEY` stands in for it.
    pub key_file: PathBuf,
    /// What `POSTRIDER_KEY` holds, in the form of the file.
    #[serde(skip)]
    pub key: Option<Secret>,
}

impl Default for Secrets {
    fn default() -> Secrets {
        Secrets {
            key_file: PathBuf::from("postrider.key"),
            key: None,
        }
    }
}

impl Secrets {
    /// The keys, at least one. The last signs, every one verifies; the first also keys the hashes of addresses, so it
    /// must stay for as long as there is a suppression list.
    pub fn keys(&self) -> Result<Vec<Secret>, Problems> {
        let file = self.key_file.display().to_string();
        let hint = format!("make one with: (umask 077; {MAKE} > {file})");
        let (place, text) = match &self.key {
            Some(key) => ("POSTRIDER_KEY".to_owned(), key.clone()),
            None => (file, read(&self.key_file, &hint)?),
        };
        Ok(keys_in(&place, &text, &hint)?)
    }
}

/// What prints a new key.
pub(super) const MAKE: &str = "head -c 32 /dev/urandom | base64";

/// The keys in a text, one a line, at least one; lines that begin with `#` do not count.
pub(super) fn keys_in(place: &str, text: &Secret, hint: &str) -> Result<Vec<Secret>, Problem> {
    const SHORTEST: usize = 32;
    let lines = text.expose().lines().map(str::trim).enumerate();
    let mut keys = Vec::new();
    for (i, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if line.chars().count() < SHORTEST {
            let message = format!("this key has fewer than {SHORTEST} characters");
            // No `>` here: it would wipe out the other keys.
            let hint = format!("write a longer one in its place, such as what this prints: {MAKE}");
            return Err(Problem {
                line: Some(i + 1),
                ..Problem::of(place, message, hint)
            });
        }
        keys.push(Secret::new(line));
    }
    if keys.is_empty() {
        return Err(Problem::of(place, "there is no key in it", hint));
    }
    Ok(keys)
}

/// The text of a file that holds a secret.
pub(super) fn read(file: &Path, hint: &str) -> Result<Secret, Problem> {
    std::fs::read_to_string(file).map(Secret).map_err(|error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::InvalidData => "the file is not UTF-8 text".to_owned(),
            _ => format!("the file cannot be read ({error})"),
        };
        // One that is there and cannot be read must not be made anew: what it signed and hashed would be lost.
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => hint,
            _ => "let the user that runs Postrider read it, or restore it from a copy",
        };
        Problem::of(file.display().to_string(), reason, hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Result<Vec<Secret>, Problems> {
        Secrets {
            key: Some(Secret::new(text)),
            ..Secrets::default()
        }
        .keys()
    }

    #[test]
    fn one_key_a_line() {
        let (old, new) = ("o".repeat(32), "n".repeat(44));
        let found = keys(&format!("# 2025\n{old}\n\n  {new}  \n")).unwrap();
        assert_eq!(found, [Secret::new(old), Secret::new(new)]);
    }

    #[test]
    fn a_short_key_is_named_by_its_line_and_not_printed() {
        let problems = keys("# mine\nhunter2\n").unwrap_err().to_string();
        assert!(problems.starts_with("error: POSTRIDER_KEY:2: this key has fewer than 32 characters\nhint: write a longer one"));
        assert!(!problems.contains("hunter2"));
        assert!(keys("# nothing\n").is_err());
    }

    #[test]
    fn a_missing_file_says_how_to_make_one() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets {
            key_file: folder.path().join("none.key"),
            key: None,
        };
        let problems = secrets.keys().unwrap_err().to_string();
        assert!(
            problems.contains(
                "none.key: there is no such file\nhint: make one with: (umask 077; head -c 32"
            ),
            "{problems}"
        );
    }

    #[test]
    fn a_secret_prints_as_an_ellipsis() {
        let secrets = Secrets {
            key: Some(Secret::new("hunter2")),
            ..Secrets::default()
        };
        assert_eq!(
            format!("{} {:?}", Secret::new("hunter2"), secrets.key),
            "… Some(…)"
        );
    }
}
