//! Who may do what: the whole policy in one match, deny by default.
//!
//! A role is a ceiling, the flags widen within it. The server asks here and nowhere else; whose
//! rows are meant is not a question of rights but of the tenant the viewer belongs to.

mod accounts;
mod actions;
mod fields;

use serde::{Deserialize, Serialize};

pub use accounts::{AGENT_ID_MAX, BINDINGS_MAX, USERS_MAX, UserRefusal, UserStatus, agent_ids, numbers};
pub use actions::Action;
pub use fields::SettingsField;

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
                        | Action::ManageWebhooks
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
        Action::ManageUsers | Action::ManageApiKey | Action::ManageWebhooks | Action::AssignCalls => {
            is_admin && may_edit
        }
        Action::WriteSettings(field) => is_admin && may_edit && field.is_the_customers(),
        Action::RunPlatform => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One character an action of [`Action::ALL`], in its order.
    fn rights(viewer: Viewer) -> String {
        Action::ALL.iter().map(|action| if viewer.may(*action) { 'x' } else { '.' }).collect()
    }

    /// The names of the fields that may be written.
    fn writes(viewer: Viewer) -> Vec<&'static str> {
        let fields = SettingsField::ALL.iter().filter(|field| viewer.may(Action::WriteSettings(**field)));
        fields.map(|field| field.name()).collect()
    }

    fn member(role: Role, flags: bool, is_suspended: bool) -> Viewer {
        let permissions = Permissions {
            can_download_recordings: flags,
            can_view_all_calls: flags,
            can_manage_calendar: flags,
        };
        Viewer::Member { customer: CustomerId(1), role, permissions, is_suspended }
    }

    fn everybody() -> Vec<Viewer> {
        let roles = [Role::Admin, Role::User, Role::Viewer];
        let members = roles.into_iter().flat_map(|role| {
            [(false, false), (false, true), (true, false), (true, true)]
                .map(|(flags, is_suspended)| member(role, flags, is_suspended))
        });
        let others = [Viewer::Nobody, Viewer::SuperAdmin, Viewer::Impersonator { customer: CustomerId(1) }];
        others.into_iter().chain(members).collect()
    }

    #[test]
    fn each_role_has_exactly_these_rights() {
        let customer = CustomerId(1);
        assert_eq!(rights(Viewer::Nobody), "..............");
        assert_eq!(rights(member(Role::Viewer, false, false)), "x...x.........");
        assert_eq!(rights(member(Role::Viewer, true, false)), "xx..x.........");
        assert_eq!(rights(member(Role::User, false, false)), "x...x.........");
        assert_eq!(rights(member(Role::User, true, false)), "xx.xxx........");
        assert_eq!(rights(member(Role::User, true, true)), "xx.xx.........");
        assert_eq!(rights(member(Role::Admin, false, false)), "xxxxxxxxxxxxx.");
        assert_eq!(rights(member(Role::Admin, false, true)), "xx.xx.xxx.x...");
        assert_eq!(rights(Viewer::Impersonator { customer }), "xxxxxxxxx.x...");
        assert_eq!(rights(Viewer::SuperAdmin), ".............x");
        assert_eq!(Viewer::SuperAdmin.customer(), None);
    }

    #[test]
    fn each_field_is_written_by_exactly_these() {
        let own = [
            "name",
            "company",
            "phone",
            "timezone",
            "low_balance_alert",
            "sms_enabled",
            "email_enabled",
            "reminder_minutes",
            "templates",
            "slot_step_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "minimum_notice_minutes",
            "horizon_days",
            "default_duration_minutes",
            "upcoming_per_caller_max",
            "billing_address",
            "retell_key",
        ];
        for viewer in everybody() {
            match viewer {
                Viewer::Member { role: Role::Admin, is_suspended: false, .. } => {
                    assert_eq!(writes(viewer), own)
                }
                Viewer::Impersonator { .. } => assert_eq!(writes(viewer), own[..own.len() - 1]),
                _ => assert_eq!(writes(viewer), [""; 0], "{viewer:?}"),
            }
        }
        let platforms: Vec<&str> = SettingsField::ALL
            .iter()
            .filter(|field| !field.is_the_customers())
            .map(|field| field.name())
            .collect();
        assert_eq!(
            platforms,
            [
                "rate_per_minute",
                "rate_per_sms",
                "rate_per_email",
                "sms_charged_per",
                "monthly_fee",
                "billing_increment_seconds",
                "billing_minimum_seconds",
                "tax_rate",
                "tax_name",
                "status",
                "balance",
                "email",
            ]
        );
        assert!(SettingsField::ALL.iter().all(|field| SettingsField::parse(field.name()) == Some(*field)));
        assert_eq!(SettingsField::parse("rates"), None);
    }
}
