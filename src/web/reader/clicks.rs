//! One clicks. Where there is one writer, those that come together are one transaction: a mail that goes to a million brings
//! them by the hundred a second, while its dispatch wants the same writer.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, mpsc, oneshot};

use crate::app::App;
use crate::audience::How;
use crate::audience::leaving::{Leaving, leave_all};
use crate::audience::source::BY_ONE_CLICK;
use crate::db::{self, again};
use crate::web::WebError;

/// The most that one transaction takes.
const MOST: usize = 64;
/// While one waits for the disk, another goes on.
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

/// A click, and whom to tell what came of it.
type Waiting = (Click, oneshot::Sender<Result<(), WebError>>);

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

    /// Does what a click asks for, even if whoever sent it does not wait for that.
    pub(super) async fn click(&self, app: &Arc<App>, click: Click) -> Result<(), WebError> {
        let (tell, told) = oneshot::channel();
        let waiting = (click, tell);
        if !app.db.has_one_writer() {
            tokio::spawn(alone(app.clone(), waiting));
        } else if let Err(mpsc::error::SendError(waiting)) = self.0.send(waiting).await {
            tokio::spawn(alone(app.clone(), waiting));
        }
        told.await.unwrap_or(Err(WebError::NotNow))
    }
}

/// Does what one click asks for, in a transaction of its own.
async fn alone(app: Arc<App>, (click, tell): Waiting) {
    let left = again(async || {
        let mut tx = app.db.begin().await?;
        leave_all(&mut tx, &app.paper(), &[click.leaving()], app.clock.now()).await?;
        tx.commit().await
    });
    // Whoever has gone away has left all the same.
    let _ = tell.send(left.await.map_err(WebError::from));
}

/// Takes the clicks that are there. What fails together is left to each alone, so that one reader's trouble is not another's;
/// but not where the database itself is in trouble, which may have taken it and cannot say that it will last.
async fn take(app: Arc<App>, waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    let mut batch = Vec::with_capacity(MOST);
    loop {
        let mut waiting = waiting.lock().await;
        let Some(first) = waiting.recv().await else {
            return;
        };
        batch.push(first);
        let left = match together(&app, &mut batch, waiting).await {
            Err(db::Error::Down(why)) => Err(WebError::from(db::Error::Down(why))),
            Err(error) => {
                tracing::debug!(%error, clicks = batch.len(), "one clicks are done one by one");
                for waiting in batch.drain(..) {
                    tokio::spawn(alone(app.clone(), waiting));
                }
                continue;
            }
            Ok(()) => Ok(()),
        };
        for (_, tell) in batch.drain(..) {
            let _ = tell.send(left.clone());
        }
    }
}

/// Does what these clicks ask for, and all that come until the database has a turn for them.
async fn together(
    app: &Arc<App>,
    batch: &mut Vec<Waiting>,
    mut waiting: MutexGuard<'_, mpsc::Receiver<Waiting>>,
) -> db::Result<()> {
    let mut tx = app.db.begin().await?;
    let mut readers: HashSet<i64> = batch.iter().map(|(c, _)| c.subscriber_id).collect();
    while batch.len() < MOST
        && let Ok(next) = waiting.try_recv()
    {
        if readers.insert(next.0.subscriber_id) {
            batch.push(next);
        } else {
            // A reader's second one.
            tokio::spawn(alone(app.clone(), next));
        }
    }
    drop(waiting);
    let leavings: Vec<Leaving<'_>> = batch.iter().map(|(c, _)| c.leaving()).collect();
    leave_all(&mut tx, &app.paper(), &leavings, app.clock.now()).await?;
    tx.commit().await
}
