//! Takes endpoints that have something due and has them served, each by a task of its own.
//!
//! There are places for healthy endpoints and others for those that failed or were slow. A task that takes
//! longer than a healthy endpoint does gives its place to the next one and goes on among the slow. What is
//! under way is kept beside the worker, not in it: should the worker fall, its successor goes on renewing
//! the leases, and takes none of it a second time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actors::error::Error;
use actors::store::deliveries::{self, Held, Lane};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio_util::task::TaskTracker;

use super::answer::SLOW;
use super::desk::Desk;
use super::service::{Rest, serve};

/// Healthy endpoints served at once.
const HEALTHY_MAX: usize = 48;
/// Others, as long as no healthy one has turned out to be one of them.
const SUSPECT_MAX: usize = 16;
/// All of them, also those that have turned out to be slow: what this process holds open.
const ALL_MAX: usize = 256;
/// How often it looks for what has become due.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Looks in between, when there is known to be more: a look costs a statement.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);
/// When the database is away.
const WAIT_AFTER_ERROR: Duration = Duration::from_secs(2);
/// How often leases are renewed and the backlog is measured; a third of a lease.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// Endpoints being served may take so long when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);

/// The actor.
pub(super) struct Worker;

/// What it works with.
#[derive(Clone)]
pub(super) struct WorkerParts {
    /// Where attempts are made.
    pub desk: Arc<Desk>,
    /// What is being served.
    pub under_way: UnderWay,
}

/// Endpoints being served, each with the lane whose place it has; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct UnderWay {
    endpoints: Arc<DashMap<Held, Lane>>,
    tracker: TaskTracker,
}

impl UnderWay {
    /// Waits for what is being sent, for a while; others take over the rest when its lease is over.
    pub async fn end(&self) {
        self.tracker.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, self.tracker.wait()).await.is_err() {
            tracing::warn!(endpoints = self.endpoints.len(), "events were still being delivered at the end");
        }
    }

    /// Places for healthy endpoints and for others.
    fn places(&self) -> (usize, usize) {
        let suspect = self.endpoints.iter().filter(|entry| *entry.value() == Lane::Suspect).count();
        let all = self.endpoints.len();
        let left = ALL_MAX.saturating_sub(all);
        let healthy = HEALTHY_MAX.saturating_sub(all.saturating_sub(suspect)).min(left);
        (healthy, SUSPECT_MAX.saturating_sub(suspect).min(left))
    }
}

/// Takes its endpoint off the list however its service ends, and wakes the worker.
struct Landing {
    endpoints: Arc<DashMap<Held, Lane>>,
    held: Held,
    is_listed: bool,
    rest: Rest,
    worker: ActorRef<Turn>,
}

impl Landing {
    fn leave_list(&mut self) {
        if std::mem::take(&mut self.is_listed) {
            self.endpoints.remove(&self.held);
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.leave_list();
        let _ = self.worker.cast(Turn::Freed(self.rest));
    }
}

/// What the worker does next.
pub(super) enum Turn {
    /// Look for what is due, and come back.
    Look,
    /// Look once.
    LookAgain,
    /// There is a place, and perhaps more to do.
    Freed(Rest),
    /// Renew leases, measure.
    Renew,
}

/// What the worker remembers.
pub(super) struct Memory {
    parts: WorkerParts,
    /// Whether the last look found more than there were places for.
    has_more: bool,
    /// Whether a look in between is on its way.
    looks_again: bool,
}

impl Actor for Worker {
    type Msg = Turn;
    type State = Memory;
    type Arguments = WorkerParts;

    async fn pre_start(
        &self,
        myself: ActorRef<Turn>,
        parts: WorkerParts,
    ) -> Result<Memory, ActorProcessingErr> {
        myself.send_after(LOOK_EVERY, || Turn::Look);
        myself.send_after(RENEW_EVERY, || Turn::Renew);
        Ok(Memory { parts, has_more: false, looks_again: false })
    }

