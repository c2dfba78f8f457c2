//! What people read: pure functions from values to pages.
//!
//! The one rule: a view gets values, it never fetches.

pub mod home;
