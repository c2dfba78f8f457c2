//! What is counted of events on their way. No customer, endpoint or address in any label.

use actors::store::deliveries::Told;
use domain::webhooks::Failure;
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts, Registry};

/// The metrics of deliveries.
pub struct Metrics {
    attempts: IntCounterVec,
    attempt_seconds: Histogram,
    depth: IntGauge,
    oldest_seconds: IntGauge,
}

impl Metrics {
    /// Registers everything.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let attempts = IntCounterVec::new(
            Opts::new("voice_webhook_deliveries_total", "attempts to deliver an event by how they ended"),
            &["outcome"],
        )?;
        registry.register(Box::new(attempts.clone()))?;
        let seconds = HistogramOpts::new(
            "voice_webhook_attempt_seconds",
            "from the request to the customer's server to its answer",
        );
        // Fifteen seconds are as long as it gets.
        let buckets = vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0];
        let attempt_seconds = Histogram::with_opts(seconds.buckets(buckets))?;
        registry.register(Box::new(attempt_seconds.clone()))?;
        Ok(Self {
            attempts,
            attempt_seconds,
            depth: gauge("voice_webhook_depth", "deliveries waiting for their next try")?,
            oldest_seconds: gauge("voice_webhook_oldest_seconds", "age of the oldest delivery that is due")?,
        })
    }

    /// An attempt has ended.
    pub fn count(&self, told: &Told) {
        self.attempts.with_label_values(&[outcome(told)]).inc();
        self.attempt_seconds.observe(f64::from(told.took_ms) / 1000.0);
    }

    /// So many wait, the oldest of what is due for so many seconds.
    pub fn waiting(&self, depth: i64, oldest_seconds: i64) {
        self.depth.set(depth);
        self.oldest_seconds.set(oldest_seconds);
    }
}

fn outcome(told: &Told) -> &'static str {
    match (told.failure, told.response_code) {
        (None, _) => "delivered",
        (Some(Failure::Redirect), _) => "status_3xx",
        (Some(Failure::Status), Some(400..=499)) => "status_4xx",
        (Some(Failure::Status), Some(500..=599)) => "status_5xx",
        (Some(failure), _) => failure.as_str(),
    }
}
