//! The database: SQLite in one file, or PostgreSQL, from one SQL text.
//!
//! In: SQL texts beside the code that needs them. Out: rows, and errors that say what the caller can do.
//! A reader's connection comes from [`Db::read`], a transaction that may write from [`Db::begin`]; functions take
//! `&mut impl Sql`. A step that may meet a lock is one transaction, run by [`again`].
//! Nothing outside this folder knows which database it is.

use std::str::FromStr;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::query::Query as Q;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    Connection, Decode, Encode, FromRow, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection,
    SqlitePool, Transaction, Type,
};

mod error;
mod schema;
mod warm;

pub use error::{Error, Result};
pub use warm::Warm;

/// Names the bounds that mean "both databases can do this with it".
macro_rules! on_both {
    ($(#[$doc:meta])* $name:ident$(<$q:lifetime>)?: $($bound:tt)+) => {
        $(#[$doc])*
        pub trait $name$(<$q>)?: $($bound)+ + Send {}
        impl<$($q,)? T: $($bound)+ + Send> $name$(<$q>)? for T {}
    }
}
on_both!(
    /// A value that a statement takes.
    Bind<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>
);
on_both!(
    /// A value that a row gives.
    Value: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Unpin
);
on_both!(
    /// A row: a tuple, or a struct that derives `FromRow`.
    Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Unpin
);
macro_rules! both {
    ($self:expr, $kind:ident($($v:pat),+) => $do:expr) => {
        match $self {
            $kind::Sqlite($($v),+) => $do,
            $kind::Postgres($($v),+) => $do,
        }
    }
}

/// One statement's text, for SQLite and for PostgreSQL.
#[derive(Clone, Copy)]
pub struct Text(&'static str, &'static str);

impl From<&'static str> for Text {
    fn from(sql: &'static str) -> Text {
        Text(sql, sql)
    }
}

/// For the few statements that the two databases do not read alike.
pub const fn either(sqlite: &'static str, postgres: &'static str) -> Text {
    Text(sqlite, postgres)
}

/// How long a connection to a server may have rested and be taken as it is. Under load none rests as long, so that nothing is
/// asked twice there.
const UNTRIED: Duration = Duration::from_millis(100);

/// The database.
#[derive(Clone)]
pub enum Db {
    /// One file, its one writer, and readers.
    Sqlite(SqlitePool, SqlitePool),
    /// A server that several nodes may share.
    Postgres(PgPool),
}

/// A reader's connection.
pub enum Conn {
    /// On SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// On PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// An open transaction; dropped, it is rolled back.
pub enum Tx {
    /// On SQLite, with the writer it goes back to.
    Sqlite(Transaction<'static, Sqlite>, SqlitePool),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// A statement with its values, not yet run.
#[must_use = "a statement does nothing until it is run"]
pub enum Query<'c> {
    /// On SQLite.
    Sqlite(
        &'c mut SqliteConnection,
        Q<'static, Sqlite, SqliteArguments>,
    ),
    /// On PostgreSQL.
    Postgres(&'c mut PgConnection, Q<'static, Postgres, PgArguments>),
}

/// What runs statements: a reader's connection or an open transaction.
pub trait Sql: Send {
    /// Begins a statement.
    fn sql(&mut self, text: impl Into<Text>) -> Query<'_>;
}

macro_rules! runs_sql {
    ($($kind:ident)+) => {
        $(impl Sql for $kind {
            fn sql(&mut self, text: impl Into<Text>) -> Query<'_> {
                let Text(sqlite, postgres) = text.into();
                match self {
                    $kind::Sqlite(c, ..) => Query::Sqlite(&mut *c, sqlx::query(sqlite)),
                    $kind::Postgres(c) => Query::Postgres(&mut *c, sqlx::query(postgres)),
                }
            }
        })+
    }
}
runs_sql! { Conn Tx }

impl<'c> Query<'c> {
    /// Gives the next `$n` its value.
    pub fn bind<'q>(self, value: impl Bind<'q>) -> Self {
        match self {
            Query::Sqlite(c, q) => Query::Sqlite(c, q.bind(value)),
            Query::Postgres(c, q) => Query::Postgres(c, q.bind(value)),
        }
    }

    /// Runs it; the number of rows it touched.
    pub async fn run(self) -> Result<u64> {
        Ok(both!(self, Query(c, q) => q.execute(c).await?.rows_affected()))
    }

    /// All rows, for results whose size is bounded.
    pub async fn all<T: Record>(self) -> Result<Vec<T>> {
        self.stream().try_collect().await
    }

    /// The one row there must be; [`Error::Missing`] otherwise.
    pub async fn one<T: Record>(self) -> Result<T> {
        self.first().await?.ok_or(Error::Missing)
    }

    /// The one value of the one row there must be.
    pub async fn value<T: Value>(self) -> Result<T> {
        Ok(self.one::<(T,)>().await?.0)
    }

    /// The first row, if there is one.
    pub async fn first<T: Record>(self) -> Result<Option<T>> {
        Ok(
            both!(self, Query(c, q) => q.fetch_optional(c).await?.as_ref().map(T::from_row).transpose()?),
        )
    }

    /// Rows as they come. On SQLite keep no stream open across slow work: the write-ahead log grows meanwhile.
    pub fn stream<T: Record>(self) -> BoxStream<'c, Result<T>> {
        both!(self, Query(c, q) => q.fetch(c).map(|row| Ok(T::from_row(&row?)?)).boxed())
    }
}

