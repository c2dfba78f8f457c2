//! Heads of pages, and the panels under them.

use maud::{Markup, Render, html};

use super::Icon;

/// The head of a page: what it is, one sentence of what it says, what can be done.
#[derive(Default)]
pub struct Head<'a> {
    /// The page's one h1.
    pub title: &'a str,
    /// Under it.
    pub sentence: Option<Markup>,
    /// At the right, on a phone below.
    pub actions: Option<Markup>,
}

impl Render for Head<'_> {
    fn render(&self) -> Markup {
        html! {
            div.head {
                div {
                    h1 { (self.title) }
                    @if let Some(sentence) = &self.sentence { p.t-2.mb-0.mt-1 { (sentence) } }
                }
                @if let Some(actions) = &self.actions { div.act { (actions) } }
            }
        }
    }
}

/// A panel with its title; `id` names it on its page.
pub fn panel(id: &str, title: &str, actions: Option<Markup>, body: &Markup) -> Markup {
    html! {
        section.panel aria-labelledby=(id) {
            header {
                h2 id=(id) { (title) }
                @if let Some(actions) = actions { div.act { (actions) } }
            }
            div.body { (body) }
        }
    }
}

/// What will be here once there is something, and what to do until then.
pub fn empty(icon: Icon, title: &str, sentence: &str, action: Option<Markup>) -> Markup {
    html! {
        div.empty {
            (icon)
            p.strong.mb-1 { (title) }
            p.t-2.t-sm.mb-0 { (sentence) }
            @if let Some(action) = action { div.mt-3 { (action) } }
        }
    }
}
