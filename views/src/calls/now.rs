//! Calls that are under way: above the list, and on the first page.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, Render, html};

use super::caller::Caller;
use crate::parts::{Style, When};

/// Calls shown; of the others how many there are.
const SHOWN: usize = 5;

/// Somebody who speaks with the assistant just now.
#[derive(Debug, Clone)]
pub struct Speaking {
    /// Who.
    pub caller: Caller,
    /// Since when. Told as an instant, which stays true while a page stands open.
    pub since: Timestamp,
}

/// All of them that a reader may see.
pub struct Now<'a> {
    /// The latest first.
    pub calls: &'a [Speaking],
    /// Where the reader is.
    pub zone: &'a TimeZone,
}

impl Render for Now<'_> {
    fn render(&self) -> Markup {
        if self.calls.is_empty() {
            return html! { div id="live-now" data-live="calls" hidden {} };
        }
        let more = self.calls.len().saturating_sub(SHOWN);
        html! {
            section.now id="live-now" data-live="calls" aria-labelledby="h-now" {
                h2 id="h-now" { i.beat {} "On the phone now" }
                ul {
                    @for call in self.calls.iter().take(SHOWN) {
                        li {
                            b.strong.num { (call.caller.name()) }
                            span.t-sm.t-2 {
                                " " (call.caller.way()) ", since "
                                (When { at: call.since, zone: self.zone, style: Style::Time })
                            }
                        }
                    }
                    @if more > 0 { li.t-sm.t-2 { "and " (more) " more" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_are_shown_and_the_rest_is_counted() {
        let call = Speaking {
            caller: Caller { number: Some("<b>".to_owned()), guest: None, is_outbound: false, is_web: false },
            since: "2026-01-22T13:30:00Z".parse().unwrap(),
        };
        let shown = |count| Now { calls: &vec![call.clone(); count], zone: &TimeZone::UTC }.render().0;
        assert_eq!(shown(0), "<div id=\"live-now\" data-live=\"calls\" hidden></div>");
        assert_eq!(shown(5).matches("&lt;b&gt;").count(), 5);
        assert!(!shown(5).contains("more") && shown(7).contains("and 2 more"));
    }
}
