//! Fields of forms: label, input, hint, and what is wrong with it, tied together for whoever listens.

use maud::{Markup, Render, html};

/// What is typed into a field.
pub enum Input<'a> {
    /// One line; `kind` is HTML's (`text`, `email`, `date`, `number`).
    Line {
        /// HTML's type of input.
        kind: &'a str,
        /// What browsers fill it with.
        autocomplete: Option<&'a str>,
    },
    /// Several lines.
    Lines,
    /// A text of some length.
    Words {
        /// How much of it is seen.
        rows: u32,
    },
    /// One of several.
    Choice(&'a [Choice<'a>]),
    /// A whole number of something.
    Count {
        /// At least.
        min: u32,
        /// At most.
        max: u32,
        /// Of what: shown behind it.
        unit: &'a str,
    },
    /// One line, for which these are suggested.
    Suggested(&'a [String]),
}

/// One of several.
pub struct Choice<'a> {
    /// Sent.
    pub value: &'a str,
    /// Shown.
    pub label: &'a str,
}

/// A field of a form.
pub struct Field<'a> {
    /// Its name in the form; on a page once.
    pub name: &'a str,
    /// Shown above it.
    pub label: &'a str,
    /// What is typed.
    pub input: Input<'a>,
    /// What is in it.
    pub value: &'a str,
    /// Whether it may be left empty.
    pub is_required: bool,
    /// Below it.
    pub hint: Option<&'a str>,
    /// What is wrong with what was typed.
    pub error: Option<&'a str>,
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let id = format!("f-{}", self.name);
        let about = format!("{id}-about");
        let described = (self.hint.is_some() || self.error.is_some()).then_some(about.as_str());
        let invalid = self.error.is_some().then_some("true");
        html! {
            div.field {
                label for=(id) { (self.label) }
                @match &self.input {
                    Input::Line { kind, autocomplete } => input.form-control id=(id) name=(self.name) type=(kind)
                        value=(self.value) required[self.is_required] autocomplete=[*autocomplete]
                        aria-describedby=[described] aria-invalid=[invalid];,
                    Input::Lines => textarea.form-control id=(id) name=(self.name) rows="4"
                        required[self.is_required] aria-describedby=[described] aria-invalid=[invalid] { (self.value) }
                    Input::Words { rows } => textarea.form-control id=(id) name=(self.name) rows=(rows)
                        required[self.is_required] aria-describedby=[described] aria-invalid=[invalid] {
                        // Browsers drop one line break at the begin.
                        "\n" (self.value)
                    }
                    Input::Choice(choices) => select.form-select id=(id) name=(self.name)
                        required[self.is_required] aria-describedby=[described] aria-invalid=[invalid] {
                        @for choice in *choices {
                            option value=(choice.value) selected[choice.value == self.value] { (choice.label) }
                        }
                    }
                    Input::Count { min, max, unit } => div.count {
                        input.form-control id=(id) name=(self.name) type="number" min=(min) max=(max) value=(self.value)
                            required[self.is_required] aria-describedby=[described] aria-invalid=[invalid];
                        span.t-sm.t-2 { (unit) }
                    }
                    Input::Suggested(suggestions) => {
                        input.form-control id=(id) name=(self.name) list={ (id) "-list" } value=(self.value) autocomplete="off"
                            required[self.is_required] aria-describedby=[described] aria-invalid=[invalid];
                        datalist id={ (id) "-list" } { @for suggestion in *suggestions { option value=(suggestion) {} } }
                    }
                }
                @if described.is_some() {
                    div.about id=(about) {
                        @if let Some(error) = self.error { p.error { (error) } }
                        @if let Some(hint) = self.hint { p.hint { (hint) } }
                    }
                }
            }
        }
    }
}
