//! A conversation as people read it: who said what, and when.
//!
//! What was said is in the transcript; who spoke when, in the turns that `retell::events` keeps. Both
//! are Retell's words: what does not fit together is shown without times, and never left out.

use serde_json::Value;

/// Lines that stand alone; what comes after them stands in the last one.
const LINES_MAX: usize = 5_000;
/// More bars than this nobody can tell apart.
const SPANS_MAX: usize = 2_000;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The voice agent.
    Assistant,
    /// The person at the other end.
    Caller,
    /// Somebody to whom the call was handed on.
    Other,
}

/// Somebody spoke, from and to milliseconds of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Who.
    pub speaker: Speaker,
    /// From.
    pub start: i64,
    /// To.
    pub end: i64,
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Something was said.
    Said {
        /// `None` where the transcript does not tell.
        speaker: Option<Speaker>,
        /// What.
        text: String,
        /// In milliseconds of the call, where that is known.
        start: Option<i64>,
        /// The same of its end.
        end: Option<i64>,
    },
    /// The assistant looked something up, or did something.
    Tool(String),
}

/// What was said, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conversation {
    /// In order.
    pub lines: Vec<Line>,
    /// Where it is known who spoke when.
    pub spans: Vec<Span>,
}

impl Conversation {
    /// Reads a transcript, and turns as they are stored.
    pub fn read(transcript: Option<&str>, turns: Option<&str>) -> Self {
        let turns: Vec<Turn> = turns
            .and_then(|turns| serde_json::from_str::<Vec<Value>>(turns).ok())
            .map(|turns| turns.iter().filter_map(Turn::read).collect())
            .unwrap_or_default();
        let spans: Vec<Span> = turns.iter().filter_map(Turn::span).collect();
        let said = utterances(transcript.unwrap_or_default());
        let lines = in_time(&said, &turns).unwrap_or_else(|| {
            let plain = |Utterance { speaker, text }| Line::Said { speaker, text, start: None, end: None };
            said.into_iter().map(plain).collect()
        });
        Self { lines, spans: if spans.len() > SPANS_MAX { Vec::new() } else { spans } }
    }
}

enum Turn {
    Said { speaker: Speaker, start: Option<i64>, end: Option<i64>, chars: usize },
    Tool(String),
}

impl Turn {
    /// `["agent", start, end, characters]` or `["tool", name]`.
    fn read(turn: &Value) -> Option<Self> {
        let turn = turn.as_array()?;
        let speaker = match turn.first()?.as_str()? {
            "tool" => return Some(Self::Tool(turn.get(1)?.as_str()?.to_owned())),
            "agent" => Speaker::Assistant,
            "user" => Speaker::Caller,
            _ => Speaker::Other,
        };
        let at = |index: usize| turn.get(index).and_then(Value::as_i64).filter(|at| *at >= 0);
        let chars = turn.get(3).and_then(Value::as_u64).and_then(|chars| usize::try_from(chars).ok());
        Some(Self::Said { speaker, start: at(1), end: at(2), chars: chars? })
    }

    fn span(&self) -> Option<Span> {
        match *self {
            Self::Said { speaker, start: Some(start), end: Some(end), .. } if start < end => {
                Some(Span { speaker, start, end })
            }
            _ => None,
        }
    }
}

struct Utterance {
    speaker: Option<Speaker>,
    text: String,
}

const LABELS: [(&str, Speaker); 7] = [
    ("Agent:", Speaker::Assistant),
    ("Assistant:", Speaker::Assistant),
    ("AI:", Speaker::Assistant),
    ("User:", Speaker::Caller),
    ("Caller:", Speaker::Caller),
    ("Customer:", Speaker::Caller),
    ("Transfer Target:", Speaker::Other),
];

/// A line that begins with a speaker begins something new; any other goes on with what was said.
fn utterances(transcript: &str) -> Vec<Utterance> {
    let mut said: Vec<Utterance> = Vec::new();
    for line in transcript.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let label = LABELS.iter().find_map(|(label, speaker)| Some((line.strip_prefix(label)?, *speaker)));
        let is_full = said.len() >= LINES_MAX;
        match (label, said.last_mut()) {
            (Some((text, speaker)), _) if !is_full => {
                said.push(Utterance { speaker: Some(speaker), text: text.trim().to_owned() });
            }
            (_, Some(last)) => {
                last.text.push('\n');
                last.text.push_str(line);
            }
            (_, None) => said.push(Utterance { speaker: None, text: line.to_owned() }),
        }
    }
    said
}

