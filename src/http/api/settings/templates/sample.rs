//! A guest that there is not, to show what a template says: theirs is the name, ours the business.

use actors::store::settings::Account;
use domain::speech::{date_in_words, time_in_words};
use domain::template::Values;
use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::http::Edge;

/// As long as those that guests get, and known to nobody.
const LINK: &str = "7hq2mzk4tw9xv3nd8sf6cbjr5pylgae";

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
        let link = |word: &str| format!("{}/{word}/{LINK}", edge.public_url);
        Self {
            date: date_in_words(day),
            time: time_in_words(Time::constant(14, 30, 0, 0)),
            company_name: profile.company.clone().unwrap_or_else(|| profile.name.clone()),
            company_phone: profile.phone.clone(),
            cancellation_link: link("cancel"),
            reschedule_link: link("move"),
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
