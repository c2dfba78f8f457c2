//! Every statement the platform runs, and the connections they run on.
//!
//! Writes to what a tenant actor owns are `pub(crate)`: only the journal and the actors can make
//! them. Reads are `pub`. No other crate knows SQL. Every statement names its customer, or says
//! why it does not.

mod agents;
pub mod appointments;
pub mod arrivals;
pub mod audit;
mod audit_log;
pub mod auth;
pub(crate) mod batch;
pub mod billing;
pub mod calendar;
pub mod callers;
pub mod calls;
pub(crate) mod change;
pub mod customers;
pub mod dashboard;
pub mod deliveries;
pub mod idempotency;
pub mod invoices;
pub(crate) mod lookups;
pub mod lost_calls;
pub mod notifications;
pub mod opt_outs;
pub mod outbox;
pub mod platform;
pub mod progress;
mod reads;
pub mod receipts;
pub(crate) mod rows;
pub(crate) mod search;
pub mod settings;
mod statement;
pub mod statements;
pub mod templates;
pub(crate) mod tenants;
pub mod users;
pub mod webhooks;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool, Row};

use crate::PATIENCE;

/// Oldest PostgreSQL that has what the migrations use (multirange-free, lz4 optional).
const VERSION_MIN: i32 = 140_000;
/// A connection attempt that takes longer than this has failed.
const CONNECT_SECONDS: u64 = 1;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not answer, or not as it should.
    #[error("the database cannot be reached or refused a statement")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error("the database could not be brought to this version's tables")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// It would lose what was acknowledged, or lacks what is needed.
    #[error("{0}")]
    Unfit(String),
}

/// Whether a database that may lose acknowledged commits is acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurabilityCheck {
    /// Refuse it: this is money.
    Required,
    /// For throw-away databases of tests.
    Waived,
}

/// The database, entered in one of three roles.
#[derive(Debug, Clone)]
pub struct Store {
    options: PgConnectOptions,
    /// Claims tenants and looks rows up before a decision, as the writer.
    claims: PgPool,
    /// Deliveries, as the writer: theirs alone, so that messages that wait keep no caller waiting.
    deliveries: PgPool,
    /// Reads for one tenant under row-level security.
    reader: PgPool,
    /// Reads across tenants: reports and the auditor.
    platform: PgPool,
    /// How many reads of one customer run at once.
    places: reads::Places,
}

/// Brings the database to this version's tables, as its owner.
pub async fn migrate(url: &str) -> Result<(), StoreError> {
    // An index of a large table takes its time, and so does waiting for another server's migrations.
    let options = parse(url)?.options([("statement_timeout", "0"), ("lock_timeout", "0")]);
    let mut connection = PgConnection::connect_with(&options).await?;
    // Also where several processes start on one empty database: the migrator takes a lock.
    MIGRATIONS.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Refuses a server that would lose what was acknowledged, and says which setting is wrong.
pub async fn check(url: &str, durability: DurabilityCheck) -> Result<(), StoreError> {
    const SETTINGS: &str = "
select current_setting('server_version_num')::integer, current_setting('server_version'),
       current_setting('fsync'), current_setting('synchronous_commit')";
    let mut connection = PgConnection::connect_with(&parse(url)?).await?;
    let row = sqlx::query(SETTINGS).fetch_one(&mut connection).await?;
    connection.close().await?;
    let (number, version): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    let (fsync, commit): (String, String) = (row.try_get(2)?, row.try_get(3)?);
    if number < VERSION_MIN {
        return Err(StoreError::Unfit(format!("this is PostgreSQL {version}; 14 or later is needed")));
    }
    if durability == DurabilityCheck::Waived {
        return Ok(());
    }
    if fsync != "on" {
        return Err(StoreError::Unfit(
            "the server runs with fsync = off and would lose charges in a power cut: \
             alter system set fsync = on, then restart it"
                .to_owned(),
        ));
    }
    if commit == "off" {
        return Err(StoreError::Unfit(
            "the server runs with synchronous_commit = off and would lose acknowledged charges: \
             alter system set synchronous_commit = on, then reload it"
                .to_owned(),
        ));
    }
    Ok(())
}

fn parse(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options.application_name("voice-server").options([
        ("statement_timeout", "4s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("timezone", "UTC"),
        // Compiling a plan takes longer than any statement here may.
        ("jit", "off"),
    ]))
}

/// For those who write tenant state: durable, whatever the server's default is, with statements
/// that are planned once. A plan made while the tables are small would scan them until somebody
/// analyses them.
fn writing(options: PgConnectOptions) -> PgConnectOptions {
    options.options([
        ("synchronous_commit", "on"),
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
    ])
}

impl Store {
    /// Opens the pools; connections are made when they are needed.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let options = parse(url)?;
        let pool = |connections, role: &'static str, options: PgConnectOptions| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                .after_connect(move |connection, _| {
                    Box::pin(async move { connection.execute(role).await.map(drop) })
                })
                .connect_lazy_with(options)
        };
        // Durable too: a claim that was lost could be made twice.
        let claiming = writing(options.clone());
        Ok(Self {
            claims: pool(16, "set role voice_writer", claiming.clone()),
            deliveries: pool(8, "set role voice_writer", claiming),
            reader: pool(16, "set role voice_reader", options.clone()),
            platform: pool(2, "set role voice_platform_reader", options.clone()),
            places: reads::Places::default(),
            options,
        })
    }

    /// A connection of the journal's own.
    pub(crate) async fn writer_connection(&self) -> Result<PgConnection, sqlx::Error> {
        let options = writing(self.options.clone());
        let connect = async {
            let mut connection = PgConnection::connect_with(&options).await?;
            connection.execute("set role voice_writer").await?;
            Ok(connection)
        };
        match tokio::time::timeout(Duration::from_secs(CONNECT_SECONDS), connect).await {
            Ok(connection) => connection,
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Whether the database answers now.
    pub async fn is_ready(&self) -> bool {
        let ask = self.claims.execute("select 1");
        matches!(tokio::time::timeout(Duration::from_secs(CONNECT_SECONDS), ask).await, Ok(Ok(_)))
    }

    /// Gives the connections back.
    pub async fn close(&self) {
        self.claims.close().await;
        self.deliveries.close().await;
        self.reader.close().await;
        self.platform.close().await;
    }
}
