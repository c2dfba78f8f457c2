//! Invoices: listed, read, taken along as a document, and what the next one will say.

use std::sync::Arc;

use actors::store::invoices::{self as store, Listed};
use actors::store::platform::invoice_settings;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::ids::{CustomerId, InvoiceId};
use domain::invoices::{self, Content, Line, Party, Payment, Percent, Quantity, Status};
use domain::money::Money;
use domain::users::Action;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::documents;
use crate::http::Edge;
use crate::http::api::listing::{Listing, PageQuery};
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;

/// Where an invoice stands.
#[derive(Serialize, Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum InvoiceStatus {
    /// Something is due.
    Sent,
    /// Nothing is due any more.
    Paid,
    /// Something is due, and was to be paid by a day that is over.
    Overdue,
    /// Taken back: its charges were credited.
    Void,
}

impl From<Status> for InvoiceStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Sent => Self::Sent,
            Status::Paid => Self::Paid,
            Status::Overdue => Self::Overdue,
            Status::Void => Self::Void,
        }
    }
}

impl From<InvoiceStatus> for Status {
    fn from(status: InvoiceStatus) -> Self {
        match status {
            InvoiceStatus::Sent => Self::Sent,
            InvoiceStatus::Paid => Self::Paid,
            InvoiceStatus::Overdue => Self::Overdue,
            InvoiceStatus::Void => Self::Void,
        }
    }
}

/// What a list is narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InvoicesQuery {
    status: Option<InvoiceStatus>,
}

/// An invoice of a list.
#[derive(Serialize, ToSchema)]
pub struct InvoiceSummary {
    #[schema(value_type = String, example = "inv_7")]
    id: InvoiceId,
    /// Without gaps.
    #[schema(example = "INV-1-0001")]
    number: String,
    /// Which month, of the business's zone.
    #[schema(example = "2026-10")]
    month: String,
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    issued_on: Date,
    /// The last day on which it is not overdue.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    due_date: Date,
    #[schema(example = "USD")]
    currency: String,
    /// With tax.
    #[schema(value_type = f64, example = 119.0)]
    total: Money,
    /// What is due now.
    #[schema(value_type = f64, example = 19.0)]
    amount_due: Money,
    status: InvoiceStatus,
}

impl From<Listed> for InvoiceSummary {
    fn from(listed: Listed) -> Self {
        let Listed { id, number, month, issued_on, due_date, currency, total, amount_due, status } = listed;
        Self {
            id,
            number,
            month: month.to_string(),
            issued_on,
            due_date,
            currency,
            total,
            amount_due,
            status: status.into(),
        }
    }
}

/// Who writes an invoice, or whom it is for.
#[derive(Serialize, ToSchema)]
pub struct InvoiceParty {
    #[schema(example = "Harbour Dental")]
    name: String,
    /// Lines, with a line feed between them.
    #[schema(required, example = "1 Harbour Street\nPortsmouth")]
    address: Option<String>,
}

impl From<Party> for InvoiceParty {
    fn from(Party { name, address }: Party) -> Self {
        Self { name, address }
    }
}

impl From<InvoiceParty> for Party {
    fn from(InvoiceParty { name, address }: InvoiceParty) -> Self {
        Self { name, address }
    }
}

/// A line of an invoice.
#[derive(Serialize, ToSchema)]
pub struct InvoiceLine {
    /// `call`, `sms`, `email`, `subscription`, `adjustment` or `refund`.
    #[schema(example = "call")]
    category: &'static str,
    #[schema(example = "Call minutes")]
    description: String,
    /// Minutes or messages, as shown: the amount is not computed from it.
    #[schema(value_type = f64, example = 12.5)]
    quantity: Quantity,
    /// The price of one.
    #[schema(value_type = f64, example = 0.12)]
    unit_price: Money,
    /// As the ledger recorded it; negative for what was given back.
    #[schema(value_type = f64, example = 1.5)]
    amount: Money,
}

impl From<Line> for InvoiceLine {
    fn from(line: Line) -> Self {
        let Line { category, description, quantity, unit_price, amount } = line;
        Self { category: category.as_str(), description, quantity, unit_price, amount }
    }
}

/// A payment received in the month; no part of the total.
#[derive(Serialize, ToSchema)]
pub struct InvoicePayment {
    #[schema(example = "Bank transfer")]
    description: String,
    /// The day in the business's zone.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    received_on: Date,
    #[schema(value_type = f64, example = 100.0)]
    amount: Money,
}

impl From<Payment> for InvoicePayment {
    fn from(Payment { description, received_on, amount }: Payment) -> Self {
        Self { description, received_on, amount }
    }
}

/// What an invoice says of money.
#[derive(Serialize, ToSchema)]
pub struct InvoiceContent {
    lines: Vec<InvoiceLine>,
    /// Received in the month: they topped up the balance and are no part of the total.
    payments: Vec<InvoicePayment>,
    /// What the lines add up to.
    #[schema(value_type = f64, example = 100.0)]
    subtotal: Money,
    #[schema(required, example = "VAT")]
    tax_name: Option<String>,
    /// Of the subtotal, in per cent.
    #[schema(value_type = f64, example = 19.0)]
    tax_rate: Percent,
    #[schema(value_type = f64, example = 19.0)]
    tax_amount: Money,
    /// With tax.
    #[schema(value_type = f64, example = 119.0)]
    total: Money,
}

impl From<Content> for InvoiceContent {
    fn from(content: Content) -> Self {
        let Content { lines, payments, subtotal, tax, tax_amount, total } = content;
        Self {
            lines: lines.into_iter().map(Into::into).collect(),
            payments: payments.into_iter().map(Into::into).collect(),
            subtotal,
            tax_name: tax.name,
            tax_rate: tax.rate,
            tax_amount,
            total,
        }
    }
}

