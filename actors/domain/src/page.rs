//! Lists in pages.

use serde::Serialize;

/// Rows on a page where nobody says how many.
pub const PER_PAGE: u32 = 50;
/// Rows on a page at most.
pub const PER_PAGE_MAX: u32 = 200;
/// Pages that can be asked for, of one row each.
pub const PAGE_MAX: u32 = 10_000;
/// Rows are counted up to here, and a page begins no later: to count or to skip a million takes
/// longer than to read a page of them. Whoever wants more narrows the list.
pub const COUNTED_MAX: i64 = 10_000;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    page: u32,
    per_page: u32,
}

/// Why there is no such page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageRefusal {
    /// Before the first, or too far.
    #[error("page is a number from 1 to {PAGE_MAX}")]
    Page,
    /// It begins where nothing is counted any more.
    #[error("that page begins after the first {COUNTED_MAX} rows; narrow the list by a filter")]
    Beyond,
    /// None, or too many.
    #[error("per_page is a number from 1 to {PER_PAGE_MAX}")]
    PerPage,
}

/// The first page.
impl Default for PageRequest {
    fn default() -> Self {
        Self { page: 1, per_page: PER_PAGE }
    }
}

impl PageRequest {
    /// The first page, of so many rows: 1 to [`PER_PAGE_MAX`], which is looked at when a constant is made
    /// of it.
    pub const fn first(per_page: u32) -> Self {
        assert!(1 <= per_page && per_page <= PER_PAGE_MAX, "no page has so many rows");
        Self { page: 1, per_page }
    }

    /// The first page and [`PER_PAGE`] rows where nothing is said.
    pub fn new(page: Option<u32>, per_page: Option<u32>) -> Result<Self, PageRefusal> {
        let (page, per_page) = (page.unwrap_or(1), per_page.unwrap_or(PER_PAGE));
        if !(1..=PAGE_MAX).contains(&page) {
            return Err(PageRefusal::Page);
        }
        if !(1..=PER_PAGE_MAX).contains(&per_page) {
            return Err(PageRefusal::PerPage);
        }
        let request = Self { page, per_page };
        if request.offset() >= COUNTED_MAX { Err(PageRefusal::Beyond) } else { Ok(request) }
    }

    /// Rows before it.
    pub fn offset(self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.per_page)
    }

    /// Rows on it.
    pub fn limit(self) -> i64 {
        i64::from(self.per_page)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Which page this is, from 1.
    pub page: u32,
    /// Rows on a full page.
    pub per_page: u32,
    /// Rows on all pages; [`COUNTED_MAX`] where there are more.
    pub total: i64,
    /// False where there are more than `total`.
    pub total_is_exact: bool,
}

impl<T> Page<T> {
    /// `counted` is what a count that stops after [`COUNTED_MAX`] + 1 rows said.
    pub fn new(request: PageRequest, items: Vec<T>, counted: i64) -> Self {
        Self::counted_to(request, items, counted, COUNTED_MAX)
    }

    /// The same for a count that stops after `counted_max` + 1.
    pub fn counted_to(request: PageRequest, items: Vec<T>, counted: i64, counted_max: i64) -> Self {
        Self {
            items,
            page: request.page,
            per_page: request.per_page,
            total: counted.min(counted_max),
            total_is_exact: counted <= counted_max,
        }
    }

    /// The same page of something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        let Page { items, page, per_page, total, total_is_exact } = self;
        Page { items: items.into_iter().map(turn).collect(), page, per_page, total, total_is_exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_bounds_and_a_count_that_stops() {
        assert_eq!(PageRequest::new(None, None).unwrap().offset(), 0);
        assert_eq!(PageRequest::new(Some(3), Some(20)).unwrap().offset(), 40);
        assert_eq!(PageRequest::new(Some(0), None), Err(PageRefusal::Page));
        assert_eq!(PageRequest::new(None, Some(201)), Err(PageRefusal::PerPage));
        for (last, per_page) in [(10_000, 1), (200, 50), (50, 200), (77, 131)] {
            assert!(PageRequest::new(Some(last), Some(per_page)).is_ok());
            assert!(PageRequest::new(Some(last + 1), Some(per_page)).is_err());
        }
        assert_eq!(PageRequest::new(Some(51), Some(200)), Err(PageRefusal::Beyond));
        let request = PageRequest::new(None, None).unwrap();
        assert!(Page::new(request, vec![()], 10_000).total_is_exact);
        let more = Page::new(request, vec![()], 10_001);
        assert_eq!((more.total, more.total_is_exact), (10_000, false));
    }
}
