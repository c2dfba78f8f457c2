//! Our own API: JSON for the portal's scripts and for customers' developers.
//!
//! Each handler states its path and its documentation; a route is in the router and in the
//! document, or in neither. Rights are checked first, by `SignedIn::member`; then names, which mean
//! something within the viewer's customer only.

pub mod admin;
pub mod appointments;
pub mod auth;
pub mod billing;
pub mod calendar;
pub mod calls;
pub mod document;
pub mod listing;
pub mod notifications;
pub mod recordings;
pub mod settings;
pub mod users;
pub mod webhooks;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Edge;
use super::problem::Problem;

/// All routes, and the document that describes them.
#[rustfmt::skip]
pub fn router() -> OpenApiRouter<Arc<Edge>> {
    OpenApiRouter::with_openapi(document::base())
        .routes(routes!(auth::login::ask))
        .routes(routes!(auth::links::look, auth::sign_in::verify))
        .routes(routes!(auth::sessions::end_this))
        .routes(routes!(auth::me::show))
        .routes(routes!(auth::sessions::list))
        .routes(routes!(auth::sessions::end))
        .routes(routes!(auth::tokens::list, auth::tokens::create))
        .routes(routes!(auth::tokens::revoke))
        .routes(routes!(calls::list))
        .routes(routes!(calls::search))
        .routes(routes!(calls::show))
        .routes(routes!(calls::assign))
        .routes(routes!(recordings::recording))
        .routes(routes!(recordings::download))
        .routes(routes!(recordings::link))
        .routes(routes!(recordings::by_link))
        .routes(routes!(appointments::list, appointments::placement::create))
        .routes(routes!(appointments::show, appointments::change::change, appointments::change::cancel))
        .routes(routes!(appointments::resending::resend))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::show))
        .routes(routes!(calendar::show))
        .routes(routes!(calendar::availability, calendar::hours::set_hours))
        .routes(routes!(calendar::blocked_dates::block))
        .routes(routes!(calendar::blocked_dates::unblock))
        .routes(routes!(billing::balance))
        .routes(routes!(billing::transactions))
        .routes(routes!(billing::export::download))
        .routes(routes!(billing::export::download_json))
        .routes(routes!(billing::statement::show))
        .routes(routes!(billing::usage::show))
        .routes(routes!(billing::receipts::show))
        .routes(routes!(billing::top_up::show, billing::top_up::begin))
        .routes(routes!(billing::invoices::list))
        .routes(routes!(billing::invoices::draft))
        .routes(routes!(billing::invoices::show))
        .routes(routes!(billing::invoices::pdf))
        .routes(routes!(users::list, users::invitation::invite))
        .routes(routes!(users::show, users::change, users::remove))
        .routes(routes!(users::sessions::end))
        .routes(routes!(settings::show, settings::change))
        .routes(routes!(settings::keys::set_retell_key, settings::keys::remove_retell_key))
        .routes(routes!(settings::keys::rotate_api_key))
        .routes(routes!(settings::templates::list))
        .routes(routes!(settings::templates::set, settings::templates::reset))
        .routes(routes!(settings::templates::preview::show))
        .routes(routes!(webhooks::first::show, webhooks::first::put, webhooks::first::remove))
        .routes(routes!(webhooks::first::test_it))
        .routes(routes!(webhooks::endpoints::list, webhooks::endpoints::create))
        .routes(routes!(webhooks::endpoints::show, webhooks::endpoints::change, webhooks::endpoints::remove))
        .routes(routes!(webhooks::endpoints::rotate))
        .routes(routes!(webhooks::testing::test_one))
        .routes(routes!(webhooks::resending::since))
        .routes(routes!(webhooks::events::list))
        .routes(routes!(webhooks::deliveries::list))
        .routes(routes!(webhooks::deliveries::show))
        .routes(routes!(webhooks::resending::one))
        .routes(routes!(admin::dashboard::show))
        .routes(routes!(admin::customers::list, admin::customers::registration::create))
        .routes(routes!(admin::customers::show, admin::customers::change))
        .routes(routes!(admin::customers::status::suspend))
        .routes(routes!(admin::customers::status::activate))
        .routes(routes!(admin::credit::credit))
        .routes(routes!(admin::corrections::adjust))
        .routes(routes!(admin::corrections::refund))
        .routes(routes!(admin::void::void))
        .routes(routes!(admin::settings::show, admin::settings::change))
        .routes(routes!(admin::settings::logo::show, admin::settings::logo::set, admin::settings::logo::remove))
}

/// Refuses what a page of another site sends with the user's cookie: browsers say where a request
/// comes from, programs say nothing and have no cookie of somebody else's.
pub fn same_site_only() -> CsrfLayer<fn(ProtectionError) -> Response> {
    CsrfLayer::new().with_rejection_response(|_| Problem::cross_site().into_response())
}

/// What is answered here is one person's, and kept by nobody on the way. A name with a NUL in it is
/// nobody's: the database's texts cannot hold it.
pub async fn kept_by_nobody(request: Request, next: Next) -> Response {
    let mut response = match request.uri().path().contains("%00") {
        true => Problem::nothing_here().into_response(),
        false => next.run(request).await,
    };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
