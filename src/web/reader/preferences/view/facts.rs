//! What the page is made of, as the database has it.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{After, suggestions};
use crate::audience::record::{Told, last_acts, last_erasing, muted_since, told};
use crate::audience::suggest::Suggestion;
use crate::audience::{Act, Standing};
use crate::audience::{EmailAddress, moving};
use crate::db::Conn;
use crate::web::reader::samples::samples;
use crate::web::{Mode, Reader, Web, WebError};

/// What the page is made of.
pub(in crate::web::reader::preferences) struct Facts {
    pub(super) full: bool,
    pub(super) mark: String,
    pub(super) until: Timestamp,
    pub(super) standing: Standing,
    pub(super) after: Option<Told>,
    pub(super) note: Option<String>,
    pub(super) acts: Vec<(Act, Option<i64>, i64)>,
    pub(super) muted: Vec<(i64, String, i64)>,
    pub(super) moving: Option<(EmailAddress, i64)>,
    pub(super) known: Arc<Vec<Suggestion>>,
    pub(super) samples: Arc<HashMap<String, String>>,
    /// The revision that asked for everything to be erased; none by a mail's own link.
    pub(super) erased_by: Option<i64>,
    pub(super) now: Timestamp,
}

impl Facts {
    /// Reads them. By a mail's own link what is followed, the address and its like are not even read.
    pub(in crate::web::reader::preferences) async fn gather(
        web: &Web,
        conn: &mut Conn,
        who: &Reader,
        standing: Standing,
        after: &After,
    ) -> Result<Facts, WebError> {
        let id = standing.id;
        let full = who.mode == Mode::Full;
        let now = web.app.clock.now();
        // Of an older press nothing is said: what it did may no longer be so.
        let newest = after.saved.filter(|saved| *saved == standing.revision);
        let told = match newest {
            Some(revision) => told(conn, id, revision).await?,
            None => None,
        };
        let (muted, moving, known) = if full {
            (
                muted_since(conn, id).await?,
                moving::open_for(conn, id, now).await?,
                suggestions::known(web).await?,
            )
        } else {
            (Vec::new(), None, Arc::default())
        };
        let erased_by = match standing.erase_at {
            Some(_) if full => last_erasing(conn, id).await?,
            _ => None,
        };
        Ok(Facts {
            full,
            mark: who.mark(web),
            until: who.until,
            after: told.filter(|told| full || told.act.is_limited() || told.act == Act::Undid),
            note: after.note.clone(),
            acts: last_acts(conn, id).await?,
            muted,
            moving,
            known,
            samples: samples(web).await?,
            erased_by,
            standing,
            now,
        })
    }
}

/// The clocks of a reader: their zone, or the paper's.
pub(in crate::web::reader) fn readers_zone(web: &Web, standing: &Standing) -> TimeZone {
    let own = standing.preferences.zone.as_deref();
    own.and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or_else(|| web.app.config.paper.zone.tz().clone())
}
