//! The brake on what is saved: a program that goes on pressing would write a revision each time.
//!
//! Whoever holds a mail can use up no more than a part of the hour, so that the owner can save still. Leaving, and asking to be
//! forgotten, is never refused: done twice it writes nothing.

use jiff::SignedDuration;

use crate::audience::record::made_before;
use crate::clock::from_millis;
use crate::web::{Mode, Web, WebError};

const WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// The most revisions of a reader within the hour, for one who came by a link of this kind.
fn most(mode: Mode) -> u32 {
    match mode {
        Mode::Limited => 60,
        Mode::Full => 240,
    }
}

/// An error that says when, if this reader has saved too much to save more.
pub(super) async fn may_save(web: &Web, subscriber_id: i64, mode: Mode) -> Result<(), WebError> {
    let most = most(mode);
    let mut conn = web.app.db.read().await?;
    let first = made_before(&mut conn, subscriber_id, i64::from(most) - 1).await?;
    let wait = first.map(|at| (from_millis(at) + WITHIN).duration_since(web.app.clock.now()));
    let seconds = wait.map_or(0, |wait| wait.as_secs());
    match u32::try_from(seconds) {
        Ok(seconds @ 1..) => Err(WebError::ManySaves { most, seconds }),
        _ => Ok(()),
    }
}
