//! How often somebody may ask: by tenant behind a key, by address for keys and tokens that nobody made.
//!
//! Never by address behind a key: every Retell request of every tenant comes from one address. Nor
//! behind a token: a whole office does. Guests have neither: they are counted by address, generously.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use domain::ids::CustomerId;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};

use crate::config::Config;

/// Looked-up keys and tokens of one address that may lead nowhere within [`WINDOW`]: enough for a customer
/// who kept an old key, too few to guess.
const GUESSES: u32 = 30;
const WINDOW: Duration = Duration::from_secs(60);
/// Sign-in mails an address gets: nobody's mailbox is flooded in our name.
const MAILS_TO_ADDRESS_PER_HOUR: NonZeroU32 = NonZeroU32::new(5).expect("more than none");
/// Sign-in mails a client asks for.
const MAILS_FOR_CLIENT_PER_HOUR: NonZeroU32 = NonZeroU32::new(20).expect("more than none");
/// Invitations of one customer.
const INVITATIONS_PER_HOUR: NonZeroU32 = NonZeroU32::new(100).expect("more than none");
/// Pages to pay on that one customer asks Stripe for, which counts what we ask for everybody together.
const TOP_UPS_PER_HOUR: NonZeroU32 = NonZeroU32::new(60).expect("more than none");
/// What guests look at and send from one address: some hundred of them are behind one of a mobile
/// network's, and no page is worth much to anybody who has no link.
const GUESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(240).expect("more than none");
/// Addresses remembered; then those whose window is over are forgotten.
const ADDRESSES: usize = 10_000;
/// The keyed store is swept after so many requests, so that it does not grow for ever.
const SWEEP_EVERY: u64 = 10_000;

/// The limits.
pub struct Limits {
    tenants: DefaultKeyedRateLimiter<CustomerId>,
    guesses: DashMap<IpAddr, Guesses>,
    asked: AtomicU64,
    mails_to: DefaultKeyedRateLimiter<String>,
    mails_for: DefaultKeyedRateLimiter<IpAddr>,
    invitations: DefaultKeyedRateLimiter<CustomerId>,
    top_ups: DefaultKeyedRateLimiter<CustomerId>,
    guests: DefaultKeyedRateLimiter<IpAddr>,
}

/// Who has one address of an IPv6 network has all of its 2^64.
fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => IpAddr::from((u128::from(address) >> 64 << 64).to_be_bytes()),
    }
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
            mails_to: RateLimiter::keyed(Quota::per_hour(MAILS_TO_ADDRESS_PER_HOUR)),
            mails_for: RateLimiter::keyed(Quota::per_hour(MAILS_FOR_CLIENT_PER_HOUR)),
            invitations: RateLimiter::keyed(Quota::per_hour(INVITATIONS_PER_HOUR)),
            top_ups: RateLimiter::keyed(Quota::per_hour(TOP_UPS_PER_HOUR)),
            guests: RateLimiter::keyed(Quota::per_minute(GUESTS_PER_MINUTE)),
        }
    }

    /// Whether one more sign-in link is mailed to this address for this client; otherwise how many
    /// seconds until then. Counted for known and unknown addresses alike.
    pub fn admit_sign_in(&self, email: &str, client: IpAddr) -> Result<(), u32> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.mails_to.retain_recent();
            self.mails_for.retain_recent();
            self.invitations.retain_recent();
        }
        self.mails_for.check_key(&network(client)).map_err(seconds)?;
        self.mails_to.check_key(&email.to_owned()).map_err(seconds)
    }

    /// Whether one more invitation of this customer's is mailed to this address; otherwise how many
    /// seconds until then. By customer and not by client: a team is invited from one desk.
    pub fn admit_invitation(&self, customer: CustomerId, email: &str) -> Result<(), u32> {
        self.invitations.check_key(&customer).map_err(seconds)?;
        self.mails_to.check_key(&email.to_owned()).map_err(seconds)
    }

    /// Whether one more page to pay on is made for a customer; otherwise how many seconds until then. Its
    /// keys are customers: there is nothing to sweep.
    pub fn admit_top_up(&self, customer: CustomerId) -> Result<(), u32> {
        self.top_ups.check_key(&customer).map_err(seconds)
    }

    /// Whether guests behind this address, with links of ours, may ask once more; otherwise how many
    /// seconds until then.
    pub fn admit_guest(&self, client: IpAddr) -> Result<(), u32> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.guests.retain_recent();
        }
        self.guests.check_key(&network(client)).map_err(seconds)
    }

    /// Whether a known tenant may be asked once more.
    pub fn admit_tenant(&self, customer: CustomerId) -> bool {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.tenants.retain_recent();
        }
        self.tenants.check_key(&customer).is_ok()
    }

    /// Whether one more key or token that is not known as ours is looked up for this address. It
    /// counts at once, so that guesses which come together are counted too.
    pub fn admit_guess(&self, client: IpAddr) -> bool {
        let client = network(client);
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

    /// What was looked up was good: made before our keys were changed twice, and no guess.
    pub fn was_no_guess(&self, client: IpAddr) {
        if let Some(mut guesses) = self.guesses.get_mut(&network(client)) {
            guesses.count = guesses.count.saturating_sub(1);
        }
    }
}

/// How long whoever was refused waits.
fn seconds(refused: NotUntil<<DefaultClock as Clock>::Instant>) -> u32 {
    let wait = refused.wait_time_from(DefaultClock::default().now());
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1)
}
