//! How far a customer's fees and invoices have come, and what is next.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Open;
use crate::fees::Fee;
use crate::money::Money;
use crate::month::Month;

/// Months caught up with at once, so that a clock that is wrong by a century debits no century.
const FEES_AT_ONCE: usize = 12;

/// A customer's books.
///
/// Invariant: fees are decided and months closed in their order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// Since when it is a customer.
    pub since: Timestamp,
    /// Since when it is active.
    pub active_since: Timestamp,
    /// The last month whose fee was decided.
    pub fee_month: Option<Month>,
    /// The last month that was closed.
    pub closed_month: Option<Month>,
    /// The last entry of the ledger that is on an invoice.
    pub invoiced_seq: i64,
    /// How many invoices there are.
    pub invoice_count: u32,
    /// Those of which something is due, the oldest first.
    pub open: Vec<Open>,
}

impl Books {
    /// The months whose fee is to be decided: those since the last one, and since the customer is active,
    /// up to the one of `now`.
    pub fn fee_months(&self, now: Timestamp, zone: &TimeZone) -> Vec<Month> {
        let active = Month::at(self.active_since, zone);
        let first = self.fee_month.map_or(active, |last| last.next().max(active));
        let current = Month::at(now, zone);
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        months.take_while(|month| *month <= current).take(FEES_AT_ONCE).collect()
    }

    /// What a month costs.
    pub fn fee(&self, monthly_fee: Money, month: Month, zone: &TimeZone) -> Option<Fee> {
        Fee::of(monthly_fee, month, self.active_since.to_zoned(zone.clone()).date())
    }

    /// The oldest month that is over and not closed.
    pub fn month_to_close(&self, now: Timestamp, zone: &TimeZone) -> Option<Month> {
        let next = self.closed_month.map_or_else(|| Month::at(self.since, zone), Month::next);
        (next < Month::at(now, zone)).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn books(since: &str, fee_month: Option<&str>, closed_month: Option<&str>) -> Books {
        let since = since.parse().unwrap();
        Books {
            since,
            active_since: since,
            fee_month: fee_month.and_then(Month::parse),
            closed_month: closed_month.and_then(Month::parse),
            invoiced_seq: 0,
            invoice_count: 0,
            open: Vec::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn fees_are_decided_once_a_month_also_those_that_were_missed() {
        let due = |books: &Books, now| -> Vec<String> {
            books.fee_months(at(now), &TimeZone::UTC).iter().map(Month::to_string).collect()
        };
        let fresh = books("2026-10-20T08:00:00Z", None, None);
        assert_eq!(due(&fresh, "2026-10-20T08:01:00Z"), ["2026-10"]);
        let decided = books("2026-10-20T08:00:00Z", Some("2026-10"), None);
        assert_eq!(due(&decided, "2026-10-31T23:59:59Z"), Vec::<String>::new());
        assert_eq!(due(&decided, "2026-12-01T00:00:00Z"), ["2026-11", "2026-12"]);
        let resumed = Books { active_since: at("2026-12-15T00:00:00Z"), ..decided };
        assert_eq!(
            due(&resumed, "2026-12-15T00:00:00Z"),
            ["2026-12"],
            "nothing for the time of a suspension"
        );
        assert_eq!(due(&fresh, "2199-01-01T00:00:00Z").len(), FEES_AT_ONCE);
    }

    #[test]
    fn months_are_closed_in_their_order_once_they_are_over() {
        let next =
            |books: &Books, now| books.month_to_close(at(now), &TimeZone::UTC).map(|month| month.to_string());
        let fresh = books("2026-10-20T08:00:00Z", None, None);
        assert_eq!(next(&fresh, "2026-10-31T23:59:59Z"), None);
        assert_eq!(next(&fresh, "2026-11-01T00:00:00Z").as_deref(), Some("2026-10"));
        let closed = books("2026-10-20T08:00:00Z", None, Some("2026-10"));
        assert_eq!(next(&closed, "2026-11-30T12:00:00Z"), None);
        assert_eq!(next(&closed, "2027-01-01T00:00:00Z").as_deref(), Some("2026-11"));
    }
}
