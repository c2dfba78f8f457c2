//! What is counted of messages. No customer, address or number in any label.

use domain::notifications::Channel;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// The metrics of deliveries; cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    messages: IntCounterVec,
    accepted_seconds: HistogramVec,
    depth: IntGaugeVec,
    oldest_seconds: IntGaugeVec,
}

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its carrier has taken it.
    Sent,
    /// It is tried again.
    PutOff,
    /// It is given up.
    Failed,
    /// It should not go out any more.
    Suppressed,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Outcome::Sent => "sent",
            Outcome::PutOff => "put_off",
            Outcome::Failed => "failed",
            Outcome::Suppressed => "suppressed",
        }
    }
}

impl Metrics {
    /// Registers everything.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| -> Result<IntGaugeVec, prometheus::Error> {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &["channel"])?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let messages = IntCounterVec::new(
            Opts::new("voice_messages_total", "messages by what became of a try"),
            &["channel", "outcome"],
        )?;
        registry.register(Box::new(messages.clone()))?;
        let seconds = HistogramOpts::new(
            "voice_message_accepted_seconds",
            "from queueing a message to its carrier's acceptance",
        );
        // Up to 30 s is the promise; beyond it only how bad it was matters.
        let buckets = vec![0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 3600.0];
        let accepted_seconds = HistogramVec::new(seconds.buckets(buckets), &["channel"])?;
        registry.register(Box::new(accepted_seconds.clone()))?;
        Ok(Self {
            messages,
            accepted_seconds,
            depth: gauge("voice_outbox_depth", "messages waiting to be sent")?,
            oldest_seconds: gauge("voice_outbox_oldest_seconds", "age of the oldest message that waits")?,
        })
    }

    /// A try has ended.
    pub fn count(&self, channel: Channel, outcome: Outcome) {
        self.messages.with_label_values(&[channel.as_str(), outcome.as_str()]).inc();
    }

    /// A message was accepted so long after it was queued.
    pub fn accepted_after(&self, channel: Channel, seconds: f64) {
        self.accepted_seconds.with_label_values(&[channel.as_str()]).observe(seconds);
    }

    /// So many wait, the oldest for so many seconds.
    pub fn waiting(&self, channel: Channel, depth: i64, oldest_seconds: i64) {
        self.depth.with_label_values(&[channel.as_str()]).set(depth);
        self.oldest_seconds.with_label_values(&[channel.as_str()]).set(oldest_seconds);
    }
}
