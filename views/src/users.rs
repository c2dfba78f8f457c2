//! The people of a business: who they are, what each may do, and the form of a new one.

mod form;
mod list;
mod member;
mod words;

pub use form::{Fields, New, page as new};
pub use list::{Listed, page as list};
pub use member::{Opened, page as member};

use domain::users::{Role, UserStatus};
use jiff::Timestamp;

/// Somebody of the team.
pub struct Member {
    /// By which their page is found.
    pub id: String,
    /// As others know them; the address where nobody has said.
    pub name: String,
    /// By which they sign in.
    pub email: String,
    /// The ceiling.
    pub role: Role,
    /// Whether they can sign in.
    pub status: UserStatus,
    /// What they may do, in sentences.
    pub rights: Vec<&'static str>,
    /// When they last signed in.
    pub last_login: Option<Timestamp>,
    /// When they were first invited.
    pub created_at: Timestamp,
    /// Whether it is whoever reads this.
    pub is_reader: bool,
}
