//! What lists have in common: a page of them, and the period they are narrowed to.

use domain::page::Page;
use domain::period::{Period, Side, instant};
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::problem::Problem;
use crate::http::session::SignedIn;

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
pub fn zone_of(signed_in: &SignedIn) -> TimeZone {
    let membership = signed_in.person.membership.as_ref();
    // Checked when it was set; a zone that the tz database has dropped since is no reason to fail.
    membership.and_then(|membership| TimeZone::get(&membership.timezone).ok()).unwrap_or(TimeZone::UTC)
}

/// Reads `from` and `to`: instants, or days of the zone, the last one included.
pub fn period(from: Option<&str>, to: Option<&str>, zone: &TimeZone) -> Result<Period, Problem> {
    let read = |text: Option<&str>, side, field| match text {
        None => Ok(None),
        Some(text) => instant(text, side, zone).map(Some).ok_or_else(|| {
            Problem::invalid_field(field, "send a day, 2026-01-31, or an instant, 2026-01-31T12:00:00Z")
        }),
    };
    let period = Period { from: read(from, Side::From, "from")?, until: read(to, Side::To, "to")? };
    match (period.from, period.until) {
        (Some(from), Some(until)) if from > until => {
            Err(Problem::invalid_field("to", "the period ends before it begins"))
        }
        _ => Ok(period),
    }
}
