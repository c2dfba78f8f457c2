//! The fields of an appointment, and the page of a new one.

use domain::appointments::Appointment;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::layout::{Frame, Place};
use crate::parts::{DATE_TIME, Field, Head, Input, zone_name};

/// What stands in the forms of an appointment: what is so, or what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// In the zone of the form.
    pub date: String,
    /// In the zone of the form.
    pub time: String,
    /// How long.
    pub duration_minutes: String,
    /// Who comes.
    pub guest_name: String,
    /// Where they are called.
    pub guest_phone: String,
    /// Where they get mail.
    pub guest_email: String,
    /// What it is about.
    pub notes: String,
    /// Why it is called off.
    pub reason: String,
    /// Whether the time was refused for the opening hours, and may be confirmed.
    pub asks_outside_hours: bool,
    /// Names of fields, and what is wrong with each, in a sentence.
    pub errors: Vec<(String, String)>,
}

impl Fields {
    /// As an appointment is.
    pub fn of(appointment: &Appointment, zone: &TimeZone) -> Self {
        let start = zone.to_datetime(appointment.start);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            date: start.date().to_string(),
            time: start.strftime("%H:%M").to_string(),
            duration_minutes: appointment.duration_minutes.to_string(),
            guest_name: text(&appointment.guest.name),
            guest_phone: text(&appointment.guest.phone),
            guest_email: text(&appointment.guest.email),
            notes: text(&appointment.notes),
            ..Self::default()
        }
    }

    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, sentence)| sentence.as_str())
    }

    /// The time that was typed, written like every other.
    pub(super) fn wanted(&self) -> String {
        let at = format!("{}T{}", self.date, self.time).parse::<DateTime>();
        at.map_or_else(|_| format!("{} {}", self.date, self.time), |at| at.strftime(DATE_TIME).to_string())
    }

    /// When, how long, and in which zone that is meant.
    pub(super) fn when(&self, zone: &TimeZone, is_length_needed: bool) -> Markup {
        let hint = (!is_length_needed).then_some("Empty: your usual length.");
        html! {
            input type="hidden" name="zone" value=(zone.iana_name().unwrap_or("UTC"));
            div.fields {
                (self.line("date", "Date", "date", true, None))
                (self.line("time", "Time", "time", true, None))
                (self.line("duration_minutes", "Minutes", "number", is_length_needed, hint))
            }
            @if self.asks_outside_hours {
                div.form-check.mb-3 {
                    input.form-check-input id="f-outside_hours" type="checkbox" name="outside_hours" value="true";
                    label.form-check-label for="f-outside_hours" { "Book it outside the opening hours all the same" }
                }
            }
            p.t-sm.t-3 { "Date and time as in " b { (zone_name(zone)) } "." }
        }
    }

    /// Who comes, and what it is about.
    pub(super) fn guest(&self) -> Markup {
        let notes = Field {
            name: "notes",
            label: "Notes",
            input: Input::Lines,
            value: &self.notes,
            is_required: false,
            hint: None,
            error: self.error("notes"),
        };
        html! {
            (self.line("guest_name", "Guest", "text", false, None))
            div.fields {
                (self.line("guest_phone", "Telephone", "tel", false, None))
                (self.line("guest_email", "E-mail", "email", false, None))
            }
            (notes)
        }
    }

    fn line<'a>(
        &'a self,
        name: &'a str,
        label: &'a str,
        kind: &'a str,
        is_required: bool,
        hint: Option<&'a str>,
    ) -> Field<'a> {
        let value = match name {
            "date" => &self.date,
            "time" => &self.time,
            "duration_minutes" => &self.duration_minutes,
            "guest_name" => &self.guest_name,
            "guest_phone" => &self.guest_phone,
            _ => &self.guest_email,
        };
        let input = Input::Line { kind, autocomplete: Some("off") };
        Field { name, label, input, value, is_required, hint, error: self.error(name) }
    }
}

/// What the page of a new one shows.
pub struct New<'a> {
    /// As typed.
    pub fields: &'a Fields,
    /// In which zone date and time are meant.
    pub zone: &'a TimeZone,
    /// What holds the time that was wanted.
    pub in_the_way: Option<Markup>,
}

/// The page.
pub fn page(frame: &Frame, new: &New<'_>) -> String {
    let sentence = html! { "Anywhere within the opening hours where nothing else is; outside them when you confirm it." };
    let body = html! {
        (Head { title: "New appointment", sentence: Some(sentence), actions: None })
        @if let Some(in_the_way) = &new.in_the_way { (in_the_way) }
        section.panel.lone-form {
            form.body method="post" action="/appointments/new" {
                (new.fields.when(new.zone, false))
                (new.fields.guest())
                div.d-flex.gap-2 {
                    button.btn.btn-cta { "Make the appointment" }
                    a.btn.btn-quiet href="/appointments" { "Leave it" }
                }
            }
        }
    };
    frame.page(Place::Appointments, "New appointment", &body)
}
