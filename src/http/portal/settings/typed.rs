//! The form of the settings: from the settings as they are, and back, with what is wrong at its field.

use std::collections::BTreeMap;

use actors::store::settings::Account;
use domain::calendar::RulesRefusal;
use domain::customers::NAME_MAX;
use domain::money::Money;
use domain::settings::{Edit, EditRefusal, SettingsRefusal};
use domain::users::SettingsField;
use views::settings::Fields;

use crate::http::portal::appointments::sentence;
use crate::http::typed::PHONE_CHARS_MAX;

/// What the form has, by the names of the API.
pub const FIELDS: [SettingsField; 16] = [
    SettingsField::Name,
    SettingsField::Company,
    SettingsField::Phone,
    SettingsField::TimeZone,
    SettingsField::LowBalanceAlert,
    SettingsField::SmsEnabled,
    SettingsField::EmailEnabled,
    SettingsField::ReminderMinutes,
    SettingsField::SlotStepMinutes,
    SettingsField::BufferBeforeMinutes,
    SettingsField::BufferAfterMinutes,
    SettingsField::MinimumNoticeMinutes,
    SettingsField::HorizonDays,
    SettingsField::DefaultDurationMinutes,
    SettingsField::UpcomingPerCallerMax,
    SettingsField::BillingAddress,
];

/// Before the minutes in the name of a box: a form has no lists.
const REMINDER: &str = "reminder_minutes_";

/// Which field a name of the form is about.
pub fn field(name: &str) -> Option<SettingsField> {
    match name.strip_prefix(REMINDER) {
        Some(_) => Some(SettingsField::ReminderMinutes),
        None => SettingsField::parse(name),
    }
}

/// The boxes of reminders that are ticked.
fn reminders(sent: &BTreeMap<String, String>) -> Vec<u32> {
    let ticked = sent.iter().filter(|(_, value)| *value == "true");
    let minutes = ticked.filter_map(|(name, _)| name.strip_prefix(REMINDER));
    // What is no number becomes one that is refused.
    minutes.map(|minutes| minutes.parse().unwrap_or_default()).collect()
}

fn listed(minutes: &[u32]) -> String {
    let minutes: Vec<String> = minutes.iter().map(u32::to_string).collect();
    minutes.join(",")
}

/// The form as things are.
pub fn as_they_are(account: &Account) -> Fields {
    let (profile, settings, booking) = (&account.profile, &account.settings, account.settings.booking);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let value = |field| match field {
        SettingsField::Name => profile.name.clone(),
        SettingsField::Company => text(&profile.company),
        SettingsField::Phone => text(&profile.phone),
        SettingsField::TimeZone => profile.timezone.clone(),
        SettingsField::LowBalanceAlert => settings.low_balance_alert.to_string(),
        SettingsField::SmsEnabled => settings.sms_enabled.to_string(),
        SettingsField::EmailEnabled => settings.email_enabled.to_string(),
        SettingsField::ReminderMinutes => listed(settings.reminders.minutes()),
        SettingsField::SlotStepMinutes => booking.slot_step_minutes.map_or(String::new(), |n| n.to_string()),
        SettingsField::BufferBeforeMinutes => booking.buffer_before_minutes.to_string(),
        SettingsField::BufferAfterMinutes => booking.buffer_after_minutes.to_string(),
        SettingsField::MinimumNoticeMinutes => booking.minimum_notice_minutes.to_string(),
        SettingsField::HorizonDays => booking.horizon_days.to_string(),
        SettingsField::DefaultDurationMinutes => booking.default_duration_minutes.to_string(),
        SettingsField::UpcomingPerCallerMax => booking.upcoming_per_caller_max.to_string(),
        SettingsField::BillingAddress => settings.invoicing.billing_address.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let values = FIELDS.into_iter().map(|field| (field.name(), value(field))).collect();
    Fields { values, errors: Vec::new() }
}

/// The form as it was sent, and what it wants. All of it is wanted: an empty field is an empty value,
/// a box that is not ticked is off.
pub fn read(sent: &BTreeMap<String, String>) -> (Fields, Edit) {
    let mut errors = Vec::new();
    let typed = |field: SettingsField| sent.get(field.name()).map_or("", |value| value.trim());
    let text = |field| Some(typed(field).to_owned()).filter(|text| !text.is_empty());
    let mut wrong = |field: SettingsField, said: String| errors.push((field.name(), said));

    let company = text(SettingsField::Company);
    if company.as_ref().is_some_and(|company| company.len() > NAME_MAX) {
        wrong(SettingsField::Company, format!("At most {NAME_MAX} bytes."));
    }
    let phone = text(SettingsField::Phone);
    if phone.as_ref().is_some_and(|phone| phone.chars().count() > PHONE_CHARS_MAX) {
        wrong(SettingsField::Phone, format!("At most {PHONE_CHARS_MAX} characters."));
    }
    let low_balance_alert = Money::parse(typed(SettingsField::LowBalanceAlert));
    if low_balance_alert.is_none() {
        wrong(SettingsField::LowBalanceAlert, "An amount is needed, like 12.50.".to_owned());
    }
    let mut number = |field: SettingsField| {
        let number: Option<u32> = typed(field).parse().ok();
        if number.is_none() {
            wrong(field, "A whole number is needed.".to_owned());
        }
        number
    };
    let slot_step_minutes = match typed(SettingsField::SlotStepMinutes) {
        "" => Some(None),
        _ => number(SettingsField::SlotStepMinutes).map(Some),
    };
    let edit = Edit {
        name: Some(typed(SettingsField::Name).to_owned()),
        company: Some(company),
        phone: Some(phone),
        timezone: Some(typed(SettingsField::TimeZone).to_owned()),
        low_balance_alert,
        sms_enabled: Some(typed(SettingsField::SmsEnabled) == "true"),
        email_enabled: Some(typed(SettingsField::EmailEnabled) == "true"),
        reminder_minutes: Some(reminders(sent)),
        slot_step_minutes,
        buffer_before_minutes: number(SettingsField::BufferBeforeMinutes),
        buffer_after_minutes: number(SettingsField::BufferAfterMinutes),
        minimum_notice_minutes: number(SettingsField::MinimumNoticeMinutes),
        horizon_days: number(SettingsField::HorizonDays),
        default_duration_minutes: number(SettingsField::DefaultDurationMinutes),
        upcoming_per_caller_max: number(SettingsField::UpcomingPerCallerMax),
        billing_address: Some(Some(typed(SettingsField::BillingAddress).to_owned())),
        ..Edit::default()
    };
    let value = |field| match field {
        SettingsField::ReminderMinutes => listed(&reminders(sent)),
        field => typed(field).to_owned(),
    };
    let values = FIELDS.into_iter().map(|field| (field.name(), value(field))).collect();
    (Fields { values, errors }, edit)
}

/// Why it was not taken, at its field.
pub fn refused(refusal: &EditRefusal) -> (&'static str, String) {
    let said = match refusal {
        EditRefusal::Settings(SettingsRefusal::Booking(RulesRefusal::OutOfBounds { min, max, .. })) => {
            format!("A number from {min} to {max}.")
        }
        EditRefusal::Settings(SettingsRefusal::Amount(_)) => "An amount from 0 to 999999.".to_owned(),
        other => sentence(&other.to_string()),
    };
    (refusal.field(), said)
}
