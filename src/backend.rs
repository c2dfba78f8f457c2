//! What `serve` and every other command stand on: the database, brought up to date, and the actors.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use actors::PATIENCE;
use actors::arrivals::Arrivals;
use actors::auditor::Watch;
use actors::clock::Clock;
use actors::invoicer::Invoicing;
use actors::journal::{Interrupt, Never};
use actors::metrics::Metrics;
use actors::platform::{Parts, Platform};
use actors::secrets::{Vault, random};
use actors::store::{DurabilityCheck, Store, customers};
use actors::tenants::Tenants;
use anyhow::{Context, bail};
use prometheus::{IntGauge, Registry};

use crate::config::Config;
use crate::database::{Database, prepare};
use crate::http::listeners::LIVE_BEAT;
use crate::recordings::LISTENER_IDLE;

/// What tests may replace; production takes the default.
#[derive(Clone)]
pub struct Seams {
    /// The time of day.
    pub clock: Clock,
    /// Where the journal can be stopped.
    pub interrupt: Arc<dyn Interrupt>,
    /// Whether a database that may lose commits will do.
    pub durability: DurabilityCheck,
    /// How long a listener may take nothing of a recording.
    pub listener_idle: Duration,
    /// How often a page that hears what changes is looked after.
    pub live_beat: Duration,
    /// How long Retell is let wait for an answer.
    pub patience: Duration,
    /// Whether messages that wait are sent.
    pub delivers: bool,
    /// Whether months are closed by the clock.
    pub invoices: bool,
    /// Whether the records are checked all the time.
    pub audits: bool,
    /// Whether calls whose events were lost are looked for.
    pub finds: bool,
}

impl Default for Seams {
    fn default() -> Self {
        Self {
            clock: Clock::System,
            interrupt: Arc::new(Never),
            durability: DurabilityCheck::Required,
            listener_idle: LISTENER_IDLE,
            live_beat: LIVE_BEAT,
            patience: PATIENCE,
            delivers: true,
            invoices: true,
            audits: true,
            finds: true,
        }
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
    /// What of the records does not agree.
    pub discrepancies: IntGauge,
    rounded_at: IntGauge,
    platform: Platform,
    database: Option<Database>,
}

impl Backend {
    /// Opens the database, brings it up to date, starts the actors.
    pub async fn start(config: &Config, seams: &Seams) -> anyhow::Result<Self> {
        let database = Database::open(config).await?;
        match Self::on(&database.url, config, seams).await {
            Ok(backend) => Ok(Self { database: Some(database), ..backend }),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    async fn on(url: &str, config: &Config, seams: &Seams) -> anyhow::Result<Self> {
        prepare(url, seams.durability).await?;
        let vault = vault(config)?;
        let registry = Registry::new();
        let metrics = Metrics::new(&registry).context("register the metrics")?;
        let discrepancies =
            IntGauge::new("voice_ledger_discrepancies", "records that do not agree, by the auditor")?;
        let rounded_at = IntGauge::new(
            "voice_audit_round_timestamp_seconds",
            "when the auditor last had looked at everybody",
        )?;
        for gauge in [&discrepancies, &rounded_at] {
            registry.register(Box::new(gauge.clone())).context("register the metrics")?;
        }
        let store = Store::open(url).context("open the database")?;
        if !customers::opens(&store, &vault).await.context("look for a secret of this database")? {
            bail!(
                "SECRET_KEY (or the one kept under {}) does not open what this database has sealed: \
                 set the one it was made with, or name that one in SECRET_KEY_OLD to change it",
                config.data_dir.display()
            );
        }
        let parts = Parts {
            store: store.clone(),
            clock: seams.clock.clone(),
            vault: vault.clone(),
            metrics,
            idle: config.tenant_idle(),
            interrupt: Arc::clone(&seams.interrupt),
        };
        let platform = Platform::start(parts).await.context("start the actors")?;
        let clock = seams.clock.clone();
        Ok(Self { vault, store, clock, registry, discrepancies, rounded_at, platform, database: None })
    }

    /// The directory of tenants.
    pub fn tenants(&self) -> &Tenants {
        self.platform.tenants()
    }

    /// What of Retell's has arrived.
    pub fn arrivals(&self) -> &Arrivals {
        self.platform.arrivals()
    }

    /// What closing months needs.
    pub fn invoicing(&self, config: &Config) -> Invoicing {
        Invoicing {
            store: self.store.clone(),
            clock: self.clock.clone(),
            tenants: self.tenants().clone(),
            platform_name: config.platform_name.clone(),
            currency: config.currency.clone(),
        }
    }

    /// What checking the records takes.
    pub fn watch(&self) -> Watch {
        Watch {
            store: self.store.clone(),
            clock: self.clock.clone(),
            tenants: self.tenants().clone(),
            discrepancies: self.discrepancies.clone(),
            rounded_at: self.rounded_at.clone(),
        }
    }

    /// The actors, to have others work beside them.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Entries waiting or in flight in the journal.
    pub fn journal_depth(&self) -> usize {
        self.platform.journal_depth()
    }

    /// Commits and answers what was admitted, then closes the database.
    pub async fn stop(self) {
        self.platform.stop().await;
        if let Some(database) = self.database {
            database.close().await;
        }
    }
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
