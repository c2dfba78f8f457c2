//! Takes endpoints that have something due and has them served, each by a task of its own.
//!
//! There are places for healthy endpoints and others for those that failed or were slow. A task that takes
//! longer than a healthy endpoint does gives its place to the next one, and ends its turn. What is
//! under way is kept beside the worker, not in it: should the worker fall, its successor goes on renewing
//! the leases, and takes none of it a second time.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::error::Error;
use actors::store::deliveries::{self, Held, Lane};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;

use super::answer::SLOW;
use super::desk::Desk;
use super::service::{Rest, serve};

/// Healthy endpoints served at once.
const HEALTHY_MAX: usize = 48;
/// Others.
const SUSPECT_MAX: usize = 16;
/// All of them, also those whose turn takes long: what this process holds open.
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

/// Whose place an endpoint has that is being served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// One of its lane's.
    In(Lane),
    /// None any more: its turn takes so long that others have its place.
    Standing,
}

/// Endpoints being served, each with its seat; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct UnderWay {
    endpoints: Arc<DashMap<Held, Seat>>,
    tracker: TaskTracker,
    /// Held while what waits is measured.
    looking: Arc<Mutex<()>>,
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
        let seated = |lane| self.endpoints.iter().filter(|entry| *entry.value() == Seat::In(lane)).count();
        let left = ALL_MAX.saturating_sub(self.endpoints.len());
        let healthy = HEALTHY_MAX.saturating_sub(seated(Lane::Healthy)).min(left);
        (healthy, SUSPECT_MAX.saturating_sub(seated(Lane::Suspect)).min(left))
    }
}

/// Takes its endpoint off the list however its service ends, and wakes the worker.
struct Landing {
    endpoints: Arc<DashMap<Held, Seat>>,
    held: Held,
    is_listed: bool,
    /// Whose place it has taken until the end.
    seat: Seat,
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
        let _ = self.worker.cast(Turn::Freed(self.seat, self.rest));
    }
}

/// What the worker does next.
pub(super) enum Turn {
    /// Look for what is due, and come back.
    Look,
    /// Look once.
    LookAgain,
    /// There is a place, and perhaps more to do.
    Freed(Seat, Rest),
    /// Renew leases, measure.
    Renew,
}

/// What the worker remembers.
pub(super) struct Memory {
    parts: WorkerParts,
    /// Lanes in which the last look found more than there were places for: the healthy, and the others.
    has_more: (bool, bool),
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
        Ok(Memory { parts, has_more: (false, false), looks_again: false })
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
            Turn::Freed(seat, rest) => {
                let is_wanted = match seat {
                    Seat::In(Lane::Healthy) => memory.has_more.0,
                    Seat::In(Lane::Suspect) => memory.has_more.1,
                    Seat::Standing => false,
                };
                if (is_wanted || rest == Rest::Perhaps) && !memory.looks_again {
                    memory.looks_again = true;
                    myself.send_after(LOOK_AGAIN_AFTER, || Turn::LookAgain);
                }
            }
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
        let claimed = deliveries::claim(&desk.store, healthy, suspect, desk.clock.now()).await?;
        let of = |lane| claimed.iter().filter(|(_, its)| *its == lane).count();
        // Where there was no place, somebody may still wait for one.
        self.has_more = (of(Lane::Healthy) == healthy, of(Lane::Suspect) == suspect);
        if under_way.tracker.is_closed() {
            // Nobody waits for them any more: others take them over.
            for (held, _) in claimed {
                deliveries::release(&desk.store, held, desk.clock.now()).await?;
            }
            return Ok(());
        }
        for (held, lane) in claimed {
            self.begin(held, lane, myself.clone());
        }
        Ok(())
    }

    fn begin(&self, held: Held, lane: Lane, worker: ActorRef<Turn>) {
        let UnderWay { endpoints, tracker, .. } = &self.parts.under_way;
        match endpoints.entry(held) {
            // Its lease ran out under our hands, while the database was away.
            Entry::Occupied(_) => return,
            Entry::Vacant(place) => drop(place.insert(Seat::In(lane))),
        }
        let landing = Landing {
            endpoints: Arc::clone(endpoints),
            held,
            is_listed: true,
            seat: Seat::In(lane),
            rest: Rest::Nothing,
            worker,
        };
        tracker.spawn(take_care_of(landing, Arc::clone(&self.parts.desk), tracker.clone()));
    }

    /// Leases are renewed here; what else is looked after every few seconds takes nobody's turn.
    async fn renew(&self) {
        let WorkerParts { desk, under_way } = &self.parts;
        let now = desk.clock.now();
        let held: Vec<Held> = under_way.endpoints.iter().map(|entry| *entry.key()).collect();
        if !held.is_empty()
            && let Err(error) = deliveries::keep(&desk.store, &held, now).await
        {
            tracing::warn!(%error, "leases could not be renewed");
        }
        // One at a time: where the last one still looks, it looks for this one too.
        let Ok(turn) = Arc::clone(&under_way.looking).try_lock_owned() else { return };
        let desk = Arc::clone(desk);
        under_way.tracker.spawn(async move {
            let _turn = turn;
            if let Err(error) = look_after(&desk).await {
                tracing::warn!(%error, "what waits to be delivered could not be looked at");
            }
        });
    }
}

/// Gives up what nobody waits for, and measures the rest.
async fn look_after(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    deliveries::give_up_removed(&desk.store, now).await?;
    let backlog = deliveries::backlog(&desk.store, now).await?;
    let oldest = backlog.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
    desk.metrics.waiting(backlog.depth, oldest);
    Ok(())
}

/// Has an endpoint served, and gives it back. What cannot be read or noted now is left until the lease is
/// over: the database is away, and would be asked again at once.
async fn take_care_of(mut landing: Landing, desk: Arc<Desk>, tracker: TaskTracker) {
    let (held, began) = (landing.held, Instant::now());
    let is_over = || began.elapsed() >= SLOW || tracker.is_closed();
    let mut service = pin!(serve(&desk, held, is_over));
    let served = tokio::select! {
        biased;
        served = &mut service => served,
        () = tokio::time::sleep(SLOW) => {
            landing.endpoints.insert(held, Seat::Standing);
            let seat = std::mem::replace(&mut landing.seat, Seat::Standing);
            let _ = landing.worker.cast(Turn::Freed(seat, Rest::Nothing));
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
