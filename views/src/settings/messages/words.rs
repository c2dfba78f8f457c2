//! What occasions, ways and variables are called.

use domain::notifications::{Channel, Occasion};
use domain::template::Variable;

pub(super) fn title(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Booked => "Booked",
        Occasion::Moved => "Moved",
        Occasion::Cancelled => "Cancelled",
        Occasion::Reminder => "Reminder",
    }
}

/// When it is sent.
pub(super) fn when(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Booked => "As soon as an appointment is made, by your assistant or by your team.",
        Occasion::Moved => "As soon as an appointment has another time.",
        Occasion::Cancelled => "As soon as an appointment is called off.",
        Occasion::Reminder => "Before the appointment, as often and as early as you choose.",
    }
}

pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "E-mail",
        Channel::Sms => "Text message",
    }
}

/// The address of its editor.
pub(super) fn path(occasion: Occasion, channel: Channel) -> String {
    format!("/settings/messages/{}/{}", occasion.as_str(), channel.as_str())
}

/// The variables as they are offered: of two names for one value, one.
pub(super) const OFFERED: [(Variable, &str); 8] = [
    (Variable::FirstName, "First name"),
    (Variable::GuestName, "Full name"),
    (Variable::Date, "Date"),
    (Variable::Time, "Time"),
    (Variable::CompanyName, "Your business"),
    (Variable::CompanyPhone, "Your number"),
    (Variable::RescheduleLink, "Link to move"),
    (Variable::CancellationLink, "Link to cancel"),
];
