//! The team in a list.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Member;
use super::words::{role, state};
use crate::layout::{Frame, Place, initials};
use crate::parts::{Head, Icon, Pager, Style, When, empty, zone_name};

/// What the page shows.
pub struct Listed<'a> {
    /// Of this page.
    pub members: &'a [Member],
    /// The way through the others.
    pub pager: Pager,
    /// Those who were removed, instead of those who are there.
    pub is_removed: bool,
    /// Whether its reader may change the team.
    pub may_change: bool,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, listed: &Listed<'_>) -> String {
    let head = Head {
        title: "Team",
        sentence: Some(sentence(listed)),
        actions: listed.may_change.then(|| {
            html! { a.btn.btn-cta href="/users/new" { (Icon("person-plus")) "Invite somebody" } }
        }),
    };
    let current = |is_current: bool| is_current.then_some("page");
    let is_alone = !listed.is_removed && listed.pager.total == 1;
    let body = html! {
        (head)
        section.panel aria-label="Team" {
            div.calbar {
                nav.seg aria-label="Who" {
                    a href="/users" aria-current=[current(!listed.is_removed)] { "Members" }
                    a href="/users?show=removed" aria-current=[current(listed.is_removed)] { "Removed" }
                }
            }
            @if listed.members.is_empty() {
                (empty(Icon("people"), "Nobody was removed", "Whoever is removed from the team stands here, and can be let in again.", None))
            } @else {
                (table(listed))
            }
            @if is_alone {
                (empty(Icon("people"), "Just you so far",
                    "Invite the people who answer for appointments or listen to calls. Each sees only what you allow.", None))
            }
        }
        (listed.pager)
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(listed.zone)) } "." }
    };
    frame.page(Place::Team, "Team", &body)
}

fn sentence(listed: &Listed<'_>) -> Markup {
    let total = listed.pager.total;
    let people = if total == 1 { "1 person".to_owned() } else { format!("{total} people") };
    html! {
        @if listed.is_removed { (people) " who can no longer sign in." }
        @else if total == 1 { "Nobody else can sign in yet." }
        @else { (people) " who can sign in, and what each may see and do." }
    }
}

fn table(listed: &Listed<'_>) -> Markup {
    html! {
        table.tbl.team {
            thead { tr {
                th scope="col" { "Who" } th.hs scope="col" { "Role" } th.hs scope="col" { "May" }
                th.r.hs scope="col" { "Last signed in" }
            } }
            tbody { @for member in listed.members { (row(member, listed.zone)) } }
        }
    }
}

fn row(member: &Member, zone: &TimeZone) -> Markup {
    let last = html! {
        @match member.last_login {
            Some(at) => (When { at, zone, style: Style::DateTime }),
            None => "Not yet",
        }
    };
    html! {
        tr {
            td {
                div.who {
                    span.av { (initials(&member.name)) }
                    span {
                        a.plain.strong.rowlink href={ "/users/" (member.id) } { (member.name) }
                        @if let Some(state) = state(member) { " " (state) }
                        span.d-block.t-sm.t-3 { (member.email) }
                        span.only-s.t-sm.t-2 { (role(member.role)) " · " (rights(&member.rights)) }
                    }
                }
            }
            td.hs { (role(member.role)) }
            td.hs.t-sm.t-2 { (rights(&member.rights)) }
            td.r.hs.t-2.t-sm { (last) }
        }
    }
}

/// In one line: what is said first has the capital.
fn rights(rights: &[&str]) -> String {
    let mut line = String::new();
    for right in rights {
        if line.is_empty() {
            line.push_str(right);
        } else {
            let mut rest = right.chars();
            line.push_str(", ");
            line.extend(rest.next().into_iter().flat_map(char::to_lowercase).chain(rest));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_may_do_is_one_line() {
        assert_eq!(
            rights(&["Sees all calls", "Downloads recordings"]),
            "Sees all calls, downloads recordings"
        );
        assert_eq!(rights(&[]), "");
    }
}