/// What was said with the times of the turns; `None` where the two do not tell the same story. A
/// tool in the middle of what somebody says makes two turns of it, but one line of the transcript.
fn in_time(said: &[Utterance], turns: &[Turn]) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut rest = turns.iter().filter(|turn| !matches!(turn, Turn::Said { chars: 0, .. })).peekable();
    rest.peek()?;
    for utterance in said {
        while let Some(Turn::Tool(name)) = rest.next_if(|turn| matches!(turn, Turn::Tool(_))) {
            lines.push(Line::Tool(name.clone()));
        }
        let length = utterance.text.chars().count();
        let Some(Turn::Said { speaker, start, end, chars }) = rest.next() else { return None };
        if utterance.speaker != Some(*speaker) {
            return None;
        }
        let (mut end, mut covered, mut tools) = (*end, *chars, Vec::new());
        while covered < length {
            let mut ahead = rest.clone();
            let mut between = Vec::new();
            while let Some(Turn::Tool(name)) = ahead.next_if(|turn| matches!(turn, Turn::Tool(_))) {
                between.push(Line::Tool(name.clone()));
            }
            match ahead.next() {
                Some(Turn::Said { speaker: next, end: until, chars, .. }) if next == speaker => {
                    // And the blank between the two.
                    covered += chars + 1;
                    end = until.or(end);
                    tools.append(&mut between);
                    rest = ahead;
                }
                _ => break,
            }
        }
        lines.push(Line::Said {
            speaker: utterance.speaker,
            text: utterance.text.clone(),
            start: *start,
            end,
        });
        lines.append(&mut tools);
    }
    for turn in rest {
        match turn {
            Turn::Tool(name) => lines.push(Line::Tool(name.clone())),
            Turn::Said { .. } => return None,
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `speaker start-end text`, one line each.
    fn told(transcript: &str, turns: &str) -> Vec<String> {
        let line = |line: &Line| match line {
            Line::Tool(name) => format!("tool {name}"),
            Line::Said { speaker, text, start, end } => {
                let speaker = speaker.map_or("?", |speaker| match speaker {
                    Speaker::Assistant => "a",
                    Speaker::Caller => "c",
                    Speaker::Other => "o",
                });
                let at = |at: &Option<i64>| at.map_or("?".to_owned(), |at| at.to_string());
                format!("{speaker} {}-{} {text}", at(start), at(end))
            }
        };
        Conversation::read(Some(transcript), Some(turns)).lines.iter().map(line).collect()
    }

    #[test]
    fn what_was_said_has_the_times_of_its_turns() {
        assert_eq!(
            told(
                "Agent: Hello.\nUser: Hi, a crown.\nIt is loose.\n",
                r#"[["agent",500,900,6],["user",1500,3900,24]]"#
            ),
            ["a 500-900 Hello.", "c 1500-3900 Hi, a crown.\nIt is loose."]
        );
    }

    #[test]
    fn a_tool_in_the_middle_of_a_sentence_does_not_part_it() {
        assert_eq!(
            told(
                "Agent: Let me look. Ten is free.\nUser: Good.\nAgent: Bye.",
                r#"[["agent",0,900,12],["tool","availability"],["agent",2000,3000,12],["user",4000,4500,5],
                    ["tool","book"],["agent",5000,5500,4],["tool","end_call"],["user",6000,6000,0]]"#
            ),
            [
                "a 0-3000 Let me look. Ten is free.",
                "tool availability",
                "c 4000-4500 Good.",
                "tool book",
                "a 5000-5500 Bye.",
                "tool end_call"
            ]
        );
    }

    #[test]
    fn what_does_not_fit_together_is_shown_without_times() {
        for turns in [
            r#"[["user",0,900,6]]"#,
            r#"[["agent",0,900,6],["user",1000,1100,3],["agent",1200,1300,9]]"#,
            r#"[["agent",0,900,6]]"#,
            r#"["x",[],{"a":1},[1,2,3,4],["agent"],["tool",7]]"#,
            "nonsense",
            "[]",
        ] {
            assert_eq!(told("Agent: Hello.\nUser: Hi.", turns), ["a ?-? Hello.", "c ?-? Hi."], "{turns}");
        }
        assert_eq!(told("No label\nat all", "[]"), ["? ?-? No label\nat all"]);
        assert_eq!(Conversation::read(None, None), Conversation::default());
    }

    #[test]
    fn a_conversation_without_end_is_shown_to_its_end() {
        let lines = told(&"User: x\n".repeat(LINES_MAX + 2), "[]");
        assert_eq!((lines.len(), lines.last().unwrap().as_str()), (LINES_MAX, "c ?-? x\nUser: x\nUser: x"));
    }

    #[test]
    fn only_what_has_a_length_is_a_span() {
        let turns = r#"[["agent",0,900,6],["user",null,1100,3],["user",1200,1200,3],["third",2000,2100,1]]"#;
        let spans = Conversation::read(None, Some(turns)).spans;
        let told: Vec<(Speaker, i64)> = spans.iter().map(|span| (span.speaker, span.end)).collect();
        assert_eq!(told, [(Speaker::Assistant, 900), (Speaker::Other, 2100)]);
    }
}
