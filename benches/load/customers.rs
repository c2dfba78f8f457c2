//! Customers to ask for: registered directly in the database, because a thousand processes of
//! `customer create` would take longer than the measurement.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actors::secrets::Vault;
use actors::store::Store;
use actors::store::customers::register;
use anyhow::Context;
use domain::customers::{Profile, Status};
use jiff::Timestamp;

/// As many as the store has connections for.
const AT_ONCE: usize = 16;

/// A customer and the key in its URLs.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Its number.
    pub id: i64,
    /// The key.
    pub key: String,
    /// The address of its admin.
    pub email: String,
}

/// Registers customers; their mail addresses carry `tag`, so that every run has its own.
pub struct Registry {
    store: Store,
    vault: Vault,
    tag: String,
    registered: AtomicUsize,
}

impl Registry {
    /// On the database at `url`, which has its tables.
    pub fn open(url: &str, secret_key: &str, tag: &str) -> anyhow::Result<Self> {
        Ok(Self {
            store: Store::open(url).context("open the database")?,
            vault: Vault::new(secret_key, None),
            tag: tag.to_owned(),
            registered: AtomicUsize::new(0),
        })
    }

    /// Registers `count` customers in UTC with the standard hours, in the order of their numbers.
    pub async fn register(self: &Arc<Self>, count: usize) -> anyhow::Result<Arc<[Customer]>> {
        let share = move |index: usize| count * index / AT_ONCE;
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|index| {
                let registry = Arc::clone(self);
                tokio::spawn(async move { registry.some(share(index + 1) - share(index)).await })
            })
            .collect();
        let mut customers = Vec::with_capacity(count);
        for task in tasks {
            customers.extend(task.await.context("registering fell")??);
        }
        customers.sort_unstable_by_key(|customer| customer.id);
        Ok(customers.into())
    }

    async fn some(&self, count: usize) -> anyhow::Result<Vec<Customer>> {
        let mut customers = Vec::with_capacity(count);
        for _ in 0..count {
            let number = self.registered.fetch_add(1, Ordering::Relaxed);
            let email = format!("load-{}-{number}@example.com", self.tag);
            let profile = Profile {
                name: "Maria Keller".to_owned(),
                company: Some("Harbour Dental".to_owned()),
                email: email.clone(),
                phone: None,
                timezone: "UTC".to_owned(),
                status: Status::Active,
            };
            let registered = register(&self.store, &self.vault, profile, Timestamp::now())
                .await
                .context("register a customer")?;
            let (id, key) = (registered.customer.0, registered.api_key.reveal().to_owned());
            customers.push(Customer { id, key, email });
        }
        Ok(customers)
    }
}
