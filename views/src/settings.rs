//! What is set for a business: who it is, how callers are booked, what guests are sent, when it is
//! told about its balance. And beside it what it pays and the key it shares with Retell.

mod fields;
mod key;
pub mod messages;
mod reminders;
mod retell;

use domain::billing::Rates;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::billing::rates;
use crate::layout::{Frame, Place};
use crate::parts::{Check, Head, Icon, Input, panel, zone_name};

pub use fields::Fields;
pub use key::{Checked, RetellKey};
pub use retell::{Setup, Urls, page as retell};

/// What the page shows.
pub struct Settings<'a> {
    /// As they are, or as they were typed.
    pub fields: &'a Fields,
    /// Names the account.
    pub email: &'a str,
    /// All time zones there are, by name.
    pub zones: &'a [String],
    /// In force.
    pub rates: &'a Rates,
    /// ISO 4217.
    pub currency: &'a str,
    /// How Retell is known.
    pub key: RetellKey<'a>,
    /// Whether its reader may change it.
    pub may_change: bool,
    /// Whether its reader may see the addresses for Retell.
    pub may_see_urls: bool,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, settings: &Settings<'_>) -> String {
    let sentence = html! { "Who you are, how callers are booked, and what your guests are sent." };
    let body = html! {
        (Head { title: "Settings", sentence: Some(sentence), actions: None })
        @if !settings.fields.errors.is_empty() { (not_saved(settings.fields)) }
        div.grid-2 {
            form.form-stack method="post" action="/settings" data-guarded {
                fieldset disabled[!settings.may_change] {
                    (panel("h-business", "Your business", None, &business(settings)))
                    (panel("h-booking", "Booking rules", None, &booking(settings.fields)))
                    (panel("h-messages", "Messages to guests", None, &messages(settings.fields)))
                    (panel("h-alert", "Low balance", None, &alert(settings)))
                }
                @if settings.may_change { div.savebar { button.btn.btn-cta { "Save settings" } } }
            }
            div.stack {
                (panel("h-retell", "Retell", None, &key::body(settings)))
                (panel("h-webhooks", "Webhooks", None, &html! {
                    p.t-sm.t-2 { "Your own systems are told what happens: calls, appointments, the balance." }
                    p.t-sm.mb-0 { a href="/settings/webhooks" { "Webhooks, and what was sent" } }
                }))
                (panel("h-rates", "Your rates", None, &html! {
                    (rates(settings.rates, settings.currency))
                    p.t-sm.t-3.mb-0.mt-2 { "They are agreed with the platform and cannot be changed here." }
                }))
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(settings.zone)) } "." }
    };
    frame.page(Place::Settings, "Settings", &body)
}

/// What is wrong, with the way to each field.
fn not_saved(fields: &Fields) -> Markup {
    html! {
        div.note role="alert" {
            (Icon("exclamation-triangle-fill"))
            span.t {
                b { "Nothing was saved yet." } " Please look at "
                @for (at, (field, _)) in fields.errors.iter().enumerate() {
                    @if at > 0 { ", " }
                    a href={ "#f-" (field) } { (fields::label(field)) }
                }
                "."
            }
        }
    }
}

fn business(settings: &Settings<'_>) -> Markup {
    let fields = settings.fields;
    let line = |kind, autocomplete| Input::Line { kind, autocomplete: Some(autocomplete) };
    html! {
        (fields.field("company", line("text", "organization"), false, Some("As callers and guests know it.")))
        div.fields.wide {
            (fields.field("name", line("text", "name"), true, Some("Whom the platform speaks to.")))
            (fields.field("phone", line("tel", "tel"), false, Some("The number of the business itself.")))
        }
        (fields.field("timezone", Input::Suggested(settings.zones), true,
            Some("In which opening hours and spoken times are meant. Changed, hours keep their time on the clock, and appointments stay when they are.")))
        (fields.field("billing_address", Input::Lines, false, None))
        p.t-sm.t-3.mb-0 { "The account is that of " b.strong { (settings.email) } "; only the platform changes this address." }
    }
}

fn booking(fields: &Fields) -> Markup {
    let minutes = |min, max| Input::Count { min, max, unit: "minutes" };
    html! {
        div.fields.wide {
            (fields.field("default_duration_minutes", minutes(1, 1440), true, Some("Where nobody says how long.")))
            (fields.field("slot_step_minutes", minutes(1, 1440), false, Some("15 offers 9:00, 9:15, 9:30. Left empty, it is the length of the appointment.")))
            (fields.field("buffer_before_minutes", minutes(0, 1440), true, Some("Kept free before each appointment.")))
            (fields.field("buffer_after_minutes", minutes(0, 1440), true, Some("Kept free after each appointment.")))
            (fields.field("minimum_notice_minutes", minutes(0, 525_600), true, Some("How soon a caller may come: 120 is no sooner than in two hours.")))
            (fields.field("horizon_days", Input::Count { min: 0, max: 3660, unit: "days" }, true, Some("How many days ahead callers may book.")))
            (fields.field("upcoming_per_caller_max", Input::Count { min: 1, max: 1000, unit: "appointments" }, true,
                Some("How many one telephone number may have ahead, so that nobody fills your calendar.")))
        }
        p.t-sm.t-3.mb-0 { "The week and days off are at " a href="/hours" { "Opening hours" } ", where you also see what callers are offered." }
    }
}

fn messages(fields: &Fields) -> Markup {
    let check = |name, label, meaning| Check {
        kind: "checkbox",
        name,
        value: "true",
        label,
        meaning,
        is_on: fields.is_on(name),
    };
    html! {
        (check("sms_enabled", "Text messages", "Guests may be sent a text message about their appointment. Each one costs."))
        (check("email_enabled", "E-mails", "Guests may be sent an e-mail about their appointment."))
        (reminders::choices(fields))
        p.t-sm.mb-0 { a href="/settings/messages" { "What your guests read, and how to say it in your own words" } }
    }
}

fn alert(settings: &Settings<'_>) -> Markup {
    let hint = format!(
        "In {}. Below it the balance counts as low, which the top of every page then shows.",
        settings.currency
    );
    let line = Input::Line { kind: "text", autocomplete: Some("off") };
    html! { (settings.fields.field("low_balance_alert", line, true, Some(&hint))) }
}
