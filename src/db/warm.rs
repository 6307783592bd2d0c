//! A session of PostgreSQL that one task has for itself.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use sqlx::Connection;
use sqlx::pool::PoolConnection;
use sqlx::postgres::Postgres;

use super::{Conn, Result, UNTRIED};

/// A connection that one task keeps from one statement to the next. PostgreSQL has a process for each, and ten of them in turn
/// do the same much slower than one that has just done it. SQLite's go back each time, since others wait for its writer.
#[derive(Default)]
pub struct Warm(Mutex<Option<(PoolConnection<Postgres>, Instant)>>);

impl Warm {
    /// The one that was kept; or else, or where its server is gone, a `fresh` one.
    pub async fn or(&self, fresh: impl Future<Output = Result<Conn>>) -> Result<Conn> {
        let kept = self.kept().take();
        if let Some((mut conn, used)) = kept {
            if used.elapsed() < UNTRIED || conn.ping().await.is_ok() {
                return Ok(Conn::Postgres(conn));
            }
            conn.close_on_drop();
        }
        fresh.await
    }

    /// Keeps it for the next statement. One that failed is better dropped.
    pub fn keep(&self, conn: Conn) {
        if let Conn::Postgres(conn) = conn {
            *self.kept() = Some((conn, Instant::now()));
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<(PoolConnection<Postgres>, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
