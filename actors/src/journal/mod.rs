//! Group commit: entries of many tenants are written in one fenced statement, and answers leave
//! after the commit.
//!
//! Invariants:
//! 1. An entry commits only on the state it was decided on (its tenant's epoch and clock).
//! 2. Entries of one tenant commit in order or not at all; after one was lost, all later ones of
//!    that epoch are.
//! 3. Whoever owns an entry owes its answer. Dropping it is an answer: the port closes, which the
//!    caller reads as "unavailable", after the tenant was told to reload. So a panic, a lost
//!    connection or a shutdown leaves nobody hanging, and nothing has to be tracked.
//! 4. Told "done" means committed.
//!
//! Read `Entry` first, then `queue` (who is next), `writer` (the commit and what may happen
//! to it).

mod interrupt;
mod queue;
mod writer;

use std::sync::Arc;

use domain::billing::Ledger;
use domain::ids::CustomerId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use ractor::{ActorRef, DerivedActorRef};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

pub use interrupt::{Interrupt, Never, Point, Verdict};
pub(crate) use writer::{Writer, WriterArguments};

use crate::metrics::Metrics;
use crate::store::Store;
use crate::store::batch::Step;
use crate::store::change::Change;
use crate::store::rows::{CallRow, Rows, TenantRow};
use queue::Queue;

/// Writers, each with its own tenants and connection. Two keep both of PostgreSQL's ends busy:
/// one batch is being decided while the other is flushed.
pub(crate) const WRITERS: usize = 2;
/// Entries that may wait or be in flight at one writer. Beyond it the edge answers 503 at once.
const PLACES: usize = 4096;

/// Told to a tenant whose entry of `epoch` was lost: what it has in memory may not be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reload {
    /// The epoch the lost entry was decided in.
    pub epoch: i64,
}

/// The database refused this very entry: a bug, or a duplicate nobody knew of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Poisoned {
    /// The constraint that refused it, where there is one.
    pub constraint: Option<String>,
}

/// Told what became of an entry. Dropped untold, the caller reads "unavailable".
pub(crate) type Answer = Box<dyn FnOnce(Result<(), Poisoned>) + Send + Sync>;

/// Whether somebody waits on the telephone for this entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// An agent's function: it goes ahead of webhooks of other tenants.
    Spoken,
    /// Everything else.
    Patient,
}

/// One decision on its way into the database. Moved, never cloned.
pub(crate) struct Entry {
    /// Whose.
    pub customer: CustomerId,
    /// Who decided it.
    pub epoch: i64,
    /// The clock it was decided on.
    pub from_seq: i64,
    /// The clock after it; the same for an entry that changes nothing and only vouches for what
    /// lies before it.
    pub to_seq: i64,
    /// The ledger after it.
    pub ledger: Ledger,
    /// The number of the tenant's last event after it.
    pub event_seq: i64,
    /// When it was decided.
    pub at: Timestamp,
    /// What it writes.
    pub rows: Rows,
    /// A rare change it writes beside them.
    pub change: Option<Box<Change>>,
    /// Whether somebody waits on the telephone.
    pub urgency: Urgency,
    /// Who is owed the answer; `None` once it was given.
    pub answer: Option<Answer>,
    /// Who must know if it is lost.
    pub tenant: DerivedActorRef<Reload>,
    /// Its place in the queue, and what it counts against besides; given back when it is gone.
    pub _place: Place,
}

impl Entry {
    /// Committed.
    fn done(mut self) {
        if let Some(answer) = self.answer.take() {
            answer(Ok(()));
        }
    }

    /// Refused by the database. The tenant reloads before its caller hears of it.
    fn refuse(mut self, poisoned: Poisoned) {
        if let Some(answer) = self.answer.take() {
            let _ = self.tenant.cast(Reload { epoch: self.epoch });
            answer(Err(poisoned));
        }
    }

    fn continues(&self, previous: &Entry) -> bool {
        self.epoch == previous.epoch && self.from_seq == previous.to_seq
    }

    fn size(&self) -> usize {
        self.rows.calls.iter().map(CallRow::size).sum()
    }

    fn step(&self) -> Step<'_> {
        let tenant = TenantRow {
            customer_id: self.customer.0,
            epoch: self.epoch,
            from_seq: self.from_seq,
            to_seq: self.to_seq,
            ledger_seq: self.ledger.seq(),
            ledger_hash: self.ledger.hash().to_vec(),
            balance: self.ledger.balance().amount(),
            at: self.at.to_sqlx(),
            event_seq: self.event_seq,
        };
        Step { tenant, rows: &self.rows, change: self.change.as_deref() }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.answer.is_some() {
            // Before the port closes with the answer: a retry must not meet the stale state.
            let _ = self.tenant.cast(Reload { epoch: self.epoch });
        }
    }
}

/// A place in a writer's queue, held from before anything is decided until the entry is gone.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// There is no place left; the caller should come back in a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// The way into the journal.
#[derive(Clone)]
pub(crate) struct Journal {
    desks: Arc<[Desk]>,
}

/// One writer's entrance.
struct Desk {
    places: Arc<Semaphore>,
    sender: mpsc::UnboundedSender<Entry>,
}

/// One writer's exit, kept by whoever restarts it: a writer that panics loses the batch in its
/// hands, its successor takes the queue.
pub(crate) type SharedQueue = Arc<Mutex<Queue>>;

impl Journal {
    /// Makes the queues; writers are spawned on what comes back beside it.
    pub fn new() -> (Self, Vec<SharedQueue>) {
        let (desks, queues) = (0..WRITERS)
            .map(|_| {
                let (sender, receiver) = mpsc::unbounded_channel();
                let places = Arc::new(Semaphore::new(PLACES));
                (Desk { places, sender }, Arc::new(Mutex::new(Queue::new(receiver))))
            })
            .unzip::<_, _, Vec<_>, Vec<_>>();
        (Self { desks: desks.into() }, queues)
    }

    fn desk(&self, customer: CustomerId) -> &Desk {
        &self.desks[customer.0.unsigned_abs() as usize % self.desks.len()]
    }

    /// Takes a place before anything is decided.
    pub fn reserve(&self, customer: CustomerId) -> Result<Place, Full> {
        let places = Arc::clone(&self.desk(customer).places);
        places.try_acquire_owned().map(|permit| Place { _permit: permit }).map_err(|_| Full)
    }

    /// Hands an entry over. Cannot wait; when the writers are gone the entry is dropped, which answers it.
    pub fn send(&self, entry: Entry) {
        let _ = self.desk(entry.customer).sender.send(entry);
    }

    /// Closes the edge and waits until no entry is left: each has been answered.
    pub async fn drain(&self) {
        for desk in self.desks.iter() {
            let all = u32::try_from(PLACES).unwrap_or(u32::MAX);
            let _ = desk.places.acquire_many(all).await;
            desk.places.close();
        }
    }

    /// Entries waiting or in flight.
    pub fn depth(&self) -> usize {
        self.desks.iter().map(|desk| PLACES - desk.places.available_permits()).sum()
    }
}

/// What a writer is started with, again after a panic.
#[derive(Clone)]
pub(crate) struct WriterParts {
    /// The database.
    pub store: Store,
    /// Where commits are counted.
    pub metrics: Metrics,
    /// The test seam.
    pub interrupt: Arc<dyn Interrupt>,
}

/// The way back to a tenant, in the shape entries carry.
pub(crate) fn reload_port<M>(tenant: &ActorRef<M>) -> DerivedActorRef<Reload>
where
    M: ractor::Message + From<Reload>,
    Reload: TryFrom<M>,
{
    tenant.get_derived()
}
