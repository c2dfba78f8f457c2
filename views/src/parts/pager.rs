//! Leafing through a list.

use domain::page::Page;
use maud::{Markup, Render, html};

use super::Icon;

/// Where in a list a page is, and the addresses of its neighbours.
pub struct Pager {
    /// The first row on it, from 1.
    pub first: i64,
    /// Rows on it.
    pub rows: i64,
    /// Rows on all pages, as far as they are counted.
    pub total: i64,
    /// False where there are more.
    pub total_is_exact: bool,
    /// What comes before it in the list.
    pub newer: Option<String>,
    /// What comes after.
    pub older: Option<String>,
    /// How many rows a page may have: each with its address, the present one with none.
    pub sizes: Vec<(u32, Option<String>)>,
}

impl Pager {
    /// Of a page of a list, whose other pages are at these addresses.
    pub fn of<T>(page: &Page<T>, address: impl Fn(u32) -> String) -> Self {
        let rows = i64::try_from(page.items.len()).unwrap_or(i64::MAX);
        let first = i64::from(page.page - 1) * i64::from(page.per_page) + 1;
        Self {
            first,
            rows,
            total: page.total,
            total_is_exact: page.total_is_exact,
            newer: (page.page > 1).then(|| address(page.page - 1)),
            older: (first.saturating_add(rows) <= page.total).then(|| address(page.page + 1)),
            sizes: Vec::new(),
        }
    }
}

impl Render for Pager {
    fn render(&self) -> Markup {
        // On the shortest page there would be room for all of them.
        let is_short = self.sizes.iter().all(|(rows, _)| self.total <= i64::from(*rows));
        if is_short && self.newer.is_none() && self.older.is_none() {
            return Markup::default();
        }
        let last = self.first + self.rows - 1;
        html! {
            nav.pager aria-label="Pages" {
                span.t-sm.t-3.num {
                    (self.first) "–" (last) " of " @if !self.total_is_exact { "more than " } (self.total)
                }
                @if !self.sizes.is_empty() {
                    span.sizes.t-sm.t-3 {
                        "Rows"
                        @for (size, address) in &self.sizes {
                            @match address {
                                Some(address) => a.num href=(address) { (size) }
                                None => b.num aria-current="true" { (size) }
                            }
                        }
                    }
                }
                span.steps {
                    (step(self.newer.as_deref(), "prev", html! { (Icon("chevron-left")) "Newer" }))
                    (step(self.older.as_deref(), "next", html! { "Older" (Icon("chevron-right")) }))
                }
            }
        }
    }
}

fn step(address: Option<&str>, rel: &str, label: Markup) -> Markup {
    html! {
        @if let Some(address) = address { a.btn.btn-soft.btn-sm href=(address) rel=(rel) { (label) } }
    }
}
