//! `POST /api/v1/webhook/stripe`: what Stripe tells about payments.
//!
//! The signature is verified over the raw body before anything is read out of it. A payment is credited once
//! for its id, to whom our own seal names. Stripe tells again for three days whatever is not answered 2xx, and
//! shows it to whoever runs the platform; so what cannot be credited is refused, and only what is none of our
//! business is answered as if it were done.

use std::sync::Arc;

use actors::tenant::Received;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use domain::audit::Author;
use domain::stripe::{Payment, Told, read};
use domain::top_ups::TopUps;
use prometheus::IntCounterVec;
use serde::Serialize;

use super::Edge;
use super::body::read_up_to;
use super::problem::Problem;
use super::session::Client;
use crate::stripe::signature::verify;

/// Events have some kilobytes; those that hold whole objects of a large account have more.
const EVENT_BYTES_MAX: usize = 512 * 1024;

/// The answer to whatever Stripe need not tell again.
#[derive(Serialize)]
pub struct Noted {
    received: bool,
}

/// Takes what Stripe tells.
pub async fn webhook(
    State(edge): State<Arc<Edge>>,
    Client(client): Client,
    request: Request<Body>,
) -> Result<Json<Noted>, Problem> {
    let secret = edge.stripe.webhook_secret.as_ref().ok_or_else(Problem::nothing_here)?;
    let (parts, body) = request.into_parts();
    let body = read_up_to(EVENT_BYTES_MAX, &parts.headers, body).await?;
    if let Err(refused) = verify(&parts.headers, &body, secret.reveal(), edge.clock.now()) {
        count(&edge.metrics.stripe_events, "unsigned");
        return Err(match edge.limits.admit_guess(client) {
            true => Problem::bad_signature(refused.to_string()),
            false => Problem::too_many_requests(),
        });
    }
    let outcome = match read(&body) {
        Ok(Told::Nothing) => Ok("nothing"),
        Ok(Told::Paid(payment)) => credit(&edge, payment).await,
        Err(unreadable) => Err(Problem::bad_body(unreadable.to_string())),
    };
    match outcome {
        Ok(outcome) => {
            count(&edge.metrics.stripe_events, outcome);
            Ok(Json(Noted { received: true }))
        }
        Err(problem) => {
            count(&edge.metrics.stripe_events, "refused");
            Err(problem)
        }
    }
}

/// Raises the balance that a payment is for.
async fn credit(edge: &Edge, payment: Payment) -> Result<&'static str, Problem> {
    let Payment { id, units, currency, claim } = payment;
    let ours = claim.filter(|(customer, seal)| edge.vault.has_made_payment_seal(*customer, seal));
    let Some((customer, _)) = ours else {
        tracing::info!(payment = id, "a payment at Stripe is not for this platform");
        return Ok("foreign");
    };
    let failed = |why: &str| {
        tracing::error!(customer.id = customer.0, payment = id, why, "a payment could not be credited");
    };
    if currency != edge.currency {
        failed("it is in another currency");
        return Err(Problem::conflict("payments in that currency are not taken here"));
    }
    let Some(amount) = TopUps::of(&currency).of_smallest_units(units) else {
        failed("its amount is none");
        return Err(Problem::conflict("a payment of that amount is not taken here"));
    };
    let description = "Payment through Stripe".to_owned();
    let received = Received { by: "stripe", id: id.clone(), amount, description };
    let credited = match edge.tenants.get(customer).await {
        Ok(tenant) => tenant.by(Author::system("stripe")).receive(received).await,
        Err(error) => Err(error),
    };
    credited.map(|_| "payment").map_err(|error| {
        failed(&error.to_string());
        error.into()
    })
}

fn count(events: &IntCounterVec, outcome: &str) {
    events.with_label_values(&[outcome]).inc();
}
