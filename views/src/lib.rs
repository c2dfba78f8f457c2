//! What people read: pure functions from values to pages and mails.
//!
//! The one rule: a view gets values, it never fetches.

mod card;
mod prose;

pub mod api_docs;
pub mod auth;
pub mod dev_mail;
pub mod home;
pub mod mail;
