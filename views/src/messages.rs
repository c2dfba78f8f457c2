//! Messages: a list of them, one with its words, and those of an appointment.

mod beside;
mod detail;
mod list;
mod words;

use domain::ids::{AppointmentId, NotificationId};
use domain::money::Money;
use domain::notifications::{Channel, Receipt, Status, Topic};
use jiff::Timestamp;

pub(crate) use beside::of_appointment;
pub use detail::{Opened, page as detail};
pub use list::{Delay, Listed, page as list};

/// A message.
pub struct Message {
    /// Its name.
    pub id: NotificationId,
    /// How it goes.
    pub channel: Channel,
    /// What it is about.
    pub topic: Topic,
    /// A mail address, a telephone number, or what stands for the admins.
    pub recipient: String,
    /// The appointment it tells of.
    pub appointment: Option<AppointmentId>,
    /// Whose that is.
    pub guest: Option<String>,
    /// What became of it.
    pub status: Status,
    /// What its carrier says.
    pub receipt: Receipt,
    /// What was charged for it.
    pub cost: Money,
    /// Why it was not sent, or not yet.
    pub why: Option<String>,
    /// Tries so far.
    pub attempts: u32,
    /// Of one that waits: when it is tried next.
    pub due_at: Timestamp,
    /// When its carrier accepted it.
    pub sent_at: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Somebody asked for it by hand.
    pub is_resend: bool,
    /// Of a text message that was sent.
    pub parts: Option<u32>,
}
