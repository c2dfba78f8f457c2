//! What can be set for one tenant, with the platform's defaults.

use rust_decimal::dec;
use serde::{Deserialize, Serialize};

use crate::billing::Rates;
use crate::calendar::BookingRules;
use crate::money::Money;

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
    /// How slots are cut and who may take them.
    pub booking: BookingRules,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rates: Rates::default(),
            low_balance_alert: Money::rounded(dec!(10.00)),
            sms_enabled: true,
            email_enabled: true,
            booking: BookingRules::default(),
        }
    }
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum SettingsRefusal {
    /// A rate, fee or threshold below zero or beyond the ledger's columns.
    #[error("{0} must be an amount between 0 and 999999")]
    Amount(String),
    /// A billing increment or minimum that makes no sense.
    #[error("the billing increment is 1 to 3600 seconds, the minimum 0 to 3600")]
    BillingSeconds,
    /// A booking rule out of its bounds.
    #[error("{0}")]
    Booking(String),
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
                return Err(SettingsRefusal::Amount(name.to_owned()));
            }
        }
        if !(1..=3600).contains(&self.rates.increment_seconds) || self.rates.minimum_seconds > 3600 {
            return Err(SettingsRefusal::BillingSeconds);
        }
        self.booking.validate().map_err(|refusal| SettingsRefusal::Booking(refusal.to_string()))
    }
}
