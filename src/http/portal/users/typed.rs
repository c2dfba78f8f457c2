//! What was typed into a form about somebody: all that is wrong is said at once, each at its field.

use actors::store::users::{User, Wish};
use domain::users::{Permissions, Role};
use serde::Deserialize;
use views::users::Fields;

use crate::http::api::users::{agents, called_numbers, name};
use crate::http::portal::appointments::sentence;
use crate::http::problem::Problem;

/// Every field of every form about somebody. A box that is not ticked is not sent.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    email: Option<String>,
    full_name: Option<String>,
    role: Option<String>,
    #[serde(default)]
    can_view_all_calls: bool,
    #[serde(default)]
    can_download_recordings: bool,
    #[serde(default)]
    can_manage_calendar: bool,
    agent_ids: Option<String>,
    numbers: Option<String>,
}

/// The form as somebody is.
pub fn as_they_are(user: &User) -> Fields {
    Fields {
        email: user.email.clone(),
        full_name: user.full_name.clone(),
        role: Some(user.role),
        permissions: user.permissions,
        agent_ids: user.agent_ids.join("\n"),
        numbers: user.numbers.join("\n"),
        errors: Vec::new(),
    }
}

impl Typed {
    /// As it is shown again.
    pub fn fields(&self) -> Fields {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Fields {
            email: text(&self.email),
            full_name: text(&self.full_name),
            role: self.role.as_deref().and_then(Role::parse),
            permissions: Permissions {
                can_download_recordings: self.can_download_recordings,
                can_view_all_calls: self.can_view_all_calls,
                can_manage_calendar: self.can_manage_calendar,
            },
            agent_ids: text(&self.agent_ids),
            numbers: text(&self.numbers),
            errors: Vec::new(),
        }
    }

    /// What is wanted of somebody, as far as it makes sense. `full_name` is the one that is asked for:
    /// an invitation does without.
    pub fn wish(&self, full_name: Option<String>, fields: &mut Fields) -> Wish {
        if fields.role.is_none() {
            fields.errors.push(("role".to_owned(), "Choose a role.".to_owned()));
        }
        let flags = fields.permissions;
        Wish {
            full_name: read(name(full_name), fields),
            role: fields.role,
            can_download_recordings: Some(flags.can_download_recordings),
            can_view_all_calls: Some(flags.can_view_all_calls),
            can_manage_calendar: Some(flags.can_manage_calendar),
            status: None,
            agent_ids: read(agents(Some(lines(&self.agent_ids))), fields),
            numbers: read(called_numbers(Some(lines(&self.numbers))), fields),
        }
    }

    /// The name, where one was typed.
    pub fn full_name(&self) -> Option<String> {
        self.full_name.clone()
    }
}

/// What was read; what is wrong goes to its field.
fn read<T>(read: Result<Option<T>, Problem>, fields: &mut Fields) -> Option<T> {
    read.unwrap_or_else(|problem| {
        note(&problem, "full_name", fields);
        None
    })
}

/// Puts what a problem says at the fields it names; at `field` where it names none.
pub fn note(problem: &Problem, field: &str, fields: &mut Fields) {
    let errors = problem.errors().iter().map(|error| (error.field.clone(), sentence(&error.detail)));
    fields.errors.extend(errors);
    if problem.errors().is_empty() {
        fields.errors.push((field.to_owned(), sentence(problem.detail())));
    }
}

/// One a line; an empty line is none.
fn lines(text: &Option<String>) -> Vec<String> {
    let lines = text.as_deref().unwrap_or_default().lines();
    lines.map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
