//! Migrations: which the database has, which this program brings, and whether the two can work together.

use sqlx::migrate::{Migrate, Migrator};

use super::{Db, Error, Result, Sql};

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
    let there = super::either(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'schema_floor')",
        "SELECT to_regclass('schema_floor') IS NOT NULL",
    );
    if !conn.sql(there).value::<bool>().await? {
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
        Db::Postgres(writer, _) => POSTGRES.run(writer).await?,
    }
    db.settle().await?;
    Ok(run)
}

pub(super) async fn pending(db: &Db) -> Result<Vec<i64>> {
    refuse_newer(db).await?;
    let table = "_sqlx_migrations";
    let applied: Vec<i64> = match db {
        Db::Sqlite(writer, _) => {
            let mut conn = writer.acquire().await?;
            conn.ensure_migrations_table(table).await?;
            conn.list_applied_migrations(table)
                .await?
                .iter()
                .map(|m| m.version)
                .collect()
        }
        Db::Postgres(writer, _) => {
            let mut conn = writer.acquire().await?;
            conn.ensure_migrations_table(table).await?;
            conn.list_applied_migrations(table)
                .await?
                .iter()
                .map(|m| m.version)
                .collect()
        }
    };
    Ok(SQLITE
        .iter()
        .map(|m| m.version)
        .filter(|v| !applied.contains(v))
        .collect())
}
