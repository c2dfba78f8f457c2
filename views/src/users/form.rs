//! Who somebody is and what they may do, as fields; and the page of an invitation.

use domain::users::{Permissions, Role};
use maud::{Markup, html};

use super::words::ROLES;
use crate::layout::{Frame, Place};
use crate::parts::{Check, Field, Head, Input};

/// What stands in the form: what is so, or what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Of an invitation.
    pub email: String,
    /// As others know them.
    pub full_name: String,
    /// The ceiling.
    pub role: Option<Role>,
    /// Within it.
    pub permissions: Permissions,
    /// One a line.
    pub agent_ids: String,
    /// One a line.
    pub numbers: String,
    /// Names of fields, and what is wrong with each, in a sentence.
    pub errors: Vec<(String, String)>,
}

impl Fields {
    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, sentence)| sentence.as_str())
    }

    /// The name, the role and what it leaves open, whose calls.
    pub(super) fn all(&self, is_name_needed: bool) -> Markup {
        html! {
            (self.name(is_name_needed))
            (self.roles())
            (self.permissions())
            (self.calls())
        }
    }

    fn name(&self, is_needed: bool) -> Field<'_> {
        Field {
            name: "full_name",
            label: "Name",
            input: Input::Line { kind: "text", autocomplete: Some("off") },
            value: &self.full_name,
            is_required: is_needed,
            hint: (!is_needed).then_some("Left empty, the address is shown."),
            error: self.error("full_name"),
        }
    }

    fn roles(&self) -> Markup {
        html! {
            fieldset.field {
                legend { "Role" }
                @for (role, label, meaning) in ROLES {
                    (Check { kind: "radio", name: "role", value: role.as_str(), label, meaning, is_on: self.role == Some(role) })
                }
                @if let Some(error) = self.error("role") { div.about { p.error { (error) } } }
            }
        }
    }

    fn permissions(&self) -> Markup {
        let flags = self.permissions;
        let checks = [
            (
                "can_view_all_calls",
                "Sees all calls",
                "For staff and viewers. Without it they see only calls that are theirs.",
                flags.can_view_all_calls,
            ),
            (
                "can_download_recordings",
                "Can download recordings",
                "For staff. Without it recordings can be played, but not kept.",
                flags.can_download_recordings,
            ),
            (
                "can_manage_calendar",
                "Manages the calendar",
                "For staff. Books, moves and cancels appointments, and sets opening hours.",
                flags.can_manage_calendar,
            ),
        ];
        html! {
            fieldset.field {
                legend { "Permissions" }
                @for (name, label, meaning, is_on) in checks {
                    (Check { kind: "checkbox", name, value: "true", label, meaning, is_on })
                }
            }
        }
    }

    fn calls(&self) -> Markup {
        let lines = |name, label, value, hint| Field {
            name,
            label,
            input: Input::Lines,
            value,
            is_required: false,
            hint: Some(hint),
            error: self.error(name),
        };
        html! {
            div.fields.wide {
                (lines("agent_ids", "Assistants whose calls are theirs", self.agent_ids.as_str(), "Ids as Retell has them, one a line."))
                (lines("numbers", "Called numbers whose calls are theirs", self.numbers.as_str(), "With the country, +1 555 010 0100, one a line."))
            }
            p.t-sm.t-3 { "Single calls can be given to somebody on the page of the call." }
        }
    }
}

/// What the page of an invitation shows.
pub struct New<'a> {
    /// As typed.
    pub fields: &'a Fields,
}

/// The page.
pub fn page(frame: &Frame, new: &New<'_>) -> String {
    let sentence = html! { "They get a mail with a link, which works for seven days." };
    let email = Field {
        name: "email",
        label: "E-mail address",
        input: Input::Line { kind: "email", autocomplete: Some("off") },
        value: &new.fields.email,
        is_required: true,
        hint: Some("By which they sign in."),
        error: new.fields.error("email"),
    };
    let body = html! {
        nav.crumb aria-label="Path" { a href="/users" { "Team" } span aria-hidden="true" { "/" } span { "Invite" } }
        (Head { title: "Invite somebody", sentence: Some(sentence), actions: None })
        section.panel.lone-form {
            form.body method="post" action="/users/new" {
                (email)
                (new.fields.all(false))
                div.d-flex.gap-2 {
                    button.btn.btn-cta { "Send the invitation" }
                    a.btn.btn-quiet href="/users" { "Leave it" }
                }
            }
        }
    };
    frame.page(Place::Team, "Invite somebody", &body)
}
