//! Templates: read, compiled and tried once; then filled for each issue, block and story.

use std::collections::BTreeMap;
use std::path::Path;

use handlebars::{Handlebars, RenderError, RenderErrorReason, Template};
use rust_embed::Embed;
use serde_json::Value;

use super::error::{Reason, TemplateError};
use super::fill::{self, CUT, did_you_mean};
use super::look::Look;
use super::piece::{Piece, Slot};
use super::view::{BlockView, IssueView, OfferView, StoryView, Theme};
use super::words::{Catalogs, Words, language_of};
use super::{context, mjml, notice, sample};

#[derive(Embed)]
#[folder = "templates/mail/"]
struct Embedded;

/// Whole pages, the parts that go into them, and their plain text; `saved` has the text of `short`.
const PAGES: [&str; 3] = ["digest", "offer", "notice"];
const PARTS: [&str; 6] = ["block", "lead", "row", "short", "saved", "more"];
const TEXTS: [&str; 8] = [
    "digest", "offer", "notice", "block", "lead", "row", "short", "more",
];

/// The place of a story in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The first of all, large, with its picture.
    Lead,
    /// The same below its block's head.
    LeadBelow,
    /// With standfirst and a small picture, below its block's head.
    Row,
    /// The same with a hairline above.
    RowAfter,
    /// A headline, below its block's head.
    Short,
    /// The same with a hairline above.
    ShortAfter,
    /// A headline as a link, among what the reader saved.
    Saved,
}

impl Place {
    /// The templates of its HTML and of its text.
    fn templates(self) -> (&'static str, &'static str) {
        match self {
            Place::Lead | Place::LeadBelow => ("lead", "lead"),
            Place::Row | Place::RowAfter => ("row", "row"),
            Place::Short | Place::ShortAfter => ("short", "short"),
            Place::Saved => ("saved", "short"),
        }
    }

    /// This place under a block's head, and the same under another story.
    pub(super) fn neighbours(self) -> [Place; 2] {
        match self {
            Place::Lead | Place::LeadBelow => [Place::Lead, Place::LeadBelow],
            Place::Row | Place::RowAfter => [Place::Row, Place::RowAfter],
            Place::Short | Place::ShortAfter => [Place::Short, Place::ShortAfter],
            Place::Saved => [Place::Saved; 2],
        }
    }

    /// Whether another story stands right above.
    pub(super) fn is_after(self) -> bool {
        matches!(self, Place::RowAfter | Place::ShortAfter)
    }

    /// Whether a block's head stands right above.
    pub(super) fn is_headed(self) -> bool {
        !self.is_after() && self != Place::Lead
    }
}

/// What stands above and below the blocks, once per issue and language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// HTML above the blocks.
    pub html_top: Vec<Piece>,
    /// HTML below the blocks.
    pub html_bottom: Vec<Piece>,
    /// Text above the blocks.
    pub text_top: Vec<Piece>,
    /// Text below the blocks.
    pub text_bottom: Vec<Piece>,
}

/// A block's head, a story in a place, or the whole body of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// For the HTML part.
    pub html: Vec<Piece>,
    /// For the text part.
    pub text: Vec<Piece>,
}

/// The templates of one version, compiled; made once and shared.
pub struct Templates {
    html: Handlebars<'static>,
    text: Handlebars<'static>,
    look: Look,
    catalogs: Catalogs,
    files: BTreeMap<String, String>,
}

/// A rendered page or part: HTML and text, slots still marked.
pub(super) struct Rendered {
    pub(super) html: String,
    pub(super) text: String,
}

impl Templates {
    /// Our own templates: names and contents.
    pub fn embedded() -> BTreeMap<String, String> {
        let files = Embedded::iter().filter_map(|name| {
            let file = Embedded::get(&name)?;
            Some((
                name.into_owned(),
                String::from_utf8_lossy(&file.data).into_owned(),
            ))
        });
        files.collect()
    }

