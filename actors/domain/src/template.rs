//! The words of messages to guests: which variables they may name, and how they are filled in.
//!
//! Reading order: [`Template::check`] says what may be stored, [`platform_default`] is what every
//! customer begins with, [`fill`] makes a message of a template and [`Values`]. A template is read
//! once and values are put in as they are: braces in a guest's name are never looked at.

mod check;
mod defaults;
mod fill;
mod sentences;
mod tokens;
mod variables;

pub use check::{Place, TemplateRefusal};
pub use defaults::platform_default;
pub use fill::{Filled, OPT_OUT, fill};
pub use sentences::segments_said;
pub use tokens::{Segment, segments};
pub use variables::{Values, Variable};

/// The words of one message, as they are stored: with variables such as `{first_name}` in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Of a mail; a text message has none.
    pub subject: Option<String>,
    /// Of a mail, paragraphs with an empty line between them; of a text message, all of it.
    pub body: String,
}

impl Template {
    /// Characters a subject has at most.
    pub const SUBJECT_MAX: usize = 200;
    /// Characters the body of a mail has at most.
    pub const EMAIL_MAX: usize = 10_000;
    /// Characters a text message has at most, before its variables are filled in.
    pub const SMS_MAX: usize = 1_000;
    /// Variables a text message names at most; with the bound of each value it bounds the parts.
    pub const SMS_VARIABLES_MAX: usize = 15;

    /// What somebody typed: browsers send line breaks as CR LF, and nobody means the space around.
    pub fn typed(subject: Option<&str>, body: &str) -> Self {
        let plain = |text: &str| text.replace("\r\n", "\n").replace('\t', " ").trim().to_owned();
        Self { subject: subject.map(plain), body: plain(body) }
    }
}
