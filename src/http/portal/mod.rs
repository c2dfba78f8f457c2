//! The pages of businesses and their staff: read what a page shows, call a view, nothing else.

mod account;
mod appointments;
mod billing;
mod calendar;
mod calls;
mod find;
mod home;
mod hours;
mod invoices;
mod live;
mod login;
mod messages;
mod receipts;
mod settings;
mod statements;
mod top_up;
mod users;
mod viewing;
mod wall;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use super::Edge;
use super::api::{kept_by_nobody, same_site_only};

/// Every page and every form.
#[rustfmt::skip]
pub fn router() -> Router<Arc<Edge>> {
    Router::new()
        .route("/", get(home::show))
        .route("/live", get(live::hear))
        .route("/login", get(login::show).post(login::send))
        .route("/more", get(home::more))
        .route("/find", get(find::show))
        .route("/keys", get(find::keys))
        .route("/calls", get(calls::list))
        .route("/calls/{id}", get(calls::show))
        .route("/calls/{id}/assign", post(calls::assign))
        .route("/account", get(account::show))
        .route("/account/sign-out", post(account::sign_out))
        .route("/account/sessions/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_other_sessions))
        .route("/account/tokens", post(account::create_token))
        .route("/account/tokens/revoke", post(account::revoke_token))
        .route("/account/theme", post(account::choose_theme))
        .route("/appointments", get(appointments::list))
        .route("/appointments/new", get(appointments::new).post(appointments::create))
        .route("/appointments/{id}", get(appointments::show))
        .route("/appointments/{id}/move", post(appointments::change::reschedule))
        .route("/appointments/{id}/details", post(appointments::change::details))
        .route("/appointments/{id}/cancel", post(appointments::change::cancel))
        .route("/appointments/{id}/outcome", post(appointments::change::outcome))
        .route("/appointments/{id}/resend", post(appointments::resending::resend))
        .route("/messages", get(messages::list))
        .route("/messages/{id}", get(messages::show))
        .route("/calendar", get(calendar::show))
        .route("/hours", get(hours::show).post(hours::set))
        .route("/hours/preview", post(hours::preview))
        .route("/hours/block", post(hours::block))
        .route("/hours/unblock", post(hours::unblock))
        .route("/users", get(users::list))
        .route("/users/new", get(users::new).post(users::change::invite))
        .route("/users/{id}", get(users::show).post(users::change::save))
        .route("/users/{id}/invite", post(users::change::invite_again))
        .route("/users/{id}/sign-out", post(users::change::sign_out))
        .route("/users/{id}/remove", post(users::change::remove))
        .route("/users/{id}/restore", post(users::change::restore))
        .route("/settings", get(settings::show).post(settings::save))
        .route("/settings/retell", get(settings::retell::show))
        .route("/settings/retell/replace", post(settings::retell::replace))
        .route("/settings/messages", get(settings::messages::show))
        .route("/settings/messages/{occasion}/{channel}", get(settings::messages::edit).post(settings::messages::save))
        .route("/settings/messages/{occasion}/{channel}/preview", post(settings::messages::preview))
        .route("/settings/messages/{occasion}/{channel}/reset", post(settings::messages::reset))
        .route("/settings/retell-key", post(settings::set_key))
        .route("/settings/retell-key/remove", post(settings::remove_key))
        .route("/settings/webhooks", get(webhooks::list).post(webhooks::change::create))
        .route("/settings/webhooks/events", get(webhooks::events))
        .route("/settings/webhooks/{id}", get(webhooks::show).post(webhooks::change::save))
        .route("/settings/webhooks/{id}/state", post(webhooks::change::switch))
        .route("/settings/webhooks/{id}/test", get(webhooks::change::back).post(webhooks::change::try_it))
        .route("/settings/webhooks/{id}/secret", get(webhooks::change::back).post(webhooks::change::rotate))
        .route("/settings/webhooks/{id}/resend", get(webhooks::change::back).post(webhooks::change::again))
        .route("/settings/webhooks/{id}/remove", post(webhooks::change::remove))
        .route("/settings/webhooks/{id}/deliveries/{event}", get(webhooks::deliveries::show))
        .route("/settings/webhooks/{id}/deliveries/{event}/resend", post(webhooks::deliveries::resend))
        .route("/billing", get(billing::show))
        .route("/billing/transactions", get(billing::transactions))
        .route("/billing/receipts/{id}", get(receipts::show))
        .route("/billing/statement", get(statements::show))
        .route("/billing/top-up", get(top_up::show).post(top_up::begin))
        .route("/billing/top-up/done", get(top_up::done))
        .route("/billing/invoices", get(invoices::list))
        .route("/billing/invoices/{id}", get(invoices::show))
        .layer(same_site_only())
        .layer(from_fn(kept_by_nobody))
}
