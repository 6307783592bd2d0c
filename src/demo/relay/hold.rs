//! Stopping the dialogue at one moment, for as long as a test needs it to stand still.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::{oneshot, watch};

use super::lock;

/// One reply that the relay keeps back. Dropped once it was reached, the connection is closed without that reply;
/// dropped before, it is called off.
#[derive(Debug)]
pub struct Hold {
    reached: watch::Receiver<bool>,
    release: oneshot::Sender<()>,
}

impl Hold {
    /// Returns when the relay has come to the reply and keeps it back.
    pub async fn reached(&self) {
        // The other end goes only when the reply has been given up, so there is nothing more to wait for.
        let _ = self.reached.clone().wait_for(|reached| *reached).await;
    }

    /// Lets the reply go out.
    pub fn release(self) {
        // The connection may be gone by now; then there is nobody to answer.
        let _ = self.release.send(());
    }
}

/// The holds that no mail has come to yet, the oldest first.
#[derive(Default)]
pub(super) struct Holds(Mutex<VecDeque<Held>>);

impl Holds {
    pub(super) fn add(&self) -> Hold {
        let (reached_tx, reached) = watch::channel(false);
        let (release, released) = oneshot::channel();
        lock(&self.0).push_back(Held {
            reached: reached_tx,
            released,
        });
        Hold { reached, release }
    }

    /// Takes the next hold that somebody still has in hand.
    pub(super) fn next(&self) -> Option<Held> {
        let mut holds = lock(&self.0);
        while let Some(mut held) = holds.pop_front() {
            if held.released.try_recv() != Err(oneshot::error::TryRecvError::Closed) {
                return Some(held);
            }
        }
        None
    }
}

/// The relay's end of a [`Hold`].
pub(super) struct Held {
    reached: watch::Sender<bool>,
    released: oneshot::Receiver<()>,
}

impl Held {
    /// Whether the reply may be given; false means that the connection is to be closed without it.
    pub(super) async fn wait(self) -> bool {
        self.reached.send_replace(true);
        self.released.await.is_ok()
    }
}
