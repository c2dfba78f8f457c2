//! What somebody wants to be different about a customer: any of its fields, all at once or none.

use super::{Invoicing, InvoicingRefusal, Settings, SettingsRefusal};
use crate::billing::{Rates, SmsUnit};
use crate::calendar::BookingRules;
use crate::customers::{Profile, RegistrationRefusal};
use crate::invoices::{ADDRESS_MAX, Percent, Tax};
use crate::money::Money;
use crate::notifications::Reminders;
use crate::text::kept;

/// Fields to change; `None` leaves one as it is. Address, status and balance are not among them:
/// they have commands of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// The person to speak to.
    pub name: Option<String>,
    /// The business; `Some(None)` takes it away.
    pub company: Option<Option<String>>,
    /// The business's own number; `Some(None)` takes it away.
    pub phone: Option<Option<String>>,
    /// IANA name.
    pub timezone: Option<String>,
    /// For sixty seconds of a call.
    pub rate_per_minute: Option<Money>,
    /// For one text message.
    pub rate_per_sms: Option<Money>,
    /// For one mail.
    pub rate_per_email: Option<Money>,
    /// On the first of the month.
    pub monthly_fee: Option<Money>,
    /// Seconds are rounded up to its multiples.
    pub billing_increment_seconds: Option<u32>,
    /// A call counts as at least so many seconds.
    pub billing_minimum_seconds: Option<u32>,
    /// Below it the balance is low.
    pub low_balance_alert: Option<Money>,
    /// Text messages to guests.
    pub sms_enabled: Option<bool>,
    /// Mails to guests.
    pub email_enabled: Option<bool>,
    /// Minutes before the begin.
    pub reminder_minutes: Option<Vec<u32>>,
    /// What the price of a text message is for.
    pub sms_charged_per: Option<SmsUnit>,
    /// Distance of two slots; `Some(None)` takes the duration asked for.
    pub slot_step_minutes: Option<Option<u32>>,
    /// Kept free before a slot.
    pub buffer_before_minutes: Option<u32>,
    /// Kept free after a slot.
    pub buffer_after_minutes: Option<u32>,
    /// How soon a slot can be taken.
    pub minimum_notice_minutes: Option<u32>,
    /// How many days ahead.
    pub horizon_days: Option<u32>,
    /// Of an appointment where nothing is said.
    pub default_duration_minutes: Option<u32>,
    /// Upcoming appointments of one caller's number.
    pub upcoming_per_caller_max: Option<u32>,
    /// Lines of the address on invoices; `Some(None)` takes it away.
    pub billing_address: Option<Option<String>>,
    /// Instead of the platform's tax; `Some(None)` goes back to that.
    pub tax_rate: Option<Option<Percent>>,
    /// What it is called; `Some(None)`: just tax.
    pub tax_name: Option<Option<String>>,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditRefusal {
    /// Who the customer would be.
    #[error(transparent)]
    Profile(#[from] RegistrationRefusal),
    /// What would be set.
    #[error(transparent)]
    Settings(#[from] SettingsRefusal),
}

impl EditRefusal {
    /// The name of the field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            EditRefusal::Profile(refusal) => refusal.field(),
            EditRefusal::Settings(refusal) => refusal.field(),
        }
    }
}

impl Edit {
    /// Everything that can be changed about who the customer is.
    pub fn of_profile(profile: Profile) -> Self {
        let Profile { name, company, email: _, phone, timezone, status: _ } = profile;
        Self {
            name: Some(name),
            company: Some(company),
            phone: Some(phone),
            timezone: Some(timezone),
            ..Self::default()
        }
    }

