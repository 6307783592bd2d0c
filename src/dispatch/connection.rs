//! One connection's life: it takes a job, renders it, has it marked and hands it over, and tells what came of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use lettre::Address;

use super::desk::{Braked, Job};
use super::line::{Fate, Step};
use super::outcome::{self, allowed};
use super::record::{Mark, Settled, Wanted};
use super::{Line, Run};
use crate::message::{Reason, State, Stream};
use crate::render::mail::{Mail, RenderError};

/// One connection's life: jobs, one after the other, over a line that stays open.
pub(super) async fn live(run: Arc<Run>, relay: usize, number: usize) {
    // An idle relay would close the line by itself, in the middle of our next mail.
    const IDLE: Duration = Duration::from_secs(20);
    let mut line = None;
    let mut rest = Duration::ZERO;
    loop {
        let next = run.desk.take(relay, number, || run.app.clock.now());
        let Ok(next) = tokio::time::timeout(IDLE, next).await else {
            run.close(relay, line.take()).await;
            continue;
        };
        let Some(taken) = next else { break };
        if run.handle.stop.is_cancelled() {
            run.desk.done(relay, &taken);
            break;
        }
        if let Some(until) = taken.put_off {
            put_off(&run, &taken.job, until).await;
            run.desk.done(relay, &taken);
            continue;
        }
        line = send(&run, relay, &taken.job, line).await;
        run.desk.done(relay, &taken);
        let refused = line.is_none() && run.relays[relay].trouble().is_none();
        rest = if refused {
            (rest * 2).clamp(Duration::from_millis(10), Duration::from_secs(30))
        } else {
            Duration::ZERO
        };
        if !rest.is_zero() {
            tokio::select! {
                () = run.handle.stop.cancelled() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }
    run.close(relay, line).await;
}

/// Whoever this is for wants no more now. A provider is left alone by those who pick up; a domain is found out here.
async fn put_off(run: &Run, job: &Job, until: Timestamp) {
    if matches!(job.braked(), Braked::Domain(_)) {
        let put_off = outcome::put_off(&run.app, job, until);
        run.recorder.outcome(put_off).await;
    }
}

/// Sends one message and says what became of it; the line, if it can be used again.
async fn send(run: &Arc<Run>, relay: usize, job: &Job, line: Option<Line>) -> Option<Line> {
    let letter = &job.letter;
    if !allowed(
        run.app.config.dispatch.only_to.as_deref(),
        letter.email.as_smtp(),
    ) {
        let ended = outcome::ended(letter.id, State::Cancelled, Reason::NotAllowed);
        run.recorder.outcome(ended).await;
        return line;
    }
    let mail = match run.renderer.mail(letter).await {
        Ok(mail) => mail,
        Err(RenderError::Database(error)) => {
            tracing::error!(issue.id = letter.id.issue_id, subscriber.id = letter.id.subscriber_id, %error,
                            "what a mail shows could not be read; it is tried again");
            run.recorder
                .outcome(outcome::postponed(&run.app, job))
                .await;
            return line;
        }
        Err(error) => {
            tracing::error!(issue.id = letter.id.issue_id, subscriber.id = letter.id.subscriber_id, %error,
                            "a mail could not be rendered");
            run.recorder
                .outcome(outcome::ended(
                    letter.id,
                    State::Failed,
                    Reason::NotRendered,
                ))
                .await;
            return line;
        }
    };
    let Ok(to) = letter.email.as_smtp().parse::<Address>() else {
        run.recorder
            .outcome(outcome::ended(
                letter.id,
                State::Failed,
                Reason::NotRendered,
            ))
            .await;
        return line;
    };
    let signatures = run
        .app
        .signers
        .sign(mail.author.domain(), mail.message().as_bytes());
    let (line, used) = match line {
        Some(mut line) => {
            if line.is_stale().await {
                run.dropped(relay);
                (run.open(relay).await?, false)
            } else {
                (line, true)
            }
        }
        None => (run.open(relay).await?, false),
    };
    if run.is_held(job) {
        return Some(line);
    }
    let mark = run.recorder.mark(Wanted {
        id: letter.id,
        cohort_id: letter.cohort_id,
        attempts: letter.attempts,
        warmed: job.warmed.clone(),
        is_bounded: job.stream != Stream::Notice,
    });
    let (mark, settled) = mark.await;
    match mark {
        Mark::Passed => {}
        Mark::Stopped => return Some(line),
        Mark::Changed => {
            run.changed.store(true, Ordering::Relaxed);
            run.handle.wake.notify_one();
            return Some(line);
        }
    }
    let parcel = Parcel {
        mail: &mail,
        to,
        signatures,
        settled,
    };
    let (fate, line) = hand_over(run, relay, line, used, parcel).await;
    run.heed(relay, &job.braked(), &fate);
    run.recorder
        .outcome(outcome::decide(&run.app, job, &fate))
        .await;
    run.count(job, &fate).await;
    line
}

/// A mail that may be handed over.
struct Parcel<'a> {
    mail: &'a Mail,
    to: Address,
    /// Headers before its own.
    signatures: String,
    settled: Settled,
}

impl Parcel<'_> {
    async fn send(&mut self, line: &mut Line) -> Fate {
        let Mail { from, bytes, .. } = self.mail;
        let go = self.settled.wait();
        line.send(from, &self.to, &self.signatures, bytes, go).await
    }
}

/// Hands a mail over by this line; the line, if it can be used again.
///
/// One that is `used`, having brought mails before, may come to its end by number or by time: a fresh one then tells how
/// the relay is.
async fn hand_over(
    run: &Arc<Run>,
    relay: usize,
    mut line: Line,
    used: bool,
    mut parcel: Parcel<'_>,
) -> (Fate, Option<Line>) {
    let mut fate = parcel.send(&mut line).await;
    if used && matches!(fate, Fate::Lost(_, Step::Mail)) {
        run.dropped(relay);
        let Some(fresh) = run.open(relay).await else {
            return (fate, None);
        };
        line = fresh;
        fate = parcel.send(&mut line).await;
    }
    if line.is_usable() {
        return (fate, Some(line));
    }
    run.dropped(relay);
    (fate, None)
}
