//! The first page, and on a phone the rest of the menu.

use maud::html;

use crate::layout::{Frame, Place};
use crate::parts::Head;

/// Greets; `hour` is the one where its reader is, 0 to 23.
pub fn page(frame: &Frame, hour: i8) -> String {
    let time = match hour {
        5..12 => "Good morning",
        12..18 => "Good afternoon",
        _ => "Good evening",
    };
    let title = match frame.person.split_whitespace().next() {
        Some(name) if !name.contains('@') => format!("{time}, {name}"),
        _ => time.to_owned(),
    };
    frame.page(Place::Home, "Home", &html! { (Head { title: &title, ..Head::default() }) })
}

/// All pages as a list, for screens without the menu at the side.
pub fn more(frame: &Frame) -> String {
    let body = html! {
        (Head { title: "More", ..Head::default() })
        section.panel { div.body { ul.nav-g { (frame.entries(Place::Account)) } } }
    };
    frame.page(Place::Account, "More", &body)
}
