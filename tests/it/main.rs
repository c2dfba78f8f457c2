//! The platform seen from outside: a real server, a real database, fakes only for other companies.
//!
//! One binary, one file a feature. One test: `cargo test --test it a_call_delivered_twice`. The
//! long forms run with `VOICE_TEST_LONG=1`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that panics has failed, and seeds are printed"
)]

mod harness;

mod appointments;
mod appointments_api;
mod audit_log;
mod auditor;
mod auth;
mod bad_input;
mod billing;
mod billing_api;
mod calendar;
mod calls;
mod calls_api;
mod commands;
mod corrections;
mod customers;
mod deliveries;
mod egress;
mod email;
mod first_run;
mod guest;
mod invoices;
mod invoices_api;
mod journal;
mod limits;
mod lost_calls;
mod model;
mod notifications;
mod notifications_api;
mod openapi;
mod policy;
mod portal;
mod portal_appointments;
mod portal_billing;
mod portal_calendar;
mod portal_calls;
mod portal_find;
mod portal_home;
mod portal_hours;
mod portal_invoices;
mod portal_live;
mod portal_messages;
mod portal_settings;
mod portal_templates;
mod portal_users;
mod portal_webhooks;
mod private_postgres;
mod reads;
mod recordings;
mod recovery;
mod schema;
mod server;
mod settings;
mod signature;
mod sms;
mod statements;
mod templates;
mod tenancy;
mod tenants;
mod top_ups;
mod transport_security;
mod users;
mod webhook_snippets;
mod webhooks;
mod webhooks_api;