impl Tx {
    /// Makes it last.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(t, writer) => {
                t.commit().await?;
                settle(&writer).await
            }
            Tx::Postgres(t) => Ok(t.commit().await?),
        }
    }
}

impl Db {
    /// Opens the database at `url` and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Db> {
        let db = Db::connect(url).await?;
        schema::migrate(&db).await?;
        Ok(db)
    }

    /// Opens the database at `url` as it is: `check` and `migrate` look before they touch.
    pub async fn connect(url: &str) -> Result<Db> {
        if url.starts_with("postgres") {
            let limits = [
                ("statement_timeout", "60s"),
                ("lock_timeout", "10s"),
                // A node that froze within a transaction would keep its rows from the others for as long as it sleeps.
                ("idle_in_transaction_session_timeout", "5s"),
                // The default is a spinning disk's, by which a batch of outcomes was found by reading the whole issue.
                ("random_page_cost", "1.1"),
            ];
            let options = PgConnectOptions::from_str(url)?
                .options(limits)
                .application_name("postrider");
            // Once without the pool, which would only say that it timed out.
            PgConnection::connect_with(&options).await?.close().await?;
            let pool = PgPoolOptions::new()
                .max_connections(10)
                .test_before_acquire(false)
                // A server that was restarted has ended them all, which is found out by using one.
                .before_acquire(|conn, meta| {
                    Box::pin(async move {
                        if meta.idle_for >= UNTRIED {
                            conn.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .acquire_timeout(Duration::from_secs(10))
                .connect_with(options)
                .await?;
            return Ok(Db::Postgres(pool));
        }
        let file = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // The disk has a commit when `settle` says so, which does not keep the next writer waiting.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10))
            .pragma("journal_size_limit", "67108864")
            // Who is erased is not to be found in what the file has free.
            .pragma("secure_delete", "on");
        let file = resolve(file).map_err(sqlx::Error::Io)?;
        let pool = |n| {
            SqlitePoolOptions::new()
                .max_connections(n)
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                .acquire_timeout(Duration::from_mins(1))
                // SQLite ends a transaction by itself when the disk is full, and sqlx goes on thinking that it is open.
                .after_release(|conn, _| {
                    Box::pin(async move {
                        if conn.is_in_transaction() {
                            conn.ping().await?;
                        }
                        Ok(!conn.is_in_transaction())
                    })
                })
        };
        let writer = pool(1).connect_with(file.clone()).await?;
        // The write-ahead log is there now, and its name is to last as well. Some file systems see to that unasked, and
        // refuse.
        if let Some(folder) = file.get_filename().parent() {
            let _ = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(Db::Sqlite(
            writer,
            pool(4).connect_with(file.read_only(true)).await?,
        ))
    }

    /// Brings the schema up to date; the numbers of the migrations that were run now.
    pub async fn migrate(&self) -> Result<Vec<i64>> {
        schema::migrate(self).await
    }

    /// The migrations that [`Db::migrate`] would run.
    pub async fn pending(&self) -> Result<Vec<i64>> {
        schema::pending(self).await
    }

    /// A connection that reads.
    pub async fn read(&self) -> Result<Conn> {
        Ok(match self {
            Db::Sqlite(_, p) => Conn::Sqlite(p.acquire().await?),
            Db::Postgres(p) => Conn::Postgres(p.acquire().await?),
        })
    }

    /// A connection on which each statement is a transaction of its own, and may write. On SQLite it is the only writer, and
    /// what it wrote lasts after [`Db::settle`], though everyone sees it at once.
    pub async fn write(&self) -> Result<Conn> {
        Ok(match self {
            Db::Sqlite(p, _) => Conn::Sqlite(p.acquire().await?),
            Db::Postgres(p) => Conn::Postgres(p.acquire().await?),
        })
    }

    /// A transaction that may write. On SQLite it holds the only writer: no network, no long work inside.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite(p, _) => match p.begin_with("BEGIN IMMEDIATE").await {
                Ok(tx) => Tx::Sqlite(tx, p.clone()),
                Err(error) => {
                    let of_database = matches!(error, sqlx::Error::Database(_));
                    let error = Error::from(error);
                    // One that was opened while the file could not be written stays as it is when the file can.
                    if of_database && matches!(error, Error::Down(_)) {
                        p.acquire().await?.close_on_drop();
                    }
                    return Err(error);
                }
            },
            Db::Postgres(p) => Tx::Postgres(p.begin().await?),
        })
    }

    /// Waits until everything that was committed so far would survive a loss of power. PostgreSQL commits nothing that would not.
    pub async fn settle(&self) -> Result<()> {
        match self {
            Db::Sqlite(writer, _) => settle(writer).await,
            Db::Postgres(..) => Ok(()),
        }
    }

    /// Closes every connection; on SQLite the write-ahead log is folded in.
    pub async fn close(&self) {
        match self {
            Db::Sqlite(writer, readers) => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether all that is written waits for one connection, as on SQLite.
    pub fn has_one_writer(&self) -> bool {
        matches!(self, Db::Sqlite(..))
    }

    /// How many rows of a page that is planned one transaction may write: few on SQLite, since a reader's click waits for its
    /// one writer.
    pub fn written_at_once(&self) -> usize {
        match self {
            Db::Sqlite(..) => 250,
            Db::Postgres(..) => 1000,
        }
    }

    /// "SQLite" or "PostgreSQL", for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Db::Sqlite(..) => "SQLite",
            Db::Postgres(..) => "PostgreSQL",
        }
    }
}

/// Has the disk write what SQLite's write-ahead log holds. Where there is no log, a checkpoint has put all of it in the
/// file, and asked the disk for that. The log's file has no locks of SQLite's, so it does no harm to open and close it.
async fn settle(writer: &SqlitePool) -> Result<()> {
    let mut log = writer
        .connect_options()
        .get_filename()
        .as_os_str()
        .to_owned();
    log.push("-wal");
    let synced = tokio::task::spawn_blocking(move || match std::fs::File::open(log) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        log => log?.sync_data(),
    });
    let synced = synced.await.map_err(std::io::Error::other).flatten();
    Ok(synced.map_err(sqlx::Error::Io)?)
}