/// An invoice. Everything but `status`, `amount_due` and `paid_at` stays as it was issued.
#[derive(Serialize, ToSchema)]
pub struct Invoice {
    #[schema(value_type = String, example = "inv_7")]
    id: InvoiceId,
    /// Without gaps.
    #[schema(example = "INV-1-0001")]
    number: String,
    /// Which month, of the business's zone.
    #[schema(example = "2026-10")]
    month: String,
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    issued_on: Date,
    /// The last day on which it is not overdue.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    due_date: Date,
    #[schema(example = "USD")]
    currency: String,
    seller: InvoiceParty,
    buyer: InvoiceParty,
    /// How to pay.
    #[schema(required, example = "IBAN DE02 1203 0000 0000 2020 51")]
    payment_instructions: Option<String>,
    #[serde(flatten)]
    content: InvoiceContent,
    /// What prepaid balance covered when it was issued; the rest was due.
    #[schema(value_type = f64, example = 100.0)]
    paid_from_balance: Money,
    /// What is due now.
    #[schema(value_type = f64, example = 19.0)]
    amount_due: Money,
    status: InvoiceStatus,
    created_at: Timestamp,
    /// When nothing was due any more.
    #[schema(required)]
    paid_at: Option<Timestamp>,
}

impl From<invoices::Invoice> for Invoice {
    fn from(of: invoices::Invoice) -> Self {
        Self {
            id: of.id,
            number: of.number,
            month: of.month.to_string(),
            issued_on: of.issued_on,
            due_date: of.due_date,
            currency: of.currency,
            seller: of.seller.into(),
            buyer: of.buyer.into(),
            payment_instructions: of.payment_instructions,
            content: of.content.into(),
            paid_from_balance: of.paid_from_balance,
            amount_due: of.amount_due,
            status: of.status.into(),
            created_at: of.created_at,
            paid_at: of.paid_at,
        }
    }
}

/// The running month as if it ended now: it has no number, and nothing is debited for it.
#[derive(Serialize, ToSchema)]
pub struct InvoiceDraft {
    /// Which month, of the business's zone.
    #[schema(example = "2026-11")]
    month: String,
    /// The day on which it becomes an invoice.
    #[schema(value_type = String, format = Date, example = "2026-12-01")]
    closes_on: Date,
    #[schema(example = "USD")]
    currency: String,
    #[serde(flatten)]
    content: InvoiceContent,
}

/// List invoices
///
/// The newest first.
#[utoipa::path(get, path = "/api/billing/invoices", operation_id = "listInvoices", tag = "Billing",
    security(("token" = []), ("session" = [])), params(InvoicesQuery, PageQuery),
    responses((status = 200, body = Listing<InvoiceSummary>), Problems)
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page)): Queries<(InvoicesQuery, PageQuery)>,
) -> Result<Json<Listing<InvoiceSummary>>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    let status = asked.status.map(Into::into);
    Ok(Json(store::page(&edge.store, customer, status, page.request()?).await?.into()))
}

/// The next invoice so far
///
/// The running month, added up now. It becomes an invoice on `closes_on` if there is anything on it.
#[utoipa::path(get, path = "/api/billing/invoices/draft", operation_id = "getInvoiceDraft", tag = "Billing",
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = InvoiceDraft), Problems)
)]
pub async fn draft(State(edge): State<Arc<Edge>>, who: SignedIn) -> Result<Json<InvoiceDraft>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    let draft = draft_of(&edge, customer).await?;
    Ok(Json(InvoiceDraft {
        month: draft.month.to_string(),
        closes_on: draft.closes_on,
        currency: edge.currency.clone(),
        content: draft.content.into(),
    }))
}

/// What the next invoice of a customer says so far.
pub async fn draft_of(edge: &Edge, customer: CustomerId) -> Result<store::Draft, Problem> {
    let settings = invoice_settings(&edge.store).await?;
    let terms = settings.terms(&edge.platform_name, &edge.currency);
    Ok(store::draft(&edge.store, customer, &terms, edge.clock.now()).await?)
}

/// Read an invoice
#[utoipa::path(get, path = "/api/billing/invoices/{id}", operation_id = "getInvoice", tag = "Billing",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "inv_7")),
    responses((status = 200, body = Invoice), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Invoice>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    Ok(Json(named(&edge, customer, &id).await?.into()))
}

/// An invoice as PDF
///
/// A4, tagged. The same bytes each time, unless the invoice is taken back.
#[utoipa::path(get, path = "/api/billing/invoices/{id}/pdf", operation_id = "downloadInvoice", tag = "Billing",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "inv_7")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/pdf",
            headers(("Content-Disposition" = String, description = "`attachment; filename=\"INV-1-0001.pdf\"`"))),
        Problems
    )
)]
pub async fn pdf(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    let invoice = named(&edge, customer, &id).await?;
    // A number is letters, digits and hyphens, by the one function that makes it.
    let name = format!("attachment; filename=\"{}.pdf\"", invoice.number);
    let bytes = documents::invoice(&edge.store, invoice).await.map_err(|error| {
        tracing::error!("an invoice could not be written: {error:#}");
        Problem::internal()
    })?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, &name),
        (header::CACHE_CONTROL, "private"),
    ];
    Ok((headers, bytes).into_response())
}

/// The invoice of this name.
pub async fn named(edge: &Edge, customer: CustomerId, id: &str) -> Result<invoices::Invoice, Problem> {
    let unknown = || Problem::nothing_of_that_name("invoice");
    let number = id.strip_prefix("inv_").and_then(|number| number.parse().ok());
    let id = number.map(InvoiceId).ok_or_else(unknown)?;
    store::find(&edge.store, customer, id).await?.ok_or_else(unknown)
}
