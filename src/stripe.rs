//! Stripe: makes the page on which a customer pays, and knows what Stripe itself has said.
//!
//! No card ever comes near us: payers are sent to Stripe's own page (Checkout) by a link. That somebody has
//! paid is told by Stripe's webhook alone, never by the browser that comes back. What an event means is in
//! [`domain::stripe`], who answers it in `http::stripe`.

pub mod checkout;
pub mod signature;

use std::sync::Arc;

use anyhow::{Context, bail};

pub use self::checkout::{Checkout, Failed, Session, Wish};
use crate::config::{Config, Secret};
use crate::egress::Egress;

/// What is set of Stripe.
#[derive(Default)]
pub struct Stripe {
    /// Makes pages to pay on; `None` without an account.
    pub checkout: Option<Checkout>,
    /// What Stripe tells is signed with it; `None` where it tells us nothing.
    pub webhook_secret: Option<Secret>,
}

impl Stripe {
    /// As configured. A key without the other secret is refused: payments would be taken, and no balance
    /// would ever be raised for them. The other way round is good: what was paid before is still told.
    pub fn new(config: &Config, egress: Option<Arc<Egress>>) -> anyhow::Result<Self> {
        let is_set = |secret: &&Secret| !secret.reveal().trim().is_empty();
        let webhook_secret = config.stripe_webhook_secret.as_ref().filter(is_set).cloned();
        let key = config.stripe_secret_key.as_ref().filter(is_set);
        if key.is_some() && webhook_secret.is_none() {
            bail!(
                "STRIPE_SECRET_KEY needs STRIPE_WEBHOOK_SECRET beside it: without what Stripe tells, payments \
                 would be taken and no balance raised. Make an endpoint for /api/v1/webhook/stripe at Stripe \
                 and set the secret it shows"
            );
        }
        let checkout = match (key, egress) {
            (Some(key), Some(egress)) => {
                let checkout = Checkout::new(egress, &config.stripe_api_base, key);
                Some(checkout.context("use STRIPE_SECRET_KEY and STRIPE_API_BASE")?)
            }
            _ => None,
        };
        Ok(Self { checkout, webhook_secret })
    }
}
