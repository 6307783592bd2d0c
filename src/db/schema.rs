//! Migrations: which the database has, which this program brings, and whether the two can work together.

use sqlx::migrate::Migrator;

use super::{Conn, Db, Error, Result, Sql};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

fn known() -> i64 {
    SQLITE
        .iter()
        .map(|m| m.version)
        .max()
        .expect("there is a first migration")
}

/// Refuses a schema whose `schema_floor` lies above what this program knows. A schema that is merely newer than this
/// program is fine: nodes are upgraded one by one.
async fn refuse_newer(db: &Db) -> Result<()> {
    let mut conn = db.read().await?;
    if !has_table(&mut conn, "schema_floor").await? {
        return Ok(());
    }
    let found: i64 = conn
        .sql("SELECT max(oldest_version) FROM schema_floor")
        .value()
        .await?;
    if found > known() {
        Err(Error::Newer {
            found,
            known: known(),
        })
    } else {
        Ok(())
    }
}

pub(super) async fn migrate(db: &Db) -> Result<Vec<i64>> {
    let run = pending(db).await?;
    if run.is_empty() {
        return Ok(run);
    }
    match db {
        Db::Sqlite(writer, _) => SQLITE.run(writer).await?,
        Db::Postgres(pool) => POSTGRES.run(pool).await?,
    }
    db.settle().await?;
    Ok(run)
}

pub(super) async fn pending(db: &Db) -> Result<Vec<i64>> {
    refuse_newer(db).await?;
    let applied = applied(db).await?;
    Ok(SQLITE
        .iter()
        .map(|m| m.version)
        .filter(|v| !applied.contains(v))
        .collect())
}

/// The migrations that the database has had; to look makes no table for them.
pub(super) async fn applied(db: &Db) -> Result<Vec<i64>> {
    let mut conn = db.read().await?;
    if !has_table(&mut conn, "_sqlx_migrations").await? {
        return Ok(Vec::new());
    }
    let versions: Vec<(i64,)> = conn
        .sql("SELECT version FROM _sqlx_migrations")
        .all()
        .await?;
    Ok(versions.into_iter().map(|(version,)| version).collect())
}

async fn has_table(conn: &mut Conn, name: &'static str) -> Result<bool> {
    let there = super::either(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = $1)",
        "SELECT to_regclass($1) IS NOT NULL",
    );
    conn.sql(there).bind(name).value().await
}
