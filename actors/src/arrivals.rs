//! Remembers what of Retell's has arrived, for whoever sets a customer's addresses up.
//!
//! A request pays for one look into a map: of each kind one a minute is written down, and all of them
//! by one statement a second, behind the requests. What is lost when a server falls comes again.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use domain::ids::CustomerId;
use jiff::{SignedDuration, Timestamp};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::store::Store;
use crate::store::arrivals::{Arrival, Kind, keep};

/// Within it a second one of a kind is not worth a row.
const NOTED_FOR: SignedDuration = SignedDuration::from_secs(60);
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// What has arrived, and what of it is not written down yet.
#[derive(Debug, Clone, Default)]
pub struct Arrivals {
    noted: Arc<DashMap<(CustomerId, Kind), Timestamp>>,
    due: Arc<DashMap<(CustomerId, Kind), Arrival>>,
}

impl Arrivals {
    /// Something of this kind arrived; `detail` says more about it.
    pub fn note(&self, customer: CustomerId, kind: Kind, detail: Option<&'static str>, now: Timestamp) {
        let name = (customer, kind);
        if self.noted.get(&name).is_some_and(|at| now.duration_since(*at) < NOTED_FOR) {
            return;
        }
        // What comes after it says that things have changed, and is worth a row at once.
        let others = match kind {
            Kind::Refused => [Kind::Signed, Kind::Event, Kind::Function].as_slice(),
            _ => &[Kind::Refused],
        };
        for other in others {
            self.noted.remove(&(customer, *other));
        }
        self.noted.insert(name, now);
        self.due.insert(name, Arrival { kind, at: now, detail: detail.map(str::to_owned) });
    }

    /// Writes down what is due.
    pub(crate) async fn write_down(&self, store: &Store) -> Result<(), sqlx::Error> {
        let names: Vec<_> = self.due.iter().map(|due| *due.key()).collect();
        let taken: Vec<(CustomerId, Arrival)> =
            names.iter().filter_map(|name| Some((name.0, self.due.remove(name)?.1))).collect();
        if taken.is_empty() {
            return Ok(());
        }
        let kept = keep(store, &taken).await;
        if kept.is_err() {
            for (customer, arrival) in taken {
                self.due.entry((customer, arrival.kind)).or_insert(arrival);
            }
        }
        kept
    }
}

/// The actor that writes them down.
pub(crate) struct Keeper;

/// What it works with.
#[derive(Clone)]
pub(crate) struct KeeperParts {
    pub arrivals: Arrivals,
    pub store: Store,
}

/// Time to write.
pub(crate) struct Write;

impl Actor for Keeper {
    type Msg = Write;
    type State = KeeperParts;
    type Arguments = KeeperParts;

    async fn pre_start(
        &self,
        myself: ActorRef<Write>,
        parts: KeeperParts,
    ) -> Result<KeeperParts, ActorProcessingErr> {
        myself.send_after(WRITE_EVERY, || Write);
        Ok(parts)
    }

    async fn handle(
        &self,
        myself: ActorRef<Write>,
        Write: Write,
        parts: &mut KeeperParts,
    ) -> Result<(), ActorProcessingErr> {
        if let Err(error) = parts.arrivals.write_down(&parts.store).await {
            tracing::warn!(%error, "what arrived could not be written down, and will be later");
        }
        myself.send_after(WRITE_EVERY, || Write);
        Ok(())
    }
}
