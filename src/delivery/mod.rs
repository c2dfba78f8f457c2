//! What leaves the house.
//!
//! Messages to guests wait in the database: [`worker`] takes what is due, [`desk`] decides whether it
//! still goes out and sends it, the tenant charges it. Mails with which people sign in wait in memory
//! ([`background`], [`sign_in`]). What customers' own systems are told goes its own way ([`webhooks`]).

pub mod background;
pub mod desk;
pub mod email;
pub mod letter;
pub mod metrics;
pub mod not_sent;
pub mod sign_in;
pub mod sms;
mod smtp;
pub mod webhooks;
pub mod worker;
pub mod writing;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use domain::notifications::Channel;

use crate::backend::Backend;
use crate::config::Config;
use desk::Desk;
use email::Mailer;
use metrics::Metrics;
use sms::Texter;
use worker::{UnderWay, Worker, WorkerParts};
use writing::Writer;

/// Sends the messages and delivers the events that wait.
pub struct Delivery {
    desk: Arc<Desk>,
    under_way: [(Channel, UnderWay); 2],
    webhooks: webhooks::Delivery,
}

impl Delivery {
    /// From the settings. Nothing is sent yet, nor connected.
    pub fn prepare(
        config: &Config,
        backend: &Backend,
        listening: SocketAddr,
        webhooks: Arc<webhooks::Desk>,
    ) -> anyhow::Result<Self> {
        let mailer = Mailer::new(config)?;
        let desk = Desk {
            store: backend.store.clone(),
            tenants: backend.tenants().clone(),
            clock: backend.clock.clone(),
            metrics: Metrics::new(&backend.registry).context("register the metrics")?,
            texter: Texter::new(config, &mailer)?,
            writer: Writer {
                store: backend.store.clone(),
                vault: backend.vault.clone(),
                platform_name: config.platform_name.clone(),
                public_url: config.public_url(listening),
                currency: config.currency.clone(),
                sender: mailer.sender().email.to_string(),
            },
            mailer,
        };
        let under_way = Channel::ALL.map(|channel| (channel, UnderWay::default()));
        Ok(Self { desk: Arc::new(desk), under_way, webhooks: webhooks::Delivery::of(webhooks) })
    }

    /// Sends what is due from now on, each way by a supervised worker of its own.
    pub async fn start(&self, backend: &Backend) -> anyhow::Result<()> {
        for (channel, under_way) in &self.under_way {
            let name = match channel {
                Channel::Email => "who sends mails",
                Channel::Sms => "who sends text messages",
            };
            let (desk, under_way) = (Arc::clone(&self.desk), under_way.clone());
            let parts = WorkerParts { channel: *channel, desk, under_way };
            backend.platform().employ(name, || Worker, parts).await?;
        }
        self.webhooks.start(backend).await
    }

    /// Takes nothing more, and finishes what is being sent.
    pub async fn stop(&self) {
        let [(_, one), (_, other)] = &self.under_way;
        tokio::join!(one.end(), other.end(), self.webhooks.stop());
    }
}
