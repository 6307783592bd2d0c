//! Pages: templates and words, read and tried once; then filled for each visit.
//!
//! A template says `{{say "id" name=value}}` for a message of the language's catalog and `{{number n}}` for a figure. All
//! that a template shows is escaped. `page` is what every page has; see `Frame`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use axum::response::{Html, IntoResponse, Response};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, ScopedJson,
    TemplateError as BadTemplate,
};
use rust_embed::Embed;
use serde::Serialize;
use serde_json::Value;

use super::asset::Sheet;
use super::{Visit, Web, WebError};
use crate::aside::aside;
use crate::config::Config;
use crate::render::{Arg, Catalogs, Direction, Reason, TemplateError, Templates, Words};

#[derive(Embed)]
#[folder = "templates/web/"]
struct Embedded;

/// The templates and the words of all pages.
pub struct Pages {
    catalogs: Arc<Catalogs>,
    /// The templates, with the helpers of each language.
    by_language: BTreeMap<String, Handlebars<'static>>,
    sheet: Sheet,
}

impl Pages {
    /// Our own pages, each file replaced by the one of its name in `web.templates`; with the words of mails as
    /// `mail.templates` has them.
    pub fn load(config: &Config) -> Result<Pages, TemplateError> {
        let files = load(config.web.templates.as_deref())?;
        let mails = Templates::load(config.mail.templates.as_deref())?;
        Pages::compile(&files, &mails)
    }

    fn compile(
        files: &BTreeMap<String, String>,
        mails: &BTreeMap<String, String>,
    ) -> Result<Pages, TemplateError> {
        let mut catalogs = Catalogs::read(mails)?;
        catalogs.add_pages(files)?;
        let catalogs = Arc::new(catalogs);
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        for (name, text) in files {
            if let Some(name) = name.strip_suffix(".hbs") {
                check_words(name, text, &catalogs)?;
                registry
                    .register_template_string(name, text)
                    .map_err(|error| slip(name, &error))?;
            }
        }
        let by_language = catalogs.languages().map(|language| {
            let mut registry = registry.clone();
            let speaker = |number| Speaker {
                catalogs: catalogs.clone(),
                language: language.to_owned(),
                number,
            };
            registry.register_helper("say", Box::new(speaker(false)));
            registry.register_helper("number", Box::new(speaker(true)));
            (language.to_owned(), registry)
        });
        Ok(Pages {
            by_language: by_language.collect(),
            sheet: Sheet::of(files),
            catalogs: catalogs.clone(),
        })
    }

    /// The words of this language, with those of mails.
    pub fn words(&self, language: &str) -> Words<'_> {
        self.catalogs.of(language)
    }

    /// The languages there is a catalog for, as BCP 47 tags.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.catalogs.languages()
    }

    /// The catalog's own tag for a language someone asks for, if there is one: `de` for `de-AT`.
    pub fn speaks(&self, wanted: &str) -> Option<&str> {
        let short = wanted.split(['-', '_']).next().unwrap_or_default();
        let known = |tag: &str| {
            self.catalogs
                .languages()
                .find(|language| language.eq_ignore_ascii_case(tag))
        };
        known(wanted).or_else(|| known(short))
    }

    /// Whether the pages have this message.
    pub fn can_say(&self, id: &str) -> bool {
        self.catalogs.can_say(id)
    }

    pub(super) fn sheet(&self) -> &Sheet {
        &self.sheet
    }
}

/// What every page has, as `page` in its template.
#[derive(Serialize)]
struct Frame<'a> {
    /// What the browser's bar shows: the page's own title, and the paper's name.
    title: String,
    /// The language, for `lang`.
    lang: &'a str,
    /// Which way it runs, for `dir`.
    dir: &'static str,
    /// What stands before the path of every link: the path of `web.public_url`.
    base: String,
    /// The path of the style sheet.
    sheet: String,
    paper: &'a str,
    /// Whether its name begins with "The", which the look sets apart, and the name without it.
    paper_the: bool,
    paper_rest: &'a str,
    paper_url: &'a str,
    postal_address: &'a str,
    /// Today, where the paper is.
    today: String,
}

