//! The command line: what the verbs read and print. stdout is data, stderr is talk.
//!
//! In: arguments and the environment. Out: text for people or `--json`, and an exit code: 0 done, or yes; 1 no, or not
//! all of it; 2 could not start. Nothing else knows a terminal.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod article;
mod check;
mod feedback;
mod file;
mod hold;
mod import;
mod issue;
mod log;
mod metrics;
mod offer;
mod out;
mod relay;
mod run;
mod source;
mod subscriber;
mod suppress;
mod why;

use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::{Config, Problems, environment};
use crate::db;
use out::Out;

/// The newsletter and notification dispatcher that a newsroom runs itself.
#[derive(Parser)]
#[command(name = "postrider", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Args)]
struct Global {
    /// The configuration folder [default: ./config, else /etc/postrider]
    #[arg(long, global = true, value_name = "DIR", env = "POSTRIDER_CONFIG")]
    config: Option<PathBuf>,
    /// Print facts as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Say more on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// How log lines look [default: pretty at a terminal, else json]
    #[arg(long, global = true, value_name = "FORM", env = "POSTRIDER_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Pretty,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Verb {
    /// Show everything at once on a sample paper: feeds, readers, a catching relay, a mailbox to read in
    Demo(run::DemoArgs),
    /// Run the daemon: collect, plan and send until a signal
    Serve,
    /// Run one pass of every stage, for those who have a cron
    Once,
    /// Look at configuration, templates, database and relay, and send nothing
    Check,
    /// Tell what is late, what fails, what is held, and since when
    Status(log::StatusArgs),
    /// Keep what goes to a domain or a provider, or by a relay, where it is
    #[command(subcommand)]
    Hold(hold::Part),
    /// Let what is held leave; without a part, tell what is held and why
    Resume(hold::ResumeArgs),
    /// The feeds that stories come from
    #[command(subcommand)]
    Source(source::Verb),
    /// What was collected; corrections, retractions, and which articles are one story
    #[command(subcommand)]
    Article(article::Verb),
    /// What readers can join
    #[command(subcommand)]
    Newsletter(source::NewsletterVerb),
    /// Who gets it
    #[command(subcommand)]
    Subscriber(subscriber::Verb),
    /// The dated runs of newsletters
    #[command(subcommand)]
    Issue(issue::Verb),
    /// Early-access offers
    #[command(subcommand)]
    Offer(offer::Verb),
    /// Addresses that must not be mailed
    #[command(subcommand)]
    Suppress(suppress::Verb),
    /// Read a mail that came back from standard input, and do what follows from it
    Feedback,
    /// The SMTP servers that mails are handed to
    #[command(subcommand)]
    Relay(relay::Verb),
    /// What became of messages
    Log(log::LogArgs),
    /// Tell whether a reader got a mail, and if not, why
    Why(why::WhyArgs),
    /// Bring the database's schema up to date
    Migrate,
}

/// Why a verb did not do it all. The text is a sentence; a hint may follow it on a line of its own.
#[derive(Debug)]
enum Failure {
    /// Exit 1: no, or not all of it.
    Not(String),
    /// Exit 2: it could not start.
    Start(String),
    /// Exit 75, EX_TEMPFAIL of sysexits.h: whoever calls is to try again later.
    Later(String),
}

type Done = Result<(), Failure>;

impl Verb {
    /// Whether it only tells what the database holds, and so makes none where there is none.
    fn only_tells(&self) -> bool {
        match self {
            Verb::Status(_) | Verb::Resume(_) | Verb::Log(_) | Verb::Why(_) => true,
            Verb::Article(verb) => {
                matches!(verb, article::Verb::List { .. } | article::Verb::Show(_))
            }
            Verb::Subscriber(verb) => matches!(
                verb,
                subscriber::Verb::Show { .. } | subscriber::Verb::Export { .. }
            ),
            Verb::Issue(verb) => matches!(
                verb,
                issue::Verb::List { .. } | issue::Verb::Show(_) | issue::Verb::Preview(_)
            ),
            Verb::Offer(verb) => matches!(
                verb,
                offer::Verb::List | offer::Verb::Show { .. } | offer::Verb::Preview(_)
            ),
            Verb::Suppress(verb) => matches!(
                verb,
                suppress::Verb::List(_) | suppress::Verb::Export { .. }
            ),
            _ => false,
        }
    }
}

impl Cli {
    async fn app(&self) -> Result<Arc<App>, Failure> {
        let config = self.global.load()?;
        let url = &config.database.url;
        if self.verb.only_tells() && !db::is_there(url).await.map_err(StartError::from)? {
            return Err(Failure::Start(
                "the database holds nothing yet\nhint: see that database.url is right; the first postrider serve fills it"
                    .to_owned(),
            ));
        }
        Ok(App::open(config, Clock::of_process()).await?)
    }
}

/// What to do when the schema is newer than this program.
const UPGRADE: &str = "upgrade this program; the database stays as it is";

impl Failure {
    fn not(text: impl Into<String>) -> Failure {
        Failure::Not(text.into())
    }
}

/// A number of rows or days; databases differ in what less than one would mean.
fn at_least_one() -> clap::builder::RangedI64ValueParser {
    clap::value_parser!(i64).range(1..)
}

