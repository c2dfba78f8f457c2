//! Who did what: the author of a change, and the line it leaves in the audit log.

use serde_json::Value;

use crate::ids::UserId;

/// Whoever changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// What kind of somebody.
    pub kind: AuthorKind,
    /// `usr_…`, an agent's id, the name of a job or of a command.
    pub id: String,
    /// The super admin who acts as that user.
    pub impersonator: Option<String>,
    /// The request in which it was asked for, as its answer and the log name it.
    pub request_id: Option<String>,
}

/// What kind of somebody changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorKind {
    /// A user of the customer.
    User,
    /// A super admin.
    Platform,
    /// A voice agent, for a caller.
    Agent,
    /// Whoever has the link in a message to a guest.
    Guest,
    /// The server itself, or whoever has its command line.
    System,
}

impl AuthorKind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            AuthorKind::User => "user",
            AuthorKind::Platform => "platform",
            AuthorKind::Agent => "agent",
            AuthorKind::Guest => "guest",
            AuthorKind::System => "system",
        }
    }
}

impl Author {
    /// The server itself, by the name of what it is doing.
    pub fn system(id: &str) -> Self {
        Self { kind: AuthorKind::System, id: id.to_owned(), impersonator: None, request_id: None }
    }

    /// A user of a customer.
    pub fn user(id: &UserId, request_id: Option<String>) -> Self {
        Self { kind: AuthorKind::User, id: id.0.clone(), impersonator: None, request_id }
    }

    /// A voice agent.
    pub fn agent(id: Option<&str>) -> Self {
        let id = id.unwrap_or("unnamed").to_owned();
        Self { kind: AuthorKind::Agent, id, impersonator: None, request_id: None }
    }

    /// The guest of an appointment, who has no account: the line's subject says of which.
    pub fn guest(request_id: Option<String>) -> Self {
        Self { kind: AuthorKind::Guest, id: "guest".to_owned(), impersonator: None, request_id }
    }
}

/// What was changed. The values name settings and times, never a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// `appointment.moved`
    pub action: &'static str,
    /// `apt_12`
    pub subject: String,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// As it was; nothing for what is new.
    pub before: Option<Value>,
    /// As it is now; nothing for what is gone.
    pub after: Option<Value>,
}

impl Change {
    /// A change without a before, an after and a reason.
    pub fn of(action: &'static str, subject: impl Into<String>) -> Self {
        Self { action, subject: subject.into(), reason: None, before: None, after: None }
    }

    /// The same with what was.
    pub fn from(self, before: Value) -> Self {
        Self { before: Some(before), ..self }
    }

    /// The same with what is.
    pub fn to(self, after: Value) -> Self {
        Self { after: Some(after), ..self }
    }
}
