//! What a report leads to, once: an address suppressed or a bounce counted, consent ended, a message's state, a row that
//! tells of it.
//!
//! Each report is one transaction. The same one a second time, by whatever way it comes, changes nothing.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::find::{By, Found, find, is_verified};
use super::{Kind, Report};
use crate::app::App;
use crate::audience::leaving::leave;
use crate::audience::source::{BY_COMPLAINT, BY_MAIL};
use crate::audience::{self, How, SuppressionReason, suppress, suppressed};
use crate::db::{self, Sql, Tx};
use crate::message::bounce::{self, Bounce, Returned, Weighed};
use crate::message::returned::{self, Kept, What};
use crate::message::{MessageId, Reason, complained};

/// What was done about a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "did")]
pub enum Did {
    /// The address is not mailed from now on.
    Suppressed {
        /// Why.
        #[serde(rename = "suppressed_for")]
        reason: &'static str,
    },
    /// It was not mailed any more before.
    AlreadySuppressed {
        /// Why.
        #[serde(rename = "suppressed_for")]
        reason: &'static str,
    },
    /// A soft bounce, of which so many count now, and so many suppress.
    Counted {
        /// That count now.
        count: u32,
        /// That suppress.
        of: u32,
    },
    /// A bounce that says nothing of the address: it is told, and counts for nothing.
    Told,
    /// A bounce of a mail so old that it says nothing any more.
    TooOld,
    /// The reader left these newsletters.
    Left {
        /// Their slugs.
        newsletters: Vec<String>,
    },
    /// The reader had left before.
    AlreadyLeft,
    /// Nothing shows that it comes of a mail of ours, so it is told, and that is all.
    Doubted,
    /// It was acted upon before.
    Known,
    /// It speaks of no message or reader of ours, or of one that is erased.
    Unknown,
    /// Nothing follows from a report of this kind.
    Nothing,
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Did::Suppressed { reason } => {
                write!(f, "the address is not mailed from now on ({reason})")
            }
            Did::AlreadySuppressed { reason } => {
                write!(f, "the address was not mailed any more ({reason})")
            }
            Did::Counted { count, of } => {
                write!(f, "counted: {count} of {of} that stop the mails")
            }
            Did::Told => f.write_str("written down; it says nothing of the address"),
            Did::TooOld => f.write_str("written down; the mail is too old for it to count"),
            Did::Left { newsletters } => write!(f, "left {}", newsletters.join(", ")),
            Did::AlreadyLeft => f.write_str("had left before"),
            Did::Doubted => f.write_str(
                "written down; nothing in it shows that it comes of a mail of ours, so nothing was done",
            ),
            Did::Known => f.write_str("was here before"),
            Did::Unknown => f.write_str("speaks of no message or reader of ours"),
            Did::Nothing => f.write_str("nothing follows from it"),
        }
    }
}

/// One report, and what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acted {
    /// What it was: "hard", "soft", …
    pub kind: &'static str,
    /// Why, in a word.
    pub reason: &'static str,
    /// The reader it was about, while they are there.
    pub subscriber_id: Option<i64>,
    /// The issue it was about, if a message was found.
    pub issue_id: Option<i64>,
    /// What was done.
    #[serde(flatten)]
    pub did: Did,
}

/// What was done about some reports, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Each of them.
    pub reports: Vec<Acted>,
}

impl Taken {
    /// How many led to something that they had not led to before.
    pub fn news(&self) -> usize {
        let is_news =
            |acted: &&Acted| !matches!(acted.did, Did::Known | Did::Unknown | Did::Nothing);
        self.reports.iter().filter(is_news).count()
    }
}

/// How long reports are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Bounces of mails older than this count for nothing: no relay tries for so long.
const LATE_DAYS: i64 = 30;

