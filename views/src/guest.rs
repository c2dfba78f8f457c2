//! What guests see behind the link in their messages: their appointment, other times for it, and the
//! way out. Nobody signs in here, and looking changes nothing.
//!
//! Times are written as the business's clock shows them; `guest.js` puts the guest's own beside them
//! where that shows something else.

mod appointment;
mod cancel;
mod choose;
mod lost;
mod shell;
mod when;

use domain::appointments::Appointment;
use jiff::tz::TimeZone;
use maud::{Markup, html};

pub use appointment::{Happened, Moving, Standing, appointment};
pub use cancel::cancel;
pub use choose::{Obstacle, choose};
pub use lost::{failed, unknown};

/// What every page about an appointment says.
pub struct Guest<'a> {
    /// The platform's name.
    pub platform: &'a str,
    /// The business's, as callers know it.
    pub business: &'a str,
    /// Where it is called, if it has said so.
    pub phone: Option<&'a str>,
    /// Where it is.
    pub zone: &'a TimeZone,
    /// The address of the appointment's page; the others are below it.
    pub path: &'a str,
    /// As it is now.
    pub appointment: &'a Appointment,
}

impl Guest<'_> {
    /// "call us at +1…", or without a number what is left.
    fn call_us(&self) -> Markup {
        html! {
            @match self.phone {
                Some(phone) => { "call us at " a.num href={ "tel:" (phone) } { (phone) } },
                None => { "get in touch with " (self.business) },
            }
        }
    }
}
