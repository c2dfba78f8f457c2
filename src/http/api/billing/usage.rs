//! What was used in a period, as it was charged.

use std::sync::Arc;

use actors::store::billing;
use axum::extract::State;
use domain::money::Money;
use domain::period::Period;
use domain::usage::Usage as Used;
use domain::users::Action;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::api::listing::{PeriodQuery, zone_of};
use crate::http::problem::{Problem, Problems};
use crate::http::query::Query;
use crate::http::session::SignedIn;

/// What was used in a period, as it was charged.
#[derive(Serialize, ToSchema)]
pub struct Usage {
    /// The first instant counted; null: from the beginning.
    from: Option<Timestamp>,
    /// The first instant not counted any more; null: until now.
    until: Option<Timestamp>,
    #[schema(example = "USD")]
    currency: String,
    calls: UsedCalls,
    sms: UsedMessages,
    email: UsedMessages,
    /// Monthly fees.
    #[schema(value_type = f64, example = 0.0)]
    subscription: Money,
    /// Calls, messages and fees; before tax, adjustments and refunds.
    #[schema(value_type = f64, example = 12.5)]
    total: Money,
    #[schema(value_type = f64, example = 0.0)]
    tax: Money,
    /// Positive where the balance was raised.
    #[schema(value_type = f64, example = 0.0)]
    adjustments: Money,
    /// Charges given back.
    #[schema(value_type = f64, example = 0.0)]
    refunds: Money,
    /// Payments received.
    #[schema(value_type = f64, example = 50.0)]
    top_ups: Money,
}

/// Calls charged.
#[derive(Serialize, ToSchema)]
pub struct UsedCalls {
    /// Those first charged in the period.
    count: i64,
    /// What they are charged for.
    seconds: i64,
    /// The same, to two decimals.
    #[schema(example = 12.5)]
    minutes: f64,
    #[schema(value_type = f64, example = 12.5)]
    cost: Money,
}

/// Messages charged.
#[derive(Serialize, ToSchema)]
pub struct UsedMessages {
    count: i64,
    #[schema(value_type = f64, example = 0.0)]
    cost: Money,
}

/// What was used
///
/// The sums of recorded charges, by default of the current month in the time zone of the business.
/// Calls and messages that cost nothing leave no entry and are not counted here.
#[utoipa::path(get, path = "/api/billing/usage", operation_id = "getUsage",
    tag = "Billing", params(PeriodQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Usage),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Query(wanted): Query<PeriodQuery>,
) -> Result<axum::Json<Usage>, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let period = match wanted.period(&signed_in)? {
        Period { from: None, until: None } => Period::month_of(edge.clock.now(), &zone_of(&signed_in)),
        period => period,
    };
    let sums = billing::sums(&edge.store, customer, period).await?;
    let used = Used::of(&sums.totals);
    Ok(axum::Json(Usage {
        from: period.from,
        until: period.until,
        currency: edge.currency.clone(),
        calls: UsedCalls {
            count: sums.calls,
            seconds: sums.seconds,
            minutes: minutes(sums.seconds),
            cost: used.calls,
        },
        sms: UsedMessages { count: used.sms_count, cost: used.sms },
        email: UsedMessages { count: used.email_count, cost: used.email },
        subscription: used.subscription,
        total: used.total(),
        tax: used.tax,
        adjustments: used.adjustments,
        refunds: used.refunds,
        top_ups: used.top_ups,
    }))
}

/// For people to look at: nothing is computed from it.
fn minutes(seconds: i64) -> f64 {
    (seconds as f64 / 60.0 * 100.0).round() / 100.0
}
