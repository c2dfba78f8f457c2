//! The books: fees, months, invoices, and what is due of them.

use domain::month::Month;
use jiff::civil::Date;
use serde::Serialize;

use super::super::statement::journal_statement;

/// An invoice as it is written once.
#[derive(Debug, Serialize)]
pub(crate) struct InvoiceRow {
    pub id: i64,
    pub invoice_number: String,
    pub invoice_count: u32,
    pub closed_month: Month,
    pub billing_period_end: Date,
    pub first_seq: i64,
    pub last_seq: i64,
    pub subtotal: String,
    pub tax_name: Option<String>,
    pub tax_rate: String,
    pub tax_amount: String,
    pub total: String,
    pub paid_from_balance: String,
    pub amount_due: String,
    pub status: &'static str,
    pub issued_on: Date,
    pub due_date: Date,
    /// RFC 3339.
    pub paid_at: Option<String>,
    pub currency: String,
    pub seller_name: String,
    pub seller_address: Option<String>,
    pub buyer_name: String,
    pub buyer_address: Option<String>,
    pub payment_instructions: Option<String>,
    /// Lower-case hex.
    pub logo: Option<String>,
    pub items: Vec<ItemRow>,
}

/// A line of an invoice, or a payment that it shows.
#[derive(Debug, Serialize)]
pub(crate) struct ItemRow {
    pub position: usize,
    pub category: &'static str,
    pub description: String,
    pub quantity: String,
    pub unit_price: String,
    pub amount: String,
    pub received_on: Option<Date>,
}

/// Where an invoice stands now. What is absent stays.
#[derive(Debug, Serialize)]
pub(crate) struct SettledRow {
    pub id: i64,
    pub amount_due: String,
    pub status: &'static str,
    /// RFC 3339.
    pub paid_at: Option<String>,
    /// RFC 3339.
    pub voided_at: Option<String>,
    pub void_reason: Option<String>,
}

pub(super) const FEES_DECIDED: &str = journal_statement!(
    "rare as (
    update customers c
       set fee_month = r.fee_month
      from tenant, jsonb_to_record($12::jsonb) r(fee_month date)
     where c.id = tenant.customer_id)"
);

pub(super) const MONTH_CLOSED: &str = journal_statement!(
    "rare as (
    update customers c
       set closed_month = r.closed_month
      from tenant, jsonb_to_record($12::jsonb) r(closed_month date)
     where c.id = tenant.customer_id)"
);

pub(super) const INVOICE: &str = journal_statement!(
    "invoice as (
    insert into invoices (
           customer_id, id, invoice_number, billing_period_start, billing_period_end, first_seq, last_seq,
           subtotal, tax_name, tax_rate, tax_amount, total, paid_from_balance, amount_due, status, issued_on,
           due_date, paid_at, currency, seller_name, seller_address, buyer_name, buyer_address,
           payment_instructions, logo, created_at, updated_at)
    select t.customer_id, r.id, r.invoice_number, r.closed_month, r.billing_period_end, r.first_seq, r.last_seq,
           r.subtotal, r.tax_name, r.tax_rate, r.tax_amount, r.total, r.paid_from_balance, r.amount_due, r.status,
           r.issued_on, r.due_date, r.paid_at, r.currency, r.seller_name, r.seller_address, r.buyer_name,
           r.buyer_address, r.payment_instructions, decode(r.logo, 'hex'), t.at, t.at
      from jsonb_to_record($12::jsonb) r(
           id bigint, invoice_number text, closed_month date, billing_period_end date, first_seq bigint,
           last_seq bigint, subtotal numeric, tax_name text, tax_rate numeric, tax_amount numeric, total numeric,
           paid_from_balance numeric, amount_due numeric, status text, issued_on date, due_date date,
           paid_at timestamptz, currency text, seller_name text, seller_address text, buyer_name text,
           buyer_address text, payment_instructions text, logo text),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as at from tenant) t),
item as (
    insert into invoice_items (
           customer_id, invoice_id, position, category, description, quantity, unit_price, amount, received_on,
           created_at)
    select t.customer_id, ($12::jsonb ->> 'id')::bigint, r.position, r.category, r.description, r.quantity,
           r.unit_price, r.amount, r.received_on, t.at
      from jsonb_to_recordset($12::jsonb -> 'items') r(
           position integer, category text, description text, quantity numeric, unit_price numeric,
           amount numeric, received_on date),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as at from tenant) t),
rare as (
    update customers c
       set closed_month = r.closed_month, invoiced_seq = r.last_seq, invoice_count = r.invoice_count
      from tenant, jsonb_to_record($12::jsonb) r(closed_month date, last_seq bigint, invoice_count integer)
     where c.id = tenant.customer_id)"
);

pub(super) const SETTLED: &str = journal_statement!(
    "rare as (
    update invoices i
       set amount_due = r.amount_due, status = r.status, paid_at = coalesce(r.paid_at, i.paid_at),
           voided_at = coalesce(r.voided_at, i.voided_at), void_reason = coalesce(r.void_reason, i.void_reason),
           updated_at = t.at
      from jsonb_to_recordset($12::jsonb -> 'rows') r(
           id bigint, amount_due numeric, status text, paid_at timestamptz, voided_at timestamptz,
           void_reason text),
           (select customer_id, (select max(at) from unnest($1::journal_tenant_2[])) as at from tenant) t
     where i.customer_id = t.customer_id and i.id = r.id)"
);
