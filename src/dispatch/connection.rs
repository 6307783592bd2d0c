//! One connection's life: it takes a job, renders it, has it marked and hands it over, and tells what came of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use jiff::Timestamp;
use lettre::Address;

use super::desk::{Braked, Elsewhere, Job, Taken};
use super::line::{Fate, Step};
use super::outcome::{self, allowed};
use super::record::{Mark, Settled, Wanted};
use super::{Line, Run};
use crate::message::{Reason, State, Stream};
use crate::render::mail::{Mail, RenderError};

/// A mark this young is ours for sure, since nobody takes a node for dead so soon: see `node::STALE`. An older one is asked for
/// again before the mail itself leaves.
const FRESH: Duration = Duration::from_secs(20);

/// How far a mail has come, for whoever must say what became of it.
enum Stage {
    /// The relay has nothing of it.
    Begun,
    /// The relay may have it.
    Marked,
    /// That is told.
    Told,
}

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
        handle(&run, relay, &taken, &mut line).await;
        run.desk.done(relay, &taken);
        if taken.put_off.is_some() {
            continue;
        }
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

/// Does what is to be done with a job. What breaks the program there is this mail's affair, and not the connection's.
async fn handle(run: &Arc<Run>, relay: usize, taken: &Taken, line: &mut Option<Line>) {
    let job = &taken.job;
    let mut stage = Stage::Begun;
    let handled = async {
        match taken.put_off {
            Some(until) => put_off(run, job, until).await,
            None => send(run, relay, job, line, &mut stage).await,
        }
    };
    if AssertUnwindSafe(handled).catch_unwind().await.is_ok() {
        return;
    }
    let id = job.letter.id;
    tracing::error!(
        issue.id = id.issue_id,
        subscriber.id = id.subscriber_id,
        "a mail broke the program, which is a fault in it; sending goes on"
    );
    if line.take().is_some() {
        run.dropped(relay);
    }
    let outcome = match stage {
        Stage::Begun => outcome::ended(id, State::Failed, Reason::NotRendered),
        Stage::Marked => outcome::decide(&run.app, job, &Fate::InDoubt).await,
        Stage::Told => return,
    };
    run.recorder.outcome(outcome).await;
}

/// Whoever this is for wants no more now. A provider is left alone by those who pick up; a domain is found out here.
async fn put_off(run: &Run, job: &Job, until: Timestamp) {
    if matches!(job.braked(), Braked::Domain(_)) {
        let put_off = outcome::put_off(&run.app, job, until);
        run.recorder.outcome(put_off).await;
    }
}

