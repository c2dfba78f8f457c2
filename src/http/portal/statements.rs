//! A statement of any days.

use std::sync::Arc;

use actors::store::statements::statement;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::month::Month;
use domain::period::{Period, day};
use domain::users::Action;
use jiff::civil::Date;
use serde::Deserialize;
use views::statements::{Shown, page};

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::listing::{PeriodQuery, zone_of};
use crate::http::problem::Problem;
use crate::http::query::parse;

/// Two days, as they stand in the address; without any, the current month.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Typed {
    from: String,
    to: String,
}

/// The page.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let mut typed: Typed = parse(query.unwrap_or_default().as_bytes())?;
    let today = edge.clock.now().to_zoned(zone_of(&viewing.who)).date();
    let days = |month: Month| (month.first_day().to_string(), month.last_day().to_string());
    let this_month = days(Month::of(today));
    if typed.from.is_empty() && typed.to.is_empty() {
        (typed.from, typed.to) = this_month.clone();
    }
    let period = typed.period(&viewing);
    let statement = match &period {
        Ok(period) => Some(statement(&edge.store, customer, *period).await?),
        Err(_) => None,
    };
    let error = period.as_ref().err().and_then(|problem| {
        let error = problem.errors().first()?;
        Some((error.field.as_str(), error.detail.as_str()))
    });
    let shown = Shown {
        statement: statement.as_ref(),
        from: &typed.from,
        to: &typed.to,
        error,
        period: &in_words(&typed),
        this_month,
        last_month: days(Month::of(today).previous()),
        currency: &edge.currency,
    };
    let frame = viewing.frame(&edge).await?;
    let page = page(&frame, &shown);
    Ok(if error.is_some() { viewing.again(&edge, page) } else { viewing.page(&edge, page) })
}

impl Typed {
    fn period(&self, viewing: &Viewing) -> Result<Period, Problem> {
        let typed = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        for (field, text) in [("from", &self.from), ("to", &self.to)] {
            // An instant would not fit into the fields that show it again.
            if !text.is_empty() && day(text).is_none() {
                return Err(Problem::invalid_field(field, "A day is needed, like 2026-01-31."));
            }
        }
        PeriodQuery { from: typed(&self.from), to: typed(&self.to) }.period(&viewing.who)
    }
}

/// `November 2026` for a whole month, else its days.
fn in_words(typed: &Typed) -> String {
    let words = |day: Date| day.strftime("%b %-d, %Y").to_string();
    match (day(&typed.from), day(&typed.to)) {
        (Some(from), Some(to)) if from == Month::of(to).first_day() && to == Month::of(to).last_day() => {
            Month::of(from).in_words()
        }
        (Some(from), Some(to)) => format!("{} to {}", words(from), words(to)),
        (Some(from), None) => format!("Since {}", words(from)),
        (None, Some(to)) => format!("Until {}", words(to)),
        (None, None) => "Everything".to_owned(),
    }
}
