//! The small vocabulary that every page uses.

mod check;
mod count;
mod field;
mod icon;
pub(crate) mod live;
mod money;
mod pager;
mod panel;
mod tag;
mod when;

pub use check::Check;
pub(crate) use count::count;
pub use field::{Choice, Field, Input};
pub use icon::Icon;
pub use money::{cents, money, quantity};
pub use pager::Pager;
pub use panel::{Head, empty, panel};
pub use tag::{Tag, tag};
pub(crate) use when::DATE_TIME;
pub(crate) use when::zone_name;
pub use when::{Style, When};
