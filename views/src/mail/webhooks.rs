//! Mails to a business's admins about its own systems.

use maud::html;

use super::{Content, button, page};

/// An endpoint that was switched off because of how it answered.
pub struct SwitchedOff {
    /// Of its address: the rest may be a secret.
    pub host: String,
    /// It said so itself (410); else nothing was accepted for days.
    pub is_gone: bool,
}

/// Endpoints were switched off.
pub fn switched_off(endpoints: &[SwitchedOff], platform_name: &str, webhooks_url: &str) -> Content {
    let subject = "A webhook was switched off".to_owned();
    let said: Vec<String> = endpoints
        .iter()
        .map(|endpoint| {
            let SwitchedOff { host, is_gone } = endpoint;
            match is_gone {
                true => format!("{host} answered that nobody wants events there any more (410)."),
                false => format!("{host} has accepted nothing for five days."),
            }
        })
        .collect();
    let so = "Nothing more is sent there. Once it works again, switch the webhook on and send again what it has \
              missed.";
    let text = format!("{}\n\n{so}\n\n{webhooks_url}\n", said.join("\n"));
    let content = html! {
        @for sentence in &said { p { (sentence) } }
        p { (so) }
        (button(webhooks_url, "See the webhooks"))
    };
    let html = page(&subject, platform_name, &content);
    Content { subject, text, html }
}
