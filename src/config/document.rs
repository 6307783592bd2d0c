//! One configuration file as parsed, with the place of every key and value.
//!
//! In: the text of a file, and the variables laid over it. Out: a typed value, with every problem met on the way.
//! Serde stops at the first fault; [`Document::read`] takes the faulty key out and asks again until nothing is left
//! to find.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

use super::problem::{Problem, Problems};
use super::wording::{self, Fault};

/// Places from here on are not in the file: each stands for one environment variable.
const VARIABLES: usize = usize::MAX / 2;

/// A parsed file with the variables that override parts of it.
pub(super) struct Document<'t> {
    /// As the operator would name it.
    name: String,
    text: &'t str,
    root: DeTable<'t>,
    variables: Vec<&'t str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

impl<'t> Document<'t> {
    /// Parses `text`. A file that is not TOML gives nothing but its problems: what could be guessed of it would only
    /// lead to more of them.
    pub(super) fn parse(
        name: &str,
        text: &'t str,
        problems: &mut Problems,
    ) -> Option<Document<'t>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Document {
            name: name.to_owned(),
            text,
            root: root.into_inner(),
            variables: Vec::new(),
        };
        let mut told = Vec::new();
        for error in &errors {
            let line = error.span().map(|span| document.line(span.start));
            if !told.contains(&line) {
                told.push(line);
                let (message, hint) = match error.message() {
                    "duplicate key" => {
                        let key = error
                            .span()
                            .and_then(|span| text.get(span))
                            .unwrap_or("a setting");
                        (
                            format!("{key} stands here a second time"),
                            "keep one of them",
                        )
                    }
                    fault => {
                        let hint = "one setting to a line, text in quotes, as in name = \"The Harbour Courier\"";
                        (format!("this is not TOML: {fault}"), hint)
                    }
                };
                problems.add(Problem {
                    line,
                    ..Problem::of(name, message, hint)
                });
            }
        }
        errors.is_empty().then_some(document)
    }

    /// Lays the value of an environment variable over `[section] key`; a section that may be there several times
    /// (`list`) means its first.
    pub(super) fn lay_over(
        &mut self,
        variable: &'t str,
        section: &str,
        key: &str,
        value: &'t str,
        list: bool,
    ) {
        let place = VARIABLES + self.variables.len();
        let place = place..place + 1;
        self.variables.push(variable);
        if !self.root.contains_key(section) {
            let table = Spanned::new(place.clone(), DeValue::Table(DeTable::new()));
            let section = Spanned::new(place.clone(), Cow::Owned(section.to_owned()));
            let value = if list {
                DeValue::Array(DeArray::from_iter([table]))
            } else {
                table.into_inner()
            };
            self.root
                .insert(section, Spanned::new(place.clone(), value));
        }
        let table = match self.root.get_mut(section).map(Spanned::get_mut) {
            Some(DeValue::Table(table)) => table,
            Some(DeValue::Array(items)) if list => match items.first_mut().map(Spanned::get_mut) {
                Some(DeValue::Table(table)) => table,
                _ => return,
            },
            // The file is wrong here, and will be told so.
            _ => return,
        };
        // Insertion alone would keep the old key, and with it the old place.
        table.remove(key);
        let value = DeValue::String(Cow::Borrowed(value));
        table.insert(
            Spanned::new(place.clone(), Cow::Owned(key.to_owned())),
            Spanned::new(place, value),
        );
    }

    /// Refuses `[[section]]` where a `[section]` is meant: serde would take the list for the fields in their order.
    pub(super) fn refuse_list(&mut self, section: &str, problems: &mut Problems) {
        if self.at(section).value().is_some_and(DeValue::is_array) {
            let hint = format!("write [{section}], with one pair of brackets, once");
            self.at(section)
                .say(problems, "stands here as a list", &hint);
            if let Some(value) = self.root.get_mut(section) {
                *value.get_mut() = DeValue::Table(DeTable::new());
            }
        }
    }

    /// The typed value. Every fault goes to `problems`, and the default takes its place.
    pub(super) fn read<T: DeserializeOwned + Default>(&self, problems: &mut Problems) -> T {
        let mut left = self.root.clone();
        loop {
            let error = match T::deserialize(Deserializer::from(Spanned::new(0..0, left.clone()))) {
                Ok(value) => return value,
                Err(error) => error,
            };
            let span = error.span().unwrap_or(0..0);
            let Some(path) = path_to(&left, &span) else {
                problems.add(Problem::of(
                    &*self.name,
                    error.message(),
                    "compare the file with the one we ship",
                ));
                return T::default();
            };
            if error.message().starts_with("invalid type: string") && retype(&mut left, &path) {
                continue;
            }
            problems.add(self.explain(&span, error.message()));
            remove(&mut left, &path);
        }
    }

    /// The setting called `key` at the top of the file.
    pub(super) fn at(&self, key: &str) -> Spot<'_, 't> {
        Spot {
            document: self,
            path: Vec::new(),
        }
        .key(key)
    }

    fn explain(&self, span: &Range<usize>, error: &str) -> Problem {
        // `left` has lost keys and list items; the path to show is the one in the whole file.
        let spot = Spot {
            document: self,
            path: path_to(&self.root, span).unwrap_or_default(),
        };
        let key = spot.name();
        match wording::fault(error, &key, &spot.shown().unwrap_or_default()) {
            Fault::Refused(predicate, hint) => spot.problem(&predicate, hint),
            Fault::Unknown(allowed) => self.explain_unknown(&spot, allowed),
        }
    }

    fn explain_unknown(&self, spot: &Spot<'_, '_>, mut allowed: Vec<&str>) -> Problem {
        let key = spot.name();
        let (table, last) = key.rsplit_once('.').unwrap_or(("", &key));
        let variable = spot.start().and_then(|start| self.variable(start));
        if variable.is_some() && table == "relay" {
            allowed.push("password");
        }
        let hint = match (wording::meant(last, allowed.iter().copied()), variable) {
            (Some(word), None) => format!("did you mean {word}?"),
            (Some(word), Some(_)) => format!(
                "did you mean POSTRIDER_{}?",
                format!("{table}_{word}").to_uppercase()
            ),
            (None, _) => format!("the settings here are {}", wording::list(&allowed, "and")),
        };
        let of = if table.is_empty() {
            " of this file"
        } else {
            ""
        };
        Problem {
            message: format!("{key} is not a setting{of}"),
            ..spot.problem("", Some(hint))
        }
    }

    fn line(&self, offset: usize) -> usize {
        1 + self
            .text
            .get(..offset)
            .unwrap_or(self.text)
            .matches('\n')
            .count()
    }

    fn variable(&self, offset: usize) -> Option<&'t str> {
        self.variables.get(offset.checked_sub(VARIABLES)?).copied()
    }
}

