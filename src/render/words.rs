//! What mails say by themselves, and what they look like: `words.LANGUAGE.toml` and `look.toml`.

use std::collections::BTreeMap;

use super::error::{Reason, TemplateError};
use super::fill::{did_you_mean, replace};

/// Whose words stand in where another language lacks some.
const FIRST_LANGUAGE: &str = "en";
/// What may stand in braces in the words.
const PLACEHOLDERS: [&str; 6] = ["newsletter", "paper", "name", "since", "schedule", "zone"];

/// The words of each language, each of them complete.
pub(super) struct Words(BTreeMap<String, BTreeMap<String, String>>);

impl Words {
    /// Reads every language among `files`.
    pub(super) fn read(files: &BTreeMap<String, String>) -> Result<Words, TemplateError> {
        let first: BTreeMap<String, String> =
            read_toml(&format!("words.{FIRST_LANGUAGE}.toml"), files)?;
        let mut all = BTreeMap::new();
        for (name, text) in files {
            let Some(language) = language_of(name) else {
                continue;
            };
            let words: BTreeMap<String, String> = read_toml(name, files)?;
            for (key, word) in &words {
                check_word(name, text, key, word, &first)?;
            }
            let mut complete = first.clone();
            complete.extend(words);
            all.insert(language.to_owned(), complete);
        }
        Ok(Words(all))
    }

    /// The words of `language`, of its first subtag, or the first language's.
    pub(super) fn of(&self, language: &str) -> &BTreeMap<String, String> {
        let short = language.split(['-', '_']).next().unwrap_or_default();
        let found = [language, short, FIRST_LANGUAGE]
            .into_iter()
            .find_map(|language| self.0.get(language));
        found.expect("`read` refuses files without the first language's words")
    }

    /// One word or sentence of `language`, filled.
    pub(super) fn say(&self, language: &str, key: &str, values: &[(&str, &str)]) -> String {
        replace(
            self.of(language).get(key).map_or("", String::as_str),
            values,
        )
    }
}

/// Colours, then fonts, then styles: a value may name those before it.
pub(super) struct Look(Vec<(String, String)>);

impl Look {
    /// Reads `look.toml`.
    pub(super) fn read(files: &BTreeMap<String, String>) -> Result<Look, TemplateError> {
        let tables: toml::Table = read_toml("look.toml", files)?;
        let mut look = Vec::new();
        for part in ["colour", "font", "style"] {
            let values = tables
                .get(part)
                .and_then(toml::Value::as_table)
                .into_iter()
                .flatten();
            look.extend(
                values.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))),
            );
        }
        Ok(Look(look))
    }

    /// Every value, with `accent` and those before it in its braces.
    pub(super) fn with(&self, accent: &str) -> BTreeMap<String, String> {
        let mut known: Vec<(&str, String)> = vec![("accent", accent.to_owned())];
        for (name, value) in &self.0 {
            let before: Vec<(&str, &str)> = known
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let value = replace(value, &before);
            known.push((name, value));
        }
        known
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// The language of a file of words.
pub(super) fn language_of(name: &str) -> Option<&str> {
    name.strip_prefix("words.")?
        .strip_suffix(".toml")
        .filter(|language| !language.is_empty())
}

fn check_word(
    file: &str,
    text: &str,
    key: &str,
    word: &str,
    first: &BTreeMap<String, String>,
) -> Result<(), TemplateError> {
    let wrong = |reason: String| {
        let line = text
            .lines()
            .position(|line| line.trim_start().starts_with(key))
            .map(|line| line + 1);
        TemplateError::Wrong {
            file: file.to_owned(),
            line,
            reason: Reason::Other(reason),
        }
    };
    if !first.contains_key(key) {
        let hint = did_you_mean(key, first.keys().map(String::as_str));
        return Err(wrong(format!("no template says {key}{hint}")));
    }
    for name in word
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
    {
        if !PLACEHOLDERS.contains(&name) {
            let hint = did_you_mean(name, PLACEHOLDERS.into_iter());
            return Err(wrong(format!("nothing fills {{{name}}}{hint}")));
        }
    }
    Ok(())
}

fn read_toml<T: serde::de::DeserializeOwned>(
    name: &str,
    files: &BTreeMap<String, String>,
) -> Result<T, TemplateError> {
    let text = files.get(name).ok_or_else(|| TemplateError::Missing {
        name: name.to_owned(),
    })?;
    toml::from_str(text).map_err(|error| TemplateError::Wrong {
        file: name.to_owned(),
        line: error
            .span()
            .map(|span| text[..span.start].matches('\n').count() + 1),
        reason: Reason::Other(error.message().to_owned()),
    })
}
