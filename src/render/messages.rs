//! Every message that a catalog may have, what may stand in it, and what a catalog can get wrong.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::{FluentError, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::ParserError;

use super::error::{Reason, TemplateError};
use super::fill::did_you_mean;
use super::words::Arg;

/// What templates say, always the same.
const FIXED: &str = "browser read premium premium_note followed followed_text correction change pause offer_change \
    offer_leave code shared_code from_now terms privacy comma full_stop";

/// What templates say of a page, with the names of newsletter and paper in it.
const OF_PAGES: &[(&str, &str)] = &[("leave", "newsletter"), ("offer", "paper")];

/// What is said in between, and its variables. A catalog need not use those with a question mark.
const SENTENCES: &[(&str, &str)] = &[
    ("more", "count?"),
    ("greeting_morning", "name"),
    ("greeting_day", "name"),
    ("greeting_evening", "name"),
    ("greeting_morning_plain", ""),
    ("greeting_day_plain", ""),
    ("greeting_evening_plain", ""),
    ("why", "newsletter"),
    ("why_since", "newsletter since"),
    ("offer_why", ""),
    ("offer_why_since", "since"),
    ("schedule_own", ""),
    ("schedule_instant", ""),
    ("schedule_at", "days time zone"),
    ("times", "zone"),
    ("notice_confirm_subject", "newsletters? paper? count?"),
    ("notice_confirm_head", "paper?"),
    ("notice_confirm_text", "newsletters paper? count?"),
    ("notice_confirm_go", "count?"),
    ("notice_confirm_not", ""),
    ("notice_link_subject", "paper?"),
    ("notice_link_head", "paper?"),
    ("notice_link_text", "paper?"),
    ("notice_link_go", ""),
    ("notice_link_not", ""),
    ("notice_address_subject", "paper?"),
    ("notice_address_head", "paper?"),
    ("notice_address_text", "paper?"),
    ("notice_address_go", ""),
    ("notice_address_not", ""),
    ("notice_changed_subject", "paper?"),
    ("notice_changed_head", "paper?"),
    ("notice_changed_text", "paper? address"),
    ("notice_changed_go", ""),
    ("notice_changed_not", ""),
    ("notice_changed_write", ""),
    ("notice_left_subject", "newsletters? count?"),
    ("notice_left_head", "newsletters? count?"),
    ("notice_left_text", "newsletters? paper? count?"),
    ("notice_left_go", ""),
    ("notice_left_not", ""),
    ("notice_erasing_subject", "paper?"),
    ("notice_erasing_head", ""),
    ("notice_erasing_text", "paper?"),
    ("notice_erasing_go", ""),
    ("notice_erasing_not", ""),
    ("notice_from", "network"),
    ("notice_until", "until"),
    ("notice_why", "paper?"),
    ("list_end", "first last"),
    ("list_others", "first count?"),
    ("date_long", "weekday weekday_short? day month year"),
    ("date_short", "weekday? weekday_short? day month year"),
    ("date_moment", "weekday? weekday_short? day month? time"),
    ("time", "hh? mm? hour? hour12? minute? part?"),
    ("zone", "place"),
    ("zone_utc", ""),
    ("days_all", ""),
    ("days_work", ""),
    ("days_weekend", ""),
    ("days_some", "days"),
    ("number_digits", ""),
    ("number_separator", ""),
    ("number_groups", ""),
];

/// What there is one of for each day or month.
const COUNTED: &[(&str, usize)] = &[
    ("days_", 7),
    ("weekday_", 7),
    ("weekday_short_", 7),
    ("month_", 12),
];

/// The messages that templates call `words`.
pub(super) fn of_templates() -> impl Iterator<Item = &'static str> {
    FIXED.split_whitespace()
}

/// The same, of whole pages.
pub(super) fn of_pages() -> impl Iterator<Item = &'static str> {
    OF_PAGES.iter().map(|(id, _)| *id)
}

