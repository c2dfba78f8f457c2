//! Boxes to tick and dots to choose, each with what it means.

use maud::{Markup, Render, html};

/// One of them. Dots of one name exclude each other.
pub struct Check<'a> {
    /// HTML's type of input: `checkbox` or `radio`.
    pub kind: &'a str,
    /// Its name in the form.
    pub name: &'a str,
    /// Sent where it is on.
    pub value: &'a str,
    /// Shown beside it.
    pub label: &'a str,
    /// Below that.
    pub meaning: &'a str,
    /// Whether it is on.
    pub is_on: bool,
}

impl Render for Check<'_> {
    fn render(&self) -> Markup {
        let id = format!("f-{}-{}", self.name, self.value);
        html! {
            div.check {
                input.form-check-input id=(id) type=(self.kind) name=(self.name) value=(self.value) checked[self.is_on];
                label for=(id) { (self.label) small { (self.meaning) } }
            }
        }
    }
}
