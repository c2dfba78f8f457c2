//! The form of an endpoint: where, of what, with what was said or without.

use domain::webhooks::{Endpoint, EventKind};
use maud::{Markup, html};

use crate::parts::{Check, Field, Input};

/// What is so, or what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Where.
    pub url: String,
    /// For people.
    pub description: String,
    /// Of what.
    pub events: Vec<EventKind>,
    /// Whether calls are told with what was said.
    pub sends_transcripts: bool,
    /// Names of fields, and what is wrong with each, in a sentence.
    pub errors: Vec<(String, String)>,
}

impl Typed {
    /// As an endpoint is.
    pub fn of(endpoint: &Endpoint) -> Self {
        Self {
            url: endpoint.url.clone(),
            description: endpoint.description.clone().unwrap_or_default(),
            events: endpoint.events.clone(),
            sends_transcripts: endpoint.sends_transcripts,
            errors: Vec::new(),
        }
    }

    /// One that is to be made: of everything.
    pub fn fresh() -> Self {
        let events = EventKind::ALL.iter().copied().filter(|kind| kind.is_subscribed_to()).collect();
        Self { events, sends_transcripts: true, ..Self::default() }
    }

    fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, sentence)| sentence.as_str())
    }
}

/// The fields.
pub(super) fn fields(typed: &Typed) -> Markup {
    let line = |kind| Input::Line { kind, autocomplete: Some("off") };
    html! {
        (Field {
            name: "url", label: "Address", input: line("url"), value: &typed.url, is_required: true,
            hint: Some("Begins with https:// and leads to the public internet."), error: typed.error("url"),
        })
        (Field {
            name: "description", label: "Name, for you", input: line("text"), value: &typed.description,
            is_required: false, hint: None, error: typed.error("description"),
        })
        fieldset.field.events aria-describedby=[typed.error("events").map(|_| "events-about")] {
            legend { "Tell it when" }
            div.kinds {
                @for kind in EventKind::ALL.iter().filter(|kind| kind.is_subscribed_to()) {
                    (Check {
                        kind: "checkbox", name: "events", value: kind.as_str(), label: kind.as_str(),
                        meaning: kind.meaning(), is_on: typed.events.contains(kind),
                    })
                }
            }
            @if let Some(error) = typed.error("events") { div.about id="events-about" { p.error { (error) } } }
        }
        (Check {
            kind: "checkbox", name: "sends_transcripts", value: "true", label: "Send transcripts, too",
            meaning: "Without them, calls are told with their summary alone.", is_on: typed.sends_transcripts,
        })
    }
}