/// What is said of a name that nothing has, with those that there are.
fn unknown(what: &str, name: &str, known: &[&str]) -> Failure {
    let hint = match known {
        [] => "there is none yet".to_owned(),
        [one] => format!("there is {one}"),
        some => format!("there are {}", some.join(", ")),
    };
    Failure::not(format!("no {what} is called {name:?}\nhint: {hint}"))
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Failure {
        match error {
            db::Error::Down(_) => Failure::Start(format!(
                "{error}\nhint: see that the server runs, or that the file's disk has room and can be written"
            )),
            db::Error::Newer { .. } => Failure::Start(format!("{error}\nhint: {UPGRADE}")),
            other => Failure::Not(other.to_string()),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Failure {
        // Each problem says "error:" itself.
        Failure::Start(
            problems
                .to_string()
                .trim_start_matches("error: ")
                .to_owned(),
        )
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Failure {
        match error {
            StartError::Config(problems) => problems.into(),
            StartError::Database(error) => match error.into() {
                Failure::Not(text) | Failure::Start(text) | Failure::Later(text) => {
                    Failure::Start(text)
                }
            },
            StartError::Templates(error) => Failure::Start(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Not(error.to_string())
    }
}

impl Global {
    fn folder(&self) -> &Path {
        match &self.config {
            Some(folder) => folder,
            None if !Path::new("config").is_dir() && Path::new("/etc/postrider").is_dir() => {
                Path::new("/etc/postrider")
            }
            None => Path::new("config"),
        }
    }

    fn load(&self) -> Result<Config, Failure> {
        Ok(Config::load(self.folder(), &environment())?)
    }

    fn log(&self) {
        let level = match self.verbose {
            0 => "postrider=info,warn",
            1 => "postrider=debug,info",
            _ => "trace",
        };
        let filter = tracing_subscriber::EnvFilter::try_from_env("POSTRIDER_LOG")
            .unwrap_or_else(|_| level.into());
        let pretty = std::io::stderr().is_terminal();
        let colour = self.color == Colour::Always || (self.color == Colour::Auto && pretty);
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(colour);
        let json = self.log_format.map_or(!pretty, |f| f == LogFormat::Json);
        // A second call, in a test, finds it set up already.
        let _ = if json {
            log.json().try_init()
        } else {
            log.with_target(false).try_init()
        };
    }
}

/// Runs the verb that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.global.log();
    quiet_panics();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers())
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return tell(Failure::Start(error.to_string())),
    };
    let mut out = Out::new(cli.global.json);
    let done = runtime.block_on(verb(&cli, &mut out));
    // Facts first, then what is to be said of them.
    let flushed = out.flush().map_err(Failure::from);
    let done = done.and(flushed);
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // `postrider log | head`: whoever read has had enough.
        Err(_) if out.closed() => ExitCode::SUCCESS,
        Err(failure) => tell(failure),
    }
}

/// One core is for the database, whose thread or server works beside ours: where all cores are taken by tasks, each commit
/// waits for one, and every mail for a commit.
fn workers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores - 1).max(1)
}

async fn verb(cli: &Cli, out: &mut Out) -> Done {
    let global = &cli.global;
    match &cli.verb {
        Verb::Demo(args) => run::demo(args, out).await,
        Verb::Serve => run::serve(&cli.app().await?).await,
        Verb::Once => run::once(&cli.app().await?, out).await,
        Verb::Migrate => run::migrate(&global.load()?, out).await,
        Verb::Check => check::check(global.folder(), out).await,
        Verb::Status(args) => log::status(args, &*cli.app().await?, out).await,
        Verb::Hold(part) => hold::hold(part, &*cli.app().await?, out).await,
        Verb::Resume(args) => hold::resume(args, &*cli.app().await?, out).await,
        Verb::Source(verb) => source::run(verb, &global.load()?, out).await,
        Verb::Article(verb) => article::run(verb, &*cli.app().await?, out).await,
        Verb::Newsletter(verb) => source::newsletters(verb, &global.load()?, out),
        Verb::Subscriber(verb) => subscriber::run(verb, &*cli.app().await?, out).await,
        Verb::Issue(verb) => issue::run(verb, &cli.app().await?, out).await,
        Verb::Offer(verb) => offer::run(verb, &cli.app().await?, out).await,
        Verb::Suppress(verb) => suppress::run(verb, &*cli.app().await?, out).await,
        Verb::Feedback => feedback::run(cli, out).await,
        Verb::Relay(verb) => relay::run(verb, &global.load()?, out).await,
        Verb::Log(args) => log::log(args, &*cli.app().await?, out).await,
        Verb::Why(args) => why::why(args, &*cli.app().await?, out).await,
    }
}

#[expect(clippy::print_stderr, reason = "this is where errors are told")]
fn tell(failure: Failure) -> ExitCode {
    let (text, code) = match failure {
        Failure::Not(text) => (text, 1),
        Failure::Start(text) => (text, 2),
        Failure::Later(text) => (text, 75),
    };
    eprintln!("error: {text}");
    ExitCode::from(code)
}

/// A panic's words may hold what a feed or a reader wrote: only its place is told.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "a bug: this should not have happened");
    }));
}
