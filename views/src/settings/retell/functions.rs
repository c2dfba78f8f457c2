//! The three functions: what each does, where it is, and which arguments the model is told of.

use maud::{Markup, html};

use super::{Urls, address, copy};

struct Function {
    name: &'static str,
    does: &'static str,
    /// As Retell wants it: a JSON schema. Our side reads more than this, and never less.
    parameters: &'static str,
}

const AVAILABILITY: Function = Function {
    name: "check_availability",
    does: "Tells the assistant which times are free on a day, and the next ones where none is.",
    parameters: r#"{
  "type": "object",
  "properties": {
    "date": { "type": "string", "description": "The day the caller wants: 2026-01-15, tomorrow, next Tuesday" },
    "duration_minutes": { "type": "integer", "description": "How long, if the caller says so" }
  },
  "required": ["date"]
}"#,
};

const BOOK: Function = Function {
    name: "book_appointment",
    does: "Books a time, and gives the assistant the sentence that confirms it or three times nearby.",
    parameters: r#"{
  "type": "object",
  "properties": {
    "date": { "type": "string", "description": "The day: 2026-01-15, tomorrow, next Tuesday" },
    "time": { "type": "string", "description": "The time: 10:00, 2:30 PM" },
    "duration_minutes": { "type": "integer", "description": "How long, if the caller says so" },
    "caller_name": { "type": "string", "description": "Who comes" },
    "caller_phone": { "type": "string", "description": "Another number than the one they call from" },
    "caller_email": { "type": "string", "description": "Where the confirmation goes" },
    "notes": { "type": "string", "description": "What it is about" }
  },
  "required": ["date", "time", "caller_name"]
}"#,
};

const LOOKUP: Function = Function {
    name: "look_up_caller",
    does: "Finds the caller's name, upcoming appointments and last call by the number they call from.",
    parameters: r#"{
  "type": "object",
  "properties": {
    "caller_phone": { "type": "string", "description": "Another number than the one they call from" },
    "caller_email": { "type": "string", "description": "Their e-mail address" }
  }
}"#,
};

pub(super) fn all(urls: &Urls<'_>) -> Markup {
    let all = [(AVAILABILITY, urls.availability), (BOOK, urls.book), (LOOKUP, urls.lookup)];
    html! { @for (function, url) in &all { (one(function, url)) } }
}

fn one(function: &Function, url: &str) -> Markup {
    html! {
        div.function {
            (address(function.name, function.name, url))
            p.t-sm.t-3.mb-0 { (function.does) }
            details.fold {
                summary { "Parameters to paste" }
                div.schema {
                    pre.mono tabindex="0" aria-label={ "Parameters of " (function.name) } { (function.parameters) }
                    (copy(function.parameters, "parameters"))
                }
            }
        }
    }
}
