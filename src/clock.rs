//! What time it is. The only thing that tests replace.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// Tells the time and sleeps. `Clock::system()` is the real one; one made by [`Clock::at`] stands still until it is moved.
#[derive(Clone)]
pub struct Clock(Option<Arc<watch::Sender<Timestamp>>>);

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Clock {
        Clock(None)
    }

    /// The machine's own clock, unless `POSTRIDER_TEST_NOW` names an instant at which it is to stand: that is how tests
    /// of the program as a whole set its time.
    pub fn of_process() -> Clock {
        let set = std::env::var("POSTRIDER_TEST_NOW")
            .ok()
            .and_then(|text| text.parse().ok());
        set.map_or_else(Clock::system, Clock::at)
    }

    /// A clock that stands at `now` until [`Clock::set`].
    pub fn at(now: Timestamp) -> Clock {
        Clock(Some(Arc::new(watch::Sender::new(now))))
    }

    /// The present instant, whole milliseconds, as the database keeps it.
    pub fn now(&self) -> Timestamp {
        let now = match &self.0 {
            Some(set) => *set.borrow(),
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that asks the machine"
            )]
            None => Timestamp::now(),
        };
        from_millis(now.as_millisecond())
    }

    /// Moves a standing clock; whoever sleeps on it wakes if its time has come.
    ///
    /// # Panics
    /// On the system clock, which nobody moves.
    pub fn set(&self, now: Timestamp) {
        self.0
            .as_ref()
            .expect("only a standing clock is moved")
            .send_replace(now);
    }

    /// Returns when `pause` has passed on this clock.
    pub async fn sleep(&self, pause: Duration) {
        let Some(set) = &self.0 else {
            return tokio::time::sleep(pause).await;
        };
        let until = self.now() + pause;
        let mut seen = set.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = seen.wait_for(|now| *now >= until).await;
    }
}

/// The instant that the database keeps as `millis` (UTC milliseconds since 1970).
///
/// # Panics
/// Outside the years -9999 to 9999, which no column holds.
pub fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("an instant that we stored")
}
