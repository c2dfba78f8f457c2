//! Appointments: a list of them, one with what can be done about it, and a new one.

mod detail;
mod form;
mod list;
mod words;

pub use detail::{Notice, Opened, Tried, page as detail, taken};
pub use form::{Fields, New, page as new};
pub use list::{Listed, Tab, page as list};
pub(crate) use words::{guest_name, length, source, state};
