//! The ledger as a file for spreadsheets.

use std::sync::Arc;

use actors::store::Store;
use actors::store::billing::{self, Filter, Line};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::ids::{CustomerId, TransactionId};
use domain::users::Action;
use futures_util::stream::try_unfold;

use super::TransactionsQuery;
use crate::http::Edge;
use crate::http::api::listing::PeriodQuery;
use crate::http::csv::push_line;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;

/// Lines read, held and sent at once.
const PART_LINES: i64 = 1_000;

/// The ledger as a file
///
/// CSV (RFC 4180) with a line of names, newest first, sent as it is read: a file that was cut off ends
/// without the end of its transfer. Texts that a spreadsheet would take for a formula begin with an
/// apostrophe.
#[utoipa::path(get, path = "/api/billing/transactions.csv", operation_id = "exportTransactions",
    tag = "Billing", params(TransactionsQuery, PeriodQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = String, content_type = "text/csv"),
        Problems
    )
)]
pub async fn download(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Queries((wanted, period)): Queries<(TransactionsQuery, PeriodQuery)>,
) -> Result<Response, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let period = period.period(&signed_in)?;
    let filter = Filter { entry_type: wanted.r#type, category: wanted.category, period };
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
            let lines = billing::part(&store, customer, &filter, before, PART_LINES).await?;
            let Some(last) = lines.last().map(|line| line.id) else { return Ok(None) };
            let mut text = String::new();
            lines.iter().for_each(|line| push(&mut text, line));
            let is_full = i64::try_from(lines.len()) == Ok(PART_LINES);
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
