//! One PostgreSQL for the whole run, one migrated database for each test.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

use actors::postgres::{Durability, PrivatePostgres};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

/// Databases of finished runs are left behind by a killed test; their process is gone.
const PREFIX: &str = "voice-it-";

/// A migrated database of its own.
pub struct Database {
    url: String,
}

impl Database {
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection as the owner, for arranging and checking.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("connect to the test's database")
    }
}

/// A fresh database with this version's tables.
pub async fn fresh() -> Database {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let server = tokio::task::spawn_blocking(server).await.expect("the database server starts");
    let mut connection = PgConnection::connect(server).await.expect("connect to the test server");
    TEMPLATE
        .get_or_init(async || {
            connection.execute("create database migrated").await.expect("create the template");
            actors::store::migrate(&sibling(server, "migrated")).await.expect("migrate the template");
        })
        .await;
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let create = format!("create database {name} template migrated");
    connection.execute(AssertSqlSafe(create)).await.expect("create the test's database");
    Database { url: sibling(server, &name) }
}

/// The same server, another database.
pub fn sibling(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{name}")
}

/// The run's server; it ends with this process.
fn server() -> &'static str {
    static SERVER: OnceLock<PrivatePostgres> = OnceLock::new();
    SERVER
        .get_or_init(|| {
            sweep();
            let folder = env::temp_dir().join(format!("{PREFIX}{}", process::id()));
            PrivatePostgres::start(&folder, Durability::Disposable).expect("start PostgreSQL for the tests")
        })
        .url()
}

/// Removes what runs left behind that were killed.
fn sweep() {
    let is_left = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let id = name.strip_prefix(PREFIX).and_then(|id| id.parse::<u32>().ok());
        id.is_some_and(|id| id != process::id() && !PathBuf::from(format!("/proc/{id}")).exists())
    };
    let entries = fs::read_dir(env::temp_dir()).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in entries.filter(is_left) {
        let _ = fs::remove_dir_all(folder);
    }
}
