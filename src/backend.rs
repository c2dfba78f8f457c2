//! What `serve` and every other command stand on: the database, brought up to date, and the actors.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use actors::clock::Clock;
use actors::journal::{Interrupt, Never};
use actors::metrics::Metrics;
use actors::platform::{Parts, Platform};
use actors::postgres::{Durability, PrivatePostgres};
use actors::secrets::{Vault, random};
use actors::store::{self, DurabilityCheck, Store};
use actors::tenants::Tenants;
use anyhow::{Context, bail};
use prometheus::Registry;

use crate::config::Config;

/// What tests may replace; production takes the default.
#[derive(Clone)]
pub struct Seams {
    /// The time of day.
    pub clock: Clock,
    /// Where the journal can be stopped.
    pub interrupt: Arc<dyn Interrupt>,
    /// Whether a database that may lose commits will do.
    pub durability: DurabilityCheck,
}

impl Default for Seams {
    fn default() -> Self {
        Self { clock: Clock::System, interrupt: Arc::new(Never), durability: DurabilityCheck::Required }
    }
}

/// The database and the actors on it.
pub struct Backend {
    /// Secrets at rest.
    pub vault: Vault,
    /// The database.
    pub store: Store,
    /// The time of day.
    pub clock: Clock,
    /// What is counted.
    pub registry: Registry,
    platform: Platform,
    private: Option<PrivatePostgres>,
}

impl Backend {
    /// Opens the database, brings it up to date, starts the actors.
    pub async fn start(config: &Config, seams: Seams) -> anyhow::Result<Self> {
        let database = Database::open(config).await?;
        match Self::on(&database.url, config, seams).await {
            Ok(backend) => Ok(Self { private: database.private, ..backend }),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    async fn on(url: &str, config: &Config, seams: Seams) -> anyhow::Result<Self> {
        prepare(url, seams.durability).await?;
        let vault = vault(config)?;
        let registry = Registry::new();
        let metrics = Metrics::new(&registry).context("register the metrics")?;
        let store = Store::open(url).context("open the database")?;
        let parts = Parts {
            store: store.clone(),
            clock: seams.clock.clone(),
            vault: vault.clone(),
            metrics,
            idle: config.tenant_idle(),
            interrupt: seams.interrupt,
        };
        let platform = Platform::start(parts).await.context("start the actors")?;
        Ok(Self { vault, store, clock: seams.clock, registry, platform, private: None })
    }

    /// The directory of tenants.
    pub fn tenants(&self) -> &Tenants {
        self.platform.tenants()
    }

    /// Entries waiting or in flight in the journal.
    pub fn journal_depth(&self) -> usize {
        self.platform.journal_depth()
    }

    /// Commits and answers what was admitted, then closes the database.
    pub async fn stop(self) {
        self.platform.stop().await;
        if let Some(private) = self.private {
            Database { url: String::new(), private: Some(private) }.close().await;
        }
    }
}

/// A database to connect to, kept running where it is ours.
pub struct Database {
    /// Where.
    pub url: String,
    private: Option<PrivatePostgres>,
}

impl Database {
    /// The one that is configured, else the private one.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            return Ok(Self { url: url.reveal().to_owned(), private: None });
        }
        let data_dir = config.data_dir.clone();
        let private =
            tokio::task::spawn_blocking(move || PrivatePostgres::start(&data_dir, Durability::Durable))
                .await?
                .context("start the private database")?;
        Ok(Self { url: private.url().to_owned(), private: Some(private) })
    }

    /// Leaves it; the last to leave a private one stops it.
    pub async fn close(self) {
        let Some(private) = self.private else { return };
        match tokio::task::spawn_blocking(move || private.stop()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the private database did not stop"),
            Err(error) => tracing::error!(%error, "stopping the private database failed"),
        }
    }
}

/// Refuses a database that would lose money, and brings a good one up to date.
pub async fn prepare(url: &str, durability: DurabilityCheck) -> anyhow::Result<()> {
    store::check(url, durability).await.context("check the database")?;
    store::migrate(url).await.context("migrate the database")?;
    Ok(())
}

/// From `SECRET_KEY`, else from one made at the first start and kept.
fn vault(config: &Config) -> anyhow::Result<Vault> {
    let old = config.secret_key_old.as_ref().map(|secret| secret.reveal());
    if let Some(secret) = &config.secret_key {
        return Ok(Vault::new(secret.reveal(), old));
    }
    if config.is_public() {
        bail!(
            "SECRET_KEY is needed with an https PLATFORM_URL: secrets at rest are sealed with it; \
             make one with `openssl rand -hex 32` and keep it"
        );
    }
    let kept = kept_secret(&config.data_dir.join("secret_key"))
        .with_context(|| format!("keep a secret key under {}", config.data_dir.display()))?;
    Ok(Vault::new(&kept, old))
}

/// Reads the key, or makes it; of two processes that make it at once, both read the first.
fn kept_secret(path: &Path) -> io::Result<String> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read.map(|key| key.trim().to_owned()),
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = data_encoding::HEXLOWER.encode(&random::<32>());
    // Written aside and linked into place: nobody ever reads half a key.
    let aside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(fresh.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}