/// Does what these reports ask for. `source` is what came by: "pipe", "maildir", "hook ses". One that begins with "hook"
/// is one whose sender was verified, so that a report needs no other proof that it is genuine.
///
/// An error leaves the reports before it done, and the same reports may come again.
pub async fn take(app: &App, reports: &[Report], source: &str) -> db::Result<Taken> {
    let mut taken = Taken::default();
    for report in reports {
        let acted = db::again(|| one(app, report, source)).await?;
        if acted.did == Did::Doubted {
            tracing::warn!(
                kind = acted.kind,
                subscriber.id = acted.subscriber_id,
                "a report names a reader and shows no sign of a mail of ours; nothing was done"
            );
        }
        tracing::debug!(kind = acted.kind, reason = acted.reason, did = %acted.did, "a report");
        taken.reports.push(acted);
    }
    if taken.news() > 0 {
        tracing::info!(
            source,
            reports = taken.reports.len(),
            news = taken.news(),
            "something came back"
        );
        db::again(|| prune(app)).await?;
    }
    Ok(taken)
}

/// What is too old goes, a little at a time.
async fn prune(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    let days = i64::from(app.config.feedback.soft_days);
    let mut tx = app.db.begin().await?;
    returned::prune(&mut tx, (now - KEPT).as_millisecond()).await?;
    let counted = now - SignedDuration::from_hours(24 * days);
    audience::bounce::prune(&mut tx, counted.as_millisecond()).await?;
    tx.commit().await
}

/// What is kept of a report's kind; none where nothing is.
fn what(kind: Kind) -> Option<What> {
    match kind {
        Kind::Hard => Some(What::Bounced),
        Kind::Soft => Some(What::CameBack),
        Kind::Delayed => Some(What::Delayed),
        Kind::Complaint => Some(What::Complained),
        Kind::Unsubscribe => Some(What::Left),
        Kind::AutoReply | Kind::Other => None,
    }
}

async fn one(app: &App, report: &Report, source: &str) -> db::Result<Acted> {
    let mut acted = Acted {
        kind: report.kind.word(),
        reason: report.reason,
        subscriber_id: None,
        issue_id: None,
        did: Did::Nothing,
    };
    let Some(what) = what(report.kind) else {
        return Ok(acted);
    };
    let now = app.clock.now();
    let event = event(report);
    let mut tx = app.db.begin().await?;
    if returned::is_known(&mut tx, &event).await? {
        acted.did = Did::Known;
        return Ok(acted);
    }
    let Some(found) = find(&mut tx, app, report, source, now).await? else {
        acted.did = Did::Unknown;
        return Ok(acted);
    };
    acted.subscriber_id = found.subscriber_id;
    acted.issue_id = found.message.map(|m| m.issue_id);
    let mut act = Act {
        app,
        report,
        source,
        found: &found,
        now,
        left_at: None,
    };
    acted.did = act.run(&mut tx).await?;
    // Of who is erased, or has another address now, what was said would name who they were.
    let said = act.said().filter(|_| found.email_key.is_some());
    let kept = Kept {
        event: &event,
        what,
        source,
        message: found.message,
        subscriber_id: found
            .message
            .map_or(found.subscriber_id, |m| Some(m.subscriber_id)),
        left_at: act.left_at,
        reason: report.reason,
        status: act.status(),
        code: act.code(),
        said: said.as_deref(),
    };
    if returned::keep(&mut tx, &kept, now).await? {
        tx.commit().await?;
    } else {
        // Another node was quicker; what was done here is rolled back.
        acted.did = Did::Known;
    }
    Ok(acted)
}

/// What tells a report from every other. One mail may speak of several recipients.
fn event(report: &Report) -> Vec<u8> {
    let recipient = report.recipient.as_deref().unwrap_or_default();
    let all = format!(
        "{}\0{}\0{}",
        report.event,
        report.kind.word(),
        recipient.to_lowercase()
    );
    digest(&SHA256, all.as_bytes()).as_ref()[..16].to_vec()
}

/// A report about something that was found.
struct Act<'a> {
    app: &'a App,
    report: &'a Report,
    source: &'a str,
    found: &'a Found,
    now: Timestamp,
    /// When the message had come into the state that this ended.
    left_at: Option<i64>,
}

/// Characters of a reply that are kept.
const MOST: usize = 300;

