//! The frame: the business's name above one card. No menu, no cookie, nothing for search engines.

use maud::{DOCTYPE, Markup, html};

use crate::assets::address;
use crate::layout::{initials, mark};

/// A page of a business.
pub(super) fn page(platform: &str, business: &str, title: &str, content: &Markup) -> String {
    let body = html! {
        header.g-head {
            span.av.av-lg aria-hidden="true" { (initials(business)) }
            span.strong { (business) }
        }
        section.panel.g-card { (content) }
        p.g-foot { (business) " takes calls and appointments with " (platform) "." }
    };
    document(&format!("{title} · {business}"), &body)
}

/// A page where it is not known whose.
pub(super) fn page_of_nobody(platform: &str, title: &str, content: &Markup) -> String {
    let body = html! {
        header.g-head { (mark()) span.strong { (platform) } }
        section.panel.g-card { (content) }
    };
    document(&format!("{title} · {platform}"), &body)
}

fn document(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex, nofollow";
                meta name="referrer" content="no-referrer";
                // Telephones make links of what looks like a number to them, also of dates.
                meta name="format-detection" content="telephone=no, date=no, address=no, email=no";
                title { (title) }
                script src=(address("theme.js")) {}
                link rel="preload" href=(address("geist-latin-wght-normal.woff2")) as="font" type="font/woff2" crossorigin;
                link rel="stylesheet" href=(address("bootstrap.css"));
                link rel="stylesheet" href=(address("app.css"));
                link rel="icon" href=(address("mark.svg")) type="image/svg+xml";
                script src=(address("guest.js")) defer {}
            }
            body { main.guest { (body) } }
        }
    }
    .into_string()
}