/// A setting, there or not.
#[derive(Clone)]
pub(super) struct Spot<'d, 't> {
    document: &'d Document<'t>,
    path: Vec<Step>,
}

impl Spot<'_, '_> {
    /// The setting `key` under this one.
    pub(super) fn key(mut self, key: &str) -> Self {
        self.path.push(Step::Key(key.to_owned()));
        self
    }

    /// The item of this list, counted from 0.
    pub(super) fn item(mut self, index: usize) -> Self {
        self.path.push(Step::Item(index));
        self
    }

    /// Whether it is set.
    pub(super) fn is_set(&self) -> bool {
        self.value().is_some()
    }

    /// Whether its value is refused already, so that its default stands in for it.
    pub(super) fn is_refused(&self, problems: &Problems) -> bool {
        let name = self.name();
        problems
            .iter()
            .any(|problem| problem.file == self.document.name && problem.key == name)
    }

    /// Its value, if that is text.
    pub(super) fn text(&self) -> Option<&str> {
        self.value()?.as_str()
    }

    /// Its own name, without the tables it is in.
    pub(super) fn last_key(&self) -> &str {
        match self.path.last() {
            Some(Step::Key(key)) => key,
            _ => "",
        }
    }

    /// Says of this setting: key, value, `predicate`. An empty hint is none.
    pub(super) fn say(&self, problems: &mut Problems, predicate: &str, hint: &str) {
        let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
        problems.add_new(self.problem(predicate, hint));
    }

    fn problem(&self, predicate: &str, hint: Option<String>) -> Problem {
        let key = self.name();
        let message = match self.shown() {
            Some(value) => format!("{key} = {value} {predicate}"),
            None => format!("{key} {predicate}"),
        };
        let start = self.start();
        let variable = start.and_then(|start| self.document.variable(start));
        Problem {
            file: variable.unwrap_or(&self.document.name).to_owned(),
            line: start
                .filter(|_| variable.is_none())
                .map(|start| self.document.line(start)),
            key,
            message,
            hint,
        }
    }

    fn value(&self) -> Option<&DeValue<'_>> {
        value_at(&self.document.root, &self.path).map(Spanned::get_ref)
    }

    /// Where it stands; for one that is missing, where the table it belongs to begins.
    fn start(&self) -> Option<usize> {
        (1..=self.path.len()).rev().find_map(|length| {
            let value = value_at(&self.document.root, &self.path[..length])?;
            Some(value.span().start)
        })
    }

    fn name(&self) -> String {
        let mut name = String::new();
        for (i, step) in self.path.iter().enumerate() {
            match step {
                Step::Key(key) if name.is_empty() => name.push_str(key),
                Step::Key(key) => name.extend([".", key]),
                Step::Item(index) => {
                    // A number says something only where there are several tables; a plain value shows itself.
                    let list = value_at(&self.document.root, &self.path[..i])
                        .and_then(|list| list.get_ref().as_array());
                    if list.is_some_and(|list| {
                        list.len() > 1 && list.first().is_some_and(|item| item.get_ref().is_table())
                    }) {
                        name.extend(["[", &(index + 1).to_string(), "]"]);
                    }
                }
            }
        }
        name
    }

    /// The value as it is written, if it is a single one that may be printed.
    fn shown(&self) -> Option<String> {
        const LONGEST: usize = 60;
        let shown = match self.value()? {
            DeValue::String(text) if self.is_private(text) => return None,
            DeValue::String(text) => format!("{text:?}"),
            DeValue::Integer(number) => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Boolean(yes) => yes.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            DeValue::Array(_) | DeValue::Table(_) => return None,
        };
        Some(if shown.chars().count() > LONGEST {
            let head: String = shown.chars().take(LONGEST).collect();
            format!("{head}…")
        } else {
            shown
        })
    }

    /// A URL may carry a password or a token, a list of recipients is made of addresses.
    fn is_private(&self, text: &str) -> bool {
        let named = |name: &str| {
            self.path
                .iter()
                .any(|step| *step == Step::Key(name.to_owned()))
        };
        named("only_to") || (named("url") && text.contains(['@', '?']))
    }
}

