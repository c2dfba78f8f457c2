//! Who may do what: the whole policy in one match, deny by default.
//!
//! A role is a ceiling, the flags widen within it. The server asks here and nowhere else; whose
//! rows are meant is not a question of rights but of the tenant the viewer belongs to.

mod accounts;

use serde::{Deserialize, Serialize};

pub use accounts::{AGENT_ID_MAX, BINDINGS_MAX, USERS_MAX, UserRefusal, UserStatus, agent_ids, numbers};

use crate::ids::CustomerId;

/// A role within a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs the business.
    Admin,
    /// Works there.
    User,
    /// Looks on: never downloads, never edits.
    Viewer,
}

impl Role {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::User => "user",
            Role::Viewer => "viewer",
        }
    }

    /// Reads [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Role::Admin, Role::User, Role::Viewer].into_iter().find(|role| role.as_str() == text)
    }
}

/// What a user may beyond the least of the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions {
    /// Keep a recording, not only play it.
    pub can_download_recordings: bool,
    /// See the calls of others.
    pub can_view_all_calls: bool,
    /// Book, move, cancel, mark; hours and blocked dates.
    pub can_manage_calendar: bool,
}

/// Whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Not signed in.
    Nobody,
    /// A user of one customer.
    Member {
        /// Whose user.
        customer: CustomerId,
        /// The ceiling.
        role: Role,
        /// The flags.
        permissions: Permissions,
        /// The customer is suspended: the portal is read-only.
        is_suspended: bool,
    },
    /// The platform's owner.
    SuperAdmin,
    /// The platform's owner acting as a customer's admin; cannot touch rights, secrets or keys.
    Impersonator {
        /// As whose admin.
        customer: CustomerId,
    },
}

/// A field of a customer's settings that somebody may want to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsField {
    /// `name`, `company`, `phone`.
    Profile,
    /// `low_balance_alert`.
    LowBalanceAlert,
    /// `timezone`.
    TimeZone,
    /// `sms_enabled`, `email_enabled`, reminders and templates.
    Messages,
    /// The key with which Retell signs.
    RetellKey,
    /// Rates, fee and billing increment.
    Rates,
    /// Tax rate and name.
    Tax,
    /// Active, suspended, closed.
    Status,
    /// The balance, by credit or adjustment.
    Balance,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See calls and transcripts assigned to oneself, and play them.
    ViewOwnCalls,
    /// See all calls of the customer.
    ViewAllCalls,
    /// Give a call to a user.
    AssignCalls,
    /// Keep a recording.
    DownloadRecording,
    /// See appointments and hours.
    ViewCalendar,
    /// Change appointments, hours and blocked dates.
    ManageCalendar,
    /// See costs, balance, invoices, messages and webhook deliveries.
    ViewBilling,
    /// Pay.
    TopUp,
    /// See who the users are.
    ViewUsers,
    /// Invite, change and remove users.
    ManageUsers,
    /// See the settings.
    ViewSettings,
    /// Write one field of the settings.
    WriteSettings(SettingsField),
    /// Rotate or show the key in the Retell URLs.
    ManageApiKey,
    /// Everything under `/admin`.
    RunPlatform,
}

impl Viewer {
    /// The policy.
    pub fn may(&self, action: Action) -> bool {
        match *self {
            Viewer::Nobody => false,
            Viewer::SuperAdmin => action == Action::RunPlatform,
            Viewer::Impersonator { .. } => {
                let touches_secrets = matches!(
                    action,
                    Action::ManageUsers
                        | Action::ManageApiKey
                        | Action::WriteSettings(SettingsField::RetellKey)
                );
                !touches_secrets && member_may(Role::Admin, Permissions::default(), false, action)
            }
            Viewer::Member { role, permissions, is_suspended, .. } => {
                member_may(role, permissions, is_suspended, action)
            }
        }
    }

    /// Whether only the customer's suspension stands in the way.
    pub fn would_if_active(&self, action: Action) -> bool {
        match *self {
            Viewer::Member { customer, role, permissions, is_suspended: true } => {
                Viewer::Member { customer, role, permissions, is_suspended: false }.may(action)
            }
            _ => false,
        }
    }

