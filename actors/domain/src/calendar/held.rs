//! The intervals that appointments hold.
//!
//! Invariant: every interval ends after it starts, and no two overlap. Therefore the order of
//! starts is also the order of ends, and one look at a neighbour answers every question. The
//! database keeps the same with `appointments_no_overlap`.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;

use jiff::Timestamp;

/// Disjoint intervals `[start, end)`, by start.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    ends: BTreeMap<Timestamp, Timestamp>,
}

impl Held {
    pub(super) fn hold(&mut self, start: Timestamp, end: Timestamp) {
        debug_assert!(start < end, "an interval ends after it starts");
        debug_assert!(!self.overlaps(start, end), "held intervals never overlap");
        self.ends.insert(start, end);
    }

    pub(super) fn release(&mut self, start: Timestamp) -> Option<Timestamp> {
        self.ends.remove(&start)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.ends.iter().map(|(start, end)| (*start, *end))
    }

    /// Whether any interval shares time with `[from, until)`.
    pub(super) fn overlaps(&self, from: Timestamp, until: Timestamp) -> bool {
        self.ends.range(..until).next_back().is_some_and(|(_, end)| *end > from)
    }

    /// For many questions in the order of time: one walk along the intervals instead of a search
    /// each. None of them is about a stretch that ends before `from`.
    pub(super) fn walk(&self, from: Timestamp) -> Walk<'_> {
        // Of all that start by then the last one ends last: if any reaches into a stretch, it does.
        let first = self.ends.range(..=from).next_back().map_or(from, |(start, _)| *start);
        let mut rest = self.ends.range(first..);
        let current = rest.next();
        Walk { current, rest }
    }
}

/// A place in the row of intervals that only moves forward.
pub(super) struct Walk<'a> {
    current: Option<(&'a Timestamp, &'a Timestamp)>,
    rest: Range<'a, Timestamp, Timestamp>,
}

impl Walk<'_> {
    /// As [`Held::overlaps`]; `from` must not go back between two questions.
    pub(super) fn overlaps(&mut self, from: Timestamp, until: Timestamp) -> bool {
        while self.current.is_some_and(|(_, end)| *end <= from) {
            self.current = self.rest.next();
        }
        self.current.is_some_and(|(start, _)| *start < until)
    }
}
