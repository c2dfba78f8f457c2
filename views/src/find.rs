//! Finding a page, a call or an appointment; and which keys do what. Both are pages, which the script
//! shows in a dialog over whatever page one is on.

use domain::appointments::Appointment;
use domain::search::Piece;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::appointments::guest_name;
use crate::calls::Line;
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When};

/// What was found.
pub struct Found<'a> {
    /// What was looked for, as it was typed.
    pub typed: &'a str,
    /// Calls, the newest first.
    pub calls: &'a [Line],
    /// Appointments, the last first.
    pub appointments: &'a [Appointment],
    /// Their reader may make appointments.
    pub may_book: bool,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, found: &Found<'_>) -> String {
    let body = html! {
        (Head { title: "Find", sentence: Some(html! { "A caller's number, a guest's name, a word that was said." }), actions: None })
        section.panel aria-label="Find" {
            div.body {
                form.find-f action="/find" role="search" data-find-form {
                    label.visually-hidden for="find" { "Find a caller, call or appointment" }
                    (Icon("search"))
                    input.find-q type="search" name="q" id="find" value=(found.typed) maxlength="200" placeholder="Find a caller, call or appointment"
                        autocomplete="off" enterkeyhint="search" autofocus;
                    button.btn.btn-soft.btn-sm { "Find" }
                }
                div data-found { (results(frame, found)) }
            }
        }
    };
    frame.page(Place::Find, "Find", &body)
}

/// What was found, without the page around it: the script asks for it with each word.
pub fn results(frame: &Frame, found: &Found<'_>) -> Markup {
    let typed = found.typed.trim().to_lowercase();
    let pages: Vec<(&str, &str, Icon)> = pages(frame, found.may_book)
        .into_iter()
        .filter(|(name, ..)| {
            name.to_lowercase().split(' ').any(|word| word.starts_with(&typed))
                || name.to_lowercase().starts_with(&typed)
        })
        .collect();
    let is_nothing = pages.is_empty() && found.calls.is_empty() && found.appointments.is_empty();
    html! {
        @if is_nothing {
            p.t-2.mt-3.mb-2 role="status" { "Nothing found for “" (found.typed) "”. Numbers, names and words that were said are looked through." }
        }
        @if !found.appointments.is_empty() {
            (group("Appointments", &html! {
                @for one in found.appointments {
                    (hit(&format!("/appointments/{}", one.id), Icon("calendar3"), &html! { (guest_name(one)) }, &html! {
                        (When { at: one.start, zone: found.zone, style: Style::DateTime })
                    }))
                }
            }))
        }
        @if !found.calls.is_empty() {
            (group("Calls", &html! {
                @for line in found.calls { (hit(&format!("/calls/{}", line.id), Icon("telephone"), &html! { span.num { (line.caller.name()) } }, &html! {
                    (When { at: line.at, zone: found.zone, style: Style::DateTime })
                    @if !line.found.is_empty() { " · " (snippet(&line.found)) }
                    @else if let Some(summary) = &line.summary { " · " (summary) }
                })) }
            }))
        }
        @if !pages.is_empty() {
            (group("Pages", &html! { @for (name, path, icon) in pages { (hit(path, icon, &html! { (name) }, &html! {})) } }))
        }
    }
}

/// What can be opened, by its name.
fn pages(frame: &Frame, may_book: bool) -> Vec<(&'static str, &'static str, Icon)> {
    let places =
        frame.menu.iter().chain(&[Place::Account]).map(|place| (place.name(), place.path(), place.icon()));
    let book = may_book.then_some(("New appointment", "/appointments/new", Icon("plus-lg")));
    places.chain(book).chain([("Keyboard", "/keys", Icon("keyboard"))]).collect()
}

fn group(title: &str, hits: &Markup) -> Markup {
    html! { h2.find-h { (title) } ul.find-l { (hits) } }
}

fn hit(path: &str, icon: Icon, name: &Markup, beside: &Markup) -> Markup {
    html! { li { a.find-a href=(path) { (icon) span.strong { (name) } span.t-sm.t-3.trunc { (beside) } } } }
}

fn snippet(pieces: &[Piece]) -> Markup {
    html! { @for piece in pieces { @if piece.is_hit { mark { (piece.text) } } @else { (piece.text) } } }
}

/// Keys that are pressed one after the other or together, and what they do.
type Key = (&'static [&'static str], &'static str);

const KEYS: [(&str, &[Key]); 4] = [
    (
        "Everywhere",
        &[
            (&["Ctrl", "K"], "Find a caller, call or appointment"),
            (&["?"], "This list"),
            (&["Esc"], "Close what is open"),
        ],
    ),
    (
        "Go to",
        &[
            (&["G", "H"], "Home"),
            (&["G", "C"], "Calls"),
            (&["G", "K"], "Calendar"),
            (&["G", "A"], "Appointments"),
            (&["G", "B"], "Billing"),
            (&["G", "O"], "Opening hours"),
            (&["G", "T"], "Team"),
            (&["G", "S"], "Settings"),
        ],
    ),
    (
        "On home, lists and the calendar",
        &[
            (&["C"], "New appointment"),
            (&["J"], "The next row"),
            (&["K"], "The one before"),
            (&["Enter"], "Open it"),
            (&["/"], "Search the list"),
        ],
    ),
    (
        "On a call",
        &[
            (&["Space"], "Play or pause"),
            (&["←"], "10 seconds back"),
            (&["→"], "10 seconds on"),
            (&["J"], "The older call"),
            (&["K"], "The newer call"),
        ],
    ),
];

/// Which keys do what.
pub fn keys(frame: &Frame) -> String {
    let body = html! {
        (Head { title: "Keyboard", sentence: Some(html! { "None of it is needed: each has a button too." }), actions: None })
        section.panel aria-label="Keys" {
            div.body.keys data-keys {
                @for (title, keys) in KEYS {
                    div {
                        h2.find-h { (title) }
                        dl {
                            @for (keys, what) in keys {
                                dt { @for key in *keys { kbd { (key) } " " } }
                                dd { (what) }
                            }
                        }
                    }
                }
            }
        }
    };
    frame.page(Place::Find, "Keyboard", &body)
}
