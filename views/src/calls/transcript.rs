//! What was said, line by line. Times are words; the script makes buttons of them, where there is
//! something to play.

use domain::calls::{Line, Speaker};
use maud::{Markup, html};

use super::length;
use crate::parts::Icon;

/// The lines, at least one. `can_seek` where there is a recording.
pub fn transcript(lines: &[Line], can_seek: bool) -> Markup {
    let is_timed = lines.iter().any(|line| matches!(line, Line::Said { start: Some(_), .. }));
    html! {
        ol.script.untimed[!is_timed] {
            @for line in lines {
                @match line {
                    Line::Tool(name) => li.evrow {
                        (Icon("tools"))
                        span { "The assistant used " b { (name.replace('_', " ")) } }
                    },
                    Line::Said { speaker, text, start, end } => {
                        @let start = start.map(|start| start / 1000);
                        li class=(class(*speaker)) data-a=[start] data-b=[end.map(|end| end / 1000 + 1)] {
                            @if is_timed {
                                span.ts.num data-seek=[start.filter(|_| can_seek)] { @if let Some(start) = start { (length(start)) } }
                            }
                            span.sp { (name(*speaker)) }
                            p { (text) }
                        }
                    }
                }
            }
        }
    }
}

fn class(speaker: Option<Speaker>) -> &'static str {
    match speaker {
        Some(Speaker::Assistant) => "turn a",
        Some(Speaker::Caller) => "turn c",
        Some(Speaker::Other) | None => "turn",
    }
}

fn name(speaker: Option<Speaker>) -> &'static str {
    match speaker {
        Some(Speaker::Assistant) => "Assistant",
        Some(Speaker::Caller) => "Caller",
        Some(Speaker::Other) => "Colleague",
        None => "",
    }
}
