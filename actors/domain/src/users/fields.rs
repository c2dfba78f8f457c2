//! The fields of a customer's settings, each by the name it has in JSON, and who may write it.

/// Declares the fields; the last word says whose they are to write.
macro_rules! settings_fields {
    ($($(#[$doc:meta])* $field:ident = $name:literal, $writer:ident;)*) => {
        /// A field of a customer's settings that somebody may want to write.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SettingsField {
            $($(#[$doc])* $field,)*
        }

        impl SettingsField {
            /// All there are.
            pub const ALL: &[SettingsField] = &[$(SettingsField::$field,)*];

            /// As it stands in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(SettingsField::$field => $name,)*
                }
            }

            fn writer(self) -> Writer {
                match self {
                    $(SettingsField::$field => Writer::$writer,)*
                }
            }
        }
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The customer's admin.
    Customer,
    /// The platform's owner alone.
    Platform,
}

settings_fields! {
    /// The person to speak to.
    Name = "name", Customer;
    /// The business, as callers know it.
    Company = "company", Customer;
    /// The business's own number.
    Phone = "phone", Customer;
    /// In which hours and spoken times are meant.
    TimeZone = "timezone", Customer;
    /// Below it the balance is low.
    LowBalanceAlert = "low_balance_alert", Customer;
    /// Text messages to guests.
    SmsEnabled = "sms_enabled", Customer;
    /// Mails to guests.
    EmailEnabled = "email_enabled", Customer;
    /// When guests are reminded.
    ReminderMinutes = "reminder_minutes", Customer;
    /// The words of messages to guests.
    Templates = "templates", Customer;
    /// Distance of two slots.
    SlotStepMinutes = "slot_step_minutes", Customer;
    /// Kept free before a slot.
    BufferBeforeMinutes = "buffer_before_minutes", Customer;
    /// Kept free after a slot.
    BufferAfterMinutes = "buffer_after_minutes", Customer;
    /// How soon a slot can be taken.
    MinimumNoticeMinutes = "minimum_notice_minutes", Customer;
    /// How far ahead.
    HorizonDays = "horizon_days", Customer;
    /// Of an appointment where nothing is said.
    DefaultDurationMinutes = "default_duration_minutes", Customer;
    /// Appointments one caller may have.
    UpcomingPerCallerMax = "upcoming_per_caller_max", Customer;
    /// Lines of the address on invoices.
    BillingAddress = "billing_address", Customer;
    /// The key with which Retell signs.
    RetellKey = "retell_key", Customer;
    /// For sixty seconds of a call.
    RatePerMinute = "rate_per_minute", Platform;
    /// For a text message.
    RatePerSms = "rate_per_sms", Platform;
    /// For a mail.
    RatePerEmail = "rate_per_email", Platform;
    /// What the price of a text message is for.
    SmsChargedPer = "sms_charged_per", Platform;
    /// On the first of the month.
    MonthlyFee = "monthly_fee", Platform;
    /// Seconds are rounded up to its multiples.
    BillingIncrementSeconds = "billing_increment_seconds", Platform;
    /// A call counts as at least so long.
    BillingMinimumSeconds = "billing_minimum_seconds", Platform;
    /// What invoices add, in per cent.
    TaxRate = "tax_rate", Platform;
    /// What that is called.
    TaxName = "tax_name", Platform;
    /// Active, suspended, closed.
    Status = "status", Platform;
    /// By credit or adjustment.
    Balance = "balance", Platform;
    /// It names the account.
    Email = "email", Platform;
}

impl SettingsField {
    /// Reads [`SettingsField::name`]; `None` for what is no field.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }

    /// Whether it is the customer's own to write.
    pub fn is_the_customers(self) -> bool {
        self.writer() == Writer::Customer
    }
}
