//! Config: what an operator can set, read once and checked whole.
//!
//! In: a folder with `postrider.toml`, `sources.toml` and `newsletters/*.toml`, and `POSTRIDER_*` variables that
//! override it. Out: a [`Config`] of plain structs, or every problem at once, each with its file, line and key.
//! Flow: `document` parses a file and keeps the places, `wording` turns serde's complaints into sentences, the
//! sections check what must hold between their settings.

mod check;
mod dispatch;
mod dkim;
mod document;
mod feedback;
mod limits;
mod newsletter;
mod offer;
mod problem;
mod quiet;
mod reader;
mod relay;
mod schedule;
mod secret;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod value;
mod web;
mod wording;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use document::Document;
use settings::{SECTIONS, Settings};
use source::Sources;

pub use dispatch::Dispatch;
pub use dkim::{Dkim, DkimKey, Unfit, is_at_or_under};
pub use feedback::{Feedback, Hook, HookKind, Imap, WhenRead, region};
pub use limits::{Breaker, Provider, Warmup};
pub use newsletter::{Block, BlockKind, Cadence, Content, Kind, Newsletter, Place, Premium};
#[cfg(test)]
pub(crate) use offer::MAX_SIZE;
pub use offer::{OfferDetail, Tier};
pub use problem::{Problem, Problems};
pub use quiet::Quiet;
pub use reader::Wanted;
pub use relay::{Relay, Tls};
pub use schedule::{EVERY_DAY, Schedule, last_daily, next_daily};
pub use secret::{Secret, Secrets};
pub use settings::{Collect, Database, Mail, Paper};
pub use source::Source;
pub use value::{Colour, Mailbox, Refusal, Zone};
pub use web::{Network, Web};

/// Variables, without `POSTRIDER_`, that are not settings of a section.
const OTHER_VARIABLES: [&str; 6] = [
    "CONFIG",
    "LOG",
    "LOG_FORMAT",
    "KEY",
    "RELAY_PASSWORD",
    "IMAP_PASSWORD",
];

/// All that an operator can set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// The folder it was read from, absolute.
    pub folder: PathBuf,
    /// Who publishes.
    pub paper: Paper,
    /// Where everything is kept.
    pub database: Database,
    /// The pages and the API.
    pub web: Web,
    /// Where the keys are.
    pub secrets: Secrets,
    /// How sources are asked.
    pub collect: Collect,
    /// The SMTP servers that mails are handed to.
    pub relay: Vec<Relay>,
    /// The keys that mails are signed with.
    pub dkim: Vec<Dkim>,
    /// The mailbox providers that are counted each by itself.
    pub provider: Vec<Provider>,
    /// What is new to them.
    pub warmup: Vec<Warmup>,
    /// How long we try, and to whom we may write.
    pub dispatch: Dispatch,
    /// When a part of it is held.
    pub breaker: Breaker,
    /// What comes back.
    pub feedback: Feedback,
    /// How mails look.
    pub mail: Mail,
    /// Where the stories come from.
    pub sources: Vec<Source>,
    /// What readers can join, by slug.
    pub newsletters: Vec<Newsletter>,
}

impl Config {
    /// Reads the files in `folder`, lays the `POSTRIDER_*` variables of `env` over them (an empty one counts as not
    /// set), and checks it all. Paths come back absolute; a relative one is meant from the folder of its file.
    pub fn load(folder: &Path, env: &BTreeMap<String, String>) -> Result<Config, Problems> {
        let mut problems = Problems::default();
        let shown = folder.strip_prefix(".").unwrap_or(folder).to_path_buf();
        let home = match fs::canonicalize(folder) {
            Ok(home) if home.is_dir() => home,
            _ => {
                let hint =
                    "make it, with a postrider.toml in it, or name another one with --config";
                return Err(Problem::of(
                    shown.display().to_string(),
                    "there is no such folder",
                    hint,
                )
                .into());
            }
        };
        let reader = Reader {
            home: &home,
            shown: &shown,
        };
        let settings = reader.settings(env, &mut problems);
        let sources = reader.sources(&mut problems);
        let newsletters = reader.newsletters(&settings.paper, &mut problems);
        let Settings {
            paper,
            database,
            web,
            secrets,
            collect,
            relay,
            dkim,
            provider,
            warmup,
            dispatch,
            breaker,
            feedback,
            mail,
        } = settings;
        problems.or(Config {
            folder: home.clone(),
            paper,
            database,
            web,
            secrets,
            collect,
            relay,
            dkim,
            provider,
            warmup,
            dispatch,
            breaker,
            feedback,
            mail,
            sources,
            newsletters,
        })
    }

