//! What leaves the house.

pub mod background;
pub mod email;
pub mod sign_in;