    /// Everything that can be set.
    pub fn of_settings(settings: Settings) -> Self {
        let Settings { rates, low_balance_alert, sms_enabled, email_enabled, reminders, booking, invoicing } =
            settings;
        Self {
            rate_per_minute: Some(rates.per_minute),
            rate_per_sms: Some(rates.per_sms),
            rate_per_email: Some(rates.per_email),
            monthly_fee: Some(rates.monthly_fee),
            billing_increment_seconds: Some(rates.increment_seconds),
            billing_minimum_seconds: Some(rates.minimum_seconds),
            low_balance_alert: Some(low_balance_alert),
            sms_enabled: Some(sms_enabled),
            email_enabled: Some(email_enabled),
            reminder_minutes: Some(reminders.minutes().to_vec()),
            sms_charged_per: Some(rates.sms_charged_per),
            slot_step_minutes: Some(booking.slot_step_minutes),
            buffer_before_minutes: Some(booking.buffer_before_minutes),
            buffer_after_minutes: Some(booking.buffer_after_minutes),
            minimum_notice_minutes: Some(booking.minimum_notice_minutes),
            horizon_days: Some(booking.horizon_days),
            default_duration_minutes: Some(booking.default_duration_minutes),
            upcoming_per_caller_max: Some(booking.upcoming_per_caller_max),
            billing_address: Some(invoicing.billing_address),
            tax_rate: Some(invoicing.tax.as_ref().map(|tax| tax.rate)),
            tax_name: Some(invoicing.tax.and_then(|tax| tax.name)),
            ..Self::default()
        }
    }

    /// The customer as it would be, checked.
    pub fn apply(&self, profile: &Profile, settings: &Settings) -> Result<(Profile, Settings), EditRefusal> {
        let settings = self.settings(settings)?;
        settings.validate()?;
        Ok((self.profile(profile).register()?, settings))
    }

    fn profile(&self, now: &Profile) -> Profile {
        Profile {
            name: self.name.clone().unwrap_or_else(|| now.name.clone()),
            company: self.company.clone().unwrap_or_else(|| now.company.clone()),
            email: now.email.clone(),
            phone: self.phone.clone().unwrap_or_else(|| now.phone.clone()),
            timezone: self.timezone.clone().unwrap_or_else(|| now.timezone.clone()),
            status: now.status,
        }
    }

    fn settings(&self, now: &Settings) -> Result<Settings, SettingsRefusal> {
        let (rates, booking) = (&now.rates, &now.booking);
        let reminders = match &self.reminder_minutes {
            Some(minutes) => Reminders::new(minutes.clone())?,
            None => now.reminders.clone(),
        };
        Ok(Settings {
            rates: Rates {
                per_minute: self.rate_per_minute.unwrap_or(rates.per_minute),
                per_sms: self.rate_per_sms.unwrap_or(rates.per_sms),
                per_email: self.rate_per_email.unwrap_or(rates.per_email),
                monthly_fee: self.monthly_fee.unwrap_or(rates.monthly_fee),
                increment_seconds: self.billing_increment_seconds.unwrap_or(rates.increment_seconds),
                minimum_seconds: self.billing_minimum_seconds.unwrap_or(rates.minimum_seconds),
                sms_charged_per: self.sms_charged_per.unwrap_or(rates.sms_charged_per),
            },
            low_balance_alert: self.low_balance_alert.unwrap_or(now.low_balance_alert),
            sms_enabled: self.sms_enabled.unwrap_or(now.sms_enabled),
            email_enabled: self.email_enabled.unwrap_or(now.email_enabled),
            reminders,
            booking: BookingRules {
                slot_step_minutes: self.slot_step_minutes.unwrap_or(booking.slot_step_minutes),
                buffer_before_minutes: self.buffer_before_minutes.unwrap_or(booking.buffer_before_minutes),
                buffer_after_minutes: self.buffer_after_minutes.unwrap_or(booking.buffer_after_minutes),
                minimum_notice_minutes: self.minimum_notice_minutes.unwrap_or(booking.minimum_notice_minutes),
                horizon_days: self.horizon_days.unwrap_or(booking.horizon_days),
                default_duration_minutes: self
                    .default_duration_minutes
                    .unwrap_or(booking.default_duration_minutes),
                upcoming_per_caller_max: self
                    .upcoming_per_caller_max
                    .unwrap_or(booking.upcoming_per_caller_max),
            },
            invoicing: self.invoicing(&now.invoicing)?,
        })
    }

