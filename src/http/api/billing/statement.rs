//! What came and went in a period, between two balances.

use std::sync::Arc;

use actors::store::statements;
use axum::extract::State;
use domain::money::Money;
use domain::period::Period;
use domain::users::Action;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::api::listing::{PeriodQuery, zone_of};
use crate::http::problem::{Problem, Problems};
use crate::http::query::Query;
use crate::http::session::SignedIn;

/// What came and went in a period: the opening balance and the sums are the closing balance.
#[derive(Serialize, ToSchema)]
#[schema(as = Statement)]
pub struct Shown {
    /// The first instant counted; null: from the beginning.
    from: Option<Timestamp>,
    /// The first instant not counted any more; null: until now.
    until: Option<Timestamp>,
    #[schema(example = "USD")]
    currency: String,
    /// Before the first entry.
    #[schema(value_type = f64, example = 50.0)]
    opening_balance: Money,
    /// Each category with entries once.
    sums: Vec<StatementSum>,
    /// Entries in the period.
    #[schema(example = 12)]
    entries: i64,
    /// After the last entry.
    #[schema(value_type = f64, example = 37.5)]
    closing_balance: Money,
}

/// What the entries of a category come to.
#[derive(Serialize, ToSchema)]
pub struct StatementSum {
    /// `call`, `sms`, `email`, `subscription`, `top_up`, `tax`, `adjustment` or `refund`.
    #[schema(example = "call")]
    category: &'static str,
    /// How many there are.
    #[schema(example = 12)]
    entries: i64,
    /// Their sum, as they are signed: negative for charges.
    #[schema(value_type = f64, example = -12.5)]
    amount: Money,
}

/// A statement
///
/// Of a period, by default the current month in the time zone of the business.
#[utoipa::path(get, path = "/api/billing/statement", operation_id = "getStatement",
    tag = "Billing", params(PeriodQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Shown),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Query(wanted): Query<PeriodQuery>,
) -> Result<axum::Json<Shown>, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let period = match wanted.period(&signed_in)? {
        Period { from: None, until: None } => Period::month_of(edge.clock.now(), &zone_of(&signed_in)),
        period => period,
    };
    let statement = statements::statement(&edge.store, customer, period).await?;
    let sum = |total: &domain::usage::CategoryTotal| StatementSum {
        category: total.category.as_str(),
        entries: total.entries,
        amount: total.amount,
    };
    Ok(axum::Json(Shown {
        from: period.from,
        until: period.until,
        currency: edge.currency.clone(),
        opening_balance: statement.opening(),
        sums: statement.totals().iter().map(sum).collect(),
        entries: statement.entries(),
        closing_balance: statement.closing(),
    }))
}
