//! The mails: subject, text and HTML of each.

use maud::{DOCTYPE, Markup, html};

pub mod appointments;
pub mod auth;
pub mod balance;
pub mod invoices;
pub mod webhooks;

/// A mail before it has an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// One line.
    pub subject: String,
    /// For programs and people that read text.
    pub text: String,
    /// The same for the others.
    pub html: String,
}

/// The page around a mail's HTML. Styles stand in the elements: many programs drop style sheets.
fn page(subject: &str, platform_name: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (subject) }
            }
            body style="margin:0;padding:24px;background:#f4f5f7;font:16px/1.6 system-ui,sans-serif;color:#16181d" {
                div style="max-width:520px;margin:0 auto;background:#fff;border-radius:12px;padding:32px" {
                    (content)
                }
                p style="max-width:520px;margin:16px auto;color:#5c6370;font-size:13px" { (platform_name) }
            }
        }
    }
    .into_string()
}

/// A link that looks like a button.
fn button(url: &str, label: &str) -> Markup {
    a_button(url, label, "background:#0f766e;color:#fff;border:1px solid #0f766e")
}

/// The same for what is not what most readers want.
fn quiet_button(url: &str, label: &str) -> Markup {
    a_button(url, label, "background:#fff;color:#16181d;border:1px solid #c9cdd6")
}

fn a_button(url: &str, label: &str, colors: &str) -> Markup {
    const SHAPE: &str =
        "padding:11px 20px;border-radius:10px;text-decoration:none;font-weight:600;display:inline-block";
    html! {
        p style="margin:16px 0 24px" { a href=(url) style={ (colors) ";" (SHAPE) } { (label) } }
    }
}
