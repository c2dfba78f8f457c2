//! What lists have in common: a page of them, and the period they are narrowed to.

use domain::page::{Page, PageRefusal, PageRequest};
use domain::period::{Period, Side, instant};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// From 1; a page begins within the first 10,000 rows, so with 200 rows a page there are 50.
    #[param(minimum = 1, maximum = 10000)]
    pub page: Option<u32>,
    /// 50 where nothing is said.
    #[param(minimum = 1, maximum = 200, example = 20)]
    pub per_page: Option<u32>,
}

impl PageQuery {
    /// The page that is meant.
    pub fn request(&self) -> Result<PageRequest, Problem> {
        PageRequest::new(self.page, self.per_page).map_err(|refusal| {
            let field = match refusal {
                PageRefusal::Page | PageRefusal::Beyond => "page",
                PageRefusal::PerPage => "per_page",
            };
            Problem::invalid_field(field, refusal.to_string())
        })
    }
}

/// Of which period.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeriodQuery {
    /// The begin of the period: an instant, or a day of the business.
    #[param(example = "2026-01-01")]
    pub from: Option<String>,
    /// The end of the period: an instant, which is not in it any more, or a day, which is.
    #[param(example = "2026-01-31T12:00:00Z")]
    pub to: Option<String>,
}

impl PeriodQuery {
    /// The period that is meant, by the days of this viewer's customer.
    pub fn period(&self, who: &SignedIn) -> Result<Period, Problem> {
        let zone = zone_of(who);
        let read = |text: Option<&str>, side, field| match text {
            None => Ok(None),
            Some(text) => instant(text, side, &zone).map(Some).ok_or_else(|| {
                Problem::invalid_field(field, "send a day, 2026-01-31, or an instant, 2026-01-31T12:00:00Z")
            }),
        };
        let from = read(self.from.as_deref(), Side::From, "from")?;
        let until = read(self.to.as_deref(), Side::To, "to")?;
        match (from, until) {
            (Some(from), Some(until)) if from > until => {
                Err(Problem::invalid_field("to", "the period ends before it begins"))
            }
            _ => Ok(Period { from, until }),
        }
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct Listing<T> {
    items: Vec<T>,
    /// Which page this is, from 1.
    #[schema(minimum = 1, example = 1)]
    page: u32,
    /// Rows on a full page.
    #[schema(minimum = 1, example = 50)]
    per_page: u32,
    /// Rows on all pages; 10,000 where there are more.
    #[schema(minimum = 0, example = 1)]
    total: i64,
    /// False where there are more than `total`.
    #[schema(example = true)]
    total_is_exact: bool,
}

impl<T, U: Into<T>> From<Page<U>> for Listing<T> {
    fn from(page: Page<U>) -> Self {
        let Page { items, page, per_page, total, total_is_exact } = page.map(Into::into);
        Self { items, page, per_page, total, total_is_exact }
    }
}

/// The zone in which the days of this viewer's customer are meant.
pub fn zone_of(who: &SignedIn) -> TimeZone {
    let membership = who.person.membership.as_ref();
    // Checked when it was set; a zone that the tz database has dropped since is no reason to fail.
    membership.and_then(|membership| TimeZone::get(&membership.timezone).ok()).unwrap_or(TimeZone::UTC)
}
