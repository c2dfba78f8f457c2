//! What is left, what it went on, and every entry of the ledger.

use std::sync::Arc;

use actors::store::billing::{self, Filter, Line};
use actors::store::settings::account;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::billing::{BalanceState, Category, EntryType};
use domain::ids::CustomerId;
use domain::money::Money;
use domain::month::Month;
use domain::outlook::Outlook;
use domain::page::PageRequest;
use domain::period::{Comparison, Period};
use domain::usage::Usage;
use domain::users::Action;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use views::billing::{Billing, Entry, Transactions, TypedFilter, page, transactions as list};
use views::parts::Pager;

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::listing::{PageQuery, PeriodQuery, zone_of};
use crate::http::problem::Problem;
use crate::http::query::parse;

/// Days that the pace of spending is taken from, of whoever has been here for so long.
const PACE_DAYS: i64 = 30;
/// Entries on the first page.
const LATEST: PageRequest = PageRequest::first(8);

/// The balance, the month so far, the rates.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let now = edge.clock.now();
    let zone = zone_of(&viewing.who);
    let account = account(&edge.store, customer).await?;
    let account = account.ok_or_else(|| Problem::nothing_of_that_name("customer"))?;
    let Comparison { period, before } = Comparison::of_month(now, &zone);
    let month = billing::totals(&edge.store, customer, period).await?;
    let before = billing::totals(&edge.store, customer, before.unwrap_or(period)).await?;
    let (spent, pace_days) = spent_lately(&edge, customer, account.created_at).await?;
    let latest = billing::page(&edge.store, customer, &Filter::default(), LATEST).await?;
    let latest: Vec<Entry> = latest.items.into_iter().map(entry).collect();
    let alert = account.settings.low_balance_alert;
    let this_month = Month::of(now.to_zoned(zone.clone()).date());
    let shown = Billing {
        balance: account.balance,
        state: BalanceState::of(account.balance, alert),
        low_balance_alert: alert,
        outlook: Outlook::of(account.balance, account.settings.rates.per_minute, spent, pace_days),
        pace_days,
        usage: Usage::of(&month),
        month: &now.to_zoned(zone.clone()).strftime("%B %Y").to_string(),
        before: Usage::of(&before),
        month_before: &this_month.previous().first_day().strftime("%B").to_string(),
        rates: account.settings.rates,
        currency: &edge.currency,
        latest: &latest,
        zone: &viewing.zone,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, page(&frame, &shown)))
}

/// What the last days have cost, and how many days: those of a customer since `created_at`, whose first
/// one is whole for this.
pub(super) async fn spent_lately(
    edge: &Edge,
    customer: CustomerId,
    created_at: Timestamp,
) -> Result<(Money, i64), Problem> {
    let now = edge.clock.now();
    let days = (now.duration_since(created_at).as_hours() / 24 + 1).clamp(1, PACE_DAYS);
    let pace = Period { from: now.checked_sub(SignedDuration::from_hours(24 * days)).ok(), until: None };
    Ok((Usage::of(&billing::totals(&edge.store, customer, pace).await?).total(), days))
}

/// The filter and the page, as they stand in the address.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    r#type: String,
    category: String,
    from: String,
    to: String,
    page: Option<u32>,
}

/// Every entry, narrowed and page by page.
pub async fn transactions(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let typed: Typed = parse(query.unwrap_or_default().as_bytes())?;
    let (filter, request, problem) = match typed.read(&viewing) {
        Ok((filter, request)) => (filter, request, None),
        // What is wrong is said, and everything is shown.
        Err(problem) => (Filter::default(), PageRequest::default(), Some(problem)),
    };
    let page = billing::page(&edge.store, customer, &filter, request).await?;
    let pager = Pager::of(&page, |number| typed.page_address(number));
    let entries: Vec<Entry> = page.items.into_iter().map(entry).collect();
    let shown = Transactions {
        entries: &entries,
        pager,
        filter: TypedFilter {
            kind: &typed.r#type,
            category: &typed.category,
            from: &typed.from,
            to: &typed.to,
        },
        error: problem
            .as_ref()
            .and_then(|problem| Some((problem.errors().first()?.field.as_str(), problem.detail()))),
        csv: &typed.address("/api/billing/transactions.csv"),
        json: &typed.address("/api/billing/transactions.json"),
        currency: &edge.currency,
        zone: &viewing.zone,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, list(&frame, &shown)))
}

impl Typed {
    fn read(&self, viewing: &Viewing) -> Result<(Filter, PageRequest), Problem> {
        let one_of = |field: &str, typed: &str, is_known: bool| match typed.is_empty() || is_known {
            true => Ok(()),
            false => Err(Problem::invalid_field(field, "there is no such choice")),
        };
        let entry_type = EntryType::parse(&self.r#type);
        one_of("type", &self.r#type, entry_type.is_some())?;
        let category = Category::parse(&self.category);
        one_of("category", &self.category, category.is_some())?;
        let day = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let period = PeriodQuery { from: day(&self.from), to: day(&self.to) }.period(&viewing.who)?;
        let request = PageQuery { page: self.page, per_page: None }.request()?;
        Ok((Filter { entry_type, category, period }, request))
    }

    fn page_address(&self, page: u32) -> String {
        let address = self.address("/billing/transactions");
        let sign = if address.contains('?') { '&' } else { '?' };
        if page == 1 { address } else { format!("{address}{sign}page={page}") }
    }

    /// The address of the same entries elsewhere, from the first page.
    fn address(&self, path: &str) -> String {
        let pairs =
            [("type", &self.r#type), ("category", &self.category), ("from", &self.from), ("to", &self.to)];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

fn entry(line: Line) -> Entry {
    let link = match line.reference_id.as_deref() {
        Some(call) if call.starts_with("call_") => Some(format!("/calls/{call}")),
        _ if line.category == Category::TopUp.as_str() => Some(format!("/billing/receipts/{}", line.id)),
        _ => None,
    };
    Entry {
        at: line.created_at,
        description: line.description,
        category: line.category,
        amount: line.amount,
        balance_after: line.balance_after,
        link,
    }
}
