//! One clicks, those that come together in one transaction: a mail that goes to a million brings them by the hundred a second,
//! while its dispatch wants the same writer.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, mpsc, oneshot};

use crate::app::App;
use crate::audience::How;
use crate::audience::leaving::{Leaving, leave_all};
use crate::audience::source::BY_ONE_CLICK;
use crate::db::{self, again};

/// The most that one transaction takes.
const MOST: usize = 64;
/// While one waits for the disk, or for a reader whom somebody else holds, another goes on.
const TAKERS: usize = 2;

/// One click.
pub(super) struct Click {
    pub(super) subscriber_id: i64,
    /// The newsletter to leave.
    pub(super) slug: String,
    /// See [`How::network`].
    pub(super) network: Option<String>,
}

impl Click {
    fn leaving(&self) -> Leaving<'_> {
        Leaving {
            subscriber_id: self.subscriber_id,
            slug: &self.slug,
            how: How {
                source: BY_ONE_CLICK,
                network: self.network.as_deref(),
                shown: Some("the mail program's own button"),
            },
        }
    }
}

/// A click, and whom to tell that it lasts.
type Waiting = (Arc<Click>, oneshot::Sender<()>);

/// Where clicks come together.
#[derive(Clone)]
pub(in crate::web) struct Clicks(mpsc::Sender<Waiting>);

impl Clicks {
    /// Starts the tasks that take them; they end with the last of these.
    pub(in crate::web) fn start(app: &Arc<App>) -> Clicks {
        let (sender, waiting) = mpsc::channel(MOST);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..TAKERS {
            tokio::spawn(take(app.clone(), waiting.clone()));
        }
        Clicks(sender)
    }

    /// Does what a click asks for, and once it was sent here, even if nobody waits for it any longer.
    pub(super) async fn click(&self, app: &App, click: Click) -> db::Result<()> {
        let click = Arc::new(click);
        let (tell, told) = oneshot::channel();
        // If nobody takes it, nobody tells.
        let _ = self.0.send((click.clone(), tell)).await;
        if told.await.is_ok() {
            return Ok(());
        }
        again(|| leave(app, &click)).await
    }
}

async fn leave(app: &App, click: &Click) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    leave_all(&mut tx, &app.paper(), &[click.leaving()], app.clock.now()).await?;
    tx.commit().await
}

/// Takes the clicks that are there. What fails together is left to each alone, so that one reader's trouble is not another's.
async fn take(app: Arc<App>, waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    let mut batch = Vec::with_capacity(MOST);
    loop {
        let mut waiting = waiting.lock().await;
        let Some(first) = waiting.recv().await else {
            return;
        };
        batch.push(first);
        match together(&app, &mut batch, waiting).await {
            Ok(()) => batch.drain(..).for_each(|(_, tell)| {
                // Whoever has gone away has left all the same.
                let _ = tell.send(());
            }),
            Err(error) => {
                tracing::debug!(%error, clicks = batch.len(), "one clicks are done one by one");
                batch.clear();
            }
        }
    }
}

/// Does what these clicks ask for, and all that come until the database has a turn for them.
async fn together(
    app: &App,
    batch: &mut Vec<Waiting>,
    mut waiting: MutexGuard<'_, mpsc::Receiver<Waiting>>,
) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    let mut readers: HashSet<i64> = batch.iter().map(|(c, _)| c.subscriber_id).collect();
    while batch.len() < MOST
        && let Ok(next) = waiting.try_recv()
    {
        // A reader's second one is dropped from here, and so done alone.
        if readers.insert(next.0.subscriber_id) {
            batch.push(next);
        }
    }
    drop(waiting);
    let leavings: Vec<Leaving<'_>> = batch.iter().map(|(c, _)| c.leaving()).collect();
    leave_all(&mut tx, &app.paper(), &leavings, app.clock.now()).await?;
    tx.commit().await
}
