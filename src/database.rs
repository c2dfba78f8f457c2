//! The database: the one that is configured, else a private one, started again when it falls.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actors::postgres::{Durability, Error, PrivatePostgres};
use actors::store::{self, DurabilityCheck};
use anyhow::Context;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::config::Config;

/// How soon a private database that fell is started again.
const LOOK_AFTER_IT: Duration = Duration::from_secs(1);

/// A database to connect to, kept running where it is ours.
pub struct Database {
    /// Where.
    pub url: String,
    private: Option<Private>,
}

struct Private {
    /// `None` once it was left.
    server: Arc<Mutex<Option<PrivatePostgres>>>,
    keeper: JoinHandle<()>,
}

impl Database {
    /// The one that is configured, else the private one.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            return Ok(Self { url: url.reveal().to_owned(), private: None });
        }
        let data_dir = config.data_dir.clone();
        let start = move || PrivatePostgres::start(&data_dir, Durability::Durable);
        let server = tokio::task::spawn_blocking(start).await?.context("start the private database")?;
        let url = server.url().to_owned();
        let server = Arc::new(Mutex::new(Some(server)));
        let keeper = tokio::spawn(keep(Arc::clone(&server), config.data_dir.clone()));
        Ok(Self { url, private: Some(Private { server, keeper }) })
    }

    /// Leaves it; the last to leave a private one stops it.
    pub async fn close(self) {
        let Some(Private { server, keeper }) = self.private else { return };
        keeper.abort();
        // Also waits until nobody starts it any more.
        let Some(server) = server.lock().await.take() else { return };
        match tokio::task::spawn_blocking(move || server.stop()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the private database did not stop"),
            Err(error) => tracing::error!(%error, "stopping the private database failed"),
        }
    }
}

async fn keep(server: Arc<Mutex<Option<PrivatePostgres>>>, data_dir: PathBuf) {
    loop {
        tokio::time::sleep(LOOK_AFTER_IT).await;
        let mut server = Arc::clone(&server).lock_owned().await;
        let data_dir = data_dir.clone();
        // The guard goes along: whoever leaves waits for this, also when the keeper is gone.
        let looked_after = tokio::task::spawn_blocking(move || {
            let Some(server) = server.as_mut() else { return Ok(()) };
            if server.is_alive() {
                return Ok(());
            }
            tracing::error!("the private database has fallen and is started again");
            let fresh = PrivatePostgres::start(&data_dir, Durability::Durable)?;
            if fresh.url() != server.url() {
                tracing::error!("its port was taken meanwhile: start this server again, too");
            }
            *server = fresh;
            Ok::<_, Error>(())
        });
        match looked_after.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the private database cannot be started"),
            Err(error) => tracing::error!(%error, "looking after the private database failed"),
        }
    }
}

/// Refuses a database that would lose money, and brings a good one up to date.
pub async fn prepare(url: &str, durability: DurabilityCheck) -> anyhow::Result<()> {
    store::check(url, durability).await.context("check the database")?;
    store::migrate(url).await.context("migrate the database")?;
    Ok(())
}
