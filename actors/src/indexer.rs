//! Puts calls into the search, a little at a time: a call is found within seconds of its commit, and
//! the calls that are being charged meanwhile do not notice.

use std::time::{Duration, Instant};

use ractor::{Actor, ActorProcessingErr, ActorRef};

use crate::clock::Clock;
use crate::store::Store;
use crate::store::search::put_some;

/// How often it looks when nothing was behind.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// It rests this many times as long as it has worked: a quarter of one connection, at most.
const REST: u32 = 3;
/// After an error.
const WAIT_AFTER_ERROR: Duration = Duration::from_secs(5);

/// The actor.
pub(crate) struct Indexer;

/// What it works with.
#[derive(Clone)]
pub(crate) struct IndexerParts {
    pub store: Store,
    pub clock: Clock,
}

/// Time to look.
pub(crate) struct Look;

impl Actor for Indexer {
    type Msg = Look;
    type State = IndexerParts;
    type Arguments = IndexerParts;

    async fn pre_start(
        &self,
        myself: ActorRef<Look>,
        parts: IndexerParts,
    ) -> Result<IndexerParts, ActorProcessingErr> {
        myself.send_after(LOOK_EVERY, || Look);
        Ok(parts)
    }

    async fn handle(
        &self,
        myself: ActorRef<Look>,
        Look: Look,
        parts: &mut IndexerParts,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        let pause = match put_some(&parts.store, parts.clock.now()).await {
            Ok(0) => LOOK_EVERY,
            Ok(_) => began.elapsed() * REST,
            Err(error) => {
                tracing::warn!(%error, "calls could not be put into the search, and will be later");
                WAIT_AFTER_ERROR
            }
        };
        myself.send_after(pause, || Look);
        Ok(())
    }
}
