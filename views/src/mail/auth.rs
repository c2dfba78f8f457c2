//! Mails with which people sign in.

use maud::html;

use super::{Content, button, page};

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The business, or the platform itself.
    pub place: String,
    /// The link.
    pub url: String,
}

/// One link for each place where this address has an account.
pub fn sign_in(platform_name: &str, doors: &[Door]) -> Content {
    let subject = match doors {
        [door] => format!("Sign in to {}", door.place),
        _ => format!("Sign in to {platform_name}"),
    };
    let mut text = String::from("Somebody, presumably you, asked to sign in.\n\n");
    for door in doors {
        text.push_str(&format!("{}:\n{}\n\n", door.place, door.url));
    }
    text.push_str(
        "The link works once and lives ten minutes. If it was not you, nothing needs to be done.\n",
    );
    let content = html! {
        p { "Somebody, presumably you, asked to sign in." }
        @for door in doors { (button(&door.url, &format!("Sign in to {}", door.place))) }
        p style="color:#5c6370" {
            "The link works once and lives ten minutes. If it was not you, nothing needs to be done."
        }
    };
    let html = page(&subject, platform_name, &content);
    Content { subject, text, html }
}

/// Somebody was made a user.
pub fn invitation(platform_name: &str, inviter: &str, door: &Door) -> Content {
    let place = &door.place;
    let subject = format!("{inviter} invites you to {place}");
    let text = format!(
        "{inviter} has given you access to the calls and the calendar of {place}.\n\n{}\n\n\
         The invitation lives seven days.\n",
        door.url
    );
    let content = html! {
        p { (inviter) " has given you access to the calls and the calendar of " strong { (place) } "." }
        (button(&door.url, "Accept the invitation"))
        p style="color:#5c6370" { "The invitation lives seven days." }
    };
    let html = page(&subject, platform_name, &content);
    Content { subject, text, html }
}
