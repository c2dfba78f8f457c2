//! Figures, their medians, and how these stand to the targets.

use std::fmt::Write;

/// Everything measured, in the order of the first time.
#[derive(Debug, Default)]
pub struct Report {
    figures: Vec<(String, &'static str, Vec<f64>)>,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    More,
    Less,
}

/// What a figure, or the ratio of two, is to reach.
struct Target {
    what: &'static str,
    /// The figure, and what its median is divided by.
    figure: (&'static str, Option<&'static str>),
    unit: &'static str,
    better: Better,
    at_least: f64,
    aim: f64,
}

/// As agreed on before anything was built.
const TARGETS: [Target; 17] = [
    target(
        "webhooks/s of one customer, against pgbench",
        ("webhooks/s, hot", Some("pgbench calls/s, hot")),
        "×",
        Better::More,
        2.5,
        4.0,
    ),
    target(
        "webhooks/s of many customers, against pgbench",
        ("webhooks/s, spread", Some("pgbench calls/s, spread")),
        "×",
        Better::More,
        2.0,
        3.0,
    ),
    target("p99 of a webhook, hot", ("webhook p99, hot", None), "ms", Better::Less, 20.0, 10.0),
    target("p99 of a webhook, spread", ("webhook p99, spread", None), "ms", Better::Less, 20.0, 10.0),
    target("availability", ("availability/s", None), "/s", Better::More, 30_000.0, 55_000.0),
    target("p99 of availability", ("availability p99", None), "ms", Better::Less, 1.0, 1.0),
    target("p99 of a booking", ("book p99", None), "ms", Better::Less, 10.0, 5.0),
    target(
        "p99 of a booking during another's flood, against idle",
        ("book p99, during a flood", Some("book p99, idle")),
        "×",
        Better::Less,
        3.0,
        1.5,
    ),
    target("memory of an idle customer", ("memory of a customer", None), "KiB", Better::Less, 64.0, 16.0),
    target(
        "10,000 cold activations, 16 in parallel",
        ("activation of all cold", None),
        "s",
        Better::Less,
        10.0,
        3.0,
    ),
    target("p95 of a page of a million calls", ("list p95", None), "ms", Better::Less, 20.0, 10.0),
    target(
        "p95 of the slowest page of the portal",
        ("slowest page p95", None),
        "ms",
        Better::Less,
        50.0,
        25.0,
    ),
    target("p95 of a search among a million calls", ("search p95", None), "ms", Better::Less, 100.0, 50.0),
    target("p95 of a page of one's own of them", ("own list p95", None), "ms", Better::Less, 20.0, 10.0),
    target("p95 of a search among one's own", ("own search p95", None), "ms", Better::Less, 100.0, 50.0),
    target("2,000 messages accepted", ("2,000 messages accepted", None), "s", Better::Less, 30.0, 10.0),
    target("20,000 months closed", ("20,000 months closed", None), "s", Better::Less, 600.0, 120.0),
];

const fn target(
    what: &'static str,
    figure: (&'static str, Option<&'static str>),
    unit: &'static str,
    better: Better,
    at_least: f64,
    aim: f64,
) -> Target {
    Target { what, figure, unit, better, at_least, aim }
}

impl Report {
    /// Notes one measurement.
    pub fn note(&mut self, figure: impl Into<String>, unit: &'static str, value: f64) {
        let figure = figure.into();
        match self.figures.iter_mut().find(|(name, ..)| *name == figure) {
            Some((.., values)) => values.push(value),
            None => self.figures.push((figure, unit, vec![value])),
        }
    }

    fn median(&self, figure: &str) -> Option<f64> {
        let (.., values) = self.figures.iter().find(|(name, ..)| name == figure)?;
        let mut values = values.clone();
        values.sort_unstable_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len().is_multiple_of(2) {
            Some((values.get(middle - 1)? + values.get(middle)?) / 2.0)
        } else {
            values.get(middle).copied()
        }
    }

    /// Both tables, in Markdown.
    pub fn tables(&self) -> String {
        let mut text = String::from("| figure | median | each time |\n|---|---|---|\n");
        for (name, unit, values) in &self.figures {
            let each: Vec<String> = values.iter().map(|value| number(*value)).collect();
            let median = self.median(name).map(number).unwrap_or_default();
            let _ = writeln!(text, "| {name} | {median} {unit} | {} |", each.join(" · "));
        }
        text.push_str("\n| target | measured | at least | aim | |\n|---|---|---|---|---|\n");
        for target in &TARGETS {
            let Some(measured) = self.measured(target) else { continue };
            let Target { what, unit, at_least, aim, .. } = target;
            let (measured_, at_least_, aim_) = (number(measured), number(*at_least), number(*aim));
            let verdict = target.verdict(measured);
            let _ = writeln!(
                text,
                "| {what} | **{measured_} {unit}** | {at_least_} {unit} | {aim_} {unit} | {verdict} |"
            );
        }
        text
    }

    fn measured(&self, target: &Target) -> Option<f64> {
        let median = self.median(target.figure.0)?;
        match target.figure.1 {
            None => Some(median),
            Some(other) => Some(median / self.median(other)?),
        }
    }
}

impl Target {
    fn verdict(&self, measured: f64) -> String {
        let reaches = |bound: f64| match self.better {
            Better::More => measured >= bound,
            Better::Less => measured <= bound,
        };
        if reaches(self.aim) {
            return "aim reached".to_owned();
        }
        if reaches(self.at_least) {
            return "reached".to_owned();
        }
        let off = (measured / self.at_least - 1.0).abs() * 100.0;
        format!("MISSED by {off:.0} %")
    }
}

/// Three digits that count, more before the point.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => {
            let digits = format!("{value:.0}");
            let split = digits.len().saturating_sub(3);
            if digits.len() > 4 { format!("{},{}", &digits[..split], &digits[split..]) } else { digits }
        }
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
