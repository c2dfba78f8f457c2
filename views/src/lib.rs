//! What people read: pure functions from values to pages and mails.
//!
//! The one rule: a view gets values, it never fetches.

mod card;
mod prose;

pub mod account;
pub mod api_docs;
pub mod appointments;
pub mod assets;
pub mod auth;
pub mod billing;
pub mod calendar;
pub mod calls;
pub mod dev_mail;
pub mod error;
pub mod find;
pub mod guest;
pub mod home;
pub mod hours;
pub mod ics;
pub mod invoices;
pub mod layout;
pub mod mail;
pub mod messages;
pub mod parts;
pub mod pdf;
pub mod receipts;
pub mod settings;
pub mod statements;
pub mod top_up;
pub mod users;
pub mod webhooks;
