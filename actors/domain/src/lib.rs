//! The rules of the platform: pure functions from values to values.
//!
//! Nothing here waits, reads a clock, touches a network or a database, or uses a float. Whoever
//! needs the time is given `now`. That makes every rule testable by calling it.
//!
//! Reading order: [`ids`], [`money`], [`billing`] (what a call costs, the ledger), [`invoices`], [`calls`] and
//! [`retell`] (what Retell says and what we make of it), [`calendar`] and [`appointments`],
//! [`speech`] (what a language model writes), [`webhooks`] (what customers hear), [`users`] (who may).

pub mod appointments;
pub mod audit;
pub mod auth;
pub mod billing;
pub mod calendar;
pub mod calls;
pub mod customers;
pub mod fees;
pub mod ids;
pub mod invoices;
pub mod money;
pub mod month;
pub mod notifications;
pub mod outlook;
pub mod page;
pub mod period;
pub mod phone;
pub mod platform;
pub mod retell;
pub mod search;
pub mod settings;
pub mod sms;
pub mod sms_replies;
pub mod speech;
pub mod statements;
pub mod stripe;
pub mod template;
pub mod text;
pub mod top_ups;
pub mod usage;
pub mod users;
pub mod webhooks;
