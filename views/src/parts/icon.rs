//! Icons: Bootstrap's, those of them that are named here and there.

use maud::{Markup, Render, html};

use crate::assets::address;

/// An icon by its name in Bootstrap Icons. Decoration: the words beside it say the same. Written as
/// `Icon("house")` with the name in place, which is how `views/assets/build.mjs` finds what is used.
pub struct Icon(pub &'static str);

impl Render for Icon {
    fn render(&self) -> Markup {
        html! { svg.ic aria-hidden="true" { use href={ (address("icons.svg")) "#" (self.0) } {} } }
    }
}
