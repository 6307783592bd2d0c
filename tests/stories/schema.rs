//! The schema: the same on both databases, and never touched by a program that is too old for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use postrider::db::{Conn, Db, Sql, Text, either};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::support::database::Fresh;
use crate::support::source::statements;
use crate::support::{Kind, World, program};

const ASHA: &str = "asha@example.org";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the migrations of one database.
fn migrations(kind: &str) -> BTreeSet<String> {
    std::fs::read_dir(root().join("migrations").join(kind))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn migration_numbers() -> Vec<i64> {
    migrations("sqlite")
        .iter()
        .map(|name| name.split_once('_').unwrap().0.parse().unwrap())
        .collect()
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_eq!(migrations("sqlite"), migrations("postgres"));
    let numbers = migration_numbers();
    assert!(
        numbers.iter().copied().eq(1..=numbers.len() as i64),
        "one after the other: {numbers:?}"
    );
}

/// Rows of texts.
async fn rows<T: postrider::db::Record>(conn: &mut Conn, text: Text) -> Vec<T> {
    conn.sql(text).all().await.unwrap()
}

/// A schema as far as both databases can have it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Schema {
    /// Type and whether it is never empty, by table and column.
    columns: BTreeMap<String, (String, bool)>,
    /// Table and columns in order.
    primary_keys: BTreeSet<String>,
    /// Table, columns in order, whether it is unique, whether it covers a part only.
    indexes: BTreeSet<(String, bool, bool)>,
    /// Column, and the table that it names a row of.
    references: BTreeSet<(String, String)>,
}

async fn schema(db: &Db) -> Schema {
    let mut conn = db.read().await.unwrap();
    let columns: Vec<(String, String, bool)> = rows(
        &mut conn,
        either(
            "SELECT t.name || '.' || c.name, c.type, c.\"notnull\" OR c.pk > 0
               FROM sqlite_master t JOIN pragma_table_info(t.name) c
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> '_sqlx_migrations'",
            "SELECT c.relname || '.' || a.attname,
                    CASE format_type(a.atttypid, NULL)
                      WHEN 'bigint' THEN 'INTEGER' WHEN 'smallint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER'
                      WHEN 'text' THEN 'TEXT' WHEN 'jsonb' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB'
                      ELSE format_type(a.atttypid, NULL) END, a.attnotnull
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relname <> '_sqlx_migrations'",
        ),
    )
    .await;
    let primary_keys: Vec<(String,)> = rows(
        &mut conn,
        either(
            "SELECT name || ': ' || group_concat(\"column\", ' ') FROM
               (SELECT t.name, c.name AS \"column\" FROM sqlite_master t JOIN pragma_table_info(t.name) c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> '_sqlx_migrations' AND c.pk > 0
                 ORDER BY t.name, c.pk) GROUP BY name",
            "SELECT c.relname || ': ' || string_agg(a.attname, ' ' ORDER BY k.place)
               FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
               CROSS JOIN unnest(x.indkey::int2[]) WITH ORDINALITY k (number, place)
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
              WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND x.indisprimary
                AND c.relname <> '_sqlx_migrations' GROUP BY c.relname, x.indexrelid",
        ),
    )
    .await;
    let indexes: Vec<(String, bool, bool)> = rows(
        &mut conn,
        either(
            "SELECT name || ': ' || group_concat(\"column\", ' '), \"unique\", partial FROM
               (SELECT t.name, x.name AS \"index\", c.name AS \"column\", x.\"unique\", x.partial
                  FROM sqlite_master t JOIN pragma_index_list(t.name) x JOIN pragma_index_info(x.name) c
                 WHERE t.type = 'table' AND t.name <> '_sqlx_migrations' AND x.origin <> 'pk' AND c.name IS NOT NULL
                 ORDER BY t.name, x.name, c.seqno) GROUP BY name, \"index\"",
            "SELECT c.relname || ': ' || string_agg(a.attname, ' ' ORDER BY k.place), x.indisunique,
                    x.indpred IS NOT NULL
               FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
               CROSS JOIN unnest(x.indkey::int2[]) WITH ORDINALITY k (number, place)
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
              WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND NOT x.indisprimary
                AND c.relname <> '_sqlx_migrations' GROUP BY c.relname, x.indexrelid, x.indisunique, x.indpred",
        ),
    )
    .await;
    let references: Vec<(String, String)> = rows(
        &mut conn,
        either(
            "SELECT t.name || '.' || f.\"from\", f.\"table\"
               FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
            "SELECT c.relname || '.' || a.attname, o.relname
               FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class o ON o.oid = f.confrelid
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (f.conkey)
              WHERE f.contype = 'f' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition",
        ),
    )
    .await;
    Schema {
        columns: columns
            .into_iter()
            .map(|(column, kind, never_empty)| (column, (kind, never_empty)))
            .collect(),
        primary_keys: primary_keys.into_iter().map(|(key,)| key).collect(),
        indexes: indexes.into_iter().collect(),
        references: references.into_iter().collect(),
    }
}

