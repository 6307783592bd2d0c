//! What a try tells of the relay and of the recipient's host: how much they want, and whether the relay wants us at all.

use std::time::{Duration, Instant};

use super::desk::Braked;
use super::line::{Fate, Reply, Step};
use super::patience;
use super::reply::{Class, is_of_relay, is_of_system};
use super::{Run, Until};

/// So many refusals in a row that may speak of the relay itself do: one alone can be a hiccup, or another's fault.
const TROUBLE: u32 = 3;
/// A line that breaks after so long has kept us waiting in vain, unless we wait less long for any answer.
const IN_VAIN: Duration = Duration::from_mins(2);

/// What a relay has said of itself since it took a mail.
#[derive(Debug, Default)]
pub(super) struct Streak {
    refused: u32,
    host: Option<Braked>,
    /// When the last line broke.
    broke_at: Option<Instant>,
}

impl Streak {
    /// One more refusal, of a mail whose recipient was named, or not yet; whether the relay is in trouble. What is said
    /// of mails for one host alone may be that host's, where the relay asks it first.
    fn add(&mut self, recipient: Option<&Braked>) -> bool {
        if recipient.is_none() || recipient != self.host.as_ref() {
            self.refused += 1;
        }
        self.host = recipient.cloned().or_else(|| self.host.take());
        self.refused >= TROUBLE
    }

    /// A line that broke, with a mail that was begun then; whether the relay is in trouble. Lines that break all at once,
    /// as when it starts anew, are one hiccup; not those that were waited for `in_vain`.
    fn broke(&mut self, recipient: Option<&Braked>, begun: Instant, in_vain: bool) -> bool {
        if !in_vain && self.broke_at.is_some_and(|at| begun < at) {
            return false;
        }
        self.broke_at = Some(Instant::now());
        self.add(recipient)
    }
}

impl Run {
    /// Slows down whoever asks for it, and tells the operator of a relay that takes nothing from us.
    ///
    /// Such a relay can be reached, so nobody but a mail finds out when it is mended: it is slowed down as one that has too
    /// much, and one mail at a time asks.
    pub(super) fn heed(&self, relay: usize, recipient: &Braked, fate: &Fate, begun: Instant) {
        let now = self.app.clock.now();
        let (reply, step) = match fate {
            Fate::Accepted(_) => {
                *self.relays[relay].streak() = Streak::default();
                self.desk.went_well(recipient, now);
                if self.desk.went_well(&Braked::Relay(relay), now) {
                    self.takes_mails(relay);
                }
                return;
            }
            Fate::Refused(reply, step) | Fate::Lost(Some(reply), step) => (reply, *step),
            Fate::Lost(None, step) => return self.broke(relay, recipient, *step, begun),
            Fate::InDoubt => return self.broke(relay, recipient, Step::Data, begun),
            Fate::Unfit(_) => return,
        };
        let text = reply.text();
        match (Class::of(reply.code, &text), step) {
            (Class::Stranger, Step::Mail) => {
                self.desk.slow_down(Braked::Relay(relay), now, None);
                let why = format!(
                    "relay {} refuses our mails: {} {text}",
                    self.name(relay),
                    reply.code
                );
                let why = why.trim_end();
                let before = self.relays[relay].set_unwilling(Some(why.to_owned()));
                // Whoever asked for one run is told when it ends.
                if before.is_none() && self.until == Until::Stopped {
                    tracing::error!(
                        error = why,
                        "messages stay queued; they leave by themselves when it is mended"
                    );
                }
            }
            (Class::RateLimited, _) if step == Step::Mail || is_of_system(&text) => {
                self.slow_down(
                    &Braked::Relay(relay),
                    reply,
                    "the relay asks for fewer mails",
                );
                // Whoever asked for one run does not wait for the end of the pause.
                if self.until == Until::Idle {
                    let name = self.name(relay);
                    let why = format!("relay {name} asks for fewer mails: {} {text}", reply.code);
                    self.relays[relay].set_unwilling(Some(why));
                }
            }
            (Class::RateLimited, _) => {
                let what = "the recipients' host asks for fewer mails";
                self.slow_down(recipient, reply, what);
            }
            _ if is_of_relay(reply.code, &text, step) => {
                let named = (step != Step::Mail).then_some(recipient);
                let in_trouble = self.relays[relay].streak().add(named);
                if in_trouble {
                    let what = "the relay takes no mails for now";
                    self.slow_down(&Braked::Relay(relay), reply, what);
                    self.takes_none(relay, &format!("{} {text}", reply.code));
                }
            }
            _ => {}
        }
    }

    /// What a line that broke, or on which no answer came, tells of the relay.
    fn broke(&self, relay: usize, recipient: &Braked, step: Step, begun: Instant) {
        const SAID: &str = "it breaks off, or does not answer";
        let longest = Duration::from_secs(self.app.config.dispatch.timeout_s.into());
        let in_vain = begun.elapsed() >= IN_VAIN.min(longest);
        let named = (step != Step::Mail).then_some(recipient);
        let in_trouble = self.relays[relay].streak().broke(named, begun, in_vain);
        if !in_trouble {
            return;
        }
        let now = self.app.clock.now();
        if self.desk.slow_down(Braked::Relay(relay), now, None) {
            tracing::warn!(
                relay.name = self.name(relay),
                "{SAID}; it gets none for a while, then more and more"
            );
        }
        self.takes_none(relay, SAID);
    }

    fn takes_none(&self, relay: usize, said: &str) {
        let why = format!("relay {} takes no mails for now: {said}", self.name(relay));
        self.relays[relay].set_unwilling(Some(why.trim_end().to_owned()));
    }

    fn slow_down(&self, key: &Braked, reply: &Reply, why: &str) {
        let asked = patience::asked(&reply.text());
        if self
            .desk
            .slow_down(key.clone(), self.app.clock.now(), asked)
        {
            let reply = format!("{} {}", reply.code, reply.text());
            tracing::warn!(what = ?key, reply, "{why}; it gets none for a while, then more and more");
        }
    }

    fn takes_mails(&self, relay: usize) {
        if self.relays[relay].set_unwilling(None).is_some() {
            tracing::info!(relay.name = self.name(relay), "the relay takes mails again");
        }
    }

    fn name(&self, relay: usize) -> &str {
        &self.relays[relay].dial.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_break_one_after_the_other_are_trouble_and_all_at_once_a_hiccup() {
        let host = |n: i64| Braked::Provider(n);
        for (in_vain, all_at_once, trouble) in [
            (false, false, true),
            (false, true, false),
            (true, true, true),
        ] {
            let mut streak = Streak::default();
            let first = Instant::now();
            let mut told = false;
            for n in 0..3 {
                let begun = if all_at_once { first } else { Instant::now() };
                told = streak.broke(Some(&host(n)), begun, in_vain);
            }
            assert_eq!(told, trouble, "{in_vain} {all_at_once}");
        }
        // One host's mails alone may be that host's trouble; at MAIL nobody is named.
        let mut streak = Streak::default();
        for _ in 0..5 {
            assert!(!streak.broke(Some(&host(1)), Instant::now(), true));
        }
        let mut streak = Streak::default();
        let told = [(); 3].map(|()| streak.broke(None, Instant::now(), true));
        assert_eq!(told, [false, false, true]);
    }
}
