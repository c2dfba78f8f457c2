//! A guest that there is not, to show what a template says: theirs is the name, ours the business.

use actors::store::settings::Account;
use domain::speech::{date_in_words, time_in_words};
use domain::template::Values;
use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::guest_links::{cancel_url, move_url};
use crate::http::Edge;

/// As long as those of guests, and nobody's.
const TOKEN: &str = "7hq2mzk4tw9xv3nd8sf6cbjr5p";

/// An appointment of that guest.
pub struct Sample {
    date: String,
    time: String,
    company_name: String,
    company_phone: Option<String>,
    cancellation_link: String,
    reschedule_link: String,
}

impl Sample {
    /// In three days, at this business.
    pub fn of(edge: &Edge, account: &Account) -> Self {
        let profile = &account.profile;
        let zone = TimeZone::get(&profile.timezone).unwrap_or(TimeZone::UTC);
        let day = zone.to_datetime(edge.clock.now()).date().saturating_add(3.days());
        Self {
            date: date_in_words(day),
            time: time_in_words(Time::constant(14, 30, 0, 0)),
            company_name: profile.company.clone().unwrap_or_else(|| profile.name.clone()),
            company_phone: profile.phone.clone(),
            cancellation_link: cancel_url(&edge.public_url, TOKEN),
            reschedule_link: move_url(&edge.public_url, TOKEN),
        }
    }

    /// What a template is filled with.
    pub fn values(&self, has_email: bool) -> Values<'_> {
        Values {
            guest_name: Some("Ana Ruiz"),
            date: &self.date,
            time: &self.time,
            company_name: &self.company_name,
            company_phone: self.company_phone.as_deref(),
            cancellation_link: &self.cancellation_link,
            reschedule_link: &self.reschedule_link,
            has_email,
        }
    }
}
