//! The platform at a glance.

use std::sync::Arc;

use actors::store::dashboard;
use axum::extract::State;
use domain::money::Money;
use domain::period::Period;
use domain::usage::Usage;
use domain::users::Action;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::Edge;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Query;
use crate::http::session::SignedIn;

/// Whose today.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DashboardQuery {
    /// IANA name of the zone in which days and months are meant; UTC where nothing is said.
    #[param(example = "Europe/Madrid")]
    timezone: Option<String>,
}

/// The platform at a glance.
#[derive(Serialize, ToSchema)]
pub struct Dashboard {
    #[schema(example = "UTC")]
    timezone: String,
    #[schema(example = "USD")]
    currency: String,
    customers: CustomerCounts,
    /// By when they began.
    calls: Counts,
    /// Recorded charges less refunds and adjustments, without tax and payments.
    revenue: Revenue,
    balances: BalanceCounts,
    /// Calls that a person should look at: something about them made no sense.
    calls_for_review: i64,
}

/// Customers by status.
#[derive(Serialize, ToSchema)]
pub struct CustomerCounts {
    total: i64,
    active: i64,
    suspended: i64,
    closed: i64,
}

/// How many.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    today: i64,
    this_month: i64,
}

/// How much.
#[derive(Serialize, ToSchema)]
pub struct Revenue {
    #[schema(value_type = f64, example = 12.5)]
    today: Money,
    #[schema(value_type = f64, example = 340.25)]
    this_month: Money,
}

/// Balances of customers who are not closed.
#[derive(Serialize, ToSchema)]
pub struct BalanceCounts {
    /// Below the alert threshold, above zero.
    low: i64,
    /// At zero or less.
    depleted: i64,
}

/// The dashboard
#[utoipa::path(get, path = "/api/admin/dashboard", operation_id = "getDashboard",
    tag = "Platform", params(DashboardQuery),
    security(("session" = [])),
    responses(
        (status = 200, body = Dashboard),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Query(wanted): Query<DashboardQuery>,
) -> Result<axum::Json<Dashboard>, Problem> {
    signed_in.require(Action::RunPlatform)?;
    let name = wanted.timezone.unwrap_or_else(|| "UTC".to_owned());
    let zone = TimeZone::get(&name).map_err(|_| {
        Problem::invalid_field("timezone", "that is no time zone of the tz database, such as Europe/Madrid")
    })?;
    let now = edge.clock.now();
    let (today, month) = (Period::day_of(now, &zone), Period::month_of(now, &zone));
    let read = dashboard::read(&edge.store, today, month).await?;
    Ok(axum::Json(Dashboard {
        timezone: name,
        currency: edge.currency.clone(),
        customers: CustomerCounts {
            total: read.active + read.suspended + read.closed,
            active: read.active,
            suspended: read.suspended,
            closed: read.closed,
        },
        calls: Counts { today: read.calls_today, this_month: read.calls_this_month },
        revenue: Revenue {
            today: Usage::of(&read.today).revenue(),
            this_month: Usage::of(&read.this_month).revenue(),
        },
        balances: BalanceCounts { low: read.low, depleted: read.depleted },
        calls_for_review: read.calls_for_review,
    }))
}
