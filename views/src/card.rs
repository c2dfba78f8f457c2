//! A page that is one card: what somebody sees who is not signed in.

use maud::{Markup, html};

use crate::layout::{document, mark};

/// How wide the card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// For a form of a field or two.
    Form,
    /// For text.
    Text,
}

/// The page around `content`, under the name of the platform.
pub(crate) fn page(platform: &str, title: &str, width: Width, content: &Markup) -> String {
    let class = match width {
        Width::Form => "card-lone",
        Width::Text => "card-lone wide",
    };
    let body = html! {
        main.lone {
            div class=(class) {
                a.brand href="/" { (mark()) span { (platform) } }
                section.panel { (content) }
            }
        }
    };
    document(None, &format!("{title} · {platform}"), &body)
}
