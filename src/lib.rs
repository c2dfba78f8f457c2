//! The server: the only crate that knows HTTP, the command line and where secrets come from.
//!
//! Bird's eye view: a request enters through [`http`], which finds its tenant, checks who sent it
//! and parses it; the tenant's actor (crate `actors`) decides and answers after the commit; the
//! rules are in `domain`, what people see in `views`. Reading order: [`app`] (what runs),
//! [`http`] (every route on one screen), [`backend`], [`database`], [`egress`] (whom we speak to),
//! [`commands`], [`config`].
//!
//! **No SQL, no arithmetic on money, no rule about slots, no HTML here.**

pub mod app;
pub mod backend;
pub mod commands;
pub mod config;
pub mod database;
pub mod delivery;
pub mod documents;
pub mod egress;
pub mod guest_links;
pub mod http;
pub mod network;
mod recordings;
pub mod retell;
pub mod stripe;
pub mod telemetry;