/// Sends one message by this line or a fresh one, and says what became of it; the line stays if it can be used again.
async fn send(run: &Arc<Run>, relay: usize, job: &Job, line: &mut Option<Line>, stage: &mut Stage) {
    let letter = &job.letter;
    if !allowed(
        run.app.config.dispatch.only_to.as_deref(),
        letter.email.as_smtp(),
    ) {
        let ended = outcome::ended(letter.id, State::Cancelled, Reason::NotAllowed);
        run.recorder.outcome(ended).await;
        return;
    }
    let mail = match run.renderer.mail(letter).await {
        Ok(mail) => mail,
        Err(RenderError::Database(error)) => {
            tracing::error!(issue.id = letter.id.issue_id, subscriber.id = letter.id.subscriber_id, %error,
                            "what a mail shows could not be read; it is tried again");
            run.recorder
                .outcome(outcome::postponed(&run.app, job))
                .await;
            return;
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
            return;
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
        return;
    };
    let signatures = run
        .app
        .signers
        .sign(mail.author.domain(), mail.message().as_bytes());
    if let Some(open) = line
        && open.is_stale().await
    {
        *line = None;
        run.dropped(relay);
    }
    let used = line.is_some();
    if !used {
        *line = run.open(relay).await;
    }
    let Some(open) = line.as_ref().filter(|_| !run.is_held(job)) else {
        return;
    };
    let lack = open.lacks(&to, signatures.len() + mail.message().len());
    if lack.is_some() && goes_elsewhere(run, relay, job).await {
        return;
    }
    let begun = Instant::now();
    let (mark, settled) = run.recorder.mark(wanted(job)).await;
    if !passes(run, mark) {
        return;
    }
    *stage = Stage::Marked;
    let mut parcel = Parcel {
        mail: &mail,
        to,
        signatures,
        leave: Leave {
            run,
            job,
            since: (begun, run.app.clock.now()),
            settled,
            is_over: false,
        },
    };
    let fate = hand_over(run, relay, line, used, &mut parcel).await;
    if parcel.leave.is_over {
        // Whoever has it now says what becomes of it.
        return;
    }
    run.heed(relay, &job.braked(), &fate, begun);
    let decided = outcome::decide(&run.app, job, &fate).await;
    run.recorder.outcome(decided).await;
    *stage = Stage::Told;
    run.count(job, &fate).await;
}

/// Leaves a mail that this relay cannot take to the others; false if none of them can, which its try is to say.
async fn goes_elsewhere(run: &Run, relay: usize, job: &Job) -> bool {
    match run.desk.unfit(relay, job) {
        // It is in the queue as it was.
        Elsewhere::Now => run.app.due.notify_one(),
        Elsewhere::Later => {
            let later = outcome::postponed(&run.app, job);
            run.recorder.outcome(later).await;
        }
        Elsewhere::Nowhere => return false,
    }
    true
}

/// The job's message, as it was picked up and is to be handed over.
fn wanted(job: &Job) -> Wanted {
    let letter = &job.letter;
    Wanted {
        id: letter.id,
        cohort_id: letter.cohort_id,
        attempts: letter.attempts,
        warmed: job.warmed.clone(),
        is_bounded: job.stream != Stream::Notice,
    }
}

/// Whether what was asked for may be handed over. What is back in the queue, changed, is picked up again.
fn passes(run: &Run, mark: Mark) -> bool {
    if mark == Mark::Changed {
        run.changed.store(true, Ordering::Relaxed);
        run.app.due.notify_one();
    }
    mark == Mark::Passed
}

/// That a mail may be handed over, by its mark.
struct Leave<'a> {
    run: &'a Run,
    job: &'a Job,
    /// When the mark was asked for, by both clocks.
    since: (Instant, Timestamp),
    settled: Settled,
    /// The message is no longer ours.
    is_over: bool,
}

impl Leave<'_> {
    /// By whichever clock went on: one of them stands still while the machine is suspended, and the other can be set.
    fn is_fresh(&self) -> bool {
        let (begun, at) = self.since;
        let by_the_day = self.run.app.clock.now().duration_since(at).unsigned_abs();
        begun.elapsed().max(by_the_day) < FRESH
    }

    /// Whether the mail itself may leave now. Whoever slept, or was kept waiting, may have been taken for dead, and the
    /// message with them.
    async fn holds(&mut self) -> bool {
        loop {
            if !self.settled.wait().await {
                return false;
            }
            if self.is_fresh() {
                return true;
            }
            // It is counted where that is new.
            let again = Wanted {
                warmed: Vec::new(),
                ..wanted(self.job)
            };
            self.since = (Instant::now(), self.run.app.clock.now());
            let (mark, settled) = self.run.recorder.mark(again).await;
            self.is_over = !passes(self.run, mark);
            if self.is_over {
                return false;
            }
            self.settled = settled;
        }
    }
}

/// A mail that may be handed over.
struct Parcel<'a> {
    mail: &'a Mail,
    to: Address,
    /// Headers before its own.
    signatures: String,
    leave: Leave<'a>,
}

impl Parcel<'_> {
    async fn send(&mut self, line: &mut Line) -> Fate {
        let Mail { from, bytes, .. } = self.mail;
        let go = self.leave.holds();
        line.send(from, &self.to, &self.signatures, bytes, go).await
    }
}

/// Hands a mail over by the line that stands, which stays if it can be used again.
///
/// One that is `used`, having brought mails before, may come to its end by number or by time: a fresh one then tells how
/// the relay is.
async fn hand_over(
    run: &Arc<Run>,
    relay: usize,
    line: &mut Option<Line>,
    used: bool,
    parcel: &mut Parcel<'_>,
) -> Fate {
    let mut fate = Fate::Lost(None, Step::Mail);
    if let Some(line) = line {
        fate = parcel.send(line).await;
    }
    if used && matches!(fate, Fate::Lost(_, Step::Mail)) && !parcel.leave.is_over {
        *line = None;
        run.dropped(relay);
        *line = run.open(relay).await;
        match line {
            Some(fresh) => fate = parcel.send(fresh).await,
            None => return fate,
        }
    }
    if !line.as_ref().is_some_and(Line::is_usable) {
        *line = None;
        run.dropped(relay);
    }
    fate
}
