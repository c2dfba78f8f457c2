//! How a receiver knows our signature: the very files that are tested.

use maud::{Markup, html};

use crate::parts::Icon;

const SNIPPETS: [(&str, &str, &str); 3] = [
    ("Node.js", "verify.mjs", include_str!("../../../docs/webhooks/verify.mjs")),
    ("Python", "verify.py", include_str!("../../../docs/webhooks/verify.py")),
    ("curl and openssl", "verify.sh", include_str!("../../../docs/webhooks/verify.sh")),
];

/// The snippets, folded.
pub(super) fn all() -> Markup {
    html! {
        p.t-sm.t-2 {
            "Anybody can send to your address; only we know the secret. Check the signature over the body as it came, before you read it. "
            "Libraries of Standard Webhooks do it, too."
        }
        @for (language, file, text) in SNIPPETS {
            details.fold {
                summary { (language) span.t-3.t-sm { " · " (file) } }
                div.code-box {
                    pre.mono tabindex="0" aria-label={ "How to verify with " (language) } { (text) }
                    button.btn.btn-soft.btn-sm type="button" data-copy=(text) {
                        (Icon("copy")) span data-label aria-live="polite" { "Copy" } span.visually-hidden { " " (file) }
                    }
                }
            }
        }
    }
}
