//! How often somebody may ask: by tenant behind a key, by address for keys that lead nowhere.
//!
//! Never by address behind a key: every Retell request of every tenant comes from one address.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use domain::ids::CustomerId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::Config;

/// Looked-up keys of one address that may lead nowhere within [`WINDOW`]: enough for a customer
/// who kept an old key, too few to guess.
const GUESSES: u32 = 30;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses remembered; then those whose window is over are forgotten.
const ADDRESSES: usize = 10_000;
/// The keyed store is swept after so many requests, so that it does not grow for ever.
const SWEEP_EVERY: u64 = 10_000;

/// The limits.
pub struct Limits {
    tenants: DefaultKeyedRateLimiter<CustomerId>,
    guesses: DashMap<IpAddr, Guesses>,
    asked: AtomicU64,
}

struct Guesses {
    since: Instant,
    count: u32,
}

impl Limits {
    pub(super) fn new(config: &Config) -> Self {
        let quota = Quota::per_second(config.tenant_requests_per_second);
        Self {
            tenants: RateLimiter::keyed(quota.allow_burst(config.tenant_requests_burst)),
            guesses: DashMap::new(),
            asked: AtomicU64::new(0),
        }
    }

    /// Whether a known tenant may be asked once more.
    pub fn admit_tenant(&self, customer: CustomerId) -> bool {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.tenants.retain_recent();
        }
        self.tenants.check_key(&customer).is_ok()
    }

    /// Whether one more key that is not known as ours is looked up for this address. It counts at
    /// once, so that guesses which come together are counted too.
    pub fn admit_guess(&self, client: IpAddr) -> bool {
        if self.guesses.len() >= ADDRESSES {
            self.guesses.retain(|_, guesses| guesses.since.elapsed() <= WINDOW);
            // All of them at once guessing: forgetting them costs less than going through them again.
            if self.guesses.len() >= ADDRESSES {
                self.guesses.clear();
            }
        }
        let mut guesses = self.guesses.entry(client).or_insert(Guesses { since: Instant::now(), count: 0 });
        if guesses.since.elapsed() > WINDOW {
            *guesses = Guesses { since: Instant::now(), count: 0 };
        }
        let is_admitted = guesses.count < GUESSES;
        guesses.count += u32::from(is_admitted);
        is_admitted
    }
}
