//! The ledger as a file, for spreadsheets and for programs.

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

use super::{Transaction, TransactionsQuery};
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
    file(&edge, &signed_in, wanted, &period, Format::Csv)
}

/// The ledger as JSON
///
/// All entries as `GET /api/billing/transactions` has them, newest first, in one array that is sent as it is
/// read: one that was cut off has no end.
#[utoipa::path(get, path = "/api/billing/transactions.json", operation_id = "exportTransactionsAsJson",
    tag = "Billing", params(TransactionsQuery, PeriodQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Vec<Transaction>),
        Problems
    )
)]
pub async fn download_json(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Queries((wanted, period)): Queries<(TransactionsQuery, PeriodQuery)>,
) -> Result<Response, Problem> {
    file(&edge, &signed_in, wanted, &period, Format::Json)
}

fn file(
    edge: &Edge,
    signed_in: &SignedIn,
    wanted: TransactionsQuery,
    period: &PeriodQuery,
    format: Format,
) -> Result<Response, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let period = period.period(signed_in)?;
    let filter = Filter { entry_type: wanted.r#type, category: wanted.category, period };
    let headers =
        [(header::CONTENT_TYPE, format.media_type()), (header::CONTENT_DISPOSITION, format.disposition())];
    Ok((headers, body(edge.store.clone(), customer, filter, format)).into_response())
}

/// A part is read when the one before it was taken: a slow reader holds one part and no connection.
fn body(store: Store, customer: CustomerId, filter: Filter, format: Format) -> Body {
    let parts = try_unfold(Some(Next::Beginning), move |next| {
        let store = store.clone();
        async move {
            let before = match next {
                None => return Ok(None),
                Some(Next::Beginning) => {
                    let beginning = Bytes::from_static(format.beginning().as_bytes());
                    return Ok(Some((beginning, Some(Next::Before(None)))));
                }
                Some(Next::Before(before)) => before,
            };
            let lines = billing::part(&store, customer, &filter, before, PART_LINES).await?;
            let last = lines.last().map(|line| line.id);
            let is_full = i64::try_from(lines.len()) == Ok(PART_LINES);
            let mut text = String::new();
            let mut is_first = before.is_none();
            for line in lines {
                format.push(&mut text, line, is_first);
                is_first = false;
            }
            let next = last.filter(|_| is_full).map(|last| Next::Before(Some(last)));
            if next.is_none() {
                text.push_str(format.end());
            }
            let is_over = text.is_empty();
            Ok::<_, actors::error::Error>((!is_over).then(|| (Bytes::from(text), next)))
        }
    });
    Body::from_stream(parts)
}

/// What an export sends next.
enum Next {
    Beginning,
    /// The lines before this one; all of them at first.
    Before(Option<TransactionId>),
}

/// What a file is written as.
#[derive(Clone, Copy)]
enum Format {
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
}

impl Format {
    fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Json => "application/json",
        }
    }

    fn disposition(self) -> &'static str {
        match self {
            Format::Csv => "attachment; filename=\"transactions.csv\"",
            Format::Json => "attachment; filename=\"transactions.json\"",
        }
    }

    fn beginning(self) -> &'static str {
        match self {
            Format::Csv => "id,created_at,type,category,amount,balance_after,reference_id,description\r\n",
            Format::Json => "[",
        }
    }

    fn push(self, text: &mut String, line: Line, is_first: bool) {
        match self {
            Format::Csv => push_cells(text, &line),
            Format::Json => {
                text.push_str(if is_first { "\n" } else { ",\n" });
                let object = serde_json::to_string(&Transaction::from(line));
                text.push_str(&object.expect("texts, numbers and instants are JSON"));
            }
        }
    }

    fn end(self) -> &'static str {
        match self {
            Format::Csv => "",
            Format::Json => "\n]\n",
        }
    }
}

fn push_cells(text: &mut String, line: &Line) {
    let (id, created_at) = (line.id.to_string(), line.created_at.to_string());
    let (amount, balance_after) = (line.amount.to_string(), line.balance_after.to_string());
    let reference_id = line.reference_id.as_deref().unwrap_or_default();
    let (entry_type, category) = (&line.entry_type, &line.category);
    let cells =
        [&id, &created_at, entry_type, category, &amount, &balance_after, reference_id, &line.description];
    push_line(text, cells);
}
