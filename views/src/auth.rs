//! Signing in: asking for a link, and what a link leads to.

use maud::{Markup, html};

use crate::card::{self, Width};
use crate::parts::{Field, Icon, Input};

/// What is wrong with what was tried last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Not that code; so many tries are left.
    CodeWrong(i16),
    /// No code was typed, or not six digits.
    CodeMissing,
}

/// Asks for the address. `next` is where somebody wanted to go who is not signed in.
pub fn login(platform: &str, email: &str, next: Option<&str>, error: Option<&str>) -> String {
    let content = html! {
        h1 { "Sign in" }
        p.t-2.mb-0 { "We send a link to your e-mail address. There is no password." }
        form method="post" action="/login" {
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            (Field {
                name: "email",
                label: "E-mail address",
                input: Input::Line { kind: "email", autocomplete: Some("email") },
                value: email,
                is_required: true,
                hint: None,
                error,
            })
            button.btn.btn-cta { "Send me a link" }
        }
        ul.points {
            li { (Icon("telephone")) "Every call your assistant answered, to listen to and to read." }
            li { (Icon("calendar3")) "Every appointment it booked, in your calendar." }
            li { (Icon("wallet2")) "Every charge, once, to the second." }
        }
        p.after { "For developers: " a href="/api/docs" { "the API" } "." }
    };
    card::page(platform, "Sign in", Width::Form, &content)
}

/// Asks for one click, and for the code where this is another browser than the one that asked.
/// Looking at it changes nothing: mail scanners follow links.
pub fn confirm(
    platform: &str,
    place: &str,
    email: &str,
    needs_code: bool,
    mistake: Option<Mistake>,
) -> String {
    let content = html! {
        h1 { "Sign in to " (place) }
        p.t-2 { "As " strong { (email) } "." }
        @if needs_code {
            p.t-2 { "Please type the six digits that are shown where you asked for this link." }
        }
        form method="post" {
            @if needs_code { (code_field(mistake)) }
            input type="hidden" name="timezone" data-browser-zone;
            button.btn.btn-cta { "Sign in" }
        }
    };
    card::page(platform, "Sign in", Width::Form, &content)
}

fn code_field(mistake: Option<Mistake>) -> Markup {
    let error = mistake.map(|mistake| match mistake {
        Mistake::CodeWrong(1) => "That is not the code. One try is left.".to_owned(),
        Mistake::CodeWrong(left) => format!("That is not the code. {left} tries are left."),
        Mistake::CodeMissing => "The code has six digits.".to_owned(),
    });
    html! {
        div.field {
            label for="f-code" { "Code" }
            input.form-control id="f-code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="7"
                required autofocus aria-invalid=[error.as_ref().map(|_| "true")]
                aria-describedby=[error.as_ref().map(|_| "f-code-about")];
            @if let Some(error) = error { p.error.mb-0 id="f-code-about" role="alert" { (error) } }
        }
    }
}

/// Leads who was invited to signing in.
pub fn invited(platform: &str, place: &str, email: &str) -> String {
    let content = html! {
        h1 { "You are invited to " (place) }
        p.t-2 { "We send a sign-in link to " strong { (email) } ", which lives ten minutes." }
        form method="post" { button.btn.btn-cta { "Send me the link" } }
    };
    card::page(platform, "Invitation", Width::Form, &content)
}

/// A link was sent; the code is for another browser. `mails` is where a platform without a mail
/// server shows them.
pub fn sent(platform: &str, email: &str, code: &str, mails: Option<&str>) -> String {
    let content = html! {
        div role="status" {
            h1 { "Check your inbox" }
            p.t-2 { "If " strong { (email) } " has an account, a link is on its way. It lives ten minutes." }
            p.t-2.mb-0 { "Open it in this browser. In another one, type this code:" }
            p.code { (code) }
        }
        @if let Some(mails) = mails {
            p.t-2 { "This platform has no mail server; the mail is " a href=(mails) { "among its files" } "." }
        }
        p.after { "Nothing came? Look into the folder for spam, or " a href="/login" { "send another link" } "." }
    };
    card::page(platform, "Check your inbox", Width::Form, &content)
}

/// The link opens nothing any more.
pub fn dead(platform: &str) -> String {
    let content = html! {
        h1 { "This link is no longer valid" }
        p.t-2 { "A sign-in link lives ten minutes and works once, and only the newest counts." }
        a.btn.btn-cta href="/login" { "Send me another one" }
    };
    card::page(platform, "This link is no longer valid", Width::Form, &content)
}