#[test]
fn both_databases_have_the_same_tables_columns_and_keys() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut schemas = Vec::new();
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let fresh = Fresh::make(kind, folder.path()).await;
            let db = Db::open(&fresh.url).await.unwrap();
            schemas.push(schema(&db).await);
            db.close().await;
            fresh.drop_it().await;
        }
        let (sqlite, postgres) = (&schemas[0], &schemas[1]);
        assert!(
            sqlite.columns.contains_key("message.due_at")
                && sqlite
                    .primary_keys
                    .contains("message: issue_id subscriber_id n")
        );
        assert_eq!(sqlite, postgres);
    });
}

story!(
    every_statement_in_the_source_is_one_that_its_database_takes,
    async |world: &mut World| {
        let all = statements(&root().join("src"));
        let mut wrong = Vec::new();
        match &world.app.db {
            Db::Sqlite(pool, _) => {
                let mut conn = pool.acquire().await.unwrap();
                for s in all.iter().filter(|s| s.sqlite) {
                    let text = AssertSqlSafe(s.sql.clone()).into_sql_str();
                    if let Err(error) = (&mut *conn).prepare(text).await {
                        wrong.push(format!("{}: {error}", s.place));
                    }
                }
            }
            Db::Postgres(pool) => {
                let mut conn = pool.acquire().await.unwrap();
                for s in all.iter().filter(|s| s.postgres) {
                    let text = AssertSqlSafe(s.sql.clone()).into_sql_str();
                    match (&mut *conn).prepare(text).await {
                        // All names were found; what a `$1 IS NULL` is, binding a value tells.
                        Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some("42P08") => {}
                        Err(error) => wrong.push(format!("{}: {error}", s.place)),
                        Ok(_) => {}
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
);

/// Every verb that needs the database.
const VERBS: [&[&str]; 22] = [
    &["serve"],
    &["once"],
    &["status"],
    &["migrate"],
    &["source", "list"],
    &["source", "check"],
    &[
        "subscriber",
        "add",
        "ben@example.org",
        "--newsletter",
        "morning",
    ],
    &["subscriber", "show", ASHA],
    &["subscriber", "import", "readers.csv"],
    &["subscriber", "export"],
    &["subscriber", "remove", ASHA],
    &["issue", "list"],
    &["issue", "show", "morning"],
    &["issue", "preview", "morning"],
    &["issue", "hold", "morning"],
    &["issue", "resume", "morning"],
    &["issue", "cancel", "morning"],
    &["offer", "list"],
    &["offer", "show", "almanac"],
    &["offer", "hold", "almanac"],
    &["log"],
    &["why", ASHA],
];

/// Those that only tell what it holds.
const TELLING: [&[&str]; 13] = [
    &["status"],
    &["log"],
    &["why", ASHA],
    &["resume"],
    &["article", "list"],
    &["subscriber", "show", ASHA],
    &["subscriber", "export"],
    &["issue", "list"],
    &["issue", "preview", "morning"],
    &["offer", "list"],
    &["offer", "show", "almanac"],
    &["suppress", "list"],
    &["suppress", "export"],
];

/// Changes whenever another connection has written something.
async fn mark(conn: &mut Conn) -> String {
    conn.sql(either(
        "SELECT CAST(data_version AS TEXT) FROM pragma_data_version",
        "SELECT md5(string_agg(query_to_xml('SELECT * FROM ' || relname, TRUE, TRUE, '')::text, '' ORDER BY relname))
           FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')",
    ))
    .value()
    .await
    .unwrap()
}

async fn asha_is_due(world: &World) {
    world.join(&[world.reader(ASHA, "morning")]).await;
    world.publish("port", "Port", "The port reopens").await;
    world.at("2026-11-24T06:30:00Z");
}

story!(
    a_schema_that_is_too_new_is_refused_by_every_verb_and_left_as_it_is,
    async |world: &mut World| {
        asha_is_due(world).await;
        world.add_offer("almanac");
        world.plan().await;
        world
            .change("UPDATE schema_floor SET oldest_version = 4711")
            .await;
        let mut conn = world.app.db.read().await.unwrap();
        let before = mark(&mut conn).await;
        for verb in VERBS {
            let output = program::run(world, verb);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{verb:?}: {said}");
            assert!(
                said.contains("made by a newer postrider (schema 4711") && said.contains("upgrade"),
                "{verb:?}: {said}"
            );
        }
        // This one tells what it found, as it does with everything.
        let output = program::run(world, &["check"]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("made by a newer postrider (schema 4711") && said.contains("upgrade"),
            "{said}"
        );
        assert_eq!(mark(&mut conn).await, before);
        world
            .change("UPDATE schema_floor SET oldest_version = 1")
            .await;
        assert_ne!(mark(&mut conn).await, before, "the mark tells a change");
        drop(conn);
        assert_eq!(world.relay.count(), 0);
    }
);

story!(
    a_schema_that_is_newer_but_takes_this_program_is_worked_with,
    async |world: &mut World| {
        asha_is_due(world).await;
        world
            .change("ALTER TABLE message ADD COLUMN heft INTEGER")
            .await;
        world
            .change("ALTER TABLE subscriber ADD COLUMN heft INTEGER NOT NULL DEFAULT 0")
            .await;
        world
            .change(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 4711, 'heft', TRUE, checksum, 1 FROM _sqlx_migrations WHERE version = 1",
            )
            .await;
        let said = program::ok(world, &["migrate"]);
        assert!(said.contains("up to date"), "{said}");
        program::ok(world, &["check"]);
        program::ok(world, &["once"]);
        assert_eq!(world.mails_to(ASHA).len(), 1);
        world
            .join(&[world.reader("ben@example.org", "morning")])
            .await;
        assert_eq!(
            world
                .number("SELECT count(*) FROM _sqlx_migrations WHERE version = 4711")
                .await,
            1
        );
    }
);

story!(
    migrate_says_what_it_ran_and_runs_it_once,
    async |world: &mut World| {
        let folder = world.folder.path().join("another");
        let fresh = Fresh::make(world.kind, Path::new(&folder)).await;
        let file = std::fs::read_to_string(world.config().join("postrider.toml")).unwrap();
        world.configure("postrider.toml", &file.replace(&world.url, &fresh.url));
        let numbers = migration_numbers();
        let found = program::ok(world, &["check"]);
        let told = match world.kind {
            Kind::Sqlite => "made at the first start".to_owned(),
            Kind::Postgres => format!("{} migration", numbers.len()),
        };
        assert!(found.contains(&told), "{found}");
        for verb in TELLING {
            let (code, _, said) = program::fails(world, verb);
            assert!(
                code == 2 && said.contains("holds nothing yet"),
                "{verb:?}: {said}"
            );
        }
        for verb in [["source", "list"], ["source", "check"]] {
            program::ok(world, &verb);
        }
        match world.kind {
            Kind::Sqlite => assert!(!folder.exists()),
            Kind::Postgres => {
                let db = Db::connect(&fresh.url).await.unwrap();
                let mut conn = db.read().await.unwrap();
                let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
                let made: i64 = conn.sql(tables).value().await.unwrap();
                assert_eq!(made, 0, "a look makes no table");
                drop(conn);
                db.close().await;
            }
        }
        let ran = program::json(world, &["migrate"]);
        assert_eq!(ran["migrations"], serde_json::json!(numbers));
        let ran = program::json(world, &["migrate"]);
        assert_eq!(ran["migrations"], serde_json::json!([]));
        let said = program::ok(world, &["migrate"]);
        assert_eq!(said, "The schema is up to date.\n");
        let found = program::ok(world, &["check"]);
        assert!(found.contains("schema up to date"), "{found}");
        world.configure("postrider.toml", &file);
        fresh.drop_it().await;
    }
);
