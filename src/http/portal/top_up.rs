//! How to pay, the way to where it is done, and back.

use std::sync::Arc;

use actors::store::billing::standing;
use actors::store::platform::invoice_settings;
use axum::extract::State;
use axum::response::Response;
use domain::billing::BalanceState;
use domain::money::Money;
use domain::top_ups::TopUps;
use domain::users::Action;
use domain::webhooks::host_of;
use serde::Deserialize;
use views::top_up::{Leaving, TopUp, done as thanks, leave, page};

use super::appointments::sentence;
use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::billing::top_up::{page_for, reference};
use crate::http::form::Form;
use crate::http::problem::Problem;

/// The amount, as it was typed or chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    #[serde(default)]
    amount: String,
}

/// How to pay.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let page = shown(&edge, &viewing, "", None).await?;
    Ok(viewing.page(&edge, page))
}

/// The page that leads to where it is paid.
pub async fn begin(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::TopUp)?;
    let begun = match Money::parse(&sent.amount) {
        Some(amount) => page_for(&edge, customer, amount).await.map(|top_up| (amount, top_up)),
        None => Err(Problem::invalid_field("amount", "type an amount, such as 50 or 12.50")),
    };
    match begun {
        Ok((amount, top_up)) => {
            let until = top_up.expires_at.to_zoned(viewing.zone.clone()).strftime("%A at %H:%M").to_string();
            let frame = viewing.frame(&edge).await?;
            let leaving = Leaving {
                amount,
                currency: &edge.currency,
                url: &top_up.url,
                host: host_of(&top_up.url),
                until: &until,
            };
            Ok(viewing.page(&edge, leave(&frame, &leaving)))
        }
        Err(problem) => {
            let page = shown(&edge, &viewing, &sent.amount, Some(&problem)).await?;
            Ok(viewing.again(&edge, page))
        }
    }
}

/// Where who has paid comes back to. That it was paid is told by Stripe, not by who comes here.
pub async fn done(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::TopUp)?;
    let standing = standing(&edge.store, customer).await?;
    let standing = standing.ok_or_else(|| Problem::nothing_of_that_name("customer"))?;
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, thanks(&frame, standing.balance, &edge.currency)))
}

async fn shown(
    edge: &Edge,
    viewing: &Viewing,
    typed: &str,
    problem: Option<&Problem>,
) -> Result<String, Problem> {
    let customer = viewing.who.member(Action::TopUp)?;
    let standing = standing(&edge.store, customer).await?;
    let standing = standing.ok_or_else(|| Problem::nothing_of_that_name("customer"))?;
    let settings = invoice_settings(&edge.store).await?;
    let top_ups = TopUps::of(&edge.currency);
    let frame = viewing.frame(edge).await?;
    let error = problem.and_then(|problem| problem.errors().first());
    let (error, failed) = match (error, problem) {
        (Some(error), _) => (Some(sentence(&error.detail)), None),
        (None, problem) => (None, problem.map(|problem| sentence(problem.detail()))),
    };
    let shown = TopUp {
        balance: standing.balance,
        state: BalanceState::of(standing.balance, standing.low_balance_alert),
        currency: &edge.currency,
        online: edge.stripe.checkout.is_some().then_some(&top_ups),
        typed,
        error: error.as_deref(),
        failed: failed.as_deref(),
        payee: settings.company_name.as_deref().unwrap_or(&edge.platform_name),
        instructions: settings.payment_instructions.as_deref(),
        reference: &reference(customer),
    };
    Ok(page(&frame, &shown))
}
