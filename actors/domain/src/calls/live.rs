//! A call that is under way: nobody knows yet how it ends.

use jiff::Timestamp;

use super::{CallReport, Channel, Direction};

/// A call that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCall {
    /// Retell's name of it; it has none of ours yet.
    pub retell_call_id: String,
    /// Who speaks for the business.
    pub agent_id: Option<String>,
    /// Who dialled.
    pub direction: Direction,
    /// What carries it.
    pub channel: Channel,
    /// Who calls.
    pub from_number: Option<String>,
    /// Who is called.
    pub to_number: Option<String>,
    /// When it began, as far as is known.
    pub began_at: Timestamp,
    /// When it was heard of.
    pub noted_at: Timestamp,
}

impl LiveCall {
    /// As it was told of at `now`.
    pub fn of(report: &CallReport, now: Timestamp) -> Self {
        let details = &report.details;
        Self {
            retell_call_id: report.retell_call_id.clone(),
            agent_id: details.agent_id.clone(),
            direction: report.direction,
            channel: report.channel,
            from_number: details.from_number.clone(),
            to_number: details.to_number.clone(),
            began_at: details.start_time.unwrap_or(now),
            noted_at: now,
        }
    }
}