impl Act<'_> {
    async fn run(&mut self, tx: &mut Tx) -> db::Result<Did> {
        if self.is_doubted() {
            return Ok(Did::Doubted);
        }
        match self.report.kind {
            Kind::Hard | Kind::Soft => self.bounce(tx).await,
            Kind::Complaint => self.complaint(tx).await,
            Kind::Unsubscribe => self.unsubscribe(tx).await,
            Kind::Delayed | Kind::AutoReply | Kind::Other => Ok(Did::Told),
        }
    }

    /// Whether anybody could have made it up who knows the address. Where each mail has a sender of its own, whatever
    /// comes back of one names it. A wish to leave must be the reader's own, and so must a complaint, which no sign-up lifts.
    fn is_doubted(&self) -> bool {
        let names_it = self.app.config.feedback.bounce_domain.is_some();
        self.found.by == By::Address
            && !is_verified(self.source)
            && (names_it || matches!(self.report.kind, Kind::Unsubscribe | Kind::Complaint))
    }

    async fn bounce(&mut self, tx: &mut Tx) -> db::Result<Did> {
        if let Some(message) = self.found.message {
            self.left_at = bounce::bounced(tx, message, self.message_reason(), self.now).await?;
            if self.is_old(message) {
                return Ok(Did::TooOld);
            }
        }
        let Some(email_key) = &self.found.email_key else {
            return Ok(Did::Unknown);
        };
        let bounce = match self.report.kind {
            Kind::Hard => Bounce::Hard,
            _ if self.is_about_us() => return Ok(Did::Told),
            _ => Bounce::Soft,
        };
        let note = self.note();
        let returned = Returned {
            email_key,
            subscriber_id: self.found.subscriber_id,
            bounce,
            source: self.source,
            note: note.as_deref(),
        };
        let limits = &self.app.config.feedback;
        let weighed = bounce::weigh(tx, limits, &returned, self.now).await?;
        Ok(match weighed {
            Weighed::Suppressed(reason) => Did::Suppressed {
                reason: reason.word(),
            },
            Weighed::Already(reason) => Did::AlreadySuppressed {
                reason: reason.word(),
            },
            Weighed::Counted(count, of) => Did::Counted { count, of },
        })
    }

    async fn complaint(&mut self, tx: &mut Tx) -> db::Result<Did> {
        if let Some(message) = self.found.message {
            let before = self.in_state_since(tx, message).await?;
            if complained(tx, message, self.now).await? {
                self.left_at = before;
            }
        }
        let Some(email_key) = &self.found.email_key else {
            return Ok(Did::Unknown);
        };
        self.leave(tx, BY_COMPLAINT).await?;
        let reason = SuppressionReason::Complaint;
        let note = self.note();
        let note = note.as_deref();
        if suppress(tx, email_key, reason, self.source, note, self.now).await? {
            return Ok(Did::Suppressed {
                reason: reason.word(),
            });
        }
        let standing = suppressed(tx, email_key).await?;
        Ok(Did::AlreadySuppressed {
            reason: standing.map_or(reason, |(reason, _)| reason).word(),
        })
    }

    async fn unsubscribe(&mut self, tx: &mut Tx) -> db::Result<Did> {
        // As with the link beside it in the mail, it does not matter where the reader's mail goes by now.
        let newsletters = self.leave(tx, BY_MAIL).await?;
        Ok(if !newsletters.is_empty() {
            Did::Left { newsletters }
        } else if self.found.email_key.is_none() {
            Did::Unknown
        } else {
            Did::AlreadyLeft
        })
    }

    /// The reader leaves the newsletter that the message was of; which ones they left just now.
    async fn leave(&self, tx: &mut Tx, what: &str) -> db::Result<Vec<String>> {
        const SQL: &str = "SELECT l.slug, i.edition FROM issue i JOIN newsletter l ON l.id = i.newsletter_id WHERE i.id = $1";
        let Some(message) = self.found.message else {
            return Ok(Vec::new());
        };
        let issue: Option<(String, String)> = tx.sql(SQL).bind(message.issue_id).first().await?;
        let Some((slug, edition)) = issue else {
            return Ok(Vec::new());
        };
        let source = format!("{what} ({})", self.source);
        let shown = format!("the mail of {slug}, {edition}");
        let how = How {
            source: &source,
            network: None,
            // Where nothing proves which mail it was, it is a guess.
            shown: (self.found.by == By::Proof).then_some(&shown),
        };
        let paper = self.app.paper();
        let id = message.subscriber_id;
        let done = leave(tx, &paper, id, &slug, &how, self.now).await?;
        Ok(done.map(|_| slug).into_iter().collect())
    }

    async fn in_state_since(&self, tx: &mut Tx, id: MessageId) -> db::Result<Option<i64>> {
        const SQL: &str =
            "SELECT at FROM message WHERE issue_id = $1 AND subscriber_id = $2 AND n = $3";
        let row: Option<(i64,)> = tx
            .sql(SQL)
            .bind(id.issue_id)
            .bind(id.subscriber_id)
            .bind(id.n)
            .first()
            .await?;
        Ok(row.map(|(at,)| at))
    }

    fn is_old(&self, message: MessageId) -> bool {
        let today = self.now.as_millisecond().div_euclid(86_400_000);
        today - (message.issue_id >> 20) > LATE_DAYS
    }

    /// Whether a soft bounce speaks of us, of the mail, or of the road, and not of the mailbox.
    fn is_about_us(&self) -> bool {
        const WORDS: [&str; 13] = [
            "too-large",
            "authentication",
            "virus",
            "spam",
            "greylisted",
            "rate-limited",
            "sender",
            "relaying",
            "blocked",
            "policy",
            "content",
            "system",
            "reputation",
        ];
        let subject = self.status().and_then(|status| status.split('.').nth(1));
        WORDS.contains(&self.report.reason) || subject == Some("7")
    }

    fn message_reason(&self) -> Reason {
        match self.report.kind {
            Kind::Hard => Reason::NoMailbox,
            _ if self.report.reason == "mailbox-full" => Reason::MailboxFull,
            _ if self.is_about_us() => Reason::NotWanted,
            _ => Reason::CameBack,
        }
    }

    /// The status, if it is one.
    fn status(&self) -> Option<&str> {
        let status = self.report.status.as_deref()?.trim();
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        (status.len() <= 12 && !status.is_empty() && status.chars().all(digits)).then_some(status)
    }

    fn code(&self) -> Option<i16> {
        let code = self.report.code.filter(|code| (200..600).contains(code))?;
        i16::try_from(code).ok()
    }

    /// What was said, without the numbers that are kept beside it.
    fn said(&self) -> Option<String> {
        let said = self.report.said.as_deref()?.trim_start();
        let code = self.code().map(|code| code.to_string());
        let numbers = [code.as_deref(), self.status()].into_iter().flatten();
        let said = numbers.fold(said, |said, number| without(said, number));
        let said: String = said
            .chars()
            .filter(|c| !c.is_control())
            .take(MOST)
            .collect();
        let said = said.trim();
        (!said.is_empty()).then(|| said.to_owned())
    }

    /// Status, code and words, as they are kept beside a suppression.
    fn note(&self) -> Option<String> {
        let code = self.code().map(|code| code.to_string());
        let said = self.said();
        let parts = [self.status(), code.as_deref(), said.as_deref()];
        let note: Vec<&str> = parts.into_iter().flatten().collect();
        (!note.is_empty()).then(|| note.join(" "))
    }
}

/// `said` behind a number that it begins with.
fn without<'s>(said: &'s str, number: &str) -> &'s str {
    let rest = said.strip_prefix(number);
    let rest = rest.filter(|rest| rest.starts_with([' ', '-']) || rest.is_empty());
    rest.map_or(said, |rest| rest.trim_start_matches(['-', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_does_not_begin_with_its_numbers_again() {
        for (said, number, rest) in [
            ("550 5.1.1 no such user", "550", "5.1.1 no such user"),
            ("550-no such user", "550", "no such user"),
            ("5.1.1 no such user", "5.1.1", "no such user"),
            ("5.1.10 no such user", "5.1.1", "5.1.10 no such user"),
            ("5500 users", "550", "5500 users"),
            ("550", "550", ""),
        ] {
            assert_eq!(without(said, number), rest);
        }
    }
}