    /// The newsletter called `slug`.
    pub fn newsletter(&self, slug: &str) -> Option<&Newsletter> {
        self.newsletters
            .iter()
            .find(|newsletter| newsletter.slug == slug)
    }

    /// The newsletters as readers' pages list them: by their `order`, and where that tells nothing by their titles.
    pub fn shelf(&self) -> Vec<&Newsletter> {
        let mut all: Vec<&Newsletter> = self.newsletters.iter().collect();
        all.sort_by_cached_key(|n| (n.order.unwrap_or(u32::MAX), n.title.to_lowercase()));
        all
    }
}

/// The `POSTRIDER_*` variables of this process, for [`Config::load`].
pub fn environment() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .filter(|(name, _)| name.starts_with("POSTRIDER_"))
        .collect()
}

struct Reader<'r> {
    home: &'r Path,
    /// The same folder as its owner calls it.
    shown: &'r Path,
}

impl Reader<'_> {
    fn settings(&self, env: &BTreeMap<String, String>, problems: &mut Problems) -> Settings {
        let hint = "copy the one we ship, which has every setting with its default";
        let set = |name: &str| env.get(name).filter(|value| !value.is_empty());
        let Some((name, text)) = self.text("postrider.toml", hint, problems) else {
            return Settings::default();
        };
        let Some(mut document) = Document::parse(&name, &text, problems) else {
            return Settings::default();
        };
        for section in SECTIONS.into_iter().filter(|section| *section != "relay") {
            document.refuse_list(section, problems);
        }
        lay_over(env, &mut document, problems);
        let mut settings: Settings = document.read(problems);
        settings.secrets.key = set("POSTRIDER_KEY").map(Secret::new);
        if let Some(relay) = settings.relay.first_mut() {
            relay.password = set("POSTRIDER_RELAY_PASSWORD").map(Secret::new);
        }
        settings.feedback.take_secrets(env, problems);
        settings.check(&document, problems);
        self.resolve(&mut settings, &document, problems);
        settings
    }

    fn sources(&self, problems: &mut Problems) -> Vec<Source> {
        let hint = "write [[source]] with a name and a url in it, or leave it empty if your CMS pushes its stories";
        let Some((name, text)) = self.text("sources.toml", hint, problems) else {
            return Vec::new();
        };
        let Some(document) = Document::parse(&name, &text, problems) else {
            return Vec::new();
        };
        let sources: Sources = document.read(problems);
        sources.check(&document, problems);
        sources.source
    }

    fn newsletters(&self, paper: &Paper, problems: &mut Problems) -> Vec<Newsletter> {
        let mut files: Vec<PathBuf> = match fs::read_dir(self.home.join("newsletters")) {
            Ok(entries) => entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect(),
            Err(error) => {
                let name = self.shown.join("newsletters").display().to_string();
                problems.add(Problem::of(
                    name,
                    unreadable(&error),
                    "make it, with a file such as morning-tide.toml in it",
                ));
                return Vec::new();
            }
        };
        files.retain(|file| file.extension() == Some(OsStr::new("toml")) && file.is_file());
        files.sort();
        files
            .iter()
            .filter_map(|file| self.newsletter(file, paper, problems))
            .collect()
    }

    fn newsletter(
        &self,
        file: &Path,
        paper: &Paper,
        problems: &mut Problems,
    ) -> Option<Newsletter> {
        let slug = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (name, text) = self.text(
            format!("newsletters/{slug}.toml"),
            "see that it can be read",
            problems,
        )?;
        if !value::is_slug(&slug) {
            let hint = "call it by 1 to 64 of a-z, 0-9 and hyphens, such as morning-tide.toml: links and headers carry it";
            problems.add(Problem::of(
                &*name,
                format!("{slug:?} cannot be a newsletter's short name"),
                hint,
            ));
        }
        let document = Document::parse(&name, &text, problems)?;
        let mut newsletter: Newsletter = document.read(problems);
        newsletter.slug = slug;
        newsletter.check(&document, problems);
        // Afterwards, or a bad language of the paper would be blamed on every newsletter.
        newsletter.inherit(paper, &document);
        Some(newsletter)
    }

    /// The text of a file, and what to call it.
    fn text(
        &self,
        file: impl AsRef<Path>,
        hint: &str,
        problems: &mut Problems,
    ) -> Option<(String, String)> {
        let name = self.shown.join(&file).display().to_string();
        match fs::read_to_string(self.home.join(&file)) {
            Ok(text) => Some((name, text)),
            Err(error) => {
                problems.add(Problem::of(name, unreadable(&error), hint));
                None
            }
        }
    }

    /// Makes the paths in `settings` absolute, and sees that what we only read is there.
    fn resolve(&self, settings: &mut Settings, document: &Document<'_>, problems: &mut Problems) {
        let key_file = &mut settings.secrets.key_file;
        *key_file = self.absolute(key_file);
        for (i, relay) in settings.relay.iter_mut().enumerate() {
            for file in [&mut relay.ca_file, &mut relay.password_file]
                .into_iter()
                .flatten()
            {
                *file = self.absolute(file);
            }
            if relay.ca_file.as_ref().is_some_and(|file| !file.is_file()) {
                let spot = document.at("relay").item(i).key("ca_file");
                spot.say(
                    problems,
                    "is not there",
                    "a path here is meant from the folder of this file",
                );
            }
        }
        for (i, key) in settings.dkim.iter_mut().enumerate() {
            key.key_file = self.absolute(&key.key_file);
            let spot = document.at("dkim").item(i).key("key_file");
            if let Err(unfit) = key.key()
                && spot.is_set()
            {
                spot.say(problems, &unfit.says, &unfit.hint);
            }
        }
        let feedback = &mut settings.feedback;
        feedback.resolve(
            |path| self.absolute(path),
            &document.at("feedback"),
            problems,
        );
        let folders = [
            ("mail", &mut settings.mail.templates),
            ("web", &mut settings.web.templates),
        ];
        for (section, folder) in folders {
            let Some(folder) = folder else { continue };
            *folder = self.absolute(folder);
            if !folder.is_dir() {
                let spot = document.at(section).key("templates");
                spot.say(
                    problems,
                    "is not a folder",
                    "a path here is meant from the folder of this file",
                );
            }
        }
        if let Some(file) = &mut settings.web.member_key_file {
            *file = self.absolute(file);
        }
        let url = &mut settings.database.url;
        match self.database_url(url) {
            Some(resolved) => *url = resolved,
            None => document.at("database").key("url").say(
                problems,
                "is neither an SQLite file nor a PostgreSQL database",
                "write \"sqlite:../postrider.sqlite\" or \"postgres://user@host/postrider\"",
            ),
        }
    }

    fn database_url(&self, url: &str) -> Option<String> {
        if ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return url::Url::parse(url).is_ok().then(|| url.to_owned());
        }
        let rest = url.strip_prefix("sqlite:")?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, options) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        match path {
            "" => None,
            ":memory:" => Some(url.to_owned()),
            path if Path::new(path).is_absolute() => Some(format!("sqlite:{path}{options}")),
            path => {
                // The folder becomes part of a URL, in which these two have a meaning.
                let home = self.home.to_str()?.replace('%', "%25").replace('?', "%3F");
                let path = tidy(&Path::new(&home).join(path));
                Some(format!("sqlite:{}{options}", path.to_str()?))
            }
        }
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        tidy(&self.home.join(path))
    }
}

