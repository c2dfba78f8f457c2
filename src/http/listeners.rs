//! Pages that hear what changes: so many in all, of one customer, of one user; all of them leave when
//! the server stops.
//!
//! Each holds a connection for as long as its page is looked at, and connections are what calls come
//! by, too: pages never have more than a quarter of them.
//!
//! Invariant: who listens to nothing is in no map.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::ids::{CustomerId, UserId};
use tokio_util::sync::CancellationToken;

/// How often a page is sent a sign of life and its session looked at.
pub const LIVE_BEAT: Duration = Duration::from_secs(20);
/// Pages of one customer.
const CUSTOMER_MAX: usize = 64;
/// Pages of one user. Only those that are looked at listen: two windows on each of some devices.
const USER_MAX: usize = 8;

/// All of them; cheap to clone.
#[derive(Clone)]
pub struct Listeners {
    counted: Arc<Mutex<Counted>>,
    all_max: usize,
    closing: CancellationToken,
}

#[derive(Default)]
struct Counted {
    all: usize,
    by_customer: HashMap<CustomerId, HashMap<UserId, usize>>,
}

/// The place of one page, given back when it is dropped.
pub struct Place {
    listeners: Listeners,
    customer: CustomerId,
    user: UserId,
}

/// There is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// This user has too many.
    User,
    /// All of the customer have too many, or all there are.
    Everybody,
}

impl Listeners {
    /// None yet, beside so many connections.
    pub fn new(connections_max: usize) -> Self {
        let all_max = (connections_max / 4).max(1);
        Self { counted: Arc::default(), all_max, closing: CancellationToken::new() }
    }

    /// A place for one more page of this user, if there is one.
    pub fn take(&self, customer: CustomerId, user: &UserId) -> Result<Place, Full> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.all >= self.all_max || self.closing.is_cancelled() {
            return Err(Full::Everybody);
        }
        let theirs = counted.by_customer.get(&customer);
        let of_customer: usize = theirs.map(|users| users.values().sum()).unwrap_or_default();
        let of_user = theirs.and_then(|users| users.get(user)).copied().unwrap_or_default();
        if of_user >= USER_MAX {
            return Err(Full::User);
        }
        if of_customer >= CUSTOMER_MAX {
            return Err(Full::Everybody);
        }
        counted.all += 1;
        *counted.by_customer.entry(customer).or_default().entry(user.clone()).or_default() += 1;
        Ok(Place { listeners: self.clone(), customer, user: user.clone() })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Until all have to leave.
    pub async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// Sends all away, and lets nobody in any more.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counted = self.listeners.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.all -= 1;
        let Some(users) = counted.by_customer.get_mut(&self.customer) else { return };
        if let Some(theirs) = users.get_mut(&self.user) {
            *theirs -= 1;
            if *theirs == 0 {
                users.remove(&self.user);
            }
        }
        if users.is_empty() {
            counted.by_customer.remove(&self.customer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(listeners: &Listeners, customer: i64, user: &str) -> (Vec<Place>, Full) {
        let mut places = Vec::new();
        loop {
            match listeners.take(CustomerId(customer), &UserId(user.to_owned())) {
                Ok(place) => places.push(place),
                Err(full) => return (places, full),
            }
        }
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let listeners = Listeners::new(1000);
        let (of_one, full) = taken(&listeners, 1, "a");
        assert_eq!((of_one.len(), full), (USER_MAX, Full::User));
        let mut places = of_one;
        for user in 0..20 {
            places.extend(taken(&listeners, 1, &user.to_string()).0);
        }
        assert_eq!(places.len(), CUSTOMER_MAX);
        for customer in 2..100 {
            places.extend(taken(&listeners, customer, "a").0);
        }
        assert_eq!((places.len(), listeners.count()), (250, 250), "a quarter of the connections");
        places.clear();
        assert_eq!(listeners.count(), 0);
        assert!(listeners.counted.lock().unwrap().by_customer.is_empty());
        listeners.close();
        assert_eq!(taken(&listeners, 1, "a").1, Full::Everybody, "the server stops");
    }
}