/// A variable is text; if another type is wanted, this reads it as TOML would. False if that changes nothing.
fn retype<'t>(table: &mut DeTable<'t>, path: &[Step]) -> bool {
    let Some(slot) = value_at_mut(table, path) else {
        return false;
    };
    let place = slot.span();
    let text: &'t str = match slot.get_ref() {
        DeValue::String(Cow::Borrowed(text)) if place.start >= VARIABLES => text,
        _ => return false,
    };
    let value = match DeValue::parse(text).map(Spanned::into_inner) {
        Ok(value @ (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_))) => value,
        Ok(DeValue::Array(items)) => {
            let items = items
                .into_iter()
                .map(|item| Spanned::new(place.clone(), item.into_inner()));
            DeValue::Array(items.collect())
        }
        _ => return false,
    };
    *slot.get_mut() = value;
    true
}

fn path_to(table: &DeTable<'_>, span: &Range<usize>) -> Option<Vec<Step>> {
    // Headers make spans overlap: the first `[[relay]]` is the place of its key, of the list and of the item.
    walk(table, &|key, _| key == Some(span))
        .or_else(|| walk(table, &|_, value| value == span))
        .or_else(|| walk(table, &|_, value| value.contains(&span.start)))
}

type Hit<'h> = &'h dyn Fn(Option<&Range<usize>>, &Range<usize>) -> bool;

/// The path to the deepest entry or list item of which `hit` is true.
fn walk(table: &DeTable<'_>, hit: Hit<'_>) -> Option<Vec<Step>> {
    table.iter().find_map(|(key, value)| {
        let inner = walk_value(value, hit);
        let path = inner.or_else(|| hit(Some(&key.span()), &value.span()).then(Vec::new))?;
        Some([vec![Step::Key(key.get_ref().to_string())], path].concat())
    })
}

fn walk_value(value: &Spanned<DeValue<'_>>, hit: Hit<'_>) -> Option<Vec<Step>> {
    match value.get_ref() {
        DeValue::Table(table) => walk(table, hit),
        DeValue::Array(items) => items.iter().enumerate().find_map(|(i, item)| {
            let path = walk_value(item, hit).or_else(|| hit(None, &item.span()).then(Vec::new))?;
            Some([vec![Step::Item(i)], path].concat())
        }),
        _ => None,
    }
}

fn value_at<'v, 't>(table: &'v DeTable<'t>, path: &[Step]) -> Option<&'v Spanned<DeValue<'t>>> {
    let (Step::Key(first), rest) = path.split_first()? else {
        return None;
    };
    rest.iter()
        .try_fold(table.get(first.as_str())?, |value, step| {
            match (step, value.get_ref()) {
                (Step::Key(key), DeValue::Table(table)) => table.get(key.as_str()),
                (Step::Item(index), DeValue::Array(items)) => items.get(*index),
                _ => None,
            }
        })
}

fn value_at_mut<'v, 't>(
    table: &'v mut DeTable<'t>,
    path: &[Step],
) -> Option<&'v mut Spanned<DeValue<'t>>> {
    let (Step::Key(first), rest) = path.split_first()? else {
        return None;
    };
    rest.iter()
        .try_fold(table.get_mut(first.as_str())?, |value, step| {
            match (step, value.get_mut()) {
                (Step::Key(key), DeValue::Table(table)) => table.get_mut(key.as_str()),
                (Step::Item(index), DeValue::Array(items)) => items.get_mut(*index),
                _ => None,
            }
        })
}

fn remove(table: &mut DeTable<'_>, path: &[Step]) {
    match path {
        [Step::Key(key)] => {
            table.remove(key.as_str());
        }
        [parent @ .., last] => match (value_at_mut(table, parent).map(Spanned::get_mut), last) {
            (Some(DeValue::Table(table)), Step::Key(key)) => {
                table.remove(key.as_str());
            }
            (Some(DeValue::Array(items)), Step::Item(index)) => {
                let mut at = 0..;
                *items = std::mem::replace(items, DeArray::new())
                    .into_iter()
                    .filter(|_| at.next() != Some(*index))
                    .collect();
            }
            _ => {}
        },
        [] => {}
    }
}
