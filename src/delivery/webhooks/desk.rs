//! Makes one attempt: the body, the signed request, what became of it.
//!
//! The body is kept before it is sent, so that whoever falls in between sends the same bytes under the same
//! id the next time. An event may arrive more than once; it never arrives different.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use actors::clock::Clock;
use actors::error::{Error, Refusal, Unavailable};
use actors::secrets::{Vault, random};
use actors::store::Store;
use actors::store::deliveries::{self, Brief, End, Health, Held, ToSend};
use actors::tenants::Tenants;
use anyhow::Context;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use domain::ids::{CustomerId, EndpointId, EventId};
use domain::webhooks::{EventKind, Failure, GIVE_UP_AFTER, State, TRIES, pause_after};
use jiff::Timestamp;

use super::answer;
use super::body::Bodies;
use super::metrics::Metrics;
use super::places::{TestPlace, TestPlaces};
use super::signature;
use crate::backend::Backend;
use crate::config::Config;
use crate::egress::{Egress, Limits};

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("voice-server-webhooks/", env!("CARGO_PKG_VERSION")));

/// Everything that delivering takes.
pub struct Desk {
    /// Where events wait.
    pub(super) store: Store,
    /// The time of day.
    pub(super) clock: Clock,
    /// What is counted.
    pub(super) metrics: Metrics,
    /// Who switches an endpoint off.
    tenants: Tenants,
    vault: Vault,
    /// Missing on a machine without certificates of the authorities: then nothing can be delivered.
    egress: Option<Arc<Egress>>,
    bodies: Bodies,
    tests: TestPlaces,
}

/// What came of a test, for whoever waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptResult {
    /// The status, if there was an answer.
    pub response_code: Option<u16>,
    /// Why it failed; `None`: it arrived.
    pub failure: Option<Failure>,
    /// From the request to the answer, in milliseconds.
    pub took_ms: u32,
    /// The beginning of the answer, as text.
    pub response: Option<String>,
}

/// What an attempt means for those that wait behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Onward {
    /// It arrived, or there was nothing to send.
    GoOn,
    /// It failed: whether the endpoint is served on is to be decided anew.
    Stop,
}

