//! What keeps an open page true. A part of a page that is marked `data-live="calls balance"` and has an
//! `id` is put in place anew by `live.js` when something of these kinds has changed.

use maud::{Markup, html};

use crate::assets::address;

/// Whether the page hears what changes; there only once the script is.
pub(crate) fn indicator() -> Markup {
    // Not announced on each page: the script turns that on when there is something to say.
    html! { span.live hidden data-live-state role="status" aria-live="off" {} }
}

/// The script.
pub(crate) fn script() -> Markup {
    html! { script src=(address("live.js")) defer {} }
}
