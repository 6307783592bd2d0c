//! An IMAP mailbox that bounces come to.
//!
//! In: the mails in it, in the order of their UIDs. Out: reports, acted upon; then the mail is marked as seen, moved or
//! deleted. A crash in between reads it again and loses nothing.
//! Flow: `session` (what is said) over `wire` (how). [`keep`] goes on for ever: it waits by IDLE where the server knows
//! that, looks every few minutes where not, and comes back after longer and longer pauses when something is wrong.

mod session;
mod wire;

use std::io;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::inlet;
use super::maildir::Passed;
use crate::app::App;
use crate::config::{Imap, Problems};
use crate::db;
use crate::dispatch::strike_addresses;
use session::{Dial, Session};

/// The name under which `status` tells of it.
pub const WAY: &str = "imap";

/// The pauses after trouble: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(10));

/// Why a mailbox cannot be read now.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The name, the network or TLS.
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    /// It said no: what to, and in which words.
    #[error("it refused {0}: {1}")]
    Refused(String, String),
    /// It did not answer in time.
    #[error("it did not answer within {0} s")]
    Silent(u64),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Gone(io::Error),
    /// What it says is no IMAP, or more than we take.
    #[error("what it says is no IMAP, or has no end")]
    Garbled,
    /// The certificate file.
    #[error("{0}")]
    Config(#[from] Problems),
    /// The database, not the mailbox.
    #[error("{0}")]
    Database(#[from] db::Error),
}

impl Trouble {
    fn refused(what: &str, said: &str) -> Trouble {
        let said: String = said
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(200)
            .collect();
        Trouble::Refused(what.to_owned(), strike_addresses(said.trim()))
    }
}

/// Reads what is in the mailbox now, if one is configured; what is wrong goes to `status`, and is told.
pub async fn pass(app: &App) -> Result<Passed, Trouble> {
    let Some(imap) = &app.config.feedback.imap else {
        return Ok(Passed::default());
    };
    let passed = async {
        let mut session = Dial::new(imap)?.open().await?;
        let mut passed = Passed::default();
        take(app, &mut session, &mut passed).await?;
        session.close().await;
        Ok(passed)
    };
    match passed.await {
        Ok(passed) => {
            app.inlets.well(WAY);
            Ok(passed)
        }
        Err(trouble) => {
            tell(app, &trouble);
            Err(trouble)
        }
    }
}

/// Opens the mailbox, and reads nothing.
pub async fn look(imap: &Imap) -> Result<(), Trouble> {
    Dial::new(imap)?.open().await?.close().await;
    Ok(())
}

/// Reads what is in the mailbox and what comes, until it is told to stop.
pub async fn keep(app: &App, stop: &CancellationToken) {
    let Some(imap) = &app.config.feedback.imap else {
        return;
    };
    let mut pause = PAUSES.0;
    let mut last = String::new();
    loop {
        let mut worked = false;
        let ended = tokio::select! {
            ended = stay(app, imap, &mut worked) => ended,
            () = stop.cancelled() => return,
        };
        if worked {
            // What is wrong now is something new.
            pause = PAUSES.0;
            last.clear();
        }
        if let Err(trouble) = ended {
            let why = trouble.to_string();
            app.inlets
                .trouble(WAY, &told(app, &trouble), app.clock.now());
            // Once for each trouble, not once for each try.
            if why != last {
                tell(app, &trouble);
            }
            last = why;
        }
        tokio::select! {
            () = app.clock.sleep(pause) => {}
            () = stop.cancelled() => return,
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// One connection after the other, for as long as nothing is wrong; `worked`: the mailbox was read to its end once.
async fn stay(app: &App, imap: &Imap, worked: &mut bool) -> Result<(), Trouble> {
    let dial = Dial::new(imap)?;
    let every = Duration::from_mins(u64::from(imap.every_minutes));
    loop {
        let mut session = dial.open().await?;
        loop {
            take(app, &mut session, &mut Passed::default()).await?;
            app.inlets.well(WAY);
            *worked = true;
            if !session.can_idle() {
                break;
            }
            session.idle().await?;
        }
        session.close().await;
        app.clock.sleep(every).await;
    }
}

/// Reads every mail that is to be read, and what comes meanwhile.
async fn take(app: &App, session: &mut Session, passed: &mut Passed) -> Result<(), Trouble> {
    const MOST_ROUNDS: usize = 100;
    let mut highest = 0;
    for _ in 0..MOST_ROUNDS {
        let (found, has_news) = session.search().await?;
        // One that we could not mark would be found again and again.
        let new: Vec<u32> = found.into_iter().filter(|uid| *uid > highest).collect();
        if new.is_empty() && !has_news {
            break;
        }
        for uid in new {
            highest = uid;
            let Some(mail) = session.fetch(uid).await? else {
                continue;
            };
            let reports = inlet::read(mail).await;
            super::act::take(app, &reports, WAY).await?;
            let told = app.inlets.took(WAY, &reports, app.clock.now());
            passed.mails += 1;
            passed.reports += told;
            session.done(uid).await?;
        }
    }
    Ok(())
}

fn told(app: &App, trouble: &Trouble) -> String {
    match &app.config.feedback.imap {
        Some(imap) => format!("{}:{}: {trouble}", imap.host, imap.port()),
        None => trouble.to_string(),
    }
}

fn tell(app: &App, trouble: &Trouble) {
    let why = told(app, trouble);
    tracing::warn!(why, "the mailbox of bounces is not read; it is tried again");
    app.inlets.trouble(WAY, &why, app.clock.now());
}
