//! `postrider feedback < mail`: a pipe, for a mail server that hands over each mail as it comes.

use std::io::Read;

use serde_json::json;

use super::out::{Out, counted};
use super::{Cli, Done, Failure};
use crate::feedback::act::take;
use crate::feedback::read;

/// Octets of a mail that are read; what comes after them says nothing of a bounce.
const MOST: u64 = 2 * 1024 * 1024;

/// Reads the mail and does what follows from it. Whatever keeps it from being written down is told as [`Failure::Later`],
/// so that the mail server keeps the mail and comes again.
pub(super) async fn run(cli: &Cli, out: &mut Out) -> Done {
    let later = |failure: Failure| match failure {
        Failure::Not(text) | Failure::Start(text) | Failure::Later(text) => Failure::Later(text),
    };
    let mail = read_all().map_err(|e| Failure::Later(format!("the mail cannot be read: {e}")))?;
    let reports = read(&mail);
    let app = cli.app().await.map_err(later)?;
    let taken = take(&app, &reports, "pipe")
        .await
        .map_err(|e| later(e.into()))?;
    if out.json {
        out.json(&json!(taken))?;
    }
    if reports.is_empty() {
        say("This is no report: nothing to do.");
    }
    for acted in &taken.reports {
        let who = acted
            .subscriber_id
            .map(|id| format!(", subscriber {id}"))
            .unwrap_or_default();
        say(&format!(
            "{} ({}){who}: {}",
            acted.kind, acted.reason, acted.did
        ));
    }
    if taken.reports.len() > 1 {
        say(&counted(taken.reports.len() as i64, "report", "reports"));
    }
    Ok(())
}

fn read_all() -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    let mut from = std::io::stdin().lock();
    from.by_ref().take(MOST).read_to_end(&mut mail)?;
    // To the end, so that whoever writes is not told that the pipe broke.
    std::io::copy(&mut from, &mut std::io::sink())?;
    Ok(mail)
}

#[expect(
    clippy::print_stderr,
    reason = "what was done is talk; facts are asked for with --json"
)]
fn say(text: &str) {
    eprintln!("{text}");
}
