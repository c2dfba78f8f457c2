//! The mails of a platform without a mail server, for whoever tries it on their own machine.

use maud::html;

use crate::card::{self, Width};

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
pub fn list(platform: &str, mails: &[Line]) -> String {
    let content = html! {
        h1 { "Mails" }
        p.t-2 { "No mail server is configured, so mails are kept as files." }
        @if mails.is_empty() {
            p { "None so far." }
        } @else {
            table.tbl {
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
    card::page(platform, "Mails", Width::Text, &content)
}

/// One, as text, with its links to click.
pub fn show(platform: &str, to: &str, subject: &str, text: &str) -> String {
    let content = html! {
        h1 { (subject) }
        p.t-2 { "To " (to) }
        pre.mail {
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
    card::page(platform, subject, Width::Text, &content)
}
