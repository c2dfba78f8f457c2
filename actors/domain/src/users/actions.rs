//! What somebody may want to do, one by one.

use super::SettingsField;

/// Declares the actions, so that the list the policy is tested with is all of them.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident;)*) => {
        /// What somebody wants to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $action,)*
            /// Write one field of the settings.
            WriteSettings(SettingsField),
        }

        impl Action {
            /// All but those about single fields, which [`SettingsField::ALL`] lists.
            pub const ALL: &[Action] = &[$(Action::$action,)*];
        }
    };
}

actions! {
    /// See calls and transcripts assigned to oneself, and play them.
    ViewOwnCalls;
    /// See all calls of the customer.
    ViewAllCalls;
    /// Give a call to a user.
    AssignCalls;
    /// Keep a recording.
    DownloadRecording;
    /// See appointments and hours.
    ViewCalendar;
    /// Change appointments, hours and blocked dates.
    ManageCalendar;
    /// See costs, balance, invoices, messages and webhook deliveries.
    ViewBilling;
    /// Pay.
    TopUp;
    /// See who the users are.
    ViewUsers;
    /// Invite, change and remove users.
    ManageUsers;
    /// See the settings.
    ViewSettings;
    /// Rotate or show the key in the Retell URLs.
    ManageApiKey;
    /// Say where the customer's own systems hear of events, send there again.
    ManageWebhooks;
    /// Everything under `/admin`.
    RunPlatform;
}
