//! Tells customers' own systems what happens: each event that waits for an endpoint goes there, signed.
//!
//! `worker` takes endpoints that have something due, `service` works through what waits at one,
//! `desk` makes one attempt. What is sent (`body`) is made once and kept, how it is signed is in
//! `signature`. When something is tried again and when an endpoint is left in peace are rules of
//! `domain::webhooks`.
//!
//! Invariant: nobody waits for an endpoint but its own events. A place among the healthy is kept for as
//! long as a healthy one takes; whoever takes longer waits among those that do.

mod answer;
mod body;
mod desk;
mod metrics;
mod places;
mod service;
pub mod signature;
mod worker;

use std::sync::Arc;

pub use self::desk::{AttemptResult, Desk};
use self::worker::{UnderWay, Worker, WorkerParts};
use crate::backend::Backend;

/// Delivers the events that wait.
pub struct Delivery {
    desk: Arc<Desk>,
    under_way: UnderWay,
}

impl Delivery {
    /// At this desk. Nothing is sent yet.
    pub fn of(desk: Arc<Desk>) -> Self {
        Self { desk, under_way: UnderWay::default() }
    }

    /// Delivers what is due from now on, by a supervised worker. Without the means to reach anybody nothing is
    /// tried, since each try would be held against the endpoint.
    pub async fn start(&self, backend: &Backend) -> anyhow::Result<()> {
        if self.desk.guard().is_none() {
            tracing::error!("no events are delivered: there are no root certificates to verify anybody with");
            return Ok(());
        }
        let parts = WorkerParts { desk: Arc::clone(&self.desk), under_way: self.under_way.clone() };
        backend.platform().employ("who delivers events", || Worker, parts).await?;
        Ok(())
    }

    /// Takes nothing more, and finishes what is being sent.
    pub async fn stop(&self) {
        self.under_way.end().await;
    }
}
