//! A database of its own for each story.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use postrider::render::Templates;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

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

const FILE: &str = "postrider.sqlite";

fn server() -> String {
    std::env::var("POSTRIDER_TEST_POSTGRES")
        .expect("these stories need a PostgreSQL server: run tests/run, which starts one")
}

/// Has the server do this, outside every story's database.
async fn ask(statement: String) -> Result<(), sqlx::Error> {
    let mut conn = PgConnection::connect(&server())
        .await
        .expect("the test server answers");
    conn.execute(AssertSqlSafe(statement)).await?;
    conn.close().await
}

impl Fresh {
    /// One with nothing in it.
    pub(crate) async fn make(kind: Kind, folder: &Path) -> Fresh {
        match kind {
            Kind::Sqlite => Fresh::file(folder),
            Kind::Postgres => Fresh::copy("template1").await,
        }
    }

    /// One that the program has been started on: a copy, because schema and templates take far longer to make than to copy.
    pub(crate) async fn started(kind: Kind, folder: &Path, start: impl AsyncFnOnce(&str)) -> Fresh {
        static BYTES: OnceCell<Vec<u8>> = OnceCell::const_new();
        static NAME: OnceCell<String> = OnceCell::const_new();
        if kind == Kind::Postgres {
            let name = NAME.get_or_init(|| model(start)).await;
            return Fresh::copy(name).await;
        }
        let fresh = Fresh::file(folder);
        let file = folder.join(FILE);
        let made = async {
            start(&fresh.url).await;
            let bytes = std::fs::read(&file).unwrap();
            std::fs::remove_file(&file).unwrap();
            bytes
        };
        let bytes = BYTES.get_or_init(|| made).await;
        let mut own = std::fs::File::options();
        let opened = own.write(true).create_new(true).mode(0o600).open(&file);
        opened.unwrap().write_all(bytes).unwrap();
        fresh
    }

    fn file(folder: &Path) -> Fresh {
        Fresh {
            url: format!("sqlite:{}", folder.join(FILE).display()),
            name: None,
        }
    }

    async fn copy(of: &str) -> Fresh {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "story_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        ask(format!("CREATE DATABASE {name} TEMPLATE {of}"))
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
        let _ = ask(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}

/// The database that stories on PostgreSQL are copies of. It stays on the server for whoever comes next, under a name that
/// tells what it was made from; a story brings up to date what its copy lacks, as every start does.
async fn model(start: impl AsyncFnOnce(&str)) -> String {
    let mut hasher = DefaultHasher::new();
    Templates::embedded().hash(&mut hasher);
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<_> = std::fs::read_dir(migrations)
        .unwrap()
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    files.sort();
    files.hash(&mut hasher);
    let name = format!("stories_{:016x}", hasher.finish());
    let mut conn = PgConnection::connect(&server())
        .await
        .expect("the test server answers");
    let known = "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)";
    let known = sqlx::query_scalar(known).bind(&name).fetch_one(&mut conn);
    if known.await.unwrap() {
        return name;
    }
    let fresh = Fresh::make(Kind::Postgres, Path::new("")).await;
    start(&fresh.url).await;
    let made = fresh.name.as_ref().expect("it is on the server");
    // Who comes second takes that of the first.
    if ask(format!("ALTER DATABASE {made} RENAME TO {name}"))
        .await
        .is_err()
    {
        fresh.drop_it().await;
    }
    name
}
