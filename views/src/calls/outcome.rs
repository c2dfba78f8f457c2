//! What came of a call, in a word.

use domain::calls::Status;
use maud::{Markup, html};

use crate::parts::{Tag, tag};

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// `None` while it is under way.
    pub status: Option<Status>,
    /// An appointment was booked in it.
    pub is_booked: bool,
    /// A person should look at it.
    pub needs_review: bool,
}

impl Outcome {
    /// One tag, and a second where somebody should look.
    pub fn tags(self) -> Markup {
        let (kind, word) = match self.status {
            _ if self.is_booked => (Tag::Good, "Booked"),
            None => (Tag::Agent, "Under way"),
            Some(status) => (kind(status), word(status)),
        };
        html! { (tag(kind, word)) @if self.needs_review { " " (tag(Tag::Warn, "To be checked")) } }
    }
}

fn kind(status: Status) -> Tag {
    if status == Status::Failed { Tag::Bad } else { Tag::Neutral }
}

/// How it ended.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Completed => "Completed",
        Status::Failed => "Failed",
        Status::NoAnswer => "No answer",
    }
}
