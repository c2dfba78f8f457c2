//! Takes messages that are due and has them sent, a few at a time: one worker for each way, so that a
//! mail server that hangs holds up no text message.
//!
//! What is under way is kept beside the worker, not in it: should the worker fall, its successor goes on
//! renewing the leases of what is still being sent, and takes none of it a second time.

use std::sync::Arc;
use std::time::Duration;

use actors::error::Error;
use actors::store::outbox::{self, Claimed};
use dashmap::DashSet;
use domain::notifications::Channel;
use jiff::Timestamp;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio_util::task::TaskTracker;

use super::desk::Desk;

/// Messages of one way under way at once.
pub const AT_ONCE: usize = 16;
/// How often it looks for what has become due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// When the database is away.
const WAIT_AFTER_ERROR: Duration = Duration::from_secs(2);
/// How often leases are renewed and the backlog is measured; a third of a lease.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// Messages under way may take so long when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);

/// The actor.
pub struct Worker;

/// What it works with.
#[derive(Clone)]
pub struct WorkerParts {
    /// The way whose messages it takes.
    pub channel: Channel,
    /// Where one message is worked on.
    pub desk: Arc<Desk>,
    /// What is being sent.
    pub under_way: UnderWay,
}

/// Messages being sent; cheap to clone.
#[derive(Clone, Default)]
pub struct UnderWay {
    messages: Arc<DashSet<Claimed>>,
    tracker: TaskTracker,
}

impl UnderWay {
    /// Waits for what is being sent, for a while; others take over the rest when its lease is over.
    pub async fn end(&self) {
        self.tracker.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, self.tracker.wait()).await.is_err() {
            tracing::warn!(messages = self.messages.len(), "messages were still being sent at the end");
        }
    }
}

/// Takes its message off the list however its work ends, and wakes the worker.
struct Landing {
    messages: Arc<DashSet<Claimed>>,
    claimed: Claimed,
    worker: ActorRef<Turn>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.messages.remove(&self.claimed);
        let _ = self.worker.cast(Turn::Landed);
    }
}

/// What the worker does next.
pub enum Turn {
    /// Look for what is due, and come back.
    Look,
    /// One has landed: there is a place.
    Landed,
    /// Renew leases, measure.
    Renew,
}

/// What the worker remembers.
pub struct Memory {
    parts: WorkerParts,
    /// Whether the last look found more than there were places for.
    has_more: bool,
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
        Ok(Memory { parts, has_more: false })
    }

    async fn handle(
        &self,
        myself: ActorRef<Turn>,
        turn: Turn,
        memory: &mut Memory,
    ) -> Result<(), ActorProcessingErr> {
        match turn {
            Turn::Look => {
                let looked = memory.take_some(&myself).await;
                let pause = if looked.is_ok() { LOOK_EVERY } else { WAIT_AFTER_ERROR };
                myself.send_after(pause, || Turn::Look);
            }
            // Not for each single place: a look costs a statement.
            Turn::Landed if memory.has_more && memory.places() >= AT_ONCE / 2 => {
                let _ = memory.take_some(&myself).await;
            }
            Turn::Landed => {}
            Turn::Renew => {
                memory.renew().await;
                myself.send_after(RENEW_EVERY, || Turn::Renew);
            }
        }
        Ok(())
    }
}

impl Memory {
    fn places(&self) -> usize {
        AT_ONCE.saturating_sub(self.parts.under_way.messages.len())
    }

    async fn take_some(&mut self, myself: &ActorRef<Turn>) -> Result<(), Error> {
        let places = self.places();
        if places == 0 || self.parts.under_way.tracker.is_closed() {
            return Ok(());
        }
        let WorkerParts { channel, desk, .. } = &self.parts;
        self.has_more = false;
        let claimed = outbox::claim(&desk.store, *channel, places, desk.clock.now()).await?;
        self.has_more = claimed.len() == places;
        if self.parts.under_way.tracker.is_closed() {
            // Nobody waits for them any more: others take them over.
            return Ok(());
        }
        for claimed in claimed {
            self.begin(claimed, myself.clone());
        }
        Ok(())
    }

    fn begin(&self, claimed: Claimed, worker: ActorRef<Turn>) {
        let UnderWay { messages, tracker } = &self.parts.under_way;
        if !messages.insert(claimed) {
            // Its lease ran out under our hands, while the database was away.
            return;
        }
        let landing = Landing { messages: Arc::clone(messages), claimed, worker };
        let desk = Arc::clone(&self.parts.desk);
        tracker.spawn(async move {
            let landing = landing;
            desk.work_on(landing.claimed).await;
        });
    }

    async fn renew(&self) {
        let WorkerParts { channel, desk, under_way } = &self.parts;
        let now = desk.clock.now();
        let claimed: Vec<Claimed> = under_way.messages.iter().map(|claimed| *claimed).collect();
        let renewed = async {
            if !claimed.is_empty() {
                outbox::keep(&desk.store, &claimed, now).await?;
            }
            outbox::backlog(&desk.store, *channel).await
        };
        match renewed.await {
            Ok(backlog) => {
                desk.metrics.waiting(*channel, backlog.depth, seconds(backlog.oldest, now));
            }
            Err(error) => tracing::warn!(%error, "what waits to be sent could not be looked at"),
        }
    }
}

fn seconds(oldest: Option<Timestamp>, now: Timestamp) -> i64 {
    oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0))
}
