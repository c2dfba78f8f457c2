//! A telephone call: what is reported of it, what we keep, and what a report changes.
//!
//! Reports arrive late, twice, out of order, or only some of them; [`record`] decides what each changes.

mod conversation;
mod insight;
mod live;
mod record;
mod volume;

use jiff::Timestamp;
use serde_json::Value;

use crate::ids::CallId;
use crate::money::Money;
use crate::phone;

pub use conversation::{Conversation, Line, Span, Speaker};
pub use insight::{Insight, Mood, POOR_SCORE, Part, moments};
pub use live::LiveCall;
pub use record::{Change, record};
pub use volume::Volume;

/// Which side dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The caller dialled the business.
    Inbound,
    /// The agent dialled the guest.
    Outbound,
}

impl Direction {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        }
    }
}

/// What carried the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A telephone line.
    Phone,
    /// A browser; such a call has no numbers.
    Web,
}

impl Channel {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Phone => "phone",
            Channel::Web => "web",
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Somebody spoke.
    Completed,
    /// It broke.
    Failed,
    /// Nobody answered.
    NoAnswer,
}

impl Status {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Completed => "completed",
            Status::Failed => "failed",
            Status::NoAnswer => "no-answer",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Completed, Self::Failed, Self::NoAnswer].into_iter().find(|status| status.as_str() == text)
    }
}

/// How far a call had come when it was reported. Later stages know more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Under way.
    Started,
    /// Over.
    Ended,
    /// Over, and understood.
    Analyzed,
}

/// What a report says of the length of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duration {
    /// Nothing.
    Unknown,
    /// Whole seconds, a started one counts.
    Seconds(u32),
    /// Something no call can have lasted, with the reason for a person to read.
    Absurd(String),
}

/// Declares the values a report may or may not bring, so that the list exists once.
macro_rules! details {
    ($($(#[$doc:meta])* $field:ident: $kind:ty,)*) => {
        /// What may be known of a call beside its length and state; each value absent until told.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct Details { $($(#[$doc])* pub $field: Option<$kind>,)* }

        /// Which of [`Details`] are known: what an actor keeps instead of the values. Bit n is
        /// the n-th field in the order of the declaration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Known(pub u16);

        impl Details {
            /// Which values are here.
            pub fn known(&self) -> Known {
                let mut bits = 0;
                let mut bit = 1;
                $( if self.$field.is_some() { bits |= bit; } bit <<= 1; )*
                let _ = bit;
                Known(bits)
            }

            /// Only the values that are not known yet.
            pub fn without(mut self, known: Known) -> Self {
                let mut bit = 1;
                $( if known.0 & bit != 0 { self.$field = None; } bit <<= 1; )*
                let _ = bit;
                self
            }
        }
    };
}

details! {
    /// The Retell agent that spoke.
    agent_id: String,
    /// Who called, E.164 where it parses.
    from_number: String,
    /// Who was called.
    to_number: String,
    /// When it began.
    start_time: Timestamp,
    /// When it ended.
    end_time: Timestamp,
    /// Retell's own word for why it ended.
    disconnection_reason: String,
    /// Where Retell keeps the recording; never handed to a browser.
    recording_url: String,
    /// What was said.
    transcript: String,
    /// Who spoke when: JSON of `[speaker, start ms, end ms, characters]`.
    turns: String,
    /// What it was about.
    summary: String,
    /// 0 to 100.
    call_score: i32,
    /// Sentiment, topics, custom fields.
    analysis: Value,
    /// What the agent could do better.
    improvement_recommendations: Value,
}

impl std::ops::BitOr for Known {
    type Output = Known;
    fn bitor(self, other: Known) -> Known {
        Known(self.0 | other.0)
    }
}

/// One report of a call, from either payload shape.
#[derive(Debug, Clone, PartialEq)]
pub struct CallReport {
    /// Retell's name of the call, at most 255 bytes; unique within a customer.
    pub retell_call_id: String,
    /// How far the call had come.
    pub stage: Stage,
    /// Who dialled.
    pub direction: Direction,
    /// What carried it.
    pub channel: Channel,
    /// How it ended, where the report can know.
    pub status: Option<Status>,
    /// How long it lasted.
    pub duration: Duration,
    /// Everything else.
    pub details: Details,
    /// The one report there will be of this call: the specification's flat form.
    pub is_whole: bool,
}

impl CallReport {
    /// The number of the person at the other end, where it tells one from another.
    pub fn caller(&self) -> Option<&str> {
        let number = match self.direction {
            Direction::Inbound => self.details.from_number.as_deref(),
            Direction::Outbound => self.details.to_number.as_deref(),
        };
        number.filter(|number| phone::names_a_caller(number))
    }
}

/// What is remembered of a call to decide about the next report of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `call_<id>`.
    pub id: CallId,
    /// The furthest stage reported.
    pub stage: Stage,
    /// How it ended.
    pub status: Option<Status>,
    /// The longest duration reported.
    pub duration_seconds: u32,
    /// The seconds charged for.
    pub billable_seconds: u32,
    /// The rate in force at the first charge; until then the rate of the first report.
    pub rate_per_minute: Money,
    /// What has been charged in all.
    pub cost: Money,
    /// Ledger entries so far.
    pub charges: u32,
    /// Whether `call.completed` or `call.failed` was emitted.
    pub is_announced: bool,
    /// Which details are stored.
    pub known: Known,
    /// When the first report was received.
    pub created_at: Timestamp,
}
