//! `postrider check`: configuration, templates, database and relay, and nothing sent.

use std::path::Path;

use serde::Serialize;

use super::out::{Out, counted};
use super::relay::look;
use super::{Done, Failure, UPGRADE};
use crate::clock::Clock;
use crate::config::{Config, Problem, Problems, environment};
use crate::db::{self, Db};
use crate::feedback::{imap, maildir};
use crate::render::Templates;

/// One thing looked at.
#[derive(Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

fn good(what: &'static str, says: impl Into<String>) -> Finding {
    Finding {
        what,
        ok: true,
        says: says.into(),
        hint: None,
        problems: Vec::new(),
    }
}

fn bad(what: &'static str, says: impl Into<String>, hint: &str) -> Finding {
    Finding {
        what,
        ok: false,
        says: says.into(),
        hint: Some(hint.to_owned()),
        problems: Vec::new(),
    }
}

fn bad_config(what: &'static str, problems: &Problems) -> Finding {
    let says = counted(problems.len() as i128, "problem", "problems");
    Finding {
        what,
        ok: false,
        says,
        hint: None,
        problems: problems.iter().cloned().collect(),
    }
}

pub(super) async fn check(folder: &Path, out: &mut Out) -> Done {
    let mut findings = Vec::new();
    match Config::load(folder, &environment()) {
        Err(problems) => findings.push(bad_config("configuration", &problems)),
        Ok(config) => {
            let (sources, newsletters) = (config.sources.len(), config.newsletters.len());
            findings.push(good(
                "configuration",
                format!(
                    "{}, {}",
                    counted(sources as i128, "source", "sources"),
                    counted(newsletters as i128, "newsletter", "newsletters")
                ),
            ));
            findings.push(match config.secrets.keys() {
                Ok(keys) => good(
                    "keys",
                    format!(
                        "{}; the last signs",
                        counted(keys.len() as i128, "key", "keys")
                    ),
                ),
                Err(problems) => bad_config("keys", &problems),
            });
            if config.web.member_key_file.is_some() {
                findings.push(match config.web.member_keys() {
                    Ok(keys) => good("member keys", counted(keys.len() as i128, "key", "keys")),
                    Err(problems) => bad_config("member keys", &problems),
                });
            }
            findings.push(templates(&config));
            findings.push(database(&config).await);
            relays(&config, &mut findings).await;
            ways_in(&config, &mut findings).await;
        }
    }
    let wrong = findings.iter().filter(|f| !f.ok).count();
    if out.json {
        out.json(&findings)?;
    } else {
        for f in &findings {
            out.line(format!(
                "{} {}: {}",
                if f.ok { "ok   " } else { "wrong" },
                f.what,
                f.says
            ))?;
            for problem in &f.problems {
                out.line(problem.to_string())?;
            }
            if let Some(hint) = &f.hint {
                out.line(format!("hint: {hint}"))?;
            }
        }
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(Failure::not(counted(
            wrong as i64,
            "part is wrong",
            "parts are wrong",
        )))
    }
}

fn templates(config: &Config) -> Finding {
    let files = Templates::load(config.mail.templates.as_deref());
    match files.and_then(|files| Templates::compile(&files).map(|_| files.len())) {
        Ok(n) => good("templates", format!("{n} files, each tried on a sample")),
        Err(error) => bad(
            "templates",
            chain(&error),
            "mend the file, or take it out of the folder to have ours",
        ),
    }
}

async fn database(config: &Config) -> Finding {
    if db::is_missing_file(&config.database.url) {
        return good("database", "SQLite; the file is made at the first start");
    }
    let looked = async {
        let db = Db::connect(&config.database.url).await?;
        let pending = db.pending().await?;
        let kind = db.kind();
        db.close().await;
        Ok::<_, db::Error>((kind, pending.len()))
    };
    match looked.await {
        Ok((kind, 0)) => good("database", format!("{kind}, schema up to date")),
        Ok((kind, n)) => good(
            "database",
            format!(
                "{kind}; {} will run at the next start",
                counted(n as i128, "migration", "migrations")
            ),
        ),
        Err(error @ db::Error::Newer { .. }) => bad("database", error.to_string(), UPGRADE),
        Err(error) => bad(
            "database",
            error.to_string(),
            "see that database.url is right and the server runs",
        ),
    }
}

async fn relays(config: &Config, findings: &mut Vec<Finding>) {
    let now = Clock::of_process().now().as_second();
    let looks = config
        .relay
        .iter()
        .map(|relay| look(relay, config.dispatch.timeout_s, now));
    for looked in futures_util::future::join_all(looks).await {
        findings.push(match looked {
            Err(problems) => bad_config("relay", &problems),
            Ok(reached) => match reached.problem() {
                None => good(
                    "relay",
                    format!(
                        "{} takes us and offers {}",
                        reached.address,
                        reached.offers.join(", ")
                    ),
                ),
                Some(problem) => bad(
                    "relay",
                    match problem.what {
                        // That names the relay itself.
                        "reached" => problem.says.trim_start_matches("relay ").to_owned(),
                        what => format!("{}: {what}: {}", reached.address, problem.says),
                    },
                    problem.hint.as_deref().unwrap_or_default(),
                ),
            },
        });
    }
}

/// The Maildir and the mailbox that bounces come to.
async fn ways_in(config: &Config, findings: &mut Vec<Finding>) {
    if let Some(folder) = &config.feedback.maildir {
        findings.push(match maildir::look(folder) {
            Ok(()) => good("maildir", folder.display().to_string()),
            Err(why) => bad(
                "maildir",
                why,
                "name the folder that holds `new` and `cur`, and let the user that runs Postrider read and write them",
            ),
        });
    }
    if let Some(imap) = &config.feedback.imap {
        let server = format!("{}:{}", imap.host, imap.port());
        findings.push(match imap::look(imap).await {
            Ok(()) => good("imap", format!("{server} lets us read {}", imap.mailbox)),
            Err(imap::Trouble::Config(problems)) => bad_config("imap", &problems),
            Err(trouble) => bad(
                "imap",
                format!("{server}: {trouble}"),
                "correct [feedback.imap] in postrider.toml, or mend the server",
            ),
        });
    }
}

/// An error with what lies behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
