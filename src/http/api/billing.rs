//! What an admin sees of the money: the balance, the ledger, what was used.

use std::sync::Arc;

use actors::store::Store;
use actors::store::billing::{self, Filter, Line};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::billing::{BalanceState, Category, EntryType};
use domain::ids::{CustomerId, TransactionId};
use domain::money::Money;
use domain::period::Period;
use domain::usage::Usage as Used;
use domain::users::Action;
use futures_util::stream::try_unfold;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, period, zone_of};
use crate::http::Edge;
use crate::http::csv::push_line;
use crate::http::problem::{Document, Problem};
use crate::http::query::{self, Query};
use crate::http::session::SignedIn;

/// Lines of an export at most: whoever has more takes it period by period.
const EXPORT_LINES_MAX: i64 = 100_000;
/// Lines of an export read, held and sent at once.
const EXPORT_PART_LINES: i64 = 1_000;

/// Where the money stands.
#[derive(Serialize, ToSchema)]
pub struct Balance {
    #[schema(value_type = f64, example = 49.5)]
    balance: Money,
    /// `low` below the alert threshold, `depleted` at zero and less.
    state: Standing,
    /// Below it the balance is low.
    #[schema(value_type = f64, example = 10.0)]
    low_balance_alert: Money,
    #[schema(example = "USD")]
    currency: String,
    /// When the balance last changed.
    updated_at: Timestamp,
}

/// How a balance stands to the alert threshold.
#[derive(Serialize, ToSchema)]
#[schema(as = BalanceState)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// At the threshold or above.
    Ok,
    /// Below it.
    Low,
    /// Zero or less: new calls are declined.
    Depleted,
}

impl From<BalanceState> for Standing {
    fn from(state: BalanceState) -> Self {
        match state {
            BalanceState::Ok => Self::Ok,
            BalanceState::Low => Self::Low,
            BalanceState::Depleted => Self::Depleted,
        }
    }
}

/// The balance
#[utoipa::path(get, path = "/api/billing/balance", tag = "Billing",
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Balance),
        (status = "4XX", body = Document, content_type = "application/problem+json"),
        (status = "5XX", body = Document, content_type = "application/problem+json")
    )
)]
pub async fn balance(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<Balance>, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let standing = billing::standing(&edge.store, customer).await?;
    let standing = standing.ok_or_else(|| Problem::nothing_of_that_name("customer"))?;
    Ok(axum::Json(Balance {
        balance: standing.balance,
        state: BalanceState::of(standing.balance, standing.low_balance_alert).into(),
        low_balance_alert: standing.low_balance_alert,
        currency: edge.currency.clone(),
        updated_at: standing.updated_at,
    }))
}

/// Which entries, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TransactionsQuery {
    /// From 1.
    #[param(minimum = 1, maximum = 10_000)]
    page: Option<u32>,
    /// Rows on a page; 50 where nothing is said.
    #[param(minimum = 1, maximum = 200)]
    per_page: Option<u32>,
    /// `credit` or `debit`.
    #[param(value_type = Option<String>, example = "debit")]
    r#type: Option<EntryType>,
    /// `call`, `sms`, `email`, `subscription`, `top_up`, `tax`, `adjustment` or `refund`.
    #[param(value_type = Option<String>, example = "call")]
    category: Option<Category>,
    /// A day of the business, or an instant.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// A day, which is included, or an instant, which is not.
    #[param(example = "2026-01-31")]
    to: Option<String>,
}

/// An entry of the ledger.
#[derive(Serialize, ToSchema)]
pub struct Transaction {
    #[schema(value_type = String, example = "txn_12")]
    id: TransactionId,
    /// `credit` or `debit`.
    #[schema(example = "debit")]
    r#type: String,
    /// `call`, `sms`, `email`, `subscription`, `top_up`, `tax`, `adjustment` or `refund`.
    #[schema(example = "call")]
    category: String,
    /// Positive for a credit, negative for a debit.
    #[schema(value_type = f64, example = -2.5)]
    amount: Money,
    /// The balance once this entry is counted.
    #[schema(value_type = f64, example = 47.5)]
    balance_after: Money,
    /// What it is for.
    #[schema(example = "call_12")]
    reference_id: Option<String>,
    description: String,
    created_at: Timestamp,
}

impl From<Line> for Transaction {
    fn from(line: Line) -> Self {
        let Line { id, entry_type, category, amount, balance_after, reference_id, description, created_at } =
            line;
        Self {
            id,
            r#type: entry_type,
            category,
            amount,
            balance_after,
            reference_id,
            description,
            created_at,
        }
    }
}