    /// Our own templates, each replaced by the file of its name in `folder`. Hidden files there are passed over, and
    /// `LANGUAGE.ftl` may be added.
    pub fn load(folder: Option<&Path>) -> Result<BTreeMap<String, String>, TemplateError> {
        let mut files = Templates::embedded();
        let Some(folder) = folder else {
            return Ok(files);
        };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| TemplateError::Read { path, source }
        };
        for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            if !files.contains_key(&name) && language_of(&name).is_none() {
                let hint = did_you_mean(&name, files.keys().map(String::as_str));
                return Err(TemplateError::Unknown { path, hint });
            }
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            files.insert(name, text);
        }
        Ok(files)
    }

    /// Compiles every template and tries it on a sample, so that a slip is told at start and not in the night. What an
    /// older set lacks is taken from our own.
    pub fn compile(files: &BTreeMap<String, String>) -> Result<Templates, TemplateError> {
        let mut whole = Templates::embedded();
        whole.extend(files.clone());
        let files = &whole;
        for (name, text) in files
            .iter()
            .filter(|(name, _)| has_extension(name, "mjml") || has_extension(name, "txt"))
        {
            check_handlebars(name, text)?;
        }
        let mut templates = Templates {
            html: fill::html(),
            text: fill::text(),
            look: Look::read(files)?,
            catalogs: Catalogs::read(files)?,
            files: files.clone(),
        };
        for name in PAGES {
            let html = name_landmarks(&mjml::page(&mjml::expand(&format!("{name}.mjml"), files)?)?);
            register(&mut templates.html, &format!("{name}.mjml"), &html)?;
        }
        let head = mjml::expand("head.mjml", files)?;
        for name in PARTS {
            let file = format!("{name}.mjml");
            let html = mjml::fragment(&mjml::expand(&file, files)?, &head)?;
            register(&mut templates.html, &file, &html)?;
        }
        for name in TEXTS {
            let file = format!("{name}.txt");
            let text = files
                .get(&file)
                .ok_or_else(|| TemplateError::Missing { name: file.clone() })?;
            register(&mut templates.text, &file, text)?;
        }
        templates.try_out()?;
        Ok(templates)
    }

    /// What stands around the blocks of an issue.
    pub fn frame(&self, issue: &IssueView) -> Result<Frame, TemplateError> {
        let rendered = self.render_frame(issue)?;
        let (html_top, html_bottom) = cut("digest.mjml", &rendered.html)?;
        let (text_top, text_bottom) = cut("digest.txt", &rendered.text)?;
        Ok(Frame {
            html_top,
            html_bottom,
            text_top,
            text_bottom,
        })
    }

    /// The head of a block.
    pub fn block(&self, theme: &Theme, block: &BlockView) -> Result<Fragment, TemplateError> {
        Ok(self.render_block(theme, block)?.compile())
    }

    /// A story in a place.
    pub fn story(
        &self,
        theme: &Theme,
        place: Place,
        story: &StoryView,
    ) -> Result<Fragment, TemplateError> {
        Ok(self.render_story(theme, place, story)?.compile())
    }

    /// The whole body of an offer's alert.
    pub fn offer(&self, issue: &IssueView, offer: &OfferView) -> Result<Fragment, TemplateError> {
        Ok(self.render_offer(issue, offer)?.compile())
    }

    /// The whole body of a notice; `notice` is what its templates call so.
    pub(super) fn notice(
        &self,
        issue: &IssueView,
        notice: Value,
    ) -> Result<Fragment, TemplateError> {
        let words = self.words(&issue.theme.language);
        let mut context = context::page(&self.look, words, issue, None);
        context["notice"] = notice;
        Ok(self.render("notice", "notice", &context)?.compile())
    }

    /// What mails say by themselves in `language`.
    pub fn words(&self, language: &str) -> Words<'_> {
        self.catalogs.of(language)
    }

    /// The line that says how many stories there are besides, with a link to the paper.
    pub fn more(&self, theme: &Theme, count: u32, url: &str) -> Result<Fragment, TemplateError> {
        Ok(self.render_more(theme, count, url)?.compile())
    }

    pub(super) fn render_frame(&self, issue: &IssueView) -> Result<Rendered, TemplateError> {
        self.render(
            "digest",
            "digest",
            &context::page(&self.look, self.words(&issue.theme.language), issue, None),
        )
    }

    pub(super) fn render_block(
        &self,
        theme: &Theme,
        block: &BlockView,
    ) -> Result<Rendered, TemplateError> {
        let mut context = context::base(&self.look, self.words(&theme.language), theme, &[]);
        context["block"] = context::block(block);
        self.render("block", "block", &context)
    }

    pub(super) fn render_story(
        &self,
        theme: &Theme,
        place: Place,
        story: &StoryView,
    ) -> Result<Rendered, TemplateError> {
        let (html, text) = place.templates();
        self.render(html, text, &self.story_context(theme, place, story))
    }

    /// Its HTML alone.
    pub(super) fn story_html(
        &self,
        theme: &Theme,
        place: Place,
        story: &StoryView,
    ) -> Result<String, TemplateError> {
        let file = format!("{}.mjml", place.templates().0);
        let html = self
            .html
            .render(&file, &self.story_context(theme, place, story));
        html.map_err(|error| self.locate(&file, &error))
    }

    fn story_context(&self, theme: &Theme, place: Place, story: &StoryView) -> Value {
        let words = self.words(&theme.language);
        let mut context = context::base(&self.look, words, theme, &[]);
        context["story"] = context::story(words, theme, story, place);
        context
    }

    pub(super) fn render_more(
        &self,
        theme: &Theme,
        count: u32,
        url: &str,
    ) -> Result<Rendered, TemplateError> {
        let words = self.words(&theme.language);
        let mut context = context::base(&self.look, words, theme, &[]);
        context["more"] = context::more(words, count, url);
        self.render("more", "more", &context)
    }

    pub(super) fn render_offer(
        &self,
        issue: &IssueView,
        offer: &OfferView,
    ) -> Result<Rendered, TemplateError> {
        self.render(
            "offer",
            "offer",
            &context::page(
                &self.look,
                self.words(&issue.theme.language),
                issue,
                Some(offer),
            ),
        )
    }

    fn render(&self, html: &str, text: &str, context: &Value) -> Result<Rendered, TemplateError> {
        let fill = |registry: &Handlebars<'static>, file: String| {
            registry
                .render(&file, context)
                .map_err(|error| self.locate(&file, &error))
        };
        Ok(Rendered {
            html: fill(&self.html, format!("{html}.mjml"))?,
            text: fill(&self.text, format!("{text}.txt"))?,
        })
    }

    /// Fills every template with all there can be, and with as little as there can be.
    fn try_out(&self) -> Result<(), TemplateError> {
        const PLACES: [Place; 7] = [
            Place::Lead,
            Place::LeadBelow,
            Place::Row,
            Place::RowAfter,
            Place::Short,
            Place::ShortAfter,
            Place::Saved,
        ];
        for (issue, story, offer) in [
            (sample::issue(), sample::story(), sample::offer()),
            (
                sample::bare_issue(),
                sample::bare_story(),
                sample::bare_offer(),
            ),
        ] {
            let frame = self.frame(&issue)?;
            let whole = |top: &[Piece], bottom: &[Piece]| [top, bottom].concat();
            require("digest.mjml", &whole(&frame.html_top, &frame.html_bottom))?;
            require("digest.txt", &whole(&frame.text_top, &frame.text_bottom))?;
            let body = self.offer(&issue, &offer)?;
            require("offer.mjml", &body.html)?;
            require("offer.txt", &body.text)?;
            for notice in notice::samples(self.words(&issue.theme.language)) {
                self.notice(&issue, notice)?;
            }
            for followed in [true, false] {
                self.block(
                    &issue.theme,
                    &BlockView {
                        title: "Title".to_owned(),
                        followed,
                    },
                )?;
            }
            for place in PLACES {
                self.story(&issue.theme, place, &story)?;
            }
            self.more(&issue.theme, 14, &issue.paper_url)?;
        }
        Ok(())
    }

    /// Where in our own files an error is: handlebars counts lines of the compiled HTML, so look for the name it tells.
    fn locate(&self, template: &str, error: &RenderError) -> TemplateError {
        let (needle, reason) = match error.reason() {
            RenderErrorReason::MissingVariable(Some(name)) => {
                (name.clone(), format!("there is no {name}"))
            }
            RenderErrorReason::HelperNotFound(name) => {
                (name.clone(), format!("there is no helper {name}"))
            }
            RenderErrorReason::Other(reason) => (
                reason.split('"').nth(1).unwrap_or_default().to_owned(),
                reason.clone(),
            ),
            reason => (String::new(), reason.to_string()),
        };
        let parts = match mjml::expand(template, &self.files) {
            Ok(expanded) if has_extension(template, "mjml") => expanded.files,
            _ => vec![template.to_owned()],
        };
        let found = parts
            .iter()
            .filter(|_| !needle.is_empty())
            .find_map(|file| {
                let line = self
                    .files
                    .get(file)?
                    .lines()
                    .position(|line| line.contains(&needle))?;
                Some((file.clone(), Some(line + 1)))
            });
        let (file, line) = found.unwrap_or_else(|| (template.to_owned(), None));
        TemplateError::Wrong {
            file,
            line,
            reason: Reason::Other(reason),
        }
    }
}

