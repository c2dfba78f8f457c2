//! What leaves the house.

pub mod background;
pub mod email;
pub mod not_sent;
pub mod sign_in;
pub mod sms;
