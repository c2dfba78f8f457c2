//! Every route on one screen, then the layers around them.

mod amount;
pub mod api;
mod assets;
mod body;
pub mod clicksend;
mod csv;
mod dev_mail;
mod edge;
mod form;
mod given;
mod guest;
mod health;
mod idempotency;
mod json;
mod limits;
pub(crate) mod listeners;
mod next;
mod operators;
mod pages;
mod path;
mod portal;
pub mod problem;
mod proxies;
mod query;
mod request_log;
pub mod retell;
pub mod server;
mod session;
pub mod stripe;
mod transport_security;
mod typed;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub use edge::Edge;

/// What the world reaches.
#[rustfmt::skip]
pub fn router(edge: Arc<Edge>) -> Router {
    let (api, document) = api::router().split_for_parts();
    let api = api
        .layer(api::same_site_only())
        .layer(from_fn(api::kept_by_nobody));
    Router::new()
        .merge(api)
        .merge(api::document::routes(document, &edge))
        .merge(portal::router())
        .merge(guest::router(&edge))
        .route("/assets/{name}", get(assets::show))
        .route("/dev/mail", get(dev_mail::list))
        .route("/dev/mail/{name}", get(dev_mail::show))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/api/v1/webhook/retell/{api_key}", post(retell::calls::webhook))
        .route("/api/v1/webhook/retell/{api_key}/inbound", post(retell::calls::inbound))
        .route("/api/v1/function/availability/{api_key}", post(retell::calendar::availability))
        .route("/api/v1/function/book/{api_key}", post(retell::appointments::book))
        .route("/api/v1/function/lookup/{api_key}", post(retell::callers::lookup))
        .route("/api/v1/webhook/stripe", post(stripe::webhook))
        .route("/api/v1/clicksend/inbound/{token}", post(clicksend::replies::inbound))
        .route("/api/v1/clicksend/receipt/{token}", post(clicksend::receipts::receipt))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(Arc::clone(&edge), pages::failures))
        .layer(from_fn_with_state(Arc::clone(&edge), transport_security::guard))
        // Outermost: every answer, also a problem, passes here and gets its request id.
        .route_layer(from_fn_with_state(Arc::clone(&edge), request_log::measure))
        .layer(from_fn(request_log::name))
        .with_state(edge)
}

/// What operators reach, on a listener of its own.
#[rustfmt::skip]
pub fn operators_router(edge: Arc<Edge>) -> Router {
    Router::new()
        .route("/metrics", get(operators::metrics))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/audit/memory", get(operators::memory))
        .route("/audit/memory/{customer_id}", get(operators::memory_of))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(from_fn(request_log::name))
        .with_state(edge)
}
