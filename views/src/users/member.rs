//! One of the team: what they may do, and what can be done about it.

use domain::users::{Role, UserStatus};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::words::{role, state};
use super::{Fields, Member};
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When, panel, zone_name};

/// What the page shows.
pub struct Opened<'a> {
    /// As they are now.
    pub member: &'a Member,
    /// What stands in the form.
    pub fields: &'a Fields,
    /// Why something was not done, where no field is at fault.
    pub refusal: Option<&'a str>,
    /// Whether its reader may change them.
    pub may_change: bool,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, opened: &Opened<'_>) -> String {
    let member = opened.member;
    let may_edit = opened.may_change && member.status != UserStatus::Disabled;
    let sentence = html! { (member.email) @if let Some(state) = state(member) { " " (state) } };
    let body = html! {
        nav.crumb aria-label="Path" { a href="/users" { "Team" } span aria-hidden="true" { "/" } span { (member.name) } }
        (Head { title: &member.name, sentence: Some(sentence), actions: None })
        @if let Some(refusal) = opened.refusal {
            div.note role="alert" { (Icon("exclamation-triangle-fill")) span.t { b { "Nothing was changed. " } (refusal) } }
        }
        div.grid-2 {
            @if may_edit { (panel("h-edit", "What they may do", None, &form(opened))) }
            @else { (panel("h-may", "What they may do", None, &may(member))) }
            div.stack {
                (panel("h-about", "About", None, &about(member, opened.zone)))
                @if opened.may_change { (panel("h-access", "Access", None, &access(member))) }
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(opened.zone)) } "." }
    };
    frame.page(Place::Team, &member.name, &body)
}

fn form(opened: &Opened<'_>) -> Markup {
    html! {
        form method="post" action={ "/users/" (opened.member.id) } {
            (opened.fields.all(true))
            @if opened.member.is_reader && opened.member.role == Role::Admin {
                p.t-sm.t-2 { "This is you: with another role you are signed out, and another admin has to give it back." }
            }
            button.btn.btn-cta { "Save" }
        }
    }
}

fn may(member: &Member) -> Markup {
    html! { ul.rights { @for right in &member.rights { li { (Icon("check-lg")) (right) } } } }
}

fn about(member: &Member, zone: &TimeZone) -> Markup {
    html! {
        dl.facts {
            dt { "Role" } dd { (role(member.role)) }
            dt { "Invited" } dd { (When { at: member.created_at, zone, style: Style::Date }) }
            dt { "Signed in" }
            dd { @match member.last_login { Some(at) => (When { at, zone, style: Style::DateTime }), None => "Not yet" } }
        }
    }
}

fn access(member: &Member) -> Markup {
    let does = |what: &str| format!("/users/{}/{what}", member.id);
    match (member.status, member.last_login) {
        (UserStatus::Disabled, Some(_)) => html! {
            p.t-sm.t-2 { "They cannot sign in. What they did before stays in the history." }
            form method="post" action=(does("restore")) { button.btn.btn-soft { "Let them in again" } }
        },
        (UserStatus::Disabled, None) => html! {
            p.t-sm.t-2 { "They were invited and never signed in." }
            form method="post" action=(does("invite")) { button.btn.btn-soft { (Icon("envelope")) "Invite them again" } }
        },
        (status, _) => html! {
            @if status == UserStatus::Invited {
                p.t-sm.t-2 { "They have not signed in yet. A new mail makes the link before it worthless." }
                form.mb-2 method="post" action=(does("invite")) {
                    button.btn.btn-soft { (Icon("envelope")) "Send the invitation again" }
                }
            }
            @if status == UserStatus::Active {
                details.fold {
                    summary { "Sign out everywhere" }
                    form method="post" action=(does("sign-out")) {
                        p.t-sm.t-2 { "For a lost phone: they can sign in again by mail. Programs with an API token go on working." }
                        button.btn.btn-soft { "Sign out everywhere" }
                    }
                }
            }
            details.fold {
                summary { "Remove from the team" }
                form method="post" action=(does("remove")) {
                    p.t-sm.t-2 {
                        (if member.is_reader { "You are" } else { "They are" })
                        " signed out everywhere, API tokens stop working, and open links are dead. "
                        "The history keeps the name, and an admin can undo this."
                    }
                    button.btn.btn-soft.btn-danger-soft { "Remove " (member.name) }
                }
            }
        },
    }
}
