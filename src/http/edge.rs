//! What every handler works with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actors::arrivals::Arrivals;
use actors::clock::Clock;
use actors::secrets::Vault;
use actors::store::Store;
use actors::tenants::Tenants;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use super::body::LargeBodies;
use super::health::Readiness;
use super::limits::Limits;
use super::listeners::Listeners;
use super::proxies::Proxies;
use super::retell::agents::Agents;
use crate::backend::{Backend, Seams};
use crate::config::{Config, Secret};
use crate::delivery::background::Background;
use crate::delivery::email::{Mailer, mail_folder};
use crate::delivery::sign_in::SignIns;
use crate::delivery::webhooks;
use crate::egress::Egress;
use crate::recordings::Recordings;
use crate::retell::Retell;
use crate::stripe::Stripe;

/// Shared by all requests.
pub struct Edge {
    /// Find a tenant here.
    pub tenants: Tenants,
    /// The database, for readiness and agents.
    pub store: Store,
    /// The time of day, for signatures.
    pub clock: Clock,
    /// Knows the keys made here.
    pub vault: Vault,
    /// Who asks too often.
    pub limits: Limits,
    /// Bounds the memory of large bodies.
    pub large_bodies: LargeBodies,
    /// Whether the database answers.
    pub readiness: Readiness,
    /// What of Retell's has arrived.
    pub arrivals: Arrivals,
    /// Whose agents sign with the platform's key.
    pub agents: Agents,
    /// Signs for customers without a key of their own.
    pub retell_api_key: Option<Secret>,
    /// What the platform is called.
    pub platform_name: String,
    /// ISO 4217: all amounts are in it.
    pub currency: String,
    /// What is counted at the edge.
    pub metrics: Metrics,
    /// Everything that is counted.
    pub registry: Registry,
    /// What of the records does not agree.
    pub discrepancies: IntGauge,
    /// Makes and mails sign-in links.
    pub sign_ins: SignIns,
    /// Work begun by requests.
    pub background: Background,
    /// Where people reach the platform, without a slash at the end.
    pub public_url: String,
    /// They do so over TLS.
    pub is_public: bool,
    /// Where mails are kept as files; `None` where a server takes them or others could look.
    pub mail_folder: Option<PathBuf>,
    /// Fetches recordings while they are heard.
    pub recordings: Recordings,
    /// Makes pages to pay on, and knows what Stripe has said.
    pub stripe: Stripe,
    /// Tells customers' own systems of a test at once.
    pub webhooks: Arc<webhooks::Desk>,
    /// What stands between us and whoever asks.
    pub proxies: Proxies,
    /// Pages that hear what changes.
    pub listeners: Listeners,
    /// How often each of them is looked after.
    pub live_beat: Duration,
    /// How long Retell is let wait for an answer.
    pub patience: Duration,
}

/// What is counted at the edge. Labels are route templates and classes, never a tenant.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Seconds by route template and status class.
    pub request_seconds: HistogramVec,
    /// Bodies accepted although nothing signs them.
    pub unsigned: IntCounter,
    /// Function calls that were answered with a refusal, by function.
    pub function_refusals: IntCounterVec,
    /// What Stripe told, by what became of it.
    pub stripe_events: IntCounterVec,
    /// Tenants in memory, set when asked.
    pub tenants_resident: IntGauge,
    /// Pages that hear what changes, set when asked.
    pub live_streams: IntGauge,
    /// Those that found no place.
    pub live_refused: IntCounter,
}

impl Edge {
    /// Registers the edge's metrics. `address` is the one listened on; `webhooks` delivers events, `egress`
    /// speaks to others, `retell` to Retell.
    pub fn new(
        config: &Config,
        backend: &Backend,
        address: SocketAddr,
        seams: &Seams,
        webhooks: Arc<webhooks::Desk>,
        egress: Option<Arc<Egress>>,
        retell: Retell,
    ) -> anyhow::Result<Self> {
        let registry = backend.registry.clone();
        let buckets = prometheus::exponential_buckets(0.0005, 2.0, 14)?;
        let request_seconds = HistogramVec::new(
            HistogramOpts::new("voice_http_request_seconds", "from the request's head to the answer")
                .buckets(buckets),
            &["route", "status"],
        )?;
        let unsigned = IntCounter::new(
            "voice_retell_unsigned_total",
            "bodies accepted on the URL's key alone, because no Retell key is configured",
        )?;
        let function_refusals = IntCounterVec::new(
            Opts::new("voice_function_refusals_total", "function calls answered with success: false"),
            &["function"],
        )?;
        let stripe_events = IntCounterVec::new(
            Opts::new("voice_stripe_events_total", "what Stripe told, by what became of it"),
            &["outcome"],
        )?;
        let tenants_resident = IntGauge::new("voice_tenants_resident", "tenants in memory")?;
        let live_streams = IntGauge::new("voice_live_streams", "pages that hear what changes")?;
        let live_refused =
            IntCounter::new("voice_live_refused_total", "pages that found no place to hear what changes")?;
        registry.register(Box::new(request_seconds.clone()))?;
        registry.register(Box::new(live_streams.clone()))?;
        registry.register(Box::new(live_refused.clone()))?;
        registry.register(Box::new(unsigned.clone()))?;
        registry.register(Box::new(function_refusals.clone()))?;
        registry.register(Box::new(stripe_events.clone()))?;
        registry.register(Box::new(tenants_resident.clone()))?;
        let background = Background::default();
        let public_url = config.public_url(address);
        let sign_ins = SignIns::new(
            backend.store.clone(),
            backend.vault.clone(),
            backend.clock.clone(),
            Mailer::new(config)?,
            background.clone(),
            config.platform_name.clone(),
            public_url.clone(),
        );
        let stripe = Stripe::new(config, egress.clone())?;
        let shows_mails = config.smtp_host.is_none() && config.is_on_this_machine();
        Ok(Self {
            tenants: backend.tenants().clone(),
            store: backend.store.clone(),
            clock: backend.clock.clone(),
            vault: backend.vault.clone(),
            limits: Limits::new(config),
            large_bodies: LargeBodies::default(),
            readiness: Readiness::default(),
            arrivals: backend.arrivals().clone(),
            agents: Agents::default(),
            retell_api_key: config.retell_api_key.clone(),
            platform_name: config.platform_name.clone(),
            currency: config.currency.clone(),
            metrics: Metrics {
                request_seconds,
                unsigned,
                function_refusals,
                stripe_events,
                tenants_resident,
                live_streams,
                live_refused,
            },
            registry,
            discrepancies: backend.discrepancies.clone(),
            sign_ins,
            background,
            public_url,
            is_public: config.is_public(),
            mail_folder: shows_mails.then(|| mail_folder(config)),
            recordings: Recordings::new(egress, retell, seams.listener_idle),
            stripe,
            webhooks,
            proxies: Proxies::new(&config.trusted_proxies),
            listeners: Listeners::new(config.connections_max),
            live_beat: seams.live_beat,
            patience: seams.patience,
        })
    }
}