/// Whether the database at `url` is an SQLite file that is not there yet.
pub fn is_missing_file(url: &str) -> bool {
    let file = SqliteConnectOptions::from_str(url)
        .ok()
        .filter(|_| url.starts_with("sqlite:"));
    file.is_some_and(|options| !options.get_filename().exists())
}

/// Whether the database at `url` holds anything of ours. To look makes nothing.
pub async fn is_there(url: &str) -> Result<bool> {
    if is_missing_file(url) {
        return Ok(false);
    }
    let db = Db::connect(url).await?;
    let is_there = !schema::applied(&db).await?.is_empty();
    db.close().await;
    Ok(is_there)
}

/// Who may send from a database.
pub enum Sender {
    /// Any number of nodes: the commit that claims a message parts them (PostgreSQL).
    Shared,
    /// This process alone, until it drops this or dies (SQLite).
    Sole(std::fs::File),
    /// Another process.
    Taken,
}

/// Asks for the right to send from the database at `url`. SQLite has one writer, so a second sender would win nothing,
/// and the first one's death could not be told from its sleep; a lock on a file beside the database settles both.
pub fn sender(url: &str) -> Result<Sender> {
    if url.starts_with("postgres") {
        return Ok(Sender::Shared);
    }
    let file = resolve(SqliteConnectOptions::from_str(url)?).map_err(sqlx::Error::Io)?;
    let mut path = file.get_filename().as_os_str().to_owned();
    path.push("-sender");
    let file = own_file().open(path).map_err(sqlx::Error::Io)?;
    match file.try_lock() {
        Ok(()) => Ok(Sender::Sole(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(Sender::Taken),
        Err(std::fs::TryLockError::Error(error)) => Err(sqlx::Error::Io(error).into()),
    }
}

/// The database's file by its one true name: SQLite's log and our lock stand beside that, whatever links lead there. Where
/// it is not there it is made so that nobody else on the machine can read it; SQLite gives the files beside it the same mode.
fn resolve(options: SqliteConnectOptions) -> std::io::Result<SqliteConnectOptions> {
    let file = options.get_filename();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if !file.exists() {
        own_file().open(file)?;
    }
    let file = file.canonicalize()?;
    Ok(options.filename(file))
}

/// Opens a file, or makes one that nobody else on the machine can read or lock.
fn own_file() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut own = std::fs::File::options();
    own.append(true).create(true).mode(0o600);
    own
}

/// Makes sure that messages of the issue `issue_id` have a partition to go to (PostgreSQL; SQLite has none).
///
/// A partition holds seven days of issues, whose ids begin with their day. It is attached, not created in place:
/// that takes no lock that would stop the dispatcher. In the transaction that writes the issue: a second connection, asked
/// for while many hold theirs and wait for our row, would never come.
pub async fn ensure_partition(tx: &mut Tx, issue_id: i64) -> Result<()> {
    let Tx::Postgres(tx) = tx else {
        return Ok(());
    };
    let week = (issue_id >> 20).div_euclid(7);
    let (from, to) = ((week * 7) << 20, (week * 7 + 7) << 20);
    for table in ["message", "attempt"] {
        let name = format!("{table}_w{week}");
        let known = "SELECT EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass($1))";
        if sqlx::query_scalar::<_, bool>(known)
            .bind(&name)
            .fetch_one(&mut **tx)
            .await?
        {
            continue;
        }
        // Room in each page for the new version that marking a message writes.
        let filled = if table == "message" { 70 } else { 100 };
        let steps = format!(
            "LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE;
             CREATE TABLE IF NOT EXISTS {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) WITH (fillfactor = {filled});
             DO $$ BEGIN
               IF NOT EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = '{name}'::regclass) THEN
                 ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to});
               END IF;
             END $$"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(steps))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Runs a step again while the database says so. A step is one transaction and touches nothing else.
pub async fn again<T, F: Future<Output = Result<T>>>(mut step: impl FnMut() -> F) -> Result<T> {
    for pause in [5, 20, 80, 320, 1000] {
        match step().await {
            Err(Error::Again(_)) => tokio::time::sleep(Duration::from_millis(pause)).await,
            done => return done,
        }
    }
    step().await
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// A write-ahead log that SQLite has open, and nobody else can open until this is dropped.
    pub(crate) struct HiddenLog(PathBuf, PathBuf);

    impl HiddenLog {
        pub(crate) fn of(file: &Path) -> HiddenLog {
            let beside = |end: &str| PathBuf::from(format!("{}{end}", file.display()));
            let (log, aside) = (beside("-wal"), beside("-aside"));
            std::fs::rename(&log, &aside).unwrap();
            std::os::unix::fs::symlink(&log, &log).unwrap();
            HiddenLog(log, aside)
        }
    }

    impl Drop for HiddenLog {
        fn drop(&mut self) {
            std::fs::rename(&self.1, &self.0).unwrap();
        }
    }

    #[test]
    fn nobody_else_on_the_machine_can_hold_the_senders_lock() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postrider.sqlite");
        let sole = sender(&format!("sqlite:{}", file.display())).unwrap();
        assert!(matches!(sole, Sender::Sole(_)));
        let lock = folder.path().join("postrider.sqlite-sender");
        assert_eq!(lock.metadata().unwrap().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_commit_says_so_if_the_disk_does_not_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postrider.sqlite");
        let link = folder.path().join("link.sqlite");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let url = format!("sqlite:{}", link.display());
        let db = Db::open(&url).await.unwrap();
        let add = async |slug: &str| {
            let mut tx = db.begin().await.unwrap();
            let add = tx.sql("INSERT INTO newsletter (slug) VALUES ($1)");
            add.bind(slug.to_owned()).run().await.unwrap();
            tx.commit().await
        };
        let hidden = HiddenLog::of(&file);
        assert!(add("morning").await.is_err());
        drop(hidden);
        add("evening").await.unwrap();
        let mut conn = db.read().await.unwrap();
        let sole = sender(&url).unwrap();
        let by_its_name = sender(&format!("sqlite:{}", file.display())).unwrap();
        assert!(matches!(
            (sole, by_its_name),
            (Sender::Sole(_), Sender::Taken)
        ));
        let count =
            conn.sql("SELECT count(*) FROM newsletter WHERE slug IN ('morning', 'evening')");
        assert_eq!(count.value::<i64>().await.unwrap(), 2);
    }
}
