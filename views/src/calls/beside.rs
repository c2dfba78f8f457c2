//! What stands beside a conversation: how it went, what came of it, what it cost, whose it is.

use domain::appointments::Status as AppointmentStatus;
use domain::billing::cost_of_call;
use domain::calls::{Mood, Part, moments};
use domain::ids::CallId;
use maud::{Markup, html};

use super::caller::number_text;
use super::detail::{Assignment, Call, Charge};
use super::{length, score};
use crate::parts::{Choice, Field, Icon, Input, Style, Tag, When, money, panel, tag};

/// Its score, and what the analysis says.
pub(super) fn how_it_went(call: &Call<'_>) -> Markup {
    let insight = call.insight;
    html! {
        @match call.line.score {
            Some(score) => (score::dial(score)),
            None => p.t-2.mb-0 { "This call was not scored." }
        }
        @if insight.mood.is_some() || insight.is_successful.is_some() || insight.is_voicemail {
            dl.kv.mt-3 {
                @if let Some(mood) = insight.mood { dt { "Mood of the caller" } dd { (mood_tag(mood)) } }
                @if let Some(is_successful) = insight.is_successful {
                    dt { "Goal" }
                    dd { @if is_successful { (tag(Tag::Good, "Reached")) } @else { (tag(Tag::Warn, "Not reached")) } }
                }
                @if insight.is_voicemail { dt { "Answered by" } dd { "a machine" } }
            }
        }
    }
}

fn mood_tag(mood: Mood) -> Markup {
    match mood {
        Mood::Positive => tag(Tag::Good, "Positive"),
        Mood::Neutral => tag(Tag::Neutral, "Neutral"),
        Mood::Negative => tag(Tag::Bad, "Negative"),
    }
}

/// What could be better; moments of the call can be jumped to.
pub(super) fn recommendations(call: &Call<'_>) -> Markup {
    let duration = u32::try_from(call.line.duration_seconds).unwrap_or_default();
    html! {
        ol.recs {
            @for text in &call.insight.recommendations {
                li {
                    div.written {
                        @for part in moments(text, duration) {
                            @match part {
                                Part::Words(words) => (words),
                                Part::Moment(text, at) => span.num data-seek=[call.line.has_recording.then_some(at)] { (text) },
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Appointments.
pub(super) fn booked(call: &Call<'_>) -> Markup {
    html! {
        ul.rows {
            @for appointment in call.appointments {
                li {
                    div.tx {
                        div.strong { (When { at: appointment.start, zone: call.zone, style: Style::Long }) }
                        div.t-sm.t-2 {
                            @if let Some(name) = &appointment.guest.name { (name) " · " }
                            (appointment.duration_minutes) " minutes"
                            @if let Some(notes) = &appointment.notes { " · " (notes) }
                        }
                        div.mt-1 { (standing(appointment.status)) }
                    }
                }
            }
        }
    }
}

fn standing(status: AppointmentStatus) -> Markup {
    match status {
        AppointmentStatus::Scheduled => tag(Tag::Agent, "Scheduled"),
        AppointmentStatus::Completed => tag(Tag::Good, "Completed"),
        AppointmentStatus::Cancelled => tag(Tag::Neutral, "Cancelled"),
        AppointmentStatus::NoShow => tag(Tag::Bad, "Did not come"),
    }
}

/// What it cost, and what it is called.
pub(super) fn details(call: &Call<'_>) -> Markup {
    html! {
        dl.kv {
            @if let Some(charge) = call.charge { dt { "Cost" } dd.num { (formula(charge, call.currency)) } }
            @if let Some(number) = call.business_number { dt { "Your number" } dd.num { (number_text(number)) } }
            @if let Some(why) = call.ended_by { dt { "Ended by" } dd { (why.replace('_', " ")) } }
            dt { "Call" } dd.mono { (call.line.id) }
            dt { "Retell's name of it" }
            dd.mono {
                (call.retell_call_id) " "
                button.btn.btn-quiet.btn-sm type="button" data-copy=(call.retell_call_id) aria-label="Copy Retell's name of the call" {
                    (Icon("copy")) span data-label { "Copy" }
                }
            }
        }
    }
}

/// `2 min 5 s × $1.00 a minute = $2.0833`; the sum alone where that is not how it came about.
fn formula(charge: Charge, currency: &str) -> Markup {
    let Charge { billable_seconds, rate, cost } = charge;
    let (minutes, seconds) = (billable_seconds / 60, billable_seconds % 60);
    html! {
        @if billable_seconds > 0 && cost_of_call(rate, billable_seconds) == cost {
            @if minutes > 0 { (minutes) " min " }
            @if seconds > 0 || minutes == 0 { (seconds) " s " }
            "× " (money(rate, currency)) " a minute = "
        }
        b { (money(cost, currency)) }
    }
}

/// A form by which it is given to somebody.
pub(super) fn assign(call: CallId, assignment: &Assignment<'_>) -> Markup {
    let nobody = Choice { value: "", label: "Whoever has its agent or number" };
    let people = assignment.people.iter().map(|(id, name)| Choice { value: id, label: name });
    let choices: Vec<Choice<'_>> = [nobody].into_iter().chain(people).collect();
    html! {
        form method="post" action={ "/calls/" (call) "/assign" } {
            (Field {
                name: "user_id",
                label: "Shown to",
                input: Input::Choice(&choices),
                value: assignment.current,
                is_required: false,
                hint: Some("Staff who do not see all calls see this one only if it is theirs."),
                error: assignment.error,
            })
            button.btn.btn-soft { "Save" }
        }
    }
}

/// Other calls of the same number.
pub(super) fn others(call: &Call<'_>) -> Markup {
    let all = call.all_of_number.map(|address| html! { a.t-sm href=(address) { "All" } });
    let list = html! {
        ul.rows {
            @for line in call.others {
                li {
                    div.tx {
                        a.plain.strong href={ "/calls/" (line.id) } {
                            (When { at: line.at, zone: call.zone, style: Style::DateTime })
                        }
                        @if let Some(summary) = &line.summary { span.gist.t-sm.t-2 { (summary) } }
                    }
                    span.act.t-sm.t-3.num { (length(i64::from(line.duration_seconds))) }
                }
            }
        }
    };
    panel("h-others", "Other calls of this number", all, &list)
}