/// Lays the variables that are settings over the file, and complains of those that are nothing.
fn lay_over<'t>(
    env: &'t BTreeMap<String, String>,
    document: &mut Document<'t>,
    problems: &mut Problems,
) {
    for (name, value) in env {
        let Some(setting) = name.strip_prefix("POSTRIDER_") else {
            continue;
        };
        if OTHER_VARIABLES.contains(&setting) || setting.starts_with("TEST_") || value.is_empty() {
            continue;
        }
        if setting.starts_with("HOOK_") && setting.ends_with("_SECRET") {
            continue;
        }
        let setting = setting.to_lowercase();
        match setting.split_once('_') {
            Some((section, key)) if SECTIONS.contains(&section) => {
                document.lay_over(name, section, key, value, section == "relay");
            }
            other => {
                let section = other.map_or(setting.as_str(), |(section, _)| section);
                let near = wording::meant(section, SECTIONS)
                    .zip(other)
                    .map(|(section, (_, key))| format!("{section}_{key}"));
                let hint = match near
                    .as_deref()
                    .or_else(|| wording::meant(&setting, OTHER_VARIABLES))
                {
                    Some(setting) => format!("did you mean POSTRIDER_{}?", setting.to_uppercase()),
                    None => format!(
                        "a setting begins with its section: {}",
                        wording::list(&SECTIONS, "or")
                    ),
                };
                problems.add(Problem::of(name, "this variable is not a setting", hint));
            }
        }
    }
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => format!("it cannot be read ({error})"),
    }
}

/// `path` without `.` and `..`. The folder is canonical, so no link is on the way that `..` would have followed.
fn tidy(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut tidy, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                tidy.pop();
            }
            part => tidy.push(part),
        }
        tidy
    })
}