    fn invoicing(&self, now: &Invoicing) -> Result<Invoicing, InvoicingRefusal> {
        let billing_address = match &self.billing_address {
            Some(Some(typed)) => {
                // Forms end lines with two characters.
                let typed = typed.replace('\r', "");
                let address = kept(&typed, ADDRESS_MAX);
                let is_whole = address.as_ref().is_none_or(|address| address.len() == typed.trim().len());
                if !is_whole {
                    return Err(InvoicingRefusal::Address);
                }
                address
            }
            Some(None) => None,
            None => now.billing_address.clone(),
        };
        let tax_now = now.tax.as_ref();
        let rate = self.tax_rate.unwrap_or(tax_now.map(|tax| tax.rate));
        let tax = match (rate, &self.tax_name) {
            (Some(rate), Some(name)) => Some(Tax { name: name.clone(), rate }),
            (Some(rate), None) => Some(Tax { name: tax_now.and_then(|tax| tax.name.clone()), rate }),
            (None, Some(Some(_))) => return Err(InvoicingRefusal::TaxRate),
            (None, _) => None,
        };
        Ok(Invoicing { billing_address, tax })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::Status;

    fn profile() -> Profile {
        Profile {
            name: "Ada".to_owned(),
            company: Some("Lovelace".to_owned()),
            email: "ada@example.com".to_owned(),
            phone: None,
            timezone: "UTC".to_owned(),
            status: Status::Active,
        }
    }

    #[test]
    fn what_is_not_named_stays_and_one_wrong_field_changes_nothing() {
        let settings = Settings { sms_enabled: false, ..Settings::default() };
        let stays = Edit::default().apply(&profile(), &settings).unwrap();
        assert_eq!(stays, (profile(), settings.clone()));
        let edit = Edit { company: Some(None), horizon_days: Some(30), ..Edit::default() };
        let (changed, set) = edit.apply(&profile(), &settings).unwrap();
        assert_eq!((changed.company, set.booking.horizon_days, set.sms_enabled), (None, 30, false));
        let wrong = Edit { horizon_days: Some(99_999), ..Edit::default() };
        assert_eq!(wrong.apply(&profile(), &settings).unwrap_err().field(), "horizon_days");
        let wrong = Edit { timezone: Some("Mars".to_owned()), ..Edit::default() };
        assert_eq!(wrong.apply(&profile(), &settings).unwrap_err().field(), "timezone");
    }

    #[test]
    fn everything_that_can_be_set_is_set() {
        let rates = Rates { increment_seconds: 6, minimum_seconds: 30, ..Rates::default() };
        let booking =
            BookingRules { slot_step_minutes: Some(15), horizon_days: 7, ..BookingRules::default() };
        let tax = Some(Tax { name: Some("VAT".to_owned()), rate: Percent::parse("19").unwrap() });
        let invoicing = Invoicing { billing_address: Some("1 Harbour Street\nPortsmouth".to_owned()), tax };
        let wanted = Settings { rates, booking, email_enabled: false, invoicing, ..Settings::default() };
        let (_, set) = Edit::of_settings(wanted.clone()).apply(&profile(), &Settings::default()).unwrap();
        assert_eq!(set, wanted);
        let elsewhere = Profile { timezone: "Asia/Tokyo".to_owned(), company: None, ..profile() };
        let edit = Edit::of_profile(elsewhere.clone());
        assert_eq!(edit.apply(&profile(), &wanted).unwrap().0, elsewhere);
    }

    #[test]
    fn a_tax_of_ones_own_has_a_rate_and_goes_with_it() {
        let invoicing = |edit: Edit, now: &Settings| edit.apply(&profile(), now).map(|(_, set)| set);
        let named = Edit { tax_name: Some(Some("VAT".to_owned())), ..Edit::default() };
        assert_eq!(invoicing(named.clone(), &Settings::default()).unwrap_err().field(), "tax_rate");
        let whole = Edit { tax_rate: Some(Percent::parse("19")), ..named };
        let set = invoicing(whole, &Settings::default()).unwrap();
        assert_eq!(set.invoicing.tax.as_ref().map(Tax::in_words).as_deref(), Some("VAT 19 %"));
        let gone = invoicing(Edit { tax_rate: Some(None), ..Edit::default() }, &set).unwrap();
        assert_eq!(gone.invoicing.tax, None);
        let two_lines = Edit { tax_name: Some(Some("V\nAT".to_owned())), ..Edit::default() };
        assert_eq!(invoicing(two_lines, &set).unwrap_err().field(), "tax_name");
        let long = Edit { billing_address: Some(Some("x".repeat(501))), ..Edit::default() };
        assert_eq!(invoicing(long, &set).unwrap_err().field(), "billing_address");
    }
}