impl Web {
    /// The page of this template, filled with `content`, an object. It must have a `title`, which stands in the browser's bar
    /// before the name of the paper; `page` is added to it.
    pub fn page(
        &self,
        visit: &Visit,
        template: &str,
        content: &impl Serialize,
    ) -> Result<Response, WebError> {
        Ok(Html(self.html(visit, template, content)?).into_response())
    }

    /// The same, as text.
    pub fn html(
        &self,
        visit: &Visit,
        template: &str,
        content: &impl Serialize,
    ) -> Result<String, WebError> {
        let config = &self.app.config;
        let words = self.pages.words(&visit.language);
        let today = self.app.clock.now();
        let today = today.to_zoned_datetime(config.paper.zone.tz().clone());
        let broken = |error: &dyn std::fmt::Display| {
            tracing::error!(template, %error, "a page could not be made");
            WebError::Broken
        };
        let mut context = Context::wraps(content).map_err(|error| broken(&error))?;
        let content = context.data_mut();
        let title = content["title"].as_str().unwrap_or_default();
        let frame = Frame {
            title: titled(words, title, &config.paper.name),
            lang: &visit.language,
            dir: match words.direction() {
                Direction::LeftToRight => "ltr",
                Direction::RightToLeft => "rtl",
            },
            base: config.web.base(),
            sheet: self.path(&format!("/look/{}", self.pages.sheet.name)),
            paper: &config.paper.name,
            paper_the: config.paper.name.starts_with("The "),
            paper_rest: config
                .paper
                .name
                .strip_prefix("The ")
                .unwrap_or(&config.paper.name),
            paper_url: &config.paper.url,
            postal_address: &config.paper.postal_address,
            today: words.date_long(today.date()),
        };
        content["page"] = serde_json::to_value(frame).map_err(|error| broken(&error))?;
        let registry = self.pages.by_language.get(&visit.language);
        let registry = registry.ok_or(WebError::Broken)?;
        aside(|| registry.render_with_context(template, &context)).map_err(|error| broken(&error))
    }
}

/// "Your newsletters, The Harbour Courier", and "Undo it? The Harbour Courier".
fn titled(words: Words<'_>, title: &str, paper: &str) -> String {
    const ENDS: [char; 8] = ['?', '!', '.', '…', ':', '؟', '۔', '।'];
    // A name that runs the other way stands between two marks that are not seen.
    let ends = title.trim_end_matches('\u{2069}').ends_with(ENDS);
    let comma = if ends {
        String::new()
    } else {
        words.say("comma", &[])
    };
    format!("{title}{comma} {paper}")
}

/// `{{say "id" name=value}}` and `{{number value}}`, in one language.
struct Speaker {
    catalogs: Arc<Catalogs>,
    language: String,
    number: bool,
}

impl HelperDef for Speaker {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let words = self.catalogs.of(&self.language);
        let first = helper.param(0).map(handlebars::PathAndJson::value);
        let said = if self.number {
            words.number(first.and_then(Value::as_u64).unwrap_or_default())
        } else {
            let id = first.and_then(Value::as_str).unwrap_or_default();
            let args = helper.hash().iter();
            let args: Vec<(&str, Arg<'_>)> = args
                .map(|(name, value)| (*name, arg(value.value())))
                .collect();
            words.say(id, &args)
        };
        Ok(ScopedJson::Derived(Value::String(said)))
    }
}

fn arg(value: &Value) -> Arg<'static> {
    match value {
        Value::String(text) => text.clone().into(),
        Value::Number(number) => number.as_f64().unwrap_or_default().into(),
        Value::Null => "".into(),
        other => other.to_string().into(),
    }
}

