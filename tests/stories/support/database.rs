//! A database of its own for each story.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// On which database a story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A fresh database, which is gone when this is dropped by [`Fresh::drop_it`].
pub(crate) struct Fresh {
    pub(crate) url: String,
    name: Option<String>,
}

fn server() -> String {
    std::env::var("POSTRIDER_TEST_POSTGRES")
        .expect("these stories need a PostgreSQL server: run tests/run, which starts one")
}

impl Fresh {
    pub(crate) async fn make(kind: Kind, folder: &Path) -> Fresh {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if kind == Kind::Sqlite {
            return Fresh {
                url: format!("sqlite:{}", folder.join("postrider.sqlite").display()),
                name: None,
            };
        }
        let name = format!(
            "story_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let mut conn = PgConnection::connect(&server())
            .await
            .expect("the test server answers");
        conn.execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .expect("a database can be made");
        let mut url = url::Url::parse(&server()).expect("POSTRIDER_TEST_POSTGRES is a URL");
        url.set_path(&name);
        Fresh {
            url: url.to_string(),
            name: Some(name),
        }
    }

    pub(crate) async fn drop_it(self) {
        let Some(name) = self.name else { return };
        let mut conn = PgConnection::connect(&server())
            .await
            .expect("the test server answers");
        let _ = conn
            .execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
            .await;
    }
}
