//! What the actors count. No tenant, key or number in any label.

use prometheus::{Histogram, HistogramOpts, IntCounter, Registry};

/// The actors' metrics; cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Seconds from sending a batch to its answer.
    pub journal_commit_seconds: Histogram,
    /// Entries in a batch.
    pub journal_batch_entries: Histogram,
    /// Entries given up: their callers were told to come back.
    pub journal_lost: IntCounter,
    /// Entries left out by the fence: somebody else owns the tenant, or memory was stale.
    pub journal_fenced: IntCounter,
    /// Entries the database refused: each is a bug, and alarms.
    pub journal_poisoned: IntCounter,
    /// Tenants loaded, again after a reload.
    pub tenant_activations: IntCounter,
    /// Seconds to claim and load one tenant.
    pub tenant_activation_seconds: Histogram,
    /// Tenant actors that fell.
    pub tenant_failures: IntCounter,
    /// Calls recorded for the first time.
    pub calls_recorded: IntCounter,
    /// Calls flagged for a person to look at.
    pub calls_flagged: IntCounter,
    /// Appointments booked.
    pub appointments_booked: IntCounter,
}

impl Metrics {
    /// Registers everything.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| -> Result<IntCounter, prometheus::Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let histogram = |name: &str, help: &str, buckets: Vec<f64>| -> Result<Histogram, prometheus::Error> {
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))?;
            registry.register(Box::new(histogram.clone()))?;
            Ok(histogram)
        };
        let seconds = prometheus::exponential_buckets(0.0005, 2.0, 14)?;
        Ok(Self {
            journal_commit_seconds: histogram(
                "voice_journal_commit_seconds",
                "from sending a batch to its answer",
                seconds.clone(),
            )?,
            journal_batch_entries: histogram(
                "voice_journal_batch_entries",
                "entries in a batch",
                prometheus::exponential_buckets(1.0, 2.0, 9)?,
            )?,
            journal_lost: counter("voice_journal_lost_total", "entries given up")?,
            journal_fenced: counter("voice_journal_fenced_total", "entries left out by the fence")?,
            journal_poisoned: counter("voice_journal_poisoned_total", "entries the database refused")?,
            tenant_activations: counter("voice_tenant_activations_total", "tenants loaded")?,
            tenant_activation_seconds: histogram(
                "voice_tenant_activation_seconds",
                "to claim and load one tenant",
                seconds,
            )?,
            tenant_failures: counter("voice_tenant_failures_total", "tenant actors that fell")?,
            calls_recorded: counter("voice_calls_recorded_total", "calls recorded")?,
            calls_flagged: counter("voice_calls_flagged_total", "calls flagged for review")?,
            appointments_booked: counter("voice_appointments_booked_total", "appointments booked")?,
        })
    }
}
