//! What Retell's analysis says that we understand. It is anybody's JSON: what has another type than
//! the expected one is not there.

use serde_json::Value;

/// Topics, recommendations: what comes after them is left out.
const MANY: usize = 50;
/// Characters of a topic.
const TOPIC_CHARS_MAX: usize = 60;

/// How the caller felt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Well.
    Positive,
    /// Neither.
    Neutral,
    /// Badly.
    Negative,
}

/// What the analysis of a call says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Insight {
    /// How the caller felt.
    pub mood: Option<Mood>,
    /// What it was about, in words.
    pub topics: Vec<String>,
    /// Whether the agent reached its goal.
    pub is_successful: Option<bool>,
    /// Nobody but a machine answered.
    pub is_voicemail: bool,
    /// What could be better.
    pub recommendations: Vec<String>,
}

impl Insight {
    /// Reads an analysis and recommendations.
    pub fn read(analysis: Option<&Value>, recommendations: Option<&Value>) -> Self {
        let of = |key: &str| {
            let analysis = analysis?.as_object()?;
            analysis.get(key).or_else(|| analysis.get("custom_analysis_data")?.get(key))
        };
        let mood = of("user_sentiment").or_else(|| of("sentiment")).and_then(Value::as_str);
        let topics = match of("topics") {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(text)) => text.split([',', ';', '\n']).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let topics = topics.iter().map(|topic| topic.trim()).filter(|topic| !topic.is_empty());
        let list = recommendations.and_then(Value::as_array).into_iter().flatten();
        let list = list.filter_map(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        Self {
            mood: mood.and_then(|mood| match mood.to_ascii_lowercase().as_str() {
                "positive" => Some(Mood::Positive),
                "neutral" => Some(Mood::Neutral),
                "negative" => Some(Mood::Negative),
                _ => None,
            }),
            topics: topics.take(MANY).map(|topic| topic.chars().take(TOPIC_CHARS_MAX).collect()).collect(),
            is_successful: of("call_successful").and_then(Value::as_bool),
            is_voicemail: of("in_voicemail").and_then(Value::as_bool).unwrap_or_default(),
            recommendations: list.take(MANY).map(str::to_owned).collect(),
        }
    }
}

/// A score below it is a bad one.
pub const POOR_SCORE: i32 = 60;

impl Insight {
    /// Whether somebody should look at the call: its caller did not feel well, or did not get what was
    /// wanted, or its score is a bad one.
    pub fn went_badly(&self, score: Option<i32>) -> bool {
        self.mood == Some(Mood::Negative)
            || self.is_successful == Some(false)
            || score.is_some_and(|score| score < POOR_SCORE)
    }
}

/// A part of a text: words, or a moment of the call that they speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words.
    Words(&'a str),
    /// `0:45`, and how many seconds that is.
    Moment(&'a str, u32),
}

/// The moments a text speaks of: `at 0:45`, not beyond the end of the call. `at 2:30 PM` is none.
pub fn moments(text: &str, duration_seconds: u32) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut done = 0;
    for (at, _) in text.match_indices(':') {
        let Some((from, to, seconds)) = clock_around(text, at) else { continue };
        let before = text[..from].trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
        let before = before.trim_start_matches(|c: char| !c.is_alphanumeric());
        let after: String = text[to..].trim_start().chars().take(3).collect();
        let after = after.to_ascii_lowercase();
        let is_hour = ["am", "pm", "a.m", "p.m"].iter().any(|half| after.starts_with(half));
        if from < done || !before.eq_ignore_ascii_case("at") || is_hour || seconds > duration_seconds {
            continue;
        }
        parts.push(Part::Words(&text[done..from]));
        parts.push(Part::Moment(&text[from..to], seconds));
        done = to;
    }
    parts.push(Part::Words(&text[done..]));
    parts.retain(|part| *part != Part::Words(""));
    parts
}

/// Minutes and seconds around a colon: where they begin and end, and how many seconds they are.
fn clock_around(text: &str, colon: usize) -> Option<(usize, usize, u32)> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let from = (colon.saturating_sub(3)..colon).find(|from| (*from..colon).all(is_digit))?;
    let to = colon + 3;
    let is_whole = !is_digit(to)
        && bytes.get(to) != Some(&b':')
        && (from == 0 || !is_digit(from - 1) && bytes[from - 1] != b':');
    if !is_digit(colon + 1) || !is_digit(colon + 2) || !is_whole {
        return None;
    }
    let (minutes, seconds): (u32, u32) = (text[from..colon].parse().ok()?, text[colon + 1..to].parse().ok()?);
    (seconds < 60).then_some((from, to, minutes * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_analysis_says_what_it_says_wherever_it_says_it() {
        let insight = Insight::read(
            Some(&json!({"user_sentiment": "Positive", "call_successful": true, "in_voicemail": false,
                         "custom_analysis_data": {"topics": "Cleaning; Insurance, "}})),
            Some(&json!(["Smile", " ", 7, {"text": "x"}])),
        );
        assert_eq!(insight.mood, Some(Mood::Positive));
        assert_eq!(insight.topics, ["Cleaning", "Insurance"]);
        assert_eq!((insight.is_successful, insight.is_voicemail), (Some(true), false));
        assert_eq!(insight.recommendations, ["Smile"]);
    }

    #[test]
    fn what_has_another_type_is_not_there() {
        for analysis in [
            json!(null),
            json!([]),
            json!("Positive"),
            json!({"user_sentiment": 7, "topics": {"a": 1}, "call_successful": "yes", "in_voicemail": []}),
            json!({"user_sentiment": "Ecstatic", "topics": [1, null, ["x"]], "custom_analysis_data": "x"}),
        ] {
            assert_eq!(Insight::read(Some(&analysis), Some(&analysis)), Insight::default(), "{analysis}");
        }
        let long = Insight::read(Some(&json!({"topics": vec!["é".repeat(500); 500]})), None);
        assert_eq!((long.topics.len(), long.topics[0].chars().count()), (MANY, TOPIC_CHARS_MAX));
    }

    #[test]
    fn a_moment_is_a_time_within_the_call_and_not_of_the_day() {
        let told = |text| -> Vec<(String, Option<u32>)> {
            let parts = moments(text, 125).into_iter();
            parts
                .map(|part| match part {
                    Part::Words(words) => (words.to_owned(), None),
                    Part::Moment(text, seconds) => (text.to_owned(), Some(seconds)),
                })
                .collect()
        };
        assert_eq!(
            told("At 0:45 say é, at 2:05."),
            [
                ("At ".into(), None),
                ("0:45".into(), Some(45)),
                (" say é, at ".into(), None),
                ("2:05".into(), Some(125)),
                (".".into(), None)
            ]
        );
        for none in [
            "at 2:06",
            "at 1:30 PM",
            "at 1:30pm",
            "0:45",
            "at 0:4",
            "at 0:60",
            "at 0:451",
            "at 1:00:10",
            "at :30",
            "é:é",
            "",
        ] {
            assert!(told(none).iter().all(|(_, seconds)| seconds.is_none()), "{none}");
        }
    }
}
