//! What mails say by themselves: a Fluent catalog for each language, `en.ftl` and its like.
//!
//! A catalog may lack messages: they are said in English, by English rules of plural. Everything a catalog could get wrong
//! is told as it is read: what is in force is tried with every argument there will be.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use serde_json::{Map, Value};
use unic_langid::LanguageIdentifier;

use super::error::TemplateError;
use super::fill::stop;
use super::messages;
use super::view::Direction;

/// Whose words stand in where another language lacks some.
const FIRST_LANGUAGE: &str = "en";
/// Stand around a number until its digits and groups are the language's own.
const NUMBER_OPEN: char = '\u{fdd3}';
const NUMBER_CLOSE: char = '\u{fdd4}';
/// First strong isolate and its end (UAX #9): what is between does not turn what is around.
const ISOLATE: char = '\u{2068}';
pub(super) const ISOLATE_END: char = '\u{2069}';

/// The words of every language there is a catalog for.
pub struct Catalogs(BTreeMap<String, Catalog>);

/// One language's own.
struct Catalog {
    direction: Direction,
    bundle: FluentBundle<FluentResource>,
    numbers: Numbers,
    /// What templates call `words`, as far as it is always the same. English stands in.
    fixed: Map<String, Value>,
}

/// How a language writes numbers.
#[derive(Default)]
struct Numbers {
    digits: Vec<char>,
    separator: String,
    groups: Vec<usize>,
}

/// The words of one language, with English behind it.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    own: &'a Catalog,
    first: &'a Catalog,
}

/// What stands in a message's place: a text, or a number that may choose a plural.
pub type Arg<'a> = FluentValue<'a>;

impl Catalogs {
    /// Reads every catalog among `files`. English must say everything; the others may lack what they like.
    pub fn read(files: &BTreeMap<String, String>) -> Result<Catalogs, TemplateError> {
        let mut all = BTreeMap::new();
        for (name, text) in files {
            let Some(language) = language_of(name) else {
                continue;
            };
            all.insert(language.to_string(), Catalog::read(name, text, &language)?);
        }
        let name = format!("{FIRST_LANGUAGE}.ftl");
        let Some(first) = all.get(FIRST_LANGUAGE) else {
            return Err(TemplateError::Missing { name });
        };
        messages::check_complete(&name, |id| first.bundle.has_message(id))?;
        let mut catalogs = Catalogs(all);
        catalogs.settle();
        Ok(catalogs)
    }

    /// Adds what pages say besides, from catalogs among `files`; a page can say all that a mail can. English must have
    /// every message of the others, with the same variables.
    pub fn add_pages(&mut self, files: &BTreeMap<String, String>) -> Result<(), TemplateError> {
        let first_name = format!("{FIRST_LANGUAGE}.ftl");
        let Some(first) = files.get(&first_name) else {
            return Err(TemplateError::Missing { name: first_name });
        };
        let known = messages::of_catalog(&first_name, first)?;
        for (name, text) in files {
            let Some(language) = language_of(name) else {
                continue;
            };
            let own = messages::of_catalog(name, text)?;
            messages::check_against(name, text, &own, &known)?;
            let resource = FluentResource::try_new(text.clone())
                .map_err(|(_, errors)| messages::broken(name, text, &errors))?;
            let catalog = match self.0.entry(language.to_string()) {
                Entry::Occupied(there) => there.into_mut(),
                Entry::Vacant(free) => free.insert(Catalog::read(name, "", &language)?),
            };
            catalog
                .bundle
                .add_resource(resource)
                .map_err(|errors| messages::twice(name, text, &errors))?;
            messages::try_out_pages(name, text, &own, |id, args| catalog.format(id, args))?;
        }
        self.settle();
        Ok(())
    }

    /// Looks up what is always the same.
    fn settle(&mut self) {
        let languages: Vec<String> = self.languages().map(str::to_owned).collect();
        for language in languages {
            let words = self.of(&language);
            let (numbers, fixed) = (words.read_numbers(), words.fixed());
            if let Some(catalog) = self.0.get_mut(&language) {
                catalog.numbers = numbers;
                catalog.fixed = fixed;
            }
        }
    }

    /// Whether English has this message.
    pub fn can_say(&self, id: &str) -> bool {
        self.0[FIRST_LANGUAGE].bundle.has_message(id)
    }

