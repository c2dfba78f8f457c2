//! How a role and a state are called.

use domain::users::{Role, UserStatus};
use maud::Markup;

use super::Member;
use crate::parts::{Tag, tag};

/// Each role with what it means.
pub(super) const ROLES: [(Role, &str, &str); 3] = [
    (
        Role::Admin,
        "Admin",
        "Runs the business here: sees and does everything, also money, team and settings.",
    ),
    (Role::User, "Staff", "Works here: sees calls and the calendar. The permissions below add to that."),
    (Role::Viewer, "Viewer", "Only looks on: never changes anything and never downloads."),
];

pub(super) fn role(role: Role) -> &'static str {
    ROLES.iter().find(|(known, ..)| *known == role).map_or("", |(_, name, _)| name)
}

/// What is not as usual about somebody.
pub(super) fn state(member: &Member) -> Option<Markup> {
    match member.status {
        UserStatus::Invited => Some(tag(Tag::Warn, "Invited")),
        UserStatus::Disabled => Some(tag(Tag::Bad, "Removed")),
        UserStatus::Active => member.is_reader.then(|| tag(Tag::Neutral, "You")),
    }
}
