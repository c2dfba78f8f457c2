//! The actors on a real database, without HTTP: stopped, started and disturbed as a history wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actors::clock::Clock;
use actors::error::{Error, Refusal};
use actors::invoicer::Invoicing;
use actors::metrics::Metrics;
use actors::platform::{Parts, Platform};
use actors::secrets::Vault;
use actors::store::Store;
use actors::store::customers::register;
use actors::tenant::TenantHandle;
use domain::customers::{Profile, Status};
use domain::ids::CustomerId;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use prometheus::Registry;
use sqlx::PgConnection;
use tokio::sync::Mutex;

use crate::harness::app::{NOW, at};
use crate::harness::db::{self, Database};
use crate::harness::seam::Seam;

/// A customer leaves memory this long after the last word: at once, but not between two words.
const IDLE: Duration = Duration::from_millis(100);
const RESTED_WITHIN: Duration = Duration::from_secs(20);
/// Far more than any fault takes: a command that is not decided by then never will be.
const TRIES_MAX: usize = 30;

/// One server.
pub struct World {
    pub clock: Clock,
    pub seam: Arc<Seam>,
    pub store: Store,
    vault: Vault,
    platform: Platform,
    database: Database,
    /// Kept, because opening one takes longer than all that is asked on it.
    pub records: Mutex<PgConnection>,
    /// Times that a command was told to come back.
    pub turned_away: AtomicUsize,
}

/// What became of a command in the end.
pub struct Decided<T> {
    pub answer: Result<T, Refusal>,
    /// An earlier try may have been carried out.
    pub is_repeated: bool,
}

impl World {
    pub async fn new() -> Self {
        let database = db::fresh().await;
        let clock = Clock::manual(at(NOW));
        let (seam, vault) = (Arc::new(Seam::default()), Vault::new("a key for tests", None));
        let (store, platform) = start(&database, &clock, &seam, &vault).await;
        let records = Mutex::new(database.connect().await);
        let turned_away = AtomicUsize::new(0);
        Self { clock, seam, store, vault, platform, database, records, turned_away }
    }

    /// Stops in good order and starts again.
    pub async fn restart(self) -> Self {
        let Self { clock, seam, vault, platform, database, records, turned_away, .. } = self;
        platform.stop().await;
        let (store, platform) = start(&database, &clock, &seam, &vault).await;
        Self { clock, seam, store, vault, platform, database, records, turned_away }
    }

    /// A customer without a balance.
    pub async fn register(&self, zone: &str) -> CustomerId {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let profile = Profile {
            name: "Ada".to_owned(),
            company: None,
            email: format!("model-{}@example.com", NUMBER.fetch_add(1, Ordering::Relaxed)),
            phone: None,
            timezone: zone.to_owned(),
            status: Status::Active,
        };
        let registered = register(&self.store, &self.vault, profile, self.clock.now()).await;
        registered.expect("register a customer").customer
    }

    /// What the clock on the wall shows.
    pub fn now(&self, zone: &TimeZone) -> DateTime {
        self.clock.now().to_zoned(zone.clone()).datetime()
    }

    /// The number of an entry of the ledger.
    pub async fn entry(&self, customer: CustomerId, reference: &str) -> Option<i64> {
        let sql = "select seq from transactions where customer_id = $1 and reference = $2";
        let found = sqlx::query_scalar(sql).bind(customer.0).bind(reference);
        found.fetch_optional(&mut *self.records.lock().await).await.expect("the ledger")
    }

    /// What the invoicer does each minute, until it could for each of these.
    pub async fn keep_books(&self, customers: [CustomerId; 2]) {
        let invoicing = Invoicing {
            store: self.store.clone(),
            clock: self.clock.clone(),
            tenants: self.platform.tenants().clone(),
            platform_name: "Voice".to_owned(),
            currency: "EUR".to_owned(),
        };
        for _ in 0..TRIES_MAX {
            let round = invoicing.round(None).await.expect("a look at who has something due");
            if !round.failed.iter().any(|failed| customers.contains(failed)) {
                return;
            }
            self.turned_away.fetch_add(1, Ordering::Relaxed);
        }
        panic!("after {TRIES_MAX} tries the books are still not kept")
    }

    pub fn pass(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// To the first of the next month in UTC, and so many minutes further; never back.
    pub fn turns_the_month(&self, further: i64) {
        let now = self.now(&TimeZone::UTC);
        let first = now.date().first_of_month() + 1.month();
        let until = first.at(0, 0, 0, 0) + further.minutes();
        self.pass(until.duration_since(now).as_mins().max(0));
    }

    /// Until a customer has left memory.
    pub async fn rests(&self, customer: CustomerId) {
        let rested = tokio::time::timeout(RESTED_WITHIN, async {
            let mut looks = tokio::time::interval(Duration::from_millis(2));
            while self.platform.tenants().is_resident(customer) {
                looks.tick().await;
            }
        });
        assert!(rested.await.is_ok(), "after {RESTED_WITHIN:?} customer {customer} is still in memory");
    }

    /// Until nothing is left that is to go wrong.
    pub async fn calms_down(&self, customer: CustomerId) {
        while !self.seam.is_spent() {
            let _ = self.ask(customer, async |tenant: TenantHandle| tenant.snapshot().await).await;
        }
    }

    /// Asks until it is decided: a client that is told to come back does so.
    pub async fn ask<T>(
        &self,
        customer: CustomerId,
        command: impl AsyncFn(TenantHandle) -> Result<T, Error>,
    ) -> Decided<T> {
        let mut last = None;
        for tries in 0..TRIES_MAX {
            let told = match self.platform.tenants().get(customer).await {
                Ok(tenant) => command(tenant).await,
                Err(error) => Err(error),
            };
            let is_repeated = tries > 0;
            match told {
                Ok(answer) => return Decided { answer: Ok(answer), is_repeated },
                Err(Error::Refused(refusal)) => return Decided { answer: Err(refusal), is_repeated },
                Err(Error::Unavailable(why)) => {
                    self.turned_away.fetch_add(1, Ordering::Relaxed);
                    last = Some(why);
                }
            }
        }
        panic!("after {TRIES_MAX} tries it is still not decided: {last:?}")
    }
}

async fn start(database: &Database, clock: &Clock, seam: &Arc<Seam>, vault: &Vault) -> (Store, Platform) {
    let store = Store::open(database.url()).expect("the database's address");
    let metrics = Metrics::new(&Registry::new()).expect("a fresh registry");
    let mut parts = Parts::new(store.clone(), vault.clone(), metrics);
    (parts.clock, parts.idle, parts.interrupt) = (clock.clone(), IDLE, seam.clone());
    let platform = Platform::start(parts).await.expect("the actors start");
    (store, platform)
}
