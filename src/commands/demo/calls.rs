//! The calls of the demo business: some of the last days with what was said in them, in both shapes in
//! which they are reported, and weeks of ordinary ones before.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// Days that the ordinary calls go back: into the month before, whatever day it is.
pub const DAYS: i64 = 40;

/// What callers of a dentist want: summary, length in seconds, score, mood, what was said.
const ORDINARY: [(&str, i64, i64, &str, &str); 5] = [
    (
        "Asked whether the dentist takes her insurance.",
        58,
        88,
        "Neutral",
        "Agent: Harbour Dental, how can I help?\nUser: Do you take Delta insurance?\nAgent: Yes, please bring your card.",
    ),
    (
        "Moved a check-up to Friday.",
        93,
        90,
        "Positive",
        "Agent: Harbour Dental.\nUser: I cannot come on Tuesday.\nAgent: Friday at ten is free.\nUser: That suits me.",
    ),
    (
        "Wanted to know where to park.",
        37,
        81,
        "Neutral",
        "Agent: Harbour Dental.\nUser: Is there parking?\nAgent: Behind the house, for free.",
    ),
    (
        "Asked what a cleaning costs.",
        64,
        76,
        "Neutral",
        "Agent: Harbour Dental.\nUser: How much is a cleaning?\nAgent: Ninety dollars.\nUser: I will think about it.",
    ),
    (
        "Booked a cleaning.",
        121,
        94,
        "Positive",
        "Agent: Harbour Dental, good morning.\nUser: A cleaning, please.\nAgent: Thursday at two?\nUser: Great, thank you.",
    ),
];

/// All of them, the oldest first.
pub fn calls(now: Timestamp) -> Vec<Value> {
    let mut calls = ordinary(now);
    calls.extend(recent(now));
    calls
}

/// Two to four on each day, at the hours in which people call.
fn ordinary(now: Timestamp) -> Vec<Value> {
    let noon = |day: i64| {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        today.checked_sub(day.days()).ok()?.at(12, 0, 0, 0).in_tz("UTC").ok().map(|noon| noon.timestamp())
    };
    let mut calls = Vec::new();
    for day in (6..=DAYS).rev() {
        let Some(noon) = noon(day) else { continue };
        for turn in 0..2 + day % 3 {
            let number = day * 7 + turn * 3;
            let minutes = [-150, 35, 190, -55][usize::try_from(turn).unwrap_or_default()] + number % 25;
            let which = usize::try_from(number).unwrap_or_default() % ORDINARY.len();
            let (summary, seconds, score, mood, said) = ORDINARY[which];
            calls.push(flat(&Sample {
                id: &format!("demo_past_{day}_{turn}"),
                start: noon + minutes.minutes(),
                seconds: seconds + number % 20,
                caller: &format!("+1555010{:04}", 130 + number % 60),
                said,
                summary,
                score,
                mood,
            }));
        }
    }
    calls
}

