//! Tells a tenant's own systems what happens, and keeps where they hear of it.
//!
//! Memory has the endpoints, because each event is put on its way to those that hear it in the commit of
//! what it tells; their secrets it does not have.

use std::sync::Arc;

use data_encoding::BASE64;
use domain::audit;
use domain::ids::{EndpointId, EventId};
use domain::notifications::Topic;
use domain::webhooks::{
    ENDPOINTS_MAX, Edit, Endpoint, EndpointRefusal, EventKind, New, SECRET_OVERLAP, State as Standing,
    TestData, host_of,
};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};

use super::decision::Decision;
use super::handle::TenantHandle;
use super::message::Message;
use super::state::State;
use crate::error::{Error, Refusal};
use crate::secrets::{Vault, random};
use crate::store::change::{Change, EndpointRow};
use crate::store::rows::{DeliveryRow, EventRow, Rows};

/// Random bytes of a secret; Standard Webhooks asks for 24 to 64.
const SECRET_BYTES: usize = 32;
/// Whoever asked for a test makes the first attempt; should they fall, a worker makes it so much later.
const TEST_GRACE: SignedDuration = SignedDuration::from_secs(60);

impl State {
    /// Tells the customer's own systems: an event, on its way to each endpoint that hears of it.
    pub fn announce(
        &mut self,
        kind: EventKind,
        subject: String,
        payload: Option<String>,
        now: Timestamp,
        rows: &mut Rows,
    ) {
        let event = self.event(kind, subject, payload, now, rows);
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.hears(kind)) {
            rows.deliveries.push(self.delivery(endpoint.id, event, kind, now, now));
        }
    }

    fn event(
        &mut self,
        kind: EventKind,
        subject: String,
        payload: Option<String>,
        now: Timestamp,
        rows: &mut Rows,
    ) -> EventId {
        let id = self.tick();
        self.event_seq += 1;
        rows.events.push(EventRow {
            customer_id: self.customer.0,
            id,
            event: kind.as_str().to_owned(),
            subject,
            payload,
            created_at: now.to_sqlx(),
            sequence: self.event_seq,
        });
        EventId(id)
    }

    fn delivery(
        &self,
        endpoint: EndpointId,
        event: EventId,
        kind: EventKind,
        due: Timestamp,
        now: Timestamp,
    ) -> DeliveryRow {
        DeliveryRow {
            customer_id: self.customer.0,
            endpoint_id: endpoint.0,
            event_id: event.0,
            event: kind.as_str().to_owned(),
            due_at: due.to_sqlx(),
            created_at: now.to_sqlx(),
        }
    }

    fn endpoint(&mut self, id: EndpointId) -> Result<&mut Endpoint, Refusal> {
        self.endpoints.iter_mut().find(|endpoint| endpoint.id == id).ok_or(Refusal::UnknownEndpoint)
    }

    fn refuse_suspended(&self) -> Result<(), Refusal> {
        if self.is_active() { Ok(()) } else { Err(Refusal::Suspended) }
    }
}

/// One endpoint more. Its id is a tick of the tenant's clock, as those of events are: what is told with
/// a larger one goes there.
pub(super) fn create(
    state: &mut State,
    new: New,
    secret: &str,
    vault: &Vault,
    now: Timestamp,
) -> Decision<Endpoint> {
    if let Err(refusal) = state.refuse_suspended() {
        return Decision::refuse(refusal);
    }
    if new.is_first && !state.endpoints.is_empty() {
        return Decision::refuse(EndpointRefusal::NotFirst);
    }
    if state.endpoints.len() >= ENDPOINTS_MAX {
        return Decision::refuse(EndpointRefusal::TooMany);
    }
    let endpoint = match new.endpoint(EndpointId(state.seq + 1), last4(secret), now) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return Decision::refuse(refusal),
    };
    state.tick();
    state.endpoints.push(endpoint.clone());
    let sealed = vault.seal_webhook_secret(state.customer, endpoint.id, secret);
    write(state, "endpoint.created", None, endpoint, Some(sealed), now)
}

