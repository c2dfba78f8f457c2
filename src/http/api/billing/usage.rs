//! What was used in a period, as it was charged.

use std::sync::Arc;

use actors::store::billing::{self, Sums};
use axum::extract::State;
use domain::ids::CustomerId;
use domain::money::Money;
use domain::period::{Comparison, Period};
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
    /// The same of the time before: of whole months as many months, of the current month as much of the month
    /// before, else as long a time. Null where the period has no begin or no end.
    previous: Option<UsedBefore>,
}

/// What was used in the time before.
#[derive(Serialize, ToSchema)]
pub struct UsedBefore {
    /// The first instant counted.
    from: Option<Timestamp>,
    /// The first instant not counted any more.
    until: Option<Timestamp>,
    calls: UsedCalls,
    sms: UsedMessages,
    email: UsedMessages,
    /// Monthly fees.
    #[schema(value_type = f64, example = 0.0)]
    subscription: Money,
    /// Calls, messages and fees.
    #[schema(value_type = f64, example = 10.0)]
    total: Money,
    /// By how many per cent the total has grown since; null where nothing was used.
    #[schema(example = 25)]
    growth_percent: Option<i64>,
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
    let zone = zone_of(&signed_in);
    let Comparison { period, before } = match wanted.period(&signed_in)? {
        Period { from: None, until: None } => Comparison::of_month(edge.clock.now(), &zone),
        period => Comparison::of(period, &zone),
    };
    let sums = billing::sums(&edge.store, customer, period).await?;
    let used = Used::of(&sums.totals);
    let previous = match before {
        Some(before) => Some(used_before(&edge, customer, before, &used).await?),
        None => None,
    };
    Ok(axum::Json(Usage {
        from: period.from,
        until: period.until,
        currency: edge.currency.clone(),
        calls: UsedCalls::of(&sums, &used),
        sms: UsedMessages { count: used.sms_count, cost: used.sms },
        email: UsedMessages { count: used.email_count, cost: used.email },
        subscription: used.subscription,
        total: used.total(),
        tax: used.tax,
        adjustments: used.adjustments,
        refunds: used.refunds,
        top_ups: used.top_ups,
        previous,
    }))
}

async fn used_before(
    edge: &Edge,
    customer: CustomerId,
    period: Period,
    since: &Used,
) -> Result<UsedBefore, Problem> {
    let sums = billing::sums(&edge.store, customer, period).await?;
    let used = Used::of(&sums.totals);
    Ok(UsedBefore {
        from: period.from,
        until: period.until,
        calls: UsedCalls::of(&sums, &used),
        sms: UsedMessages { count: used.sms_count, cost: used.sms },
        email: UsedMessages { count: used.email_count, cost: used.email },
        subscription: used.subscription,
        total: used.total(),
        growth_percent: since.growth_percent(&used),
    })
}

impl UsedCalls {
    fn of(sums: &Sums, used: &Used) -> Self {
        let minutes = minutes(sums.seconds);
        Self { count: sums.calls, seconds: sums.seconds, minutes, cost: used.calls }
    }
}

/// For people to look at: nothing is computed from it.
fn minutes(seconds: i64) -> f64 {
    (seconds as f64 / 60.0 * 100.0).round() / 100.0
}
