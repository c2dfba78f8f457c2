//! What a sign-in link leads to.

use maud::{Markup, html};

use crate::card;

/// Tells the server in which zone the browser is: the first admin's becomes the business's. A
/// constant, allowed by its hash (see [`SCRIPT`]'s use in the content security policy).
pub const SCRIPT: &str = "document.querySelectorAll('input[name=timezone]').forEach(function(i){\
try{i.value=Intl.DateTimeFormat().resolvedOptions().timeZone||''}catch(e){}})";

/// What is wrong with what was tried last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Not that code; so many tries are left.
    CodeWrong(i16),
    /// No code was typed, or not six digits.
    CodeMissing,
}

/// Asks for one click, and for the code where this is another browser than the one that asked.
/// Looking at it changes nothing: mail scanners follow links.
pub fn confirm(place: &str, email: &str, needs_code: bool, mistake: Option<Mistake>) -> String {
    let content = html! {
        h1 { "Sign in to " (place) }
        p { "As " strong { (email) } "." }
        @if needs_code {
            p { "Please type the six digits that are shown where you asked for this link." }
        }
        @match mistake {
            Some(Mistake::CodeWrong(1)) => p.error role="alert" { "That is not the code. One try is left." }
            Some(Mistake::CodeWrong(left)) => p.error role="alert" { "That is not the code. " (left) " tries are left." }
            Some(Mistake::CodeMissing) => p.error role="alert" { "The code has six digits." }
            None => {}
        }
        form method="post" {
            @if needs_code {
                label { "Code"
                    input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="7"
                        required autofocus;
                }
            }
            input type="hidden" name="timezone";
            button { "Sign in" }
        }
        (script())
    };
    card::page("Sign in", &content)
}

/// Leads who was invited to signing in.
pub fn invited(place: &str, email: &str) -> String {
    let content = html! {
        h1 { "You are invited to " (place) }
        p { "We send a sign-in link to " strong { (email) } ", which lives ten minutes." }
        form method="post" { button { "Send me the link" } }
    };
    card::page("Invitation", &content)
}

/// A link was sent; the code is for another browser.
pub fn sent(email: &str, code: &str) -> String {
    let content = html! {
        h1 { "Look into your mail" }
        p { "If " strong { (email) } " has an account, a link is on its way. It lives ten minutes." }
        p { "Open it in this browser. In another one, type this code:" }
        p.code { (code) }
    };
    card::page("Look into your mail", &content)
}

/// The link opens nothing any more.
pub fn dead() -> String {
    let content = html! {
        h1 { "This link is used up" }
        p { "A sign-in link lives ten minutes and works once, and only the newest counts. \
             Please ask for a new one." }
    };
    card::page("This link is used up", &content)
}

/// Signed in, while there is no page yet that one would want to see next.
pub fn signed_in(place: &str, email: &str) -> String {
    let content = html! {
        h1 { "You are signed in" }
        p { "To " (place) ", as " strong { (email) } "." }
    };
    card::page("Signed in", &content)
}

fn script() -> Markup {
    // A constant of ours, with nothing in it that came from outside.
    html! { script { (maud::PreEscaped(SCRIPT)) } }
}
