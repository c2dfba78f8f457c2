//! Work that a request begins and does not wait for: bounded, and finished before the server stops.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// Jobs waiting or under way; beyond it the request is told to come back.
const JOBS_MAX: usize = 1000;
/// Jobs under way at once.
const JOBS_AT_ONCE: usize = 8;
/// Jobs left when the server stops may take this long.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs jobs, each in a task of its own, so that one that panics takes nobody along.
#[derive(Clone)]
pub struct Background {
    places: Arc<Semaphore>,
    working: Arc<Semaphore>,
    tracker: TaskTracker,
}

/// There is no place for another job.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many jobs are waiting")]
pub struct Full;

impl Default for Background {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(JOBS_MAX)),
            working: Arc::new(Semaphore::new(JOBS_AT_ONCE)),
            tracker: TaskTracker::new(),
        }
    }
}

impl Background {
    /// Begins a job when its turn comes.
    pub fn begin(&self, job: impl Future<Output = ()> + Send + 'static) -> Result<(), Full> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full)?;
        let working = Arc::clone(&self.working);
        self.tracker.spawn(async move {
            let _turn = working.acquire().await;
            job.await;
            drop(place);
        });
        Ok(())
    }

    /// Waits for the jobs that were begun, for a while.
    pub async fn stop(&self) {
        self.tracker.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, self.tracker.wait()).await.is_err() {
            tracing::warn!(jobs = self.tracker.len(), "jobs were cut off that did not end in time");
        }
    }
}
