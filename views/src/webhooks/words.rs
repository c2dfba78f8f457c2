//! What is said of endpoints and deliveries, in words.

use domain::webhooks::{DeliveryStatus, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::{Delivery, Watched};
use crate::parts::{Style, Tag, When, count, tag};

/// The state of an endpoint: what somebody should look at comes first.
pub(super) fn state(watched: &Watched) -> Markup {
    match watched.endpoint.state {
        State::Paused => tag(Tag::Neutral, "Off"),
        State::Gone | State::Failing => tag(Tag::Bad, "Switched off"),
        State::Enabled if watched.failing_since.is_some() => tag(Tag::Warn, "Failing"),
        State::Enabled if watched.delivered_at.is_none() => tag(Tag::Neutral, "Nothing sent yet"),
        State::Enabled => tag(Tag::Good, "Working"),
    }
}

/// Whether it works, in a line: `Last delivery 2 min ago · 99.2 % of 412 this week`.
pub(super) fn health(watched: &Watched, now: Timestamp) -> String {
    let mut said = vec![match watched.delivered_at {
        Some(at) => format!("Last delivery {}", ago(at, now)),
        None => "Nothing delivered yet".to_owned(),
    }];
    let ended = watched.delivered + watched.failed;
    if ended > 0 {
        // Rounded down: what is not all is not 100.
        let permille = watched.delivered * 1000 / ended;
        let (whole, tenth) = (permille / 10, permille % 10);
        let share = if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") };
        said.push(format!("{share} % of {ended} this week"));
    }
    if watched.pending > 0 {
        said.push(format!("{} waiting", watched.pending));
    }
    said.join(" · ")
}

/// `just now`, `2 min ago`, `3 h ago`, `4 days ago`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} ago", count(minutes / 1440, "day")),
    }
}

/// What became of an event.
pub(super) fn status(status: DeliveryStatus) -> Markup {
    match status {
        DeliveryStatus::Pending => tag(Tag::Warn, "Waiting"),
        DeliveryStatus::Delivered => tag(Tag::Good, "Delivered"),
        DeliveryStatus::Failed => tag(Tag::Bad, "Failed"),
    }
}

/// When it is tried next, or why not.
pub(super) fn next(delivery: &Delivery, now: Timestamp, zone: &TimeZone) -> Option<Markup> {
    let at = delivery.next_at?;
    Some(match delivery.state {
        Some(State::Enabled) if at <= now => html! { "Sent in a moment" },
        Some(State::Enabled) => html! { "Next try " (When { at, zone, style: Style::DateTime }) },
        _ => html! { "Waits until the webhook is switched on" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_how_long_ago_it_was() {
        let now: Timestamp = "2026-01-15T10:00:00Z".parse().unwrap();
        let told = |seconds| ago(now - jiff::SignedDuration::from_secs(seconds), now);
        assert_eq!(told(59), "just now");
        assert_eq!(told(125), "2 min ago");
        assert_eq!(told(3 * 3600), "3 h ago");
        assert_eq!(told(4 * 86_400), "4 days ago");
    }
}
