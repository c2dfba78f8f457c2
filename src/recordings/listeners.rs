//! Who is listening: so many in all, so many of one customer, and nobody who has stopped.
//!
//! Invariant: a customer without listeners is in no map.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use domain::ids::CustomerId;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Recordings heard at once.
const ALL_MAX: usize = 256;
/// Those of one customer: a team listens, and leaves room for others.
const CUSTOMER_MAX: usize = 16;

/// All listeners; cheap to clone.
#[derive(Clone, Default)]
pub struct Listeners(Arc<Mutex<Counted>>);

#[derive(Default)]
struct Counted {
    all: usize,
    by_customer: HashMap<CustomerId, usize>,
}

/// The place of one listener, given back when it is dropped.
pub struct Place {
    listeners: Listeners,
    customer: CustomerId,
}

impl Listeners {
    /// A place for one more listener of this customer, if there is one.
    pub fn take(&self, customer: CustomerId) -> Option<Place> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = counted.by_customer.get(&customer).copied().unwrap_or_default();
        if counted.all >= ALL_MAX || theirs >= CUSTOMER_MAX {
            return None;
        }
        counted.all += 1;
        counted.by_customer.insert(customer, theirs + 1);
        Some(Place { listeners: self.clone(), customer })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counted = self.listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.all -= 1;
        if let Some(theirs) = counted.by_customer.get_mut(&self.customer) {
            *theirs -= 1;
            if *theirs == 0 {
                counted.by_customer.remove(&self.customer);
            }
        }
    }
}

/// The listener took no piece for too long, and has lost the place.
#[derive(Debug, thiserror::Error)]
#[error("nobody took the next piece")]
struct Abandoned;

/// Hands pieces on as they are taken. Who takes none for `idle` is given up, with the place and with
/// the connection that the pieces come by: whoever has stopped reading never asks for anything, so
/// somebody else must look at the time. What was given up ends in an error, or a part would pass
/// for all of it.
pub fn handed_on<E: Into<BoxError> + Send + 'static>(
    pieces: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    place: Place,
    idle: Duration,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
    let (hand, taken) = mpsc::channel(1);
    tokio::spawn(async move {
        let _place = place;
        let mut pieces = pin!(pieces);
        loop {
            let piece = tokio::select! {
                // The listener has gone.
                () = hand.closed() => return,
                piece = pieces.next() => piece,
            };
            let is_last = !matches!(piece, Some(Ok(_)));
            if timeout(idle, hand.send(piece.transpose())).await.is_err() || is_last {
                return;
            }
        }
    });
    stream::try_unfold(taken, async |mut taken| match taken.recv().await {
        Some(Ok(Some(piece))) => Ok(Some((piece, taken))),
        Some(Ok(None)) => Ok(None),
        Some(Err(failed)) => Err(failed.into()),
        None => Err(Abandoned.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_has_sixteen_places_and_is_in_the_map_while_somebody_listens() {
        let (listeners, busy) = (Listeners::default(), CustomerId(0));
        let mut places: Vec<Place> = std::iter::from_fn(|| listeners.take(busy)).collect();
        assert_eq!(places.len(), CUSTOMER_MAX);
        places.pop();
        assert!(listeners.take(busy).is_some(), "a place that was given back is another's");
        for customer in 1..100 {
            places.extend(std::iter::from_fn(|| listeners.take(CustomerId(customer))));
        }
        assert_eq!(places.len(), ALL_MAX);
        places.clear();
        let counted = listeners.0.lock().unwrap();
        assert_eq!((counted.all, counted.by_customer.len()), (0, 0));
    }
}