/// The endpoint as wished.
pub(super) fn edit(state: &mut State, id: EndpointId, edit: &Edit, now: Timestamp) -> Decision<Endpoint> {
    if let Err(refusal) = state.refuse_suspended() {
        return Decision::refuse(refusal);
    }
    let endpoint = match state.endpoint(id) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return Decision::refuse(refusal),
    };
    let edited = match endpoint.edited(edit, now) {
        Ok(edited) => edited,
        Err(refusal) => return Decision::refuse(refusal),
    };
    if edited == *endpoint {
        return Decision::known(edited);
    }
    let before = std::mem::replace(endpoint, edited.clone());
    state.tick();
    write(state, "endpoint.changed", Some(&before), edited, None, now)
}

/// Another secret; the one in force signs beside it for a while.
pub(super) fn rotate(
    state: &mut State,
    id: EndpointId,
    secret: &str,
    vault: &Vault,
    now: Timestamp,
) -> Decision<Endpoint> {
    if let Err(refusal) = state.refuse_suspended() {
        return Decision::refuse(refusal);
    }
    let endpoint = match state.endpoint(id) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return Decision::refuse(refusal),
    };
    endpoint.secret_last4 = last4(secret);
    endpoint.previous_until = Some(now + SECRET_OVERLAP);
    let endpoint = endpoint.clone();
    state.tick();
    let sealed = vault.seal_webhook_secret(state.customer, id, secret);
    write(state, "endpoint.secret_rotated", None, endpoint, Some(sealed), now)
}

/// No such endpoint any more.
pub(super) fn remove(state: &mut State, id: EndpointId, now: Timestamp) -> Decision<()> {
    if let Err(refusal) = state.endpoint(id) {
        return Decision::refuse(refusal);
    }
    state.endpoints.retain(|endpoint| endpoint.id != id);
    state.tick();
    let mut rows = Rows::default();
    state.audit(audit::Change::of("endpoint.removed", id.to_string()), now, &mut rows);
    Decision::change((), Change::EndpointRemoved { id: id.0 }, rows)
}

/// Nobody answers there any more: nothing is sent from now on, and the admins are told.
pub(super) fn switch_off(state: &mut State, id: EndpointId, why: Standing, now: Timestamp) -> Decision<()> {
    let endpoint = match state.endpoint(id) {
        Ok(endpoint) if endpoint.state == Standing::Enabled => endpoint,
        _ => return Decision::known(()),
    };
    endpoint.turn(why, now);
    let endpoint = endpoint.clone();
    state.tick();
    let mut rows = Rows::default();
    state.queue_to_admins(Topic::Endpoint, now, &mut rows);
    let line =
        audit::Change::of("endpoint.switched_off", id.to_string()).to(json!({ "state": why.as_str() }));
    state.audit(line, now, &mut rows);
    Decision::change((), Change::Endpoint(row(&endpoint, None)), rows)
}

/// An event for this endpoint alone. Whoever asks makes the first attempt.
pub(super) fn test(state: &mut State, id: EndpointId, now: Timestamp) -> Decision<EventId> {
    if let Err(refusal) = state.endpoint(id) {
        return Decision::refuse(refusal);
    }
    let (kind, mut rows) = (EventKind::WebhookTest, Rows::default());
    let data = TestData { message: "It works." };
    let payload = serde_json::to_string(&data).ok();
    let event = state.event(kind, id.to_string(), payload, now, &mut rows);
    rows.deliveries.push(state.delivery(id, event, kind, now + TEST_GRACE, now));
    Decision::write(event, rows)
}

