//! The secret of an endpoint: shown once, then its end.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::{Watched, snippets};
use crate::parts::{Icon, Style, When};

/// What is known of it, how it is replaced, how it is used.
pub(super) fn body(watched: &Watched, secret: Option<&str>, may_change: bool, zone: &TimeZone) -> Markup {
    let endpoint = &watched.endpoint;
    html! {
        @if let Some(secret) = secret {
            p.t-2 { b.strong { "Copy it now: it is not shown again." } }
            div.secret.mb-3 {
                code.mono { (secret) }
                button.btn.btn-soft.btn-sm type="button" data-copy=(secret) {
                    (Icon("copy")) span data-label aria-live="polite" { "Copy" } span.visually-hidden { " secret" }
                }
            }
        } @else {
            p.mb-2 { code.mono { "whsec_…" (endpoint.secret_last4) } }
        }
        @if let Some(at) = endpoint.previous_until {
            p.t-sm.t-2 { "The secret before it signs, too, until " (When { at, zone, style: Style::DateTime }) "." }
        }
        (snippets::all())
        @if may_change {
            details.fold {
                summary { "Replace the secret" }
                form method="post" action={ "/settings/webhooks/" (endpoint.id) "/secret" } {
                    p.t-sm.t-2 {
                        "You get a new one, shown once. For 24 hours we sign with both, so nothing is refused while you put it in place. "
                        "One that was replaced before ends at once."
                    }
                    input type="hidden" name="secret" value=(endpoint.secret_last4);
                    button.btn.btn-soft.btn-danger-soft { "Replace the secret" }
                }
            }
        }
    }
}
