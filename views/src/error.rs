//! Pages that say what went wrong, what was kept, and what to do.

use maud::html;

use crate::card::{self, Width};

/// What went wrong.
pub struct Failure<'a> {
    /// HTTP's number for it.
    pub status: u16,
    /// In a few words.
    pub title: &'a str,
    /// In a sentence.
    pub detail: &'a str,
    /// By which it is found in the logs.
    pub request_id: Option<&'a str>,
}

/// A page for it.
pub fn page(platform: &str, failure: &Failure<'_>) -> String {
    let content = html! {
        h1 { (failure.title) }
        p.t-2 { (failure.detail) }
        a.btn.btn-cta href="/" { "Back to the first page" }
        @if let Some(request_id) = failure.request_id {
            p.after { "If you ask us about it, tell us this number: " span.mono { (request_id) } }
        }
    };
    card::page(platform, failure.title, Width::Form, &content)
}
