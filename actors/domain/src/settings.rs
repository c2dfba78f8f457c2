//! What can be set for one tenant, with the platform's defaults.

mod edit;
mod invoicing;

use rust_decimal::dec;

pub use edit::{Edit, EditRefusal};
pub(crate) use invoicing::tax_name;
pub use invoicing::{Invoicing, InvoicingRefusal};

use crate::billing::Rates;
use crate::calendar::{BookingRules, RulesRefusal};
use crate::money::Money;
use crate::notifications::{Reminders, RemindersRefusal};

/// The settings of one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What things cost.
    pub rates: Rates,
    /// Below this balance the tenant is `low`.
    pub low_balance_alert: Money,
    /// Whether guests get text messages.
    pub sms_enabled: bool,
    /// Whether guests get mail.
    pub email_enabled: bool,
    /// When guests are reminded.
    pub reminders: Reminders,
    /// How slots are cut and who may take them.
    pub booking: BookingRules,
    /// What its invoices say.
    pub invoicing: Invoicing,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rates: Rates::default(),
            low_balance_alert: Money::rounded(dec!(10.00)),
            sms_enabled: true,
            email_enabled: true,
            reminders: Reminders::default(),
            booking: BookingRules::default(),
            invoicing: Invoicing::default(),
        }
    }
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsRefusal {
    /// A rate, fee or threshold below zero or beyond the ledger's columns.
    #[error("{0} must be an amount between 0 and 999999")]
    Amount(&'static str),
    /// A billing increment or minimum that makes no sense.
    #[error("the billing increment is 1 to 3600 seconds, the minimum 0 to 3600")]
    BillingSeconds {
        /// The name of the field.
        field: &'static str,
    },
    /// Reminders that are too many, or at times that make no sense.
    #[error(transparent)]
    Reminders(#[from] RemindersRefusal),
    /// A booking rule out of its bounds.
    #[error(transparent)]
    Booking(#[from] RulesRefusal),
    /// What no invoice could say.
    #[error(transparent)]
    Invoicing(#[from] InvoicingRefusal),
}

impl SettingsRefusal {
    /// The name of the field that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            SettingsRefusal::Amount(field) | SettingsRefusal::BillingSeconds { field } => field,
            SettingsRefusal::Reminders(_) => "reminder_minutes",
            SettingsRefusal::Booking(RulesRefusal::OutOfBounds { field, .. }) => field,
            SettingsRefusal::Invoicing(refusal) => refusal.field(),
        }
    }
}

impl Settings {
    /// Refuses what could not be charged or would never offer a slot.
    pub fn validate(&self) -> Result<(), SettingsRefusal> {
        let amounts = [
            ("rate_per_minute", self.rates.per_minute),
            ("rate_per_sms", self.rates.per_sms),
            ("rate_per_email", self.rates.per_email),
            ("monthly_fee", self.rates.monthly_fee),
            ("low_balance_alert", self.low_balance_alert),
        ];
        // The rate columns are NUMERIC(10,4): six digits before the point.
        let most = Money::rounded(dec!(999_999));
        for (name, amount) in amounts {
            if amount.is_negative() || amount > most {
                return Err(SettingsRefusal::Amount(name));
            }
        }
        if !(1..=3600).contains(&self.rates.increment_seconds) {
            return Err(SettingsRefusal::BillingSeconds { field: "billing_increment_seconds" });
        }
        if self.rates.minimum_seconds > 3600 {
            return Err(SettingsRefusal::BillingSeconds { field: "billing_minimum_seconds" });
        }
        self.invoicing.validate()?;
        Ok(self.booking.validate()?)
    }
}
