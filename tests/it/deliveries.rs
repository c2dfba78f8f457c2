//! Events on their way to customers' own systems: what is sent, how it is signed, when it is tried again,
//! and whom an endpoint that does not take them keeps waiting.

mod arrival;
mod faults;
mod given_up;
mod kills;
pub mod log;
mod meanwhile;
mod retries;

use std::sync::Arc;

use domain::ids::EndpointId;
use domain::webhooks::{EventKind, New};

use crate::harness::TestApp;
use crate::harness::app::{Customer, Options};
use crate::harness::receiver::Receiver;

/// A platform that delivers, and may speak to these.
async fn delivering(receivers: &[&Receiver]) -> TestApp {
    let egress_allow = receivers.iter().map(|receiver| receiver.host()).collect();
    TestApp::with(Options { egress_allow, delivers: true, ..Options::default() }).await
}

fn new(url: String) -> New {
    New::of(url)
}

/// An endpoint that hears of everything, and its secret.
async fn endpoint(app: &TestApp, customer: &Customer, url: String) -> (EndpointId, Arc<str>) {
    let (endpoint, secret) = app.tenant(customer).await.create_endpoint(new(url)).await.unwrap();
    (endpoint.id, secret)
}

/// One that hears of ended calls alone.
async fn endpoint_for_calls(app: &TestApp, customer: &Customer, url: String) -> EndpointId {
    let new = New { events: Some(vec![EventKind::CallCompleted]), ..new(url) };
    app.tenant(customer).await.create_endpoint(new).await.unwrap().0.id
}