impl Desk {
    /// From the settings. Nothing is sent yet. `listening` is the public address listened on.
    pub fn new(
        config: &Config,
        backend: &Backend,
        listening: SocketAddr,
        egress: Option<Arc<Egress>>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            store: backend.store.clone(),
            clock: backend.clock.clone(),
            metrics: Metrics::new(&backend.registry).context("register the metrics")?,
            tenants: backend.tenants().clone(),
            vault: backend.vault.clone(),
            egress,
            bodies: Bodies { vault: backend.vault.clone(), public_url: config.public_url(listening) },
            tests: TestPlaces::default(),
        })
    }

    /// Who says whether an address may be spoken to; missing where nothing can be delivered.
    pub fn guard(&self) -> Option<&Egress> {
        self.egress.as_deref()
    }

    /// A place for a test, to be taken before there is one; [`Unavailable::Overloaded`] while too many wait
    /// for theirs, or nothing can be delivered.
    pub fn place_for_test(&self, customer: CustomerId) -> Result<TestPlace, Error> {
        let place = self.tests.take(customer).filter(|_| self.egress.is_some());
        place.ok_or(Error::Unavailable(Unavailable::Overloaded))
    }

    /// Makes the attempt of a test at once, whether the endpoint is on or off, and writes it down as any
    /// other, also when whoever asked has left. [`Refusal::UnknownEndpoint`] where the test does not wait to
    /// be sent (any more).
    pub async fn test_now(
        self: &Arc<Self>,
        place: TestPlace,
        endpoint: EndpointId,
        event: EventId,
    ) -> Result<AttemptResult, Error> {
        let desk = Arc::clone(self);
        let attempt = tokio::spawn(async move {
            let held = Held { customer: place.customer(), endpoint };
            desk.attempt(held, event).await
        });
        let told = attempt.await.map_err(|_| Error::Unavailable(Unavailable::Lost))??;
        let deliveries::Told { response_code, failure, took_ms, response, .. } =
            told.ok_or(Refusal::UnknownEndpoint)?;
        Ok(AttemptResult { response_code, failure, took_ms, response })
    }

    /// Makes the next attempt of a delivery that waits.
    pub(super) async fn deliver(&self, held: Held, event: EventId) -> Result<Onward, Error> {
        let told = self.attempt(held, event).await?;
        Ok(if told.is_some_and(|told| told.failure.is_some()) { Onward::Stop } else { Onward::GoOn })
    }

    /// `None`: there is nothing to send, or somebody else sends it.
    async fn attempt(&self, held: Held, event: EventId) -> Result<Option<deliveries::Told>, Error> {
        let now = self.clock.now();
        // Ours to mend: begun, it would be held against the endpoint.
        let egress = self.egress.as_ref().ok_or(Error::Unavailable(Unavailable::Lost))?;
        let Some(found) = deliveries::brief(&self.store, held, event).await? else { return Ok(None) };
        let written = match found {
            ToSend::This(brief) => self.bodies.of(held, event, &brief, now).map(|body| (brief, body)),
            ToSend::Nothing => None,
        };
        let Some((brief, body)) = written else {
            // Erased meanwhile. Kept waiting, it would hold up all that comes after it.
            tracing::warn!(customer.id = held.customer.0, event.id = %event, "an event is about nothing");
            deliveries::give_up(&self.store, held, event, now).await?;
            return Ok(None);
        };
        // Before it begins: an attempt that cannot be signed would be held against the endpoint.
        let headers = self.headers(held, event, &brief, &body, now)?;
        if !deliveries::begin(&self.store, held, event, &brief, &body, now).await? {
            return Ok(None);
        }
        let told = send(egress, &brief.url, headers, body, now).await;
        self.metrics.count(&told);
        self.settle(held, event, &brief, &told).await?;
        Ok(Some(told))
    }

    fn headers(
        &self,
        held: Held,
        event: EventId,
        brief: &Brief,
        body: &str,
        now: Timestamp,
    ) -> Result<HeaderMap, Error> {
        let secrets = self.secrets(held, brief, now)?;
        let secrets = || secrets.iter().map(String::as_str);
        let named = [
            ("x-webhook-event", brief.kind.as_str().to_owned()),
            ("x-webhook-timestamp", format!("{now:.3}")),
            ("x-webhook-signature", signature::plain(secrets(), body.as_bytes())),
            ("webhook-id", event.to_string()),
            ("webhook-timestamp", now.as_second().to_string()),
            ("webhook-signature", signature::standard(secrets(), event, now, body.as_bytes())),
        ];
        let json = HeaderValue::from_static("application/json");
        let mut headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, json), (header::USER_AGENT, USER_AGENT)]);
        for (name, value) in named {
            let value = HeaderValue::try_from(value).expect("names, numbers, hex and base64 are printable");
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }

    /// Those that sign now, the newest first.
    fn secrets(&self, held: Held, brief: &Brief, now: Timestamp) -> Result<Vec<String>, Error> {
        let open = |sealed: &[u8]| self.vault.open_webhook_secret(held.customer, held.endpoint, sealed);
        let newest = open(&brief.secret).map_err(|error| {
            tracing::error!(customer.id = held.customer.0, endpoint.id = %held.endpoint, %error,
                "nothing can be signed for an endpoint");
            Error::Unavailable(Unavailable::Lost)
        })?;
        let previous = brief.previous.as_ref().filter(|(_, until)| now < *until);
        // One that does not open ends within a day anyway.
        let previous = previous.and_then(|(sealed, _)| open(sealed).ok());
        Ok(std::iter::once(newest).chain(previous).collect())
    }

    async fn settle(
        &self,
        held: Held,
        event: EventId,
        brief: &Brief,
        told: &deliveries::Told,
    ) -> Result<(), Error> {
        let (now, [random]) = (self.clock.now(), random::<1>());
        let jitter = f64::from(random) / f64::from(u8::MAX);
        let end = match told.failure {
            None => End::Delivered,
            Some(failure) => self.end(brief, failure, jitter, told, now),
        };
        let settled = deliveries::settle(&self.store, (held, event), brief, told, end, jitter, now).await?;
        let Some(failure) = told.failure else { return Ok(()) };
        tracing::info!(customer.id = held.customer.0, endpoint.id = %held.endpoint, event.id = %event,
            reason = failure.as_str(), is_final = end == End::Failed, "an event was not taken");
        let why = match settled {
            // A test, or an answer from where the endpoint was before.
            None => return Ok(()),
            Some(_) if failure == Failure::Gone => State::Gone,
            Some(Health { failing_since: Some(since), .. }) if now.duration_since(since) >= GIVE_UP_AFTER => {
                State::Failing
            }
            _ => return Ok(()),
        };
        self.tenants.get(held.customer).await?.switch_off_endpoint(held.endpoint, why).await
    }

    fn end(
        &self,
        brief: &Brief,
        failure: Failure,
        jitter: f64,
        told: &deliveries::Told,
        now: Timestamp,
    ) -> End {
        let tries = brief.tries + 1;
        let tries_max = if brief.kind == EventKind::WebhookTest { 1 } else { TRIES };
        if failure == Failure::Gone || tries >= tries_max {
            return End::Failed;
        }
        match pause_after(tries, jitter, told.retry_after) {
            Some(pause) => End::Again(now + pause),
            None => End::Failed,
        }
    }
}

async fn send(
    egress: &Egress,
    url: &str,
    headers: HeaderMap,
    body: String,
    now: Timestamp,
) -> deliveries::Told {
    let began = Instant::now();
    let request = match egress.request(Method::POST, url) {
        Ok(request) => request.headers(headers).body(body),
        Err(_) => return answer::failed(Failure::Blocked, began),
    };
    match request.send(Limits::WEBHOOK).await {
        Ok(answer) => answer::answered(answer, began, now).await,
        Err(failed) => answer::unanswered(&failed, began),
    }
}