fn write(
    state: &mut State,
    action: &'static str,
    before: Option<&Endpoint>,
    endpoint: Endpoint,
    sealed: Option<Vec<u8>>,
    now: Timestamp,
) -> Decision<Endpoint> {
    let mut rows = Rows::default();
    let mut line = audit::Change::of(action, endpoint.id.to_string()).to(told(&endpoint));
    if let Some(before) = before {
        line = line.from(told(before));
    }
    state.audit(line, now, &mut rows);
    let change = Change::Endpoint(row(&endpoint, sealed));
    Decision::change(endpoint, change, rows)
}

/// What the audit log says of an endpoint: of its address the host, since the rest may be a secret.
fn told(endpoint: &Endpoint) -> Value {
    let events: Vec<&str> = endpoint.events.iter().map(|event| event.as_str()).collect();
    json!({
        "host": host_of(&endpoint.url),
        "events": events,
        "sends_transcripts": endpoint.sends_transcripts,
        "state": endpoint.state.as_str(),
    })
}

fn row(endpoint: &Endpoint, sealed: Option<Vec<u8>>) -> EndpointRow {
    EndpointRow {
        id: endpoint.id.0,
        url: endpoint.url.clone(),
        description: endpoint.description.clone(),
        events: endpoint.events.iter().map(|event| event.as_str()).collect(),
        sends_transcripts: endpoint.sends_transcripts,
        state: endpoint.state.as_str(),
        state_since: endpoint.state_since.to_string(),
        sealed: sealed.map(|sealed| data_encoding::HEXLOWER.encode(&sealed)),
        secret_last4: endpoint.secret_last4.clone(),
        previous_until: endpoint.previous_until.map(|until| until.to_string()),
        created_at: endpoint.created_at.to_string(),
    }
}

fn last4(secret: &str) -> String {
    secret.chars().skip(secret.chars().count().saturating_sub(4)).collect()
}

/// A secret as Standard Webhooks writes them.
fn fresh_secret() -> Arc<str> {
    format!("whsec_{}", BASE64.encode(&random::<SECRET_BYTES>())).into()
}

impl TenantHandle {
    /// Makes an endpoint; answers it with its secret, which nobody is told again.
    pub async fn create_endpoint(&self, new: New) -> Result<(Endpoint, Arc<str>), Error> {
        let (new, secret) = (Arc::new(new), fresh_secret());
        let message =
            |command| Message::CreateEndpoint { new: Arc::clone(&new), secret: Arc::clone(&secret), command };
        Ok((self.change(message).await?, secret))
    }

    /// Changes an endpoint: all that is named, or nothing.
    pub async fn edit_endpoint(&self, id: EndpointId, edit: Edit) -> Result<Endpoint, Error> {
        let edit = Arc::new(edit);
        self.change(|command| Message::EditEndpoint { id, edit: Arc::clone(&edit), command }).await
    }

    /// Gives an endpoint another secret, which nobody is told again. The one in force signs beside it for
    /// [`SECRET_OVERLAP`]; one before that ends.
    pub async fn rotate_endpoint_secret(&self, id: EndpointId) -> Result<(Endpoint, Arc<str>), Error> {
        let secret = fresh_secret();
        let message = |command| Message::RotateEndpointSecret { id, secret: Arc::clone(&secret), command };
        Ok((self.change(message).await?, secret))
    }

    /// Takes an endpoint away; what waits for it is given up, its log stays.
    pub async fn remove_endpoint(&self, id: EndpointId) -> Result<(), Error> {
        self.change(|command| Message::RemoveEndpoint { id, command }).await
    }

    /// Switches an endpoint off because of how it answers, and tells the admins.
    pub async fn switch_off_endpoint(&self, id: EndpointId, why: Standing) -> Result<(), Error> {
        self.change(|command| Message::SwitchOffEndpoint { id, why, command }).await
    }

    /// Puts a test on its way to an endpoint, whatever that hears of and whether it is on. Whoever asks is
    /// expected to make the attempt.
    pub async fn test_endpoint(&self, id: EndpointId) -> Result<EventId, Error> {
        self.change(|command| Message::TestEndpoint { id, command }).await
    }
}
