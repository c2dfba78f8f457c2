//! The mails of a platform without a mail server, for whoever tries it on their own machine.

use maud::html;

use crate::card;

/// A mail in the list.
#[derive(Debug)]
pub struct Line {
    /// The name of its file.
    pub name: String,
    /// To whom.
    pub to: String,
    /// What about.
    pub subject: String,
}

/// All of them, newest first.
pub fn list(mails: &[Line]) -> String {
    let content = html! {
        h1 { "Mails" }
        p { "No mail server is configured, so mails are kept as files." }
        @if mails.is_empty() {
            p { "None so far." }
        } @else {
            table {
                tr { th { "To" } th { "Subject" } }
                @for mail in mails {
                    tr {
                        td { (mail.to) }
                        td { a href={ "/dev/mail/" (mail.name) } { (mail.subject) } }
                    }
                }
            }
        }
    };
    card::page("Mails", &content)
}

/// One, as text, with its links to click.
pub fn show(to: &str, subject: &str, text: &str) -> String {
    let content = html! {
        h1 { (subject) }
        p { "To " (to) }
        pre {
            @for word in text.split_inclusive([' ', '\n']) {
                // Nothing else is made a link: a scheme is what escaping does not guard.
                @if word.starts_with("http://") || word.starts_with("https://") {
                    a href=(word.trim_end()) { (word) }
                } @else {
                    (word)
                }
            }
        }
        p { a href="/dev/mail" { "All mails" } }
    };
    card::page(subject, &content)
}