/// Every message, with its variables.
fn known() -> impl Iterator<Item = (String, &'static str)> {
    let fixed = of_templates().map(|id| (id.to_owned(), ""));
    let filled = OF_PAGES.iter().chain(SENTENCES);
    let counted = COUNTED
        .iter()
        .flat_map(|(id, n)| (1..=*n).map(move |i| (format!("{id}{i}"), "")));
    fixed
        .chain(filled.map(|(id, variables)| ((*id).to_owned(), *variables)))
        .chain(counted)
}

/// The message that names a zone, such as `zone_asia_kolkata`.
pub(super) fn of_zone(zone: &str) -> String {
    format!("zone_{}", zone.to_lowercase().replace(['/', '-', '+'], "_"))
}

/// Refuses an English catalog that lacks something.
pub(super) fn check_complete(file: &str, has: impl Fn(&str) -> bool) -> Result<(), TemplateError> {
    let missing: Vec<String> = known().map(|(id, _)| id).filter(|id| !has(id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "{} is not said here, and English stands in for all others; copy it from ours",
        missing.join(", ")
    );
    Err(wrong(file, None, reason))
}

/// What the parser did not understand first, and where.
pub(super) fn broken(file: &str, text: &str, errors: &[ParserError]) -> TemplateError {
    let Some(error) = errors.first() else {
        return wrong(file, None, "cannot be read".to_owned());
    };
    let at = error.slice.as_ref().map_or(error.pos.start, |junk| {
        // What is unclosed is found out at its end; the message that began it is where to look.
        junk.start.min(error.pos.start)
    });
    let at = at + text[at..].len() - text[at..].trim_start().len();
    let reason = format!(
        "{}; a message is written `name = words`, further lines indented, `{{ $name }}` in it",
        error.kind
    );
    wrong(file, Some(line_at(text, at)), reason)
}

/// A message that stands in the file twice.
pub(super) fn twice(file: &str, text: &str, errors: &[FluentError]) -> TemplateError {
    match errors.first() {
        Some(FluentError::Overriding { id, .. }) => {
            let second = lines_of(text, id).nth(1);
            wrong(file, second, format!("{id} is said twice; take one out"))
        }
        other => {
            let reason = other.map_or_else(String::new, ToString::to_string);
            wrong(file, None, reason)
        }
    }
}

/// Refuses messages nobody says, and variables that nothing fills or that are left out.
pub(super) fn check(
    file: &str,
    text: &str,
    resource: &FluentResource,
) -> Result<(), TemplateError> {
    let known: BTreeMap<String, &str> = known().collect();
    for entry in resource.entries() {
        let Entry::Message(message) = entry else {
            continue;
        };
        let id = message.id.name;
        let line = || lines_of(text, id).next();
        let Some(pattern) = &message.value else {
            return Err(wrong(file, line(), format!("{id} says nothing")));
        };
        let variables = known
            .get(id)
            .copied()
            .or_else(|| names_zone(id).then_some(""));
        let Some(variables) = variables else {
            let hint = if id.starts_with("zone_") {
                "; a zone is named as IANA does, such as zone_europe_london".to_owned()
            } else {
                did_you_mean(id, known.keys().map(String::as_str))
            };
            return Err(wrong(file, line(), format!("no mail says {id}{hint}")));
        };
        let mut used = Vec::new();
        variables_of(pattern, &mut used);
        let given: Vec<&str> = variables
            .split_whitespace()
            .map(|name| name.trim_end_matches('?'))
            .collect();
        if let Some(unknown) = used.iter().find(|name| !given.contains(name)) {
            let hint = match given.as_slice() {
                [] => "; it has no variables".to_owned(),
                given => format!("; it may have ${}", given.join(", $")),
            };
            let line = line().map(|first| line_of_variable(text, first, unknown));
            return Err(wrong(
                file,
                line,
                format!("nothing fills {{ ${unknown} }} in {id}{hint}"),
            ));
        }
        let needed = variables.split_whitespace().find(|name| {
            // What is referred to may have it.
            !name.ends_with('?') && !used.contains(name) && !refers(pattern)
        });
        if let Some(missing) = needed {
            let reason = format!("{id} says nothing of {{ ${missing} }}; put it where it belongs");
            return Err(wrong(file, line(), reason));
        }
    }
    Ok(())
}

/// The messages of a page's catalog, each with its variables.
pub(super) fn of_catalog(
    file: &str,
    text: &str,
) -> Result<BTreeMap<String, BTreeSet<String>>, TemplateError> {
    let resource = FluentResource::try_new(text.to_owned())
        .map_err(|(_, errors)| broken(file, text, &errors))?;
    let mut all = BTreeMap::new();
    for entry in resource.entries() {
        let Entry::Message(message) = entry else {
            continue;
        };
        let id = message.id.name;
        let Some(pattern) = &message.value else {
            let line = lines_of(text, id).next();
            return Err(wrong(file, line, format!("{id} says nothing")));
        };
        let mut used = Vec::new();
        variables_of(pattern, &mut used);
        let used = used.into_iter().map(str::to_owned).collect();
        if all.insert(id.to_owned(), used).is_some() {
            let second = lines_of(text, id).nth(1);
            return Err(wrong(
                file,
                second,
                format!("{id} is said twice; take one out"),
            ));
        }
    }
    Ok(all)
}

/// Refuses messages of a page's catalog that English does not have, or has with other variables.
pub(super) fn check_against(
    file: &str,
    text: &str,
    own: &BTreeMap<String, BTreeSet<String>>,
    first: &BTreeMap<String, BTreeSet<String>>,
) -> Result<(), TemplateError> {
    for (id, used) in own {
        let line = || lines_of(text, id).next();
        let Some(known) = first.get(id) else {
            let hint = did_you_mean(id, first.keys().map(String::as_str));
            return Err(wrong(file, line(), format!("no page says {id}{hint}")));
        };
        // A count may be said without its figure: "one more".
        let differ = used
            .symmetric_difference(known)
            .find(|name| *name != "count");
        if let Some(name) = differ {
            let reason = if known.contains(name) {
                format!("{id} says nothing of {{ ${name} }}; put it where it belongs")
            } else {
                format!("nothing fills {{ ${name} }} in {id}")
            };
            return Err(wrong(file, line(), reason));
        }
    }
    Ok(())
}

/// Says every message of a page's catalog, and tells what went wrong.
pub(super) fn try_out_pages(
    file: &str,
    text: &str,
    own: &BTreeMap<String, BTreeSet<String>>,
    say: impl Fn(&str, &[(&str, Arg<'_>)]) -> Option<(String, Vec<FluentError>)>,
) -> Result<(), TemplateError> {
    for (id, variables) in own {
        for number in tried_with(variables.is_empty()) {
            let args: Vec<(&str, Arg<'_>)> = variables
                .iter()
                .map(|name| (name.as_str(), sample(name, number)))
                .collect();
            let errors = say(id, &args).map(|(_, errors)| errors).unwrap_or_default();
            if let Some(error) = errors.first() {
                let line = lines_of(text, id).next();
                return Err(wrong(file, line, format!("{id}: {error}")));
            }
        }
    }
    Ok(())
}

/// The numbers that a message is tried with: of each form that a language may have. One that has no variables says the same
/// with all of them.
fn tried_with(fixed: bool) -> impl Iterator<Item = i32> {
    [0, 1, 2, 5, 12, 100_000]
        .into_iter()
        .take(if fixed { 1 } else { 6 })
}

/// What stands for a variable as a message is tried.
fn sample(name: &str, number: i32) -> Arg<'static> {
    if ["count", "day", "hour", "hour12", "minute"].contains(&name) {
        FluentValue::from(number)
    } else {
        FluentValue::from("x")
    }
}

/// Says every message of a catalog with the arguments there will be, and tells what went wrong.
pub(super) fn try_out(
    file: &str,
    text: &str,
    say: impl Fn(&str, &[(&str, Arg<'_>)]) -> Option<(String, Vec<FluentError>)>,
) -> Result<(), TemplateError> {
    for (id, variables) in known() {
        for number in tried_with(variables.is_empty()) {
            let args: Vec<(&str, Arg<'_>)> = variables
                .split_whitespace()
                .map(|name| {
                    let name = name.trim_end_matches('?');
                    (name, sample(name, number))
                })
                .collect();
            let Some((said, errors)) = say(&id, &args) else {
                break;
            };
            let line = || lines_of(text, &id).next();
            if let Some(error) = errors.first() {
                let FluentError::ResolverError(error) = error else {
                    return Err(wrong(file, line(), error.to_string()));
                };
                return Err(wrong(file, line(), format!("{id}: {error}")));
            }
            if let Some(hint) = wrong_number_form(&id, &said) {
                return Err(wrong(file, line(), format!("{id} is {hint}")));
            }
        }
    }
    Ok(())
}

/// What a message that says how numbers are written must be, if it is not.
fn wrong_number_form(id: &str, said: &str) -> Option<&'static str> {
    match id {
        "number_digits" if said.chars().count() != 10 => Some("ten digits, from nought to nine"),
        "number_groups"
            if said.is_empty()
                || !said
                    .split_whitespace()
                    .all(|group| matches!(group.parse(), Ok(1..=9u8))) =>
        {
            Some("how many digits a group has, from the right, such as 3, or 3 2")
        }
        _ => None,
    }
}

fn names_zone(id: &str) -> bool {
    id.starts_with("zone_")
        && jiff::tz::db()
            .available()
            // Most have another length, and need not be written out.
            .any(|zone| zone.as_str().len() + 5 == id.len() && of_zone(zone.as_str()) == id)
}

/// The variables in a pattern, those it chooses by included.
fn variables_of<'a>(pattern: &Pattern<&'a str>, into: &mut Vec<&'a str>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            variables_of_expression(expression, into);
        }
    }
}

fn variables_of_expression<'a>(expression: &Expression<&'a str>, into: &mut Vec<&'a str>) {
    match expression {
        Expression::Inline(inline) => variables_of_inline(inline, into),
        Expression::Select { selector, variants } => {
            variables_of_inline(selector, into);
            for variant in variants {
                variables_of(&variant.value, into);
            }
        }
    }
}

fn variables_of_inline<'a>(inline: &InlineExpression<&'a str>, into: &mut Vec<&'a str>) {
    match inline {
        InlineExpression::VariableReference { id } => into.push(id.name),
        InlineExpression::Placeable { expression } => variables_of_expression(expression, into),
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                variables_of_inline(argument, into);
            }
        }
        _ => {}
    }
}

fn refers(pattern: &Pattern<&str>) -> bool {
    pattern.elements.iter().any(|element| {
        matches!(
            element,
            PatternElement::Placeable {
                expression: Expression::Inline(
                    InlineExpression::MessageReference { .. }
                        | InlineExpression::TermReference { .. }
                )
            }
        )
    })
}

/// The lines on which a message of this name begins.
fn lines_of<'a>(text: &'a str, id: &'a str) -> impl Iterator<Item = usize> + 'a {
    let begins = move |line: &str| {
        line.strip_prefix(id)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines()
        .enumerate()
        .filter(move |(_, line)| begins(line))
        .map(|(i, _)| i + 1)
}

fn line_of_variable(text: &str, first: usize, name: &str) -> usize {
    let marked = format!("${name}");
    let below = text.lines().skip(first - 1);
    let at = below.take(40).position(|line| line.contains(&marked));
    first + at.unwrap_or(0)
}

fn line_at(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

fn wrong(file: &str, line: Option<usize>, reason: String) -> TemplateError {
    TemplateError::Wrong {
        file: file.to_owned(),
        line,
        reason: Reason::Other(reason),
    }
}
