//! Knows when the last of a tenant's entries has been answered.

use std::sync::Arc;

use tokio::sync::Notify;

/// Counts a tenant's entries that are not answered yet. Every entry's answer holds a clone.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Last>);

#[derive(Default)]
struct Last(Arc<Notify>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl InFlight {
    /// Waits until all clones but this one are gone.
    pub async fn end(self) {
        let last = Arc::clone(&self.0.0);
        drop(self);
        last.notified().await;
    }
}