    /// The languages there is a catalog for, as BCP 47 tags.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The words of `language`, of its first subtag, or English.
    pub fn of(&self, language: &str) -> Words<'_> {
        let short = language.split(['-', '_']).next().unwrap_or_default();
        let first = &self.0[FIRST_LANGUAGE];
        let own = [language, short]
            .into_iter()
            .find_map(|language| self.0.get(language));
        Words {
            own: own.unwrap_or(first),
            first,
        }
    }
}

impl Catalog {
    fn read(
        file: &str,
        text: &str,
        language: &LanguageIdentifier,
    ) -> Result<Catalog, TemplateError> {
        let resource = FluentResource::try_new(text.to_owned())
            .map_err(|(_, errors)| messages::broken(file, text, &errors))?;
        messages::check(file, text, &resource)?;
        let mut bundle = FluentBundle::new_concurrent(vec![language.clone()]);
        // Isolates where nothing turns are noise; ours stand only where something does.
        bundle.set_use_isolating(false);
        let direction = direction(language);
        bundle.set_formatter(Some(match direction {
            Direction::LeftToRight => |value, _| shown(value, Direction::LeftToRight),
            Direction::RightToLeft => |value, _| shown(value, Direction::RightToLeft),
        }));
        bundle
            .add_resource(resource)
            .map_err(|errors| messages::twice(file, text, &errors))?;
        let catalog = Catalog {
            direction,
            bundle,
            numbers: Numbers::default(),
            fixed: Map::new(),
        };
        messages::try_out(file, text, |id, args| catalog.format(id, args))?;
        Ok(catalog)
    }

