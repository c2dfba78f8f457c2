//! What people and programs read of one customer: under row-level security, a few at a time.
//!
//! Invariant: what one customer reads under row-level security never holds more than [`AT_ONCE`]
//! connections, also when whoever asked has hung up: the place is given back when the connection is. So
//! one customer's slow reads are in no other's way. The few small reads beside it ([`Store::place`])
//! give theirs back at once. Callers on the telephone need no place ([`Store::read_for_caller`]), and
//! neither does whoever runs the platform: they look at a customer however busy it is.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use domain::ids::CustomerId;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Execute, Executor, FromRow, PgConnection, Postgres, Transaction};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Store;
use crate::error::{Error, Unavailable};

/// Reads of one customer at once: a page of the portal asks for about as many things.
const AT_ONCE: usize = 4;
/// How long the next one waits for a place; less than anybody's patience, so that it is told.
const WAIT: Duration = Duration::from_secs(1);

/// The places of all customers; only those who read just now are in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Arc<DashMap<CustomerId, Arc<Semaphore>>>);

/// A place among the reads of its customer.
#[derive(Debug)]
pub(super) struct Place {
    /// Dropped before the turn, which looks whether anybody is left.
    _permit: OwnedSemaphorePermit,
    _turn: Turn,
}

/// Somebody who has a place or waits for one. The last one of a customer takes its entry along.
#[derive(Debug)]
struct Turn {
    places: Places,
    customer: CustomerId,
    semaphore: Option<Arc<Semaphore>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.semaphore = None;
        // Nobody joins meanwhile: whoever does holds the same lock of the map.
        self.places.0.remove_if(&self.customer, |_, semaphore| Arc::strong_count(semaphore) == 1);
    }
}

impl Places {
    async fn take(&self, customer: CustomerId) -> Result<Place, Error> {
        let entry = self.0.entry(customer).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
        let semaphore = Arc::clone(&entry);
        drop(entry);
        let turn = Turn { places: self.clone(), customer, semaphore: Some(Arc::clone(&semaphore)) };
        match tokio::time::timeout(WAIT, semaphore.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place { _permit: permit, _turn: turn }),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable(Unavailable::Overloaded)),
        }
    }
}

/// A transaction that sees the rows of one customer and of nobody else, in its place.
pub(crate) struct Read {
    /// There until the end.
    open: Option<(Transaction<'static, Postgres>, Place)>,
}

impl Read {
    /// Ends it in good order, which takes no round trip more than dropping it.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        match self.open.take() {
            Some((transaction, _place)) => transaction.commit().await,
            None => Ok(()),
        }
    }
}

impl Deref for Read {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        let (transaction, _) = self.open.as_ref().expect("it is taken at the end only");
        transaction
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut PgConnection {
        let (transaction, _) = self.open.as_mut().expect("it is taken at the end only");
        transaction
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        // Whoever hung up has left a statement running: the connection is busy until that has ended.
        if let (Some((transaction, place)), Ok(runtime)) = (self.open.take(), Handle::try_current()) {
            runtime.spawn(async move {
                let _ = transaction.rollback().await;
                drop(place);
            });
        }
    }
}

impl Store {
    /// A place among the reads of a customer, for one that is no [`Store::read_for`].
    pub(super) async fn place(&self, customer: CustomerId) -> Result<Place, Error> {
        self.places.take(customer).await
    }

    /// What the portal and the API read of a customer.
    pub(crate) async fn read_for(&self, customer: CustomerId) -> Result<Read, Error> {
        let place = self.place(customer).await?;
        let transaction = self.begin_for(customer).await?;
        Ok(Read { open: Some((transaction, place)) })
    }

    /// The row that a query finds among those of one customer, if there is one.
    pub(crate) async fn read_one<'q, T>(
        &self,
        customer: CustomerId,
        query: impl Execute<'q, Postgres> + 'q,
    ) -> Result<Option<T>, Error>
    where
        T: for<'r> FromRow<'r, PgRow>,
    {
        let mut read = self.read_for(customer).await?;
        let row = read.fetch_optional(query).await?;
        read.commit().await?;
        Ok(row.as_ref().map(T::from_row).transpose()?)
    }

    /// The rows that a query finds among those of one customer.
    pub(crate) async fn read_all<'q, T>(
        &self,
        customer: CustomerId,
        query: impl Execute<'q, Postgres> + 'q,
    ) -> Result<Vec<T>, Error>
    where
        T: for<'r> FromRow<'r, PgRow>,
    {
        let mut read = self.read_for(customer).await?;
        let rows = read.fetch_all(query).await?;
        read.commit().await?;
        Ok(rows.iter().map(T::from_row).collect::<Result<_, _>>()?)
    }

    /// What is read for a caller, who hears silence meanwhile: the telephone waits for no portal.
    /// Bounded by the tenant's own requests in flight.
    pub(crate) async fn read_for_caller(
        &self,
        customer: CustomerId,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin_for(customer).await
    }

    async fn begin_for(&self, customer: CustomerId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        // One round trip; a number needs no escaping.
        let begin = format!("begin read only; set local app.customer_id = '{}'", customer.0);
        self.reader.begin_with(AssertSqlSafe(begin)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_customer_has_four_places_and_is_in_the_map_while_it_reads() {
        let (places, busy, calm) = (Places::default(), CustomerId(1), CustomerId(2));
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.push(places.take(busy).await.unwrap());
        }
        tokio::select! {
            biased;
            _ = places.take(busy) => panic!("a fifth place"),
            calm = places.take(calm) => drop(calm.unwrap()),
        }
        assert_eq!(places.0.len(), 1, "only who reads is in it");
        let (next, ()) = tokio::join!(places.take(busy), async { drop(held.pop()) });
        assert_eq!(places.0.len(), 1);
        held.push(next.unwrap());
        held.clear();
        assert!(places.0.is_empty());
    }
}
