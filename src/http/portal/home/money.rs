//! The money of the first page, for those who may see it.

use actors::store::billing;
use actors::store::settings::account;
use domain::billing::BalanceState;
use domain::ids::CustomerId;
use domain::money::Money;
use domain::outlook::{Burn, Outlook};
use domain::period::Period;
use domain::usage::Usage;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use views::home::Balance;

use crate::http::Edge;
use crate::http::portal::billing::spent_lately;
use crate::http::problem::Problem;

/// Days that the chart goes back.
const DRAWN_DAYS: i64 = 13;

/// What is left, and what this month has cost and will.
pub struct Spending {
    /// What is left.
    pub balance: Balance,
    /// This month.
    pub spent: Money,
    /// By its end.
    pub expected: Money,
}

/// Reads it; days and months are those of the business.
pub async fn read(
    edge: &Edge,
    customer: CustomerId,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Spending, Problem> {
    let account = account(&edge.store, customer).await?;
    let account = account.ok_or_else(|| Problem::nothing_of_that_name("customer"))?;
    let (left, alert) = (account.balance, account.settings.low_balance_alert);
    let (lately, days) = spent_lately(edge, customer, account.created_at).await?;
    let month = Usage::of(&billing::totals(&edge.store, customer, Period::month_of(now, zone)).await?);
    let today = now.to_zoned(zone.clone()).date();
    let since = account.created_at.to_zoned(zone.clone()).date();
    let from = today.checked_sub(Span::new().days(DRAWN_DAYS)).unwrap_or(today).max(since);
    let begin = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
    // A business of today has one day, which is no line.
    let begins: Vec<Timestamp> =
        from.series(Span::new().days(1)).take_while(|day| *day <= today).filter_map(begin).collect();
    let mut balances =
        if from < today { billing::balances(&edge.store, customer, &begins).await? } else { Vec::new() };
    balances.push(left);
    let outlook = Outlook::of(left, account.settings.rates.per_minute, lately, days);
    let balance = Balance {
        left,
        state: BalanceState::of(left, alert),
        alert,
        outlook,
        burn: Burn::of(&balances, outlook.days, alert),
        from,
        today,
    };
    // Whoever came in the middle of the month has had so many days less of it.
    let missed = if since > today.first_of_month() { i64::from(since.day()) - 1 } else { 0 };
    let [day, days] = [today.day(), today.days_in_month()].map(|days| i64::from(days) - missed);
    let expected = month.expected_total(day, days);
    Ok(Spending { balance, spent: month.total(), expected })
}