fn recent(now: Timestamp) -> Vec<Value> {
    let at = |days: i64, minutes: i64| now - (days * 24 * 60 + minutes).minutes();
    let missed = at(1, 200);
    vec![
        flat(&Sample {
            id: "demo_seed_1",
            start: at(5, 90),
            seconds: 184,
            caller: "+15550100121",
            said: "Agent: Harbour Dental, good morning.\nUser: Hello, I would like a check-up next week.\nAgent: Tuesday at half past nine is free.\nUser: Perfect.",
            summary: "Wants a check-up; booked for Tuesday morning.",
            score: 91,
            mood: "Positive",
        }),
        flat(&Sample {
            id: "demo_seed_2",
            start: at(3, 30),
            seconds: 305,
            caller: "+15550100122",
            said: "Agent: Harbour Dental.\nUser: My crown came loose.\nAgent: I am sorry. We have time at eleven.\nUser: I will be there.",
            summary: "A crown came loose; second visit booked.",
            score: 84,
            mood: "Positive",
        }),
        flat(&Sample {
            id: "demo_seed_3",
            start: at(2, 400),
            seconds: 41,
            caller: "+15550100126",
            said: "Agent: Harbour Dental.\nUser: Are you open on Saturday?\nAgent: No, Monday to Friday.",
            summary: "Asked for opening hours.",
            score: 72,
            mood: "Neutral",
        }),
        json!({"event": "call_ended", "call": {
            "call_id": "demo_seed_4", "agent_id": "agent_demo", "call_type": "phone_call",
            "direction": "inbound", "from_number": "+15550100127", "to_number": "+15550100100",
            "call_status": "not_connected", "disconnection_reason": "dial_no_answer",
            "start_timestamp": missed.as_millisecond(), "end_timestamp": missed.as_millisecond(),
        }}),
        flat(&Sample {
            id: "demo_seed_6",
            start: at(0, 260),
            seconds: 151,
            caller: "+15550100119",
            said: "Agent: Harbour Dental.\nUser: I asked about implants last week and nobody called me back.\nAgent: I am sorry. I cannot quote prices for implants.\nUser: Then have somebody call me, please.",
            summary: "Asked about implants and waits for a call back.",
            score: 54,
            mood: "Negative",
        }),
        flat(&Sample {
            id: "demo_seed_5",
            start: at(0, 150),
            seconds: 226,
            caller: "+15550100123",
            said: "Agent: Harbour Dental.\nUser: Bonjour, it would be my first visit.\nAgent: Welcome! Two o'clock?\nUser: Yes please.",
            summary: "First visit booked.",
            score: 95,
            mood: "Positive",
        }),
    ]
}

struct Sample<'a> {
    id: &'a str,
    start: Timestamp,
    seconds: i64,
    caller: &'a str,
    said: &'a str,
    summary: &'a str,
    score: i64,
    mood: &'a str,
}

/// In the shape of the specification.
fn flat(sample: &Sample<'_>) -> Value {
    let Sample { id, start, seconds, caller, said, summary, score, mood } = sample;
    json!({
        "call_id": id, "agent_id": "agent_demo", "call_type": "inbound",
        "from_number": caller, "to_number": "+15550100100",
        "start_time": start.to_string(), "end_time": (*start + seconds.seconds()).to_string(),
        "duration_seconds": seconds, "transcript": said, "transcript_object": utterances(said, *seconds),
        "call_summary": summary, "call_score": score,
        "call_analysis": {"user_sentiment": mood, "topics": ["appointment"]},
        "improvement_recommendations": ["Repeat the date before ending the call"],
    })
}

/// A transcript with times: each line takes its part of the call, and a breath is after it.
fn utterances(said: &str, seconds: i64) -> Value {
    let lines: Vec<(&str, &str)> = said.lines().filter_map(|line| line.split_once(": ")).collect();
    let letters: usize = lines.iter().map(|(_, content)| content.len() + BREATH).sum();
    let mut spoken = 0;
    let utterances = lines.into_iter().map(|(speaker, content)| {
        let at = |letters_before: usize| share(seconds, letters_before, letters);
        let (start, end) = (at(spoken), at(spoken + content.len()));
        spoken += content.len() + BREATH;
        let role = if speaker == "Agent" { "agent" } else { "user" };
        json!({"role": role, "content": content, "words": [{"word": content, "start": start, "end": end}]})
    });
    utterances.collect()
}

/// Letters that somebody could have said while nobody speaks.
const BREATH: usize = 8;

/// So many letters of all of them, in tenths of seconds of a call.
fn share(seconds: i64, letters: usize, of: usize) -> f64 {
    let (letters, of) = (u32::try_from(letters).unwrap_or(u32::MAX), u32::try_from(of).unwrap_or(u32::MAX));
    let seconds = u32::try_from(seconds).unwrap_or_default();
    (f64::from(seconds) * f64::from(letters) / f64::from(of.max(1)) * 10.0).round() / 10.0
}
