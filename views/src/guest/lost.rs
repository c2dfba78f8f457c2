//! Where a link leads to nothing, or nothing can be shown just now.

use maud::html;

use super::shell;

/// No appointment has this link.
pub fn unknown(platform: &str) -> String {
    let content = html! {
        h1 { "This link leads nowhere" }
        p.t-2 { "It may have been cut off on its way: please open it from the message once more, or copy all of it." }
        p.t-2.mb-0 { "If that does not help, call the business you have the appointment with." }
    };
    shell::page_of_nobody(platform, "This link leads nowhere", &content)
}

/// Something is in the way; what was asked for did not happen.
pub fn failed(platform: &str, title: &str, detail: &str, request_id: Option<&str>) -> String {
    let content = html! {
        h1 { (title) }
        p.t-2 { (detail) }
        @if let Some(request_id) = request_id {
            p.t-sm.t-3.mb-0 { "If you ask about it, this number helps: " span.mono { (request_id) } }
        }
    };
    shell::page_of_nobody(platform, title, &content)
}