/// Our own files, each replaced by the one of its name in `folder`. Catalogs may be added.
fn load(folder: Option<&Path>) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut files: BTreeMap<String, String> = Embedded::iter()
        // A folder below is another program's: the demo's mailbox.
        .filter(|name| !name.contains('/'))
        .filter_map(|name| {
            let file = Embedded::get(&name)?;
            let text = String::from_utf8_lossy(&file.data).into_owned();
            Some((name.into_owned(), text))
        })
        .collect();
    let Some(folder) = folder else {
        return Ok(files);
    };
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TemplateError::Read { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if !files.contains_key(&name) && name.strip_suffix(".ftl").is_none() {
            let hint = "; a file here has the name of one of ours".to_owned();
            return Err(TemplateError::Unknown { path, hint });
        }
        let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
        files.insert(name, text);
    }
    Ok(files)
}

fn slip(name: &str, error: &BadTemplate) -> TemplateError {
    TemplateError::Wrong {
        file: format!("{name}.hbs"),
        line: error.pos().map(|(line, _)| line),
        reason: Reason::Other(error.reason().to_string()),
    }
}

/// Refuses a template that says what English has no words for.
fn check_words(name: &str, text: &str, catalogs: &Catalogs) -> Result<(), TemplateError> {
    let said = said_in(text);
    let unknown = said.iter().find(|id| !catalogs.can_say(id));
    match unknown {
        None => Ok(()),
        Some(id) => Err(TemplateError::Wrong {
            file: format!("{name}.hbs"),
            line: text
                .lines()
                .position(|line| line.contains(id))
                .map(|i| i + 1),
            reason: Reason::Other(format!("en.ftl has no words for {id}")),
        }),
    }
}

/// The messages that a template names.
fn said_in(text: &str) -> BTreeSet<&str> {
    text.split("say \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::web) fn pages() -> Pages {
        Pages::compile(&load(None).unwrap(), &Templates::embedded())
            .unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn our_own_pages_are_whole_in_every_language() {
        let pages = pages();
        let files = load(None).unwrap();
        let english = &files["en.ftl"];
        let ids = english.lines().filter_map(|line| {
            let (id, _) = line.split_once(" =")?;
            (!id.starts_with([' ', '#'])).then_some(id)
        });
        let ids: Vec<&str> = ids.collect();
        assert!(ids.len() > 20);
        for language in ["de", "hi", "ur"] {
            let text = &files[&format!("{language}.ftl")];
            for id in &ids {
                assert!(
                    text.lines()
                        .any(|line| line.starts_with(&format!("{id} ="))),
                    "{language}.ftl has no {id}"
                );
            }
        }
        assert_eq!(pages.speaks("de-AT"), Some("de"));
        assert_eq!(pages.speaks("fr"), None);
    }

    #[test]
    fn a_title_and_the_papers_name_are_parted_as_the_language_does() {
        let pages = pages();
        for (language, title, whole) in [
            ("en", "Your newsletters", "Your newsletters, The Courier"),
            (
                "en",
                "Leave Morning Tide?",
                "Leave Morning Tide? The Courier",
            ),
            ("hi", "मेल आएगा।", "मेल आएगा। The Courier"),
            ("ur", "آپ کے نیوز لیٹر", "آپ کے نیوز لیٹر، The Courier"),
            ("ur", "چھوڑیں؟", "چھوڑیں؟ The Courier"),
        ] {
            assert_eq!(titled(pages.words(language), title, "The Courier"), whole);
        }
    }

    #[test]
    fn no_template_holds_what_its_policy_refuses() {
        for (name, text) in load(None).unwrap() {
            if name.strip_suffix(".hbs").is_some() {
                for never in [" style=", "<script", "<style", " onclick", "{{{", "http://"] {
                    assert!(!text.contains(never), "{name} has {never}");
                }
            }
        }
    }
}
