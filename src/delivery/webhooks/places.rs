//! Places for tests that people wait for: bounded for the process, and for each customer, so that one with
//! a silent endpoint leaves the others theirs.

use std::sync::Arc;

use dashmap::DashMap;
use domain::ids::CustomerId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Tests at once.
const ALL_MAX: usize = 32;
/// Of these, one customer's.
const OF_ONE_MAX: usize = 2;

/// Where tests are made.
pub(super) struct TestPlaces {
    all: Arc<Semaphore>,
    taken: Arc<DashMap<CustomerId, usize>>,
}

/// A place for one test; given back when it is dropped.
pub struct TestPlace {
    customer: CustomerId,
    taken: Arc<DashMap<CustomerId, usize>>,
    _permit: OwnedSemaphorePermit,
}

impl Default for TestPlaces {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(ALL_MAX)), taken: Arc::default() }
    }
}

impl TestPlaces {
    /// A place, if there is one.
    pub fn take(&self, customer: CustomerId) -> Option<TestPlace> {
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let mut count = self.taken.entry(customer).or_default();
        if *count >= OF_ONE_MAX {
            return None;
        }
        *count += 1;
        drop(count);
        Some(TestPlace { customer, taken: Arc::clone(&self.taken), _permit: permit })
    }
}

impl TestPlace {
    /// Whose it is.
    pub fn customer(&self) -> CustomerId {
        self.customer
    }
}

impl Drop for TestPlace {
    fn drop(&mut self) {
        self.taken.alter(&self.customer, |_, count| count.saturating_sub(1));
        self.taken.remove_if(&self.customer, |_, count| *count == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_has_two_places_and_leaves_the_rest_to_others() {
        let places = TestPlaces::default();
        let (busy, calm) = (CustomerId(1), CustomerId(2));
        let held = [places.take(busy), places.take(busy)];
        assert!(held.iter().all(Option::is_some) && places.take(busy).is_none());
        assert!(places.take(calm).is_some());
        drop(held);
        assert!(places.take(busy).is_some());
        assert_eq!(places.taken.len(), 0, "nobody is remembered");
    }
}
