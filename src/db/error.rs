//! What went wrong, by what the caller can do about it.

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// A result of the database.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the database did not do as asked. Only Display is for logs: Debug may print a row, addresses too.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The row that must be there is not.
    #[error("no such row")]
    Missing,
    /// A unique key is already in use.
    #[error("already there")]
    Taken,
    /// A lock or a serialisation conflict: the same step may go through later.
    #[error("the database was busy: {0}")]
    Again(String),
    /// The database cannot be reached or cannot write: nothing works until someone mends it.
    #[error("the database cannot be used: {0}")]
    Down(String),
    /// The schema is newer than this program can work with.
    #[error(
        "the database was made by a newer postrider (schema {found}; this one knows up to {known})"
    )]
    Newer {
        /// The oldest schema number that the database accepts.
        found: i64,
        /// The newest schema number that this program knows.
        known: i64,
    },
    /// Anything else; a defect on our side.
    #[error("{0}")]
    Other(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        let text = error.to_string();
        match &error {
            sqlx::Error::RowNotFound => Error::Missing,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed => Error::Down(text),
            sqlx::Error::Database(e) if e.is_unique_violation() => Error::Taken,
            sqlx::Error::Database(e) => {
                let code = e.code().unwrap_or_default();
                // Display of a driver's error is its message alone: no row, no value.
                if e.try_downcast_ref::<SqliteError>().is_some() {
                    match code.parse::<i32>().unwrap_or(0) & 0xff {
                        5 | 6 => Error::Again(text),
                        8 | 10 | 13 | 14 => Error::Down(text),
                        _ => Error::Other(text),
                    }
                } else if e.try_downcast_ref::<PgDatabaseError>().is_some() {
                    match code.as_ref() {
                        "40001" | "40P01" | "55P03" => Error::Again(text),
                        // read_only_sql_transaction: a standby has taken over, or an operator said so.
                        "25006" => Error::Down(text),
                        c if ["08", "53", "57"].iter().any(|class| c.starts_with(class)) => {
                            Error::Down(text)
                        }
                        _ => Error::Other(text),
                    }
                } else {
                    Error::Other(text)
                }
            }
            _ => Error::Other(text),
        }
    }
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Error {
        match error {
            MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => e.into(),
            other => Error::Other(other.to_string()),
        }
    }
}
