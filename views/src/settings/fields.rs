//! What stands in the form of the settings, by the names the fields have everywhere.

use crate::parts::{Field, Input};

/// What is so, or what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Names and values; a box that is ticked is `true`, reminders are minutes with commas between.
    pub values: Vec<(&'static str, String)>,
    /// Names of fields, and what is wrong with each, in a sentence.
    pub errors: Vec<(&'static str, String)>,
}

/// Each field's name for people.
const LABELS: [(&str, &str); 14] = [
    ("company", "Name of the business"),
    ("name", "Contact person"),
    ("phone", "Telephone"),
    ("timezone", "Time zone"),
    ("billing_address", "Address on invoices"),
    ("default_duration_minutes", "Usual length of an appointment"),
    ("slot_step_minutes", "A start is offered every"),
    ("buffer_before_minutes", "Pause before"),
    ("buffer_after_minutes", "Pause after"),
    ("minimum_notice_minutes", "Shortest notice"),
    ("horizon_days", "How far ahead"),
    ("upcoming_per_caller_max", "Upcoming for one caller"),
    ("reminder_minutes", "Reminders"),
    ("low_balance_alert", "Warn when the balance is below"),
];

pub(super) fn label(field: &str) -> &'static str {
    LABELS.iter().find(|(name, _)| *name == field).map_or("the form", |(_, label)| label)
}

impl Fields {
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.value(name) == "true"
    }

    pub(super) fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| *field == name).map(|(_, sentence)| sentence.as_str())
    }

    pub(super) fn field<'a>(
        &'a self,
        name: &'static str,
        input: Input<'a>,
        is_required: bool,
        hint: Option<&'a str>,
    ) -> Field<'a> {
        Field {
            name,
            label: label(name),
            input,
            value: self.value(name),
            is_required,
            hint,
            error: self.error(name),
        }
    }
}