    /// The customer whose rows the viewer may name at all.
    pub fn customer(&self) -> Option<CustomerId> {
        match *self {
            Viewer::Member { customer, .. } | Viewer::Impersonator { customer } => Some(customer),
            Viewer::Nobody | Viewer::SuperAdmin => None,
        }
    }
}

fn member_may(role: Role, flags: Permissions, is_suspended: bool, action: Action) -> bool {
    let is_admin = role == Role::Admin;
    let may_edit = !is_suspended;
    match action {
        Action::ViewOwnCalls | Action::ViewCalendar => true,
        Action::ViewAllCalls => is_admin || flags.can_view_all_calls,
        Action::DownloadRecording => is_admin || (role == Role::User && flags.can_download_recordings),
        Action::ManageCalendar => may_edit && (is_admin || (role == Role::User && flags.can_manage_calendar)),
        Action::ViewBilling | Action::TopUp | Action::ViewUsers | Action::ViewSettings => is_admin,
        Action::ManageUsers | Action::ManageApiKey | Action::AssignCalls => is_admin && may_edit,
        Action::WriteSettings(field) => {
            is_admin
                && may_edit
                && match field {
                    SettingsField::Profile
                    | SettingsField::LowBalanceAlert
                    | SettingsField::TimeZone
                    | SettingsField::Messages
                    | SettingsField::RetellKey => true,
                    SettingsField::Rates
                    | SettingsField::Tax
                    | SettingsField::Status
                    | SettingsField::Balance => false,
                }
        }
        Action::RunPlatform => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Action; 21] = [
        Action::ViewOwnCalls,
        Action::ViewAllCalls,
        Action::DownloadRecording,
        Action::ViewCalendar,
        Action::ManageCalendar,
        Action::ViewBilling,
        Action::TopUp,
        Action::ViewUsers,
        Action::ManageUsers,
        Action::ViewSettings,
        Action::ManageApiKey,
        Action::RunPlatform,
        Action::WriteSettings(SettingsField::Profile),
        Action::WriteSettings(SettingsField::LowBalanceAlert),
        Action::WriteSettings(SettingsField::TimeZone),
        Action::WriteSettings(SettingsField::Messages),
        Action::WriteSettings(SettingsField::RetellKey),
        Action::WriteSettings(SettingsField::Rates),
        Action::WriteSettings(SettingsField::Tax),
        Action::WriteSettings(SettingsField::Status),
        Action::WriteSettings(SettingsField::Balance),
    ];

    /// One character an action of [`ALL`], in its order.
    fn rights(viewer: Viewer) -> String {
        ALL.iter().map(|action| if viewer.may(*action) { 'x' } else { '.' }).collect()
    }

    fn member(role: Role, flags: bool, is_suspended: bool) -> Viewer {
        let permissions = Permissions {
            can_download_recordings: flags,
            can_view_all_calls: flags,
            can_manage_calendar: flags,
        };
        Viewer::Member { customer: CustomerId(1), role, permissions, is_suspended }
    }

    #[test]
    fn each_role_has_exactly_these_rights() {
        let customer = CustomerId(1);
        assert_eq!(rights(Viewer::Nobody), ".....................");
        assert_eq!(rights(member(Role::Viewer, false, false)), "x..x.................");
        assert_eq!(rights(member(Role::Viewer, true, false)), "xx.x.................");
        assert_eq!(rights(member(Role::User, false, false)), "x..x.................");
        assert_eq!(rights(member(Role::User, true, false)), "xxxxx................");
        assert_eq!(rights(member(Role::User, true, true)), "xxxx.................");
        assert_eq!(rights(member(Role::Admin, false, false)), "xxxxxxxxxxx.xxxxx....");
        assert_eq!(rights(member(Role::Admin, false, true)), "xxxx.xxx.x...........");
        assert_eq!(rights(Viewer::Impersonator { customer }), "xxxxxxxx.x..xxxx.....");
        assert_eq!(rights(Viewer::SuperAdmin), "...........x.........");
        assert_eq!(Viewer::SuperAdmin.customer(), None);
    }
}
