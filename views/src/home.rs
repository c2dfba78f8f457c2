//! The page at the root, for whoever opens the address in a browser.

use maud::html;

use crate::card;

/// Says what this is.
pub fn page(platform_name: &str) -> String {
    let content = html! {
        h1 { (platform_name) }
        p { "The telephone of a business, answered by a voice agent." }
        ul {
            li { "Callers hear which times are free, and book one while they speak." }
            li { "Every call is charged once, to the second, and can be proved afterwards." }
            li { "What was acknowledged is kept, whatever falls over." }
        }
        p.after { "For developers: " a href="/api/docs" { "the API" } "." }
    };
    card::page(platform_name, &content)
}
