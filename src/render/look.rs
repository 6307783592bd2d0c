//! What mails look like: the colours, fonts and styles of `look.toml`.

use std::collections::BTreeMap;

use super::error::{Reason, TemplateError};
use super::fill::{did_you_mean, replace};

/// The tables of the file. A value may name those of a table before it.
const PARTS: [&str; 3] = ["colour", "font", "style"];

/// Every value's name and text, in the order in which they may name each other; and what some languages have instead.
pub(super) struct Look {
    values: Vec<(String, String)>,
    languages: BTreeMap<String, BTreeMap<String, String>>,
}

impl Look {
    /// Reads `look.toml`.
    pub(super) fn read(files: &BTreeMap<String, String>) -> Result<Look, TemplateError> {
        const FILE: &str = "look.toml";
        let text = files.get(FILE).ok_or_else(|| TemplateError::Missing {
            name: FILE.to_owned(),
        })?;
        let wrong = |line, reason: String| TemplateError::Wrong {
            file: FILE.to_owned(),
            line,
            reason: Reason::Other(reason),
        };
        let tables: toml::Table = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| text[..span.start].matches('\n').count() + 1);
            wrong(line, error.message().to_owned())
        })?;
        let values: Vec<(String, String)> = values_of(&tables).collect();
        let mut languages = BTreeMap::new();
        let own = tables.get("language").and_then(toml::Value::as_table);
        for (language, own) in own.into_iter().flatten() {
            let own: BTreeMap<String, String> =
                own.as_table().into_iter().flat_map(values_of).collect();
            let unknown = own
                .keys()
                .find(|own| values.iter().all(|(name, _)| name != *own));
            if let Some(unknown) = unknown {
                let hint = did_you_mean(unknown, values.iter().map(|(name, _)| name.as_str()));
                let line = text
                    .lines()
                    .position(|line| line.trim_start().starts_with(unknown.as_str()))
                    .map(|line| line + 1);
                return Err(wrong(
                    line,
                    format!("language.{language} replaces {unknown}, which there is not{hint}"),
                ));
            }
            languages.insert(language.clone(), own);
        }
        Ok(Look { values, languages })
    }

    /// Every value as `language` has it, with `accent` and those before it in its braces.
    pub(super) fn with(&self, accent: &str, language: &str) -> BTreeMap<String, String> {
        let short = language.split(['-', '_']).next().unwrap_or_default();
        let own = [language, short]
            .into_iter()
            .find_map(|l| self.languages.get(l));
        let mut known: Vec<(&str, String)> = vec![("accent", accent.to_owned())];
        for (name, value) in &self.values {
            let before: Vec<(&str, &str)> = known
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let value = own.and_then(|own| own.get(name)).unwrap_or(value);
            let value = replace(value, &before);
            known.push((name, value));
        }
        known
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn values_of(tables: &toml::Table) -> impl Iterator<Item = (String, String)> {
    PARTS.iter().flat_map(|part| {
        let values = tables.get(*part).and_then(toml::Value::as_table);
        values
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
    })
}