    async fn handle(
        &self,
        myself: ActorRef<Turn>,
        turn: Turn,
        memory: &mut Memory,
    ) -> Result<(), ActorProcessingErr> {
        match turn {
            Turn::Look => {
                let pause = match memory.take_some(&myself).await {
                    Ok(()) => LOOK_EVERY,
                    Err(error) => {
                        tracing::warn!(%error, "what is due could not be looked for");
                        WAIT_AFTER_ERROR
                    }
                };
                myself.send_after(pause, || Turn::Look);
            }
            Turn::LookAgain => {
                memory.looks_again = false;
                // Should the database be away, the regular look says so.
                let _ = memory.take_some(&myself).await;
            }
            Turn::Freed(rest) if (memory.has_more || rest == Rest::Perhaps) && !memory.looks_again => {
                memory.looks_again = true;
                myself.send_after(LOOK_AGAIN_AFTER, || Turn::LookAgain);
            }
            Turn::Freed(_) => {}
            Turn::Renew => {
                memory.renew().await;
                myself.send_after(RENEW_EVERY, || Turn::Renew);
            }
        }
        Ok(())
    }
}

impl Memory {
    async fn take_some(&mut self, myself: &ActorRef<Turn>) -> Result<(), Error> {
        let WorkerParts { desk, under_way } = &self.parts;
        let (healthy, suspect) = under_way.places();
        if healthy + suspect == 0 || under_way.tracker.is_closed() {
            return Ok(());
        }
        self.has_more = false;
        let claimed = deliveries::claim(&desk.store, healthy, suspect, desk.clock.now()).await?;
        let of = |lane| claimed.iter().filter(|(_, its)| *its == lane).count();
        self.has_more = of(Lane::Healthy) == healthy || of(Lane::Suspect) == suspect;
        if under_way.tracker.is_closed() {
            // Nobody waits for them any more: others take them over.
            return Ok(());
        }
        for (held, lane) in claimed {
            self.begin(held, lane, myself.clone());
        }
        Ok(())
    }

    fn begin(&self, held: Held, lane: Lane, worker: ActorRef<Turn>) {
        let UnderWay { endpoints, tracker } = &self.parts.under_way;
        match endpoints.entry(held) {
            // Its lease ran out under our hands, while the database was away.
            Entry::Occupied(_) => return,
            Entry::Vacant(place) => drop(place.insert(lane)),
        }
        let landing =
            Landing { endpoints: Arc::clone(endpoints), held, is_listed: true, rest: Rest::Nothing, worker };
        tracker.spawn(take_care_of(landing, Arc::clone(&self.parts.desk)));
    }

    async fn renew(&self) {
        let WorkerParts { desk, under_way } = &self.parts;
        let now = desk.clock.now();
        let held: Vec<Held> = under_way.endpoints.iter().map(|entry| *entry.key()).collect();
        let renewed = async {
            if !held.is_empty() {
                deliveries::keep(&desk.store, &held, now).await?;
            }
            deliveries::give_up_removed(&desk.store, now).await?;
            deliveries::backlog(&desk.store, now).await
        };
        match renewed.await {
            Ok(backlog) => {
                let oldest = backlog.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
                desk.metrics.waiting(backlog.depth, oldest);
            }
            Err(error) => tracing::warn!(%error, "what waits to be delivered could not be looked at"),
        }
    }
}

/// Has an endpoint served, and gives it back. What cannot be read or noted now is left until the lease is
/// over: the database is away, and would be asked again at once.
async fn take_care_of(mut landing: Landing, desk: Arc<Desk>) {
    let held = landing.held;
    let mut service = pin!(serve(&desk, held));
    let served = tokio::select! {
        biased;
        served = &mut service => served,
        () = tokio::time::sleep(SLOW) => {
            landing.endpoints.insert(held, Lane::Suspect);
            let _ = landing.worker.cast(Turn::Freed(Rest::Nothing));
            service.await
        }
    };
    // Off the list before it is given back: else the worker could take it and find it there.
    landing.leave_list();
    let released = async {
        landing.rest = served?;
        Ok::<(), Error>(deliveries::release(&desk.store, held, desk.clock.now()).await?)
    };
    if let Err(error) = released.await {
        tracing::warn!(customer.id = held.customer.0, endpoint.id = %held.endpoint, %error,
            "an endpoint is left for later");
    }
}
