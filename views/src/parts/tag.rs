//! Tags: a state in words, with a colour that says nothing more.

use maud::{Markup, html};

/// The colour of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Booked, paid.
    Good,
    /// Somebody should look.
    Warn,
    /// Failed.
    Bad,
    /// Of the assistant.
    Agent,
    /// Of the caller, or by the team.
    Caller,
    /// Nothing special.
    Neutral,
}

/// A tag.
pub fn tag(kind: Tag, text: &str) -> Markup {
    let class = match kind {
        Tag::Good => "tag tag-good",
        Tag::Warn => "tag tag-warn",
        Tag::Bad => "tag tag-bad",
        Tag::Agent => "tag tag-agent",
        Tag::Caller => "tag tag-caller",
        Tag::Neutral => "tag",
    };
    html! { span class=(class) { (text) } }
}
