//! How slots are cut, how far ahead and how soon they may be taken.

use serde::{Deserialize, Serialize};

/// The longest an appointment may be: a day.
pub const DURATION_MINUTES_MAX: u32 = 1440;

/// The furthest horizon: ten years.
pub const HORIZON_DAYS_MAX: u32 = 3660;

const NOTICE_MINUTES_MAX: u32 = 365 * 1440;
const UPCOMING_PER_CALLER_MAX: u32 = 1000;

/// What a tenant may set about booking. A field left out of JSON keeps its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BookingRules {
    /// Distance of two slot starts; `None` takes the duration asked for.
    pub slot_step_minutes: Option<u32>,
    /// Free time kept before a slot.
    pub buffer_before_minutes: u32,
    /// Free time kept after a slot.
    pub buffer_after_minutes: u32,
    /// How long before its start a slot can still be taken.
    pub minimum_notice_minutes: u32,
    /// How many days after today can be booked.
    pub horizon_days: u32,
    /// The duration where none is asked for.
    pub default_duration_minutes: u32,
    /// How many upcoming appointments one caller's number may have.
    pub upcoming_per_caller_max: u32,
}

impl Default for BookingRules {
    fn default() -> Self {
        Self {
            slot_step_minutes: None,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            minimum_notice_minutes: 0,
            horizon_days: 365,
            default_duration_minutes: 30,
            upcoming_per_caller_max: 5,
        }
    }
}

/// Why booking rules are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RulesRefusal {
    /// A number beyond its bounds.
    #[error("{field} must be between {min} and {max}")]
    OutOfBounds {
        /// The name of the field.
        field: &'static str,
        /// The least it may be.
        min: u32,
        /// The most it may be.
        max: u32,
    },
}

impl BookingRules {
    /// Refuses numbers that make no sense. The calendar survives them, but offers nothing useful.
    pub fn validate(&self) -> Result<(), RulesRefusal> {
        let step = self.slot_step_minutes.unwrap_or(1);
        within("slot_step_minutes", step, 1, DURATION_MINUTES_MAX)?;
        within("buffer_before_minutes", self.buffer_before_minutes, 0, DURATION_MINUTES_MAX)?;
        within("buffer_after_minutes", self.buffer_after_minutes, 0, DURATION_MINUTES_MAX)?;
        within("minimum_notice_minutes", self.minimum_notice_minutes, 0, NOTICE_MINUTES_MAX)?;
        within("horizon_days", self.horizon_days, 0, HORIZON_DAYS_MAX)?;
        within("default_duration_minutes", self.default_duration_minutes, 1, DURATION_MINUTES_MAX)?;
        within("upcoming_per_caller_max", self.upcoming_per_caller_max, 1, UPCOMING_PER_CALLER_MAX)
    }

    /// The grid for slots of this length; at least a minute, or walking along it would never end.
    pub(super) fn step(&self, duration: u16) -> u16 {
        match self.slot_step_minutes {
            Some(step) => u16::try_from(step.clamp(1, DURATION_MINUTES_MAX)).unwrap_or(duration),
            None => duration,
        }
    }
}

fn within(field: &'static str, value: u32, min: u32, max: u32) -> Result<(), RulesRefusal> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(RulesRefusal::OutOfBounds { field, min, max }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_out_of_bounds_are_refused_by_name() {
        assert_eq!(BookingRules::default().validate(), Ok(()));
        let refusal =
            BookingRules { slot_step_minutes: Some(0), ..BookingRules::default() }.validate().unwrap_err();
        assert_eq!(refusal.to_string(), "slot_step_minutes must be between 1 and 1440");
        assert_eq!(serde_json::from_str::<BookingRules>("{}").unwrap(), BookingRules::default());
    }
}