impl Rendered {
    pub(super) fn compile(&self) -> Fragment {
        Fragment {
            html: Piece::compile(&self.html),
            text: Piece::compile(&self.text),
        }
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|known| known == extension)
}

/// Compiles one file by itself, since here its lines are its own.
fn check_handlebars(name: &str, text: &str) -> Result<(), TemplateError> {
    let wrong = |line, reason| TemplateError::Wrong {
        file: name.to_owned(),
        line,
        reason,
    };
    for (i, line) in text.lines().enumerate() {
        if ["{{>", "{{~>", "{{#>", "{{#*", "{{*"]
            .iter()
            .any(|partial| line.contains(partial))
        {
            return Err(wrong(Some(i + 1), Reason::Partial));
        }
    }
    Template::compile(text).map(|_| ()).map_err(|error| {
        let line = error.pos().map(|(line, _)| line);
        wrong(line, Reason::Other(brief(error.reason())))
    })
}

/// What handlebars says, without the twelve things it would rather have had.
fn brief(reason: &impl ToString) -> String {
    let reason = reason.to_string();
    reason
        .split(": expected")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn register(
    registry: &mut Handlebars<'static>,
    name: &str,
    text: &str,
) -> Result<(), TemplateError> {
    registry
        .register_template_string(name, text)
        .map_err(|error| TemplateError::Wrong {
            file: name.to_owned(),
            line: None,
            reason: Reason::Other(brief(error.reason())),
        })
}

/// Names the article by what it is, puts `main` around it, says the language in `body`, and hides the preheader from those who listen: mrml has no
/// attributes for that.
fn name_landmarks(html: &str) -> String {
    let subject = "aria-label=\"{{slot 'subject'}}\"";
    let html = html.replacen(subject, "aria-label=\"{{issue.label}}\"", 1);
    let html = html.replacen(
        "<body ",
        "<body lang=\"{{theme.language}}\" dir=\"{{theme.dir}}\" ",
        1,
    );
    // White on white is what those hide who have something to hide; it is hidden well enough without.
    let html = html.replacen(
        "<div style=\"display:none;font-size:1px;color:#ffffff;",
        "<div aria-hidden=\"true\" style=\"display:none;font-size:1px;",
        1,
    );
    let Some(article) = html
        .find("role=\"article\"")
        .and_then(|at| html[..at].rfind("<div"))
    else {
        return html;
    };
    let (before, after) = html.split_at(article);
    format!(
        "{before}<div role=\"main\">{}",
        after.replacen("</body>", "</div></body>", 1)
    )
}

/// The two sides of the place of the blocks.
fn cut(file: &str, rendered: &str) -> Result<(Vec<Piece>, Vec<Piece>), TemplateError> {
    match rendered.split(CUT).collect::<Vec<_>>().as_slice() {
        [top, bottom] => Ok((Piece::compile(top), Piece::compile(bottom))),
        _ => Err(TemplateError::Wrong {
            file: file.to_owned(),
            line: None,
            reason: Reason::BlocksMissing,
        }),
    }
}

/// No mail goes out without a way to leave, and without saying why it came.
fn require(file: &str, pieces: &[Piece]) -> Result<(), TemplateError> {
    for (slot, name) in Slot::ALL {
        let needed = matches!(slot, Slot::LeaveLink | Slot::PreferencesLink | Slot::Why);
        if needed && !pieces.contains(&Piece::Slot(slot)) {
            let reason = Reason::SlotMissing(name);
            return Err(TemplateError::Wrong {
                file: file.to_owned(),
                line: None,
                reason,
            });
        }
    }
    Ok(())
}