/// The ledger, newest first
///
/// `balance_after` is the running balance. Entries are never changed: a mistake is mended by an
/// opposite one.
#[utoipa::path(get, path = "/api/billing/transactions", tag = "Billing", params(TransactionsQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Listing<Transaction>),
        (status = "4XX", body = Document, content_type = "application/problem+json"),
        (status = "5XX", body = Document, content_type = "application/problem+json")
    )
)]
pub async fn transactions(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Query(wanted): Query<TransactionsQuery>,
) -> Result<axum::Json<Listing<Transaction>>, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let request = query::page(wanted.page, wanted.per_page)?;
    let period = period(wanted.from.as_deref(), wanted.to.as_deref(), &zone_of(&signed_in))?;
    let filter = Filter { entry_type: wanted.r#type, category: wanted.category, period };
    let page = billing::page(&edge.store, customer, &filter, request).await?;
    Ok(axum::Json(page.into()))
}

/// Which entries to export.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `credit` or `debit`.
    #[param(value_type = Option<String>, example = "debit")]
    r#type: Option<EntryType>,
    /// `call`, `sms`, `email`, `subscription`, `top_up`, `tax`, `adjustment` or `refund`.
    #[param(value_type = Option<String>, example = "call")]
    category: Option<Category>,
    /// A day of the business, or an instant.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// A day, which is included, or an instant, which is not.
    #[param(example = "2026-01-31")]
    to: Option<String>,
}

/// The ledger as a file
///
/// CSV (RFC 4180) with a line of names, newest first, of at most 100,000 entries; whoever has more
/// asks for a shorter period. Texts that a spreadsheet would take for a formula begin with an
/// apostrophe.
#[utoipa::path(get, path = "/api/billing/transactions.csv", tag = "Billing", params(ExportQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        (status = "4XX", body = Document, content_type = "application/problem+json"),
        (status = "5XX", body = Document, content_type = "application/problem+json")
    )
)]
pub async fn export(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Query(wanted): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let period = period(wanted.from.as_deref(), wanted.to.as_deref(), &zone_of(&signed_in))?;
    let filter = Filter { entry_type: wanted.r#type, category: wanted.category, period };
    // Counted before the first byte: a file that ends early looks like one that is complete.
    if billing::counted(&edge.store, customer, &filter, EXPORT_LINES_MAX + 1).await? > EXPORT_LINES_MAX {
        let detail = format!("there are more than {EXPORT_LINES_MAX} entries; ask for a shorter period");
        return Err(Problem::invalid_field("from", detail));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"transactions.csv\""),
    ];
    Ok((headers, csv(edge.store.clone(), customer, filter)).into_response())
}

/// A part is read when the one before it was taken: a slow reader holds one part and no connection.
fn csv(store: Store, customer: CustomerId, filter: Filter) -> Body {
    let parts = try_unfold(Some(Next::Heading), move |next| {
        let store = store.clone();
        async move {
            let before = match next {
                None => return Ok(None),
                Some(Next::Heading) => {
                    let names =
                        "id,created_at,type,category,amount,balance_after,reference_id,description\r\n";
                    return Ok(Some((Bytes::from_static(names.as_bytes()), Some(Next::Before(None)))));
                }
                Some(Next::Before(before)) => before,
            };
            let lines = billing::part(&store, customer, &filter, before, EXPORT_PART_LINES).await?;
            let Some(last) = lines.last().map(|line| line.id) else { return Ok(None) };
            let mut text = String::new();
            lines.iter().for_each(|line| push(&mut text, line));
            let is_full = i64::try_from(lines.len()) == Ok(EXPORT_PART_LINES);
            let next = is_full.then_some(Next::Before(Some(last)));
            Ok::<_, actors::error::Error>(Some((Bytes::from(text), next)))
        }
    });
    Body::from_stream(parts)
}

/// What an export sends next.
enum Next {
    Heading,
    /// The lines before this one; all of them at first.
    Before(Option<TransactionId>),
}

fn push(text: &mut String, line: &Line) {
    let (id, created_at) = (line.id.to_string(), line.created_at.to_string());
    let (amount, balance_after) = (line.amount.to_string(), line.balance_after.to_string());
    let reference_id = line.reference_id.as_deref().unwrap_or_default();
    let (entry_type, category) = (&line.entry_type, &line.category);
    let cells =
        [&id, &created_at, entry_type, category, &amount, &balance_after, reference_id, &line.description];
    push_line(text, cells);
}

/// For which period.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// A day of the business, or an instant.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// A day, which is included, or an instant, which is not.
    #[param(example = "2026-01-31")]
    to: Option<String>,
}

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
#[utoipa::path(get, path = "/api/billing/usage", tag = "Billing", params(UsageQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Usage),
        (status = "4XX", body = Document, content_type = "application/problem+json"),
        (status = "5XX", body = Document, content_type = "application/problem+json")
    )
)]
pub async fn usage(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Query(wanted): Query<UsageQuery>,
) -> Result<axum::Json<Usage>, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let zone = zone_of(&signed_in);
    let period = match (&wanted.from, &wanted.to) {
        (None, None) => Period::month_of(edge.clock.now(), &zone),
        (from, to) => period(from.as_deref(), to.as_deref(), &zone)?,
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
