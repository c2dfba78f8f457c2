//! Starts the real thing for one test, and speaks to it as others do.

pub mod app;
pub mod clicksend;
pub mod db;
pub mod inbox;
pub mod program;
pub mod receiver;
pub mod retell;
pub mod seam;
pub mod smtp;
pub mod stripe;
pub mod visitor;
pub mod waiting;
pub mod workspace;

pub use app::{Customer, Options, TestApp};
