//! Owns the state of the platform: one supervised actor per customer, written through to PostgreSQL.
//!
//! Who owns what: the tenant actor owns balance, ledger, calls, appointments, calendar, settings
//! and keys of its customer, and nobody else writes them. The journal commits what actors decide,
//! many tenants in one statement. The store is the only place that knows SQL.
//!
//! **Nothing here knows HTTP, HTML or another company.** Reading order: [`tenants`] (find or
//! start), [`tenant`] (decide), [`journal`] (commit, answer), [`store`] (the statements),
//! [`platform`] (supervision).

pub mod arrivals;
pub mod auditor;
pub mod clock;
pub mod error;
mod indexer;
pub mod invoicer;
pub mod journal;
pub mod metrics;
pub mod news;
pub mod platform;
pub mod postgres;
mod reminders;
pub mod secrets;
pub mod store;
pub mod tenant;
pub mod tenants;

use std::time::Duration;

/// Nobody waits longer than this for a tenant, for what it decides or for a connection: a request
/// is answered within two seconds, 503 where there is no other answer.
pub const PATIENCE: Duration = Duration::from_millis(1800);