    /// One message, as far as this catalog has it, and what went wrong in it.
    fn format(&self, id: &str, args: &[(&str, Arg<'_>)]) -> Option<(String, Vec<FluentError>)> {
        let message = self.bundle.get_message(id)?.value()?;
        let mut filled = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            filled.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        let said = self
            .bundle
            .format_pattern(message, Some(&filled), &mut errors);
        Some((said.into_owned(), errors))
    }
}

impl Words<'_> {
    /// A message with its arguments. Texts among them that run against the language are isolated.
    pub fn say(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String {
        let said = self
            .own
            .format(id, args)
            .or_else(|| self.first.format(id, args));
        // Every message was tried as it was read, so there is nothing to tell of.
        self.own_digits(said.map(|(said, _)| said).unwrap_or_default())
    }

    /// Whether the language itself has this message.
    pub(super) fn has(&self, id: &str) -> bool {
        self.own.bundle.has_message(id)
    }

    /// Which way the language runs.
    pub fn direction(&self) -> Direction {
        self.own.direction
    }

    /// What templates call `words`: what is always the same, and what `page` fills.
    pub(super) fn for_templates(&self, page: &[(&str, &str)]) -> Map<String, Value> {
        let mut words = self.own.fixed.clone();
        if !page.is_empty() {
            let args: Vec<(&str, Arg<'_>)> = page.iter().map(|(n, v)| (*n, (*v).into())).collect();
            for id in messages::of_pages() {
                words.insert(id.to_owned(), self.say(id, &args).into());
            }
        }
        words
    }

    /// `text` for a sentence of this language, isolated if any of it runs the other way.
    pub fn isolate(&self, text: &str) -> String {
        isolate(text, self.own.direction).into_owned()
    }

    /// "Mirren Oake, Jonah Pellwick and Edda Thornquist". Of very many names the first three, and how many others.
    pub fn list(&self, names: &[String]) -> Option<String> {
        const SHOWN: usize = 3;
        match names {
            [] => None,
            names if names.len() <= SHOWN + 1 => Some(self.all_of(names)),
            names => {
                let args = [
                    ("first", self.row_of(&names[..SHOWN]).into()),
                    ("count", (names.len() - SHOWN).into()),
                ];
                Some(self.say("list_others", &args))
            }
        }
    }

    /// All of these, the last of them after an "and".
    pub(super) fn all_of(&self, names: &[String]) -> String {
        match names {
            [] => String::new(),
            [only] => self.isolate(only),
            [first @ .., last] => {
                let args = [("first", self.row_of(first).into()), ("last", last.into())];
                self.say("list_end", &args)
            }
        }
    }

    /// These in a row, with commas between.
    pub fn row_of(&self, texts: &[String]) -> String {
        let texts: Vec<_> = texts.iter().map(|text| self.isolate(text)).collect();
        texts.join(&format!("{} ", self.say("comma", &[])))
    }

    /// `text` with a full stop, if it ends with a letter.
    pub fn stop(&self, text: &str) -> String {
        stop(text, &self.say("full_stop", &[]))
    }

    /// "41,208": in the language's digits and groups.
    pub fn number(&self, number: u64) -> String {
        let numbers = &self.own.numbers;
        let plain = number.to_string();
        let mut ends = Vec::new();
        let mut end = plain.len();
        let last = numbers.groups.last().copied().unwrap_or(0).max(1);
        for group in numbers
            .groups
            .iter()
            .copied()
            .chain(std::iter::repeat(last))
        {
            let Some(next) = end.checked_sub(group).filter(|next| *next > 0) else {
                break;
            };
            end = next;
            ends.push(end);
        }
        let mut out = String::new();
        for (at, digit) in plain.char_indices() {
            if ends.contains(&at) {
                out.push_str(&numbers.separator);
            }
            out.push(numbers.digit(digit));
        }
        out
    }

    /// `text` with its digits 0 to 9 as the language writes them.
    pub(super) fn digits(&self, text: &str) -> String {
        let numbers = &self.own.numbers;
        text.chars().map(|c| numbers.digit(c)).collect()
    }

    /// What [`Catalog::format`] marked as numbers, written out.
    fn own_digits(&self, said: String) -> String {
        if !said.contains(NUMBER_OPEN) {
            return said;
        }
        let mut out = String::with_capacity(said.len());
        for part in said.split(NUMBER_OPEN) {
            match part.split_once(NUMBER_CLOSE) {
                Some((number, rest)) => {
                    match number.parse() {
                        Ok(number) => out.push_str(&self.number(number)),
                        Err(_) => out.push_str(&self.digits(number)),
                    }
                    out.push_str(rest);
                }
                None => out.push_str(part),
            }
        }
        out
    }

    fn read_numbers(&self) -> Numbers {
        let groups = self.say("number_groups", &[]);
        Numbers {
            digits: self.say("number_digits", &[]).chars().collect(),
            separator: self.say("number_separator", &[]),
            groups: groups
                .split_whitespace()
                .filter_map(|group| group.parse().ok())
                .collect(),
        }
    }

    fn fixed(&self) -> Map<String, Value> {
        let fixed = messages::of_templates();
        fixed
            .map(|id| (id.to_owned(), self.say(id, &[]).into()))
            .collect()
    }
}

impl Numbers {
    fn digit(&self, c: char) -> char {
        let value = c.to_digit(10).and_then(|d| self.digits.get(d as usize));
        value.copied().unwrap_or(c)
    }
}

/// The language of a catalog's file: `pt-BR` of `pt-BR.ftl`.
pub(super) fn language_of(name: &str) -> Option<LanguageIdentifier> {
    name.strip_suffix(".ftl")?.parse().ok()
}

/// Which way a language runs, by CLDR. What is no language runs as English does.
pub(super) fn direction_of(language: &str) -> Direction {
    language
        .parse()
        .map_or(Direction::LeftToRight, |language| direction(&language))
}

fn direction(language: &LanguageIdentifier) -> Direction {
    match language.character_direction() {
        unic_langid::CharacterDirection::RTL => Direction::RightToLeft,
        _ => Direction::LeftToRight,
    }
}

/// An argument where it is shown, and not where it chooses.
fn shown(value: &FluentValue<'_>, within: Direction) -> Option<String> {
    match value {
        FluentValue::Number(number) => {
            Some(format!("{NUMBER_OPEN}{}{NUMBER_CLOSE}", number.as_string()))
        }
        FluentValue::String(text) => match isolate(text, within) {
            Cow::Borrowed(_) => None,
            Cow::Owned(isolated) => Some(isolated),
        },
        _ => None,
    }
}

/// `text`, isolated if any of it runs the other way: "C++" or a Latin name would turn the marks beside it.
fn isolate(text: &str, within: Direction) -> Cow<'_, str> {
    let mut depth = 0;
    let turns = text.chars().any(|c| {
        match c {
            ISOLATE => depth += 1,
            ISOLATE_END => depth -= 1,
            _ => {}
        }
        depth == 0 && strong(c).is_some_and(|runs| runs != within)
    });
    if turns {
        Cow::Owned(format!("{ISOLATE}{text}{ISOLATE_END}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Which way `text` runs by its first letter, as `dir="auto"` finds it.
pub(super) fn runs(text: &str) -> Option<Direction> {
    text.chars().find_map(strong)
}

/// Which way a character runs, if it has a way of its own: letters do, digits and marks do not.
fn strong(c: char) -> Option<Direction> {
    match c {
        '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}' => c.is_alphabetic().then_some(Direction::RightToLeft),
        _ => c.is_alphabetic().then_some(Direction::LeftToRight),
    }
}
